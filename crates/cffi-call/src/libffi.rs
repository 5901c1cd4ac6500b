//! Calls through libffi: the path for every platform without a direct one.

use std::ffi::c_void;
use std::ptr;

use libffi_sys as ffi;

use cffi_memory::NoMemory;
use cffi_types::types::{Length, RecordId, RecordKind, Shape};
use cffi_types::{QualType, Types};

use crate::abi::aapcs64;
use crate::plan::extend;
use crate::plan_error::PlanError;
use crate::scalar::{Form, align, form, size};
use crate::signature::{Abi, Signature};

/// libffi's number of the platform's C convention.
pub const DEFAULT_ABI: u32 = ffi::ffi_abi_FFI_DEFAULT_ABI;

/// Arrays longer than this inside structs are given to libffi as nested halves. No calling convention passes a
/// struct with that many members in registers, so the nesting is invisible, and memory stays logarithmic.
const FLAT_ARRAY: usize = 16;

/// The positions of the arguments of a libffi call in its image. Behind them are the pointers to them, then the
/// addresses of those that libffi takes by address.
pub(crate) struct ImageLayout {
    pub(crate) offsets: Box<[usize]>,
    pub(crate) values_at: usize,
    pub(crate) size: usize,
}

impl ImageLayout {
    pub(crate) fn new(types: &Types, args: &[QualType]) -> Result<ImageLayout, PlanError> {
        let mut end = 0_usize;
        let mut offsets = cffi_memory::vec(args.len())?;
        for ty in args {
            // Integers are whole cells; more than 16 cannot be had from a block that is aligned to 16.
            let start = end.checked_next_multiple_of(align(types, *ty).clamp(8, 16));
            let start = start.ok_or(PlanError::TooLarge)?;
            offsets.push(start);
            end = start.checked_add(size(types, *ty).max(8)).ok_or(PlanError::TooLarge)?;
        }
        let values_at = end.checked_next_multiple_of(8).ok_or(PlanError::TooLarge)?;
        let addresses = args.iter().filter(|ty| aapcs64::by_address(types, **ty)).count();
        let size = (args.len() + addresses)
            .checked_mul(size_of::<*mut c_void>())
            .and_then(|n| n.checked_add(values_at))
            .and_then(|n| n.checked_next_multiple_of(16))
            .filter(|n| *n <= isize::MAX as usize)
            .ok_or(PlanError::TooLarge)?;
        Ok(ImageLayout { offsets: offsets.into_boxed_slice(), values_at, size })
    }
}

/// A prepared libffi call description with everything that it points to.
#[derive(Debug)]
pub(crate) struct Cif {
    /// From `Box::into_raw`: libffi keeps and hands out its address.
    cif: *mut ffi::ffi_cif,
    /// The distance from an argument's offset to its bytes in the 8-byte cell (big endian only).
    #[cfg(target_endian = "big")]
    shifts: Box<[usize]>,
    values_at: usize,
    /// The arguments for which libffi is told of a pointer.
    by_address: Box<[usize]>,
    /// Never read again, but pointed into by `cif`.
    _types: TypeArena,
}

// SAFETY: after `new` nothing writes to the description or its types; libffi only reads them.
unsafe impl Send for Cif {}
// SAFETY: the description is constant once it has been prepared.
unsafe impl Sync for Cif {}

impl Cif {
    /// Describes `sig`, already checked, to libffi.
    pub(crate) fn new(sig: &Signature<'_>, values_at: usize) -> Result<Cif, PlanError> {
        let (types, args_of, result_ty) = (sig.types, sig.call.args, sig.call.result);
        let mut arena = TypeArena::default();
        let unknown = |argument| PlanError::UnsupportedLayout { argument };
        // libffi takes such a result from rax and rdx.
        #[cfg(sysv64)]
        if returns_struct_in_x87(types, result_ty) {
            return Err(unknown(None));
        }
        let result = arena.describe(types, result_ty)?.ok_or(unknown(None))?;
        let is_by_address = |i: &usize| aapcs64::by_address(types, args_of[*i]);
        let mut args = cffi_memory::vec(args_of.len())?;
        for (i, ty) in args_of.iter().enumerate() {
            let described = arena.describe(types, *ty)?.ok_or(unknown(Some(i)))?;
            args.push(if is_by_address(&i) { &raw mut ffi::ffi_type_pointer } else { described });
        }
        let count = u32::try_from(args.len()).map_err(|_| PlanError::TooLarge)?;
        let args = arena.keep(args)?;
        let by_address = cffi_memory::collect((0..args_of.len()).filter(is_by_address))?;
        let plan = Cif {
            cif: Box::into_raw(cffi_memory::boxed(ffi::ffi_cif::default())?),
            #[cfg(target_endian = "big")]
            shifts: cffi_memory::collect(args_of.iter().map(|ty| big_endian_shift(types, *ty)))?
                .into_boxed_slice(),
            values_at,
            by_address: by_address.into_boxed_slice(),
            _types: arena,
        };
        // SAFETY: the description is writable, the types are complete and live as long as `plan`.
        let status = unsafe {
            match sig.call.fixed {
                None => ffi::ffi_prep_cif(plan.cif, abi_number(sig.abi), count, result, args),
                Some(fixed) => {
                    // Not larger than `count`: checked before.
                    let fixed = fixed as u32;
                    ffi::ffi_prep_cif_var(plan.cif, abi_number(sig.abi), fixed, count, result, args)
                }
            }
        };
        if status != ffi::ffi_status_FFI_OK {
            return Err(PlanError::Refused);
        }
        // SAFETY: the description was made for the type of the result.
        unsafe { agrees(types, result_ty, result) }.then_some(()).ok_or(unknown(None))?;
        for (i, ty) in args_of.iter().enumerate() {
            if is_by_address(&i) {
                continue;
            }
            // SAFETY: there is a description for each argument, which was made for its type.
            let agrees = unsafe { agrees(types, *ty, args.add(i).read()) };
            agrees.then_some(()).ok_or(unknown(Some(i)))?;
        }
        Ok(plan)
    }

    /// Returns libffi's description of the call, for closures.
    pub(crate) fn as_ptr(&self) -> *mut ffi::ffi_cif {
        self.cif
    }

    /// Returns the arguments that are described to libffi as pointers: a closure gets the address of their address.
    #[cfg(target_arch = "aarch64")]
    pub(crate) fn by_address(&self) -> &[usize] {
        &self.by_address
    }

    /// Calls `function` with the arguments at `offsets` of `image`.
    ///
    /// # Safety
    /// As for `CallPlan::call`; image and offsets come from the [`ImageLayout`] of the same signature.
    pub(crate) unsafe fn call(
        &self,
        function: *const c_void,
        image: *mut u8,
        offsets: &[usize],
        result: *mut u8,
        kind: Form,
    ) {
        // SAFETY: the layout reserved this part of the image for as many pointers as there are offsets.
        let values = unsafe { image.add(self.values_at).cast::<*mut c_void>() };
        for (i, offset) in offsets.iter().enumerate() {
            #[cfg(target_endian = "big")]
            let offset = &(offset + self.shifts[i]);
            // SAFETY: the pointers lie in the image, which the caller provides.
            unsafe { values.add(i).write(image.add(*offset).cast()) };
        }
        for (k, i) in self.by_address.iter().enumerate() {
            // SAFETY: the addresses lie in the image, which has room for them behind the pointers.
            unsafe {
                let address = values.add(offsets.len() + k);
                address.write(image.add(offsets[*i]).cast());
                values.add(*i).write(address.cast());
            }
        }
        // SAFETY: the caller vouches for function and arguments; the result area has room for libffi's
        // register-sized results. A function pointer is represented as a data pointer on libffi's platforms.
        unsafe {
            let function = std::mem::transmute::<*const c_void, unsafe extern "C" fn()>(function);
            ffi::ffi_call(self.cif, Some(function), result.cast(), values);
            widen(result, kind);
        }
    }
}

impl Drop for Cif {
    fn drop(&mut self) {
        // SAFETY: from Box::into_raw in `new`, freed only here.
        drop(unsafe { Box::from_raw(self.cif) });
    }
}

/// Replaces libffi's `ffi_arg` (or an 8-byte integer) in the result area by a `u64` cell.
///
/// # Safety
/// The area is that of a finished call of this kind.
#[inline]
unsafe fn widen(result: *mut u8, kind: Form) {
    let (size, signed) = match kind {
        Form::Int { size, signed } => (size, signed),
        Form::Pointer => (size_of::<*const u8>() as u8, false),
        _ => return,
    };
    // SAFETY: libffi wrote a whole ffi_arg, or the value itself where that is larger.
    unsafe {
        #[allow(clippy::useless_conversion)] // ffi_arg has 4 bytes on some targets
        let raw = if usize::from(size) <= size_of::<ffi::ffi_arg>() {
            u64::from(result.cast::<ffi::ffi_arg>().read())
        } else {
            result.cast::<u64>().read()
        };
        result.cast::<u64>().write(extend(raw, size, signed));
    }
}

#[cfg(target_endian = "big")]
fn big_endian_shift(types: &Types, ty: QualType) -> usize {
    match form(types, ty) {
        Form::Int { size, .. } => 8 - usize::from(size),
        _ => 0,
    }
}

/// Returns whether a result is a struct on the x87 stack, which libffi does not know.
#[cfg(sysv64)]
fn returns_struct_in_x87(types: &Types, ty: QualType) -> bool {
    use cffi_callconv::{Location, RegisterClass};

    let is_record = matches!(types.resolve(ty).0, Shape::Record(_));
    let call = cffi_callconv::Signature::new(ty, &[]);
    let in_x87 = |layout: &cffi_callconv::CallLayout| {
        layout
            .pieces(&layout.ret)
            .iter()
            .any(|piece| matches!(piece.location, Location::Register { class: RegisterClass::X87, .. }))
    };
    is_record && cffi_callconv::classify(types, &call).is_ok_and(|layout| in_x87(&layout))
}

fn abi_number(abi: Abi) -> ffi::ffi_abi {
    match abi {
        Abi::Default => DEFAULT_ABI,
        Abi::Other(number) => number,
    }
}

/// Returns whether libffi, which computes layouts itself, found an equal size and alignment.
///
/// # Safety
/// `described` is a description that was made for the type.
unsafe fn agrees(types: &Types, ty: QualType, described: *mut ffi::ffi_type) -> bool {
    match types.resolve(ty).0 {
        // SAFETY: a type of the arena, or one of libffi's own; nothing writes to it now.
        Shape::Record(_) => unsafe {
            (*described).size == size(types, ty) && usize::from((*described).alignment) == align(types, ty)
        },
        _ => true,
    }
}

/// Returns the innermost items of an array and their number; `None` without a known length. Another type is one item.
fn items(types: &Types, ty: QualType) -> Option<(QualType, usize)> {
    let (mut ty, mut count) = (ty, 1_usize);
    while let Shape::Array { item, length } = types.resolve(ty).0 {
        let Length::Fixed(length) = length else { return None };
        count = count.checked_mul(usize::try_from(length).ok()?)?;
        ty = item;
    }
    Some((ty, count))
}

/// Returns whether the members lie where a C compiler puts them without packing, overlap or extra alignment: the only
/// layout that libffi, which computes its own, can be told about.
fn is_natural(types: &Types, id: RecordId) -> bool {
    let record = types.record(id);
    let (mut end, mut natural) = (0_usize, 1_usize);
    for field in types.fields(id) {
        let Some((item, count)) = items(types, field.ty) else { return false };
        let place = end.checked_next_multiple_of(align(types, item).max(1));
        if field.bits().is_some() || count == 0 || place.map(|place| place as u64) != Some(field.offset()) {
            return false;
        }
        let next = size(types, item).checked_mul(count).and_then(|n| n.checked_add(place.unwrap_or(0)));
        let Some(next) = next else { return false };
        end = next;
        natural = natural.max(align(types, item));
    }
    let whole = end.checked_next_multiple_of(natural).map(|size| size as u64);
    record.kind == RecordKind::Struct && record.align() == Some(natural as u64) && record.size() == whole
}

/// Owner of the `ffi_type`s of one description.
#[derive(Debug, Default)]
struct TypeArena {
    types: Vec<*mut ffi::ffi_type>,
    lists: Vec<*mut [*mut ffi::ffi_type]>,
}

impl TypeArena {
    /// Returns libffi's description of a type; `None` for one that cannot be described.
    fn describe(&mut self, types: &Types, ty: QualType) -> Result<Option<*mut ffi::ffi_type>, NoMemory> {
        Ok(Some(match form(types, ty) {
            Form::Void => &raw mut ffi::ffi_type_void,
            Form::Int { size: 1, signed: false } => &raw mut ffi::ffi_type_uint8,
            Form::Int { size: 1, signed: true } => &raw mut ffi::ffi_type_sint8,
            Form::Int { size: 2, signed: false } => &raw mut ffi::ffi_type_uint16,
            Form::Int { size: 2, signed: true } => &raw mut ffi::ffi_type_sint16,
            Form::Int { size: 4, signed: false } => &raw mut ffi::ffi_type_uint32,
            Form::Int { size: 4, signed: true } => &raw mut ffi::ffi_type_sint32,
            Form::Int { signed: false, .. } => &raw mut ffi::ffi_type_uint64,
            Form::Int { signed: true, .. } => &raw mut ffi::ffi_type_sint64,
            Form::Float => &raw mut ffi::ffi_type_float,
            Form::Double => &raw mut ffi::ffi_type_double,
            Form::LongDouble => &raw mut ffi::ffi_type_longdouble,
            Form::Pointer => &raw mut ffi::ffi_type_pointer,
            Form::Bytes => match types.resolve(ty).0 {
                Shape::Record(id) => return self.describe_struct(types, id),
                _ => return Ok(None),
            },
        }))
    }

    fn describe_struct(
        &mut self,
        types: &Types,
        id: RecordId,
    ) -> Result<Option<*mut ffi::ffi_type>, NoMemory> {
        let fields = types.fields(id);
        if fields.is_empty() || !is_natural(types, id) {
            return Ok(None);
        }
        let mut members = cffi_memory::vec(fields.len().saturating_add(1))?;
        for field in fields {
            let Some((item, count)) = items(types, field.ty) else { return Ok(None) };
            let Some(element) = self.describe(types, item)? else { return Ok(None) };
            if count <= FLAT_ARRAY {
                members.try_reserve(count)?;
                members.extend(std::iter::repeat_n(element, count));
            } else {
                cffi_memory::push(&mut members, self.long_array(element, count)?)?;
            }
        }
        self.structure(members).map(Some)
    }

    /// Describes an array as a struct of two halves and, where the length is odd, one more element.
    fn long_array(
        &mut self,
        element: *mut ffi::ffi_type,
        count: usize,
    ) -> Result<*mut ffi::ffi_type, NoMemory> {
        if count <= FLAT_ARRAY {
            return self.structure(cffi_memory::repeated(element, count)?);
        }
        let half = self.long_array(element, count / 2)?;
        let odd = (count % 2 == 1).then_some(element);
        self.structure(cffi_memory::collect([half, half].into_iter().chain(odd))?)
    }

    fn structure(&mut self, mut members: Vec<*mut ffi::ffi_type>) -> Result<*mut ffi::ffi_type, NoMemory> {
        cffi_memory::push(&mut members, ptr::null_mut())?;
        let elements = self.keep(members)?;
        let ty = ffi::ffi_type { size: 0, alignment: 0, type_: ffi::FFI_TYPE_STRUCT, elements };
        self.types.try_reserve(1)?;
        let ty = Box::into_raw(cffi_memory::boxed(ty)?);
        self.types.push(ty);
        Ok(ty)
    }

    fn keep(&mut self, list: Vec<*mut ffi::ffi_type>) -> Result<*mut *mut ffi::ffi_type, NoMemory> {
        self.lists.try_reserve(1)?;
        let list = Box::into_raw(list.into_boxed_slice());
        self.lists.push(list);
        Ok(list.cast())
    }
}

impl Drop for TypeArena {
    fn drop(&mut self) {
        for ty in self.types.drain(..) {
            // SAFETY: from Box::into_raw, freed only here; whoever pointed at it goes with the arena.
            drop(unsafe { Box::from_raw(ty) });
        }
        for list in self.lists.drain(..) {
            // SAFETY: the list came from `Box::into_raw` and is freed once.
            drop(unsafe { Box::from_raw(list) });
        }
    }
}

#[cfg(test)]
mod tests {
    use cffi_types::types::Field;
    use cffi_types::{Prim, Symbol, Target, TypeId};

    use super::*;

    fn record(types: &mut Types, fields: &[(u64, QualType)], size: u64, align: u64) -> QualType {
        let id = types.declare_record(RecordKind::Struct, Symbol::EMPTY);
        let place = |(offset, ty): &(u64, QualType)| {
            let mut field = Field::new(Symbol::EMPTY, *ty);
            field.bit_offset = offset * 8;
            field
        };
        let fields: Vec<Field> = fields.iter().map(place).collect();
        types.define_placed(id, &fields, size, align).expect("new");
        types.record(id).ty.into()
    }

    #[test]
    fn long_arrays_take_little_memory() {
        let mut types = Types::new(Target::HOST);
        let array = types.array(TypeId::of(Prim::UInt8).into(), Length::Fixed(1_000_001)).into();
        let ty = record(&mut types, &[(0, array)], 1_000_001, 1);
        let cif = Cif::new(&Signature::new(&types, TypeId::VOID.into(), &[ty]), 0).expect("describable");
        assert!(cif._types.types.len() < 40);
    }

    #[test]
    fn packed_and_overlapping_structs_are_not_described() {
        let (byte, int) = (TypeId::of(Prim::UInt8).into(), TypeId::of(Prim::Int).into());
        let cases = [
            (vec![(0, byte), (1, int)], 5, 1),
            (vec![(0, int), (0, int)], 4, 4),
            (vec![(0, int)], 16, 16),
            (vec![(0, int), (4, int)], 12, 4),
        ];
        for (fields, size, align) in cases {
            let mut types = Types::new(Target::HOST);
            let ty = record(&mut types, &fields, size, align);
            let error = Cif::new(&Signature::new(&types, TypeId::VOID.into(), &[ty]), 0).err();
            assert_eq!(error, Some(PlanError::UnsupportedLayout { argument: Some(0) }));
        }
    }

    #[test]
    fn unknown_abi_numbers_are_refused() {
        let types = Types::new(Target::HOST);
        let mut sig = Signature::new(&types, TypeId::VOID.into(), &[]);
        sig.abi = Abi::Other(9999);
        assert_eq!(Cif::new(&sig, 0).err(), Some(PlanError::Refused));
    }
}
