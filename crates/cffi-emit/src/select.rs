//! The selection of a form for each declaration: a global, a typename, a type, an attribute of the module, or nothing.

use cffi_types::decls::{Constant, Decl, DeclFlags, DeclId, DeclKind};
use cffi_types::types::Shape;
use cffi_types::{QualType, Symbol};

use crate::lower::{Lower, Names, Reason};
use crate::node::{Node, NodeId};
use crate::tables::Attribute;

/// The part of a module that a declaration becomes.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Function {
        symbol: Symbol,
        node: NodeId,
    },
    Variable(NodeId),
    /// A variable that is constant.
    Constant(NodeId),
    Integer(i128),
    Typename(NodeId),
    /// A struct, union or enum; all that it needs follows from the type.
    Type(NodeId),
    Attribute(Attribute),
    /// Nothing, for a declaration that says nothing new.
    Nothing,
}

impl Lower<'_> {
    /// Returns what a declaration becomes, or the reason why it is left out.
    pub(crate) fn part(&mut self, id: DeclId) -> Result<Part, Reason> {
        let decl = *self.decls.decl(id);
        match decl.kind {
            DeclKind::Function => self.function_part(id, &decl),
            DeclKind::Variable => self.variable_part(&decl),
            DeclKind::Typedef => self.typedef_part(&decl),
            DeclKind::Struct | DeclKind::Union => self.type_part(decl.ty),
            DeclKind::Enum | DeclKind::Enumerator => self.enum_part(decl.ty),
            DeclKind::Macro => self.macro_part(&decl),
        }
    }

    fn function_part(&mut self, id: DeclId, decl: &Decl) -> Result<Part, Reason> {
        let has = |flag| decl.flags.contains(flag);
        if has(DeclFlags::EXTERN_PYTHON) || has(DeclFlags::EXTERN_PYTHON_PLUS_C) || has(DeclFlags::EXPORTED) {
            return Err("extern \"Python\" needs a compiled module".to_owned());
        }
        if has(DeclFlags::STATIC) && self.names == Names::Standard {
            return Err(
                "the function is static, so no library has it; a compiled module can call it".to_owned()
            );
        }
        if has(DeclFlags::INLINE) && has(DeclFlags::DEFINED) && !has(DeclFlags::EXTERN) {
            return Err(
                "the function is inline, so libraries need not have it; a compiled module can call it"
                    .to_owned(),
            );
        }
        if has(DeclFlags::HIDDEN) {
            return Err("the library does not export the function".to_owned());
        }
        let Some(function) = self.function_behind(decl.ty) else { return Ok(Part::Nothing) };
        let node = self.function(function)?;
        self.check_by_value(node)?;
        let label = self.decls.extra(id).map_or(Symbol::EMPTY, |extra| extra.asm_label);
        let symbol = if label.is_empty() { decl.name } else { label };
        Ok(Part::Function { symbol, node })
    }

    /// Refuses a function that takes or returns a struct whose layout the backend does not know exactly.
    fn check_by_value(&mut self, function: NodeId) -> Result<(), Reason> {
        let Node::Function(signature) = self.nodes.get(function).clone() else { return Ok(()) };
        if self.names == Names::Declared {
            return Ok(());
        }
        for node in signature.params.iter().chain([&signature.result]) {
            let Node::Record(id) = *self.nodes.get(*node) else { continue };
            self.plan(id);
            let Some(plan) = self.plans.get(id) else { continue };
            if !plan.by_value && plan.body.is_some() {
                return Err(format!(
                    "{} goes by value, and the table cannot express it exactly",
                    self.nodes.name(*node)
                ));
            }
        }
        Ok(())
    }

    fn variable_part(&mut self, decl: &Decl) -> Result<Part, Reason> {
        let value = decl.value.map(|value| *self.decls.constant(value));
        if let Some(Constant::Int { value, .. }) = value {
            return integer(value);
        }
        // `static` has no meaning in a `cdef()`.
        if decl.flags.contains(DeclFlags::STATIC) && self.names == Names::Standard {
            return Err("the variable is static, so no library has it".to_owned());
        }
        if decl.flags.contains(DeclFlags::THREAD_LOCAL) {
            return Err(
                "each thread has a variable of its own, which a library does not export as one symbol"
                    .to_owned(),
            );
        }
        if decl.flags.contains(DeclFlags::HIDDEN) {
            return Err("the library does not export the variable".to_owned());
        }
        let node = self.lower(decl.ty)?;
        let (shape, quals) = self.types().resolve(decl.ty);
        let array = matches!(shape, Shape::Array { .. });
        let constant = quals.contains(cffi_types::Quals::CONST) && !array;
        Ok(if constant { Part::Constant(node) } else { Part::Variable(node) })
    }

    fn typedef_part(&mut self, decl: &Decl) -> Result<Part, Reason> {
        if self.standard_name(decl.name, decl.ty).is_some() {
            return Ok(Part::Nothing);
        }
        let node = self.lower(decl.ty)?;
        if self.is_file(node) && self.types().symbols.get(decl.name) == "FILE" {
            return Ok(Part::Type(node));
        }
        Ok(Part::Typename(node))
    }

    fn type_part(&mut self, ty: QualType) -> Result<Part, Reason> {
        match self.types().resolve(ty).0 {
            Shape::Record(id) => Ok(Part::Type(self.record(id)?)),
            _ => Ok(Part::Nothing),
        }
    }

    fn enum_part(&mut self, ty: QualType) -> Result<Part, Reason> {
        match self.types().resolve(ty).0 {
            Shape::Enum(id) => Ok(Part::Type(self.enumeration(id)?)),
            _ => Ok(Part::Nothing),
        }
    }

    fn macro_part(&mut self, decl: &Decl) -> Result<Part, Reason> {
        let Some(value) = decl.value.map(|value| *self.decls.constant(value)) else {
            return Ok(Part::Nothing);
        };
        let text = |text| self.decls.text(text).into_owned();
        match value {
            Constant::Int { value, ty } if matches!(self.types().resolve(ty).0, Shape::Pointer(_)) => {
                let ctype = self.types().cffi_name(ty).text;
                Ok(Part::Attribute(Attribute::Pointer { ctype, value }))
            }
            Constant::Int { value, .. } => integer(value),
            Constant::Float { value, .. } => Ok(Part::Attribute(Attribute::Float(value))),
            Constant::Bytes(bytes) => Ok(Part::Attribute(Attribute::Bytes(self.decls.bytes(bytes).to_vec()))),
            Constant::Wide { text: wide, .. } => Ok(Part::Attribute(Attribute::Text(text(wide)))),
            Constant::Elided => Err("only the C compiler knows the value".to_owned()),
            Constant::Unfoldable(problem) => Err(text(self.decls.problem(problem).message)),
        }
    }
}

fn integer(value: i128) -> Result<Part, Reason> {
    if value < i128::from(i64::MIN) || value > i128::from(u64::MAX) {
        return Err("the value has more than 64 bits".to_owned());
    }
    Ok(Part::Integer(value))
}
