use super::*;
use crate::region::Kind;

fn region(start: usize, len: usize) -> Region {
    Region::lent(start, len, Kind::New, "char[]", true, Site { file: "a.py", line: 1 })
}

fn added(registry: &Registry, start: usize, len: usize) -> Arc<Region> {
    let made = Arc::new(region(start, len));
    assert_eq!(registry.add(&made), Ok(()));
    made
}

fn lent(registry: &Registry, region: Region) -> LentKey {
    registry.lend(region).unwrap_or_else(|_| unreachable!("memory"))
}

fn is_inside(registry: &Registry, address: usize, len: usize) -> bool {
    matches!(registry.judge(address, len, true), Verdict::Inside)
}

const END: Site = Site { file: "b.py", line: 2 };

#[test]
fn bounds_hold_for_the_whole_range() {
    let registry = Registry::new();
    for (start, len) in [(0x1000, 16), (0xfff0, 64), (0x10_0000, 1 << 20), (0x4000_0000, 3 << 16)] {
        let it = added(&registry, start, len);
        assert!(is_inside(&registry, start, len));
        assert!(is_inside(&registry, start + len - 1, 1));
        assert!(is_inside(&registry, start + 3, 0));
        assert!(matches!(registry.judge(start, len + 1, false), Verdict::Outside(r) if Arc::ptr_eq(&r, &it)));
        assert!(matches!(registry.judge(start + len - 1, 2, false), Verdict::Outside(_)));
        assert!(matches!(registry.judge(start - 1, 1, false), Verdict::Unknown));
        assert!(
            matches!(registry.judge(start - 2, 4, false), Verdict::Outside(_)),
            "it runs into the region"
        );
        assert!(matches!(registry.judge(start + len, 1, false), Verdict::Unknown));
        assert_eq!(registry.room(start + 4), Some(len - 4));
        registry.end_held(&it, END, How::Released);
        assert!(matches!(registry.judge(start + 1, 1, false), Verdict::Dead(_)));
    }
    assert_eq!(registry.live().map_or(0, |live| live.len()), 0);
}

#[test]
fn zones_belong_to_their_region() {
    let registry = Registry::new();
    let block = Block::new(8, 8, true).unwrap_or_else(|| unreachable!("memory"));
    let it = Arc::new(Region::guarded(block, Kind::New, "char[8]", Site::NONE));
    assert_eq!(registry.add(&it), Ok(()));
    for offset in (1..=64).map(|n| it.start - n).chain((0..64).map(|n| it.end() + n)) {
        assert!(matches!(registry.judge(offset, 1, false), Verdict::Outside(_)));
    }
    assert!(is_inside(&registry, it.start, 8));
    assert_eq!(registry.room(it.end() + 3), Some(0));
}

#[test]
fn the_quarantine_is_bounded_by_bytes_and_by_number() {
    let registry = Registry::new();
    registry.limit_quarantine(100, 3);
    let mut left = 0;
    for n in 1..=10 {
        let it = added(&registry, n * 0x1000, 20);
        let leaving = registry.bury(Arc::clone(&it), END, How::Collected);
        left += leaving.iter().count();
        assert_eq!(it.ended(), Some((END, How::Collected)));
        let (count, bytes) = registry.quarantined();
        assert!(count <= 3 && bytes <= 100);
        for gone in leaving.iter() {
            assert!(matches!(registry.judge(gone.start, 1, false), Verdict::Unknown));
        }
        assert!(matches!(registry.judge(it.start, 1, false), Verdict::Dead(_)));
    }
    assert_eq!(left, 7);
    assert_eq!(registry.bury(added(&registry, 0x100_0000, 500), END, How::Collected).iter().count(), 4);
    assert_eq!(registry.quarantined(), (0, 0));
}

#[test]
fn an_address_can_be_used_again() {
    let registry = Registry::new();
    registry.limit_quarantine(0, 0);
    for round in 0..3 {
        let it = added(&registry, 0x2000, 32 + round);
        assert!(is_inside(&registry, 0x2000, 32 + round));
        assert_eq!(registry.bury(it, END, How::Collected).iter().count(), 1);
        assert!(matches!(registry.judge(0x2000, 1, false), Verdict::Unknown));
    }
    // The end of an earlier region does not take out the one that has its address now.
    let (old, new) = (Arc::new(region(0x2000, 8)), added(&registry, 0x2000, 8));
    drop(registry.bury(old, END, How::Collected));
    assert!(is_inside(&registry, 0x2000, 8));
    assert!(registry.starting_at(0x2000).is_some_and(|it| Arc::ptr_eq(&it, &new)));
}

#[test]
fn lent_regions_may_overlap() {
    let registry = Registry::new();
    let whole = lent(&registry, region(0x5000, 100));
    let part = lent(&registry, region(0x5020, 10));
    let fixed = Region::lent(0x5020, 20, Kind::Buffer, "char[20]", false, Site::NONE);
    let read_only = lent(&registry, fixed);
    assert!(is_inside(&registry, 0x5020, 20));
    assert!(matches!(registry.judge(0x5050, 40, false), Verdict::Outside(_)));
    assert!(registry.take_back(whole).is_some());
    assert!(matches!(registry.judge(0x5022, 15, true), Verdict::ReadOnly(_)));
    assert!(matches!(registry.judge(0x5022, 15, false), Verdict::Inside));
    assert!(is_inside(&registry, 0x5022, 4));
    assert!(registry.take_back(part).is_some() && registry.take_back(part).is_none());
    assert!(registry.take_back(read_only).is_some());
    assert!(matches!(registry.judge(0x5022, 4, true), Verdict::Unknown));
}

#[test]
fn a_lent_region_that_is_alone_has_an_apron() {
    let registry = Registry::new();
    let mut alone = region(0x7000, 16);
    alone.alone = true;
    lent(&registry, alone);
    assert!(matches!(registry.judge(0x7010, 1, false), Verdict::Outside(_)));
    assert!(matches!(registry.judge(0x7017, 1, false), Verdict::Outside(_)));
    assert!(matches!(registry.judge(0x6ffc, 4, false), Verdict::Outside(_)));
    assert!(matches!(registry.judge(0x7018, 1, false), Verdict::Unknown));
    assert!(matches!(registry.judge(0x7010, 0, false), Verdict::Inside));
    lent(&registry, region(0x7010, 4));
    assert!(is_inside(&registry, 0x7010, 4), "another region begins there after all");
}

#[test]
fn a_list_of_ranges_gives_every_answer() {
    // Compares the registry with a naive model: random regions of all sizes, and each address of interest.
    let registry = Registry::new();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut model: Vec<Arc<Region>> = Vec::new();
    for _ in 0..3000 {
        let most = [30, 3000, 400_000][random(3)];
        let (start, len) = (0x10_0000 + random(1 << 24), 1 + random(most));
        let overlaps = model.iter().any(|r| start < r.end() && r.start < start + len);
        if !overlaps {
            model.push(added(&registry, start, len));
        } else if random(3) == 0 && !model.is_empty() {
            let index = random(model.len());
            let gone = model.swap_remove(index);
            registry.remove(&gone);
        }
        let address = 0x10_0000 + random(1 << 24);
        let expected = model.iter().find(|r| r.start <= address && address < r.end());
        let found = registry.find(address);
        assert_eq!(found.map(|r| r.start), expected.map(|r| r.start));
    }
    assert_eq!(registry.live().map_or(0, |live| live.len()), model.len());
    assert_eq!(
        registry.large_count.load(Ordering::Relaxed),
        model.iter().filter(|r| is_large(r.span())).count()
    );
}

#[test]
fn threads_share_it() {
    let registry = Registry::new();
    registry.limit_quarantine(1 << 16, 64);
    std::thread::scope(|scope| {
        for thread in 0..4_usize {
            let registry = &registry;
            scope.spawn(move || {
                for n in 0..2000_usize {
                    let it = added(registry, 0x1000_0000 * (thread + 1) + n * 0x100, 0x80);
                    assert!(is_inside(registry, it.start, 0x80));
                    drop(registry.bury(it, END, How::Collected));
                }
            });
        }
    });
    assert!(registry.quarantined().0 <= 64);
}

#[test]
fn memory_of_an_arena_that_no_block_has_is_outside_of_the_nearest_one() {
    let registry = Registry::new();
    let made = registry.make(16, 8, true, Kind::New, "char[16]".into(), Site::NONE);
    let start = made.map_or(0, <*mut u8>::addr);
    for far in [16, 79, 80, 100, 1000, 20_000] {
        let verdict = registry.judge(start + far, 1, false);
        assert!(matches!(verdict, Verdict::Outside(region) if region.start == start), "{far}");
    }
    assert!(matches!(registry.judge(start - 20, 1, true), Verdict::Outside(region) if region.start == start));
    assert!(is_inside(&registry, start, 16));
}

#[test]
fn the_nearest_region_is_found_for_a_crash() {
    let registry = Registry::new();
    let it = added(&registry, 0x9000, 8);
    for address in [0x9000, 0x9007, 0x9018, 0x8ff0] {
        assert!(registry.nearest(address, 64).is_some_and(|r| Arc::ptr_eq(&r, &it)));
    }
    assert!(registry.nearest(0xa000, 64).is_none());
}

use crate::block::Block;
