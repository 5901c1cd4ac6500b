//! Tests of sets of declarations.

use super::*;
use crate::types::{Convention, Field, QualType, RecordAttributes, RecordKind, RecordState};
use crate::{Prim, Symbol, Target, TypeId};

fn start() -> (Decls, FileId) {
    let mut decls = Decls::new(Target::x86_64_linux_gnu());
    let file = decls.add_file("test.h");
    (decls, file)
}

fn int() -> QualType {
    TypeId::of(Prim::Int).into()
}

#[test]
fn name_spaces_are_apart() {
    let (mut decls, file) = start();
    let name = decls.types.symbols.intern("x");
    let span = Span::new(file, 0, 1);
    let record = decls.types.declare_record(RecordKind::Struct, name);
    let ty = decls.types.record(record).ty;
    decls.declare(Decl::new(DeclKind::Struct, name, ty.into(), span));
    let variable = decls.declare(Decl::new(DeclKind::Variable, name, int(), span));
    let value = decls.add_constant(Constant::Int { value: 3, ty: int() });
    let number = decls.declare(Decl::new(DeclKind::Macro, name, QualType::VOID, span).valued(value));
    assert_eq!(decls.tag(name), Some(ty));
    assert_eq!(decls.ordinary(name), Some(variable));
    assert_eq!(decls.macro_named(name), Some(number));
    assert_eq!(decls.find("x"), Some(variable));
    assert_eq!(decls.find("y"), None);
    let value = decls.decl(number).value.map(|id| *decls.constant(id));
    assert_eq!(value, Some(Constant::Int { value: 3, ty: int() }));
    decls.unbind_macro(name);
    assert_eq!(decls.macro_named(name), None);
    assert_eq!(decls.len(), 3);
}

#[test]
fn extras_belong_to_their_declaration() {
    let (mut decls, file) = start();
    let names: Vec<Symbol> = ["f", "a", "b"].iter().map(|n| decls.types.symbols.intern(n)).collect();
    let ty = decls.types.function(int(), &[int(), int()], false, false, Convention::C);
    let span = Span::new(file, 4, 1);
    let f = decls.declare(Decl::new(DeclKind::Function, names[0], ty.into(), span));
    assert_eq!(decls.extra(f), None);
    decls.set_param_names(f, &names[1..]);
    let doc = decls.add_text("Adds two numbers.");
    decls.extra_mut(f).doc = doc;
    let problem = decls.add_problem(Severity::Note, span, "an attribute was passed over", "");
    decls.extra_mut(f).problem = Some(problem);
    assert_eq!(decls.param_names(f), &names[1..]);
    assert_eq!(decls.text(decls.extra(f).expect("given").doc), "Adds two numbers.");
    assert_eq!(decls.text(decls.problem(problem).message), "an attribute was passed over");
    assert_eq!(decls.problem_of(f), Some(problem));
    assert_eq!(decls.text_of(f), "int f(int, int)");
}

#[test]
fn a_refused_source_leaves_nothing() {
    let (mut decls, file) = start();
    let span = Span::new(file, 0, 1);
    let names: Vec<Symbol> = ["s", "x", "y"].iter().map(|n| decls.types.symbols.intern(n)).collect();
    let record = decls.types.declare_record(RecordKind::Struct, names[0]);
    let ty = decls.types.record(record).ty;
    decls.declare(Decl::new(DeclKind::Struct, names[0], ty.into(), span));
    let x = decls.declare(Decl::new(DeclKind::Variable, names[1], int(), span));
    decls.extra_mut(x).asm_label = names[0];
    decls.begin();
    decls
        .types
        .define_record(record, &[Field::new(names[1], int())], RecordAttributes::default())
        .expect("new");
    decls.declare(Decl::new(DeclKind::Variable, names[1], QualType::VOID, span));
    decls.declare(Decl::new(DeclKind::Variable, names[2], int(), span));
    decls.extra_mut(x).asm_label = names[2];
    decls.decl_mut(x).flags = DeclFlags::EXTERN;
    let other = decls.types.declare_enum(names[2]);
    let other = decls.types.enum_of(other).ty;
    decls.bind_tag(names[2], other);
    decls.roll_back();
    assert_eq!(decls.types.record(record).state, RecordState::Opaque);
    assert_eq!((decls.len(), decls.ordinary(names[1]), decls.ordinary(names[2])), (2, Some(x), None));
    assert_eq!(decls.tag(names[2]), None);
    assert_eq!(decls.decl(x).flags, DeclFlags::NONE);
    assert_eq!(decls.extra(x).map(|extra| extra.asm_label), Some(names[0]));
    decls.begin();
    decls
        .types
        .define_record(record, &[Field::new(names[1], int())], RecordAttributes::default())
        .expect("new");
    decls.commit();
    assert_eq!(decls.types.size(ty), Ok(4));
}
