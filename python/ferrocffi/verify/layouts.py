"""`ffi.verify_layouts()`: does a program declare what the installed headers, or the library, declare?"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from ferrocffi.binding import Refused
from ferrocffi.errors import LayoutError
from ferrocffi.verify.compare import Comparison
from ferrocffi.verify.compiler import Source, ask, bits, number
from ferrocffi.verify.declared import declared
from ferrocffi.verify.report import LayoutReport
from ferrocffi.verify.shapes import Declarations, Enum, Function, Number, Pointer, Record, Shape

_COMPILERS_OWN = {"FILE", "struct _IO_FILE", "struct __va_list_tag", "struct __va_list"}
"""Types that cffi has in another form than headers, and a struct that C programs cannot name."""


def verify_layouts(
    ffi: Any,
    headers: str | Sequence[str] | None = None,
    *,
    include_dirs: Sequence[str | os.PathLike[str]] = (),
    defines: Mapping[str, object] | Iterable[tuple[str, object]] = (),
    before: Sequence[str] = (),
    std: str | None = None,
    library: str | os.PathLike[str] | None = None,
    cc: str | None = None,
) -> LayoutReport:
    """Compares what an FFI object or a module declares with headers, by the C compiler, and with a library.

    The compiler tells sizes, alignments, the places of members and bit-fields, and the values of enumerators and macros;
    signatures of functions are those that the headers declare. `library` is compared by its debug information. Raises
    `LayoutError` if anything differs. What the other side does not have is in `unknown` of the report.
    """
    ours = declared(ffi)
    source = _source(ffi, headers, include_dirs, defines, before, std, cc)
    if source is None and library is None:
        raise ValueError("verify_layouts() needs headers=, or library= with debug information")
    report = LayoutReport(unread=dict(ours.problems))
    if source:
        with_headers(ours, source, report)
    if library is not None:
        from ferrocffi.verify.debug import with_library

        with_library(ours, library, report)
    if not report.ok:
        raise LayoutError(str(report), report)
    return report


def _source(
    ffi: Any,
    headers: str | Sequence[str] | None,
    include_dirs: Sequence[str | os.PathLike[str]],
    defines: Mapping[str, object] | Iterable[tuple[str, object]],
    before: Sequence[str],
    std: str | None,
    cc: str | None,
) -> Source | None:
    """Returns the headers that were named, or else those that `ffi.header()` has read."""
    from ferrocffi.headers import request

    if headers is not None:
        requests = [request(headers, include_dirs, defines, before, std)]
    else:
        requests = getattr(ffi, "__dict__", {}).get("_requests", [])
    if not requests and isinstance(ffi, ModuleType):
        return _source_of_module(ffi, cc)
    if not requests:
        return None
    return Source(
        [name for each in requests for name in each[0]],
        list(dict.fromkeys(folder for each in requests for folder in each[2])),
        [define for each in requests for define in each[3]],
        next((each[4] for each in requests if each[4]), None),
        cc,
    )


def _source_of_module(module: ModuleType, cc: str | None) -> Source | None:
    """Returns the headers that a module of ``ferrocffi bind`` was made from."""
    from ferrocffi.verify.bound import source_of, wish_of

    try:
        text = inspect.getsource(module)
        source = source_of(wish_of(module.__name__, text))
    except (OSError, TypeError, Refused):
        return None
    source.cc = cc
    return source


def with_headers(
    ours: Declarations,
    source: Source,
    report: LayoutReport,
    *,
    inexact: Collection[str] = (),
    hidden: Collection[str] = (),
) -> None:
    """Adds what the compiler says of the headers.

    The alignment of `inexact` types is another one than in C, and `hidden` members have the names of macros.
    """
    asked = [*_layouts(ours, inexact, hidden), *_constants(ours), *_variables(ours)]
    answers = ask(source, [question for _, _, question, _ in asked])
    comparison = Comparison()
    unknown: dict[str, None] = {}
    for at, (name, what, _, expected) in enumerate(asked):
        if at in answers.refused:
            if what in ("size", "value"):
                unknown[name] = None
            elif name not in unknown:
                member = what.rpartition(" of ")[2]
                comparison.fact(name, f"member {member}", "declared", "unknown")
        else:
            comparison.fact(name, what, expected, _answer(expected, answers.values[at]))
    _signatures(ours, source, comparison, unknown)
    report.facts += comparison.facts
    report.differences += dict.fromkeys(comparison.differences)
    report.unknown += unknown


def _answer(expected: str, values: tuple[int, ...]) -> str:
    """Returns the compiler's numbers in the form of what is expected."""
    if expected.startswith("bit"):
        return f"bit {values[0]}, width {values[1]}"
    if expected in _KINDS:
        return _KIND_OF.get(values[0], f"of class {values[0]}")
    return str(values[0])


_KINDS = ("an integer", "a floating-point number", "a pointer", "a struct", "a union", "a complex number")
_KIND_OF = {
    **dict.fromkeys((1, 2, 3, 4), "an integer"),
    5: "a pointer",
    8: "a floating-point number",
    9: "a complex number",
    12: "a struct",
    13: "a union",
}


def _kind(shape: Shape) -> str | None:
    """Returns what `__builtin_classify_type` says of such values."""
    if isinstance(shape, Number):
        return {"float": "a floating-point number", "complex": "a complex number"}.get(
            shape.kind, "an integer"
        )
    if isinstance(shape, Enum):
        return "an integer"
    if isinstance(shape, Pointer):
        return "a pointer"
    return f"a {shape.kind}" if isinstance(shape, Record) else None


_Asked = tuple[str, str, str, str]
"""Name, what of it, the question in C, and the expected answer."""


def _layouts(ours: Declarations, inexact: Collection[str], hidden: Collection[str]) -> Iterator[_Asked]:
    for name, shape in ours.types.items():
        if name in _COMPILERS_OWN or shape.size is None or not shape.size:
            continue
        if isinstance(shape, Pointer) and isinstance(shape.item, Function):
            # The name may be that of the function type itself, which has the size 1 in GNU C.
            yield (
                name,
                "size",
                number(f"sizeof({name}) == 1 ? {shape.size} : sizeof({name})"),
                str(shape.size),
            )
            continue
        yield name, "size", number(f"sizeof({name})"), str(shape.size)
        if not isinstance(shape, Record) or shape.members is None:
            yield from _scalar(name, "type", f"(*({name} *)0)", shape)
            continue
        if shape.align is not None and not {name, shape.name} & {*inexact}:
            yield name, "alignment", number(f"_Alignof({name})"), str(shape.align)
        for member in shape.flat().values():
            if member.name in hidden:
                continue
            if member.bits is not None:
                expected = f"bit {member.bit}, width {member.bits}"
                yield name, f"place of {member.name}", bits(name, member.name), expected
                continue
            offset = f"__builtin_offsetof({name}, {member.name})"
            yield name, f"offset of {member.name}", number(offset), str(member.bit // 8)
            value = f"(({name} *)0)->{member.name}"
            if member.shape.size:
                yield name, f"size of {member.name}", number(f"sizeof({value})"), str(member.shape.size)
                yield from _scalar(name, f"type of {member.name}", value, member.shape)


def _scalar(name: str, what: str, value: str, shape: Shape) -> Iterator[_Asked]:
    """Questions for the kind of a value, and for its sign."""
    kind = _kind(shape)
    if kind:
        yield name, what, number(f"__builtin_classify_type({value})"), kind
    if isinstance(shape, Number) and shape.kind == "integer" and shape.signed is not None:
        negative = f"(__typeof__({value}))-1 < 1"
        yield name, what.replace("type", "sign"), number(negative), str(int(shape.signed))


def _constants(ours: Declarations) -> Iterator[_Asked]:
    for name, value in ours.constants.items():
        yield name, "value", number(name), str(value)


def _variables(ours: Declarations) -> Iterator[_Asked]:
    for name, shape in ours.variables.items():
        if shape.size:
            yield name, "size", number(f"sizeof({name})"), str(shape.size)
            yield from _scalar(name, "type", f"({name})", shape)


def _signatures(ours: Declarations, source: Source, comparison: Comparison, unknown: dict[str, None]) -> None:
    """Compares functions with what the headers declare; the compiler confirms that they were read rightly."""
    from ferrocffi.headers import read

    if not ours.functions:
        return
    header = read(
        list(source.headers),
        include_dirs=list(source.include_dirs),
        defines=list(source.defines),
        std=source.std,
    )
    texts = {
        each.name: each.type for each in header.declarations(["*"]) if each.kind == "function" and each.type
    }
    theirs = of_header(header, [name for name in ours.functions if name in texts])
    confirmed = []
    for name, function in ours.functions.items():
        if name not in texts:
            unknown[name] = None
        elif name in theirs.functions:
            comparison.function(name, function, theirs.functions[name])
            confirmed.append(name)
    questions = [question for name in confirmed if (question := compatible(name, texts[name] or ""))]
    for at, values in ask(source, questions).values.items():
        if values != (1,):
            comparison.fact(confirmed[at], "type", texts[confirmed[at]], "another one, the compiler says")


def compatible(name: str, text: str) -> str:
    """The question whether a function has the type of a declaration."""
    alias = f"ferrocffi_type_of_{name}"
    alias_text = re.sub(rf"\b{name}(?=\(|$)", alias, text, count=1)
    alias_text = alias_text.replace("struct __va_list_tag *", "__builtin_va_list ")
    if "__va_list_tag" in alias_text or "<" in alias_text or alias not in alias_text:
        return "ferrocffi_number(1, 0);"
    same = f"__builtin_types_compatible_p(__typeof__({name}), {alias})"
    return f"typedef {alias_text}; {number(same)}"


def of_header(header: Any, names: Sequence[str]) -> Declarations:
    """Returns what a header declares, as far as these functions need it, by way of a module that is made in memory."""
    from ferrocffi.native import native
    from ferrocffi.verify.declared import declared_by_text

    if not names:
        return Declarations()
    text, _, _ = native.emit_python(header.raw, list(names), "ferrocffi_header", list(header.names), [], [])
    return declared_by_text(ModuleType("ferrocffi_header"), text)
