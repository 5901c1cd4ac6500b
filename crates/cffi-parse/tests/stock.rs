//! The parser against answers of the stock backend: same acceptance, same type, same message and caret.
//!
//! `corpus/types.jsonl` was written by `corpus/generate.py`, which says what is in it. To try more than
//! what is committed, set `CFFI_PARSE_CORPUS` to another file of that script.
//!
//! The answers are those of a 64-bit system that is not Windows.
#![cfg(all(target_pointer_width = "64", not(windows)))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod names;

use cffi_parse::tables::{IntConstant, Tables, TablesBuilder};
use cffi_parse::{Output, parse, render_error};
use serde_json::Value;

fn bytes(hex: &Value) -> Vec<u8> {
    let digits = hex.as_str().unwrap().as_bytes();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks_exact(2).map(pair).collect()
}

fn items<'a>(context: &'a Value, table: &str) -> &'a [Value] {
    context[table].as_array().unwrap()
}

/// The declarations in the first line.
fn tables(context: &Value) -> Tables {
    let mut builder = TablesBuilder::new();
    assert!(builder.types(&bytes(&context["types"])).is_ok());
    for global in items(context, "globals") {
        if builder.global(&bytes(&global[0])).unwrap() {
            let value = &global[1];
            let bits = value.as_u64().unwrap_or_else(|| value.as_i64().unwrap().cast_unsigned());
            builder.value(IntConstant { non_positive: value.as_u64().is_none_or(|v| v == 0), bits });
        }
    }
    for parts in items(context, "struct_unions") {
        let (first, fields) = parts.as_array().unwrap().split_first().unwrap();
        builder.struct_union(&bytes(first)).unwrap();
        fields.iter().for_each(|field| builder.field(&bytes(field)).unwrap());
    }
    items(context, "enums").iter().for_each(|entry| builder.enumeration(&bytes(entry)).unwrap());
    items(context, "typenames").iter().for_each(|entry| builder.typename(&bytes(entry)).unwrap());
    builder.finish().unwrap()
}

/// What is different from the answer of the stock backend.
fn difference(case: &Value, tables: &Tables, out: &mut Output) -> Option<String> {
    let input = case["in"].as_str().unwrap();
    // The stock backend does not know this type.
    if input.contains("long double _Complex") {
        return None;
    }
    let answer = parse(input, tables, out).map_err(|error| render_error(input, &error));
    match (answer, case["name"].as_str(), case["error"].as_str()) {
        (Ok(root), Some(expected), _) => {
            let name = names::of(tables, out.opcodes(), root);
            (name != expected).then(|| format!("{input:?}: {name:?} instead of {expected:?}"))
        }
        (Err(error), _, Some(expected)) => {
            (error != expected).then(|| format!("{input:?}: {error:?} instead of {expected:?}"))
        }
        // No such type can exist, but that is not for the parser to know.
        (Ok(_), None, None) => None,
        (answer, _, _) => Some(format!("{answer:?} for {case}")),
    }
}

#[test]
fn answers_are_those_of_the_stock_backend() {
    let file = std::env::var("CFFI_PARSE_CORPUS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/types.jsonl").into());
    let corpus = std::fs::read_to_string(file).unwrap();
    let mut lines = corpus.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let tables = tables(&lines.next().unwrap()["context"]);
    let mut out = Output::new();
    let mut count = 0;
    let differences: Vec<_> =
        lines.inspect(|_| count += 1).filter_map(|case| difference(&case, &tables, &mut out)).collect();
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    assert!(count >= 2000, "only {count} cases");
}
