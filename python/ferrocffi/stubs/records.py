"""Writes the classes of structs, unions and enums."""

from __future__ import annotations

from collections.abc import Iterator

from ferrocffi.stubs.model import Array, Enum, Member, Module, Record
from ferrocffi.stubs.names import Names, usable
from ferrocffi.stubs.spell import Speller

_MANY = 2
"""A list that initializes a struct is checked if its fields have no more than this many different types."""


def records(module: Module, speller: Speller) -> Iterator[str]:
    """Yields the lines of all classes."""
    for type_ in module.types:
        if isinstance(type_, Enum):
            yield from _enum(type_, speller.names)
        elif isinstance(type_, Record):
            yield from _record(type_, speller)


def _enum(type_: Enum, names: Names) -> Iterator[str]:
    yield names.shown("@type_check_only")
    yield f"class {names.of(type_)}({names.renamed('Enum')}): ..."


def _record(type_: Record, speller: Speller) -> Iterator[str]:
    names = speller.names
    name, pointer = names.of(type_), names.pointers[type_]
    marked = names.shown("@type_check_only")
    yield ""
    if type_.members is None:
        yield marked
        if type_.problem:
            yield f"class {name}({names.renamed('Opaque')}): ...  # not readable here: {type_.problem}"
        else:
            yield f"class {name}({names.renamed('Opaque')}): ..."
        fields = ""
    else:
        yield from _init(type_, speller)
        fields = f"_{name}, "
        yield marked
        yield f"class _{name}:"
        yield from _fields(type_.members, speller)
        yield marked
        yield names.shown(f'class {name}({fields}Struct["{pointer}", "{name}", "{name}_init"]): ...')
    yield marked
    yield names.shown(
        f'class {pointer}({fields}PointerTo[{name}], Item["{pointer}", "ToPointer[{name}]"]): ...'
    )


def _fields(members: list[Member], speller: Speller) -> Iterator[str]:
    shown = speller.names.shown
    if not any(usable(member.name) for member in members):
        yield "    ..."
    for member in members:
        text = shown(f"Field[{speller.read(member.type)}, {_stored(member, speller)}]")
        if usable(member.name):
            yield f"    {member.name}: {text}"
        else:
            yield f"    # {member.name}: {text}  (no name that Python can write)"


def _stored(member: Member, speller: Speller) -> str:
    return "SupportsIndex" if member.is_bits else speller.write(member.type)


def _init(type_: Record, speller: Speller) -> Iterator[str]:
    """Yields the alias of what initializes a struct: itself, a list or tuple, a dict."""
    names = speller.names
    name = names.of(type_)
    members = type_.members or []
    stored = [(member.name, _initial(member, speller)) for member in members]
    if all(usable(name) and not name.startswith("__") for name, _ in stored):
        yield names.shown("@type_check_only")
        yield names.shown(f"class {name}_dict(TypedDict, total=False):")
        yield from (f"    {field}: {names.shown(text)}" for field, text in stored)
        if not stored:
            yield "    ..."
    else:
        yield names.shown(f'{name}_dict = TypedDict("{name}_dict", {{')
        yield from (f'    "{field}": {names.shown(text)},' for field, text in stored)
        yield "}, total=False)"
    each = list(dict.fromkeys(text for _, text in stored))
    item = " | ".join(each) if 0 < len(each) <= _MANY else "Any"
    yield names.shown(
        f'{name}_init: TypeAlias = "{name} | {name}_dict | ListOf[{item}] | tuple[{item}, ...]"'
    )


def _initial(member: Member, speller: Speller) -> str:
    is_open = isinstance(member.type, Array) and not member.type.length
    return _stored(member, speller) + " | int" * is_open
