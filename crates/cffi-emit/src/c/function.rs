//! Functions: one that C code calls, and one that Python calls.

use std::rc::Rc;

use cffi_types::decls::DeclId;
use cffi_types::{Prim, PrimKind};

use super::argument::Arguments;
use super::emitter::{Emitter, VERSION_CHAR16};
use super::error::EmitError;
use super::parts::{GlobalEntry, Prototype, ResultText};
use super::put::put;
use super::spell::{Context, Spelled};
use crate::lower::Names;
use crate::node::{Node, NodeId};

impl Emitter<'_> {
    /// Writes a function, and its entry in the table.
    pub(super) fn function(
        &mut self,
        name: &str,
        node: NodeId,
        decl: Option<DeclId>,
    ) -> Result<(), EmitError> {
        let Some(prototype) = self.prototype(name, node, decl)? else { return Ok(()) };
        let arguments = self.arguments(name, &prototype)?;
        let result = self.result_text(name, &prototype)?;
        self.direct(name, &prototype, &arguments);
        self.text.push_str("#ifndef PYPY_VERSION\n");
        push_wrapper(&mut self.text, name, &prototype, &arguments, result.as_deref());
        self.text.push_str("#else\n");
        self.pypy(name, &prototype);
        self.text.push_str("#endif\n\n");
        let op = match prototype.params.len() {
            0 => "CPYTHON_BLTN_N",
            1 => "CPYTHON_BLTN_O",
            _ => "CPYTHON_BLTN_V",
        };
        let entry =
            GlobalEntry { address: "_cffi_f_", op, index: Some(self.position(node)), size: Some("_cffi_d_") };
        self.globals.insert(name.to_owned(), entry);
        Ok(())
    }

    /// Returns a function with its types as text.
    pub(super) fn prototype(
        &mut self,
        name: &str,
        node: NodeId,
        decl: Option<DeclId>,
    ) -> Result<Option<Prototype>, EmitError> {
        let Node::Function(signature) = self.maker.lower.nodes.get(node).clone() else { return Ok(None) };
        let decl = decl.filter(|_| self.names == Names::Standard);
        let types = self.maker.lower.types();
        let declared = decl
            .and_then(|id| self.maker.lower.function_behind(self.maker.lower.decls.decl(id).ty))
            .map(|id| types.function_of(id));
        let context = Context::Argument(name);
        let mut params = Vec::with_capacity(signature.params.len());
        for (at, param) in signature.params.iter().enumerate() {
            let ty = declared.and_then(|function| types.params(function).get(at).copied());
            params.push(match ty {
                Some(ty) => Rc::new(self.spelled_as(*param, ty, context)?),
                None => self.shared_spelling(*param, context)?,
            });
        }
        let context = Context::Result(name);
        let result = match declared {
            Some(function) => Rc::new(self.spelled_as(signature.result, function.result, context)?),
            None => self.shared_spelling(signature.result, context)?,
        };
        Ok(Some(Prototype { signature, result, params }))
    }

    /// Returns a type as text, which is made once.
    fn shared_spelling(&mut self, node: NodeId, context: Context<'_>) -> Result<Rc<Spelled>, EmitError> {
        if let Some(known) = self.spellings.get(&node) {
            return Ok(known.clone());
        }
        let spelled = Rc::new(self.spelled(node, context)?);
        self.spellings.insert(node, spelled.clone());
        Ok(spelled)
    }

    /// Writes the function whose address is that of the C function.
    fn direct(&mut self, name: &str, prototype: &Prototype, arguments: &Arguments) {
        let result = if self.is_void(prototype.signature.result) { "" } else { "return " };
        let out = &mut self.text;
        out.push_str("static ");
        prototype.result.push_head(out);
        put!(out, prototype.convention(), "_cffi_d_", name, "(");
        if arguments.texts.is_empty() {
            out.push_str("void");
        }
        for (at, text) in arguments.texts.iter().enumerate() {
            put!(out, if at == 0 { "" } else { ", " }, &text.declared);
        }
        out.push(')');
        prototype.result.push_tail(out);
        put!(out, "\n{\n  ", result);
        prototype.push_call(out, name);
        out.push_str(";\n}\n");
    }

    pub(super) fn is_void(&self, node: NodeId) -> bool {
        matches!(self.maker.lower.nodes.get(node), Node::Void)
    }

    /// Returns the texts of a result, which are made once for each type, or `None` for `void`.
    fn result_text(
        &mut self,
        name: &str,
        prototype: &Prototype,
    ) -> Result<Option<Rc<ResultText>>, EmitError> {
        let node = prototype.signature.result;
        let shared = self.names == Names::Declared;
        if let Some(known) = self.results.get(&node).filter(|_| shared) {
            return Ok(Some(known.clone()));
        }
        let Some(expression) = self.result(name, prototype)? else { return Ok(None) };
        let (declared, copied) = if self.is_read_only_result(node) {
            let ty = prototype.result.with("");
            (format!("char _cffi_r[sizeof({ty})]"), Some(prototype.result.with("_cffi_v")))
        } else {
            (prototype.result.with("_cffi_r"), None)
        };
        let text = Rc::new(ResultText { declared, expression, copied });
        if shared {
            self.results.insert(node, text.clone());
        }
        Ok(Some(text))
    }

    /// Returns whether a result is a struct or union to which nothing can be assigned.
    pub(super) fn is_read_only_result(&self, node: NodeId) -> bool {
        matches!(*self.maker.lower.nodes.get(node), Node::Record(id) if self.is_read_only(id))
    }

    /// Returns the expression that makes an object of the result `_cffi_r`, or `None` for `void`.
    fn result(&mut self, name: &str, prototype: &Prototype) -> Result<Option<String>, EmitError> {
        let node = prototype.signature.result;
        let index = self.position(node);
        let pointer = || format!("_cffi_from_pointer((char *)(uintptr_t)_cffi_r, _cffi_type({index}))");
        let memory = || format!("_cffi_from_memory((char *)&_cffi_r, _cffi_type({index}))");
        Ok(Some(match *self.maker.lower.nodes.get(node) {
            Node::Void => return Ok(None),
            Node::Primitive(prim) => match prim.kind() {
                PrimKind::Signed | PrimKind::Unsigned => format!("_cffi_from_int(_cffi_r, {})", prim.name()),
                PrimKind::Bool => "_cffi_from_bool(_cffi_r)".to_owned(),
                PrimKind::Float => "_cffi_from_double((double)_cffi_r)".to_owned(),
                PrimKind::LongDouble | PrimKind::Complex => memory(),
                PrimKind::Char => {
                    if matches!(prim, Prim::Char16 | Prim::Char32) {
                        self.version = VERSION_CHAR16;
                    }
                    format!("_cffi_from_{}(_cffi_r)", prim.name())
                }
            },
            Node::UnknownNumber { float, .. } => {
                let text = prototype.result.with("");
                if float {
                    "_cffi_from_double((double)_cffi_r)".to_owned()
                } else {
                    format!("_cffi_from_int(_cffi_r, {text})")
                }
            }
            Node::Pointer { .. } | Node::NamedPointer { .. } | Node::FunctionPointer(_) => pointer(),
            Node::Enum(_) => memory(),
            Node::Record(id) if self.is_listed(id) => {
                format!("_cffi_from_struct((char *)&_cffi_r, _cffi_type({index}))")
            }
            Node::Record(_) | Node::Unknown(_) => {
                let shown = self.maker.lower.nodes.name(node);
                return Err(EmitError::wrong_type(format!(
                    "'{shown}' is used as result type, but is opaque"
                )));
            }
            _ => {
                let shown = self.maker.lower.nodes.name(node);
                return Err(EmitError::not_implemented(format!("'{shown}' as result of {name}")));
            }
        }))
    }
}

/// Writes the function that Python calls. `result` has the variable and the expression for its object, if there is one.
fn push_wrapper(
    out: &mut String,
    name: &str,
    prototype: &Prototype,
    arguments: &Arguments,
    result: Option<&ResultText>,
) {
    let count = prototype.params.len();
    put!(
        out,
        "static _cffi_object\n_cffi_f_",
        name,
        if count > 1 {
            "(_cffi_object _cffi_self, _cffi_object _cffi_args)\n{\n"
        } else {
            "(_cffi_object _cffi_self, _cffi_object _cffi_o0)\n{\n"
        }
    );
    for text in &arguments.texts {
        out.push_str(&text.variables);
    }
    if count > 1 {
        out.push_str("  _cffi_object _cffi_o0");
        for at in 1..count {
            put!(out, ", _cffi_o", at);
        }
        out.push_str(";\n");
    }
    if let Some(result) = result {
        put!(out, "  ", &result.declared, ";\n");
    }
    out.push_str(if arguments.has_room {
        "  _cffi_thread _cffi_t;\n  _cffi_object _cffi_result = 0;\n  struct _cffi_room _cffi_m;\n  (void)_cffi_self;\n"
    } else {
        "  _cffi_thread _cffi_t;\n  (void)_cffi_self;\n"
    });
    if count == 0 {
        out.push_str("  (void)_cffi_o0;\n");
    }
    if count > 1 {
        put!(out, "  if (!_cffi_unpack(_cffi_args, \"", name, "\", ", count, ", ", count);
        for at in 0..count {
            put!(out, ", &_cffi_o", at);
        }
        out.push_str("))\n    return 0;\n");
    }
    if arguments.has_room {
        out.push_str("  _cffi_enter(&_cffi_m);\n");
    }
    for text in &arguments.texts {
        out.push_str(&text.conversion);
    }
    out.push_str("  _cffi_t = _cffi_before_call();\n  ");
    let copied = result.and_then(|result| result.copied.as_ref());
    match copied {
        Some(variable) => put!(out, "{\n    ", variable, " = "),
        None => out.push_str(if result.is_some() { "_cffi_r = " } else { "" }),
    }
    prototype.push_call(out, name);
    if copied.is_some() {
        out.push_str(";\n    _cffi_copy(_cffi_r, &_cffi_v, sizeof(_cffi_r));\n  }");
    }
    let result = result.map_or("_cffi_none()", |result| &result.expression);
    if arguments.has_room {
        put!(
            out,
            ";\n  _cffi_after_call(_cffi_t);\n  _cffi_result = ",
            result,
            ";\n_cffi_end:\n  _cffi_leave(&_cffi_m);\n  return _cffi_result;\n}\n"
        );
    } else {
        put!(out, ";\n  _cffi_after_call(_cffi_t);\n  return ", result, ";\n}\n");
    }
}
