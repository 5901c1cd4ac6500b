"""Puts the text of a stub together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ferrocffi.stubs.library import library
from ferrocffi.stubs.methods import any_extern, methods
from ferrocffi.stubs.model import Array, Function, Module, Pointer, Record, Void
from ferrocffi.stubs.names import BUILTINS, Names
from ferrocffi.stubs.records import records
from ferrocffi.stubs.spell import Speller

_TYPED = Path(__file__).resolve().parents[1] / "typed.pyi"
_FROM_TYPING = (
    *("IO", "Any", "Final", "Literal", "SupportsIndex", "TypeAlias", "TypedDict", "TypeVar"),
    *("overload", "type_check_only"),
)
_ELSEWHERE = {
    "Callable": "collections.abc",
    "Buffer": "typing_extensions",
    "Concatenate": "typing_extensions",
}


def render(module: Module, *, shared: bool = False) -> str:
    """Returns the stub of a module.

    It needs nothing else; where it is `shared`, it imports its general part from `ferrocffi.typed`, and pointers of several
    modules can be exchanged.
    """
    typed = _TYPED.read_text(encoding="utf-8")
    provided = re.findall(r"^(?:class|def) (\w+)|^([A-Z]\w+): TypeAlias", typed, re.MULTILINE)
    general = sorted(left or right for left, right in provided)
    names = Names(module, [*general, *_FROM_TYPING, *_ELSEWHERE])
    speller = Speller(module, names)
    parts = [
        *_typedefs(module, speller),
        *records(module, speller),
        *methods(module, speller),
        *library(module, speller),
    ]
    bound = names.shown(any_extern(module, speller))
    lines = [
        f"# {module.name}: what `ferrocffi stubs` found in it. Changes are lost when it is written again.",
        *_head(names, general, typed, shared=shared),
        f'_F = {names.renamed("TypeVar")}("_F", bound={bound})',
        "",
        *_unnamed(speller),
        *_aliases(speller),
        *parts,
        "",
        *([f"{module.ffi}: FFI"] if module.ffi else []),
        *(f"{lib}: Lib" for lib in module.libs),
        *_further(module, parts),
    ]
    if module.has_more:
        lines += ["", names.shown("def __getattr__(name: str) -> Any: ...")]
    return "\n".join(lines) + "\n"


def _further(module: Module, parts: list[str]) -> Iterator[str]:
    """Yields the functions that the module itself has under further names. Names of types in the stub come first."""
    taken = set(re.findall(r"^(?:class )?(\w+)", "\n".join(parts), re.MULTILINE))
    functions = {function.name for function in module.functions}
    for new, old in sorted(module.further.items()):
        if old in functions and new not in taken:
            yield f"{new} = {module.libs[0]}.{old}"


def _head(names: Names, general: list[str], typed: str, *, shared: bool) -> Iterator[str]:
    def imported(name: str) -> str:
        return f"{name} as {names.renamed(name)}"

    if shared:
        yield from _imported("ferrocffi.typed", [imported(name) for name in general])
    else:
        text = typed
        for name in general:
            if name in names.hidden:
                text = re.sub(rf"(?<![\w.]){name}(?!\w|: TypeAlias = _)", f"{name}_", text)
        yield text.rstrip()
        yield ""
    yield from _imported("typing", [imported(name) for name in _FROM_TYPING])
    for name, source in _ELSEWHERE.items():
        yield f"from {source} import {imported(name)}"
    if shared:
        yield from (f'{name} = {names.renamed("TypeVar")}("{name}")' for name in ("_I", "_R"))
    for name in sorted(names.hidden & BUILTINS):
        yield f"from builtins import {imported(name)}"
    yield ""


def _imported(source: str, names: list[str]) -> Iterator[str]:
    yield f"from {source} import ("
    yield from (f"    {name}," for name in names)
    yield ")"


def _unnamed(speller: Speller) -> Iterator[str]:
    for item, primitive in sorted(speller.unnamed.items()):
        yield speller.names.shown("@type_check_only")
        text = f"Item[{primitive.kind.read}, {primitive.kind.write}]"
        yield f"class {item}({speller.names.shown(text)}): ...  # {primitive.name}"


def _aliases(speller: Speller) -> Iterator[str]:
    shown = speller.names.shown
    for name, text in speller.aliases.items():
        yield f'{name}: {shown("TypeAlias")} = "{shown(text)}"'


def _typedefs(module: Module, speller: Speller) -> Iterator[str]:
    """Yields aliases under the names that C programmers know."""
    names = speller.names
    alias = names.shown("TypeAlias")
    for name, type_ in module.typedefs.items():
        if isinstance(type_, Record):
            if names.of(type_) != name:
                yield f"{names.new(name)}: {alias} = {names.of(type_)}"
                yield f"{names.new(f'{name}_p')}: {alias} = {names.pointers[type_]}"
        elif isinstance(type_, Function):
            known = speller.function(type_, is_value=False)
            if known != name:
                yield f"{names.new(name)}: {alias} = {known}"
        elif isinstance(type_, (Pointer, Array)) and not isinstance(type_.item, Void):
            yield f'{names.new(name)}: {alias} = "{names.shown(speller.item(type_))}"'
