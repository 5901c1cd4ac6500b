//! What a person can choose, and how much hostile text may cost.

use cffi_types::target::{Arch, Target};

/// Whose predefined macros, attributes and built-in functions a header sees.
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

/// The edition of the language.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Edition {
    /// 1990.
    C90,
    /// 1999.
    C99,
    /// 2011.
    C11,
    /// 2018, which compilers take unless told otherwise.
    #[default]
    C17,
    /// 2024.
    C23,
}

/// The language that is read.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Standard {
    /// The edition.
    pub edition: Edition,
    /// Whether the extensions of GNU C are on: `-std=gnu17`, not `-std=c17`.
    pub gnu: bool,
}

impl Default for Standard {
    fn default() -> Standard {
        Standard { edition: Edition::default(), gnu: true }
    }
}

impl Standard {
    /// The language that a compiler's option `-std=NAME` means.
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

/// Bounds of what is done for one text. What exceeds one of them ends with an error.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Files that are open at one time.
    pub include_depth: usize,
    /// Inclusions altogether.
    pub includes: usize,
    /// Bytes of all files.
    pub bytes: usize,
    /// Tokens that come out of macros.
    pub expanded: usize,
    /// Tokens for the parser.
    pub tokens: usize,
    /// Uses of macros in the arguments of macros in the arguments of macros…, and the like for all that is nested.
    pub depth: usize,
    /// Problems that are kept.
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
            depth: 200,
            problems: 1_000,
        }
    }
}

/// How a header is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The platform whose program the header is for.
    pub target: Target,
    /// The compiler that the header takes this for.
    pub compiler: Compiler,
    /// Its version as major, minor and patch level.
    pub version: (u32, u32, u32),
    /// The language.
    pub standard: Standard,
    /// Folders for `#include "..."` only.
    pub quote_dirs: Vec<String>,
    /// Folders for headers, before those of the system.
    pub include_dirs: Vec<String>,
    /// Folders of the system's headers.
    pub system_dirs: Vec<String>,
    /// Macros that are defined before anything is read, as name and body. A name may have parameters.
    pub defines: Vec<(String, String)>,
    /// Predefined macros that are not to be defined.
    pub undefines: Vec<String>,
    /// Bounds.
    pub limits: Limits,
}

impl Options {
    /// A recent GCC for a platform, with no folders to search.
    #[must_use]
    pub fn new(target: Target) -> Options {
        // GCC aligns vectors by what the processor has for sure; wider ones need an option such as `-mavx`.
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
