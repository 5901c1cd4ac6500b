//! Binary search in tables of names.

use std::cmp::Ordering;

/// Returns the index of `name` in a table of `len` names that is sorted by bytes; `name_at` reads the table.
///
/// The steps are those of a plain bisection to the first name that is not less, so that a table that
/// is not sorted gives the same answer as it gives with the C implementation.
#[inline]
pub fn search_sorted<'a>(len: usize, name_at: impl Fn(usize) -> &'a [u8], name: &[u8]) -> Option<usize> {
    search_sorted_by(len, |i| name_at(i).cmp(name))
}

/// Returns the index of a name as [`search_sorted`] does; `compare` compares a name of the table with the one that is
/// sought.
#[inline]
pub fn search_sorted_by(len: usize, compare: impl Fn(usize) -> Ordering) -> Option<usize> {
    let (mut left, mut right) = (0, len);
    while left < right {
        let middle = left + (right - left) / 2;
        match compare(middle) {
            Ordering::Equal => return Some(middle),
            Ordering::Greater => right = middle,
            Ordering::Less => left = middle + 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_there_and_only_that() {
        let names: [&[u8]; 6] = [b"", b"A", b"a", b"ab", b"abc", b"b"];
        for len in 0..=names.len() {
            for (place, name) in names.iter().enumerate() {
                let expected = (place < len).then_some(place);
                assert_eq!(search_sorted(len, |i| names[i], name), expected);
            }
            assert_eq!(search_sorted(len, |i| names[i], b"aa"), None);
        }
    }
}
