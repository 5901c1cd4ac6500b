//! Methods that add declarations: `cdef`, `include`.

use cffi_cdef::cdef::CdefOptions;

use crate::decls::object::FfiObject;
use crate::lib_obj::hooks as lib_hooks;
use crate::realize::inline;
use cffi_rt::{Args, Obj, Params, Py, R, num, raise, text};

const CDEF: Params =
    Params { function: "cdef", names: &["csource", "override", "packed", "pack", "dllexport"], required: 1 };

/// FFI method `cdef`.
pub(crate) fn cdef(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let [Some(source), replace, packed, pack, dllexport] = args.bind(py, &CDEF)? else {
        return Err(py.no_memory());
    };
    ffi.begin_inline(py)?;
    if !source.is_str() {
        return Err(raise!(py, Type, "cdef() argument must be a string"));
    }
    let truth = |value: Option<&Obj>| value.map_or(Ok(false), |value| value.is_true(py));
    let (replace, dllexport) = (truth(replace)?, truth(dllexport)?);
    let options = CdefOptions { pack: packing(py, packed, pack)?, replace, dllexport };
    match inline::cdef(py, ffi, text::utf8(py, source)?, options)? {
        Ok(report) => {
            if replace {
                lib_hooks::forget_attributes(py, ffi)?;
            }
            inline::warn(py, ffi, &report)?;
            Ok(py.none())
        }
        Err(refusal) => Err(inline::refused(py, ffi, &refusal)),
    }
}

/// Returns the largest alignment of members, 0 for no limit.
fn packing(py: Py<'_>, packed: Option<&Obj>, pack: Option<&Obj>) -> R<u8> {
    /// No type of C is aligned to more.
    const MOST: isize = 128;
    let given = |value: Option<&Obj>| value.map_or(Ok(false), |value| value.is_true(py));
    let (is_packed, has_pack) = (given(packed)?, given(pack)?);
    if is_packed {
        if packed.is_some_and(|packed| num::arg_ssize(py, packed).is_ok_and(|n| n != 1)) {
            let text = "'packed' should be False or True; use 'pack' to give another value";
            return Err(raise!(py, Value, "{text}"));
        }
        py.check()?;
        if has_pack {
            return Err(raise!(py, Value, "cannot give both 'pack' and 'packed'"));
        }
        return Ok(1);
    }
    let (true, Some(pack)) = (has_pack, pack) else { return Ok(0) };
    let pack = num::arg_ssize(py, pack)?;
    if pack <= 0 || !pack.unsigned_abs().is_power_of_two() {
        return Err(raise!(py, Value, "'pack' must be a power of two, not {pack}"));
    }
    Ok(u8::try_from(pack.min(MOST)).unwrap_or(0))
}

/// FFI method `include`.
pub(crate) fn include(py: Py<'_>, ffi: &FfiObject, other: &Obj) -> R {
    let Some(other) = FfiObject::cast(ffi.context().state(), other) else {
        let got = other.type_name();
        return Err(raise!(
            py,
            Type,
            "ffi.include() expects an argument that is also of type FFI, not '{got}'"
        ));
    };
    if std::ptr::eq(ffi, other) {
        return Err(raise!(py, Value, "self.include(self)"));
    }
    ffi.begin_inline(py)?;
    let stand_in;
    let other = if other.context().has_declarations() {
        let compiled = cffi_rt::interp::import(py, c"ferrocffi.frontend.compiled")?;
        stand_in = compiled.getattr_str(py, "core_of")?.call(py, &[other])?;
        match stand_in.downcast::<FfiObject>() {
            Some(core) => core,
            None => return Err(raise!(py, System, "a module's declarations are not those of an FFI object")),
        }
    } else {
        other
    };
    match inline::include(py, ffi, other)? {
        Ok(()) => Ok(py.none()),
        Err(refusal) => Err(inline::refused(py, ffi, &refusal)),
    }
}
