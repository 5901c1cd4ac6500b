//! Stack frames of calls and closures can be unwound: C++ exceptions and longjmp pass a call, a backtrace
//! taken inside a closure reaches its caller.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]
#![allow(clippy::expect_used)]

use std::backtrace::Backtrace;
use std::ffi::c_void;
use std::process::Command;
use std::sync::{Arc, LazyLock};

use cffi_call::dl::Handle;
use cffi_call::plan::get_int;
use cffi_call::{CallPlan, Closure};

use model::{ArgType, Signature};

#[path = "support/model.rs"]
mod model;

const INT: ArgType = ArgType::int(4, true);

const SOURCE: &str = r#"
#include <csetjmp>
#include <stdexcept>
static jmp_buf place;
extern "C" int throws(int x) { if (x > 0) throw x; return x; }
extern "C" int throws8(int, int, int, int, int, int, int, int x) { return throws(x); }
extern "C" int jumps(int x) { longjmp(place, x); }
extern "C" int jumps8(int, int, int, int, int, int, int, int x) { longjmp(place, x); }
extern "C" int catches(void (*f)(void *), void *user) {
    try { f(user); } catch (int x) { return x; }
    return -1;
}
extern "C" int lands(void (*f)(void *), void *user) {
    int x = setjmp(place);
    if (x == 0) { f(user); return -1; }
    return x;
}
"#;

static LIBRARY: LazyLock<Handle> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("cffi-call-unwind-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("folder");
    let (source, library) = (folder.join("unwind.cpp"), folder.join("unwind.so"));
    std::fs::write(&source, SOURCE).expect("source");
    let compiler = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
    let status = Command::new(compiler)
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .status()
        .expect("a C++ compiler");
    assert!(status.success());
    // SAFETY: the initialisers are those of the C++ library.
    let handle = unsafe { Handle::open(Some(library.as_os_str()), 0) }.expect("loaded");
    std::fs::remove_dir_all(&folder).expect("removed");
    handle
});

fn symbol(name: &str) -> *const c_void {
    // SAFETY: the library is never closed, so its symbols stay.
    unsafe { LIBRARY.symbol(name.as_bytes()) }.expect("symbol").as_ptr()
}

/// A call of a function that returns `x`, or leaves in its own way with `x`.
struct Leaving {
    function: *const c_void,
    args: usize,
    x: u64,
}

/// Leaves by longjmp. Nothing here has a destructor: frames that longjmp passes must not.
unsafe extern "C-unwind" fn leave(user: *mut c_void) {
    // SAFETY: a `Leaving` whose function takes that many ints; the plan was made before, and outlives this.
    unsafe {
        let (leaving, plan) = &*user.cast::<(Leaving, CallPlan)>();
        let (mut image, mut result) = ([0_u128; 16], [0_u128; 1]);
        let image = image.as_mut_ptr().cast::<u8>();
        for i in 0..leaving.args {
            plan.put_int(image, i, leaving.x);
        }
        plan.call(leaving.function, image, result.as_mut_ptr().cast());
        assert_eq!(get_int(result.as_ptr().cast()), leaving.x);
    }
}

fn survive(receiver: &str, function: &str, args: usize, x: u64) -> i32 {
    let plan = Signature::new(vec![INT; args], INT).call_plan().expect("plan");
    assert!(plan.image_size() <= 256 && plan.result_size() == 16);
    let mut context = (Leaving { function: symbol(function), args, x }, plan);
    type Receiver = extern "C-unwind" fn(unsafe extern "C-unwind" fn(*mut c_void), *mut c_void) -> i32;
    // SAFETY: the function of this name in the library has this type.
    let receiver = unsafe { std::mem::transmute::<*const c_void, Receiver>(symbol(receiver)) };
    receiver(leave, (&raw mut context).cast())
}

#[test]
fn exceptions_pass_calls_by_pointer_and_by_stub() {
    assert_eq!(survive("catches", "throws", 1, 7), 7);
    assert_eq!(survive("catches", "throws8", 8, 8), 8);
    assert_eq!(survive("catches", "throws", 1, 0), -1);
    assert_eq!(survive("catches", "throws8", 8, 0), -1);
}

#[test]
fn longjmp_passes_calls_by_pointer_and_by_stub() {
    assert_eq!(survive("lands", "jumps", 1, 7), 7);
    assert_eq!(survive("lands", "jumps8", 8, 8), 8);
}

unsafe extern "C" fn look_back(_: *mut u8, _: *const *mut u8, user: *mut c_void) {
    // SAFETY: the context is a string, alive during the call.
    unsafe { *user.cast::<String>() = Backtrace::force_capture().to_string() };
}

#[inline(never)]
fn the_caller_of_it_all(plan: &CallPlan, code: *const c_void) {
    let (mut image, mut result) = ([0_u128; 16], [0_u128; 1]);
    assert!(plan.image_size() <= 256);
    // SAFETY: takes ints, whatever they are.
    unsafe { plan.call(code, image.as_mut_ptr().cast(), result.as_mut_ptr().cast()) };
}

#[test]
fn backtraces_reach_through_closures_and_calls() {
    for args in [0, 8] {
        let sig = Signature::new(vec![INT; args], ArgType::Void);
        let mut text = String::new();
        let plan = Arc::new(sig.closure_plan().expect("plan"));
        // SAFETY: the handler fits; the context outlives the closure.
        let closure = unsafe { Closure::new(plan, look_back, (&raw mut text).cast()) }.expect("closure");
        the_caller_of_it_all(&sig.call_plan().expect("plan"), closure.code());
        drop(closure);
        assert!(text.contains("look_back") && text.contains("the_caller_of_it_all"), "{text}");
    }
}
