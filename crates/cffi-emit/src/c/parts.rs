//! The parts of a source: declarations, members, and entries of the tables.

use std::rc::Rc;

use cffi_types::decls::DeclId;
use cffi_types::types::{EnumId, RecordId};

use super::put::put;
use super::spell::Spelled;
use crate::node::{NodeId, Quals, Signature};

/// A declaration of a module.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// The kind as the stock front end names it.
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) what: What,
    pub(super) decl: Option<DeclId>,
}

/// A function with its types as text.
#[derive(Clone, Debug)]
pub(super) struct Prototype {
    pub(super) signature: Signature,
    pub(super) result: Rc<Spelled>,
    pub(super) params: Vec<Rc<Spelled>>,
}

impl Prototype {
    /// Adds the list of parameters in a declaration to a text.
    pub(super) fn push_parameters(&self, out: &mut String) {
        if self.params.is_empty() {
            out.push_str("void");
        }
        for (at, param) in self.params.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            param.push(out, value(at, &mut [0; 16]));
        }
    }

    /// Returns the declarator of a function with this name in front of the parameters.
    pub(super) fn declarator(&self, prefix: &str, name: &str) -> String {
        let mut out = String::with_capacity(256);
        put!(&mut out, self.convention(), prefix, name, "(");
        self.push_parameters(&mut out);
        out.push_str(if self.signature.variadic { ", ...)" } else { ")" });
        out
    }

    /// Adds the call of a function with the values of the arguments to a text.
    pub(super) fn push_call(&self, out: &mut String, name: &str) {
        out.push_str(name);
        out.push('(');
        for at in 0..self.params.len() {
            if at > 0 {
                out.push_str(", ");
            }
            out.push_str(value(at, &mut [0; 16]));
        }
        out.push(')');
    }

    /// Returns the calling convention with a space.
    pub(super) const fn convention(&self) -> &'static str {
        if self.signature.stdcall { "_cffi_stdcall " } else { "" }
    }
}

/// The texts of an argument. Arguments of one type at one place of a list have the same ones.
#[derive(Debug)]
pub(super) struct ArgumentText {
    /// The declaration of the variable with the value.
    pub(super) declared: String,
    /// The declarations of all variables that the argument needs.
    pub(super) variables: String,
    /// The statements that store the value.
    pub(super) conversion: String,
}

/// The texts of a result in a function that Python calls.
#[derive(Debug)]
pub(super) struct ResultText {
    /// The declaration of the variable `_cffi_r`.
    pub(super) declared: String,
    /// The expression that makes an object of it.
    pub(super) expression: String,
    /// The declaration of a variable that is initialized by the call and then copied, if nothing can be assigned to the type.
    pub(super) copied: Option<String>,
}

/// Returns the name of the variable with the value of an argument.
pub(super) fn value(at: usize, buffer: &mut [u8; 16]) -> &str {
    const PREFIX: &[u8] = b"_cffi_x";
    let mut digits = [0; 8];
    let (mut rest, mut count) = (at, 0);
    while count == 0 || rest > 0 && count < digits.len() {
        digits[count] = b'0' + (rest % 10) as u8;
        (rest, count) = (rest / 10, count + 1);
    }
    buffer[..PREFIX.len()].copy_from_slice(PREFIX);
    for (place, digit) in buffer[PREFIX.len()..].iter_mut().zip(digits[..count].iter().rev()) {
        *place = *digit;
    }
    std::str::from_utf8(&buffer[..PREFIX.len() + count]).unwrap_or_default()
}

/// Which C code may call a Python function.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Linkage {
    /// C code of the module.
    Static,
    /// C code that is linked with the module.
    External,
    /// C code that uses the library.
    Exported,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// A function; the node of its type.
    Function(NodeId),
    /// A function with `...`; the nodes of its type and of the pointer to it.
    Variadic { function: NodeId, pointer: NodeId },
    /// A function that Python defines; the node of the pointer to it.
    Python { pointer: NodeId, linkage: Linkage },
    /// A variable.
    Variable { node: NodeId, quals: Quals },
    /// A constant that is no integer.
    Constant(NodeId),
    /// An integer constant, with its value if that is to be compared.
    Integer(Option<i128>),
    /// A struct or union, with the name in C.
    Record { node: NodeId, id: RecordId },
    /// An enum; whether it has a name in C.
    Enum { node: NodeId, id: EnumId, named: bool },
    /// A typedef name.
    Typename(NodeId),
}

impl What {
    /// Adds the types that the module needs because of the declaration to a list.
    pub(super) fn push_roots(&self, list: &mut Vec<NodeId>) {
        match *self {
            What::Function(node)
            | What::Variable { node, .. }
            | What::Constant(node)
            | What::Record { node, .. }
            | What::Enum { node, .. }
            | What::Typename(node)
            | What::Python { pointer: node, .. } => list.push(node),
            What::Variadic { function, pointer } => list.extend([function, pointer]),
            What::Integer(_) => {}
        }
    }
}

impl Item {
    /// Returns kind and name, by which declarations are sorted and errors name them.
    pub(super) fn key(&self) -> String {
        format!("{} {}", self.kind, self.name)
    }
}

/// A member as C text reaches it: those of anonymous structs and unions are members of the outer one.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// The name; empty for an unnamed bit-field.
    pub(super) name: String,
    /// The type as C text declares it.
    pub(super) node: NodeId,
    /// The type in the tables, with the lengths of arrays as expressions.
    pub(super) table: NodeId,
    pub(super) bits: Option<u32>,
    pub(super) quals: Quals,
}

/// An entry for a function, a variable or a constant.
#[derive(Copy, Clone, Debug)]
pub(super) struct GlobalEntry {
    /// The text in front of the name in the address.
    pub(super) address: &'static str,
    pub(super) op: &'static str,
    /// The place of the type.
    pub(super) index: Option<u32>,
    /// The text in front of the name in the size, which is the address of a function then.
    pub(super) size: Option<&'static str>,
}

impl GlobalEntry {
    /// Adds the row of the table to a text.
    pub(super) fn push(self, out: &mut String, name: &str) {
        put!(out, "  { \"", name, "\", (void *)", self.address, name, ", _CFFI_OP(", self.op, ", ");
        match self.index {
            Some(index) => put!(out, index),
            None => out.push_str("-1"),
        }
        match self.size {
            Some(prefix) => put!(out, "), (void *)", prefix, name, " },\n"),
            None => out.push_str("), (void *)0 },\n"),
        }
    }
}

/// An entry for a member.
#[derive(Clone, Debug)]
pub(super) struct FieldEntry {
    pub(super) name: String,
    pub(super) offset: String,
    pub(super) size: String,
    pub(super) op: String,
}

/// An entry for a struct or union.
#[derive(Clone, Debug)]
pub(super) struct RecordEntry {
    pub(super) name: String,
    pub(super) type_index: u32,
    pub(super) flags: String,
    pub(super) size: String,
    pub(super) align: String,
    pub(super) first: i64,
    pub(super) count: usize,
}

/// The members of all structs and unions, one record after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(pub(super) Vec<FieldEntry>);

impl Fields {
    /// Adds the members of a record. Returns the number of the first one, and how many there are.
    pub(super) fn add(&mut self, fields: Vec<FieldEntry>) -> (i64, usize) {
        let (first, count) = (self.0.len() as i64, fields.len());
        self.0.extend(fields);
        (first, count)
    }
}

/// How C text reaches a struct or union.
#[derive(Clone, Debug)]
pub(super) enum Reach {
    /// By its own name.
    Name(String),
    /// By the typedef name of a pointer to it.
    Pointer(String),
    /// Not at all.
    Nothing,
}
