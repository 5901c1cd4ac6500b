//! C source for the generated signatures.
//!
//! For signature 7: `f7` copies its arguments to the thread's `seen` buffer and returns what lies in `give`;
//! `c7` calls a function pointer with the arguments that lie in `give`, and puts the result into `seen`.

use std::fmt::Write;
use std::sync::Arc;

use crate::model::{ArgType, Signature, StructType};

use crate::types::{Declared, Flavour};

pub(crate) const BUFFER: usize = 8192;

/// Where argument `i` of a signature lies in the buffers.
pub(crate) fn offset(i: usize) -> usize {
    256 * i
}

/// Part `part` of `parts` of the program; each is compiled on its own.
pub(crate) fn program(structs: &[Declared], signatures: &[Signature], part: usize, parts: usize) -> String {
    let mut c = String::from("#include <stdarg.h>\n#include <string.h>\n");
    if part == 0 {
        let _ = writeln!(c, "__thread unsigned char seen[{BUFFER}], give[{BUFFER}];");
        c.push_str("unsigned char *get_seen(void) { return seen; }\n");
        c.push_str("unsigned char *get_give(void) { return give; }\n");
    } else {
        let _ = writeln!(c, "extern __thread unsigned char seen[{BUFFER}], give[{BUFFER}];");
    }
    for (i, s) in structs.iter().enumerate() {
        declare(&mut c, structs, i, s);
    }
    for (i, sig) in signatures.iter().enumerate().skip(part).step_by(parts) {
        callee(&mut c, structs, i, sig);
        if sig.fixed_args.is_none() {
            caller(&mut c, structs, i, sig);
        }
    }
    c
}

fn declare(c: &mut String, structs: &[Declared], index: usize, s: &Declared) {
    let _ = write!(c, "{} {{", tag(s, index));
    for (k, (_, ty, repeat)) in s.ty.fields.iter().enumerate() {
        let _ = write!(c, " {} m{k}", name(structs, ty));
        if *repeat > 1 {
            let _ = write!(c, "[{repeat}]");
        }
        c.push(';');
    }
    let attribute = match s.flavour {
        Flavour::Packed => " __attribute__((packed))",
        Flavour::Aligned => " __attribute__((aligned(32)))",
        Flavour::Plain | Flavour::Union => "",
    };
    let _ = writeln!(c, " }}{attribute};");
    let name = tag(s, index);
    let _ = writeln!(
        c,
        "_Static_assert(sizeof({name}) == {} && _Alignof({name}) == {}, \"layout\");",
        s.ty.size, s.ty.align
    );
}

fn callee(c: &mut String, structs: &[Declared], index: usize, sig: &Signature) {
    let fixed = sig.fixed_args.unwrap_or(sig.args.len());
    let mut parameters: Vec<String> =
        sig.args[..fixed].iter().enumerate().map(|(i, t)| format!("{} a{i}", name(structs, t))).collect();
    if sig.fixed_args.is_some() {
        parameters.push("...".to_owned());
    }
    if parameters.is_empty() {
        parameters.push("void".to_owned());
    }
    let result = name(structs, &sig.result);
    let _ = writeln!(c, "{result} f{index}({}) {{", parameters.join(", "));
    if sig.fixed_args.is_some() {
        let _ = writeln!(c, " va_list rest; va_start(rest, a{});", fixed - 1);
        for (i, ty) in sig.args.iter().enumerate().skip(fixed) {
            let ty = name(structs, ty);
            let _ = writeln!(c, " {ty} a{i} = va_arg(rest, {ty});");
        }
        c.push_str(" va_end(rest);\n");
    }
    for i in 0..sig.args.len() {
        let _ = writeln!(c, " memcpy(seen + {}, &a{i}, sizeof a{i});", offset(i));
    }
    if sig.result != ArgType::Void {
        let _ = writeln!(c, " {result} r; memcpy(&r, give, sizeof r); return r;");
    }
    c.push_str("}\n");
}

fn caller(c: &mut String, structs: &[Declared], index: usize, sig: &Signature) {
    let types: Vec<String> = sig.args.iter().map(|t| name(structs, t)).collect();
    let result = name(structs, &sig.result);
    let list = if types.is_empty() { "void".to_owned() } else { types.join(", ") };
    let _ = writeln!(c, "void c{index}({result} (*f)({list})) {{");
    for (i, ty) in types.iter().enumerate() {
        let _ = writeln!(c, " {ty} a{i}; memcpy(&a{i}, give + {}, sizeof a{i});", offset(i));
    }
    let arguments: Vec<String> = (0..types.len()).map(|i| format!("a{i}")).collect();
    let call = format!("f({})", arguments.join(", "));
    if sig.result == ArgType::Void {
        let _ = writeln!(c, " {call};\n}}");
    } else {
        let _ = writeln!(c, " {result} r = {call}; memcpy(seen, &r, sizeof r);\n}}");
    }
}

fn tag(s: &Declared, index: usize) -> String {
    format!("{} s{index}", if s.flavour == Flavour::Union { "union" } else { "struct" })
}

fn name(structs: &[Declared], ty: &ArgType) -> String {
    match ty {
        ArgType::Void => "void".to_owned(),
        ArgType::Int { size, signed } => {
            let base = match size {
                1 => "char",
                2 => "short",
                4 => "int",
                _ => "long long",
            };
            format!("{} {base}", if *signed { "signed" } else { "unsigned" })
        }
        ArgType::Float => "float".to_owned(),
        ArgType::Double => "double".to_owned(),
        ArgType::LongDouble => "long double".to_owned(),
        ArgType::Pointer => "void *".to_owned(),
        ArgType::Struct(s) => find(structs, s),
    }
}

fn find(structs: &[Declared], wanted: &Arc<StructType>) -> String {
    let index = structs.iter().position(|s| Arc::ptr_eq(&s.ty, wanted)).expect("a declared struct");
    tag(&structs[index], index)
}
