//! Allocation for memory whose size a caller chooses: every function reports a lack of memory.
//!
//! Rust's own collections end the process if an allocation fails. A program that passes a name of a gigabyte, or a list
//! of a million types, must get `MemoryError` instead. So all memory that grows with input from outside is allocated by
//! these functions. What is small and not sized by anybody outside has a reserve ([`reserve`]).
use std::borrow::Cow;
use std::collections::TryReserveError;
use std::fmt::{self, Write};

pub mod lists;
pub mod reserve;

/// The error that no memory is left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoMemory;

impl From<TryReserveError> for NoMemory {
    fn from(_: TryReserveError) -> NoMemory {
        NoMemory
    }
}

impl fmt::Display for NoMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no memory is left")
    }
}

impl std::error::Error for NoMemory {}

/// Makes room for `more` items in a list. Nothing is taken from a reserve that is low.
///
/// # Errors
/// [`NoMemory`]; the list is not changed.
#[inline]
fn make_room<T>(list: &mut Vec<T>, more: usize) -> Result<(), NoMemory> {
    if list.capacity() - list.len() >= more {
        return Ok(());
    }
    if reserve::is_low() {
        return Err(NoMemory);
    }
    Ok(list.try_reserve(more)?)
}

/// Makes an empty list with room for `capacity` items.
///
/// # Errors
/// [`NoMemory`].
pub fn vec<T>(capacity: usize) -> Result<Vec<T>, NoMemory> {
    if reserve::is_low() && capacity > 0 {
        return Err(NoMemory);
    }
    let mut list = Vec::new();
    list.try_reserve_exact(capacity)?;
    Ok(list)
}

/// Returns whether this many bytes can be allocated now. They are given back at once, so that a smaller allocation, or one
/// of this size, can take them.
pub fn is_there_room(bytes: usize) -> bool {
    // The compiler would leave out an allocation that nothing uses.
    vec::<u8>(bytes).is_ok_and(|list| !std::hint::black_box(list.as_ptr()).is_null())
}

/// Puts a value into a box, as `Box::new` does.
///
/// # Errors
/// [`NoMemory`]; the value is dropped.
pub fn boxed<T>(value: T) -> Result<Box<T>, NoMemory> {
    let mut one = vec(1)?;
    one.push(value);
    let only = Box::into_raw(one.into_boxed_slice()).cast::<T>();
    // SAFETY: a slice of one value has the place and the layout of that value, and its box was given up just now.
    Ok(unsafe { Box::from_raw(only) })
}

/// Makes a list of `count` copies of a value.
///
/// # Errors
/// [`NoMemory`].
pub fn repeated<T: Clone>(value: T, count: usize) -> Result<Vec<T>, NoMemory> {
    let mut list = vec(count)?;
    list.resize(count, value);
    Ok(list)
}

/// Appends an item.
///
/// # Errors
/// [`NoMemory`]; the item is dropped.
pub fn push<T>(list: &mut Vec<T>, item: T) -> Result<(), NoMemory> {
    make_room(list, 1)?;
    list.push(item);
    Ok(())
}

/// Appends copies of all items.
///
/// # Errors
/// [`NoMemory`]; the list is not changed.
pub fn extend<T: Copy>(list: &mut Vec<T>, items: &[T]) -> Result<(), NoMemory> {
    make_room(list, items.len())?;
    list.extend_from_slice(items);
    Ok(())
}

/// Collects the items in a list.
///
/// # Errors
/// [`NoMemory`]; the items collected so far are dropped.
pub fn collect<T>(items: impl IntoIterator<Item = T>) -> Result<Vec<T>, NoMemory> {
    let items = items.into_iter();
    let mut list = vec(items.size_hint().0)?;
    for item in items {
        push(&mut list, item)?;
    }
    Ok(list)
}

/// Collects the items in a list, unless one of them is an error.
///
/// # Errors
/// The error of the first such item, or the error that [`NoMemory`] converts to.
pub fn try_collect<T, E: From<NoMemory>>(items: impl IntoIterator<Item = Result<T, E>>) -> Result<Vec<T>, E> {
    let items = items.into_iter();
    let mut list = vec(items.size_hint().0)?;
    for item in items {
        push(&mut list, item?)?;
    }
    Ok(list)
}

/// Joins the texts.
///
/// # Errors
/// [`NoMemory`].
pub fn concat(parts: &[&str]) -> Result<String, NoMemory> {
    let mut text = String::new();
    text.try_reserve_exact(parts.iter().map(|part| part.len()).sum())?;
    for part in parts {
        text.push_str(part);
    }
    Ok(text)
}

/// Returns the text, with each sequence that is not UTF-8 replaced.
///
/// # Errors
/// [`NoMemory`].
pub fn lossy(text: &[u8]) -> Result<Cow<'_, str>, NoMemory> {
    if let Ok(text) = std::str::from_utf8(text) {
        return Ok(Cow::Borrowed(text));
    }
    let mut whole = String::new();
    for piece in text.utf8_chunks() {
        let replaced = if piece.invalid().is_empty() { "" } else { "\u{FFFD}" };
        whole.try_reserve(piece.valid().len() + replaced.len())?;
        whole.push_str(piece.valid());
        whole.push_str(replaced);
    }
    Ok(Cow::Owned(whole))
}

/// Formats a text as `format!` does.
///
/// # Errors
/// [`NoMemory`].
pub fn format(text: fmt::Arguments<'_>) -> Result<String, NoMemory> {
    struct Growing(String);
    impl Write for Growing {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            self.0.try_reserve(part.len()).map_err(|_| fmt::Error)?;
            self.0.push_str(part);
            Ok(())
        }
    }
    let mut growing = Growing(String::new());
    growing.write_fmt(text).map_err(|_| NoMemory)?;
    Ok(growing.0)
}

/// Held by the tests of this crate, one at a time: functions that report failures report one while the test of the
/// reserve holds all of it.
#[cfg(test)]
static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_texts_are_those_of_the_standard_library() {
        let _alone = ALONE.lock();
        assert_eq!(collect(1..4), Ok(vec![1, 2, 3]));
        assert_eq!(collect((1..10).filter(|n| n % 3 == 0)), Ok(vec![3, 6, 9]));
        assert_eq!(repeated(7, 3), Ok(vec![7; 3]));
        assert_eq!(concat(&["a", "", "é"]), Ok("aé".to_owned()));
        for bytes in [&b"abc"[..], b"", b"a\xFFb", b"\xFF\xFE", "\u{E9}\u{1F600}".as_bytes(), b"\xF0\x9F\x98"]
        {
            assert_eq!(lossy(bytes), Ok(String::from_utf8_lossy(bytes)));
        }
        assert_eq!(format(format_args!("{}-{:?}", 1, "x")), Ok("1-\"x\"".to_owned()));
        let mut list = vec![1];
        assert_eq!((push(&mut list, 2), extend(&mut list, &[3, 4])), (Ok(()), Ok(())));
        assert_eq!(list, [1, 2, 3, 4]);
        assert_eq!(boxed(String::from("x")), Ok(Box::new(String::from("x"))));
        assert_eq!(boxed(()), Ok(Box::new(())));
        assert_eq!(try_collect([Ok(1), Err(NoMemory), Ok(2)]), Err(NoMemory));
    }

    #[test]
    fn what_fits_nowhere_is_refused() {
        let _alone = ALONE.lock();
        assert_eq!(vec::<u64>(usize::MAX).err(), Some(NoMemory));
        assert_eq!(repeated(0_u8, isize::MAX as usize).err(), Some(NoMemory));
        assert_eq!(collect(0_u64..u64::MAX).err(), Some(NoMemory));
    }
}
