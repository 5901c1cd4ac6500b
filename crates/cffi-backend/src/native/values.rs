//! Conversions between Python objects and the values that readers and writers of declarations use.

use cffi_rt::obj::Owned;
use cffi_rt::seq::Seq;
use cffi_rt::{Obj, Py, R, raise, seq, text};

/// Returns the items of a list or tuple, each converted.
pub(crate) fn list<T>(py: Py<'_>, obj: &Obj, item: impl Fn(&Obj) -> R<T>) -> R<Vec<T>> {
    let Some(items) = Seq::of(obj) else {
        return Err(raise!(py, Type, "expected a list or a tuple, not {}", obj.type_name()));
    };
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(found) = items.get(at) {
        py.push(&mut out, item(&found)?)?;
        at += 1;
    }
    Ok(out)
}

/// Returns the texts of a list or tuple.
pub(crate) fn texts(py: Py<'_>, obj: &Obj) -> R<Vec<String>> {
    list(py, obj, |item| Ok(text::utf8_no_nul(py, item)?.to_owned()))
}

/// Returns the pairs of texts of a list or tuple.
pub(crate) fn pairs(py: Py<'_>, obj: &Obj) -> R<Vec<(String, String)>> {
    list(py, obj, |item| match <[String; 2]>::try_from(texts(py, item)?) {
        Ok([first, second]) => Ok((first, second)),
        Err(_) => Err(raise!(py, Value, "expected pairs of str")),
    })
}

/// Returns a `str`, or None for an empty text.
pub(crate) fn optional(py: Py<'_>, value: &str) -> R {
    if value.is_empty() { Ok(py.none()) } else { text::new_str(py, value) }
}

/// Returns a tuple of objects that were made one by one.
pub(crate) fn tuple(py: Py<'_>, items: &[Owned]) -> R {
    seq::tuple_with(py, items.len(), |at| Ok(items[at].new_ref()))
}
