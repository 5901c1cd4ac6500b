//! The methods that run compiled on an object of `cffi.FFI`, and use memory.

use super::{functions, handles, own};
use crate::cdata::from_buffer as buffers;
use crate::ctype::make;
use crate::front::calls::{self, bound_ctype, plain};
use crate::front::parser::CdefParser;
use cffi_rt::slots::method;
use cffi_rt::table::{Method, Table};
use cffi_rt::{Args, Owned, Py, R};

/// The methods that take the place of those of their names. Others that use memory are left to the class.
pub(super) static METHODS: Table<Method<CdefParser>, 9> = Table::methods([
    method!(fast CdefParser, c"new", new, c"new($self, /, cdecl, init=None)\n--\n\nAllocates memory for a pointer or array type, and stores an initializer."),
    method!(fast CdefParser, c"string", string, c"string($self, /, cdata, maxlen=-1)\n--\n\nA Python copy of a C string."),
    method!(fast CdefParser, c"unpack", unpack, c"unpack($self, /, cdata, length)\n--\n\nA Python copy of a number of items."),
    method!(fast CdefParser, c"memmove", memmove, c"memmove($self, /, dest, src, n)\n--\n\nCopies n bytes between cdata and objects with the buffer interface."),
    method!(fast CdefParser, c"gc", gc, c"gc($self, /, cdata, destructor, size=0)\n--\n\nA copy of a pointer that calls the destructor when it is garbage."),
    method!(fast CdefParser, c"release", release, c"release($self, /, x)\n--\n\nGives up now what a cdata owns."),
    method!(fast CdefParser, c"from_buffer", from_buffer, c"from_buffer($self, /, cdecl, python_buffer=..., require_writable=False)\n--\n\nA cdata at the memory of an object with the buffer interface, without a copy."),
    method!(fast CdefParser, c"from_handle", from_handle, c"from_handle($self, /, x)\n--\n\nThe Python object of a handle."),
    Method::END,
]);

fn new(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if plain(&args, 1, 2)
        && let Some(ct) = bound_ctype(py, parser, args.get(0))?
    {
        let init = (args.len() == 2).then(|| args.get(1)).filter(|init| !init.is_none());
        return own::new(py, &ct, init, true).map(Owned::into_obj);
    }
    calls::genuine(py, parser, c"new", args)
}

fn string(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    match plain(&args, 1, 2) {
        true => functions::string(py, parser, args),
        false => calls::genuine(py, parser, c"string", args),
    }
}

fn unpack(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    match plain(&args, 2, 2) {
        true => functions::unpack(py, parser, args),
        false => calls::genuine(py, parser, c"unpack", args),
    }
}

fn memmove(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    match plain(&args, 3, 3) {
        true => functions::memmove(py, parser, args),
        false => calls::genuine(py, parser, c"memmove", args),
    }
}

fn gc(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    match plain(&args, 2, 3) {
        true => functions::gc(py, parser, args),
        false => calls::genuine(py, parser, c"gc", args),
    }
}

fn release(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    match plain(&args, 1, 1) {
        true => functions::release(py, parser, args.get(0)),
        false => calls::genuine(py, parser, c"release", args),
    }
}

fn from_handle(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    match plain(&args, 1, 1) {
        true => handles::from_handle(py, parser, args.get(0)),
        false => calls::genuine(py, parser, c"from_handle", args),
    }
}

fn from_buffer(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    let ct = match args.len() {
        1 if plain(&args, 1, 1) => Some(make::char_array(py, parser.core(py)?.context().state())?),
        2 if plain(&args, 2, 2) => bound_ctype(py, parser, args.get(0))?,
        _ => None,
    };
    let Some(ct) = ct else { return calls::genuine(py, parser, c"from_buffer", args) };
    let made = buffers::new(py, &ct, args.get(args.len() - 1), false)?.into_obj();
    functions::buffer_lent(py, &made, args)?;
    Ok(made)
}
