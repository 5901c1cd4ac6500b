//! The methods that run compiled on an object of `cffi.FFI`.
//!
//! `set_ffi` puts them into the dict of the object, in front of the methods of the class. Each serves the plain calls:
//! positional arguments, and type strings whose ctype is known or can be made from the declarations. Everything else,
//! errors of type strings among them, goes on to the method of the class, whose behaviour is thereby kept.

use pyo3_ffi as ffi;

use super::calls::{self, bound_ctype, either, plain};
use super::parser::{CdefParser, is_exact_str};
use super::{libraries, texts};
use crate::callback;
use crate::cdata::newp::Source;
use crate::cdata::{
    cast as casts, from_buffer as buffers, gcp, memory, newp, offset, own_gc, release, string, unpack,
};
use crate::ctype::{CType, api, make};
use crate::value::{CData, alloc};
use cffi_rt::slots::{METHODS_END, Table, method};
use cffi_rt::{Args, Obj, Owned, Py, R, num, text};

/// All methods, in alphabetical order.
pub(super) static METHODS: Table<ffi::PyMethodDef, 23> = Table([
    method!(fast CdefParser, c"_typeof", typeof_text, c"_typeof($self, /, cdecl, consider_function_as_funcptr=False)\n--\n\nThe ctype of a type string."),
    method!(fast CdefParser, c"addressof", addressof, c"addressof($self, cdata, /, *fields_or_indexes)\n--\n\nThe address of a struct, union, array, field or item, as a pointer cdata."),
    method!(fast CdefParser, c"alignof", alignof, c"alignof($self, /, cdecl)\n--\n\nThe alignment of a type in bytes."),
    method!(fast CdefParser, c"callback", callback_, c"callback($self, /, cdecl, python_callable=None, error=None, onerror=None)\n--\n\nA C function pointer that calls a Python function; without it, a decorator that makes one."),
    method!(fast CdefParser, c"cast", cast, c"cast($self, /, cdecl, source)\n--\n\nConverts between numbers, characters and pointers as a C cast does."),
    method!(fast CdefParser, c"cdef", texts::cdef, c"cdef($self, /, csource, override=False, packed=False, pack=None)\n--\n\nAdds the declarations of a text of C."),
    method!(fast CdefParser, c"dlopen", libraries::dlopen, c"dlopen($self, /, name, flags=0)\n--\n\nOpens a dynamic library; None is the program itself."),
    method!(fast CdefParser, c"from_buffer", from_buffer, c"from_buffer($self, /, cdecl, python_buffer=..., require_writable=False)\n--\n\nA cdata at the memory of an object with the buffer interface, without a copy."),
    method!(fast CdefParser, c"from_handle", from_handle, c"from_handle($self, /, x)\n--\n\nThe Python object of a handle."),
    method!(fast CdefParser, c"gc", gc, c"gc($self, /, cdata, destructor, size=0)\n--\n\nA copy of a pointer that calls the destructor when it is garbage."),
    method!(fast CdefParser, c"getctype", getctype, c"getctype($self, /, cdecl, replace_with='')\n--\n\nThe C name of a type, with a text put where the name of a variable goes."),
    method!(fast CdefParser, c"list_types", texts::list_types, c"list_types($self, /)\n--\n\nThe names of the declared types: (typedefs, structs, unions)."),
    method!(fast CdefParser, c"memmove", memmove, c"memmove($self, /, dest, src, n)\n--\n\nCopies n bytes between cdata and objects with the buffer interface."),
    method!(fast CdefParser, c"new", new, c"new($self, /, cdecl, init=None)\n--\n\nAllocates memory for a pointer or array type, and stores an initializer."),
    method!(fast CdefParser, c"new_handle", new_handle, c"new_handle($self, /, x)\n--\n\nA 'void *' that stands for a Python object."),
    method!(fast CdefParser, c"offsetof", offsetof, c"offsetof($self, cdecl, /, *fields_or_indexes)\n--\n\nThe offset in bytes of a field or item."),
    method!(fast CdefParser, c"release", release_, c"release($self, /, x)\n--\n\nGives up now what a cdata owns."),
    method!(fast CdefParser, c"sizeof", sizeof, c"sizeof($self, /, cdecl)\n--\n\nThe size in bytes of a type or cdata."),
    method!(fast CdefParser, c"string", string_, c"string($self, /, cdata, maxlen=-1)\n--\n\nA Python copy of a C string."),
    method!(fast CdefParser, c"typeof", typeof_, c"typeof($self, /, cdecl)\n--\n\nThe ctype of a type string or cdata."),
    method!(fast CdefParser, c"unpack", unpack_, c"unpack($self, /, cdata, length)\n--\n\nA Python copy of a number of items."),
    METHODS_END,
    METHODS_END,
]);

/// Returns the only argument, if there is no other and it is given by position.
#[inline]
fn one<'a>(args: &Args<'a>) -> Option<&'a Obj> {
    plain(args, 1, 1).then(|| args.get(0))
}

fn typeof_(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if let Some(arg) = one(&args) {
        if let Some(cd) = arg.downcast::<CData>() {
            return Ok(cd.ct().new_ref().into_obj());
        }
        if is_exact_str(arg)
            && let Some(ct) = bound_ctype(py, parser, arg)?
        {
            return Ok(ct.into_obj());
        }
    }
    calls::genuine(py, parser, "typeof", args)
}

fn typeof_text(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if let Some(arg) = one(&args)
        && is_exact_str(arg)
        && let Some(ct) = bound_ctype(py, parser, arg)?
    {
        return Ok(ct.into_obj());
    }
    // The method `callback` of the class asks with `consider_function_as_funcptr=True`.
    if args.len() == 1
        && args.keywords() == 1
        && args.keyword(0).1.as_bool() == Some(true)
        && is_exact_str(args.get(0))
        && let Some(ct) = either(py, parser, args.get(0))?
    {
        return Ok(ct.into_obj());
    }
    calls::genuine(py, parser, "_typeof", args)
}

fn sizeof(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if let Some(arg) = one(&args) {
        if let Some(cd) = arg.downcast::<CData>() {
            return num::from_isize(py, offset::size_of_data(py, cd)?);
        }
        if let Some(ct) = bound_ctype(py, parser, arg)? {
            ct.force(py)?;
            if ct.size() >= 0 {
                return num::from_isize(py, ct.size());
            }
        }
    }
    calls::genuine(py, parser, "sizeof", args)
}

fn alignof(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if let Some(arg) = one(&args)
        && let Some(ct) = bound_ctype(py, parser, arg)?
    {
        return num::from_isize(py, api::alignment(py, &ct)?);
    }
    calls::genuine(py, parser, "alignof", args)
}

fn offsetof(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if plain(&args, 2, usize::MAX)
        && let Some(ct) = bound_ctype(py, parser, args.get(0))?
        && let Some((_, offset)) = follow(py, ct, args)?
    {
        return num::from_isize(py, offset);
    }
    calls::genuine(py, parser, "offsetof", args)
}

/// Follows the fields and indices after the first argument. Returns the type there and the offset in bytes; `None` if
/// the offset is too large.
fn follow(py: Py<'_>, mut ct: Owned<CType>, args: Args<'_>) -> R<Option<(Owned<CType>, isize)>> {
    let mut offset: isize = 0;
    for i in 1..args.len() {
        let (next, more) = offset::type_offset(py, &ct, args.get(i), i > 1)?;
        ct = next;
        match offset.checked_add(more) {
            Some(sum) => offset = sum,
            None => return Ok(None),
        }
    }
    Ok(Some((ct, offset)))
}

fn addressof(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if plain(&args, 1, usize::MAX)
        && let Some(cd) = args.get(0).downcast::<CData>()
    {
        let ct = cd.ct();
        let serves = ct.is_aggregate() || ct.is_array() || (args.len() > 1 && ct.is_pointer());
        if serves && let Some((ct, offset)) = follow(py, Owned::of(ct), args)? {
            let pointer = make::pointer_to(py, &ct)?;
            return alloc::view(py, &pointer, cd.data().wrapping_offset(offset)).map(Owned::into_obj);
        }
    }
    calls::genuine(py, parser, "addressof", args)
}

fn new(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if plain(&args, 1, 2)
        && let Some(ct) = bound_ctype(py, parser, args.get(0))?
    {
        let init = (args.len() == 2).then(|| args.get(1)).filter(|init| !init.is_none());
        return newp::new(py, &ct, init, &Source::Own { zero: true }).map(Owned::into_obj);
    }
    calls::genuine(py, parser, "new", args)
}

fn cast(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if plain(&args, 2, 2)
        && let Some(ct) = bound_ctype(py, parser, args.get(0))?
    {
        return casts::to(py, &ct, args.get(1)).map(Owned::into_obj);
    }
    calls::genuine(py, parser, "cast", args)
}

fn string_(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if plain(&args, 1, 2) {
        return string::string(py, parser, args);
    }
    calls::genuine(py, parser, "string", args)
}

fn unpack_(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if plain(&args, 2, 2) {
        return unpack::unpack(py, parser, args);
    }
    calls::genuine(py, parser, "unpack", args)
}

fn memmove(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if plain(&args, 3, 3) {
        return memory::memmove(py, parser, args);
    }
    calls::genuine(py, parser, "memmove", args)
}

fn gc(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if plain(&args, 2, 3) {
        return gcp::gcp(py, parser, args);
    }
    calls::genuine(py, parser, "gc", args)
}

fn from_buffer(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if plain(&args, 1, 1) {
        let ct = make::char_array(py, parser.core(py)?.context().state())?;
        return buffers::new(py, &ct, args.get(0), false).map(Owned::into_obj);
    }
    if plain(&args, 2, 2)
        && let Some(ct) = bound_ctype(py, parser, args.get(0))?
    {
        return buffers::new(py, &ct, args.get(1), false).map(Owned::into_obj);
    }
    calls::genuine(py, parser, "from_buffer", args)
}

fn new_handle(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if let Some(arg) = one(&args) {
        let ct = make::void_pointer(py, parser.core(py)?.context().state())?;
        return own_gc::new_handle(py, &ct, arg).map(Owned::into_obj);
    }
    calls::genuine(py, parser, "new_handle", args)
}

fn from_handle(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    match one(&args) {
        Some(arg) => own_gc::from_handle(py, parser, arg),
        None => calls::genuine(py, parser, "from_handle", args),
    }
}

fn release_(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    match one(&args) {
        Some(arg) => release::release(py, parser, arg),
        None => calls::genuine(py, parser, "release", args),
    }
}

fn callback_(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if plain(&args, 2, 4)
        && args.get(1).is_callable()
        && let Some(ct) = either(py, parser, args.get(0))?
    {
        let none = py.none();
        let given = |i: usize| if i < args.len() { args.get(i) } else { &none };
        return callback::new(py, &ct, args.get(1), Some(given(2)), Some(given(3)));
    }
    calls::genuine(py, parser, "callback", args)
}

fn getctype(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if let Some(arg) = one(&args)
        && let Some(ct) = bound_ctype(py, parser, arg)?
    {
        return text::new_str(py, ct.name());
    }
    calls::genuine(py, parser, "getctype", args)
}
