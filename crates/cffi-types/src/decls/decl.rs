//! One declaration.

use core::fmt;
use core::ops::{BitOr, BitOrAssign};

use crate::symbol::Symbol;
use crate::types::QualType;

use super::constant::ConstantId;
use super::extra::ExtraId;
use super::source::Span;

/// The number of a declaration in a [`Decls`](super::Decls).
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct DeclId(pub(super) u32);

impl DeclId {
    /// Returns the number itself: declarations are numbered from 0 in the order of the sources.
    #[must_use]
    pub const fn number(self) -> usize {
        self.0 as usize
    }
}

/// The kind of a declaration.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum DeclKind {
    /// A function; the type of the declaration is that of the function.
    Function,
    /// A variable; the type of the declaration is that of the variable.
    Variable,
    /// A typedef name; the type of the declaration is the one that the name denotes.
    Typedef,
    /// A struct with or without a tag.
    Struct,
    /// A union with or without a tag.
    Union,
    /// An enum with or without a tag.
    Enum,
    /// An enumerator; the type of the declaration is that of the enum.
    Enumerator,
    /// A macro without parameters.
    Macro,
}

impl DeclKind {
    /// Returns the word for the kind.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            DeclKind::Function => "function",
            DeclKind::Variable => "variable",
            DeclKind::Typedef => "typedef",
            DeclKind::Struct => "struct",
            DeclKind::Union => "union",
            DeclKind::Enum => "enum",
            DeclKind::Enumerator => "enumerator",
            DeclKind::Macro => "macro",
        }
    }
}

/// A set of properties of a declaration.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Default)]
pub struct DeclFlags(u32);

impl DeclFlags {
    /// No property.
    pub const NONE: DeclFlags = DeclFlags(0);
    /// `static`.
    pub const STATIC: DeclFlags = DeclFlags(1);
    /// `extern`, if it is written.
    pub const EXTERN: DeclFlags = DeclFlags(1 << 1);
    /// `inline`.
    pub const INLINE: DeclFlags = DeclFlags(1 << 2);
    /// The declaration has a body or an initialiser.
    pub const DEFINED: DeclFlags = DeclFlags(1 << 3);
    /// `thread_local`, `_Thread_local`, `__thread`.
    pub const THREAD_LOCAL: DeclFlags = DeclFlags(1 << 4);
    /// `_Noreturn`, `[[noreturn]]`.
    pub const NORETURN: DeclFlags = DeclFlags(1 << 5);
    /// `deprecated`.
    pub const DEPRECATED: DeclFlags = DeclFlags(1 << 6);
    /// `weak`.
    pub const WEAK: DeclFlags = DeclFlags(1 << 7);
    /// `visibility("hidden")`: the library does not export the symbol.
    pub const HIDDEN: DeclFlags = DeclFlags(1 << 8);
    /// `extern "Python"`: C calls the function, and Python defines it.
    pub const EXTERN_PYTHON: DeclFlags = DeclFlags(1 << 9);
    /// `extern "Python+C"`: like [`DeclFlags::EXTERN_PYTHON`], but not static in the C source.
    pub const EXTERN_PYTHON_PLUS_C: DeclFlags = DeclFlags(1 << 10);
    /// Only the C compiler knows the whole declaration, which contains `...`.
    pub const ELIDED: DeclFlags = DeclFlags(1 << 11);
    /// The declaration repeats an earlier one of its name.
    pub const REPEATED: DeclFlags = DeclFlags(1 << 12);
    /// The declaration comes from a file of the system's headers.
    pub const SYSTEM: DeclFlags = DeclFlags(1 << 13);
    /// `dllimport`.
    pub const IMPORTED: DeclFlags = DeclFlags(1 << 14);
    /// The declaration comes from another set of declarations (`ffi.include()`).
    pub const INCLUDED: DeclFlags = DeclFlags(1 << 15);

    /// Python defines the function, and a library exports it (`embedding_api()`).
    pub const EXPORTED: DeclFlags = DeclFlags(1 << 16);

    const NAMES: [(DeclFlags, &'static str); 17] = [
        (DeclFlags::STATIC, "static"),
        (DeclFlags::EXTERN, "extern"),
        (DeclFlags::INLINE, "inline"),
        (DeclFlags::DEFINED, "defined"),
        (DeclFlags::THREAD_LOCAL, "thread_local"),
        (DeclFlags::NORETURN, "noreturn"),
        (DeclFlags::DEPRECATED, "deprecated"),
        (DeclFlags::WEAK, "weak"),
        (DeclFlags::HIDDEN, "hidden"),
        (DeclFlags::EXTERN_PYTHON, "extern_python"),
        (DeclFlags::EXTERN_PYTHON_PLUS_C, "extern_python_plus_c"),
        (DeclFlags::ELIDED, "elided"),
        (DeclFlags::REPEATED, "repeated"),
        (DeclFlags::SYSTEM, "system"),
        (DeclFlags::IMPORTED, "imported"),
        (DeclFlags::INCLUDED, "included"),
        (DeclFlags::EXPORTED, "exported"),
    ];

    /// Returns whether all properties of another set are in this one.
    #[must_use]
    pub const fn contains(self, other: DeclFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns whether a property of another set is in this one.
    #[must_use]
    pub const fn intersects(self, other: DeclFlags) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for DeclFlags {
    type Output = DeclFlags;

    fn bitor(self, other: DeclFlags) -> DeclFlags {
        DeclFlags(self.0 | other.0)
    }
}

impl BitOrAssign for DeclFlags {
    fn bitor_assign(&mut self, other: DeclFlags) {
        self.0 |= other.0;
    }
}

impl fmt::Debug for DeclFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = DeclFlags::NAMES.iter().filter(|(flag, _)| self.contains(*flag)).map(|(_, name)| name);
        f.debug_list().entries(names).finish()
    }
}

/// A declaration.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Decl {
    /// The kind of the declaration.
    pub kind: DeclKind,
    /// Its properties.
    pub flags: DeclFlags,
    /// The name; empty for a struct, union or enum without a tag.
    pub name: Symbol,
    /// The type; `void` for a macro.
    pub ty: QualType,
    /// The place of the name in its source.
    pub span: Span,
    /// The value of a macro, an enumerator or a constant variable.
    pub value: Option<ConstantId>,
    pub(super) extra: Option<ExtraId>,
}

const _: () = assert!(size_of::<Decl>() <= 40);

impl Decl {
    /// Makes a declaration without properties.
    #[must_use]
    pub const fn new(kind: DeclKind, name: Symbol, ty: QualType, span: Span) -> Decl {
        Decl { kind, flags: DeclFlags::NONE, name, ty, span, value: None, extra: None }
    }

    /// Returns the declaration with further properties.
    #[must_use]
    pub const fn with(self, flags: DeclFlags) -> Decl {
        Decl { flags: DeclFlags(self.flags.0 | flags.0), ..self }
    }

    /// Returns the declaration with a value.
    #[must_use]
    pub const fn valued(self, value: ConstantId) -> Decl {
        Decl { value: Some(value), ..self }
    }
}
