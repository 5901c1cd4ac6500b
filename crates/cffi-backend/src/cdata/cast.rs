//! `cast`.

use cffi_call::LongDouble;
use cffi_types::float;

use crate::cdata::reach;
use crate::convert::write::quad;
use crate::convert::{self, bit_int, file, int, pointer, wide};
use crate::ctype::{Access, CType, flag};
use crate::memory::{Loc, Typed, primitive};
use crate::state::Module;
use crate::value::{CData, alloc};
use cffi_rt::args::Place;
use cffi_rt::{Args, Obj, Owned, Params, Py, R, Raised, num, raise, text};

const PARAMS: Params = Params { function: "cast", names: &["", ""], required: 2 };

/// Module function `cast`.
pub(crate) fn cast(py: Py<'_>, _module: &Module, args: Args<'_>) -> R {
    let [Some(ct), Some(value)] = args.bind(py, &PARAMS)? else { return Ok(py.none()) };
    let ct = Place { function: "cast", number: 1 }.exact::<CType>(py, ct)?;
    to(py, ct, value).map(Owned::into_obj)
}

/// Casts `value` to the type `ct`.
pub(crate) fn to(py: Py<'_>, ct: &CType, value: &Obj) -> R<Owned<CData>> {
    match ct.access {
        Access::Pointer | Access::Array => to_address(py, ct, value),
        a if a.is_float() => to_float(py, ct, value),
        a if a.is_complex() => to_complex(py, ct, value),
        a if a.is_wide_integer() => to_wide(py, ct, value),
        a if a.is_primitive() => to_integer(py, ct, value),
        _ => Err(raise!(py, Type, "cannot cast to ctype '{}'", ct.name())),
    }
}

/// Returns the address that a pointer, array or function cdata contains, or that of a function of a compiled module's
/// `lib`.
fn address_of(py: Py<'_>, ct: &CType, value: &Obj) -> R<Option<*mut u8>> {
    match value.downcast::<CData>() {
        Some(cd) => Ok((cd.ct().is_pointer_or_array() || cd.ct().is_function()).then(|| cd.data())),
        None if value.is_int() => Ok(None),
        None => Ok(pointer::direct_function(py, ct.state(), value)?.map(|(_, address)| address)),
    }
}

fn to_address(py: Py<'_>, ct: &CType, value: &Obj) -> R<Owned<CData>> {
    if let Some(address) = address_of(py, ct, value)? {
        return reach::cast(py, ct, address);
    }
    if ct.is_pointer()
        && ct.item().is_some_and(|item| item.has(flag::FILE))
        && let Some(stream) = file::stream_of(py, ct.state(), value)?
    {
        return reach::cast(py, ct, stream);
    }
    let number = int::wrapping(py, value)?;
    reach::cast(py, ct, std::ptr::with_exposed_provenance_mut(number as usize))
}

fn to_integer(py: Py<'_>, ct: &CType, value: &Obj) -> R<Owned<CData>> {
    let number = integer(py, ct, value)?;
    alloc::integer(py, ct, number)
}

#[inline(never)]
fn to_wide(py: Py<'_>, ct: &CType, value: &Obj) -> R<Owned<CData>> {
    let simple = value.is_str() || value.as_bytes().is_some() || address_of(py, ct, value)?.is_some();
    if let Some(of) = ct.bit_int() {
        let bytes = match simple {
            true => bit_int::cut_small(py, ct, of, integer(py, ct, value)?)?,
            false => bit_int::cut(py, ct, of, value)?,
        };
        return alloc::primitive_from(py, ct, &bytes);
    }
    let bits = match simple {
        true => u128::from(integer(py, ct, value)?),
        false => wide::wrapping(py, value)?,
    };
    alloc::primitive_from(py, ct, &bits.to_ne_bytes())
}

/// Returns the low 64 bits of the value, before they are cut to the size of the type.
#[inline]
fn integer(py: Py<'_>, ct: &CType, value: &Obj) -> R<u64> {
    // The low bits of an int do not tell whether it is zero, so `_Bool` is converted with the other cases.
    if ct.access == Access::Bool {
        return other_number(py, ct, value).map(|number| u64::from(number != 0));
    }
    if value.is_int() { num::int_wrapping(py, value) } else { other_number(py, ct, value) }
}

/// Returns the low 64 bits of a value of any type; for `_Bool` any number that is not zero, or zero.
#[inline(never)]
fn other_number(py: Py<'_>, ct: &CType, value: &Obj) -> R<u64> {
    if let Some(address) = address_of(py, ct, value)? {
        return Ok(address.expose_provenance() as u64);
    }
    if value.is_str() {
        return single_char(py, value).map_err(|length| {
            let name = ct.name();
            raise!(py, Type, "cannot cast unicode string of length {length} to ctype '{name}'")
        });
    }
    match value.as_bytes() {
        Some(bytes) => single_byte(py, value, bytes).map(u64::from),
        None if ct.access == Access::Bool => truth(py, value).map(u64::from),
        None => int::wrapping(py, value),
    }
}

/// Returns the code point of a `str` of length 1, else its length.
fn single_char(py: Py<'_>, s: &Obj) -> Result<u64, usize> {
    match (text::len(py, s), text::char_at(py, s, 0)) {
        (Some(1), Some(character)) => Ok(character.into()),
        (len, _) => Err(len.unwrap_or(0)),
    }
}

fn single_byte(py: Py<'_>, value: &Obj, bytes: &[u8]) -> R<u8> {
    match bytes {
        [byte] => Ok(*byte),
        _ => Err(raise!(
            py,
            Type,
            "initializer for ctype 'char' must be a bytes of length 1, not {}",
            value.type_name()
        )),
    }
}

/// Returns the truth of a number, for `_Bool`.
fn truth(py: Py<'_>, value: &Obj) -> R<bool> {
    if value.is_int() || value.is_float() {
        return value.is_true(py);
    }
    let cd = value.downcast::<CData>();
    if let Some(cd) = cd.filter(|cd| cd.ct().access.is_float()) {
        return cd.is_true(py);
    }
    let by_float = if cd.is_none() { num::nb_float(py, value) } else { None };
    let Some(number) = by_float.or_else(|| num::nb_int(py, value)) else {
        return Err(raise!(py, Type, "integer/float expected"));
    };
    let number = number?;
    if number.is_int() || number.is_float() {
        return number.is_true(py);
    }
    Err(raise!(py, Type, "integer/float conversion failed"))
}

/// The source of a float or complex: a Python object, or the character of a string of length 1.
enum Number {
    Object(Owned),
    Character(f64),
}

fn number(py: Py<'_>, ct: &CType, value: &Obj) -> R<Number> {
    let object = match value.downcast::<CData>() {
        Some(cd) if cd.ct().access.is_primitive() => convert::value(py, cd)?,
        Some(_) => return Err(cannot(py, ct, value)),
        None => value.new_ref(),
    };
    if object.is_str() {
        return match single_char(py, &object) {
            // A code point fits a double exactly.
            Ok(c) => Ok(Number::Character(c as f64)),
            Err(_) => Err(cannot(py, ct, value)),
        };
    }
    if let Some(bytes) = object.as_bytes() {
        return match bytes {
            [byte] => Ok(Number::Character(f64::from(*byte))),
            _ => Err(cannot(py, ct, value)),
        };
    }
    Ok(Number::Object(object))
}

#[cold]
fn cannot(py: Py<'_>, ct: &CType, value: &Obj) -> Raised {
    let to = ct.name();
    match value.downcast::<CData>() {
        Some(cd) => raise!(py, Type, "cannot cast ctype '{}' to ctype '{to}'", cd.ct().name()),
        None => raise!(py, Type, "cannot cast {} object to ctype '{to}'", value.type_name()),
    }
}

#[inline(never)]
fn to_float(py: Py<'_>, ct: &CType, value: &Obj) -> R<Owned<CData>> {
    let number = match number(py, ct, value)? {
        Number::Character(c) => c,
        Number::Object(o) => {
            if ct.access == Access::LongDouble {
                match primitive(&o) {
                    Some(Typed::LongDouble(given)) => return long_double(py, ct, given.long_double()),
                    Some(Typed::F128(given)) => {
                        return long_double(py, ct, LongDouble::from_quad(given.get()));
                    }
                    _ => {}
                }
            }
            if ct.access == Access::F128 {
                return alloc::primitive_from(py, ct, &quad(py, &o)?.to_ne_bytes());
            }
            num::as_f64(py, &o)?
        }
    };
    match ct.access {
        Access::F32 => alloc::primitive_from(py, ct, &(number as f32).to_ne_bytes()),
        Access::F64 => alloc::primitive_from(py, ct, &number.to_ne_bytes()),
        Access::F16 => alloc::primitive_from(py, ct, &float::f64_to_half(number).to_ne_bytes()),
        Access::Bf16 => alloc::primitive_from(py, ct, &float::f64_to_bfloat(number).to_ne_bytes()),
        Access::F128 => alloc::primitive_from(py, ct, &float::f64_to_quad(number).to_ne_bytes()),
        _ => long_double(py, ct, LongDouble::from_double(number)),
    }
}

fn long_double(py: Py<'_>, ct: &CType, value: LongDouble) -> R<Owned<CData>> {
    alloc::primitive_from(py, ct, &value.to_bytes())
}

#[inline(never)]
fn to_complex(py: Py<'_>, ct: &CType, value: &Obj) -> R<Owned<CData>> {
    let (re, im) = match number(py, ct, value)? {
        Number::Character(c) => (c, 0.0),
        Number::Object(o) => num::as_complex(py, &o)?,
    };
    let cd = alloc::primitive(py, ct)?;
    match Loc::of(&cd).map(Loc::typed) {
        Some(Typed::ComplexF32(place)) => place.set([re as f32, im as f32]),
        Some(Typed::ComplexF64(place)) => place.set([re, im]),
        Some(Typed::ComplexF16(place)) => place.set([re, im].map(float::f64_to_half)),
        Some(Typed::ComplexF128(place)) => place.set([re, im].map(float::f64_to_quad)),
        Some(Typed::ComplexLongDouble(place)) => {
            place.set_long_doubles([LongDouble::from_double(re), LongDouble::from_double(im)]);
        }
        _ => return Err(raise!(py, System, "cannot cast a complex number to ctype '{}'", ct.name())),
    }
    Ok(cd)
}
