//! The view of the system on closures: page permissions, fork, threads.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used)]

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use cffi_call::{Closure, ClosurePlan, errno};

use model::{ArgType, Signature};

#[path = "support/model.rs"]
mod model;

const INT: ArgType = ArgType::int(4, true);

/// Adds the context, a number, to the argument: int(int).
unsafe extern "C" fn add_context(result: *mut u8, args: *const *mut u8, user: *mut c_void) {
    // SAFETY: the closure has one argument and a result, both int.
    unsafe {
        let x = args.read().cast::<i32>().read();
        result.cast::<u64>().write(i64::from(x + user as usize as i32) as u64);
    }
}

fn plans() -> [Arc<ClosurePlan>; 2] {
    let sig = Signature::new(vec![INT], INT);
    [sig.closure_plan(), sig.libffi_closure_plan()].map(|plan| Arc::new(plan.expect("plan")))
}

fn make(plan: &Arc<ClosurePlan>, context: usize) -> Closure {
    // SAFETY: the handler fits the plan and its context is only a number.
    unsafe { Closure::new(Arc::clone(plan), add_context, context as *mut c_void) }.expect("closure")
}

fn call(closure: &Closure, x: i32) -> i32 {
    // SAFETY: the closure is of this type, and it is alive.
    unsafe { std::mem::transmute::<*const c_void, extern "C" fn(i32) -> i32>(closure.code())(x) }
}

fn all_answer(closures: &[Closure]) -> bool {
    closures.iter().enumerate().all(|(i, c)| call(c, 1000) == 1000 + i as i32)
}

/// Returns the mappings of this process that may be both written and executed.
fn writable_code() -> Vec<String> {
    let maps = std::fs::read_to_string("/proc/self/maps").expect("maps");
    let both = |line: &&str| {
        line.split_ascii_whitespace().nth(1).is_some_and(|p| p.contains('w') && p.contains('x'))
    };
    maps.lines().filter(both).map(str::to_owned).collect()
}

#[test]
fn no_page_is_writable_and_executable_with_thousands_of_closures() {
    let before = writable_code();
    for plan in plans() {
        let closures: Vec<Closure> = (0..5000).map(|i| make(&plan, i)).collect();
        assert!(all_answer(&closures));
        assert_eq!(writable_code(), before);
    }
}

#[test]
fn closures_live_and_die_on_both_sides_of_a_fork() {
    for plan in plans() {
        let mut closures: Vec<Closure> = (0..2000).map(|i| make(&plan, i)).collect();
        // SAFETY: the child uses closures and the allocator, which glibc keeps usable, and leaves by _exit.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let mut good = all_answer(&closures);
            closures.truncate(700);
            closures.extend((700..3000).map(|i| make(&plan, i)));
            good &= all_answer(&closures);
            drop(closures);
            // SAFETY: ends the child without running the parent's exit handlers.
            unsafe { libc::_exit(if good { 0 } else { 1 }) };
        }
        assert!(child > 0);
        closures.truncate(1500);
        closures.extend((1500..1800).map(|i| make(&plan, i)));
        assert!(all_answer(&closures));
        let mut status = -1;
        // SAFETY: `child` is a child process of this one.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "{status:#x}");
        assert!(all_answer(&closures));
    }
}

#[test]
fn closures_are_made_called_and_freed_on_many_threads() {
    for plan in plans() {
        let total = AtomicI32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for round in 0..50 {
                        let mut closures: Vec<Closure> = (0..40).map(|i| make(&plan, i)).collect();
                        assert!(all_answer(&closures));
                        closures.truncate(round % 40);
                        assert!(all_answer(&closures));
                        total.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(total.into_inner(), 200);
    }
}

/// Sets C's errno to the saved one plus 3, as a callback's host does: void(void).
unsafe extern "C" fn bump(_: *mut u8, _: *const *mut u8, _: *mut c_void) {
    errno::save();
    drop(std::fs::File::open("/no/such/file"));
    errno::set_saved(errno::saved() + 3);
    errno::restore();
}

#[test]
fn errno_passes_through_closures_and_plans() {
    let sig = Signature::new(vec![], ArgType::Void);
    for plan in [sig.closure_plan(), sig.libffi_closure_plan()] {
        let plan = Arc::new(plan.expect("plan"));
        // SAFETY: the handler fits and uses no context.
        let closure = unsafe { Closure::new(plan, bump, std::ptr::null_mut()) }.expect("closure");
        for caller in [sig.call_plan(), sig.libffi_call_plan()] {
            let caller = caller.expect("plan");
            let (mut image, mut result) = ([0_u128; 8], [0_u128; 1]);
            errno::set_saved(40);
            for expected in [43, 46] {
                assert!(caller.image_size() <= 128 && caller.result_size() == 16);
                // SAFETY: the function is void(void), and the blocks have the sizes in the plan.
                unsafe {
                    let (image, result) = (image.as_mut_ptr().cast(), result.as_mut_ptr().cast());
                    caller.call_with_errno(closure.code(), image, result);
                }
                drop(std::fs::File::open("/no/such/file"));
                assert_eq!(errno::saved(), expected);
            }
        }
    }
}
