//! What was probably meant by a name that is not declared, for the note below the error.

use cffi_abi::StructFlags;
use cffi_parse::ParseError;

use crate::decls::declarations::Declarations;
use cffi_rt::note::Notes;
use cffi_rt::{Py, Raised};

/// Names that are looked through at most, and the longest that are compared.
const MOST: usize = 4000;
const LONGEST: usize = 64;

/// Adds to the error about a text that is no type what its unknown name comes close to.
#[cold]
pub(crate) fn explain(
    py: Py<'_>,
    notes: &Notes,
    raised: Raised,
    names: &Declarations,
    input: &str,
    error: &ParseError,
) -> Raised {
    let of_structs = match error.message {
        "undefined struct/union name" => true,
        "undefined type name" => false,
        _ => return raised,
    };
    let word = word_at(input, error.offset);
    let structs = || {
        (0..names.num_structs().min(MOST))
            .filter_map(|i| names.struct_union(i))
            .map(|s| s.name)
            .filter(|n| !n.starts_with(b"$"))
    };
    let typedefs = || (0..names.num_typenames().min(MOST)).filter_map(|i| names.typename(i)).map(|t| t.0);
    if of_structs && names.find_typename(word).is_some() {
        let word = String::from_utf8_lossy(word);
        return py.note(
            notes,
            raised,
            format_args!("'{word}' is the name of a typedef: without 'struct' or 'union'"),
        );
    }
    if let (false, Some(found)) = (of_structs, names.find_struct(word).and_then(|i| names.struct_union(i))) {
        let kind = if found.flags.has(StructFlags::UNION) { "union" } else { "struct" };
        let word = String::from_utf8_lossy(word);
        return py.note(notes, raised, format_args!("there is a {kind} of that name: '{kind} {word}'"));
    }
    let nearest = if of_structs { nearest(word, structs()) } else { nearest(word, typedefs()) };
    match nearest {
        Some(name) => {
            py.note(notes, raised, format_args!("did you mean '{}'?", String::from_utf8_lossy(name)))
        }
        None => raised,
    }
}

/// The identifier that begins at `offset`.
fn word_at(input: &str, offset: usize) -> &[u8] {
    let rest = input.as_bytes().get(offset..).unwrap_or_default();
    let end = rest.iter().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$')));
    &rest[..end.unwrap_or(rest.len())]
}

/// The name that takes the fewest changes, if those are few for its length.
fn nearest<'a>(word: &[u8], names: impl Iterator<Item = &'a [u8]>) -> Option<&'a [u8]> {
    let allowed = word.len().div_ceil(3).min(3);
    let wanted = letters(word);
    // Each letter that only one of the two has takes a change: that tells most names apart at little cost.
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

/// Which letters there are, as bits that upper and lower case share.
fn letters(word: &[u8]) -> u32 {
    word.iter().fold(0, |bits, letter| bits | 1 << (letter & 31))
}

/// How many letters have to be put in, taken out or exchanged, without regard to case. `b` is not longer than `LONGEST`.
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
        assert_eq!(nearest(b"", names()), None);
    }

    #[test]
    fn words_end_where_identifiers_do() {
        assert_eq!(word_at("struct pint *", 7), b"pint");
        assert_eq!(word_at("pint", 0), b"pint");
        assert_eq!(word_at("x", 9), b"");
    }
}
