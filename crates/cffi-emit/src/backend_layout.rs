//! The layout that the backend will compute from the members in a table.

use cffi_types::Prim;
use cffi_types::layout::{FieldClass, FieldSpec, Host, NestedField, Owner, Rules, Stated, layout, sflags};
use cffi_types::primitive::PrimKind;
use cffi_types::target::{Os, RecordRules};
use cffi_types::types::RecordKind;

use crate::lower::Lower;
use crate::node::{Node, NodeId};
use crate::record::{Body, Member};
use crate::stock;

impl Lower<'_> {
    /// Returns the layout that the backend gives a list of members; `None` if it refuses them.
    pub(crate) fn body(&self, kind: RecordKind, packed: bool, members: &[Member]) -> Option<Body> {
        let nested: Vec<Vec<NestedField<'_>>> = members.iter().map(|member| self.nested(member)).collect();
        let specs: Vec<FieldSpec<'_>> =
            members.iter().zip(&nested).map(|(member, nested)| self.spec(member, nested)).collect();
        let owner = Owner { name: "", is_union: kind == RecordKind::Union };
        let rules = self.rules(packed);
        let layout = layout(owner, &rules, &specs, Stated::default()).ok()?;
        if !stock::agrees(&rules, owner.is_union, &specs, &layout) {
            return None;
        }
        let names = layout
            .places
            .iter()
            .map(|place| match place.nested {
                Some(inner) => nested[place.source][inner].name.to_owned(),
                None => members[place.source].name.clone(),
            })
            .collect();
        Some(Body { packed, partial: false, members: members.to_vec(), layout, names })
    }

    fn rules(&self, packed: bool) -> Rules {
        let target = self.types().target();
        let bitfield_flag = match target.records {
            RecordRules::SystemV => sflags::GCC_X86_BITFIELDS,
            RecordRules::Arm => sflags::GCC_ARM_BITFIELDS,
            RecordRules::Msvc => sflags::MSVC_BITFIELDS,
        };
        let default_pack = if target.os == Os::Windows { 8 } else { 0x4000_0000 };
        let host = Host { bitfield_flag, big_endian: target.big_endian, default_pack };
        let flags = if packed { sflags::PACKED } else { 0 };
        Rules { refuse_shared_bytes: packed, ..Rules::from_flags(flags, 0, &host) }
    }

    fn nested(&self, member: &Member) -> Vec<NestedField<'_>> {
        let Some(body) = self.body_of(member.node).filter(|_| member.name.is_empty()) else {
            return Vec::new();
        };
        let places = body.layout.places.iter().zip(&body.names);
        places
            .map(|(place, name)| NestedField {
                name,
                offset: place.offset,
                bitshift: place.bitshift,
                bitsize: place.bitsize,
                flags: place.flags,
            })
            .collect()
    }

    fn spec<'n>(&self, member: &'n Member, nested: &'n [NestedField<'n>]) -> FieldSpec<'n> {
        let (size, align) = self.measure(member.node);
        let open = matches!(self.nodes.get(member.node), Node::Array { length: None, .. });
        FieldSpec {
            name: &member.name,
            type_name: "",
            size: (!open).then_some(size as usize),
            align: align as usize,
            explicit: 0,
            bitsize: member.bits,
            offset: None,
            class: self.class(member.node, nested),
        }
    }

    fn class<'n>(&self, node: NodeId, nested: &'n [NestedField<'n>]) -> FieldClass<'n> {
        match self.nodes.get(node) {
            Node::Primitive(prim) => match prim.kind() {
                PrimKind::Bool => FieldClass::Bool,
                PrimKind::Char => FieldClass::Char,
                PrimKind::Signed => FieldClass::Integer { signed: true },
                PrimKind::Unsigned => FieldClass::Integer { signed: false },
                _ => FieldClass::Other,
            },
            Node::Enum(_) => FieldClass::Integer { signed: false },
            Node::Array { length, .. } => FieldClass::Array { len: length.map(|length| length as usize) },
            Node::Record(_) | Node::Synthetic(_) => {
                let var_array = self.body_of(node).is_some_and(|body| body.layout.with_var_array);
                FieldClass::Aggregate { var_array, nested, unnamed: &[] }
            }
            _ => FieldClass::Other,
        }
    }

    pub(crate) fn body_of(&self, node: NodeId) -> Option<&Body> {
        match self.nodes.get(node) {
            Node::Record(id) => self.plans.get(*id)?.body.as_ref(),
            Node::Synthetic(number) => self.plans.synthetic.get(*number as usize),
            _ => None,
        }
    }

    /// Returns the size and alignment that the backend gives a type.
    pub(crate) fn measure(&self, node: NodeId) -> (u64, u64) {
        let target = self.types().target();
        let scalar =
            |prim: Prim| prim.scalar(target).map_or((0, 1), |s| (u64::from(s.size), u64::from(s.align)));
        match *self.nodes.get(node) {
            Node::Primitive(prim) => scalar(prim),
            Node::Pointer { .. } | Node::NamedPointer { .. } | Node::FunctionPointer(_) => {
                (u64::from(target.pointer.size), u64::from(target.pointer.align))
            }
            Node::Array { item, length } => {
                let (size, align) = self.measure(item);
                (size.saturating_mul(length.map_or(0, u64::from)), align)
            }
            Node::Enum(id) => {
                let underlying = self.types().enum_of(id).underlying;
                let size = self.types().size(underlying).unwrap_or(4);
                (size, self.types().align(underlying).unwrap_or(size))
            }
            Node::Void
            | Node::Function(_)
            | Node::Unknown(_)
            | Node::CArray { .. }
            | Node::Elided { .. }
            | Node::UnknownNumber { .. } => (0, 1),
            Node::Record(_) | Node::Synthetic(_) => {
                self.body_of(node).map_or((0, 1), |body| (body.layout.size as u64, body.layout.align as u64))
            }
        }
    }
}
