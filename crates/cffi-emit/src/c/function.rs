//! Functions: one that C code calls, and one that Python calls.

use std::rc::Rc;

use cffi_types::decls::DeclId;
use cffi_types::{Prim, PrimKind};

use super::emitter::{Emitter, VERSION_CHAR16};
use super::error::EmitError;
use super::parts::{GlobalEntry, Prototype, value};
use super::put::put;
use super::spell::{Context, Spelled};
use crate::lower::Names;
use crate::node::{Node, NodeId};

/// How an argument becomes a C value.
#[derive(Copy, Clone)]
enum Conversion {
    /// An integer of any size.
    Integer,
    /// The result of a function, cast to the type.
    Cast(&'static str),
    /// A pointer to a function; the place of its type.
    Function(u32),
    /// A function stores the value; the place of the type.
    Stored(u32),
    /// A pointer, which may need memory for an array; the place of its type.
    Pointer(u32),
}

impl Emitter<'_> {
    /// Writes a function, and its entry in the table.
    pub(super) fn function(
        &mut self,
        name: &str,
        node: NodeId,
        decl: Option<DeclId>,
    ) -> Result<(), EmitError> {
        let Some(prototype) = self.prototype(name, node, decl)? else { return Ok(()) };
        self.direct(name, &prototype);
        self.text.push_str("#ifndef PYPY_VERSION\n");
        self.wrapper(name, &prototype)?;
        self.text.push_str("#else\n");
        self.pypy(name, &prototype);
        self.text.push_str("#endif\n\n");
        let op = match prototype.params.len() {
            0 => "CPYTHON_BLTN_N",
            1 => "CPYTHON_BLTN_O",
            _ => "CPYTHON_BLTN_V",
        };
        let entry = GlobalEntry::new("_cffi_f_", name, op, Some(self.position(node)), Some("_cffi_d_"));
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
    fn direct(&mut self, name: &str, prototype: &Prototype) {
        let result = if self.is_void(prototype.signature.result) { "" } else { "return " };
        let out = &mut self.text;
        out.push_str("static ");
        prototype.result.push(out, &prototype.declarator("_cffi_d_", name));
        put!(out, "\n{\n  ", result);
        prototype.push_call(out, name);
        out.push_str(";\n}\n");
    }

    pub(super) fn is_void(&self, node: NodeId) -> bool {
        matches!(self.maker.lower.nodes.get(node), Node::Void)
    }

    /// Writes the function that Python calls.
    fn wrapper(&mut self, name: &str, prototype: &Prototype) -> Result<(), EmitError> {
        let context = Context::Argument(name);
        let mut conversions = Vec::with_capacity(prototype.params.len());
        for param in &prototype.signature.params {
            conversions.push(self.conversion(*param, context)?);
        }
        let result = self.result(name, prototype)?;
        push_wrapper(&mut self.text, name, prototype, &conversions, result.as_deref());
        Ok(())
    }

    /// Returns how an argument becomes a C value.
    fn conversion(&mut self, node: NodeId, context: Context<'_>) -> Result<Conversion, EmitError> {
        let index = self.position(node);
        Ok(match *self.maker.lower.nodes.get(node) {
            Node::Primitive(prim) => self.primitive_argument(prim, index),
            Node::UnknownNumber { float: false, .. } => Conversion::Integer,
            Node::UnknownNumber { float: true, .. } => Conversion::Cast("_cffi_to_double"),
            Node::Pointer { .. } | Node::NamedPointer { .. } => Conversion::Pointer(index),
            Node::FunctionPointer(_) => Conversion::Function(index),
            Node::Record(_) | Node::Enum(_) | Node::Unknown(_) => Conversion::Stored(index),
            _ => {
                let shown = self.maker.lower.nodes.name(node);
                return Err(EmitError::not_implemented(format!("'{shown}' as {context}")));
            }
        })
    }

    fn primitive_argument(&mut self, prim: Prim, index: u32) -> Conversion {
        Conversion::Cast(match prim.kind() {
            PrimKind::Signed | PrimKind::Unsigned => return Conversion::Integer,
            PrimKind::Complex => return Conversion::Stored(index),
            PrimKind::Bool => "_cffi_to_bool",
            PrimKind::Float => "_cffi_to_double",
            PrimKind::LongDouble => "_cffi_to_long_double",
            PrimKind::Char => match prim {
                Prim::Char => "_cffi_to_char",
                Prim::WChar => "_cffi_to_wchar_t",
                Prim::Char16 => {
                    self.version = VERSION_CHAR16;
                    "_cffi_to_char16_t"
                }
                _ => {
                    self.version = VERSION_CHAR16;
                    "_cffi_to_char32_t"
                }
            },
        })
    }

    /// Returns the expression that makes an object of the result `_cffi_r`, or `None` for `void`.
    fn result(&mut self, name: &str, prototype: &Prototype) -> Result<Option<String>, EmitError> {
        let node = prototype.signature.result;
        let index = self.position(node);
        let pointer = || format!("_cffi_from_pointer((char *)_cffi_r, _cffi_type({index}))");
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

/// Writes the function that Python calls. `result` is the expression for its object, if there is one.
fn push_wrapper(
    out: &mut String,
    name: &str,
    prototype: &Prototype,
    conversions: &[Conversion],
    result: Option<&str>,
) {
    let count = conversions.len();
    let pointers = || {
        let numbered = conversions.iter().enumerate();
        numbered.filter(|(_, conversion)| matches!(conversion, Conversion::Pointer(_))).map(|(at, _)| at)
    };
    let has_room = pointers().next().is_some();
    let argument = if count > 1 { "_cffi_args" } else { "_cffi_o0" };
    put!(
        out,
        "static _cffi_object\n_cffi_f_",
        name,
        "(_cffi_object _cffi_self, _cffi_object ",
        argument,
        ")\n{\n"
    );
    for (at, param) in prototype.params.iter().enumerate() {
        out.push_str("  ");
        param.push(out, value(at, &mut [0; 16]));
        out.push_str(";\n");
    }
    for at in pointers() {
        put!(out, "  char *_cffi_p", at, ";\n");
    }
    if count > 1 {
        out.push_str("  _cffi_object _cffi_o0");
        for at in 1..count {
            put!(out, ", _cffi_o", at);
        }
        out.push_str(";\n");
    }
    if result.is_some() {
        out.push_str("  ");
        prototype.result.push(out, "_cffi_r");
        out.push_str(";\n");
    }
    out.push_str("  _cffi_thread _cffi_t;\n");
    if has_room {
        out.push_str("  _cffi_object _cffi_result = 0;\n  struct _cffi_room _cffi_m;\n");
    }
    out.push_str("  (void)_cffi_self;\n");
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
    if has_room {
        out.push_str("  _cffi_enter(&_cffi_m);\n");
    }
    let fail = if has_room { "goto _cffi_end" } else { "return 0" };
    for (at, (conversion, spelled)) in conversions.iter().zip(&prototype.params).enumerate() {
        push_conversion(out, at, *conversion, spelled, fail);
    }
    out.push_str("  _cffi_t = _cffi_before_call();\n  ");
    out.push_str(if result.is_some() { "_cffi_r = " } else { "" });
    prototype.push_call(out, name);
    out.push_str(";\n  _cffi_after_call(_cffi_t);\n");
    let result = result.unwrap_or("_cffi_none()");
    if has_room {
        put!(
            out,
            "  _cffi_result = ",
            result,
            ";\n_cffi_end:\n  _cffi_leave(&_cffi_m);\n  return _cffi_result;\n}\n"
        );
    } else {
        put!(out, "  return ", result, ";\n}\n");
    }
}

/// Writes the conversion of an argument.
fn push_conversion(out: &mut String, at: usize, conversion: Conversion, spelled: &Spelled, fail: &str) {
    let error = match conversion {
        Conversion::Stored(index) => {
            put!(out, "  if (_cffi_to_memory((char *)&_cffi_x", at, ", _cffi_type(", index, "), _cffi_o", at);
            put!(out, ") < 0)\n    ", fail, ";\n");
            return;
        }
        Conversion::Pointer(index) => {
            put!(
                out,
                "  if (_cffi_to_array(&_cffi_m, _cffi_type(",
                index,
                "), _cffi_o",
                at,
                ", &_cffi_p",
                at
            );
            put!(out, ") < 0)\n    ", fail, ";\n  _cffi_x", at, " = (");
            spelled.push(out, "");
            put!(out, ")_cffi_p", at, ";\n");
            return;
        }
        Conversion::Integer => {
            put!(out, "  _cffi_x", at, " = _cffi_to_int(_cffi_o", at, ", ");
            spelled.push(out, "");
            ")-1"
        }
        Conversion::Cast(function) => {
            put!(out, "  _cffi_x", at, " = (");
            spelled.push(out, "");
            put!(out, ")", function, "(_cffi_o", at);
            ")-1"
        }
        Conversion::Function(index) => {
            put!(out, "  _cffi_x", at, " = (");
            spelled.push(out, "");
            put!(out, ")_cffi_to_pointer(_cffi_o", at, ", _cffi_type(", index, ")");
            ")0"
        }
    };
    put!(out, ");\n  if (_cffi_x", at, " == (");
    spelled.push(out, "");
    put!(out, error, " && _cffi_failed())\n    ", fail, ";\n");
}
