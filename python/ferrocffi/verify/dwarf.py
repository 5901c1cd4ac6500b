"""Reads declarations from the DWARF debug information of a library, with pyelftools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ferrocffi.verify.shapes import (
    Array,
    Declarations,
    Enum,
    Function,
    Member,
    Number,
    Pointer,
    Record,
    Shape,
    Unknown,
    Void,
)

_TYPES = {
    "DW_TAG_structure_type": "struct ",
    "DW_TAG_union_type": "union ",
    "DW_TAG_enumeration_type": "enum ",
    "DW_TAG_typedef": "",
}
_QUALIFIERS = {
    "DW_TAG_const_type",
    "DW_TAG_volatile_type",
    "DW_TAG_restrict_type",
    "DW_TAG_atomic_type",
    "DW_TAG_typedef",
}
_ENCODINGS = {
    2: ("bool", False),
    3: ("complex", None),
    4: ("float", None),
    5: ("integer", True),
    6: ("character", True),
    7: ("integer", False),
    8: ("character", False),
    16: ("character", False),
}


def read(dwarf: Any, wanted: Declarations, address_size: int) -> Declarations:
    """Returns what the debug information says about the names that are wanted."""
    found = Declarations()
    shapes = _Shapes(address_size)
    for entry in _top(dwarf):
        name = _name(entry)
        if entry.tag == "DW_TAG_subprogram":
            if name in wanted.functions and name not in found.functions and _is_defined(entry):
                found.functions[name] = shapes.function(entry)
        elif entry.tag == "DW_TAG_variable":
            if name in wanted.variables and "DW_AT_external" in entry.attributes:
                shape = shapes.of(_type(entry))
                # A declaration may lack the length of an array, which the definition has.
                if name not in found.variables or found.variables[name].size is None:
                    found.variables[name] = shape
        elif entry.tag in _TYPES:
            if entry.tag == "DW_TAG_enumeration_type":
                found.constants.update(_enumerators(entry))
            spelling = f"{_TYPES[entry.tag]}{name}"
            if name and spelling in wanted.types and "DW_AT_declaration" not in entry.attributes:
                known = found.types.get(spelling)
                if known is None or known.size is None:
                    found.types[spelling] = shapes.of(entry)
    shapes.finish()
    found.constants = {name: value for name, value in found.constants.items() if name in wanted.constants}
    return found


def _top(dwarf: Any) -> Iterator[Any]:
    """The entries of all units that are not inside of others."""
    units = [*dwarf.iter_CUs()]
    other = getattr(dwarf, "supplementary_dwarfinfo", None)
    units += [*other.iter_CUs()] if other else []
    for unit in units:
        yield from unit.get_top_DIE().iter_children()


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _name(entry: Any) -> str:
    if "DW_AT_name" in entry.attributes:
        return _text(entry.attributes["DW_AT_name"].value)
    for link in ("DW_AT_abstract_origin", "DW_AT_specification"):
        if link in entry.attributes:
            return _name(entry.get_DIE_from_attribute(link))
    return ""


def _type(entry: Any) -> Any | None:
    """Returns the entry of a type; None is void."""
    if "DW_AT_type" in entry.attributes:
        return entry.get_DIE_from_attribute("DW_AT_type")
    for link in ("DW_AT_abstract_origin", "DW_AT_specification"):
        if link in entry.attributes:
            return _type(entry.get_DIE_from_attribute(link))
    return None


def _is_defined(entry: Any) -> bool:
    return "DW_AT_declaration" not in entry.attributes and (
        "DW_AT_external" in entry.attributes
        or any(link in entry.attributes for link in ("DW_AT_abstract_origin", "DW_AT_specification"))
    )


def _size(entry: Any) -> int | None:
    return entry.attributes["DW_AT_byte_size"].value if "DW_AT_byte_size" in entry.attributes else None


def _enumerators(entry: Any) -> dict[str, int]:
    return {
        _name(child): int(child.attributes["DW_AT_const_value"].value)
        for child in entry.iter_children()
        if child.tag == "DW_TAG_enumerator"
    }


class _Shapes:
    """Makes the shape of each entry once; members are read in a loop."""

    def __init__(self, address_size: int) -> None:
        self.address_size = address_size
        self._made: dict[tuple[int, int], Shape] = {}
        self._waiting: list[tuple[Record, Any]] = []

    def of(self, entry: Any | None) -> Shape:
        name = ""
        steps = 0
        while entry is not None and entry.tag in _QUALIFIERS and steps < 100:
            name = name or _name(entry)
            entry, steps = _type(entry), steps + 1
        if entry is None:
            return Void()
        key = (id(entry.dwarfinfo), entry.offset)
        if key not in self._made:
            self._made[key] = self._make(entry, name)
        return self._made[key]

    def function(self, entry: Any) -> Function:
        """Returns the shape of a function or of a function type."""
        origin = entry
        while "DW_AT_abstract_origin" in origin.attributes:
            origin = origin.get_DIE_from_attribute("DW_AT_abstract_origin")
        parts = [*origin.iter_children()]
        args = tuple(self.of(_type(part)) for part in parts if part.tag == "DW_TAG_formal_parameter")
        variadic = any(part.tag == "DW_TAG_unspecified_parameters" for part in parts)
        prototype = "DW_AT_prototyped" in origin.attributes
        return Function(None, _name(origin), self.of(_type(origin)), args, variadic, prototype)

    def finish(self) -> None:
        """Reads the members of all structs that were met."""
        while self._waiting:
            record, entry = self._waiting.pop()
            record.members = [
                self._member(child) for child in entry.iter_children() if child.tag == "DW_TAG_member"
            ]

    def _make(self, entry: Any, name: str) -> Shape:
        tag = entry.tag
        own, size = _name(entry), _size(entry)
        if tag == "DW_TAG_base_type":
            kind, signed = _ENCODINGS.get(entry.attributes["DW_AT_encoding"].value, ("integer", None))
            if own == "char":
                kind = "character"
            return Number(size, own, kind, signed)
        if tag == "DW_TAG_pointer_type":
            pointer = Pointer(size or self.address_size, "")
            self._made[id(entry.dwarfinfo), entry.offset] = pointer
            pointer.item = self.of(_type(entry))
            return pointer
        if tag in ("DW_TAG_structure_type", "DW_TAG_union_type"):
            kind = "struct" if tag == "DW_TAG_structure_type" else "union"
            record = Record(size, f"{kind} {own}" if own else name, kind)
            if "DW_AT_alignment" in entry.attributes:
                record.align = entry.attributes["DW_AT_alignment"].value
            if "DW_AT_declaration" not in entry.attributes:
                self._waiting.append((record, entry))
            return record
        if tag == "DW_TAG_enumeration_type":
            return Enum(size, f"enum {own}" if own else name, _enumerators(entry))
        if tag == "DW_TAG_array_type":
            return self._array(entry)
        if tag == "DW_TAG_subroutine_type":
            return self.function(entry)
        return Unknown(size, own or tag)

    def _array(self, entry: Any) -> Shape:
        if "DW_AT_GNU_vector" in entry.attributes:
            return Unknown(_size(entry), "vector")
        shape = self.of(_type(entry))
        for part in reversed(
            [child for child in entry.iter_children() if child.tag == "DW_TAG_subrange_type"]
        ):
            length = None
            if "DW_AT_count" in part.attributes:
                length = part.attributes["DW_AT_count"].value
            elif "DW_AT_upper_bound" in part.attributes:
                bound = part.attributes["DW_AT_upper_bound"].value
                length = bound + 1 if isinstance(bound, int) else None
            size = None if length is None or shape.size is None else length * shape.size
            shape = Array(size, "", shape, length)
        return shape

    def _member(self, entry: Any) -> Member:
        attributes = entry.attributes
        shape = self.of(_type(entry))
        place = (
            attributes["DW_AT_data_member_location"].value
            if "DW_AT_data_member_location" in attributes
            else 0
        )
        base = 8 * (place if isinstance(place, int) else _constant(place))
        width = attributes["DW_AT_bit_size"].value if "DW_AT_bit_size" in attributes else None
        if "DW_AT_data_bit_offset" in attributes:
            base = attributes["DW_AT_data_bit_offset"].value
        elif width is not None and "DW_AT_bit_offset" in attributes:
            unit = _size(entry) or shape.size or 0
            base += unit * 8 - attributes["DW_AT_bit_offset"].value - width
        return Member(_name(entry), base, width, shape)


def _constant(expression: list[int]) -> int:
    """Returns the number in `DW_OP_plus_uconst N`, which older compilers write."""
    value = 0
    for at, byte in enumerate(expression[1:]):
        value |= (byte & 0x7F) << (7 * at)
    return value
