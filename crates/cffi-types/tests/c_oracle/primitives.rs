//! The table of primitive types against the compiler.

use std::fmt::Write as _;

use cffi_types::primitive::{PRIMITIVES, PrimKind, Primitive};

use crate::compile;

/// How C spells the type.
pub(crate) fn c_name(primitive: &Primitive) -> &'static str {
    match primitive.name {
        "_cffi_float_complex_t" => "float _Complex",
        "_cffi_double_complex_t" => "double _Complex",
        name => name,
    }
}

/// Compares size, alignment as a member, and signedness of all types.
pub(crate) fn check() {
    let mut source = String::from(
        "#include <stddef.h>\n#include <stdint.h>\n#include <stdio.h>\n#include <sys/types.h>\n\
         #include <uchar.h>\n#include <wchar.h>\nint main(void) {\n",
    );
    for primitive in &PRIMITIVES {
        let name = c_name(primitive);
        let signed = if primitive.is_integer() { format!("({name})-1 < ({name})1") } else { "1".to_owned() };
        let _ = writeln!(
            source,
            "    printf(\"%zu %zu %d\\n\", sizeof({name}), offsetof(struct {{ char c; {name} x; }}, x), {signed});"
        );
    }
    source.push_str("    return 0;\n}\n");
    let output = compile::run("primitives", &source);
    assert_eq!(output.lines().count(), PRIMITIVES.len());
    for (primitive, line) in PRIMITIVES.iter().zip(output.lines()) {
        let signed = match (primitive.kind, primitive.name) {
            (PrimKind::Char, "char") => core::ffi::c_char::MIN != 0,
            (PrimKind::Char, _) => primitive.signed_wchar,
            (PrimKind::Unsigned | PrimKind::Bool, _) => false,
            _ => true,
        };
        let expected = format!("{} {} {}", primitive.size, primitive.align, u8::from(signed));
        assert_eq!(line, expected, "{}", primitive.name);
    }
}
