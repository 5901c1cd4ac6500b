//! Closures, called by compiled C code and by plans.

use std::ffi::c_void;
use std::sync::Arc;

use cffi_call::{CallPlan, Closure, ClosurePlan};

use crate::model::{ArgType, Signature};

use crate::calls;
use crate::library::LIBRARY;
use crate::rng::Rng;
use crate::source::offset;
use crate::value;

/// What a handler is to see, and what it gives back.
struct Probe<'a> {
    sig: &'a Signature,
    values: Vec<Vec<u8>>,
    result: Vec<u8>,
    /// Per call: whether every argument was as expected.
    calls: Vec<bool>,
}

impl<'a> Probe<'a> {
    fn new(sig: &'a Signature, rng: &mut Rng) -> Probe<'a> {
        Probe {
            sig,
            values: sig.args.iter().map(|ty| value::random(rng, ty)).collect(),
            result: value::random(rng, &sig.result),
            calls: Vec::new(),
        }
    }
}

unsafe extern "C" fn handler(result: *mut u8, args: *const *mut u8, user: *mut c_void) {
    // SAFETY: `user` is the probe of a closure in use; arguments and result are as documented.
    unsafe {
        let probe = &mut *user.cast::<Probe<'_>>();
        let same = probe.sig.args.iter().enumerate().all(|(i, ty)| {
            let bytes = std::slice::from_raw_parts(args.add(i).read(), ty.size());
            value::same(ty, bytes, &probe.values[i])
        });
        probe.calls.push(same);
        match probe.sig.result {
            ArgType::Int { .. } | ArgType::Pointer => {
                result.cast::<u64>().write(value::widened(&probe.sig.result, &probe.result));
            }
            _ => result.copy_from_nonoverlapping(probe.result.as_ptr(), probe.result.len()),
        }
    }
}

/// C calls the closure.
fn check_from_c(index: usize, sig: &Signature, plan: ClosurePlan, rng: &mut Rng) {
    let mut probe = Probe::new(sig, rng);
    let (seen, give) = LIBRARY.buffers();
    let caller = LIBRARY.symbol(&format!("c{index}"));
    // SAFETY: the probe outlives the closure; the buffers are large enough; the caller has this type.
    let result = unsafe {
        let closure = Closure::new(Arc::new(plan), handler, (&raw mut probe).cast()).expect("closure");
        for (i, bytes) in probe.values.iter().enumerate() {
            give.add(offset(i)).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
        std::mem::transmute::<*const c_void, extern "C" fn(*const c_void)>(caller)(closure.code());
        std::slice::from_raw_parts(seen, sig.result.size())
    };
    assert_eq!(probe.calls, [true], "arguments of {index}: {sig:?}");
    assert!(value::same(&sig.result, result, &probe.result), "result of {index}: {sig:?}");
}

/// A plan calls the closure.
fn check_by_plan(sig: &Signature, plan: ClosurePlan, caller: &CallPlan, rng: &mut Rng) {
    let mut probe = Probe::new(sig, rng);
    let values = probe.values.clone();
    // SAFETY: the probe outlives the closure, which has the caller's signature.
    let got = unsafe {
        let closure = Closure::new(Arc::new(plan), handler, (&raw mut probe).cast()).expect("closure");
        calls::call(caller, sig, closure.code(), &values)
    };
    assert_eq!(probe.calls, [true], "{sig:?}");
    assert!(calls::result_is(sig, &got, &probe.result), "{sig:?}");
}

#[test]
fn handlers_see_and_give_the_right_values() {
    let mut rng = Rng::new(2);
    let mut through_libffi = 0;
    for (index, sig) in LIBRARY.signatures.iter().enumerate() {
        if sig.fixed_args.is_some() {
            // Skips variadic signatures: only the handler knows the types behind `...`. Tests of the Python package read them.
            continue;
        }
        if let Ok(plan) = sig.closure_plan() {
            check_from_c(index, sig, plan, &mut rng);
        }
        if let (Ok(plan), Ok(caller)) = (sig.closure_plan(), sig.call_plan()) {
            check_by_plan(sig, plan, &caller, &mut rng);
        }
        if let (Ok(plan), Ok(again)) = (sig.libffi_closure_plan(), sig.libffi_closure_plan()) {
            through_libffi += 1;
            check_from_c(index, sig, plan, &mut rng);
            let caller = sig.libffi_call_plan().expect("as good as the closure's");
            check_by_plan(sig, again, &caller, &mut rng);
        }
    }
    assert!(through_libffi > LIBRARY.signatures.len() / 3, "only {through_libffi}");
}
