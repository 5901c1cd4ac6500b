//! Which callbacks are running, on all threads, so that none is freed under a call.
//!
//! A count in the callback would be written to by every thread that calls it. Instead each thread has a record of
//! its own, into which it writes what it runs; who wants to free something looks through all records, which
//! happens far less often.
//!
//! There are two marks for each call. `running` lasts as long as the call needs the callback's Python objects.
//! `inside` lasts longer: when the handler returns there is still the closure's code to go back through, so that
//! mark stays until the thread proves that it is out, by coming in again at the same depth or by ending.

use std::cell::Cell;
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

/// Nested calls that a record has room for.
const DEPTH: usize = 14;

type Place = AtomicPtr<c_void>;

/// What one thread runs. Written by that thread, read by all; on cache lines of its own.
#[repr(align(128))]
struct Record {
    /// Set before the record is published, never changed.
    next: *const Record,
    /// Whether it is a living thread's. Records are used again, and never freed.
    taken: AtomicBool,
    running: [Place; DEPTH],
    inside: [Place; DEPTH],
}

// SAFETY: `next` is immutable and points to another record, which is never freed; the rest is atomic.
unsafe impl Sync for Record {}

/// All records. Process-wide, like threads.
static RECORDS: AtomicPtr<Record> = AtomicPtr::new(std::ptr::null_mut());

/// Calls that run without a mark: nested too deeply, or on threads that are ending. While there are any, nothing
/// is freed.
static UNMARKED: AtomicUsize = AtomicUsize::new(0);

/// A thread's hold on its record; on cache lines of its own, like the saved errno.
#[repr(align(128))]
struct Own {
    record: Cell<Option<&'static Record>>,
    /// Calls that are running, and how many places of `inside` may be filled.
    depth: Cell<usize>,
    high: Cell<usize>,
}

thread_local! {
    static OWN: Own = const { Own { record: Cell::new(None), depth: Cell::new(0), high: Cell::new(0) } };
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(record) = self.record.get() {
            for place in record.running.iter().chain(&record.inside) {
                place.store(std::ptr::null_mut(), Ordering::Release);
            }
            record.taken.store(false, Ordering::Release);
        }
    }
}

impl Own {
    fn record(&self) -> &'static Record {
        if let Some(record) = self.record.get() {
            return record;
        }
        let record = claim();
        self.record.set(Some(record));
        record
    }
}

/// A record that belongs to no thread, or a new one.
#[cold]
fn claim() -> &'static Record {
    let free = records().find(|r| {
        !r.taken.load(Ordering::Relaxed)
            && r.taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok()
    });
    if let Some(record) = free {
        return record;
    }
    let mut first = RECORDS.load(Ordering::Acquire);
    let fresh = Box::into_raw(Box::new(Record {
        next: first,
        taken: AtomicBool::new(true),
        running: [const { AtomicPtr::new(std::ptr::null_mut()) }; DEPTH],
        inside: [const { AtomicPtr::new(std::ptr::null_mut()) }; DEPTH],
    }));
    loop {
        match RECORDS.compare_exchange(first, fresh, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: leaked on purpose: never freed.
            Ok(_) => return unsafe { &*fresh },
            Err(other) => {
                first = other;
                // SAFETY: not published yet.
                unsafe { (*fresh).next = first };
            }
        }
    }
}

fn records() -> impl Iterator<Item = &'static Record> {
    // SAFETY: null, or records that are never freed.
    let first = unsafe { RECORDS.load(Ordering::SeqCst).as_ref() };
    // SAFETY: as above.
    std::iter::successors(first, |r| unsafe { r.next.as_ref() })
}

/// The marks of a call that is running; dropping it ends the first of them.
pub(super) struct Mark(Option<(&'static Record, usize)>);

/// Marks a callback as running on this thread. What is read of it afterwards is not freed before the mark ends,
/// if whoever frees it has made it unreachable before asking [`is_running`].
#[inline]
pub(super) fn enter(callback: *const c_void) -> Mark {
    let marked = OWN.try_with(|own| {
        let (record, depth) = (own.record(), own.depth.get());
        if depth >= DEPTH {
            return None;
        }
        let p = callback.cast_mut();
        record.inside[depth].store(p, Ordering::Relaxed);
        record.running[depth].store(p, Ordering::SeqCst);
        // What was called from here at a greater depth has returned.
        for place in &record.inside[depth + 1..own.high.get().max(depth + 1)] {
            place.store(std::ptr::null_mut(), Ordering::Release);
        }
        own.high.set(depth + 1);
        own.depth.set(depth + 1);
        Some((record, depth))
    });
    let mark = Mark(marked.ok().flatten());
    if mark.0.is_none() {
        UNMARKED.fetch_add(1, Ordering::SeqCst);
    }
    mark
}

impl Drop for Mark {
    #[inline]
    fn drop(&mut self) {
        match self.0 {
            Some((record, depth)) => {
                record.running[depth].store(std::ptr::null_mut(), Ordering::SeqCst);
                let _ = OWN.try_with(|own| own.depth.set(depth));
            }
            None => {
                UNMARKED.fetch_sub(1, Ordering::SeqCst);
            }
        }
    }
}

fn any(callback: *const c_void, places: impl Fn(&'static Record) -> &'static [Place; DEPTH]) -> bool {
    UNMARKED.load(Ordering::SeqCst) != 0
        || records().any(|r| places(r).iter().any(|p| std::ptr::eq(p.load(Ordering::SeqCst), callback)))
}

/// Whether a call may be using what a callback refers to.
pub(super) fn is_running(callback: *const c_void) -> bool {
    any(callback, |r| &r.running)
}

/// Whether a thread may still be in a callback's code.
pub(super) fn is_inside(callback: *const c_void) -> bool {
    any(callback, |r| &r.inside) || is_running(callback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_last_as_long_as_calls_and_inside_until_the_next() {
        fn addresses() -> (*const c_void, *const c_void) {
            (std::ptr::without_provenance(0x1000), std::ptr::without_provenance(0x2000))
        }
        let (a, b) = addresses();
        std::thread::spawn(|| {
            let (a, b) = addresses();
            let outer = enter(a);
            let inner = enter(b);
            assert!(is_running(a) && is_running(b));
            drop(inner);
            assert!(is_running(a) && !is_running(b) && is_inside(b));
            drop(outer);
            assert!(!is_running(a) && is_inside(a) && is_inside(b));
            drop(enter(b));
            assert!(!is_inside(a));
        })
        .join()
        .unwrap_or_else(|e| std::panic::resume_unwind(e));
        assert!(!is_inside(a) && !is_inside(b), "the thread has ended");
    }
}
