//! The names by which the backend finds structs, unions and enums.

use cffi_types::TypeId;

use crate::lower::Names;
use crate::maker::Maker;
use crate::node::{Node, NodeId};

impl Maker<'_> {
    /// Gives each struct, union and enum the name by which the backend finds it.
    pub(crate) fn name_types(&mut self, names: Names) {
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
}
