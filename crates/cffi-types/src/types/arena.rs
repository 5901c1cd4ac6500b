//! The arena itself: making types and looking at them.

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

/// The C types of a set of declarations, on one target, with the names that occur in them.
///
/// Memory grows with the text that the types are made from: one entry for each different type, and nothing that
/// is sized by a number in the text.
#[derive(Clone, Debug)]
pub struct Types {
    pub(super) target: Target,
    /// The names of tags, members, parameters and typedefs; shared with the declarations.
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
    /// An arena without types but the primitive ones.
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
            journal: None,
        }
    }

    /// The platform that sizes and layouts are for.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// What a type is.
    ///
    /// A number of another arena that this one does not have gives [`Shape::Void`].
    #[must_use]
    pub fn shape(&self, ty: TypeId) -> Shape {
        match ty.arena_place() {
            Some(at) => self.nodes.get(at).map_or(Shape::Void, |node| node.shape),
            None => Prim::from_number(ty.number()).map_or(Shape::Void, Shape::Primitive),
        }
    }

    /// The type without typedef names, at any depth. Two types are compatible in the sense of identity exactly if
    /// their canonical types are equal.
    #[must_use]
    pub fn canonical(&self, ty: QualType) -> QualType {
        match ty.id().arena_place().and_then(|at| self.nodes.get(at)) {
            Some(node) => node.canonical.with(ty.quals()),
            None => ty,
        }
    }

    /// What a type is once typedef names are resolved, with the qualifiers that come from them.
    #[must_use]
    pub fn resolve(&self, ty: QualType) -> (Shape, Quals) {
        let canonical = self.canonical(ty);
        (self.shape(canonical.id()), canonical.quals())
    }

    /// The number of types in the arena, primitive ones not counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are primitive types only.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Whether more types were asked for than have numbers (2²⁸). Types made since then are `void`, so whoever
    /// reads a source checks this when it ends, and refuses the source.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// The pointer to a type.
    pub fn pointer(&mut self, to: QualType) -> TypeId {
        self.intern(Shape::Pointer(to))
    }

    /// The array of a type.
    pub fn array(&mut self, item: QualType, length: Length) -> TypeId {
        self.intern(Shape::Array { item, length })
    }

    /// The vector of `count` items (`__attribute__((vector_size))`).
    pub fn vector(&mut self, item: TypeId, count: u32) -> TypeId {
        self.intern(Shape::Vector { item, count })
    }

    /// `_BitInt(bits)`, signed or unsigned.
    pub fn bit_int(&mut self, signed: bool, bits: u32) -> TypeId {
        self.intern(Shape::BitInt { signed, bits })
    }

    /// The use of a typedef name, for printing. `align` is the alignment in bytes that the typedef asks for, a
    /// power of two, or 0.
    pub fn alias(&mut self, name: Symbol, to: QualType, align: u32) -> TypeId {
        let align_log2 = if align.is_power_of_two() { align.trailing_zeros() as u8 + 1 } else { 0 };
        self.intern(Shape::Alias { name, to, align_log2 })
    }

    /// A type that only the C compiler knows: `typedef int... name;` and its kin. Each name is a type of its own.
    pub fn unknown(&mut self, name: Symbol, kind: UnknownKind) -> TypeId {
        self.intern(Shape::Unknown { name, kind })
    }

    /// The type that a parameter declared with this type really has: a pointer for an array or a function.
    pub fn adjust_param(&mut self, declared: QualType) -> QualType {
        let (shape, _) = self.resolve(declared);
        match shape {
            Shape::Array { item, .. } => {
                // The written item keeps typedef names where the declared type is no typedef itself.
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

    /// The number of a type of this shape.
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
        // The components of a canonical type are canonical, so this goes no deeper than one level.
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
