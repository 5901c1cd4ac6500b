//! The methods `cdef` and `list_types` of an object of `cffi.FFI`.

use super::calls;
use super::options::{self, Given};
use super::parser::{self, CdefParser, is_exact_str};
use cffi_rt::{Args, Obj, Owned, Py, R, dict, seq, text, types};

/// FFI method `cdef`. What is not plain goes on to the method of the class, and so do texts that are refused.
pub(super) fn cdef(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if let Some((source, given)) = bind(py, args)
        && is_exact_str(source)
        && parser.serves(py)?
        && let Some(taken) = parser::take(py, parser, source, &given)?
    {
        accepted(py, parser, source, options::truth(py, given.replace)?)?;
        return parser::finish(py, parser, &taken).map(|()| py.none());
    }
    calls::genuine(py, parser, c"cdef", args)
}

/// Binds the arguments; `None` if they do not fit.
fn bind<'a>(py: Py<'_>, args: Args<'a>) -> Option<(&'a Obj, Given<'a>)> {
    if args.len() == 0 || args.len() > 4 {
        return None;
    }
    let at = |i: usize| (i < args.len()).then(|| args.get(i));
    let mut given = Given { replace: at(1), packed: at(2), pack: at(3), dllexport: None };
    for (name, value) in args.keyword_items() {
        let place = match text::lossy(py, name).as_ref() {
            "override" => &mut given.replace,
            "packed" => &mut given.packed,
            "pack" => &mut given.pack,
            _ => return None,
        };
        if place.replace(value).is_some() {
            return None;
        }
    }
    Some((args.get(0), given))
}

/// Notes an accepted text in the attributes of the FFI object, as its class does.
fn accepted(py: Py<'_>, parser: &CdefParser, source: &Obj, replaced: bool) -> R<()> {
    let Some(object) = parser.ffi.get().map(Obj::new_ref) else { return Ok(()) };
    calls::set_attribute(py, &object, "_cdef_version", &*types::object_class(py).call(py, &[])?)?;
    let sources = object.getattr_str(py, "_cdefsources")?;
    sources.getattr_str(py, "append")?.call(py, &[source])?;
    if replaced {
        let caches = object.getattr_str(py, "_function_caches")?;
        let mut i = 0;
        while let Some(cache) = seq::Seq::of(&caches).and_then(|caches| caches.get(i)) {
            dict::clear(py, &cache);
            i += 1;
        }
    }
    Ok(())
}

/// FFI method `list_types`.
pub(super) fn list_types(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    if !calls::plain(&args, 0, 0) || !parser.serves(py)? {
        return calls::genuine(py, parser, c"list_types", args);
    }
    let inline = parser.core(py)?.begin_inline(py)?;
    let count = inline.with(|session| session.decls.len());
    let listed = match parser.listed.of(count) {
        Some(listed) => listed,
        None => {
            let names = inline.type_names();
            let list = |names: &[String]| -> R {
                let list = seq::new_list(py)?;
                names.iter().try_for_each(|name| seq::push(py, &list, &*text::new_str(py, name)?))?;
                Ok(list)
            };
            let lists: [Owned; 3] = [list(&names.typedefs)?, list(&names.structs)?, list(&names.unions)?];
            let listed = seq::tuple(py, &[&lists[0], &lists[1], &lists[2]])?;
            parser.listed.exchange(Some((count, listed.new_ref())));
            listed
        }
    };
    // Each caller gets lists of its own, which it may change.
    let copy = |i: usize| match seq::tuple_item(&listed, i) {
        Some(list) => seq::copy_of_list(py, list),
        None => seq::new_list(py),
    };
    seq::tuple(py, &[&*copy(0)?, &*copy(1)?, &*copy(2)?])
}
