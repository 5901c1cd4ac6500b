//! The declarations of a module in the order of its functions: by kind and name.

use cffi_types::decls::{Constant, Decl, DeclFlags, DeclId, DeclKind};
use cffi_types::types::{EnumId, RecordId, Shape};
use cffi_types::{PrimKind, QualType, Symbol};

use super::emitter::Emitter;
use super::error::EmitError;
use super::parts::{Item, Linkage, What};
use crate::lower::Names;
use crate::node::{Node, NodeId, Quals};
use crate::reason::LeftOut;
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

impl Emitter<'_> {
    /// Returns the declarations in order.
    pub(super) fn items(&mut self, selected: &[DeclId]) -> Result<Vec<Item>, EmitError> {
        let mut items: Vec<Item> = Vec::with_capacity(selected.len());
        let mut nameless = self.nameless_enums();
        for id in selected {
            let decl = *self.maker.lower.decls.decl(*id);
            match self.item(*id, &decl, &mut nameless, &mut items) {
                Ok(()) => {}
                Err(error) if self.names == Names::Declared => return Err(error),
                Err(error) => self.leave_out(*id, error.message),
            }
        }
        if self.names == Names::Standard {
            let mut mentioned = self.mentioned_items(selected);
            mentioned.append(&mut items);
            items = mentioned;
        }
        // Of several declarations, the last one counts.
        items.reverse();
        items.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        items.dedup_by(|later, kept| later.kind == kept.kind && later.name == kept.name);
        if self.names == Names::Standard {
            self.drop_repeated(&mut items);
        }
        Ok(items)
    }

    /// Removes macros of a header that have the name of another declaration.
    fn drop_repeated(&self, items: &mut Vec<Item>) {
        let mut names: HashSet<String> = HashSet::default();
        for item in items.iter() {
            match &item.what {
                What::Enum { id, .. } => {
                    let types = self.maker.lower.types();
                    let all = types.enumerators(*id).iter();
                    names.extend(all.map(|e| types.symbols.get(e.name).to_owned()));
                }
                What::Function(_) | What::Variadic { .. } | What::Variable { .. } | What::Constant(_) => {
                    names.insert(item.name.clone());
                }
                _ => {}
            }
        }
        items.retain(|item| !matches!(item.what, What::Integer(_)) || names.insert(item.name.clone()));
    }

    fn leave_out(&mut self, id: DeclId, reason: String) {
        let decl = *self.maker.lower.decls.decl(id);
        let name = self.maker.lower.types().symbols.get(decl.name).to_owned();
        let left = LeftOut { name, kind: decl.kind.name(), reason, span: Some(decl.span), decl: Some(id) };
        self.maker.tables.left_out.push(left);
    }

    /// Returns the numbers of the enums that have no name in C.
    fn nameless_enums(&self) -> HashMap<EnumId, usize> {
        let types = self.maker.lower.types();
        let nameless = types.enum_ids().filter(|id| {
            let e = types.enum_of(*id);
            e.tag.is_empty() && e.alias.is_empty()
        });
        nameless.map(|id| (id, self.maker.lower.nameless[&types.enum_of(id).ty])).collect()
    }

    /// Adds what a declaration is in a module to `items`.
    fn item(
        &mut self,
        id: DeclId,
        decl: &Decl,
        nameless: &mut HashMap<EnumId, usize>,
        items: &mut Vec<Item>,
    ) -> Result<(), EmitError> {
        let name = self.maker.lower.types().symbols.get(decl.name).to_owned();
        let included = decl.flags.contains(DeclFlags::INCLUDED);
        let mut add = |kind, name, what| items.push(Item { kind, name, what, decl: Some(id) });
        match decl.kind {
            DeclKind::Function => {
                let Some((kind, what)) =
                    self.function_item(decl).map_err(|error| self.named(error, "function", &name))?
                else {
                    return Ok(());
                };
                add(kind, name, what);
            }
            DeclKind::Variable => {
                let (kind, what) =
                    self.variable_item(decl, &name).map_err(|error| self.named(error, "variable", &name))?;
                add(kind, name, what);
            }
            DeclKind::Typedef => items.extend(self.typedef_items(id, decl, &name)?),
            DeclKind::Struct | DeclKind::Union => {
                let Shape::Record(record) = self.maker.lower.types().resolve(decl.ty).0 else {
                    return Ok(());
                };
                if name.is_empty() {
                    return Ok(());
                }
                let node = self.lower_record(record)?;
                self.maker.note_external(decl, node);
                add(decl.kind.name(), name, What::Record { node, id: record });
            }
            DeclKind::Enum => {
                let Shape::Enum(e) = self.maker.lower.types().resolve(decl.ty).0 else { return Ok(()) };
                let node = self.maker.lower.enumeration(e).map_err(EmitError::not_implemented)?;
                if !name.is_empty() {
                    add("enum", name, What::Enum { node, id: e, named: true });
                    return Ok(());
                }
                if let Some(number) = nameless.remove(&e)
                    && !included
                {
                    add(
                        "anonymous",
                        format!("$enum_${}", number + 1),
                        What::Enum { node, id: e, named: false },
                    );
                }
            }
            DeclKind::Macro if !included => {
                if let Some(what) = self.macro_item(decl)? {
                    add("macro", name, what);
                }
            }
            DeclKind::Enumerator | DeclKind::Macro => {}
        }
        Ok(())
    }

    /// Returns an error with the declaration in front. In lists of what a header's module lacks, the name is there already.
    fn named(&self, error: EmitError, kind: &str, name: &str) -> EmitError {
        if self.names == Names::Standard { error } else { error.of(&format!("{kind} {name}")) }
    }

    fn lower_record(&mut self, id: RecordId) -> Result<NodeId, EmitError> {
        self.maker.lower.record(id).map_err(EmitError::not_implemented)
    }

    fn function_item(&mut self, decl: &Decl) -> Result<Option<(&'static str, What)>, EmitError> {
        let Some(function) = self.maker.lower.function_behind(decl.ty) else { return Ok(None) };
        let node = self.maker.lower.function(function).map_err(EmitError::not_implemented)?;
        if self.takes_va_list(node) {
            return Err(EmitError::not_implemented("Python code cannot make a va_list"));
        }
        let has = |flag| decl.flags.contains(flag);
        let linkage = if has(DeclFlags::EXPORTED) {
            Some(("dllexport_python", Linkage::Exported))
        } else if has(DeclFlags::EXTERN_PYTHON) {
            Some(("extern_python", Linkage::Static))
        } else if has(DeclFlags::EXTERN_PYTHON_PLUS_C) {
            Some(("extern_python_plus_c", Linkage::External))
        } else {
            None
        };
        let variadic =
            matches!(self.maker.lower.nodes.get(node), Node::Function(signature) if signature.variadic);
        if linkage.is_none() && !variadic {
            return Ok(Some(("function", What::Function(node))));
        }
        let pointer = self.add(Node::FunctionPointer(node), "")?;
        if let Some((kind, linkage)) = linkage {
            return Ok(Some((kind, What::Python { pointer, linkage })));
        }
        Ok(Some(("function", What::Variadic { function: node, pointer })))
    }

    /// Returns whether an argument of a function of a header is a `va_list`.
    fn takes_va_list(&self, node: NodeId) -> bool {
        let Node::Function(signature) = self.maker.lower.nodes.get(node) else { return false };
        let is_list = |node: &NodeId| match self.maker.lower.nodes.get(*node) {
            Node::Pointer { to, .. } => self.is_va_record(*to),
            _ => self.is_va_record(*node),
        };
        self.names == Names::Standard && signature.params.iter().any(is_list)
    }

    /// Returns whether a type is the struct behind `va_list`, which has no name in C.
    pub(super) fn is_va_record(&self, node: NodeId) -> bool {
        let Node::Record(id) = *self.maker.lower.nodes.get(node) else { return false };
        let types = self.maker.lower.types();
        matches!(types.symbols.get(types.record(id).tag), "__va_list_tag" | "__va_list")
    }

    fn variable_item(&mut self, decl: &Decl, name: &str) -> Result<(&'static str, What), EmitError> {
        let node = self.maker.lower.lower(decl.ty).map_err(EmitError::not_implemented)?;
        let quals = self.quals(decl.ty);
        let array = self.maker.lower.nodes.get(node).is_array();
        if quals.constant && !array {
            let what = if self.is_integer(node) { What::Integer(None) } else { What::Constant(node) };
            return Ok(("constant", what));
        }
        let node = self.with_lengths(node, name)?;
        Ok(("variable", What::Variable { node, quals }))
    }

    /// Returns whether a type is one of C's integer types, characters and enums excepted.
    pub(super) fn is_integer(&self, node: NodeId) -> bool {
        match self.maker.lower.nodes.get(node) {
            Node::Primitive(prim) => {
                matches!(prim.kind(), PrimKind::Signed | PrimKind::Unsigned | PrimKind::Bool)
            }
            Node::UnknownNumber { float, .. } => !float,
            _ => false,
        }
    }

    fn typedef_items(&mut self, id: DeclId, decl: &Decl, name: &str) -> Result<Vec<Item>, EmitError> {
        if self.maker.lower.standard_name(decl.name, decl.ty).is_some() {
            return Ok(Vec::new());
        }
        let lowered = self.maker.lower.lower(decl.ty).map_err(EmitError::not_implemented)?;
        if self.maker.lower.is_file(lowered) && name == "FILE" {
            return Ok(Vec::new());
        }
        let node = self.with_typedef_lengths(lowered, &format!("*({name} *)0"))?;
        self.maker.note_external(decl, node);
        let mut items =
            vec![Item { kind: "typedef", name: name.to_owned(), what: What::Typename(node), decl: Some(id) }];
        let what = match *self.maker.lower.nodes.get(node) {
            Node::Record(record) if self.is_name_of(decl, decl.ty, record) => {
                Some(What::Record { node, id: record })
            }
            Node::Enum(e) => {
                let e_type = self.maker.lower.types().enum_of(e);
                (e_type.tag.is_empty() && e_type.alias == decl.name).then_some(What::Enum {
                    node,
                    id: e,
                    named: true,
                })
            }
            _ => None,
        };
        if let Some(what) = what {
            items.push(Item { kind: "anonymous", name: name.to_owned(), what, decl: Some(id) });
        }
        Ok(items)
    }

    /// Returns whether a typedef gives a struct or union without a tag its name.
    fn is_name_of(&self, decl: &Decl, _ty: QualType, id: RecordId) -> bool {
        let record = self.maker.lower.types().record(id);
        record.tag.is_empty() && record.alias == decl.name && record.alias != Symbol::EMPTY
    }

    fn macro_item(&mut self, decl: &Decl) -> Result<Option<What>, EmitError> {
        let decls = self.maker.lower.decls;
        match decl.value.map(|value| *decls.constant(value)) {
            Some(Constant::Int { ty, .. }) if !self.is_arithmetic(ty) => {
                Err(EmitError::not_implemented("the macro is an address"))
            }
            Some(Constant::Int { value, .. }) if self.names == Names::Declared => {
                Ok(Some(What::Integer(Some(value))))
            }
            Some(Constant::Int { .. } | Constant::Elided) => Ok(Some(What::Integer(None))),
            Some(Constant::Float { .. }) => {
                let node =
                    self.maker.lower.lower(QualType::from(cffi_types::TypeId::of(cffi_types::Prim::Double)));
                Ok(Some(What::Constant(node.map_err(EmitError::not_implemented)?)))
            }
            Some(Constant::Bytes(_)) => {
                let text = QualType::from(cffi_types::TypeId::of(cffi_types::Prim::Char));
                let item = self.maker.lower.lower(text).map_err(EmitError::not_implemented)?;
                let quals = Quals { constant: true, ..Quals::default() };
                Ok(Some(What::Constant(self.add(Node::Pointer { to: item, quals }, "")?)))
            }
            Some(Constant::Wide { .. }) => Err(EmitError::not_implemented("the macro is a wide string")),
            Some(Constant::Unfoldable(problem)) => {
                let problem = decls.problem(problem).message;
                Err(EmitError::not_implemented(decls.text(problem)))
            }
            None => Ok(None),
        }
    }

    fn is_arithmetic(&self, ty: QualType) -> bool {
        !matches!(self.maker.lower.types().resolve(ty).0, Shape::Pointer(_))
    }

    /// Returns the structs, unions, enums and typedef names that the selected declarations mention.
    fn mentioned_items(&mut self, selected: &[DeclId]) -> Vec<Item> {
        let mut nameless = self.nameless_enums();
        let mut items = Vec::new();
        for id in self.maker.mentioned(selected) {
            let decl = *self.maker.lower.decls.decl(id);
            let kept = items.len();
            if self.item(id, &decl, &mut nameless, &mut items).is_err() {
                items.truncate(kept);
            }
        }
        items
    }
}
