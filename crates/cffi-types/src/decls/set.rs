//! The set of declarations itself.

use crate::symbol::Symbol;
use crate::target::Target;
use crate::types::{TypeId, Types};

use super::constant::Constant;
use super::decl::{Decl, DeclId, DeclKind};
use super::extra::Extra;
use super::names::NameTable;
use super::problem::Problem;
use super::source::SourceFile;
use super::text::Texts;

/// The declarations of one or more sources.
#[derive(Clone, Debug)]
pub struct Decls {
    /// The types that the declarations use, and all names.
    pub types: Types,
    pub(super) files: Vec<SourceFile>,
    pub(super) decls: Vec<Decl>,
    pub(super) ordinary: NameTable,
    pub(super) tags: NameTable,
    pub(super) macros: NameTable,
    pub(super) constants: Vec<Constant>,
    pub(super) extras: Vec<Extra>,
    pub(super) params: Vec<Symbol>,
    pub(super) problems: Vec<Problem>,
    pub(super) texts: Texts,
    pub(super) journal: Option<Journal>,
}

/// The state that has to be restored when a source is rejected.
#[derive(Clone, Debug)]
pub(super) struct Journal {
    pub(super) decls: usize,
    files: usize,
    problems: usize,
    bindings: Vec<(NameSpace, Symbol, u32)>,
    extras: Vec<(DeclId, Decl)>,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum NameSpace {
    Ordinary,
    Tag,
    Macro,
}

impl Decls {
    /// Makes a set without declarations.
    #[must_use]
    pub fn new(target: Target) -> Decls {
        Decls {
            types: Types::new(target),
            files: Vec::new(),
            decls: Vec::new(),
            ordinary: NameTable::default(),
            tags: NameTable::default(),
            macros: NameTable::default(),
            constants: Vec::new(),
            extras: Vec::new(),
            params: Vec::new(),
            problems: Vec::new(),
            texts: Texts::default(),
            journal: None,
        }
    }

    /// Appends a declaration. Its name refers to it from now on, in the name space of its kind: macros, tags, or
    /// ordinary names. An empty name is not entered.
    pub fn declare(&mut self, decl: Decl) -> DeclId {
        let id = DeclId(self.decls.len() as u32);
        self.decls.push(decl);
        match decl.kind {
            DeclKind::Macro => self.bind(NameSpace::Macro, decl.name, id.0 + 1),
            DeclKind::Struct | DeclKind::Union | DeclKind::Enum => self.bind_tag(decl.name, decl.ty.id()),
            _ => self.bind(NameSpace::Ordinary, decl.name, id.0 + 1),
        }
        id
    }

    /// Returns the declaration with this number.
    ///
    /// # Panics
    /// If the number comes from another set that has more declarations.
    #[must_use]
    pub fn decl(&self, id: DeclId) -> &Decl {
        &self.decls[id.0 as usize]
    }

    /// Returns a declaration that can be changed: a later declaration of a name may complete an earlier one. Its name
    /// must not change.
    pub fn decl_mut(&mut self, id: DeclId) -> &mut Decl {
        let old = self.decls[id.0 as usize];
        if let Some(journal) = &mut self.journal
            && id.number() < journal.decls
        {
            journal.extras.push((id, old));
        }
        &mut self.decls[id.0 as usize]
    }

    /// Returns all declarations with their numbers, in the order of the sources.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (DeclId, &Decl)> + ExactSizeIterator {
        self.decls.iter().enumerate().map(|(at, decl)| (DeclId(at as u32), decl))
    }

    /// Returns the number of declarations.
    #[must_use]
    pub fn len(&self) -> usize {
        self.decls.len()
    }

    /// Returns whether there is no declaration.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.decls.is_empty()
    }

    /// Returns the declaration of a function, variable, typedef or enumerator name.
    #[must_use]
    pub fn ordinary(&self, name: Symbol) -> Option<DeclId> {
        self.ordinary.get(name).map(|n| DeclId(n - 1))
    }

    /// Returns the struct, union or enum with this tag.
    #[must_use]
    pub fn tag(&self, name: Symbol) -> Option<TypeId> {
        self.tags.get(name).map(TypeId::from_number)
    }

    /// Returns the macro with this name.
    #[must_use]
    pub fn macro_named(&self, name: Symbol) -> Option<DeclId> {
        self.macros.get(name).map(|n| DeclId(n - 1))
    }

    /// Returns the declaration of an ordinary name or, if there is none, of a macro name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<DeclId> {
        let symbol = self.types.symbols.find(name)?;
        self.ordinary(symbol).or_else(|| self.macro_named(symbol))
    }

    /// Makes a tag refer to a struct, union or enum that has no declaration, as `struct s *p;` does.
    pub fn bind_tag(&mut self, tag: Symbol, ty: TypeId) {
        self.bind(NameSpace::Tag, tag, ty.number() as u32);
    }

    /// Forgets the name of a macro (`#undef`). Its declaration stays in the list.
    pub fn unbind_macro(&mut self, name: Symbol) {
        self.bind(NameSpace::Macro, name, 0);
    }

    fn bind(&mut self, space: NameSpace, name: Symbol, value: u32) {
        if name.is_empty() {
            return;
        }
        let old = self.table(space).set(name, value);
        if let Some(journal) = &mut self.journal {
            journal.bindings.push((space, name, old));
        }
    }

    fn table(&mut self, space: NameSpace) -> &mut NameTable {
        match space {
            NameSpace::Ordinary => &mut self.ordinary,
            NameSpace::Tag => &mut self.tags,
            NameSpace::Macro => &mut self.macros,
        }
    }

    /// Starts a source that may have to be rejected as a whole: records all changes from here on.
    pub fn begin(&mut self) {
        self.types.begin();
        self.journal = Some(Journal {
            decls: self.decls.len(),
            files: self.files.len(),
            problems: self.problems.len(),
            bindings: Vec::new(),
            extras: Vec::new(),
        });
    }

    /// Keeps the declarations since [`Decls::begin`].
    pub fn commit(&mut self) {
        self.types.commit();
        self.journal = None;
    }

    /// Removes the declarations since [`Decls::begin`]. Their types and names stay in the arena, where nothing refers
    /// to them.
    pub fn roll_back(&mut self) {
        let Some(journal) = self.journal.take() else { return };
        self.types.roll_back();
        for (space, name, old) in journal.bindings.into_iter().rev() {
            self.table(space).set(name, old);
        }
        self.decls.truncate(journal.decls);
        for (id, old) in journal.extras.into_iter().rev() {
            self.decls[id.0 as usize] = old;
        }
        self.files.truncate(journal.files);
        self.problems.truncate(journal.problems);
    }

    /// Returns the declaration as C text, without comment and attributes.
    #[must_use]
    pub fn text_of(&self, id: DeclId) -> String {
        let decl = self.decl(id);
        let name = self.types.symbols.get(decl.name);
        match decl.kind {
            DeclKind::Macro => format!("#define {name} ..."),
            DeclKind::Enumerator => name.to_owned(),
            DeclKind::Struct | DeclKind::Union | DeclKind::Enum => self.types.spell(decl.ty, ""),
            DeclKind::Typedef => format!("typedef {}", self.types.spell(decl.ty, name)),
            DeclKind::Function | DeclKind::Variable => self.types.spell(decl.ty, name),
        }
    }
}
