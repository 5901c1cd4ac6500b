//! Closures: C function pointers that run a handler with a context.

use std::ffi::c_void;
use std::fmt;
use std::ptr;
use std::sync::Arc;

use libffi_sys as ffi;

#[cfg(all(aapcs64, own_trampolines))]
use crate::aarch64::closure::DirectClosure;
#[cfg(all(sysv64, own_trampolines))]
use crate::direct_closure::DirectClosure;
use crate::libffi::Cif;
use crate::plan::{check, check_sizes};
use crate::plan_error::PlanError;
use crate::scalar::{self, Form};
use crate::signature::Signature;
#[cfg(own_trampolines)]
use crate::trampoline::Trampoline;

/// The function that runs when C calls a closure.
///
/// - `args[i]` points at argument `i` in its natural form and size; all of it is valid during the call only.
/// - An integer or pointer result is written as a whole `u64` cell, extended as its type says; anything else
///   in its natural form. The area has 16 bytes, or for a result of form [`Form::Bytes`] at least the type's size; it is
///   aligned to 8, and zeroed unless it belongs to a result of that form.
/// - It must not unwind.
pub type Handler = unsafe extern "C" fn(result: *mut u8, args: *const *mut u8, user: *mut c_void);

/// The function that runs in the place of a [`Handler`] where each argument lies in a cell of 8 bytes, in order, and the
/// result is no more than a cell.
///
/// - Argument `i` begins at cell `i`, in its natural form and size. The last one may have more than one cell.
/// - The result is returned as a whole cell, which for a floating-point number begins with its natural form.
/// - It must not unwind.
pub type CellHandler = unsafe extern "C" fn(cells: *const u64, user: *mut c_void) -> u64;

/// The way in which C's arguments reach a handler. It is made once per function type.
#[derive(Debug)]
pub struct ClosurePlan {
    path: Path,
    result: Form,
    /// Bytes of a result of form [`Form::Bytes`], 0 for others.
    struct_size: usize,
}

/// The code that connects C to the handler.
#[derive(Debug)]
enum Path {
    #[cfg(own_trampolines)]
    Direct(DirectClosure),
    Libffi(Cif),
}

/// The reason why a closure cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosureError {
    /// The system gives no (more) executable memory.
    NoMemory,
    /// libffi refused.
    Refused,
}

impl fmt::Display for ClosureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ClosureError::NoMemory => "no executable memory for a closure",
            ClosureError::Refused => "libffi failed to build this callback",
        })
    }
}

impl std::error::Error for ClosureError {}

impl ClosurePlan {
    /// Makes the best plan for this platform. A variadic signature that lists the arguments before `...` is the type of a
    /// variadic function: its handlers get the address of a [`VaList`](crate::va_list::VaList) as one more argument. libffi
    /// has no such closures.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn new(sig: &Signature<'_>) -> Result<ClosurePlan, PlanError> {
        #[cfg(own_trampolines)]
        if crate::plan::is_platform_abi(sig.abi) {
            check(sig)?;
            if sig.call.fixed.is_some_and(|fixed| fixed != sig.call.args.len()) {
                return Err(PlanError::Refused);
            }
            let path = Path::Direct(DirectClosure::new(sig)?);
            return Ok(Self::with_path(sig, path));
        }
        Self::new_libffi(sig)
    }

    /// Makes a plan for libffi's closures even where there are others.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn new_libffi(sig: &Signature<'_>) -> Result<ClosurePlan, PlanError> {
        check_closure(sig)?;
        check_sizes(sig)?;
        Ok(Self::with_path(sig, Path::Libffi(Cif::new(sig, 0)?)))
    }

    fn with_path(sig: &Signature<'_>, path: Path) -> ClosurePlan {
        let (types, ty) = (sig.types, sig.call.result);
        let result = scalar::form(types, ty);
        let struct_size = if result == Form::Bytes { scalar::size(types, ty) } else { 0 };
        ClosurePlan { path, result, struct_size }
    }
}

fn check_closure(sig: &Signature<'_>) -> Result<(), PlanError> {
    check(sig)?;
    if sig.call.fixed.is_some() { Err(PlanError::Refused) } else { Ok(()) }
}

/// A C function pointer; freed when dropped.
///
/// On x86-64 and AArch64 Linux the code is one of the library's own trampolines, and a call after the closure was dropped
/// finds, until the place is taken by another closure, code that says so once on standard error and returns
/// zero. Elsewhere libffi provides the code, and such a call is undefined.
#[derive(Debug)]
pub struct Closure(Box<Body>);

/// The contents of a [`Closure`], for owners that keep it in a separate block.
#[derive(Debug)]
pub struct Body {
    /// The code is dropped before the target, so that it never jumps to a target that is gone.
    code: Code,
    target: Target,
    plan: Arc<ClosurePlan>,
}

#[derive(Debug)]
enum Code {
    /// While the rest is being put together.
    None,
    #[cfg(own_trampolines)]
    Own(Trampoline),
    /// A separate block, as this code is larger and rarely used.
    Libffi(Box<LibffiCode>),
}

/// The data that a closure's code passes on; the code contains its address.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) handler: Handler,
    pub(crate) user: *mut c_void,
    /// Runs in the place of `handler` where the plan has an entry for it.
    pub(crate) cells: Option<CellHandler>,
    result: Form,
    /// The direct plan, where that is what the closure has.
    #[cfg(own_trampolines)]
    pub(crate) direct: *const DirectClosure,
    /// The arguments that libffi gives by address; a part of the plan.
    #[cfg(target_arch = "aarch64")]
    by_address: *const [usize],
}

// SAFETY: immutable once complete; who may call it, with which `user`, is the business of its maker.
unsafe impl Send for Body {}
// SAFETY: the function and its context may be used by any thread, as `Closure::new` was promised.
unsafe impl Sync for Body {}

impl Closure {
    /// Makes a function pointer that runs `handler` with `user`.
    ///
    /// # Safety
    /// As for [`Body::complete`].
    ///
    /// # Errors
    /// No executable memory.
    pub unsafe fn new(
        plan: Arc<ClosurePlan>,
        handler: Handler,
        user: *mut c_void,
    ) -> Result<Closure, ClosureError> {
        let mut body = Box::new(Body::new(plan, handler, user));
        // SAFETY: by the caller; the body stays in its box.
        unsafe { body.complete()? };
        Ok(Closure(body))
    }

    /// Returns the function pointer.
    #[inline]
    pub fn code(&self) -> *const c_void {
        self.0.code()
    }

    /// Returns the context that the handler gets.
    #[inline]
    pub fn user(&self) -> *mut c_void {
        self.0.target.user
    }
}

impl Body {
    /// Makes a closure that runs `handler` with `user`, still without code.
    pub fn new(plan: Arc<ClosurePlan>, handler: Handler, user: *mut c_void) -> Body {
        Self::with_cells(plan, handler, None, user)
    }

    /// Makes a closure as [`Body::new`] does, which runs `cells` instead where the signature allows it.
    pub fn with_cells(
        plan: Arc<ClosurePlan>,
        handler: Handler,
        cells: Option<CellHandler>,
        user: *mut c_void,
    ) -> Body {
        let target = Target {
            handler,
            user,
            cells,
            result: plan.result,
            #[cfg(own_trampolines)]
            direct: match &plan.path {
                Path::Direct(direct) => direct,
                Path::Libffi(_) => ptr::null(),
            },
            #[cfg(target_arch = "aarch64")]
            by_address: match &plan.path {
                #[cfg(own_trampolines)]
                Path::Direct(_) => ptr::slice_from_raw_parts(ptr::dangling(), 0),
                Path::Libffi(cif) => cif.by_address(),
            },
        };
        Body { code: Code::None, target, plan }
    }

    /// Makes the code, which refers to this body.
    ///
    /// # Safety
    /// The body is not moved any more. Its handler must be sound for the plan's signature, on every thread from
    /// which C may call the function, with `user` as it is, until the body is dropped, and so must be its handler of
    /// cells if it has one. Nobody calls the function
    /// after that, or is inside it at that time.
    ///
    /// # Errors
    /// No executable memory.
    pub unsafe fn complete(&mut self) -> Result<(), ClosureError> {
        let address = &raw mut self.target;
        self.code = match &self.plan.path {
            #[cfg(own_trampolines)]
            Path::Direct(direct) => {
                let short = self.target.cells.and_then(|_| direct.cell_entry());
                let entry = short.unwrap_or_else(|| direct.entry());
                let trampoline = Trampoline::new(address.cast(), entry);
                Code::Own(trampoline.ok_or(ClosureError::NoMemory)?)
            }
            // SAFETY: description and target live as long as the code.
            Path::Libffi(cif) => Code::Libffi(Box::new(unsafe { LibffiCode::new(cif, address) }?)),
        };
        Ok(())
    }

    /// Returns the size in bytes of the handler's result area if it may be C's own, uninitialised memory, as for
    /// structs; 0 for results that are a cell or a real floating-point number.
    #[inline]
    pub fn struct_size(&self) -> usize {
        self.plan.struct_size
    }

    /// Returns the function pointer, or null before there is code.
    #[inline]
    pub fn code(&self) -> *const c_void {
        match &self.code {
            Code::None => ptr::null(),
            #[cfg(own_trampolines)]
            Code::Own(trampoline) => trampoline.code(),
            Code::Libffi(code) => code.code,
        }
    }
}

/// A closure of libffi.
#[derive(Debug)]
struct LibffiCode {
    closure: *mut ffi::ffi_closure,
    code: *const c_void,
}

impl LibffiCode {
    /// # Safety
    /// `cif` and `target` live as long as the closure.
    unsafe fn new(cif: &Cif, target: *mut Target) -> Result<LibffiCode, ClosureError> {
        let mut code = ptr::null_mut();
        // SAFETY: no precondition; null on failure.
        let memory = unsafe { ffi::ffi_closure_alloc(size_of::<ffi::ffi_closure>(), &raw mut code) };
        if memory.is_null() {
            return Err(ClosureError::NoMemory);
        }
        let closure = LibffiCode { closure: memory.cast(), code };
        // SAFETY: libffi's own memory; the rest by the caller's promise.
        let status = unsafe {
            ffi::ffi_prep_closure_loc(closure.closure, cif.as_ptr(), Some(enter), target.cast(), code)
        };
        if status == ffi::ffi_status_FFI_OK { Ok(closure) } else { Err(ClosureError::Refused) }
    }
}

impl Drop for LibffiCode {
    fn drop(&mut self) {
        // SAFETY: from ffi_closure_alloc, freed only here.
        unsafe { ffi::ffi_closure_free(self.closure.cast()) };
    }
}

/// Receives libffi's calls: gives the handler a separate result area unless the result has the form of bytes.
unsafe extern "C" fn enter(
    _cif: *mut ffi::ffi_cif,
    result: *mut c_void,
    args: *mut *mut c_void,
    user: *mut c_void,
) {
    // SAFETY: `user` is the target given to ffi_prep_closure_loc, alive while the closure is.
    let target = unsafe { &*user.cast::<Target>() };
    #[cfg(target_arch = "aarch64")]
    // SAFETY: the plan lives as long as the target; libffi gives as many pointers as there are arguments, in memory
    // that it owns, and these point to an address.
    unsafe {
        for i in &*target.by_address {
            let place = args.add(*i);
            place.write(place.read().cast::<*mut c_void>().read());
        }
    }
    let args = args.cast::<*mut u8>().cast_const();
    if target.result == Form::Bytes {
        // SAFETY: the creator of the closure vouched for the handler; the area has the struct's size.
        unsafe { (target.handler)(result.cast(), args, target.user) };
        return;
    }
    let mut area = Area([0; 2]);
    // SAFETY: the handler of a live closure gets an area of 16 aligned bytes.
    unsafe { (target.handler)((&raw mut area).cast(), args, target.user) };
    // SAFETY: libffi's area holds a result of this kind.
    unsafe { deliver(&area, result.cast(), target.result) };
}

#[repr(C, align(16))]
struct Area([u64; 2]);

/// Copies a handler's result to libffi's area, which takes small integers as a whole `ffi_arg`.
///
/// # Safety
/// `result` is libffi's area for a result of this kind.
unsafe fn deliver(area: &Area, result: *mut u8, kind: Form) {
    let from = (&raw const area.0).cast::<u8>();
    // SAFETY: each arm writes what libffi's area has room for by its documentation.
    unsafe {
        match kind {
            Form::Void | Form::Bytes => {}
            Form::Int { size: 8, .. } => result.cast::<u64>().write_unaligned(area.0[0]),
            Form::Int { .. } | Form::Pointer => {
                result.cast::<ffi::ffi_arg>().write_unaligned(area.0[0] as ffi::ffi_arg);
            }
            Form::Float => result.copy_from_nonoverlapping(from, 4),
            Form::Double => result.copy_from_nonoverlapping(from, 8),
            Form::LongDouble => result.copy_from_nonoverlapping(from, crate::longdouble::SIZE),
        }
    }
}
