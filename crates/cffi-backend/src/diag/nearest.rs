//! Finds the existing name that was probably meant by one that does not exist.

/// The length of the longest names that are compared.
const LONGEST: usize = 64;

/// Returns the name that takes the fewest changes, if they are few for its length and do not replace all of it.
pub(crate) fn nearest<'a>(word: &[u8], names: impl Iterator<Item = &'a [u8]>) -> Option<&'a [u8]> {
    let allowed = word.len().div_ceil(3).min(3).min(word.len().saturating_sub(1));
    let wanted = letters(word);
    // Each letter that only one of the two names has takes a change. This excludes most names at little cost.
    let few = |some: u32, others: u32| (some & !others).count_ones() as usize <= allowed;
    names
        .filter(|name| name.len().abs_diff(word.len()) <= allowed && name.len() <= LONGEST)
        .filter(|name| {
            let found = letters(name);
            few(wanted, found) && few(found, wanted)
        })
        .map(|name| (distance(word, name), name))
        .filter(|(changes, _)| *changes <= allowed)
        .min_by_key(|(changes, _)| *changes)
        .map(|(_, name)| name)
}

/// Returns the set of letters in a name, as bits that upper and lower case share.
fn letters(word: &[u8]) -> u32 {
    word.iter().fold(0, |bits, letter| bits | 1 << (letter & 31))
}

/// Returns the number of letters to insert, delete or exchange, ignoring case. `b` is not longer than `LONGEST`.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row = [0; LONGEST + 1];
    let Some(row) = row.get_mut(..=b.len()) else { return usize::MAX };
    row.iter_mut().enumerate().for_each(|(j, changes)| *changes = j);
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let exchanged = diagonal + usize::from(!x.eq_ignore_ascii_case(y));
            diagonal = row[j + 1];
            row[j + 1] = exchanged.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_changes() {
        for (a, b, n) in [
            ("point", "point", 0),
            ("pint", "point", 1),
            ("Ponit", "point", 2),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), n, "{a} {b}");
            assert_eq!(distance(b.as_bytes(), a.as_bytes()), n, "{b} {a}");
        }
    }

    #[test]
    fn the_nearest_name_is_not_too_far() {
        let names = || ["point", "place", "number"].into_iter().map(str::as_bytes);
        assert_eq!(nearest(b"pint", names()), Some(&b"point"[..]));
        assert_eq!(nearest(b"plaice", names()), Some(&b"place"[..]));
        assert_eq!(nearest(b"NUMB3R", names()), Some(&b"number"[..]));
        assert_eq!(nearest(b"x", names()), None);
        assert_eq!(nearest(b"x", [&b"y"[..], b"X"].into_iter()), Some(&b"X"[..]));
        assert_eq!(nearest(b"x", [&b"y"[..], b"xy"].into_iter()), None);
        assert_eq!(nearest(b"", names()), None);
    }
}
