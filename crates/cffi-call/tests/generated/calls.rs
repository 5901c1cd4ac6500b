//! Calls by both kinds of plan.

use std::ffi::c_void;

use cffi_call::plan::get_int;
use cffi_call::{CallPlan, PlanError};

use crate::model::{ArgType, Signature};

use crate::library::LIBRARY;
use crate::rng::Rng;
use crate::source::offset;
use crate::value;

/// Makes an aligned block full of rubbish.
pub(crate) fn block(size: usize) -> Vec<u128> {
    vec![u128::from_ne_bytes([0xa5; 16]); size.div_ceil(16)]
}

/// Calls through a plan and gives back the result's bytes; integers and pointers as a cell.
///
/// # Safety
/// The function has the plan's signature.
pub(crate) unsafe fn call(
    plan: &CallPlan,
    sig: &Signature,
    function: *const c_void,
    values: &[Vec<u8>],
) -> Vec<u8> {
    let (mut image, mut result) = (block(plan.image_size()), block(plan.result_size()));
    let image = image.as_mut_ptr().cast::<u8>();
    let result = result.as_mut_ptr().cast::<u8>();
    // SAFETY: blocks as large and as aligned as the plan wants, arguments written as documented.
    unsafe {
        for (i, (ty, bytes)) in sig.args.iter().zip(values).enumerate() {
            match ty {
                ArgType::Int { .. } => plan.put_int(image, i, value::widened(ty, bytes)),
                _ => image.add(plan.arg_offset(i)).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()),
            }
        }
        plan.call(function, image, result);
        match sig.result {
            ArgType::Int { .. } | ArgType::Pointer => get_int(result).to_ne_bytes().to_vec(),
            _ => std::slice::from_raw_parts(result, sig.result.size()).to_vec(),
        }
    }
}

/// Returns whether a plan's result is the value with these bytes.
pub(crate) fn result_is(sig: &Signature, got: &[u8], bytes: &[u8]) -> bool {
    match sig.result {
        ArgType::Int { .. } | ArgType::Pointer => got == value::widened(&sig.result, bytes).to_ne_bytes(),
        _ => value::same(&sig.result, got, bytes),
    }
}

/// Calls C function `index` and compares what it saw and what came back.
fn check(index: usize, sig: &Signature, plan: &CallPlan, rng: &mut Rng) {
    let values: Vec<Vec<u8>> = sig.args.iter().map(|ty| value::random(rng, ty)).collect();
    let expected = value::random(rng, &sig.result);
    let (seen, give) = LIBRARY.buffers();
    let function = LIBRARY.symbol(&format!("f{index}"));
    // SAFETY: the buffers are large enough for every signature; the function has this one.
    let got = unsafe {
        give.copy_from_nonoverlapping(expected.as_ptr(), expected.len());
        call(plan, sig, function, &values)
    };
    for (i, (ty, bytes)) in sig.args.iter().zip(&values).enumerate() {
        // SAFETY: the callee has written each argument into the buffer at its offset.
        let seen = unsafe { std::slice::from_raw_parts(seen.add(offset(i)), ty.size()) };
        assert!(value::same(ty, seen, bytes), "argument {i} of {index}: {sig:?}\n{seen:?}\n{bytes:?}");
    }
    assert!(result_is(sig, &got, &expected), "result of {index}: {sig:?}\n{got:?}\n{expected:?}");
}

#[test]
fn c_functions_see_and_give_the_right_values() {
    let mut rng = Rng::new(1);
    let mut through_libffi = 0;
    for (index, sig) in LIBRARY.signatures.iter().enumerate() {
        // Where all calls go through libffi, signatures that it does not support are left out.
        match sig.call_plan() {
            Ok(plan) => (0..3).for_each(|_| check(index, sig, &plan, &mut rng)),
            Err(e) => assert!(matches!(e, PlanError::UnsupportedLayout { .. }) && !cfg!(sysv64), "{e:?}"),
        }
        match sig.libffi_call_plan() {
            Ok(plan) => {
                through_libffi += 1;
                check(index, sig, &plan, &mut rng);
            }
            Err(e) => assert!(matches!(e, PlanError::UnsupportedLayout { .. }), "{e:?}"),
        }
    }
    assert!(through_libffi > LIBRARY.signatures.len() / 3, "only {through_libffi}");
}

#[test]
fn plans_are_used_by_many_threads_at_once() {
    let plans: Vec<(usize, &Signature, CallPlan)> = LIBRARY
        .signatures
        .iter()
        .enumerate()
        .filter_map(|(i, sig)| Some((i, sig, sig.call_plan().ok()?)))
        .step_by(10)
        .collect();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let plans = &plans;
            scope.spawn(move || {
                let mut rng = Rng::new(100 + thread);
                for (index, sig, plan) in plans {
                    check(*index, sig, plan, &mut rng);
                }
            });
        }
    });
}
