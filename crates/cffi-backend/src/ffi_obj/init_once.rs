//! `init_once`, which runs a function once for each tag.
//!
//! A dict has for each tag `(False, lock)` until there is a result, and `(True, result)` afterwards. The lock is a
//! capsule, so that it lives as long as a thread waits for it.

use std::sync::{Condvar, Mutex, PoisonError};

use crate::decls::object::FfiObject;
use cffi_rt::{Args, Obj, Owned, Params, Py, R, Raised, capsule, dict, raise, seq, text};

const PARAMS: Params = Params { function: "", names: &["func", "tag"], required: 2 };

/// FFI method `init_once`.
pub(crate) fn init_once(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let [Some(func), Some(tag)] = args.bind(py, &PARAMS)? else { return Err(py.no_memory()) };
    let results = results(py, ffi)?;
    let entry = match dict::get(py, results, tag)? {
        Some(entry) => entry,
        None => dict::set_default(py, results, tag, &*pending(py)?)?,
    };
    if let Some(result) = result_of(py, &entry) {
        return Ok(result);
    }
    let lock = seq::tuple_item(&entry, 1)
        .and_then(|lock| capsule::get::<Running>(py, lock))
        .ok_or_else(|| broken(py))?;
    let _held = lock.acquire(py, tag)?;
    // The other call, which this one waited for, may have had a result.
    if let Some(result) = dict::get(py, results, tag)?.as_deref().and_then(|e| result_of(py, e)) {
        return Ok(result);
    }
    let result = func.call(py, &[])?;
    let done = py.bool(true);
    dict::set(py, results, tag, &*seq::tuple(py, &[&done, &result])?)?;
    Ok(result)
}

fn results<'a>(py: Py<'_>, ffi: &'a FfiObject) -> R<&'a Obj> {
    match ffi.once.get() {
        Some(results) => Ok(results),
        None => Ok(ffi.once.set_or_get(dict::new(py)?)),
    }
}

/// Returns the result in a dict entry, if it has one.
fn result_of(py: Py<'_>, entry: &Obj) -> Option<Owned> {
    let done = seq::tuple_item(entry, 0)?.is(&py.bool(true));
    if done { seq::tuple_item(entry, 1).map(Obj::new_ref) } else { None }
}

/// Makes a dict entry for a tag without a result.
fn pending(py: Py<'_>) -> R {
    seq::tuple(py, &[&py.bool(false), &*capsule::new(py, Running::default())?])
}

#[cold]
fn broken(py: Py<'_>) -> Raised {
    raise!(py, System, "the table of init_once() results is broken")
}

/// The thread that is running the function of a tag.
#[derive(Default)]
struct Running {
    by: Mutex<Option<usize>>,
    done: Condvar,
}

/// The right to run the function, given back when dropped.
struct Held<'a>(&'a Running);

impl Running {
    /// Waits, detached, until no other thread runs the function. `RuntimeError` if this thread runs it.
    fn acquire(&self, py: Py<'_>, tag: &Obj) -> R<Held<'_>> {
        let me = cffi_local::this_thread();
        let mut by = self.by.lock().unwrap_or_else(PoisonError::into_inner);
        if *by == Some(me) {
            drop(by);
            let tag = text::repr(py, tag)?;
            return Err(raise!(py, Runtime, "init_once() of the tag {tag} from inside of its own function"));
        }
        if by.is_none() {
            *by = Some(me);
            return Ok(Held(self));
        }
        drop(by);
        py.away(|| {
            let by = self.by.lock().unwrap_or_else(PoisonError::into_inner);
            let mut by = self.done.wait_while(by, |by| by.is_some()).unwrap_or_else(PoisonError::into_inner);
            *by = Some(me);
        });
        Ok(Held(self))
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        *self.0.by.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.0.done.notify_one();
    }
}
