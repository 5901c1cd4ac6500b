//! Calls through libffi: the path for every platform without a direct one.

use std::ffi::c_void;
use std::ptr;

use libffi_sys as ffi;

use crate::abi::aapcs64;
use crate::ctype::{Abi, ArgType, Signature, StructType};
use cffi_memory::NoMemory;

use crate::plan::{PlanError, ResultKind, extend};

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
    pub(crate) fn new(args: &[ArgType]) -> Result<ImageLayout, PlanError> {
        let mut end = 0_usize;
        let mut offsets = cffi_memory::vec(args.len())?;
        for ty in args {
            // Integers are whole cells; more than 16 cannot be had from a block that is aligned to 16.
            let start = end.checked_next_multiple_of(ty.align().clamp(8, 16)).ok_or(PlanError::TooLarge)?;
            offsets.push(start);
            end = start.checked_add(ty.size().max(8)).ok_or(PlanError::TooLarge)?;
        }
        let values_at = end.checked_next_multiple_of(8).ok_or(PlanError::TooLarge)?;
        let addresses = args.iter().filter(|ty| aapcs64::by_address(ty)).count();
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
    pub(crate) fn new(sig: &Signature, values_at: usize) -> Result<Cif, PlanError> {
        // libffi takes such a result from rax and rdx.
        #[cfg(sysv64)]
        if crate::abi::sysv64::returns_struct_in_x87(&sig.result) {
            return Err(PlanError::UnsupportedLayout { argument: None });
        }
        let mut types = TypeArena::default();
        let result = types.describe(&sig.result)?.ok_or(PlanError::UnsupportedLayout { argument: None })?;
        let mut args = cffi_memory::vec(sig.args.len())?;
        for (i, ty) in sig.args.iter().enumerate() {
            let described = types.describe(ty)?.ok_or(PlanError::UnsupportedLayout { argument: Some(i) })?;
            args.push(if aapcs64::by_address(ty) { &raw mut ffi::ffi_type_pointer } else { described });
        }
        let is_by_address = |i: &usize| aapcs64::by_address(&sig.args[*i]);
        let count = u32::try_from(args.len()).map_err(|_| PlanError::TooLarge)?;
        let args = types.keep(args)?;
        let by_address = cffi_memory::collect((0..sig.args.len()).filter(is_by_address))?;
        let plan = Cif {
            cif: Box::into_raw(cffi_memory::boxed(ffi::ffi_cif::default())?),
            #[cfg(target_endian = "big")]
            shifts: cffi_memory::collect(sig.args.iter().map(big_endian_shift))?.into_boxed_slice(),
            values_at,
            by_address: by_address.into_boxed_slice(),
            _types: types,
        };
        // SAFETY: the description is writable, the types are complete and live as long as `plan`.
        let status = unsafe {
            match sig.fixed_args {
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
        agrees(&sig.result, result).then_some(()).ok_or(PlanError::UnsupportedLayout { argument: None })?;
        for (i, ty) in sig.args.iter().enumerate() {
            if is_by_address(&i) {
                continue;
            }
            // SAFETY: libffi describes a struct by an array of `count` entries.
            let described = unsafe { args.add(i).read() };
            let error = PlanError::UnsupportedLayout { argument: Some(i) };
            agrees(ty, described).then_some(()).ok_or(error)?;
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
        kind: ResultKind,
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
unsafe fn widen(result: *mut u8, kind: ResultKind) {
    let (size, signed) = match kind {
        ResultKind::Int { size, signed } => (size, signed),
        ResultKind::Pointer => (size_of::<*const u8>() as u8, false),
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
fn big_endian_shift(ty: &ArgType) -> usize {
    match ty {
        ArgType::Int { size, .. } => 8 - usize::from(*size),
        _ => 0,
    }
}

fn abi_number(abi: Abi) -> ffi::ffi_abi {
    match abi {
        Abi::Default => DEFAULT_ABI,
        #[cfg(all(windows, target_arch = "x86"))]
        Abi::Stdcall => ffi::ffi_abi_FFI_STDCALL,
        #[cfg(not(all(windows, target_arch = "x86")))]
        Abi::Stdcall => DEFAULT_ABI,
        Abi::Other(number) => number,
    }
}

/// Returns whether libffi, which computes layouts itself, found an equal size and alignment.
fn agrees(ty: &ArgType, described: *mut ffi::ffi_type) -> bool {
    match ty {
        // SAFETY: a type of the arena, or one of libffi's own; nothing writes to it now.
        ArgType::Struct(s) => unsafe {
            (*described).size == s.size && usize::from((*described).alignment) == s.align
        },
        _ => true,
    }
}

/// Owner of the `ffi_type`s of one description.
#[derive(Debug, Default)]
struct TypeArena {
    types: Vec<*mut ffi::ffi_type>,
    lists: Vec<*mut [*mut ffi::ffi_type]>,
}

impl TypeArena {
    /// Returns libffi's description of a type; `None` for a struct that cannot be described.
    fn describe(&mut self, ty: &ArgType) -> Result<Option<*mut ffi::ffi_type>, NoMemory> {
        Ok(Some(match ty {
            ArgType::Void => &raw mut ffi::ffi_type_void,
            ArgType::Int { size: 1, signed: false } => &raw mut ffi::ffi_type_uint8,
            ArgType::Int { size: 1, signed: true } => &raw mut ffi::ffi_type_sint8,
            ArgType::Int { size: 2, signed: false } => &raw mut ffi::ffi_type_uint16,
            ArgType::Int { size: 2, signed: true } => &raw mut ffi::ffi_type_sint16,
            ArgType::Int { size: 4, signed: false } => &raw mut ffi::ffi_type_uint32,
            ArgType::Int { size: 4, signed: true } => &raw mut ffi::ffi_type_sint32,
            ArgType::Int { signed: false, .. } => &raw mut ffi::ffi_type_uint64,
            ArgType::Int { signed: true, .. } => &raw mut ffi::ffi_type_sint64,
            ArgType::Float => &raw mut ffi::ffi_type_float,
            ArgType::Double => &raw mut ffi::ffi_type_double,
            ArgType::LongDouble => &raw mut ffi::ffi_type_longdouble,
            ArgType::Pointer => &raw mut ffi::ffi_type_pointer,
            ArgType::Struct(s) => return self.describe_struct(s),
        }))
    }

    fn describe_struct(&mut self, s: &StructType) -> Result<Option<*mut ffi::ffi_type>, NoMemory> {
        if !s.is_natural() {
            return Ok(None);
        }
        let mut members = cffi_memory::vec(s.fields.len().saturating_add(1))?;
        for (_, ty, count) in &s.fields {
            let Some(element) = self.describe(ty)? else { return Ok(None) };
            if *count <= FLAT_ARRAY {
                members.try_reserve(*count)?;
                members.extend(std::iter::repeat_n(element, *count));
            } else {
                cffi_memory::push(&mut members, self.long_array(element, *count)?)?;
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
    use std::sync::Arc;

    use super::*;

    #[test]
    fn long_arrays_take_little_memory() {
        let ty = ArgType::Struct(Arc::new(StructType {
            size: 1_000_001,
            align: 1,
            fields: vec![(0, ArgType::int(1, false), 1_000_001)],
        }));
        let sig = Signature::new(vec![ty.clone()], ArgType::Void);
        let cif = Cif::new(&sig, 0).expect("describable");
        assert!(cif._types.types.len() < 40);
    }

    #[test]
    fn packed_structs_are_not_described() {
        let ty = ArgType::Struct(Arc::new(StructType {
            size: 5,
            align: 1,
            fields: vec![(0, ArgType::int(1, false), 1), (1, ArgType::int(4, false), 1)],
        }));
        let error = Cif::new(&Signature::new(vec![ty], ArgType::Void), 0).err();
        assert_eq!(error, Some(PlanError::UnsupportedLayout { argument: Some(0) }));
    }

    #[test]
    fn unknown_abi_numbers_are_refused() {
        let mut sig = Signature::new(vec![], ArgType::Void);
        sig.abi = Abi::Other(9999);
        assert_eq!(Cif::new(&sig, 0).err(), Some(PlanError::Refused));
    }
}
