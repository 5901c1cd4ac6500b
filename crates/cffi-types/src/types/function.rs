//! Function types.

use super::qualified::QualType;

/// The calling convention in the declaration of a function.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash, Default)]
pub enum Convention {
    /// The platform's C convention; also `__cdecl`.
    #[default]
    C,
    /// `__stdcall`.
    Stdcall,
    /// `__fastcall`.
    Fastcall,
    /// `__thiscall`.
    Thiscall,
    /// `__vectorcall`.
    Vectorcall,
    /// `__attribute__((regparm(n)))`, with n of 1 to 3.
    Regparm(u8),
    /// `__attribute__((ms_abi))`.
    Ms,
    /// `__attribute__((sysv_abi))`.
    SystemV,
    /// `__attribute__((pcs("aapcs")))`: floating-point arguments in integer registers on 32-bit Arm.
    ArmSoftFloat,
    /// `__attribute__((pcs("aapcs-vfp")))`.
    ArmHardFloat,
    /// `__attribute__((aarch64_vector_pcs))`.
    Aarch64Vector,
}

impl Convention {
    /// Returns the keyword or attribute before the name of a function, or an empty text for the platform's C
    /// convention.
    #[must_use]
    pub const fn spelling(self) -> &'static str {
        match self {
            Convention::C => "",
            Convention::Stdcall => "__stdcall",
            Convention::Fastcall => "__fastcall",
            Convention::Thiscall => "__thiscall",
            Convention::Vectorcall => "__vectorcall",
            Convention::Regparm(1) => "__attribute__((regparm(1)))",
            Convention::Regparm(2) => "__attribute__((regparm(2)))",
            Convention::Regparm(_) => "__attribute__((regparm(3)))",
            Convention::Ms => "__attribute__((ms_abi))",
            Convention::SystemV => "__attribute__((sysv_abi))",
            Convention::ArmSoftFloat => "__attribute__((pcs(\"aapcs\")))",
            Convention::ArmHardFloat => "__attribute__((pcs(\"aapcs-vfp\")))",
            Convention::Aarch64Vector => "__attribute__((aarch64_vector_pcs))",
        }
    }
}

/// A function type. Names of parameters are not part of it: they belong to the declaration.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Function {
    /// Type of the result.
    pub result: QualType,
    /// The index of the first parameter in the arena.
    pub(super) start: u32,
    /// The number of parameters.
    pub(super) count: u32,
    /// Whether further arguments may follow (`...`).
    pub variadic: bool,
    /// Whether the declaration does not specify the parameters (`()` before C23).
    pub unprototyped: bool,
    /// The calling convention.
    pub convention: Convention,
}
