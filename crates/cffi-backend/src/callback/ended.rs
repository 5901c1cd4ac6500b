//! A list that threads add to when they end.
//!
//! It has no lock: a process can be forked at any moment, and a lock that another thread held then would stay locked in
//! the child.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Values that any thread may push. They are taken all at once.
pub(super) struct Ended<T>(AtomicPtr<Node<T>>);

struct Node<T> {
    value: T,
    next: *mut Node<T>,
}

// SAFETY: values are only moved in and out, each by one thread at a time.
unsafe impl<T: Send> Sync for Ended<T> {}

impl<T> Ended<T> {
    /// Makes an empty list.
    pub(super) const fn new() -> Ended<T> {
        Ended(AtomicPtr::new(ptr::null_mut()))
    }

    /// Adds a value.
    pub(super) fn push(&self, value: T) {
        let node = Box::into_raw(Box::new(Node { value, next: ptr::null_mut() }));
        let mut first = self.0.load(Ordering::Relaxed);
        loop {
            // SAFETY: a node of this thread until the exchange succeeds.
            unsafe { (*node).next = first };
            match self.0.compare_exchange_weak(first, node, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(other) => first = other,
            }
        }
    }

    /// Takes all values, the latest first.
    pub(super) fn take_all(&self) -> impl Iterator<Item = T> + use<T> {
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_value_comes_out_once() {
        static LIST: Ended<usize> = Ended::new();
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
}
