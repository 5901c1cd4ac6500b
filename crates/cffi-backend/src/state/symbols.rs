//! The names under which functions were looked up in libraries, by address, so that errors can name the function.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustc_hash::FxBuildHasher;

use cffi_rt::line::Line;

/// The largest number of names that are kept, so that many libraries do not fill the memory.
const MOST: usize = 8192;

/// The number of libraries that have been closed in this process.
static CLOSED: AtomicUsize = AtomicUsize::new(0);

/// Notes that a library is closed: other code may be loaded at the addresses of its functions.
pub(crate) fn library_closed() {
    CLOSED.fetch_add(1, Ordering::Relaxed);
}

/// Returns the number of libraries that have been closed.
pub(crate) fn closed() -> usize {
    CLOSED.load(Ordering::Relaxed)
}

/// The table of names. Its lock is held for a few instructions and never while Python code can run.
#[derive(Default)]
pub(crate) struct Symbols {
    names: Mutex<HashMap<usize, Known, FxBuildHasher>>,
}

/// A name, and the number of libraries that had been closed when it was looked up.
struct Known {
    name: Box<str>,
    closed: usize,
}

impl Symbols {
    fn names(&self) -> MutexGuard<'_, HashMap<usize, Known, FxBuildHasher>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers the name by which an address was looked up last.
    pub(crate) fn remember(&self, address: *const u8, name: &str) {
        let mut names = self.names();
        if names.len() >= MOST {
            names.clear();
        }
        // The names are for messages only, so without memory one is left out.
        if let (Ok(()), Ok(name)) = (names.try_reserve(1), cffi_memory::concat(&[name])) {
            let closed = CLOSED.load(Ordering::Relaxed);
            names.insert(address.addr(), Known { name: name.into_boxed_str(), closed });
        }
    }

    /// Returns the name by which an address was looked up last, whatever is there now.
    pub(crate) fn last_name(&self, address: *const u8) -> Option<String> {
        self.names().get(&address.addr()).map(|known| known.name.to_string())
    }

    /// Adds the name to a text, if it is known. Returns whether it was.
    ///
    /// After a library has been closed, the name is used only if the address still lies in a library. The memory may
    /// contain the code of a callback by now.
    pub(crate) fn push_name(&self, address: *const u8, line: &mut Line) -> bool {
        let names = self.names();
        let Some(known) = names.get(&address.addr()) else { return false };
        if known.closed != CLOSED.load(Ordering::Relaxed) && !cffi_call::dl::is_in_library(address.cast()) {
            return false;
        }
        line.push(&known.name);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_name_counts_and_the_table_is_bounded() {
        let symbols = Symbols::default();
        let at = |n: usize| std::ptr::without_provenance::<u8>(n);
        symbols.remember(at(16), "strtol");
        symbols.remember(at(16), "strtoll");
        let name = |n: usize| {
            let mut line = Line::new();
            symbols.push_name(at(n), &mut line).then(|| line.to_string())
        };
        assert_eq!(name(16).as_deref(), Some("strtoll"));
        assert_eq!(name(17), None);
        for n in 0..3 * MOST {
            symbols.remember(at(n), "f");
        }
        assert!(symbols.names().len() <= MOST);
        assert_eq!(name(3 * MOST - 1).as_deref(), Some("f"));
        library_closed();
        assert_eq!(name(3 * MOST - 1), None, "no library is there");
        symbols.remember(at(16), "g");
        assert_eq!(name(16).as_deref(), Some("g"));
    }
}
