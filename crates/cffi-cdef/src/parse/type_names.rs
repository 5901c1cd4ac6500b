//! Recognition of types: the tokens that can begin a type, and typedef names.

use cffi_types::QualType;
use cffi_types::decls::DeclKind;

use super::Parser;
use super::specifiers::special;
use crate::lex::{Kind, Token};
use crate::words;

impl Parser<'_> {
    /// Returns the type that a name denotes, if it is a typedef name.
    pub(crate) fn type_named(&mut self, token: Token) -> Option<QualType> {
        let name = self.symbol(token.atom);
        if let Some(id) = self.decls.ordinary(name) {
            let decl = *self.decls.decl(id);
            if decl.kind == DeclKind::Typedef {
                let quals = decl.ty.quals();
                return Some(self.decls.types.alias(name, decl.ty.unqualified(), 0)).map(|ty| {
                    // The qualifiers of the typedef are copied to the use, so that they are visible without resolving
                    // the typedef.
                    QualType::new(ty, quals)
                });
            }
            if self.is_c() {
                return None;
            }
        }
        if self.is_c() { None } else { self.common_type(token, name) }
    }

    /// Returns whether a type begins with this token.
    pub(crate) fn is_type_start(&mut self, token: Token) -> bool {
        if token.kind != Kind::Ident {
            return false;
        }
        let c = self.is_c();
        match token.atom {
            words::VOID
            | words::CHAR
            | words::INT
            | words::FLOAT
            | words::DOUBLE
            | words::BOOL
            | words::LONG
            | words::SHORT
            | words::SIGNED
            | words::UNSIGNED
            | words::GNU_SIGNED1
            | words::GNU_SIGNED2
            | words::COMPLEX
            | words::GNU_COMPLEX1
            | words::GNU_COMPLEX2
            | words::STRUCT
            | words::UNION
            | words::ENUM
            | words::CONST
            | words::VOLATILE
            | words::RESTRICT
            | words::ATOMIC
            | words::REGISTER
            | words::INLINE
            | words::EXTERN
            | words::STATIC
            | words::TYPEDEF
            | words::ALIGNAS
            | words::NORETURN
            | words::THREAD_LOCAL
            | words::AUTO => true,
            words::GNU_INT128
            | words::GNU_INT128_T
            | words::GNU_UINT128_T
            | words::BIT_INT
            | words::BUILTIN_VA_LIST
            | words::GNU_EXTENSION
            | words::GNU_ATTRIBUTE1
            | words::GNU_ATTRIBUTE2 => true,
            words::MS_INT8
            | words::MS_INT16
            | words::MS_INT32
            | words::MS_INT64
            | words::GNU_TYPEOF1
            | words::GNU_TYPEOF2
            | words::DECLSPEC
            | words::GNU_AUTO_TYPE
            | words::GNU_THREAD
            | words::GNU_INLINE1
            | words::GNU_INLINE2
            | words::MS_FORCEINLINE => c,
            words::TYPEOF => self.knows_typeof(),
            words::TYPEOF_UNQUAL
            | words::C23_BOOL
            | words::C23_ALIGNAS
            | words::CONSTEXPR
            | words::C23_THREAD_LOCAL
                if self.is_c23() =>
            {
                true
            }
            word if special(word).is_some() => true,
            _ => self.qualifier_of(token).is_some() && c || self.type_named(token).is_some(),
        }
    }

    pub(crate) fn starts_type_name(&mut self) -> bool {
        let token = self.peek();
        self.is_type_start(token)
    }
}
