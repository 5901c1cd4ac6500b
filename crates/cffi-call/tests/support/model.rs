//! A small model of C types, in which tests describe signatures.
#![allow(dead_code, missing_docs, unreachable_pub)]

use std::sync::Arc;

use cffi_call::{Abi, CallPlan, ClosurePlan, PlanError, longdouble};
use cffi_types::types::{Field, Length, RecordKind};
use cffi_types::{Prim, QualType, Symbol, Target, TypeId, Types};

/// The type of one argument, result or struct field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArgType {
    /// No value; only as a result.
    Void,
    /// An integer, `_Bool`, character or enum of `size` bytes (1, 2, 4 or 8).
    Int {
        /// Bytes: 1, 2, 4 or 8.
        size: u8,
        /// Whether it is sign-extended when it is widened.
        signed: bool,
    },
    /// C `float`.
    Float,
    /// C `double`.
    Double,
    /// C `long double`. Where that type is the same as `double`, [`ArgType::Double`] behaves alike.
    LongDouble,
    /// Any data or function pointer.
    Pointer,
    /// A struct or union by value.
    Struct(Arc<StructType>),
}

/// The memory layout of a struct or union.
///
/// A union is a struct whose fields overlap. A bit field is given as one `Int` of size 1 for each byte that it
/// touches: that is all a calling convention asks of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StructType {
    /// `sizeof`, in bytes.
    pub size: usize,
    /// `_Alignof`, in bytes; a power of two.
    pub align: usize,
    /// The members: offset in bytes, type of one element, number of elements (1 for what is not an array;
    /// the product of the lengths for an array of arrays).
    pub fields: Vec<(usize, ArgType, usize)>,
}

/// Everything that decides how a function is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The arguments; for a variadic function, those of this one call, already promoted as C promotes them.
    pub args: Vec<ArgType>,
    /// The result.
    pub result: ArgType,
    /// `Some(n)` for a variadic function whose first `n` arguments are declared.
    pub fixed_args: Option<usize>,
    /// The calling convention.
    pub abi: Abi,
}

impl Signature {
    /// A signature that is not variadic, in the platform's convention.
    pub fn new(args: Vec<ArgType>, result: ArgType) -> Signature {
        Signature { args, result, fixed_args: None, abi: Abi::Default }
    }
}

impl ArgType {
    /// An integer type of `size` bytes.
    pub const fn int(size: u8, signed: bool) -> ArgType {
        ArgType::Int { size, signed }
    }

    /// Bytes that a value takes in memory; 0 for `Void`.
    pub fn size(&self) -> usize {
        match self {
            ArgType::Void => 0,
            ArgType::Int { size, .. } => usize::from(*size),
            ArgType::Float => 4,
            ArgType::Double => 8,
            ArgType::LongDouble => longdouble::SIZE,
            ArgType::Pointer => size_of::<*const u8>(),
            ArgType::Struct(s) => s.size,
        }
    }

    /// Alignment that the C compiler gives a struct member of this type.
    pub fn align(&self) -> usize {
        match self {
            ArgType::Void | ArgType::Int { size: 1, .. } => 1,
            ArgType::Int { size: 2, .. } => 2,
            ArgType::Int { size: 4, .. } | ArgType::Float => 4,
            // 4 on 32-bit x86 System V, as for Rust.
            ArgType::Int { .. } => align_of::<u64>(),
            ArgType::Double => align_of::<f64>(),
            ArgType::LongDouble => longdouble::ALIGN,
            ArgType::Pointer => align_of::<*const u8>(),
            ArgType::Struct(s) => s.align,
        }
    }
}

impl Signature {
    /// Makes the best plan of calls for this platform.
    pub fn call_plan(&self) -> Result<CallPlan, PlanError> {
        self.described(CallPlan::new)
    }

    /// Makes a plan of calls through libffi.
    pub fn libffi_call_plan(&self) -> Result<CallPlan, PlanError> {
        self.described(CallPlan::new_libffi)
    }

    /// Makes the best plan of closures for this platform.
    pub fn closure_plan(&self) -> Result<ClosurePlan, PlanError> {
        self.described(ClosurePlan::new)
    }

    /// Makes a plan of libffi's closures.
    pub fn libffi_closure_plan(&self) -> Result<ClosurePlan, PlanError> {
        self.described(ClosurePlan::new_libffi)
    }

    fn described<T>(&self, f: impl FnOnce(&cffi_call::Signature<'_>) -> T) -> T {
        let mut types = Types::new(Target::HOST);
        let args: Vec<QualType> = self.args.iter().map(|ty| ty.describe(&mut types)).collect();
        let result = self.result.describe(&mut types);
        let call = cffi_callconv::Signature {
            fixed: self.fixed_args,
            ..cffi_callconv::Signature::new(result, &args)
        };
        f(&cffi_call::Signature { types: &types, call, abi: self.abi })
    }
}

impl ArgType {
    fn describe(&self, types: &mut Types) -> QualType {
        let prim = match self {
            ArgType::Void => return TypeId::VOID.into(),
            ArgType::Int { size, signed } => match (size, signed) {
                (1, true) => Prim::Int8,
                (1, false) => Prim::UInt8,
                (2, true) => Prim::Int16,
                (2, false) => Prim::UInt16,
                (4, true) => Prim::Int32,
                (4, false) => Prim::UInt32,
                (_, true) => Prim::Int64,
                (_, false) => Prim::UInt64,
            },
            ArgType::Float => Prim::Float,
            ArgType::Double => Prim::Double,
            ArgType::LongDouble => Prim::LongDouble,
            ArgType::Pointer => return types.pointer(TypeId::VOID.into()).into(),
            ArgType::Struct(s) => {
                let name = types.symbols.intern("m");
                let mut fields = Vec::new();
                for (offset, ty, count) in &s.fields {
                    let item = ty.describe(types);
                    let array = types.array(item, Length::Fixed(*count as u64));
                    let mut field = Field::new(name, if *count == 1 { item } else { array.into() });
                    field.bit_offset = *offset as u64 * 8;
                    fields.push(field);
                }
                let id = types.declare_record(RecordKind::Struct, Symbol::EMPTY);
                types.define_placed(id, &fields, s.size as u64, s.align as u64).expect("new");
                return types.record(id).ty.into();
            }
        };
        TypeId::of(prim).into()
    }
}
