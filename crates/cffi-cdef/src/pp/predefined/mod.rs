//! The predefined macros of compilers, from tables, without running a compiler.
//!
//! Numbers follow from the target. The additional macros of compilers, processors and systems are listed in a file for
//! each. The tests compare the result with the output of the compilers on this machine.

mod compiler;
mod floats;
mod integers;
mod platform;
mod text;

use std::fmt::Write as _;

use super::Options;
use text::Text;

/// The attributes that `__has_attribute` knows, without underscores.
pub(crate) const ATTRIBUTES: &[&str] = &[
    "access",
    "alias",
    "aligned",
    "alloc_align",
    "alloc_size",
    "always_inline",
    "artificial",
    "cdecl",
    "cleanup",
    "cold",
    "common",
    "const",
    "constructor",
    "copy",
    "deprecated",
    "designated_init",
    "destructor",
    "error",
    "externally_visible",
    "fallthrough",
    "fastcall",
    "flatten",
    "force_align_arg_pointer",
    "format",
    "format_arg",
    "gcc_struct",
    "gnu_inline",
    "hot",
    "ifunc",
    "leaf",
    "malloc",
    "may_alias",
    "mode",
    "ms_abi",
    "ms_struct",
    "no_icf",
    "no_instrument_function",
    "no_reorder",
    "no_sanitize",
    "no_sanitize_address",
    "no_sanitize_thread",
    "no_sanitize_undefined",
    "no_stack_protector",
    "noclone",
    "nocommon",
    "noinit",
    "noinline",
    "noipa",
    "nonnull",
    "nonstring",
    "noplt",
    "noreturn",
    "nothrow",
    "objc_root_class",
    "optimize",
    "packed",
    "patchable_function_entry",
    "pure",
    "regparm",
    "returns_nonnull",
    "returns_twice",
    "scalar_storage_order",
    "section",
    "sentinel",
    "stack_protect",
    "stdcall",
    "symver",
    "sysv_abi",
    "target",
    "target_clones",
    "thiscall",
    "tls_model",
    "transparent_union",
    "unavailable",
    "uninitialized",
    "unused",
    "used",
    "vector_size",
    "visibility",
    "warn_if_not_aligned",
    "warn_unused_result",
    "warning",
    "weak",
    "weakref",
    "zero_call_used_regs",
];

/// Returns all definitions for the options, as a text for the preprocessor.
pub(super) fn text(options: &Options) -> String {
    let mut text = Text(String::with_capacity(1 << 14));
    compiler::define(&mut text, options);
    integers::define(&mut text, options);
    floats::define(&mut text, options);
    platform::define(&mut text, options);
    for name in &options.undefines {
        let _ = writeln!(text.0, "#undef {name}");
    }
    for (name, body) in &options.defines {
        // A line end in a body would begin a new directive.
        let _ = writeln!(text.0, "#define {} {}", name.replace('\n', " "), body.replace('\n', " "));
    }
    text.0
}
