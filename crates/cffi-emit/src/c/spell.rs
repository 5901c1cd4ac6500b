//! C types as text.

use std::fmt;

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
        let mut out = String::new();
        self.push_qualified(&mut out, declarator, quals);
        out
    }

    /// Adds the type with a declarator to a text.
    pub(super) fn push(&self, out: &mut String, declarator: &str) {
        self.push_qualified(out, declarator, Quals::default());
    }

    /// Adds the part of the type in front of a declarator that begins with a letter.
    pub(super) fn push_head(&self, out: &mut String) {
        out.push_str(&self.head);
        out.push(' ');
    }

    /// Adds the part of the type behind a declarator.
    pub(super) fn push_tail(&self, out: &mut String) {
        out.push_str(&self.tail);
    }

    fn push_qualified(&self, out: &mut String, declarator: &str, quals: Quals) {
        let Spelled { head, tail } = self;
        out.push_str(head);
        if quals != Quals::default() {
            let inner = Spelled { head: String::new(), tail: tail.clone() };
            let mut placed = String::new();
            inner.push_plain(&mut placed, declarator);
            out.push_str(&quals.qualify(&placed));
        } else {
            self.push_plain(out, declarator);
        }
        out.push_str(tail);
    }

    /// Adds a declarator as it is in the type.
    fn push_plain(&self, out: &mut String, declarator: &str) {
        match declarator.as_bytes().first() {
            Some(b'*') if self.tail.starts_with('[') => {
                out.push('(');
                out.push_str(declarator);
                out.push(')');
                return;
            }
            Some(b'[' | b'(') | None => {}
            Some(_) => out.push(' '),
        }
        out.push_str(declarator);
    }
}

/// What a type is for, as errors tell it.
#[derive(Copy, Clone, Debug)]
pub(super) enum Context<'c> {
    /// An argument of a function.
    Argument(&'c str),
    /// The result of a function.
    Result(&'c str),
    /// Something else.
    Other(&'c str),
}

impl fmt::Display for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Context::Argument(name) => write!(f, "argument of {name}"),
            Context::Result(name) => write!(f, "result of {name}"),
            Context::Other(text) => f.write_str(text),
        }
    }
}

impl Emitter<'_> {
    /// Returns a type as text. `context` says in errors what the type is for.
    pub(super) fn spelled(&self, node: NodeId, context: Context<'_>) -> Result<Spelled, EmitError> {
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
    pub(super) fn spelled_as(
        &self,
        node: NodeId,
        ty: QualType,
        context: Context<'_>,
    ) -> Result<Spelled, EmitError> {
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
    pub(super) fn spell(
        &self,
        node: NodeId,
        declarator: &str,
        context: Context<'_>,
    ) -> Result<String, EmitError> {
        Ok(self.spelled(node, context)?.with(declarator))
    }
}
