//! Collecting what goes into the tables: the declarations, and every type that they need.

use std::collections::BTreeMap;

use cffi_types::QualType;
use cffi_types::decls::{Decl, DeclFlags, DeclId, DeclKind, Decls};
use cffi_types::types::{RecordId, Shape};

use crate::lower::{Lower, Names};
use crate::node::{Node, NodeId};
use crate::reason::LeftOut;
use crate::select::Part;
use crate::tables::Tables;
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

/// The tables that are being made.
pub(crate) struct Maker<'a> {
    pub(crate) lower: Lower<'a>,
    pub(crate) tables: Tables,
    pub(crate) globals: BTreeMap<String, (Part, DeclId)>,
    pub(crate) typenames: BTreeMap<String, NodeId>,
    /// The types that included modules describe.
    pub(crate) external: HashSet<NodeId>,
    /// The structs and unions without a name that such types point to.
    pub(crate) external_targets: HashSet<NodeId>,
    /// Whether a node is part of the tables, by its number.
    pub(crate) marked: Vec<bool>,
    /// The nodes to mark, and in the end all marked ones.
    pub(crate) order: Vec<NodeId>,
    /// The name and place of each struct or union.
    pub(crate) records: HashMap<NodeId, (String, u32)>,
    pub(crate) enums: HashMap<NodeId, (String, u32)>,
    /// The place of each node in the table of types.
    pub(crate) positions: HashMap<NodeId, u32>,
}

impl<'a> Maker<'a> {
    pub(crate) fn new(decls: &'a Decls, names: Names) -> Maker<'a> {
        Maker {
            lower: Lower::new(decls, names),
            tables: Tables::default(),
            globals: BTreeMap::new(),
            typenames: BTreeMap::new(),
            external: HashSet::default(),
            external_targets: HashSet::default(),
            marked: Vec::new(),
            order: Vec::new(),
            records: HashMap::default(),
            enums: HashMap::default(),
            positions: HashMap::default(),
        }
    }

    /// Adds a declaration, or the reason why it is left out.
    pub(crate) fn take(&mut self, id: DeclId) {
        let decl = *self.lower.decls.decl(id);
        let name = self.lower.types().symbols.get(decl.name).to_owned();
        if decl.flags.contains(DeclFlags::INCLUDED) && self.stays_behind(&decl) {
            return;
        }
        match self.lower.part(id) {
            Ok(Part::Nothing) => {}
            Ok(Part::Type(node)) => {
                self.note_external(&decl, node);
                self.order.push(node);
            }
            Ok(Part::Typename(node)) => {
                self.note_external(&decl, node);
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

    /// Returns whether an included declaration is in the included module only: macros, and enums without a name.
    fn stays_behind(&self, decl: &Decl) -> bool {
        match (decl.kind, self.lower.types().resolve(decl.ty).0) {
            (DeclKind::Macro, _) => true,
            (DeclKind::Enum | DeclKind::Enumerator, Shape::Enum(id)) => {
                let e = self.lower.types().enum_of(id);
                e.tag.is_empty() && e.alias.is_empty()
            }
            _ => false,
        }
    }

    /// Returns whether an included module describes a struct or union.
    pub(crate) fn is_external(&self, node: NodeId) -> bool {
        self.external.contains(&node) || self.external_targets.contains(&node)
    }

    /// Notes that an included module describes the struct or union of a declaration.
    pub(crate) fn note_external(&mut self, decl: &Decl, node: NodeId) {
        if !decl.flags.contains(DeclFlags::INCLUDED) {
            return;
        }
        self.external.insert(node);
        if let Node::NamedPointer { to, .. } = *self.lower.nodes.get(node) {
            self.external_targets.insert(to);
        }
    }

    fn leave_out(&mut self, name: String, kind: &'static str, reason: String, decl: Option<DeclId>) {
        let span = decl.map(|id| self.lower.decls.decl(id).span);
        self.tables.left_out.push(LeftOut { name, kind, reason, span, decl });
    }

    /// Adds the typedef names that the selected declarations mention.
    pub(crate) fn take_mentioned(&mut self, selected: &[DeclId]) {
        for id in self.mentioned(selected) {
            let text = self.lower.types().symbols.get(self.lower.decls.decl(id).name).to_owned();
            if !self.typenames.contains_key(&text)
                && let Ok(Part::Typename(node)) = self.lower.part(id)
            {
                self.order.push(node);
                self.typenames.insert(text, node);
            }
        }
    }

    /// Returns the typedefs whose names the selected declarations mention.
    pub(crate) fn mentioned(&self, selected: &[DeclId]) -> Vec<DeclId> {
        let decls = self.lower.decls;
        let mut found = Vec::new();
        let mut seen = vec![false; decls.types.len() + 256];
        let mut work: Vec<QualType> = Vec::new();
        for id in selected {
            work.push(decls.decl(*id).ty);
            while let Some(ty) = work.pop() {
                if std::mem::replace(&mut seen[ty.id().number()], true) {
                    continue;
                }
                match decls.types.shape(ty.id()) {
                    Shape::Alias { name, to, .. } => {
                        let typedef =
                            decls.ordinary(name).filter(|id| decls.decl(*id).kind == DeclKind::Typedef);
                        if let Some(typedef) = typedef
                            && decls.types.canonical(decls.decl(typedef).ty) == decls.types.canonical(to)
                        {
                            found.push(typedef);
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
        found
    }

    /// Marks all types that the marked ones consist of.
    pub(crate) fn mark_all(&mut self) {
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
                Node::Array { item, .. } | Node::CArray { item, .. } | Node::Elided { item } => {
                    self.order.push(item);
                }
                Node::FunctionPointer(function) => self.order.push(function),
                Node::Function(signature) => {
                    self.order.extend_from_slice(&signature.params);
                    self.order.push(signature.result);
                }
                Node::Record(id) if self.external.contains(&node) => {
                    // Stock cffi's generator lists their members without a name, too.
                    if !self.lower.compiled {
                        self.mark_nameless_members(id);
                    }
                }
                Node::Record(id) => {
                    self.lower.plan(id);
                    self.mark_members(node);
                }
                Node::Synthetic(_) => self.mark_members(node),
                Node::Void
                | Node::Primitive(_)
                | Node::Enum(_)
                | Node::Unknown(_)
                | Node::UnknownNumber { .. } => {}
            }
        }
    }

    fn mark_nameless_members(&mut self, id: RecordId) {
        let types = self.lower.types();
        for field in types.fields(id).iter().filter(|field| field.name.is_empty()) {
            if let Shape::Record(inner) = types.resolve(field.ty).0
                && let Ok(node) = self.lower.record(inner)
            {
                self.order.push(node);
            }
        }
    }

    fn mark_members(&mut self, node: NodeId) {
        if let Some(body) = self.lower.body_of(node) {
            self.order.extend(body.members.iter().map(|member| member.node));
        }
    }

    /// Writes the tables.
    pub(crate) fn finish(mut self, names: Names) -> Tables {
        // Stock cffi's generator sorts types by their names with a mark at the end.
        let lower = &self.lower;
        self.order.sort_unstable_by(|a, b| lower.nodes.stock_order(*a, *b));
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
}
