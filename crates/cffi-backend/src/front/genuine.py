"""The genuine parser of the `cffi` package behind the parser of this project.

The functions get a parser of this project. Its method `_accepted()` returns the texts that it took, `_known()` the
genuine parser that has read them (None if nobody needed one), and `_adopt()` sets that.
"""

import sys
import warnings
from importlib import import_module


def package_of(parser):
    """Returns the name of the package `cffi` that the parser works for."""
    owner = parser._owner()
    if owner is not None:
        for cls in type(owner).__mro__:
            if "_get_cached_btype" in vars(cls):
                return cls.__module__.rpartition(".")[0]
    return "cffi"


def genuine_class(parser):
    """Returns the class `Parser` of the module `cffi.cparser`, which this imports."""
    module = import_module(package_of(parser) + ".cparser")
    return getattr(module, "_genuine_parser", None) or module.Parser


def current(parser):
    """Returns the genuine parser, which reads all accepted texts if nobody needed it before."""
    known = parser._known()
    if known is None:
        known = replayed(parser)
        parser._adopt(known)
    return known


def replayed(parser):
    """Returns a genuine parser that has read all accepted texts."""
    genuine = genuine_class(parser)()
    with warnings.catch_warnings():
        # The warnings were issued when the texts came.
        warnings.simplefilter("ignore")
        for text, override, pack, dllexport in parser._accepted():
            read(genuine, text, override, pack, dllexport)
    return genuine


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


def parse(parser, text, override, packed, pack, dllexport):
    """Reads a text that the parser of this project refuses."""
    known = parser._known()
    genuine = known or replayed(parser)
    before = Before(genuine) if known else None
    options = {"dllexport": True} if dllexport else {}
    try:
        genuine.parse(text, override=override, packed=packed, pack=pack, **options)
    except BaseException:
        if before is not None:
            before.restore()
        raise
    if known is None:
        note_replayed(text)
        parser._adopt(genuine)


def parse_type(parser, cdecl):
    """Returns the type of a type string."""
    return trial(parser, lambda genuine: genuine.parse_type(cdecl))


def parse_type_and_quals(parser, cdecl):
    """Returns the type of a type string and its qualifiers."""
    return trial(parser, lambda genuine: genuine.parse_type_and_quals(cdecl))


def include(parser, other):
    """Adds the types and constants of another parser."""
    if hasattr(other, "_adopt"):
        other = current(other)
    trial(parser, lambda genuine: genuine.include(other))


def trial(parser, use):
    """Calls a function with the genuine parser. If it fails, the declarations stay as they were."""
    known = parser._known()
    genuine = known or replayed(parser)
    before = Before(genuine) if known else None
    try:
        result = use(genuine)
    except BaseException:
        if before is not None:
            before.restore()
        raise
    if known is None:
        parser._adopt(genuine)
    return result


class Before:
    """The declarations of a genuine parser before it reads a text, which it may refuse in the middle."""

    tables = ("_declarations", "_int_constants")
    values = ("_anonymous_counter", "_uses_new_feature")
    parts = ("fldnames", "fldtypes", "fldbitsize", "fldquals", "partial", "packed", "completed", "forcename",
             "c_name_with_marker")

    def __init__(self, genuine):
        self.genuine = genuine
        self.copies = {name: dict(getattr(genuine, name)) for name in self.tables}
        self.kept = {name: getattr(genuine, name) for name in self.values}
        self.recomplete = list(genuine._recomplete)
        self.included = set(genuine._included_declarations)
        self.aggregates = []
        for model, _ in self.copies["_declarations"].values():
            kept = getattr(model, "__dict__", {})
            if "name" in kept and "c_name_with_marker" in kept:
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
            now = model.__dict__
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
