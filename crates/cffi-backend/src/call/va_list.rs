//! Lists of values for C functions that take a `va_list`.

use cffi_call::signature::Abi;
use cffi_call::va_list::{EXISTS, NextArgument};

use crate::call::variadic::promoted;
use crate::convert;
use crate::ctype::by_value::ByValue;
use crate::ctype::{Access, CType, make};
use crate::memory::{Loc, set_word};
use crate::state::Module;
use crate::value::CData;
use cffi_rt::{Args, Obj, Owned, Py, R, raise, seq};

/// Bytes of zeros behind the values, for formats that ask for a little more.
const SPARE: usize = 128;

/// A value and its place.
struct Item<'a> {
    value: &'a CData,
    /// The type that C gives it.
    ct: Owned<CType>,
    size: usize,
    align: usize,
    by_address: bool,
}

/// Module function `_va_list`. Makes a list of values, each promoted as the arguments behind `...` of a call.
pub(crate) fn va_list(py: Py<'_>, module: &Module, args: Args<'_>) -> R {
    if !EXISTS {
        return Err(raise!(py, NotImplemented, "no list of arguments can be made on this platform"));
    }
    let void = make::void(py, module.state(py)?)?;
    let mut items = py.room(cffi_memory::vec(args.len()))?;
    let mut room = SPARE;
    for i in 0..args.len() {
        let item = item(py, &void, i, args.get(i))?;
        let more = item.size.checked_mul(2).and_then(|n| n.checked_add(2 * item.align + 16));
        room = match more.and_then(|more| room.checked_add(more)) {
            Some(room) if isize::try_from(room).is_ok() => room,
            _ => return Err(py.no_memory()),
        };
        items.push(item);
    }
    let mut block = py.room(cffi_memory::repeated(0_u128, room.div_ceil(16)))?;
    fill(py, &items, &mut block)?;
    let values = seq::tuple_with(py, args.len(), |i| Ok(args.get(i).new_ref()))?;
    convert::va_list::of_values(py, &void, block, 0, &values)
}

/// Determines the place of a value.
fn item<'a>(py: Py<'_>, void: &CType, i: usize, value: &'a Obj) -> R<Item<'a>> {
    let Some(value) = value.downcast::<CData>() else {
        let got = value.type_name();
        return Err(raise!(py, Type, "argument {} needs to be a cdata object (got {got})", i + 1));
    };
    let ct = promoted(py, value.ct())?;
    let types = ByValue::new(py, &[&ct], void, Some(0))?;
    match NextArgument::new(&types.signature(Abi::Default)) {
        Ok(place) => {
            let (size, align, by_address) = place.on_stack();
            Ok(Item { value, ct, size, align, by_address })
        }
        Err(reason) => Err(raise!(py, NotImplemented, "argument {} ('{}'): {reason}", i + 1, ct.name())),
    }
}

/// Writes the items as they lie on the stack of a call, and behind them those whose address lies there. The zeroed block has
/// room for twice the size of each item with its alignment.
fn fill(py: Py<'_>, items: &[Item<'_>], block: &mut [u128]) -> R<()> {
    let cell = |item: &Item<'_>| if item.by_address { 8 } else { item.size.next_multiple_of(8) };
    let stack: usize = items.iter().map(|item| cell(item) + item.align).sum();
    let start = block.as_mut_ptr().expose_provenance();
    let (mut at, mut behind) = (0_usize, stack + SPARE);
    for item in items {
        if item.by_address {
            behind = behind.next_multiple_of(16);
            write(py, item, block, behind)?;
            set_word(block, at, (start + behind) as u64);
            behind += item.size;
        } else if item.size != 0 {
            at = at.next_multiple_of(item.align.max(1));
            match (item.ct.access, Loc::of(item.value)) {
                (Access::Char8, Some(loc)) => set_word(block, at, loc.cell()),
                _ => write(py, item, block, at)?,
            }
        }
        at += cell(item);
    }
    Ok(())
}

fn write(py: Py<'_>, item: &Item<'_>, block: &mut [u128], offset: usize) -> R<()> {
    match Loc::inside(&item.ct, block, offset) {
        Some(loc) => convert::write(py, loc, item.value),
        None => Err(py.no_memory()),
    }
}
