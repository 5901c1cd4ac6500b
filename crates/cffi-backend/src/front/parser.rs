//! The object in the place of `ffi._parser`: a parser of this project, with the genuine one behind it.
//!
//! It reads texts with the parser of this project and keeps them. When somebody looks at an attribute that only the
//! genuine parser has (`_declarations`, which holds objects of `cffi.model`), the texts are read again by the genuine
//! parser, and from then on the declarations are those of the genuine parser.

use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3_ffi as ffi;

use super::listed::Listed;
use super::options::Given;
use super::withheld::Withheld;
use super::{counts, deferred, genuine, graph, options, warnings, withheld};
use crate::decls::object::{self, FfiObject};
use crate::ffi_obj::methods::header;
use crate::realize::inline;
use crate::state::Module;
use cffi_rt::at;
use cffi_rt::class::{self, OwnDict};
use cffi_rt::name_cache::NameCache;
use cffi_rt::noted::Noted;
use cffi_rt::obj::{OnceRef, SharedRef};
use cffi_rt::slots::{method, slot};
use cffi_rt::table::{Method, Table};
use cffi_rt::{Args, Exc, Obj, Owned, Params, Py, R, Raised, attr, dict, function, num, raise, seq, text};

cffi_rt::class! {
    /// A parser of this project.
    pub(crate) struct CdefParser in c"_cffi_backend._CdefParser", collected {
        /// The module of the backend.
        backend: Owned,
        /// The FFI that has the parser, once it is known.
        pub(super) ffi: OnceRef<Obj>,
        /// The declarations: an FFI object of this project.
        core: Owned,
        /// The type strings that were parsed: the dict `ffi._parsed_types`, from a string to a tuple of the ctype and
        /// whether the string names a function.
        pub(super) parsed: OwnDict,
        /// Some of the ctypes in `parsed`, for strings that name no functions.
        pub(super) recent: NameCache,
        /// The names that `list_types()` has returned last.
        pub(super) listed: Listed,
        /// The accepted texts, in order: a list of tuples `("text", text, override, pack, dllexport)`,
        /// `("type", string)` and `("include", parser, number of what that parser had accepted)`.
        accepted: Owned,
        /// Whether a text was for `embedding_api()`.
        exported: AtomicBool,
        /// Whether headers were read. The genuine parser cannot read them, so it does not judge later texts either.
        headers: AtomicBool,
        /// The genuine parser that has read all accepted texts, once it was needed.
        genuine: SharedRef,
        /// Holds the object that shows the declarations if the genuine parser cannot read the accepted texts.
        view: OnceRef<Obj>,
        /// Whether the compiled methods serve the FFI. They do not if its class overrides a method that they do not call.
        pub(super) compiled: AtomicBool,
        /// Ends what threads have noted about the parser.
        pub(super) noted: Noted,
    }
}

const DOC: &CStr = c"Reads the texts of cffi.FFI.cdef(). Has the attributes of cffi.cparser.Parser.";

static METHODS: Table<Method<CdefParser>, 17> = Table::methods([
    method!(fast CdefParser, c"parse", parse, c"parse($self, /, csource, override=False, packed=False, pack=None, dllexport=False)\n--\n\nAdds the declarations of a text."),
    method!(one CdefParser, c"parse_type", parse_type, c"parse_type($self, cdecl, /)\n--\n\nThe type of a type string, as an object of cffi.model."),
    method!(one CdefParser, c"parse_type_and_quals", parse_type_and_quals, c"parse_type_and_quals($self, cdecl, /)\n--\n\nThe type of a type string as an object of cffi.model, and its qualifiers."),
    method!(one CdefParser, c"include", include, c"include($self, other, /)\n--\n\nAdds the types and constants of another parser."),
    method!(noargs CdefParser, c"_accepted", accepted, c"_accepted($self, /)\n--\n\nA list of what was accepted."),
    method!(noargs CdefParser, c"_known", known, c"_known($self, /)\n--\n\nThe genuine parser, or None if it was not needed."),
    method!(one CdefParser, c"_adopt", adopt, c"_adopt($self, parser, /)\n--\n\nUse this genuine parser from now on; with None, none."),
    method!(noargs CdefParser, c"_owner", owner, c"_owner($self, /)\n--\n\nThe FFI that has the parser, or None."),
    method!(noargs CdefParser, c"_fresh", fresh, c"_fresh($self, /)\n--\n\nAnother parser, without declarations and without an FFI."),
    method!(noargs CdefParser, c"_types", types, c"_types($self, /)\n--\n\nThe FFI object of this project with the declarations."),
    method!(fast CdefParser, c"_read_header", read_header, c"_read_header($self, includes, main, include_dirs, defines, std, only, /)\n--\n\nFor ferrocffi.FFI.header(): add the declarations of headers."),
    method!(noargs CdefParser, c"_view", view, c"_view($self, /)\n--\n\nReturn the object that shows the declarations if the genuine parser cannot read the texts, or None."),
    method!(one CdefParser, c"_keep_view", keep_view, c"_keep_view($self, view, /)\n--\n\nKeep what shows the declarations."),
    method!(one CdefParser, c"_is_attributed", graph::is_attributed, c"_is_attributed($self, number, /)\n--\n\nWhether attributes decide about the layout of a struct or union, beside packed."),
    method!(one CdefParser, c"_root", graph::root, c"_root($self, key, /)\n--\n\nThe number of the type of a declaration, or None."),
    method!(one CdefParser, c"_node", graph::node, c"_node($self, number, /)\n--\n\n(kind, ctype or None, numbers of the parts) of a type."),
    Method::END,
]);

/// Returns the function without arguments that makes a parser.
pub(super) fn maker(py: Py<'_>, backend: &Module) -> R {
    static MAKER: Method<Module> =
        method!(noargs Module, c"Parser", make, c"Parser()\n--\n\nA parser without declarations.");
    function::new(py, &MAKER, backend, None)
}

/// Makes a parser without declarations.
pub(crate) fn make(py: Py<'_>, backend: &Module) -> R {
    let class = class_of(py, backend)?;
    let (accepted, parsed) = (seq::new_list(py)?, OwnDict::new(py)?);
    let state = backend.state(py)?;
    let core = object::new(py, state)?.into_obj();
    class::create(py, &class, |header| CdefParser {
        header,
        backend: backend.new_ref(),
        ffi: OnceRef::new(),
        core,
        parsed,
        recent: NameCache::new(),
        listed: Listed::default(),
        accepted,
        exported: AtomicBool::new(false),
        headers: AtomicBool::new(false),
        genuine: SharedRef::new(),
        view: OnceRef::new(),
        compiled: AtomicBool::new(false),
        noted: Noted::new(),
    })
    .map(Owned::into_obj)
}

fn class_of(py: Py<'_>, backend: &Module) -> R {
    let place = &backend.state(py)?.front.parser;
    if let Some(class) = place.get(py) {
        return Ok(class);
    }
    let class = class::spec::<CdefParser>(DOC)
        .methods(&METHODS)
        .slot(at::GetAttr, slot!(subscript CdefParser, getattro))
        .slot(at::SetAttr, slot!(assign CdefParser, setattro))
        .make(py, backend)?;
    Ok(place.set_or_get(py, class))
}

impl CdefParser {
    /// Returns the module of the backend.
    pub(super) fn backend(&self, py: Py<'_>) -> R<Owned<Module>> {
        deferred::backend(py, &self.backend)
    }

    /// Returns the FFI object of this project with the declarations.
    pub(crate) fn core(&self, py: Py<'_>) -> R<&FfiObject> {
        self.core.downcast().ok_or_else(|| raise!(py, System, "a parser has lost its declarations"))
    }

    /// Notes something that was accepted, for the genuine parser.
    pub(super) fn record(&self, py: Py<'_>, what: &[&Obj]) -> R<()> {
        seq::push(py, &self.accepted, &*seq::tuple(py, what)?)
    }

    /// Returns whether a text was for `embedding_api()`.
    pub(super) fn is_exported(&self) -> bool {
        self.exported.load(Ordering::Acquire)
    }

    /// Returns whether the compiled methods serve the FFI.
    pub(crate) fn has_compiled_methods(&self) -> bool {
        self.compiled.load(Ordering::Acquire)
    }

    /// Returns whether headers were read.
    fn has_headers(&self) -> bool {
        self.headers.load(Ordering::Acquire)
    }

    /// Returns whether the FFI object has this parser, and the genuine one is not in use. Programs may give the object
    /// another parser.
    pub(super) fn serves(&self, py: Py<'_>) -> R<bool> {
        let Some(object) = self.ffi.get().map(Obj::new_ref) else { return Ok(false) };
        Ok(!self.is_genuine(py) && object.getattr_str(py, "_parser")?.is(self))
    }

    /// Returns the number of type strings that were parsed.
    pub(super) fn known_types(&self, py: Py<'_>) -> usize {
        dict::len(py, &self.parsed)
    }

    /// Forgets the genuine parser, which a failed attempt has made. The exception that is set stays.
    pub(super) fn forget_genuine(&self, py: Py<'_>) {
        py.with_saved_err(|| drop(self.genuine.exchange(py, None)));
    }

    /// Returns whether the declarations are those of the genuine parser.
    pub(super) fn is_genuine(&self, py: Py<'_>) -> bool {
        self.genuine.get(py).is_some()
    }
}

const PARSE: Params =
    Params { function: "parse", names: &["csource", "override", "packed", "pack", "dllexport"], required: 1 };

fn parse(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    let [Some(source), replace, packed, pack, dllexport] = args.bind(py, &PARSE)? else {
        return Err(py.no_memory());
    };
    let given = Given { replace, packed, pack, dllexport };
    if let Some(taken) = take(py, parser, source, &given)? {
        return finish(py, parser, &taken).map(|()| py.none());
    }
    if parser.has_headers() {
        return refused(py, parser, source, &given);
    }
    let none = py.none();
    let no = py.bool(false);
    let known = parser.is_genuine(py);
    let done = genuine::call(
        py,
        parser,
        "parse",
        &[
            parser,
            source,
            replace.unwrap_or(&no),
            packed.unwrap_or(&no),
            pack.unwrap_or(&none),
            dllexport.unwrap_or(&no),
        ],
    );
    let backend = parser.backend(py)?;
    let front = &backend.state(py)?.front;
    counts::add(match &done {
        Err(_) => &front.refused,
        Ok(_) if known => &front.late,
        Ok(_) => &front.replayed,
    });
    done
}

/// Reads a text with the parser of this project. Returns `None` if it is refused or if the genuine parser has to read it.
/// Otherwise the text is declared, and [`finish`] has to follow.
pub(super) fn take(py: Py<'_>, parser: &CdefParser, source: &Obj, given: &Given<'_>) -> R<Option<Taken>> {
    if parser.is_genuine(py) || !is_exact_str(source) {
        return Ok(None);
    }
    let Some(options) = given.plain(py)? else { return Ok(None) };
    let source_text = match text::utf8(py, source) {
        Ok(text) => text,
        Err(raised) => {
            py.err_clear(raised);
            return Ok(None);
        }
    };
    if has_foreign_space(source_text) {
        return Ok(None);
    }
    let core = parser.core(py)?;
    let (report, defined) = match inline::declare(py, core, source_text, options)? {
        Ok(accepted) => accepted,
        Err(refusal) => {
            return match withheld::check(source_text, &refusal) {
                Some(reason) => Err(refuse(py, parser, source, reason)),
                None => Ok(None),
            };
        }
    };
    let (replace, pack) = (py.bool(options.replace), num::from_u64(py, options.pack.into())?);
    let exported = options::truth(py, given.dllexport)?;
    if exported {
        parser.exported.store(true, Ordering::Release);
    }
    if options.replace {
        parser.parsed.empty(py);
        parser.recent.empty(py);
        parser.listed.forget();
    }
    let kind = text::interned(py, "text")?;
    parser.record(py, &[&kind, source, &replace, &pack, &py.bool(exported)])?;
    let backend = parser.backend(py)?;
    counts::add(&backend.state(py)?.front.taken);
    let texts = core.begin_inline(py)?.with(|session| warnings::texts(&session.decls, &report));
    Ok(Some(Taken { defined, warnings: texts }))
}

/// Makes the exception of the genuine parser for a text that it does not get.
#[cold]
pub(super) fn refuse(py: Py<'_>, parser: &CdefParser, source: &Obj, reason: Withheld) -> Raised {
    let Withheld::OpenComment(line, column) = reason else { return withheld::too_deep(py) };
    let refused = || -> R {
        let (line, column) = (num::from_u64(py, line.into())?, num::from_u64(py, column.into())?);
        genuine::call(py, parser, "refuse_open_comment", &[parser, source, &line, &column])
    };
    match refused() {
        Err(raised) => raised,
        Ok(_) => raise!(py, System, "a comment that is not closed is not refused"),
    }
}

/// The steps that follow once a text is declared.
pub(super) struct Taken {
    /// Whether the text defines structs, whose ctypes may exist.
    defined: bool,
    /// The texts of the warnings.
    warnings: Vec<String>,
}

/// Completes structs and issues warnings. The text stays declared if that fails, as in the stock front end.
pub(super) fn finish(py: Py<'_>, parser: &CdefParser, taken: &Taken) -> R<()> {
    if taken.defined {
        inline::complete(py, parser.core(py)?)?;
    }
    warnings::issue(py, &taken.warnings)
}

/// Returns whether a text has white space that the genuine parser refuses outside of comments.
pub(super) fn has_foreign_space(text: &str) -> bool {
    // Without a way out within a piece, the compiler compares many bytes at once.
    let is_foreign = |found, byte: &u8| found | matches!(*byte, b'\r' | 0x0B | 0x0C);
    text.as_bytes().chunks(512).any(|piece| piece.iter().fold(false, is_foreign))
}

/// Returns whether the object is of the class `str` itself.
pub(super) fn is_exact_str(object: &Obj) -> bool {
    // SAFETY: only the address of the class is used.
    object.tp() == &raw mut ffi::PyUnicode_Type
}

/// Raises the exception of the parser of this project for a text.
#[cold]
fn refused(py: Py<'_>, parser: &CdefParser, source: &Obj, given: &Given<'_>) -> R {
    let core = parser.core(py)?;
    let options = given.plain(py)?.unwrap_or_default();
    match inline::cdef(py, core, text::utf8(py, source)?, options)? {
        Ok(_) => Ok(py.none()),
        Err(refusal) => Err(inline::refused(py, core, &refusal)),
    }
}

/// Raises the exception for a type string, if there are headers and it has no type.
#[cold]
fn check_with_headers(py: Py<'_>, parser: &CdefParser, cdecl: &Obj) -> R<()> {
    if parser.has_headers() && cdecl.is_str() {
        inline::made_of_text(py, parser.core(py)?, text::utf8(py, cdecl)?)?;
    }
    Ok(())
}

fn read_header(py: Py<'_>, parser: &CdefParser, args: Args<'_>) -> R {
    let found = header::read_header(py, parser.core(py)?, args)?;
    parser.headers.store(true, Ordering::Release);
    parser.parsed.empty(py);
    parser.recent.empty(py);
    parser.listed.forget();
    let kind = text::interned(py, "header")?;
    let mut what: Vec<&Obj> = vec![&kind];
    what.extend((0..args.len()).map(|i| args.get(i)));
    parser.record(py, &what)?;
    Ok(found)
}

fn parse_type(py: Py<'_>, parser: &CdefParser, cdecl: &Obj) -> R {
    check_with_headers(py, parser, cdecl)?;
    genuine::trial(py, parser, "parse_type", &[parser, cdecl])
}

fn parse_type_and_quals(py: Py<'_>, parser: &CdefParser, cdecl: &Obj) -> R {
    check_with_headers(py, parser, cdecl)?;
    genuine::trial(py, parser, "parse_type_and_quals", &[parser, cdecl])
}

/// Returns whether a parser has included another one, itself or through others. Then the texts of both cannot be read
/// again one after the other.
fn includes(py: Py<'_>, parser: &CdefParser, other: &CdefParser) -> R<bool> {
    let mut open = vec![parser.new_ref()];
    let mut seen: Vec<*mut ffi::PyObject> = Vec::new();
    while let Some(next) = open.pop() {
        let Some(one) = next.downcast::<CdefParser>() else { continue };
        if std::ptr::eq(one, other) {
            return Ok(true);
        }
        if seen.contains(&one.as_ptr()) {
            continue;
        }
        py.push(&mut seen, one.as_ptr())?;
        let Some(accepted) = seq::Seq::of(&one.accepted) else { continue };
        let mut i = 0;
        while let Some(item) = accepted.get(i) {
            i += 1;
            if let Some(included) = seq::tuple_item(&item, 1).filter(|o| o.downcast::<CdefParser>().is_some())
            {
                py.push(&mut open, included.new_ref())?;
            }
        }
    }
    Ok(false)
}

fn include(py: Py<'_>, parser: &CdefParser, other: &Obj) -> R {
    if let Some(theirs) = other.downcast::<CdefParser>()
        && !parser.is_genuine(py)
        && !theirs.is_genuine(py)
        && !includes(py, theirs, parser)?
        && inline::include(py, parser.core(py)?, theirs.core(py)?)?.is_ok()
    {
        let count = seq::Seq::of(&theirs.accepted).map_or(0, |accepted| accepted.len());
        let count = num::from_u64(py, count as u64)?;
        parser.record(py, &[&*text::interned(py, "include")?, other, &count])?;
        return Ok(py.none());
    }
    genuine::trial(py, parser, "include", &[parser, other])
}

fn accepted(_py: Py<'_>, parser: &CdefParser) -> R {
    Ok(parser.accepted.new_ref())
}

fn fresh(py: Py<'_>, parser: &CdefParser) -> R {
    make(py, &*parser.backend(py)?)
}

fn types(_py: Py<'_>, parser: &CdefParser) -> R {
    Ok(parser.core.new_ref())
}

fn known(py: Py<'_>, parser: &CdefParser) -> R {
    let genuine = parser.genuine.get(py);
    Ok(genuine.unwrap_or_else(|| py.none()))
}

fn adopt(py: Py<'_>, parser: &CdefParser, genuine: &Obj) -> R {
    drop(parser.genuine.exchange(py, (!genuine.is_none()).then(|| genuine.new_ref())));
    Ok(py.none())
}

fn view(py: Py<'_>, parser: &CdefParser) -> R {
    Ok(parser.view.get().map_or_else(|| py.none(), Obj::new_ref))
}

fn keep_view(py: Py<'_>, parser: &CdefParser, view: &Obj) -> R {
    parser.view.set_or_get(view.new_ref());
    Ok(py.none())
}

fn owner(py: Py<'_>, parser: &CdefParser) -> R {
    Ok(parser.ffi.get().map_or_else(|| py.none(), Obj::new_ref))
}

/// `tp_getattro`: the methods above, and the attributes of the genuine parser.
fn getattro(py: Py<'_>, parser: &CdefParser, name: &Obj) -> R {
    if !parser.is_genuine(py) && text::is(py, name, "_recomplete") {
        return seq::new_list(py);
    }
    match attr::generic_get(py, parser, name) {
        Err(raised) if py.err_matches(Exc::Attribute) && !text::utf8(py, name)?.starts_with("__") => {
            py.err_clear(raised);
            genuine::call(py, parser, "current", &[parser])?.getattr(py, name)
        }
        own => own,
    }
}

/// `tp_setattro`: sets the attribute of the genuine parser.
fn setattro(py: Py<'_>, parser: &CdefParser, name: &Obj, value: Option<&Obj>) -> R<()> {
    let genuine = genuine::call(py, parser, "current", &[parser])?;
    attr::set(py, &genuine, name, value)
}
