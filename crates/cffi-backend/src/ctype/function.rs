//! Function types: arguments, result, and the call plan.

use cffi_call::ctype::{Abi, Signature};
use cffi_call::plan::{CallPlan, PlanError};
use cffi_types::CName;
use pyo3_ffi as ffi;

use super::by_value::{Position, arg_type};
use super::object::{self, Parts};
use super::{Access, CType, Detail, Kind};
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
    /// `None` for variadic functions, whose plan is made for each call, and for signatures that can only be
    /// called from compiled modules.
    pub(crate) plan: Option<CallPlan>,
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

    /// Gives up what a dying type owns.
    pub(super) fn release(self: Box<Self>) {
        let FunctionType { args, result, .. } = *self;
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
    let name = CName::function(&result.cname(), &names, ellipsis, is_stdcall(abi_number));
    drop(names);
    let plan = if ellipsis { None } else { plan_unless_unsupported(py, &args, result, abi_number)? };
    let parts = Parts {
        kind: Kind::Function,
        access: Access::Pointer,
        flags: 0,
        name,
        size: PTR,
        length: -1,
        item: None,
        detail: Detail::Function(Box::new(FunctionType {
            args,
            result: result.new_ref(),
            ellipsis,
            abi: abi_number,
            plan,
        })),
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
    abi == cffi_call::plan::stdcall_abi()
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
    } else if result.is_aggregate() {
        raise!(py, Type, "result type '{name}' is not yet initialized")
    } else {
        raise!(py, Type, "invalid result type: '{name}'")
    })
}

/// The plan of a signature without ellipsis; none where it can only be called from compiled modules, which is
/// reported when it is called.
fn plan_unless_unsupported(
    py: Py<'_>,
    args: &[Owned<CType>],
    result: &CType,
    abi: i32,
) -> R<Option<CallPlan>> {
    let types: Vec<&CType> = args.iter().map(|a| &**a).collect();
    match plan(py, &types, result, None, abi) {
        Ok(plan) => Ok(Some(plan)),
        Err(raised) if py.err_matches(crate::rt::Exc::NotImplemented) => {
            py.err_clear(raised);
            Ok(None)
        }
        Err(raised) => Err(raised),
    }
}

/// A call plan for argument types; `fixed` is the number of declared ones for a variadic call.
pub(crate) fn plan(
    py: Py<'_>,
    args: &[&CType],
    result: &CType,
    fixed: Option<usize>,
    abi_number: i32,
) -> R<CallPlan> {
    let result = arg_type(py, result, Position::Result)?;
    let args =
        args.iter().map(|a| arg_type(py, a, Position::Argument)).collect::<Result<Vec<_>, Raised>>()?;
    let signature = Signature { args, result, fixed_args: fixed, abi: abi(abi_number) };
    CallPlan::new(&signature).map_err(|e| plan_error(py, &e))
}

#[cold]
fn plan_error(py: Py<'_>, _error: &PlanError) -> Raised {
    raise!(py, System, "libffi failed to build this function type")
}
