//! The System V calling convention of x86-64.
//!
//! Source: *System V Application Binary Interface, AMD64 Architecture Processor Supplement*, section 3.2.3
//! "Parameter Passing", <https://gitlab.com/x86-psABIs/x86-64-ABI>.
#![forbid(unsafe_code)]
// Compiled and tested on every target, used on its own.
#![cfg_attr(not(sysv64), allow(dead_code))]

use crate::ctype::{ArgType, StructType};

/// Integer registers that carry arguments: rdi, rsi, rdx, rcx, r8, r9.
pub(crate) const INTEGER_REGISTERS: usize = 6;
/// Vector registers that carry arguments: xmm0 to xmm7.
pub(crate) const VECTOR_REGISTERS: usize = 8;

/// The class of eight bytes of an argument ("Classification"); vectors beyond 8 bytes do not occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// The psABI's NO_CLASS.
    Padding,
    Integer,
    Sse,
    X87,
    X87Up,
    Memory,
}

/// A register that carries eight bytes of an argument, by its number in the sequence of argument registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Register {
    Integer(usize),
    Vector(usize),
}

/// Where an argument goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Its eightbytes go to these registers; an eightbyte of padding goes nowhere.
    Registers([Option<Register>; 2]),
    /// At this distance from the stack pointer at the time of the call.
    Stack(usize),
}

/// A register that carries eight bytes of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResultRegister {
    Rax,
    Rdx,
    Xmm0,
    Xmm1,
}

/// How a result comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Return {
    Void,
    /// An integer or pointer in rax, to be extended from this size.
    Integer {
        size: u8,
        signed: bool,
    },
    /// A float or double in xmm0.
    Vector,
    /// On top of the x87 stack.
    X87,
    /// A struct in these registers, eightbyte by eightbyte.
    Registers([Option<ResultRegister>; 2]),
    /// Written by the function where the first integer register points.
    Memory,
}

/// The whole call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) result: Return,
    /// Integer registers in use.
    pub(crate) integer_count: usize,
    /// Vector registers in use, which variadic functions want to know.
    pub(crate) vector_count: usize,
    /// Bytes of arguments on the stack, a multiple of `stack_align`.
    pub(crate) stack_size: usize,
    /// Alignment of the stack pointer at the time of the call: 16 or more.
    pub(crate) stack_align: usize,
}

/// Assigns places to all arguments, in order, and the result; `None` if they take more than half the address
/// space. The places are handed out, not kept: this runs on every call of a variadic function.
pub(crate) fn layout(
    args: &[ArgType],
    result: &ArgType,
    mut assign: impl FnMut(&ArgType, Place),
) -> Option<Layout> {
    let result = place_result(result);
    let mut counts = Counts { integer: usize::from(result == Return::Memory), vector: 0 };
    let (mut stack, mut stack_align) = (0_usize, 16_usize);
    for ty in args {
        let place = match counts.take(classify(ty)) {
            Some(registers) => Place::Registers(registers),
            None => {
                // "The size of each argument gets rounded up to eightbytes"; long double and structs that
                // ask for it are aligned to more.
                let align = ty.align().max(8);
                let offset = stack.checked_next_multiple_of(align)?;
                stack = offset.checked_add(ty.size())?.checked_next_multiple_of(8)?;
                stack_align = stack_align.max(align);
                Place::Stack(offset)
            }
        };
        assign(ty, place);
    }
    let stack_size = stack.checked_next_multiple_of(stack_align).filter(|n| *n <= isize::MAX as usize)?;
    let (integer_count, vector_count) = (counts.integer, counts.vector);
    Some(Layout { result, integer_count, vector_count, stack_size, stack_align })
}

/// Registers used so far.
struct Counts {
    integer: usize,
    vector: usize,
}

impl Counts {
    /// Registers for all eightbytes, or none at all: then the argument goes on the stack.
    fn take(&mut self, classes: [Class; 2]) -> Option<[Option<Register>; 2]> {
        let (mut integer, mut vector) = (self.integer, self.vector);
        let mut registers = [None; 2];
        for (register, class) in registers.iter_mut().zip(classes) {
            *register = match class {
                Class::Padding => None,
                Class::Integer => {
                    integer += 1;
                    Some(Register::Integer(integer - 1))
                }
                Class::Sse => {
                    vector += 1;
                    Some(Register::Vector(vector - 1))
                }
                // As arguments, x87 classes travel in memory.
                Class::X87 | Class::X87Up | Class::Memory => return None,
            };
        }
        // Nothing but padding is no argument that a C compiler could have made; memory is the safe place.
        if registers == [None; 2] || integer > INTEGER_REGISTERS || vector > VECTOR_REGISTERS {
            return None;
        }
        (self.integer, self.vector) = (integer, vector);
        Some(registers)
    }
}

/// "Returning of Values".
fn place_result(ty: &ArgType) -> Return {
    match ty {
        ArgType::Void => Return::Void,
        ArgType::Int { size, signed } => Return::Integer { size: *size, signed: *signed },
        ArgType::Pointer => Return::Integer { size: 8, signed: false },
        ArgType::Float | ArgType::Double => Return::Vector,
        ArgType::LongDouble => Return::X87,
        ArgType::Struct(s) => match classify_struct(s) {
            [Class::Memory, _] | [_, Class::Memory] => Return::Memory,
            [Class::X87, _] => Return::X87,
            classes => Return::Registers(result_registers(classes)),
        },
    }
}

/// Whether a struct comes back on the x87 stack, which libffi does not know.
pub(crate) fn returns_struct_in_x87(ty: &ArgType) -> bool {
    matches!(ty, ArgType::Struct(_)) && place_result(ty) == Return::X87
}

fn result_registers(classes: [Class; 2]) -> [Option<ResultRegister>; 2] {
    use ResultRegister::{Rax, Rdx, Xmm0, Xmm1};
    let first = match classes[0] {
        Class::Integer => Some(Rax),
        Class::Sse => Some(Xmm0),
        _ => None,
    };
    let second = match classes[1] {
        Class::Integer => Some(if first == Some(Rax) { Rdx } else { Rax }),
        Class::Sse => Some(if first == Some(Xmm0) { Xmm1 } else { Xmm0 }),
        _ => None,
    };
    [first, second]
}

fn classify(ty: &ArgType) -> [Class; 2] {
    match ty {
        ArgType::Void => [Class::Padding; 2],
        ArgType::Int { .. } | ArgType::Pointer => [Class::Integer, Class::Padding],
        ArgType::Float | ArgType::Double => [Class::Sse, Class::Padding],
        ArgType::LongDouble => [Class::X87, Class::X87Up],
        ArgType::Struct(s) => classify_struct(s),
    }
}

/// "Aggregates and unions": every field adds its class to its eightbyte, then the post-merger cleanup.
fn classify_struct(s: &StructType) -> [Class; 2] {
    if s.size > 16 {
        return [Class::Memory; 2];
    }
    let mut classes = [Class::Padding; 2];
    add_fields(s, 0, &mut classes);
    if classes.contains(&Class::Memory) || (classes[1] == Class::X87Up && classes[0] != Class::X87) {
        return [Class::Memory; 2];
    }
    classes
}

fn add_fields(s: &StructType, base: usize, classes: &mut [Class; 2]) {
    for (offset, ty, count) in &s.fields {
        // Elements of size 0 have no bytes to classify.
        let size = ty.size();
        if size == 0 {
            continue;
        }
        for i in 0..*count {
            let at = base + offset + i * size;
            match ty {
                ArgType::Struct(inner) => add_fields(inner, at, classes),
                _ => add_scalar(ty, at, classes),
            }
        }
    }
}

fn add_scalar(ty: &ArgType, at: usize, classes: &mut [Class; 2]) {
    let size = ty.size();
    // "If it contains unaligned fields, it has class MEMORY."
    if !at.is_multiple_of(size.min(16)) || at + size > 16 {
        *classes = [Class::Memory; 2];
        return;
    }
    let own = classify(ty);
    let first = at / 8;
    classes[first] = merge(classes[first], own[0]);
    if own[1] != Class::Padding {
        classes[1] = merge(classes[1], own[1]);
    }
}

/// Rules (a) to (f) for two fields in the same eightbyte.
fn merge(a: Class, b: Class) -> Class {
    use Class::{Integer, Memory, Padding, Sse, X87, X87Up};
    match (a, b) {
        _ if a == b => a,
        (Padding, other) | (other, Padding) => other,
        (Memory, _) | (_, Memory) => Memory,
        (Integer, _) | (_, Integer) => Integer,
        (X87 | X87Up, _) | (_, X87 | X87Up) => Memory,
        (Sse, Sse) => Sse,
    }
}

#[cfg(all(test, sysv64))]
mod tests {
    use std::sync::Arc;

    use super::*;

    const BYTE: ArgType = ArgType::int(1, false);
    const INT: ArgType = ArgType::int(4, true);
    const LONG: ArgType = ArgType::int(8, true);

    fn structure(size: usize, align: usize, fields: Vec<(usize, ArgType, usize)>) -> ArgType {
        ArgType::Struct(Arc::new(StructType { size, align, fields }))
    }

    fn classes(ty: ArgType) -> [Class; 2] {
        classify(&ty)
    }

    #[test]
    fn eightbytes_take_the_class_of_their_fields() {
        use Class::{Integer, Memory, Padding, Sse, X87, X87Up};
        let cases = [
            (structure(8, 4, vec![(0, ArgType::Float, 1), (4, INT, 1)]), [Integer, Padding]),
            (structure(8, 4, vec![(0, ArgType::Float, 2)]), [Sse, Padding]),
            (structure(12, 4, vec![(0, ArgType::Float, 3)]), [Sse, Sse]),
            (structure(16, 8, vec![(0, ArgType::Double, 1), (8, BYTE, 1)]), [Sse, Integer]),
            (structure(16, 8, vec![(0, BYTE, 1), (8, ArgType::Double, 1)]), [Integer, Sse]),
            (structure(3, 1, vec![(0, BYTE, 3)]), [Integer, Padding]),
            (structure(17, 1, vec![(0, BYTE, 17)]), [Memory, Memory]),
            (structure(16, 16, vec![(0, ArgType::LongDouble, 1)]), [X87, X87Up]),
            (structure(16, 16, vec![(0, INT, 1)]), [Integer, Padding]),
            // unions
            (structure(8, 8, vec![(0, ArgType::Double, 1), (0, INT, 1)]), [Integer, Padding]),
            (structure(16, 16, vec![(0, ArgType::LongDouble, 1), (0, INT, 1)]), [Memory, Memory]),
            // packed: misaligned fields go to memory, aligned ones do not
            (structure(5, 1, vec![(0, BYTE, 1), (1, INT, 1)]), [Memory, Memory]),
            (structure(5, 1, vec![(0, INT, 1), (4, BYTE, 1)]), [Integer, Padding]),
        ];
        for (ty, expected) in cases {
            assert_eq!(classes(ty.clone()), expected, "{ty:?}");
        }
    }

    #[test]
    fn nested_structs_and_arrays_of_structs_are_flattened() {
        let pair = structure(8, 4, vec![(0, ArgType::Float, 1), (4, INT, 1)]);
        let two = structure(16, 4, vec![(0, pair, 2)]);
        assert_eq!(classes(two), [Class::Integer; 2]);
    }

    fn places(args: &[ArgType], result: &ArgType) -> Option<(Vec<Place>, Layout)> {
        let mut places = Vec::new();
        let layout = layout(args, result, |_, place| places.push(place))?;
        Some((places, layout))
    }

    #[test]
    fn a_struct_is_never_split_between_registers_and_stack() {
        let pair = structure(16, 8, vec![(0, LONG, 2)]);
        let args = vec![LONG, LONG, LONG, LONG, LONG, pair, LONG];
        let (places, layout) = places(&args, &ArgType::Void).expect("small");
        assert_eq!(places[5], Place::Stack(0));
        assert_eq!(places[6], Place::Registers([Some(Register::Integer(5)), None]));
        assert_eq!(layout.stack_size, 16);
    }

    #[test]
    fn a_result_in_memory_takes_the_first_integer_register() {
        let big = structure(24, 8, vec![(0, LONG, 3)]);
        let (places, layout) = places(&[LONG], &big).expect("small");
        assert_eq!(layout.result, Return::Memory);
        assert_eq!(places[0], Place::Registers([Some(Register::Integer(1)), None]));
    }

    #[test]
    fn stack_arguments_are_aligned() {
        let mut args = vec![LONG; 7];
        args.extend([ArgType::LongDouble, BYTE]);
        let (places, layout) = places(&args, &ArgType::Void).expect("small");
        assert_eq!(places[6..], [Place::Stack(0), Place::Stack(16), Place::Stack(32)]);
        assert_eq!((layout.stack_size, layout.stack_align), (48, 16));
    }

    #[test]
    fn sizes_that_overflow_are_refused() {
        let size = isize::MAX as usize & !15;
        let big = structure(size, 8, vec![(0, LONG, size / 8)]);
        assert!(places(std::slice::from_ref(&big), &ArgType::Void).is_some());
        assert_eq!(places(&[big.clone(), big.clone()], &ArgType::Void), None);
        assert_eq!(places(&[big.clone(), big.clone(), big], &ArgType::Void), None);
    }

    #[test]
    fn huge_arrays_of_nothing_take_no_time() {
        let nothing = structure(0, 1, vec![]);
        let ty = structure(8, 8, vec![(0, LONG, 1), (8, nothing, usize::MAX)]);
        assert_eq!(classes(ty), [Class::Integer, Class::Padding]);
    }
}
