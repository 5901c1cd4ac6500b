//! Call plans: everything about a function type that a call needs, worked out once.

use std::ffi::c_void;

use cffi_types::types::Shape;

#[cfg(aapcs64)]
use crate::aarch64::direct::Direct;
#[cfg(sysv64)]
use crate::direct::Direct;
use crate::errno;
use crate::libffi;
use crate::plan_error::PlanError;
use crate::registers::RegisterSet;
use crate::scalar::{self, Form};
#[cfg(direct_calls)]
use crate::signature::Abi;
use crate::signature::Signature;

/// The way to call functions of one signature. It is immutable, and any number of threads can share it.
///
/// A call takes an *image*: one block of [`image_size`](Self::image_size) bytes, aligned to
/// [`IMAGE_ALIGN`](Self::IMAGE_ALIGN), that need not be initialised. The caller writes argument `i` at
/// [`arg_offset(i)`](Self::arg_offset):
///
/// | type | written bytes |
/// |---|---|
/// | integer | a whole 8-byte cell, extended as its type says, by [`put_int`](Self::put_int) |
/// | pointer | the pointer by [`put_pointer`](Self::put_pointer) |
/// | `float`, `double`, `long double` | 4, 8, `longdouble::SIZE` bytes |
/// | any other value | its bytes as in memory |
///
/// Offsets are aligned to 8 (16 for values whose alignment is more than 8, unless they go in registers).
#[derive(Debug)]
pub struct CallPlan {
    offsets: Box<[usize]>,
    image_size: usize,
    result: Form,
    result_size: usize,
    result_align: usize,
    path: Path,
}

/// The code that makes the call.
#[derive(Debug)]
enum Path {
    #[cfg(direct_calls)]
    Direct(Direct),
    Libffi(libffi::Cif),
}

impl CallPlan {
    /// Alignment of images and of result areas, in bytes.
    pub const IMAGE_ALIGN: usize = 16;

    /// Makes the best plan for this platform.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn new(sig: &Signature<'_>) -> Result<CallPlan, PlanError> {
        #[cfg(direct_calls)]
        if is_platform_abi(sig.abi) {
            check(sig)?;
            let (direct, layout) = Direct::new(sig)?;
            return Ok(CallPlan {
                offsets: layout.offsets,
                image_size: layout.size,
                result: scalar::form(sig.types, sig.call.result),
                result_size: scalar::size(sig.types, sig.call.result).max(16),
                result_align: result_align(sig),
                path: Path::Direct(direct),
            });
        }
        Self::new_libffi(sig)
    }

    /// Makes a plan that calls through libffi even where there is a direct path.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn new_libffi(sig: &Signature<'_>) -> Result<CallPlan, PlanError> {
        check(sig)?;
        check_sizes(sig)?;
        let layout = libffi::ImageLayout::new(sig.types, sig.call.args)?;
        let cif = libffi::Cif::new(sig, layout.values_at)?;
        Ok(CallPlan {
            offsets: layout.offsets,
            image_size: layout.size,
            result: scalar::form(sig.types, sig.call.result),
            result_size: scalar::size(sig.types, sig.call.result).max(16),
            result_align: result_align(sig),
            path: Path::Libffi(cif),
        })
    }

    /// Returns the size of an image in bytes.
    #[inline]
    pub fn image_size(&self) -> usize {
        self.image_size
    }

    /// Returns the offset of argument `i` in the image, in bytes.
    ///
    /// # Panics
    /// If there is no such argument.
    #[inline]
    pub fn arg_offset(&self, i: usize) -> usize {
        self.offsets[i]
    }

    /// Returns all offsets, in the order of the arguments.
    #[inline]
    pub fn arg_offsets(&self) -> &[usize] {
        &self.offsets
    }

    /// Returns the number of bytes that the result area must have: the result's size, at least 16.
    #[inline]
    pub fn result_size(&self) -> usize {
        self.result_size
    }

    /// Returns the alignment that the result area must have in bytes: the result's, at least
    /// [`IMAGE_ALIGN`](Self::IMAGE_ALIGN).
    #[inline]
    pub fn result_align(&self) -> usize {
        self.result_align
    }

    /// Returns the form that the result has in the result area after a call.
    #[inline]
    pub fn result_form(&self) -> Form {
        self.result
    }

    /// Returns the registers of a call that loads nothing else and has its result in one register or none; such a call
    /// can also be made by [`Load::call`](crate::registers::Load::call).
    #[inline]
    pub fn registers(&self) -> Option<RegisterSet> {
        match &self.path {
            #[cfg(direct_calls)]
            Path::Direct(direct) => direct.registers(),
            Path::Libffi(_) => None,
        }
    }

    /// Writes integer argument `i`; `value` is already extended to 64 bits as the type says.
    ///
    /// # Safety
    /// `image` is an image of this plan and argument `i` an integer.
    #[inline]
    pub unsafe fn put_int(&self, image: *mut u8, i: usize, value: u64) {
        // SAFETY: the plan reserved an 8-byte cell aligned to 8 at this offset of the image.
        unsafe { image.add(self.arg_offset(i)).cast::<u64>().write(value) }
    }

    /// Writes pointer argument `i`.
    ///
    /// # Safety
    /// `image` is an image of this plan and argument `i` a pointer.
    #[inline]
    pub unsafe fn put_pointer(&self, image: *mut u8, i: usize, value: *const c_void) {
        // SAFETY: the plan reserved an 8-byte cell aligned to 8 at this offset of the image.
        unsafe { image.add(self.arg_offset(i)).cast::<*const c_void>().write(value) }
    }

    /// Calls `function`.
    ///
    /// # Safety
    /// - `function` is a C function of this plan's signature, and may be called in the present state of the
    ///   program with these arguments.
    /// - `image` has [`image_size`](Self::image_size) bytes, aligned to [`IMAGE_ALIGN`](Self::IMAGE_ALIGN),
    ///   with every argument written as described at [`CallPlan`]; the call may change its contents.
    /// - `result` has [`result_size`](Self::result_size) bytes, aligned to [`result_align`](Self::result_align).
    #[inline]
    pub unsafe fn call(&self, function: *const c_void, image: *mut u8, result: *mut u8) {
        match &self.path {
            #[cfg(direct_calls)]
            // SAFETY: the caller's promises; the image has this plan's layout.
            Path::Direct(direct) => unsafe { direct.call(function, image, result) },
            // SAFETY: the caller promises a function of this type, an image of this plan and room for the result.
            Path::Libffi(cif) => unsafe { cif.call(function, image, &self.offsets, result, self.result) },
        }
    }

    /// Calls `function` as [`call`](Self::call) does, with the thread's saved errno (on Windows the saved last error
    /// too) put in place right before the function runs and saved again right after it.
    ///
    /// # Safety
    /// As for [`call`](Self::call).
    #[inline]
    pub unsafe fn call_with_errno(&self, function: *const c_void, image: *mut u8, result: *mut u8) {
        // SAFETY: the caller's promises. Neither path makes another system or library call between the two exchanges,
        // so errno reaches the function and comes back from it unchanged.
        errno::exchanged(|| unsafe { self.call(function, image, result) });
    }
}

/// Reads the integer or pointer that a call left in the result area, already extended to 64 bits.
///
/// # Safety
/// `result` is the result area of a finished call whose kind is `Int` or `Pointer`.
#[inline]
pub unsafe fn get_int(result: *const u8) -> u64 {
    // SAFETY: such calls write a whole u64 cell, and result areas are 16-aligned.
    unsafe { result.cast::<u64>().read() }
}

/// Extends the low `size` bytes of `raw` to 64 bits.
#[inline]
pub(crate) fn extend(raw: u64, size: u8, signed: bool) -> u64 {
    match (size, signed) {
        (1, false) => raw & 0xff,
        (2, false) => raw & 0xffff,
        (4, false) => raw & 0xffff_ffff,
        (1, true) => raw as i8 as u64,
        (2, true) => raw as i16 as u64,
        (4, true) => raw as i32 as u64,
        _ => raw,
    }
}

/// Returns whether the direct paths, which know the platform's convention only, may be taken.
#[cfg(direct_calls)]
pub(crate) fn is_platform_abi(abi: Abi) -> bool {
    match abi {
        Abi::Default => true,
        Abi::Other(number) => number == libffi::DEFAULT_ABI,
    }
}

/// Returns the alignment of a result area. An alignment that is no power of two comes from a packing that compilers do not
/// have, and asks for nothing.
fn result_align(sig: &Signature<'_>) -> usize {
    let align = scalar::align(sig.types, sig.call.result);
    if align.is_power_of_two() { align.max(CallPlan::IMAGE_ALIGN) } else { CallPlan::IMAGE_ALIGN }
}

/// Checks the requirements of both paths on a signature.
pub(crate) fn check(sig: &Signature<'_>) -> Result<(), PlanError> {
    if let Some(fixed) = sig.call.fixed {
        let rest = sig.call.args.get(fixed..).ok_or(PlanError::BadFixedCount)?;
        let unpromoted = |ty: &cffi_types::QualType| {
            let is_float = sig.types.canonical(*ty).id().primitive() == Some(cffi_types::Prim::Float);
            // C does not promote a `_BitInt`.
            let is_bit_int = matches!(sig.types.resolve(*ty).0, Shape::BitInt { .. });
            is_float || !is_bit_int && matches!(scalar::form(sig.types, *ty), Form::Int { size: 1 | 2, .. })
        };
        if let Some(i) = rest.iter().position(unpromoted) {
            return Err(PlanError::Unpromoted { argument: fixed + i });
        }
    }
    Ok(())
}

/// Checks what libffi requires besides: every argument has a size, and that is not 0.
pub(crate) fn check_sizes(sig: &Signature<'_>) -> Result<(), PlanError> {
    let args = sig.call.args.iter().enumerate().map(|(i, ty)| (Some(i), ty));
    for (argument, ty) in args.chain([(None, &sig.call.result)]) {
        if argument.is_none() && scalar::form(sig.types, *ty) == Form::Void {
            continue;
        }
        match sig.types.size(ty.id()) {
            Ok(0) => return Err(PlanError::ZeroSize { argument }),
            Ok(_) => {}
            Err(_) => return Err(PlanError::Incomplete { argument }),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use cffi_types::types::{RecordAttributes, RecordKind};
    use cffi_types::{Prim, QualType, Symbol, Target, TypeId, Types};

    use super::*;

    fn refuse(types: &Types, args: &[QualType], result: QualType) -> PlanError {
        CallPlan::new(&Signature::new(types, result, args)).expect_err("must be refused")
    }

    #[test]
    fn impossible_signatures_are_refused() {
        let mut types = Types::new(Target::HOST);
        let (int, void) = (TypeId::of(Prim::Int).into(), TypeId::VOID.into());
        let opaque = types.declare_record(RecordKind::Struct, Symbol::EMPTY);
        let opaque = types.record(opaque).ty.into();
        assert_eq!(refuse(&types, &[int, void], int), PlanError::Incomplete { argument: Some(1) });
        assert_eq!(refuse(&types, &[opaque], int), PlanError::Incomplete { argument: Some(0) });
        assert_eq!(refuse(&types, &[], opaque), PlanError::Incomplete { argument: None });
    }

    #[test]
    fn libffi_cannot_pass_empty_structs() {
        let mut types = Types::new(Target::HOST);
        let id = types.declare_record(RecordKind::Struct, Symbol::EMPTY);
        types.define_record(id, &[], RecordAttributes::default()).expect("new");
        let empty = types.record(id).ty.into();
        let plan = CallPlan::new_libffi(&Signature::new(&types, TypeId::VOID.into(), &[empty]));
        assert_eq!(plan.err(), Some(PlanError::ZeroSize { argument: Some(0) }));
    }

    #[test]
    fn variadic_parts_are_checked() {
        let types = Types::new(Target::HOST);
        let (int, float) = (TypeId::of(Prim::Int).into(), TypeId::of(Prim::Float).into());
        let args = [int, float];
        let plan = |fixed| {
            let call = cffi_callconv::Signature::variadic(int, &args, fixed);
            CallPlan::new(&Signature { call, ..Signature::new(&types, int, &args) })
        };
        assert_eq!(plan(1).err(), Some(PlanError::Unpromoted { argument: 1 }));
        assert_eq!(plan(3).err(), Some(PlanError::BadFixedCount));
        assert!(plan(2).is_ok());
    }
    #[test]
    fn extension_follows_size_and_sign() {
        assert_eq!(extend(0x1234_5678_9abc_def0, 1, true), 0xffff_ffff_ffff_fff0);
        assert_eq!(extend(0x1234_5678_9abc_def0, 1, false), 0xf0);
        assert_eq!(extend(0x1234_5678_9abc_def0, 2, true), 0xffff_ffff_ffff_def0);
        assert_eq!(extend(0x1234_5678_9abc_def0, 4, true), 0xffff_ffff_9abc_def0);
        assert_eq!(extend(0x1234_5678_9abc_def0, 4, false), 0x9abc_def0);
        assert_eq!(extend(0x1234_5678_9abc_def0, 8, true), 0x1234_5678_9abc_def0);
    }

    #[test]
    fn plans_are_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<CallPlan>();
    }
}
