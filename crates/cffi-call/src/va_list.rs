//! The arguments behind `...` of a closure, as System V on x86-64 keeps them for `va_arg`.

use std::ffi::c_void;

use cffi_callconv::{Location, RegisterClass, classify};

use crate::plan_error::PlanError;
use crate::signature::Signature;

/// Bytes of the integer registers in a register save area.
pub(crate) const INTEGERS_END: u32 = 48;
/// Bytes of a register save area: six integer registers, and eight vector registers of 16 bytes.
pub(crate) const REGISTERS_END: u32 = 176;

/// C's `struct __va_list_tag`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct VaList {
    pub(crate) gp_offset: u32,
    pub(crate) fp_offset: u32,
    pub(crate) overflow: *mut u8,
    pub(crate) registers: *mut u8,
}

/// The place of the next argument.
#[derive(Debug)]
pub struct NextArgument {
    /// The pieces in registers: whether in a vector register, the offset in the value, and the size.
    pieces: Vec<(bool, usize, usize)>,
    size: usize,
    align: usize,
}

impl NextArgument {
    /// Determines how an argument is passed: the only one of a signature whose arguments are all variable.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn new(sig: &Signature<'_>) -> Result<NextArgument, PlanError> {
        let layout = classify(sig.types, &sig.call)?;
        let Some(place) = layout.args.first() else { return Err(PlanError::BadFixedCount) };
        let size = usize::try_from(place.size).map_err(|_| PlanError::TooLarge)?;
        let align = usize::try_from(place.align).map_err(|_| PlanError::TooLarge)?;
        let mut pieces = cffi_memory::vec(layout.pieces(place).len())?;
        for piece in layout.pieces(place) {
            if let Location::Register { class, .. } = piece.location {
                pieces.push((class == RegisterClass::Vector, piece.offset as usize, piece.size as usize));
            }
        }
        // An argument without any piece has no bytes to pass, and one without members none on the stack.
        let is_empty = sig.call.args.first().is_some_and(|ty| cffi_callconv::is_empty(sig.types, *ty));
        let size = if is_empty || layout.pieces(place).is_empty() { 0 } else { size };
        Ok(NextArgument { pieces, size, align: align.max(8) })
    }

    /// Returns the size and the alignment in bytes of an argument on the stack, and whether its address lies there instead.
    #[must_use]
    pub fn on_stack(&self) -> (usize, usize, bool) {
        (self.size, self.align, false)
    }

    /// Copies the next argument to `out`.
    ///
    /// # Safety
    /// The function whose arguments these are is still running, and the argument was passed with this type. `out` is
    /// writable for the size of the type.
    pub unsafe fn take(&self, list: &mut VaList, out: *mut u8) {
        let vectors = self.pieces.iter().filter(|(vector, ..)| *vector).count() as u32;
        let integers = self.pieces.len() as u32 - vectors;
        let fits =
            list.gp_offset + 8 * integers <= INTEGERS_END && list.fp_offset + 16 * vectors <= REGISTERS_END;
        if self.pieces.is_empty() || !fits {
            // SAFETY: the caller promises that the argument was passed, so it lies in the stack arguments.
            unsafe {
                let at = list.overflow.add(list.overflow.align_offset(self.align));
                let at = if self.size == 0 { list.overflow } else { at };
                out.copy_from_nonoverlapping(at, self.size);
                list.overflow = at.add(self.size.next_multiple_of(8));
            }
            return;
        }
        for (vector, offset, size) in &self.pieces {
            let (from, step) = if *vector { (&mut list.fp_offset, 16) } else { (&mut list.gp_offset, 8) };
            // SAFETY: the register save area has 176 bytes, and the offsets were compared with its ends above; a piece
            // lies inside of the value.
            unsafe {
                let at = list.registers.add(*from as usize);
                out.add(*offset).copy_from_nonoverlapping(at, *size);
            }
            *from += step;
        }
    }
}

/// Whether closures of variadic functions exist here, and lists of their arguments.
pub const EXISTS: bool = cfg!(sysv64);

impl VaList {
    /// Makes the list of a call whose arguments all lie on the stack.
    #[must_use]
    pub fn in_memory(stack: *mut u8) -> VaList {
        VaList {
            gp_offset: INTEGERS_END,
            fp_offset: REGISTERS_END,
            overflow: stack,
            registers: std::ptr::null_mut(),
        }
    }

    /// Reads the list that a handler gets as the last argument of a variadic closure.
    ///
    /// # Safety
    /// `argument` is the address that the handler was given.
    #[must_use]
    pub unsafe fn read(argument: *const c_void) -> VaList {
        // SAFETY: a closure keeps such a structure at the address that its handler gets.
        unsafe { argument.cast::<VaList>().read() }
    }
}
