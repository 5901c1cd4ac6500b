//! Construction of ctypes from opcodes.

use cffi_abi::{
    END_ELLIPSIS, IO_FILE_STRUCT, Op, Opcode, Primitive, UNKNOWN_FLOAT_PRIM, UNKNOWN_LONG_DOUBLE,
    UNKNOWN_PRIM,
};
use cffi_types::primitive;

use crate::ctype::{BitInt, CType, function, make, new_function};
use crate::decls::context::Context;
use crate::decls::entries::Word;
use crate::realize::depth::Depth;
use crate::realize::words::{Words, bad_index, word};
use crate::realize::{circular, enums, pending, structs};
use cffi_rt::{Owned, Py, R, Raised, raise};

/// A type, or a function type, of which C has no values: only pointers to it.
pub(crate) enum Made {
    Type(Owned<CType>),
    /// The type of pointers to the function.
    Function(Owned<CType>),
}

impl Made {
    /// Returns the type, or for a function the type of pointers to it.
    pub(crate) fn either(self) -> Owned<CType> {
        match self {
            Made::Type(ct) | Made::Function(ct) => ct,
        }
    }
}

/// Makes the type at word `i`; a function is refused.
pub(crate) fn ctype(py: Py<'_>, cx: &Context, words: Words<'_>, i: usize) -> R<Owned<CType>> {
    match made(py, cx, words, i)? {
        Made::Type(ct) => Ok(ct),
        Made::Function(ct) => Err(function_where_type(py, cx, &ct)),
    }
}

/// Makes the error for a function type where a pointer is needed.
#[cold]
pub(crate) fn function_where_type(py: Py<'_>, cx: &Context, ct: &CType) -> Raised {
    let name = ct.cname();
    // `int(*)(int)` is a pointer to the function type `int(int)`.
    let (head, tail) = (name.head(), name.tail());
    let head = head.strip_suffix("(*").unwrap_or(head);
    let tail = tail.strip_prefix(')').unwrap_or(tail);
    let text = format_args!("the type '{head}{tail}' is a function type, not a pointer-to-function type");
    cx.state().ffi_error(py, text)
}

/// Makes the type or function at word `i`.
pub(crate) fn made(py: Py<'_>, cx: &Context, words: Words<'_>, i: usize) -> R<Made> {
    let op = match word(py, cx, words, i) {
        Some(Word::Made(made)) => {
            let ct = made.new_ref();
            pending::settle(py, &ct)?;
            return Ok(Made::Type(ct));
        }
        Some(Word::Op(op)) => op,
        None => return Err(bad_index(py, cx, i)),
    };
    let _depth = Depth::enter(py).map_err(|raised| circular::explain(py, cx, words, i, raised))?;
    let result = make_now(py, cx, words, op, i)?;
    if let (Words::Table, Made::Type(ct)) = (words, &result) {
        cx.keep(py, i, ct);
        // C code refers to the first of the words of a complex type, wherever the type has been needed.
        if op.op() == Ok(Op::Primitive) && ct.access.is_complex() {
            cx.decl().set_made_everywhere(py, op, ct);
        }
    }
    Ok(result)
}

/// Returns the type of entry `entry` of the structs or enums (`op` tells which), if it has been made: its word is the
/// one at `at`.
///
/// # Errors
/// `ffi.error` if the word belongs to another entry. Its place would get the wrong type.
pub(crate) fn own_type(py: Py<'_>, cx: &Context, at: usize, op: Op, entry: usize) -> R<Option<Owned<CType>>> {
    match cx.decl().word(py, at) {
        Some(Word::Made(made)) => Ok(Some(made.new_ref())),
        Some(Word::Op(found)) if found == Opcode::new(op, entry.cast_signed()) => Ok(None),
        _ => {
            let what = if op == Op::Enum { "enum" } else { "struct or union" };
            let text =
                format_args!("{what} {entry} does not refer to its own type in the tables of this module");
            Err(cx.state().ffi_error(py, text))
        }
    }
}

/// Returns the argument of an opcode as an index.
fn index(py: Py<'_>, cx: &Context, op: Opcode) -> R<usize> {
    op.index().ok_or_else(|| bad_index(py, cx, usize::MAX))
}

fn make_now(py: Py<'_>, cx: &Context, words: Words<'_>, op: Opcode, i: usize) -> R<Made> {
    Ok(Made::Type(match op.op() {
        Ok(Op::Primitive) => by_number(py, cx, op.arg())?,
        Ok(Op::Pointer) => match made(py, cx, words, index(py, cx, op)?)? {
            Made::Type(item) => make::pointer_to(py, &item)?,
            Made::Function(pointer) => pointer,
        },
        Ok(Op::Array) => {
            let length = match words {
                Words::Table => cx.decl().raw_word(i + 1),
                Words::Parsed(p) => p.get(i + 1).map(|w| w.raw()),
            };
            let Some(length) = length else { return Err(bad_index(py, cx, i + 1)) };
            array(py, cx, words, op, length.cast_signed())?
        }
        Ok(Op::OpenArray) => array(py, cx, words, op, -1)?,
        Ok(Op::StructUnion) if op.arg() == IO_FILE_STRUCT => structs::file(py, cx.state())?,
        Ok(Op::StructUnion) => structs::realize(py, cx, index(py, cx, op)?)?,
        Ok(Op::Enum) => enums::realize(py, cx, index(py, cx, op)?)?,
        Ok(Op::Function) => return function(py, cx, words, i).map(Made::Function),
        Ok(Op::Noop) => return made(py, cx, words, index(py, cx, op)?),
        Ok(Op::Typename) => {
            let i = index(py, cx, op)?;
            // A typedef's type is in the table of types, even if its name was parsed.
            let Some((_, type_index)) = cx.decl().typename(i) else { return Err(bad_index(py, cx, i)) };
            return made(py, cx, Words::Table, type_index);
        }
        _ => return Err(raise!(py, NotImplemented, "op={}", op.number())),
    }))
}

/// Makes a primitive type, or void, by its number.
pub(crate) fn by_number(py: Py<'_>, cx: &Context, number: isize) -> R<Owned<CType>> {
    let error = match number {
        _ if number == Primitive::Void.number() => return make::void(py, cx.state()),
        UNKNOWN_PRIM => "primitive integer type with an unexpected size (or not an integer type at all)",
        UNKNOWN_FLOAT_PRIM => {
            "primitive floating-point type with an unexpected size (or not a float type at all)"
        }
        UNKNOWN_LONG_DOUBLE => {
            "primitive floating-point type is 'long double', not supported for now with the syntax \
             'typedef double... xxx;'"
        }
        _ => {
            return match usize::try_from(number).ok().and_then(primitive::by_number) {
                Some(p) => make::primitive(py, cx.state(), p),
                None if let Some((signed, bits)) = cffi_abi::bit_int(number) => {
                    make::bit_int(py, cx.state(), BitInt { signed, bits })
                }
                None => Err(raise!(py, NotImplemented, "prim={number}")),
            };
        }
    };
    Err(cx.state().ffi_error(py, format_args!("{error}")))
}

fn array(py: Py<'_>, cx: &Context, words: Words<'_>, op: Opcode, length: isize) -> R<Owned<CType>> {
    let item = ctype(py, cx, words, index(py, cx, op)?)?;
    pending::settle_now(py, &item)?;
    let pointer = make::pointer_to(py, &item)?;
    make::array_of(py, &pointer, length)
}

/// The declaration of a function, with its types made.
pub(crate) struct Signature {
    pub(crate) result: Owned<CType>,
    /// The argument types, as declared.
    pub(crate) args: Vec<Owned<CType>>,
    /// The word after the last argument.
    end: Opcode,
}

/// Makes the result and the arguments of the function at word `i`. Types that are made are kept in the table.
pub(crate) fn signature(py: Py<'_>, cx: &Context, words: Words<'_>, i: usize) -> R<Signature> {
    let op = match word(py, cx, words, i) {
        Some(Word::Op(op)) if op.op() == Ok(Op::Function) => op,
        _ => return Err(cx.state().ffi_error(py, format_args!("type {i} of this module is no function"))),
    };
    let result = ctype(py, cx, words, index(py, cx, op)?)?;
    let mut args = Vec::new();
    let mut at = i + 1;
    let end = loop {
        match word(py, cx, words, at) {
            Some(Word::Op(op)) if op.op() == Ok(Op::FunctionEnd) => break op,
            Some(_) => py.push(&mut args, ctype(py, cx, words, at)?)?,
            None => return Err(bad_index(py, cx, at)),
        }
        at += 1;
    };
    Ok(Signature { result, args, end })
}

fn function(py: Py<'_>, cx: &Context, words: Words<'_>, i: usize) -> R<Owned<CType>> {
    let Signature { result, args, end } = signature(py, cx, words, i)?;
    let ellipsis = end.arg() & END_ELLIPSIS != 0;
    let abi = match end.arg() & 0xFE {
        0 => function::default_abi(),
        2 => function::stdcall_abi(),
        other => {
            return Err(cx.state().ffi_error(py, format_args!("abi number {other} not supported")));
        }
    };
    for ct in args.iter().chain([&result]) {
        pending::settle_now(py, ct)?;
    }
    new_function::new(py, args, &result, ellipsis, abi)
}
