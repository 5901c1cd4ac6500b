//! Plans: how a table describes a struct or union.
//!
//! A table states neither offsets nor sizes: the backend computes them from the types of the members, either by the
//! platform's rules or with all alignments 1. A plan is made of members, and of padding where C's layout is another
//! one. It is kept only if the backend's rules, computed here, place every member where C has it.

use cffi_types::Prim;
use cffi_types::layout::Layout;
use cffi_types::types::{Field, RecordId, RecordKind, RecordState, Shape};

use crate::lower::{Lower, Names, Reason};
use crate::node::{Node, NodeId};
use rustc_hash::FxHashMap as HashMap;

/// A member as the table has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) node: NodeId,
    pub(crate) bits: Option<u32>,
}

/// The description of a struct or union in a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// `None` for a struct whose members the table does not contain.
    pub(crate) body: Option<Body>,
    /// Why members are missing, or differ from C: the member's name (empty for the whole) and the reason.
    pub(crate) problems: Vec<(String, Reason)>,
    /// Whether the backend can pass the struct by value as C does, if it can pass such structs at all.
    pub(crate) by_value: bool,
}

/// The members of a struct or union, and the layout that the backend gives them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    pub(crate) packed: bool,
    /// Whether there are further members that only the C compiler knows.
    pub(crate) partial: bool,
    pub(crate) members: Vec<Member>,
    pub(crate) layout: Layout,
    /// The names of the fields that the backend sees, by their places.
    pub(crate) names: Vec<String>,
}

/// All plans, and the structs that only the table has.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    plans: HashMap<RecordId, Plan>,
    pub(crate) synthetic: Vec<Body>,
    /// The paddings among them by their size.
    paddings: HashMap<u64, NodeId>,
}

impl Plans {
    pub(crate) fn get(&self, id: RecordId) -> Option<&Plan> {
        self.plans.get(&id)
    }
}

/// The largest padding in bytes. A larger gap makes the struct opaque.
const WIDEST_PADDING: u64 = 4096;

impl Lower<'_> {
    /// Makes the plan of a struct or union, once.
    pub(crate) fn plan(&mut self, id: RecordId) {
        if self.plans.plans.contains_key(&id) {
            return;
        }
        let plan = self.deeper(|lower| lower.make_plan(id)).unwrap_or_else(|| Plan {
            problems: vec![(String::new(), "structs are nested too deeply".to_owned())],
            ..Plan::default()
        });
        self.plans.plans.insert(id, plan);
    }

    fn make_plan(&mut self, id: RecordId) -> Plan {
        let record = *self.types().record(id);
        if self.file == Some(id) || !record.is_defined() {
            return Plan::default();
        }
        let mut plan = Plan::default();
        if record.state != RecordState::Complete {
            let reason = self.types().layout_problem(id).map_or_else(
                || "only the C compiler knows its layout".to_owned(),
                |problem| problem.to_string(),
            );
            plan.problems.push((String::new(), reason));
        }
        if self.names == Names::Declared {
            plan.body = self.declared(id);
            return plan;
        }
        if record.state != RecordState::Complete {
            return plan;
        }
        let fields = self.types().fields(id).to_vec();
        plan.by_value = true;
        let members: Vec<Member> = fields.iter().map(|field| self.member(id, field, &mut plan)).collect();
        for packed in [false, true] {
            if let Some(body) = self.body(record.kind, packed, &members)
                && self.agrees(id, &fields, &body)
                // With all alignments 1, C's own alignment is lost.
                && (body.layout.align as u64 == record.align().unwrap_or(1))
            {
                plan.body = Some(body);
                return plan;
            }
        }
        plan.by_value = false;
        let plain: Vec<Member> = members.iter().filter(|member| member.bits.is_none()).cloned().collect();
        for (members, fields) in [(members, fields.clone()), (plain, without_bit_fields(&fields))] {
            for packed in [false, true] {
                let padded = self.pad(id, packed, &fields, &members);
                if let Some(body) = padded.and_then(|padded| self.body(record.kind, packed, &padded))
                    && self.agrees(id, &fields, &body)
                {
                    self.note_bit_fields(id, &fields, &mut plan);
                    let align = record.align().unwrap_or(1);
                    if body.layout.align as u64 != align {
                        let text =
                            format!("its alignment is {} in the table and {align} in C", body.layout.align);
                        plan.problems.push((String::new(), text));
                    }
                    plan.body = Some(body);
                    return plan;
                }
            }
        }
        plan.problems.push((String::new(), "the table cannot express its layout".to_owned()));
        plan
    }

    /// Returns the members of a struct in a `cdef()` as the stock generator does. The backend lays them out, a partial
    /// struct as if it had no other members.
    fn declared(&mut self, id: RecordId) -> Option<Body> {
        let record = *self.types().record(id);
        let mut members = Vec::new();
        let mut partial = record.state == RecordState::Partial;
        for field in self.types().fields(id).to_vec() {
            let node = self.lower(field.ty).ok()?;
            if self.opaque_part(node).is_some() {
                return None;
            }
            if let Node::Record(inner) = *self.nodes.get(node) {
                let known = self.body_of(node).is_some_and(|body| body.partial);
                partial |= known && self.types().record(inner).kind == RecordKind::Struct;
            }
            let name = self.types().symbols.get(field.name).to_owned();
            members.push(Member { name, node, bits: field.bits() });
        }
        let packed = record.attributes.packed || record.attributes.pack == 1;
        let body = self.body(record.kind, packed, &members);
        // A layout that the backend refuses is refused when the struct is used.
        let unplaced = || Body { packed, members: members.clone(), ..Body::default() };
        Some(Body { partial, ..body.unwrap_or_else(unplaced) })
    }

    /// Adds a problem for each bit-field of a record that a list of members lacks.
    fn note_bit_fields(&self, id: RecordId, kept: &[Field], plan: &mut Plan) {
        if kept.iter().any(|field| field.bits().is_some()) {
            return;
        }
        for field in self.types().fields(id).iter().filter(|field| field.bits().is_some()) {
            let name = self.types().symbols.get(field.name);
            if !name.is_empty() {
                plan.problems.push((name.to_owned(), "the table cannot express its place".to_owned()));
            }
        }
    }

    /// Returns a member with its type. If cffi does not know the type, the member consists of bytes.
    fn member(&mut self, owner: RecordId, field: &Field, plan: &mut Plan) -> Member {
        let name = self.types().symbols.get(field.name).to_owned();
        let reason = match self.lower_member(owner, field.ty) {
            Ok(node) => match self.opaque_part(node) {
                None => {
                    plan.by_value &= self.passes_by_value(node);
                    return Member { name, node, bits: field.bits() };
                }
                Some(reason) => reason,
            },
            Err(reason) => reason,
        };
        plan.by_value = false;
        let bytes = self.types().size(field.ty.id()).unwrap_or(0);
        let node = self.bytes(&name, bytes);
        let what = if bytes == 0 { "is left out" } else { "consists of bytes" };
        plan.problems.push((name, format!("{reason}, so it {what}")));
        // The name is in the struct around the bytes.
        Member { name: String::new(), node, bits: None }
    }

    /// Returns the reason why the backend cannot have a member of this type, if there is one.
    fn opaque_part(&mut self, node: NodeId) -> Option<Reason> {
        let mut node = node;
        loop {
            match *self.nodes.get(node) {
                Node::Array { item, .. } => node = item,
                Node::Record(id) => {
                    self.plan(id);
                    let opaque = self.plans.get(id).is_none_or(|plan| plan.body.is_none());
                    return opaque.then(|| format!("{} has no members in the table", self.nodes.name(node)));
                }
                Node::Function(_) | Node::Void | Node::Unknown(_) => {
                    return Some("its type has no size".to_owned());
                }
                _ => return None,
            }
        }
    }

    /// Returns whether the backend would pass a struct with a member of this type as C does.
    pub(crate) fn passes_by_value(&mut self, node: NodeId) -> bool {
        match *self.nodes.get(node) {
            Node::Array { item, .. } => self.passes_by_value(item),
            Node::Record(id) => {
                self.plan(id);
                self.plans.get(id).is_some_and(|plan| plan.by_value)
            }
            Node::Synthetic(_) => false,
            _ => true,
        }
    }

    /// Returns a struct without a name that contains bytes under a name.
    fn bytes(&mut self, name: &str, count: u64) -> NodeId {
        let count = u32::try_from(count).unwrap_or(0);
        let byte = self.add(Node::Primitive(Prim::UChar), "");
        let array = byte.and_then(|item| self.add(Node::Array { item, length: Some(count) }, ""));
        let members = array.map(|node| vec![Member { name: name.to_owned(), node, bits: None }]);
        let members = members.unwrap_or_default();
        self.synthetic(if name.is_empty() || count == 0 { Vec::new() } else { members })
    }

    fn padding(&mut self, bytes: u64) -> Option<NodeId> {
        if bytes > WIDEST_PADDING {
            return None;
        }
        if let Some(node) = self.plans.paddings.get(&bytes) {
            return Some(*node);
        }
        // Members without a name are no fields, and bit-fields are the only such members with a size.
        let node = self.add(Node::Primitive(Prim::UChar), "").ok()?;
        let byte = Member { name: String::new(), node, bits: Some(8) };
        let padding = self.synthetic(vec![byte; bytes as usize]);
        self.plans.paddings.insert(bytes, padding);
        Some(padding)
    }

    fn synthetic(&mut self, members: Vec<Member>) -> NodeId {
        let number = self.plans.synthetic.len();
        let body = self.body(RecordKind::Struct, false, &members);
        self.plans.synthetic.extend(body);
        let name = format!("struct $_{number}");
        let node = self.add(Node::Synthetic(number as u32), &name);
        node.unwrap_or_else(|_| unreachable!("the name is short"))
    }

    /// Inserts padding where C leaves more room than the backend's rules.
    fn pad(
        &mut self,
        id: RecordId,
        packed: bool,
        fields: &[Field],
        members: &[Member],
    ) -> Option<Vec<Member>> {
        let record = *self.types().record(id);
        let size = record.size()?;
        let pad = |lower: &mut Self, bytes| {
            Some(Member { name: String::new(), node: lower.padding(bytes)?, bits: None })
        };
        let mut padded = Vec::new();
        if record.kind == RecordKind::Union {
            padded.extend_from_slice(members);
            padded.push(pad(self, size)?);
            return Some(padded);
        }
        // The end of the members so far, in bits.
        let mut end = 0u64;
        for (field, member) in fields.iter().zip(members) {
            let (bytes, align) = self.measure(member.node);
            let align = if packed { 1 } else { align };
            let next = match member.bits {
                Some(_) => end,
                None => end.next_multiple_of(align.max(1) * 8),
            };
            if field.bit_offset > next && member.bits.is_none() {
                let gap = (field.bit_offset - end.next_multiple_of(8)) / 8;
                padded.push(pad(self, gap)?);
            }
            end = field.bit_offset + member.bits.map_or(bytes * 8, u64::from);
            padded.push(member.clone());
        }
        let body = self.body(record.kind, packed, &padded)?;
        if (body.layout.size as u64) < size && !record.flexible {
            padded.push(pad(self, size - end.div_ceil(8))?);
        }
        Some(padded)
    }

    /// Returns whether the backend places all members where C has them.
    fn agrees(&self, id: RecordId, fields: &[Field], body: &Body) -> bool {
        let record = self.types().record(id);
        if Some(body.layout.size as u64) != record.size() {
            return false;
        }
        // Padding is not in the list of fields, so members are compared by their names.
        let mut seen = 0;
        let mut places = body.layout.places.iter().zip(&body.names);
        for field in fields {
            let name = self.types().symbols.get(field.name);
            match self.types().resolve(field.ty).0 {
                Shape::Record(inner) if name.is_empty() => {
                    let Some(Plan { body: Some(inner), .. }) = self.plans.get(inner) else { return false };
                    for nested in &inner.layout.places {
                        let Some((place, _)) = places.next() else { return false };
                        let expected = field.offset().cast_signed() + nested.offset as i64;
                        if place.offset as i64 != expected || place.bitshift != nested.bitshift {
                            return false;
                        }
                        seen += 1;
                    }
                }
                _ if name.is_empty() => {}
                _ => {
                    // A member without a size, which cffi does not know, is in no list.
                    let Some((place, shown)) = places.next() else { return false };
                    let bit = match field.bits() {
                        None => place.offset as i64 * 8,
                        Some(bits) => self.first_bit(field, place.offset as i64, place.bitshift, bits),
                    };
                    if shown != name || bit != field.bit_offset.cast_signed() {
                        return false;
                    }
                    seen += 1;
                }
            }
        }
        seen == body.layout.places.len()
    }

    /// Returns the first bit of a bit-field in the order of memory.
    fn first_bit(&self, field: &Field, offset: i64, shift: i32, bits: u32) -> i64 {
        let shift = i64::from(shift);
        if !self.types().target().big_endian {
            return offset * 8 + shift;
        }
        let unit = self.types().size(field.ty.id()).unwrap_or(0) as i64 * 8;
        offset * 8 + unit - shift - i64::from(bits)
    }
}

fn without_bit_fields(fields: &[Field]) -> Vec<Field> {
    fields.iter().filter(|field| field.bits().is_none()).copied().collect()
}
