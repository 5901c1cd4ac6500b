//! The callbacks that are running, on all threads, so that none is freed while a call uses it.
//!
//! Every thread that calls a callback would write to a counter in it. Instead each thread has a separate record, into
//! which it writes the callbacks that it runs. Code that frees a callback looks through all records, which happens far
//! less often.
//!
//! There are two marks for each call. `running` lasts as long as the call needs the callback's Python objects. `inside`
//! lasts longer: when the handler returns, the thread still has to go back through the closure's code. So that mark
//! stays until the thread proves that it is out, by coming in again at this depth or by ending.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

use cffi_local::{self as local, Local};
use cffi_memory::lists::Kept;

use super::thread_end::{Key, call_at_end};

/// The number of nested calls that a record has room for.
const DEPTH: usize = 14;

type Place = AtomicPtr<c_void>;

/// The callbacks that one thread runs. Written by that thread, read by all; on separate cache lines.
#[repr(align(128))]
struct Record {
    /// Whether a living thread has the record. Records are used again, and never freed.
    taken: AtomicBool,
    running: [Place; DEPTH],
    inside: [Place; DEPTH],
}

/// The list of all records. Process-wide, like threads.
static RECORDS: Kept<Record> = Kept::new();

/// Finds the thread's record through its block. There is no record once the thread's destructors have run.
// SAFETY: no other code makes a place.
static RECORD: local::Place<Record> = unsafe { local::Place::new() };

/// The number of calls that run without a mark: nested too deeply, or on threads that are ending. While there are any,
/// nothing is freed.
static UNMARKED: AtomicUsize = AtomicUsize::new(0);

/// Indices of counters of the thread's block: the number of calls that are running, and the number of places of `inside` that
/// may be filled. Once the thread's destructors have run there is no room for a mark.
const RUNNING: usize = 0;
const HIGH: usize = 1;

/// Registers threads that have a record.
static HOLDERS: Key = Key::new();

/// Gives the calling thread's record back, as the thread ends.
extern "C" fn give_back(_: *mut c_void) {
    local::with(|own| {
        let record = RECORD.get(own);
        RECORD.set(own, None);
        own.counts[RUNNING].set(DEPTH);
        let Some(record) = record else { return };
        for place in record.running.iter().chain(&record.inside) {
            place.store(std::ptr::null_mut(), Ordering::Release);
        }
        record.taken.store(false, Ordering::Release);
    });
}

/// Returns the calling thread's record, or `None` if the thread's destructors have run.
#[inline(always)]
fn own_record(own: &Local) -> Option<&'static Record> {
    match RECORD.get(own) {
        Some(record) => Some(record),
        None => hold(own),
    }
}

#[cold]
fn hold(own: &Local) -> Option<&'static Record> {
    if !call_at_end(&HOLDERS, give_back) {
        return None;
    }
    let record = claim();
    RECORD.set(own, Some(record));
    Some(record)
}

/// Returns a record that belongs to no thread, or a new one.
#[cold]
fn claim() -> &'static Record {
    let free = RECORDS.iter().find(|r| {
        !r.taken.load(Ordering::Relaxed)
            && r.taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok()
    });
    free.unwrap_or_else(|| {
        RECORDS.push(Record {
            taken: AtomicBool::new(true),
            running: [const { AtomicPtr::new(std::ptr::null_mut()) }; DEPTH],
            inside: [const { AtomicPtr::new(std::ptr::null_mut()) }; DEPTH],
        })
    })
}

/// The marks of a call that is running; dropping it ends the first of them. It has the block of the thread.
pub(super) struct Mark<'a>(Option<(&'static Record, usize, &'a Local)>);

/// Marks a callback as running on this thread. Parts of it that are read afterwards are not freed before the mark ends,
/// if the code that frees them makes them unreachable before it asks [`is_running`].
#[inline]
pub(super) fn enter(own: &Local, callback: *const c_void) -> Mark<'_> {
    let depth = own.counts[RUNNING].get();
    let marked = if depth < DEPTH { own_record(own) } else { None };
    let Some(record) = marked else {
        UNMARKED.fetch_add(1, Ordering::SeqCst);
        return Mark(None);
    };
    let p = callback.cast_mut();
    record.inside[depth].store(p, Ordering::Relaxed);
    record.running[depth].store(p, MARK);
    // The callbacks that were called from here at a greater depth have returned.
    if own.counts[HIGH].get() > depth + 1 {
        forget_deeper(own, record, depth + 1);
    }
    own.counts[HIGH].set(depth + 1);
    own.counts[RUNNING].set(depth + 1);
    Mark(Some((record, depth, own)))
}

/// Ends the marks of callbacks that have returned, from a depth on.
#[inline(never)]
fn forget_deeper(own: &Local, record: &Record, from: usize) {
    for place in &record.inside[from..own.counts[HIGH].get().clamp(from, DEPTH)] {
        place.store(std::ptr::null_mut(), Ordering::Release);
    }
}

/// With a GIL, a thread that looks for marks before freeing holds it, as does a thread that begins or ends to use a
/// marked callback.
const MARK: Ordering = if cfg!(Py_GIL_DISABLED) { Ordering::SeqCst } else { Ordering::Release };

impl Drop for Mark<'_> {
    #[inline]
    fn drop(&mut self) {
        match self.0 {
            Some((record, depth, own)) => {
                record.running[depth].store(std::ptr::null_mut(), MARK);
                own.counts[RUNNING].set(depth);
            }
            None => {
                UNMARKED.fetch_sub(1, Ordering::SeqCst);
            }
        }
    }
}

fn any(callback: *const c_void, places: impl Fn(&'static Record) -> &'static [Place; DEPTH]) -> bool {
    UNMARKED.load(Ordering::SeqCst) != 0
        || RECORDS.iter().any(|r| places(r).iter().any(|p| std::ptr::eq(p.load(Ordering::SeqCst), callback)))
}

/// Returns whether a call may be using the objects that a callback refers to.
pub(super) fn is_running(callback: *const c_void) -> bool {
    any(callback, |r| &r.running)
}

/// Returns whether a thread may still be in a callback's code.
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
            local::with(|own| {
                let outer = enter(own, a);
                let inner = enter(own, b);
                assert!(is_running(a) && is_running(b));
                drop(inner);
                assert!(is_running(a) && !is_running(b) && is_inside(b));
                drop(outer);
                assert!(!is_running(a) && is_inside(a) && is_inside(b));
                drop(enter(own, b));
                assert!(!is_inside(a));
            });
        })
        .join()
        .unwrap_or_else(|e| std::panic::resume_unwind(e));
        assert!(!is_inside(a) && !is_inside(b), "the thread has ended");
    }
}
