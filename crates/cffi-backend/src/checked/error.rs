//! `AccessError`, with notes that tell the history of the memory.

use std::fmt;

use cffi_regions::{Damage, Region};
use cffi_rt::version::HAS_NOTES;
use cffi_rt::{Exc, Py, R, Raised, attr, interp, seq, text};

/// Returns whether there is room for the texts of an error. Without it, an error is `MemoryError`.
pub(super) fn has_room() -> bool {
    const TEXTS: usize = 1 << 15;
    cffi_memory::is_there_room(TEXTS)
}

/// Ensures that there is room for the texts of an error.
///
/// # Errors
/// `MemoryError`.
pub(super) fn room(py: Py<'_>) -> R<()> {
    if has_room() { Ok(()) } else { Err(py.no_memory()) }
}

/// The text of an error and the lines below it. The text is empty where there was no room for it.
pub(super) struct Report {
    pub(super) text: String,
    pub(super) notes: Vec<String>,
}

impl Report {
    /// Describes the use of an address that a region decides about.
    pub(super) fn of(text: String, address: usize, len: usize, region: &Region) -> Report {
        let mut notes = vec![format!("{address:#x} is {}", Position { address, len, region })];
        notes.extend(end_of(region));
        Report { text, notes }
    }

    /// Takes the place of a report that there is no room for.
    pub(super) fn without_room() -> Report {
        Report { text: String::new(), notes: Vec::new() }
    }

    /// Sets the exception.
    #[cold]
    pub(super) fn raise(self, py: Py<'_>) -> Raised {
        if self.text.is_empty() {
            return py.no_memory();
        }
        match self.exception(py) {
            Ok(made) => py.err_object(made.class(), &made),
            Err(raised) => raised,
        }
    }

    fn exception(&self, py: Py<'_>) -> R {
        let whole;
        let shown = if HAS_NOTES || self.notes.is_empty() {
            &self.text
        } else {
            // Without notes the lines are a part of the text.
            whole = format!("{}\n{}", self.text, self.notes.join("\n"));
            &whole
        };
        let made = class(py)?.call(py, &[&*text::new_str(py, shown)?])?;
        let list = seq::new_list(py)?;
        for note in &self.notes {
            seq::push(py, &list, &*text::new_str(py, note)?)?;
        }
        if !self.notes.is_empty() {
            let name = text::interned(py, "__notes__")?;
            attr::set(py, &made, &name, Some(&list))?;
        }
        Ok(made)
    }
}

/// Returns `ferrocffi.AccessError`, or `RuntimeError`, its base, where the package `ferrocffi` is not there.
fn class(py: Py<'_>) -> R {
    match interp::import(py, c"ferrocffi").and_then(|package| package.getattr_str(py, "AccessError")) {
        Ok(class) => Ok(class),
        Err(raised) => {
            py.err_clear(raised);
            Ok(Exc::Runtime.object(py).new_ref())
        }
    }
}

/// Returns the line that says how a region ended.
pub(super) fn end_of(region: &Region) -> Option<String> {
    let (site, how) = region.ended()?;
    Some(format!("freed at {site}: it was {}", how.words()))
}

/// Describes a region: `char[8] made at app.py:31 by ffi.new()`.
pub(super) struct Described<'a>(pub(super) &'a Region);

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Region { what, made, kind, len, .. } = self.0;
        write!(f, "{what} ")?;
        if made.is_known() {
            write!(f, "made at {made} by {}, ", kind.words())?;
        } else {
            write!(f, "of {}, ", kind.words())?;
        }
        write!(f, "{len} {}", if *len == 1 { "byte" } else { "bytes" })
    }
}

/// Says where a range lies: `16 bytes past the end of char[8] made at app.py:31 by ffi.new(), 8 bytes`.
struct Position<'a> {
    address: usize,
    len: usize,
    region: &'a Region,
}

impl fmt::Display for Position<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { address, len, region } = *self;
        let bytes = |n: usize| if n == 1 { "1 byte".into() } else { format!("{n} bytes") };
        if address < region.start {
            write!(f, "{} before the start of ", bytes(region.start - address))?;
        } else if address >= region.end() && region.len > 0 || address > region.end() {
            write!(f, "{} past the end of ", bytes(address - region.end()))?;
        } else if address == region.start {
            f.write_str("the start of ")?;
        } else {
            write!(f, "{} from the start of ", bytes(address - region.start))?;
        }
        write!(f, "{}", Described(region))?;
        let end = address.saturating_add(len);
        if address >= region.start && address < region.end() && end > region.end() {
            write!(f, "; the {} reach {} past the end", bytes(len), bytes(end - region.end()))?;
        }
        Ok(())
    }
}

/// Says which bytes of a guard zone were written to.
pub(super) fn damaged(region: &Region, damage: Damage) -> String {
    let Damage { offset, bytes } = damage;
    let count = if bytes == 1 { "1 byte was".into() } else { format!("up to {bytes} bytes were") };
    if offset < 0 {
        let distance = offset.unsigned_abs();
        let distance = if distance == 1 { "1 byte".into() } else { format!("{distance} bytes") };
        return format!("{count} written, {distance} before the start of {}", Described(region));
    }
    let past = offset.unsigned_abs() - region.len;
    format!("{count} written, {past} bytes past the end of {}", Described(region))
}
