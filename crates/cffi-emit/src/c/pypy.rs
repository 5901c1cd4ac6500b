//! Functions as PyPy calls them: structs, unions and complex numbers go by pointer.

use std::fmt::Write as _;

use cffi_types::PrimKind;

use super::emitter::Emitter;
use super::error::EmitError;
use crate::node::{Node, NodeId, Signature};

impl Emitter<'_> {
    /// Writes the function that PyPy calls.
    pub(super) fn pypy(&mut self, name: &str, signature: &Signature) -> Result<(), EmitError> {
        let context = format!("argument of {name}");
        let indirect: Vec<bool> = signature.params.iter().map(|param| self.is_indirect(*param)).collect();
        let by_pointer = self.is_indirect(signature.result);
        if !by_pointer && !indirect.contains(&true) {
            let _ = writeln!(self.body, "#  define _cffi_f_{name} _cffi_d_{name}");
            return Ok(());
        }
        let (mut params, mut values) = (Vec::new(), Vec::new());
        if by_pointer {
            params.push(self.spell(signature.result, "*_cffi_r", &format!("result of {name}"))?);
        }
        for (at, (param, indirect)) in signature.params.iter().zip(&indirect).enumerate() {
            let star = if *indirect { "*" } else { "" };
            params.push(self.spell(*param, &format!("{star}_cffi_x{at}"), &context)?);
            values.push(format!("{star}_cffi_x{at}"));
        }
        let convention = if signature.stdcall { "_cffi_stdcall " } else { "" };
        let declarator = format!("{convention}_cffi_f_{name}({})", params.join(", "));
        let (head, store) = match (by_pointer, self.is_void(signature.result)) {
            (true, _) => (format!("void {declarator}"), "*_cffi_r = "),
            (false, void) => (
                self.spell(signature.result, &declarator, &format!("result of {name}"))?,
                if void { "" } else { "return " },
            ),
        };
        let _ = writeln!(self.body, "static {head}\n{{\n  {store}{name}({});\n}}", values.join(", "));
        Ok(())
    }

    fn is_indirect(&self, node: NodeId) -> bool {
        match self.maker.lower.nodes.get(node) {
            Node::Record(_) | Node::Unknown(_) => true,
            Node::Primitive(prim) => prim.kind() == PrimKind::Complex,
            _ => false,
        }
    }
}
