//! The types and values of numeric, character and string constants.

use cffi_types::types::Length;
use cffi_types::{Prim, QualType, Quals, TypeId};

use super::{Operand, Value};
use crate::lex::literal::{self, Encoding, FloatSuffix};
use crate::lex::{Kind, Token};
use crate::parse::{Parsed, Parser};

impl Parser<'_> {
    /// Reads a number token.
    pub(super) fn number(&mut self, token: Token) -> Parsed<Operand> {
        let text = self.text(token);
        // The stock front end knows only the suffixes of C99.
        let plain = |byte: u8| byte.is_ascii_hexdigit() || b"xXuUlL".contains(&byte);
        if !self.is_c() && !text.bytes().all(plain) {
            return Err(self.refuse(token.loc, format!("invalid constant '{text}'")));
        }
        if let Some(number) = literal::integer(text) {
            if number.imaginary || number.bit_int {
                return Err(self.refuse(token.loc, format!("the constant {text} is not supported")));
            }
            let prim = self.integer_type(&number);
            return Ok(Operand::int(TypeId::of(prim), i128::from(number.value)));
        }
        if !self.is_c() {
            return Err(self.refuse(token.loc, format!("invalid constant '{text}'")));
        }
        let Some((value, suffix)) = literal::float(text) else {
            let message = if literal::is_too_large(text) {
                format!("the value of {text} needs more than 64 bits")
            } else {
                format!("'{text}' is not a number")
            };
            return Err(self.refuse(token.loc, message));
        };
        let (prim, value) = match suffix {
            FloatSuffix::None => (Prim::Double, value),
            FloatSuffix::Float => (Prim::Float, f64::from(value as f32)),
            FloatSuffix::Long => (Prim::LongDouble, value),
            FloatSuffix::Extended => {
                let lower = text.to_ascii_lowercase();
                if lower.ends_with("f32") {
                    (Prim::Float32, f64::from(value as f32))
                } else if lower.ends_with("f64") {
                    (Prim::Float64, value)
                } else if lower.ends_with("f32x") {
                    (Prim::Float32x, value)
                } else if lower.ends_with("f64x") || lower.ends_with('w') {
                    (Prim::Float64x, value)
                } else if lower.ends_with("bf16") {
                    (Prim::Bfloat16, value)
                } else if lower.ends_with("f16") {
                    (Prim::Float16, value)
                } else {
                    (Prim::Float128, value)
                }
            }
            FloatSuffix::Decimal => {
                return Err(self.refuse(token.loc, "decimal floating-point numbers are not supported"));
            }
        };
        Ok(Operand::new(TypeId::of(prim).into(), Value::Float(value)))
    }

    /// Returns the first type that can represent an integer constant.
    fn integer_type(&self, number: &literal::Integer) -> Prim {
        let target = &self.input.options.target;
        let value = number.value;
        let fits = |size: u8, signed: bool| {
            let bits = u32::from(size) * 8;
            let bits = if signed { bits - 1 } else { bits };
            bits >= 64 || value < 1u64 << bits
        };
        let candidates = [
            (0, target.int.size, Prim::Int, Prim::UInt),
            (1, target.long.size, Prim::Long, Prim::ULong),
            (2, target.long_long.size, Prim::LongLong, Prim::ULongLong),
        ];
        for (longs, size, signed, unsigned) in candidates {
            if longs < number.longs {
                continue;
            }
            if !number.unsigned && fits(size, true) {
                return signed;
            }
            if (number.unsigned || !number.decimal) && fits(size, false) {
                return unsigned;
            }
        }
        // No signed type can represent this decimal number. GCC takes `__int128`, or else an unsigned type with a
        // warning.
        Prim::ULongLong
    }

    /// Reads a character constant.
    pub(super) fn character(&mut self, token: Token) -> Parsed<Operand> {
        let text = self.text(token);
        let Some(constant) = literal::character(text) else {
            return Err(self.refuse(token.loc, format!("{text} is not a character constant")));
        };
        if !self.is_c() {
            self.check_character(token, text)?;
        }
        let target = &self.input.options.target;
        let value = constant.value(target.char_signed, target.wchar_signed);
        let ty = match constant.encoding {
            Encoding::Plain => Prim::Int.into_type(),
            Encoding::Utf8 => Prim::UChar.into_type(),
            Encoding::Utf16 => Prim::UShort.into_type(),
            Encoding::Utf32 => Prim::UInt.into_type(),
            Encoding::Wide => TypeId::of(self.wide_type()),
        };
        Ok(Operand::int(ty, i128::from(value)))
    }

    /// Checks that `cdef` accepts a character constant: one character, or a backslash and one character. Older versions
    /// of cffi give an escaped letter or digit the wrong value, so such a constant causes a warning.
    fn check_character(&mut self, token: Token, text: &str) -> Parsed<()> {
        let plain = text.len() == 3 || text.len() == 4 && text.starts_with("'\\");
        if !plain || !text.is_ascii() {
            return Err(self.refuse(token.loc, format!("invalid constant {text}")));
        }
        if text.len() == 4 && text[2..3].starts_with(|c: char| c.is_ascii_alphanumeric()) {
            self.warn(
                token.loc,
                format!("{text} has the value that it has in C, unlike in older versions of cffi"),
            );
        }
        Ok(())
    }

    /// Returns the integer type that `wchar_t` is.
    pub(crate) fn wide_type(&self) -> Prim {
        let target = &self.input.options.target;
        match (target.wchar_size, target.wchar_signed) {
            (2, false) => Prim::UShort,
            (2, true) => Prim::Short,
            (_, true) => Prim::Int,
            (_, false) => Prim::UInt,
        }
    }

    /// Reads a string and the strings that directly follow it, which C joins.
    pub(super) fn strings(&mut self, first: Token) -> Parsed<Operand> {
        let mut encoding = Encoding::Plain;
        let mut units: Vec<u32> = Vec::new();
        let mut token = first;
        let mut parts = Vec::new();
        loop {
            let text = self.text(token);
            let Some((found, part)) = literal::string(text) else {
                return Err(self.refuse(token.loc, format!("{text} is not a string")));
            };
            if encoding == Encoding::Plain {
                encoding = found;
            }
            parts.push((found, part));
            if self.peek().kind != Kind::Str {
                break;
            }
            token = self.next();
        }
        let wide = !matches!(encoding, Encoding::Plain | Encoding::Utf8);
        for (found, part) in parts {
            if wide && matches!(found, Encoding::Plain | Encoding::Utf8) {
                // A plain part of a wide string is decoded as UTF-8.
                let bytes: Vec<u8> = part.iter().map(|unit| *unit as u8).collect();
                units.extend(String::from_utf8_lossy(&bytes).chars().map(u32::from));
            } else {
                units.extend(part);
            }
        }
        let (prim, length, value) = if wide {
            let text: String = units.iter().map(|unit| char::from_u32(*unit).unwrap_or('\u{fffd}')).collect();
            let prim = match encoding {
                Encoding::Utf16 => Prim::Char16,
                Encoding::Utf32 => Prim::Char32,
                _ => Prim::WChar,
            };
            let two =
                prim == Prim::Char16 || prim == Prim::WChar && self.input.options.target.wchar_size == 2;
            let length = if two { text.encode_utf16().count() } else { text.chars().count() };
            (prim, length, Value::Wide(text))
        } else {
            let bytes: Vec<u8> = units.iter().map(|unit| *unit as u8).collect();
            (Prim::Char, bytes.len(), Value::Bytes(bytes))
        };
        let item = QualType::new(TypeId::of(prim), Quals::NONE);
        let ty = self.decls.types.array(item, Length::Fixed(length as u64 + 1));
        Ok(Operand::new(ty.into(), value))
    }
}

/// Conversion of a primitive type to a `QualType`.
trait IntoType {
    fn into_type(self) -> TypeId;
}

impl IntoType for Prim {
    fn into_type(self) -> TypeId {
        TypeId::of(self)
    }
}
