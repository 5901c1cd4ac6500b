//! Completion of structs and unions with their members: `complete_struct_or_union`.

use cffi_types::layout::{
    self, Builder, ErrorClass, FieldClass, FieldSpec, Host, LayoutError, NestedField, Rules, Stated,
    UnnamedBits,
};

use super::aggregate::{Fields, layout as layout_bits};
use super::api::alignment;
use super::{Access, CType, Field, Kind, Width};
use crate::state::Module;
use cffi_rt::args::{Place, int_or, ssize_or};
use cffi_rt::seq::{Seq, tuple_items};
use cffi_rt::{Args, Obj, Owned, Params, Py, R, Raised, num, raise, text};

const NAME: &str = "complete_struct_or_union";
const PARAMS: Params = Params { function: NAME, names: &["", "", "", "", "", "", ""], required: 2 };

/// Module function `complete_struct_or_union`.
pub(crate) fn complete_struct_or_union(py: Py<'_>, _module: &Module, args: Args<'_>) -> R {
    let [Some(ct), Some(fields), model, size, align, sflags, pack] = args.bind(py, &PARAMS)? else {
        return Ok(py.none());
    };
    let ct = Place { function: NAME, number: 1 }.exact::<CType>(py, ct)?;
    let fields = Place { function: NAME, number: 2 }.list(py, fields)?;
    let (size, align) = (ssize_or(py, size, -1)?, int_or(py, align, -1)?);
    let stated = Totals { size, align, natural_align: None, whole: false };
    let mut rules = rules(int_or(py, sflags, 0)?, int_or(py, pack, 0)?);
    // The front end passes its model of the struct here. Programs that call this function directly get the stock
    // backend's results, as cffi's own tests require.
    rules.refuse_shared_bytes = model.is_none_or(Obj::is_none);
    if !ct.is_aggregate() || ct.aggregate().is_none_or(|a| a.fields().is_some() || a.is_lazy()) {
        return Err(not_open(py));
    }
    let declared = Declared::list(py, fields)?;
    if let Err(raised) = complete(py, ct, declared, stated, &rules) {
        return Err(reopened(py, raised, model));
    }
    Ok(py.none())
}

/// Resets the front end's note that it is completing the struct, after that has failed. With the note, it would say of
/// every later use that the declaration is recursive.
#[cold]
fn reopened(py: Py<'_>, raised: Raised, model: Option<&Obj>) -> Raised {
    let Some(model) = model.filter(|model| !model.is_none()) else { return raised };
    let pending = py.take_err(raised);
    let reset = || {
        let state = model.getattr_str(py, "completed")?;
        if state.is_int() && num::arg_int(py, &state)? == 1 {
            model.setattr(py, c"completed", &*num::from_i64(py, 0)?)?;
        }
        Ok(())
    };
    // Another object than a model may be given, which has no such attribute.
    if let Err(raised) = reset() {
        py.err_clear(raised);
    }
    py.restore_err(pending)
}

#[cold]
fn not_open(py: Py<'_>) -> Raised {
    raise!(py, Type, "first arg must be a non-initialized struct or union ctype")
}

/// Size and alignment if the caller knows them, -1 if they have to be computed.
#[derive(Clone, Copy)]
pub(crate) struct Totals {
    pub(crate) size: isize,
    pub(crate) align: i32,
    /// The largest alignment of a member as it is placed, if the caller knows it.
    pub(crate) natural_align: Option<u64>,
    /// Whether the declaration has all members, so that a layout of its own comes from attributes.
    pub(crate) whole: bool,
}

/// A member as it is declared.
pub(crate) struct Declared {
    pub(crate) name: Owned,
    pub(crate) ct: Owned<CType>,
    /// Bits, -1 for no bit field.
    pub(crate) bitsize: i32,
    /// Bytes, -1 to compute it.
    pub(crate) offset: isize,
    /// The alignment in bytes that the declaration requests; 0 for none.
    pub(crate) explicit: usize,
    /// The first bit of a bit-field, if it is known.
    pub(crate) bit: Option<u64>,
}

impl Declared {
    /// Returns the items of the list, which must be tuples `(name, ctype[, bitsize[, offset]])`.
    fn list(py: Py<'_>, list: &Obj) -> R<Vec<Declared>> {
        let mut out = Vec::new();
        // The length is read each time: an `__index__` of a tuple may change the list.
        let Some(items) = Seq::of(list) else { return Ok(out) };
        while let Some(item) = items.get(out.len()) {
            py.push(&mut out, Declared::tuple(py, &item)?)?;
        }
        Ok(out)
    }

    fn tuple(py: Py<'_>, tuple: &Obj) -> R<Declared> {
        if !tuple.is_tuple() {
            let text = "new style getargs format but argument is not a tuple";
            return Err(raise!(py, System, "{text}"));
        }
        let items = tuple_items(tuple);
        let n = items.len();
        let ([name, ct, ..], 2..=4) = (items, n) else {
            let (bound, limit) = if n < 2 { ("at least", 2) } else { ("at most", 4) };
            return Err(raise!(py, Type, "list item() takes {bound} {limit} arguments ({n} given)"));
        };
        let place = |number| Place { function: "list item", number };
        if !name.is_str() {
            return Err(place(1).wrong(py, "str", name));
        }
        let Some(ct) = ct.downcast::<CType>() else {
            return Err(place(2).wrong(py, "_cffi_backend.CType", ct));
        };
        let bitsize = items.get(2).map_or(Ok(-1), |item| num::arg_int(py, item))?;
        let offset = items.get(3).map_or(Ok(-1), |item| num::arg_ssize(py, item))?;
        if offset < -1 {
            return Err(raise!(py, Value, "negative offset of field '{}'", text::lossy(py, name)));
        }
        Ok(Declared { name: name.new_ref(), ct: ct.new_ref(), bitsize, offset, explicit: 0, bit: None })
    }
}

/// Returns the rules of the host's compiler, with the changes that the flags request.
pub(crate) fn rules(sflags: i32, pack: i32) -> Rules {
    Rules::from_flags(sflags, pack, &Host::current())
}

/// Computes the layout and publishes the members.
pub(crate) fn complete(
    py: Py<'_>,
    ct: &CType,
    declared: Vec<Declared>,
    totals: Totals,
    rules: &Rules,
) -> R<()> {
    let mut names = py.room(cffi_memory::vec(declared.len()))?;
    for d in &declared {
        d.ct.force(py)?;
        names.push(text::utf8(py, &d.name)?);
    }
    let nested = py.try_collect(declared.iter().map(|d| nested_fields(py, d)))?;
    let nested = py.try_collect(nested.iter().map(|n| py.collect(n.iter().map(Nested::spec))))?;
    let owner = layout::Owner { name: ct.name(), is_union: ct.kind == Kind::Union };
    let mut builder = py.room(Builder::new(owner, rules, declared.len()))?;
    for (i, d) in declared.iter().enumerate() {
        let last = i + 1 == declared.len();
        let spec = spec(py, names[i], d, &nested[i])?;
        builder.add(&spec, last).map_err(|e| layout_error(py, ct, &e))?;
    }
    let stated =
        Stated { size: usize::try_from(totals.size).ok(), align: usize::try_from(totals.align).ok() };
    let mut done = builder.finish(stated).map_err(|e| layout_error(py, ct, &e))?;
    place_bits(&mut done, &declared);
    done.custom_field_pos &= !totals.whole;
    done.natural_align = totals.natural_align.unwrap_or(done.natural_align);
    publish(py, ct, &declared, done)
}

/// Puts bit-fields where attributes of the struct place them.
fn place_bits(done: &mut layout::Layout, declared: &[Declared]) {
    let known =
        |source: usize| declared.get(source).and_then(|d| Some((d.bit?, d.ct.known_size()?.max(1) as u64)));
    for place in &mut done.places {
        let Some((bit, size)) = known(place.source).filter(|_| place.bitsize > 0) else { continue };
        let unit = bit / 8 / size * size;
        let width = u64::from(place.bitsize.unsigned_abs());
        // A field that crosses a boundary of its type counts from the byte that it begins in.
        let inside = bit + width <= (unit + size) * 8 && unit + size <= done.size as u64;
        let start = if inside { unit } else { bit / 8 };
        place.offset = start as isize;
        place.bitshift = (bit - start * 8) as i32;
    }
}

/// A member of an anonymous struct or union, as the outer layout needs it.
struct Nested<'a> {
    name: &'a str,
    field: &'a Field,
}

impl<'a> Nested<'a> {
    fn spec(&self) -> NestedField<'a> {
        NestedField {
            name: self.name,
            offset: self.field.offset,
            bitshift: self.field.bitshift.into(),
            bitsize: self.field.width.bits().into(),
            flags: self.field.flags.into(),
        }
    }
}

/// Returns the members of a member without a name; an empty list for others.
fn nested_fields<'a>(py: Py<'_>, d: &'a Declared) -> R<Vec<Nested<'a>>> {
    let named = text::len(py, &d.name) != Some(0);
    let inner = if named { None } else { d.ct.aggregate().and_then(super::Aggregate::fields) };
    let fields = inner.into_iter().flat_map(Fields::iter);
    py.collect(fields.map(|field| Nested { name: field.name_text(), field }))
}

/// Returns the bit-fields without a name of a struct or union.
fn unnamed(ct: &CType) -> &[UnnamedBits] {
    ct.aggregate().and_then(super::Aggregate::fields).map_or(&[], Fields::unnamed)
}

fn spec<'a>(py: Py<'_>, name: &'a str, d: &'a Declared, nested: &'a [NestedField<'a>]) -> R<FieldSpec<'a>> {
    let ct = &*d.ct;
    let size = ct.known_size();
    let class = match ct.access {
        Access::Bool => FieldClass::Bool,
        a if a.is_char() => FieldClass::Char,
        a if a.is_integer() => FieldClass::Integer { signed: a.is_signed() },
        // Compilers for big-endian processors have no `_BitInt` yet that their bit-fields could be compared with. A wider
        // field than `Width` can hold is refused.
        a if a.is_wide_integer() && cfg!(target_endian = "little") && i16::try_from(d.bitsize).is_ok() => {
            match ct.bit_int() {
                Some(of) => FieldClass::BitInt { bits: of.bits },
                None => FieldClass::Integer { signed: a == Access::I128 },
            }
        }
        Access::Array | Access::OpenArray => FieldClass::Array { len: usize::try_from(ct.length()).ok() },
        Access::Aggregate => {
            FieldClass::Aggregate { var_array: ct.has_var_array(), nested, unnamed: unnamed(ct) }
        }
        _ => FieldClass::Other,
    };
    // A type of unknown size may have no alignment either; the error reports its size.
    let align = match alignment(py, ct) {
        Ok(align) => align.unsigned_abs(),
        Err(raised) if size.is_none() => {
            py.err_clear(raised);
            1
        }
        Err(raised) => return Err(raised),
    };
    Ok(FieldSpec {
        name,
        type_name: ct.name(),
        size,
        align,
        explicit: d.explicit,
        bitsize: u32::try_from(d.bitsize).ok(),
        offset: (d.offset != -1).then_some(d.offset),
        class,
    })
}

/// Makes the exception that the C backend raises for a failed layout.
#[cold]
pub(crate) fn layout_error(py: Py<'_>, ct: &CType, error: &LayoutError<'_>) -> Raised {
    match error.class() {
        ErrorClass::Type => raise!(py, Type, "{error}"),
        ErrorClass::Key => raise!(py, Key, "{error}"),
        ErrorClass::Value => raise!(py, Value, "{error}"),
        ErrorClass::Overflow => raise!(py, Overflow, "{error}"),
        ErrorClass::NotImplemented => raise!(py, NotImplemented, "{error}"),
        ErrorClass::System => raise!(py, System, "{error}"),
        ErrorClass::Memory => py.no_memory(),
        ErrorClass::Verification => ct.state().ffi_error(py, format_args!("{error}")),
    }
}

fn publish(py: Py<'_>, ct: &CType, declared: &[Declared], done: layout::Layout) -> R<()> {
    let mut fields = py.room(cffi_memory::vec(done.places.len()))?;
    for place in &done.places {
        let Some(d) = declared.get(place.source) else { continue };
        let inner = place
            .nested
            .and_then(|k| d.ct.aggregate().and_then(super::Aggregate::fields).and_then(|f| f.iter().nth(k)));
        let (name, ct) = inner.map_or((&d.name, &d.ct), |f| (&f.name, &f.ct));
        fields.push(Field {
            name: text::intern_object(py, name)?,
            ct: ct.clone(),
            offset: place.offset,
            bitshift: place.bitshift as i16,
            width: Width::new(place.bitsize as i16, ct.access),
            flags: place.flags as u8,
        });
    }
    let bits = [
        (done.custom_field_pos, layout_bits::CUSTOM_FIELD_POS),
        (done.flattened, layout_bits::FLATTENED),
        (done.with_var_array, layout_bits::WITH_VAR_ARRAY),
        (done.with_packed_change, layout_bits::WITH_PACKED_CHANGE),
    ];
    let bits = bits.iter().filter(|(on, _)| *on).fold(0, |all, (_, bit)| all | bit);
    let (Ok(size), Ok(align)) = (isize::try_from(done.size), isize::try_from(done.align)) else {
        return Err(raise!(py, Overflow, "size of {} would overflow a Py_ssize_t", ct.name()));
    };
    let Some(aggregate) = ct.aggregate() else { return Err(not_open(py)) };
    let fields = py.boxed(py.room(Fields::new(fields, done.unnamed, done.natural_align))?)?;
    let published = aggregate.publish(fields, || {
        ct.set_layout(bits);
        ct.set_size_align(size, align);
    });
    // Two threads that build one struct on demand build equal members.
    if published || aggregate.is_lazy() { Ok(()) } else { Err(not_open(py)) }
}
