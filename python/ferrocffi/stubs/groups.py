"""Groups the type strings that programs write by the type that they mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ferrocffi.stubs import primitives
from ferrocffi.stubs.model import Array, Enum, Function, Module, Pointer, Primitive, Record, Type, Void
from ferrocffi.stubs.spell import Speller

LIMIT = 120
"""An overload costs checkers time at every call, and mypy time for each other overload."""
_FEW = 25
_USUAL = frozenset(
    {"char", "unsigned char", "int", "unsigned int", "long", "unsigned long", "float", "double", "wchar_t"}
    | {"size_t", "uint8_t", "int32_t", "uint32_t", "int64_t", "uint64_t"}
)
"""Primitive types that programs ask for, whatever is declared."""
_SIZED = frozenset({"char", "unsigned char", "int", "unsigned int", "long", "float", "double", "uint8_t"})
"""Those of which programs ask for arrays by a length in the type string."""
_LENGTHS = (*range(1, 9), 10, 16, 20, 32, 64, 100, 128, 256, 512, 1000, 1024, 4096)
"""The lengths of arrays that programs write in type strings. Each costs checkers time at every call."""


@dataclass
class Group:
    """Type strings that mean one type, and what `ffi.new()` makes of it."""

    texts: list[str]
    result: str
    init: str
    is_array: bool = False
    is_open: bool = False
    """Is a length or an initializer needed?"""
    weight: int = 0
    is_struct: bool = False
    """Can a dict be the initializer?"""

    @property
    def literal(self) -> str:
        """Returns the annotation of the type string."""
        return f"Literal[{', '.join(quoted(text) for text in self.texts)}]"


def quoted(text: str) -> str:
    """Returns a string literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass
class _Finder:
    module: Module
    speller: Speller
    spelled: dict[str, list[str]] = field(default_factory=dict)
    """The spellings of each type, by its item class."""
    uses: Counter[str] = field(default_factory=Counter)
    """How often pointers to an item occur in the declarations."""

    @property
    def few(self) -> bool:
        """Are there so few types that pointers to pointers have a place, even if no declaration has any?"""
        return len(self.module.types) <= _FEW


def groups(module: Module, speller: Speller) -> tuple[list[Group], list[str]]:
    """Returns the types that programs are likely to ask for, the most likely first.

    The second result are the type strings of pointers to structs that had no place.
    """
    finder = _Finder(module, speller)
    _count(finder)
    found: list[Group] = []
    for type_, names in _spellings(module):
        item = speller.item(type_)
        uses = finder.uses[item]
        if isinstance(type_, Primitive) and type_.name not in _USUAL and not uses:
            continue
        found += _of(type_, names, uses, finder)
    found += _typedefs(finder, found)
    found.sort(key=lambda group: -group.weight)
    rest = [text for group in found[LIMIT:] if group.is_struct for text in group.texts]
    return found[:LIMIT], rest


def _count(finder: _Finder) -> None:
    """Counts pointers, and pointers to pointers, in arguments and fields."""

    def seen(type_: Type) -> None:
        while isinstance(type_, (Pointer, Array)):
            if not isinstance(type_.item, Void):
                finder.uses[finder.speller.item(type_.item)] += 1
            type_ = type_.item

    for function in finder.module.functions:
        for arg in function.type.args:
            seen(arg)
    for record in finder.module.types:
        if isinstance(record, Record):
            for member in record.members or []:
                seen(member.type)


def _spellings(module: Module) -> Iterator[tuple[Type, list[str]]]:
    """Yields every type that has a name, with its names."""
    by_type: dict[Type, list[str]] = {}
    by_name: dict[str, list[str]] = {}
    for type_ in module.types:
        if isinstance(type_, (Record, Enum)) and "$" not in type_.cname:
            by_type[type_] = [type_.cname]
    for primitive in primitives.ALL:
        by_name[primitive.name] = own_names(primitive, module)
    for name, type_ in module.typedefs.items():
        if isinstance(type_, Primitive):
            by_name.setdefault(type_.name, []).append(name)
        elif isinstance(type_, (Record, Enum)) and name not in by_type.setdefault(type_, []):
            by_type[type_].append(name)
    yield from by_type.items()
    yield from ((Primitive(name), list(dict.fromkeys(names))) for name, names in by_name.items() if names)


def own_names(primitive: primitives.Primitive, module: Module) -> list[str]:
    """Returns the spellings of a primitive type that the module does not use for another type."""
    return [name for name in (primitive.name, *primitive.spellings) if name not in module.typedefs]


def _of(type_: Type, names: list[str], uses: int, finder: _Finder) -> Iterator[Group]:
    """Yields the groups of `T *`, `T[]`, `T **` and `T *[]`."""
    speller = finder.speller
    item, pointer = speller.item(type_), Pointer(type_)
    usual = isinstance(type_, Primitive) and type_.name in _USUAL
    is_opaque = isinstance(type_, Record) and type_.members is None
    if not is_opaque:
        init = speller.write(type_)
        weight = 1000 * usual + 10 * uses
        is_struct = isinstance(type_, Record)
        texts = _ends(names, "*")
        yield Group(texts, speller.read(pointer), init, weight=weight + 5, is_struct=is_struct)
        yield _array(_ends(names, "[]"), item, speller.write(Array(type_, None)), weight + 2)
        if names[0] in _SIZED:
            texts = [f"{names[0]}[{length}]" for length in _LENGTHS]
            yield Group(
                texts, f"Array[{item}]", speller.write(Array(type_, 1)), is_array=True, weight=weight + 1
            )
    pointed = finder.uses[speller.item(pointer)]
    few = isinstance(type_, Record) and finder.few
    if pointed or is_opaque or few or names[0] == "char":
        result = f"Pointer[{speller.item(pointer)}]"
        weight = 1000 * (names[0] == "char") + 10 * pointed
        yield Group(_ends(names, "**"), result, speller.write(pointer), weight=weight + 3)
        texts = _ends(names, "*[]")
        yield _array(texts, speller.item(pointer), speller.write(Array(pointer, None)), weight + 1)


def _array(texts: list[str], item: str, init: str, weight: int) -> Group:
    return Group(texts, f"Array[{item}]", f"int | Integral | {init}", True, True, weight)


def _ends(names: Iterable[str], end: str) -> list[str]:
    texts = [text for name in names for text in (f"{name} {end}", f"{name}{end}")]
    if end == "[]":
        texts.reverse()
    if end in ("**", "*[]"):
        texts += [f"const {text}" for text in texts]
    return texts


def _typedefs(finder: _Finder, found: list[Group]) -> Iterator[Group]:
    """Adds names of pointer types to the groups of their types, and yields those of arrays and `void *`."""
    speller = finder.speller
    by_result = {group.result: group for group in found}
    for name, type_ in finder.module.typedefs.items():
        if isinstance(type_, Pointer) and not isinstance(type_.item, Void):
            group = by_result.get(speller.read(type_))
            if group:
                group.texts.append(name)
        elif isinstance(type_, Array):
            init = speller.write(type_)
            yield Group([name], speller.read(type_), init, True, type_.length is None, 50)
        if isinstance(type_, (Pointer, Function)) and (uses := finder.uses[_item(type_, speller)]):
            result = f"Pointer[{speller.item(type_)}]"
            yield Group(_ends([name], "*"), result, speller.write(type_), weight=10 * uses + 1)
    void = ["void **", "void**"]
    yield Group(void, "Pointer[VoidPointer]", "Address", weight=1000)
    yield _array(["void *[]", "void*[]"], "VoidPointer", "ToArray[VoidPointer, Address]", 500)


def _item(type_: Type, speller: Speller) -> str:
    return speller.function(type_, is_value=False) if isinstance(type_, Function) else speller.item(type_)
