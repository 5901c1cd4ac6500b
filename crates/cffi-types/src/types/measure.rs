//! Sizes and alignments.

use crate::primitive::{Class, Prim, PrimKind};

use super::{Length, NoSize, QualType, RecordId, RecordState, Shape, TypeId, Types};

impl Types {
    /// Returns the size of a type in bytes: `sizeof`.
    ///
    /// # Errors
    /// The size does not exist, or is not known.
    pub fn size(&self, ty: TypeId) -> Result<u64, NoSize> {
        let mut ty = ty;
        let mut count = 1u64;
        loop {
            let own = match self.shape(ty) {
                Shape::Array { item, length } => {
                    let length = match length {
                        Length::Fixed(length) => length,
                        Length::Open => return Err(NoSize::OpenArray),
                        Length::Elided => return Err(NoSize::ElidedLength),
                        Length::Variable => return Err(NoSize::VariableLength),
                    };
                    count = count.checked_mul(length).ok_or(NoSize::TooLarge)?;
                    ty = item.id();
                    continue;
                }
                Shape::Alias { to, .. } => {
                    ty = to.id();
                    continue;
                }
                shape => self.own_size(shape)?,
            };
            let size = own.checked_mul(count).filter(|size| *size <= self.target().max_object_size());
            return size.ok_or(NoSize::TooLarge);
        }
    }

    /// Returns the alignment of a type in bytes: `_Alignof`, which is also its alignment as a member of a struct.
    ///
    /// # Errors
    /// The alignment does not exist, or is not known.
    pub fn align(&self, ty: TypeId) -> Result<u64, NoSize> {
        let mut ty = ty;
        loop {
            match self.shape(ty) {
                Shape::Array { item, .. } => ty = item.id(),
                Shape::Alias { to, align_log2: 0, .. } => ty = to.id(),
                Shape::Alias { align_log2, .. } => return Ok(1 << (align_log2 - 1)),
                shape => return self.own_align(shape),
            }
        }
    }

    /// Returns the largest width of a bit-field of this type; `None` for a type that is not an integer.
    #[must_use]
    pub fn widest_bit_field(&self, shape: Shape) -> Option<u32> {
        match shape {
            Shape::Primitive(Prim::Bool) => Some(1),
            Shape::Primitive(prim) if prim.is_integer() => {
                prim.scalar(self.target()).map(|scalar| u32::from(scalar.size) * 8)
            }
            Shape::BitInt { bits, .. } => Some(bits),
            Shape::Enum(id) => {
                let underlying = self.enum_of(id).underlying;
                self.widest_bit_field(self.shape(underlying))
            }
            _ => None,
        }
    }

    /// Returns whether a type is a signed integer, with typedef names resolved; `None` for a type that is not an
    /// integer.
    #[must_use]
    pub fn is_signed(&self, ty: QualType) -> Option<bool> {
        match self.resolve(ty).0 {
            Shape::Primitive(prim) if prim.is_integer() => Some(match prim.class(self.target()) {
                Class::Integer { signed } | Class::Char { signed } => signed,
                _ => false,
            }),
            Shape::BitInt { signed, .. } => Some(signed),
            Shape::Enum(id) => self.is_signed(self.enum_of(id).underlying.into()),
            _ => None,
        }
    }

    /// Returns whether a type is an integer or a floating-point number, complex or not.
    #[must_use]
    pub fn is_arithmetic(&self, ty: QualType) -> bool {
        match self.resolve(ty).0 {
            Shape::Primitive(prim) => {
                prim.is_integer()
                    || matches!(prim.kind(), PrimKind::Float | PrimKind::LongDouble | PrimKind::Complex)
            }
            Shape::BitInt { .. } | Shape::Enum(_) => true,
            _ => false,
        }
    }

    fn own_size(&self, shape: Shape) -> Result<u64, NoSize> {
        Ok(match shape {
            Shape::Primitive(prim) => {
                u64::from(prim.scalar(self.target()).ok_or(NoSize::Missing(prim))?.size)
            }
            Shape::Pointer(_) => u64::from(self.target().pointer.size),
            Shape::BitInt { bits, .. } => self.target().bit_int(bits).0,
            Shape::Vector { item, count } => self.vector_size(item, count)?,
            Shape::Record(id) => self.known_record(id)?.0,
            Shape::Enum(id) => return self.size(self.known_enum(id)?),
            other => return Err(no_size(other)),
        })
    }

    fn own_align(&self, shape: Shape) -> Result<u64, NoSize> {
        Ok(match shape {
            Shape::Primitive(prim) => {
                u64::from(prim.scalar(self.target()).ok_or(NoSize::Missing(prim))?.align)
            }
            Shape::Pointer(_) => u64::from(self.target().pointer.align),
            Shape::BitInt { bits, .. } => self.target().bit_int(bits).1,
            Shape::Vector { item, count } => {
                self.vector_size(item, count)?.min(u64::from(self.target().max_vector_align))
            }
            Shape::Record(id) => self.known_record(id)?.1,
            Shape::Enum(id) => return self.align(self.known_enum(id)?),
            other => return Err(no_size(other)),
        })
    }

    fn known_record(&self, id: RecordId) -> Result<(u64, u64), NoSize> {
        let record = self.record(id);
        match (record.state, record.size(), record.align()) {
            (_, Some(size), Some(align)) => Ok((size, align)),
            (RecordState::Opaque, ..) => Err(NoSize::Opaque(id)),
            (RecordState::Broken(_), ..) => Err(NoSize::Broken(id)),
            _ => Err(NoSize::Partial(id)),
        }
    }

    fn known_enum(&self, id: super::EnumId) -> Result<TypeId, NoSize> {
        let e = self.enum_of(id);
        if !e.defined {
            return Err(NoSize::OpaqueEnum(id));
        }
        if e.attributes.partial && e.attributes.fixed.is_none() {
            return Err(NoSize::PartialEnum(id));
        }
        Ok(e.underlying)
    }

    /// Returns the size of a vector, which is a power of two.
    fn vector_size(&self, item: TypeId, count: u32) -> Result<u64, NoSize> {
        let bytes = self.size(item)?.checked_mul(u64::from(count)).ok_or(NoSize::TooLarge)?;
        bytes.checked_next_power_of_two().ok_or(NoSize::TooLarge)
    }
}

fn no_size(shape: Shape) -> NoSize {
    match shape {
        Shape::Function(_) => NoSize::Function,
        Shape::Unknown { name, .. } => NoSize::Unknown(name),
        _ => NoSize::Void,
    }
}
