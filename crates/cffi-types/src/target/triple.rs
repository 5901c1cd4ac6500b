//! Names of platforms (target triples).

use core::fmt;

use super::{Env, FloatFormat, Os, RecordRules, Scalar, Target};

/// A name of a platform for which no data model is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownTriple {
    /// The name.
    pub triple: String,
}

impl fmt::Display for UnknownTriple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown target '{}'", self.triple)
    }
}

impl core::error::Error for UnknownTriple {}

impl Target {
    /// Finds the platform by a name such as `aarch64-linux-gnu`, `x86_64-pc-windows-msvc` or `arm64-apple-macos`.
    ///
    /// Missing parts take their usual values: `x86_64-windows` means Visual C++, `aarch64` alone means Linux with
    /// the GNU C library.
    ///
    /// # Errors
    /// The processor or the combination is not known.
    pub fn from_triple(triple: &str) -> Result<Target, UnknownTriple> {
        let lower = triple.to_ascii_lowercase();
        find(&lower).ok_or_else(|| UnknownTriple { triple: triple.to_owned() })
    }

    /// Returns the processor's name as it begins a triple.
    #[must_use]
    pub const fn arch_name(&self) -> &'static str {
        use super::Arch;
        match (self.arch, self.big_endian) {
            (Arch::X86_64, _) => "x86_64",
            (Arch::X86, _) => "i686",
            (Arch::Aarch64, _) => "aarch64",
            (Arch::Arm, _) => "arm",
            (Arch::Riscv64, _) => "riscv64",
            (Arch::Riscv32, _) => "riscv32",
            (Arch::S390x, _) => "s390x",
            (Arch::Powerpc64, true) => "powerpc64",
            (Arch::Powerpc64, false) => "powerpc64le",
            (Arch::Loongarch64, _) => "loongarch64",
            (Arch::Other, _) => "unknown",
        }
    }

    /// Returns the platform's name in its usual form.
    #[must_use]
    pub fn triple(&self) -> String {
        use super::Arch;
        let arch = self.arch_name();
        let system = match self.os {
            Os::Linux => "linux",
            Os::Apple => "apple-darwin",
            Os::Windows => "windows",
            Os::Bsd => "freebsd",
            Os::Other => "none",
        };
        let env = match (self.env, self.arch) {
            (Env::Gnu, Arch::Arm) => "-gnueabihf",
            (Env::Gnu, _) => "-gnu",
            (Env::Musl, Arch::Arm) => "-musleabihf",
            (Env::Musl, _) => "-musl",
            (Env::Msvc, _) => "-msvc",
            (Env::Android, _) => "-android",
            (Env::Native, _) => "",
        };
        format!("{arch}-{system}{env}")
    }
}

fn find(triple: &str) -> Option<Target> {
    let mut parts = triple.split('-');
    let arch = parts.next()?;
    let rest: Vec<&str> = parts.collect();
    let has = |start: &str| rest.iter().any(|part| part.starts_with(start));
    let windows = has("windows") || has("mingw") || has("win32");
    let mingw = windows && (has("gnu") || has("mingw"));
    let apple = ["apple", "darwin", "macos", "ios"].into_iter().any(has);
    let x86 = matches!(arch, "i386" | "i486" | "i586" | "i686" | "x86");
    let base = match arch {
        "x86_64" | "amd64" | "x64" if mingw => Target::x86_64_windows_gnu(),
        "x86_64" | "amd64" | "x64" if windows => Target::x86_64_windows_msvc(),
        "x86_64" | "amd64" | "x64" if apple => Target::x86_64_apple(),
        "x86_64" | "amd64" | "x64" if has("gnux32") => return None,
        "x86_64" | "amd64" | "x64" => Target::x86_64_linux_gnu(),
        _ if x86 && mingw => Target::i686_windows_gnu(),
        _ if x86 && windows => Target::i686_windows_msvc(),
        _ if x86 && apple => return None,
        _ if x86 => Target::i686_linux_gnu(),
        "aarch64" | "arm64" if mingw => return None,
        "aarch64" | "arm64" if windows => Target::aarch64_windows_msvc(),
        "aarch64" | "arm64" if apple => Target::aarch64_apple(),
        "aarch64" | "arm64" => Target::aarch64_linux_gnu(),
        _ if windows || apple => return None,
        "arm" | "armv6l" | "armv7" | "armv7l" | "armv7a" | "armhf" => Target::arm_linux_gnueabihf(),
        "riscv64" | "riscv64gc" => Target::riscv64_linux_gnu(),
        "s390x" => Target::s390x_linux_gnu(),
        "powerpc64le" | "ppc64le" | "ppc64el" => Target::powerpc64le_linux_gnu(),
        "loongarch64" => Target::loongarch64_linux_gnu(),
        _ => return None,
    };
    if windows || apple {
        return Some(base);
    }
    if has("musl") {
        return Some(base.with_musl());
    }
    if has("android") {
        return Some(android(base));
    }
    if rest.iter().any(|part| part.contains("bsd") || part.starts_with("dragonfly")) {
        let fast = if has("netbsd") { [1, 4, 4] } else { [4, 4, 4] };
        return Some(Target { os: Os::Bsd, env: Env::Native, fast, ..base });
    }
    Some(base)
}

/// Turns a Linux platform into an Android one. They differ in `long double` on 32-bit x86; `wchar_t` is equal
/// everywhere.
fn android(base: Target) -> Target {
    let base = Target { env: Env::Android, ..base };
    if base.arch == super::Arch::X86 {
        return Target {
            long_double: Scalar::new(8, 4),
            long_double_format: FloatFormat::Double,
            max_align: 4,
            default_aligned: 4,
            records: RecordRules::SystemV,
            ..base
        };
    }
    base
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_are_read() {
        let read = |name| Target::from_triple(name).expect(name);
        assert_eq!(read("x86_64-linux-gnu"), Target::x86_64_linux_gnu());
        assert_eq!(read("x86_64-unknown-linux-gnu"), Target::x86_64_linux_gnu());
        assert_eq!(read("AArch64-linux-gnu"), Target::aarch64_linux_gnu());
        assert_eq!(read("arm64-apple-macos"), Target::aarch64_apple());
        assert_eq!(read("x86_64-windows"), Target::x86_64_windows_msvc());
        assert_eq!(read("x86_64-pc-windows-gnu"), Target::x86_64_windows_gnu());
        assert_eq!(read("x86_64-w64-mingw32"), Target::x86_64_windows_gnu());
        assert_eq!(read("i686-pc-windows-msvc"), Target::i686_windows_msvc());
        assert_eq!(read("arm-linux-gnueabihf"), Target::arm_linux_gnueabihf());
        assert_eq!(read("x86_64-alpine-linux-musl").fast, [1, 4, 4]);
        assert_eq!(read("i686-linux-android").long_double, Scalar::new(8, 4));
        assert_eq!(read("x86_64-unknown-freebsd").os, Os::Bsd);
    }

    #[test]
    fn unknown_names_are_refused() {
        for name in
            ["", "pdp11", "sparc-sun-solaris", "s390x-windows", "x86_64-linux-gnux32", "i686-apple-darwin"]
        {
            let error = Target::from_triple(name).expect_err(name);
            assert_eq!(error.to_string(), format!("unknown target '{name}'"));
        }
    }

    #[test]
    fn names_lead_back() {
        for target in [
            Target::x86_64_linux_gnu(),
            Target::x86_64_apple(),
            Target::x86_64_windows_msvc(),
            Target::x86_64_windows_gnu(),
            Target::aarch64_linux_gnu(),
            Target::aarch64_apple(),
            Target::aarch64_windows_msvc(),
            Target::i686_linux_gnu(),
            Target::i686_windows_msvc(),
            Target::i686_windows_gnu(),
            Target::s390x_linux_gnu(),
            Target::riscv64_linux_gnu(),
            Target::arm_linux_gnueabihf(),
            Target::arm_linux_gnueabihf().with_musl(),
            Target::powerpc64le_linux_gnu(),
            Target::loongarch64_linux_gnu(),
        ] {
            assert_eq!(Target::from_triple(&target.triple()), Ok(target), "{}", target.triple());
        }
    }
}
