//! Bounded recursion when long chains of objects are deallocated.
//!
//! An object that owns another one of its type (a pointer type its item, a destructor's cdata the original) would nest
//! one C frame for each link. Beyond a depth, the references are put aside, and the outermost deallocation of the
//! thread drops them before it returns.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;

use super::obj::Owned;
use super::refcount;

const MAX_DEPTH: u32 = 40;

/// The references that a thread has put aside. The type has no destructor, which would have to be registered for each
/// thread: that ends the process if there is no memory. The list is empty when the outermost deallocation returns.
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
    // If the thread's storage is gone already, the reference is dropped in place.
    let _ = TRASH.try_with(|t| {
        if t.depth.get() >= MAX_DEPTH {
            // Without memory for the list, the reference is dropped in place. That takes more stack, of which there is
            // more.
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

/// Drops a reference to an object as [`release`] does. One that others refer to, too, is not deallocated.
#[inline]
pub fn release_object(value: Owned) {
    if refcount::is_shared(&value) {
        drop(value);
    } else {
        release(value);
    }
}

#[cold]
fn free_if_empty(later: &RefCell<ManuallyDrop<Vec<Box<dyn Any>>>>) {
    if let Ok(mut later) = later.try_borrow_mut()
        && later.is_empty()
    {
        drop(std::mem::take(&mut **later));
    }
}
