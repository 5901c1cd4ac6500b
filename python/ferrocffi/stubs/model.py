"""What a stub is made from: the declarations of a module, whatever they were read from."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(eq=False)
class Type:
    """A C type. Two types are equal if they are one object."""


@dataclass(eq=False)
class Void(Type):
    """No value."""


@dataclass(eq=False)
class Unknown(Type):
    """A type that could not be read."""

    reason: str


@dataclass(eq=False)
class Primitive(Type):
    """A number or character."""

    name: str


@dataclass(eq=False)
class Enum(Type):
    """An enum."""

    cname: str


@dataclass(eq=False)
class Pointer(Type):
    """A pointer to data."""

    item: Type


@dataclass(eq=False)
class Array(Type):
    """An array; an open one has no length."""

    item: Type
    length: int | None


@dataclass(eq=False)
class Function(Type):
    """A pointer to a function."""

    cname: str
    args: tuple[Type, ...]
    result: Type
    ellipsis: bool


@dataclass(frozen=True)
class Member:
    """A field of a struct or union."""

    name: str
    type: Type
    is_bits: bool = False


@dataclass(eq=False)
class Record(Type):
    """A struct or union. Without members it is opaque."""

    cname: str
    members: list[Member] | None = None
    problem: str = ""
    """Why its members could not be read."""


@dataclass(frozen=True)
class Func:
    """A function of a library."""

    name: str
    type: Function
    is_pointer: bool = False
    """Is it a C function pointer, as that of `extern "Python"` is?"""
    names: tuple[str, ...] = ()
    """The names of its parameters, if they are known."""
    doc: str = ""


@dataclass(frozen=True)
class Constant:
    """A constant: an integer has a value, any other a C type or the name of a Python type."""

    name: str
    value: int | None = None
    type: Type | str = "Any"
    doc: str = ""


@dataclass(frozen=True)
class Variable:
    """A global variable."""

    name: str
    type: Type
    doc: str = ""


@dataclass
class Module:
    """All declarations of a module, and what it gives to Python."""

    name: str
    functions: list[Func] = field(default_factory=list)
    constants: list[Constant] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    typedefs: dict[str, Type] = field(default_factory=dict)
    types: list[Type] = field(default_factory=list)
    """All records and enums, each once, in the order in which they were met."""
    problems: dict[str, str] = field(default_factory=dict)
    """What could not be read, and why."""
    ffi: str | None = "ffi"
    libs: tuple[str, ...] = ("lib",)
    externs: frozenset[str] = frozenset()
    """The functions that `def_extern()` can give a body."""
    is_inline: bool = False
    """Is `ffi` a `cffi.FFI`?"""
    is_declaring: bool = False
    """Is `ffi` a `ferrocffi.FFI`, which has `cdef()` too?"""
    has_more: bool = False
    """Are there other names in the module?"""
    further: dict[str, str] = field(default_factory=dict)
    """Further names of functions in the module itself, and the names of these in the library."""

    def sort(self) -> None:
        """Puts all declarations in the order of their names."""
        self.functions.sort(key=lambda function: function.name)
        self.constants.sort(key=lambda constant: constant.name)
        self.variables.sort(key=lambda variable: variable.name)
        self.typedefs = dict(sorted(self.typedefs.items()))
        self.problems = dict(sorted(self.problems.items()))
