//! The arguments behind `...` of a closure, as AAPCS64 keeps them for `va_arg`.

use std::ffi::c_void;

use cffi_callconv::{Location, Passing, RegisterClass, classify};

use cffi_types::{Prim, TypeId};

use crate::plan_error::PlanError;
use crate::signature::Signature;

/// C's `struct __va_list`. The register save areas end at their tops, and the offsets are negative while registers are left.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct VaList {
    stack: *mut u8,
    integers_top: *mut u8,
    vectors_top: *mut u8,
    integers: i32,
    vectors: i32,
}

/// The place of the next argument.
#[derive(Debug)]
pub struct NextArgument {
    /// The parts in registers: the offset in the value, and the size.
    parts: Vec<(usize, usize)>,
    in_vectors: bool,
    by_address: bool,
    size: usize,
    align: usize,
}

impl NextArgument {
    /// Determines how an argument is passed: the only one of a signature whose arguments are all variable.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn new(sig: &Signature<'_>) -> Result<NextArgument, PlanError> {
        let [ty] = *sig.call.args else { return Err(PlanError::BadFixedCount) };
        // Behind an argument in x0, a value that is aligned to 16 bytes begins at x2.
        let call = cffi_callconv::Signature { args: &[TypeId::of(Prim::Int).into(), ty], ..sig.call };
        let layout = classify(sig.types, &call)?;
        let Some(place) = layout.args.get(1) else { return Err(PlanError::BadFixedCount) };
        let size = usize::try_from(place.size).map_err(|_| PlanError::TooLarge)?;
        let pieces = layout.pieces(place);
        let mut parts = cffi_memory::vec(pieces.len())?;
        let (mut in_vectors, mut align) = (false, 8);
        for piece in pieces {
            if let Location::Register { class, number } = piece.location {
                in_vectors |= class == RegisterClass::Vector;
                if piece.offset == 0 && (in_vectors && piece.size == 16 || !in_vectors && number == 2) {
                    align = 16;
                }
                parts.push((piece.offset as usize, piece.size as usize));
            }
        }
        let size = if pieces.is_empty() { 0 } else { size };
        let by_address = place.passing == Passing::Address;
        Ok(NextArgument { parts, in_vectors, by_address, size, align })
    }

    /// Returns the size and the alignment in bytes of an argument on the stack, and whether its address lies there instead.
    #[must_use]
    pub fn on_stack(&self) -> (usize, usize, bool) {
        (self.size, self.align, self.by_address)
    }

    /// Copies the next argument to `out`.
    ///
    /// # Safety
    /// The function whose arguments these are is still running, and the argument was passed with this type. `out` is
    /// writable for the size of the type.
    pub unsafe fn take(&self, list: &mut VaList, out: *mut u8) {
        if self.by_address {
            let mut address = std::ptr::null_mut::<u8>();
            // SAFETY: the argument is the address of a copy, which lives as long as the call.
            unsafe {
                list.take(&[(0, 8)], false, (8, 8), (&raw mut address).cast());
                out.copy_from_nonoverlapping(address, self.size);
            }
            return;
        }
        // SAFETY: the caller promises an argument of this type, and room for it.
        unsafe { list.take(&self.parts, self.in_vectors, (self.size, self.align), out) };
    }
}

/// Whether closures of variadic functions exist here, and lists of their arguments.
pub const EXISTS: bool = true;

impl VaList {
    /// Makes the list of a call whose arguments all lie on the stack.
    #[must_use]
    pub fn in_memory(stack: *mut u8) -> VaList {
        VaList {
            stack,
            integers_top: std::ptr::null_mut(),
            vectors_top: std::ptr::null_mut(),
            integers: 0,
            vectors: 0,
        }
    }

    /// Makes a list from the first stack argument, the ends of the register save areas, and the offsets from there of the
    /// first registers.
    pub(crate) fn of(
        stack: *mut u8,
        integers_top: *mut u8,
        vectors_top: *mut u8,
        integers: i32,
        vectors: i32,
    ) -> VaList {
        VaList { stack, integers_top, vectors_top, integers, vectors }
    }

    /// Reads the list that a handler gets as the last argument of a variadic closure.
    ///
    /// # Safety
    /// `argument` is the address that the handler was given.
    #[must_use]
    pub unsafe fn read(argument: *const c_void) -> VaList {
        // SAFETY: by the caller; a closure keeps such a structure there.
        unsafe { argument.cast::<VaList>().read() }
    }

    /// # Safety
    /// The next argument has these parts, size and alignment; `out` is writable for its size.
    unsafe fn take(
        &mut self,
        parts: &[(usize, usize)],
        in_vectors: bool,
        (size, align): (usize, usize),
        out: *mut u8,
    ) {
        if size == 0 {
            return;
        }
        let (offset, top, step) = match in_vectors {
            true => (&mut self.vectors, self.vectors_top, 16),
            false => (&mut self.integers, self.integers_top, 8),
        };
        if !parts.is_empty() && *offset < 0 {
            if !in_vectors && align == 16 {
                // An even register; the area has eight, so its end is aligned like its start.
                *offset += *offset & 8;
            }
            let first = *offset;
            *offset += step * parts.len() as i32;
            if *offset <= 0 {
                for (i, (at, bytes)) in parts.iter().enumerate() {
                    // SAFETY: the offset was compared with the end of the save area; a part lies in the value.
                    unsafe {
                        let from = top.offset((first + step * i as i32) as isize);
                        out.add(*at).copy_from_nonoverlapping(from, *bytes);
                    }
                }
                return;
            }
        }
        // SAFETY: the caller promises that the argument was passed, so it lies in the stack arguments.
        unsafe {
            let at = self.stack.add(self.stack.align_offset(align));
            out.copy_from_nonoverlapping(at, size);
            self.stack = at.add(size.next_multiple_of(8));
        }
    }
}
