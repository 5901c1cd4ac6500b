//! The words that the front end knows. Their atoms are fixed, so a word is recognized by comparing numbers.

use crate::intern::Atom;

/// Defines a constant for each word, and the list of all words in order.
macro_rules! words {
    ($($name:ident $text:literal)*) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "the variants only count the words")]
        enum Number { $($name),* }
        $(
            #[doc = concat!("`", $text, "`")]
            pub(crate) const $name: Atom = Atom(Number::$name as u32);
        )*
        /// The texts in the order of their atoms.
        pub(crate) const ALL: &[&str] = &[$($text),*];
    };
}

words! {
    EMPTY ""
    // Keywords of C and of its dialects.
    AUTO "auto" BREAK "break" CASE "case" CHAR "char" CONST "const" CONTINUE "continue"
    DEFAULT "default" DO "do" DOUBLE "double" ELSE "else" ENUM "enum" EXTERN "extern" FLOAT "float"
    FOR "for" GOTO "goto" IF "if" INLINE "inline" INT "int" LONG "long" REGISTER "register"
    RESTRICT "restrict" RETURN "return" SHORT "short" SIGNED "signed" SIZEOF "sizeof" STATIC "static"
    STRUCT "struct" SWITCH "switch" TYPEDEF "typedef" UNION "union" UNSIGNED "unsigned" VOID "void"
    VOLATILE "volatile" WHILE "while" ALIGNAS "_Alignas" ALIGNOF "_Alignof" ATOMIC "_Atomic"
    BOOL "_Bool" COMPLEX "_Complex" GENERIC "_Generic" IMAGINARY "_Imaginary" NORETURN "_Noreturn"
    STATIC_ASSERT "_Static_assert" THREAD_LOCAL "_Thread_local" BIT_INT "_BitInt" C23_ALIGNAS "alignas"
    C23_ALIGNOF "alignof" C23_BOOL "bool" C23_STATIC_ASSERT "static_assert"
    C23_THREAD_LOCAL "thread_local" CONSTEXPR "constexpr" TYPEOF "typeof" TYPEOF_UNQUAL "typeof_unqual"
    TRUE "true" FALSE "false" GNU_CONST1 "__const" GNU_CONST2 "__const__" GNU_INLINE1 "__inline"
    GNU_INLINE2 "__inline__" GNU_SIGNED1 "__signed" GNU_SIGNED2 "__signed__" GNU_VOLATILE1 "__volatile"
    GNU_VOLATILE2 "__volatile__" GNU_RESTRICT1 "__restrict" GNU_RESTRICT2 "__restrict__"
    GNU_TYPEOF1 "__typeof" GNU_TYPEOF2 "__typeof__" GNU_ALIGNOF1 "__alignof" GNU_ALIGNOF2 "__alignof__"
    GNU_COMPLEX1 "__complex" GNU_COMPLEX2 "__complex__" GNU_ATTRIBUTE1 "__attribute"
    GNU_ATTRIBUTE2 "__attribute__" GNU_ASM0 "asm" GNU_ASM1 "__asm" GNU_ASM2 "__asm__"
    GNU_EXTENSION "__extension__" GNU_THREAD "__thread" GNU_REAL1 "__real" GNU_REAL2 "__real__"
    GNU_IMAG1 "__imag" GNU_IMAG2 "__imag__" GNU_AUTO_TYPE "__auto_type" GNU_INT128 "__int128"
    GNU_INT128_T "__int128_t" GNU_UINT128_T "__uint128_t" GNU_FLOAT128 "__float128"
    GNU_FLOAT80 "__float80" GNU_FP16 "__fp16" GNU_BF16 "__bf16" FLOAT16 "_Float16" FLOAT32 "_Float32"
    FLOAT64 "_Float64" FLOAT128 "_Float128" FLOAT32X "_Float32x" FLOAT64X "_Float64x"
    BUILTIN_VA_LIST "__builtin_va_list" BUILTIN_OFFSETOF "__builtin_offsetof"
    BUILTIN_TYPES_COMPATIBLE "__builtin_types_compatible_p" BUILTIN_CHOOSE_EXPR "__builtin_choose_expr"
    BUILTIN_CONSTANT_P "__builtin_constant_p" BUILTIN_EXPECT "__builtin_expect"
    BUILTIN_HUGE_VAL "__builtin_huge_val" BUILTIN_HUGE_VALF "__builtin_huge_valf"
    BUILTIN_HUGE_VALL "__builtin_huge_vall" BUILTIN_INF "__builtin_inf" BUILTIN_INFF "__builtin_inff"
    BUILTIN_INFL "__builtin_infl" BUILTIN_NAN "__builtin_nan" BUILTIN_NANF "__builtin_nanf"
    BUILTIN_NANL "__builtin_nanl" BUILTIN_BSWAP16 "__builtin_bswap16"
    BUILTIN_BSWAP32 "__builtin_bswap32" BUILTIN_BSWAP64 "__builtin_bswap64" NONNULL "_Nonnull"
    NULLABLE "_Nullable" NULL_UNSPECIFIED "_Null_unspecified"
    // Visual C++.
    DECLSPEC "__declspec" MS_CDECL "__cdecl" MS_CDECL1 "_cdecl" MS_STDCALL "__stdcall"
    MS_STDCALL1 "_stdcall" MS_FASTCALL "__fastcall" MS_THISCALL "__thiscall"
    MS_VECTORCALL "__vectorcall" MS_PASCAL "__pascal" MS_INT8 "__int8" MS_INT16 "__int16"
    MS_INT32 "__int32" MS_INT64 "__int64" MS_FORCEINLINE "__forceinline" MS_PTR32 "__ptr32"
    MS_PTR64 "__ptr64" MS_UNALIGNED "__unaligned" MS_W64 "__w64" MS_PRAGMA "__pragma" WINAPI "WINAPI"
    // The preprocessor.
    DEFINE "define" UNDEF "undef" INCLUDE "include" INCLUDE_NEXT "include_next" IMPORT "import"
    IFDEF "ifdef" IFNDEF "ifndef" ELIF "elif" ELIFDEF "elifdef" ELIFNDEF "elifndef" ENDIF "endif"
    LINE "line" ERROR "error" WARNING "warning" PRAGMA "pragma" EMBED "embed" IDENT "ident" SCCS "sccs"
    ASSERT "assert" UNASSERT "unassert" DEFINED "defined" VA_ARGS "__VA_ARGS__" VA_OPT "__VA_OPT__"
    PRAGMA_OPERATOR "_Pragma" HAS_INCLUDE "__has_include" HAS_INCLUDE_NEXT "__has_include_next"
    HAS_ATTRIBUTE "__has_attribute" HAS_CPP_ATTRIBUTE "__has_cpp_attribute"
    HAS_C_ATTRIBUTE "__has_c_attribute" HAS_DECLSPEC_ATTRIBUTE "__has_declspec_attribute"
    HAS_BUILTIN "__has_builtin" HAS_FEATURE "__has_feature" HAS_EXTENSION "__has_extension"
    HAS_WARNING "__has_warning" IS_IDENTIFIER "__is_identifier" FILE_MACRO "__FILE__"
    LINE_MACRO "__LINE__" BASE_FILE "__BASE_FILE__" FILE_NAME "__FILE_NAME__"
    INCLUDE_LEVEL "__INCLUDE_LEVEL__" COUNTER "__COUNTER__" DATE "__DATE__" TIME "__TIME__"
    TIMESTAMP "__TIMESTAMP__" ONCE "once" PACK "pack" PUSH "push" POP "pop" PUSH_MACRO "push_macro"
    POP_MACRO "pop_macro"
}

const _: () = assert!(EMPTY.index() == Atom::EMPTY.index());
