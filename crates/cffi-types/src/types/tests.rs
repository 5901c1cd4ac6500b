//! Tests of the arena.

use super::*;
use crate::{Prim, Symbol, Target};

fn linux() -> Types {
    Types::new(Target::x86_64_linux_gnu())
}

fn int() -> QualType {
    TypeId::of(Prim::Int).into()
}

#[test]
fn equal_types_are_one() {
    let mut types = linux();
    let a = types.pointer(int());
    let b = types.pointer(int());
    assert_eq!(a, b);
    let constant = types.pointer(int().with(Quals::CONST));
    assert_ne!(a, constant);
    let f = types.function(int(), &[a.into(), int()], false, false, Convention::C);
    let g = types.function(int(), &[a.into(), int().with(Quals::CONST)], false, false, Convention::C);
    assert_eq!(f, g);
    assert_ne!(f, types.function(int(), &[a.into(), int()], true, false, Convention::C));
    assert_ne!(f, types.function(int(), &[a.into(), int()], false, false, Convention::Stdcall));
    assert_ne!(f, types.function(int(), &[a.into()], false, false, Convention::C));
}

#[test]
fn typedef_names_are_seen_through_at_any_depth() {
    let mut types = linux();
    let name = types.symbols.intern("number");
    let alias = types.alias(name, int().with(Quals::CONST), 0);
    let pointer = types.pointer(alias.into());
    let f = types.function(alias.into(), &[pointer.into()], false, false, Convention::C);
    let fp = types.pointer(f.into());
    let plain = types.pointer(int().with(Quals::CONST));
    assert_eq!(types.canonical(pointer.into()), plain.into());
    let g = types.function(int().with(Quals::CONST), &[plain.into()], false, false, Convention::C);
    let gp = types.pointer(g.into());
    assert_eq!(types.canonical(fp.into()), gp.into());
    assert_eq!(types.spell(fp.into(), "f"), "number (*f)(number *)");
    assert_eq!(types.spell(types.canonical(fp.into()), "f"), "const int (*f)(const int *)");
}

#[test]
fn parameters_of_array_and_function_type_are_pointers() {
    let mut types = linux();
    let array = types.array(int(), Length::Open);
    let pointer = types.pointer(int());
    assert_eq!(types.adjust_param(array.into()), pointer.into());
    let f = types.function(int(), &[], false, false, Convention::C);
    let fp = types.pointer(f.into());
    assert_eq!(types.adjust_param(f.into()), fp.into());
    assert_eq!(types.adjust_param(int()), int());
    let name = types.symbols.intern("row");
    let alias = types.alias(name, array.into(), 0);
    assert_eq!(types.adjust_param(alias.into()), pointer.into());
}

#[test]
fn sizes() {
    let mut types = linux();
    let pointer = types.pointer(QualType::VOID);
    assert_eq!((types.size(pointer), types.align(pointer)), (Ok(8), Ok(8)));
    let array = types.array(pointer.into(), Length::Fixed(5));
    assert_eq!(types.size(array), Ok(40));
    let open = types.array(pointer.into(), Length::Open);
    assert_eq!((types.size(open), types.align(open)), (Err(NoSize::OpenArray), Ok(8)));
    assert_eq!(types.size(TypeId::VOID), Err(NoSize::Void));
    let huge = types.array(pointer.into(), Length::Fixed(u64::MAX));
    assert_eq!(types.size(huge), Err(NoSize::TooLarge));
    let vector = types.vector(TypeId::of(Prim::Float), 4);
    assert_eq!((types.size(vector), types.align(vector)), (Ok(16), Ok(16)));
    let bits = types.bit_int(false, 129);
    assert_eq!((types.size(bits), types.align(bits)), (Ok(24), Ok(8)));
    let windows = Types::new(Target::x86_64_windows_msvc());
    assert_eq!(windows.size(TypeId::of(Prim::Int128)), Err(NoSize::Missing(Prim::Int128)));
}

#[test]
fn types_of_any_depth_are_measured_and_written() {
    let mut types = linux();
    let mut ty = int();
    for _ in 0..20_000 {
        ty = types.pointer(ty).into();
        ty = types.array(ty, Length::Fixed(1)).into();
    }
    assert_eq!(types.size(ty.id()), Ok(8));
    assert!(types.spell(ty, "x").len() > 100_000);
    assert!(types.cffi_name(ty).text.len() > 100_000);
    for _ in 0..20_000 {
        ty = types.function(int(), &[ty], false, false, Convention::C).into();
        ty = types.pointer(ty).into();
    }
    assert!(types.spell(ty, "x").ends_with(')'));
    assert!(types.cffi_name(ty).text.ends_with(')'));
}

#[test]
fn declarations_as_c_spells_them() {
    let mut t = linux();
    let row = t.array(int(), Length::Fixed(5));
    let to_row = t.pointer(row.into());
    let rows = t.array(row.into(), Length::Fixed(3));
    assert_eq!(t.spell(row.into(), ""), "int[5]");
    assert_eq!(t.spell(rows.into(), "x"), "int x[3][5]");
    assert_eq!(t.spell(to_row.into(), "p"), "int (*p)[5]");
    let f = t.function(to_row.into(), &[int(), to_row.into()], true, false, Convention::C);
    assert_eq!(t.spell(f.into(), "f"), "int (*f(int, int (*)[5], ...))[5]");
    let none = t.function(QualType::VOID, &[], false, false, Convention::Stdcall);
    assert_eq!(t.spell(none.into(), "f"), "void __stdcall f(void)");
    let none = t.pointer(none.into());
    assert_eq!(t.spell(none.into(), "f"), "void (__stdcall *f)(void)");
    let old = t.function(int(), &[], false, true, Convention::C);
    assert_eq!(t.spell(old.into(), "f"), "int f()");
    let p = t.pointer(int().with(Quals::CONST));
    let p = QualType::new(p, Quals::CONST | Quals::VOLATILE);
    assert_eq!(t.spell(p, "p"), "const int *const volatile p");
    assert_eq!(t.spell(p, ""), "const int *const volatile");
    assert_eq!(t.spell(int(), ""), "int");
    let vector = t.vector(TypeId::of(Prim::Float), 4);
    assert_eq!(t.spell(vector.into(), "v"), "__attribute__((vector_size(16))) float v");
}

#[test]
fn names_as_cffi_shows_them() {
    let mut t = linux();
    let name = |t: &Types, ty: TypeId| {
        let name = t.cffi_name(ty.into());
        (name.text, name.position)
    };
    let row = t.array(int(), Length::Fixed(5));
    assert_eq!(name(&t, row), ("int[5]".to_owned(), 3));
    let to_row = t.pointer(row.into());
    assert_eq!(name(&t, to_row), ("int(*)[5]".to_owned(), 5));
    let p = t.pointer(int().with(Quals::CONST));
    let pp = t.pointer(p.into());
    assert_eq!(name(&t, pp), ("int * *".to_owned(), 7));
    let f = t.function(int(), &[int()], false, false, Convention::C);
    assert_eq!(name(&t, f), ("int(*)(int)".to_owned(), 5));
    let fp = t.pointer(f.into());
    assert_eq!(name(&t, fp), ("int(*)(int)".to_owned(), 5));
    let g = t.function(fp.into(), &[fp.into(), p.into()], true, false, Convention::C);
    assert_eq!(name(&t, g).0, "int(*(*)(int(*)(int), int *, ...))(int)");
    let fpp = t.pointer(fp.into());
    assert_eq!(name(&t, fpp), ("int(* *)(int)".to_owned(), 7));
    let array = t.array(fp.into(), Length::Open);
    assert_eq!(name(&t, array), ("int(*[])(int)".to_owned(), 5));
    assert_eq!(name(&t, TypeId::of(Prim::DoubleComplex)).0, "_cffi_double_complex_t");
}

#[test]
fn records_wait_for_their_members() {
    let mut types = linux();
    let (outer, inner) = (types.symbols.intern("outer"), types.symbols.intern("inner"));
    let outer = types.declare_record(RecordKind::Struct, outer);
    let inner = types.declare_record(RecordKind::Struct, inner);
    let inner_type = types.record(inner).ty;
    let x = types.symbols.intern("x");
    let fields = [Field::new(x, TypeId::of(Prim::Char).into()), Field::new(x, inner_type.into())];
    types.define_record(outer, &fields, RecordAttributes::default()).expect("not defined yet");
    assert_eq!(types.size(types.record(outer).ty), Err(NoSize::Partial(outer)));
    types.define_record(inner, &[Field::new(x, int())], RecordAttributes::default()).expect("new");
    types.complete_records();
    assert_eq!(types.size(types.record(outer).ty), Ok(8));
    assert_eq!(types.fields(outer)[1].offset(), 4);
    assert_eq!(types.define_record(inner, &[], RecordAttributes::default()), Err(Redefinition));
}

#[test]
fn a_record_that_contains_itself_is_broken() {
    let mut types = linux();
    let id = types.declare_record(RecordKind::Struct, Symbol::EMPTY);
    let ty = types.record(id).ty;
    types
        .define_record(id, &[Field::new(Symbol::EMPTY, ty.into())], RecordAttributes::default())
        .expect("new");
    types.complete_records();
    assert!(matches!(types.layout_problem(id), Some(LayoutProblem::NoSize { field: 0, .. })));
    assert_eq!(types.size(ty), Err(NoSize::Broken(id)));
}

#[test]
fn enums_take_the_type_that_compilers_take() {
    let check = |target: Target, values: &[i128], expected: Prim| {
        let mut types = Types::new(target);
        let id = types.declare_enum(Symbol::EMPTY);
        let list: Vec<Enumerator> =
            values.iter().map(|value| Enumerator::new(Symbol::EMPTY, Some(*value))).collect();
        types.define_enum(id, &list, EnumAttributes::default()).expect("new");
        assert_eq!(types.enum_of(id).underlying, TypeId::of(expected), "{values:?}");
        let back: Vec<i128> = types.enumerators(id).iter().filter_map(Enumerator::value).collect();
        assert_eq!(back, values);
    };
    let linux = Target::x86_64_linux_gnu();
    check(linux, &[0, 1], Prim::UInt);
    check(linux, &[-1, 1], Prim::Int);
    check(linux, &[0xFFFF_FFFF], Prim::UInt);
    check(linux, &[-1, 0xFFFF_FFFF], Prim::Long);
    check(linux, &[i128::from(u64::MAX)], Prim::ULong);
    check(Target::i686_linux_gnu(), &[1 << 40], Prim::ULongLong);
    check(Target::x86_64_windows_msvc(), &[0, 1], Prim::Int);
}

#[test]
fn va_list_is_what_the_target_has() {
    let size = |target: Target| {
        let mut types = Types::new(target);
        let ty = types.va_list();
        assert_eq!(types.va_list(), ty);
        types.size(ty.id())
    };
    assert_eq!(size(Target::x86_64_linux_gnu()), Ok(24));
    assert_eq!(size(Target::aarch64_linux_gnu()), Ok(32));
    assert_eq!(size(Target::s390x_linux_gnu()), Ok(32));
    assert_eq!(size(Target::x86_64_windows_msvc()), Ok(8));
    assert_eq!(size(Target::arm_linux_gnueabihf()), Ok(4));
}
