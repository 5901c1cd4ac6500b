//! The tables of an out-of-line ABI module, in the format of the stock generator.
//!
//! A table of types is a list of words, each an operation with an argument: functions first, then all other types, both
//! in the order of their names. The other tables are sorted by name, as the backend searches them by bisection.

use std::collections::BTreeMap;

use cffi_abi::Opcode;
use cffi_types::decls::{DeclId, Decls};

use crate::lower::Names;
use crate::maker::Maker;
use crate::reason::LeftOut;

/// A constant that is no entry of a table but an attribute of the module.
#[derive(Clone, PartialEq, Debug)]
pub enum Attribute {
    /// A floating-point number.
    Float(f64),
    /// A string of `char`.
    Bytes(Vec<u8>),
    /// A string of wide characters.
    Text(String),
    /// A number that is cast to a pointer.
    Pointer {
        /// The pointer type as cffi prints it.
        ctype: String,
        /// The address.
        value: i128,
    },
}

/// An entry for a function, a variable or an integer constant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Global {
    /// The operation that says what the entry is.
    pub op: Opcode,
    /// The value of a constant, or 0.
    pub value: i128,
}

/// A member of a struct or union.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableField {
    /// The operation with the member's type.
    pub op: Opcode,
    /// The width of a bit-field.
    pub bits: Option<u32>,
    /// The name; empty for an anonymous struct or union and for an unnamed bit-field.
    pub name: String,
}

/// A struct or union.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableRecord {
    /// The number of its type.
    pub type_index: u32,
    /// The flags of the binary contract.
    pub flags: u32,
    /// Its members.
    pub fields: Vec<TableField>,
}

/// An enum.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableEnum {
    /// The number of its type.
    pub type_index: u32,
    /// The primitive type that its values have.
    pub prim: u32,
    /// The names of its enumerators.
    pub enumerators: Vec<String>,
}

/// All tables of a module.
#[derive(Clone, Default, Debug)]
pub struct Tables {
    /// The words that describe the types.
    pub types: Vec<Opcode>,
    /// Functions, variables and integer constants by their names.
    pub globals: BTreeMap<String, Global>,
    /// Structs and unions by their names.
    pub records: BTreeMap<String, TableRecord>,
    /// Enums by their names.
    pub enums: BTreeMap<String, TableEnum>,
    /// The numbers of the types of typedef names.
    pub typenames: BTreeMap<String, u32>,
    /// Constants that the tables cannot hold.
    pub attributes: BTreeMap<String, Attribute>,
    /// Functions whose name in C differs from the symbol in the library: name to symbol.
    pub labels: BTreeMap<String, String>,
    /// The declarations that are in the tables, by the names of the globals.
    pub sources: BTreeMap<String, DeclId>,
    /// The declarations that are missing.
    pub left_out: Vec<LeftOut>,
}

/// Makes the tables of some declarations.
///
/// Structs, unions and enums that they use are added. So are the typedef names that they mention if `names` is
/// [`Names::Standard`].
#[must_use]
pub fn tables(decls: &Decls, selected: &[DeclId], names: Names) -> Tables {
    let mut maker = Maker::new(decls, names);
    for id in selected {
        maker.take(*id);
    }
    if names == Names::Standard {
        maker.take_mentioned(selected);
    }
    maker.mark_all();
    maker.finish(names)
}
