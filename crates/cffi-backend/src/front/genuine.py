"""The genuine parser of the `cffi` package behind the parser of this project.

The functions get a parser of this project. Its method `_accepted()` returns what it has accepted, `_known()` the
genuine parser that has read all of that (None if nobody needed one), and `_adopt()` sets it.
"""

import re
import warnings
from importlib import import_module

COMMENT = re.compile(r"/\*.*?\*/|//([^\n\\]|\\.)*?$", re.DOTALL | re.MULTILINE)
"""A comment, as the genuine parser finds it."""

ESCAPES = dict(zip("abfnrtv01234567", b"\a\b\f\n\r\t\v\0\1\2\3\4\5\6\7", strict=True))
"""The values of the escape sequences with one letter or digit."""

classes = {}
"""The class that is used in the place of each genuine class."""

AGGREGATES = ("StructType", "UnionType", "EnumType")


def package_of(parser):
    """Returns the name of the package `cffi` that the parser works for."""
    owner = parser._owner()
    if owner is not None:
        for cls in type(owner).__mro__:
            if "_get_cached_btype" in vars(cls):
                return cls.__module__.rpartition(".")[0]
    return "cffi"


def genuine_class(parser):
    """Returns the class `Parser` of the module `cffi.cparser`, which this imports, with the values of C for characters."""
    module = import_module(package_of(parser) + ".cparser")
    genuine = getattr(module, "_genuine_parser", None) or module.Parser
    if genuine not in classes:

        class Parser(genuine):
            def _parse_constant(self, exprnode, partial_length_ok=False):
                text = getattr(exprnode, "value", None)
                if isinstance(text, str) and len(text) == 4 and text[:2] == "'\\":
                    return ESCAPES.get(text[2], ord(text[2]))
                return genuine._parse_constant(self, exprnode, partial_length_ok)

        Parser.__module__, Parser.__qualname__ = genuine.__module__, genuine.__qualname__
        classes[genuine] = Parser
    return classes[genuine]


def check_type_string(parser, cdecl):
    """Refuses a type string that would end the declaration that the genuine parser makes of it, and begin another."""
    depth = 0
    for character in COMMENT.sub(" ", cdecl) if isinstance(cdecl, str) else "":
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            error = import_module(package_of(parser) + ".error").CDefError
            raise error(f'cannot parse "{cdecl}"\n<cdef source string>:1: before: )')


def refuse_open_comment(parser, text, line, column):
    """Refuses a text with a comment that is not closed, as the genuine parser does."""
    shown = text.split("\n")[line - 1].strip()
    message = "Comments are not supported, see https://github.com/eliben/pycparser#3using."
    error = import_module(package_of(parser) + ".error").CDefError
    raise error(f'cannot parse "{shown}"\n<cdef source string>:{line}:{column}: {message}')


views = {}
"""For each package `cffi`, the class of what shows declarations that the genuine parser cannot read."""


def current(parser):
    """Returns the genuine parser, which reads everything that was accepted if nobody needed it before.

    If it cannot read that, what shows the declarations in its place.
    """
    known = parser._known()
    if known is None and parser._view() is not None:
        return view(parser)
    if known is None:
        genuine = genuine_class(parser)()
        try:
            done = replay(parser, genuine, 0)
        except Exception as refused:
            error = refused
        else:
            error = None
        if error is not None:
            shown = view(parser)
            if shown is None:
                raise error
            return shown
        link(parser, genuine)
        adopt(parser, genuine, done)
        known = parser._known()
    return known


def view(parser):
    """Returns what shows the declarations of a parser whose texts the genuine one cannot read. None if nothing can."""
    accepted = list(parser._accepted())
    if any(kind == "text" and what[3] for kind, *what in accepted):
        return None
    shown = parser._view()
    if shown is None:
        package = package_of(parser)
        if package not in views:
            try:
                views[package] = import_module("ferrocffi.frontend.view").parser_class(package)
            except ImportError:
                return None
        shown = views[package](parser)
        shown._done = 0
    texts = []
    for kind, *what in accepted[shown._done :]:
        if kind == "text":
            texts.append(what[0])
        elif kind == "include":
            shown._include(as_included(*what))
    shown._done = len(accepted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shown._refresh(texts)
    parser._keep_view(shown)
    owner = parser._owner()
    for tp, number in shown._ctypes() if owner is not None else ():
        if tp not in owner._cached_btypes:
            try:
                ctype = shown._core._made(number)
            except Exception:
                continue
            use(owner, tp, ctype, [])
    return shown


def adopt(parser, genuine, done):
    """Uses a genuine parser from now on, which has read the first `done` things that were accepted, and is linked.

    Other threads may have added some since. They may also have made a genuine parser, which then stays.
    """
    while parser._known() is None:
        if done == len(parser._accepted()):
            parser._adopt(genuine)
        else:
            done = replay(parser, genuine, done)
            link(parser, genuine)


def replay(parser, genuine, start, end=None):
    """Lets a genuine parser read what was accepted from `start` to `end`. Returns where it has ended."""
    accepted = list(parser._accepted())[start:end]
    with warnings.catch_warnings():
        # The warnings were issued when the texts came.
        warnings.simplefilter("ignore")
        for kind, *what in accepted:
            if kind == "text":
                read(genuine, *what)
            elif kind == "type":
                genuine.parse_type(*what)
            elif kind == "header":
                if hasattr(genuine, "_read_header"):
                    genuine._read_header(*what)
            else:
                genuine.include(as_included(*what))
    return start + len(accepted)


def read(genuine, text, override, pack, dllexport):
    """Reads one accepted text.

    The parser of this project takes equal declarations of one name, which the genuine one takes with `override`.
    """
    before = Before(genuine)
    try:
        genuine.parse(text, override=override, pack=pack, dllexport=dllexport)
    except Exception:
        if override:
            raise
        before.restore()
        genuine.parse(text, override=True, pack=pack, dllexport=dllexport)


class Included:
    """The declarations of a genuine parser at the time when another parser included them."""

    def __init__(self, declarations, then):
        self._declarations = declarations
        self._int_constants = then._int_constants
        core = getattr(then, "_core", None)
        if core is not None:
            self._core = core


def as_included(parser, count):
    """Returns the declarations that a parser had when it had accepted `count` things."""
    genuine = current(parser)
    if len(parser._accepted()) == count:
        return genuine
    then = genuine_class(parser)()
    replay(parser, then, 0, count)
    declarations = {key: value for key, value in genuine._declarations.items() if key in then._declarations}
    return Included(declarations, then)


def parse(parser, text, override, packed, pack, dllexport):
    """Reads a text that the parser of this project refuses, or that comes when the genuine one is in use."""
    known = parser._known()
    genuine = known or genuine_class(parser)()
    try:
        done = 0 if known else replay(parser, genuine, 0)
    except Exception:
        shown = view(parser)
        if shown is None:
            raise
        # The parser of this project has refused the text, and says why.
        shown.parse(text, override=override, packed=packed, pack=pack, dllexport=dllexport)
        return
    before = Before(genuine) if known else None
    # The parser completes the ctypes of structs that exist, so it has to know them before it reads the text.
    linked = () if known else link(parser, genuine)
    options = {"dllexport": True} if dllexport else {}
    try:
        genuine.parse(text, override=override, packed=packed, pack=pack, **options)
    except BaseException:
        if before is not None:
            before.restore()
        for tp in linked:
            parser._owner()._cached_btypes.pop(tp, None)
        raise
    if known is None:
        note_replayed(text)
        adopt(parser, genuine, done)
        if parser._known() is not genuine:
            # Another thread was faster.
            parser._known().parse(text, override=override, packed=packed, pack=pack, **options)
    # An FFI object that included this one earlier does not see the text.
    parser._accepted().append(("text", text, bool(override), 1 if packed else pack, bool(dllexport)))


def parse_type(parser, cdecl):
    """Returns the type of a type string."""
    return parse_type_and_quals(parser, cdecl)[0]


def parse_type_and_quals(parser, cdecl):
    """Returns the type of a type string and its qualifiers."""
    check_type_string(parser, cdecl)
    genuine = current(parser)
    before = len(genuine._declarations)
    found = genuine.parse_type_and_quals(cdecl)
    if len(genuine._declarations) != before:
        parser._accepted().append(("type", cdecl))
    return found


def include(parser, other):
    """Adds the types and constants of another parser."""
    source = current(other) if hasattr(other, "_adopt") else other
    genuine = current(parser)
    before = Before(genuine)
    try:
        genuine.include(source)
    except BaseException:
        before.restore()
        raise
    if source is not other:
        parser._accepted().append(("include", other, len(other._accepted())))


def attribute(parser, name):
    """Returns what a name is in a library, as a tuple of a word and a ctype or value; () for unknown names."""
    genuine = current(parser)
    found = None
    for key, (tp, _) in list(genuine._declarations.items()):
        kind, _, declared = key.partition(" ")
        if type(tp).__name__ == "EnumType":
            if name in tp.enumerators:
                found = "integer", tp
        elif declared == name and kind in ("function", "variable", "constant"):
            found = kind, tp
    if found is None:
        constants = genuine._int_constants
        return ("integer", constants[name]) if name in constants else ()
    kind, tp = found
    if kind == "integer":
        tp.check_not_partial()
        return kind, tp.enumvalues[tp.enumerators.index(name)]
    if kind == "constant":
        return kind, None
    owner = parser._owner()
    with owner._lock:
        return kind, owner._get_cached_btype(tp)


def attributes(parser):
    """Returns the names of all attributes of a library."""
    genuine = current(parser)
    names = {}
    for key, (tp, _) in list(genuine._declarations.items()):
        kind, _, declared = key.partition(" ")
        if type(tp).__name__ == "EnumType":
            names.update(dict.fromkeys(tp.enumerators))
        elif kind in ("function", "variable", "constant"):
            names[declared] = None
    names.update(dict.fromkeys(genuine._int_constants))
    return names.keys()


def link(parser, genuine):
    """Tells the FFI object which ctypes of structs, unions and enums exist already. Returns their models."""
    owner = parser._owner()
    if owner is None:
        return []
    linked = []
    file, _ = import_module(package_of(parser) + ".commontypes").resolve_common_type(genuine, "FILE")
    use(owner, file, parser._types().typeof("FILE"), linked)
    seen = set()
    for key, (tp, _) in list(genuine._declarations.items()):
        number = parser._root(key) if hasattr(tp, "c_name_with_marker") else None
        if number is not None:
            pair(parser, owner, tp, number, seen, linked)
    return linked


def use(owner, tp, ctype, linked):
    """Uses a ctype that exists for an object of `cffi.model`, and adds the object to the list."""
    if tp not in owner._cached_btypes and ctype is not None and ctype.kind in ("struct", "union", "enum"):
        linked.append(tp)
        owner._cached_btypes[tp] = ctype
        owner._typecache[tp] = ctype
        tp.completed = 2


def pair(parser, owner, tp, number, seen, linked):
    """Walks through an object of `cffi.model` and a type of the parser of this project, which are equal."""
    todo = [(tp, number)]
    while todo:
        tp, number = todo.pop()
        if id(tp) in seen:
            continue
        seen.add(id(tp))
        kind, ctype, parts = parser._node(number)
        name = type(tp).__name__
        if name == "FunctionPtrType" and kind == "p":
            kind, _, parts = parser._node(parts[0])
        if name in AGGREGATES:
            use(owner, tp, ctype, linked)
            models = getattr(tp, "fldtypes", None) or ()
        elif kind == "p" and hasattr(tp, "totype"):
            models = (tp.totype,)
        elif kind == "a" and hasattr(tp, "item"):
            models = (tp.item,)
        elif kind == "f" and hasattr(tp, "args"):
            models = (tp.result, *tp.args)
        else:
            continue
        if len(models) == len(parts):
            todo.extend(zip(models, parts, strict=True))


class Before:
    """The declarations of a genuine parser before it reads a text, which it may refuse in the middle."""

    tables = ("_declarations", "_int_constants")
    values = ("_anonymous_counter", "_uses_new_feature")
    parts = (
        "fldnames",
        "fldtypes",
        "fldbitsize",
        "fldquals",
        "partial",
        "packed",
        "completed",
        "forcename",
        "c_name_with_marker",
    )

    def __init__(self, genuine):
        self.genuine = genuine
        self.copies = {name: dict(getattr(genuine, name)) for name in self.tables}
        self.kept = {name: getattr(genuine, name) for name in self.values}
        self.recomplete = list(genuine._recomplete)
        self.included = set(genuine._included_declarations)
        self.aggregates = []
        for model, _ in self.copies["_declarations"].values():
            if type(model).__name__ in AGGREGATES:
                kept = vars(model)
                self.aggregates.append((model, {name: kept[name] for name in self.parts if name in kept}))

    def restore(self):
        """Takes back what the parser has declared since."""
        for name, copy in self.copies.items():
            table = getattr(self.genuine, name)
            table.clear()
            table.update(copy)
        for name, value in self.kept.items():
            setattr(self.genuine, name, value)
        self.genuine._recomplete[:] = self.recomplete
        self.genuine._included_declarations = self.included
        for model, kept in self.aggregates:
            now = vars(model)
            for name in self.parts:
                if name in kept:
                    now[name] = kept[name]
                else:
                    now.pop(name, None)


def note_replayed(text):
    """Appends a text that only the genuine parser took to the file that FERROCFFI_CDEF_LOG names."""
    import os

    if file := os.environ.get("FERROCFFI_CDEF_LOG"):
        import json

        with open(file, "a", encoding="utf-8") as log:
            log.write(json.dumps(text) + "\n")
