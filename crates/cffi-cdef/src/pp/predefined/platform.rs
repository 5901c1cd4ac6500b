//! The predefined macros of the processor and the system.

use cffi_types::target::{Arch, Env, Os};

use super::text::Text;
use crate::pp::{Compiler, Options};

pub(super) fn define(text: &mut Text, options: &Options) {
    if options.compiler == Compiler::Msvc {
        msvc(text, options);
        return;
    }
    processor(text, options);
    system(text, options);
    if options.target.is_msvc() {
        msvc(text, options);
    }
}

fn processor(text: &mut Text, options: &Options) {
    let target = &options.target;
    let gcc = options.compiler == Compiler::Gcc;
    match target.arch {
        Arch::X86_64 => {
            text.ones(&[
                "__amd64",
                "__amd64__",
                "__x86_64",
                "__x86_64__",
                "__k8",
                "__k8__",
                "__code_model_small__",
            ]);
            text.ones(&["__MMX__", "__SSE__", "__SSE2__", "__SSE_MATH__", "__SSE2_MATH__", "__FXSR__"]);
            text.ones(&["__SEG_FS", "__SEG_GS"]);
            if gcc {
                text.define("__MMX_WITH_SSE__", 1);
                hardware_lock_elision(text);
            } else {
                text.define("__tune_k8__", 1);
                text.define("__seg_fs", "__attribute__((address_space(257)))");
                text.define("__seg_gs", "__attribute__((address_space(256)))");
            }
        }
        Arch::X86 => {
            text.ones(&["__i386", "__i386__", "__i686", "__i686__", "__pentiumpro", "__pentiumpro__"]);
            text.ones(&[
                if gcc { "__code_model_32__" } else { "__code_model_small__" },
                "__LAHF_SAHF__",
                "__SEG_FS",
                "__SEG_GS",
            ]);
            if options.standard.gnu {
                text.define("i386", 1);
            }
            if gcc {
                hardware_lock_elision(text);
            }
        }
        Arch::Aarch64 => {
            text.ones(&["__aarch64__", "__AARCH64EL__", "__AARCH64_CMODEL_SMALL__", "__ARM_64BIT_STATE"]);
            text.ones(&[
                "__ARM_ARCH_ISA_A64",
                "__ARM_FEATURE_CLZ",
                "__ARM_FEATURE_FMA",
                "__ARM_FEATURE_IDIV",
            ]);
            text.ones(&["__ARM_FEATURE_UNALIGNED", "__ARM_NEON", "__ARM_PCS_AAPCS64", "__ARM_FP16_ARGS"]);
            text.ones(&["__ARM_FP16_FORMAT_IEEE"]);
            text.ones(&[
                "__ARM_FEATURE_DIRECTED_ROUNDING",
                "__ARM_FEATURE_DIV",
                "__ARM_FEATURE_NUMERIC_MAXMIN",
            ]);
            text.define("__ARM_ALIGN_MAX_STACK_PWR", 4);
            text.define("__ARM_SIZEOF_MINIMAL_ENUM", 4);
            text.define("__ARM_SIZEOF_WCHAR_T", 4);
            text.define("__ARM_ARCH", 8);
            text.define("__ARM_ARCH_PROFILE", "'A'");
            text.define("__ARM_FP", "0xE");
            if target.os == Os::Apple {
                text.ones(&["__arm64", "__arm64__", "__ARM64_ARCH_8__", "__ARM_NEON__", "__AARCH64_SIMD__"]);
            }
        }
        Arch::Arm => {
            text.ones(&[
                "__arm__",
                "__ARMEL__",
                "__ARM_EABI__",
                "__ARM_PCS_VFP",
                "__VFP_FP__",
                "__ARM_ARCH_7A__",
            ]);
            text.define("__ARM_ARCH", 7);
        }
        Arch::S390x => text.ones(&["__s390__", "__s390x__", "__zarch__", "__LONG_DOUBLE_128__"]),
        Arch::Riscv64 | Arch::Riscv32 => {
            text.ones(&["__riscv", "__riscv_float_abi_double", "__riscv_compressed", "__riscv_cmodel_pic"]);
            text.ones(&[
                "__riscv_atomic",
                "__riscv_div",
                "__riscv_mul",
                "__riscv_muldiv",
                "__riscv_fdiv",
                "__riscv_fsqrt",
            ]);
            text.define("__riscv_xlen", target.pointer_bits());
            text.define("__riscv_flen", 64);
        }
        Arch::Powerpc64 => {
            text.ones(&[
                "__powerpc__",
                "__powerpc64__",
                "__PPC__",
                "__PPC64__",
                "_ARCH_PPC64",
                "__ALTIVEC__",
            ]);
            text.define("_CALL_ELF", if target.big_endian { 1 } else { 2 });
            text.ones(&[if target.big_endian { "_BIG_ENDIAN" } else { "_LITTLE_ENDIAN" }]);
        }
        Arch::Loongarch64 => {
            text.ones(&["__loongarch__", "__loongarch64", "__loongarch_lp64", "__loongarch_double_float"]);
            text.define("__loongarch_grlen", 64);
        }
        Arch::Other => {}
    }
}

fn hardware_lock_elision(text: &mut Text) {
    text.define("__ATOMIC_HLE_ACQUIRE", 65536);
    text.define("__ATOMIC_HLE_RELEASE", 131_072);
}

fn system(text: &mut Text, options: &Options) {
    let gnu = options.standard.gnu;
    match options.target.os {
        Os::Linux => {
            text.ones(&["__linux", "__linux__", "__unix", "__unix__", "__ELF__"]);
            if options.target.env == Env::Gnu || options.target.env == Env::Musl {
                text.define("__gnu_linux__", 1);
            }
            if options.target.env == Env::Android {
                text.ones(&["__ANDROID__"]);
                text.define("__ANDROID_API__", 24);
            }
            if gnu {
                text.ones(&["linux", "unix"]);
            }
        }
        Os::Apple => {
            text.ones(&["__APPLE__", "__MACH__", "__DYNAMIC__", "__STDC_NO_THREADS__", "__NO_MATH_ERRNO__"]);
            text.define("__APPLE_CC__", 6000);
            text.define("__ENVIRONMENT_MAC_OS_X_VERSION_MIN_REQUIRED__", 110_000);
            text.define("__nonnull", "_Nonnull");
            text.define("__null_unspecified", "_Null_unspecified");
            text.define("__nullable", "_Nullable");
            text.define("__strong", "");
            text.define("__unsafe_unretained", "");
            text.define("__weak", "__attribute__((objc_gc(weak)))");
            text.define("__BLOCKS__", 1);
            text.define("__block", "__attribute__((__blocks__(byref)))");
        }
        Os::Windows => {
            text.ones(&["_WIN32", "__STDC_NO_THREADS__"]);
            if options.target.pointer.size == 8 {
                text.define("_WIN64", 1);
            }
            if options.target.env == Env::Gnu {
                text.ones(&["__MINGW32__", "__WIN32", "__WIN32__", "__WINNT", "__WINNT__", "__MSVCRT__"]);
                if options.target.pointer.size == 8 {
                    text.ones(&["__MINGW64__", "__WIN64", "__WIN64__"]);
                }
                text.define("__declspec(x)", "__attribute__((x))");
                for word in ["cdecl", "stdcall", "fastcall", "thiscall"] {
                    for prefix in ["_", "__"] {
                        text.define(&format!("{prefix}{word}"), format_args!("__attribute__((__{word}__))"));
                    }
                }
            }
        }
        Os::Bsd => {
            text.ones(&["__FreeBSD__", "__unix", "__unix__", "__ELF__"]);
            if gnu {
                text.define("unix", 1);
            }
        }
        Os::Other => {}
    }
}

/// Defines the macros of Visual C++, and of Clang when it imitates Visual C++.
fn msvc(text: &mut Text, options: &Options) {
    text.define("_WIN32", 1);
    match options.target.arch {
        Arch::X86_64 => {
            text.define("_WIN64", 1);
            text.define("_M_X64", 100);
            text.define("_M_AMD64", 100);
        }
        Arch::X86 => text.define("_M_IX86", 600),
        Arch::Aarch64 => {
            text.define("_WIN64", 1);
            text.define("_M_ARM64", 1);
        }
        _ => {}
    }
}
