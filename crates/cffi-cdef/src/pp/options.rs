//! The options of the preprocessor, and the bounds on the cost of hostile text.

use cffi_types::target::{Arch, Target};

/// The compiler that the preprocessor imitates: its predefined macros, attributes and built-in functions.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum Compiler {
    /// GCC.
    #[default]
    Gcc,
    /// Clang.
    Clang,
    /// Visual C++.
    Msvc,
}

/// The edition of the C standard.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Edition {
    /// C90.
    C90,
    /// C99.
    C99,
    /// C11.
    C11,
    /// C17, the default of compilers.
    #[default]
    C17,
    /// C23.
    C23,
}

/// The language of the header.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Standard {
    /// The edition of the standard.
    pub edition: Edition,
    /// Whether the extensions of GNU C are enabled: `-std=gnu17`, not `-std=c17`.
    pub gnu: bool,
}

impl Default for Standard {
    fn default() -> Standard {
        Standard { edition: Edition::default(), gnu: true }
    }
}

impl Standard {
    /// Returns the language that a compiler's option `-std=NAME` selects.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Standard> {
        let (gnu, year) = match name.strip_prefix("gnu") {
            Some(year) => (true, year),
            None => (false, name.strip_prefix('c')?),
        };
        let edition = match year {
            "89" | "90" => Edition::C90,
            "99" | "9x" => Edition::C99,
            "11" | "1x" => Edition::C11,
            "17" | "18" => Edition::C17,
            "23" | "2x" => Edition::C23,
            _ => return None,
        };
        Some(Standard { edition, gnu })
    }
}

/// Bounds on the work for one text. A text that exceeds a bound gets an error.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// The number of files that are open at once.
    pub include_depth: usize,
    /// The total number of inclusions.
    pub includes: usize,
    /// The total number of bytes in all files.
    pub bytes: usize,
    /// The number of tokens that macros expand to.
    pub expanded: usize,
    /// The number of tokens for the parser.
    pub tokens: usize,
    /// The nesting depth of macros in arguments of macros, and of all other nested constructs. A level takes up to 2 KiB
    /// of stack, so the default fits threads with a stack of 256 KiB.
    pub depth: usize,
    /// The number of problems that are recorded.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            include_depth: 200,
            includes: 20_000,
            bytes: 256 << 20,
            expanded: 8_000_000,
            tokens: 8_000_000,
            depth: 100,
            problems: 1_000,
        }
    }
}

/// The options for reading a header.
#[derive(Clone, Debug)]
pub struct Options {
    /// The platform of the program that uses the header.
    pub target: Target,
    /// The compiler that the preprocessor imitates.
    pub compiler: Compiler,
    /// The compiler's version as major, minor and patch level.
    pub version: (u32, u32, u32),
    /// The language.
    pub standard: Standard,
    /// Folders that are searched only for `#include "..."`.
    pub quote_dirs: Vec<String>,
    /// Folders for headers, searched before the system's.
    pub include_dirs: Vec<String>,
    /// Folders for the system's headers.
    pub system_dirs: Vec<String>,
    /// Macros that are defined at the start, as name and body. A name may have parameters.
    pub defines: Vec<(String, String)>,
    /// Predefined macros that are left undefined.
    pub undefines: Vec<String>,
    /// The bounds.
    pub limits: Limits,
}

impl Options {
    /// Makes options for a recent GCC on a platform, without any folders to search.
    #[must_use]
    pub fn new(target: Target) -> Options {
        // GCC aligns vectors for the processor's baseline; wider ones need an option such as `-mavx`.
        let x86 = matches!(target.arch, Arch::X86_64 | Arch::X86);
        let max_vector_align = if x86 { 16 } else { target.max_vector_align };
        let target = Target { max_vector_align, ..target };
        Options {
            target,
            compiler: Compiler::Gcc,
            version: (12, 2, 0),
            standard: Standard::default(),
            quote_dirs: Vec::new(),
            include_dirs: Vec::new(),
            system_dirs: Vec::new(),
            defines: Vec::new(),
            undefines: Vec::new(),
            limits: Limits::default(),
        }
    }
}
