"""Describes ctypes, objects of `cffi.model` and what a step of a program does, as plain values that can be compared."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from typing import Any

from cffi import recompiler


def outcome(work: Callable[[], Any]) -> Any:
    """Returns what a call gives: its result or exception, and its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = ("ok", work())
        except Exception as error:
            found = ("error", type(error).__name__, plain(str(error)))
    texts = [str(one.message) for one in caught]
    # Warnings of this project name a place; the order in which types are made differs.
    return (
        *found,
        sorted(text for text in texts if not re.search("^<cdef source|guessing that it is", text)),
    )


def plain(text: str) -> str:
    """Returns a text without addresses."""
    return re.sub(r"0x[0-9a-f]{6,}", "0x", text)


def guarded(work: Callable[[], Any]) -> Any:
    """Returns the result of a call, or the text of its exception."""
    try:
        return work()
    except Exception as error:
        return (type(error).__name__, plain(str(error)))


class CTypes:
    """Describes ctypes of one FFI object; each name only once."""

    def __init__(self, ffi: Any) -> None:
        self.ffi = ffi
        self.seen: set[Any] = set()

    def of(self, ctype: Any) -> Any:
        if ctype in self.seen:
            return ctype.cname
        self.seen.add(ctype)
        found = {"cname": ctype.cname, "kind": ctype.kind}
        found["size"] = guarded(lambda: self.ffi.sizeof(ctype))
        found["align"] = guarded(lambda: self.ffi.alignof(ctype))
        for name in ("item", "result"):
            if hasattr(ctype, name):
                found[name] = self.of(getattr(ctype, name))
        for name in ("length", "ellipsis", "abi"):
            if hasattr(ctype, name):
                found[name] = getattr(ctype, name)
        found["elements"] = guarded(lambda: list(getattr(ctype, "elements", {}).items()))
        found["relements"] = guarded(lambda: list(getattr(ctype, "relements", {}).items()))
        if hasattr(ctype, "args"):
            found["args"] = [self.of(argument) for argument in ctype.args]
        fields = (
            guarded(lambda: getattr(ctype, "fields", None)) if ctype.kind in ("struct", "union") else None
        )
        if isinstance(fields, list):
            fields = [
                (name, self.of(field.type), field.offset, field.bitshift, field.bitsize, field.flags)
                for name, field in fields
            ]
        found["fields"] = fields
        return found


def model(tp: Any, seen: dict[int, int]) -> Any:
    """Describes an object of `cffi.model`."""
    if isinstance(tp, (int, str, float, type(None))):
        return tp
    if isinstance(tp, (list, tuple)):
        return [model(one, seen) for one in tp]
    if id(tp) in seen:
        return f"again {seen[id(tp)]}"
    seen[id(tp)] = len(seen)
    found = {"class": type(tp).__name__}
    names = [
        *getattr(tp, "_attrs_", ()), "name", "fldnames", "fldtypes", "fldbitsize", "fldquals", "packed", "partial",
        "forcename", "enumerators", "enumvalues", "partial_resolved", "quals", "c_name_with_marker", "length", "abi",
    ]  # fmt: skip
    for name in names:
        if hasattr(tp, name):
            found[name] = model(getattr(tp, name), seen)
    return found


def parsed(ffi: Any) -> Any:
    """Describes the declarations of a parser as objects of `cffi.model`."""
    parser, seen = ffi._parser, {}
    declarations = [
        (key, model(tp, seen), quals) for key, (tp, quals) in parser._declarations.items()
    ]  # in their order
    return (declarations, list(parser._int_constants.items()), parser._uses_new_feature, ffi._cdefsources)


def emitted(ffi: Any, preamble: str | None) -> str:
    """Returns the C or Python text of the FFI object as an out-of-line module."""
    made = recompiler.Recompiler(ffi, "module", target_is_python=preamble is None)
    made.collect_type_table()
    made.collect_step_tables()
    out = io.StringIO()
    made.write_source_to_f(out, preamble)
    return out.getvalue()
