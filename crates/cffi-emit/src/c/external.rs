//! `extern "Python"`: C functions that call Python.

use std::fmt::Write as _;

use cffi_types::{Prim, PrimKind};

use super::emitter::Emitter;
use super::error::EmitError;
use super::parts::{GlobalEntry, Linkage};
use crate::node::{Node, NodeId};

impl Emitter<'_> {
    /// Writes a C function whose arguments go to Python, and its entry in the table.
    pub(super) fn python(&mut self, name: &str, pointer: NodeId, linkage: Linkage) -> Result<(), EmitError> {
        let Node::FunctionPointer(function) = *self.maker.lower.nodes.get(pointer) else { return Ok(()) };
        let Some(prototype) = self.prototype(name, function, None)? else { return Ok(()) };
        let signature = &prototype.signature;
        let is_void = self.is_void(signature.result);
        let size = if is_void { "0".to_owned() } else { format!("sizeof({})", prototype.result.with("")) };
        let module = &self.module.name;
        let mut out = format!(
            "static struct _cffi_externpy_s _cffi_python_{name} =\n  {{ \"{module}.{name}\", {size}, 0, 0 }};\n\n"
        );
        let head = prototype.result.with(&prototype.declarator("", name));
        let linkage = match linkage {
            Linkage::Static => "static ",
            Linkage::External => "",
            Linkage::Exported => "CFFI_DLLEXPORT ",
        };
        // Each argument has 8 bytes, and so has the result; larger ones go by address. The last argument may have 16.
        let bytes = ((signature.params.len() + usize::from(signature.variadic)) * 8).max(8) + 8;
        self.refuse_wide_values(name, &signature.params, signature.variadic)?;
        let _ = write!(
            out,
            "{linkage}{head}\n{{\n  union {{\n    long long _cffi_i;\n    double _cffi_d;\n    void *_cffi_p;\n"
        );
        if !is_void {
            let _ = writeln!(out, "    {};", prototype.result.with("_cffi_r"));
        }
        let _ = writeln!(out, "    char _cffi_b[{bytes}];\n  }} _cffi_a;");
        for (at, param) in signature.params.iter().enumerate() {
            let from = if self.goes_by_address(*param) {
                let _ = writeln!(out, "  void *_cffi_p{at} = (void *)&_cffi_x{at};");
                format!("_cffi_p{at}")
            } else {
                format!("_cffi_x{at}")
            };
            let _ = writeln!(out, "  _cffi_copy(_cffi_a._cffi_b + {}, &{from}, sizeof({from}));", at * 8);
        }
        if let (true, Some(last)) = (signature.variadic, signature.params.len().checked_sub(1)) {
            let at = signature.params.len() * 8;
            let _ = writeln!(out, "  va_list _cffi_rest;\n  void *_cffi_p = (void *)&_cffi_rest;");
            let _ = writeln!(out, "  va_start(_cffi_rest, _cffi_x{last});");
            let _ = writeln!(out, "  _cffi_copy(_cffi_a._cffi_b + {at}, &_cffi_p, sizeof(_cffi_p));");
        }
        let _ = writeln!(out, "  _cffi_call_python(&_cffi_python_{name}, _cffi_a._cffi_b);");
        if signature.variadic {
            out.push_str("  va_end(_cffi_rest);\n");
        }
        if !is_void {
            out.push_str("  return _cffi_a._cffi_r;\n");
        }
        out.push_str("}\n\n");
        self.text.push_str(&out);
        self.has_python_functions = true;
        let entry = GlobalEntry {
            address: "&_cffi_python_",
            op: "EXTERN_PYTHON",
            index: Some(self.position(pointer)),
            size: Some(""),
        };
        self.globals.insert(name.to_owned(), entry);
        Ok(())
    }

    /// Refuses an argument of type `double _Complex` before another one. Backends look for the 16 bytes of its value,
    /// though each argument has 8 bytes; so there is room for the last one only.
    fn refuse_wide_values(&self, name: &str, params: &[NodeId], variadic: bool) -> Result<(), EmitError> {
        let is_wide = |node: &NodeId| matches!(self.maker.lower.nodes.get(*node), Node::Primitive(prim) if *prim == Prim::DoubleComplex);
        let before = params.len() - usize::from(!variadic && !params.is_empty());
        match params[..before].iter().position(is_wide) {
            None => Ok(()),
            Some(at) => Err(EmitError::not_implemented(format!(
                "extern \"Python\" function {name}: argument {} has the type double _Complex, which only the last \
                 argument can have; pass a pointer to it",
                at + 1
            ))),
        }
    }

    /// Returns whether the address of an argument is stored: of a struct, a union, a `long double`.
    fn goes_by_address(&self, node: NodeId) -> bool {
        match self.maker.lower.nodes.get(node) {
            Node::Record(_) | Node::Unknown(_) => true,
            Node::Primitive(prim) => prim.kind() == PrimKind::LongDouble,
            _ => false,
        }
    }
}
