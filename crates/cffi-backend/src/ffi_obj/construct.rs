//! The constructor `FFI(...)`, which modules written by `emit_python_code()` call with their tables.

use cffi_abi::module::version_is_known;
use cffi_parse::tables::{IntConstant, TableError, TablesBuilder};

use crate::decls::declarations::Declarations;
use crate::decls::decoded::Decoded;
use crate::decls::object;
use crate::decls::object::FfiObject;
use crate::state::State;
use cffi_rt::args::{CallArgs, Params, Place};
use cffi_rt::seq::tuple_items;
use cffi_rt::{Obj, Owned, Py, R, Raised, num, raise, text};

const PARAMS: Params = Params {
    function: "FFI",
    names: &[
        "module_name",
        "_version",
        "_types",
        "_globals",
        "_struct_unions",
        "_enums",
        "_typenames",
        "_includes",
    ],
    required: 0,
};

/// `tp_new`. Makes an object without declarations. The arguments are for `tp_init`, which a subclass may leave out.
pub(crate) fn make(py: Py<'_>, class: &Obj) -> R {
    object::of_class(py, class).map(Owned::into_obj)
}

/// `tp_init`.
pub(crate) fn begin(py: Py<'_>, ffi: &FfiObject, args: &Obj, keywords: Option<&Obj>) -> R<()> {
    let args = CallArgs::new(py, args, keywords)?;
    init(py, ffi, &Given::new(py, &args)?)
}

/// The arguments, checked for the right types.
struct Given<'a> {
    module: &'a str,
    version: isize,
    types: &'a [u8],
    globals: Option<&'a Obj>,
    struct_unions: Option<&'a Obj>,
    enums: Option<&'a Obj>,
    typenames: Option<&'a Obj>,
    includes: Option<&'a Obj>,
}

impl<'a> Given<'a> {
    fn new(py: Py<'_>, args: &'a CallArgs) -> R<Given<'a>> {
        let given: [Option<&Obj>; 8] = args.args().bind(py, &PARAMS)?;
        let place = |i: usize| Place { function: "FFI", number: i + 1 };
        let tuple = |i: usize| given[i].map(|o| place(i).tuple(py, o)).transpose();
        Ok(Given {
            module: given[0].map_or(Ok("?"), |o| place(0).text(py, o))?,
            version: given[1].map_or(Ok(-1), |o| num::arg_ssize(py, o))?,
            types: given[2].map_or(Ok(&[][..]), |o| bytes(py, o, &place(2)))?,
            globals: tuple(3)?,
            struct_unions: tuple(4)?,
            enums: tuple(5)?,
            typenames: tuple(6)?,
            includes: tuple(7)?,
        })
    }
}

/// Returns the bytes of a `bytes`, or of a `str` in UTF-8.
fn bytes<'a>(py: Py<'_>, obj: &'a Obj, place: &Place) -> R<&'a [u8]> {
    if obj.is_str() {
        return text::utf8(py, obj).map(str::as_bytes);
    }
    obj.as_bytes().ok_or_else(|| match obj.has_buffer() {
        true => place.wrong(py, "read-only bytes-like object", obj),
        false => raise!(py, Type, "a bytes-like object is required, not '{}'", obj.type_name()),
    })
}

fn init(py: Py<'_>, ffi: &FfiObject, given: &Given<'_>) -> R<()> {
    if !ffi.begin_init() {
        return Err(raise!(py, Value, "cannot call FFI.__init__() more than once"));
    }
    if given.version == -1 && given.types.is_empty() {
        return Ok(());
    }
    if !version_is_known(given.version) {
        return Err(raise!(
            py,
            Import,
            "cffi out-of-line Python module '{}' has unknown version 0x{:x}",
            given.module,
            given.version
        ));
    }
    let tables = build(py, given)?;
    let includes = includes(py, ffi.context().state(), given)?;
    let tables = py.room(Decoded::new(tables))?;
    py.room(ffi.context().set(Declarations::new(tables), includes))?;
    Ok(())
}

/// Gives the tables to the builder, which checks them.
fn build(py: Py<'_>, given: &Given<'_>) -> R<cffi_parse::tables::Tables> {
    let mut builder = TablesBuilder::new();
    let damaged = |e: TableError| damaged(py, given, &e);
    let (globals, struct_unions) = (items(given.globals), items(given.struct_unions));
    builder.reserve(globals.len() / 2, struct_unions.len()).map_err(damaged)?;
    builder.types(given.types).map_err(damaged)?;
    // A name without a value at the end is ignored.
    for pair in globals.chunks_exact(2) {
        if builder.global(entry(py, pair[0], "_globals")?).map_err(damaged)? {
            builder.value(constant(py, pair[1])?);
        }
    }
    for item in struct_unions {
        if !item.is_tuple() {
            return Err(wrong(py, "_struct_unions", "tuples", item));
        }
        for (i, part) in tuple_items(item).iter().enumerate() {
            let part = entry(py, part, "_struct_unions")?;
            let added = if i == 0 { builder.struct_union(part) } else { builder.field(part) };
            added.map_err(damaged)?;
        }
    }
    for item in items(given.enums) {
        builder.enumeration(entry(py, item, "_enums")?).map_err(damaged)?;
    }
    for item in items(given.typenames) {
        builder.typename(entry(py, item, "_typenames")?).map_err(damaged)?;
    }
    builder.finish().map_err(damaged)
}

#[cold]
fn damaged(py: Py<'_>, given: &Given<'_>, e: &TableError) -> Raised {
    if *e == TableError::NoMemory {
        return py.no_memory();
    }
    raise!(py, Import, "cffi out-of-line Python module '{}' has wrong tables: {e}", given.module)
}

/// Returns the items of a tuple, or none if there is no tuple.
fn items(tuple: Option<&Obj>) -> &[&Obj] {
    tuple.map_or(&[], tuple_items)
}

/// Returns an item that has to be `bytes`.
fn entry<'a>(py: Py<'_>, item: &'a Obj, table: &str) -> R<&'a [u8]> {
    item.as_bytes().ok_or_else(|| wrong(py, table, "bytes", item))
}

#[cold]
fn wrong(py: Py<'_>, table: &str, expected: &str, got: &Obj) -> Raised {
    raise!(py, Type, "FFI() argument '{table}' must be made of {expected}, not {}", got.type_name())
}

/// Returns the value of a constant: 64 bits, and whether they are signed.
fn constant(py: Py<'_>, value: &Obj) -> R<IntConstant> {
    let value = num::as_index(py, value)?;
    Ok(IntConstant { non_positive: num::is_non_positive(py, &value), bits: num::int_wrapping(py, &value)? })
}

fn includes(py: Py<'_>, st: &State, given: &Given<'_>) -> R<Vec<Owned<FfiObject>>> {
    py.try_collect(items(given.includes).iter().map(|item| match FfiObject::cast(st, item) {
        Some(ffi) => Ok(Owned::of(ffi)),
        None => Err(wrong(py, "_includes", "FFI objects", item)),
    }))
}
