//! The types of a signature for calling conventions: ctypes as types of an arena.
//!
//! Nothing is decided here about registers. Whether a type can be passed is decided by the call plan; what the stock
//! backend refuses is noted, since its texts are used where the plan refuses too.

use std::sync::LazyLock;

use cffi_call::signature::{Abi, Signature};
use cffi_types::types::{Field as Member, Length, RecordKind};
use cffi_types::{Prim, QualType, Symbol, Target, TypeId, Types};

use super::aggregate::{Fields, layout};
use super::refusal::{Reason, Refusal, incomplete, missing_members};
use super::{Access, BitInt, CType, Detail, Field, Kind};
use cffi_rt::{Py, R, recursion};

/// The position of a value in a signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Position {
    Argument,
    Result,
}

/// The types of scalars, which need no arena of their own.
static SCALARS: LazyLock<(Types, QualType)> = LazyLock::new(|| {
    let mut types = Types::new(Target::HOST);
    let pointer = types.pointer(TypeId::VOID.into()).into();
    (types, pointer)
});

/// A signature in the terms of an arena.
pub(crate) struct ByValue {
    arena: Arena,
    args: Vec<QualType>,
    result: QualType,
    fixed: Option<usize>,
}

/// An arena with the structs and unions met so far.
#[derive(Default)]
struct Arena {
    /// Made for the first struct.
    types: Option<Box<Types>>,
    known: Vec<(*const CType, QualType)>,
    name: Symbol,
    /// The first type that the stock backend refuses.
    refusal: Option<Refusal>,
}

impl ByValue {
    /// Describes a signature. `fixed` is the number of declared arguments for a variadic call, whose other arguments have
    /// the types that [`crate::call`] gives them.
    ///
    /// # Errors
    /// `TypeError` for incomplete types, `NotImplementedError` for structs whose members are not all known.
    pub(crate) fn new(py: Py<'_>, args: &[&CType], result: &CType, fixed: Option<usize>) -> R<ByValue> {
        let mut arena = Arena::default();
        let result = arena.value(py, result, Position::Result)?;
        let mut types = py.room(cffi_memory::vec(args.len()))?;
        for (i, ct) in args.iter().enumerate() {
            let promoted = ct.access == Access::Char8 && fixed.is_some_and(|fixed| i >= fixed);
            types.push(match promoted {
                true => TypeId::of(Prim::Int).into(),
                false => arena.value(py, ct, Position::Argument)?,
            });
        }
        Ok(ByValue { arena, args: types, result, fixed })
    }

    /// Returns the signature for a plan.
    pub(crate) fn signature(&self, abi: Abi) -> Signature<'_> {
        let types = self.arena.types.as_deref().unwrap_or(&SCALARS.0);
        let call = cffi_call::CallSignature {
            fixed: self.fixed,
            ..cffi_call::CallSignature::new(self.result, &self.args)
        };
        Signature { types, call, abi }
    }

    /// Returns the first type that the stock backend does not pass, with the reason.
    pub(crate) fn refusal(self) -> Option<Refusal> {
        self.arena.refusal
    }

    /// Returns whether the stock backend refuses one of the types.
    pub(crate) fn is_refused_by_stock(&self) -> bool {
        self.arena.refusal.is_some()
    }
}

impl Arena {
    /// Describes an argument or result.
    fn value(&mut self, py: Py<'_>, ct: &CType, position: Position) -> R<QualType> {
        match ct.access {
            Access::Void if position == Position::Result => return Ok(TypeId::VOID.into()),
            Access::Array if ct.is_vector() => {}
            Access::Void | Access::Array | Access::OpenArray => {
                return Err(
                    incomplete(py, ct).unwrap_or_else(|| Refusal::of(ct, position, Reason::Kind).raise(py))
                );
            }
            _ => {}
        }
        self.ty(py, ct, position)
    }

    fn ty(&mut self, py: Py<'_>, ct: &CType, position: Position) -> R<QualType> {
        Ok(match ct.access {
            Access::Pointer => SCALARS.1,
            Access::Aggregate => self.record(py, ct, position)?,
            Access::Array if ct.is_vector() => self.vector(ct),
            Access::Array | Access::OpenArray => self.array(py, ct)?,
            Access::Void => TypeId::VOID.into(),
            Access::BitInt => self.bit_int(ct),
            _ => {
                if ct.access.is_complex() {
                    self.refuse(ct, position, Reason::Complex);
                }
                TypeId::of(primitive(ct)).into()
            }
        })
    }

    fn array(&mut self, py: Py<'_>, ct: &CType) -> R<QualType> {
        let Some(item) = ct.item() else { return Ok(TypeId::VOID.into()) };
        let item = self.ty(py, item, Position::Argument)?;
        let length = u64::try_from(ct.length()).map_or(Length::Open, Length::Fixed);
        Ok(self.types().array(item, length).into())
    }

    fn bit_int(&mut self, ct: &CType) -> QualType {
        let of = ct.bit_int().unwrap_or(BitInt { signed: false, bits: 1 });
        self.types().bit_int(of.signed, of.bits).into()
    }

    fn vector(&mut self, ct: &CType) -> QualType {
        let item = ct.item().map_or(TypeId::VOID, |item| TypeId::of(primitive(item)));
        let count = u32::try_from(ct.length()).unwrap_or(0);
        self.types().vector(item, count).into()
    }

    fn record(&mut self, py: Py<'_>, ct: &CType, position: Position) -> R<QualType> {
        if let Some((_, ty)) = self.known.iter().find(|(known, _)| std::ptr::eq(*known, ct)) {
            return Ok(*ty);
        }
        if let Some(raised) = incomplete(py, ct) {
            return Err(raised);
        }
        let _level = recursion::enter(py, c" while describing a struct for a call")?;
        let fields = ct.fields(py)?;
        if ct.kind == Kind::Union {
            self.refuse(ct, position, Reason::Union);
        }
        if ct.layout_has(layout::CUSTOM_FIELD_POS) {
            return Err(missing_members(py, ct, position));
        }
        if ct.layout_has(layout::FLATTENED) {
            self.refuse(ct, position, Reason::Anonymous);
        }
        if ct.layout_has(layout::WITH_PACKED_CHANGE) {
            self.refuse(ct, position, Reason::Packed);
        }
        // Members have names in an arena that was made before them.
        let _ = self.types();
        let count = fields.map_or(0, Fields::len);
        // The arena's lists grow by as much as is allocated here for a moment, so it is known that there is memory.
        drop(py.room(cffi_memory::vec::<Member>(count.saturating_mul(4)))?);
        let mut members = py.room(cffi_memory::vec(count))?;
        for field in fields.into_iter().flat_map(Fields::iter) {
            members.push(self.member(py, ct, field, position)?);
        }
        for bits in fields.map_or(&[][..], Fields::unnamed) {
            py.push(&mut members, self.unnamed(ct, bits))?;
        }
        if members.is_empty() {
            self.refuse(ct, position, Reason::Empty);
        }
        let kind = if ct.kind == Kind::Union { RecordKind::Union } else { RecordKind::Struct };
        let size = ct.size().unsigned_abs() as u64;
        // An alignment that is no power of two comes from a `pack` that compilers ignore.
        let align = 1_u64 << ct.length().max(1).unsigned_abs().ilog2();
        let ty = self.define(kind, &members, size, align, fields.map_or(1, Fields::natural_align));
        py.push(&mut self.known, (ct, ty))?;
        Ok(ty)
    }

    fn member(&mut self, py: Py<'_>, ct: &CType, field: &Field, position: Position) -> R<Member> {
        let offset = field.offset.max(0).unsigned_abs() as u64;
        if field.bitshift >= 0 {
            self.refuse(ct, position, Reason::BitFields);
            let ty = self.ty(py, &field.ct, position)?;
            let mut member = Member::bit_field(self.name, ty, field.width.bits().unsigned_abs().into());
            member.bit_offset = offset * 8 + u64::from(field.bitshift.unsigned_abs());
            // A union's own members begin where it begins. This one is a member of an anonymous struct.
            if ct.kind == Kind::Union && member.bit_offset > 0 {
                let size = ct.size().unsigned_abs() as u64;
                return Ok(Member::new(self.name, self.define(RecordKind::Struct, &[member], size, 1, 1)));
            }
            return Ok(member);
        }
        if field.bitshift == Field::EMPTY_ARRAY {
            self.refuse(ct, position, Reason::NoItems);
        }
        let mut member = Member::new(self.name, self.ty(py, &field.ct, Position::Argument)?);
        member.bit_offset = offset * 8;
        Ok(member)
    }

    /// Describes a bit-field without a name. One of an anonymous union counts as a member of a union.
    fn unnamed(&mut self, ct: &CType, bits: &cffi_types::layout::UnnamedBits) -> Member {
        let ty = match bits.precise {
            true => self.types().bit_int(true, 64).into(),
            false => TypeId::of(Prim::Int).into(),
        };
        let mut member = Member::bit_field(Symbol::EMPTY, ty, bits.width);
        member.bit_offset = bits.position;
        if bits.in_union && ct.kind != Kind::Union {
            let size = ct.size().unsigned_abs() as u64;
            return Member::new(self.name, self.define(RecordKind::Union, &[member], size, 1, 1));
        }
        // It is a member of an anonymous struct of the union.
        if !bits.in_union && ct.kind == Kind::Union {
            let size = ct.size().unsigned_abs() as u64;
            return Member::new(self.name, self.define(RecordKind::Struct, &[member], size, 1, 1));
        }
        member
    }

    fn define(
        &mut self,
        kind: RecordKind,
        members: &[Member],
        size: u64,
        align: u64,
        natural_align: u64,
    ) -> QualType {
        let types = self.types();
        let id = types.declare_record(kind, Symbol::EMPTY);
        // Cannot fail: the record is new.
        let _ = types.define_placed(id, members, size, align);
        types.set_natural_align(id, natural_align);
        types.record(id).ty.into()
    }

    /// Returns the arena, made now if there was none.
    fn types(&mut self) -> &mut Types {
        let name = &mut self.name;
        self.types.get_or_insert_with(|| {
            let mut types = Box::new(SCALARS.0.clone());
            *name = types.symbols.intern("member");
            types
        })
    }

    fn refuse(&mut self, ct: &CType, position: Position, reason: Reason) {
        self.refusal.get_or_insert_with(|| Refusal::of(ct, position, reason));
    }
}

/// Returns the primitive type by which values of a primitive type or enum are passed.
fn primitive(ct: &CType) -> Prim {
    let own = match &ct.detail {
        Detail::Primitive(primitive) => Prim::from_number(primitive.number.into()),
        _ => None,
    };
    own.unwrap_or(match ct.access {
        Access::I8 => Prim::Int8,
        Access::I16 => Prim::Int16,
        Access::I32 => Prim::Int32,
        Access::I64 => Prim::Int64,
        Access::U8 => Prim::UInt8,
        Access::U16 => Prim::UInt16,
        Access::U32 => Prim::UInt32,
        _ => Prim::UInt64,
    })
}
