//! The signatures are a mix of everything: a generator that leaves something out would go unnoticed otherwise.

use std::collections::BTreeMap;

use crate::model::{ArgType, Signature};

use crate::library::LIBRARY;
use crate::types::MOST_ARGS;

/// What kind of argument or result it is, as calling conventions see it.
fn kind(ty: &ArgType) -> String {
    match ty {
        ArgType::Void => "void".to_owned(),
        ArgType::Int { size, signed } => format!("{}int{}", if *signed { "" } else { "u" }, 8 * size),
        ArgType::Struct(s) if s.size <= 8 => "struct in one register".to_owned(),
        ArgType::Struct(s) if s.size <= 16 => "struct in two registers".to_owned(),
        ArgType::Struct(s) if s.align > 16 => "aligned struct".to_owned(),
        ArgType::Struct(_) => "struct in memory".to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn every_kind_is_an_argument_and_a_result_often_enough() {
    let (mut args, mut results) = (BTreeMap::new(), BTreeMap::new());
    for sig in &LIBRARY.signatures {
        for ty in &sig.args {
            *args.entry(kind(ty)).or_insert(0) += 1;
        }
        *results.entry(kind(&sig.result)).or_insert(0) += 1;
    }
    // Eight integers, four other scalars, four kinds of struct; and void.
    assert_eq!((args.len(), results.len()), (16, 17), "{args:?}\n{results:?}");
    let least = LIBRARY.signatures.len() / 150;
    assert!(args.values().chain(results.values()).all(|&n| n >= least), "{args:?}\n{results:?}");
}

#[test]
fn signatures_are_long_short_variadic_and_of_one_kind() {
    let count = |wanted: fn(&Signature) -> bool| LIBRARY.signatures.iter().filter(|&sig| wanted(sig)).count();
    let all = LIBRARY.signatures.len();
    assert!(count(|sig| sig.args.is_empty()) > all / 100);
    assert!(count(|sig| sig.args.len() == MOST_ARGS) > all / 200);
    assert!(count(|sig| sig.args.len() > 10) > all / 10);
    assert!(count(|sig| sig.fixed_args.is_some()) > all / 20);
    let integers = |sig: &Signature| {
        !sig.args.is_empty() && sig.args.iter().all(|ty| matches!(ty, ArgType::Int { .. } | ArgType::Pointer))
    };
    assert!(count(integers) > all / 20);
    let floats = |sig: &Signature| {
        !sig.args.is_empty() && sig.args.iter().all(|ty| matches!(ty, ArgType::Float | ArgType::Double))
    };
    assert!(count(floats) > all / 20);
}
