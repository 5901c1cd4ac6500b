//! Finding a primitive type by name.
//!
//! A perfect hash, its seed searched for at compile time: one pass over the name, one table read and one
//! comparison, whichever type is asked for.

use super::{ALL_COUNT, COUNT, OTHER_TABLE, Primitive, TABLE, by_number};

const SLOTS: usize = 512;

/// FNV-1a with a chosen seed, folded to a slot number.
const fn slot(name: &[u8], seed: u32) -> usize {
    let mut hash = seed;
    let mut i = 0;
    while i < name.len() {
        hash = (hash ^ name[i] as u32).wrapping_mul(0x0100_0193);
        i += 1;
    }
    (hash ^ (hash >> 15)) as usize % SLOTS
}

struct Index {
    seed: u32,
    /// Primitive number per slot, 0 for an empty one.
    numbers: [u8; SLOTS],
}

const fn fill(seed: u32) -> Option<[u8; SLOTS]> {
    let mut numbers = [0u8; SLOTS];
    let mut i = 0;
    while i < ALL_COUNT {
        let known = if i < COUNT { Some(&TABLE[i]) } else { OTHER_TABLE[i - COUNT].as_ref() };
        if let Some(primitive) = known {
            let at = slot(primitive.name.as_bytes(), seed);
            if numbers[at] != 0 {
                return None;
            }
            numbers[at] = primitive.number;
        }
        i += 1;
    }
    Some(numbers)
}

const fn build() -> Index {
    let mut seed = 0;
    loop {
        if let Some(numbers) = fill(seed) {
            return Index { seed, numbers };
        }
        seed += 1;
    }
}

static INDEX: Index = build();

/// Returns the primitive type of this name, spelled exactly as in [`PRIMITIVES`](super::PRIMITIVES); `None` for `void` and unknown names.
///
/// The complex types go by `_cffi_float_complex_t` and `_cffi_double_complex_t`.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Primitive> {
    // No name is longer; this bounds the work for arbitrary input.
    if name.len() > 32 {
        return None;
    }
    let number = INDEX.numbers[slot(name.as_bytes(), INDEX.seed)];
    let primitive = by_number(usize::from(number))?;
    (primitive.name == name).then_some(primitive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_finds_itself() {
        for number in 1..=ALL_COUNT {
            if let Some(primitive) = by_number(number) {
                assert_eq!(by_name(primitive.name), Some(primitive));
            }
        }
    }

    #[test]
    fn other_names_find_nothing() {
        for name in ["", "void", "float _Complex", "Int", "int ", "int\0", "unsigned", "size_t*"] {
            assert_eq!(by_name(name), None, "{name:?}");
        }
        assert_eq!(by_name(&"x".repeat(1000)), None);
    }
}
