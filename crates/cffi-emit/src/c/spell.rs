//! C types as text.

use super::emitter::Emitter;
use super::error::EmitError;
use crate::node::{NodeId, Quals};

impl Emitter<'_> {
    /// Returns a type with a declarator in its place, such as `int(* x)(long)` of a pointer to a function and `x`.
    pub(super) fn spell(&self, node: NodeId, declarator: &str, context: &str) -> Result<String, EmitError> {
        self.spell_qualified(node, declarator, Quals::default(), context)
    }

    /// Returns a type with qualifiers and a declarator.
    pub(super) fn spell_qualified(
        &self,
        node: NodeId,
        declarator: &str,
        quals: Quals,
        context: &str,
    ) -> Result<String, EmitError> {
        let name = self.maker.lower.nodes.full_name(node);
        if name.text.contains('$') {
            let shown = &name.text;
            return Err(EmitError::verification(format!(
                "cannot generate '{shown}' in {context}: unknown type name"
            )));
        }
        let (head, tail) = name.text.split_at(name.position);
        let declarator = if declarator.starts_with('*') && tail.starts_with('[') {
            format!("({declarator})")
        } else {
            match declarator.as_bytes().first() {
                Some(b'[' | b'(') | None => declarator.to_owned(),
                Some(_) => format!(" {declarator}"),
            }
        };
        let declarator = quals.qualify(&declarator);
        Ok(format!("{head}{declarator}{tail}"))
    }

    /// Returns a type without a declarator.
    pub(super) fn type_text(&self, node: NodeId, context: &str) -> Result<String, EmitError> {
        self.spell(node, "", context)
    }
}
