"""Compares two descriptions of declarations, and tells each difference with the numbers of both sides.

Facts that concern neither a call nor a place in memory are not compared: `const`, an enum in place of an int, `void *` in place
of another pointer, a struct of the same size under another name.
"""

from __future__ import annotations

from dataclasses import dataclass

from ferrocffi.verify.shapes import (
    Array,
    Declarations,
    Enum,
    Function,
    Number,
    Pointer,
    Record,
    Shape,
    Unknown,
    Void,
    spelled,
)


@dataclass(frozen=True)
class Difference:
    """A fact on which the two sides disagree."""

    name: str
    """The function, type, variable or constant."""
    what: str
    """What of it: ``size``, ``offset of x``, ``argument 2``, ``value``."""
    ours: str
    """What the program says."""
    theirs: str
    """What the headers or the library say."""
    where: str = "headers"
    """Where the other side was found: ``headers``, ``library``."""

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.what} is {self.ours} in the program, and {self.theirs} in the {self.where}"
        )


class Comparison:
    """Counts the facts that were compared and collects the differences."""

    def __init__(self, where: str = "headers") -> None:
        self.where = where
        self.facts = 0
        self.differences: list[Difference] = []
        self.unknown: list[str] = []
        """What the other side does not have."""

    def fact(self, name: str, what: str, ours: object, theirs: object) -> None:
        """Compares two values."""
        self.facts += 1
        if ours != theirs:
            self.differences.append(Difference(name, what, str(ours), str(theirs), self.where))

    def declarations(self, ours: Declarations, theirs: Declarations) -> None:
        """Compares all that our side declares with the other side."""
        for name, function in ours.functions.items():
            if name in theirs.functions:
                self.function(name, function, theirs.functions[name])
            else:
                self.unknown.append(name)
        for name, shape in ours.variables.items():
            if name in theirs.variables:
                self.pair(name, "type", shape, theirs.variables[name])
            else:
                self.unknown.append(name)
        for name, value in ours.constants.items():
            if name in theirs.constants:
                self.fact(name, "value", value, theirs.constants[name])
            else:
                self.unknown.append(name)
        for name, shape in ours.types.items():
            other = theirs.types.get(name)
            if other is None:
                self.unknown.append(name)
            else:
                self.layout(name, shape, other)

    def function(self, name: str, ours: Function, theirs: Function) -> None:
        """Compares two signatures."""
        self.pair(name, "result", ours.result, theirs.result)
        if not (ours.prototype and theirs.prototype):
            return
        self.fact(name, "number of arguments", len(ours.args), len(theirs.args))
        self.fact(name, "variadic", ours.variadic, theirs.variadic)
        for number, (arg, other) in enumerate(zip(ours.args, theirs.args, strict=False), 1):
            self.pair(name, f"argument {number}", arg, other)

    def pair(self, name: str, what: str, ours: Shape, theirs: Shape) -> None:
        """Compares two types of values."""
        self.facts += 1
        if not same(ours, theirs):
            self.differences.append(Difference(name, what, spelled(ours), spelled(theirs), self.where))

    def layout(self, name: str, ours: Shape, theirs: Shape) -> None:
        """Compares sizes, places and types of the members, and the values of enumerators."""
        if isinstance(ours, Record) and isinstance(theirs, Record):
            if ours.members is None or theirs.members is None:
                return
            self.fact(name, "size", ours.size, theirs.size)
            if ours.align is not None and theirs.align is not None:
                self.fact(name, "alignment", ours.align, theirs.align)
            known, others = ours.flat(), theirs.flat()
            for member in known.values():
                other = others.get(member.name)
                if other is None:
                    self.fact(name, f"member {member.name}", "declared", "unknown")
                    continue
                self.fact(name, f"offset of {member.name}", _place(member.bit), _place(other.bit))
                self.fact(name, f"width of {member.name}", member.bits, other.bits)
                self.pair(name, f"type of {member.name}", member.shape, other.shape)
            for missing in others.keys() - known.keys():
                self.fact(name, f"member {missing}", "unknown", "declared")
        elif isinstance(ours, Enum) and isinstance(theirs, Enum):
            self.fact(name, "size", ours.size, theirs.size)
            for key, value in ours.values.items():
                self.fact(name, f"value of {key}", value, theirs.values.get(key, "unknown"))
        else:
            self.pair(name, "type", ours, theirs)


def _place(bit: int) -> str:
    return f"{bit // 8}" if bit % 8 == 0 else f"{bit // 8}, bit {bit % 8}"


def same(ours: Shape, theirs: Shape, seen: frozenset[tuple[int, int]] = frozenset()) -> bool:
    """Returns whether values of two types are alike for calls and in memory."""
    key = (id(ours), id(theirs))
    if ours is theirs or key in seen or len(seen) > 40:
        return True
    seen |= {key}
    if isinstance(ours, Unknown) or isinstance(theirs, Unknown):
        return True
    if isinstance(ours, Pointer) and isinstance(theirs, Pointer):
        return _same_target(ours.item, theirs.item, seen)
    if isinstance(ours, Function) and isinstance(theirs, Function):
        return _same_function(ours, theirs, seen)
    if isinstance(ours, Array) and isinstance(theirs, Array):
        return ours.length == theirs.length and same(ours.item, theirs.item, seen)
    if isinstance(ours, Record) and isinstance(theirs, Record):
        return None in (ours.size, theirs.size) or ours.size == theirs.size
    if isinstance(ours, Void) or isinstance(theirs, Void):
        return isinstance(ours, Void) and isinstance(theirs, Void)
    return _is_scalar(ours) and _is_scalar(theirs) and _same_scalar(ours, theirs)


def _is_scalar(shape: Shape) -> bool:
    return isinstance(shape, (Number, Enum))


def _same_scalar(ours: Shape, theirs: Shape) -> bool:
    if ours.size != theirs.size:
        return False
    if not isinstance(ours, Number) or not isinstance(theirs, Number):
        number = ours if isinstance(ours, Number) else theirs
        return not isinstance(number, Number) or number.kind in ("integer", "character")
    whole = ("integer", "character", "bool")
    if ours.kind in whole and theirs.kind in whole:
        if ours.kind == "integer" == theirs.kind and ours.size is not None:
            return None in (ours.signed, theirs.signed) or ours.signed == theirs.signed
        return True
    return ours.kind == theirs.kind


def _same_target(ours: Shape, theirs: Shape, seen: frozenset[tuple[int, int]]) -> bool:
    """Returns whether pointers to two types are alike: `void` and characters stand for any memory."""
    if isinstance(ours, Function) != isinstance(theirs, Function):
        return isinstance(ours, Void) or isinstance(theirs, Void)
    if any(isinstance(each, Void) or _is_byte(each) for each in (ours, theirs)):
        return True
    if isinstance(ours, Array) and ours.length is None:
        ours = ours.item
    if isinstance(theirs, Array) and theirs.length is None:
        theirs = theirs.item
    if isinstance(ours, Record) != isinstance(theirs, Record):
        # An array of one struct is passed as a pointer to it.
        inner = [each.item if isinstance(each, Array) else each for each in (ours, theirs)]
        return isinstance(inner[0], Record) and isinstance(inner[1], Record)
    if isinstance(ours, Record) and isinstance(theirs, Record):
        # The layouts of structs of one name are compared by themselves.
        return ours.name == theirs.name or None in (ours.size, theirs.size) or ours.size == theirs.size
    return same(ours, theirs, seen)


def _is_byte(shape: Shape) -> bool:
    return isinstance(shape, Number) and shape.size == 1


def _same_function(ours: Function, theirs: Function, seen: frozenset[tuple[int, int]]) -> bool:
    if not same(ours.result, theirs.result, seen):
        return False
    if not (ours.prototype and theirs.prototype):
        return True
    if len(ours.args) != len(theirs.args) or ours.variadic != theirs.variadic:
        return False
    return all(same(arg, other, seen) for arg, other in zip(ours.args, theirs.args, strict=True))
