"""Random declarations, types and values, and the text that a result is compared by."""

from __future__ import annotations

import re
from random import Random
from typing import Any

PRIMITIVES = [
    *("char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned int", "long"),
    *("unsigned long", "long long", "unsigned long long", "float", "double", "long double", "_Bool", "wchar_t"),
    *("char16_t", "char32_t", "int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t"),
    *("uint64_t", "size_t", "ssize_t", "intptr_t", "uintptr_t", "ptrdiff_t", "float _Complex", "double _Complex"),
    *("enum small", "enum signed_one", "enum large"),
]
_ENUMS = """
enum small { A0, A1, A2 = 10, A3 };
enum signed_one { B0 = -1, B1, B2 = 100 };
enum large { C0 = 4000000000, C1 };
struct opaque;
"""
_FUNCTIONS = """
typedef int (*function_t)(int, long);
typedef int array_t[3];
typedef char *text_t;
int abs(int);
long labs(long);
size_t strlen(const char *);
int toupper(int);
double sqrt(double);
int strcmp(const char *, const char *);
int atoi(const char *);
float fabsf(float);
long double fabsl(long double);
int snprintf(char *, size_t, const char *, ...);
"""
_POWERS = [2**bits for bits in (7, 8, 15, 16, 31, 32, 63, 64)]
_EDGES = [0, 1, -1, 2, 5, 10**30, *(edge for power in _POWERS for edge in (power, power - 1, -power, -power - 1))]
_ADDRESS = re.compile(r"0x[0-9a-f]{6,}|0x[0-9a-f]+(?=>)")


class Converts:
    """An object that Python converts by one special method."""

    def __repr__(self) -> str:
        return type(self).__name__


class ConvertsToInt(Converts):
    def __int__(self) -> int:
        return 7


class ConvertsToIndex(Converts):
    def __index__(self) -> int:
        return 5


class ConvertsToFloat(Converts):
    def __float__(self) -> float:
        return 2.5


class Int(int):
    """A subclass of int."""


class Bytes(bytes):
    """A subclass of bytes."""


class List(list[Any]):
    """A subclass of list."""


class Dict(dict[str, Any]):
    """A subclass of dict."""


def without_addresses(text: str) -> str:
    """Returns the text with a word for each address."""
    return _ADDRESS.sub("ADDRESS", text)


def shown(ffi: Any, value: Any) -> str:
    """Returns the type and the value as a text that does not depend on addresses."""
    if isinstance(value, ffi.CData):
        try:
            text = without_addresses(repr(value))
        except Exception as error:  # a character that Unicode does not have
            return f"cdata without repr: {type(error).__name__}"
        if ffi.typeof(value).kind != "primitive":
            return text
        try:
            return f"{text} = {float(value) if 'double' in text or 'float' in text else int(value)!r}"
        except TypeError:
            return text
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}({', '.join(shown(ffi, item) for item in value)})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {shown(ffi, item)}' for key, item in value.items())}}}"
    return f"{type(value).__name__} {without_addresses(repr(value))}"


def declarations(random: Random) -> tuple[str, list[str]]:
    """Returns declarations of enums, structs, unions and functions, and the names of the structs and unions."""
    complete: list[str] = []
    flexible: list[str] = []
    text = [_ENUMS]

    def field(i: int) -> str:
        primitive = random.choice(PRIMITIVES)
        bits = random.choice(["int", "unsigned", "long long", "short", "unsigned char"])
        record = random.choice(complete) if complete else "int"
        return random.choice(
            [
                *[f"{primitive} f{i};"] * 5,
                f"{primitive} f{i}[{random.randrange(1, 5)}];",
                f"{primitive} *f{i};",
                f"{bits} f{i} : {random.randrange(1, 9)};",
                f"unsigned : {random.randrange(1, 9)};",
                f"{record} f{i};",
                f"{record} f{i}[{random.randrange(1, 4)}];",
                f"int (*f{i})(int, long);",
                f"struct opaque *f{i};",
                f"int f{i}[2][3];",
                f"union {{ int u{i}; double v{i}; }};",
            ]
        )

    for number in range(random.randrange(2, 6)):
        kind = random.choice(["struct", "struct", "struct", "union"])
        fields = " ".join(field(i) for i in range(random.randrange(1, 6)))
        has_tail = kind == "struct" and random.random() < 0.15
        tail = f" int count; {random.choice(['int', 'char', 'short', 'double'])} tail[];" if has_tail else ""
        text.append(f"{kind} s{number} {{ {fields}{tail} }};")
        (flexible if has_tail else complete).append(f"{kind} s{number}")
    records = [*complete, *flexible]
    (first,) = (record for record in records if record.endswith("s0"))
    return "\n".join([*text, f"typedef {first} s0_t;", _FUNCTIONS]), records


def type_string(random: Random, records: list[str]) -> str:
    """Returns a type, not always one that C permits."""
    base = random.choice([*PRIMITIVES, *records * 4, "void", "struct opaque", "array_t", "function_t", "text_t"])
    length = random.randrange(0, 5)
    ends = ["", "", " *", " *", f"[{length}]", f"[{length}]", "[]", "[]", " **", f"[2][{length}]", " *[]", "(*)(int)"]
    return base + random.choice(ends)


def value(random: Random, pool: list[Any], depth: int = 0) -> Any:
    """Returns a value of Python or one of the pool."""
    kind = random.randrange(12)
    if kind < 3:
        return random.choice(_EDGES)
    if kind == 3:
        return random.choice([0.0, -0.0, 1.5, -2.75, 1e300, 1e-320, float("inf"), float("nan"), 3.0])
    if kind == 4:
        return random.choice([b"", b"a", b"ab", b"abc\0d", b"\xff" * 3, b"\0", bytearray(b"12345678"), Bytes(b"q")])
    if kind == 5:
        return random.choice(["", "a", "ab", "\u1234", "\U00012345", "abc\0d", "\ud800", "x" * 5])
    if kind == 6:
        objects = [ConvertsToInt(), ConvertsToIndex(), ConvertsToFloat(), Int(9), List([1, 2]), Dict(f0=1), None]
        return random.choice([*objects, True, False, 1.5 - 2j, {1, 2}, range(3), memoryview(b"abcd")])
    if kind < 9 and depth < 3:
        items = [value(random, pool, depth + 1) for _ in range(random.randrange(5))]
        return random.choice([items, tuple(items)])
    if kind == 9 and depth < 3:
        names = random.choices(["f0", "f1", "f2", "u0", "tail", "zz"], k=random.randrange(4))
        return {name: value(random, pool, depth + 1) for name in names}
    return random.choice(pool) if pool else 3
