//! Construction of function types, and of the plans of their calls and callbacks.

use std::sync::{Arc, OnceLock};

use cffi_call::closure::ClosurePlan;
use cffi_call::signature::Abi;
use cffi_call::{CallPlan, PlanError};

use super::alloc::{self, Parts};
use super::by_value::{ByValue, Position};
use super::function::{FunctionType, Prepared, default_abi, key};
use super::refusal::{self, Refusal};
use super::variadic::VariadicPlans;
use super::{Access, CType, Detail, Kind, make};
use cffi_rt::{Owned, Py, R, Raised, raise};

const PTR: isize = size_of::<*const u8>().cast_signed();

impl FunctionType {
    /// Returns the plan of callbacks of this type. `NotImplementedError` for signatures that have none.
    pub(crate) fn closure_plan(&self, py: Py<'_>, name: &str) -> R<Arc<ClosurePlan>> {
        if let Some(plan) = self.closure.get() {
            return Ok(plan.clone());
        }
        if self.call.is_none() && !self.ellipsis {
            return Err(unsupported_callback(py, name));
        }
        let args = py.collect(self.args.iter().map(|a| &**a))?;
        let fixed = self.ellipsis.then_some(self.args.len());
        let types = match ByValue::new(py, &args, &self.result, fixed) {
            Err(raised) if self.ellipsis && py.err_matches(cffi_rt::Exc::NotImplemented) => {
                py.err_clear(raised);
                return Err(unsupported_callback(py, name));
            }
            types => types?,
        };
        match ClosurePlan::new(&types.signature(abi(self.abi))) {
            Ok(plan) => Ok(self.closure.get_or_init(|| Arc::new(plan)).clone()),
            Err(
                PlanError::UnsupportedLayout { .. } | PlanError::Unsupported(_) | PlanError::ZeroSize { .. },
            ) => Err(unsupported_callback(py, name)),
            Err(PlanError::NoMemory) => Err(py.no_memory()),
            Err(_) if self.ellipsis => Err(unsupported_callback(py, name)),
            Err(_) => Err(raise!(py, System, "libffi failed to build this callback")),
        }
    }
}

fn abi(number: i32) -> Abi {
    match u32::try_from(number) {
        _ if number == default_abi() => Abi::Default,
        Ok(n) => Abi::Other(n),
        Err(_) => Abi::Other(u32::MAX),
    }
}

/// Makes a function pointer type. `args` are the declared types: arrays are turned into pointers here.
pub(crate) fn new(
    py: Py<'_>,
    args: Vec<Owned<CType>>,
    result: &CType,
    ellipsis: bool,
    abi_number: i32,
) -> R<Owned<CType>> {
    check_result(py, result)?;
    let decayed = |a: Owned<CType>| {
        if a.decays() { a.decayed().map_or(a.clone(), CType::new_ref) } else { a }
    };
    let args = py.collect(args.into_iter().map(decayed))?.into_boxed_slice();
    let st = result.state();
    let key = py.room(key(result, &args, ellipsis, abi_number))?;
    if let Some(ct) = alloc::interned(st, &key) {
        return Ok(ct);
    }
    let names = args.iter().map(|a| a.name());
    let name = py.room(result.cname().function_to(names, ellipsis, is_stdcall(abi_number)))?;
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
        detail: Detail::Function(py.boxed(function)?),
    };
    let fresh = alloc::new(py, st, parts)?;
    alloc::publish(py, st, key, fresh)
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
    let fine = result.kind == Kind::Void || (result.size() >= 0 && !result.decays());
    if fine {
        return Ok(());
    }
    let name = result.name();
    let building = result.aggregate().is_some_and(super::Aggregate::is_building);
    Err(if result.has(super::object::flag::OPAQUE) {
        raise!(py, Type, "result type '{name}' is opaque")
    } else if building {
        raise!(py, Type, "result type '{name}' is under construction")
    } else if result.aggregate().is_some_and(|a| !a.is_lazy()) {
        raise!(py, Type, "result type '{name}' is not yet initialized")
    } else {
        raise!(py, Type, "invalid result type: '{name}'")
    })
}

/// Prepares the calls of a signature without ellipsis; `None` if it can only be called from compiled modules, which a
/// call reports.
fn prepare_unless_unsupported(
    py: Py<'_>,
    args: &[Owned<CType>],
    result: &CType,
    abi: i32,
) -> R<Option<Prepared>> {
    let types = py.collect(args.iter().map(|a| &**a))?;
    match prepare(py, &types, result, None, abi) {
        Ok(call) => Ok(Some(call)),
        Err(raised) if py.err_matches(cffi_rt::Exc::NotImplemented) => {
            py.err_clear(raised);
            Ok(None)
        }
        Err(raised) => Err(raised),
    }
}

/// Prepares the calls of a function with these argument types; `fixed` is the number of declared ones for a variadic
/// call.
///
/// # Errors
/// `NotImplementedError` for types that cannot go by value, `TypeError` for incomplete ones.
pub(crate) fn prepare(
    py: Py<'_>,
    args: &[&CType],
    result: &CType,
    fixed: Option<usize>,
    abi: i32,
) -> R<Prepared> {
    let types = ByValue::new(py, args, result, fixed)?;
    match CallPlan::new(&types.signature(self::abi(abi))) {
        Ok(plan) => py.room(Prepared::new(plan, args, types.is_refused_by_stock())),
        Err(e) => Err(plan_error(py, args, result, &e, types.refusal())),
    }
}

/// Returns the error that the stock backend raises for a signature that it does not call; `None` for one that it calls.
pub(crate) fn stock_refusal(py: Py<'_>, args: &[&CType], result: &CType) -> Option<Raised> {
    match ByValue::new(py, args, result, None) {
        Ok(types) => types.refusal().map(|refusal| refusal.raise(py)),
        Err(raised) => Some(raised),
    }
}

/// Returns whether a type can be passed at this position by the platform's own convention.
pub(crate) fn goes_by_value(py: Py<'_>, ct: &CType, position: Position) -> R<bool> {
    let void = make::void(py, ct.state())?;
    let (args, result) = match position {
        Position::Argument => (&[ct][..], &*void),
        Position::Result => (&[][..], ct),
    };
    Ok(CallPlan::new(&ByValue::new(py, args, result, None)?.signature(Abi::Default)).is_ok())
}

#[cold]
fn plan_error(
    py: Py<'_>,
    args: &[&CType],
    result: &CType,
    error: &PlanError,
    refusal: Option<Refusal>,
) -> Raised {
    let at = |argument: Option<usize>| match argument.and_then(|i| args.get(i).copied()) {
        Some(ct) => (ct, Position::Argument),
        None => (result, Position::Result),
    };
    match *error {
        PlanError::UnsupportedLayout { argument } | PlanError::ZeroSize { argument } => {
            let (ct, position) = at(argument);
            let other = "It has a layout that libffi cannot be told about";
            refusal.map_or_else(|| refusal::unsupported(py, ct, position, other), |refusal| refusal.raise(py))
        }
        PlanError::Unsupported(reason) => raise!(py, NotImplemented, "this function type: {reason}"),
        PlanError::NoMemory => py.no_memory(),
        PlanError::TooLarge => raise!(py, Overflow, "the arguments of this function type are too large"),
        _ => raise!(py, System, "libffi failed to build this function type"),
    }
}

#[cold]
fn unsupported_callback(py: Py<'_>, name: &str) -> Raised {
    raise!(py, NotImplemented, "{name}: callback with unsupported argument or return type or with '...'")
}
