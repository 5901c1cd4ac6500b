"""Prints what an in-line FFI makes of texts; the same program for this project's FFI and for that of stock cffi.

    python describe.py ours|stock < cases.json > answers.json

A case is a list: the texts of `cdef()` (each with its keyword arguments), and type strings. The answer has a
description, or the class of the exception, for each of them.
"""

from __future__ import annotations

import importlib
import json
import sys
import warnings
from typing import Any


def describe(ctype: Any, sizeof: Any, seen: frozenset[str] = frozenset()) -> Any:
    """Returns everything that can be seen of a ctype, with what it is made of."""
    name = ctype.cname
    if name in seen:
        return name
    seen |= {name}
    found: dict[str, Any] = {"cname": name, "kind": ctype.kind}
    try:
        found["size"] = sizeof(ctype)
    except Exception:
        found["size"] = None
    for attribute in ("item", "result"):
        if hasattr(ctype, attribute):
            found[attribute] = describe(getattr(ctype, attribute), sizeof, seen)
    for attribute in ("length", "ellipsis", "abi", "elements"):
        if hasattr(ctype, attribute):
            value = getattr(ctype, attribute)
            found[attribute] = sorted(value.items()) if isinstance(value, dict) else value
    if hasattr(ctype, "args"):
        found["args"] = [describe(arg, sizeof, seen) for arg in ctype.args]
    if getattr(ctype, "fields", None) is not None:
        found["fields"] = [
            [
                field_name,
                describe(field.type, sizeof, seen),
                field.offset,
                field.bitshift,
                field.bitsize,
                field.flags,
            ]
            for field_name, field in ctype.fields
        ]
    return found


def answer(make: Any, case: Any) -> Any:
    """Returns the answers to one case."""
    texts, strings = case
    ffi = make()
    out: list[Any] = []
    for text, keywords in texts:
        try:
            ffi.cdef(text, **keywords)
            out.append(None)
        except Exception as error:
            out.append(["error", type(error).__name__])
    for string in strings:
        try:
            out.append(describe(ffi.typeof(string), ffi.sizeof))
        except Exception as error:
            out.append(["error", type(error).__name__])
    return out


def main() -> None:
    """Answer the cases on standard input."""
    warnings.simplefilter("ignore")
    module = importlib.import_module("_cffi_backend" if sys.argv[1] == "ours" else "cffi")
    make = module.FFI
    json.dump([answer(make, case) for case in json.load(sys.stdin)], sys.stdout)


if __name__ == "__main__":
    main()
