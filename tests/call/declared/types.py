"""Generated C types: their declarations, and C statements that set or compare every member."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_BYTES = 3000
"""About the size in bytes of the largest type."""


@dataclass(eq=False)
class Type:
    """A type that a value can have."""

    name: str
    """Its name in C and in Python."""
    kind: str
    """`integer`, `bool`, `float`, `narrow` (a float of few digits), `complex`, `pointer`, `bits` (`_BitInt`), `vector` or `record`."""
    promoted: str = ""
    """The type that it has after `...`, if that is another."""
    width: int = 0
    """The bits of a `_BitInt`, or the items of a vector."""
    item: Type | None = None
    """The type of a vector's items."""
    members: list[Member] = field(default_factory=list)
    union: bool = False
    size: int = 8
    """About its size in bytes."""
    packed: bool = False
    """Whether something in it is packed."""
    flexible: bool = False
    """Whether it ends in an array without length."""

    def holds(self, *kinds: str) -> bool:
        """Returns whether it is of one of these kinds, or has members that are."""
        return self.kind in kinds or any(member.type.holds(*kinds) for member in self.members)


@dataclass
class Member:
    """A member of a record. One without a name is an anonymous record."""

    name: str
    type: Type
    dims: tuple[int, ...] = ()
    bits: int = -1


PLAIN = (
    *(Type("_Bool", "bool", "int") for _ in range(2)),
    *(
        Type(name, "integer", "int")
        for name in ("char", "signed char", "unsigned char", "short", "unsigned short")
    ),
    *(Type(name, "integer") for name in ("int", "unsigned int", "long", "unsigned long", "long long")),
    *(Type(name, "integer", "int") for name in ("int8_t", "uint16_t")),
    *(
        Type(name, "integer")
        for name in ("uint32_t", "int64_t", "size_t", "intptr_t", "wchar_t", "enum small", "enum big")
    ),
    *(Type(name, "float", "double") for name in ("float", "float")),
    *(Type(name, "float") for name in ("double", "double", "double", "long double")),
    *(Type(name, "complex") for name in ("float _Complex", "double _Complex")),
    *(Type(name, "pointer") for name in ("void *", "struct hidden *")),
)
LATER = (
    *(Type(name, "integer", size=16) for name in ("__int128", "unsigned __int128")),
    *(Type(name, "narrow") for name in ("_Float16", "__bf16")),
    *(Type(name, "float") for name in ("_Float32", "_Float64", "_Float128", "_Float32x", "_Float64x")),
    *(Type(name, "complex") for name in ("long double _Complex", "_Float16 _Complex", "_Float128 _Complex")),
)
"""Types that a compiler may lack."""
ITEMS = (
    "char",
    "unsigned char",
    "short",
    "unsigned short",
    "int",
    "unsigned int",
    "long",
    "unsigned long long",
    "float",
    "double",
    "_Float16",
)
"""Types of the items of vectors."""
START = """\
enum small { SMALL_A, SMALL_B = 200 };
enum big { BIG_A = -1, BIG_B = 1LL << 40 };
struct hidden;
struct nothing { };
"""


@dataclass(frozen=True)
class Known:
    """What a compiler knows, and passes as this project does."""

    later: tuple[str, ...]
    bits: bool
    """Whether it has `_BitInt`."""
    vectors: tuple[int, ...]
    """The sizes in bytes of vectors."""
    disputed: bool
    """Whether to make what compilers disagree about as well."""
    tables: bool = False
    """Whether the types go into the tables of a compiled module. These do not say what attributes and anonymous members a struct
    has. Structs with an array without length cannot be results of their functions.
    """


class Types:
    """A pool of generated types."""

    def __init__(self, rng: random.Random, known: Known, count: int) -> None:
        self.rng = rng
        self.known = known
        self.text: list[str] = [START]
        self.attributes = not known.tables
        """Whether records may have attributes that place their members, and members without a name."""
        self.scalars: list[Type] = [*PLAIN, *(one for one in LATER if one.name in known.later)]
        if known.bits:
            self.scalars += [self.bit_int() for _ in range(10)]
        self.vectors = [self.vector(i) for i in range(6)] if known.vectors else []
        self.records: list[Type] = []
        for i in range(count):
            made = self.record(f"struct r{i}" if rng.random() < 0.75 else f"union r{i}")
            if made.size <= MOST_BYTES:
                self.records.append(made)

    def bit_int(self) -> Type:
        """Returns a bit-precise integer of any width."""
        unsigned = self.rng.random() < 0.5
        width = self.rng.choice(
            [self.rng.randrange(2, 66), self.rng.randrange(2, 140), self.rng.randrange(2, 700)]
        )
        name = f"{'unsigned ' if unsigned else ''}_BitInt({width})"
        return Type(name, "bits", width=width, size=max(8, width // 8 + 8))

    def vector(self, number: int) -> Type:
        """Declares a vector."""
        items = [name for name in ITEMS if name != "_Float16" or name in self.known.later]
        size, item = self.rng.choice(self.known.vectors), self.rng.choice(items)
        name = f"vector{number}"
        kind = "narrow" if item == "_Float16" else "float" if item in ("float", "double") else "integer"
        bytes_each = {"char": 1, "short": 2, "int": 4, "float": 4, "_Float16": 2}.get(
            item.replace("unsigned ", ""), 8
        )
        if size == bytes_each and not self.known.disputed:
            return self.vector(number)
        self.text.append(f"typedef {item} {name} __attribute__((vector_size({size})));")
        return Type(name, "vector", width=size // bytes_each, item=Type(item, kind), size=size)

    def any(self) -> Type:
        """Returns a type of any kind."""
        which = self.rng.random()
        if which < 0.55 and self.records:
            return self.rng.choice(self.records)
        if which < 0.65 and self.vectors:
            return self.rng.choice(self.vectors)
        return self.rng.choice(self.scalars)

    def record(self, name: str) -> Type:
        """Makes a record and declares it, with what is around it."""
        rng = self.rng
        made, body = self.body(name, 0)
        before, after = "", ""
        if not made.packed and rng.random() < 0.2:
            made.packed = True
            word = "packed"
            if rng.random() < 0.3 and self.attributes:
                word = f"packed, aligned({rng.choice([1, 2, 4, 8, 16])})"
            before = f" __attribute__(({word}))"
        elif rng.random() < 0.1 and self.attributes:
            after = f" __attribute__((aligned({rng.choice([2, 4, 8, 16, 32, 64])})))"
        keyword, _, tag = name.partition(" ")
        if before and rng.random() < 0.5:
            before, after = "", before
        text = f"{keyword}{before} {tag} {{ {body} }}{after};"
        if rng.random() < 0.1 and self.known.disputed and not self.known.tables:
            made.packed = True
            text = f"#pragma pack(push, {rng.choice([1, 2, 4, 8])})\n{text}\n#pragma pack(pop)"
        self.text.append(text)
        return made

    def body(self, name: str, depth: int) -> tuple[Type, str]:
        """Returns a record without its declaration, and the text of its members."""
        rng = self.rng
        made = Type(name, "record", union=name.startswith("union"), size=0)
        lines: list[str] = []
        few = [rng.choice(self.scalars) for _ in range(2)]
        prefix = f"m{rng.randrange(10**6)}_"
        for i in range(rng.choice([1, 1, 2, 2, 3, 3, 4, rng.randrange(1, 9)])):
            lines.append(self.member(made, f"{prefix}{i}", few, depth))
        if rng.random() < 0.06 and not made.union and depth == 0 and made.members and self.known.disputed:
            lines.append(f"{rng.choice(self.scalars).name} {prefix}open[];")
            made.flexible = True
        return made, " ".join(lines)

    def member(self, made: Type, name: str, few: list[Type], depth: int) -> str:
        """Adds a member, and returns its text."""
        rng = self.rng
        which = rng.random()
        if which < 0.18:
            return self.bit_field(made, name)
        if which < 0.28 and depth < 3:
            inner, body = self.body(rng.choice(["struct", "union"]), depth + 1)
            made.packed |= inner.packed
            word = (
                " __attribute__((packed))"
                if rng.random() < 0.15 and self.known.disputed and not self.known.tables
                else ""
            )
            made.packed |= bool(word)
            dims = self.dims()
            # An anonymous one, or one without a tag.
            named = rng.random() < 0.4 or not inner.members
            named |= not self.attributes
            dims = dims if named else ()
            self.add(made, Member(name if named else "", inner, dims))
            return f"{inner.name}{word} {{ {body} }} {name + array(dims) if named else ''};"
        if which < 0.33 and self.known.disputed:
            return rng.choice(
                [f"struct nothing {name};", f"struct {{ }} {name};", f"struct nothing {name}[2];"]
            )
        if which < 0.36 and self.known.disputed:
            return f"{rng.choice(self.scalars).name} {name}[0];"
        if which < 0.40 and self.records:
            a, b = rng.choice(self.records), rng.choice(self.scalars)
            self.add(made, Member(name, Type("void *", "pointer")))
            return f"{rng.choice([a, b]).name} (*{name})({a.name}, {b.name});"
        if which < 0.50 and any(not record.flexible for record in self.records):
            kind = rng.choice([record for record in self.records if not record.flexible])
        elif which < 0.58 and self.vectors and self.known.disputed:
            kind = rng.choice(self.vectors)
        else:
            kind = rng.choice(few if which < 0.85 else self.scalars)
        dims = self.dims()
        self.add(made, Member(name, kind, dims))
        made.packed |= kind.packed
        if rng.random() < 0.08 and self.attributes:
            align = rng.choice([8, 16, 32, 64])
            if rng.random() < 0.5 and kind.kind not in ("record", "vector") and align > 8:
                return f"_Alignas({align}) {kind.name} {name}{array(dims)};"
            return f"{kind.name} {name}{array(dims)} __attribute__((aligned({align})));"
        if rng.random() < 0.06 and self.known.disputed and self.attributes:
            made.packed = True
            return f"{kind.name} {name}{array(dims)} __attribute__((packed));"
        return f"{kind.name} {name}{array(dims)};"

    def bit_field(self, made: Type, name: str) -> str:
        """Adds a bit-field, and returns its text."""
        rng = self.rng
        names = (
            "int",
            "unsigned int",
            "long",
            "unsigned long",
            "short",
            "unsigned char",
            "signed char",
            "_Bool",
            "long long",
        )
        kind = rng.choice([one for one in self.scalars if one.name in names])
        precise = [one for one in self.scalars if one.kind == "bits" or "int128" in one.name]
        if precise and rng.random() < 0.2:
            kind = rng.choice(precise)
        sizes = {"_Bool": 1, "signed char": 8, "unsigned char": 8, "short": 16, "int": 32, "unsigned int": 32}
        most = kind.width or sizes.get(kind.name) or (128 if "int128" in kind.name else 64)
        width = rng.choice([1, most, rng.randrange(1, most + 1)])
        if self.known.disputed and rng.random() < 0.2:
            return f"{kind.name} : {rng.choice([0, width])};"
        if kind.name in ("int", "long", "short", "long long") and width == 1:
            width = min(2, most)
        made.size += width // 8 + 1
        made.members.append(Member(name, kind, bits=width))
        return f"{kind.name} {name} : {width};"

    def dims(self) -> tuple[int, ...]:
        """Returns the lengths of an array of arrays; most members are none."""
        found: list[int] = []
        while self.rng.random() < 0.17:
            found.append(self.rng.choice([1, 2, 3, 5]))
        return tuple(found)

    def add(self, made: Type, member: Member) -> None:
        """Adds a member and its size."""
        size = member.type.size
        for n in member.dims:
            size *= n
        made.size += size
        made.members.append(member)


def array(dims: tuple[int, ...]) -> str:
    """Returns the brackets of an array."""
    return "".join(f"[{n}]" for n in dims)


def statements(kind: Type, place: str, do: str, depth: int = 0) -> Iterator[str]:
    """Yields C statements that set what is at `place`, or compare it with `place` in another value.

    `do` is `set` or `equal`. The variable `s` is the state of the random numbers, `v` the number that chooses members of
    unions. In `equal`, `*p` has been set as `*q` should have been.
    """
    if kind.kind == "record":
        if kind.union and kind.members:
            yield f"switch (v % {len(kind.members)}) {{"
        for i, member in enumerate(kind.members):
            if kind.union:
                yield f"case {i}:"
            yield from _member(member, place, do, depth)
            if kind.union:
                yield "break;"
        if kind.union and kind.members:
            yield "}"
        return
    if kind.kind == "vector" and kind.item:
        yield f"for (int i{depth} = 0; i{depth} < {kind.width}; i{depth}++) {{"
        yield from statements(kind.item, f"{place}[i{depth}]", do, depth + 1)
        yield "}"
        return
    yield _equal(kind, place) if do == "equal" else _set(kind, place)


def _member(member: Member, place: str, do: str, depth: int) -> Iterator[str]:
    inside = f"{place}.{member.name}" if member.name else place
    for at, n in enumerate(member.dims):
        yield f"for (int i{depth + at} = 0; i{depth + at} < {n}; i{depth + at}++) {{"
        inside += f"[i{depth + at}]"
    yield from statements(member.type, inside, do, depth + len(member.dims))
    yield "}" * len(member.dims)


def _set(kind: Type, place: str) -> str:
    match kind.kind:
        case "bool":
            return f"{place} = next(&s) & 1;"
        case "float":
            return f"{place} = (double)((long)(next(&s) % 20001) - 10000) / 8;"
        case "narrow" if kind.name == "__bf16":
            # clang converts with a function that this machine may lack.
            number = "(float)((long)(next(&s) % 255) - 127) / 4"
            return f"{{ float f = {number}; memcpy(&{place}, (char *)&f + 2, 2); }}"
        case "narrow":
            return f"{place} = (float)((long)(next(&s) % 255) - 127) / 4;"
        case "complex":
            part = "(float)((long)(next(&s) % 255) - 127) / 4"
            return f"__real__ {place} = {part}; __imag__ {place} = {part};"
        case "pointer":
            return f"{place} = (void *)next(&s);"
        case "bits" if kind.width > 64:
            word = f"({kind.name})next(&s)"
            more = "".join(f" {place} = {place} << 60 ^ {word};" for _ in range(kind.width // 60))
            return f"{place} = {word};{more}"
        case "integer" if "int128" in kind.name:
            return f"{place} = (unsigned __int128)next(&s) << 64 | next(&s);"
        case "integer" if kind.name == "enum small":
            return f"{place} = next(&s) % 2 * SMALL_B;"
        case "integer" if kind.name == "enum big":
            return f"{place} = next(&s) % 2 ? BIG_A : BIG_B;"
        case "integer" if kind.name == "wchar_t":
            return f"{place} = next(&s) % 0xD000 + 1;"
        case _:
            return f"{place} = ({kind.name})next(&s);"


def _equal(kind: Type, place: str) -> str:
    other = place.replace("(*p)", "(*q)", 1)
    if kind.kind == "complex":
        return f"if (__real__ {place} != __real__ {other} || __imag__ {place} != __imag__ {other}) return 0;"
    return f"if ({place} != {other}) return 0;"
