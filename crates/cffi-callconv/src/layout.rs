//! What is answered.

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
    /// General purpose.
    Integer,
    /// Floating point and vectors. A value smaller than the register lies at its low end; on s390x, where these
    /// registers count from the left, at its left end.
    Vector,
    /// The stack of the x87; number 0 is its top.
    X87,
}

/// A place that holds bytes.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum Location {
    /// A register.
    Register {
        /// Its kind.
        class: RegisterClass,
        /// Its place in the sequence of registers that the convention gives to arguments, or to results. Of s390x's
        /// and RISC-V's registers it is counted likewise, so that argument registers always count from 0.
        number: u8,
    },
    /// The stack.
    Stack {
        /// Distance in bytes from the stack pointer at the time of the call, before a return address is pushed.
        offset: u64,
    },
}

/// How the rest of a register or stack cell is filled whose value is narrower.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum Extension {
    /// Its bytes may be anything.
    None,
    /// Whoever writes the value fills up so many bytes with zeros.
    Zero(u8),
    /// Whoever writes the value fills up so many bytes with its sign.
    Sign(u8),
}

/// A part of a value and where it is.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub struct Piece {
    /// Where it is.
    pub location: Location,
    /// Where it starts in the value, in bytes.
    pub offset: u64,
    /// How many bytes of the value it has. In an integer register they are the low-order ones.
    pub size: u64,
    /// How the rest of the register or stack cell is filled.
    pub extension: Extension,
}

/// Whether the value itself is passed.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum Passing {
    /// The value has no bytes that are passed.
    Nothing,
    /// The pieces are parts of the value.
    Value,
    /// The one piece is the address of the value: of a copy that the caller makes, for an argument; of memory that
    /// the caller provides and the function fills, for a result.
    Address,
}

/// Where an argument or a result is. Its pieces are in the [`CallLayout`].
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub struct Place {
    /// Whether the value itself is passed.
    pub passing: Passing,
    /// Size of the value in bytes.
    pub size: u64,
    /// Alignment of the value in bytes; a copy that is passed by address has it.
    pub align: u64,
    pub(crate) start: u32,
    pub(crate) count: u32,
}

impl Place {
    /// Number of pieces.
    #[must_use]
    pub const fn piece_count(&self) -> usize {
        self.count as usize
    }
}

/// The stack that a call takes, in bytes.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default, Hash)]
pub struct StackUse {
    /// What the caller provides, from the stack pointer at the time of the call upwards; a multiple of `align`.
    pub size: u64,
    /// Alignment of the stack pointer at the time of the call.
    pub align: u64,
    /// How much at its start belongs to the function, whatever the arguments (Win64: 32; s390x: 160).
    pub reserved: u64,
    /// How much the function takes off the stack when it returns.
    pub callee_pops: u64,
}

/// Where everything is in a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallLayout {
    /// The rules that were followed.
    pub abi: Abi,
    /// Where each argument is.
    pub args: Vec<Place>,
    /// Where the result is.
    pub ret: Place,
    /// The stack that the call takes.
    pub stack: StackUse,
    /// How many argument registers of each kind are in use: integer, then vector. On System V, a variadic function is
    /// told the second number.
    pub registers: (u8, u8),
    pub(crate) pieces: Vec<Piece>,
}

impl CallLayout {
    /// The pieces of an argument or of the result.
    #[must_use]
    pub fn pieces(&self, place: &Place) -> &[Piece] {
        let start = place.start as usize;
        self.pieces.get(start..start + place.count as usize).unwrap_or_default()
    }

    /// The name of a register as assemblers write it, or an empty text for the stack. `result` says which sequence of
    /// registers it is of; the address of a result is an argument.
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
