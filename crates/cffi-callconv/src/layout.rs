//! Layouts of calls: the answers that [`classify`](crate::classify) gives.

use cffi_types::types::Convention;

/// A set of rules for calls.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum Abi {
    /// System V on x86-64.
    SystemV64,
    /// Microsoft on x86-64.
    Win64,
    /// 32-bit x86.
    X86(Convention),
    /// AArch64 as Arm defines it.
    Aapcs64,
    /// AArch64 on Apple's systems.
    Aapcs64Apple,
    /// AArch64 on Windows.
    Aapcs64Windows,
    /// RISC-V LP64D.
    Riscv64,
    /// IBM Z.
    S390x,
}

/// A kind of register.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum RegisterClass {
    /// General-purpose registers.
    Integer,
    /// Registers for floating-point numbers and vectors. A value smaller than the register lies at its low end; on
    /// s390x, where these registers count from the left, at its left end.
    Vector,
    /// The stack of the x87 unit; number 0 is its top.
    X87,
}

/// A place that holds bytes.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum Location {
    /// A register.
    Register {
        /// Its kind.
        class: RegisterClass,
        /// Its position in the sequence of registers that the convention gives to arguments, or to results. The
        /// registers of s390x and RISC-V are counted in this way too, so argument registers always count from 0.
        number: u8,
    },
    /// The stack.
    Stack {
        /// Distance in bytes from the stack pointer at the time of the call, before a return address is pushed.
        offset: u64,
    },
}

/// The contents of the remaining bytes of a register or stack cell whose value is narrower.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum Extension {
    /// The remaining bytes may be anything.
    None,
    /// Whoever writes the value extends it to this number of bytes with zeros.
    Zero(u8),
    /// Whoever writes the value extends it to this number of bytes with its sign.
    Sign(u8),
}

/// A part of a value and its location.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub struct Piece {
    /// Its location.
    pub location: Location,
    /// The distance in bytes from the start of the value.
    pub offset: u64,
    /// The number of bytes. In an integer register they are the low-order ones.
    pub size: u64,
    /// The contents of the rest of the register or stack cell.
    pub extension: Extension,
}

/// The form in which a value is passed.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum Passing {
    /// Nothing is passed: the value has no bytes.
    Nothing,
    /// The value itself; the pieces are its parts.
    Value,
    /// The address of the value, in one piece. For an argument, the value is a copy that the caller makes; for a
    /// result, it is memory that the caller provides and the function fills.
    Address,
}

/// The location of an argument or a result. Its pieces are in the [`CallLayout`].
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub struct Place {
    /// The form in which the value is passed.
    pub passing: Passing,
    /// Size of the value in bytes.
    pub size: u64,
    /// Alignment of the value in bytes, also of a copy that is passed by address.
    pub align: u64,
    pub(crate) start: u32,
    pub(crate) count: u32,
}

/// The stack that a call takes, in bytes.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default, Hash)]
pub struct StackUse {
    /// The part that the caller provides, from the stack pointer at the time of the call upwards; a multiple of
    /// `align`.
    pub size: u64,
    /// Alignment of the stack pointer at the time of the call.
    pub align: u64,
    /// The part at the start that belongs to the function, whatever the arguments (Win64: 32; s390x: 160).
    pub reserved: u64,
    /// The part that the function removes from the stack when it returns.
    pub callee_pops: u64,
}

/// The locations of all arguments and of the result of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallLayout {
    /// The rules that were followed.
    pub abi: Abi,
    /// The locations of the arguments.
    pub args: Vec<Place>,
    /// The location of the result.
    pub ret: Place,
    /// The stack that the call takes.
    pub stack: StackUse,
    /// The numbers of argument registers in use: integer, then vector. On System V, a variadic function receives the
    /// second number.
    pub registers: (u8, u8),
    pub(crate) pieces: Vec<Piece>,
}

impl CallLayout {
    /// Returns the pieces of an argument or of the result.
    #[must_use]
    pub fn pieces(&self, place: &Place) -> &[Piece] {
        let start = place.start as usize;
        self.pieces.get(start..start + place.count as usize).unwrap_or_default()
    }

    /// Returns the name of a register as assemblers write it, or an empty text for the stack. `result` tells whether
    /// the register belongs to the sequence for results; the address of a result is an argument.
    #[must_use]
    pub fn register_name(&self, location: Location, result: bool) -> &'static str {
        let Location::Register { class, number } = location else { return "" };
        let number = usize::from(number);
        let names = match (self.abi, class, result) {
            (_, RegisterClass::X87, _) => &["st0", "st1"][..],
            (Abi::SystemV64, RegisterClass::Integer, false) => &["rdi", "rsi", "rdx", "rcx", "r8", "r9"],
            (Abi::SystemV64, RegisterClass::Integer, true) => &["rax", "rdx"],
            (Abi::Win64, RegisterClass::Integer, false) => &["rcx", "rdx", "r8", "r9"],
            (Abi::Win64, RegisterClass::Integer, true) => &["rax"],
            (Abi::SystemV64 | Abi::Win64 | Abi::X86(_), RegisterClass::Vector, _) => {
                &["xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7"]
            }
            (Abi::X86(_), RegisterClass::Integer, false) => &["ecx", "edx"],
            (Abi::X86(_), RegisterClass::Integer, true) => &["eax", "edx"],
            (Abi::Aapcs64 | Abi::Aapcs64Apple | Abi::Aapcs64Windows, RegisterClass::Integer, _) => {
                &["x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8"]
            }
            (Abi::Aapcs64 | Abi::Aapcs64Apple | Abi::Aapcs64Windows, RegisterClass::Vector, _) => {
                &["v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"]
            }
            (Abi::Riscv64, RegisterClass::Integer, _) => &["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7"],
            (Abi::Riscv64, RegisterClass::Vector, _) => {
                &["fa0", "fa1", "fa2", "fa3", "fa4", "fa5", "fa6", "fa7"]
            }
            (Abi::S390x, RegisterClass::Integer, _) => &["r2", "r3", "r4", "r5", "r6"],
            (Abi::S390x, RegisterClass::Vector, _) => &["f0", "f2", "f4", "f6"],
        };
        names.get(number).copied().unwrap_or("")
    }
}
