//! `memmove`.

use super::extent::Bytes;
use super::reach;
use cffi_rt::buffer::View;
use cffi_rt::num;
use cffi_rt::{Args, Obj, Params, Py, R, Raised, raise};

const PARAMS: Params = Params { function: "", names: &["dest", "src", "n"], required: 3 };

/// Module function and FFI method `memmove`.
pub(crate) fn memmove(py: Py<'_>, _receiver: &Obj, args: Args<'_>) -> R {
    match copied(py, &args) {
        true => Ok(py.none()),
        false => memmove_any(py, args),
    }
}

/// Copies in the usual case: both sides need no lock and are long enough. Returns false otherwise, and has done nothing.
#[inline(always)]
fn copied(py: Py<'_>, args: &Args<'_>) -> bool {
    if args.len() != 3 || args.keywords() > 0 {
        return false;
    }
    let n = num::exact_short_int(py, args.get(2)).and_then(|n| usize::try_from(n).ok());
    let (Some(n), Some(from)) = (n, Bytes::steady(args.get(1), false)) else { return false };
    let Some(to) = Bytes::steady(args.get(0), true) else { return false };
    let fits = n > 0 && [&from, &to].iter().all(|side| side.len().is_some_and(|len| n <= len));
    if fits {
        reach::copy(&to, &from, n);
    }
    fits
}

#[inline(never)]
fn memmove_any(py: Py<'_>, args: Args<'_>) -> R {
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
