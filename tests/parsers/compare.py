"""Runs a program on an FFI object with the parser of this project and on one with the genuine parser."""

from __future__ import annotations

import re
import types
from functools import partial
from typing import Any

import _cffi_backend
import cffi
import cffi.cparser
from cffi import model

from tests.parsers.describe import CTypes, emitted, guarded, outcome, parsed
from tests.parsers.grammar import Step

cffi.cparser.CDEF_SOURCE_STRING  # noqa: B018 (imports the genuine module)

WITHOUT_SEAM = types.ModuleType("_cffi_backend")
vars(WITHOUT_SEAM).update({name: value for name, value in vars(_cffi_backend).items() if name != "set_ffi"})

COMMENT = re.compile(r"/\*.*?\*/|//([^\n\\]|\\.)*?$", re.DOTALL | re.MULTILINE)

ESCAPES = dict(zip("abfnrtv01234567", b"\a\b\f\n\r\t\v\0\1\2\3\4\5\6\7", strict=True))


def is_unknown(tp: Any) -> bool:
    """Returns whether a type is what `typedef ... name` or `typedef ... *name` declares."""
    tp = getattr(tp, "totype", tp)
    return isinstance(tp, model.StructType) and tp.fldtypes is None and tp.name.startswith("$")


class Genuine(cffi.cparser.Parser):  # type: ignore[misc]
    """The genuine parser, with what differs on purpose: equal declarations may be repeated, and characters have the
    values that they have in C."""

    def _declare(self, name: str, obj: Any, included: bool = False, quals: int = 0) -> None:
        known = self._declarations.get(name)
        repeated = known is not None and not self._options.get("override") and known == (obj, quals)
        if repeated and not isinstance(obj, model.StructOrUnionOrEnum):
            return
        if (
            known is not None
            and "typedef " in name
            and is_unknown(obj)
            and is_unknown(known[0])
            and type(known[0]) is type(obj)
            and repr(known) == repr((obj, quals))
        ):
            return
        super()._declare(name, obj, included, quals)

    def _parse_constant(self, node: Any, partial_length_ok: bool = False) -> Any:
        text = getattr(node, "value", None)
        if isinstance(text, str) and len(text) == 4 and text[:2] == "'\\":
            return ESCAPES.get(text[2], ord(text[2]))
        return super()._parse_constant(node, partial_length_ok)

    def parse_type_and_quals(self, text: str) -> Any:
        depth = 0
        for character in COMMENT.sub(" ", text):
            depth += {"(": 1, ")": -1}.get(character, 0)
            if depth < 0:
                raise cffi.CDefError(f'cannot parse "{text}"\n<cdef source string>:1: before: )')
        return super().parse_type_and_quals(text)


def ours() -> Any:
    """Returns an FFI object with the parser of this project."""
    return cffi.FFI()


def theirs() -> Any:
    """Returns an FFI object with the genuine parser and the methods of `cffi.FFI`."""
    ffi = cffi.FFI(WITHOUT_SEAM)
    ffi._parser = Genuine()
    return ffi


def forget_failures(ffi: Any) -> None:
    """Lets the genuine parser make its ctypes again. After a failure it keeps those that it could not complete."""
    if type(ffi._parser) is not Genuine:
        return
    ffi._cached_btypes.clear()
    ffi._parsed_types.clear()
    for key in [key for key in ffi._typecache if isinstance(key, model.StructOrUnionOrEnum)]:
        del ffi._typecache[key]
    open_types: list[Any] = [tp for tp, _ in ffi._parser._declarations.values()]
    seen: set[int] = set()
    while open_types:
        tp = open_types.pop()
        if id(tp) in seen:
            continue
        seen.add(id(tp))
        if isinstance(tp, model.StructOrUnion):
            tp.completed = 0
        for name in ("totype", "item", "result"):
            if hasattr(tp, name):
                open_types.append(getattr(tp, name))
        open_types.extend(getattr(tp, "args", None) or ())
        open_types.extend(getattr(tp, "fldtypes", None) or ())


class Side:
    """One FFI object that runs a program."""

    def __init__(self, make: Any, *, fresh: bool) -> None:
        self.make, self.fresh = make, fresh
        self.ffi = make()
        self.accepted: list[Step] = []
        self.others: list[Any] = []

    def apply(self, ffi: Any, step: Step) -> Any:
        if step[0] == "cdef":
            ffi.cdef(step[1], **step[2])
            if step[2].get("override"):
                ffi._parsed_types.clear()
        elif step[0] == "include":
            other = self.make()
            other.cdef(step[1])
            ffi.include(other)
        else:
            return CTypes(ffi).of(ffi.typeof(step[1]))
        return None

    def run(self, step: Step) -> Any:
        """Runs a step. After a refusal, an object that keeps a part of what was refused is made anew."""
        found = outcome(lambda: self.apply(self.ffi, step))
        if found[0] == "ok" or step[0] == "type":
            self.accepted.append(step)
        elif self.fresh:
            self.ffi = self.make()
            for done in self.accepted:
                outcome(partial(self.apply, self.ffi, done))
        return found


def declared(ffi: Any, lib: Any, key: str) -> Any:
    """Describes what a key of the declarations means, by the methods and a library of the FFI object."""
    kind, _, name = key.partition(" ")
    if kind == "typedef":
        return CTypes(ffi).of(ffi.typeof(name))
    if kind in ("struct", "union", "enum"):
        return CTypes(ffi).of(ffi.typeof(key))
    if kind in ("function", "variable"):
        return CTypes(ffi).of(ffi.typeof(ffi.addressof(lib, name)))
    return getattr(lib, name) if kind == "constant" else None


def look(ffi: Any, keys: list[str], constants: list[str], library: str) -> Any:
    """Describes everything that is declared, by the methods and libraries of the FFI object."""
    found: dict[str, Any] = {}
    lib = ffi.dlopen(library)
    for key in keys:
        found[key] = outcome(partial(declared, ffi, lib, key))[:-1]
        if found[key][0] != "ok":
            forget_failures(ffi)
        if key.startswith(("variable ", "constant ")) and found[key][:2] == ("error", "AttributeError"):
            found[key] = ()  # a variable of an enum type is missing in the genuine libraries
    for name in constants:
        found[name] = outcome(partial(getattr, lib, name))[:-1]
    # The genuine libraries do not have the variables of enum types.
    variables = {key.partition(" ")[2] for key in keys if key.startswith(("variable ", "constant "))}
    found["dir"] = guarded(lambda: sorted(set(dir(lib)) - variables))
    found["list_types"] = guarded(ffi.list_types)
    return found


EXTENSIONS = re.compile(
    r"__attribute|__extension__|_Float\d|__float128|__bf16|__int128|_Complex|va_list|_BitInt|char8_t"
)
"""What this project knows besides; a program with it is compared up to there."""

IMPLICIT = re.compile(r"\b(volatile|const|restrict)\s+(va_list|_Float\d+|__int128|char8_t)\b")
"""What is the name of a parameter of the type int for the genuine parser, and of a type here."""

IMPOSSIBLE = re.compile(
    "of unknown size|of unknown alignment|duplicate field|all fit into either|has incomplete type|VerificationMissing|recursive structure|cannot render the type|declared with :0|wider than|bit field|"
    "negative array length|can only be used after compilation|result type|item type|is a function type|too large|cannot fit"
)
"""Errors about structs that cannot be. The genuine parser raises them at another time, and only once."""


def cannot_be(found: Any) -> bool:
    """Returns whether an outcome is an error about a struct that cannot be, or has one inside."""
    return bool(IMPOSSIBLE.search(repr(found)))


def difference(one: Any, other: Any, place: str = "") -> str | None:
    """Returns where two values differ first, or None."""
    if () in (one, other):
        return None
    if type(one) is type(other) and isinstance(one, tuple) and one and one[0] in ("ok", "error"):
        errors = [side for side in (one, other) if side[0] == "error"]
        if one[0] == "error" and "multiple declarations" in one[2]:
            return None  # equal declarations are an error if the text is refused for another reason
        if any(cannot_be(error) for error in errors) or (not errors and cannot_be(one) and cannot_be(other)):
            return None
    if type(one) is type(other) and isinstance(one, dict):
        for key in sorted({*one, *other}, key=str):
            if found := difference(one.get(key), other.get(key), f"{place}/{key}"):
                return found
        return None
    if type(one) is type(other) and isinstance(one, (list, tuple)) and len(one) == len(other):
        for number, (a, b) in enumerate(zip(one, other, strict=True)):
            if found := difference(a, b, f"{place}/{number}"):
                return found
        return None
    return None if one == other else f"{place}: {str(one)[:900]!r} here, {str(other)[:900]!r} there"


def compare(steps: list[Step], library: str, *, models: bool) -> tuple[str | None, dict[str, int]]:
    """Returns the first difference between both parsers, or None; and how many texts went which way."""
    here, there = Side(ours, fresh=False), Side(theirs, fresh=True)
    before = _cffi_backend._cdef_counts()
    found, broken = None, False
    for number, step in enumerate(steps):
        if IMPLICIT.search(step[1]):
            return None, {}
        answers = here.run(step), there.run(step)
        if answers[0][0] == "ok" and answers[1][0] == "error" and EXTENSIONS.search(step[1]):
            return None, {}
        found = difference(*answers, f"step {number}")
        # A type string that fails leaves a part of what it declares, and ctypes that are not complete.
        # So does a text that defines a struct wrongly for which there is a ctype.
        failed = answers[1][0] == "error"
        broken = answers[0][0] != answers[1][0] or (failed and (step[0] == "type" or cannot_be(answers[1])))
        if found or broken:
            break
    counts = {name: value - before[name] for name, value in _cffi_backend._cdef_counts().items()}
    if found is None and not broken:
        parser = there.ffi._parser
        keys, constants = list(parser._declarations), list(parser._int_constants)
        looks = [look(side.ffi, keys, constants, library) for side in (here, there)]
        # After a struct that cannot be, the genuine parser makes its ctypes again, under later names.
        wrong = [
            key for key in keys if any(one[key][:1] == ("error",) and cannot_be(one[key]) for one in looks)
        ]
        if wrong:
            fine = keys[: keys.index(wrong[0])]
            looks = [{key: one[key] for key in fine} for one in looks]
        found = difference(*looks, "look")
    if found is None and models and not broken:
        found = difference(guarded(lambda: parsed(here.ffi)), guarded(lambda: parsed(there.ffi)), "models")
        for preamble in (None, "/* preamble */"):
            if found is None:
                texts = [guarded(partial(emitted, side.ffi, preamble)) for side in (here, there)]
                found = difference(*texts, f"emitted {preamble}")
    return found, counts
