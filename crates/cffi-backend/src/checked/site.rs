//! The Python line that is running.

use std::cell::{OnceCell, RefCell};

use cffi_regions::Site;
use cffi_regions::site::file;
use cffi_rt::frame::{self, Frame};
use cffi_rt::interp::Reference;
use cffi_rt::{Obj, Py, text};

/// Files whose lines are not what a program wants to see: the front end between it and the backend, and modules of the
/// standard library that call what they are given.
const INSIDE: [&str; 8] = [
    "cffi/api.py",
    "cffi/model.py",
    "cffi/backend_ctypes.py",
    "ferrocffi/checked.py",
    "ferrocffi/ffi.py",
    "/contextlib.py",
    "/functools.py",
    "/weakref.py",
];

/// The largest number of frames that are looked at.
const DEPTH: usize = 8;

/// Returns the innermost line of the program itself: files of the front end are skipped.
pub(super) fn here(py: Py<'_>) -> Site {
    let Some(mut frame) = frame::current(py) else { return Site::NONE };
    let (first, is_inside) = of_frame(py, &frame);
    if !is_inside {
        return first;
    }
    for _ in 0..DEPTH {
        let Some(back) = frame.back(py) else { break };
        frame = back;
        let (site, is_inside) = of_frame(py, &frame);
        if !is_inside {
            return site;
        }
    }
    first
}

/// A line that was found before.
struct Found {
    /// A strong reference, so that no other code gets the address while the entry is there.
    code: Reference,
    instruction: i32,
    site: Site,
    /// Whether the file is one of [`INSIDE`].
    is_inside: bool,
}

/// The number of lines that a thread keeps.
const FOUND: usize = 64;

/// The lines that a thread has found, each in the place that its instruction has. The references of a thread that ends, and
/// those to code of interpreters that have ended, are never given up.
type Lines = Box<[RefCell<Option<Found>>; FOUND]>;

thread_local! {
    /// On the heap, since the C library has room for few variables of threads where calls find theirs fast.
    static RECENT: OnceCell<Lines> = const { OnceCell::new() };
}

/// Calls `f` with a place of this thread's list, if the thread has one (it is not about to end). `f` runs no Python code.
#[inline]
fn with_place<T>(place: usize, f: impl FnOnce(&mut Option<Found>) -> T) -> Option<T> {
    let fresh = || Box::new([const { RefCell::new(None) }; FOUND]);
    let in_place =
        |place: &RefCell<Option<Found>>| place.try_borrow_mut().ok().map(|mut place| f(&mut place));
    RECENT.try_with(|recent| in_place(&recent.get_or_init(fresh)[place % FOUND])).ok().flatten()
}

/// Returns the line that a frame is at, and whether it is one of the front end.
fn of_frame(py: Py<'_>, frame: &Frame) -> (Site, bool) {
    let code = frame.code(py);
    let instruction = frame.instruction(py);
    let place = (code.as_ptr().addr() >> 5) ^ instruction.unsigned_abs() as usize;
    let known = with_place(place, |place| {
        let found = place.as_ref()?;
        let is_it =
            found.instruction == instruction && found.code.get(py).is_some_and(|known| known.is(&code));
        is_it.then_some((found.site, found.is_inside))
    });
    if let Some(known) = known.flatten() {
        return known;
    }
    let site = look(py, frame, &code);
    let is_inside = INSIDE.iter().any(|inside| site.file.ends_with(inside));
    if instruction < 0 {
        return (site, is_inside);
    }
    let mut entry = Some(Found { code: Reference::new(py, code), instruction, site, is_inside });
    with_place(place, |place| std::mem::swap(place, &mut entry));
    // The entry that was there, or the new one if there is no place for it.
    if let Some(old) = entry {
        old.code.give_up(py);
    }
    (site, is_inside)
}

#[cold]
fn look(py: Py<'_>, frame: &Frame, code: &Obj) -> Site {
    let line = frame.line(py);
    match code.getattr_str(py, "co_filename") {
        Ok(name) => Site { file: file(&text::lossy(py, &name)), line: u32::try_from(line).unwrap_or(0) },
        Err(raised) => {
            py.err_clear(raised);
            Site::NONE
        }
    }
}
