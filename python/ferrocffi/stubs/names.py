"""Names of classes and aliases: each C type has one that collides with nothing else in the stub."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from ferrocffi.stubs.model import Array, Enum, Module, Pointer, Record, Type

BUILTINS = frozenset(
    {
        "bool",
        "bytes",
        "bytearray",
        "complex",
        "dict",
        "float",
        "int",
        "list",
        "object",
        "property",
        "slice",
        "str",
    }
    | {"tuple", "type"}
)


def usable(name: str) -> bool:
    """Can Python write the name after a dot?"""
    return name.isidentifier() and not keyword.iskeyword(name)


class Names:
    """Gives out names."""

    def __init__(self, module: Module, provided: Iterable[str]) -> None:
        """`provided` are the names that a stub has in any case."""
        self.members = _members(module)
        self.hidden = self.members & (frozenset(provided) | BUILTINS)
        """Names of the stub that a field or function would hide in the body of its class."""
        fixed = {"FFI", "Lib", "New", *module.libs, *([module.ffi] if module.ffi else [])}
        self._taken = self.members | frozenset(provided) | BUILTINS | fixed | frozenset(keyword.kwlist)
        self._given: set[str] = set()
        self._of: dict[Type, str] = {}
        parents = _parents(module)
        for type_ in module.types:
            if type_ in parents and parents[type_][0] in self._of:
                outer, member = parents[type_]
                self._of[type_] = self.new(f"{self._of[outer]}_{member}")
            elif isinstance(type_, (Record, Enum)):
                self._of[type_] = self.new(identifier(type_.cname))
        self.pointers = {
            type_: self.new(f"{name}_p") for type_, name in self._of.items() if isinstance(type_, Record)
        }

    def new(self, wanted: str) -> str:
        """Returns this name, or one like it that is free."""
        name = wanted
        while name in self._taken or name in self._given:
            name += "_"
        self._given.add(name)
        return name

    def of(self, type_: Type) -> str:
        """Returns the class of a struct, union or enum."""
        return self._of[type_]

    def shown(self, annotation: str) -> str:
        """Returns an annotation as it is written in the body of a class with fields or functions."""
        if not self.hidden:
            return annotation
        return re.sub(r"[A-Za-z_]\w*", lambda found: self.renamed(found[0]), annotation)

    def renamed(self, name: str) -> str:
        """Returns the name under which a stub has one of the names that it would have in any case."""
        return f"{name}_" if name in self.hidden else name


def identifier(cname: str) -> str:
    """Returns a Python name for the name of a C type."""
    return re.sub(r"\W+", "_", cname.replace("*", " p ")).strip("_") or "unnamed"


def _members(module: Module) -> frozenset[str]:
    found = {function.name for function in module.functions}
    found.update(constant.name for constant in module.constants)
    found.update(variable.name for variable in module.variables)
    for type_ in module.types:
        if isinstance(type_, Record):
            found.update(member.name for member in type_.members or [])
    return frozenset(found)


def _parents(module: Module) -> dict[Type, tuple[Record, str]]:
    """Returns the struct and the field where a type without a name was met first."""
    found: dict[Type, tuple[Record, str]] = {}
    for record in module.types:
        if not isinstance(record, Record):
            continue
        for member in record.members or []:
            type_ = member.type
            while isinstance(type_, (Pointer, Array)):
                type_ = type_.item
            if isinstance(type_, (Record, Enum)) and "$" in type_.cname:
                found.setdefault(type_, (record, member.name))
    return found
