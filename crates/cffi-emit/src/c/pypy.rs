//! Functions as PyPy calls them: structs, unions and complex numbers go by pointer.

use std::fmt::Write as _;

use cffi_types::PrimKind;

use super::emitter::Emitter;
use super::parts::Prototype;
use super::put::put;
use crate::node::{Node, NodeId};

impl Emitter<'_> {
    /// Writes the function that PyPy calls.
    pub(super) fn pypy(&mut self, name: &str, prototype: &Prototype) {
        let signature = &prototype.signature;
        let indirect: Vec<bool> = signature.params.iter().map(|param| self.is_indirect(*param)).collect();
        let by_pointer = self.is_indirect(signature.result);
        if !by_pointer && !indirect.contains(&true) {
            put!(&mut self.text, "#  define _cffi_f_", name, " _cffi_d_", name, "\n");
            return;
        }
        let (mut params, mut values) = (Vec::new(), Vec::new());
        if by_pointer {
            params.push(prototype.result.with("*_cffi_r"));
        }
        for (at, (param, indirect)) in prototype.params.iter().zip(&indirect).enumerate() {
            let star = if *indirect { "*" } else { "" };
            params.push(param.with(&format!("{star}_cffi_x{at}")));
            values.push(format!("{star}_cffi_x{at}"));
        }
        let declarator = format!("{}_cffi_f_{name}({})", prototype.convention(), params.join(", "));
        let (head, store) = match (by_pointer, self.is_void(signature.result)) {
            (true, _) => (format!("void {declarator}"), "*_cffi_r = "),
            (false, void) => (prototype.result.with(&declarator), if void { "" } else { "return " }),
        };
        let values = values.join(", ");
        let body = if by_pointer && self.is_read_only_result(signature.result) {
            let variable = prototype.result.with("_cffi_v");
            format!(
                "{variable} = {name}({values});\n  _cffi_copy((void *)_cffi_r, &_cffi_v, sizeof(_cffi_v));"
            )
        } else {
            format!("{store}{name}({values});")
        };
        let _ = writeln!(self.text, "static {head}\n{{\n  {body}\n}}");
    }

    fn is_indirect(&self, node: NodeId) -> bool {
        match self.maker.lower.nodes.get(node) {
            Node::Record(_) | Node::Unknown(_) => true,
            Node::Primitive(prim) => prim.kind() == PrimKind::Complex,
            _ => false,
        }
    }
}
