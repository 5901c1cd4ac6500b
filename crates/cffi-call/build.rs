//! Compiles the few C functions that stable Rust cannot express (`long double`, variadic definitions) and
//! tells the crate how large `long double` is on the target.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=csrc");
    println!("cargo::rustc-check-cfg=cfg(long_double, values(\"8\", \"12\", \"16\"))");
    println!("cargo::rustc-check-cfg=cfg(sysv64)");
    println!("cargo::rustc-check-cfg=cfg(aapcs64)");
    println!("cargo::rustc-check-cfg=cfg(direct_calls)");
    println!("cargo::rustc-check-cfg=cfg(own_trampolines)");

    let target = Target::from_env();
    let size = target.long_double_size();
    println!("cargo::rustc-cfg=long_double=\"{size}\"");
    let convention = if target.is_sysv64() {
        Some("sysv64")
    } else if target.is_aapcs64() {
        Some("aapcs64")
    } else {
        None
    };
    if let Some(convention) = convention {
        println!("cargo::rustc-cfg={convention}");
        println!("cargo::rustc-cfg=direct_calls");
        if target.os == "linux" {
            println!("cargo::rustc-cfg=own_trampolines");
        }
    }

    if env::var_os("CARGO_FEATURE_CHECK_ONLY").is_some() {
        return;
    }
    let mut build = cc::Build::new();
    build.file("csrc/testfuncs.c").warnings(true);
    if size != 8 {
        build.file("csrc/longdouble.c").define("LONG_DOUBLE_SIZE", size.to_string().as_str());
    }
    build.compile("cffi_call_c");
}

/// The parts of the target's name that decide about types and calling conventions.
struct Target {
    arch: String,
    os: String,
    env: String,
    vendor: String,
    windows: bool,
    pointer_width: String,
}

impl Target {
    fn from_env() -> Target {
        let get = |name: &str| env::var(name).unwrap_or_default();
        Target {
            arch: get("CARGO_CFG_TARGET_ARCH"),
            os: get("CARGO_CFG_TARGET_OS"),
            env: get("CARGO_CFG_TARGET_ENV"),
            vendor: get("CARGO_CFG_TARGET_VENDOR"),
            windows: env::var_os("CARGO_CFG_WINDOWS").is_some(),
            pointer_width: get("CARGO_CFG_TARGET_POINTER_WIDTH"),
        }
    }

    /// `sizeof(long double)`; the C file checks it with a static assertion, so a wrong entry cannot pass.
    fn long_double_size(&self) -> usize {
        match self.arch.as_str() {
            _ if self.windows && self.env == "msvc" => 8,
            "x86_64" => 16,
            "x86" if self.os == "android" => 8,
            "x86" if self.vendor == "apple" => 16,
            "x86" => 12,
            "aarch64" if self.windows || self.vendor == "apple" => 8,
            "powerpc64" if self.env == "musl" || self.os == "freebsd" => 8,
            "aarch64" | "riscv64" | "riscv32" | "s390x" | "loongarch64" | "sparc64" | "powerpc64"
            | "mips64" | "mips64r6" | "wasm32" | "wasm64" => 16,
            _ => 8,
        }
    }

    /// Little-endian AArch64 with Arm's calling convention or Apple's, and 64-bit pointers.
    fn is_aapcs64(&self) -> bool {
        let little = env::var("CARGO_CFG_TARGET_ENDIAN").is_ok_and(|endian| endian == "little");
        self.arch == "aarch64" && little && !self.windows && self.pointer_width == "64" && self.os != "uefi"
    }

    /// x86-64 with the System V calling convention and 64-bit pointers.
    fn is_sysv64(&self) -> bool {
        self.arch == "x86_64" && !self.windows && self.pointer_width == "64" && self.os != "uefi"
    }
}
