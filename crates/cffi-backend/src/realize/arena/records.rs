//! Structs and unions from the arena.

use std::sync::Arc;

use cffi_types::TypeId;
use cffi_types::types::RecordKind;

use super::members::Members;
use super::{lost, origin};
use crate::ctype::{CType, Kind, make};
use crate::decls::object::FfiObject;
use crate::inline::Inline;
use crate::inline::held::Kept;
use crate::inline::node::{Known, RecordNode};
use crate::realize::arena;
use crate::realize::pending;
use cffi_rt::{Owned, Py, R};

/// Makes a struct or union.
///
/// # Errors
/// `ffi.error` if only the C compiler knows its layout.
pub(super) fn record(
    py: Py<'_>,
    ffi: &FfiObject,
    inline: &Inline,
    ty: TypeId,
    record: &RecordNode,
) -> R<Owned<CType>> {
    let kind = match record.kind {
        RecordKind::Struct => Kind::Struct,
        RecordKind::Union => Kind::Union,
    };
    let fresh = match origin(py, inline, ty)? {
        Some((other, there)) => arena::made(py, &other, there.into())?.either(),
        None if record.state == Known::Part => {
            let text = format_args!("'{}' has members that only a C compiler knows", record.name);
            return Err(ffi.context().state().ffi_error(py, text));
        }
        None => make::aggregate(py, ffi.context().state(), &record.name, kind)?,
    };
    finish(py, ffi, inline, ty, fresh, record.state)
}

/// Makes the struct behind `typedef ... name;`.
pub(super) fn opaque(
    py: Py<'_>,
    ffi: &FfiObject,
    inline: &Inline,
    ty: TypeId,
    name: &str,
) -> R<Owned<CType>> {
    let ct = match origin(py, inline, ty)? {
        Some((other, there)) => arena::made(py, &other, there.into())?.either(),
        None => make::aggregate(py, ffi.context().state(), name, Kind::Struct)?,
    };
    inline.keep(py, ty, Kept { ct, function: false }).map(|kept| kept.ct)
}

/// Keeps the ctype of a struct or union. Its members are made when they are needed, at the latest when the outermost
/// type that mentions it is complete.
fn finish(
    py: Py<'_>,
    ffi: &FfiObject,
    inline: &Inline,
    ty: TypeId,
    fresh: Owned<CType>,
    state: Known,
) -> R<Owned<CType>> {
    let open = has_no_members(&fresh);
    if open && state == Known::All {
        begin(ffi, &fresh, ty);
    }
    let ct = inline.keep(py, ty, Kept { ct: fresh, function: false })?.ct;
    if open && state != Known::All {
        inline.wait_for(py, ty)?;
        // A text may have defined it since the state was read.
        if inline.known(ty) == Known::All {
            complete_waiting(py, ffi, inline)?;
        }
    }
    pending::settle(py, &ct)?;
    Ok(ct)
}

/// Returns whether a struct or union neither has members nor will get them.
fn has_no_members(ct: &CType) -> bool {
    ct.aggregate().is_some_and(|aggregate| aggregate.fields().is_none() && !aggregate.is_lazy())
}

/// Lets a struct or union make its members when they are needed.
fn begin(ffi: &FfiObject, ct: &CType, ty: TypeId) {
    if let Some(aggregate) = ct.aggregate() {
        ct.set_size_align(-1, -1);
        aggregate.set_lazy(Arc::new(Members::new(Owned::of(ffi), ty)));
    }
}

/// Completes the structs and unions that have been defined since their ctypes were made.
pub(crate) fn complete_waiting(py: Py<'_>, ffi: &FfiObject, inline: &Inline) -> R<()> {
    let mut outcome = Ok(());
    for ty in inline.take_defined() {
        let Some(kept) = inline.made(ty) else { return Err(lost(py)) };
        if has_no_members(&kept.ct) {
            begin(ffi, &kept.ct, ty);
        }
        match (pending::settle(py, &kept.ct), &outcome) {
            (Err(raised), Ok(())) => outcome = Err(raised),
            (Err(raised), Err(_)) => py.err_clear(raised),
            (Ok(()), _) => {}
        }
    }
    outcome
}
