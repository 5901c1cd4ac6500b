//! Function types: arguments, result, and call plan.

use std::sync::{Arc, OnceLock};

use cffi_call::closure::ClosurePlan;
use cffi_call::plan::CallPlan;
use cffi_memory::NoMemory;
use pyo3_ffi as ffi;

use super::variadic::VariadicPlans;
use super::{Access, CType, flag};
use crate::state::intern::{Key, addr};
use cffi_rt::{Owned, trash};

/// A function's signature. Immutable.
pub(crate) struct FunctionType {
    /// The argument types. Arrays have become pointers already.
    pub(crate) args: Box<[Owned<CType>]>,
    pub(crate) result: Owned<CType>,
    /// Whether it takes more arguments than the declared ones.
    pub(crate) ellipsis: bool,
    /// libffi's number of the calling convention.
    pub(crate) abi: i32,
    /// The call plan; `None` for variadic functions, and for signatures that can only be called from compiled modules.
    pub(crate) call: Option<Prepared>,
    /// The argument (`Void` for none) and the result of a callable function of one argument at most, by the platform's
    /// own convention. They need not be scalars.
    pub(crate) scalars: Option<(Access, Access)>,
    /// The vectorcall entry of function pointers of this type.
    pub(crate) entry: ffi::vectorcallfunc,
    /// The plans of calls of a variadic function.
    pub(crate) variadic: VariadicPlans,
    /// The plan by which C calls Python functions of this type, made by the first callback.
    pub(super) closure: OnceLock<Arc<ClosurePlan>>,
}

/// The data that a call needs besides the argument objects, computed once.
pub(crate) struct Prepared {
    pub(crate) plan: CallPlan,
    /// One step for each argument, in order.
    pub(crate) steps: Box<[Step]>,
    /// Whether the stock backend refuses to make such calls.
    pub(crate) refused_by_stock: bool,
}

/// The rule by which one argument is written into the image of a call.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) convert: ArgConvert,
    /// The offset of the argument in the image, in bytes.
    pub(crate) offset: usize,
}

/// The conversion from a Python object to an argument, by the type of the argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ArgConvert {
    /// Integers and enums of this access, `_Bool` included: a cell of eight bytes.
    Int(Access),
    /// Characters of this many bytes: a cell of eight bytes, zero-extended but for `char`, which has its own sign.
    Char(u8),
    /// `_BitInt` of at most 64 bits: a cell of eight bytes, extended.
    BitInt,
    F32,
    F64,
    /// Data pointers, which also take arrays made for the call. `bytes` tells whether the storage of any
    /// `bytes` object may be passed directly.
    Pointer {
        bytes: bool,
    },
    /// Function pointers.
    Function,
    /// Types that are stored as they are in memory: structs, unions, complex numbers, `long double`.
    Memory,
}

impl ArgConvert {
    fn of(ct: &CType) -> ArgConvert {
        match ct.access {
            Access::Char8 => ArgConvert::Char(1),
            Access::Char16 => ArgConvert::Char(2),
            Access::Char32 => ArgConvert::Char(4),
            Access::F32 => ArgConvert::F32,
            Access::F64 => ArgConvert::F64,
            Access::Pointer if ct.is_pointer() => ArgConvert::Pointer { bytes: ct.has(flag::TAKES_BYTES) },
            Access::Pointer => ArgConvert::Function,
            access if access.is_integer() => ArgConvert::Int(access),
            Access::BitInt if ct.size() <= 8 => ArgConvert::BitInt,
            _ => ArgConvert::Memory,
        }
    }
}

/// Returns whether the storage of a `bytes` object can be passed as this pointer type: to `void`, `char`, and integers
/// of one byte.
pub(crate) fn takes_bytes(pointer: &CType) -> bool {
    let byte = |item: &CType| item.access.is_integer() && item.size() == 1;
    pointer.has(flag::VOID_OR_CHAR_PTR) || pointer.item().is_some_and(byte)
}

impl Prepared {
    pub(super) fn new(plan: CallPlan, args: &[&CType], refused_by_stock: bool) -> Result<Prepared, NoMemory> {
        let step = |(ct, offset): (&&CType, &usize)| Step { convert: ArgConvert::of(ct), offset: *offset };
        let steps = cffi_memory::collect(args.iter().zip(plan.arg_offsets()).map(step))?.into_boxed_slice();
        Ok(Prepared { plan, steps, refused_by_stock })
    }
}

impl FunctionType {
    /// Returns the key for the table of interned types.
    pub(super) fn key(&self) -> Result<Key, NoMemory> {
        key(&self.result, &self.args, self.ellipsis, self.abi)
    }

    /// Calls `f` for every object that is referenced.
    pub(super) fn visit(&self, f: &mut dyn FnMut(*mut ffi::PyObject)) {
        f(self.result.as_ptr());
        for arg in &self.args {
            f(arg.as_ptr());
        }
    }

    /// Drops the references that a dying type owns.
    pub(super) fn release(self) {
        let FunctionType { args, result, .. } = self;
        trash::release(result.into_obj());
        for arg in args {
            trash::release(arg.into_obj());
        }
    }
}

pub(super) fn key(result: &CType, args: &[Owned<CType>], ellipsis: bool, abi: i32) -> Result<Key, NoMemory> {
    let head = [addr(result), (abi.cast_unsigned() as usize) << 1 | usize::from(ellipsis)];
    let mut parts = cffi_memory::vec(head.len() + args.len())?;
    parts.extend(head.into_iter().chain(args.iter().map(|a| addr(a))));
    Ok(Key::Function(parts.into_boxed_slice()))
}

/// Returns libffi's number of the default convention, `FFI_DEFAULT_ABI`.
pub(crate) fn default_abi() -> i32 {
    cffi_call::DEFAULT_ABI.cast_signed()
}

/// Returns libffi's number of `__stdcall`, or that of the default where there is no such convention.
pub(crate) fn stdcall_abi() -> i32 {
    // Only 32-bit Windows has it; libffi's number there is 5.
    if cfg!(all(windows, target_arch = "x86")) { 5 } else { default_abi() }
}
