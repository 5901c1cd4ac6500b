//! Function types: arguments, result, and how to call.

use std::sync::{Arc, OnceLock};

use cffi_call::closure::ClosurePlan;
use cffi_call::ctype::{Abi, Signature};
use cffi_call::plan::{CallPlan, PlanError};
use pyo3_ffi as ffi;

use super::by_value::{self, Position, arg_type};
use super::object::{self, Parts};
use super::variadic::VariadicPlans;
use super::{Access, CType, Detail, Kind, flag};
use crate::rt::{Owned, Py, R, Raised, raise, trash};
use crate::state::intern::{Key, addr};

const PTR: isize = size_of::<*const u8>().cast_signed();

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
    closure: OnceLock<Arc<ClosurePlan>>,
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
    fn new(plan: CallPlan, args: &[&CType]) -> Prepared {
        let step = |(ct, offset): (&&CType, &usize)| Step { convert: ArgConvert::of(ct), offset: *offset };
        let steps = args.iter().zip(plan.arg_offsets()).map(step).collect();
        Prepared { plan, steps }
    }
}

impl FunctionType {
    /// The key for the table of interned types.
    pub(super) fn key(&self) -> Key {
        key(&self.result, &self.args, self.ellipsis, self.abi)
    }

    /// Calls `f` for every object that is referenced.
    pub(super) fn visit(&self, f: &mut dyn FnMut(*mut ffi::PyObject)) {
        f(self.result.as_ptr());
        for arg in &self.args {
            f(arg.as_ptr());
        }
    }

    /// The plan of callbacks of this type. `NotImplementedError` for signatures that have none.
    pub(crate) fn closure_plan(&self, py: Py<'_>, name: &str) -> R<Arc<ClosurePlan>> {
        if let Some(plan) = self.closure.get() {
            return Ok(plan.clone());
        }
        if self.call.is_none() {
            return Err(unsupported_callback(py, name));
        }
        let args: Vec<&CType> = self.args.iter().map(|a| &**a).collect();
        let signature = signature(py, &args, &self.result, None, self.abi)?;
        match ClosurePlan::new(&signature) {
            Ok(plan) => Ok(self.closure.get_or_init(|| Arc::new(plan)).clone()),
            Err(PlanError::UnsupportedLayout { .. }) => Err(unsupported_callback(py, name)),
            Err(_) => Err(raise!(py, System, "libffi failed to build this callback")),
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

fn key(result: &CType, args: &[Owned<CType>], ellipsis: bool, abi: i32) -> Key {
    let head = [addr(result), (abi.cast_unsigned() as usize) << 1 | usize::from(ellipsis)];
    Key::Function(head.into_iter().chain(args.iter().map(|a| addr(a))).collect())
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

fn abi(number: i32) -> Abi {
    match u32::try_from(number) {
        _ if number == default_abi() => Abi::Default,
        Ok(n) => Abi::Other(n),
        Err(_) => Abi::Other(u32::MAX),
    }
}

/// A function pointer type. `args` as declared: arrays are turned into pointers here.
pub(crate) fn new(
    py: Py<'_>,
    args: Vec<Owned<CType>>,
    result: &CType,
    ellipsis: bool,
    abi_number: i32,
) -> R<Owned<CType>> {
    check_result(py, result)?;
    let args: Box<[Owned<CType>]> = args
        .into_iter()
        .map(|a| if a.is_array() { a.decayed().map_or(a.clone(), CType::new_ref) } else { a })
        .collect();
    let st = result.state();
    let key = key(result, &args, ellipsis, abi_number);
    if let Some(ct) = object::interned(st, &key) {
        return Ok(ct);
    }
    let names: Vec<&str> = args.iter().map(|a| a.name()).collect();
    let name = result.cname().function_to(&names, ellipsis, is_stdcall(abi_number));
    drop(names);
    let call = if ellipsis { None } else { prepare_unless_unsupported(py, &args, result, abi_number)? };
    let simple = call.is_some() && abi_number == default_abi();
    let scalars = match &args[..] {
        [] if simple => Some((Access::Void, result.access)),
        [only] if simple => Some((only.access, result.access)),
        _ => None,
    };
    let mut function = FunctionType {
        args,
        result: result.new_ref(),
        ellipsis,
        abi: abi_number,
        call,
        scalars,
        entry: st.hooks.general_entry,
        variadic: VariadicPlans::new(),
        closure: OnceLock::new(),
    };
    function.entry = (st.hooks.entry_of)(&function);
    let parts = Parts {
        kind: Kind::Function,
        access: Access::Pointer,
        flags: 0,
        name,
        size: PTR,
        length: -1,
        item: None,
        detail: Detail::Function(Box::new(function)),
    };
    let fresh = object::new(py, st, parts)?;
    Ok(object::publish(st, key, fresh))
}

#[cfg(not(all(windows, target_arch = "x86")))]
fn is_stdcall(_abi: i32) -> bool {
    false
}

#[cfg(all(windows, target_arch = "x86"))]
fn is_stdcall(abi: i32) -> bool {
    abi == stdcall_abi()
}

fn check_result(py: Py<'_>, result: &CType) -> R<()> {
    let fine = result.kind == Kind::Void || (result.size() >= 0 && !result.is_array());
    if fine {
        return Ok(());
    }
    let name = result.name();
    let building = result.aggregate().is_some_and(super::Aggregate::is_building);
    Err(if result.has(super::flag::OPAQUE) {
        raise!(py, Type, "result type '{name}' is opaque")
    } else if building {
        raise!(py, Type, "result type '{name}' is under construction")
    } else if result.aggregate().is_some_and(|a| !a.is_lazy()) {
        raise!(py, Type, "result type '{name}' is not yet initialized")
    } else {
        raise!(py, Type, "invalid result type: '{name}'")
    })
}

/// How to call a signature without ellipsis; `None` where it can only be called from compiled modules, which is
/// reported when it is called.
fn prepare_unless_unsupported(
    py: Py<'_>,
    args: &[Owned<CType>],
    result: &CType,
    abi: i32,
) -> R<Option<Prepared>> {
    let types: Vec<&CType> = args.iter().map(|a| &**a).collect();
    match prepare(py, &types, result, None, abi) {
        Ok(call) => Ok(Some(call)),
        Err(raised) if py.err_matches(crate::rt::Exc::NotImplemented) => {
            py.err_clear(raised);
            Ok(None)
        }
        Err(raised) => Err(raised),
    }
}

/// How to call a function with these argument types; `fixed` is the number of declared ones for a variadic call.
///
/// Errors: `NotImplementedError` for types that cannot go by value, `TypeError` for incomplete ones.
pub(crate) fn prepare(
    py: Py<'_>,
    args: &[&CType],
    result: &CType,
    fixed: Option<usize>,
    abi: i32,
) -> R<Prepared> {
    let signature = signature(py, args, result, fixed, abi)?;
    match CallPlan::new(&signature) {
        Ok(plan) => Ok(Prepared::new(plan, args)),
        Err(e) => Err(plan_error(py, args, result, &e)),
    }
}

fn signature(
    py: Py<'_>,
    args: &[&CType],
    result: &CType,
    fixed: Option<usize>,
    abi_number: i32,
) -> R<Signature> {
    let result = arg_type(py, result, Position::Result)?;
    let args =
        args.iter().map(|a| arg_type(py, a, Position::Argument)).collect::<Result<Vec<_>, Raised>>()?;
    Ok(Signature { args, result, fixed_args: fixed, abi: abi(abi_number) })
}

#[cold]
fn plan_error(py: Py<'_>, args: &[&CType], result: &CType, error: &PlanError) -> Raised {
    match *error {
        PlanError::UnsupportedLayout { argument } => {
            let ct = argument.and_then(|i| args.get(i).copied()).unwrap_or(result);
            let position = if argument.is_some() { Position::Argument } else { Position::Result };
            by_value::unsupported(py, ct, position, "It has a layout that libffi cannot be told about")
        }
        PlanError::TooLarge => raise!(py, Overflow, "the arguments of this function type are too large"),
        _ => raise!(py, System, "libffi failed to build this function type"),
    }
}

#[cold]
fn unsupported_callback(py: Py<'_>, name: &str) -> Raised {
    raise!(py, NotImplemented, "{name}: callback with unsupported argument or return type or with '...'")
}
