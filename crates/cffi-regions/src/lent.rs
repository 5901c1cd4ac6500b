//! The lent regions, which may overlap, in the order of their starts.

use std::ops::RangeInclusive;
use std::sync::Arc;

use cffi_memory::NoMemory;

use crate::region::Region;

/// The start of a region, and a number that makes the key unique.
pub(crate) type Key = (usize, usize);

/// The regions in order. There are mostly few, and new ones mostly have the highest addresses, so a list does.
#[derive(Default)]
pub(crate) struct Lent(Vec<(Key, Arc<Region>)>);

impl Lent {
    /// Makes an empty list.
    pub(crate) const fn new() -> Lent {
        Lent(Vec::new())
    }

    fn at(&self, key: Key) -> Option<usize> {
        self.0.binary_search_by_key(&key, |(other, _)| *other).ok()
    }

    /// Adds a region.
    pub(crate) fn insert(&mut self, key: Key, region: Arc<Region>) -> Result<(), NoMemory> {
        self.0.try_reserve(1)?;
        let at = self.0.partition_point(|(other, _)| *other < key);
        self.0.insert(at, (key, region));
        Ok(())
    }

    /// Returns a region.
    pub(crate) fn get(&self, key: Key) -> Option<&Arc<Region>> {
        self.at(key).map(|at| &self.0[at].1)
    }

    /// Takes a region out.
    pub(crate) fn remove(&mut self, key: Key) -> Option<Arc<Region>> {
        self.at(key).map(|at| self.0.remove(at).1)
    }

    /// Returns the regions that start in a range of addresses.
    pub(crate) fn starting_in(
        &self,
        starts: RangeInclusive<usize>,
    ) -> impl DoubleEndedIterator<Item = &Arc<Region>> {
        let first = self.0.partition_point(|((start, _), _)| start < starts.start());
        let rest = &self.0[first..];
        let count = rest.partition_point(|((start, _), _)| start <= starts.end());
        rest[..count].iter().map(|(_, region)| region)
    }

    /// Returns all regions.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Region>> {
        self.0.iter().map(|(_, region)| region)
    }
}
