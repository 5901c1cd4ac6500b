//! The text of a Python module.

use std::fmt::Write as _;

use cffi_abi::Opcode;

use crate::tables::Tables;

/// The version of the tables. All releases of cffi since 1.15 accept it.
const VERSION: u32 = 0x2601;

/// Returns the expression that makes the module's `ffi`, as stock cffi's generator writes it.
#[must_use]
pub fn ffi_expression(tables: &Tables, module: &str) -> String {
    expression(tables, module, 0)
}

fn expression(tables: &Tables, module: &str, includes: usize) -> String {
    let mut out = format!("_cffi_backend.FFI('{module}',\n    _version = 0x{VERSION:x},\n    _types = b'");
    for word in &tables.types {
        push_word(&mut out, word.raw() as u32);
    }
    out.push_str("',\n");
    let globals = tables
        .globals
        .iter()
        .map(|(name, global)| format!("b'{}{}',{}", word(global.op), escaped(name), global.value));
    push_table(&mut out, "globals", globals);
    let records = tables.records.iter().map(|(name, record)| {
        let fields = record.fields.iter().map(|field| {
            let bits = field.bits.map(four_bytes).unwrap_or_default();
            format!("b'{}{bits}{}'", word(field.op), escaped(&field.name))
        });
        let fields: Vec<String> = fields.collect();
        format!(
            "(b'{}{}{}',{})",
            four_bytes(record.type_index),
            four_bytes(record.flags),
            escaped(name),
            fields.join(",")
        )
    });
    push_table(&mut out, "struct_unions", records);
    let enums = tables.enums.iter().map(|(name, e)| {
        format!(
            "b'{}{}{}\\x00{}'",
            four_bytes(e.type_index),
            four_bytes(e.prim),
            escaped(name),
            escaped(&e.enumerators.join(","))
        )
    });
    push_table(&mut out, "enums", enums);
    let typenames =
        tables.typenames.iter().map(|(name, index)| format!("b'{}{}'", four_bytes(*index), escaped(name)));
    push_table(&mut out, "typenames", typenames);
    if includes > 0 {
        let names: Vec<String> = (0..includes).map(|at| format!("_ffi{at}")).collect();
        let _ = writeln!(out, "    _includes = ({},),", names.join(", "));
    }
    out.push(')');
    out
}

/// Returns a module that consists of `ffi`, byte for byte as stock cffi's generator writes it. `includes` are the names
/// of the modules whose declarations it includes.
#[must_use]
pub fn stock_module(tables: &Tables, module: &str, includes: &[String]) -> String {
    let mut out = "# auto-generated file\nimport _cffi_backend\n".to_owned();
    for (at, name) in includes.iter().enumerate() {
        let _ = writeln!(out, "from {name} import ffi as _ffi{at}");
    }
    let _ = writeln!(out, "\nffi = {}", expression(tables, module, includes.len()));
    out
}

fn push_table(out: &mut String, name: &str, items: impl ExactSizeIterator<Item = String>) {
    let count = items.len();
    if count == 0 {
        return;
    }
    let items: Vec<String> = items.collect();
    let comma = if count == 1 { "," } else { "" };
    let _ = writeln!(out, "    _{name} = ({}{comma}),", items.join(","));
}

fn push_word(out: &mut String, word: u32) {
    for byte in word.to_be_bytes() {
        let _ = write!(out, "\\x{byte:02X}");
    }
}

fn four_bytes(number: u32) -> String {
    let mut out = String::with_capacity(16);
    push_word(&mut out, number);
    out
}

fn word(op: Opcode) -> String {
    four_bytes(op.raw() as u32)
}

/// Returns a name inside of a bytes literal; C allows characters that are not ASCII.
fn escaped(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_graphic() && byte != b'\'' && byte != b'\\' {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "\\x{byte:02X}");
        }
    }
    out
}
