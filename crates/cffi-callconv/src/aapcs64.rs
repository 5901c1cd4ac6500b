//! AArch64.
//!
//! Sources: *Procedure Call Standard for the Arm 64-bit Architecture*, sections 6.8 and 6.9,
//! <https://github.com/ARM-software/abi-aa>; *Writing ARM64 code for Apple platforms*; Microsoft's *Overview of ARM64
//! ABI conventions*. Names such as B.4 are those of the rules in the first source.
//!
//! * Apple: arguments on the stack are packed at their own alignment, variable arguments are on the stack in cells of
//!   8 bytes, integers are extended to 32 bits by the caller, and `__int128` may start at any register.
//! * Windows: a variadic function gets no argument in a vector register, and a value may lie in the last integer
//!   register and on the stack.

use cffi_types::target::{FloatFormat, Os};
use cffi_types::types::{Field, Length, RecordKind, Shape};
use cffi_types::{QualType, Types};

use crate::assign::{Assigner, eightbytes, extension, integer_register, vector_register};
use crate::error::Unsupported;
use crate::layout::{Abi, CallLayout, Extension, Location, Passing, Piece};
use crate::leaf::{self, Flow, Leaf};
use crate::signature::Signature;
use crate::value::{Kind, Value, kind, value};

/// The number of argument registers of each kind: x0 to x7, v0 to v7.
const REGISTERS: u8 = 8;
/// The number of x8, the register that holds the address of a result.
const RESULT_ADDRESS: u8 = 8;

pub(crate) fn classify(
    types: &Types,
    signature: &Signature<'_>,
    abi: Abi,
) -> Result<CallLayout, Unsupported> {
    let mut assigner = Assigner::new(abi, signature.args.len(), 16, 0)?;
    let result = value(types, signature.result, None)?;
    place_result(types, signature.result, &result, &mut assigner)?;
    let soft = abi == Abi::Aapcs64Windows && signature.fixed.is_some();
    let mut call = Call { types, assigner, abi, soft, variable: false };
    for (index, ty) in signature.args.iter().enumerate() {
        let arg = value(types, *ty, Some(index))?;
        if abi == Abi::Aapcs64Apple && signature.is_variable(index) {
            call.variable_on_apple(*ty, &arg)?;
        } else {
            call.variable = signature.is_variable(index);
            call.argument(*ty, &arg)?;
        }
    }
    call.assigner.finish()
}

struct Call<'a> {
    types: &'a Types,
    assigner: Assigner,
    abi: Abi,
    /// Whether arguments go to integer registers only.
    soft: bool,
    /// Whether the current argument is one of those that `...` represents.
    variable: bool,
}

impl Call<'_> {
    fn argument(&mut self, ty: QualType, arg: &Value) -> Result<(), Unsupported> {
        if arg.size == 0 {
            self.assigner.nothing(arg);
            return Ok(());
        }
        let floats = floats(self.types, ty, arg)?;
        match floats {
            Some(floats) if !self.soft => self.in_vectors(arg, floats),
            // Rule B.4.
            _ if is_composite(arg) && arg.size > 16 => self.address(arg),
            _ => self.in_integers(arg),
        }
    }

    /// Assigns floating-point numbers, vectors and homogeneous aggregates of them (C.1 to C.6).
    fn in_vectors(&mut self, arg: &Value, floats: Floats) -> Result<(), Unsupported> {
        if self.assigner.vector + floats.count <= REGISTERS {
            let pieces: Vec<Piece> = (0..floats.count)
                .map(|index| Piece {
                    location: self.assigner.next_vector(),
                    offset: u64::from(index) * floats.size,
                    size: floats.size,
                    extension: Extension::None,
                })
                .collect();
            self.assigner.arg(arg, Passing::Value, &pieces);
            return Ok(());
        }
        self.assigner.vector = REGISTERS;
        // On Apple's and Microsoft's systems, clang uses the alignment of the members, whatever the packing or alignment
        // of the record.
        let align = if self.abi == Abi::Aapcs64 { self.natural_align(arg) } else { floats.size };
        self.on_stack(arg, align)
    }

    /// Assigns other arguments to integer registers, beginning at an even one if the alignment is 16 bytes (C.9 to
    /// C.15).
    fn in_integers(&mut self, arg: &Value) -> Result<(), Unsupported> {
        let count = arg.size.div_ceil(8) as u8;
        let align = self.natural_align(arg);
        // In a variadic call on Windows, a vector takes two cells, as any other 16 bytes do.
        let align = if self.soft && matches!(arg.kind, Kind::Vector { .. }) { 8 } else { align };
        // Begins a value of one register at any register, as gcc does, also where its alignment is 16, which only a packed
        // type has. Variadic arguments begin at an even one, since `va_arg` looks for them there.
        let counts = count == 2 || self.variable || self.abi != Abi::Aapcs64;
        if align == 16 && counts && self.abi != Abi::Aapcs64Apple {
            self.assigner.integer = self.assigner.integer.next_multiple_of(2);
        }
        if self.assigner.integer + count <= REGISTERS {
            if count == 1 {
                let location = self.assigner.next_integer();
                let width = if self.abi == Abi::Aapcs64Apple { 4 } else { 0 };
                self.assigner.whole(arg, location, extension(arg, width));
                return Ok(());
            }
            let locations: Vec<Location> = (0..count).map(|_| self.assigner.next_integer()).collect();
            self.assigner.arg(arg, Passing::Value, &eightbytes(arg.size, &locations));
            return Ok(());
        }
        if self.soft && self.assigner.integer < REGISTERS {
            // The registers and the stack form one sequence of cells here.
            let mut locations = Vec::new();
            for _ in 0..count {
                if self.assigner.integer < REGISTERS {
                    locations.push(self.assigner.next_integer());
                } else {
                    locations.push(self.assigner.take_stack(8, 8, 8)?);
                }
            }
            self.assigner.arg(arg, Passing::Value, &eightbytes(arg.size, &locations));
            return Ok(());
        }
        self.assigner.integer = REGISTERS;
        self.on_stack(arg, align)
    }

    fn address(&mut self, arg: &Value) -> Result<(), Unsupported> {
        let location = if self.assigner.integer < REGISTERS {
            self.assigner.next_integer()
        } else {
            self.assigner.take_stack(8, 8, 8)?
        };
        self.assigner.by_address(arg, location, 8);
        Ok(())
    }

    /// Assigns an argument to the stack (C.7, C.8, C.16, C.17).
    fn on_stack(&mut self, arg: &Value, align: u64) -> Result<(), Unsupported> {
        if self.abi == Abi::Aapcs64Apple {
            // Composite types take whole cells unless they are homogeneous; scalars take their own size.
            let homogeneous = self.assigner.vector == REGISTERS && self.is_float_like(arg);
            let cell = if is_record(arg) && !homogeneous { 8 } else { 1 };
            // A value that is narrower than a cell is followed directly by the next one, so there is nothing to extend.
            let location = self.assigner.take_stack(arg.size, align.max(cell), cell)?;
            self.assigner.whole(arg, location, Extension::None);
            return Ok(());
        }
        let location = self.assigner.take_stack(arg.size, align.max(8), 8)?;
        self.assigner.whole(arg, location, Extension::None);
        Ok(())
    }

    fn is_float_like(&self, arg: &Value) -> bool {
        let ty = arg.record().map(|id| self.types.record(id).ty);
        ty.is_some_and(|ty| matches!(floats(self.types, ty.into(), arg), Ok(Some(_))))
    }

    fn variable_on_apple(&mut self, ty: QualType, arg: &Value) -> Result<(), Unsupported> {
        if arg.size == 0 {
            self.assigner.nothing(arg);
            return Ok(());
        }
        if is_composite(arg) && arg.size > 16 && floats(self.types, ty, arg)?.is_none() {
            let location = self.assigner.take_stack(8, 8, 8)?;
            self.assigner.by_address(arg, location, 8);
            return Ok(());
        }
        // For variable arguments on Apple's systems, the alignment of the whole record counts.
        let location = self.assigner.take_stack(arg.size, arg.align.clamp(8, 16), 8)?;
        self.assigner.whole(arg, location, extension(arg, 4));
        Ok(())
    }

    /// Returns the alignment that decides where an argument goes, at most 16 (B.6). Alignment requested for a whole
    /// record counts only on Apple's and Microsoft's systems.
    fn natural_align(&self, value: &Value) -> u64 {
        let align = match value.record() {
            Some(id) if self.abi == Abi::Aapcs64 => self.types.record(id).natural_align(),
            _ => value.align,
        };
        align.min(16)
    }
}

fn place_result(
    types: &Types,
    ty: QualType,
    result: &Value,
    assigner: &mut Assigner,
) -> Result<(), Unsupported> {
    if result.size == 0 {
        assigner.ret(result, Passing::Nothing, &[]);
        return Ok(());
    }
    if let Some(floats) = floats(types, ty, result)? {
        let piece = |index: u8| Piece {
            location: vector_register(index),
            offset: u64::from(index) * floats.size,
            size: floats.size,
            extension: Extension::None,
        };
        let pieces: Vec<Piece> = (0..floats.count).map(piece).collect();
        assigner.ret(result, Passing::Value, &pieces);
    } else if result.size > 16 {
        let location = integer_register(RESULT_ADDRESS);
        let piece = Piece { location, offset: 0, size: 8, extension: Extension::None };
        assigner.ret(result, Passing::Address, &[piece]);
    } else {
        let pieces = eightbytes(result.size, &[integer_register(0), integer_register(1)]);
        assigner.ret(result, Passing::Value, &pieces);
    }
    Ok(())
}

fn is_record(value: &Value) -> bool {
    matches!(value.kind, Kind::Record(_))
}

/// Returns whether a value is a record or another type that the standard treats like one: a long vector, or a `_BitInt`
/// of more than 128 bits.
fn is_composite(value: &Value) -> bool {
    matches!(value.kind, Kind::Record(_) | Kind::Vector { .. } | Kind::BitInt { .. } | Kind::Complex(_))
}

/// The size and number of the equal parts of a value that go to vector registers.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
struct Floats {
    size: u64,
    count: u8,
}

/// The fundamental type of a homogeneous aggregate.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Base {
    Float(FloatFormat),
    Vector(u64),
}

/// Returns the parts of a value that goes to vector registers: one floating-point number or short vector, or one to
/// four equal ones.
fn floats(types: &Types, ty: QualType, value: &Value) -> Result<Option<Floats>, Unsupported> {
    let one = |size| Floats { size, count: 1 };
    Ok(match value.kind {
        Kind::Float(_) => Some(one(value.size)),
        Kind::Vector { .. } if matches!(value.size, 8 | 16) => Some(one(value.size)),
        Kind::Complex(_) => Some(Floats { size: value.size / 2, count: 2 }),
        // At most four vectors of 16 bytes.
        Kind::Record(_) if value.size <= 64 => match only_member(types, ty) {
            Some(Kind::Vector { .. }) if matches!(value.size, 8 | 16) => Some(one(value.size)),
            Some(Kind::Complex(_)) => Some(Floats { size: value.size / 2, count: 2 }),
            _ => homogeneous(types, ty, value)?,
        },
        _ => None,
    })
}

/// Returns the kind of the scalar that gcc takes a struct for: that of the member that is as large as the struct.
/// Arrays of length 0 and of other types do not matter then.
fn only_member(types: &Types, ty: QualType) -> Option<Kind> {
    if matches!(types.target().os, Os::Apple | Os::Windows) {
        return None;
    }
    let mut ty = types.canonical(ty);
    let size = types.size(ty.id());
    loop {
        match types.shape(ty.id()) {
            Shape::Array { item, length: Length::Fixed(1) } => ty = types.canonical(item),
            Shape::Record(id) if types.record(id).kind == RecordKind::Struct => {
                let is_whole = |field: &&Field| {
                    field.bits().is_none() && types.size(types.canonical(field.ty).id()) == size
                };
                let is_open = |field: &Field| types.size(types.canonical(field.ty).id()).is_err();
                match types.fields(id).iter().find(is_whole) {
                    Some(field) if !types.fields(id).iter().any(is_open) => ty = types.canonical(field.ty),
                    _ => return None,
                }
            }
            shape => return (types.size(ty.id()) == size).then(|| kind(types, shape)),
        }
    }
}

fn homogeneous(types: &Types, ty: QualType, value: &Value) -> Result<Option<Floats>, Unsupported> {
    let mut base: Option<(Base, u64)> = None;
    let mut equal = true;
    // A bit for each position that has a member; members of unions may share a position.
    let mut positions = 0_u64;
    // gcc does not take a record of `__bf16` for one of floating-point numbers.
    let is_gcc = !matches!(types.target().os, Os::Apple | Os::Windows);
    leaf::visit(types, ty, &mut |leaf| {
        let mut one = |this: Base, offset: u64, size: u64| {
            match base {
                None => base = Some((this, size)),
                Some((known, _)) => equal &= known == this,
            }
            let index = offset / size.max(1);
            equal &= offset.is_multiple_of(size.max(1)) && index < 4;
            positions |= 1 << index.min(63);
        };
        match leaf {
            Leaf::Scalar { kind: Kind::Float(FloatFormat::Bfloat), .. } if is_gcc => equal = false,
            Leaf::Scalar { kind: Kind::Float(format), offset, size } => {
                one(Base::Float(format), offset, size);
            }
            Leaf::Scalar { kind: Kind::Complex(format), offset, size } => {
                one(Base::Float(format), offset, size / 2);
                one(Base::Float(format), offset + size / 2, size / 2);
            }
            Leaf::Scalar { kind: Kind::Vector { .. }, offset, size } if matches!(size, 8 | 16) => {
                one(Base::Vector(size), offset, size);
            }
            Leaf::Enter | Leaf::Leave | Leaf::EnterArray { .. } | Leaf::LeaveArray | Leaf::Empty => {}
            // gcc 12.1 and newer, and clang, ignore bit-fields of width 0 in structs; gcc counts those in unions.
            Leaf::NoBits { in_union, .. } => equal &= !(in_union && is_gcc),
            _ => equal = false,
        }
        if equal { Flow::Continue } else { Flow::Stop }
    })?;
    let Some((_, size)) = base.filter(|_| equal) else { return Ok(None) };
    let count = value.size / size;
    // There must be no padding, neither between the members nor behind them.
    let whole = value.size.is_multiple_of(size) && (1..=4).contains(&count) && positions == (1 << count) - 1;
    Ok(whole.then_some(Floats { size, count: count as u8 }))
}
