//! The result of a call.

use cffi_call::CallPlan;
use cffi_call::plan::get_int;

use crate::call::room::{Block, Room};
use crate::convert;
use crate::ctype::{Access, CType};
use crate::memory::Foreign;
use crate::value::{CData, alloc};
use cffi_rt::{Owned, Py, R, num, raise};

/// Returns the Python value of a result, which is not a struct.
///
/// # Safety
/// `area` is the result area of a finished call with a result of this type.
#[inline(always)]
pub(crate) unsafe fn read(py: Py<'_>, ct: &CType, area: *const u8) -> R {
    // SAFETY: integers and pointers come as a whole cell, extended by their type; the rest in its natural form.
    unsafe {
        match ct.access {
            Access::Void => Ok(py.none()),
            Access::I8 | Access::I16 | Access::I32 | Access::I64 => {
                num::from_i64(py, get_int(area).cast_signed())
            }
            Access::U8 | Access::U16 | Access::U32 | Access::U64 => num::from_u64(py, get_int(area)),
            Access::Bool if get_int(area) <= 1 => Ok(py.bool(get_int(area) == 1)),
            Access::F64 => num::from_f64(py, area.cast::<f64>().read()),
            Access::F32 => num::from_f64(py, f64::from(area.cast::<f32>().read())),
            Access::Pointer => {
                // A pointer that is narrower than the cell was extended with zeros.
                let address = get_int(area) as usize as *mut u8;
                alloc::pointer(py, ct, address).map(Owned::into_obj)
            }
            Access::Bool | Access::Char8 | Access::Char16 | Access::Char32 => {
                let memory = narrowed(ct.access, get_int(area));
                convert::read(py, Foreign::new(ct, memory.as_ptr().cast_mut()))
            }
            Access::Array => vector(py, ct, area),
            _ => convert::read(py, Foreign::new(ct, area.cast_mut())),
        }
    }
}

/// Copies the vector in a result area.
///
/// # Safety
/// As for [`read`], with a vector type.
#[cold]
unsafe fn vector(py: Py<'_>, ct: &CType, area: *const u8) -> R {
    let size = ct.known_size().unwrap_or(0);
    let cd = alloc::own(py, ct, size, ct.length(), false)?;
    // SAFETY: the result area has the size of the type, and so has the new cdata, which no other code has seen.
    unsafe { std::ptr::copy_nonoverlapping(area, cd.data(), size) };
    Ok(cd.into_obj())
}

/// Returns a cell whose first bytes are those of the type's memory form.
fn narrowed(access: Access, cell: u64) -> [u8; 8] {
    let mut memory = [0; 8];
    match access {
        Access::Char16 => memory[..2].copy_from_slice(&(cell as u16).to_ne_bytes()),
        Access::Char32 => memory[..4].copy_from_slice(&(cell as u32).to_ne_bytes()),
        _ => memory[0] = cell as u8,
    }
    memory
}

/// Makes the call with a result that is a struct: the cdata that will own it is made first, and the call writes
/// right into its memory.
///
/// # Safety
/// As for [`CallPlan::call`], with a complete image; `ct` is the struct type of the result.
#[inline(never)]
pub(crate) unsafe fn call_for_struct<const GIL: bool>(
    py: Py<'_>,
    plan: &CallPlan,
    ct: &CType,
    target: *const u8,
    image: *mut u8,
) -> R {
    let Some(size) = ct.known_size().filter(|_| !ct.is_opaque()) else {
        return Err(raise!(py, Type, "return type is an opaque structure or union"));
    };
    let room = plan.result_size().max(size);
    let cd = alloc::own(py, ct, room, ct.size(), false)?;
    if cd.data().addr() & (plan.result_align() - 1) == 0 {
        // SAFETY: the cdata has as many bytes as the plan requires, aligned; no other code has seen it.
        unsafe { py.foreign::<GIL, _>(|| plan.call_with_errno(target.cast(), image, cd.data())) };
        return Ok(cd.into_obj());
    }
    if plan.result_align() > CallPlan::IMAGE_ALIGN {
        // SAFETY: the caller gives a complete image of this plan and a function of its signature.
        return unsafe { call_aligned::<GIL>(py, plan, cd, size, target, image) };
    }
    let mut area = Room::<256>::new();
    let area = area.get(py, room)?;
    // SAFETY: nobody else has seen the cdata; it has `size` bytes, and the call has written as many.
    unsafe {
        py.foreign::<GIL, _>(|| plan.call_with_errno(target.cast(), image, area));
        std::ptr::copy_nonoverlapping(area, cd.data(), size);
    }
    Ok(cd.into_obj())
}

/// Makes the call with a result that is aligned to more than a cdata is: it is written to a block of its own, and copied.
///
/// # Safety
/// As for [`call_for_struct`]; `size` is the size of the struct.
#[cold]
unsafe fn call_aligned<const GIL: bool>(
    py: Py<'_>,
    plan: &CallPlan,
    cd: Owned<CData>,
    size: usize,
    target: *const u8,
    image: *mut u8,
) -> R {
    let area = Block::new(py, plan.result_size().max(size), plan.result_align())?;
    // SAFETY: the block has as many bytes as the plan requires, aligned as the type is; nobody else has seen the cdata,
    // which has `size` bytes, and the call has written as many.
    unsafe {
        py.foreign::<GIL, _>(|| plan.call_with_errno(target.cast(), image, area.at));
        std::ptr::copy_nonoverlapping(area.at, cd.data(), size);
    }
    Ok(cd.into_obj())
}
