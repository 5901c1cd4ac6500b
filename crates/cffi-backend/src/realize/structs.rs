//! Structs and unions of a module, made with the size that the C compiler gave. Their members are made on first use.

use std::sync::Arc;

use cffi_abi::{Op, StructFlags, unknown};
use cffi_types::LayoutError;
use cffi_types::layout::{Owner, sflags};
use pyo3_ffi as ffi;

use crate::ctype::aggregate::LazyFields;
use crate::ctype::complete::{self, Declared, Totals};
use crate::ctype::{CType, Kind, flag, make};
use crate::decls::context::{Context, Includes};
use crate::decls::entries::{FieldDecl, StructDecl};
use crate::decls::names;
use crate::decls::object::FfiObject;
use crate::realize::depth::Depth;
use crate::realize::opcode as realize;
use crate::realize::opcode::ctype;
use crate::realize::pending;
use crate::realize::pending::{Collecting, LayingOut};
use crate::realize::words::Words;
use crate::state::State;
use cffi_rt::obj::Attached;
use cffi_rt::{Owned, Py, R, Raised, raise, text};

/// Returns the one opaque struct that represents C's `FILE` in all modules.
pub(crate) fn file(py: Py<'_>, st: &State) -> R<Owned<CType>> {
    let made = match st.file_struct.get(py) {
        Some(made) => made,
        None => st.file_struct.set_or_get(py, make::aggregate(py, st, "FILE", Kind::Struct)?.into_obj()),
    };
    made.cast().map_err(|_| lost(py))
}

fn kind(s: &StructDecl<'_>) -> (Kind, &'static str) {
    if s.flags.has(StructFlags::UNION) { (Kind::Union, "union") } else { (Kind::Struct, "struct") }
}

/// Makes struct or union `i` of the declarations.
pub(crate) fn realize(py: Py<'_>, cx: &Context, i: usize) -> R<Owned<CType>> {
    let Some(s) = cx.decl().struct_union(i) else {
        return Err(cx
            .state()
            .ffi_error(py, format_args!("struct {i} does not exist in the tables of this module")));
    };
    if let Some(ct) = realize::own_type(py, cx, s.type_index, Op::StructUnion, i)? {
        pending::settle(py, &ct)?;
        return Ok(ct);
    }
    if s.flags.has(StructFlags::EXTERNAL) {
        let ct = external(py, cx, &s)?;
        cx.keep(py, s.type_index, &ct);
        return Ok(ct);
    }
    let (kind, prefix) = kind(&s);
    let name = py.room(names::realized(prefix, s.name))?;
    if name == "struct _IO_FILE" {
        let ct = file(py, cx.state())?;
        cx.keep(py, s.type_index, &ct);
        return Ok(ct);
    }
    if s.flags.has(StructFlags::OPAQUE) {
        let ct = make::opaque(py, cx.state(), &name, kind)?;
        cx.keep(py, s.type_index, &ct);
        return Ok(ct);
    }
    let ct = make::aggregate(py, cx.state(), &name, kind)?;
    if s.size == unknown::COMPUTE_SIZE {
        // Its size was not computed in C, so its members are needed for that. The type is published first: they may
        // point to it.
        ct.set_size_align(-1, -1);
        set_lazy(cx, &ct, i);
        cx.keep(py, s.type_index, &ct);
        pending::settle(py, &ct)?;
        return Ok(ct);
    }
    ct.set_size_align(s.size.cast_signed(), isize::try_from(s.align).unwrap_or(-1));
    set_lazy(cx, &ct, i);
    cx.keep(py, s.type_index, &ct);
    Ok(ct)
}

fn set_lazy(cx: &Context, ct: &CType, index: usize) {
    if let Some(aggregate) = ct.aggregate() {
        aggregate.set_lazy(Arc::new(Members { owner: Attached::new(cx.object()), index }));
    }
}

/// Returns a struct that comes from an included FFI.
fn external(py: Py<'_>, cx: &Context, s: &StructDecl<'_>) -> R<Owned<CType>> {
    let (_, prefix) = kind(s);
    let name = || String::from_utf8_lossy(&s.name[..s.name.len().min(200)]).into_owned();
    let Some(ct) = find_external(py, cx, s, &mut Includes::new())? else {
        let text = format_args!("'{prefix} {}' should come from ffi.include() but was not found", name());
        return Err(cx.state().ffi_error(py, text));
    };
    if !s.flags.has(StructFlags::OPAQUE) && ct.has(flag::OPAQUE) {
        let name = name();
        return Err(raise!(
            py,
            NotImplemented,
            "'{prefix} {name}' is opaque in the ffi.include(), but no longer in the ffi doing the include \
             (workaround: don't use ffi.include() but duplicate the declarations of everything using {prefix} \
             {name})"
        ));
    }
    Ok(ct)
}

fn find_external(
    py: Py<'_>,
    cx: &Context,
    s: &StructDecl<'_>,
    path: &mut Includes,
) -> R<Option<Owned<CType>>> {
    for include in cx.includes() {
        let inner = include.context();
        let Some(i) = inner.decl().find_struct(s.name) else { continue };
        let Some(found) = inner.decl().struct_union(i) else { continue };
        // A tag can be a struct in one module and a union in another; these are different types.
        let same_kind = found.flags.has(StructFlags::UNION) == s.flags.has(StructFlags::UNION);
        if same_kind && !found.flags.has(StructFlags::EXTERNAL) {
            return realize(py, inner, i).map(Some);
        }
        let found = path.enter(py, inner, |path| find_external(py, inner, s, path))?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The members of a struct that have not been needed yet.
struct Members {
    /// The FFI object, kept alive by the struct until it has its members.
    owner: Attached<Owned<FfiObject>>,
    index: usize,
}

impl LazyFields for Members {
    fn build(&self, py: Py<'_>, ct: &CType) -> R<()> {
        let collecting = Collecting::enter(py, ct)?;
        let result = self.build_now(py, ct);
        if collecting.is_outermost() {
            pending::force_deferred(py, result.is_ok());
        }
        result
    }

    fn visit(&self, f: &mut dyn FnMut(*mut ffi::PyObject)) {
        f(self.owner.for_collector().as_ptr());
    }
}

impl Members {
    fn build_now(&self, py: Py<'_>, ct: &CType) -> R<()> {
        let cx = self.owner.get(py).context();
        let Some(s) = cx.decl().struct_union(self.index) else { return Err(lost(py)) };
        let Some(aggregate) = ct.aggregate() else { return Err(lost(py)) };
        let _depth = Depth::enter(py)?;
        let Some(fields) = cx.decl().fields(&s) else {
            return Err(cx.state().ffi_error(py, format_args!("'{}' has lost its fields", ct.name())));
        };
        let mut members = Vec::new();
        for field in fields {
            py.push(&mut members, member(py, cx, ct, &field)?)?;
        }
        // Making the types of the members may have needed, and completed, this struct itself.
        if aggregate.fields().is_some() {
            return Ok(());
        }
        let mut flags = 0;
        if s.flags.has(StructFlags::CHECK_FIELDS) {
            flags |= sflags::STD_FIELD_POS;
        }
        if s.flags.has(StructFlags::PACKED) {
            flags |= sflags::PACKED;
        }
        // The sizes that mean "compute it" are negative as numbers with a sign.
        let totals = Totals { size: s.size.cast_signed(), align: s.align, natural_align: None, whole: false };
        let _laying_out = LayingOut::enter(py, ct, aggregate)?;
        complete::complete(py, ct, members, totals, &complete::rules(flags, 0))
    }
}

#[cold]
fn lost(py: Py<'_>) -> Raised {
    raise!(py, System, "lost a struct/union!")
}

fn member(py: Py<'_>, cx: &Context, ct: &CType, field: &FieldDecl<'_>) -> R<Declared> {
    let bitsize = match field.op.op() {
        Ok(Op::Bitfield) => i32::try_from(field.size).unwrap_or(i32::MAX),
        Ok(Op::Noop) => -1,
        _ => return Err(raise!(py, NotImplemented, "field op={}", field.op.number())),
    };
    let Some(index) = field.op.index() else { return Err(lost(py)) };
    let field_ct = ctype(py, cx, Words::Table, index)?;
    let name = py.room(cffi_memory::lossy(field.name))?;
    if field.offset != unknown::OFFSET {
        pending::settle_now(py, &field_ct)?;
        let owner = Owner { name: ct.name(), is_union: ct.kind == Kind::Union };
        let (declared, compiled) = (field_ct.size(), field.size.cast_signed());
        LayoutError::check_field_size(owner.name, &name, declared, compiled)
            .map_err(|e| complete::layout_error(py, ct, &e))?;
    }
    Ok(Declared {
        name: text::new_str(py, &name)?,
        ct: field_ct,
        bitsize,
        offset: field.offset.cast_signed(),
        explicit: 0,
        bit: None,
    })
}
