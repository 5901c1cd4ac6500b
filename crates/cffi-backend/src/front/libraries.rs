//! The method `dlopen` of an object of `cffi.FFI`, and the libraries that it returns.
//!
//! A library is an object of a Python class of its own, as in the stock front end: functions and constants are put into
//! its dict when they are first used, and variables become properties of the class.

use std::ffi::CStr;

use super::parser::CdefParser;
use super::{calls, genuine, property, withheld};
use crate::ctype::CType;
use crate::inline::lookup::Global;
use crate::realize::arena;
use crate::realize::opcode::Made;
use crate::state::Module;
use crate::value::CData;
use cffi_rt::class::{self, OwnDict};
use cffi_rt::obj::OnceRef;
use cffi_rt::slots::method;
use cffi_rt::table::{Method, Table};
use cffi_rt::{
    Args, Exc, Obj, Owned, Py, R, Raised, attr, dict, function, made_class, num, raise, seq, text, types,
};

cffi_rt::class! {
    /// The state that the special methods of one library work on.
    pub(crate) struct InlineLibrary in c"_cffi_backend._InlineLibrary", collected {
        /// The parser, which knows the declarations: a `CdefParser`.
        parser: Owned,
        /// The open library: a `CLibrary`.
        library: Owned,
        /// The class of the library object.
        class: OnceRef<Obj>,
        /// The library object.
        object: OnceRef<Obj>,
        /// The pointers to variables that `addressof()` has made, by name.
        addresses: OwnDict,
    }
}

const DOC: &CStr = c"What the special methods of one library of cffi.FFI.dlopen() work on.";

/// The special methods of the class of a library. Each gets this object as its receiver.
static METHODS: Table<Method<InlineLibrary>, 6> = Table::methods([
    method!(one InlineLibrary, c"__getattr__", getattr, c"__getattr__(name, /)\n--\n\nLooks a declared name up in the library."),
    method!(fast InlineLibrary, c"__setattr__", setattr, c"__setattr__(name, value, /)\n--\n\nSets a global variable of the library."),
    method!(noargs InlineLibrary, c"__dir__", dir, c"__dir__()\n--\n\nThe declared names."),
    method!(fast InlineLibrary, c"__addressof__", addressof, c"__addressof__(library, name, /)\n--\n\nThe address of a function or global variable."),
    method!(one InlineLibrary, c"__cffi_close__", close, c"__cffi_close__(library, /)\n--\n\nCloses the library."),
    Method::END,
]);

/// FFI method `dlopen`.
pub(super) fn dlopen(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    let plain = calls::plain(&args, 1, 2) && {
        let name = args.get(0);
        name.is_none() || name.is_str() || name.downcast::<CData>().is_some()
    };
    let serves = plain && !parser.is_exported() && parser.serves(py)?;
    let object = parser.ffi.get().filter(|_| serves);
    let Some(object) = object.map(Obj::new_ref) else { return calls::genuine(py, parser, c"dlopen", args) };
    let zero = cffi_rt::num::from_i64(py, 0)?;
    let (name, flags) = (args.get(0), if args.len() == 2 { args.get(1) } else { &zero });
    let globals = calls::function_of(py, &object, "dlopen")?.getattr_str(py, "__globals__")?;
    let Some(load) = dict::get(py, &globals, &*text::interned(py, "_load_backend_lib")?)? else {
        return calls::genuine(py, parser, c"dlopen", args);
    };
    let library = load.call(py, &[&*object.getattr_str(py, "_backend")?, name, flags])?;
    let made = make(py, parser, &library, name)?;
    let attributes = attr::own_dict(py, &made)?;
    append(py, &object, "_function_caches", &attributes)?;
    append(py, &object, "_libraries", &made)?;
    Ok(made)
}

fn append(py: Py<'_>, object: &Obj, list: &str, item: &Obj) -> R<()> {
    object.getattr_str(py, list)?.getattr_str(py, "append")?.call(py, &[item]).map(drop)
}

/// Makes the library object and its class.
fn make(py: Py<'_>, parser: &CdefParser, library: &Obj, name: &Obj) -> R {
    let backend = parser.backend(py)?;
    let addresses = OwnDict::new(py)?;
    let state = class::create(py, &*class_of(py, &backend)?, |header| InlineLibrary {
        header,
        parser: parser.new_ref(),
        library: library.new_ref(),
        class: OnceRef::new(),
        object: OnceRef::new(),
        addresses,
    })?;
    let members = dict::new(py)?;
    for (name, definition) in function::definitions(METHODS.entries()) {
        let method = function::new(py, definition, &*state, None)?;
        dict::set(py, &members, &*text::interned(py, name.to_str().unwrap_or_default())?, &method)?;
    }
    let set = |key: &str, value: &str| -> R<()> {
        dict::set(py, &members, &*text::interned(py, key)?, &*text::new_str(py, value)?)
    };
    set("__module__", "cffi.api")?;
    set("__qualname__", "_make_ffi_library.<locals>.FFILibrary")?;
    let title =
        if name.is_str() { format!("FFILibrary_{}", text::lossy(py, name)) } else { "FFILibrary".to_owned() };
    let class =
        types::type_class(py).call(py, &[&*text::new_str(py, &title)?, &*seq::tuple(py, &[])?, &members])?;
    made_class::serve::<Attributes>(py, &class);
    let object = class.call(py, &[])?;
    state.class.set_or_get(class);
    state.object.set_or_get(object.new_ref());
    Ok(object)
}

/// The attributes of library objects: what the class has for variables, and the dict of the object has for all else, is found
/// without a look for special methods.
struct Attributes;

impl made_class::Access for Attributes {
    fn get(py: Py<'_>, object: &Obj, name: &Obj) -> R {
        match made_class::in_class(py, object, name) {
            Some(found) => {
                if let Some(variable) = property::variable(py, found) {
                    return variable.get(py);
                }
            }
            None => {
                if let Some(value) = made_class::in_object(py, object, name)? {
                    return Ok(value);
                }
            }
        }
        made_class::default_get(py, object, name)
    }
}

fn class_of(py: Py<'_>, backend: &Module) -> R {
    let place = &backend.state(py)?.front.library;
    match place.get(py) {
        Some(class) => Ok(class),
        None => Ok(place.set_or_get(py, class::spec::<InlineLibrary>(DOC).make(py, backend)?)),
    }
}

/// The kind of thing that a name of a library is.
enum Attribute {
    Function(Owned),
    Variable(Owned),
    Constant,
    Integer(Owned),
    Missing,
}

impl InlineLibrary {
    fn parser(&self, py: Py<'_>) -> R<&CdefParser> {
        self.parser.downcast().ok_or_else(|| raise!(py, System, "a library has lost its declarations"))
    }

    fn object(&self, py: Py<'_>) -> R {
        let object = self.object.get().map(Obj::new_ref);
        object.ok_or_else(|| raise!(py, System, "the library object is gone"))
    }

    fn class(&self, py: Py<'_>) -> R {
        let class = self.class.get().map(Obj::new_ref);
        class.ok_or_else(|| raise!(py, System, "the class of a library is gone"))
    }

    /// Calls a method of the open library.
    fn call(&self, py: Py<'_>, method: &str, args: &[&Obj]) -> R {
        self.library.getattr_str(py, method)?.call(py, args)
    }

    fn attribute(&self, py: Py<'_>, name: &Obj) -> R<Attribute> {
        let parser = self.parser(py)?;
        if !parser.is_genuine(py)
            && let Some(found) = declared(py, parser, name)?
        {
            return Ok(found);
        }
        let found = genuine::trial(py, parser, "attribute", &[parser, name])?;
        let Some(kind) = seq::tuple_item(&found, 0) else { return Ok(Attribute::Missing) };
        let value = seq::tuple_item(&found, 1).map_or_else(|| py.none(), Obj::new_ref);
        Ok(match text::utf8(py, kind)? {
            "function" => Attribute::Function(value),
            "variable" => Attribute::Variable(value),
            "constant" => Attribute::Constant,
            _ => Attribute::Integer(value),
        })
    }

    /// Puts an attribute into the dict of the library.
    fn put(&self, py: Py<'_>, name: &Obj, value: Owned) -> R {
        dict::set(py, &*attr::own_dict(py, &*self.object(py)?)?, name, &value)?;
        Ok(value)
    }

    fn function(&self, py: Py<'_>, name: &Obj, ct: &Obj) -> R {
        let value = self.call(py, "load_function", &[ct, name])?;
        self.put(py, name, value)
    }

    /// Makes a global variable a property of the class.
    fn variable(&self, py: Py<'_>, name: &Obj, ct: &Obj) -> R<()> {
        let class = self.class(py)?;
        let backend = self.parser(py)?.backend(py)?;
        let property = property::new(py, &backend, &self.library, ct, name)?;
        attr::set(py, &class, name, Some(&property))
    }
}

/// Returns what a name is by the declarations; `None` if the genuine parser has to decide, or to explain.
fn declared(py: Py<'_>, parser: &CdefParser, name: &Obj) -> R<Option<Attribute>> {
    let key = match text::utf8(py, name) {
        Ok(key) => key,
        Err(raised) => {
            py.err_clear(raised);
            return Ok(Some(Attribute::Missing));
        }
    };
    let core = parser.core(py)?;
    let Some(inline) = core.inline() else { return Ok(Some(Attribute::Missing)) };
    let (ty, function) = match inline.global(key) {
        None => return Ok(Some(Attribute::Missing)),
        Some(Global::Integer(value)) => return Ok(Some(Attribute::Integer(num::from_i128(py, value)?))),
        Some(Global::Constant) => return Ok(Some(Attribute::Constant)),
        Some(Global::Partial(_)) => return Ok(None),
        Some(Global::Function(ty)) => (ty, true),
        Some(Global::Variable { ty, .. }) => (ty, false),
    };
    let made = match arena::made(py, core, ty.into()) {
        Ok(made) => made,
        Err(raised) if py.err_matches(Exc::Memory) => return Err(raised),
        Err(raised) if withheld::has_no_stack_for_more(py) => {
            py.err_clear(raised);
            return Err(withheld::too_deep(py));
        }
        Err(raised) => {
            py.err_clear(raised);
            return Ok(None);
        }
    };
    Ok(match (made, function) {
        (made, true) => Some(Attribute::Function(made.either().into_obj())),
        (Made::Type(ct), false) => Some(Attribute::Variable(ct.into_obj())),
        (Made::Function(_), false) => None,
    })
}

#[cold]
fn missing(py: Py<'_>, name: &Obj) -> Raised {
    py.err_object(Exc::Attribute.object(py), name)
}

#[cold]
fn no_value(py: Py<'_>, name: &Obj) -> Raised {
    let name = text::lossy(py, name);
    raise!(py, NotImplemented, "non-integer constant '{name}' cannot be accessed from a dlopen() library")
}

fn getattr(py: Py<'_>, lib: &InlineLibrary, name: &Obj) -> R {
    match lib.attribute(py, name)? {
        Attribute::Function(ct) => lib.function(py, name, &ct),
        Attribute::Variable(ct) => {
            lib.variable(py, name, &ct)?;
            lib.call(py, "read_variable", &[&ct, name])
        }
        Attribute::Constant => Err(no_value(py, name)),
        Attribute::Integer(value) => lib.put(py, name, value),
        Attribute::Missing => Err(missing(py, name)),
    }
}

fn setattr(py: Py<'_>, lib: &InlineLibrary, args: Args<'_>) -> R {
    if !calls::plain(&args, 2, 2) {
        return Err(raise!(py, Type, "__setattr__() takes a name and a value"));
    }
    let (name, value) = (args.get(0), args.get(1));
    if made_class::USED
        && let Some(object) = lib.object.get()
        && let Some(variable) =
            made_class::in_class(py, object, name).and_then(|found| property::variable(py, found))
    {
        return variable.set(py, value).map(|()| py.none());
    }
    match lib.class(py)?.getattr(py, name) {
        Ok(property) => {
            let object = lib.object(py)?;
            return match attr::set_by(py, &property, &object, value) {
                Some(stored) => stored.map(|()| py.none()),
                None => property.getattr_str(py, "__set__")?.call(py, &[&*object, value]),
            };
        }
        Err(raised) if py.err_matches(Exc::Attribute) => py.err_clear(raised),
        Err(raised) => return Err(raised),
    }
    match lib.attribute(py, name)? {
        Attribute::Variable(ct) => {
            lib.variable(py, name, &ct)?;
            lib.call(py, "write_variable", &[&ct, name, value])
        }
        Attribute::Constant => Err(no_value(py, name)),
        Attribute::Missing => Err(missing(py, name)),
        Attribute::Function(_) | Attribute::Integer(_) => {
            let name = text::lossy(py, name);
            Err(raise!(py, Attribute, "'{name}' of a library is no global variable, and cannot be set"))
        }
    }
}

fn dir(py: Py<'_>, lib: &InlineLibrary) -> R {
    let parser = lib.parser(py)?;
    if parser.is_genuine(py) {
        return genuine::call(py, parser, "attributes", &[parser]);
    }
    let list = seq::new_list(py)?;
    if let Some(inline) = parser.core(py)?.inline() {
        for (name, _) in inline.global_names() {
            seq::push(py, &list, &*text::new_str(py, &name)?)?;
        }
    }
    Ok(list)
}

fn addressof(py: Py<'_>, lib: &InlineLibrary, args: Args<'_>) -> R {
    if !calls::plain(&args, 2, 2) {
        let given = args.len().saturating_sub(1);
        return Err(raise!(py, Type, "__addressof__() takes one name, not {given}"));
    }
    let name = args.get(1);
    if let Some(value) = dict::get(py, &*attr::own_dict(py, &*lib.object(py)?)?, name)? {
        return Ok(value);
    }
    if let Some(known) = dict::get(py, &lib.addresses, name)? {
        return Ok(known);
    }
    match lib.attribute(py, name)? {
        Attribute::Variable(ct) => {
            let Some(declared) = ct.downcast::<CType>() else { return Err(missing(py, name)) };
            let pointer = if declared.is_array() {
                Owned::of(declared)
            } else {
                crate::ctype::make::pointer_to(py, declared)?
            };
            let address = lib.call(py, "load_function", &[&pointer, name])?;
            dict::set(py, &lib.addresses, name, &address)?;
            Ok(address)
        }
        Attribute::Function(ct) => lib.function(py, name, &ct),
        Attribute::Integer(value) => lib.put(py, name, value),
        Attribute::Constant => Err(no_value(py, name)),
        Attribute::Missing => Err(missing(py, name)),
    }
}

fn close(py: Py<'_>, lib: &InlineLibrary, _object: &Obj) -> R {
    lib.call(py, "close_lib", &[])?;
    dict::clear(py, &*attr::own_dict(py, &*lib.object(py)?)?);
    Ok(py.none())
}
