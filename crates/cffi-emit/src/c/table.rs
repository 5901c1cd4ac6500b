//! The tables, as C text.

use std::fmt::Write as _;

use super::emitter::Emitter;
use super::error::EmitError;
use super::parts::{Item, Reach, What};
use super::word::Word;
use crate::lower::Names;
use crate::node::{Node, NodeId};
use rustc_hash::FxHashSet as HashSet;

impl Emitter<'_> {
    /// Writes the functions, and collects what the tables contain.
    pub(super) fn write(&mut self, items: &[Item]) -> Result<(), EmitError> {
        for item in items {
            let start = self.text.len();
            if let Err(error) = self.item_text(item) {
                if self.names == Names::Declared {
                    return Err(error.of(&item.key()));
                }
                self.text.truncate(start);
                self.globals.remove(&item.name);
                self.note_left_out(item, error.message);
            }
        }
        self.missing_records()?;
        self.missing_enums()
    }

    fn note_left_out(&mut self, item: &Item, reason: String) {
        let span = item.decl.map(|id| self.maker.lower.decls.decl(id).span);
        let kind = item.decl.map_or(item.kind, |id| self.maker.lower.decls.decl(id).kind.name());
        let left = crate::LeftOut { name: item.name.clone(), kind, reason, span, decl: item.decl };
        self.maker.tables.left_out.push(left);
    }

    fn item_text(&mut self, item: &Item) -> Result<(), EmitError> {
        let name = &item.name;
        match item.what {
            What::Function(node) => self.function(name, node, item.decl),
            What::Variadic { pointer, .. } | What::Constant(pointer) => self.constant(name, pointer),
            What::Python { pointer, linkage } => self.python(name, pointer, linkage),
            What::Variable { node, quals } => self.variable(name, node, quals, item.decl),
            What::Integer(expected) => self.integer(name, "CONSTANT_INT", expected),
            What::Record { node, id } => {
                let cname = self.maker.lower.nodes.name(node).to_owned();
                self.check_members(node, id, &cname)?;
                self.record_entry(node, id, &Reach::Name(cname))
            }
            What::Enum { node, id, named } => {
                let cname = named.then(|| self.maker.lower.nodes.name(node).to_owned());
                self.enumeration(node, id, cname.as_deref())
            }
            What::Typename(node) => self.typename(name, node),
        }
    }

    fn typename(&mut self, name: &str, node: NodeId) -> Result<(), EmitError> {
        self.typenames.insert(name.to_owned(), self.position(node));
        match *self.maker.lower.nodes.get(node) {
            Node::Unknown(_) => self.unknown_record(node, node),
            Node::NamedPointer { to, .. } => match *self.maker.lower.nodes.get(to) {
                Node::Record(id) => {
                    let pointer = self.maker.lower.nodes.name(node).to_owned();
                    return self.record_entry(to, id, &Reach::Pointer(pointer));
                }
                _ => self.unknown_record(to, node),
            },
            _ => {}
        }
        Ok(())
    }

    /// Adds the struct of a `typedef ... name;` or `typedef ... *name;`.
    fn unknown_record(&mut self, node: NodeId, typedef: NodeId) {
        let Some((name, place)) = self.maker.records.get(&node).cloned() else { return };
        let external = self.maker.external.contains(&typedef);
        let flags: &[&str] =
            if external { &["_CFFI_F_OPAQUE", "_CFFI_F_EXTERNAL"] } else { &["_CFFI_F_OPAQUE"] };
        self.add_hidden(node, place, name, flags);
    }

    /// Adds the enums that no declaration names.
    fn missing_enums(&mut self) -> Result<(), EmitError> {
        let known: HashSet<String> = self.enums.keys().cloned().collect();
        let mut missing: Vec<(u32, NodeId)> = self
            .maker
            .enums
            .iter()
            .filter(|(_, (name, _))| !known.contains(name))
            .map(|(node, (_, place))| (*place, *node))
            .collect();
        missing.sort_unstable();
        for (_, node) in missing {
            let Node::Enum(id) = *self.maker.lower.nodes.get(node) else { continue };
            let cname = self.maker.lower.nodes.name(node).to_owned();
            self.enumeration(node, id, Some(&cname))?;
        }
        Ok(())
    }

    /// Returns the words of the table of types, each with the type that it begins.
    pub(super) fn type_words(&self) -> Vec<(Word, Option<&str>)> {
        let count = self.maker.tables.types.len();
        let mut words: Vec<(Word, Option<&str>)> = Vec::new();
        words.resize_with(count, || (Word::Missing, None));
        for node in &self.maker.order {
            let at = self.position(*node) as usize;
            self.write_words(*node, at, &mut words);
            words[at].1 = Some(self.maker.lower.nodes.name(*node));
        }
        words
    }

    fn write_words(&self, node: NodeId, at: usize, words: &mut [(Word, Option<&str>)]) {
        let op = |op: &'static str, target: NodeId| Word::Op(op, self.position(target));
        words[at].0 = match self.maker.lower.nodes.get(node) {
            Node::Void => Word::Op("PRIMITIVE", 0),
            Node::Primitive(prim) => Word::Op("PRIMITIVE", *prim as u32),
            Node::UnknownNumber { float, .. } => {
                let kind = if *float { "float" } else { "int" };
                Word::Text(format!(
                    "_CFFI_OP(PRIMITIVE, _cffi_prim_of_{kind}({}))",
                    self.maker.lower.nodes.name(node)
                ))
            }
            Node::Pointer { to, .. } | Node::NamedPointer { to, .. } | Node::FunctionPointer(to) => {
                op("POINTER", *to)
            }
            Node::Array { item, length: None } => op("OPEN_ARRAY", *item),
            Node::Array { item, length: Some(length) } => {
                words[at + 1].0 = Word::Text(format!("_CFFI_LENGTH({length})"));
                op("ARRAY", *item)
            }
            Node::CArray { item, length } => {
                words[at + 1].0 = Word::Text(format!("_CFFI_LENGTH({length})"));
                op("ARRAY", *item)
            }
            Node::Elided { item } => op("OPEN_ARRAY", *item),
            Node::Record(_) | Node::Unknown(_) | Node::Synthetic(_) => {
                Word::Op("STRUCT_UNION", self.maker.records.get(&node).map_or(0, |(_, place)| *place))
            }
            Node::Enum(_) => Word::Op("ENUM", self.maker.enums.get(&node).map_or(0, |(_, place)| *place)),
            Node::Function(signature) => {
                for (number, param) in signature.params.iter().enumerate() {
                    let word = at + 1 + number;
                    match self.maker.lower.nodes.get(*param) {
                        _ if self.position(*param) as usize == word => {}
                        Node::Primitive(prim) => words[word].0 = Word::Op("PRIMITIVE", *prim as u32),
                        _ => words[word].0 = op("NOOP", *param),
                    }
                }
                let end = u32::from(signature.variadic) | if signature.stdcall { 2 } else { 0 };
                words[at + 1 + signature.params.len()].0 = Word::Op("FUNCTION_END", end);
                op("FUNCTION", signature.result)
            }
        };
    }

    /// Writes the tables behind that of the types.
    pub(super) fn push_tables(&self, out: &mut String) {
        if !self.globals.is_empty() {
            out.push_str("static const struct _cffi_global_s _cffi_globals[] = {\n");
            for (name, entry) in &self.globals {
                entry.push(out, name);
            }
            out.push_str("};\n\n");
        }
        let fields: Vec<String> = self
            .fields
            .0
            .iter()
            .map(|f| format!("  {{ \"{}\", {},\n    {}, {} }},\n", f.name, f.offset, f.size, f.op))
            .collect();
        push_table(out, "field", &fields);
        let records: Vec<String> = self
            .records
            .values()
            .map(|r| {
                format!(
                    "  {{ \"{}\", {}, {},\n    {}, {}, {}, {} }},\n",
                    r.name, r.type_index, r.flags, r.size, r.align, r.first, r.count
                )
            })
            .collect();
        push_table(out, "struct_union", &records);
        let enums: Vec<String> = self
            .enums
            .iter()
            .map(|(name, (index, prim, names))| {
                format!("  {{ \"{name}\", {index}, {prim},\n    {} }},\n", pieces(names))
            })
            .collect();
        if !enums.is_empty() {
            out.push_str("_CFFI_ENUMS_BEGIN\n");
            push_table(out, "enum", &enums);
            out.push_str("_CFFI_ENUMS_END\n\n");
        }
        let typenames: Vec<String> =
            self.typenames.iter().map(|(name, index)| format!("  {{ \"{name}\", {index} }},\n")).collect();
        push_table(out, "typename", &typenames);
        self.push_context(out);
    }

    fn push_context(&self, out: &mut String) {
        let has_includes = !self.module.includes.is_empty();
        if has_includes {
            out.push_str("static const char *const _cffi_includes[] = {\n");
            for name in &self.module.includes {
                let _ = writeln!(out, "  \"{name}\",");
            }
            out.push_str("  0\n};\n\n");
        }
        let table = |name: &str, count: usize| {
            if count == 0 { "0".to_owned() } else { format!("_cffi_{name}s") }
        };
        let flags = u32::from(self.has_python_functions || self.module.embedding.is_some());
        let includes = if has_includes { "_cffi_includes" } else { "0" };
        let _ = writeln!(
            out,
            "static const struct _cffi_type_context_s _cffi_type_context = {{\n  _cffi_types,\n  {},\n  {},\n  {},\n  \
             {},\n  {},\n  {},  /* globals */\n  {},  /* structs and unions */\n  {},  /* enums */\n  {},  /* typedef \
             names */\n  {includes},\n  {},  /* types */\n  {flags}  /* flags */\n}};\n",
            table("global", self.globals.len()),
            table("field", self.fields.0.len()),
            table("struct_union", self.records.len()),
            table("enum", self.enums.len()),
            table("typename", self.typenames.len()),
            self.globals.len(),
            self.records.len(),
            self.enums.len(),
            self.typenames.len(),
            self.maker.tables.types.len(),
        );
    }
}

fn push_table(out: &mut String, name: &str, entries: &[String]) {
    if entries.is_empty() {
        return;
    }
    let _ = writeln!(out, "static const struct _cffi_{name}_s _cffi_{name}s[] = {{");
    out.extend(entries.iter().map(String::as_str));
    out.push_str("};\n\n");
}

/// Returns names, separated by commas, as string literals that no compiler finds too long.
fn pieces(names: &str) -> String {
    const LONGEST: usize = 500;
    let mut out = String::from("\"");
    let mut length = 0;
    for c in names.chars() {
        out.push(c);
        length += 1;
        if c == ',' && length > LONGEST {
            out.push_str("\"\n    \"");
            length = 0;
        }
    }
    out.push('"');
    out
}
