//! The members of structs and unions, and the types that a module needs.

use cffi_types::types::{Length, RecordId, RecordKind, RecordState, Shape};
use cffi_types::{QualType, Quals as CQuals};

use super::emitter::Emitter;
use super::error::EmitError;
use super::parts::Member;
use crate::lower::Names;
use crate::node::{Node, NodeId, Quals};
use rustc_hash::FxHashSet as HashSet;

/// The deepest nesting of anonymous structs and unions.
const DEEPEST: usize = 100;

impl Emitter<'_> {
    /// Returns whether a record has a list of members, which the module shows.
    pub(super) fn is_listed(&self, id: RecordId) -> bool {
        self.maker.lower.file != Some(id) && self.maker.lower.types().record(id).is_defined()
    }

    /// Finds the members of a record, once.
    pub(super) fn find_members(&mut self, node: NodeId, id: RecordId) -> Result<(), EmitError> {
        if self.members.contains_key(&id) {
            return Ok(());
        }
        let mut members = Vec::new();
        self.flatten(id, 0, &mut members)?;
        let pointer = self.maker.lower.nodes.name(node).to_owned() + " *";
        for member in &mut members {
            let access = format!("(({pointer})0)->{}", member.name);
            member.table = self.with_lengths(member.node, &access)?;
        }
        if self.names == Names::Standard && !self.shows_bit_fields(id) {
            members.retain(|member| member.bits.is_none());
        }
        self.members.insert(id, members);
        Ok(())
    }

    /// Returns whether the backend places the bit-fields of a record as C does.
    fn shows_bit_fields(&mut self, id: RecordId) -> bool {
        self.maker.lower.plan(id);
        let plan = self.maker.lower.plans.get(id);
        plan.and_then(|plan| plan.body.as_ref()).is_some_and(|body| !body.packed)
            && plan.is_some_and(|plan| plan.problems.is_empty() && plan.by_value)
    }

    fn flatten(&mut self, id: RecordId, depth: usize, out: &mut Vec<Member>) -> Result<(), EmitError> {
        if depth > DEEPEST {
            return Err(EmitError::not_implemented("structs are nested too deeply"));
        }
        for field in self.maker.lower.types().fields(id).to_vec() {
            let name = self.maker.lower.types().symbols.get(field.name).to_owned();
            if name.is_empty()
                && let Shape::Record(inner) = self.maker.lower.types().resolve(field.ty).0
            {
                self.flatten(inner, depth + 1, out)?;
                continue;
            }
            let node = match self.maker.lower.lower(field.ty) {
                Ok(node) => node,
                // A header has members that cffi does not know; the others are right without them.
                Err(_) if self.names == Names::Standard => continue,
                Err(reason) => return Err(EmitError::not_implemented(reason)),
            };
            let quals = self.quals(field.ty);
            out.push(Member { name, node, table: node, bits: field.bits(), quals });
        }
        Ok(())
    }

    /// Returns the qualifiers of a type, which those of an array's items belong to.
    pub(super) fn quals(&self, ty: QualType) -> Quals {
        let types = self.maker.lower.types();
        let (mut shape, mut quals) = types.resolve(ty);
        while let Shape::Array { item, .. } = shape {
            let (inner, more) = types.resolve(item);
            (shape, quals) = (inner, quals | more);
        }
        Quals {
            constant: quals.contains(CQuals::CONST),
            volatile: quals.contains(CQuals::VOLATILE),
            restrict: quals.contains(CQuals::RESTRICT),
        }
    }

    /// Returns whether a struct or union has a member that is `const`, so that C code can initialize it but not assign to it.
    pub(super) fn is_read_only(&self, id: RecordId) -> bool {
        let types = self.maker.lower.types();
        let mut seen: HashSet<RecordId> = HashSet::default();
        let mut work = vec![id];
        while let Some(id) = work.pop() {
            if !seen.insert(id) {
                continue;
            }
            for field in types.fields(id) {
                if self.quals(field.ty).constant {
                    return true;
                }
                let mut shape = types.resolve(field.ty).0;
                while let Shape::Array { item, .. } = shape {
                    shape = types.resolve(item).0;
                }
                if let Shape::Record(inner) = shape {
                    work.push(inner);
                }
            }
        }
        false
    }

    /// Returns a type in which arrays with `[...]` have the length of an object, given as a C expression.
    pub(super) fn with_lengths(&mut self, node: NodeId, object: &str) -> Result<NodeId, EmitError> {
        self.rewrite(node, object, |object| format!("{object}[0]"))
    }

    /// Like [`Emitter::with_lengths`], for the type of a typedef: the expression begins with `*`.
    pub(super) fn with_typedef_lengths(&mut self, node: NodeId, object: &str) -> Result<NodeId, EmitError> {
        self.rewrite(node, object, |object| format!("*{object}"))
    }

    fn rewrite(
        &mut self,
        node: NodeId,
        object: &str,
        first: impl Fn(&str) -> String + Copy,
    ) -> Result<NodeId, EmitError> {
        let (Node::Array { item, .. } | Node::CArray { item, .. } | Node::Elided { item }) =
            *self.maker.lower.nodes.get(node)
        else {
            return Ok(node);
        };
        let inner = self.rewrite(item, &first(object), first)?;
        let made = match self.maker.lower.nodes.get(node).clone() {
            Node::Array { length, .. } => Node::Array { item: inner, length },
            Node::CArray { length, .. } => Node::CArray { item: inner, length },
            _ => Node::CArray { item: inner, length: format!("_cffi_array_len({object})").into() },
        };
        self.add(made, "")
    }

    pub(super) fn add(&mut self, node: Node, base: &str) -> Result<NodeId, EmitError> {
        self.maker.lower.add(node, base).map_err(EmitError::not_implemented)
    }

    /// Returns whether only the C compiler knows the layout.
    pub(super) fn is_partial(&self, id: RecordId) -> bool {
        self.is_partial_inside(id, 0)
    }

    fn is_partial_inside(&self, id: RecordId, depth: usize) -> bool {
        let types = self.maker.lower.types();
        let record = types.record(id);
        if depth > DEEPEST || record.attributes.partial {
            return true;
        }
        if record.state == RecordState::Complete {
            return false;
        }
        types.fields(id).iter().any(|field| {
            let (mut ty, mut named) = (field.ty, false);
            loop {
                named |= self.is_named_array(ty);
                match types.resolve(ty).0 {
                    Shape::Array { item, length } => {
                        if length == Length::Elided && !named {
                            return true;
                        }
                        ty = item;
                    }
                    Shape::Record(inner) => {
                        return ty == field.ty
                            && types.record(inner).kind == RecordKind::Struct
                            && self.is_partial_inside(inner, depth + 1);
                    }
                    _ => return false,
                }
            }
        })
    }

    /// Returns whether a typedef name denotes an array, whose length is that of the typedef.
    fn is_named_array(&self, ty: QualType) -> bool {
        matches!(self.maker.lower.types().shape(ty.id()), Shape::Alias { .. })
    }

    /// Marks all types that the marked ones consist of.
    pub(super) fn mark_all(&mut self) -> Result<(), EmitError> {
        let mut done = 0;
        while done < self.maker.order.len() {
            let node = self.maker.order[done];
            if self.maker.marked.len() < self.maker.lower.nodes.len() {
                self.maker.marked.resize(self.maker.lower.nodes.len(), false);
            }
            if std::mem::replace(&mut self.maker.marked[node.index()], true) {
                self.maker.order.swap_remove(done);
                continue;
            }
            done += 1;
            match self.maker.lower.nodes.get(node).clone() {
                Node::Pointer { to, .. } | Node::NamedPointer { to, .. } => self.maker.order.push(to),
                Node::Array { item, .. } | Node::CArray { item, .. } => self.maker.order.push(item),
                Node::Elided { .. } => {
                    let shown = self.maker.lower.nodes.name(node).replace("/*...*/", "...");
                    return Err(EmitError::verification(format!(
                        "type {shown} badly placed: the '...' array length can only be used on global arrays or on \
                         fields of structures"
                    )));
                }
                Node::FunctionPointer(function) => self.maker.order.push(function),
                Node::Function(signature) => {
                    self.maker.order.extend_from_slice(&signature.params);
                    self.maker.order.push(signature.result);
                }
                Node::Record(id) if self.is_listed(id) && !self.maker.external.contains(&node) => {
                    self.find_members(node, id)?;
                    let members = self.members.get(&id).map(Vec::as_slice).unwrap_or_default();
                    self.maker.order.extend(members.iter().map(|member| member.table));
                }
                Node::Record(_)
                | Node::Synthetic(_)
                | Node::Void
                | Node::Primitive(_)
                | Node::Enum(_)
                | Node::Unknown(_)
                | Node::UnknownNumber { .. } => {}
            }
        }
        Ok(())
    }
}
