//! Function types from the arena.

use cffi_types::types::Convention;

use super::ctype;
use crate::ctype::{CType, function, new_function};
use crate::decls::object::FfiObject;
use crate::inline::Inline;
use crate::inline::node::Signature;
use crate::realize::pending;
use cffi_rt::{Owned, Py, R, raise};

/// Makes the type of pointers to a function.
pub(super) fn function(
    py: Py<'_>,
    ffi: &FfiObject,
    inline: &Inline,
    signature: &Signature,
) -> R<Owned<CType>> {
    let abi = match signature.convention {
        Convention::C => function::default_abi(),
        Convention::Stdcall => function::stdcall_abi(),
        other => {
            return Err(raise!(
                py,
                NotImplemented,
                "the calling convention '{}' is not supported",
                other.spelling()
            ));
        }
    };
    let args = py.try_collect(signature.params.iter().map(|param| ctype(py, ffi, inline, *param)))?;
    let result = ctype(py, ffi, inline, signature.result)?;
    for ct in args.iter().chain([&result]) {
        pending::settle_now(py, ct)?;
    }
    new_function::new(py, args, &result, signature.variadic, abi)
}
