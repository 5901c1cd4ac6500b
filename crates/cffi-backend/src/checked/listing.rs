//! The lists that `ferrocffi.checked` shows.

use super::libraries;
use crate::state::Module;
use cffi_regions::registry;
use cffi_rt::{Obj, Owned, Py, R, num, seq, text};

/// Module function `_checked_regions`. Returns a list of all live regions:
/// `(address, bytes, type, origin, file, line)`.
pub(super) fn regions(py: Py<'_>, _module: &Module) -> R {
    let mut live = py.room(registry().live())?;
    for library in py.room(libraries::open())? {
        py.push(&mut live, library)?;
    }
    seq::list_with(py, live.len(), |i| {
        let Some(region) = live.get(i) else { return Ok(py.none()) };
        let items = [
            num::from_u64(py, region.start as u64)?,
            num::from_u64(py, region.len as u64)?,
            text::new_str(py, &region.what.to_string())?,
            text::new_str(py, region.kind.words())?,
            text::new_str(py, region.made.file)?,
            num::from_u64(py, region.made.line.into())?,
        ];
        tuple(py, &items)
    })
}

/// Module function `_checked_quarantine`. Returns the number of regions in quarantine, and their bytes.
pub(super) fn quarantine(py: Py<'_>, _module: &Module) -> R {
    let (count, bytes) = registry().quarantined();
    tuple(py, &[num::from_u64(py, count as u64)?, num::from_u64(py, bytes as u64)?])
}

fn tuple(py: Py<'_>, items: &[Owned]) -> R {
    let items: Vec<&Obj> = items.iter().map(|item| &**item).collect();
    seq::tuple(py, &items)
}
