//! Layouts of records by clang.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Answer;

/// Returns clang's layouts of all records.
pub(crate) fn answers(clang: &OsStr, triple: &str, text: &str, count: usize) -> Vec<Answer> {
    let input = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("records_{triple}.c"));
    fs::write(&input, text).expect("the target directory should be writable");
    let output = Command::new(clang)
        .arg(format!("--target={triple}"))
        .args(["-std=gnu11", "-w", "-Wno-incompatible-ms-struct", "-fms-extensions", "-fsyntax-only"])
        .args(["-Xclang", "-fdump-record-layouts-simple"])
        .arg(&input)
        .output()
        .expect("FERROCFFI_CLANG names clang");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "clang refuses {}:\n{errors}", input.display());
    let dump = String::from_utf8(output.stdout).expect("clang writes ASCII");
    let mut found: HashMap<usize, Answer> =
        dump.split("*** Dumping AST Record Layout").filter_map(read).collect();
    (0..count)
        .map(|index| found.remove(&index).unwrap_or_else(|| panic!("{triple}: no layout of record {index}")))
        .collect()
}

/// Reads one record of the dump.
fn read(entry: &str) -> Option<(usize, Answer)> {
    let after =
        |label: &str| entry.split_once(label).map(|(_, rest)| rest.lines().next().unwrap_or("").trim());
    let name = after("Type: ")?;
    let index = name.strip_prefix("struct r").or_else(|| name.strip_prefix("union r"))?.parse().ok()?;
    let number = |label| after(label)?.parse::<u64>().ok();
    let list = after("FieldOffsets: [")?.trim_end_matches("]>");
    let positions =
        list.split(", ").filter(|item| !item.is_empty()).filter_map(|item| item.parse().ok()).collect();
    let answer = Answer { size: number("\n  Size:")? / 8, align: number("\n  Alignment:")? / 8, positions };
    Some((index, answer))
}
