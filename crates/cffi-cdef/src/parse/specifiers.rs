//! The words before the declarators: storage class, qualifiers and the type.

use cffi_types::decls::DeclFlags;
use cffi_types::{Prim, QualType, Quals, Target, TypeId};

use super::attribute_set::Attributes;
use super::basic::Words;
use super::specifier_set::{Specifiers, Storage};
use super::{Parsed, Parser};
use crate::intern::Atom;
use crate::lex::{Kind, Token};
use crate::pp::Edition;
use crate::source::Loc;
use crate::words;

/// Specifiers that are being read.
struct Making {
    specifiers: Specifiers,
    words: Words,
    quals: Quals,
    ty: Option<QualType>,
    /// Whether a basic type such as `int` was read. In `cdef` no sign or size may follow it.
    base_seen: bool,
}

impl Making {
    fn has_type(&self) -> bool {
        self.ty.is_some() || self.words.any() || self.specifiers.auto_type
    }
}

impl Parser<'_> {
    pub(crate) fn is_c23(&self) -> bool {
        self.is_c() && self.input.options.standard.edition >= Edition::C23
    }

    /// Reads specifiers, which must include a type.
    pub(crate) fn specifiers(&mut self) -> Parsed<Specifiers> {
        let loc = self.peek().loc;
        let (constants, known) = (self.cdef.constants_before.len(), self.cdef.known_constants);
        let specifiers = Specifiers {
            ty: QualType::VOID,
            storage: Storage::default(),
            attributes: Attributes::default(),
            loc,
            has_tag: false,
            defines: false,
            auto_type: false,
        };
        let (words, quals) = (Words::default(), Quals::NONE);
        let mut making = Making { specifiers, words, quals, ty: None, base_seen: false };
        loop {
            let token = self.peek();
            let more = match token.kind {
                Kind::Ident => self.specifier(token, &mut making)?,
                Kind::LBracket if self.peek_at(1).kind == Kind::LBracket && self.is_c() => {
                    self.attributes(&mut making.specifiers.attributes)?;
                    true
                }
                _ => false,
            };
            if !more {
                break;
            }
        }
        if !self.is_c() {
            let added = self.cdef.constants_before.len() > constants;
            self.cdef.known_constants = known.or(added.then_some(constants));
        }
        self.finish_specifiers(making)
    }

    fn finish_specifiers(&mut self, making: Making) -> Parsed<Specifiers> {
        let mut specifiers = making.specifiers;
        let ty = match making.ty {
            Some(_) if making.words.any() => {
                return Err(self.refuse(specifiers.loc, "the declaration has two types"));
            }
            Some(ty) => ty,
            None if making.words == (Words { void: 1, ..Words::default() }) => QualType::VOID,
            None if making.words.any() => match making.words.prim(self.is_c()) {
                Some(prim) => TypeId::of(prim).into(),
                None => return Err(self.refuse(specifiers.loc, "these words make no type")),
            },
            None if specifiers.auto_type => TypeId::of(Prim::Int).into(),
            None => return Err(self.no_type(specifiers.loc)),
        };
        let ty = ty.with(making.quals);
        specifiers.ty = self.change_type(ty, &specifiers.attributes);
        Ok(specifiers)
    }

    #[cold]
    fn no_type(&self, loc: Loc) -> super::Refused {
        let token = self.peek();
        if token.kind == Kind::Ident {
            let message = format!("unknown type name '{}'", self.text(token));
            return self.refuse(token.loc, message);
        }
        let _ = loc;
        self.unexpected("a type")
    }

    /// Reads one specifier. Returns false if the token is not a specifier.
    fn specifier(&mut self, token: Token, making: &mut Making) -> Parsed<bool> {
        if self.storage_word(token.atom, &mut making.specifiers) || self.qualifier(token, making)? {
            return Ok(true);
        }
        if self.type_word(token.atom, making)? {
            return Ok(true);
        }
        match token.atom {
            words::STRUCT | words::UNION if !making.has_type() => {
                making.ty = Some(self.record_specifier(&mut making.specifiers)?);
            }
            words::ENUM if !making.has_type() => {
                making.ty = Some(self.enum_specifier(&mut making.specifiers)?);
            }
            words::GNU_TYPEOF1 | words::GNU_TYPEOF2 if !making.has_type() && self.is_c() => {
                making.ty = Some(self.type_of(false)?);
            }
            words::TYPEOF if !making.has_type() && self.knows_typeof() => {
                making.ty = Some(self.type_of(false)?);
            }
            words::TYPEOF_UNQUAL if !making.has_type() && self.is_c23() => {
                making.ty = Some(self.type_of(true)?);
            }
            words::BIT_INT if making.ty.is_none() => making.ty = Some(self.bit_int(making)?),
            words::BUILTIN_VA_LIST if !making.has_type() => {
                self.at += 1;
                making.ty = Some(self.decls.types.va_list());
            }
            words::DECLSPEC if self.is_c() => self.attributes(&mut making.specifiers.attributes)?,
            words::GNU_EXTENSION | words::GNU_ATTRIBUTE1 | words::GNU_ATTRIBUTE2 => {
                self.attributes(&mut making.specifiers.attributes)?;
            }
            words::ALIGNAS => self.any_attributes(&mut making.specifiers.attributes)?,
            words::C23_ALIGNAS if self.is_c23() => self.attributes(&mut making.specifiers.attributes)?,
            words::MS_STDCALL
            | words::MS_STDCALL1
            | words::MS_CDECL
            | words::MS_CDECL1
            | words::MS_FASTCALL
            | words::MS_THISCALL
            | words::MS_VECTORCALL
            | words::MS_PASCAL
            | words::WINAPI
                if self.is_convention(token.atom) =>
            {
                // `cdef` accepts these words only directly before a name, where the declarator reads them.
                if !self.is_c() {
                    return Ok(false);
                }
                self.attributes(&mut making.specifiers.attributes)?;
            }
            _ => return self.typedef_name(token, making),
        }
        Ok(true)
    }

    fn is_convention(&self, word: Atom) -> bool {
        word != words::WINAPI || !self.is_c()
    }

    pub(super) fn knows_typeof(&self) -> bool {
        self.is_c23() || self.is_c() && self.input.options.standard.gnu
    }

    fn storage_word(&mut self, word: Atom, specifiers: &mut Specifiers) -> bool {
        let storage = &mut specifiers.storage;
        match word {
            words::TYPEDEF => storage.typedef = true,
            words::EXTERN => storage.flags |= DeclFlags::EXTERN,
            words::STATIC => storage.flags |= DeclFlags::STATIC,
            words::INLINE | words::GNU_INLINE1 | words::GNU_INLINE2 | words::MS_FORCEINLINE => {
                storage.flags |= DeclFlags::INLINE;
            }
            words::THREAD_LOCAL | words::GNU_THREAD => storage.flags |= DeclFlags::THREAD_LOCAL,
            words::C23_THREAD_LOCAL if self.is_c23() => storage.flags |= DeclFlags::THREAD_LOCAL,
            words::NORETURN => storage.flags |= DeclFlags::NORETURN,
            words::REGISTER => storage.other = true,
            words::AUTO => {
                storage.other = true;
                let next = self.peek_at(1);
                specifiers.auto_type |=
                    self.is_c23() && next.kind == Kind::Ident && !self.is_type_start(next);
            }
            words::CONSTEXPR if self.is_c23() => {
                storage.other = true;
                storage.flags |= DeclFlags::STATIC;
            }
            words::GNU_AUTO_TYPE if self.is_c() => specifiers.auto_type = true,
            _ => return false,
        }
        self.at += 1;
        true
    }

    /// Returns the qualifier that a token is, if it is one.
    pub(super) fn qualifier_of(&self, token: Token) -> Option<Quals> {
        if token.kind != Kind::Ident {
            return None;
        }
        Some(match token.atom {
            words::CONST | words::GNU_CONST1 | words::GNU_CONST2 => Quals::CONST,
            words::VOLATILE | words::GNU_VOLATILE1 | words::GNU_VOLATILE2 => Quals::VOLATILE,
            words::RESTRICT | words::GNU_RESTRICT1 | words::GNU_RESTRICT2 => Quals::RESTRICT,
            words::ATOMIC => Quals::ATOMIC,
            words::NONNULL
            | words::NULLABLE
            | words::NULL_UNSPECIFIED
            | words::MS_PTR32
            | words::MS_PTR64
            | words::MS_UNALIGNED
            | words::MS_W64 => Quals::NONE,
            _ => return None,
        })
    }

    fn qualifier(&mut self, token: Token, making: &mut Making) -> Parsed<bool> {
        let Some(quals) = self.qualifier_of(token) else { return Ok(false) };
        if token.atom == words::ATOMIC && self.peek_at(1).kind == Kind::LParen {
            self.at += 2;
            let ty = self.type_name()?;
            self.expect(Kind::RParen)?;
            if making.has_type() {
                return Err(self.refuse(token.loc, "the declaration has two types"));
            }
            making.ty = Some(ty.with(Quals::ATOMIC));
            return Ok(true);
        }
        self.at += 1;
        making.quals = making.quals | quals;
        Ok(true)
    }

    /// Reads a word of a basic type.
    fn type_word(&mut self, word: Atom, making: &mut Making) -> Parsed<bool> {
        let c = self.is_c();
        let words = &mut making.words;
        let mut modifier = false;
        let count = match word {
            words::VOID => &mut words.void,
            words::CHAR => &mut words.char,
            words::INT => &mut words.int,
            words::FLOAT => &mut words.float,
            words::DOUBLE => &mut words.double,
            words::BOOL => &mut words.bool,
            words::C23_BOOL if self.is_c23() => &mut words.bool,
            words::LONG
            | words::SHORT
            | words::SIGNED
            | words::UNSIGNED
            | words::GNU_SIGNED1
            | words::GNU_SIGNED2 => {
                modifier = true;
                match word {
                    words::LONG => &mut words.long,
                    words::SHORT => &mut words.short,
                    words::UNSIGNED => &mut words.unsigned,
                    _ => &mut words.signed,
                }
            }
            words::COMPLEX | words::GNU_COMPLEX1 | words::GNU_COMPLEX2 => &mut words.complex,
            words::GNU_INT128 => &mut words.int128,
            words::GNU_INT128_T | words::GNU_UINT128_T => {
                words.unsigned += u8::from(word == words::GNU_UINT128_T);
                &mut words.int128
            }
            words::MS_INT8 | words::MS_INT16 | words::MS_INT32 | words::MS_INT64 if c => {
                words.sized = match word {
                    words::MS_INT8 => 1,
                    words::MS_INT16 => 2,
                    words::MS_INT32 => 4,
                    _ => 8,
                };
                self.at += 1;
                return Ok(true);
            }
            _ => match special(word) {
                Some(prim) => {
                    words.special = Some(prim);
                    making.base_seen = true;
                    self.at += 1;
                    return Ok(true);
                }
                None => return Ok(false),
            },
        };
        *count = count.saturating_add(1);
        // `cdef` accepts the words only in this order: signs and sizes, the basic type, `_Complex`.
        let out_of_order =
            if modifier { making.base_seen } else { word == words::COMPLEX && !making.base_seen };
        if !c && out_of_order {
            return Err(self.refuse(self.loc(), "these words make no type in this order"));
        }
        making.base_seen |= !modifier;
        self.at += 1;
        Ok(true)
    }

    /// Reads a typedef name, if no type has been read yet.
    fn typedef_name(&mut self, token: Token, making: &mut Making) -> Parsed<bool> {
        if making.has_type() {
            return Ok(false);
        }
        let Some(ty) = self.type_named(token) else { return Ok(false) };
        self.at += 1;
        making.ty = Some(ty);
        Ok(true)
    }

    /// Reads `typeof` and the type or expression in parentheses after it.
    fn type_of(&mut self, unqualified: bool) -> Parsed<QualType> {
        self.at += 1;
        self.expect(Kind::LParen)?;
        let ty = if self.starts_type_name() { self.type_name()? } else { self.type_of_expression()? };
        self.expect(Kind::RParen)?;
        Ok(if unqualified { self.decls.types.canonical(ty).unqualified() } else { ty })
    }

    fn bit_int(&mut self, making: &mut Making) -> Parsed<QualType> {
        self.at += 1;
        self.expect(Kind::LParen)?;
        let loc = self.loc();
        let bits = self.constant_integer()?;
        self.expect(Kind::RParen)?;
        // The sign may precede or follow the width.
        while matches!(self.peek().atom, words::SIGNED | words::UNSIGNED) && self.peek().kind == Kind::Ident {
            let token = self.peek();
            self.type_word(token.atom, making)?;
        }
        let signed = making.words.unsigned == 0;
        making.words = Words::default();
        match u32::try_from(bits) {
            Ok(bits) if bits > u32::from(signed) && bits <= Target::MOST_BITS => {
                Ok(self.decls.types.bit_int(signed, bits).into())
            }
            _ => Err(self.refuse(loc, "the width of the _BitInt is out of range")),
        }
    }
}

/// Returns the floating-point type of a keyword that names one alone.
pub(super) fn special(word: Atom) -> Option<Prim> {
    Some(match word {
        words::FLOAT16 | words::GNU_FP16 => Prim::Float16,
        words::GNU_BF16 => Prim::Bfloat16,
        words::FLOAT32 => Prim::Float32,
        words::FLOAT64 => Prim::Float64,
        words::FLOAT128 | words::GNU_FLOAT128 => Prim::Float128,
        words::FLOAT32X => Prim::Float32x,
        words::FLOAT64X => Prim::Float64x,
        words::GNU_FLOAT80 => Prim::LongDouble,
        _ => return None,
    })
}
