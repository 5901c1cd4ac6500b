//! Sizes, limits and names of the integer types.

use cffi_types::target::{Arch, Os, Target};

use super::text::Text;
use crate::pp::{Compiler, Options};

/// The basic C type that an integer type is based on.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Base {
    Char,
    Short,
    Int,
    Long,
    LongLong,
}

#[derive(Copy, Clone)]
struct Kind {
    base: Base,
    signed: bool,
    bits: u32,
}

impl Kind {
    fn new(target: &Target, base: Base, signed: bool) -> Kind {
        let size = match base {
            Base::Char => 1,
            Base::Short => target.short.size,
            Base::Int => target.int.size,
            Base::Long => target.long.size,
            Base::LongLong => target.long_long.size,
        };
        Kind { base, signed, bits: u32::from(size) * 8 }
    }

    fn unsigned(self) -> Kind {
        Kind { signed: false, ..self }
    }

    fn name(self, options: &Options) -> &'static str {
        let clang = options.compiler == Compiler::Clang;
        match (self.base, self.signed) {
            (Base::Char, true) => "signed char",
            (Base::Char, false) => "unsigned char",
            (Base::Short, true) if clang => "short",
            (Base::Short, true) => "short int",
            (Base::Short, false) if clang => "unsigned short",
            (Base::Short, false) => "short unsigned int",
            (Base::Int, true) => "int",
            (Base::Int, false) => "unsigned int",
            (Base::Long, true) => "long int",
            (Base::Long, false) => "long unsigned int",
            (Base::LongLong, true) => "long long int",
            (Base::LongLong, false) => "long long unsigned int",
        }
    }

    /// Returns the suffix of a constant of this type.
    fn suffix(self) -> &'static str {
        match (self.base, self.signed) {
            (Base::Char | Base::Short, _) | (Base::Int, true) => "",
            (Base::Int, false) => "U",
            (Base::Long, true) => "L",
            (Base::Long, false) => "UL",
            (Base::LongLong, true) => "LL",
            (Base::LongLong, false) => "ULL",
        }
    }

    fn max(self, options: &Options) -> String {
        let bits = if self.signed { self.bits - 1 } else { self.bits };
        let value = u64::MAX >> (64 - bits);
        let suffix = self.suffix();
        if options.compiler == Compiler::Clang {
            format!("{value}{suffix}")
        } else {
            format!("0x{value:x}{suffix}")
        }
    }
}

pub(super) fn define(text: &mut Text, options: &Options) {
    if options.compiler == Compiler::Msvc {
        return;
    }
    let target = &options.target;
    let of = |base, signed| Kind::new(target, base, signed);
    sizes(text, options);
    for (name, base) in
        [("SCHAR", Base::Char), ("SHRT", Base::Short), ("INT", Base::Int), ("LONG", Base::Long)]
    {
        limits(text, options, name, of(base, true), base != Base::Char || options.compiler == Compiler::Gcc);
    }
    let long_long = of(Base::LongLong, true);
    text.define("__LONG_LONG_MAX__", long_long.max(options));
    let width = if options.compiler == Compiler::Clang { "__LLONG_WIDTH__" } else { "__LONG_LONG_WIDTH__" };
    text.define(width, long_long.bits);
    let pointer = by_size(target, target.pointer.size, target.long.size == target.pointer.size);
    let word = |text: &mut Text, name: &str, kind: Kind| {
        text.define(&format!("__{name}_TYPE__"), kind.name(options));
        limits(text, options, name, kind, true);
    };
    word(text, "PTRDIFF", pointer);
    word(text, "SIZE", pointer.unsigned());
    word(text, "INTPTR", pointer);
    text.define("__UINTPTR_TYPE__", pointer.unsigned().name(options));
    limits(text, options, "UINTPTR", pointer.unsigned(), options.compiler == Compiler::Clang);
    limits(text, options, "SIG_ATOMIC", of(Base::Int, true), true);
    if options.compiler == Compiler::Gcc {
        text.define("__SIG_ATOMIC_TYPE__", "int");
        text.define("__SIG_ATOMIC_MIN__", "(-__SIG_ATOMIC_MAX__ - 1)");
    }
    wide(text, options);
    fixed(text, options);
}

fn sizes(text: &mut Text, options: &Options) {
    let target = &options.target;
    text.define("__CHAR_BIT__", 8);
    if options.compiler == Compiler::Clang {
        text.define("__BOOL_WIDTH__", 8);
        text.define("__POINTER_WIDTH__", target.pointer_bits());
    }
    for (name, size) in [
        ("SHORT", target.short.size),
        ("INT", target.int.size),
        ("LONG", target.long.size),
        ("LONG_LONG", target.long_long.size),
        ("POINTER", target.pointer.size),
        ("FLOAT", target.float.size),
        ("DOUBLE", target.double.size),
        ("LONG_DOUBLE", target.long_double.size),
    ] {
        text.define(&format!("__SIZEOF_{name}__"), size);
    }
    text.define("__SIZEOF_SIZE_T__", target.pointer.size);
    text.define("__SIZEOF_PTRDIFF_T__", target.pointer.size);
    text.define("__SIZEOF_WCHAR_T__", target.wchar_size);
    text.define("__SIZEOF_WINT_T__", target.wchar_size);
    if let Some(scalar) = target.int128 {
        text.define("__SIZEOF_INT128__", scalar.size);
    }
    text.define("__BIGGEST_ALIGNMENT__", target.default_aligned);
    let lp64 = target.long.size == 8;
    if lp64 {
        text.ones(&["_LP64", "__LP64__"]);
    } else if target.pointer.size == 4 {
        text.ones(&["_ILP32", "__ILP32__"]);
    }
    if !target.char_signed {
        text.define("__CHAR_UNSIGNED__", 1);
    }
}

fn by_size(target: &Target, size: u8, prefer_long: bool) -> Kind {
    let base = if size == target.int.size && !(prefer_long && size == 8) {
        Base::Int
    } else if size == target.long.size {
        Base::Long
    } else {
        Base::LongLong
    };
    Kind::new(target, base, true)
}

fn limits(text: &mut Text, options: &Options, name: &str, kind: Kind, width: bool) {
    text.define(&format!("__{name}_MAX__"), kind.max(options));
    if width {
        text.define(&format!("__{name}_WIDTH__"), kind.bits);
    }
}

/// Defines the macros of `wchar_t`, `wint_t`, `char16_t` and `char32_t`.
fn wide(text: &mut Text, options: &Options) {
    let target = &options.target;
    let of = |base, signed| Kind::new(target, base, signed);
    let wchar = match (target.wchar_size, target.arch, target.os) {
        (2, ..) => of(Base::Short, false),
        (_, Arch::X86, Os::Linux) if options.compiler == Compiler::Gcc => of(Base::Long, target.wchar_signed),
        _ => of(Base::Int, target.wchar_signed),
    };
    text.define("__WCHAR_TYPE__", wchar.name(options));
    limits(text, options, "WCHAR", wchar, true);
    let wint = match target.os {
        Os::Apple => of(Base::Int, true),
        Os::Windows => of(Base::Short, false),
        _ => of(Base::Int, false),
    };
    text.define("__WINT_TYPE__", wint.name(options));
    limits(text, options, "WINT", wint, true);
    if options.compiler == Compiler::Gcc {
        let min =
            if wchar.signed { "(-__WCHAR_MAX__ - 1)".to_owned() } else { format!("0{}", wchar.suffix()) };
        text.define("__WCHAR_MIN__", min);
        let min = if wint.signed { "(-__WINT_MAX__ - 1)".to_owned() } else { format!("0{}", wint.suffix()) };
        text.define("__WINT_MIN__", min);
    } else if !target.wchar_signed {
        text.define("__WCHAR_UNSIGNED__", 1);
    }
    text.define("__CHAR16_TYPE__", of(Base::Short, false).name(options));
    text.define("__CHAR32_TYPE__", of(Base::Int, false).name(options));
}

/// Defines the macros of the types in `<stdint.h>`.
fn fixed(text: &mut Text, options: &Options) {
    let target = &options.target;
    let of = |base| Kind::new(target, base, true);
    let long64 =
        if target.long.size == 8 && target.os != Os::Apple { of(Base::Long) } else { of(Base::LongLong) };
    let maximal = if target.long.size == 8 { of(Base::Long) } else { of(Base::LongLong) };
    let exact = [(8, of(Base::Char)), (16, of(Base::Short)), (32, of(Base::Int)), (64, long64)];
    let clang = options.compiler == Compiler::Clang;
    for (bits, kind) in exact {
        for kind in [kind, kind.unsigned()] {
            let u = if kind.signed { "" } else { "U" };
            text.define(&format!("__{u}INT{bits}_TYPE__"), kind.name(options));
            text.define(&format!("__{u}INT{bits}_MAX__"), kind.max(options));
            constant(text, options, &format!("{u}INT{bits}"), kind);
            text.define(&format!("__{u}INT_LEAST{bits}_TYPE__"), kind.name(options));
            limits(text, options, &format!("{u}INT_LEAST{bits}"), kind, kind.signed);
            let fast = if clang || bits == 64 { kind } else { fast(target, bits, kind) };
            text.define(&format!("__{u}INT_FAST{bits}_TYPE__"), fast.name(options));
            limits(text, options, &format!("{u}INT_FAST{bits}"), fast, kind.signed);
            if clang {
                formats(text, &format!("{u}INT{bits}"), kind);
                formats(text, &format!("{u}INT_LEAST{bits}"), kind);
                formats(text, &format!("{u}INT_FAST{bits}"), kind);
            }
        }
    }
    for kind in [maximal, maximal.unsigned()] {
        let u = if kind.signed { "" } else { "U" };
        text.define(&format!("__{u}INTMAX_TYPE__"), kind.name(options));
        limits(text, options, &format!("{u}INTMAX"), kind, kind.signed || clang);
        constant(text, options, &format!("{u}INTMAX"), kind);
        if clang {
            formats(text, &format!("{u}INTMAX"), kind);
        }
    }
    if clang {
        let pointer = by_size(target, target.pointer.size, target.long.size == target.pointer.size);
        formats(text, "PTRDIFF", pointer);
        formats(text, "INTPTR", pointer);
        formats(text, "SIZE", pointer.unsigned());
        formats(text, "UINTPTR", pointer.unsigned());
    }
}

fn fast(target: &Target, bits: u32, kind: Kind) -> Kind {
    let size = match bits {
        8 => target.fast[0],
        16 => target.fast[1],
        _ => target.fast[2],
    };
    let base = match size {
        1 => Base::Char,
        2 => Base::Short,
        size if size == target.int.size => Base::Int,
        size if size == target.long.size => Base::Long,
        _ => Base::LongLong,
    };
    Kind { signed: kind.signed, ..Kind::new(target, base, true) }
}

/// Defines a macro such as `__INT64_C`.
fn constant(text: &mut Text, options: &Options, name: &str, kind: Kind) {
    let suffix = kind.suffix();
    if options.compiler == Compiler::Clang {
        text.define(&format!("__{name}_C_SUFFIX__"), suffix);
    } else if suffix.is_empty() {
        text.define(&format!("__{name}_C(c)"), "c");
    } else {
        text.define(&format!("__{name}_C(c)"), format_args!("c ## {suffix}"));
    }
}

/// Defines Clang's macros for the conversions of `printf`.
fn formats(text: &mut Text, name: &str, kind: Kind) {
    let length = match kind.base {
        Base::Char => "hh",
        Base::Short => "h",
        Base::Int => "",
        Base::Long => "l",
        Base::LongLong => "ll",
    };
    let letters: &[&str] = if kind.signed { &["d", "i"] } else { &["o", "u", "x", "X"] };
    for letter in letters {
        text.define(&format!("__{name}_FMT{letter}__"), format_args!("\"{length}{letter}\""));
    }
}
