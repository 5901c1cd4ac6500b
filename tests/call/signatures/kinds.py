"""Types of C values: how C spells them, how the backend makes them, and which of their bits mean something."""

from __future__ import annotations

import platform
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import _cffi_backend as B

LARGEST = 2048
"""The size in bytes of the largest record."""
MODEL = ...
"""What the front end passes as its model of a struct, so that bit-fields may share bytes."""


@dataclass(eq=False)
class Kind:
    """A type."""

    c: str
    """Its name in C."""
    ct: Any
    """Its ctype."""
    promoted: str = ""
    """The type that C gives it after `...`, if that is another."""
    exact: bool = True
    """Whether any bytes are a value of it."""
    fields: list[tuple[int, Kind, int, int]] = field(default_factory=list)
    """Members of a record: offset in bytes, type, first bit and width of a bit-field (-1 for others)."""
    count: int = 0
    """Items of an array."""
    item: Kind | None = None
    flexible: bool = False
    declare: str = ""
    """The declaration of the type in C, if it has one."""
    names: dict[str, Kind] = field(default_factory=dict)
    """The types of a record's members, those of anonymous ones included."""

    @property
    def size(self) -> int:
        """Size in bytes."""
        return 0 if self.ct is None else B.sizeof(self.ct)

    @property
    def bits(self) -> int:
        """The width of a bit-precise integer; 0 for other types."""
        return int(self.c.partition("_BitInt(")[2].rstrip(")") or 0)

    @property
    def has_vector(self) -> bool:
        """Whether it is a vector, or contains one."""
        inner = [*self.names.values(), *([self.item] if self.item else [])]
        return bool(self.declare) or any(kind.has_vector for kind in inner)

    @property
    def is_record(self) -> bool:
        """Whether it is a struct or union."""
        return self.ct is not None and self.ct.kind in ("struct", "union")


def _prim(c: str, promoted: str = "", name: str = "", exact: bool = True) -> Kind:
    return Kind(c, B.new_primitive_type(name or c), promoted, exact)


X87 = platform.machine() in ("x86_64", "i686")
"""Whether `long double` has ten bytes."""

INT = B.new_primitive_type("int")
VOID_P = B.new_pointer_type(B.new_void_type())

SCALARS = [
    _prim("_Bool", "int", exact=False),
    _prim("char", "int"),
    _prim("signed char", "int"),
    _prim("unsigned char", "int"),
    _prim("short", "int"),
    _prim("unsigned short", "int"),
    _prim("int"),
    _prim("unsigned int"),
    _prim("long"),
    _prim("unsigned long"),
    _prim("long long"),
    _prim("uint64_t"),
    _prim("wchar_t", exact=False),
    _prim("char16_t", "int", exact=False),
    _prim("char32_t", exact=False),
    _prim("float", "double", exact=False),
    _prim("float", "double", exact=False),
    _prim("double", exact=False),
    _prim("double", exact=False),
    _prim("long double", exact=False),
    _prim("float _Complex", name="_cffi_float_complex_t", exact=False),
    _prim("double _Complex", name="_cffi_double_complex_t", exact=False),
    Kind("void *", VOID_P),
    Kind("enum colour", B.new_enum_type("enum colour", ("red", "green"), (0, -1), INT)),
]


def _extra() -> list[Kind]:
    """Returns the types that the stock backend does not know."""
    found = []
    for name in (
        "__int128",
        "unsigned __int128",
        "long double _Complex",
        "_Float16",
        "__bf16",
        "_Float32",
        "_Float64",
        "_Float128",
        "_Float32x",
        "_Float64x",
        "_Float16 _Complex",
        "_Float128 _Complex",
        "_BitInt(2)",
        "unsigned _BitInt(7)",
        "_BitInt(17)",
        "unsigned _BitInt(32)",
        "_BitInt(37)",
        "unsigned _BitInt(64)",
        "_BitInt(65)",
        "unsigned _BitInt(100)",
        "_BitInt(128)",
        "_BitInt(129)",
        "unsigned _BitInt(192)",
        "_BitInt(300)",
    ):
        try:
            found.append(_prim(name, exact="int" in name))
        except (KeyError, NotImplementedError):
            continue
    return found


def _vectors() -> list[Kind]:
    """Returns vectors of 8 to 64 bytes, as far as this processor has registers for them."""
    cpuinfo = Path("/proc/cpuinfo")
    is_x86 = platform.machine() == "x86_64"
    flags = cpuinfo.read_text().split() if is_x86 and cpuinfo.exists() else []
    wide = [32] * ("avx" in flags) + [64] * ("avx512f" in flags)
    found = []
    for item in SCALARS:
        if item.c not in ("signed char", "unsigned short", "int", "long", "float", "double"):
            continue
        for size in [8, 16, *wide]:
            name = f"{item.c.replace(' ', '_')}_vector_{size}"
            declare = f"typedef {item.c} {name} __attribute__((vector_size({size})));"
            if any(kind.c == name for kind in found):
                continue
            ffi = B.FFI()
            try:
                ffi.cdef(declare)
            except ffi.error:
                return found
            ct = ffi.typeof(name)
            found.append(Kind(name, ct, item=item, count=ct.length, declare=declare))
    return found


EXTRA = _extra() + _vectors()
BIT_FIELDS = [
    k
    for k in SCALARS
    if k.c in ("int", "unsigned int", "long", "short", "unsigned char", "_Bool", "long long")
]
EMPTY = Kind("struct empty", B.new_struct_type("struct empty"))
B.complete_struct_or_union(EMPTY.ct, [], MODEL)


def fill(rng: random.Random, kind: Kind, data: bytearray, at: int) -> None:
    """Writes a random value; all bytes have been random before."""
    if kind.is_record:
        for offset, inner, first, width in kind.fields:
            if width < 0:
                fill(rng, inner, data, at + offset)
            elif inner.c == "_Bool" and kind.ct.kind == "struct":
                byte, bit = divmod(first, 8)
                if rng.random() < 0.5:
                    data[at + byte] &= ~(1 << bit)
        return
    if kind.item is not None:
        for i in range(kind.count):
            fill(rng, kind.item, data, at + i * kind.item.size)
        return
    if kind.exact:
        return
    data[at : at + kind.size] = value_bytes(rng, kind)


def value_bytes(rng: random.Random, kind: Kind) -> bytes:
    """Returns the bytes of a value that survives every conversion."""
    p = B.newp(B.new_pointer_type(kind.ct))
    number = rng.choice([0.0, 1.0, -1.5, float(rng.randrange(-2000, 2000)) / 8])
    if kind.c == "_Bool":
        p[0] = rng.random() < 0.5
    elif kind.c in ("wchar_t", "char16_t", "char32_t"):
        p[0] = chr(rng.randrange(1, 0xD000))
    elif kind.bits:
        signed = not kind.c.startswith("unsigned")
        number = rng.choice([0, 1, rng.getrandbits(kind.bits), (1 << kind.bits) - 1])
        p[0] = number - (1 << kind.bits) if signed and number >> kind.bits - 1 else number
    elif "_Complex" in kind.c:
        p[0] = complex(number, float(rng.randrange(-50, 50)))
    else:
        p[0] = number
    return bytes(B.buffer(p))


def mask(kind: Kind, out: bytearray, at: int) -> None:
    """Sets the bits that mean something."""
    if kind.is_record:
        for offset, inner, first, width in kind.fields:
            if width < 0:
                mask(inner, out, at + offset)
                continue
            for bit in range(first, first + width):
                out[at + bit // 8] |= 1 << bit % 8
        return
    if kind.item is not None:
        for i in range(kind.count):
            mask(kind.item, out, at + i * kind.item.size)
        return
    if kind.bits:
        for bit in range(kind.bits):
            out[at + bit // 8] |= 1 << bit % 8
        return
    used = [range(kind.size)]
    if X87 and kind.c in ("long double", "_Float64x"):
        used = [range(10)]
    elif X87 and kind.c == "long double _Complex":
        used = [range(10), range(16, 26)]
    for part in used:
        for i in part:
            out[at + i] = 0xFF


class Types:
    """A pool of generated records, with their declarations in C."""

    def __init__(self, rng: random.Random, count: int, extra: list[Kind], agreed: bool) -> None:
        self.rng = rng
        self.agreed = agreed
        """Whether to leave out the kinds of members about which gcc and clang disagree."""
        self.scalars = SCALARS + extra + [kind for kind in extra if not kind.declare]
        self.c: list[str] = ["enum colour { red, green = -1 };", "struct empty {};"]
        self.c += [kind.declare for kind in extra if kind.declare]
        self.records: list[Kind] = [EMPTY]
        for i in range(count):
            made = self.record(f"t{i}", 0)
            if made.size <= LARGEST:
                self.records.append(made)

    def scalar(self) -> Kind:
        """Returns any scalar."""
        return self.rng.choice(self.scalars)

    def any(self) -> Kind:
        """Returns any type of an argument."""
        return self.rng.choice(self.records) if self.rng.random() < 0.6 else self.scalar()

    def record(self, tag: str, depth: int) -> Kind:
        """Makes and declares a record."""
        rng = self.rng
        union = rng.random() < 0.25
        pack = rng.choice([0, 0, 0, 0, 0, 1, 2, 4, 8])
        body: list[str] = []
        members: list[tuple[Any, ...]] = []
        kinds: list[Kind] = []
        small = rng.random() < 0.7
        # Vectors in records are passed in other ways by clang, and so are such integers where they are not aligned.
        disputed = [k for k in self.scalars if self.agreed and (k.declare or (pack and 32 < k.bits <= 64))]
        plain = [kind for kind in self.scalars if kind not in disputed]
        few = [rng.choice(plain) for _ in range(2)]
        precise = [kind for kind in plain if kind.bits]
        for i in range(rng.randrange(0 if depth else 1, 4 if small else 8)):
            name = f"{tag}_{i}"
            which = rng.random()
            if which < 0.2:
                kind = rng.choice(precise if precise and rng.random() < 0.25 else BIT_FIELDS)
                most = 1 if kind.c == "_Bool" else kind.bits or 8 * kind.size
                width = rng.choice([1, rng.randrange(1, most + 1)])
                if rng.random() < 0.25 and not self.agreed:
                    name, width = "", rng.choice([0, width])
                body.append(f"{kind.c} {name} : {width};")
                members.append((name, kind.ct, width))
                kinds.append(kind)
                continue
            nests = not (pack and self.agreed)
            if which < 0.3 and depth < 2 and nests:
                inner = self.record(f"{tag}{'abcdefgh'[i]}", depth + 1)
                # Packing counts for what is written inside of it.
                if rng.random() < 0.6 and not pack and not self.c[-1].startswith("#pragma"):
                    name, text = "", self.c.pop()
                    body.append(inner.c.partition(" ")[0] + " " + text[text.index("{") :])
                else:
                    body.append(f"{inner.c} {name};")
                members.append((name, inner.ct))
                kinds.append(inner)
                continue
            kind = self.scalar()
            while kind in disputed:
                kind = self.scalar()
            if which < 0.6:
                kind = rng.choice(few)
            if which > 0.9 and self.records and nests:
                kind = rng.choice(self.records)
                if kind.flexible:
                    kind = self.scalar()
            dims = []
            while rng.random() < 0.18:
                dims.append(rng.choice([1 if self.agreed else 0, 1, 2, 3]))
            body.append(f"{kind.c} {name}{''.join(f'[{n}]' for n in dims)};")
            for n in reversed(dims):
                ct = B.new_array_type(B.new_pointer_type(kind.ct), n)
                kind = Kind("", ct, item=kind, count=n)
            members.append((name, kind.ct))
            kinds.append(kind)
        flexible = False
        if (
            not self.agreed
            and not union
            and depth == 0
            and any(member[0] for member in members)
            and rng.random() < 0.06
        ):
            kind = self.scalar()
            body.append(f"{kind.c} {tag}_open[];")
            members.append((f"{tag}_open", B.new_array_type(B.new_pointer_type(kind.ct), None)))
            kinds.append(Kind("", None, item=kind, count=0))
            flexible = True
        keyword = "union" if union else "struct"
        ct = (B.new_union_type if union else B.new_struct_type)(f"{keyword} {tag}")
        flags = 8 if pack == 1 else 0
        B.complete_struct_or_union(ct, members, MODEL, -1, -1, flags, 0 if pack == 1 else pack)
        text = f"{keyword} {tag} {{ {' '.join(body)} }};"
        self.c.append(f"#pragma pack(push, {pack})\n{text}\n#pragma pack(pop)" if pack else text)
        kind = Kind(f"{keyword} {tag}", ct, flexible=flexible)
        for member, inner in zip(members, kinds, strict=True):
            if member[0]:
                kind.names[member[0]] = inner
            elif len(member) == 2:
                kind.names.update(inner.names)
        for name, f in ct.fields or []:
            first = f.offset * 8 + f.bitshift if f.bitsize >= 0 else -1
            kind.fields.append((f.offset, kind.names[name], first, f.bitsize))
        return kind
