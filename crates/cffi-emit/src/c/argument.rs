//! Arguments of a function that Python calls.

use std::rc::Rc;

use cffi_types::{Prim, PrimKind};

use super::emitter::{Emitter, VERSION_CHAR16};
use super::error::EmitError;
use super::parts::{ArgumentText, Prototype, value};
use super::put::put;
use super::spell::{Context, Spelled};
use crate::lower::Names;
use crate::node::{Node, NodeId};

/// The arguments of a function.
#[derive(Debug)]
pub(super) struct Arguments {
    pub(super) texts: Vec<Rc<ArgumentText>>,
    /// Whether one of them may need memory for an array.
    pub(super) has_room: bool,
}

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
    /// Returns the texts of the arguments of a function.
    pub(super) fn arguments(&mut self, name: &str, prototype: &Prototype) -> Result<Arguments, EmitError> {
        let params = &prototype.signature.params;
        let is_pointer = |node: &NodeId| {
            matches!(self.maker.lower.nodes.get(*node), Node::Pointer { .. } | Node::NamedPointer { .. })
        };
        let has_room = params.iter().any(is_pointer);
        // The types of a header keep the typedef names of the declaration, so one node has several texts there.
        let shared = self.names == Names::Declared;
        let mut texts = Vec::with_capacity(params.len());
        for (at, (node, spelled)) in params.iter().zip(&prototype.params).enumerate() {
            let key = (*node, at, has_room);
            if let Some(known) = self.arguments.get(&key).filter(|_| shared) {
                texts.push(known.clone());
                continue;
            }
            let conversion = self.conversion(*node, Context::Argument(name))?;
            let text = Rc::new(argument_text(at, conversion, spelled, has_room));
            if shared {
                self.arguments.insert(key, text.clone());
            }
            texts.push(text);
        }
        Ok(Arguments { texts, has_room })
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
}

fn argument_text(at: usize, conversion: Conversion, spelled: &Spelled, has_room: bool) -> ArgumentText {
    let declared = spelled.with(value(at, &mut [0; 16]));
    let mut variables = String::new();
    put!(&mut variables, "  ", &declared, ";\n");
    if matches!(conversion, Conversion::Pointer(_)) {
        put!(&mut variables, "  char *_cffi_p", at, ";\n");
    }
    let mut text = String::with_capacity(128);
    let fail = if has_room { "goto _cffi_end" } else { "return 0" };
    push_conversion(&mut text, at, conversion, spelled, fail);
    ArgumentText { declared, variables, conversion: text }
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
