//! C spellings of types.

use super::{Convention, Length, QualType, Quals, Shape, Types};

impl Types {
    /// Returns the type as C text with a declarator in its place: a declaration of that name, or the type alone if the
    /// declarator is empty.
    ///
    /// Typedef names are kept; [`Types::canonical`] removes them first. An array of pointers to functions named `f` is
    /// `int (*f[5])(char)`.
    #[must_use]
    pub fn spell(&self, ty: QualType, declarator: &str) -> String {
        let mut out = String::new();
        self.spell_into(&mut out, ty, declarator);
        out
    }

    /// Appends the text of [`Types::spell`] to a text. The work is proportional to the length of the result.
    pub fn spell_into(&self, out: &mut String, ty: QualType, declarator: &str) {
        // Parameters of functions are separate types, so they are put off: the list is a stack.
        let mut work = vec![Piece::Type(ty, declarator)];
        while let Some(piece) = work.pop() {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Owned(text) => out.push_str(&text),
                Piece::Type(ty, declarator) => self.spell_one(out, &mut work, ty, declarator),
            }
        }
    }

    /// Walks from the outside of a declaration inwards: the text before the name is collected in `before`, and the text
    /// behind it in `after`.
    fn spell_one<'a>(
        &'a self,
        out: &mut String,
        work: &mut Vec<Piece<'a>>,
        ty: QualType,
        declarator: &'a str,
    ) {
        let mut ty = ty;
        let mut before = String::new();
        let mut after: Vec<Piece<'a>> = Vec::new();
        let mut pointer = false;
        let mut marks: Vec<String> = Vec::new();
        loop {
            match self.shape(ty.id()) {
                Shape::Pointer(to) => {
                    let mut mark = String::from("*");
                    push_quals(&mut mark, ty.quals(), true);
                    marks.push(mark);
                    pointer = true;
                    ty = to;
                }
                Shape::Array { item, length } => {
                    if pointer {
                        marks.push("(".to_owned());
                        after.push(Piece::Text(")"));
                    }
                    after.push(match length {
                        Length::Fixed(length) => Piece::Owned(format!("[{length}]")),
                        Length::Open => Piece::Text("[]"),
                        Length::Elided => Piece::Text("[...]"),
                        Length::Variable => Piece::Text("[*]"),
                    });
                    pointer = false;
                    ty = item.with(ty.quals());
                }
                Shape::Function(id) => {
                    let function = self.function_of(id);
                    let convention = function.convention;
                    if convention != Convention::C {
                        marks.push(format!("{} ", convention.spelling()));
                    }
                    if pointer {
                        marks.push("(".to_owned());
                        after.push(Piece::Text(")"));
                    }
                    after.push(Piece::Text("("));
                    let params = self.params(function);
                    for (index, param) in params.iter().enumerate() {
                        if index > 0 {
                            after.push(Piece::Text(", "));
                        }
                        after.push(Piece::Type(*param, ""));
                    }
                    match (params.is_empty(), function.variadic, function.unprototyped) {
                        (true, true, _) => after.push(Piece::Text("...")),
                        (false, true, _) => after.push(Piece::Text(", ...")),
                        (true, false, false) => after.push(Piece::Text("void")),
                        _ => {}
                    }
                    after.push(Piece::Text(")"));
                    pointer = false;
                    ty = function.result;
                }
                shape => {
                    push_quals(&mut before, ty.quals(), false);
                    self.spell_base(&mut before, shape);
                    break;
                }
            }
        }
        out.push_str(&before);
        if !(marks.is_empty() && declarator.is_empty()) {
            out.push(' ');
        }
        for mark in marks.iter().rev() {
            out.push_str(mark);
        }
        if marks.first().is_some_and(|mark| mark.len() > 1 && mark.starts_with('*')) && !declarator.is_empty()
        {
            out.push(' ');
        }
        out.push_str(declarator);
        work.extend(after.into_iter().rev());
    }

    pub(super) fn spell_base(&self, out: &mut String, shape: Shape) {
        match shape {
            Shape::Primitive(prim) => out.push_str(prim.spelling()),
            Shape::BitInt { signed, bits } => {
                let unsigned = if signed { "" } else { "unsigned " };
                out.push_str(&format!("{unsigned}_BitInt({bits})"));
            }
            Shape::Record(id) => {
                let record = self.record(id);
                self.spell_tag(out, record.kind.keyword(), record.tag, record.alias);
            }
            Shape::Enum(id) => {
                let e = self.enum_of(id);
                self.spell_tag(out, "enum", e.tag, e.alias);
            }
            Shape::Vector { item, count } => {
                let bytes = self.size(item).unwrap_or(0).saturating_mul(u64::from(count));
                out.push_str(&format!("__attribute__((vector_size({bytes}))) "));
                let item = item.primitive().map_or("<invalid>", crate::Prim::spelling);
                out.push_str(item);
            }
            Shape::Alias { name, .. } | Shape::Unknown { name, .. } => out.push_str(self.symbols.get(name)),
            _ => out.push_str("void"),
        }
    }

    fn spell_tag(&self, out: &mut String, keyword: &str, tag: crate::Symbol, alias: crate::Symbol) {
        if tag.is_empty() && !alias.is_empty() {
            out.push_str(self.symbols.get(alias));
            return;
        }
        out.push_str(keyword);
        out.push(' ');
        out.push_str(if tag.is_empty() { "<anonymous>" } else { self.symbols.get(tag) });
    }
}

/// A part of a type that remains to be written.
enum Piece<'a> {
    Text(&'static str),
    Owned(String),
    Type(QualType, &'a str),
}

/// Writes qualifiers before a type (`const `) or behind a star (` const`).
fn push_quals(out: &mut String, quals: Quals, behind: bool) {
    let mut first = true;
    for name in quals.names() {
        if behind && !first {
            out.push(' ');
        }
        out.push_str(name);
        if !behind {
            out.push(' ');
        }
        first = false;
    }
}
