//! Searching declarations by name.

use cffi_cdef::cdef::Session;
use cffi_types::TypeId;
use cffi_types::decls::{Constant, Decl, DeclFlags, DeclKind};
use cffi_types::types::{QualType, Quals, Shape};

use super::Inline;

/// A name of a library's attributes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Global {
    /// A function of this canonical type.
    Function(TypeId),
    /// A variable of this canonical type.
    Variable { ty: TypeId, array: bool },
    /// A constant whose value is in the library, which in-line libraries do not read.
    Constant,
    /// An integer constant or enumerator.
    Integer(i128),
    /// An enumerator of an enum some of whose values only the C compiler knows.
    Partial(TypeId),
}

/// The value of a macro that is not an integer.
pub(crate) enum MacroValue {
    Float(f64),
    Bytes(Vec<u8>),
    Text(String),
    /// An address of this canonical type.
    Pointer(TypeId, i128),
}

/// The names that `ffi.list_types()` returns.
#[derive(Default)]
pub(crate) struct TypeNames {
    pub(crate) typedefs: Vec<String>,
    pub(crate) structs: Vec<String>,
    pub(crate) unions: Vec<String>,
}

impl Inline {
    /// Returns what a name is as an attribute of a library.
    pub(crate) fn global(&self, name: &str) -> Option<Global> {
        self.with(|session| global(session, name))
    }

    /// Returns the value of a macro of a header that is a constant, but not an integer.
    pub(crate) fn macro_value(&self, name: &str) -> Option<MacroValue> {
        self.with(|session| {
            let decls = &session.decls;
            let decl = decls.decl(decls.macro_named(decls.types.symbols.find(name)?)?);
            Some(match *decls.constant(decl.value?) {
                Constant::Float { value, .. } => MacroValue::Float(value),
                Constant::Bytes(text) => MacroValue::Bytes(decls.bytes(text).to_vec()),
                Constant::Wide { text, .. } => MacroValue::Text(decls.text(text).into_owned()),
                Constant::Int { value, ty } => MacroValue::Pointer(decls.types.canonical(ty).id(), value),
                Constant::Elided | Constant::Unfoldable(_) => return None,
            })
        })
    }

    /// Returns the symbol of a function or variable, if it differs from the name.
    pub(crate) fn label(&self, name: &str) -> Option<String> {
        self.with(|session| {
            let decls = &session.decls;
            let label = decls.extra(decls.ordinary(decls.types.symbols.find(name)?)?)?.asm_label;
            (!label.is_empty()).then(|| decls.types.symbols.get(label).to_owned())
        })
    }

    /// Returns why no library has a function or variable of a header, if that is known.
    pub(crate) fn absent(&self, name: &str) -> Option<&'static str> {
        self.with(|session| {
            let decls = &session.decls;
            let decl = decls.decl(decls.ordinary(decls.types.symbols.find(name)?)?);
            let has = |flag| decl.flags.contains(flag);
            let inline = has(DeclFlags::INLINE) && has(DeclFlags::DEFINED) && !has(DeclFlags::EXTERN);
            if !matches!(decl.kind, DeclKind::Function | DeclKind::Variable) {
                return None;
            }
            // A `cdef()` has no bodies, so `static` has no meaning there.
            if has(DeclFlags::STATIC) && has(DeclFlags::DEFINED) || inline {
                return Some("is defined in the header, so no library has it; a compiled module can use it");
            }
            has(DeclFlags::THREAD_LOCAL)
                .then_some("is a variable of each thread, which has no single address")
        })
    }

    /// Returns the names of the attributes of a library, sorted, and whether each is that of a variable.
    pub(crate) fn global_names(&self) -> Vec<(String, bool)> {
        self.with(|session| {
            let symbols = &session.decls.types.symbols;
            let declared = session.decls.iter().filter_map(|(id, decl)| {
                let shown = matches!(decl.kind, DeclKind::Function | DeclKind::Variable);
                (shown
                    && is_in_library(decl.flags)
                    && !session.is_hidden(decl.name)
                    && session.decls.ordinary(decl.name) == Some(id))
                .then_some((decl.name, decl.kind == DeclKind::Variable))
            });
            let constants = session
                .constants()
                .filter(|(name, _)| !session.is_hidden(*name))
                .map(|(name, _)| (name, false));
            let mut names: Vec<(String, bool)> = declared
                .chain(constants)
                .map(|(name, variable)| (symbols.get(name).to_owned(), variable))
                .collect();
            names.sort_unstable();
            names.dedup_by(|a, b| a.0 == b.0);
            names
        })
    }

    /// Returns the names of typedefs, structs and unions, each list sorted.
    pub(crate) fn type_names(&self) -> TypeNames {
        self.with(|session| {
            let mut names = TypeNames::default();
            for (id, decl) in session.decls.iter() {
                let name = session.decls.types.symbols.get(decl.name);
                match decl.kind {
                    _ if name.is_empty() => {}
                    DeclKind::Typedef if session.decls.ordinary(decl.name) == Some(id) => {
                        names.typedefs.push(name.to_owned());
                    }
                    DeclKind::Struct => names.structs.push(name.to_owned()),
                    DeclKind::Union => names.unions.push(name.to_owned()),
                    _ => {}
                }
            }
            for list in [&mut names.typedefs, &mut names.structs, &mut names.unions] {
                list.sort_unstable();
            }
            names
        })
    }

    /// Returns the type that is declared under a key in the form of the stock front end: `function f`, `variable x`, `constant c`,
    /// `typedef t`, `struct s`, `union u`, `enum e`, `anonymous t`, `macro N`.
    pub(crate) fn find(&self, key: &str) -> Option<QualType> {
        let (kind, name) = key.split_once(' ')?;
        self.with(|session| find(session, kind, name))
    }
}

/// Returns whether a library that is opened by name has what is declared so.
fn is_in_library(flags: DeclFlags) -> bool {
    !flags.intersects(DeclFlags::EXTERN_PYTHON | DeclFlags::EXTERN_PYTHON_PLUS_C)
}

fn is_constant(session: &Session, ty: QualType) -> bool {
    let array = matches!(session.decls.types.resolve(ty).0, Shape::Array { .. });
    ty.quals().contains(Quals::CONST) && !array
}

/// Returns whether a declaration comes from a file, not from the text of a `cdef()`.
fn is_of_header(session: &Session, decl: &Decl) -> bool {
    session.decls.file(decl.span.file).included_from.is_some()
}

fn global(session: &Session, name: &str) -> Option<Global> {
    let symbol = session.decls.types.symbols.find(name)?;
    let types = &session.decls.types;
    if let Some(id) = session.decls.ordinary(symbol) {
        let decl = session.decls.decl(id);
        let canonical = types.canonical(decl.ty);
        match decl.kind {
            DeclKind::Function if is_in_library(decl.flags) => return Some(Global::Function(canonical.id())),
            // The stock front end does not read the constants of a `cdef()`. Those of a header are variables.
            DeclKind::Variable if is_constant(session, decl.ty) && !is_of_header(session, decl) => {
                return Some(Global::Constant);
            }
            DeclKind::Variable => {
                let array = matches!(types.shape(canonical.id()), Shape::Array { .. });
                return Some(Global::Variable { ty: canonical.id(), array });
            }
            DeclKind::Enumerator => {
                if let Shape::Enum(e) = types.shape(canonical.id())
                    && types.enum_of(e).attributes.partial
                {
                    return Some(Global::Partial(canonical.id()));
                }
            }
            _ => {}
        }
    }
    session.constant(symbol).map(Global::Integer)
}

fn find(session: &Session, kind: &str, name: &str) -> Option<QualType> {
    let symbols = &session.decls.types.symbols;
    let symbol = symbols.find(name)?;
    let wanted = match kind {
        "struct" | "union" | "enum" => {
            let named = |ty: &TypeId| match session.decls.types.shape(*ty) {
                Shape::Record(id) => session.decls.types.record(id).kind.keyword() == kind,
                Shape::Enum(_) => kind == "enum",
                _ => false,
            };
            // A tag that another kind of type has, too, is stored together with the word for its kind.
            let second = || {
                let text = [kind, " ", name].concat();
                session.decls.tag(symbols.find(&text)?)
            };
            return session.decls.tag(symbol).filter(named).or_else(second).map(QualType::from);
        }
        "macro" => return session.decls.macro_named(symbol).map(|id| session.decls.decl(id).ty),
        "function" => DeclKind::Function,
        "variable" | "constant" => DeclKind::Variable,
        "typedef" | "anonymous" => DeclKind::Typedef,
        _ => return None,
    };
    let id = session.decls.ordinary(symbol).filter(|id| session.decls.decl(*id).kind == wanted)?;
    let found = session.decls.decl(id).ty;
    let right = match kind {
        "constant" => is_constant(session, found),
        "variable" => !is_constant(session, found),
        "anonymous" => match session.decls.types.shape(found.id()) {
            Shape::Record(id) => {
                let record = session.decls.types.record(id);
                record.tag.is_empty() && record.alias == symbol
            }
            Shape::Enum(id) => {
                let e = session.decls.types.enum_of(id);
                e.tag.is_empty() && e.alias == symbol
            }
            _ => false,
        },
        _ => true,
    };
    right.then_some(found)
}
