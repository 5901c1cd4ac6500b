//! Structs, unions and enums.

use std::fmt::Write as _;

use cffi_types::types::{EnumId, RecordId, RecordKind, Shape};

use super::emitter::Emitter;
use super::error::EmitError;
use super::parts::{FieldEntry, Reach, RecordEntry};
use super::spell::Context;
use crate::lower::Names;
use crate::node::{Node, NodeId};

impl Emitter<'_> {
    /// Writes the function in which the C compiler checks the types of the members.
    pub(super) fn check_members(&mut self, node: NodeId, id: RecordId, cname: &str) -> Result<(), EmitError> {
        if !self.is_listed(id) || self.maker.is_external(node) {
            return Ok(());
        }
        self.find_members(node, id)?;
        let approximate = approximate(cname);
        let mut out = format!(
            "_CFFI_UNUSED_FN static void _cffi_check_{approximate}({cname} *_cffi_p)\n{{\n  (void)_cffi_p;\n"
        );
        let members = self.members.get(&id).cloned().unwrap_or_default();
        for member in &members {
            let name = &member.name;
            if self.is_integer(member.node) || member.bits.is_some() {
                if !name.is_empty() {
                    let _ = writeln!(out, "  (void)((_cffi_p->{name}) | 0);");
                }
                continue;
            }
            let (mut item, mut access) = (member.node, format!("_cffi_p->{name}"));
            while let Node::Array { item: inner, length: None } | Node::Elided { item: inner } =
                *self.maker.lower.nodes.get(item)
            {
                item = inner;
                access.push_str("[0]");
            }
            // A type without a name in C cannot be compared.
            if let Ok(spelled) = self.spelled(item, Context::Other("a member"))
                && self.names == Names::Declared
            {
                let pointer = spelled.qualified("*_cffi_m", member.quals);
                let _ = writeln!(out, "  {{ {pointer} = &{access}; (void)_cffi_m; }}");
            }
        }
        let _ = writeln!(out, "}}\nstruct _cffi_align_{approximate} {{ char _cffi_x; {cname} _cffi_y; }};\n");
        self.text.push_str(&out);
        Ok(())
    }

    /// Adds a struct or union to the tables.
    pub(super) fn record_entry(
        &mut self,
        node: NodeId,
        id: RecordId,
        reach: &Reach,
    ) -> Result<(), EmitError> {
        let Some((name, place)) = self.maker.records.get(&node).cloned() else { return Ok(()) };
        if self.records.contains_key(&place) {
            return Ok(());
        }
        let record = *self.maker.lower.types().record(id);
        let mut flags = Vec::new();
        if record.kind == RecordKind::Union {
            flags.push("_CFFI_F_UNION");
        }
        let listed = self.is_listed(id);
        if !listed {
            flags.push("_CFFI_F_OPAQUE");
        }
        if self.maker.is_external(node) {
            flags.push("_CFFI_F_EXTERNAL");
            self.add_hidden(node, place, name, &flags);
            return Ok(());
        }
        if !listed {
            self.add_hidden(node, place, name, &flags);
            return Ok(());
        }
        self.find_members(node, id)?;
        let attributes = record.attributes;
        if !self.is_partial(id) && !self.has_anonymous(id) && self.is_checked(id) {
            flags.push("_CFFI_F_CHECK_FIELDS");
        }
        if self.names == Names::Declared {
            if attributes.pack > 1 {
                let shown = self.maker.lower.nodes.name(node);
                return Err(EmitError::not_implemented(format!(
                    "<{shown}> is declared with 'pack={}'; only 0 or 1 are supported in API mode (try to use \
                     \"...;\", which does not require a 'pack' declaration)",
                    attributes.pack
                )));
            }
            if attributes.packed || attributes.pack == 1 {
                flags.push("_CFFI_F_PACKED");
            }
        }
        let members = self.members.get(&id).cloned().unwrap_or_default();
        let mut fields = Vec::new();
        for member in members {
            self.check_not_opaque(member.table, &name, &member.name)?;
            let open = matches!(self.maker.lower.nodes.get(member.table), Node::Array { length: None, .. });
            let (offset, size) = match (member.bits, reach) {
                (Some(bits), _) => ("(size_t)-1".to_owned(), bits.to_string()),
                (None, Reach::Nothing) => ("(size_t)-1".to_owned(), "(size_t)-1".to_owned()),
                (None, Reach::Name(cname)) => (
                    format!("offsetof({cname}, {})", member.name),
                    format!("sizeof((({cname} *)0)->{})", member.name),
                ),
                (None, Reach::Pointer(pointer)) => (
                    format!("_cffi_offset_behind({pointer}, {})", member.name),
                    format!("sizeof((({pointer})0)->{})", member.name),
                ),
            };
            let size = if open { "(size_t)-1".to_owned() } else { size };
            let op = if member.bits.is_some() { "BITFIELD" } else { "NOOP" };
            let op = format!("_CFFI_OP({op}, {})", self.position(member.table));
            fields.push(FieldEntry { name: member.name, offset, size, op });
        }
        let (size, align) = match reach {
            Reach::Name(cname) => {
                let approximate = approximate(cname);
                (
                    format!("sizeof({cname})"),
                    format!("(int)offsetof(struct _cffi_align_{approximate}, _cffi_y)"),
                )
            }
            Reach::Pointer(pointer) => (format!("sizeof(*({pointer})0)"), "-1".to_owned()),
            Reach::Nothing => ("(size_t)-2".to_owned(), "-2".to_owned()),
        };
        let (first, count) = self.fields.add(fields);
        let entry = RecordEntry {
            name,
            type_index: self.position(node),
            flags: join_flags(&flags),
            size,
            align,
            first,
            count,
        };
        self.records.insert(place, entry);
        Ok(())
    }

    /// Returns whether the backend is to compare the members with the standard layout.
    fn is_checked(&mut self, id: RecordId) -> bool {
        if self.names == Names::Declared {
            return true;
        }
        // The backend can place bit-fields only in structs that it checks.
        self.maker.lower.types().fields(id).iter().any(|field| field.bits().is_some())
            && self.members.get(&id).is_some_and(|members| members.iter().any(|member| member.bits.is_some()))
    }

    /// Adds a struct or union whose members the module does not show.
    pub(super) fn add_hidden(&mut self, node: NodeId, place: u32, name: String, flags: &[&str]) {
        let entry = RecordEntry {
            name,
            type_index: self.position(node),
            flags: join_flags(flags),
            size: "(size_t)-1".to_owned(),
            align: "-1".to_owned(),
            first: -1,
            count: 0,
        };
        self.records.entry(place).or_insert(entry);
    }

    fn has_anonymous(&self, id: RecordId) -> bool {
        let types = self.maker.lower.types();
        let is_record = |ty| matches!(types.resolve(ty).0, Shape::Record(_));
        types.fields(id).iter().any(|field| field.name.is_empty() && is_record(field.ty))
    }

    fn check_not_opaque(&self, node: NodeId, record: &str, member: &str) -> Result<(), EmitError> {
        let mut node = node;
        loop {
            match *self.maker.lower.nodes.get(node) {
                Node::Array { item, .. } | Node::CArray { item, .. } => node = item,
                Node::Record(id) if !self.is_listed(id) => break,
                Node::Unknown(_) => break,
                _ => return Ok(()),
            }
        }
        Err(EmitError::wrong_type(format!(
            "field '{record}.{member}' is of an opaque type (not declared in cdef())"
        )))
    }

    /// Adds the structs and unions that no declaration names.
    pub(super) fn missing_records(&mut self) -> Result<(), EmitError> {
        let mut missing: Vec<(u32, NodeId)> =
            self.maker.records.iter().map(|(node, (_, place))| (*place, *node)).collect();
        missing.sort_unstable();
        for (place, node) in missing {
            if self.records.contains_key(&place) {
                continue;
            }
            match *self.maker.lower.nodes.get(node) {
                Node::Record(id) => {
                    let cname = self.maker.lower.nodes.name(node).to_owned();
                    if self.maker.lower.is_file(node) {
                        self.typenames.insert("FILE".to_owned(), self.position(node));
                    }
                    if cname.contains('$') || !self.is_listed(id) || self.is_va_record(node) {
                        if self.is_partial(id) && self.is_listed(id) {
                            return Err(EmitError::not_implemented(format!(
                                "<{cname}> is partial but has no C name"
                            )));
                        }
                        self.record_entry(node, id, &Reach::Nothing)?;
                    } else {
                        self.check_members(node, id, &cname)?;
                        self.record_entry(node, id, &Reach::Name(cname))?;
                    }
                }
                _ => {
                    let name = self.maker.records[&node].0.clone();
                    self.add_hidden(node, place, name, &["_CFFI_F_OPAQUE"]);
                }
            }
        }
        Ok(())
    }

    /// Writes the enumerators of an enum, and adds it to the tables.
    pub(super) fn enumeration(
        &mut self,
        node: NodeId,
        id: EnumId,
        cname: Option<&str>,
    ) -> Result<(), EmitError> {
        let types = self.maker.lower.types();
        let names: Vec<String> =
            types.enumerators(id).iter().map(|e| types.symbols.get(e.name).to_owned()).collect();
        for name in &names {
            self.integer(name, "ENUM", None)?;
        }
        let prim = match cname {
            Some(cname) if !cname.contains('$') => format!("_cffi_prim_of_enum({cname})"),
            _ => crate::write::enum_primitive(&self.maker.lower, id).to_string(),
        };
        let Some((name, _)) = self.maker.enums.get(&node).cloned() else { return Ok(()) };
        self.enums.insert(name, (self.position(node), prim, names.join(",")));
        Ok(())
    }
}

/// Returns a name in C as a part of an identifier.
pub(super) fn approximate(cname: &str) -> String {
    if cname.contains(' ') { cname.replace(' ', "_") } else { format!("_{cname}") }
}

fn join_flags(flags: &[&str]) -> String {
    if flags.is_empty() { "0".to_owned() } else { flags.join(" | ") }
}
