//! Combining the words of a basic type.

use cffi_types::Prim;

/// The number of times that each word was read. Their order does not matter in C.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Words {
    pub(crate) void: u8,
    pub(crate) bool: u8,
    pub(crate) char: u8,
    pub(crate) short: u8,
    pub(crate) int: u8,
    pub(crate) long: u8,
    pub(crate) float: u8,
    pub(crate) double: u8,
    pub(crate) signed: u8,
    pub(crate) unsigned: u8,
    pub(crate) complex: u8,
    pub(crate) int128: u8,
    /// `__int8`, `__int16`, `__int32` or `__int64` of Visual C++: the size in bytes.
    pub(crate) sized: u8,
    /// The type of a keyword such as `_Float16`.
    pub(crate) special: Option<Prim>,
}

impl Words {
    pub(crate) fn any(&self) -> bool {
        *self != Words::default()
    }

    /// Returns the type that the words denote, if they denote one. The caller handles `void`.
    pub(crate) fn prim(&self, implicit_complex: bool) -> Option<Prim> {
        let Words { signed, unsigned, .. } = *self;
        let signs = signed + unsigned;
        if signs > 1 || self.complex > 1 {
            return None;
        }
        let rest = Words { signed: 0, unsigned: 0, complex: 0, ..*self };
        if self.complex == 1 {
            return if signs == 0 { complex(&rest, implicit_complex) } else { None };
        }
        let sign = |plain: Prim, other: Prim| Some(if unsigned == 1 { other } else { plain });
        if let Some(prim) = rest.special {
            return (rest == Words { special: Some(prim), ..Words::default() } && signs == 0).then_some(prim);
        }
        let only = |words: Words| rest == words;
        let none = Words::default();
        if only(Words { bool: 1, ..none }) && signs == 0 {
            return Some(Prim::Bool);
        }
        if only(Words { char: 1, ..none }) {
            return match (signed, unsigned) {
                (0, 0) => Some(Prim::Char),
                (1, _) => Some(Prim::SChar),
                _ => Some(Prim::UChar),
            };
        }
        if only(Words { int128: 1, ..none }) {
            return sign(Prim::Int128, Prim::UInt128);
        }
        if only(Words { double: 1, ..none }) && signs == 0 {
            return Some(Prim::Double);
        }
        if only(Words { double: 1, long: 1, ..none }) && signs == 0 {
            return Some(Prim::LongDouble);
        }
        if only(Words { float: 1, ..none }) && signs == 0 {
            return Some(Prim::Float);
        }
        match rest.sized {
            0 => {}
            size if only(Words { sized: size, ..none }) => {
                return match size {
                    1 if signs == 0 => Some(Prim::SChar),
                    1 => sign(Prim::SChar, Prim::UChar),
                    2 => sign(Prim::Short, Prim::UShort),
                    4 => sign(Prim::Int, Prim::UInt),
                    _ => sign(Prim::LongLong, Prim::ULongLong),
                };
            }
            _ => return None,
        }
        if rest.int > 1 {
            return None;
        }
        let int = Words { int: 0, ..rest };
        if int == (Words { short: 1, ..none }) {
            return sign(Prim::Short, Prim::UShort);
        }
        if int == (Words { long: 1, ..none }) {
            return sign(Prim::Long, Prim::ULong);
        }
        if int == (Words { long: 2, ..none }) {
            return sign(Prim::LongLong, Prim::ULongLong);
        }
        (int == none).then(|| sign(Prim::Int, Prim::UInt)).flatten()
    }
}

fn complex(rest: &Words, implicit: bool) -> Option<Prim> {
    let none = Words::default();
    if let Some(prim) = rest.special {
        return match prim {
            Prim::Float16 => Some(Prim::Float16Complex),
            Prim::Float32 => Some(Prim::Float32Complex),
            Prim::Float64 => Some(Prim::Float64Complex),
            Prim::Float128 => Some(Prim::Float128Complex),
            Prim::Float32x => Some(Prim::Float32xComplex),
            Prim::Float64x => Some(Prim::Float64xComplex),
            _ => None,
        };
    }
    if *rest == (Words { float: 1, ..none }) {
        return Some(Prim::FloatComplex);
    }
    if *rest == (Words { double: 1, ..none }) || implicit && *rest == none {
        return Some(Prim::DoubleComplex);
    }
    (*rest == Words { double: 1, long: 1, ..none }).then_some(Prim::LongDoubleComplex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_types() {
        let none = Words::default();
        let prim = |words: Words| words.prim(true);
        assert_eq!(prim(Words { unsigned: 1, ..none }), Some(Prim::UInt));
        assert_eq!(prim(Words { long: 2, int: 1, unsigned: 1, ..none }), Some(Prim::ULongLong));
        assert_eq!(prim(Words { char: 1, ..none }), Some(Prim::Char));
        assert_eq!(prim(Words { char: 1, signed: 1, ..none }), Some(Prim::SChar));
        assert_eq!(prim(Words { double: 1, long: 1, complex: 1, ..none }), Some(Prim::LongDoubleComplex));
        assert_eq!(prim(Words { complex: 1, ..none }), Some(Prim::DoubleComplex));
        assert_eq!(prim(Words { double: 1, unsigned: 1, ..none }), None);
        assert_eq!(prim(Words { long: 3, ..none }), None);
        assert_eq!(prim(Words { short: 1, long: 1, ..none }), None);
        assert_eq!(prim(Words { signed: 1, unsigned: 1, ..none }), None);
        assert_eq!(
            prim(Words { special: Some(Prim::Float128), complex: 1, ..none }),
            Some(Prim::Float128Complex)
        );
    }
}
