//! Memory that has ended, and is not used again yet.

use std::sync::Arc;

use super::error::{Report, has_room};
use cffi_regions::region::How;
use cffi_regions::{Block, Region, Site, registry};
use cffi_rt::Py;

/// Ends a region for good, and frees what leaves the quarantine for it.
pub(super) fn bury(py: Py<'_>, region: Arc<Region>, here: Site, how: How) {
    for leaving in registry().bury(region, here, how).iter() {
        give_up(py, leaving);
    }
}

/// Gives up memory that leaves the quarantine. Blocks with guard zones are freed with their regions.
fn give_up(py: Py<'_>, region: &Region) {
    if region.free_heap() {
        return;
    }
    if let Some(offset) = region.block().and_then(Block::written_after_end)
        && region.report_once()
    {
        let raised = written_after_end(region, offset).raise(py);
        py.unraisable(raised, "when freed memory was given back");
    }
}

pub(super) fn written_after_end(region: &Region, offset: usize) -> Report {
    if !has_room() {
        return Report::without_room();
    }
    let address = region.start + offset;
    let mut report = Report::of(String::new(), address, 1, region);
    report.text = format!("C has written to memory after it was freed: {}", report.notes.join("; "));
    report.notes.clear();
    report
}
