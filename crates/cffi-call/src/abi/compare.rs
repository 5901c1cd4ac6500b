//! Compares the classification in `sysv64` with that of `cffi-callconv`, which compiled code has confirmed.
// Clippy's exemption for tests covers functions marked #[test], not their helpers.
#![allow(clippy::expect_used)]

use std::sync::Arc;

use cffi_callconv::{CallLayout, Location, Passing, RegisterClass, classify};
use cffi_types::types::{Field, Length, RecordAttributes, RecordKind};
use cffi_types::{Prim, QualType, Symbol, Target, TypeId, Types};

use super::sysv64::{self, Place, Register, ResultRegister, Return};
use crate::ctype::{ArgType, StructType};

/// A SplitMix64 generator with a fixed seed, so that a failure repeats.
struct Rng(u64);

impl Rng {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

/// A type in the forms of both crates.
#[derive(Clone)]
struct Both {
    arg: ArgType,
    ty: QualType,
}

const SCALARS: &[(Prim, ArgType)] = &[
    (Prim::Bool, ArgType::int(1, false)),
    (Prim::SChar, ArgType::int(1, true)),
    (Prim::UShort, ArgType::int(2, false)),
    (Prim::Int, ArgType::int(4, true)),
    (Prim::Long, ArgType::int(8, true)),
    (Prim::Float, ArgType::Float),
    (Prim::Float, ArgType::Float),
    (Prim::Double, ArgType::Double),
    (Prim::Double, ArgType::Double),
    (Prim::LongDouble, ArgType::LongDouble),
];

fn scalar(rng: &mut Rng) -> Both {
    let (prim, arg) = &SCALARS[rng.below(SCALARS.len())];
    Both { arg: arg.clone(), ty: TypeId::of(*prim).into() }
}

fn record(types: &mut Types, rng: &mut Rng, depth: usize) -> Both {
    let kind = if rng.below(5) == 0 { RecordKind::Union } else { RecordKind::Struct };
    let name = types.symbols.intern("m");
    let mut members = Vec::new();
    let mut fields = Vec::new();
    for _ in 0..1 + rng.below(4) {
        let item = if depth < 2 && rng.below(4) == 0 { record(types, rng, depth + 1) } else { scalar(rng) };
        let count = if rng.below(5) == 0 { 1 + rng.below(3) } else { 1 };
        let array = types.array(item.ty, Length::Fixed(count as u64));
        fields.push(Field::new(name, if count == 1 { item.ty } else { array.into() }));
        members.push((item.arg, count));
    }
    let attributes = RecordAttributes {
        packed: rng.below(10) == 0,
        aligned: [0, 0, 0, 0, 0, 0, 0, 16][rng.below(8)],
        ..RecordAttributes::default()
    };
    let id = types.declare_record(kind, Symbol::EMPTY);
    types.define_record(id, &fields, attributes).expect("the record is new");
    let fields = types.fields(id).iter().zip(members);
    let fields = fields.map(|(field, (arg, count))| (field.offset() as usize, arg, count)).collect();
    let record = types.record(id);
    let size = record.size().expect("complete") as usize;
    let align = record.align().expect("complete") as usize;
    Both { arg: ArgType::Struct(Arc::new(StructType { size, align, fields })), ty: record.ty.into() }
}

/// Returns the registers of an argument as `cffi-callconv` numbers them; none if it is on the stack.
fn registers(layout: &CallLayout, place: &cffi_callconv::Place) -> Vec<(RegisterClass, u8)> {
    let register = |location| match location {
        Location::Register { class, number } => Some((class, number)),
        Location::Stack { .. } => None,
    };
    layout.pieces(place).iter().filter_map(|piece| register(piece.location)).collect()
}

#[test]
fn both_classifications_agree() {
    let mut rng = Rng(0x5EED_0021);
    for _ in 0..20_000 {
        let mut types = Types::new(Target::x86_64_linux_gnu());
        let any = |types: &mut Types, rng: &mut Rng| {
            if rng.below(2) == 0 { record(types, rng, 0) } else { scalar(rng) }
        };
        let result = any(&mut types, &mut rng);
        let args: Vec<Both> = (0..rng.below(12)).map(|_| any(&mut types, &mut rng)).collect();
        let tys: Vec<QualType> = args.iter().map(|both| both.ty).collect();
        let layout = classify(&types, &cffi_callconv::Signature::new(result.ty, &tys)).expect("covered");
        let own: Vec<ArgType> = args.iter().map(|both| both.arg.clone()).collect();
        let mut places = Vec::new();
        let known = sysv64::layout(&own, &result.arg, |_, place| places.push(place)).expect("small");
        for (place, theirs) in places.iter().zip(&layout.args) {
            let expected = match place {
                Place::Stack(offset) => {
                    let at = layout.pieces(theirs)[0].location;
                    assert_eq!(at, Location::Stack { offset: *offset as u64 }, "{layout}");
                    continue;
                }
                Place::Registers(registers) => registers.iter().flatten().map(|register| match register {
                    Register::Integer(n) => (RegisterClass::Integer, *n as u8),
                    Register::Vector(n) => (RegisterClass::Vector, *n as u8),
                }),
            };
            assert_eq!(registers(&layout, theirs), expected.collect::<Vec<_>>(), "{layout}");
        }
        check_result(&layout, &known.result);
        assert_eq!(
            (layout.stack.size, layout.stack.align),
            (known.stack_size as u64, known.stack_align as u64)
        );
        assert_eq!(usize::from(layout.registers.0), known.integer_count, "{layout}");
        assert_eq!(usize::from(layout.registers.1), known.vector_count, "{layout}");
    }
}

fn check_result(layout: &CallLayout, known: &Return) {
    let ours = registers(layout, &layout.ret);
    let expected = match known {
        Return::Memory => {
            assert_eq!(layout.ret.passing, Passing::Address, "{layout}");
            return;
        }
        Return::Void => vec![],
        Return::Integer { .. } => vec![(RegisterClass::Integer, 0)],
        Return::Vector => vec![(RegisterClass::Vector, 0)],
        Return::X87 => vec![(RegisterClass::X87, 0)],
        Return::Registers(registers) => registers
            .iter()
            .flatten()
            .map(|register| match register {
                ResultRegister::Rax => (RegisterClass::Integer, 0),
                ResultRegister::Rdx => (RegisterClass::Integer, 1),
                ResultRegister::Xmm0 => (RegisterClass::Vector, 0),
                ResultRegister::Xmm1 => (RegisterClass::Vector, 1),
            })
            .collect(),
    };
    assert_eq!(layout.ret.passing, Passing::Value, "{layout}");
    assert_eq!(ours, expected, "{layout}");
}
