"""The primitive types: which class of `ferrocffi.typed` an item is, what it reads as, and what it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """What types have in common that Python sees alike."""

    read: str
    write: str
    data: str
    """The class of what `ffi.cast()` makes."""
    doc: str = ""


INT = Kind("int", "IntLike", "IntData")
BOOL = Kind("bool", "IntLike", "IntData")
FLOAT = Kind("float", "FloatLike", "FloatData")
LONG_DOUBLE = Kind("FloatData", "FloatLike", "FloatData")
COMPLEX = Kind("complex", "ComplexLike", "ComplexData")
CHAR = Kind("bytes", "CharLike", "CharData")
WIDE = Kind("str", "WideLike", "WideData")


@dataclass(frozen=True)
class Primitive:
    """A primitive type of C."""

    name: str
    """As `cname` gives it."""
    item: str
    """The class of an item."""
    kind: Kind
    byte: bool = False
    """Are pointers to it exchangeable with `char *`?"""
    spellings: tuple[str, ...] = ()
    """Other ways to write the type."""


def _sized(bits: int) -> Iterator[Primitive]:
    byte = bits == 8
    for sign, prefix in (("", "Int"), ("u", "UInt")):
        yield Primitive(f"{sign}int{bits}_t", f"{prefix}{bits}", INT, byte)
        yield Primitive(f"{sign}int_least{bits}_t", f"{prefix}Least{bits}", INT, byte)
        yield Primitive(f"{sign}int_fast{bits}_t", f"{prefix}Fast{bits}", INT, byte)


ALL: tuple[Primitive, ...] = (
    Primitive("char", "Char", CHAR, True),
    Primitive("signed char", "SignedChar", INT, True),
    Primitive("unsigned char", "UnsignedChar", INT, True),
    Primitive("_Bool", "Bool", BOOL, True, ("bool",)),
    Primitive("short", "Short", INT, spellings=("short int", "signed short")),
    Primitive("unsigned short", "UnsignedShort", INT, spellings=("unsigned short int",)),
    Primitive("int", "Int", INT, spellings=("signed int", "signed")),
    Primitive("unsigned int", "UnsignedInt", INT, spellings=("unsigned",)),
    Primitive("long", "Long", INT, spellings=("long int", "signed long")),
    Primitive("unsigned long", "UnsignedLong", INT, spellings=("unsigned long int",)),
    Primitive("long long", "LongLong", INT, spellings=("long long int",)),
    Primitive("unsigned long long", "UnsignedLongLong", INT, spellings=("unsigned long long int",)),
    *(primitive for bits in (8, 16, 32, 64) for primitive in _sized(bits)),
    Primitive("intptr_t", "IntPtr", INT),
    Primitive("uintptr_t", "UIntPtr", INT),
    Primitive("ptrdiff_t", "PtrDiff", INT),
    Primitive("size_t", "Size", INT),
    Primitive("ssize_t", "SSize", INT),
    Primitive("intmax_t", "IntMax", INT),
    Primitive("uintmax_t", "UIntMax", INT),
    Primitive("float", "Float", FLOAT),
    Primitive("double", "Double", FLOAT),
    Primitive("long double", "LongDouble", LONG_DOUBLE),
    Primitive("float _Complex", "FloatComplex", COMPLEX),
    Primitive("double _Complex", "DoubleComplex", COMPLEX),
    Primitive("wchar_t", "WideChar", WIDE),
    Primitive("char16_t", "Char16", WIDE),
    Primitive("char32_t", "Char32", WIDE),
)

BY_NAME = {primitive.name: primitive for primitive in ALL}
BY_NAME["_cffi_float_complex_t"] = BY_NAME["float _Complex"]
BY_NAME["_cffi_double_complex_t"] = BY_NAME["double _Complex"]


def find(name: str) -> Primitive:
    """Returns the primitive type with this name; one that is not in the table is put together from its name."""
    known = BY_NAME.get(name)
    if known:
        return known
    item = "".join(word.strip("_").capitalize() for word in name.split()) or "Unknown"
    if "omplex" in name:
        kind = COMPLEX
    elif any(word in name.lower() for word in ("float", "double", "decimal", "bf16")):
        kind = FLOAT
    else:
        kind = INT
    return Primitive(name, f"Item_{item}", kind)
