//! The methods that run compiled on an object of `cffi.FFI`.
//!
//! The first `set_ffi` puts them into the class, in the place of its functions in Python. Each serves the plain calls:
//! positional arguments, and type strings whose ctype is known or can be made from the declarations. Everything else,
//! errors of type strings among them, goes on to the function that was in the class, whose behaviour is thereby kept.

use super::calls::{self, bound_ctype, either, plain};
use super::parser::{CdefParser, is_exact_str};
use super::{libraries, receiver, texts};
use crate::call::errno;
use crate::callback;
use crate::cdata::newp::Source;
use crate::cdata::{
    cast as casts, from_buffer as buffers, gcp, memory, newp, offset, own_gc, release, string, unpack,
};
use crate::ctype::{CType, api, make};
use crate::realize::inline;
use crate::value::{CData, alloc};
use cffi_rt::slots::{attribute, method};
use cffi_rt::table::{Attribute, Method, Table};
use cffi_rt::{Args, Obj, Owned, Py, R, num, text};

/// Makes an entry of the table: a method that looks for the parser of its object, or gets the only argument if that is a
/// cdata.
macro_rules! served {
    ($name:literal, $f:path, $doc:literal) => {{
        fn receive(py: Py<'_>, object: &Obj, args: Args<'_>) -> R {
            match receiver::parser_of(py, object)? {
                Some(parser) => $f(py, &parser, args),
                None => calls::replaced(py, object, $name, args),
            }
        }
        method!(fast_any $name, receive, $doc)
    }};
    ($name:literal, $f:path, $data:path, $doc:literal) => {{
        fn receive(py: Py<'_>, object: &Obj, args: Args<'_>) -> R {
            if let Some(arg) = one(&args)
                && let Some(cd) = arg.downcast::<CData>()
            {
                return $data(py, cd);
            }
            match receiver::parser_of(py, object)? {
                Some(parser) => $f(py, &parser, args),
                None => calls::replaced(py, object, $name, args),
            }
        }
        method!(fast_any $name, receive, $doc)
    }};
}

/// Makes an entry of the table: a method that gets its object, which has a parser. Cdata come from this project, so nobody
/// asks for the parser where the first argument is one.
macro_rules! served_object {
    ($name:literal, $f:path, $doc:literal) => {{
        fn receive(py: Py<'_>, object: &Obj, args: Args<'_>) -> R {
            match has_data(&args) || receiver::is_served(py, object)? {
                true => $f(py, object, args),
                false => calls::replaced(py, object, $name, args),
            }
        }
        method!(fast_any $name, receive, $doc)
    }};
}

/// All methods, in alphabetical order.
pub(super) static METHODS: Table<Method<Obj>, 22> = Table::methods([
    served!(c"_typeof", typeof_text, c"_typeof($self, /, cdecl, consider_function_as_funcptr=False)\n--\n\nThe ctype of a type string."),
    served_object!(c"addressof", addressof, c"addressof($self, cdata, /, *fields_or_indexes)\n--\n\nThe address of a struct, union, array, field or item, as a pointer cdata."),
    served!(c"alignof", alignof, c"alignof($self, /, cdecl)\n--\n\nThe alignment of a type in bytes."),
    served!(c"callback", callback_, c"callback($self, /, cdecl, python_callable=None, error=None, onerror=None)\n--\n\nA C function pointer that calls a Python function; without it, a decorator that makes one."),
    served!(c"cast", cast, c"cast($self, /, cdecl, source)\n--\n\nConverts between numbers, characters and pointers as a C cast does."),
    served!(c"cdef", texts::cdef, c"cdef($self, /, csource, override=False, packed=False, pack=None)\n--\n\nAdds the declarations of a text of C."),
    served!(c"dlopen", libraries::dlopen, c"dlopen($self, /, name, flags=0)\n--\n\nOpens a dynamic library; None is the program itself."),
    served!(c"from_buffer", from_buffer, c"from_buffer($self, /, cdecl, python_buffer=..., require_writable=False)\n--\n\nA cdata at the memory of an object with the buffer interface, without a copy."),
    served_object!(c"from_handle", from_handle, c"from_handle($self, /, x)\n--\n\nThe Python object of a handle."),
    served_object!(c"gc", gc, c"gc($self, /, cdata, destructor, size=0)\n--\n\nA copy of a pointer that calls the destructor when it is garbage."),
    served!(c"getctype", getctype, c"getctype($self, /, cdecl, replace_with='')\n--\n\nThe C name of a type, with a text put where the name of a variable goes."),
    served!(c"list_types", texts::list_types, c"list_types($self, /)\n--\n\nThe names of the declared types: (typedefs, structs, unions)."),
    served_object!(c"memmove", memmove, c"memmove($self, /, dest, src, n)\n--\n\nCopies n bytes between cdata and objects with the buffer interface."),
    served!(c"new", new, c"new($self, /, cdecl, init=None)\n--\n\nAllocates memory for a pointer or array type, and stores an initializer."),
    served!(c"new_handle", new_handle, c"new_handle($self, /, x)\n--\n\nA 'void *' that stands for a Python object."),
    served!(c"offsetof", offsetof, c"offsetof($self, cdecl, /, *fields_or_indexes)\n--\n\nThe offset in bytes of a field or item."),
    served_object!(c"release", release_, c"release($self, /, x)\n--\n\nGives up now what a cdata owns."),
    served!(c"sizeof", sizeof, sizeof_data, c"sizeof($self, /, cdecl)\n--\n\nThe size in bytes of a type or cdata."),
    served_object!(c"string", string_, c"string($self, /, cdata, maxlen=-1)\n--\n\nA Python copy of a C string."),
    served!(c"typeof", typeof_, typeof_data, c"typeof($self, /, cdecl)\n--\n\nThe ctype of a type string or cdata."),
    served_object!(c"unpack", unpack_, c"unpack($self, /, cdata, length)\n--\n\nA Python copy of a number of items."),
    Method::END,
]);

/// The computed attribute `errno`.
pub(super) static ERRNO: Attribute<Obj> = attribute!(
    any,
    c"errno",
    get_errno,
    set_errno,
    c"The value of errno after the last call of C, for the next one."
);

fn get_errno(py: Py<'_>, object: &Obj) -> R {
    match receiver::is_served(py, object)? {
        true => num::from_i64(py, i64::from(cffi_call::errno::saved())),
        false => calls::replaced_attribute(py, object, "errno", "__get__", &[object]),
    }
}

fn set_errno(py: Py<'_>, object: &Obj, value: Option<&Obj>) -> R<()> {
    let done = match (receiver::parser_of(py, object)?, value) {
        (Some(_), Some(value)) => {
            cffi_call::errno::set_saved(errno::errno_value(py, value)?);
            return Ok(());
        }
        (_, Some(value)) => calls::replaced_attribute(py, object, "errno", "__set__", &[object, value]),
        (_, None) => calls::replaced_attribute(py, object, "errno", "__delete__", &[object]),
    };
    done.map(drop)
}

/// Returns whether the first argument is a cdata, and none is given by name.
#[inline(always)]
fn has_data(args: &Args<'_>) -> bool {
    args.len() > 0 && args.keywords() == 0 && args.get(0).downcast::<CData>().is_some()
}

/// Returns the only argument, if there is no other and it is given by position.
#[inline]
fn one<'a>(args: &Args<'a>) -> Option<&'a Obj> {
    plain(args, 1, 1).then(|| args.get(0))
}

fn typeof_data(_py: Py<'_>, cd: &CData) -> R {
    Ok(cd.ct().new_ref().into_obj())
}

fn typeof_(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if let Some(arg) = one(&args)
        && is_exact_str(arg)
        && let Some(ct) = bound_ctype(py, parser, arg)?
    {
        return Ok(ct.into_obj());
    }
    calls::genuine(py, parser, c"typeof", args)
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
        && args.keyword_items().all(|(_, value)| value.as_bool() == Some(true))
        && is_exact_str(args.get(0))
        && let Some(ct) = either(py, parser, args.get(0))?
    {
        return Ok(ct.into_obj());
    }
    calls::genuine(py, parser, c"_typeof", args)
}

fn sizeof_data(py: Py<'_>, cd: &CData) -> R {
    num::from_isize(py, offset::size_of_data(py, cd)?)
}

fn sizeof(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if let Some(arg) = one(&args)
        && let Some(ct) = bound_ctype(py, parser, arg)?
    {
        ct.force(py)?;
        if ct.size() >= 0 {
            return num::from_isize(py, ct.size());
        }
    }
    calls::genuine(py, parser, c"sizeof", args)
}

fn alignof(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if let Some(arg) = one(&args)
        && let Some(ct) = bound_ctype(py, parser, arg)?
    {
        if is_exact_str(arg)
            && let Some(align) = inline::requested_align(py, parser.core(py)?, arg)?
        {
            return num::from_u64(py, align);
        }
        return num::from_isize(py, api::alignment(py, &ct)?);
    }
    calls::genuine(py, parser, c"alignof", args)
}

fn offsetof(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if plain(&args, 2, usize::MAX)
        && let Some(ct) = bound_ctype(py, parser, args.get(0))?
        && let Some((_, offset)) = follow(py, ct, args)?
    {
        return num::from_isize(py, offset);
    }
    calls::genuine(py, parser, c"offsetof", args)
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

fn addressof(py: Py<'_>, object: &Obj, args: Args<'_>) -> R {
    if plain(&args, 1, usize::MAX)
        && let Some(cd) = args.get(0).downcast::<CData>()
    {
        let ct = cd.ct();
        let serves = ct.is_aggregate() || ct.is_array() || (args.len() > 1 && ct.is_pointer());
        if serves && let Some((ct, offset)) = follow(py, Owned::of(ct), args)? {
            let pointer = make::pointer_to(py, &ct)?;
            return alloc::pointer(py, &pointer, cd.data().wrapping_offset(offset)).map(Owned::into_obj);
        }
    }
    calls::genuine_on(py, object, c"addressof", args)
}

fn new(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if plain(&args, 1, 2)
        && let Some(ct) = bound_ctype(py, parser, args.get(0))?
    {
        let init = (args.len() == 2).then(|| args.get(1)).filter(|init| !init.is_none());
        return newp::new(py, &ct, init, &Source::Own { zero: true }).map(Owned::into_obj);
    }
    calls::genuine(py, parser, c"new", args)
}

fn cast(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if plain(&args, 2, 2)
        && let Some(ct) = bound_ctype(py, parser, args.get(0))?
    {
        return casts::to(py, &ct, args.get(1)).map(Owned::into_obj);
    }
    calls::genuine(py, parser, c"cast", args)
}

fn string_(py: Py<'_>, object: &Obj, args: Args<'_>) -> R {
    if plain(&args, 1, 2) {
        return string::string(py, object, args);
    }
    calls::genuine_on(py, object, c"string", args)
}

fn unpack_(py: Py<'_>, object: &Obj, args: Args<'_>) -> R {
    if plain(&args, 2, 2) {
        return unpack::unpack(py, object, args);
    }
    calls::genuine_on(py, object, c"unpack", args)
}

fn memmove(py: Py<'_>, object: &Obj, args: Args<'_>) -> R {
    if plain(&args, 3, 3) {
        return memory::memmove(py, object, args);
    }
    calls::genuine_on(py, object, c"memmove", args)
}

fn gc(py: Py<'_>, object: &Obj, args: Args<'_>) -> R {
    if plain(&args, 2, 3) {
        return gcp::gcp(py, object, args);
    }
    calls::genuine_on(py, object, c"gc", args)
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
    calls::genuine(py, parser, c"from_buffer", args)
}

fn new_handle(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if let Some(arg) = one(&args) {
        let ct = make::void_pointer(py, parser.core(py)?.context().state())?;
        return own_gc::new_handle(py, &ct, arg).map(Owned::into_obj);
    }
    calls::genuine(py, parser, c"new_handle", args)
}

fn from_handle(py: Py<'_>, object: &Obj, args: Args<'_>) -> R {
    match one(&args) {
        Some(arg) => own_gc::from_handle(py, object, arg),
        None => calls::genuine_on(py, object, c"from_handle", args),
    }
}

fn release_(py: Py<'_>, object: &Obj, args: Args<'_>) -> R {
    match one(&args) {
        Some(arg) => release::release(py, object, arg),
        None => calls::genuine_on(py, object, c"release", args),
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
    calls::genuine(py, parser, c"callback", args)
}

fn getctype(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if let Some(arg) = one(&args)
        && let Some(ct) = bound_ctype(py, parser, arg)?
    {
        return text::new_str(py, ct.name());
    }
    if plain(&args, 2, 2)
        && is_exact_str(args.get(1))
        && let Some(ct) = bound_ctype(py, parser, args.get(0))?
    {
        // The function of the class takes other characters for white space, too.
        let declarator = text::lossy(py, args.get(1));
        if declarator.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return text::new_str(py, &py.room(ct.cname().declare(&declarator, ct.decays()))?);
        }
    }
    calls::genuine(py, parser, c"getctype", args)
}
