//! The owner of the table of fixed texts of errors.

use super::err::R;
use super::interp::at_end;
use super::made_error;
use super::token::Py;

/// Gives the table to the current interpreter until its end, if no other one has it.
///
/// # Errors
/// `MemoryError`.
pub fn keep(py: Py<'_>) -> R<()> {
    if made_error::is_free() {
        at_end(py, c"ferrocffi.fixed", |py, interp| made_error::forget(py, interp.number()))?;
        made_error::take(py);
    }
    Ok(())
}
