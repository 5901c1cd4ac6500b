//! Functions: one that C code calls, and one that Python calls.

use std::fmt::Write as _;

use cffi_types::decls::DeclId;
use cffi_types::{Prim, PrimKind};

use super::emitter::{Emitter, VERSION_CHAR16};
use super::error::EmitError;
use super::parts::{GlobalEntry, Prototype};
use super::spell::Spelled;
use crate::node::{Node, NodeId, Signature};

/// How an argument becomes a C value.
enum Conversion {
    /// An expression, and the value that may mean an error.
    Expression { text: String, error: String },
    /// A function that stores the value.
    Stored(u32),
    /// A pointer, which may need memory for an array.
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
        self.body.push_str("#ifndef PYPY_VERSION\n");
        self.wrapper(name, &prototype)?;
        self.body.push_str("#else\n");
        self.pypy(name, &prototype);
        self.body.push_str("#endif\n\n");
        let op = match prototype.params.len() {
            0 => "CPYTHON_BLTN_N",
            1 => "CPYTHON_BLTN_O",
            _ => "CPYTHON_BLTN_V",
        };
        let entry = GlobalEntry {
            address: format!("_cffi_f_{name}"),
            op: format!("_CFFI_OP({op}, {})", self.position(node)),
            size: format!("(void *)_cffi_d_{name}"),
        };
        self.globals.insert(name.to_owned(), entry);
        Ok(())
    }

    /// Returns a function with its types as text.
    pub(super) fn prototype(
        &self,
        name: &str,
        node: NodeId,
        decl: Option<DeclId>,
    ) -> Result<Option<Prototype>, EmitError> {
        let Node::Function(signature) = self.maker.lower.nodes.get(node).clone() else { return Ok(None) };
        let types = self.maker.lower.types();
        let declared = decl
            .and_then(|id| self.maker.lower.function_behind(self.maker.lower.decls.decl(id).ty))
            .map(|id| types.function_of(id));
        let context = format!("argument of {name}");
        let mut params = Vec::new();
        for (at, param) in signature.params.iter().enumerate() {
            let ty = declared.and_then(|function| types.params(function).get(at).copied());
            params.push(match ty {
                Some(ty) => self.spelled_as(*param, ty, &context)?,
                None => self.spelled(*param, &context)?,
            });
        }
        let context = format!("result of {name}");
        let result = match declared {
            Some(function) => self.spelled_as(signature.result, function.result, &context)?,
            None => self.spelled(signature.result, &context)?,
        };
        Ok(Some(Prototype { signature, result, params }))
    }

    /// Writes the function whose address is that of the C function.
    fn direct(&mut self, name: &str, prototype: &Prototype) {
        let params = prototype.parameter_list("_cffi_x");
        let head = prototype.result.with(&format!("{}_cffi_d_{name}({params})", prototype.convention()));
        let result = if self.is_void(prototype.signature.result) { "" } else { "return " };
        let call = call(name, &prototype.signature);
        let _ = writeln!(self.body, "static {head}\n{{\n  {result}{call};\n}}");
    }

    pub(super) fn is_void(&self, node: NodeId) -> bool {
        matches!(self.maker.lower.nodes.get(node), Node::Void)
    }

    /// Writes the function that Python calls.
    fn wrapper(&mut self, name: &str, prototype: &Prototype) -> Result<(), EmitError> {
        let signature = &prototype.signature;
        let context = format!("argument of {name}");
        let count = signature.params.len();
        let mut conversions = Vec::new();
        for (param, spelled) in signature.params.iter().zip(&prototype.params) {
            conversions.push(self.conversion(*param, &spelled.with(""), &context)?);
        }
        let result = self.result(name, prototype)?;
        let has_room = conversions.iter().any(|conversion| matches!(conversion, Conversion::Pointer(_)));
        let argument = match count {
            0 | 1 => "_cffi_o0",
            _ => "_cffi_args",
        };
        let mut out = format!(
            "static _cffi_object\n_cffi_f_{name}(_cffi_object _cffi_self, _cffi_object {argument})\n{{\n"
        );
        for param in prototype.parameters("_cffi_x") {
            let _ = writeln!(out, "  {param};");
        }
        for (at, _) in conversions.iter().enumerate().filter(|(_, c)| matches!(c, Conversion::Pointer(_))) {
            let _ = writeln!(out, "  char *_cffi_p{at};");
        }
        if count > 1 {
            let objects: Vec<String> = (0..count).map(|at| format!("_cffi_o{at}")).collect();
            let _ = writeln!(out, "  _cffi_object {};", objects.join(", "));
        }
        if result.is_some() {
            let _ = writeln!(out, "  {};", prototype.result.with("_cffi_r"));
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
            let places: Vec<String> = (0..count).map(|at| format!("&_cffi_o{at}")).collect();
            let _ = writeln!(
                out,
                "  if (!_cffi_unpack(_cffi_args, \"{name}\", {count}, {count}, {}))\n    return 0;",
                places.join(", ")
            );
        }
        if has_room {
            out.push_str("  _cffi_enter(&_cffi_m);\n");
        }
        let fail = if has_room { "goto _cffi_end" } else { "return 0" };
        for (at, conversion) in conversions.iter().enumerate() {
            convert(&mut out, at, conversion, &prototype.params[at], fail);
        }
        out.push_str("  _cffi_t = _cffi_before_call();\n");
        let store = if result.is_some() { "_cffi_r = " } else { "" };
        let _ = writeln!(out, "  {store}{};", call(name, signature));
        out.push_str("  _cffi_after_call(_cffi_t);\n");
        let result = result.as_deref().unwrap_or("_cffi_none()");
        if has_room {
            let _ = writeln!(
                out,
                "  _cffi_result = {result};\n_cffi_end:\n  _cffi_leave(&_cffi_m);\n  return _cffi_result;\n}}"
            );
        } else {
            let _ = writeln!(out, "  return {result};\n}}");
        }
        self.body.push_str(&out);
        Ok(())
    }

    /// Returns how an argument becomes a C value. The object is `@` in expressions.
    fn conversion(&mut self, node: NodeId, name: &str, context: &str) -> Result<Conversion, EmitError> {
        let index = self.position(node);
        Ok(match *self.maker.lower.nodes.get(node) {
            Node::Primitive(prim) => self.primitive_argument(prim, index),
            Node::UnknownNumber { float: false, .. } => integer_argument(name),
            Node::UnknownNumber { float: true, .. } => Conversion::Expression {
                text: format!("({name})_cffi_to_double(@)"),
                error: format!("({name})-1"),
            },
            Node::Pointer { .. } | Node::NamedPointer { .. } => Conversion::Pointer(index),
            Node::FunctionPointer(_) => Conversion::Expression {
                text: format!("({name})_cffi_to_pointer(@, _cffi_type({index}))"),
                error: "0".to_owned(),
            },
            Node::Record(_) | Node::Enum(_) | Node::Unknown(_) => Conversion::Stored(index),
            _ => {
                let shown = self.maker.lower.nodes.name(node);
                return Err(EmitError::not_implemented(format!("'{shown}' as {context}")));
            }
        })
    }

    fn primitive_argument(&mut self, prim: Prim, index: u32) -> Conversion {
        let name = prim.name();
        let function = match prim.kind() {
            PrimKind::Signed | PrimKind::Unsigned => return integer_argument(name),
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
        };
        let error = format!("({name})-1");
        Conversion::Expression { text: format!("({name}){function}(@)"), error }
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

fn integer_argument(name: &str) -> Conversion {
    Conversion::Expression { text: format!("_cffi_to_int(@, {name})"), error: format!("({name})-1") }
}

/// Writes the conversion of an argument.
fn convert(out: &mut String, at: usize, conversion: &Conversion, spelled: &Spelled, fail: &str) {
    let object = format!("_cffi_o{at}");
    let _ = match conversion {
        Conversion::Expression { text, error } => writeln!(
            out,
            "  _cffi_x{at} = {};\n  if (_cffi_x{at} == {error} && _cffi_failed())\n    {fail};",
            text.replace('@', &object)
        ),
        Conversion::Stored(index) => writeln!(
            out,
            "  if (_cffi_to_memory((char *)&_cffi_x{at}, _cffi_type({index}), {object}) < 0)\n    {fail};"
        ),
        Conversion::Pointer(index) => writeln!(
            out,
            "  if (_cffi_to_array(&_cffi_m, _cffi_type({index}), {object}, &_cffi_p{at}) < 0)\n    {fail};\n  \
             _cffi_x{at} = ({})_cffi_p{at};",
            spelled.with("")
        ),
    };
}

/// Returns the call of a function with the values of the arguments.
pub(super) fn call(name: &str, signature: &Signature) -> String {
    let values: Vec<String> = (0..signature.params.len()).map(|at| format!("_cffi_x{at}")).collect();
    format!("{name}({})", values.join(", "))
}
