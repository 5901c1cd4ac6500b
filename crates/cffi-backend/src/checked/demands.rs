//! Lists the sizes that functions of the C library read and write through their arguments, so that a wrong call raises
//! before it runs.
//!
//! Only what the C standard makes certain is listed: a size that a function may use in part is none.

use super::error::{Report, room};
use super::gate;
use crate::value::CData;
use cffi_regions::block::WIDTH;
use cffi_regions::mapped::{self, Need};
use cffi_regions::{Kind, Region, Verdict, registry};
use cffi_rt::{Args, Obj, Py, R, num};

use pyo3_ffi as ffi;

/// A number of bytes, from the arguments of a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Size {
    /// One byte.
    One,
    /// The value of an argument.
    Argument(usize),
    /// The product of two arguments.
    Product(usize, usize),
}

/// A demand on one argument, which is given by its index.
#[derive(Clone, Copy, Debug)]
pub(super) enum Demand {
    /// A text that ends with a zero.
    Text(usize),
    /// A text that ends with a zero, or has so many bytes as another argument says.
    TextUpTo(usize, usize),
    /// So many bytes are read.
    Reads(usize, Size),
    /// So many bytes are written.
    Writes(usize, Size),
    /// A format, whose conversions say what the arguments behind it are.
    Format(usize),
}

use Demand::{Format, Reads, Text, TextUpTo, Writes};
use Size::{Argument, One, Product};

const TABLE: &[(&str, &[Demand])] = &[
    ("atof", &[Reads(0, One)]),
    ("atoi", &[Reads(0, One)]),
    ("atol", &[Reads(0, One)]),
    ("bcmp", &[Reads(0, Argument(2)), Reads(1, Argument(2))]),
    ("bzero", &[Writes(0, Argument(1))]),
    ("explicit_bzero", &[Writes(0, Argument(1))]),
    ("fopen", &[Text(0), Text(1)]),
    ("fprintf", &[Text(1), Format(1)]),
    ("fputs", &[Text(0)]),
    ("fwrite", &[Reads(0, Product(1, 2))]),
    ("getenv", &[Text(0)]),
    ("memcmp", &[Reads(0, Argument(2)), Reads(1, Argument(2))]),
    ("memcpy", &[Reads(1, Argument(2)), Writes(0, Argument(2))]),
    ("memmove", &[Reads(1, Argument(2)), Writes(0, Argument(2))]),
    ("memset", &[Writes(0, Argument(2))]),
    ("printf", &[Text(0), Format(0)]),
    ("puts", &[Text(0)]),
    ("qsort", &[Reads(0, Product(1, 2)), Writes(0, Product(1, 2))]),
    ("setenv", &[Text(0), Text(1)]),
    ("snprintf", &[Text(2), Format(2)]),
    ("sprintf", &[Writes(0, One), Text(1), Format(1)]),
    ("stpcpy", &[Writes(0, One), Text(1)]),
    ("strcasecmp", &[Reads(0, One), Reads(1, One)]),
    ("strcat", &[Text(0), Text(1)]),
    ("strchr", &[Reads(0, One)]),
    ("strcmp", &[Reads(0, One), Reads(1, One)]),
    ("strcoll", &[Text(0), Text(1)]),
    ("strcpy", &[Writes(0, One), Text(1)]),
    ("strcspn", &[Reads(0, One), Text(1)]),
    ("strdup", &[Text(0)]),
    ("strlen", &[Text(0)]),
    ("strncat", &[Text(0), TextUpTo(1, 2)]),
    ("strncpy", &[Writes(0, Argument(2)), TextUpTo(1, 2)]),
    ("strndup", &[TextUpTo(0, 1)]),
    ("strnlen", &[TextUpTo(0, 1)]),
    ("strpbrk", &[Reads(0, One), Text(1)]),
    ("strrchr", &[Text(0)]),
    ("strspn", &[Reads(0, One), Text(1)]),
    ("strstr", &[Text(0), Reads(1, One)]),
    ("strtod", &[Reads(0, One)]),
    ("strtol", &[Reads(0, One)]),
    ("strtoll", &[Reads(0, One)]),
    ("strtoul", &[Reads(0, One)]),
    ("strtoull", &[Reads(0, One)]),
    ("unsetenv", &[Text(0)]),
    ("write", &[Reads(1, Argument(2))]),
];

/// Returns the demands of a function by its name.
pub(super) fn of(name: &str) -> &'static [Demand] {
    TABLE.iter().find(|(known, _)| *known == name).map_or(&[], |(_, demands)| demands)
}

/// Returns the names that have demands.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

/// Returns the value of an argument that is an integer.
fn number(py: Py<'_>, value: &Obj) -> Option<usize> {
    if value.tp() != &raw mut ffi::PyLong_Type {
        return None;
    }
    num::exact_ssize(py, value).map_err(|raised| py.err_clear(raised)).ok()?.try_into().ok()
}

fn size(py: Py<'_>, args: Args<'_>, size: Size) -> Option<usize> {
    let value = |i: usize| if i < args.len() { number(py, args.get(i)) } else { None };
    match size {
        One => Some(1),
        Argument(i) => value(i),
        Product(i, j) => value(i)?.checked_mul(value(j)?),
    }
}

/// Ensures that the arguments are what the function demands, as far as their memory is known.
///
/// # Errors
/// `AccessError`.
#[cold]
pub(super) fn ensure(py: Py<'_>, function: &str, demands: &[Demand], args: Args<'_>) -> R<()> {
    for demand in demands {
        let (Text(i) | TextUpTo(i, _) | Reads(i, _) | Writes(i, _) | Format(i)) = *demand;
        if i >= args.len() {
            continue;
        }
        if let Format(i) = *demand {
            if let Some(format) = args.get(i).as_bytes() {
                texts_of_format(py, function, format, i + 1, args)?;
            }
            continue;
        }
        let Some(cd) = args.get(i).downcast::<CData>().filter(|cd| cd.ct().is_pointer_or_array()) else {
            if let (Reads(_, many), Some(bytes)) = (demand, args.get(i).as_bytes())
                && let Some(many) = size(py, args, *many)
                && many > bytes.len() + 1
            {
                room(py)?;
                let text = format!(
                    "{function} reads {many} bytes of its argument {}: past the end of the memory",
                    i + 1
                );
                let notes = vec![format!("the argument is a bytes object of {} bytes", bytes.len())];
                return Err(Report { text, notes }.raise(py));
            }
            continue;
        };
        let address = cd.data().addr();
        let (len, write) = match *demand {
            Text(_) | Format(_) => (1, false),
            TextUpTo(_, most) => (size(py, args, Argument(most)).unwrap_or(0).min(1), false),
            Reads(_, many) => (size(py, args, many).unwrap_or(0), false),
            Writes(_, many) => (size(py, args, many).unwrap_or(0), true),
        };
        if len == 0 {
            continue;
        }
        if address == 0 {
            room(py)?;
            let text = format!("argument {} of {function}: it is NULL", i + 1);
            return Err(Report { text, notes: Vec::new() }.raise(py));
        }
        let region = match registry().judge(address, len, write) {
            Verdict::Inside => {
                match *demand {
                    Text(_) => text_ends(py, function, i, address, usize::MAX)?,
                    TextUpTo(_, most) => {
                        let most = size(py, args, Argument(most)).unwrap_or(0);
                        text_ends(py, function, i, address, most)?;
                    }
                    _ => {}
                }
                continue;
            }
            // The guard zone tells more exactly what was written, if it is wide enough.
            Verdict::Outside(region) if write && is_small_overrun(&region, address, len) => continue,
            // A zero follows the bytes of most objects that lend a buffer.
            Verdict::Outside(region)
                if !write
                    && region.kind == Kind::Buffer
                    && address.saturating_add(len) <= region.end() + 1 =>
            {
                continue;
            }
            Verdict::Outside(region) | Verdict::ReadOnly(region) | Verdict::Dead(region) => region,
            Verdict::Private(_) => continue,
            Verdict::InFile | Verdict::Unknown => {
                let need = if write { Need::Write } else { Need::Read };
                mapped::check(address, len, need).map_err(|lack| {
                    let what = format_args!("argument {} of {function}", i + 1);
                    gate::lacks(py, lack, address, len, need, &what)
                })?;
                continue;
            }
        };
        room(py)?;
        let verb = if write { "writes" } else { "reads" };
        let text = if region.is_live() && !region.writable && write {
            format!("{function} writes to the memory of its argument {}, which must not be written to", i + 1)
        } else {
            format!("{function} {verb} {len} bytes of its argument {}: past the end of the memory", i + 1)
        };
        return Err(Report::of(text, address, len, &region).raise(py));
    }
    Ok(())
}

fn is_small_overrun(region: &Region, address: usize, len: usize) -> bool {
    region.block().is_some_and(|block| !block.ends_at_page())
        && address >= region.start
        && address.saturating_add(len) <= region.end() + WIDTH
}

/// Ensures that the texts that a format asks for end. `next` is the index of the first argument behind the format.
fn texts_of_format(py: Py<'_>, function: &str, format: &[u8], mut next: usize, args: Args<'_>) -> R<()> {
    let mut rest = format.iter().copied().peekable();
    while rest.any(|byte| byte == b'%') {
        let mut has_limit = false;
        let mut is_wide = false;
        let conversion = loop {
            match rest.next() {
                // Arguments that are given by their numbers are not followed.
                None | Some(b'$') => return Ok(()),
                Some(b'*') => next += 1,
                Some(b'.') => has_limit = true,
                Some(b'l') => is_wide = true,
                Some(
                    b'h' | b'j' | b'z' | b't' | b'L' | b'q' | b'-' | b'+' | b' ' | b'#' | b'\'' | b'0'..=b'9',
                ) => {}
                Some(conversion) => break conversion,
            }
        };
        if matches!(conversion, b'%' | b'm') {
            continue;
        }
        if conversion == b's'
            && !has_limit
            && !is_wide
            && next < args.len()
            && let Some(cd) = args.get(next).downcast::<CData>().filter(|cd| cd.ct().is_pointer_or_array())
            && !cd.data().is_null()
        {
            text_ends(py, function, next, cd.data().addr(), usize::MAX)?;
        }
        next += 1;
    }
    Ok(())
}

/// Ensures that a text ends within memory that Python owns, if it has fewer bytes than `most`.
fn text_ends(py: Py<'_>, function: &str, i: usize, address: usize, most: usize) -> R<()> {
    let Some(region) = registry().find(address) else { return Ok(()) };
    let Some(block) = region.block() else { return Ok(()) };
    let room = region.end().saturating_sub(address);
    if most <= room {
        return Ok(());
    }
    if block.has_zero_from(address) {
        return Ok(());
    }
    let what = format_args!("{function} reads the text of its argument {}", i + 1);
    let end = std::ptr::without_provenance(address + room);
    gate::pass(py, end, 1, gate::Use::Read, &what)
}
