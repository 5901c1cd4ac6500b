use cffi_abi::{Op, Opcode, Primitive, StructFlags};

use super::*;
use crate::{Output, parse};

/// `int` fields of an entry, then its bytes.
fn entry(ints: &[u32], rest: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = ints.iter().flat_map(|int| int.to_be_bytes()).collect();
    bytes.extend_from_slice(rest);
    bytes
}

/// struct pt { int x; int y:3; }; enum e { A, B=7 }; int f(struct pt *, ...); static const int N = -5;
/// typedef double arr_t[3]; extern int v;
fn example() -> TablesBuilder {
    let mut builder = TablesBuilder::new();
    let words = [0x70D, 0x803, 0x10F, 0xE01, 0x305, 3, 0xB, 0x701, 9];
    builder.types(&entry(&words, b"xyz")).expect("memory");
    for (op, name, value) in [
        (0xFFFF_FF0B, b"A", Some(IntConstant { non_positive: true, bits: 0 })),
        (0xFFFF_FF0B, b"B", Some(IntConstant { non_positive: false, bits: 7 })),
        (0xFFFF_FF1F, b"N", Some(IntConstant { non_positive: true, bits: (-5_i64).cast_unsigned() })),
        (0x23, b"f", None),
        (0x721, b"v", None),
    ] {
        assert_eq!(builder.global(&entry(&[op], name)), Ok(value.is_some()));
        if let Some(value) = value {
            builder.value(value);
        }
    }
    builder.struct_union(&entry(&[8, 2], b"pt")).unwrap();
    builder.field(&entry(&[0x711], b"x")).unwrap();
    builder.field(&entry(&[0x713, 3], b"y")).unwrap();
    builder.enumeration(&entry(&[6, 0x16], b"e\0A,B")).unwrap();
    builder.typename(&entry(&[4], b"arr_t")).unwrap();
    builder
}

#[test]
fn example_says_what_was_declared() {
    let tables = example().finish().unwrap();
    assert_eq!(tables.types().len(), 9);
    assert_eq!(tables.types()[1], Opcode::new(Op::Pointer, 8));
    let names: Vec<_> = tables.globals().iter().map(|global| tables.name(global.name)).collect();
    assert_eq!(names, [b"A", b"B", b"N", b"f", b"v"]);

    let point = &tables.struct_unions()[tables.find_struct_union(b"pt").unwrap()];
    assert_eq!((point.type_index, point.flags), (8, StructFlags(StructFlags::CHECK_FIELDS)));
    let fields: Vec<_> = tables.fields()[point.fields()]
        .iter()
        .map(|field| (tables.name(field.name), field.type_op, field.bits))
        .collect();
    assert_eq!(
        fields,
        [(&b"x"[..], Opcode::new(Op::Noop, 7), 0), (&b"y"[..], Opcode::new(Op::Bitfield, 7), 3)]
    );

    let e = &tables.enums()[tables.find_enum(b"e").unwrap()];
    assert_eq!(e.type_prim, Primitive::UInt32 as i32);
    assert_eq!(tables.enumerators(e).collect::<Vec<_>>(), [b"A", b"B"]);
    let typename = &tables.typenames()[tables.find_typename(b"arr_t").unwrap()];
    assert_eq!((tables.c_name(typename.name), typename.type_index), (c"arr_t", 4));
}

#[test]
fn example_is_a_context_for_the_parser() {
    let tables = example().finish().unwrap();
    let mut out = Output::new();
    assert_eq!(parse("struct pt[B]", &tables, &mut out), Ok(1));
    let words = [Opcode::new(Op::StructUnion, 0), Opcode::new(Op::Array, 0), Opcode::from_raw(7)];
    assert_eq!(out.opcodes(), words);
    assert_eq!(parse("enum e[A]", &tables, &mut out), Ok(1));
    assert_eq!(parse("arr_t", &tables, &mut out), Ok(0));
    assert_eq!(out.opcodes(), [Opcode::new(Op::Typename, 0)]);
    for (input, message) in [
        ("int[N]", "expected a positive integer constant"),
        ("int[f]", "expected a positive integer constant"),
        ("int[M]", "expected a positive integer constant"),
        ("union pt", "wrong kind of tag: struct vs union"),
        ("pt", "undefined type name"),
    ] {
        assert_eq!(parse(input, &tables, &mut out).unwrap_err().message, message, "{input}");
    }
}

#[test]
fn nothing_is_a_module_too() {
    let tables = TablesBuilder::new().finish().unwrap();
    assert!(tables.types().is_empty() && tables.globals().is_empty());
    assert_eq!(tables.find_global(b""), None);
}

#[test]
fn entries_that_are_cut_off() {
    let mut builder = example();
    for len in 0..4 {
        assert_eq!(builder.global(&[0; 3][..len.min(3)]), Err(TableError::Truncated(Table::Globals, 5)));
    }
    assert_eq!(builder.struct_union(&[0; 7]), Err(TableError::Truncated(Table::StructUnions, 1)));
    assert_eq!(builder.field(b"\0\0\x07"), Err(TableError::Truncated(Table::Fields, 2)));
    assert_eq!(builder.field(b"\0\0\x07\x13\0\0"), Err(TableError::Truncated(Table::Fields, 2)));
    assert_eq!(builder.typename(b""), Err(TableError::Truncated(Table::Typenames, 1)));
    assert_eq!(builder.enumeration(&[0; 7]), Err(TableError::Truncated(Table::Enums, 1)));
    let no_enumerators = entry(&[6, 0], b"name");
    assert_eq!(builder.enumeration(&no_enumerators), Err(TableError::Truncated(Table::Enums, 1)));
    // What was refused left nothing behind.
    assert!(builder.finish().is_ok());
}

#[test]
fn names_end_at_the_first_nul() {
    let mut builder = TablesBuilder::new();
    builder.global(&entry(&[0xFFFF_FF1F], b"a\0b")).unwrap();
    builder.types(&entry(&[11], b"")).expect("memory");
    builder.enumeration(&entry(&[0, 7], b"\0")).unwrap();
    let tables = builder.finish().unwrap();
    assert_eq!(tables.find_global(b"a"), Some(0));
    assert_eq!(tables.enumerators(&tables.enums()[0]).count(), 0);
}

fn types_error(words: &[u32]) -> TableError {
    let mut builder = TablesBuilder::new();
    builder.types(&entry(words, b"")).expect("memory");
    builder.typename(&entry(&[0], b"t")).unwrap();
    builder.finish().unwrap_err()
}

#[test]
fn types_that_lead_nowhere() {
    assert_eq!(types_error(&[0x103]), TableError::NoSuchType(Table::Types, 0, 1));
    assert_eq!(types_error(&[0xFFFF_FF03]), TableError::NoSuchType(Table::Types, 0, -1));
    assert_eq!(types_error(&[0x701, 5, 4, 0x203]), TableError::NoSuchType(Table::Types, 3, 2));
    assert_eq!(types_error(&[9]), TableError::NoSuchEntry(0, Table::StructUnions, 0));
    assert_eq!(types_error(&[0xFFFF_FE09]), TableError::NoSuchEntry(0, Table::StructUnions, -2));
    assert_eq!(types_error(&[0xFFFF_FF0B]), TableError::NoSuchEntry(0, Table::Enums, -1));
    assert_eq!(types_error(&[0x115]), TableError::NoSuchEntry(0, Table::Typenames, 1));
    assert_eq!(types_error(&[0x701, 0]), TableError::NotAnOperation(1));
    assert_eq!(types_error(&[0x701, 5]), TableError::NoLength(1));
    assert_eq!(types_error(&[]), TableError::NoSuchType(Table::Typenames, 0, 0));
}

#[test]
fn parameters_that_do_not_end() {
    assert_eq!(types_error(&[0x701, 0xD, 0x701]), TableError::BadParameters(1));
    assert_eq!(types_error(&[0x701, 0xD, 0xD, 0xF]), TableError::BadParameters(1));
    // The length would be taken for the end.
    assert_eq!(types_error(&[0x701, 0xD, 5, 0xF]), TableError::BadParameters(1));
}

#[test]
fn types_that_contain_themselves() {
    assert_eq!(types_error(&[3]), TableError::Cycle(0));
    assert_eq!(types_error(&[0x111, 0x11]), TableError::Cycle(0));
    assert_eq!(types_error(&[0x15]), TableError::Cycle(0));
    assert_eq!(types_error(&[0x701, 0xD, 0x103, 0xF]), TableError::Cycle(1));
    assert_eq!(types_error(&[0x701, 0x105, 1]), TableError::Cycle(1));
}

#[test]
fn a_long_way_is_not_a_cycle() {
    let count: u32 = 100_000;
    let words: Vec<u32> = (0..count).map(|i| if i + 1 < count { (i + 1) << 8 | 3 } else { 0x701 }).collect();
    let mut builder = TablesBuilder::new();
    builder.types(&entry(&words, b"")).expect("memory");
    assert_eq!(builder.finish().unwrap().types().len(), count as usize);
}

#[test]
fn declarations_that_lead_nowhere() {
    type Change = fn(&mut TablesBuilder) -> Result<(), TableError>;
    let cases: [(Change, TableError); 9] = [
        (|b| b.global(&entry(&[0x921], b"z")).map(drop), TableError::NoSuchType(Table::Globals, 5, 9)),
        // Word 5 is the length of an array.
        (|b| b.global(&entry(&[0x525], b"z")).map(drop), TableError::NoSuchType(Table::Globals, 5, 5)),
        (|b| b.global(&entry(&[0x17], b"z")).map(drop), TableError::NeedsAddress(5)),
        (|b| b.field(&entry(&[0x911], b"z")), TableError::NoSuchType(Table::Fields, 2, 9)),
        (|b| b.field(&entry(&[0x713, 0xFFFF_FFFF], b"z")), TableError::BadBits(2)),
        (|b| b.typename(&entry(&[9], b"z")), TableError::NoSuchType(Table::Typenames, 1, 9)),
        (|b| b.typename(&entry(&[u32::MAX], b"z")), TableError::NoSuchType(Table::Typenames, 1, -1)),
        (|b| b.struct_union(&entry(&[8, 0], b"z")), TableError::NotItsType(Table::StructUnions, 1)),
        (|b| b.enumeration(&entry(&[8, 0], b"z\0")), TableError::NotItsType(Table::Enums, 1)),
    ];
    for (change, expected) in cases {
        let mut builder = example();
        let error = change(&mut builder).and_then(|()| builder.finish().map(drop)).unwrap_err();
        assert_eq!(error, expected);
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn fields_need_a_struct_that_has_some() {
    let mut builder = TablesBuilder::new();
    assert_eq!(builder.field(&entry(&[0x11], b"x")), Err(TableError::FieldOutside(0)));
    builder.struct_union(&entry(&[0, 0x10], b"opaque")).unwrap();
    assert_eq!(builder.field(&entry(&[0x11], b"x")), Err(TableError::FieldOutside(0)));
}

#[test]
fn what_does_not_exist_is_left_to_the_one_who_uses_it() {
    let mut builder = TablesBuilder::new();
    builder.types(&entry(&[0x6401, 0xFF, 0x0111], b"")).expect("memory");
    builder.global(&entry(&[0xFD], b"unknown")).unwrap();
    let tables = builder.finish().unwrap();
    assert_eq!(tables.types()[1].op(), Err(0xFF));
    assert_eq!(tables.types()[0].arg(), 100);
}
