//! Function types: arguments, result, and how to call.

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
    /// Arrays have become pointers already.
    pub(crate) args: Box<[Owned<CType>]>,
    pub(crate) result: Owned<CType>,
    /// Takes more arguments than the declared ones.
    pub(crate) ellipsis: bool,
    /// libffi's number.
    pub(crate) abi: i32,
    /// `None` for variadic functions, and for signatures that can only be called from compiled modules.
    pub(crate) call: Option<Prepared>,
    /// Argument (`Void` for none) and result of a callable function of one argument at most, by the platform's own
    /// convention; whether they are scalars is not said.
    pub(crate) scalars: Option<(Access, Access)>,
    /// The vectorcall entry of function pointers of this type.
    pub(crate) entry: ffi::vectorcallfunc,
    /// For variadic functions.
    pub(crate) variadic: VariadicPlans,
    /// How C calls Python functions of this type, made by the first callback.
    pub(super) closure: OnceLock<Arc<ClosurePlan>>,
}

/// What a call needs beside the argument objects, worked out once.
pub(crate) struct Prepared {
    pub(crate) plan: CallPlan,
    /// One for each argument, in order.
    pub(crate) steps: Box<[Step]>,
}

/// How one argument gets into the image of a call.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) convert: ArgConvert,
    /// Where it goes, in bytes.
    pub(crate) offset: usize,
}

/// The way from a Python object to an argument, by the type of the argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ArgConvert {
    /// Integers and enums of this access, `_Bool` included: a cell of eight bytes.
    Int(Access),
    /// Characters of this many bytes: a cell of eight bytes, zero-extended but for `char`, which has its own sign.
    Char(u8),
    F32,
    F64,
    /// Data pointers, which take arrays made for the call too. `bytes` says whether the storage of a `bytes`
    /// object may be passed as it is.
    Pointer {
        bytes: bool,
    },
    /// Function pointers.
    Function,
    /// What is stored as it is in memory: structs and `long double`.
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
            Access::Pointer if ct.is_pointer() => ArgConvert::Pointer { bytes: takes_bytes(ct) },
            Access::Pointer => ArgConvert::Function,
            access if access.is_integer() => ArgConvert::Int(access),
            _ => ArgConvert::Memory,
        }
    }
}

/// Whether the storage of a `bytes` object can be passed as this pointer type: to `void`, `char`, and integers
/// of one byte.
pub(crate) fn takes_bytes(pointer: &CType) -> bool {
    let byte = |item: &CType| item.access.is_integer() && item.size() == 1;
    pointer.has(flag::VOID_OR_CHAR_PTR) || pointer.item().is_some_and(byte)
}

impl Prepared {
    pub(super) fn new(plan: CallPlan, args: &[&CType]) -> Result<Prepared, NoMemory> {
        let step = |(ct, offset): (&&CType, &usize)| Step { convert: ArgConvert::of(ct), offset: *offset };
        let steps = cffi_memory::collect(args.iter().zip(plan.arg_offsets()).map(step))?.into_boxed_slice();
        Ok(Prepared { plan, steps })
    }
}

impl FunctionType {
    /// The key for the table of interned types.
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

    /// Gives up what a dying type owns.
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

/// libffi's number of the default convention, `FFI_DEFAULT_ABI`.
pub(crate) fn default_abi() -> i32 {
    cffi_call::DEFAULT_ABI.cast_signed()
}

/// libffi's number of `__stdcall`; that of the default where there is no such thing.
pub(crate) fn stdcall_abi() -> i32 {
    // Only 32-bit Windows knows it; libffi's number there is 5.
    if cfg!(all(windows, target_arch = "x86")) { 5 } else { default_abi() }
}
