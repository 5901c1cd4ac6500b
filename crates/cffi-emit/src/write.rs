//! Writing the tables, once everything that goes into them is known.

use cffi_abi::{Op, Opcode};
use cffi_types::Prim;
use cffi_types::types::{EnumId, RecordKind};

use crate::lower::Lower;
use crate::maker::Maker;
use crate::node::{Node, NodeId};
use crate::reason::LeftOut;
use crate::record::{Body, Member};
use crate::select::Part;
use crate::tables::{Global, TableEnum, TableField, TableRecord};
use rustc_hash::FxHashMap as HashMap;

const F_UNION: u32 = 0x01;
const F_CHECK_FIELDS: u32 = 0x02;
const F_PACKED: u32 = 0x04;
const F_EXTERNAL: u32 = 0x08;
const F_OPAQUE: u32 = 0x10;

impl Maker<'_> {
    /// Decides where each type is in the table: functions with their parameters first, then all others.
    pub(crate) fn place_types(&mut self) {
        let mut next = 0u32;
        let mut positions: HashMap<NodeId, u32> = HashMap::default();
        for node in &self.order {
            if let Node::Function(signature) = self.lower.nodes.get(*node) {
                positions.insert(*node, next);
                for (number, param) in signature.params.iter().enumerate() {
                    positions.entry(*param).or_insert(next + 1 + number as u32);
                }
                next += signature.params.len() as u32 + 2;
            }
        }
        for node in &self.order {
            if positions.contains_key(node) {
                continue;
            }
            positions.insert(*node, next);
            let two_words = matches!(
                self.lower.nodes.get(*node),
                Node::Array { length: Some(_), .. } | Node::CArray { .. }
            );
            next += if two_words { 2 } else { 1 };
        }
        self.tables.types = vec![Opcode::from_raw(0); next as usize];
        self.positions = positions;
    }

    pub(crate) fn write_types(&mut self) {
        for node in self.order.clone() {
            let at = self.positions[&node] as usize;
            let op = |op, target: NodeId| Opcode::new(op, self.positions[&target] as isize);
            match self.lower.nodes.get(node).clone() {
                Node::Void => self.tables.types[at] = Opcode::new(Op::Primitive, 0),
                Node::Primitive(prim) => self.tables.types[at] = primitive(prim),
                Node::Pointer { to, .. } | Node::NamedPointer { to, .. } | Node::FunctionPointer(to) => {
                    self.tables.types[at] = op(Op::Pointer, to);
                }
                Node::Array { item, length: None } => self.tables.types[at] = op(Op::OpenArray, item),
                // Such types are in C modules alone.
                Node::CArray { .. } | Node::Elided { .. } | Node::UnknownNumber { .. } => {}
                Node::Array { item, length: Some(length) } => {
                    self.tables.types[at] = op(Op::Array, item);
                    self.tables.types[at + 1] = Opcode::from_raw(length as usize);
                }
                Node::Record(_) | Node::Unknown(_) | Node::Synthetic(_) => {
                    self.tables.types[at] = Opcode::new(Op::StructUnion, self.records[&node].1 as isize);
                }
                Node::Enum(_) => self.tables.types[at] = Opcode::new(Op::Enum, self.enums[&node].1 as isize),
                Node::Function(signature) => {
                    let params: Vec<Opcode> = signature
                        .params
                        .iter()
                        .enumerate()
                        .map(|(number, param)| match self.lower.nodes.get(*param) {
                            Node::Primitive(prim) => primitive(*prim),
                            _ if self.positions[param] as usize == at + 1 + number => Opcode::from_raw(0),
                            _ => op(Op::Noop, *param),
                        })
                        .collect();
                    self.tables.types[at] = op(Op::Function, signature.result);
                    for (number, word) in params.into_iter().enumerate() {
                        // A parameter that is at home here is written with the other types.
                        if word.raw() != 0 {
                            self.tables.types[at + 1 + number] = word;
                        }
                    }
                    let end = isize::from(signature.variadic) | if signature.stdcall { 2 } else { 0 };
                    self.tables.types[at + 1 + signature.params.len()] = Opcode::new(Op::FunctionEnd, end);
                }
            }
        }
    }

    pub(crate) fn write_records(&mut self) {
        for node in self.order.clone() {
            let Some((name, _)) = self.records.get(&node).cloned() else { continue };
            let (kind, body) = match *self.lower.nodes.get(node) {
                Node::Record(id) => {
                    let problems =
                        self.lower.plans.get(id).map(|plan| plan.problems.clone()).unwrap_or_default();
                    for (member, reason) in problems {
                        let shown = self.lower.c_name(id);
                        let (name, kind) = if member.is_empty() {
                            (shown, self.lower.types().record(id).kind.keyword())
                        } else {
                            (format!("{shown}.{member}"), "member")
                        };
                        self.tables.left_out.push(LeftOut { name, kind, reason, span: None, decl: None });
                    }
                    (self.lower.types().record(id).kind, self.lower.body_of(node))
                }
                _ => (RecordKind::Struct, self.lower.body_of(node)),
            };
            let type_index = self.positions[&node];
            let union = if kind == RecordKind::Union { F_UNION } else { 0 };
            let external = self.is_external(node);
            let opaque = if body.is_none() && !self.is_listed(node) { F_OPAQUE } else { 0 };
            let record = match body {
                _ if external => {
                    TableRecord { type_index, flags: union | opaque | F_EXTERNAL, fields: Vec::new() }
                }
                None => TableRecord { type_index, flags: union | F_OPAQUE, fields: Vec::new() },
                Some(body) => TableRecord {
                    type_index,
                    flags: union | self.body_flags(body),
                    fields: body.members.iter().map(|member| self.field(member)).collect(),
                },
            };
            self.tables.records.insert(name, record);
        }
    }

    /// Returns whether the struct or union of a node is defined.
    fn is_listed(&self, node: NodeId) -> bool {
        matches!(*self.lower.nodes.get(node), Node::Record(id)
            if self.lower.file != Some(id) && self.lower.types().record(id).is_defined())
    }

    fn body_flags(&self, body: &Body) -> u32 {
        let anonymous = |member: &Member| {
            member.name.is_empty()
                && matches!(self.lower.nodes.get(member.node), Node::Record(_) | Node::Synthetic(_))
        };
        let check = if body.partial || body.members.iter().any(anonymous) { 0 } else { F_CHECK_FIELDS };
        check | if body.packed { F_PACKED } else { 0 }
    }

    fn field(&self, member: &Member) -> TableField {
        let op = if member.bits.is_some() { Op::Bitfield } else { Op::Noop };
        let op = Opcode::new(op, self.positions[&member.node] as isize);
        TableField { op, bits: member.bits, name: member.name.clone() }
    }

    pub(crate) fn write_enums(&mut self) {
        for node in self.order.clone() {
            let Some((name, _)) = self.enums.get(&node).cloned() else { continue };
            let Node::Enum(id) = *self.lower.nodes.get(node) else { continue };
            let enumerators = self.enumerators(id);
            let prim = enum_primitive(&self.lower, id);
            let type_index = self.positions[&node];
            self.tables.enums.insert(name, TableEnum { type_index, prim, enumerators });
        }
    }

    /// Adds the enumerators of an enum to the globals, and returns their names.
    fn enumerators(&mut self, id: EnumId) -> Vec<String> {
        let types = self.lower.types();
        let mut names = Vec::new();
        for enumerator in types.enumerators(id) {
            let Some(value) = enumerator.value() else { continue };
            let name = types.symbols.get(enumerator.name).to_owned();
            let op = Opcode::new(Op::Enum, -1);
            self.tables.globals.insert(name.clone(), Global { op, value });
            if let Some(decl) = self.lower.decls.ordinary(enumerator.name) {
                self.tables.sources.insert(name.clone(), decl);
            }
            names.push(name);
        }
        names
    }

    pub(crate) fn write_globals(&mut self) {
        for (name, (part, decl)) in std::mem::take(&mut self.globals) {
            let (op, value) = match part {
                Part::Function { node, .. } => {
                    (Opcode::new(Op::DlopenFunc, self.positions[&node] as isize), 0)
                }
                Part::Variable(node) => (Opcode::new(Op::GlobalVar, self.positions[&node] as isize), 0),
                Part::Constant(node) => (Opcode::new(Op::DlopenConst, self.positions[&node] as isize), 0),
                Part::Integer(value) => (Opcode::new(Op::ConstantInt, -1), value),
                _ => continue,
            };
            self.tables.sources.entry(name.clone()).or_insert(decl);
            // Enumerators are there already. A macro may repeat one, or hide it with another value.
            let global = self.tables.globals.entry(name).or_insert(Global { op, value });
            if let Part::Integer(_) = part {
                global.value = value;
            }
        }
    }
}

fn primitive(prim: Prim) -> Opcode {
    Opcode::new(Op::Primitive, prim as isize)
}

/// Returns the number of the fixed-size integer type that an enum has.
pub(crate) fn enum_primitive(lower: &Lower<'_>, id: EnumId) -> u32 {
    let types = lower.types();
    let e = types.enum_of(id);
    let signed = e.defined && types.is_signed(e.underlying.into()) == Some(true);
    let size = if e.defined { types.size(e.underlying).unwrap_or(4) } else { 4 };
    let prim = match (size, signed) {
        (1, true) => Prim::Int8,
        (1, false) => Prim::UInt8,
        (2, true) => Prim::Int16,
        (2, false) => Prim::UInt16,
        (8, true) => Prim::Int64,
        (8, false) => Prim::UInt64,
        (_, true) => Prim::Int32,
        (_, false) => Prim::UInt32,
    };
    prim as u32
}
