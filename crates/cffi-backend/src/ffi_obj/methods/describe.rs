//! Methods by which the front end in Python (`ferrocffi.frontend`) reads texts and looks at the declarations.
//!
//! Types go to Python as numbers. A refused text is a tuple, not an exception: the front end has the words of the
//! exceptions.

use cffi_cdef::cdef::{CdefOptions, Refusal};
use cffi_types::decls::{Constant, DeclFlags, DeclKind};
use cffi_types::types::{Length, QualType, Quals, RecordId, Shape};
use cffi_types::{Symbol, TypeId};

use crate::decls::object::FfiObject;
use crate::inline::Inline;
use crate::inline::node::Node;
use crate::lib_obj::hooks as lib_hooks;
use crate::native::values;
use crate::realize::{arena, inline};
use cffi_rt::{Args, Obj, Owned, Params, Py, R, num, raise, seq, text};

const TAKE: Params = Params { function: "_take", names: &["", "", "", ""], required: 4 };

/// FFI method `_take`.
pub(crate) fn take(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let [Some(source), Some(replace), Some(pack), Some(dllexport)] = args.bind(py, &TAKE)? else {
        return Err(raise!(py, System, "an argument is missing"));
    };
    let (replace, dllexport) = (replace.is_true(py)?, dllexport.is_true(py)?);
    let pack = u8::try_from(num::arg_ssize(py, pack)?).unwrap_or(128);
    match inline::cdef(py, ffi, text::utf8(py, source)?, CdefOptions { pack, replace, dllexport })? {
        Ok(report) => {
            if replace {
                lib_hooks::forget_attributes(py, ffi)?;
            }
            inline::warn(py, ffi, &report)?;
            Ok(py.none())
        }
        Err(refusal) => refused(py, &refusal),
    }
}

/// FFI method `_type_number`.
pub(crate) fn type_number(py: Py<'_>, ffi: &FfiObject, source: &Obj) -> R {
    match inline::parse_type(py, ffi, text::utf8(py, source)?)? {
        Ok(ty) => values::tuple(py, &[number(py, ty.id())?, quals(py, ty)?]),
        Err(refusal) => refused(py, &refusal),
    }
}

/// Returns `(message, file, line, column)`.
fn refused(py: Py<'_>, refusal: &Refusal) -> R {
    let (message, file) = (text::new_str(py, &refusal.message)?, text::new_str(py, &refusal.file)?);
    let (line, column) = (num::from_u64(py, refusal.line.into())?, num::from_u64(py, refusal.column.into())?);
    values::tuple(py, &[message, file, line, column])
}

fn number(py: Py<'_>, ty: TypeId) -> R {
    num::from_u64(py, ty.number() as u64)
}

/// Returns qualifiers in the numbers of the stock front end.
fn quals(py: Py<'_>, ty: QualType) -> R {
    let has = |qual| ty.quals().contains(qual);
    let bits = u64::from(has(Quals::CONST))
        | u64::from(has(Quals::RESTRICT)) << 1
        | u64::from(has(Quals::VOLATILE)) << 2;
    num::from_u64(py, bits)
}

/// A declaration, copied from the session.
struct Row {
    kind: DeclKind,
    name: String,
    flags: DeclFlags,
    ty: QualType,
    value: Option<Value>,
}

enum Value {
    Integer(i128),
    Elided,
}

/// FFI method `_declared`: the declarations from a number on.
pub(crate) fn declared(py: Py<'_>, ffi: &FfiObject, first: &Obj) -> R {
    let first = usize::try_from(num::arg_ssize(py, first)?).unwrap_or(0);
    let rows: Vec<Row> = ffi.begin_inline(py)?.with(|session| {
        let decls = &session.decls;
        let row = |decl: &cffi_types::decls::Decl| Row {
            kind: decl.kind,
            name: decls.types.symbols.get(decl.name).to_owned(),
            flags: decl.flags,
            ty: decls.types.canonical(decl.ty),
            value: decl.value.and_then(|value| match *decls.constant(value) {
                Constant::Int { value, .. } => Some(Value::Integer(value)),
                Constant::Elided => Some(Value::Elided),
                _ => None,
            }),
        };
        decls.iter().skip(first).map(|(_, decl)| row(decl)).collect()
    });
    seq::list_with(py, rows.len(), |at| {
        let row = &rows[at];
        let value = match row.value {
            Some(Value::Integer(value)) => num::from_i128(py, value)?,
            Some(Value::Elided) => text::new_str(py, "...")?,
            None => py.none(),
        };
        let names = FLAGS.iter().filter(|(flag, _)| row.flags.contains(*flag)).map(|(_, name)| *name);
        let names: Vec<&str> = names.collect();
        let flags = seq::tuple_with(py, names.len(), |at| text::new_str(py, names[at]))?;
        let (kind, name) = (text::new_str(py, row.kind.name())?, text::new_str(py, &row.name)?);
        values::tuple(py, &[kind, name, flags, number(py, row.ty.id())?, quals(py, row.ty)?, value])
    })
}

/// The flags that the front end needs, with their names.
const FLAGS: [(DeclFlags, &str); 7] = [
    (DeclFlags::STATIC, "static"),
    (DeclFlags::EXTERN, "extern"),
    (DeclFlags::INLINE, "inline"),
    (DeclFlags::EXTERN_PYTHON, "extern_python"),
    (DeclFlags::EXTERN_PYTHON_PLUS_C, "extern_python_plus_c"),
    (DeclFlags::REPEATED, "repeated"),
    (DeclFlags::INCLUDED, "included"),
];

/// FFI method `_integers`: a dict of the integer constants.
pub(crate) fn integers(py: Py<'_>, ffi: &FfiObject) -> R {
    let list: Vec<(String, i128)> = ffi.begin_inline(py)?.with(|session| {
        let name = |symbol: Symbol| session.decls.types.symbols.get(symbol).to_owned();
        session.constants().map(|(symbol, value)| (name(symbol), value)).collect()
    });
    let found = cffi_rt::dict::new(py)?;
    for (name, value) in list {
        cffi_rt::dict::set(py, &found, &*text::new_str(py, &name)?, &*num::from_i128(py, value)?)?;
    }
    Ok(found)
}

fn given(py: Py<'_>, given: &Obj) -> R<TypeId> {
    Ok(TypeId::from_number(u32::try_from(num::arg_ssize(py, given)?).unwrap_or(0)))
}

/// FFI method `_made`: the ctype of a type; of a function type, that of the pointer to it.
pub(crate) fn made(py: Py<'_>, ffi: &FfiObject, ty: &Obj) -> R {
    let ty = given(py, ty)?;
    Ok(arena::made(py, ffi, ty.into())?.either().into_obj())
}

/// FFI method `_type_node`: what a type consists of, as a tuple that begins with the word for its kind.
pub(crate) fn type_node(py: Py<'_>, ffi: &FfiObject, ty: &Obj) -> R {
    let inline = ffi.begin_inline(py)?;
    let ty = inline.canonical(given(py, ty)?.into());
    let shape = inline.with(|session| session.decls.types.shape(ty));
    let word = |word: &str| text::new_str(py, word);
    match shape {
        Shape::Pointer(to) => {
            let to = inline.with(|session| session.decls.types.canonical(to));
            values::tuple(py, &[word("pointer")?, number(py, to.id())?, quals(py, to)?])
        }
        Shape::Array { item, length } => {
            let item = inline.with(|session| session.decls.types.canonical(item));
            let length = match length {
                Length::Fixed(length) => num::from_u64(py, length)?,
                Length::Elided => word("...")?,
                Length::Open | Length::Variable => py.none(),
            };
            values::tuple(py, &[word("array")?, number(py, item.id())?, length, quals(py, item)?])
        }
        Shape::Record(id) => record(py, inline, ty, id),
        _ => leaf(py, inline, ty),
    }
}

/// Returns the description of a type other than a pointer, an array, a struct or a union.
fn leaf(py: Py<'_>, inline: &Inline, ty: TypeId) -> R {
    let word = |word: &str| text::new_str(py, word);
    match inline.node(py, ty)? {
        Node::Void => values::tuple(py, &[word("void")?]),
        Node::Primitive(prim) => values::tuple(py, &[word("primitive")?, word(prim.name())?]),
        Node::Function(signature) => {
            let params = &signature.params;
            let params = seq::tuple_with(py, params.len(), |at| number(py, params[at]))?;
            let (result, variadic) = (number(py, signature.result)?, py.bool(signature.variadic));
            let convention = word(signature.convention.spelling())?;
            values::tuple(py, &[word("function")?, result, params, variadic, convention])
        }
        Node::Enum(e) => {
            let list = seq::list_with(py, e.enumerators.len(), |at| {
                let (name, value) = &e.enumerators[at];
                values::tuple(py, &[word(name)?, num::from_i128(py, *value)?])
            })?;
            let (defined, tag) = inline.with(|session| match session.decls.types.shape(ty) {
                Shape::Enum(id) => {
                    let e = session.decls.types.enum_of(id);
                    (e.defined, session.decls.types.symbols.get(e.tag).to_owned())
                }
                _ => (true, String::new()),
            });
            let items: [Owned; 7] = [
                word("enum")?,
                word(&e.name)?,
                list,
                py.bool(e.partial),
                number(py, e.base)?,
                py.bool(defined),
                word(&tag)?,
            ];
            values::tuple(py, &items)
        }
        Node::File => values::tuple(py, &[word("file")?]),
        Node::Opaque { name } => values::tuple(py, &[word("opaque")?, word(&name)?]),
        Node::Unknown { name, kind } => values::tuple(py, &[word(kind)?, word(&name)?]),
        Node::Unsupported(spelling) | Node::Vector { name: spelling, .. } => {
            values::tuple(py, &[word("unsupported")?, word(&spelling)?])
        }
        Node::BitInt(of) => values::tuple(py, &[word("unsupported")?, word(&of.name())?]),
        Node::Pointer(_) | Node::Array { .. } | Node::Record(_) => {
            Err(raise!(py, System, "a type has changed its kind"))
        }
    }
}

/// Returns the description of a struct or union.
fn record(py: Py<'_>, inline: &Inline, ty: TypeId, id: RecordId) -> R {
    let word = |word: &str| text::new_str(py, word);
    if matches!(inline.node(py, ty)?, Node::File) {
        return values::tuple(py, &[word("file")?]);
    }
    let Some(body) = inline.body(py, ty)? else { return Err(raise!(py, System, "a struct has no members")) };
    let (record, alias, tag, field_quals) = inline.with(|session| {
        let types = &session.decls.types;
        let record = *types.record(id);
        let name = |symbol: Symbol| types.symbols.get(symbol).to_owned();
        let quals: Vec<QualType> = types.fields(id).iter().map(|field| types.canonical(field.ty)).collect();
        (record, name(record.alias), name(record.tag), quals)
    });
    let fields = if record.is_defined() {
        seq::list_with(py, body.fields.len(), |at| {
            let field = &body.fields[at];
            let bits = match field.bits {
                Some(bits) => num::from_u64(py, bits.into())?,
                None => num::from_i64(py, -1)?,
            };
            let quals = field_quals.get(at).map_or_else(|| num::from_i64(py, 0), |ty| quals(py, *ty))?;
            values::tuple(py, &[word(&field.name)?, number(py, field.ty)?, bits, quals])
        })?
    } else {
        py.none()
    };
    let pack = if record.attributes.packed { 1 } else { record.attributes.pack };
    let items: [Owned; 7] = [
        word(record.kind.keyword())?,
        word(&body.tag)?,
        word(&alias)?,
        fields,
        py.bool(record.attributes.partial),
        num::from_u64(py, pack.into())?,
        py.bool(tag.is_empty()),
    ];
    values::tuple(py, &items)
}
