//! Bounded recursion when long chains of objects are deallocated.
//!
//! An object that owns another of its own kind (a pointer type its item, a destructor's cdata the original) would
//! nest one C frame for each link. Past a depth the references are put aside and dropped by the outermost
//! deallocation of the thread, before it returns.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;

const MAX_DEPTH: u32 = 40;

/// It has no destructor, which would have to be registered for each thread: that ends the process if there is no memory.
/// Nothing is left in the list when the outermost deallocation returns.
struct Trash {
    depth: Cell<u32>,
    later: RefCell<ManuallyDrop<Vec<Box<dyn Any>>>>,
}

thread_local! {
    static TRASH: Trash =
        const { Trash { depth: Cell::new(0), later: RefCell::new(ManuallyDrop::new(Vec::new())) } };
}

/// Drops a reference, or something that holds references, inside a `tp_dealloc`.
pub fn release<T: 'static>(value: T) {
    let mut value = Some(value);
    // Where the thread's storage is gone already, the reference is dropped in place.
    let _ = TRASH.try_with(|t| {
        if t.depth.get() >= MAX_DEPTH {
            // Without memory to note it, it is dropped in place: that takes more of the stack, which is larger.
            if let Ok(mut later) = t.later.try_borrow_mut()
                && later.try_reserve(1).is_ok()
                && let Some(v) = value.take()
            {
                if let Ok(v) = cffi_memory::boxed(v) {
                    later.push(v);
                }
                return;
            }
        }
        t.depth.set(t.depth.get() + 1);
        drop(value.take());
        if t.depth.get() == 1 {
            // The borrow ends before the drop, which may come back here and add more.
            while let Some(next) = { t.later.borrow_mut().pop() } {
                drop(next);
                free_if_empty(&t.later);
            }
        }
        t.depth.set(t.depth.get() - 1);
    });
}

#[cold]
fn free_if_empty(later: &RefCell<ManuallyDrop<Vec<Box<dyn Any>>>>) {
    if let Ok(mut later) = later.try_borrow_mut()
        && later.is_empty()
    {
        drop(std::mem::take(&mut **later));
    }
}
