//! The note below the error about a name that is not declared: the name that was probably meant.

use std::hash::Hasher;

use cffi_abi::StructFlags;
use cffi_parse::ParseError;
use rustc_hash::FxHasher;

use crate::decls::declarations::Declarations;
use crate::diag::nearest::nearest;
use cffi_rt::line::Line;
use cffi_rt::note::{Key, Notes};
use cffi_rt::{Py, Raised};

/// The largest number of names that are compared.
const MOST: usize = 4000;

/// Adds a note to the error about a text that is no type: the name that is nearest to its unknown name.
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
    let key = Key {
        place: UNDECLARED,
        of: [std::ptr::from_ref(names).addr(), usize::from(of_structs)],
        expected: hash(word),
        got: names.num_structs(),
        name: [0, names.num_typenames()],
    };
    py.note_known(notes, raised, Some(&key), |line| push(line, names, of_structs, word))
}

/// The number of this kind of place in keys of notes, beside those of [`crate::diag`].
const UNDECLARED: usize = 7 | 1 << 3;

fn hash(word: &[u8]) -> usize {
    let mut hasher = FxHasher::default();
    hasher.write(word);
    hasher.finish() as usize
}

/// Writes which name was probably meant, if there is one like it.
fn push(line: &mut Line, names: &Declarations, of_structs: bool, word: &[u8]) {
    let structs = || {
        (0..names.num_structs().min(MOST))
            .filter_map(|i| names.struct_union(i))
            .map(|s| s.name)
            .filter(|n| !n.starts_with(b"$"))
    };
    let typedefs = || (0..names.num_typenames().min(MOST)).filter_map(|i| names.typename(i)).map(|t| t.0);
    if of_structs && names.find_typename(word).is_some() {
        let word = String::from_utf8_lossy(word);
        line.push("'").push(&word).push("' is a typedef: write it without 'struct' or 'union'");
        return;
    }
    if let (false, Some(found)) = (of_structs, names.find_struct(word).and_then(|i| names.struct_union(i))) {
        let kind = if found.flags.has(StructFlags::UNION) { "union" } else { "struct" };
        let word = String::from_utf8_lossy(word);
        line.push("there is a ").push(kind).push(" of that name: write '").push(kind).push(" ").push(&word);
        line.push("'");
        return;
    }
    let nearest = if of_structs { nearest(word, structs()) } else { nearest(word, typedefs()) };
    if let Some(name) = nearest {
        line.push("did you mean '").push(&String::from_utf8_lossy(name)).push("'?");
    }
}

/// Returns the identifier that begins at `offset`.
fn word_at(input: &str, offset: usize) -> &[u8] {
    let rest = input.as_bytes().get(offset..).unwrap_or_default();
    let end = rest.iter().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$')));
    &rest[..end.unwrap_or(rest.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_identifiers_do() {
        assert_eq!(word_at("struct pint *", 7), b"pint");
        assert_eq!(word_at("pint", 0), b"pint");
        assert_eq!(word_at("x", 9), b"");
    }
}
