//! C types as text.

use cffi_types::types::Shape;
use cffi_types::{QualType, Quals as CQuals};

use super::emitter::Emitter;
use super::error::EmitError;
use crate::lower::Names;
use crate::node::{NodeId, Quals};

/// A type as text, with a place for a declarator.
#[derive(Clone, Debug)]
pub(super) struct Spelled {
    head: String,
    tail: String,
}

impl Spelled {
    /// Returns the type with a declarator, such as `int(* x)(long)` of a pointer to a function and `x`.
    pub(super) fn with(&self, declarator: &str) -> String {
        self.qualified(declarator, Quals::default())
    }

    /// Returns the type with qualifiers and a declarator.
    pub(super) fn qualified(&self, declarator: &str, quals: Quals) -> String {
        let Spelled { head, tail } = self;
        let declarator = if declarator.starts_with('*') && tail.starts_with('[') {
            format!("({declarator})")
        } else {
            match declarator.as_bytes().first() {
                Some(b'[' | b'(') | None => declarator.to_owned(),
                Some(_) => format!(" {declarator}"),
            }
        };
        format!("{head}{}{tail}", quals.qualify(&declarator))
    }
}

impl Emitter<'_> {
    /// Returns a type as text. `context` says in errors what the type is for.
    pub(super) fn spelled(&self, node: NodeId, context: &str) -> Result<Spelled, EmitError> {
        let name = self.maker.lower.nodes.full_name(node);
        if name.text.contains('$') {
            let shown = &name.text;
            return Err(EmitError::verification(format!(
                "cannot generate '{shown}' in {context}: unknown type name"
            )));
        }
        let (head, tail) = name.text.split_at(name.position);
        Ok(Spelled { head: head.to_owned(), tail: tail.to_owned() })
    }

    /// Returns a type of a header as text, with the typedef names that the header uses.
    pub(super) fn spelled_as(&self, node: NodeId, ty: QualType, context: &str) -> Result<Spelled, EmitError> {
        let by_name = self.spelled(node, context)?;
        let types = self.maker.lower.types();
        let (shape, quals) = types.resolve(ty);
        let transparent = matches!(shape, Shape::Record(id) if types.record(id).attributes.transparent);
        let array = matches!(shape, Shape::Array { .. } | Shape::Function(_));
        // A variable of the type must be writable, and one can assign to it.
        if self.names == Names::Declared
            || transparent
            || array
            || quals.contains(CQuals::CONST) && !ty.quals().contains(CQuals::CONST)
        {
            return Ok(by_name);
        }
        let text = types.spell(ty.unqualified(), "@");
        Ok(match text.split_once('@') {
            Some((head, tail)) => Spelled { head: head.trim_end().to_owned(), tail: tail.to_owned() },
            None => by_name,
        })
    }

    /// Returns a type with a declarator.
    pub(super) fn spell(&self, node: NodeId, declarator: &str, context: &str) -> Result<String, EmitError> {
        Ok(self.spelled(node, context)?.with(declarator))
    }
}
