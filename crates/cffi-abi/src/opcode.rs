//! One word of a type description: an operation in the low byte, a signed argument above it.

use std::fmt;

/// Argument of [`Op::StructUnion`] for the one `FILE` structure that all FFIs share.
pub const IO_FILE_STRUCT: isize = -1;
/// Bit in the argument of [`Op::FunctionEnd`]: the function takes `...`.
pub const END_ELLIPSIS: isize = 1;
/// The calling convention is in the argument of [`Op::FunctionEnd`] above this many bits.
pub const END_ABI_SHIFT: u32 = 1;
/// The argument of [`Op::FunctionEnd`] for `__stdcall` (convention 1 above [`END_ABI_SHIFT`]).
pub const END_ABI_STDCALL: isize = 2;

macro_rules! ops {
    ($($(#[$doc:meta])* $name:ident = $number:literal,)*) => {
        /// What an [`Opcode`] says. The numbers are part of the binary contract and all odd: a word
        /// whose lowest bit is 0 is the address of an object that was already built.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Op {
            $($(#[$doc])* $name = $number,)*
        }

        impl Op {
            /// Every operation, in the order of the numbers.
            pub const ALL: &'static [Op] = &[$(Op::$name),*];

            /// Returns the operation with this number; the number itself where there is none.
            #[inline]
            pub const fn from_number(number: u8) -> Result<Op, u8> {
                match number {
                    $($number => Ok(Op::$name),)*
                    other => Err(other),
                }
            }
        }
    };
}

ops! {
    /// Argument: a primitive number, see [`crate::Primitive`].
    Primitive = 1,
    /// Argument: index of the item. A pointer to a [`Op::Function`] is the function pointer type itself.
    Pointer = 3,
    /// Argument: index of the item. The next word is the length, raw.
    Array = 5,
    /// Argument: index of the item.
    OpenArray = 7,
    /// Argument: index in `struct_unions`, or [`IO_FILE_STRUCT`].
    StructUnion = 9,
    /// Argument: index in `enums`; −1 in the `type_op` of a global.
    Enum = 11,
    /// Argument: index of the result. The arguments follow, up to [`Op::FunctionEnd`].
    Function = 13,
    /// Argument: [`END_ELLIPSIS`] and the calling convention.
    FunctionEnd = 15,
    /// Argument: index of the very same type.
    Noop = 17,
    /// In a field: argument is the index of the type, `field_size` the number of bits.
    Bitfield = 19,
    /// Argument: index in `typenames`.
    Typename = 21,
    /// Global: built-in function that takes a tuple of arguments. Argument: index of the function.
    CpythonBltnV = 23,
    /// Global: built-in function without arguments.
    CpythonBltnN = 25,
    /// Global: built-in function of a single argument.
    CpythonBltnO = 27,
    /// Global: constant fetched by calling `address(char *out)`. Argument: index of its type.
    Constant = 29,
    /// Global: integer constant; argument −1.
    ConstantInt = 31,
    /// Global: variable at `address`, or to be found by name. Argument: index of its type.
    GlobalVar = 33,
    /// Global: function to be found by name in a library. Argument: index of the function.
    DlopenFunc = 35,
    /// Global: constant to be found by name in a library. Argument: index of its type.
    DlopenConst = 37,
    /// Global: variable whose address is the result of calling `address`.
    GlobalVarF = 39,
    /// Global: `extern "Python"` function. Argument: index of the pointer to the function.
    ExternPython = 41,
}

impl Op {
    /// Returns the number of this operation in the binary contract.
    #[inline]
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// One pointer-sized word of a table of types.
///
/// The low byte is the operation, the other bits are its argument, signed. Two kinds of words carry
/// no operation: the length after an [`Op::Array`], and the address of a type object that the backend
/// has put in the place of the word it was made from. Both are read with [`Opcode::raw`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(transparent)]
pub struct Opcode(usize);

impl Opcode {
    /// Makes the word for `op` with `arg`. The bits of `arg` that do not fit above the low byte are lost,
    /// as they are in the generated tables.
    #[inline]
    pub const fn new(op: Op, arg: isize) -> Opcode {
        Opcode((arg.cast_unsigned() << 8) | op as usize)
    }

    /// Makes a word of its form in memory.
    #[inline]
    pub const fn from_raw(word: usize) -> Opcode {
        Opcode(word)
    }

    /// Returns the word as it is in memory: an array length, or the address of an object.
    #[inline]
    pub const fn raw(self) -> usize {
        self.0
    }

    /// Returns the operation, or the low byte where it is none.
    #[inline]
    pub const fn op(self) -> Result<Op, u8> {
        Op::from_number(self.number())
    }

    /// Returns the low byte: the number of the operation.
    #[inline]
    pub const fn number(self) -> u8 {
        (self.0 & 0xFF) as u8
    }

    /// Returns the argument, sign-extended.
    #[inline]
    pub const fn arg(self) -> isize {
        self.0.cast_signed() >> 8
    }

    /// Returns the argument as an index, if it is not negative.
    #[inline]
    pub const fn index(self) -> Option<usize> {
        let arg = self.arg();
        if arg < 0 { None } else { Some(arg.cast_unsigned()) }
    }

    /// Returns this operation with another argument.
    #[inline]
    pub const fn with_arg(self, arg: isize) -> Opcode {
        Opcode((arg.cast_unsigned() << 8) | (self.0 & 0xFF))
    }

    /// Returns true for an [`Op::Primitive`], [`Op::Pointer`]... false for the address of a built object, and
    /// for the words of value 0 that fill unused places.
    #[inline]
    pub const fn is_operation(self) -> bool {
        self.0 & 1 == 1
    }
}

impl fmt::Debug for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.op() {
            Ok(op) => write!(f, "{op:?}({})", self.arg()),
            Err(_) => write!(f, "{:#x}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_both_ways() {
        for number in 0..=255 {
            match Op::from_number(number) {
                Ok(op) => assert_eq!(op.number(), number),
                Err(same) => assert!(same == number && (number % 2 == 0 || number > 41)),
            }
        }
        assert_eq!(Op::ALL.len(), 21);
        assert!(Op::ALL.windows(2).all(|w| w[0].number() + 2 == w[1].number()));
    }

    #[test]
    fn arguments_keep_their_sign() {
        for arg in [0, 1, -1, 127, 128, -128, 0x7F_FFFF, -0x80_0000] {
            for &op in Op::ALL {
                let word = Opcode::new(op, arg);
                assert_eq!((word.op(), word.arg()), (Ok(op), arg));
                assert!(word.is_operation());
                assert_eq!(word.with_arg(3), Opcode::new(op, 3));
            }
        }
        assert_eq!(Opcode::new(Op::StructUnion, -1).index(), None);
        assert_eq!(Opcode::new(Op::StructUnion, 5).index(), Some(5));
    }

    #[test]
    fn words_of_a_real_table() {
        // `FFFFFF1F` big endian in the tables of a Python module: an integer constant.
        let word = Opcode::from_raw(0xFFFF_FF1F_u32.cast_signed() as isize as usize);
        assert_eq!((word.op(), word.arg()), (Ok(Op::ConstantInt), -1));
        assert_eq!(format!("{word:?}"), "ConstantInt(-1)");
        assert_eq!(format!("{:?}", Opcode::from_raw(0x20)), "0x20");
    }
}
