use crate::region::{How, Kind, What};
use crate::registry::{Registry, Verdict};
use crate::site::Site;

const END: Site = Site { file: "b.py", line: 2 };

fn made(registry: &Registry, len: usize) -> usize {
    let made = registry.make(len, 8, true, Kind::New, What::Named("char[]"), Site::NONE);
    made.unwrap_or_else(|_| unreachable!("memory")).addr()
}

fn bury(registry: &Registry, address: usize) {
    let region = registry.starting_at(address).unwrap_or_else(|| unreachable!("region"));
    if let Some(block) = region.block() {
        block.spoil();
    }
    drop(registry.bury(region, END, How::Collected));
}

#[test]
fn every_size_has_its_bounds() {
    let registry = Registry::new();
    let live: Vec<(usize, usize)> = (0..1100).map(|len| (made(&registry, len), len)).collect();
    for (address, len) in live {
        assert_eq!(address % 16, 0);
        assert_eq!(registry.room(address), Some(len));
        assert!(matches!(registry.judge(address, len, true), Verdict::Inside));
        for outside in [address - 64, address - 1, address + len, address + len + 63] {
            assert!(matches!(registry.judge(outside, 1, false), Verdict::Outside(r) if r.start == address));
        }
        let region = registry.find(address + len);
        assert!(
            region.is_some_and(
                |region| region.len == len && region.block().is_some_and(|b| b.damage().is_none())
            )
        );
    }
    assert_eq!(registry.live().map_or(0, |live| live.len()), 1100);
}

#[test]
fn cells_are_used_again_after_the_quarantine() {
    let registry = Registry::new();
    registry.limit_quarantine(1 << 20, 10);
    let mut seen = std::collections::HashSet::new();
    for n in 0..1000_usize {
        let address = made(&registry, 1 + n % 16);
        assert!(matches!(registry.judge(address, 1, true), Verdict::Inside));
        seen.insert(address);
        bury(&registry, address);
        assert!(
            matches!(registry.judge(address, 1, true), Verdict::Dead(r) if r.ended() == Some((END, How::Collected)))
        );
    }
    assert!(seen.len() <= 12, "{}", seen.len());
    assert_eq!(registry.quarantined().0, 10);
    assert_eq!(registry.live().map_or(9, |live| live.len()), 0);
}

#[test]
fn a_cell_waits_for_those_who_look_at_its_region() {
    let registry = Registry::new();
    registry.limit_quarantine(0, 0);
    let address = made(&registry, 8);
    let held = registry.find(address).unwrap_or_else(|| unreachable!("region"));
    bury(&registry, address);
    let other = made(&registry, 8);
    assert_ne!(other, address);
    assert_eq!((held.start, held.is_live()), (address, false));
    drop(held);
    bury(&registry, other);
    assert_eq!(made(&registry, 8), other);
}

#[test]
fn writes_to_freed_cells_leave_the_quarantine_with_their_region() {
    let registry = Registry::new();
    registry.limit_quarantine(1 << 20, 1);
    let address = made(&registry, 8);
    bury(&registry, address);
    let at: *mut u8 = std::ptr::with_exposed_provenance_mut(address);
    // SAFETY: the memory of the arena is never given back, and nobody uses the cell.
    unsafe { at.add(3).write(0) };
    let next = made(&registry, 8);
    let region = registry.starting_at(next).unwrap_or_else(|| unreachable!("region"));
    let leaving = registry.bury(region, END, How::Collected);
    assert_eq!(leaving.iter().map(|region| region.start).collect::<Vec<_>>(), [address]);
}

#[test]
fn the_nearest_block_is_found_for_a_crash() {
    let registry = Registry::new();
    let address = made(&registry, 8);
    for at in [address, address + 7, address + 40, address - 30] {
        assert!(registry.nearest(at, 64).is_some_and(|region| region.start == address));
    }
    assert!(registry.nearest(address + 4096, 64).is_none());
}

#[test]
fn threads_share_the_cells() {
    let registry = Registry::new();
    registry.limit_quarantine(1 << 16, 64);
    std::thread::scope(|scope| {
        for thread in 0..4_usize {
            let registry = &registry;
            scope.spawn(move || {
                for n in 0..3000_usize {
                    let address = made(registry, 1 + (n + thread) % 40);
                    assert!(matches!(registry.judge(address, 1, true), Verdict::Inside));
                    bury(registry, address);
                }
            });
        }
    });
    assert!(registry.quarantined().0 <= 64);
    assert_eq!(registry.live().map_or(9, |live| live.len()), 0);
}
