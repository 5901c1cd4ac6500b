//! The module function `_cdef_counts`: which parser took the texts of `cdef()`.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::state::Module;
use cffi_rt::{Py, R, dict, num, text};

/// Adds one to a count.
pub(super) fn add(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

/// Module function `_cdef_counts`.
pub(crate) fn cdef_counts(py: Py<'_>, module: &Module) -> R {
    let front = &module.state(py)?.front;
    let counts = dict::new(py)?;
    let all = [
        ("taken", &front.taken),
        ("replayed", &front.replayed),
        ("refused", &front.refused),
        ("late", &front.late),
    ];
    for (name, count) in all {
        let value = num::from_u64(py, count.load(Ordering::Relaxed))?;
        dict::set(py, &counts, &*text::new_str(py, name)?, &value)?;
    }
    Ok(counts)
}
