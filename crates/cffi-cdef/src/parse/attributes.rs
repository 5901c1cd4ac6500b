//! Attributes: `__attribute__((…))`, `[[…]]`, `__declspec(…)` and `_Alignas(…)`.
//!
//! Attributes that change a type, a layout or a call are understood. All others are skipped.

use cffi_types::Prim;
use cffi_types::decls::DeclFlags;
use cffi_types::target::{Arch, Os};
use cffi_types::types::Convention;

use super::attribute_set::{Attributes, Mode};
use super::{Parsed, Parser};
use crate::intern::Atom;
use crate::lex::{Kind, Token, literal};
use crate::words;

impl Parser<'_> {
    /// Reads all attributes that come next. In places where only real C allows others, `cdef` allows `__attribute__`.
    pub(crate) fn attributes(&mut self, into: &mut Attributes) -> Parsed<()> {
        let next = self.peek();
        let is_gnu = next.kind == Kind::Ident
            && matches!(next.atom, words::GNU_ATTRIBUTE1 | words::GNU_ATTRIBUTE2 | words::GNU_EXTENSION);
        if self.is_c() || is_gnu { self.any_attributes(into) } else { Ok(()) }
    }

    /// Reads all attributes that come next, in either dialect.
    pub(crate) fn any_attributes(&mut self, into: &mut Attributes) -> Parsed<()> {
        loop {
            let token = self.peek();
            match token.kind {
                Kind::LBracket if self.peek_at(1).kind == Kind::LBracket && self.is_c() => {
                    self.at += 2;
                    self.attribute_list(Kind::RBracket, into)?;
                    self.expect(Kind::RBracket)?;
                    self.expect(Kind::RBracket)?;
                }
                Kind::Ident => match token.atom {
                    words::GNU_ATTRIBUTE1 | words::GNU_ATTRIBUTE2 => {
                        self.at += 1;
                        self.expect(Kind::LParen)?;
                        self.expect(Kind::LParen)?;
                        self.attribute_list(Kind::RParen, into)?;
                        self.expect(Kind::RParen)?;
                        self.expect(Kind::RParen)?;
                    }
                    words::DECLSPEC => {
                        self.at += 1;
                        self.expect(Kind::LParen)?;
                        self.attribute_list(Kind::RParen, into)?;
                        self.expect(Kind::RParen)?;
                    }
                    words::ALIGNAS => self.alignas(into)?,
                    words::C23_ALIGNAS if self.is_c23() => self.alignas(into)?,
                    words::GNU_EXTENSION => self.at += 1,
                    _ => match self.calling_convention(token.atom) {
                        Some(convention) => {
                            self.at += 1;
                            into.convention = Some(convention);
                        }
                        None => return Ok(()),
                    },
                },
                _ => return Ok(()),
            }
        }
    }

    /// Reads `asm("name")` and the attributes around it, after a declarator.
    pub(crate) fn label_and_attributes(&mut self, into: &mut Attributes) -> Parsed<()> {
        self.attributes(into)?;
        while matches!(self.peek().atom, words::GNU_ASM0 | words::GNU_ASM1 | words::GNU_ASM2)
            && self.peek().kind == Kind::Ident
            && self.is_c()
        {
            self.at += 1;
            self.expect(Kind::LParen)?;
            let token = self.expect(Kind::Str)?;
            into.label = token.atom;
            // Adjacent strings form one label. Only the first part of the label is kept.
            while self.take(Kind::Str) {}
            self.expect(Kind::RParen)?;
            self.attributes(into)?;
        }
        Ok(())
    }

    fn alignas(&mut self, into: &mut Attributes) -> Parsed<()> {
        let loc = self.next().loc;
        self.expect(Kind::LParen)?;
        let align = if self.starts_type_name() {
            let ty = self.type_name()?;
            self.decls.types.align(ty.id()).map_err(|reason| self.refuse(loc, reason.to_string()))?
        } else {
            self.alignment_value()?
        };
        self.expect(Kind::RParen)?;
        into.aligned = into.aligned.max(align as u32);
        Ok(())
    }

    /// Reads an alignment: a power of two, or 0 for none.
    fn alignment_value(&mut self) -> Parsed<u64> {
        let loc = self.loc();
        let value = self.constant_integer()?;
        match u64::try_from(value) {
            Ok(0) => Ok(0),
            Ok(value) if value.is_power_of_two() && value <= 1 << 28 => Ok(value),
            _ => Err(self.refuse(loc, "the alignment is not a power of two")),
        }
    }

    /// Reads the attributes inside the parentheses or brackets.
    fn attribute_list(&mut self, close: Kind, into: &mut Attributes) -> Parsed<()> {
        loop {
            let token = self.peek();
            if token.kind == close {
                return Ok(());
            }
            match token.kind {
                Kind::Comma => self.at += 1,
                Kind::Ident => {
                    self.at += 1;
                    let mut name = token;
                    // `gnu::packed`
                    while self.take(Kind::ColonColon) {
                        name = self.expect(Kind::Ident)?;
                    }
                    self.attribute(name, into)?;
                    if self.peek().kind == Kind::LParen {
                        self.skip_group();
                    }
                }
                _ => return Err(self.unexpected("an attribute")),
            }
        }
    }

    /// Reads one attribute, after its name. Its arguments may be left for the caller to skip.
    fn attribute(&mut self, name: Token, into: &mut Attributes) -> Parsed<()> {
        let text = self.text(name);
        let bare = text.strip_prefix("__").and_then(|text| text.strip_suffix("__")).unwrap_or(text);
        match bare {
            "packed" => into.packed = true,
            "aligned" | "align" => into.aligned = into.aligned.max(self.aligned_argument()?),
            "mode" => into.mode = self.mode_argument()?,
            "vector_size" => into.vector_size = Some(self.count_argument()?),
            "ext_vector_type" => into.vector_items = Some(self.count_argument()?),
            "transparent_union" => into.transparent = true,
            "ms_struct" => into.ms_struct = Some(true),
            "gcc_struct" => into.ms_struct = Some(false),
            "noreturn" | "_Noreturn" => into.flags |= DeclFlags::NORETURN,
            "weak" => into.flags |= DeclFlags::WEAK,
            "dllimport" => into.flags |= DeclFlags::IMPORTED,
            "thread" => into.flags |= DeclFlags::THREAD_LOCAL,
            "scalar_storage_order" => into.unsupported = name.atom,
            "deprecated" => {
                into.flags |= DeclFlags::DEPRECATED;
                if self.peek().kind == Kind::LParen && self.peek_at(1).kind == Kind::Str {
                    into.deprecated = self.peek_at(1).atom;
                }
            }
            "visibility" => {
                let hidden = matches!(self.text(self.peek_at(1)), "\"hidden\"" | "\"internal\"");
                if hidden {
                    into.flags |= DeclFlags::HIDDEN;
                }
            }
            _ => {
                if let Some(convention) = self.convention_attribute(bare) {
                    into.convention = Some(convention);
                }
            }
        }
        Ok(())
    }

    fn aligned_argument(&mut self) -> Parsed<u32> {
        if !self.take(Kind::LParen) {
            return Ok(u32::from(self.input.options.target.default_aligned));
        }
        let align = if self.starts_type_name() {
            let ty = self.type_name()?;
            let loc = self.loc();
            self.decls.types.align(ty.id()).map_err(|reason| self.refuse(loc, reason.to_string()))?
        } else {
            self.alignment_value()?
        };
        self.expect(Kind::RParen)?;
        Ok(align as u32)
    }

    fn count_argument(&mut self) -> Parsed<u32> {
        self.expect(Kind::LParen)?;
        let loc = self.loc();
        let value = self.constant_integer()?;
        self.expect(Kind::RParen)?;
        u32::try_from(value)
            .ok()
            .filter(|value| *value > 0 && *value <= 1 << 20)
            .ok_or_else(|| self.refuse(loc, "the size of the vector is out of range"))
    }

    fn mode_argument(&mut self) -> Parsed<Option<Mode>> {
        self.expect(Kind::LParen)?;
        let token = self.expect(Kind::Ident)?;
        self.expect(Kind::RParen)?;
        let text = self.text(token);
        let bare = text.strip_prefix("__").and_then(|text| text.strip_suffix("__")).unwrap_or(text);
        let vector = bare.strip_prefix('V').and_then(|rest| {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let count = rest[..digits].parse::<u8>().ok()?;
            integer_mode(&rest[digits..]).map(|size| Mode::Vector(count, size))
        });
        let mode = match bare {
            "byte" => Some(Mode::Integer(1)),
            "word" | "pointer" | "unwind_word" | "libgcc_cmp_return" | "libgcc_shift_count" => {
                Some(Mode::Word)
            }
            "HF" => Some(Mode::Float(Prim::Float16)),
            "SF" => Some(Mode::Float(Prim::Float)),
            "DF" => Some(Mode::Float(Prim::Double)),
            "XF" => Some(Mode::Float(Prim::LongDouble)),
            "TF" => Some(Mode::Float(Prim::Float128)),
            "SC" => Some(Mode::Complex(Prim::FloatComplex)),
            "DC" => Some(Mode::Complex(Prim::DoubleComplex)),
            "XC" => Some(Mode::Complex(Prim::LongDoubleComplex)),
            "TC" => Some(Mode::Complex(Prim::Float128Complex)),
            _ => integer_mode(bare).map(Mode::Integer).or(vector),
        };
        match mode {
            Some(mode) => Ok(Some(mode)),
            None => Err(self.refuse(token.loc, format!("the mode '{text}' is not known"))),
        }
    }

    /// Returns the calling convention of a keyword, if the word is one.
    fn calling_convention(&self, word: Atom) -> Option<Convention> {
        let name = match word {
            words::MS_STDCALL | words::MS_STDCALL1 => "stdcall",
            words::MS_CDECL | words::MS_CDECL1 => "cdecl",
            words::MS_FASTCALL => "fastcall",
            words::MS_THISCALL => "thiscall",
            words::MS_VECTORCALL => "vectorcall",
            words::MS_PASCAL => "pascal",
            words::WINAPI if !self.is_c() => "stdcall",
            _ => return None,
        };
        self.convention_attribute(name).or(Some(Convention::C))
    }

    /// Returns the calling convention that an attribute of a function selects on this target.
    fn convention_attribute(&self, name: &str) -> Option<Convention> {
        let target = &self.input.options.target;
        // `cdef` keeps the convention on every platform, since the C compiler will see it.
        let x86 = target.arch == Arch::X86 || !self.is_c();
        let x64 = target.arch == Arch::X86_64;
        Some(match name {
            "cdecl" => Convention::C,
            "stdcall" if x86 => Convention::Stdcall,
            "fastcall" if x86 => Convention::Fastcall,
            "thiscall" if x86 => Convention::Thiscall,
            "vectorcall" if (x86 || x64) && target.os == Os::Windows => Convention::Vectorcall,
            "stdcall" | "fastcall" | "thiscall" | "vectorcall" => Convention::C,
            "ms_abi" if x64 && target.os != Os::Windows => Convention::Ms,
            "sysv_abi" if x64 && target.os == Os::Windows => Convention::SystemV,
            "aarch64_vector_pcs" => Convention::Aarch64Vector,
            "regparm" if target.arch == Arch::X86 => {
                let digit = self.peek_at(1);
                let value = literal::integer(self.text(digit)).map_or(0, |number| number.value);
                if (1..=3).contains(&value) { Convention::Regparm(value as u8) } else { Convention::C }
            }
            _ => return None,
        })
    }
}

fn integer_mode(name: &str) -> Option<u8> {
    match name {
        "QI" => Some(1),
        "HI" => Some(2),
        "SI" => Some(4),
        "DI" => Some(8),
        "TI" => Some(16),
        _ => None,
    }
}
