//! `memmove`.

use super::extent::Bytes;
use super::reach;
use cffi_rt::buffer::View;
use cffi_rt::num;
use cffi_rt::{Args, Obj, Params, Py, R, Raised, raise};

const PARAMS: Params = Params { function: "", names: &["dest", "src", "n"], required: 3 };

/// Module function and FFI method `memmove`.
pub(crate) fn memmove(py: Py<'_>, _receiver: &Obj, args: Args<'_>) -> R {
    let [Some(dest), Some(src), Some(n)] = args.bind(py, &PARAMS)? else { return Err(py.no_memory()) };
    let Ok(n) = usize::try_from(num::arg_ssize(py, n)?) else {
        return Err(raise!(py, Value, "negative size"));
    };
    copy(py, dest, src, n)?;
    Ok(py.none())
}

/// Copies `n` bytes between pointers, arrays and buffers, which may overlap.
///
/// # Errors
/// `TypeError` or `BufferError` for an object without (writable) memory, `ValueError` if one side is known to be
/// shorter, `RuntimeError` for NULL; nothing is refused when `n` is 0.
fn copy(py: Py<'_>, dest: &Obj, src: &Obj, n: usize) -> R<()> {
    let (mut from_lock, mut to_lock) = (View::none(), View::none());
    let from = Bytes::readable(py, src, &mut from_lock)?;
    let to = Bytes::writable(py, dest, &mut to_lock)?;
    if n == 0 {
        return Ok(());
    }
    if from.ptr().is_null() || to.ptr().is_null() {
        from.refuse_null(py, src, "memmove")?;
        to.refuse_null(py, dest, "memmove")?;
    }
    if to.len().is_some_and(|len| n > len) {
        return Err(too_short(py, n, "to a destination", to.len()));
    }
    if from.len().is_some_and(|len| n > len) {
        return Err(too_short(py, n, "from a source", from.len()));
    }
    reach::copy(&to, &from, n);
    Ok(())
}

#[cold]
fn too_short(py: Py<'_>, n: usize, side: &str, len: Option<usize>) -> Raised {
    raise!(py, Value, "memmove() of {n} bytes {side} of {} bytes", len.unwrap_or_default())
}
