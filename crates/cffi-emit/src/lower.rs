//! C types to nodes of a table.

use cffi_types::decls::{DeclKind, Decls};
use cffi_types::primitive::Class;
use cffi_types::types::{Convention, EnumId, FunctionId, Length, RecordId, RecordKind, Shape, UnknownKind};
use cffi_types::{Prim, QualType, Symbol, TypeId, Types};
use std::rc::Rc;

use crate::node::{Node, NodeId, Nodes, Quals, Signature, TooLong};
use crate::record::Plans;
use rustc_hash::FxHashMap as HashMap;

/// The reason why a type cannot be in a table.
pub(crate) type Reason = String;

/// How typedef names of C's own integer types are understood.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub enum Names {
    /// `uint32_t` is cffi's type of that name, whatever the headers define it as.
    #[default]
    Standard,
    /// A typedef is what its declaration says, as in stock cffi's `cdef()`.
    Declared,
}

/// Makes nodes from the types of some declarations.
#[derive(Debug)]
pub(crate) struct Lower<'a> {
    pub(crate) decls: &'a Decls,
    pub(crate) names: Names,
    pub(crate) nodes: Nodes,
    pub(crate) plans: Plans,
    /// The struct of the C library's `FILE`, which all modules share.
    pub(crate) file: Option<RecordId>,
    /// The typedef name by which a struct, union or enum is known, by the number of its type.
    known_as: HashMap<TypeId, Symbol>,
    /// The typedef name of the pointer to a struct or union without a name.
    pointers: HashMap<TypeId, Symbol>,
    /// The place of each struct, union or enum without any name among those.
    pub(crate) nameless: HashMap<TypeId, usize>,
    standard: HashMap<Symbol, Prim>,
    /// The struct or union whose members are being lowered.
    owner: Option<RecordId>,
    /// The nodes of types and of parameters that are known, except for those of members.
    known: HashMap<TypeId, NodeId>,
    known_params: HashMap<TypeId, NodeId>,
    /// Whether a C compiler completes the types: lengths of arrays and numbers that it alone knows have nodes then.
    pub(crate) compiled: bool,
    depth: usize,
}

/// The deepest nesting of functions in functions and of structs in structs.
const DEEPEST: usize = 100;
/// The longest chain of pointers, arrays and typedef names.
const LONGEST_CHAIN: usize = 1000;

enum Step {
    Pointer(Quals),
    Array(Option<u32>),
    CArray(Rc<str>),
    Elided,
}

impl<'a> Lower<'a> {
    pub(crate) fn new(decls: &'a Decls, names: Names) -> Lower<'a> {
        let types = &decls.types;
        let nameless = nameless(types);
        let (mut known_as, mut pointers) = (HashMap::default(), HashMap::default());
        for (_, decl) in decls.iter().filter(|(_, decl)| decl.kind == DeclKind::Typedef) {
            match types.shape(decl.ty.id()) {
                Shape::Record(_) | Shape::Enum(_) => _ = known_as.entry(decl.ty.id()).or_insert(decl.name),
                Shape::Pointer(to) if nameless.contains_key(&to.id()) => {
                    pointers.entry(to.id()).or_insert(decl.name);
                }
                _ => {}
            }
        }
        let stock =
            Prim::ALL.iter().copied().take_while(|prim| *prim as usize <= cffi_types::primitive::COUNT);
        let standard = stock.filter_map(|prim| Some((types.symbols.find(prim.name())?, prim))).collect();
        Lower {
            decls,
            names,
            nodes: Nodes::default(),
            plans: Plans::default(),
            file: file_record(decls),
            known_as,
            pointers,
            nameless,
            standard,
            owner: None,
            known: HashMap::default(),
            known_params: HashMap::default(),
            compiled: false,
            depth: 0,
        }
    }

    pub(crate) fn types(&self) -> &'a Types {
        &self.decls.types
    }

    /// Returns the node of a type; its own qualifiers are dropped.
    pub(crate) fn lower(&mut self, ty: QualType) -> Result<NodeId, Reason> {
        if self.owner.is_some() {
            return self.lower_inside(ty, None);
        }
        if let Some(node) = self.known.get(&ty.id()) {
            return Ok(*node);
        }
        let node = self.lower_inside(ty, None)?;
        self.known.insert(ty.id(), node);
        Ok(node)
    }

    /// Returns the node of a type. `access` is an object of the type as a C expression, if a typedef name gives one.
    fn lower_inside(&mut self, ty: QualType, access: Option<String>) -> Result<NodeId, Reason> {
        let mut steps = Vec::new();
        let mut ty = ty;
        let mut length = 0;
        let mut access = access;
        let base = loop {
            length += 1;
            if let Some(named) = self.named_pointer(ty)? {
                break named;
            }
            if length > LONGEST_CHAIN {
                return Err("the type is nested too deeply".to_owned());
            }
            match self.types().shape(ty.id()) {
                Shape::Alias { name, to, .. } => match self.standard_name(name, to) {
                    Some(prim) => break self.primitive(prim)?,
                    None => {
                        access = self.compiled.then(|| format!("*({} *)0", self.types().symbols.get(name)));
                        ty = to.with(ty.quals());
                    }
                },
                Shape::Pointer(to) => {
                    if let Some(function) = self.function_behind(to) {
                        let function = self.function(function)?;
                        break self.add(Node::FunctionPointer(function), "")?;
                    }
                    steps.push(Step::Pointer(self.quals_of(to)));
                    ty = to;
                    access = self.item_of_parameter(to);
                }
                Shape::Array { item, length } => {
                    steps.push(self.array_step(length, access.as_deref())?);
                    ty = item;
                    access = access.map(|access| format!("*{access}"));
                }
                shape => break self.base(shape)?,
            }
        };
        steps.into_iter().rev().try_fold(base, |inner, step| match step {
            Step::Pointer(quals) => self.add(Node::Pointer { to: inner, quals }, ""),
            Step::Array(length) => self.add(Node::Array { item: inner, length }, ""),
            Step::CArray(length) => self.add(Node::CArray { item: inner, length }, ""),
            Step::Elided => self.add(Node::Elided { item: inner }, ""),
        })
    }

    /// Returns an array with `[...]` that a pointer points to as a C expression. In C, such a pointer is a parameter that
    /// is declared as an array of arrays by a typedef name.
    fn item_of_parameter(&self, to: QualType) -> Option<String> {
        let types = self.types();
        let Shape::Array { length: Length::Elided, .. } = types.shape(to.id()) else { return None };
        let (_, decl) = self.decls.iter().find(|(_, decl)| {
            decl.kind == DeclKind::Typedef
                && matches!(types.shape(decl.ty.id()), Shape::Array { item, .. } if item.id() == to.id())
        })?;
        self.compiled.then(|| format!("**({} *)0", types.symbols.get(decl.name)))
    }

    /// Returns how a table describes an array of a length. `access` is an array of the type as a C expression, if a
    /// typedef name gives one.
    fn array_step(&self, length: Length, access: Option<&str>) -> Result<Step, Reason> {
        Ok(match (length, access) {
            (Length::Elided, Some(access)) => Step::CArray(format!("_cffi_array_len({access})").into()),
            (Length::Elided, None) if self.compiled => Step::Elided,
            (Length::Fixed(length), _) if self.compiled && length >= 1 << 31 => {
                Step::CArray(length.to_string().into())
            }
            _ => Step::Array(array_length(length)?),
        })
    }

    /// Returns the node of the type of a member of a struct or union.
    pub(crate) fn lower_member(&mut self, owner: RecordId, ty: QualType) -> Result<NodeId, Reason> {
        if self.names == Names::Declared {
            return self.lower(ty);
        }
        let before = self.owner.replace(owner);
        let node = self.lower(ty);
        self.owner = before;
        node
    }

    /// Returns the node of a function type, not that of the pointer to it.
    pub(crate) fn function(&mut self, id: FunctionId) -> Result<NodeId, Reason> {
        if self.depth >= DEEPEST {
            return Err("the type is nested too deeply".to_owned());
        }
        self.depth += 1;
        let node = self.signature(id);
        self.depth -= 1;
        let node = Node::Function(node?);
        self.add(node, "")
    }

    /// Returns whether a node is the C library's `FILE`, which all modules share.
    pub(crate) fn is_file(&self, node: NodeId) -> bool {
        match *self.nodes.get(node) {
            Node::Record(id) => self.file == Some(id),
            Node::Unknown(name) => self.types().symbols.get(name) == "FILE",
            _ => false,
        }
    }

    pub(crate) fn record(&mut self, id: RecordId) -> Result<NodeId, Reason> {
        let name = self.record_name(id);
        self.add(Node::Record(id), &name)
    }

    pub(crate) fn enumeration(&mut self, id: EnumId) -> Result<NodeId, Reason> {
        let e = *self.types().enum_of(id);
        let name = self.tagged_name("enum", e.tag, e.alias, e.ty);
        self.add(Node::Enum(id), &name)
    }

    pub(crate) fn add(&mut self, node: Node, base: &str) -> Result<NodeId, Reason> {
        self.nodes.add(node, base).map_err(|TooLong| "the name of the type is too long".to_owned())
    }

    /// Runs a step that goes into a struct of a struct, unless there are too many of them.
    pub(crate) fn deeper<T>(&mut self, step: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= DEEPEST {
            return None;
        }
        self.depth += 1;
        let result = step(self);
        self.depth -= 1;
        Some(result)
    }

    fn signature(&mut self, id: FunctionId) -> Result<Signature, Reason> {
        let function = *self.types().function_of(id);
        let stdcall = match function.convention {
            Convention::C => false,
            // The backend ignores it where the platform has no such convention.
            Convention::Stdcall => true,
            other => return Err(format!("cffi does not know the calling convention {}", other.spelling())),
        };
        let result = self.lower(function.result)?;
        let declared = self.types().params(&function);
        let mut params = Vec::with_capacity(declared.len());
        for param in declared {
            params.push(self.param(*param)?);
        }
        let stdcall = stdcall && !function.variadic;
        Ok(Signature {
            result,
            params: params.into(),
            variadic: function.variadic,
            stdcall,
            owner: self.owner,
        })
    }

    fn param(&mut self, ty: QualType) -> Result<NodeId, Reason> {
        if self.owner.is_some() {
            return self.new_param(ty);
        }
        if let Some(node) = self.known_params.get(&ty.id()) {
            return Ok(*node);
        }
        let node = self.new_param(ty)?;
        self.known_params.insert(ty.id(), node);
        Ok(node)
    }

    fn new_param(&mut self, ty: QualType) -> Result<NodeId, Reason> {
        // An argument of a transparent union is passed like its first member.
        if let Shape::Record(id) = self.types().resolve(ty).0
            && self.types().record(id).attributes.transparent
            && let Some(first) = self.types().fields(id).first()
        {
            return self.lower(first.ty);
        }
        if let Some((item, typedef)) = self.array_behind(ty) {
            let access = typedef
                .filter(|_| self.compiled)
                .map(|name| format!("**({} *)0", self.types().symbols.get(name)));
            let (to, quals) = (self.lower_inside(item, access)?, self.quals_of(item));
            return self.add(Node::Pointer { to, quals }, "");
        }
        if let Some(id) = self.function_behind(ty) {
            let function = self.function(id)?;
            return self.add(Node::FunctionPointer(function), "");
        }
        self.lower(ty)
    }

    /// Returns the node of a pointer to a type without a name, if a typedef names the pointer.
    fn named_pointer(&mut self, ty: QualType) -> Result<Option<NodeId>, Reason> {
        let Shape::Pointer(to) = self.types().shape(ty.id()) else { return Ok(None) };
        let shape = self.types().shape(to.id());
        let name = match shape {
            Shape::Unknown { name, kind: UnknownKind::Opaque } if self.is_unknown_pointer(name) => name,
            Shape::Record(_) => match self.pointers.get(&to.id()) {
                Some(name) => *name,
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        let to = self.base(shape)?;
        let text = self.types().symbols.get(name).to_owned();
        self.add(Node::NamedPointer { to, name }, &text).map(Some)
    }

    /// Returns whether a name was declared as `typedef ... *name;`.
    pub(crate) fn is_unknown_pointer(&self, name: Symbol) -> bool {
        let decl = self.decls.ordinary(name).map(|id| self.decls.decl(id));
        decl.is_some_and(|decl| matches!(self.types().shape(decl.ty.id()), Shape::Pointer(_)))
    }

    fn base(&mut self, shape: Shape) -> Result<NodeId, Reason> {
        match shape {
            Shape::Void => self.add(Node::Void, ""),
            Shape::Primitive(prim) => self.primitive(prim),
            Shape::Function(id) => self.function(id),
            Shape::Record(id) => self.record(id),
            Shape::Enum(id) => self.enumeration(id),
            Shape::BitInt { .. } => Err("cffi does not know the type _BitInt".to_owned()),
            Shape::Vector { .. } => Err("cffi does not know vector types".to_owned()),
            Shape::Unknown { name, kind: UnknownKind::Opaque } => {
                let text = self.types().symbols.get(name);
                let base =
                    if self.is_unknown_pointer(name) { format!("struct $${text}") } else { text.to_owned() };
                self.add(Node::Unknown(name), &base)
            }
            Shape::Unknown { name, kind } if self.compiled => {
                let text = self.types().symbols.get(name).to_owned();
                self.add(Node::UnknownNumber { name, float: kind == UnknownKind::Float }, &text)
            }
            Shape::Unknown { name, .. } => {
                Err(format!("only the C compiler knows the type {}", self.types().symbols.get(name)))
            }
            Shape::Alias { .. } | Shape::Pointer(_) | Shape::Array { .. } => self.add(Node::Void, ""),
        }
    }

    fn primitive(&mut self, prim: Prim) -> Result<NodeId, Reason> {
        let target = self.types().target();
        let like = |other: Prim| {
            (prim.class(target) == other.class(target) && prim.scalar(target) == other.scalar(target))
                .then_some(other)
        };
        let known = match prim {
            Prim::Char8 => like(Prim::UChar),
            Prim::Float32 => like(Prim::Float),
            Prim::Float64 | Prim::Float32x => like(Prim::Double),
            Prim::Float64x | Prim::Float128 => like(Prim::LongDouble),
            Prim::Float32Complex => like(Prim::FloatComplex),
            Prim::Float64Complex | Prim::Float32xComplex => like(Prim::DoubleComplex),
            prim if prim as usize <= cffi_types::primitive::COUNT => Some(prim),
            _ => None,
        };
        match known {
            Some(prim) => self.add(Node::Primitive(prim), ""),
            None => Err(format!("cffi does not know the type {}", prim.spelling())),
        }
    }

    /// Returns the primitive type that a typedef name always denotes in cffi, if the declared type agrees with it.
    pub(crate) fn standard_name(&self, name: Symbol, to: QualType) -> Option<Prim> {
        if self.names == Names::Declared {
            return None;
        }
        let prim = *self.standard.get(&name)?;
        let Shape::Primitive(declared) = self.types().resolve(to).0 else { return None };
        let target = self.types().target();
        let signed = |prim: Prim| match prim.class(target) {
            Class::Integer { signed } | Class::Char { signed } => Some(signed),
            _ => None,
        };
        let agree = declared.is_integer()
            && declared.scalar(target) == prim.scalar(target)
            && (signed(declared) == signed(prim) || matches!(prim, Prim::WChar));
        agree.then_some(prim)
    }

    /// Returns the function type that a type is or that a typedef name denotes, with the typedef names in it.
    pub(crate) fn function_behind(&self, ty: QualType) -> Option<FunctionId> {
        let mut ty = ty;
        loop {
            match self.types().shape(ty.id()) {
                Shape::Function(id) => return Some(id),
                Shape::Alias { to, .. } => ty = to,
                _ => return None,
            }
        }
    }

    /// Returns the item of an array type, with the typedef names in it, and the typedef name that denotes the array.
    fn array_behind(&self, ty: QualType) -> Option<(QualType, Option<Symbol>)> {
        let (mut ty, mut typedef) = (ty, None);
        loop {
            match self.types().shape(ty.id()) {
                Shape::Array { item, .. } => return Some((item, typedef)),
                Shape::Alias { name, to, .. } => (ty, typedef) = (to, Some(name)),
                _ => return None,
            }
        }
    }

    /// Returns the qualifiers of a pointer's item; those of an array are the ones of its items.
    fn quals_of(&self, ty: QualType) -> Quals {
        let (mut shape, mut quals) = self.types().resolve(ty);
        while let Shape::Array { item, .. } = shape {
            let (inner, more) = self.types().resolve(item);
            (shape, quals) = (inner, quals | more);
        }
        let has = |qual| quals.contains(qual);
        Quals {
            constant: has(cffi_types::Quals::CONST),
            volatile: has(cffi_types::Quals::VOLATILE),
            restrict: has(cffi_types::Quals::RESTRICT),
        }
    }

    /// Returns the name by which C programs know a struct or union: with its tag, or else its typedef name.
    pub(crate) fn c_name(&self, id: RecordId) -> String {
        let record = self.types().record(id);
        if record.tag.is_empty() {
            return self.record_name(id);
        }
        format!("{} {}", record.kind.keyword(), self.types().symbols.get(record.tag))
    }

    fn record_name(&self, id: RecordId) -> String {
        if self.file == Some(id) {
            return "FILE".to_owned();
        }
        let record = self.types().record(id);
        self.tagged_name(record.kind.keyword(), record.tag, record.alias, record.ty)
    }

    fn tagged_name(&self, keyword: &str, tag: Symbol, alias: Symbol, ty: TypeId) -> String {
        let symbols = &self.types().symbols;
        let typedef = self.known_as.get(&ty).copied().or((!alias.is_empty()).then_some(alias));
        match typedef {
            Some(name) => symbols.get(name).to_owned(),
            None if tag.is_empty() => {
                format!("{keyword} ${}", self.nameless.get(&ty).map_or(0, |number| number + 1))
            }
            None => format!("{keyword} {}", symbols.get(tag)),
        }
    }
}

fn array_length(length: Length) -> Result<Option<u32>, Reason> {
    match length {
        Length::Open => Ok(None),
        Length::Fixed(length) => match u32::try_from(length) {
            Ok(length) if length < 1 << 31 => Ok(Some(length)),
            _ => Err("an array has more items than the table can express".to_owned()),
        },
        Length::Elided => Err("only the C compiler knows the length of an array".to_owned()),
        Length::Variable => Err("the length of an array is decided at run time".to_owned()),
    }
}

/// Returns the struct that the typedef `FILE` denotes; `cdef()` knows the name without a typedef.
fn file_record(decls: &Decls) -> Option<RecordId> {
    let types = &decls.types;
    let name = types.symbols.find("FILE")?;
    let typedef = decls.ordinary(name).map(|id| decls.decl(id)).filter(|decl| decl.kind == DeclKind::Typedef);
    let Some(typedef) = typedef else { return types.record_ids().find(|id| types.record(*id).alias == name) };
    match types.resolve(typedef.ty).0 {
        Shape::Record(id) => (types.record(id).kind == RecordKind::Struct).then_some(id),
        _ => None,
    }
}

/// Numbers the structs, unions and enums that have neither a tag nor a typedef name.
fn nameless(types: &Types) -> HashMap<TypeId, usize> {
    let records =
        types.record_ids().map(|id| types.record(id)).map(|record| (record.tag, record.alias, record.ty));
    let enums = types.enum_ids().map(|id| types.enum_of(id)).map(|e| (e.tag, e.alias, e.ty));
    let mut nameless: Vec<TypeId> = records
        .chain(enums)
        .filter(|(tag, alias, _)| tag.is_empty() && alias.is_empty())
        .map(|(_, _, ty)| ty)
        .collect();
    // Types are numbered in the order of the text.
    nameless.sort();
    nameless.into_iter().enumerate().map(|(number, ty)| (ty, number)).collect()
}
