//! Lists that threads share without a lock.
//!
//! A process can be forked at any moment, and a lock that another thread held then would stay locked in the child. Threads
//! that end must not wait for others either.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

struct Node<T> {
    value: T,
    next: *mut Node<T>,
}

/// Puts a value in front of a list.
fn push<T>(first: &AtomicPtr<Node<T>>, value: T) -> *mut Node<T> {
    let mut next = first.load(Ordering::Acquire);
    let node = Box::into_raw(Box::new(Node { value, next }));
    loop {
        match first.compare_exchange_weak(next, node, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => return node,
            Err(other) => {
                next = other;
                // SAFETY: the node is this thread's until an exchange succeeds, and only then others see it.
                unsafe { (*node).next = next };
            }
        }
    }
}

/// Values that any thread may push. They are taken all at once.
pub struct Taken<T>(AtomicPtr<Node<T>>);

// SAFETY: values are only moved in and out, each by one thread at a time.
unsafe impl<T: Send> Sync for Taken<T> {}

impl<T> Taken<T> {
    /// Makes an empty list.
    #[must_use]
    pub const fn new() -> Taken<T> {
        Taken(AtomicPtr::new(ptr::null_mut()))
    }

    /// Adds a value.
    pub fn push(&self, value: T) {
        push(&self.0, value);
    }

    /// Takes all values, the latest first. Those that the caller does not ask for are never dropped.
    pub fn take_all(&self) -> impl Iterator<Item = T> + use<T> {
        let mut next = self.0.swap(ptr::null_mut(), Ordering::Acquire);
        std::iter::from_fn(move || {
            if next.is_null() {
                return None;
            }
            // SAFETY: the chain is this thread's since the exchange; each of its nodes is a leaked box.
            let node = unsafe { Box::from_raw(next) };
            next = node.next;
            Some(node.value)
        })
    }
}

impl<T> Default for Taken<T> {
    fn default() -> Taken<T> {
        Taken::new()
    }
}

/// Values that any thread may push, and that are never freed.
pub struct Kept<T: 'static>(AtomicPtr<Node<T>>);

// SAFETY: all threads get shared references to the values, and none is ever moved out or dropped.
unsafe impl<T: Send + Sync> Sync for Kept<T> {}

impl<T> Kept<T> {
    /// Makes an empty list.
    #[must_use]
    pub const fn new() -> Kept<T> {
        Kept(AtomicPtr::new(ptr::null_mut()))
    }

    /// Adds a value.
    pub fn push(&self, value: T) -> &'static T {
        // SAFETY: the node is a leaked box, which nobody frees, and which nobody changes once it is in the list.
        unsafe { &(*push(&self.0, value)).value }
    }

    /// Returns the values, the latest first.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = &'static T> + use<T> {
        // SAFETY: null, or a node of the list, none of which is ever freed or changed.
        let first = unsafe { self.0.load(Ordering::SeqCst).as_ref::<'static>() };
        // SAFETY: null, or a node of the list, none of which is ever freed or changed.
        std::iter::successors(first, |node| unsafe { node.next.as_ref() }).map(|node| &node.value)
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Kept<T> {
        Kept::new()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_value_comes_out_once() {
        static LIST: Taken<usize> = Taken::new();
        let taken: Vec<usize> = std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || (0..1000).for_each(|i| LIST.push(thread * 1000 + i)));
            }
            let takers: Vec<_> = (0..2)
                .map(|_| scope.spawn(|| (0..200).flat_map(|_| LIST.take_all()).collect::<Vec<_>>()))
                .collect();
            takers.into_iter().flat_map(|taker| taker.join().unwrap_or_default()).collect()
        });
        let all: Vec<usize> = taken.into_iter().chain(LIST.take_all()).collect();
        assert_eq!((all.len(), all.iter().collect::<HashSet<_>>().len()), (4000, 4000));
        assert!(LIST.take_all().next().is_none());
    }

    #[test]
    fn every_value_stays() {
        static LIST: Kept<usize> = Kept::new();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    for i in 0..1000 {
                        let value = LIST.push(thread * 1000 + i);
                        assert!(LIST.iter().any(|known| ptr::eq(known, value)));
                    }
                });
            }
        });
        let all: Vec<usize> = LIST.iter().copied().collect();
        assert_eq!((all.len(), all.iter().collect::<HashSet<_>>().len()), (4000, 4000));
    }
}
