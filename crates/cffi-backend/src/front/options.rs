//! The keyword arguments of `cdef()`.

use cffi_cdef::cdef::CdefOptions;

use cffi_rt::{Obj, Py, R, num};

/// The options of one text, as the caller gave them.
pub(super) struct Given<'a> {
    pub(super) replace: Option<&'a Obj>,
    pub(super) packed: Option<&'a Obj>,
    pub(super) pack: Option<&'a Obj>,
    pub(super) dllexport: Option<&'a Obj>,
}

impl Given<'_> {
    /// Returns the options for the parser of this project; `None` if the genuine parser has to judge them.
    pub(super) fn plain(&self, py: Py<'_>) -> R<Option<CdefOptions>> {
        let replace = truth(py, self.replace)?;
        let Some(packed) = plain_bool(self.packed) else { return Ok(None) };
        let pack = match self.pack {
            None => 0,
            Some(pack) if pack.is_none() => 0,
            Some(pack) if pack.is_int() && pack.as_bool().is_none() => match num::arg_ssize(py, pack) {
                Ok(pack) => pack,
                Err(raised) => {
                    py.err_clear(raised);
                    return Ok(None);
                }
            },
            Some(_) => return Ok(None),
        };
        let pack = match (packed, pack) {
            (true, 0) => 1,
            (true, _) => return Ok(None),
            (false, 0 | 1 | 2 | 4 | 8 | 16 | 32 | 64 | 128) => pack as u8,
            (false, _) => return Ok(None),
        };
        Ok(Some(CdefOptions { pack, replace, dllexport: truth(py, self.dllexport)? }))
    }
}

/// Returns the truth of an argument that may be missing.
pub(super) fn truth(py: Py<'_>, value: Option<&Obj>) -> R<bool> {
    value.map_or(Ok(false), |value| value.is_true(py))
}

/// Returns the value of an argument that is missing, `None`, `True` or `False`.
fn plain_bool(value: Option<&Obj>) -> Option<bool> {
    match value {
        None => Some(false),
        Some(value) if value.is_none() => Some(false),
        Some(value) => value.as_bool(),
    }
}
