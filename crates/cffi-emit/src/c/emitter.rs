//! A source that is being written.

use std::collections::BTreeMap;
use std::rc::Rc;

use cffi_types::decls::Decls;
use cffi_types::types::RecordId;

use super::error::EmitError;
use super::module::CModule;
use super::parts::{ArgumentText, Fields, GlobalEntry, Item, Member, RecordEntry, ResultText};
use super::spell::Spelled;
use crate::lower::Names;
use crate::maker::Maker;
use crate::node::NodeId;
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

/// The versions of the binary contract.
pub(super) const VERSION_BASE: u32 = 0x2601;
pub(super) const VERSION_EMBEDDED: u32 = 0x2701;
pub(super) const VERSION_CHAR16: u32 = 0x2801;

/// A source that is being written.
pub(super) struct Emitter<'a> {
    pub(super) maker: Maker<'a>,
    pub(super) names: Names,
    pub(super) module: &'a CModule,
    pub(super) version: u32,
    pub(super) members: HashMap<RecordId, Vec<Member>>,
    /// Types as text.
    pub(super) spellings: HashMap<NodeId, Rc<Spelled>>,
    /// The texts of arguments, by type, place, and whether the function has room for arrays.
    pub(super) arguments: HashMap<(NodeId, usize, bool), Rc<ArgumentText>>,
    /// The texts of results.
    pub(super) results: HashMap<NodeId, Rc<ResultText>>,
    /// The source so far.
    pub(super) text: String,
    pub(super) globals: BTreeMap<String, GlobalEntry>,
    pub(super) fields: Fields,
    pub(super) records: BTreeMap<u32, RecordEntry>,
    pub(super) enums: BTreeMap<String, (u32, String, String)>,
    pub(super) typenames: BTreeMap<String, u32>,
    /// The names of constants that have a function.
    pub(super) constants: HashSet<String>,
    pub(super) has_python_functions: bool,
}

impl<'a> Emitter<'a> {
    pub(super) fn new(decls: &'a Decls, names: Names, module: &'a CModule) -> Emitter<'a> {
        let mut maker = Maker::new(decls, names);
        maker.lower.compiled = true;
        Emitter {
            maker,
            names,
            module,
            version: if module.embedding.is_some() { VERSION_EMBEDDED } else { VERSION_BASE },
            members: HashMap::default(),
            spellings: HashMap::default(),
            arguments: HashMap::default(),
            results: HashMap::default(),
            text: String::new(),
            globals: BTreeMap::new(),
            fields: Fields::default(),
            records: BTreeMap::new(),
            enums: BTreeMap::new(),
            typenames: BTreeMap::new(),
            constants: HashSet::default(),
            has_python_functions: false,
        }
    }

    /// Marks all types that the items need, and gives each its place in the tables.
    pub(super) fn collect(&mut self, items: &[Item]) -> Result<(), EmitError> {
        for item in items {
            item.what.push_roots(&mut self.maker.order);
        }
        self.mark_all()?;
        let lower = &self.maker.lower;
        self.maker.order.sort_unstable_by(|a, b| lower.nodes.stock_order(*a, *b));
        self.maker.name_types(self.names);
        self.maker.place_types();
        Ok(())
    }

    /// Returns the place of a type in the table of types.
    pub(super) fn position(&self, node: NodeId) -> u32 {
        self.maker.positions.get(&node).copied().unwrap_or_default()
    }
}
