"""Says which Python types stand for a C type: when it is read, stored into, passed, and taken from a callback."""

from __future__ import annotations

from ferrocffi.stubs import primitives
from ferrocffi.stubs.model import (
    Array,
    Enum,
    Function,
    Module,
    Pointer,
    Primitive,
    Record,
    Type,
    Unknown,
    Void,
)
from ferrocffi.stubs.names import Names, identifier

_FILES = ("FILE", "struct _IO_FILE")
_SHORT = 24
"""Annotations up to this length are not worth an alias."""


class Speller:
    """Makes annotations. Long ones become aliases, which `aliases` collects in the order of their first use."""

    def __init__(self, module: Module, names: Names) -> None:
        self.names = names
        self.aliases: dict[str, str] = {}
        self.unnamed: dict[str, primitives.Primitive] = {}
        """Primitive types that `ferrocffi.typed` does not have, by the class of their items."""
        self.as_values: set[Function] = set()
        """Function types that fields, arguments and variables have."""
        self._by_text: dict[str, str] = {}
        self._functions: dict[Type, str] = {}
        self._typedefs = {
            type_: name for name, type_ in module.typedefs.items() if isinstance(type_, Function)
        }

    def read(self, type_: Type) -> str:
        """Returns what a value of the type becomes in Python."""
        if isinstance(type_, Void):
            return "None"
        if isinstance(type_, Primitive):
            return primitives.find(type_.name).kind.read
        if isinstance(type_, Enum):
            return "int"
        if isinstance(type_, Unknown):
            return "Any"
        return self.item(type_)

    def item(self, type_: Type) -> str:
        """Returns the class that stands for the type as a parameter, as in `Array[Int]`."""
        if isinstance(type_, Primitive):
            found = primitives.find(type_.name)
            if found not in primitives.ALL:
                self.unnamed[found.item] = found
            return found.item
        if isinstance(type_, (Record, Enum)):
            return self.names.of(type_)
        if isinstance(type_, Pointer):
            if isinstance(type_.item, Void):
                return "VoidPointer"
            if isinstance(type_.item, Record):
                return self.names.pointers[type_.item]
            return f"Pointer[{self.item(type_.item)}]"
        if isinstance(type_, Array):
            return f"Array[{self.item(type_.item)}]"
        if isinstance(type_, Function):
            return self.function(type_)
        return "Any"

    def write(self, type_: Type) -> str:
        """Returns what can be stored where the type is."""
        if isinstance(type_, Primitive):
            return primitives.find(type_.name).kind.write
        if isinstance(type_, Enum):
            return "IntLike"
        if isinstance(type_, Record):
            return self.init(type_)
        if isinstance(type_, Pointer):
            return self._to_pointer(type_.item)
        if isinstance(type_, Array):
            return self._to_array(type_)
        if isinstance(type_, Function):
            return f"{self.function(type_)} | VoidPointer"
        return "Any"

    def init(self, type_: Record) -> str:
        """Returns the alias of what initializes a struct or union."""
        name = self.names.of(type_)
        return f"{name}_init" if type_.members is not None else name

    def argument(self, type_: Type) -> str:
        """Returns what can be passed to a parameter of the type."""
        if isinstance(type_, Pointer):
            return self._alias(f"_{identifier(self.item(type_.item))}_arg", self._argument(type_.item))
        return self._alias("_function_arg", self.write(type_))

    def python_function(self, type_: Function) -> str:
        """Returns the Python functions that can be a callback of the type."""
        args = ", ".join(self.read(arg) for arg in type_.args)
        result = "None" if isinstance(type_.result, Void) else self.write(type_.result)
        return f"Callable[[{args}], {result}]"

    def function(self, type_: Function, *, is_value: bool = True) -> str:
        """Returns the alias of a function pointer's type; `is_value` if data of the type occurs."""
        if is_value:
            self.as_values.add(type_)
        if type_ not in self._functions:
            known = self._typedefs.get(type_)
            name = self._functions[type_] = self.names.new(known or f"_function_{len(self._functions) + 1}")
            self.aliases[name] = ""  # its place; the type may name itself through a struct
            self.aliases[name] = self._function(type_)
        return self._functions[type_]

    def _function(self, type_: Function) -> str:
        args = [self.argument(arg) for arg in type_.args]
        result = self.read(type_.result)
        if type_.ellipsis:
            return f"FunctionPointer[Concatenate[{', '.join([*args, '...'])}], {result}]"
        return f"FunctionPointer[[{', '.join(args)}], {result}]"

    def _to_pointer(self, item: Type) -> str:
        if isinstance(item, Void):
            return "Address"
        if isinstance(item, Primitive):
            found = primitives.find(item.name)
            if found.kind is primitives.CHAR:
                return "ToBytes"
            if found.byte:
                return f"ToPointer[{self.item(item)}] | ToPointer[Char]"
        return f"ToPointer[{self.item(item)}]"

    def _to_array(self, type_: Array) -> str:
        text = f"ToArray[{self.item(type_.item)}, {self.write(type_.item)}]"
        if isinstance(type_.item, Primitive):
            found = primitives.find(type_.item.name)
            text += " | bytes" * found.byte + " | str" * (found.kind is primitives.WIDE)
        return text

    def _argument(self, item: Type) -> str:
        if isinstance(item, Void):
            return "Address | bytes"
        if isinstance(item, Record) and item.cname in _FILES:
            return f"{self._to_pointer(item)} | IO[Any]"
        if isinstance(item, Unknown) or (isinstance(item, Record) and item.members is None):
            return self._to_pointer(item)
        if isinstance(item, Primitive):
            found = primitives.find(item.name)
            if found.kind is primitives.CHAR:
                return "ToBytes | bytes | ListOf[CharLike] | tuple[CharLike, ...]"
            text = f"Argument[{self.item(item)}, {found.kind.write}]"
            if found.byte:
                return f"{text} | ToPointer[Char] | bytes"
            return text + " | str" * (found.kind is primitives.WIDE)
        return f"Argument[{self.item(item)}, {self.write(item)}]"

    def _alias(self, wanted: str, text: str) -> str:
        if len(text) <= _SHORT:
            return text
        if text not in self._by_text:
            name = self._by_text[text] = self.names.new(wanted)
            self.aliases[name] = text
        return self._by_text[text]
