//! The C test functions, called through plans: every shape of argument and result, with known answers.
#![allow(clippy::expect_used)]

use std::ffi::c_void;
use std::sync::Arc;

use cffi_call::plan::get_int;
use cffi_call::testfuncs::test_function;
use cffi_call::{CallPlan, LongDouble, errno, longdouble};

use model::{ArgType, Signature, StructType};

#[path = "support/model.rs"]
mod model;

const CHAR: ArgType = ArgType::int(1, true);
const SHORT: ArgType = ArgType::int(2, true);
const INT: ArgType = ArgType::int(4, true);
const LONG: ArgType = ArgType::int(size_of::<std::ffi::c_long>() as u8, true);
const LONG_LONG: ArgType = ArgType::int(8, true);

fn structure(size: usize, align: usize, fields: Vec<(usize, ArgType, usize)>) -> ArgType {
    ArgType::Struct(Arc::new(StructType { size, align, fields }))
}

#[repr(C, align(16))]
struct Block([u8; 1024]);

impl Block {
    /// Makes a block that is not zero: nothing may depend on its contents.
    fn new() -> Block {
        Block([0xa5; 1024])
    }
}

enum Value<'a> {
    Int(i64),
    Bytes(&'a [u8]),
}

/// Calls test function `n` both ways and checks that the results agree.
fn call(n: usize, sig: &Signature, values: &[Value<'_>]) -> Vec<u8> {
    let [direct, libffi] = call_both(n, sig, values);
    assert_eq!(direct, libffi);
    direct
}

fn call_both(n: usize, sig: &Signature, values: &[Value<'_>]) -> [Vec<u8>; 2] {
    let direct = call_by(n, &sig.call_plan().expect("plan"), values, sig.result.size());
    let libffi = call_by(n, &sig.libffi_call_plan().expect("libffi plan"), values, sig.result.size());
    [direct, libffi]
}

fn call_by(n: usize, plan: &CallPlan, values: &[Value<'_>], size: usize) -> Vec<u8> {
    let (mut image, mut result) = (Block::new(), Block::new());
    assert!(plan.image_size() <= 1024 && plan.result_size() <= 1024);
    let function = test_function(n).expect("test function");
    // SAFETY: the blocks are large and aligned enough, the signatures are those of the functions.
    unsafe {
        let image = image.0.as_mut_ptr();
        for (i, value) in values.iter().enumerate() {
            match value {
                Value::Int(v) => plan.put_int(image, i, *v as u64),
                Value::Bytes(b) => {
                    image.add(plan.arg_offset(i)).copy_from_nonoverlapping(b.as_ptr(), b.len());
                }
            }
        }
        plan.call(function, image, result.0.as_mut_ptr());
    }
    let whole = match plan.result_form() {
        cffi_call::Form::Int { .. } | cffi_call::Form::Pointer => 8,
        cffi_call::Form::LongDouble if cfg!(target_arch = "x86_64") && !longdouble::IS_DOUBLE => 10,
        _ => size,
    };
    result.0[..whole].to_vec()
}

fn cell(bytes: &[u8]) -> i64 {
    i64::from_ne_bytes(bytes.try_into().expect("a cell"))
}

fn ints(values: &[i32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_ne_bytes()).collect()
}

#[test]
fn integers_are_widened_as_their_types_say() {
    let chars = Signature::new(vec![CHAR, CHAR], CHAR);
    assert_eq!(cell(&call(0, &chars, &[Value::Int(40), Value::Int(2)])), 42);
    assert_eq!(cell(&call(0, &chars, &[Value::Int(-100), Value::Int(-100)])), 56);
    assert_eq!(cell(&call(0, &chars, &[Value::Int(100), Value::Int(100)])), -56);
    let unsigned = Signature::new(vec![CHAR, CHAR], ArgType::int(1, false));
    assert_eq!(cell(&call(0, &unsigned, &[Value::Int(100), Value::Int(100)])), 200);
    let long = Signature::new(vec![INT, LONG], LONG);
    assert_eq!(cell(&call(1, &long, &[Value::Int(-100), Value::Int(-100)])), -200);
    let long_long = Signature::new(vec![LONG_LONG, LONG_LONG], LONG_LONG);
    assert_eq!(cell(&call(2, &long_long, &[Value::Int(i64::MAX), Value::Int(1)])), i64::MIN);
}

#[test]
fn floating_point_arguments_and_results() {
    let args = vec![ArgType::Float, ArgType::Double];
    let (a, b) = (1.25_f32.to_ne_bytes(), 5.1_f64.to_ne_bytes());
    let values = [Value::Bytes(&a), Value::Bytes(&b)];
    let double = call(3, &Signature::new(args.clone(), ArgType::Double), &values);
    assert_eq!(double, (1.25 + 5.1_f64).to_ne_bytes());
    let float = call(4, &Signature::new(args, ArgType::Float), &values);
    assert_eq!(float, ((1.25 + 5.1_f64) as f32).to_ne_bytes());
}

#[test]
fn errno_is_what_the_caller_saved() {
    let plan = Signature::new(vec![], ArgType::Void).call_plan().expect("plan");
    let (mut image, mut result) = (Block::new(), Block::new());
    for plan in [plan, Signature::new(vec![], ArgType::Void).libffi_call_plan().expect("plan")] {
        errno::set_saved(50);
        for expected in [65, 80, 95] {
            let function = test_function(5).expect("test function");
            // SAFETY: the function is void(void), and the blocks have the sizes in the plan.
            unsafe { plan.call_with_errno(function, image.0.as_mut_ptr(), result.0.as_mut_ptr()) };
            drop(std::fs::File::open("/no/such/file"));
            assert_eq!(errno::saved(), expected);
        }
    }
}

#[test]
fn pointers_go_in_and_come_out() {
    let plan = Signature::new(vec![ArgType::Pointer], ArgType::Pointer).call_plan().expect("plan");
    let (mut image, mut result) = (Block::new(), Block::new());
    let x = 42_i32;
    // SAFETY: int *(int *) with a valid pointer; its result points at a static variable.
    unsafe {
        plan.put_pointer(image.0.as_mut_ptr(), 0, (&raw const x).cast());
        let function: *const c_void = test_function(6).expect("test function");
        plan.call(function, image.0.as_mut_ptr(), result.0.as_mut_ptr());
        assert_eq!(*(get_int(result.0.as_ptr()) as usize as *const i32), 42 - 1000);
    }
}

#[test]
fn structs_as_arguments() {
    let byte_short = structure(4, 2, vec![(0, ArgType::int(1, false), 1), (2, SHORT, 1)]);
    let mut bytes = vec![65, 0];
    bytes.extend((-4042_i16).to_ne_bytes());
    let sum = call(7, &Signature::new(vec![byte_short], SHORT), &[Value::Bytes(&bytes)]);
    assert_eq!(cell(&sum), -4042 + 65);

    let ten = structure(40, 4, vec![(0, INT, 10)]);
    let values: Vec<i32> = (4..14).rev().collect();
    let sum = call(21, &Signature::new(vec![ten.clone()], INT), &[Value::Bytes(&ints(&values))]);
    let expected: i32 = values.iter().enumerate().map(|(i, v)| v << i).sum();
    assert_eq!(cell(&sum), i64::from(expected));

    let x: Vec<i32> = (100..110).collect();
    let y: Vec<i32> = (1000..1100).step_by(10).collect();
    let difference = call(
        22,
        &Signature::new(vec![ten.clone(), ten.clone()], ten),
        &[Value::Bytes(&ints(&x)), Value::Bytes(&ints(&y))],
    );
    let expected: Vec<i32> = x.iter().zip(&y).map(|(a, b)| a - b).collect();
    assert_eq!(difference, ints(&expected));
}

#[test]
fn structs_as_results() {
    let make = |n: usize, ty: ArgType| call(n, &Signature::new(vec![INT], ty), &[Value::Int(40)]);
    let float = |x: f32| x.to_ne_bytes().to_vec();

    // One byte of padding, which nobody defines.
    let byte_short = structure(4, 2, vec![(0, ArgType::int(1, false), 1), (2, SHORT, 1)]);
    for result in call_both(10, &Signature::new(vec![INT], byte_short), &[Value::Int(40)]) {
        assert_eq!((result[0], &result[2..]), (40, &1600_i16.to_ne_bytes()[..]));
    }
    assert_eq!(make(11, structure(8, 4, vec![(0, INT, 1), (4, INT, 1)])), ints(&[40, 1600]));
    assert_eq!(make(12, structure(8, 8, vec![(0, ArgType::Double, 1)])), 40.0_f64.to_ne_bytes());
    assert_eq!(make(13, structure(12, 4, vec![(0, INT, 3)])), ints(&[40, 1600, 64000]));
    assert_eq!(make(14, structure(4, 4, vec![(0, ArgType::Float, 1)])), float(40.0));
    let mixed = structure(8, 4, vec![(0, ArgType::Float, 1), (4, INT, 1)]);
    assert_eq!(make(15, mixed), [float(40.0), ints(&[1600])].concat());
    let floats = structure(8, 4, vec![(0, ArgType::Float, 2)]);
    assert_eq!(make(16, floats), [float(40.0), float(-40.0)].concat());
    let mixed = structure(8, 4, vec![(0, INT, 1), (4, ArgType::Float, 1)]);
    assert_eq!(make(17, mixed), [ints(&[40]), float(1600.0)].concat());
}

#[test]
fn long_double_in_and_out() {
    let sig = Signature::new(vec![ArgType::LongDouble, INT], ArgType::LongDouble);
    let start = LongDouble::from_double(1.5).to_bytes();
    let once = call(19, &sig, &[Value::Bytes(&start), Value::Int(107)]);
    let mut step = start.to_vec();
    let mut double = 1.5_f64;
    for _ in 0..107 {
        step = call(19, &sig, &[Value::Bytes(&step), Value::Int(1)]);
        double = 4.0 * double - double * double;
    }
    assert_eq!(once, step);
    let mut whole = [0; longdouble::SIZE];
    whole[..once.len()].copy_from_slice(&once);
    let value = LongDouble::from_bytes(whole).to_double();
    assert_eq!(value == double, longdouble::IS_DOUBLE);
}

#[test]
fn variadic_calls() {
    for (values, expected) in [
        (vec![0], 0),
        (vec![1, 42], 42),
        (vec![3, -3, 200, -5], 192),
        (vec![2, 0, 1], -66666665),
        (vec![9, 1, 2, 3, 4, 5, 6, 7, 8, 9], 45),
    ] {
        let mut sig = Signature::new(vec![INT; values.len()], INT);
        sig.fixed_args = Some(1);
        let values: Vec<Value<'_>> = values.into_iter().map(Value::Int).collect();
        assert_eq!(cell(&call(9, &sig, &values)), expected);
    }
}

#[test]
fn null_and_text() {
    let sig = Signature::new(vec![ArgType::Pointer], INT);
    assert_eq!(cell(&call(23, &sig, &[Value::Int(0)])), -42);
    assert_eq!(cell(&call(23, &sig, &[Value::Int(c"foo".as_ptr() as i64)])), 1000 * i64::from(b'f'));
}
