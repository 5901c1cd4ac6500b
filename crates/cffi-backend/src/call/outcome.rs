//! The result of a typed call, as C has it, and the Python object for it.

use std::ffi::c_char;

use crate::convert;
use crate::ctype::CType;
use crate::value::alloc;
use cffi_rt::{Owned, Py, R, num, text};

/// A scalar result.
pub(crate) trait Outcome: Sized {
    /// Returns the Python object for the result of a function of type `ct`.
    fn boxed(self, py: Py<'_>, ct: &CType) -> R;
}

impl Outcome for () {
    #[inline(always)]
    fn boxed(self, py: Py<'_>, _ct: &CType) -> R {
        Ok(py.none())
    }
}

macro_rules! numbers {
    ($($t:ty, $make:path;)*) => {$(
        impl Outcome for $t {
            #[inline(always)]
            fn boxed(self, py: Py<'_>, _ct: &CType) -> R {
                $make(py, self.into())
            }
        }
    )*};
}

numbers! {
    i8, num::from_i64;
    i16, num::from_i64;
    i32, num::from_i64;
    i64, num::from_i64;
    u8, num::from_u64;
    u16, num::from_u64;
    u32, num::from_u64;
    u64, num::from_u64;
    f32, num::from_f64;
    f64, num::from_f64;
}

/// A `_Bool`, whose byte can be neither 0 nor 1.
#[repr(transparent)]
pub(crate) struct Truth(pub(crate) u8);

impl Outcome for Truth {
    #[inline(always)]
    fn boxed(self, py: Py<'_>, _ct: &CType) -> R {
        match self.0 {
            0 | 1 => Ok(py.bool(self.0 == 1)),
            other => Err(convert::read::bad_bool(py, other)),
        }
    }
}

/// A `char`.
#[repr(transparent)]
pub(crate) struct Char(pub(crate) c_char);

impl Outcome for Char {
    #[inline(always)]
    fn boxed(self, py: Py<'_>, _ct: &CType) -> R {
        text::new_bytes(py, &[self.0 as u8])
    }
}

/// A data or function pointer.
#[repr(transparent)]
pub(crate) struct Address(pub(crate) *mut u8);

impl Outcome for Address {
    #[inline(always)]
    fn boxed(self, py: Py<'_>, ct: &CType) -> R {
        match ct.function() {
            Some(function) => alloc::pointer(py, &function.result, self.0).map(Owned::into_obj),
            None => Ok(py.none()),
        }
    }
}

/// `$f::<$a, T, M>()` for the type `T` of a result of an access; `None` for others.
macro_rules! by_result {
    ($result:expr, $f:ident::<$a:ty, $mode:ident>) => {{
        use crate::call::outcome::{Address, Char, Truth};
        use crate::ctype::Access;
        match $result {
            Access::Void => Some($f::<$a, (), $mode>()),
            Access::I8 => Some($f::<$a, i8, $mode>()),
            Access::I16 => Some($f::<$a, i16, $mode>()),
            Access::I32 => Some($f::<$a, i32, $mode>()),
            Access::I64 => Some($f::<$a, i64, $mode>()),
            Access::U8 => Some($f::<$a, u8, $mode>()),
            Access::U16 => Some($f::<$a, u16, $mode>()),
            Access::U32 => Some($f::<$a, u32, $mode>()),
            Access::U64 => Some($f::<$a, u64, $mode>()),
            Access::Bool => Some($f::<$a, Truth, $mode>()),
            Access::Char8 => Some($f::<$a, Char, $mode>()),
            Access::F32 => Some($f::<$a, f32, $mode>()),
            Access::F64 => Some($f::<$a, f64, $mode>()),
            Access::Pointer => Some($f::<$a, Address, $mode>()),
            _ => None,
        }
    }};
}
pub(crate) use by_result;
