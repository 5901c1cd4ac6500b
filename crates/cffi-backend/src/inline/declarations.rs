//! The declarations of one FFI object, with their locks.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cffi_cdef::cdef::{CdefOptions, HeaderReport, HeaderRequest, Link, Refusal, Report, Session};
use cffi_cdef::files::DiskFiles;
use cffi_memory::NoMemory;
use cffi_types::Decls;
use cffi_types::decls::DeclId;
use cffi_types::types::QualType;
use cffi_types::{Target, TypeId};

use super::held::{Held, Kept};
use super::node::{self, Body, Known, Node};
use super::numbers::Numbers;
use crate::ctype::CType;
use cffi_rt::{Owned, Py, R};

/// The session, and what is computed from it step by step.
struct Text {
    session: Session,
    numbers: Numbers,
}

/// Declarations that come from texts of C.
pub(crate) struct Inline {
    /// Locked while a text is parsed, and while facts are copied. No Python code runs meanwhile.
    text: Mutex<Text>,
    /// Locked for single look-ups and changes. No Python object is made or dropped meanwhile.
    held: Mutex<Held>,
    /// Counts the calls of `cdef()` and `include()`, after each of which names may have another meaning.
    generation: AtomicUsize,
    /// Whether a typedef requests an alignment, which its ctype does not have.
    aligned: AtomicBool,
}

impl Inline {
    /// Makes an object without declarations, for the platform that runs.
    pub(crate) fn new() -> Inline {
        Inline {
            text: Mutex::new(Text { session: Session::new(Target::HOST), numbers: Numbers::default() }),
            held: Mutex::new(Held::default()),
            generation: AtomicUsize::new(0),
            aligned: AtomicBool::new(false),
        }
    }

    fn text(&self) -> MutexGuard<'_, Text> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls `f` with the session, under its lock. `f` must not touch Python objects: it neither makes nor drops one.
    pub(crate) fn with<T>(&self, f: impl FnOnce(&mut Session) -> T) -> T {
        f(&mut self.text().session)
    }

    /// Returns a number that changes with each `cdef()` and `include()`.
    pub(crate) fn generation(&self) -> usize {
        self.generation.load(Ordering::Acquire)
    }

    /// Notes that there may be other declarations than before.
    fn changed(&self) {
        self.aligned.store(self.with(|session| session.decls.types.has_aligned_aliases()), Ordering::Release);
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Returns whether a typedef requests an alignment.
    #[inline]
    pub(crate) fn has_requested_aligns(&self) -> bool {
        self.aligned.load(Ordering::Acquire)
    }

    /// Returns the alignment in bytes of the type that a text means, if a typedef requests it. The ctype of the text has
    /// that of the type behind the typedef.
    pub(crate) fn requested_align(&self, text: &str) -> Option<u64> {
        self.with(|session| {
            let ty = session.parse_type(text).ok()?;
            let types = &session.decls.types;
            let align = types.align(ty.id()).ok()?;
            (types.align(types.canonical(ty).id()) != Ok(align)).then_some(align)
        })
    }

    /// Adds the declarations of a text.
    pub(super) fn cdef_text(&self, text: &str, options: CdefOptions) -> Result<Report, Refusal> {
        let outcome = self.with(|session| session.cdef(text, options));
        self.changed();
        outcome
    }

    /// Adds the declarations of a text. The second result tells whether structs, unions or enums were defined.
    pub(crate) fn cdef(&self, text: &str, options: CdefOptions) -> Result<(Report, bool), Refusal> {
        let before = self.with(|session| session.definitions);
        let report = self.cdef_text(text, options)?;
        Ok((report, self.with(|session| session.definitions) != before))
    }

    /// Adds the declarations of headers, while other threads run, and hides the names that `wanted` does not select.
    pub(crate) fn header(
        &self,
        py: Py<'_>,
        request: HeaderRequest,
        wanted: impl FnOnce(&Decls, &HeaderReport) -> Vec<DeclId> + Send,
    ) -> HeaderReport {
        let text = &self.text;
        let report = py.away(|| {
            let session = &mut text.lock().unwrap_or_else(PoisonError::into_inner).session;
            let report = session.header(&DiskFiles, request);
            let shown = wanted(&session.decls, &report);
            let new: Vec<DeclId> = session.decls.iter().skip(report.first).map(|(id, _)| id).collect();
            session.hide(new);
            session.show(shown);
            report
        });
        self.changed();
        report
    }

    /// Returns the canonical type of a type string. The second result tells whether the string defined a struct, union
    /// or enum.
    pub(crate) fn parse_type(&self, text: &str) -> Result<(QualType, bool), Refusal> {
        self.with(|session| {
            let before = session.definitions;
            let ty = session.parse_type(text)?;
            Ok((session.decls.types.canonical(ty), session.definitions != before))
        })
    }

    /// Makes the declarations of another object visible in this one.
    pub(crate) fn include(&self, other: &Inline) -> Result<Vec<Link>, Refusal> {
        // Two locks are taken in the order of their addresses, so that two threads cannot wait for each other.
        let first_own = std::ptr::from_ref(self) < std::ptr::from_ref(other);
        let links = if first_own {
            let mut own = self.text();
            let theirs = other.text();
            own.session.include(&theirs.session)
        } else {
            let theirs = other.text();
            let mut own = self.text();
            own.session.include(&theirs.session)
        };
        self.changed();
        links
    }

    /// Keeps an included FFI object, and notes which types come from it.
    pub(crate) fn keep_include(&self, py: Py<'_>, other: Owned, links: &[Link]) -> R<()> {
        let outcome = self.held().include(other, links);
        outcome.map_err(|(NoMemory, other)| {
            drop(other);
            py.no_memory()
        })
    }

    /// Returns the canonical form of a type.
    pub(crate) fn canonical(&self, ty: QualType) -> TypeId {
        self.with(|session| session.decls.types.canonical(ty).id())
    }

    /// Copies the facts about a canonical type.
    pub(crate) fn node(&self, py: Py<'_>, ty: TypeId) -> R<Node> {
        let node = {
            let text = &mut *self.text();
            node::of(&text.session, &mut text.numbers, ty)
        };
        py.room(node)
    }

    /// Copies the members of a struct or union; `None` for other types.
    pub(crate) fn body(&self, py: Py<'_>, ty: TypeId) -> R<Option<Body>> {
        let body = {
            let text = &mut *self.text();
            node::body(&text.session, &mut text.numbers, ty)
        };
        py.room(body)
    }

    /// Returns how much of a struct or union is known.
    pub(crate) fn known(&self, ty: TypeId) -> Known {
        node::known(&self.text().session, ty)
    }

    /// Returns the structs and unions inside of a struct or union that have no members yet, the innermost first.
    pub(crate) fn unfinished_inside(&self, py: Py<'_>, ty: TypeId) -> R<Vec<TypeId>> {
        let list = {
            // The session's lock comes before the other one, here and everywhere.
            let text = self.text();
            let held = self.held();
            let finished = |ct: &CType| ct.aggregate().is_some_and(|a| a.fields().is_some());
            node::inside(&text.session, ty, |ty| held.made.get(&ty).is_some_and(|kept| finished(&kept.ct)))
        };
        py.room(list)
    }

    /// Returns the ctype that has been made for a canonical type.
    pub(crate) fn made(&self, ty: TypeId) -> Option<Kept> {
        self.held().made.get(&ty).cloned()
    }

    /// Keeps a ctype, unless there is one for the type already. Returns the one that is kept.
    pub(crate) fn keep(&self, py: Py<'_>, ty: TypeId, fresh: Kept) -> R<Kept> {
        let outcome = {
            let mut held = self.held();
            match held.made.get(&ty).cloned() {
                Some(known) => Ok(Err((known, fresh))),
                None => held.made.try_reserve(1).map(|()| {
                    held.made.insert(ty, fresh.clone());
                    Ok(fresh)
                }),
            }
        };
        match outcome {
            Ok(Ok(kept)) => Ok(kept),
            // The ctype that is too many is dropped here, outside of the lock.
            Ok(Err((known, _late))) => Ok(known),
            Err(_) => Err(py.no_memory()),
        }
    }

    /// Notes that a struct or union got its ctype before it was defined.
    pub(crate) fn wait_for(&self, py: Py<'_>, ty: TypeId) -> R<()> {
        let outcome = cffi_memory::push(&mut self.held().waiting, ty);
        py.room(outcome)
    }

    /// Returns the structs and unions that have been defined since their ctypes were made.
    pub(crate) fn take_defined(&self) -> Vec<TypeId> {
        let text = self.text();
        let mut held = self.held();
        let waiting = std::mem::take(&mut held.waiting);
        let (defined, left): (Vec<TypeId>, Vec<TypeId>) =
            waiting.into_iter().partition(|ty| node::known(&text.session, *ty) == Known::All);
        held.waiting = left;
        defined
    }

    /// Returns the included FFI object that a type comes from, and the number of the type there.
    pub(crate) fn origin(&self, ty: TypeId) -> Option<(Owned, TypeId)> {
        self.held().origin(ty)
    }

    /// Keeps a library, so that `override=True` can make it forget its attributes. Drops those that nobody else uses.
    pub(crate) fn keep_lib(&self, py: Py<'_>, lib: Owned) -> R<()> {
        let (gone, outcome) = {
            let mut held = self.held();
            let mut gone = Vec::new();
            if held.libs.len() == held.libs.capacity() {
                let all = std::mem::take(&mut held.libs);
                (held.libs, gone) = all.into_iter().partition(|lib| cffi_rt::refcount::is_shared(lib));
            }
            (gone, cffi_memory::push(&mut held.libs, lib))
        };
        drop(gone);
        py.room(outcome)
    }

    /// Returns the libraries that have been opened.
    pub(crate) fn libs(&self, py: Py<'_>) -> R<Vec<Owned>> {
        let list = cffi_memory::collect(self.held().libs.iter().cloned());
        py.room(list)
    }

    /// Calls `f` for every Python object that is referenced, for the garbage collector.
    pub(crate) fn visit(&self, f: &mut dyn FnMut(*mut c_void)) {
        // A thread that holds the lock is stopped, or is this one; in both cases the object is in use.
        if let Ok(held) = self.held.try_lock() {
            held.visit(f);
        }
    }

    /// Drops every Python object, for the garbage collector.
    pub(crate) fn clear(&self) {
        let held = std::mem::take(&mut *self.held());
        drop(held);
    }
}
