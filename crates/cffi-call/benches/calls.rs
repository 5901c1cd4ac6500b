//! The cost of calls, each result confirmed before it is timed: `cargo bench -p cffi-call`.
//!
//! Arguments are written into the image on every turn, as a caller does.
#![allow(clippy::expect_used)]

use std::ffi::c_void;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use cffi_call::plan::get_int;
use cffi_call::{CallPlan, Closure};

use model::{ArgType, Signature, StructType};

#[path = "../tests/support/model.rs"]
mod model;

const INT: ArgType = ArgType::int(4, true);

extern "C" fn nothing() {}
extern "C" fn add2(a: i32, b: i32) -> i32 {
    a.wrapping_add(b)
}
#[allow(clippy::too_many_arguments)]
extern "C" fn add8(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32, h: i32) -> i32 {
    a + b + c + d + e + f + g + h
}
extern "C" fn addd(a: f64, b: f64) -> f64 {
    a + b
}
#[repr(C)]
struct Mixed {
    x: f64,
    n: i64,
}
extern "C" fn mixed(m: Mixed) -> Mixed {
    Mixed { x: m.x + 1.0, n: m.n + 1 }
}

unsafe extern "C" fn add_handler(result: *mut u8, args: *const *mut u8, _: *mut c_void) {
    // SAFETY: a closure of int(int, int).
    unsafe {
        let (a, b) = (args.read().cast::<i32>().read(), args.add(1).read().cast::<i32>().read());
        result.cast::<u64>().write(add2(a, b) as u64);
    }
}

/// Prints the best time of nine, in nanoseconds per turn.
fn time(name: &str, turns: u32, mut f: impl FnMut()) {
    let mut best = f64::INFINITY;
    for _ in 0..9 {
        let start = Instant::now();
        for _ in 0..turns {
            f();
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(turns));
    }
    println!("{name:<44}{best:8.2} ns");
}

#[repr(C, align(16))]
struct Block([u8; 1024]);

struct Call {
    plan: CallPlan,
    function: *const c_void,
    image: Box<Block>,
    result: Box<Block>,
}

impl Call {
    fn new(plan: CallPlan, function: *const c_void) -> Call {
        assert!(plan.image_size() <= 1024 && plan.result_size() <= 1024);
        let block = || Box::new(Block([0; 1024]));
        Call { plan, function, image: block(), result: block() }
    }

    fn ints(&mut self, values: &[i32]) -> i32 {
        let (image, result) = (self.image.0.as_mut_ptr(), self.result.0.as_mut_ptr());
        // SAFETY: made for the function; blocks large and aligned enough.
        unsafe {
            for (i, v) in values.iter().enumerate() {
                self.plan.put_int(image, i, *v as u64);
            }
            black_box(&self.plan).call(self.function, image, result);
            get_int(result) as i32
        }
    }

    fn ints_with_errno(&mut self, values: &[i32]) -> i32 {
        let (image, result) = (self.image.0.as_mut_ptr(), self.result.0.as_mut_ptr());
        // SAFETY: the image has room for every argument of the plan.
        unsafe {
            for (i, v) in values.iter().enumerate() {
                self.plan.put_int(image, i, *v as u64);
            }
            black_box(&self.plan).call_with_errno(self.function, image, result);
            get_int(result) as i32
        }
    }

    fn other<A: Copy, R: Copy>(&mut self, values: &[A]) -> R {
        let (image, result) = (self.image.0.as_mut_ptr(), self.result.0.as_mut_ptr());
        // SAFETY: the image has room for every argument; A and R are the types of the plan.
        unsafe {
            for (i, v) in values.iter().enumerate() {
                image.add(self.plan.arg_offset(i)).cast::<A>().write(*v);
            }
            black_box(&self.plan).call(self.function, image, result);
            result.cast::<R>().read()
        }
    }
}

fn both(name: &str, sig: &Signature, function: *const c_void, mut f: impl FnMut(&mut Call)) {
    let mut direct = Call::new(sig.call_plan().expect("plan"), function);
    time(&format!("{name}, plan"), 2_000_000, || f(&mut direct));
    let mut libffi = Call::new(sig.libffi_call_plan().expect("plan"), function);
    time(&format!("{name}, libffi"), 500_000, || f(&mut libffi));
}

fn calls() {
    let f: extern "C" fn() = black_box(nothing);
    time("void(void), function pointer", 2_000_000, || black_box(f)());
    both("void(void)", &Signature::new(vec![], ArgType::Void), nothing as *const c_void, |c| {
        c.other::<u8, u8>(&[]);
    });
    let f: extern "C" fn(i32, i32) -> i32 = black_box(add2);
    time("int(int, int), function pointer", 2_000_000, || {
        black_box(black_box(f)(black_box(1), black_box(2)));
    });
    let sig = Signature::new(vec![INT; 2], INT);
    both("int(int, int)", &sig, add2 as *const c_void, |c| {
        assert_eq!(c.ints(&[black_box(40), black_box(2)]), 42);
    });
    both("int(int, int) with errno", &sig, add2 as *const c_void, |c| {
        assert_eq!(c.ints_with_errno(&[black_box(40), black_box(2)]), 42);
    });
    let sig = Signature::new(vec![ArgType::Double; 2], ArgType::Double);
    both("double(double, double)", &sig, addd as *const c_void, |c| {
        assert_eq!(c.other::<f64, f64>(&[black_box(40.0), black_box(2.0)]), 42.0);
    });
    both("int(8 ints)", &Signature::new(vec![INT; 8], INT), add8 as *const c_void, |c| {
        assert_eq!(c.ints(&[1, 2, 3, 4, 5, 6, 7, black_box(8)]), 36);
    });
    let fields = vec![(0, ArgType::Double, 1), (8, ArgType::int(8, true), 1)];
    let ty = ArgType::Struct(Arc::new(StructType { size: 16, align: 8, fields }));
    both("mixed struct(mixed struct)", &Signature::new(vec![ty.clone()], ty), mixed as *const c_void, |c| {
        assert_eq!(c.other::<(f64, i64), (f64, i64)>(&[(black_box(1.0), 1)]).1, 2);
    });
}

fn plans() {
    let mut sig = Signature::new(vec![ArgType::Pointer, INT, ArgType::Double], INT);
    sig.fixed_args = Some(1);
    time("variadic plan of 3", 200_000, || drop(black_box(sig.call_plan().expect("plan"))));
    time("variadic plan of 3, libffi", 100_000, || {
        drop(black_box(sig.libffi_call_plan().expect("plan")));
    });
}

fn closures() {
    let sig = Signature::new(vec![INT; 2], INT);
    for (name, plan) in [("own", sig.closure_plan()), ("libffi", sig.libffi_closure_plan())] {
        let plan = Arc::new(plan.expect("plan"));
        // SAFETY: the handler fits the signature and uses no context.
        let make = || unsafe {
            Closure::new(Arc::clone(&plan), add_handler, std::ptr::null_mut()).expect("closure")
        };
        let closure = make();
        // SAFETY: the closure was made for functions of this type.
        let f =
            unsafe { std::mem::transmute::<*const c_void, extern "C" fn(i32, i32) -> i32>(closure.code()) };
        time(&format!("closure called, {name}"), 1_000_000, || {
            assert_eq!(f(black_box(40), black_box(2)), 42);
        });
        time(&format!("closure made and freed, {name}"), 200_000, || drop(black_box(make())));
    }
}

fn main() {
    calls();
    plans();
    closures();
}
