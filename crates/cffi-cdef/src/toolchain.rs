//! Finding the headers of a machine's compiler and system, without running the compiler.

use cffi_types::target::{Arch, Env, Os, Target};

use crate::files::Files;
use crate::pp::{Compiler, Options};

/// The newest major version of a compiler that is looked for.
const NEWEST: u32 = 30;

impl Options {
    /// Returns the options of a machine's compiler for a target. The compiler is found by looking into the usual
    /// folders for its headers.
    #[must_use]
    pub fn for_machine(files: &dyn Files, target: Target) -> Options {
        let mut options = Options::new(target);
        if target.os == Os::Apple {
            options.compiler = Compiler::Clang;
            options.version = (15, 0, 0);
        } else if target.is_msvc() {
            options.compiler = Compiler::Msvc;
            options.version = (1940, 0, 0);
        }
        if let Some((dir, version)) = gcc(files, &target) {
            let fixed = format!("{}-fixed", dir.trim_end_matches('/'));
            options.version = (version, last_minor(version), 0);
            options.system_dirs.push(dir);
            if files.exists(&format!("{fixed}/limits.h")) {
                options.system_dirs.push(fixed);
            }
        } else if let Some((dir, version)) = clang(files) {
            options.compiler = Compiler::Clang;
            options.version = (version, 0, 0);
            options.system_dirs.push(dir);
        }
        if matches!(target.os, Os::Linux | Os::Bsd) {
            options.system_dirs.push("/usr/local/include".to_owned());
            options.system_dirs.push(format!("/usr/include/{}", multiarch(&target)));
            options.system_dirs.push("/usr/include".to_owned());
        }
        options
    }
}

/// Returns the folder of the newest GCC's headers, and its version.
fn gcc(files: &dyn Files, target: &Target) -> Option<(String, u32)> {
    let arch = target.arch_name();
    let musl = target.env == Env::Musl;
    let systems: &[&str] = if musl {
        &["alpine-linux-musl", "linux-musl"]
    } else {
        &["linux-gnu", "redhat-linux", "pc-linux-gnu", "suse-linux", "unknown-linux-gnu", "amazon-linux"]
    };
    let roots = ["/usr/lib/gcc", "/usr/lib/gcc-cross", "/usr/lib64/gcc"];
    let folders = systems.iter().flat_map(|system| roots.map(|root| format!("{root}/{arch}-{system}")));
    let folders: Vec<String> = folders.filter(|folder| files.may_have(folder)).collect();
    for version in (4..=NEWEST).rev() {
        for folder in &folders {
            let dir = format!("{folder}/{version}/include");
            if files.exists(&format!("{dir}/stddef.h")) {
                return Some((dir, version));
            }
        }
    }
    None
}

fn clang(files: &dyn Files) -> Option<(String, u32)> {
    for version in (3..=NEWEST).rev() {
        for dir in [
            format!("/usr/lib/llvm-{version}/lib/clang/{version}/include"),
            format!("/usr/lib/clang/{version}/include"),
            format!("/usr/lib/llvm-{version}/lib/clang/{version}.0.6/include"),
        ] {
            if files.exists(&format!("{dir}/stddef.h")) {
                return Some((dir, version));
            }
        }
    }
    None
}

/// Returns the last minor version of a major version of GCC that long-lived distributions ship.
const fn last_minor(major: u32) -> u32 {
    match major {
        4 => 9,
        5 => 4,
        6 => 3,
        7 => 5,
        10 | 11 | 13 | 14 => 2,
        8 | 9 => 3,
        12 => 2,
        _ => 1,
    }
}

/// Returns the name of Debian's folder for a platform's headers.
fn multiarch(target: &Target) -> String {
    let arch = if target.arch == Arch::X86 { "i386" } else { target.arch_name() };
    let system = match (target.env, target.arch) {
        (Env::Musl, _) => "linux-musl",
        (_, Arch::Arm) => "linux-gnueabihf",
        _ => "linux-gnu",
    };
    format!("{arch}-{system}")
}
