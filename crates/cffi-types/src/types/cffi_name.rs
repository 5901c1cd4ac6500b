//! Names of types in the form that cffi prints.

use crate::name::CName;
use crate::symbol::Symbol;

use super::{Convention, FunctionId, Length, QualType, Shape, Types};

impl Types {
    /// Returns the name of a type as its ctype shows it, with the position of a declarator. The name contains no
    /// qualifiers and no typedef names except cffi's own types; a function appears as the pointer to it.
    #[must_use]
    pub fn cffi_name(&self, ty: QualType) -> CName {
        let mut text = String::new();
        let mut position = None;
        let mut work = vec![Piece::Type(ty)];
        while let Some(piece) = work.pop() {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Length(length) => text.push_str(&format!("[{length}]")),
                Piece::Type(ty) => {
                    self.write_name(&mut text, &mut work, ty);
                    // The first type is the outermost one.
                    position.get_or_insert(text.len());
                }
            }
        }
        let position = position.unwrap_or(text.len());
        CName { text, position }
    }

    /// Writes the part of a type before the declarator; the part behind it goes onto the stack.
    fn write_name(&self, text: &mut String, work: &mut Vec<Piece>, ty: QualType) {
        let mut marks = Vec::new();
        let mut after = Vec::new();
        let mut shape = self.resolve(ty).0;
        loop {
            shape = match shape {
                Shape::Pointer(to) => {
                    let target = self.resolve(to).0;
                    match target {
                        // A function writes its own star.
                        Shape::Function(_) => {}
                        Shape::Array { .. } => {
                            marks.push("(*");
                            after.push(Piece::Text(")"));
                        }
                        _ => marks.push(" *"),
                    }
                    target
                }
                Shape::Array { item, length } => {
                    after.push(match length {
                        Length::Fixed(length) => Piece::Length(length),
                        _ => Piece::Text("[]"),
                    });
                    self.resolve(item).0
                }
                Shape::Function(id) => {
                    let stdcall = self.function_of(id).convention == Convention::Stdcall;
                    marks.push(if stdcall { "(__stdcall *" } else { "(*" });
                    after.push(Piece::Text(")("));
                    self.push_params(&mut after, id);
                    after.push(Piece::Text(")"));
                    self.resolve(self.function_of(id).result).0
                }
                base => {
                    self.write_base(text, base);
                    break;
                }
            };
        }
        for mark in marks.iter().rev() {
            text.push_str(mark);
        }
        work.extend(after.into_iter().rev());
    }

    fn push_params(&self, after: &mut Vec<Piece>, id: FunctionId) {
        let function = self.function_of(id);
        let params = self.params(function);
        for (index, param) in params.iter().enumerate() {
            if index > 0 {
                after.push(Piece::Text(", "));
            }
            after.push(Piece::Type(*param));
        }
        if function.variadic {
            after.push(Piece::Text(if params.is_empty() { "..." } else { ", ..." }));
        }
    }

    fn write_base(&self, text: &mut String, shape: Shape) {
        match shape {
            Shape::Primitive(prim) => text.push_str(prim.name()),
            Shape::Record(id) => {
                let record = self.record(id);
                self.write_tag(text, record.kind.keyword(), record.tag, record.alias);
            }
            Shape::Enum(id) => {
                let e = self.enum_of(id);
                self.write_tag(text, "enum", e.tag, e.alias);
            }
            other => self.spell_base(text, other),
        }
    }

    fn write_tag(&self, text: &mut String, keyword: &str, tag: Symbol, alias: Symbol) {
        if !alias.is_empty() {
            text.push_str(self.symbols.get(alias));
        } else {
            text.push_str(keyword);
            text.push(' ');
            text.push_str(self.symbols.get(tag));
        }
    }
}

/// A part of a type that remains to be written.
enum Piece {
    Text(&'static str),
    Length(u64),
    Type(QualType),
}
