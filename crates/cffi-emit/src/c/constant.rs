//! Constants, enumerators, macros and variables.

use std::fmt::Write as _;

use cffi_types::decls::DeclId;

use super::emitter::Emitter;
use super::error::EmitError;
use super::parts::GlobalEntry;
use super::spell::Context;
use crate::lower::Names;
use crate::node::{Node, NodeId, Quals};

impl Emitter<'_> {
    /// Writes the function that gives the value of an integer constant. `expected` is the value of the declaration.
    pub(super) fn integer(
        &mut self,
        name: &str,
        op: &'static str,
        expected: Option<i128>,
    ) -> Result<(), EmitError> {
        self.declare_constant(name)?;
        let mut out = format!(
            "static int _cffi_const_{name}(unsigned long long *_cffi_o)\n{{\n  int _cffi_n = ({name}) <= 0;\n  \
             *_cffi_o = (unsigned long long)(({name}) | 0);\n"
        );
        if let Some(value) = expected {
            let bits = match (u64::try_from(value), i64::try_from(value)) {
                (Ok(bits), _) => bits,
                (_, Ok(value)) => value.cast_unsigned(),
                _ => {
                    return Err(EmitError::verification(format!(
                        "the value of '{name}' has more than 64 bits"
                    )));
                }
            };
            let not = if value <= 0 { "!" } else { "" };
            let _ = writeln!(out, "  if (*_cffi_o != {bits}ULL || {not}_cffi_n)\n    _cffi_n |= 2;");
        }
        out.push_str("  return _cffi_n;\n}\n\n");
        self.text.push_str(&out);
        let entry = GlobalEntry { address: "_cffi_const_", op, index: None, size: None };
        self.globals.insert(name.to_owned(), entry);
        Ok(())
    }

    /// Writes the function that stores the value of a constant of any other type, or the address of a function.
    pub(super) fn constant(&mut self, name: &str, node: NodeId) -> Result<(), EmitError> {
        self.declare_constant(name)?;
        let pointer = self.spell(node, "*", Context::Other("a C file"))?;
        let store = if self.is_read_only_result(node) {
            format!("_cffi_copy(_cffi_o, &({name}), sizeof({name}))")
        } else {
            format!("*({pointer})(void *)_cffi_o = {name}")
        };
        let _ = writeln!(self.text, "static void _cffi_const_{name}(char *_cffi_o)\n{{\n  {store};\n}}\n");
        let entry = GlobalEntry {
            address: "_cffi_const_",
            op: "CONSTANT",
            index: Some(self.position(node)),
            size: None,
        };
        self.globals.insert(name.to_owned(), entry);
        Ok(())
    }

    fn declare_constant(&mut self, name: &str) -> Result<(), EmitError> {
        if self.constants.insert(name.to_owned()) || self.names == Names::Standard {
            return Ok(());
        }
        Err(EmitError::verification(format!("duplicate declaration of const '{name}'")))
    }

    /// Writes the function that gives the address of a variable.
    pub(super) fn variable(
        &mut self,
        name: &str,
        node: NodeId,
        quals: Quals,
        decl: Option<DeclId>,
    ) -> Result<(), EmitError> {
        let declarator = format!("*_cffi_var_{name}(void)");
        let (shown, address) = match *self.maker.lower.nodes.get(node) {
            Node::Array { item, length: None } => (item, ""),
            _ => (node, "&"),
        };
        let spelled = match (self.names, decl) {
            (Names::Standard, Some(id)) if shown == node => {
                self.spelled_as(node, self.maker.lower.decls.decl(id).ty, Context::Other("a C file"))?
            }
            _ => self.spelled(shown, Context::Other("a C file"))?,
        };
        let head = spelled.qualified(&declarator, quals);
        let _ = writeln!(self.text, "static {head}\n{{\n  return {address}({name});\n}}\n");
        let entry = GlobalEntry {
            address: "_cffi_var_",
            op: "GLOBAL_VAR_F",
            index: Some(self.position(node)),
            size: None,
        };
        self.globals.insert(name.to_owned(), entry);
        Ok(())
    }
}
