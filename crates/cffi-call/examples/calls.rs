//! Makes many calls of one signature, for counting instructions: `calls (direct|libffi) SIGNATURE TIMES`.
//!
//! A signature is a word of letters, first the result: `i` for `int`, `l` for `long`, `d` for `double`, `p` for a pointer, `v` for
//! `void`, `s` for a struct of two `double`. `ci/count_calls.py` runs it in an emulator.

use std::env;
use std::error::Error;
use std::ffi::c_void;

use cffi_call::{CallPlan, Signature};
use cffi_types::types::{Field, RecordAttributes, RecordKind};
use cffi_types::{Prim, QualType, Symbol, Target, TypeId, Types};

/// Returns the value of its first integer register, and changes no other register.
extern "C" fn called(first: u64) -> u64 {
    first
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [way, letters, times] = &words[..] else {
        return Err("calls (direct|libffi) SIGNATURE TIMES".into());
    };
    let mut types = Types::new(Target::HOST);
    let pointer: QualType = types.pointer(QualType::VOID).into();
    let double: QualType = TypeId::of(Prim::Double).into();
    let id = types.declare_record(RecordKind::Struct, Symbol::EMPTY);
    let name = types.symbols.intern("m");
    let members = [Field::new(name, double), Field::new(name, double)];
    types.define_record(id, &members, RecordAttributes::default()).map_err(|_| "defined twice")?;
    let pair: QualType = types.record(id).ty.into();
    let of = |letter| {
        Ok(match letter {
            'i' => TypeId::of(Prim::Int).into(),
            'l' => TypeId::of(Prim::Long).into(),
            'd' => double,
            'p' => pointer,
            's' => pair,
            'v' => QualType::VOID,
            other => return Err(format!("no type {other}")),
        })
    };
    let all = letters.chars().map(of).collect::<Result<Vec<QualType>, String>>()?;
    let Some((result, args)) = all.split_first() else { return Err("no result".into()) };
    let signature = Signature::new(&types, *result, args);
    let plan = match way.as_str() {
        "direct" => CallPlan::new(&signature)?,
        _ => CallPlan::new_libffi(&signature)?,
    };
    let mut image = vec![0_u128; plan.image_size().div_ceil(16)];
    let mut area = vec![0_u128; plan.result_size().div_ceil(16)];
    let function = called as extern "C" fn(u64) -> u64 as *const c_void;
    for _ in 0..times.parse::<usize>()? {
        // SAFETY: the function reads no more than one register, so arguments of any signature do no harm, and a result that
        // it does not write is not looked at; image and area have the sizes that the plan asks for.
        unsafe { plan.call(function, image.as_mut_ptr().cast(), area.as_mut_ptr().cast()) };
    }
    Ok(())
}
