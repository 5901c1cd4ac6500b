//! One test per rule. Numbers come from the System V and AAPCS psABIs, Visual C++'s documentation, or the C backend.

use super::*;

const X86: i32 = sflags::GCC_X86_BITFIELDS | sflags::GCC_LITTLE_ENDIAN;
const ARM: i32 = sflags::GCC_ARM_BITFIELDS | sflags::GCC_LITTLE_ENDIAN;
const MSVC: i32 = sflags::MSVC_BITFIELDS | sflags::GCC_LITTLE_ENDIAN;
const BIG: i32 = sflags::GCC_X86_BITFIELDS | sflags::GCC_BIG_ENDIAN;
const HOST: Host = Host { bitfield_flag: X86, big_endian: false, default_pack: 1 << 30 };

fn field<'a>(name: &'a str, size: usize, class: FieldClass<'a>) -> FieldSpec<'a> {
    let type_name = "some_t";
    FieldSpec {
        name,
        type_name,
        size: Some(size),
        align: size.max(1),
        explicit: 0,
        bitsize: None,
        offset: None,
        class,
    }
}

fn int(name: &str, size: usize) -> FieldSpec<'_> {
    field(name, size, FieldClass::Integer { signed: true })
}

fn bits(name: &str, size: usize, bitsize: u32) -> FieldSpec<'_> {
    FieldSpec { bitsize: Some(bitsize), ..int(name, size) }
}

fn at(field: FieldSpec<'_>, offset: isize) -> FieldSpec<'_> {
    FieldSpec { offset: Some(offset), ..field }
}

fn chars(name: &str, len: Option<usize>) -> FieldSpec<'_> {
    FieldSpec { size: len, align: 1, ..field(name, 1, FieldClass::Array { len }) }
}

fn aggregate<'a>(name: &'a str, size: usize, nested: &'a [NestedField<'a>]) -> FieldSpec<'a> {
    field(name, size, FieldClass::Aggregate { var_array: false, nested, unnamed: &[] })
}

fn run<'a>(
    is_union: bool,
    flags: i32,
    pack: i32,
    fields: &[FieldSpec<'a>],
    stated: Stated,
) -> Result<Layout, LayoutError<'a>> {
    let name = if is_union { "union u" } else { "struct s" };
    layout(Owner { name, is_union }, &Rules::from_flags(flags, pack, &HOST), fields, stated)
}

fn structure(flags: i32, fields: &[FieldSpec<'_>]) -> Layout {
    run(false, flags, 0, fields, Stated::default()).expect("a valid struct")
}

fn refused(flags: i32, fields: &[FieldSpec<'_>]) -> (ErrorClass, String) {
    let error = run(false, flags, 0, fields, Stated::default()).expect_err("an invalid struct");
    (error.class(), error.to_string())
}

fn offsets(layout: &Layout) -> Vec<isize> {
    layout.places.iter().map(|place| place.offset).collect()
}

/// Returns (offset, shift) of each field.
fn positions(layout: &Layout) -> Vec<(isize, i32)> {
    layout.places.iter().map(|place| (place.offset, place.bitshift)).collect()
}

#[test]
fn members_are_padded() {
    let l = structure(X86, &[int("a", 1), int("b", 4), int("c", 2), int("d", 8)]);
    assert_eq!(offsets(&l), [0, 4, 8, 16]);
    assert_eq!((l.size, l.align), (24, 8));
    assert!(!l.custom_field_pos && !l.with_var_array && !l.with_packed_change);
    assert!(l.places.iter().all(|p| p.bitshift == REGULAR && p.bitsize == -1 && p.flags == 0));
}

#[test]
fn an_empty_struct_has_size_zero() {
    let l = structure(X86, &[]);
    assert_eq!((l.size, l.align), (0, 1));
    let l = structure(X86, &[int("a", 8), int("b", 8), aggregate("e", 0, &[])]);
    assert_eq!((l.size, offsets(&l)), (16, vec![0, 8, 16]));
    let stated = Stated { size: Some(1), align: None };
    let l = run(false, X86, 0, &[], stated).expect("another size may be stated");
    assert_eq!((l.size, l.custom_field_pos), (1, true));
    let l = structure(sflags::MSVC_BITFIELDS, &[]);
    assert_eq!((l.size, l.align), (1, 1));
}

#[test]
fn unnamed_bit_fields_are_remembered() {
    let inner = structure(X86, &[bits("", 4, 3), bits("x", 4, 5)]);
    assert_eq!(inner.unnamed, [UnnamedBits { position: 0, width: 3, in_union: false, precise: false }]);
    let class = FieldClass::Aggregate { var_array: false, nested: &[], unnamed: &inner.unnamed };
    let l = structure(X86, &[int("a", 4), field("", 4, class), bits("", 4, 0)]);
    let expected = [(32, 3), (64, 0)];
    assert_eq!(l.unnamed.iter().map(|bits| (bits.position, bits.width)).collect::<Vec<_>>(), expected);
    let l = run(true, X86, 0, &[bits("", 4, 0)], Stated::default()).expect("a valid union");
    assert_eq!(l.unnamed, [UnnamedBits { position: 0, width: 0, in_union: true, precise: false }]);
}

#[test]
fn unions_overlay_and_skip_all_but_the_first_in_initialisers() {
    let l = run(true, X86, 0, &[int("a", 1), int("b", 8), bits("c", 4, 3)], Stated::default())
        .expect("a valid union");
    assert_eq!(positions(&l), [(0, REGULAR), (0, REGULAR), (0, 0)]);
    assert_eq!((l.size, l.align), (8, 8));
    let flags: Vec<u32> = l.places.iter().map(|p| p.flags).collect();
    assert_eq!(flags, [0, IGNORE_IN_CONSTRUCTOR, IGNORE_IN_CONSTRUCTOR]);
}

#[test]
fn packing_limits_alignment() {
    let fields = [int("a", 1), int("b", 8)];
    let l = structure(X86 | sflags::PACKED, &fields);
    assert_eq!((offsets(&l), l.size, l.align, l.with_packed_change), (vec![0, 1], 9, 1, true));
    let l = run(false, X86, 4, &fields, Stated::default()).expect("a valid struct");
    assert_eq!((offsets(&l), l.size, l.align, l.with_packed_change), (vec![0, 4], 12, 4, true));
    let l = run(false, X86, 8, &fields, Stated::default()).expect("a valid struct");
    assert_eq!((l.size, l.with_packed_change), (16, false));
}

#[test]
fn packing_to_no_power_of_two_is_kept() {
    // The C backend masks with 3 − 1 and so skips the offsets 2 and 3 modulo 4.
    let fields = [int("a", 1), int("b", 4), int("c", 1), int("d", 4)];
    let l = run(false, X86, 3, &fields, Stated::default()).expect("a valid struct");
    assert_eq!((offsets(&l), l.size, l.align), (vec![0, 1, 5, 8], 12, 3));
    let odd = FieldSpec { align: 3, ..aggregate("x", 12, &[]) };
    let expected = (ErrorClass::System, "found for ctype 'some_t' bogus alignment '3'".to_owned());
    assert_eq!(refused(X86, &[odd]), expected);
}

#[test]
fn stated_offsets_win() {
    let l = structure(X86, &[int("a", 4), at(int("b", 4), 16), int("c", 4)]);
    assert_eq!((offsets(&l), l.size, l.custom_field_pos), (vec![0, 16, 20], 24, true));
    let l = structure(X86, &[int("a", 4), at(int("b", 4), 4)]);
    assert!(!l.custom_field_pos);
    // Fields may overlap, and the size is that of the farthest.
    let l = structure(X86, &[int("a", 8), at(int("b", 4), 0)]);
    assert_eq!((offsets(&l), l.size), (vec![0, 0], 8));
}

#[test]
fn standard_positions_are_verified() {
    let strict = X86 | sflags::STD_FIELD_POS;
    let text = "struct s: wrong offset for field 'b' (cdef says 4, but C compiler says 16). fix it or use \"...;\" \
                as the last field in the cdef for struct s to make it flexible";
    let fields = [int("a", 4), at(int("b", 4), 16)];
    assert_eq!(refused(strict, &fields), (ErrorClass::Verification, text.to_owned()));
    for (stated, what) in [
        (Stated { size: Some(8), align: None }, "wrong total size (cdef says 4, but C compiler says 8)"),
        (Stated { size: None, align: Some(8) }, "wrong total alignment (cdef says 4, but C compiler says 8)"),
    ] {
        let error = run(false, strict, 0, &[int("a", 4)], stated).expect_err("it differs");
        assert!(error.to_string().starts_with(&format!("struct s: {what}. fix it")), "{error}");
        let l = run(false, X86, 0, &[int("a", 4)], stated).expect("it may differ");
        assert!(l.custom_field_pos);
        assert_eq!((l.size, l.align), (stated.size.unwrap_or(4), stated.align.unwrap_or(4)));
    }
    let error = LayoutError::check_field_size("struct s", "a", -1, 8).expect_err("it differs");
    assert!(error.to_string().contains("wrong size for field 'a' (cdef says -1, but C compiler says 8)"));
    assert_eq!(LayoutError::check_field_size("struct s", "a", 8, 8), Ok(()));
}

#[test]
fn the_stated_size_must_hold_the_fields() {
    let stated = Stated { size: Some(3), align: None };
    let error = run(false, X86, 0, &[int("a", 4)], stated).expect_err("too small");
    assert_eq!(error.class(), ErrorClass::Type);
    assert_eq!(error.to_string(), "struct s cannot be of size 3: there are fields at least up to 4");
    // The last field's padding may be left out.
    let stated = Stated { size: Some(5), align: None };
    assert!(run(false, X86, 0, &[int("a", 4), int("b", 1)], stated).is_ok());
}

#[test]
fn open_arrays_go_last_or_where_stated() {
    let l = structure(X86, &[int("a", 4), chars("rest", None)]);
    assert_eq!((l.size, l.with_var_array), (4, true));
    assert_eq!(positions(&l), [(0, REGULAR), (4, EMPTY_ARRAY)]);
    assert!(structure(X86, &[at(chars("rest", None), 0), int("a", 4)]).with_var_array);
    let l = structure(X86, &[chars("none", Some(0)), chars("some", Some(3))]);
    assert_eq!((positions(&l), l.with_var_array), (vec![(0, EMPTY_ARRAY), (0, REGULAR)], false));
    let text = "field 'struct s.rest' has ctype 'some_t' of unknown size";
    assert_eq!(refused(X86, &[chars("rest", None), int("a", 4)]), (ErrorClass::Type, text.to_owned()));
    let opaque = FieldSpec { size: None, ..aggregate("rest", 1, &[]) };
    assert_eq!(refused(X86, &[opaque]), (ErrorClass::Type, text.to_owned()));
}

#[test]
fn structs_that_end_in_open_arrays_may_lie_anywhere() {
    let inner = field("x", 4, FieldClass::Aggregate { var_array: true, nested: &[], unnamed: &[] });
    assert!(structure(X86, &[inner, int("a", 4)]).with_var_array);
}

#[test]
fn anonymous_members_are_flattened() {
    let nested = [
        NestedField { name: "x", offset: 0, bitshift: REGULAR, bitsize: -1, flags: 0 },
        NestedField { name: "y", offset: 4, bitshift: 3, bitsize: 7, flags: IGNORE_IN_CONSTRUCTOR },
    ];
    let l = structure(X86, &[int("a", 4), aggregate("", 8, &nested), int("b", 4)]);
    let expected = [
        FieldPlace { source: 0, nested: None, offset: 0, bitshift: REGULAR, bitsize: -1, flags: 0 },
        FieldPlace { source: 1, nested: Some(0), offset: 8, bitshift: REGULAR, bitsize: -1, flags: 0 },
        FieldPlace { source: 1, nested: Some(1), offset: 12, bitshift: 3, bitsize: 7, flags: 1 },
        FieldPlace { source: 2, nested: None, offset: 16, bitshift: REGULAR, bitsize: -1, flags: 0 },
    ];
    assert_eq!(l.places, expected);
    assert!(l.flattened && !l.custom_field_pos);
    let l = run(true, X86, 0, &[int("a", 4), aggregate("", 8, &nested)], Stated::default());
    let flags: Vec<u32> = l.expect("a valid union").places.iter().map(|p| p.flags).collect();
    assert_eq!(flags, [0, 1, 1]);
    // With a name, or of another kind of type, it is a field like any other.
    assert_eq!(structure(X86, &[aggregate("n", 8, &nested)]).places.len(), 1);
    assert_eq!(structure(X86, &[int("", 4)]).places.len(), 1);
}

#[test]
fn names_are_unique_after_flattening() {
    let duplicate = (ErrorClass::Key, "duplicate field name 'x'".to_owned());
    assert_eq!(refused(X86, &[int("x", 4), int("x", 4)]), duplicate);
    let nested = [NestedField { name: "x", offset: 0, bitshift: REGULAR, bitsize: -1, flags: 0 }];
    assert_eq!(refused(X86, &[int("x", 4), aggregate("", 8, &nested)]), duplicate);
    assert_eq!(refused(X86, &[aggregate("", 8, &nested), aggregate("", 8, &nested)]), duplicate);
}

#[test]
fn gcc_fills_bits_up_to_a_boundary_of_the_type() {
    let l = structure(X86, &[int("a", 1), bits("b1", 4, 9), bits("b2", 4, 7), int("c", 1)]);
    assert_eq!(positions(&l), [(0, REGULAR), (0, 8), (0, 17), (3, REGULAR)]);
    assert_eq!((l.size, l.align), (4, 4));
    let l = structure(X86, &[bits("a", 4, 20), bits("b", 4, 13), bits("c", 8, 31), bits("d", 8, 64)]);
    assert_eq!(positions(&l), [(0, 0), (4, 0), (8, 0), (16, 0)]);
    let l = structure(X86, &[bits("a", 2, 9), bits("b", 8, 40)]);
    assert_eq!(positions(&l), [(0, 0), (0, 9)]);
}

#[test]
fn unnamed_bit_fields_align_on_arm_only() {
    let fields = [int("a", 1), bits("", 2, 9), int("c", 1)];
    for (flags, size, align) in [(X86, 5, 1), (ARM, 6, 2), (MSVC, 6, 2)] {
        let l = structure(flags, &fields);
        assert_eq!((l.places[1].offset, l.size, l.align), (4, size, align), "{flags:#x}");
        assert_eq!(l.places.len(), 2);
    }
}

#[test]
fn zero_width_bit_fields() {
    let fields = [int("a", 1), bits("", 4, 0), bits("", 4, 0), int("c", 1)];
    for (flags, offset, size, align) in [(X86, 4, 5, 1), (ARM, 4, 8, 4), (MSVC, 1, 2, 1)] {
        let l = structure(flags, &fields);
        assert_eq!((l.places[1].offset, l.size, l.align), (offset, size, align), "{flags:#x}");
    }
    let l = structure(X86, &[bits("a", 4, 1), bits("", 4, 0), bits("b", 4, 1)]);
    assert_eq!(positions(&l), [(0, 0), (4, 0)]);
    let text = "field 'struct s.z' is declared with :0";
    assert_eq!(refused(X86, &[bits("z", 4, 0)]), (ErrorClass::Type, text.to_owned()));
}

#[test]
fn msvc_shares_units_between_types_of_equal_size() {
    let l = structure(MSVC, &[int("a", 1), bits("b1", 4, 9), bits("b2", 4, 7), int("c", 1)]);
    assert_eq!(positions(&l), [(0, REGULAR), (4, 0), (4, 9), (8, REGULAR)]);
    assert_eq!((l.size, l.align), (12, 4));
    let l = structure(MSVC, &[bits("a", 4, 30), bits("b", 4, 3), bits("c", 2, 3), bits("d", 4, 3)]);
    assert_eq!(positions(&l), [(0, 0), (4, 0), (8, 0), (12, 0)]);
    // An ordinary member or a zero-width bit field closes the unit.
    let l =
        structure(MSVC, &[bits("a", 1, 3), bits("", 1, 0), bits("b", 1, 3), int("c", 1), bits("d", 1, 3)]);
    assert_eq!(positions(&l), [(0, 0), (1, 0), (2, REGULAR), (3, 0)]);
}

#[test]
fn msvc_bit_fields_of_a_union_all_start_at_zero() {
    let fields = [bits("a", 4, 3), bits("b", 4, 5), bits("c", 8, 64)];
    let l = run(true, MSVC, 0, &fields, Stated::default()).expect("a valid union");
    assert_eq!(positions(&l), [(0, 0), (0, 0), (0, 0)]);
    assert_eq!((l.size, l.align), (8, 8));
}

#[test]
fn big_endian_counts_from_the_other_end() {
    let l = structure(BIG, &[int("a", 1), bits("b1", 4, 9), bits("b2", 4, 7)]);
    assert_eq!(positions(&l), [(0, REGULAR), (0, 15), (0, 8)]);
    assert_eq!(positions(&structure(BIG, &[bits("all", 8, 64)])), [(0, 0)]);
    let l = structure(MSVC & !sflags::GCC_LITTLE_ENDIAN | sflags::GCC_BIG_ENDIAN, &[bits("a", 4, 3)]);
    assert_eq!(positions(&l), [(0, 29)]);
}

#[test]
fn packed_bit_fields_share_bytes() {
    let fields = [bits("a", 4, 3), bits("b", 4, 30), bits("c", 1, 7), bits("d", 8, 64)];
    let l = structure(X86 | sflags::PACKED, &fields);
    assert_eq!((positions(&l), l.size), (vec![(0, 0), (0, 3), (4, 1), (5, 0)], 13));
    let l = structure(X86 | sflags::PACKED, &[bits("a", 4, 3), bits("b", 8, 64)]);
    assert_eq!((positions(&l), l.size), (vec![(0, 0), (0, 3)], 9));
    let l = structure(X86 | sflags::PACKED, &[bits("a", 4, 3), bits("b", 4, 29)]);
    assert_eq!((positions(&l), l.size), (vec![(0, 0), (0, 3)], 4));
    // A field that fits into the aligned unit is placed there.
    let l = run(false, X86, 2, &[bits("a", 4, 12), bits("b", 4, 20), bits("c", 4, 32)], Stated::default());
    assert_eq!(positions(&l.expect("a valid struct")), [(0, 0), (0, 12), (4, 0)]);
    let l = run(false, X86, 8, &[bits("a", 1, 8), bits("b", 8, 64)], Stated::default());
    assert_eq!(positions(&l.expect("a valid struct")), [(0, 0), (1, 0)]);
    // Packing does not weaken a field of width zero.
    assert_eq!(structure(X86 | sflags::PACKED, &[int("a", 1), bits("", 4, 0)]).size, 4);
}

#[test]
fn big_endian_bit_fields_that_reach_beyond_their_unit_are_refused() {
    let text = "with 'packed', gcc would compile field 'struct s.b' to reuse some bits in the previous field";
    let fields = [bits("a", 4, 3), bits("b", 4, 30)];
    let flags = X86 & !sflags::GCC_LITTLE_ENDIAN | sflags::GCC_BIG_ENDIAN | sflags::PACKED;
    assert_eq!(refused(flags, &fields), (ErrorClass::NotImplemented, text.to_owned()));
}

#[test]
fn packed_bit_fields_that_share_bytes_can_be_refused() {
    let text = "with 'packed', gcc would compile field 'struct s.b' to reuse some bits in the previous field";
    let rules = Rules { refuse_shared_bytes: true, ..Rules::from_flags(X86 | sflags::PACKED, 0, &HOST) };
    let owner = Owner { name: "struct s", is_union: false };
    let fields = [bits("a", 4, 3), bits("b", 4, 30)];
    let error = layout(owner, &rules, &fields, Stated::default()).expect_err("a field that shares bytes");
    assert_eq!((error.class(), error.to_string()), (ErrorClass::NotImplemented, text.to_owned()));
    let fields = [bits("a", 4, 8), bits("b", 4, 32), bits("c", 4, 30)];
    let whole = layout(owner, &rules, &fields, Stated::default()).expect("no shared byte");
    assert_eq!(positions(&whole), [(0, 0), (1, 0), (5, 0)]);
}

/// Tests the known differences between the C backend, and so this crate, and C.
#[test]
fn known_departures_from_c() {
    // Visual C++: width zero behind another bit field aligns what follows (offset 4).
    assert_eq!(structure(MSVC, &[bits("a", 1, 4), bits("", 4, 0), int("b", 1)]).places[1].offset, 1);
}

#[test]
fn what_may_be_a_bit_field() {
    for class in [FieldClass::Bool, FieldClass::Char, FieldClass::Integer { signed: false }] {
        structure(X86, &[FieldSpec { bitsize: Some(8), ..field("a", 1, class) }]);
    }
    let text = "field 'struct s.a' declared as 'some_t' cannot be a bit field";
    for class in [
        FieldClass::Other,
        FieldClass::Array { len: Some(1) },
        FieldClass::Aggregate { var_array: false, nested: &[], unnamed: &[] },
    ] {
        let field = FieldSpec { bitsize: Some(1), ..field("a", 4, class) };
        assert_eq!(refused(X86, &[field]), (ErrorClass::Type, text.to_owned()));
    }
    let text = "bit field 'struct s.a' is declared 'some_t:33', which exceeds the width of the type";
    assert_eq!(refused(X86, &[bits("a", 4, 33)]), (ErrorClass::Type, text.to_owned()));
    let text = "field 'struct s.a' is a bitfield, but a fixed offset is specified";
    assert_eq!(refused(X86, &[at(bits("a", 4, 3), 0)]), (ErrorClass::Type, text.to_owned()));
    // −1 is "not stated" in the tuple; any other negative offset is as good as none for a bit field.
    structure(X86, &[at(bits("a", 4, 3), -7)]);
}

#[test]
fn sizes_beyond_the_address_space_are_refused() {
    let most = isize::MAX as usize;
    for fields in [
        vec![chars("a", Some(most)), chars("b", Some(1))],
        vec![chars("a", Some(most)), int("b", 8)],
        vec![at(int("a", 8), isize::MAX)],
        vec![chars("a", Some(most)), bits("b", 1, 1), bits("c", 1, 8)],
        vec![int("a", 8), at(chars("b", Some(most - 3)), 0)],
        vec![chars("a", Some(usize::MAX))],
    ] {
        let (class, text) = refused(X86, &fields);
        assert_eq!(
            (class, text.as_str()),
            (ErrorClass::Overflow, "size of struct s would overflow a Py_ssize_t")
        );
        assert_eq!(refused(MSVC, &fields).0, ErrorClass::Overflow);
    }
    assert_eq!(structure(X86, &[chars("a", Some(most))]).size, most);
}
