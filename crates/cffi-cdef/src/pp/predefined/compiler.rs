//! The predefined macros of the language and the compiler.

use cffi_types::target::{Arch, Env, Os};

use super::text::Text;
use crate::pp::{Compiler, Edition, Options};

pub(super) fn define(text: &mut Text, options: &Options) {
    language(text, options);
    match options.compiler {
        Compiler::Gcc => gcc(text, options),
        Compiler::Clang => clang(text, options),
        Compiler::Msvc => msvc(text, options),
    }
}

fn language(text: &mut Text, options: &Options) {
    let edition = options.standard.edition;
    let msvc = options.compiler == Compiler::Msvc;
    if !msvc || edition >= Edition::C11 {
        text.define("__STDC__", 1);
    }
    text.define("__STDC_HOSTED__", 1);
    let old = options.version.0 < 14;
    let version = match edition {
        Edition::C90 => None,
        Edition::C99 => Some("199901L"),
        Edition::C11 => Some("201112L"),
        Edition::C17 => Some("201710L"),
        Edition::C23 if options.compiler == Compiler::Gcc && old => Some("202000L"),
        Edition::C23 if options.compiler == Compiler::Clang && options.version.0 < 18 => Some("202000L"),
        Edition::C23 => Some("202311L"),
    };
    if let Some(version) = version {
        text.define("__STDC_VERSION__", version);
    }
    let utf = edition >= Edition::C11 || options.compiler == Compiler::Clang;
    if utf && !msvc {
        text.ones(&["__STDC_UTF_16__", "__STDC_UTF_32__"]);
    }
    if !options.standard.gnu && !msvc {
        text.define("__STRICT_ANSI__", 1);
    }
    // These come from `stdc-predef.h` of Linux's C library, which GCC reads before any other header.
    if options.compiler == Compiler::Gcc && options.target.os == Os::Linux && options.target.env == Env::Gnu {
        text.ones(&["_STDC_PREDEF_H", "__STDC_IEC_559__", "__STDC_IEC_559_COMPLEX__"]);
        text.define("__STDC_IEC_60559_BFP__", "201404L");
        text.define("__STDC_IEC_60559_COMPLEX__", "201404L");
        text.define("__STDC_ISO_10646__", "201706L");
    }
}

/// Defines the macros that GCC and Clang have in common.
fn gnu(text: &mut Text, options: &Options) {
    if options.standard.edition == Edition::C90 {
        text.define("__GNUC_GNU_INLINE__", 1);
    } else {
        text.define("__GNUC_STDC_INLINE__", 1);
    }
    for (name, value) in [
        ("__ATOMIC_RELAXED", 0),
        ("__ATOMIC_CONSUME", 1),
        ("__ATOMIC_ACQUIRE", 2),
        ("__ATOMIC_RELEASE", 3),
        ("__ATOMIC_ACQ_REL", 4),
        ("__ATOMIC_SEQ_CST", 5),
        ("__ORDER_LITTLE_ENDIAN__", 1234),
        ("__ORDER_BIG_ENDIAN__", 4321),
        ("__ORDER_PDP_ENDIAN__", 3412),
        ("__GCC_ATOMIC_TEST_AND_SET_TRUEVAL", 1),
        ("__FINITE_MATH_ONLY__", 0),
        ("__NO_INLINE__", 1),
    ] {
        text.define(name, value);
    }
    let order = if options.target.big_endian { "__ORDER_BIG_ENDIAN__" } else { "__ORDER_LITTLE_ENDIAN__" };
    text.define("__BYTE_ORDER__", order);
    for kind in
        ["BOOL", "CHAR", "CHAR16_T", "CHAR32_T", "WCHAR_T", "SHORT", "INT", "LONG", "LLONG", "POINTER"]
    {
        text.define(&format!("__GCC_ATOMIC_{kind}_LOCK_FREE"), lock_free(options, kind));
    }
    for size in [1, 2, 4, 8] {
        text.define(&format!("__GCC_HAVE_SYNC_COMPARE_AND_SWAP_{size}"), 1);
    }
    text.ones(&["__PRAGMA_REDEFINE_EXTNAME", "__GCC_HAVE_DWARF2_CFI_ASM"]);
    if is_x86(options) {
        text.define("__GCC_ASM_FLAG_OUTPUTS__", 1);
    }
    if is_x86(options) || options.compiler == Compiler::Gcc {
        text.define("__REGISTER_PREFIX__", "");
    }
    text.define("__USER_LABEL_PREFIX__", if options.target.os == Os::Apple { "_" } else { "" });
    if options.target.os == Os::Linux {
        for name in ["__pic__", "__PIC__", "__pie__", "__PIE__"] {
            text.define(name, 2);
        }
    }
}

fn is_x86(options: &Options) -> bool {
    matches!(options.target.arch, Arch::X86_64 | Arch::X86)
}

/// Returns 2 if atomic operations on the type never lock. On 32-bit x86 Clang's baseline processor has no such
/// operations for 8 bytes.
fn lock_free(options: &Options, kind: &str) -> u8 {
    let old = options.target.arch == Arch::X86
        && options.compiler == Compiler::Clang
        && options.target.os == Os::Linux;
    if kind == "LLONG" && old { 1 } else { 2 }
}

fn gcc(text: &mut Text, options: &Options) {
    let (major, minor, patch) = options.version;
    text.define("__GNUC__", major);
    text.define("__GNUC_MINOR__", minor);
    text.define("__GNUC_PATCHLEVEL__", patch);
    text.define("__VERSION__", format_args!("\"{major}.{minor}.{patch}\""));
    let abi = match major {
        0..=9 => 1013,
        10 => 1014,
        11 => 1016,
        12 => 1017,
        13 => 1018,
        14 => 1019,
        _ => 1020,
    };
    text.define("__GXX_ABI_VERSION", abi);
    gnu(text, options);
    let order = if options.target.big_endian { "__ORDER_BIG_ENDIAN__" } else { "__ORDER_LITTLE_ENDIAN__" };
    text.define("__FLOAT_WORD_ORDER__", order);
    let end = if options.target.big_endian { "BE" } else { "LE" };
    text.define("__GNUC_EXECUTION_CHARSET_NAME", "\"UTF-8\"");
    let wide = if options.target.wchar_size == 2 { 16 } else { 32 };
    text.define("__GNUC_WIDE_EXECUTION_CHARSET_NAME", format_args!("\"UTF-{wide}{end}\""));
    text.define("__GCC_IEC_559", 2);
    text.define("__GCC_IEC_559_COMPLEX", 2);
    text.define("__HAVE_SPECULATION_SAFE_VALUE", 1);
    if major >= 12 {
        text.define("__GCC_CONSTRUCTIVE_SIZE", 64);
        text.define("__GCC_DESTRUCTIVE_SIZE", 64);
    }
}

fn clang(text: &mut Text, options: &Options) {
    let (major, minor, patch) = options.version;
    text.define("__llvm__", 1);
    text.define("__clang__", 1);
    text.define("__clang_major__", major);
    text.define("__clang_minor__", minor);
    text.define("__clang_patchlevel__", patch);
    text.define("__clang_version__", format_args!("\"{major}.{minor}.{patch} \""));
    text.define("__VERSION__", format_args!("\"Clang {major}.{minor}.{patch}\""));
    text.define("__clang_literal_encoding__", "\"UTF-8\"");
    let wide = if options.target.wchar_size == 2 { 16 } else { 32 };
    text.define("__clang_wide_literal_encoding__", format_args!("\"UTF-{wide}\""));
    // Clang defines the version macros of GCC 4.2.1, unless it imitates Visual C++.
    if options.target.is_msvc() {
        msvc(text, options);
    } else {
        text.define("__GNUC__", 4);
        text.define("__GNUC_MINOR__", 2);
        text.define("__GNUC_PATCHLEVEL__", 1);
        text.define("__GXX_ABI_VERSION", 1002);
    }
    gnu(text, options);
    for kind in
        ["BOOL", "CHAR", "CHAR16_T", "CHAR32_T", "WCHAR_T", "SHORT", "INT", "LONG", "LLONG", "POINTER"]
    {
        text.define(&format!("__CLANG_ATOMIC_{kind}_LOCK_FREE"), lock_free(options, kind));
    }
    let scopes = ["WORK_ITEM", "WORK_GROUP", "DEVICE", "ALL_SVM_DEVICES", "SUB_GROUP"];
    for (number, scope) in scopes.into_iter().enumerate() {
        text.define(&format!("__OPENCL_MEMORY_SCOPE_{scope}"), number);
    }
    text.define("__OBJC_BOOL_IS_BOOL", u8::from(options.target.os == Os::Apple));
    text.ones(&[
        "__CONSTANT_CFSTRINGS__",
        if options.target.big_endian { "__BIG_ENDIAN__" } else { "__LITTLE_ENDIAN__" },
    ]);
    if options.target.os == Os::Linux && is_x86(options) {
        text.define("__FLOAT128__", 1);
        text.define("__NO_MATH_INLINES", 1);
    }
    if options.target.wchar_size == 4 && options.target.os != Os::Apple {
        text.define("__WINT_UNSIGNED__", 1);
    }
    if major >= 14 {
        text.define("__BITINT_MAXWIDTH__", if major >= 16 { 8_388_608 } else { 128 });
    }
}

fn msvc(text: &mut Text, options: &Options) {
    let version = if options.compiler == Compiler::Msvc { options.version.0 } else { 1920 };
    let version = if version >= 1000 { version } else { 1940 };
    text.define("_MSC_VER", version);
    text.define("_MSC_FULL_VER", u64::from(version) * 100_000);
    text.define("_MSC_BUILD", 1);
    text.define("_MSC_EXTENSIONS", 1);
    text.define("_INTEGRAL_MAX_BITS", 64);
    text.define("_MSVC_EXECUTION_CHARACTER_SET", 65001);
    text.define("_MT", 1);
    text.define("_DLL", 1);
}
