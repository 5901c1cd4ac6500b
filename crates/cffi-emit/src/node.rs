//! The types of a module's table, each stored once.
//!
//! A table is poorer than C: it has no qualifiers except for the names of pointers, no typedefs inside of types, and no
//! types that cffi does not know. [`crate::lower`] makes nodes from C types.

use std::cmp::Ordering;
use std::rc::Rc;

use cffi_types::types::{EnumId, RecordId};
use cffi_types::{Prim, Symbol};
use rustc_hash::FxHashMap as HashMap;

/// The number of a node.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct NodeId(u32);

impl NodeId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A type of a table.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Node {
    Void,
    Primitive(Prim),
    /// A pointer to anything but a function. The qualifiers of the item are part of the name only.
    Pointer {
        to: NodeId,
        quals: Quals,
    },
    /// A pointer to a struct that has no name of its own; the typedef name of the pointer.
    NamedPointer {
        to: NodeId,
        name: Symbol,
    },
    Array {
        item: NodeId,
        length: Option<u32>,
    },
    /// An array whose length is a C expression. Only C modules have such types.
    CArray {
        item: NodeId,
        length: Rc<str>,
    },
    /// An array with `[...]`, before the place is known that gives it a length.
    Elided {
        item: NodeId,
    },
    /// An integer or floating-point type that only the C compiler knows, by its name. Only C modules have such types.
    UnknownNumber {
        name: Symbol,
        float: bool,
    },
    /// A function, which a pointer to it and a global refer to.
    Function(Signature),
    /// A pointer to a function; the node of the function.
    FunctionPointer(NodeId),
    Record(RecordId),
    Enum(EnumId),
    /// A struct that is declared as `typedef ... name;`.
    Unknown(Symbol),
    /// A struct that only the table has, by its number: padding, or bytes in place of a type that cffi does not know.
    Synthetic(u32),
}

impl Node {
    /// Returns whether the node is an array of any kind.
    pub(crate) const fn is_array(&self) -> bool {
        matches!(self, Node::Array { .. } | Node::CArray { .. } | Node::Elided { .. })
    }
}

/// A function type.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Signature {
    pub(crate) result: NodeId,
    pub(crate) params: Rc<[NodeId]>,
    pub(crate) variadic: bool,
    pub(crate) stdcall: bool,
    /// The struct or union with the member that the function belongs to, if it belongs to one.
    ///
    /// The stock backend makes the members of a struct as soon as something points to the struct. A function type that
    /// is needed again while its parameters are being made ends the process there, so members have entries of their
    /// own for functions. Every entry gives the same type.
    pub(crate) owner: Option<RecordId>,
}

/// The qualifiers that names of pointers show.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Quals {
    pub(crate) constant: bool,
    pub(crate) volatile: bool,
    pub(crate) restrict: bool,
}

/// The text of a type and the position of a declarator in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) position: usize,
}

/// The reason why a type has no node.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct TooLong;

/// The longest name of a type in bytes. It bounds the memory for types that contain each other many times.
const LONGEST_NAME: usize = 4096;

/// All nodes, with their names.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    nodes: Vec<Node>,
    names: Vec<Name>,
    index: HashMap<Node, NodeId>,
}

impl Nodes {
    pub(crate) fn get(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns the name as stock cffi's generator sorts it.
    pub(crate) fn name(&self, id: NodeId) -> &str {
        &self.names[id.index()].text
    }

    /// Compares two types as stock cffi's generator sorts them: by their names with a mark at the end.
    pub(crate) fn stock_order(&self, a: NodeId, b: NodeId) -> Ordering {
        let (left, right) = (self.name(a).as_bytes(), self.name(b).as_bytes());
        let shared = left.len().min(right.len());
        let mark = |name: &[u8]| name.get(shared).copied().unwrap_or(b'>');
        let heads = left[..shared].cmp(&right[..shared]).then(mark(left).cmp(&mark(right)));
        heads.then(left.len().cmp(&right.len())).then(a.cmp(&b))
    }

    /// Returns the name with the position of a declarator in it.
    pub(crate) fn full_name(&self, id: NodeId) -> &Name {
        &self.names[id.index()]
    }

    /// Returns the number of a node, which is new unless an equal one exists. `base` is the name of a type that is
    /// neither derived nor primitive.
    pub(crate) fn add(&mut self, node: Node, base: &str) -> Result<NodeId, TooLong> {
        if let Some(id) = self.index.get(&node) {
            return Ok(*id);
        }
        let name = self.name_of(&node, base)?;
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(node.clone());
        self.names.push(name);
        self.index.insert(node, id);
        Ok(id)
    }

    fn name_of(&self, node: &Node, base: &str) -> Result<Name, TooLong> {
        let of = |id: &NodeId| &self.names[id.index()];
        let name = match node {
            Node::Void => Name::plain("void"),
            Node::Primitive(prim) => Name::plain(prim.name()),
            Node::Record(_)
            | Node::Enum(_)
            | Node::Unknown(_)
            | Node::NamedPointer { .. }
            | Node::UnknownNumber { .. }
            | Node::Synthetic(_) => Name::plain(base),
            Node::Pointer { to, quals } => {
                let star = if self.get(*to).is_array() { "(*" } else { " *" };
                let close = if star == "(*" { ")" } else { "" };
                of(to).with(&quals.qualify(star), close)
            }
            Node::Array { item, length } => {
                let brackets = length.map_or_else(|| "[]".to_owned(), |length| format!("[{length}]"));
                of(item).with("", &brackets)
            }
            Node::CArray { item, length } => of(item).with("", &format!("[{length}]")),
            Node::Elided { item } => of(item).with("", "[/*...*/]"),
            Node::Function(signature) => self.function_name(signature, ""),
            Node::FunctionPointer(function) => match self.get(*function) {
                Node::Function(signature) => self.function_name(signature, "*"),
                _ => Name::default(),
            },
        };
        if name.text.len() > LONGEST_NAME { Err(TooLong) } else { Ok(name) }
    }

    fn function_name(&self, signature: &Signature, star: &str) -> Name {
        let result = &self.names[signature.result.index()];
        let (head, tail) = result.text.split_at(result.position);
        let length = result.text.len()
            + signature.params.iter().map(|param| self.name(*param).len() + 2).sum::<usize>();
        let mut text = String::with_capacity(length + 32);
        text.push_str(head);
        text.push('(');
        text.push_str(if signature.stdcall { "__stdcall " } else { "" });
        text.push_str(star);
        let position = text.len();
        text.push_str(")(");
        let start = text.len();
        for name in
            signature.params.iter().map(|param| self.name(*param)).chain(signature.variadic.then_some("..."))
        {
            if text.len() > start {
                text.push_str(", ");
            }
            text.push_str(name);
        }
        if text.len() == start {
            text.push_str("void");
        }
        text.push(')');
        text.push_str(tail);
        Name { text, position }
    }
}

impl Name {
    fn plain(text: &str) -> Name {
        Name { text: text.to_owned(), position: text.len() }
    }

    /// Puts text before and behind the position of the declarator.
    fn with(&self, before: &str, behind: &str) -> Name {
        let (head, tail) = self.text.split_at(self.position);
        Name { text: format!("{head}{before}{behind}{tail}"), position: head.len() + before.len() }
    }
}

impl Quals {
    pub(crate) fn qualify(self, star: &str) -> String {
        let mut text = star.to_owned();
        for (present, word) in
            [(self.constant, "const"), (self.volatile, "volatile"), (self.restrict, "__restrict")]
        {
            if present {
                text = format!(" {word} {}", text.trim_start());
            }
        }
        text
    }
}
