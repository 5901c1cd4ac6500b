//! Python functions for C: `callback`, `def_extern`.

use crate::callback;
use crate::ctype::CType;
use crate::decls::object::FfiObject;
use crate::ffi_obj::bound;
use crate::ffi_obj::bound::Bound;
use crate::ffi_obj::resolve;
use crate::ffi_obj::resolve::Accept;
use crate::lib_obj::hooks as lib_hooks;
use crate::lib_obj::hooks::DefExtern;
use cffi_rt::slots::method;
use cffi_rt::table::Method;
use cffi_rt::{Args, Obj, Params, Py, R, raise};

const CALLBACK: Params =
    Params { function: "", names: &["cdecl", "python_callable", "error", "onerror"], required: 1 };

/// The function that `callback()` without a callable returns.
static CALLBACK_DECORATOR: Method<Bound> = method!(
    one Bound,
    c"callback_decorator",
    callback_decorator,
    c"callback_decorator(python_callable, /)\n--\n\nThe C function pointer that calls the decorated function."
);

/// FFI method `callback`.
pub(crate) fn callback_(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let [Some(cdecl), callable, error, onerror] = args.bind(py, &CALLBACK)? else {
        return Err(py.no_memory());
    };
    let ct = resolve::ctype_or_function(py, ffi, cdecl, Accept::TYPE)?;
    if let Some(callable) = callable.filter(|c| !c.is_none()) {
        return callback::new(py, &ct, callable, error, onerror);
    }
    let none = py.none();
    let items = [&**ct, error.unwrap_or(&none), onerror.unwrap_or(&none)];
    bound::function(py, &CALLBACK_DECORATOR, &items)
}

fn callback_decorator(py: Py<'_>, bound: &Bound, callable: &Obj) -> R {
    let Some(ct) = bound.get(py, 0)?.downcast::<CType>() else {
        return Err(raise!(py, System, "a callback decorator has lost its type"));
    };
    callback::new(py, ct, callable, Some(bound.get(py, 1)?), Some(bound.get(py, 2)?))
}

const DEF_EXTERN: Params = Params { function: "", names: &["name", "error", "onerror"], required: 0 };

/// The function that `def_extern()` returns.
static DEF_EXTERN_DECORATOR: Method<Bound> = method!(
    one Bound,
    c"def_extern_decorator",
    def_extern_decorator,
    c"def_extern_decorator(function, /)\n--\n\nAttach the function to the extern \"Python\" one, and return it unchanged."
);

/// FFI method `def_extern`.
pub(crate) fn def_extern(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let given: [Option<&Obj>; 3] = args.bind(py, &DEF_EXTERN)?;
    let none = py.none();
    let [name, error, onerror] = given.map(|o| o.unwrap_or(&none));
    bound::function(py, &DEF_EXTERN_DECORATOR, &[ffi, name, error, onerror])
}

fn def_extern_decorator(py: Py<'_>, bound: &Bound, callable: &Obj) -> R {
    let Some(ffi) = bound.get(py, 0)?.downcast::<FfiObject>() else {
        return Err(raise!(py, System, "a decorator has lost its FFI object"));
    };
    let request = DefExtern {
        name: bound.get_some(py, 1)?,
        error: bound.get_some(py, 2)?,
        onerror: bound.get_some(py, 3)?,
        callable,
    };
    lib_hooks::def_extern(py, ffi, &request)?;
    Ok(callable.new_ref())
}
