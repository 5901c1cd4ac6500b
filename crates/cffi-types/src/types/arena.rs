//! The arena: making types and reading them.

use core::hash::Hash;

use crate::index::Index;
use crate::primitive::Prim;
use crate::symbol::{Symbol, Symbols};
use crate::target::Target;

use super::enumeration::{Enum, Enumerator};
use super::function::Function;
use super::journal::Journal;
use super::qualified::{QualType, Quals};
use super::record::{Field, Record};
use super::shape::{Length, Shape, TypeId, UnknownKind};

/// The C types of a set of declarations, on one target, with the names in them.
///
/// Memory grows with the text that the types are made from: there is one entry for each different type, and the size of
/// none depends on a number in the text.
#[derive(Clone, Debug)]
pub struct Types {
    pub(super) target: Target,
    /// The names of tags, members, parameters and typedefs, shared with the declarations.
    pub symbols: Symbols,
    nodes: Vec<Node>,
    pub(super) node_index: Index,
    pub(super) functions: Vec<Function>,
    pub(super) params: Vec<QualType>,
    pub(super) function_index: Index,
    pub(super) records: Vec<Record>,
    pub(super) fields: Vec<Field>,
    pub(super) enums: Vec<Enum>,
    pub(super) enumerators: Vec<Enumerator>,
    pub(super) va_list: Option<QualType>,
    pub(super) exhausted: bool,
    /// Whether a typedef requests an alignment.
    pub(super) aligned_aliases: bool,
    pub(super) journal: Option<Journal>,
}

/// A type in the arena.
#[derive(Copy, Clone, Debug)]
struct Node {
    shape: Shape,
    /// The type without typedef names.
    canonical: QualType,
}

impl Types {
    /// Makes an arena that contains the primitive types only.
    #[must_use]
    pub fn new(target: Target) -> Types {
        Types {
            target,
            symbols: Symbols::new(),
            nodes: Vec::new(),
            node_index: Index::default(),
            functions: Vec::new(),
            params: Vec::new(),
            function_index: Index::default(),
            records: Vec::new(),
            fields: Vec::new(),
            enums: Vec::new(),
            enumerators: Vec::new(),
            va_list: None,
            exhausted: false,
            aligned_aliases: false,
            journal: None,
        }
    }

    /// Returns the platform that sizes and layouts apply to.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Returns the shape of a type.
    ///
    /// A number from another arena that this one does not have gives [`Shape::Void`].
    #[must_use]
    pub fn shape(&self, ty: TypeId) -> Shape {
        match ty.arena_place() {
            Some(at) => self.nodes.get(at).map_or(Shape::Void, |node| node.shape),
            None => Prim::from_number(ty.number()).map_or(Shape::Void, Shape::Primitive),
        }
    }

    /// Returns the type without typedef names, at any depth. Two types are identical exactly if their canonical types
    /// are equal.
    #[must_use]
    pub fn canonical(&self, ty: QualType) -> QualType {
        match ty.id().arena_place().and_then(|at| self.nodes.get(at)) {
            Some(node) => node.canonical.with(ty.quals()),
            None => ty,
        }
    }

    /// Returns the shape of a type with its typedef names resolved, and the qualifiers that come from them.
    #[must_use]
    pub fn resolve(&self, ty: QualType) -> (Shape, Quals) {
        let canonical = self.canonical(ty);
        (self.shape(canonical.id()), canonical.quals())
    }

    /// Returns the number of types in the arena, without the primitive ones.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns the types in the arena, without the primitive ones, in the order in which they were made. The components
    /// of a type come before the type, except the members of structs and unions.
    pub fn ids(&self) -> impl Iterator<Item = TypeId> + use<> {
        (0..self.nodes.len() as u32).map(TypeId::in_arena)
    }

    /// Returns whether the arena contains primitive types only.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Returns whether more types were requested than there are numbers (2²⁸). Types made since then are `void`, so
    /// code that reads a source checks this at the end, and rejects the source.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// Returns the pointer type to a type.
    pub fn pointer(&mut self, to: QualType) -> TypeId {
        self.intern(Shape::Pointer(to))
    }

    /// Returns the array type with these items.
    pub fn array(&mut self, item: QualType, length: Length) -> TypeId {
        self.intern(Shape::Array { item, length })
    }

    /// Returns the vector type of `count` items (`__attribute__((vector_size))`).
    pub fn vector(&mut self, item: TypeId, count: u32) -> TypeId {
        self.intern(Shape::Vector { item, count })
    }

    /// Returns the type `_BitInt(bits)`, signed or unsigned.
    pub fn bit_int(&mut self, signed: bool, bits: u32) -> TypeId {
        self.intern(Shape::BitInt { signed, bits })
    }

    /// Returns whether a typedef requests an alignment. If none does, types have those of their canonical types.
    #[must_use]
    pub fn has_aligned_aliases(&self) -> bool {
        self.aligned_aliases
    }

    /// Returns the use of a typedef name, for printing. `align` is the alignment in bytes that the typedef requests, a
    /// power of two, or 0.
    pub fn alias(&mut self, name: Symbol, to: QualType, align: u32) -> TypeId {
        let align_log2 = if align.is_power_of_two() { align.trailing_zeros() as u8 + 1 } else { 0 };
        self.aligned_aliases |= align_log2 != 0;
        self.intern(Shape::Alias { name, to, align_log2 })
    }

    /// Returns a type that only the C compiler knows, such as `typedef int... name;`. Each name is a separate type.
    pub fn unknown(&mut self, name: Symbol, kind: UnknownKind) -> TypeId {
        self.intern(Shape::Unknown { name, kind })
    }

    /// Returns the type that a parameter declared with this type really has: a pointer for an array or a function.
    pub fn adjust_param(&mut self, declared: QualType) -> QualType {
        let (shape, _) = self.resolve(declared);
        match shape {
            Shape::Array { item, .. } => {
                // The item keeps its typedef names as written, unless the declared type is a typedef itself.
                let item = match self.shape(declared.id()) {
                    Shape::Array { item, .. } => item,
                    _ => item,
                };
                self.pointer(item.with(declared.quals())).into()
            }
            Shape::Function(_) => self.pointer(declared).into(),
            _ => declared,
        }
    }

    /// Returns the number of the type with this shape.
    pub(super) fn intern(&mut self, shape: Shape) -> TypeId {
        let mut hasher = self.node_index.hasher();
        shape.hash(&mut hasher);
        let hash = hasher.short();
        if let Some(at) = self.node_index.find(hash, |n| self.nodes[n as usize].shape == shape) {
            return TypeId::in_arena(at);
        }
        let at = self.nodes.len() as u32;
        if at >= TypeId::MAX_IN_ARENA {
            self.exhausted = true;
            return TypeId::VOID;
        }
        let ty = TypeId::in_arena(at);
        self.nodes.push(Node { shape, canonical: ty.into() });
        self.node_index.insert(hash, at);
        // The components of a canonical type are canonical, so the recursion ends after one level.
        let canonical = self.canonical_of(shape, ty);
        self.nodes[at as usize].canonical = canonical;
        ty
    }

    fn canonical_of(&mut self, shape: Shape, ty: TypeId) -> QualType {
        let canonical = match shape {
            Shape::Alias { to, .. } => return self.canonical(to),
            Shape::Pointer(to) => Shape::Pointer(self.canonical(to)),
            Shape::Array { item, length } => Shape::Array { item: self.canonical(item), length },
            Shape::Vector { item, count } => Shape::Vector { item: self.canonical(item.into()).id(), count },
            Shape::Function(function) => Shape::Function(self.canonical_function(function)),
            _ => return ty.into(),
        };
        if canonical == shape { ty.into() } else { self.intern(canonical).into() }
    }
}
