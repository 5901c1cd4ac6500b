//! The rules of each convention, one by one, as their specifications state them.
// Clippy's exemption for tests covers functions marked #[test], not their helpers.
#![allow(clippy::expect_used)]

use cffi_callconv::{Signature, Unsupported, classify};
use cffi_types::types::{Convention, Field, Length, NoSize, RecordAttributes, RecordKind};
use cffi_types::{Prim, QualType, Symbol, Target, TypeId, Types};

fn p(prim: Prim) -> QualType {
    TypeId::of(prim).into()
}

const INT: Prim = Prim::Int;
const LONG: Prim = Prim::LongLong;
const DOUBLE: Prim = Prim::Double;

/// Makes a struct of these members.
fn record(types: &mut Types, members: &[QualType]) -> QualType {
    build(types, RecordKind::Struct, members, RecordAttributes::default())
}

fn build(
    types: &mut Types,
    kind: RecordKind,
    members: &[QualType],
    attributes: RecordAttributes,
) -> QualType {
    let id = types.declare_record(kind, Symbol::EMPTY);
    let name = types.symbols.intern("m");
    let fields: Vec<Field> = members.iter().map(|ty| Field::new(name, *ty)).collect();
    types.define_record(id, &fields, attributes).expect("the record is new");
    types.record(id).ty.into()
}

fn show(types: &Types, signature: &Signature<'_>) -> String {
    classify(types, signature).expect("a signature that is covered").to_string()
}

fn plain(types: &Types, result: QualType, args: &[QualType]) -> String {
    show(types, &Signature::new(result, args))
}

const VOID: QualType = QualType::VOID;

#[test]
fn sysv64_records_without_bytes() {
    let mut t = Types::new(Target::x86_64_linux_gnu());
    let open = t.array(p(LONG), Length::Open).into();
    let aligned = RecordAttributes { aligned: 64, ..RecordAttributes::default() };
    let open = build(&mut t, RecordKind::Struct, &[open], aligned);
    let none = t.array(p(LONG), Length::Fixed(0)).into();
    let none = build(&mut t, RecordKind::Struct, &[none], aligned);
    // A record that ends in an array without a length is memory, so what follows is aligned like it.
    let args = |of| [[p(LONG); 7].as_slice(), &[of, p(LONG)]].concat();
    assert_eq!(
        plain(&t, VOID, &args(open)),
        "(rdi, rsi, rdx, rcx, r8, r9, [0], -, [64]) -> -; stack 128 aligned 64"
    );
    assert_eq!(plain(&t, VOID, &args(none)), "(rdi, rsi, rdx, rcx, r8, r9, [0], -, [8]) -> -; stack 16");
}

#[test]
fn sysv64_bit_precise_integers() {
    let mut t = Types::new(Target::x86_64_linux_gnu());
    let bits = [7, 37, 64, 65, 128, 129].map(|bits| t.bit_int(true, bits).into());
    assert_eq!(
        plain(&t, bits[3], &bits),
        "(rdi<i32, rsi, rdx, rcx:0+8 r8:8+8, [0], [16]) -> rax:0+8 rdx:8+8; stack 48"
    );
    assert_eq!(plain(&t, bits[5], &[]), "() -> &rdi; stack 0");
}

#[test]
fn sysv64_bit_precise_integers_in_two_eightbytes_need_not_be_aligned() {
    let mut t = Types::new(Target::x86_64_linux_gnu());
    let packed = RecordAttributes { packed: true, ..RecordAttributes::default() };
    let name = t.symbols.intern("b");
    for (width, bytes) in [(8, 1), (9, 2), (16, 2), (17, 4), (32, 4), (33, 8), (64, 8)] {
        for offset in 1..=8 {
            let goes_to_memory = offset % bytes != 0 && offset + bytes <= 8;
            let number = t.bit_int(false, width).into();
            let id = t.declare_record(RecordKind::Union, Symbol::EMPTY);
            let bits = Field::bit_field(name, number, width);
            t.define_record(id, &[bits], RecordAttributes::default()).expect("the record is new");
            for inner in [number, t.record(id).ty.into()] {
                let before = t.array(p(Prim::Char), Length::Fixed(offset)).into();
                let outer = build(&mut t, RecordKind::Struct, &[before, inner], packed);
                let text = plain(&t, outer, &[]);
                assert_eq!(text == "() -> &rdi; stack 0", goes_to_memory, "{width} {offset} {text}");
            }
        }
    }
}

#[test]
fn sysv64_bit_fields_of_unions_and_whole_ones_are_aligned_like_small_integers() {
    let mut t = Types::new(Target::x86_64_linux_gnu());
    let packed = RecordAttributes { packed: true, ..RecordAttributes::default() };
    let name = t.symbols.intern("b");
    for (width, align) in [(1, 1), (8, 1), (9, 2), (16, 2), (17, 4), (32, 4), (33, 8), (64, 8)] {
        for offset in 1..8 {
            // In a struct, only one that fills such an integer counts as one.
            let is_whole = matches!(width, 16 | 32 | 64);
            for (kind, goes_to_memory) in [
                (RecordKind::Union, offset % align != 0),
                (RecordKind::Struct, is_whole && offset % align != 0),
            ] {
                let id = t.declare_record(kind, Symbol::EMPTY);
                let fields = [Field::bit_field(name, p(LONG), width)];
                t.define_record(id, &fields, RecordAttributes::default()).expect("the record is new");
                let inner = t.record(id).ty.into();
                let before = t.array(p(Prim::Char), Length::Fixed(offset)).into();
                let outer = build(&mut t, RecordKind::Struct, &[before, inner], packed);
                let text = plain(&t, outer, &[]);
                assert_eq!(text == "() -> &rdi; stack 0", goes_to_memory, "{width} {offset} {text}");
            }
        }
    }
}

#[test]
fn sysv64_scalars() {
    let t = Types::new(Target::x86_64_linux_gnu());
    let args =
        [p(INT), p(DOUBLE), p(Prim::Char), p(Prim::UShort), p(Prim::Float), p(LONG), p(INT), p(INT), p(INT)];
    assert_eq!(
        plain(&t, p(INT), &args),
        "(rdi, xmm0, rsi<i32, rdx<u32, xmm1, rcx, r8, r9, [0]) -> rax; stack 16"
    );
    let args = [p(Prim::LongDouble), p(INT), p(Prim::Int128), p(Prim::Float128), p(Prim::LongDoubleComplex)];
    assert_eq!(
        plain(&t, p(Prim::LongDoubleComplex), &args),
        "([0], rdi, rsi:0+8 rdx:8+8, xmm0, [16]) -> st0:0+16 st1:16+16; stack 48"
    );
    assert_eq!(
        plain(&t, p(Prim::FloatComplex), &[p(Prim::DoubleComplex)]),
        "(xmm0:0+8 xmm1:8+8) -> xmm0; stack 0"
    );
    assert_eq!(plain(&t, p(Prim::Int128), &[]), "() -> rax:0+8 rdx:8+8; stack 0");
}

#[test]
fn sysv64_arrays_of_length_0_count_within_an_eightbyte() {
    let mut t = Types::new(Target::x86_64_linux_gnu());
    let none = t.array(p(LONG), Length::Fixed(0)).into();
    let nested = t.array(none, Length::Fixed(0)).into();
    let packed = RecordAttributes { pack: 2, ..RecordAttributes::default() };
    for array in [none, nested] {
        let unaligned = build(&mut t, RecordKind::Struct, &[p(LONG), p(Prim::UShort), array], packed);
        assert_eq!(plain(&t, unaligned, &[]), "() -> &rdi; stack 0");
        let aligned = record(&mut t, &[p(LONG), array]);
        assert_eq!(plain(&t, aligned, &[]), "() -> rax; stack 0");
    }
}

#[test]
fn sysv64_records() {
    let mut t = Types::new(Target::x86_64_linux_gnu());
    let mixed = record(&mut t, &[p(DOUBLE), p(INT)]);
    let big = record(&mut t, &[p(LONG), p(LONG), p(LONG)]);
    let empty = record(&mut t, &[]);
    assert_eq!(
        plain(&t, big, &[mixed, empty, big, mixed]),
        "(xmm0:0+8 rsi:8+8, -, [0], xmm1:0+8 rdx:8+8) -> &rdi; stack 32"
    );
    let pair = record(&mut t, &[p(LONG), p(LONG)]);
    let longs = [p(LONG), p(LONG), p(LONG), p(LONG), p(LONG), pair, p(LONG)];
    assert_eq!(plain(&t, VOID, &longs), "(rdi, rsi, rdx, rcx, r8, [0], r9) -> -; stack 16");
    let extended = record(&mut t, &[p(Prim::LongDouble)]);
    assert_eq!(plain(&t, extended, &[extended]), "([0]) -> st0; stack 16");
    let both = build(&mut t, RecordKind::Union, &[p(Prim::LongDouble), p(INT)], RecordAttributes::default());
    assert_eq!(plain(&t, both, &[both]), "([0]) -> &rdi; stack 16");
    let packed = RecordAttributes { packed: true, ..RecordAttributes::default() };
    let packed = build(&mut t, RecordKind::Struct, &[p(Prim::Char), p(INT)], packed);
    assert_eq!(plain(&t, VOID, &[packed]), "([0]) -> -; stack 16");
}

#[test]
fn sysv64_follows_gcc_where_compilers_disagree() {
    let mut t = Types::new(Target::x86_64_linux_gnu());
    let id = t.declare_record(RecordKind::Struct, Symbol::EMPTY);
    let name = t.symbols.intern("m");
    let fields = [Field::new(name, p(Prim::Float)), Field::bit_field(Symbol::EMPTY, p(INT), 5)];
    t.define_record(id, &fields, RecordAttributes::default()).expect("new");
    let unnamed: QualType = t.record(id).ty.into();
    assert_eq!(plain(&t, VOID, &[unnamed]), "(rdi) -> -; stack 0");
    for (kind, register) in [(RecordKind::Struct, "xmm0"), (RecordKind::Union, "rdi")] {
        let id = t.declare_record(kind, Symbol::EMPTY);
        let fields = [Field::new(name, p(Prim::Float)), Field::bit_field(Symbol::EMPTY, p(Prim::Char), 0)];
        t.define_record(id, &fields, RecordAttributes::default()).expect("new");
        let ty: QualType = t.record(id).ty.into();
        assert_eq!(plain(&t, VOID, &[ty]), format!("({register}) -> -; stack 0"));
    }
    let none = t.array(p(INT), Length::Fixed(0)).into();
    let with_none = record(&mut t, &[p(Prim::Float), none]);
    assert_eq!(plain(&t, VOID, &[with_none]), "(rdi) -> -; stack 0");
    let open = t.array(p(DOUBLE), Length::Open).into();
    let with_open = record(&mut t, &[p(LONG), open]);
    assert_eq!(plain(&t, VOID, &[with_open]), "(rdi) -> -; stack 0");
    let one_double = t.vector(TypeId::of(DOUBLE), 1).into();
    let one_long = t.vector(TypeId::of(LONG), 1).into();
    let small = t.vector(TypeId::of(Prim::Char), 4).into();
    assert_eq!(plain(&t, VOID, &[one_double, one_long, small]), "([0], xmm0, rdi) -> -; stack 16");
    let longs = [p(LONG), p(LONG), p(LONG), p(LONG), p(LONG), p(Prim::Int128), p(LONG)];
    assert_eq!(plain(&t, VOID, &longs), "(rdi, rsi, rdx, rcx, r8, [0], r9) -> -; stack 16");
}

#[test]
fn sysv64_vectors() {
    let mut t = Types::new(Target::x86_64_linux_gnu());
    let v16 = t.vector(TypeId::of(Prim::Float), 4).into();
    let v32 = t.vector(TypeId::of(DOUBLE), 4).into();
    let inside = record(&mut t, &[v32]);
    assert_eq!(plain(&t, v32, &[v16, v32, inside]), "(xmm0, xmm1, xmm2) -> xmm0; stack 0");
    let two = record(&mut t, &[v16, v16]);
    assert_eq!(plain(&t, two, &[two]), "([0]) -> &rdi; stack 32");
}

#[test]
fn win64() {
    let mut t = Types::new(Target::x86_64_windows_msvc());
    let args = [p(INT), p(DOUBLE), p(LONG), p(Prim::Float), p(DOUBLE), p(Prim::Char)];
    assert_eq!(plain(&t, p(DOUBLE), &args), "(rcx, xmm1, r8, xmm3, [32], [40]<i32) -> xmm0; stack 48");
    let eight = record(&mut t, &[p(INT), p(Prim::Float)]);
    let three = record(&mut t, &[p(Prim::Char), p(Prim::Char), p(Prim::Char)]);
    assert_eq!(plain(&t, three, &[eight, three]), "(rdx, &r8) -> &rcx; stack 32");
    assert_eq!(plain(&t, eight, &[]), "() -> rax; stack 32");
    let args = [p(INT), p(DOUBLE)];
    let variadic = Signature::variadic(VOID, &args, 1);
    assert_eq!(show(&t, &variadic), "(rcx, xmm1 rdx) -> -; stack 32");
    let mut t = Types::new(Target::x86_64_windows_gnu());
    assert_eq!(plain(&t, p(Prim::Int128), &[p(Prim::LongDouble)]), "(&rcx) -> xmm0; stack 32");
    assert_eq!(plain(&t, p(Prim::LongDouble), &[]), "() -> &rcx; stack 32");
    let empty = record(&mut t, &[]);
    assert_eq!(plain(&t, VOID, &[empty, p(INT)]), "(-, rdx) -> -; stack 32");
}

#[test]
fn win64_on_unix_and_back() {
    let t = Types::new(Target::x86_64_linux_gnu());
    let ms = Signature { convention: Convention::Ms, ..Signature::new(VOID, &[QualType::VOID; 0]) };
    assert_eq!(show(&t, &ms), "() -> -; stack 32");
    let args = [p(INT)];
    let ms = Signature { convention: Convention::Ms, ..Signature::new(VOID, &args) };
    assert_eq!(show(&t, &ms), "(rcx) -> -; stack 32");
    let t = Types::new(Target::x86_64_windows_gnu());
    let unix = Signature { convention: Convention::SystemV, ..Signature::new(VOID, &args) };
    assert_eq!(show(&t, &unix), "(rdi) -> -; stack 0");
}

#[test]
fn x86() {
    let mut t = Types::new(Target::i686_linux_gnu());
    let pair = record(&mut t, &[p(INT), p(INT)]);
    assert_eq!(
        plain(&t, p(LONG), &[p(Prim::Char), p(LONG), pair]),
        "([0]<i32, [4], [12]) -> eax:0+4 edx:4+4; stack 32"
    );
    assert_eq!(plain(&t, pair, &[p(INT)]), "([4]) -> &[0]; stack 16, 4 popped");
    assert_eq!(plain(&t, p(DOUBLE), &[p(Prim::LongDouble)]), "([0]) -> st0; stack 16");
    let mut t = Types::new(Target::i686_windows_msvc());
    let pair = record(&mut t, &[p(INT), p(INT)]);
    assert_eq!(plain(&t, pair, &[p(INT)]), "([0]) -> eax:0+4 edx:4+4; stack 4 aligned 4");
    let args = [p(INT), p(LONG), p(Prim::Char), p(INT)];
    let with = |convention| Signature { convention, ..Signature::new(VOID, &args) };
    assert_eq!(
        show(&t, &with(Convention::Stdcall)),
        "([0], [4], [12]<i32, [16]) -> -; stack 20 aligned 4, 20 popped"
    );
    assert_eq!(
        show(&t, &with(Convention::Fastcall)),
        "(ecx, [0], edx<i32, [8]) -> -; stack 12 aligned 4, 12 popped"
    );
    let small = [p(INT), p(DOUBLE), p(Prim::Char), p(INT)];
    let fast = Signature { convention: Convention::Fastcall, ..Signature::new(VOID, &small) };
    assert_eq!(show(&t, &fast), "(ecx, [0], edx<i32, [8]) -> -; stack 12 aligned 4, 12 popped");
    assert_eq!(
        show(&t, &with(Convention::Thiscall)),
        "(ecx, [0], [8]<i32, [12]) -> -; stack 16 aligned 4, 16 popped"
    );
}

#[test]
fn aapcs64() {
    let mut t = Types::new(Target::aarch64_linux_gnu());
    let floats = record(&mut t, &[p(Prim::Float), p(Prim::Float), p(Prim::Float)]);
    let mixed = record(&mut t, &[p(Prim::Float), p(INT)]);
    let big = record(&mut t, &[p(LONG), p(LONG), p(LONG)]);
    assert_eq!(
        plain(&t, floats, &[p(Prim::Char), floats, mixed, big, p(Prim::Int128), p(Prim::LongDouble)]),
        "(x0, v0:0+4 v1:4+4 v2:8+4, x1, &x2, x4:0+8 x5:8+8, v3) -> v0:0+4 v1:4+4 v2:8+4; stack 0"
    );
    assert_eq!(plain(&t, big, &[]), "() -> &x8; stack 0");
    let args = [p(DOUBLE); 10];
    assert_eq!(plain(&t, VOID, &args), "(v0, v1, v2, v3, v4, v5, v6, v7, [0], [8]) -> -; stack 16");
    let mut args = vec![p(LONG); 7];
    let pair = record(&mut t, &[p(LONG), p(LONG)]);
    args.extend([pair, p(Prim::Char), p(Prim::Char)]);
    assert_eq!(plain(&t, VOID, &args), "(x0, x1, x2, x3, x4, x5, x6, [0], [16], [24]) -> -; stack 32");
}

#[test]
fn aapcs64_structs_that_gcc_takes_for_a_scalar() {
    let mut t = Types::new(Target::aarch64_linux_gnu());
    let vector = t.vector(TypeId::of(DOUBLE), 2).into();
    let none = t.array(p(INT), Length::Fixed(0)).into();
    let one = t.array(vector, Length::Fixed(1)).into();
    let nested = record(&mut t, &[one]);
    for members in [[vector, none], [none, vector], [one, none], [nested, none]] {
        let whole = record(&mut t, &members);
        assert_eq!(plain(&t, whole, &[whole]), "(v0) -> v0; stack 0");
    }
    let union = build(&mut t, RecordKind::Union, &[vector], RecordAttributes::default());
    let union = record(&mut t, &[union, none]);
    assert_eq!(plain(&t, union, &[]), "() -> x0:0+8 x1:8+8; stack 0");
    let open = t.array(p(INT), Length::Open).into();
    let open = record(&mut t, &[vector, open]);
    assert_eq!(plain(&t, open, &[]), "() -> x0:0+8 x1:8+8; stack 0");
    let scalar = record(&mut t, &[p(DOUBLE), none]);
    assert_eq!(plain(&t, scalar, &[]), "() -> x0; stack 0");
    let complex = record(&mut t, &[none, p(Prim::DoubleComplex)]);
    let complex = record(&mut t, &[complex]);
    assert_eq!(plain(&t, complex, &[complex]), "(v0:0+8 v1:8+8) -> v0:0+8 v1:8+8; stack 0");
    let two = t.array(p(Prim::FloatComplex), Length::Fixed(2)).into();
    let two = record(&mut t, &[two, none]);
    assert_eq!(plain(&t, two, &[]), "() -> x0:0+8 x1:8+8; stack 0");
}

#[test]
fn aapcs64_ignores_bit_fields_of_width_0_in_structs() {
    let mut t = Types::new(Target::aarch64_linux_gnu());
    let name = t.symbols.intern("m");
    for (kind, expected) in [(RecordKind::Struct, "v0"), (RecordKind::Union, "x0")] {
        let id = t.declare_record(kind, Symbol::EMPTY);
        let fields = [Field::new(name, p(Prim::Float)), Field::bit_field(Symbol::EMPTY, p(INT), 0)];
        t.define_record(id, &fields, RecordAttributes::default()).expect("the record is new");
        let whole = t.record(id).ty.into();
        assert_eq!(plain(&t, whole, &[]), format!("() -> {expected}; stack 0"));
    }
}

#[test]
fn aapcs64_goes_by_the_natural_alignment() {
    let mut t = Types::new(Target::aarch64_linux_gnu());
    let aligned = RecordAttributes { aligned: 16, ..RecordAttributes::default() };
    let whole = build(&mut t, RecordKind::Struct, &[p(LONG), p(LONG)], aligned);
    assert_eq!(plain(&t, VOID, &[p(INT), whole]), "(x0, x1:0+8 x2:8+8) -> -; stack 0");
    let inner = record(&mut t, &[p(Prim::Int128)]);
    assert_eq!(plain(&t, VOID, &[p(INT), inner]), "(x0, x2:0+8 x3:8+8) -> -; stack 0");
    // `#pragma pack` lowers the alignment of a member, but not that of a bit-field's type; `packed` lowers both.
    let name = t.symbols.intern("m");
    let packing = RecordAttributes { pack: 4, ..RecordAttributes::default() };
    let packed = RecordAttributes { packed: true, ..RecordAttributes::default() };
    let fields = [Field::bit_field(name, p(Prim::Int128), 90), Field::new(name, p(LONG))];
    for (fields, attributes, expected) in [
        (&fields[..], packing, "x2:0+8 x3:8+4"),
        (&[Field::bit_field(name, p(Prim::Int128), 40)], packing, "x1"),
        (&fields[..1], packed, "x1:0+8 x2:8+4"),
        (&[Field::new(name, p(Prim::Int128))], packing, "x1:0+8 x2:8+8"),
        (&[Field::new(name, p(LONG)).aligned(16)], RecordAttributes::default(), "x2:0+8 x3:8+8"),
    ] {
        let id = t.declare_record(RecordKind::Union, Symbol::EMPTY);
        t.define_record(id, fields, attributes).expect("the record is new");
        let whole = t.record(id).ty.into();
        assert_eq!(plain(&t, VOID, &[p(INT), whole]), format!("(x0, {expected}) -> -; stack 0"));
    }
}

#[test]
fn apple() {
    let t = Types::new(Target::aarch64_apple());
    let mut args = vec![p(LONG); 8];
    args.extend([p(Prim::Char), p(Prim::Short), p(INT), p(Prim::Char), p(DOUBLE)]);
    assert_eq!(
        plain(&t, VOID, &args),
        "(x0, x1, x2, x3, x4, x5, x6, x7, [0], [2], [4], [8], v0) -> -; stack 16"
    );
    let args = [p(INT), p(INT), p(DOUBLE)];
    assert_eq!(show(&t, &Signature::variadic(VOID, &args, 1)), "(x0, [0], [8]) -> -; stack 16");
    assert_eq!(plain(&t, VOID, &[p(Prim::Char), p(Prim::Int128)]), "(x0<i32, x1:0+8 x2:8+8) -> -; stack 0");
}

#[test]
fn windows_on_arm() {
    let mut t = Types::new(Target::aarch64_windows_msvc());
    let args = [p(INT), p(DOUBLE), p(Prim::Float)];
    assert_eq!(plain(&t, VOID, &args), "(x0, v0, v1) -> -; stack 0");
    assert_eq!(show(&t, &Signature::variadic(VOID, &args[..2], 1)), "(x0, x1) -> -; stack 0");
    let pair = record(&mut t, &[p(LONG), p(LONG)]);
    let mut args = vec![p(LONG); 7];
    args.push(pair);
    assert_eq!(
        show(&t, &Signature::variadic(VOID, &args, 7)),
        "(x0, x1, x2, x3, x4, x5, x6, x7:0+8 [0]:8+8) -> -; stack 16"
    );
}

#[test]
fn riscv64() {
    let mut t = Types::new(Target::riscv64_linux_gnu());
    let mixed = record(&mut t, &[p(Prim::Float), p(INT)]);
    let two = record(&mut t, &[p(DOUBLE), p(DOUBLE)]);
    let three = record(&mut t, &[p(DOUBLE), p(DOUBLE), p(DOUBLE)]);
    assert_eq!(
        plain(&t, two, &[p(Prim::UInt), mixed, two, three, p(Prim::Float)]),
        "(a0<i64, fa0:0+4 a1:4+4, fa1:0+8 fa2:8+8, &a2, fa3) -> fa0:0+8 fa1:8+8; stack 0"
    );
    let mut args = vec![p(LONG); 7];
    args.push(p(Prim::Int128));
    assert_eq!(plain(&t, three, &args[..7]), "(a1, a2, a3, a4, a5, a6, a7) -> &a0; stack 0");
    assert_eq!(plain(&t, VOID, &args), "(a0, a1, a2, a3, a4, a5, a6, a7:0+8 [0]:8+8) -> -; stack 16");
    let args = [p(INT), p(DOUBLE), p(Prim::Int128)];
    assert_eq!(show(&t, &Signature::variadic(VOID, &args, 1)), "(a0<i64, a1, a2:0+8 a3:8+8) -> -; stack 0");
}

#[test]
fn s390x() {
    let mut t = Types::new(Target::s390x_linux_gnu());
    let one = record(&mut t, &[p(Prim::Float)]);
    let four = record(&mut t, &[p(Prim::Short), p(Prim::Short)]);
    let three = record(&mut t, &[p(Prim::Char), p(Prim::Char), p(Prim::Char)]);
    assert_eq!(
        plain(&t, one, &[p(INT), p(DOUBLE), one, four, three, p(Prim::LongDouble), p(INT)]),
        "(r3<i64, f0, f2, r4, &r5, &r6, [164]<i64) -> &r2; stack 168 aligned 8"
    );
    assert_eq!(plain(&t, p(Prim::UChar), &[]), "() -> r2<u64; stack 160 aligned 8");
}

#[test]
fn a_transparent_union_goes_like_its_first_member() {
    let mut t = Types::new(Target::x86_64_linux_gnu());
    let transparent = RecordAttributes { transparent: true, ..RecordAttributes::default() };
    let either = build(&mut t, RecordKind::Union, &[p(DOUBLE), p(LONG)], transparent);
    let plain_union = build(&mut t, RecordKind::Union, &[p(DOUBLE), p(LONG)], RecordAttributes::default());
    assert_eq!(plain(&t, VOID, &[either, plain_union]), "(xmm0, rdi) -> -; stack 0");
}

#[test]
fn refusals_have_reasons() {
    let mut t = Types::new(Target::x86_64_linux_gnu());
    let tag = t.symbols.intern("s");
    let opaque = t.declare_record(RecordKind::Struct, tag);
    let ty: QualType = t.record(opaque).ty.into();
    let refusal =
        |t: &Types, args: &[QualType]| classify(t, &Signature::new(VOID, args)).expect_err("refused");
    assert_eq!(refusal(&t, &[ty]), Unsupported::NoSize { arg: Some(0), reason: NoSize::Opaque(opaque) });
    let array = t.array(p(INT), Length::Fixed(2)).into();
    assert_eq!(refusal(&t, &[array]), Unsupported::NoValue { arg: Some(0) });
    assert_eq!(
        refusal(&t, &[p(INT), array]).to_string(),
        "argument 2 is an array or a function, which C does not pass by value"
    );
    let arm = Types::new(Target::arm_linux_gnueabihf());
    assert!(matches!(refusal(&arm, &[]), Unsupported::Arch(_)));
    let huge = t.array(p(LONG), Length::Fixed(1 << 56)).into();
    let huge = record(&mut t, &[huge]);
    let many = vec![huge; 9];
    assert_eq!(refusal(&t, &many), Unsupported::TooLarge);
}

#[test]
fn unions_of_unions_are_given_up_in_bounded_time() {
    let mut t = Types::new(Target::x86_64_linux_gnu());
    let mut ty = p(INT);
    for _ in 0..60 {
        ty = build(&mut t, RecordKind::Union, &[ty, ty], RecordAttributes::default());
    }
    assert_eq!(classify(&t, &Signature::new(VOID, &[ty])), Err(Unsupported::TooComplex));
}
