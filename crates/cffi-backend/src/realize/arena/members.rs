//! The members of a struct or union from the arena, made when they are needed.

use cffi_types::TypeId;
use cffi_types::layout::{Algorithm, sflags};
use pyo3_ffi as ffi;

use super::{ctype, lost};
use crate::ctype::CType;
use crate::ctype::aggregate::LazyFields;
use crate::ctype::complete::{self, Declared, Totals};
use crate::decls::object::FfiObject;
use crate::inline::Inline;
use crate::inline::node::{Body, FieldNode};
use crate::realize::depth::Depth;
use crate::realize::pending::{self, Collecting, LayingOut};
use cffi_rt::obj::Attached;
use cffi_rt::{Owned, Py, R, raise, text};

/// The members of a struct or union that have not been needed yet.
pub(super) struct Members {
    /// The FFI object, kept alive by the struct until it has its members.
    owner: Attached<Owned<FfiObject>>,
    ty: TypeId,
}

impl Members {
    pub(super) fn new(owner: Owned<FfiObject>, ty: TypeId) -> Members {
        Members { owner: Attached::new(owner), ty }
    }

    /// Makes the members of the structs inside, the innermost first, so that nesting takes no stack.
    fn build_inner(&self, py: Py<'_>, inline: &Inline) -> R<()> {
        for ty in inline.unfinished_inside(py, self.ty)? {
            ctype(py, self.owner.get(py), inline, ty)?.force(py)?;
        }
        Ok(())
    }

    fn build_now(&self, py: Py<'_>, inline: &Inline, ct: &CType) -> R<()> {
        let Some(aggregate) = ct.aggregate() else { return Err(lost(py)) };
        let Some(body) = inline.body(py, self.ty)? else { return Err(lost(py)) };
        let _depth = Depth::enter(py)?;
        let (packed, pack) = (body.attributes.packed, i32::from(body.attributes.pack));
        let flags = if packed || pack == 1 { sflags::PACKED } else { 0 };
        let rules = complete::rules(flags, pack);
        // `#pragma pack` limits the alignments of members too, unlike the attribute `packed`, and not in Visual C++.
        let limited = pack > 0 && rules.algorithm == Algorithm::Gcc;
        let most = if limited { usize::from(body.attributes.pack) } else { usize::MAX };
        let members = py.try_collect(body.fields.iter().map(|field| self.member(py, inline, field, most)))?;
        // Making the types of the members may have needed, and completed, this struct itself.
        if aggregate.fields().is_some() {
            return Ok(());
        }
        let Ok(_laying_out) = LayingOut::enter(py, ct, aggregate) else {
            return Err(contains_itself(py, &body));
        };
        let (size, align) = body.stated.map_or((-1, -1), |stated| {
            (isize::try_from(stated.size).unwrap_or(-1), i32::try_from(stated.align).unwrap_or(-1))
        });
        let natural_align = body.stated.map(|stated| stated.natural_align);
        let totals = Totals { size, align, natural_align, whole: true };
        complete::complete(py, ct, members, totals, &rules)
    }

    /// Makes a member, whose own alignment counts up to `most`.
    fn member(&self, py: Py<'_>, inline: &Inline, field: &FieldNode, most: usize) -> R<Declared> {
        let ct = ctype(py, self.owner.get(py), inline, field.ty)?;
        Ok(Declared {
            name: text::new_str(py, &field.name)?,
            ct,
            bitsize: field.bits.map_or(-1, |bits| i32::try_from(bits).unwrap_or(i32::MAX)),
            explicit: field.align.min(most),
            bit: field.bit,
            offset: field.offset.and_then(|offset| isize::try_from(offset).ok()).unwrap_or(-1),
        })
    }
}

#[cold]
fn contains_itself(py: Py<'_>, body: &Body) -> cffi_rt::Raised {
    raise!(py, NotImplemented, "recursive structure declaration for '{}'", body.tag)
}

impl LazyFields for Members {
    fn build(&self, py: Py<'_>, ct: &CType) -> R<()> {
        let Some(inline) = self.owner.get(py).inline() else { return Err(lost(py)) };
        if pending::is_laying_out(ct) {
            return match inline.body(py, self.ty)? {
                Some(body) => Err(contains_itself(py, &body)),
                None => Err(lost(py)),
            };
        }
        let collecting = Collecting::enter(py, ct)?;
        if !collecting.is_outermost() {
            return self.build_now(py, inline, ct);
        }
        let result = self.build_inner(py, inline).and_then(|()| self.build_now(py, inline, ct));
        pending::force_deferred(py, result.is_ok());
        result
    }

    fn visit(&self, f: &mut dyn FnMut(*mut ffi::PyObject)) {
        f(self.owner.for_collector().as_ptr());
    }
}
