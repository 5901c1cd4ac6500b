"""C types with their sizes and places, whatever they were read from: ctypes, debug information or BTF."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(eq=False)
class Shape:
    """A C type. `size` is None where it has none, or where it is not known."""

    size: int | None = None
    name: str = ""


@dataclass(eq=False)
class Void(Shape):
    """No value."""

    name: str = "void"


@dataclass(eq=False)
class Unknown(Shape):
    """A type that could not be read; it is compared with nothing."""


@dataclass(eq=False)
class Number(Shape):
    """A number or a character."""

    kind: str = "integer"
    """``integer``, ``character``, ``bool``, ``float`` or ``complex``."""
    signed: bool | None = None


@dataclass(eq=False)
class Enum(Shape):
    """An enum."""

    values: dict[str, int] = field(default_factory=dict)


@dataclass(eq=False)
class Pointer(Shape):
    """A pointer to data or to a function."""

    item: Shape = field(default_factory=Void)


@dataclass(eq=False)
class Array(Shape):
    """An array; an open one has no length."""

    item: Shape = field(default_factory=Void)
    length: int | None = None


@dataclass(eq=False)
class Function(Shape):
    """A function type."""

    result: Shape = field(default_factory=Void)
    args: tuple[Shape, ...] = ()
    variadic: bool = False
    prototype: bool = True
    """Whether the parameters are known."""


@dataclass(frozen=True)
class Member:
    """A member of a struct or union."""

    name: str
    bit: int
    """The distance from the beginning of the struct in bits."""
    bits: int | None
    """The width of a bit-field."""
    shape: Shape


@dataclass(eq=False)
class Record(Shape):
    """A struct or union. Without members it is opaque."""

    kind: str = "struct"
    members: list[Member] | None = None
    align: int | None = None

    def flat(self, base: int = 0) -> dict[str, Member]:
        """Returns the named members, with those of anonymous structs and unions, by name."""
        found: dict[str, Member] = {}
        for member in self.members or ():
            if member.name:
                found[member.name] = Member(member.name, base + member.bit, member.bits, member.shape)
            elif isinstance(member.shape, Record):
                found.update(member.shape.flat(base + member.bit))
        return found


@dataclass
class Declarations:
    """What a module, a library or a header declares."""

    functions: dict[str, Function] = field(default_factory=dict)
    variables: dict[str, Shape] = field(default_factory=dict)
    constants: dict[str, int] = field(default_factory=dict)
    types: dict[str, Shape] = field(default_factory=dict)
    """By the names that C code uses: ``struct s``, or a typedef name."""
    problems: dict[str, str] = field(default_factory=dict)
    """What could not be read, and why."""


def spelled(shape: Shape, depth: int = 0) -> str:
    """Returns a short text for a type, with its size where one matters."""
    if isinstance(shape, Pointer):
        target = (
            f" ({shape.item.size} bytes there)" if isinstance(shape.item, Record) and shape.item.size else ""
        )
        return f"{plain(shape, depth)}{target}"
    size = f" ({shape.size} {'byte' if shape.size == 1 else 'bytes'})" if shape.size is not None else ""
    return f"{plain(shape, depth)}{size}"


def plain(shape: Shape, depth: int = 0) -> str:
    """Returns the name of a type, in the manner of C."""
    if depth > 8:
        return "..."
    if isinstance(shape, Pointer):
        inner = plain(shape.item, depth + 1)
        if isinstance(shape.item, Function):
            return inner.replace("(", "(*)(", 1)
        return f"{inner}*" if inner.endswith("*") else f"{inner} *"
    if isinstance(shape, Array):
        return f"{plain(shape.item, depth + 1)}[{'' if shape.length is None else shape.length}]"
    if isinstance(shape, Function):
        args = [plain(arg, depth + 1) for arg in shape.args] + (["..."] if shape.variadic else [])
        return f"{plain(shape.result, depth + 1)}({', '.join(args) or 'void'})"
    return shape.name or {"Record": getattr(shape, "kind", "struct"), "Enum": "enum"}.get(
        type(shape).__name__, "a type without a name"
    )
