//! The tables of an out-of-line ABI module, in the format of the stock generator.
//!
//! A table of types is a list of words, each an operation with an argument: functions first, then all other types, both
//! in the order of their names. The other tables are sorted by name, as the backend searches them by bisection.

use std::collections::{BTreeMap, HashMap};

use cffi_abi::{Op, Opcode};
use cffi_types::decls::{DeclId, DeclKind, Decls};
use cffi_types::types::{EnumId, RecordKind, Shape};
use cffi_types::{Prim, QualType, TypeId};

use crate::lower::{Lower, Names};
use crate::node::{Node, NodeId};
use crate::reason::LeftOut;
use crate::record::{Body, Member};
use crate::select::Part;

/// A constant that is no entry of a table but an attribute of the module.
#[derive(Clone, PartialEq, Debug)]
pub enum Attribute {
    /// A floating-point number.
    Float(f64),
    /// A string of `char`.
    Bytes(Vec<u8>),
    /// A string of wide characters.
    Text(String),
    /// A number that is cast to a pointer.
    Pointer {
        /// The pointer type as cffi prints it.
        ctype: String,
        /// The address.
        value: i128,
    },
}

/// An entry for a function, a variable or an integer constant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Global {
    /// The operation that says what the entry is.
    pub op: Opcode,
    /// The value of a constant, or 0.
    pub value: i128,
}

/// A member of a struct or union.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableField {
    /// The operation with the member's type.
    pub op: Opcode,
    /// The width of a bit-field.
    pub bits: Option<u32>,
    /// The name; empty for an anonymous struct or union and for an unnamed bit-field.
    pub name: String,
}

/// A struct or union.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableRecord {
    /// The number of its type.
    pub type_index: u32,
    /// The flags of the binary contract.
    pub flags: u32,
    /// Its members.
    pub fields: Vec<TableField>,
}

/// An enum.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableEnum {
    /// The number of its type.
    pub type_index: u32,
    /// The primitive type that its values have.
    pub prim: u32,
    /// The names of its enumerators.
    pub enumerators: Vec<String>,
}

/// All tables of a module.
#[derive(Clone, Default, Debug)]
pub struct Tables {
    /// The words that describe the types.
    pub types: Vec<Opcode>,
    /// Functions, variables and integer constants by their names.
    pub globals: BTreeMap<String, Global>,
    /// Structs and unions by their names.
    pub records: BTreeMap<String, TableRecord>,
    /// Enums by their names.
    pub enums: BTreeMap<String, TableEnum>,
    /// The numbers of the types of typedef names.
    pub typenames: BTreeMap<String, u32>,
    /// Constants that the tables cannot hold.
    pub attributes: BTreeMap<String, Attribute>,
    /// Functions whose name in C differs from the symbol in the library: name to symbol.
    pub labels: BTreeMap<String, String>,
    /// The declarations that are in the tables, by the names of the globals.
    pub sources: BTreeMap<String, DeclId>,
    /// What is missing.
    pub left_out: Vec<LeftOut>,
}

/// Makes the tables of some declarations.
///
/// Structs, unions and enums that they use are added. So are the typedef names that they mention if `names` is
/// [`Names::Standard`].
#[must_use]
pub fn tables(decls: &Decls, selected: &[DeclId], names: Names) -> Tables {
    let mut maker = Maker {
        lower: Lower::new(decls, names),
        tables: Tables::default(),
        globals: BTreeMap::new(),
        typenames: BTreeMap::new(),
        marked: Vec::new(),
        order: Vec::new(),
        records: HashMap::new(),
        enums: HashMap::new(),
        positions: HashMap::new(),
    };
    for id in selected {
        maker.take(*id);
    }
    if names == Names::Standard {
        maker.take_mentioned(selected);
    }
    maker.mark_all();
    maker.finish(names)
}

struct Maker<'a> {
    lower: Lower<'a>,
    tables: Tables,
    globals: BTreeMap<String, (Part, DeclId)>,
    typenames: BTreeMap<String, NodeId>,
    /// Whether a node is part of the tables, by its number.
    marked: Vec<bool>,
    /// The nodes to mark, and in the end all marked ones.
    order: Vec<NodeId>,
    /// The name and place of each struct or union.
    records: HashMap<NodeId, (String, u32)>,
    enums: HashMap<NodeId, (String, u32)>,
    /// The place of each node in the table of types.
    positions: HashMap<NodeId, u32>,
}

const F_UNION: u32 = 0x01;
const F_CHECK_FIELDS: u32 = 0x02;
const F_PACKED: u32 = 0x04;
const F_OPAQUE: u32 = 0x10;

impl Maker<'_> {
    fn take(&mut self, id: DeclId) {
        let decl = *self.lower.decls.decl(id);
        let name = self.lower.types().symbols.get(decl.name).to_owned();
        match self.lower.part(id) {
            Ok(Part::Nothing) => {}
            Ok(Part::Type(node)) => self.order.push(node),
            Ok(Part::Typename(node)) => {
                let types = self.lower.types();
                let (own, bare) = (types.align(decl.ty.id()), types.align(types.canonical(decl.ty).id()));
                if let (Ok(own), Ok(bare)) = (own, bare)
                    && own != bare
                {
                    let reason = format!("its alignment is {bare} in the table and {own} in C");
                    self.leave_out(name.clone(), decl.kind.name(), reason, Some(id));
                }
                self.order.push(node);
                self.typenames.insert(name, node);
            }
            Ok(Part::Attribute(attribute)) => {
                self.tables.attributes.insert(name.clone(), attribute);
                self.tables.sources.entry(name).or_insert(id);
            }
            Ok(part) => {
                let mut name = name;
                if let Part::Function { symbol, .. } = part {
                    let symbol = self.lower.types().symbols.get(symbol).to_owned();
                    if symbol != name {
                        self.tables.labels.insert(std::mem::replace(&mut name, symbol.clone()), symbol);
                    }
                }
                if let Part::Function { node, .. } | Part::Variable(node) | Part::Constant(node) = part {
                    self.order.push(node);
                }
                let known = self.globals.get(&name);
                // A macro may have the name of a function, which it calls.
                if decl.kind != DeclKind::Macro || known.is_none() {
                    self.globals.insert(name, (part, id));
                }
            }
            Err(reason) => {
                let unknown = decl.kind == DeclKind::Macro && self.globals.contains_key(&name);
                if !unknown {
                    self.leave_out(name, decl.kind.name(), reason, Some(id));
                }
            }
        }
    }

    fn leave_out(&mut self, name: String, kind: &'static str, reason: String, decl: Option<DeclId>) {
        let span = decl.map(|id| self.lower.decls.decl(id).span);
        self.tables.left_out.push(LeftOut { name, kind, reason, span, decl });
    }

    /// Adds the typedef names that the selected declarations mention.
    fn take_mentioned(&mut self, selected: &[DeclId]) {
        let decls = self.lower.decls;
        let mut seen = vec![false; decls.types.len() + 256];
        let mut work: Vec<QualType> = Vec::new();
        for id in selected {
            let decl = decls.decl(*id);
            work.push(decl.ty);
            while let Some(ty) = work.pop() {
                if std::mem::replace(&mut seen[ty.id().number()], true) {
                    continue;
                }
                match decls.types.shape(ty.id()) {
                    Shape::Alias { name, to, .. } => {
                        let typedef =
                            decls.ordinary(name).filter(|id| decls.decl(*id).kind == DeclKind::Typedef);
                        let text = decls.types.symbols.get(name);
                        if let Some(typedef) = typedef.filter(|_| !self.typenames.contains_key(text))
                            && decls.types.canonical(decls.decl(typedef).ty) == decls.types.canonical(to)
                            && let Ok(Part::Typename(node)) = self.lower.part(typedef)
                        {
                            self.order.push(node);
                            self.typenames.insert(text.to_owned(), node);
                        }
                        work.push(to);
                    }
                    Shape::Pointer(to) => work.push(to),
                    Shape::Array { item, .. } => work.push(item),
                    Shape::Function(id) => {
                        let function = decls.types.function_of(id);
                        work.push(function.result);
                        work.extend_from_slice(decls.types.params(function));
                    }
                    Shape::Record(id) if self.lower.file == Some(id) => {}
                    Shape::Record(id) => work.extend(decls.types.fields(id).iter().map(|field| field.ty)),
                    _ => {}
                }
            }
        }
    }

    /// Marks all types that the marked ones consist of.
    fn mark_all(&mut self) {
        let mut done = 0;
        while done < self.order.len() {
            let node = self.order[done];
            if self.marked.len() < self.lower.nodes.len() {
                self.marked.resize(self.lower.nodes.len(), false);
            }
            if std::mem::replace(&mut self.marked[node.index()], true) {
                self.order.swap_remove(done);
                continue;
            }
            done += 1;
            match self.lower.nodes.get(node).clone() {
                Node::Pointer { to, .. } | Node::NamedPointer { to, .. } => self.order.push(to),
                Node::Array { item, .. } => self.order.push(item),
                Node::FunctionPointer(function) => self.order.push(function),
                Node::Function(signature) => {
                    self.order.extend(signature.params);
                    self.order.push(signature.result);
                }
                Node::Record(id) => {
                    self.lower.plan(id);
                    self.mark_members(node);
                }
                Node::Synthetic(_) => self.mark_members(node),
                Node::Void | Node::Primitive(_) | Node::Enum(_) | Node::Unknown(_) => {}
            }
        }
    }

    fn mark_members(&mut self, node: NodeId) {
        if let Some(body) = self.lower.body_of(node) {
            self.order.extend(body.members.iter().map(|member| member.node));
        }
    }

    fn finish(mut self, names: Names) -> Tables {
        // Stock cffi's generator sorts types by their names with a mark at the end.
        let lower = &self.lower;
        self.order.sort_by_cached_key(|node| (format!("{}>", lower.nodes.name(*node)), *node));
        self.name_types(names);
        self.place_types();
        self.write_types();
        self.write_records();
        self.write_enums();
        self.write_globals();
        self.tables.typenames =
            self.typenames.iter().map(|(name, node)| (name.clone(), self.positions[node])).collect();
        let file = self.order.iter().find(|node| self.lower.is_file(**node));
        if let Some(file) = file {
            self.tables.typenames.insert("FILE".to_owned(), self.positions[file]);
        }
        self.tables
    }

    /// Gives each struct, union and enum the name by which the backend finds it.
    fn name_types(&mut self, names: Names) {
        let types = self.lower.types();
        let mut nameless: Vec<(TypeId, NodeId)> = Vec::new();
        let mut synthetic = Vec::new();
        let (mut records, mut enums) = (Vec::new(), Vec::new());
        for node in &self.order {
            if self.lower.is_file(*node) {
                records.push(("_IO_FILE".to_owned(), *node));
                continue;
            }
            let (tag, alias, ty, list) = match *self.lower.nodes.get(*node) {
                Node::Record(id) => {
                    let record = types.record(id);
                    (record.tag, record.alias, record.ty, &mut records)
                }
                Node::Enum(id) => {
                    let e = types.enum_of(id);
                    (e.tag, e.alias, e.ty, &mut enums)
                }
                Node::Unknown(name) => {
                    let mark = if self.lower.is_unknown_pointer(name) { "$$" } else { "$" };
                    records.push((format!("{mark}{}", types.symbols.get(name)), *node));
                    continue;
                }
                Node::Synthetic(number) => {
                    synthetic.push((number, *node));
                    continue;
                }
                _ => continue,
            };
            if !tag.is_empty() {
                list.push((types.symbols.get(tag).to_owned(), *node));
            } else if !alias.is_empty() {
                list.push((format!("${}", types.symbols.get(alias)), *node));
            } else {
                nameless.push((ty, *node));
            }
        }
        nameless.sort_unstable();
        synthetic.sort_unstable();
        let all = self.lower.nameless.len();
        let numbered = nameless.iter().enumerate().map(|(place, (ty, node))| {
            // Stock cffi numbers all of a text; a part of a header gets numbers that do not depend on the other parts.
            let number = if names == Names::Declared { self.lower.nameless[ty] } else { place };
            (number, *node)
        });
        let numbered: Vec<(usize, NodeId)> = numbered
            .chain(
                synthetic
                    .into_iter()
                    .map(|(_, node)| node)
                    .enumerate()
                    .map(|(place, node)| (all + place, node)),
            )
            .collect();
        for (number, node) in numbered {
            let list =
                if matches!(self.lower.nodes.get(node), Node::Enum(_)) { &mut enums } else { &mut records };
            list.push((format!("${}", number + 1), node));
        }
        let place = |mut list: Vec<(String, NodeId)>| {
            list.sort();
            list.into_iter().enumerate().map(|(at, (name, node))| (node, (name, at as u32))).collect()
        };
        self.records = place(records);
        self.enums = place(enums);
    }

    /// Decides where each type is in the table: functions with their parameters first, then all others.
    fn place_types(&mut self) {
        let mut next = 0u32;
        let mut positions: HashMap<NodeId, u32> = HashMap::new();
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
            next += if matches!(self.lower.nodes.get(*node), Node::Array { length: Some(_), .. }) {
                2
            } else {
                1
            };
        }
        self.tables.types = vec![Opcode::from_raw(0); next as usize];
        self.positions = positions;
    }

    fn write_types(&mut self) {
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

    fn write_records(&mut self) {
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
            let record = match body {
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

    fn write_enums(&mut self) {
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

    fn write_globals(&mut self) {
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
            // Enumerators are there already, and a macro may repeat one.
            self.tables.globals.entry(name).or_insert(Global { op, value });
        }
    }
}

fn primitive(prim: Prim) -> Opcode {
    Opcode::new(Op::Primitive, prim as isize)
}

/// Returns the number of the fixed-size integer type that an enum has.
fn enum_primitive(lower: &Lower<'_>, id: EnumId) -> u32 {
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
