"""Makes texts for `cdef()` at random, with type strings that use what they declare."""

from __future__ import annotations

from random import Random
from typing import Any

BASES = [
    "char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned int", "long",
    "unsigned long", "long long", "unsigned long long", "float", "double", "long double", "_Bool", "wchar_t",
    "char16_t", "char32_t", "int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t",
    "uint64_t", "intptr_t", "uintptr_t", "size_t", "ssize_t", "ptrdiff_t", "intmax_t", "int_least16_t",
    "uint_fast32_t", "float _Complex", "double _Complex", "long unsigned int", "short int", "bool", "FILE *",
    "unsigned", "long long unsigned",
]  # fmt: skip

INTEGERS = ["char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned", "long",
            "unsigned long", "long long", "unsigned long long", "_Bool", "int8_t", "uint16_t", "int32_t", "size_t"]  # fmt: skip

WIDTH = {"char": 8, "signed char": 8, "unsigned char": 8, "int8_t": 8, "short": 16, "unsigned short": 16,
         "uint16_t": 16, "int": 32, "unsigned": 32, "int32_t": 32, "_Bool": 1}  # fmt: skip


class Text:
    """One text, and the names that it declares."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.out: list[str] = []
        self.types = list(BASES)
        self.by_value: list[str] = []
        self.names = 0
        self.constants: list[str] = []
        self.strings: list[str] = []

    def name(self, prefix: str) -> str:
        """Returns a name that has not been used."""
        self.names += 1
        return f"{prefix}{self.names}"

    def base(self) -> str:
        """Returns a type that a declaration can begin with."""
        chosen = self.random.choice(self.types + self.by_value * 3)
        quals = self.random.choice(["", "", "", "", "const ", "volatile ", "const volatile "])
        return quals + chosen

    def length(self) -> str:
        """Returns the length of an array."""
        if self.constants and self.random.random() < 0.3:
            return self.random.choice(self.constants)
        return self.random.choice(["1", "2", "3", "5", "0x10", "4 + 3", "(2 << 1)", "010", "7 % 4", "12 / 5"])

    def declarator(self, name: str, depth: int = 0, *, value: bool = True) -> str:
        """Returns a declarator around a name. With `value` it is one that a variable can have."""
        roll = self.random.random()
        if depth > 3 or roll < 0.4:
            return name
        if roll < 0.65:
            inner = self.declarator(name, depth + 1)
            quals = self.random.choice(["", "", "", " const", " volatile", " restrict"])
            return f"*{quals} {inner}" if quals else f"*{inner}"
        if roll < 0.85:
            inner = self.declarator(name, depth + 1)
            if inner.endswith(")"):  # a function, which cannot return an array
                inner = f"*{inner}"
            inner = f"({inner})" if inner.startswith("*") else inner
            return f"{inner}[{self.length()}]"
        inner = self.declarator(f"*{name}", depth + 2)
        return f"({inner})({self.params(depth + 1)})" if inner.startswith("*") else inner

    def params(self, depth: int) -> str:
        """Returns a list of parameters."""
        count = self.random.randrange(4)
        if count == 0:
            return self.random.choice(["", "void"])
        params = [
            f"{self.base()} {self.declarator(self.random.choice(['', f'p{i}']), depth + 1)}"
            for i in range(count)
        ]
        if self.random.random() < 0.15:
            params.append("...")
        return ", ".join(params)

    def record(self) -> None:
        """Declare a struct or union."""
        kind = self.random.choice(["struct", "struct", "struct", "union"])
        tag = self.name("s")
        body = self.members(0)
        form = self.random.random()
        if form < 0.5:
            self.out.append(f"{kind} {tag} {{ {body} }};")
            self.by_value.append(f"{kind} {tag}")
        elif form < 0.75:
            self.out.append(f"typedef {kind} {{ {body} }} {tag};")
            self.by_value.append(tag)
        elif form < 0.9:
            alias = self.name("t")
            self.out.append(f"typedef {kind} {tag} {{ {body} }} {alias}, *{alias}_p;")
            self.by_value += [f"{kind} {tag}", alias]
            self.types.append(f"{alias}_p")
        else:
            alias = self.name("t")
            self.out.append(f"typedef {kind} {{ {body} }} *{alias};")
            self.types.append(alias)

    def members(self, depth: int) -> str:
        """Returns a list of members."""
        out = []
        for _ in range(self.random.randrange(1, 7)):
            roll = self.random.random()
            name = self.name("m")
            if roll < 0.25:
                base = self.random.choice(INTEGERS)
                width = self.random.randrange(1, WIDTH.get(base, 64) + 1)
                if base == "_Bool":
                    width = 1
                nameless = self.random.random()
                if nameless < 0.1:
                    out.append(f"{base} : {self.random.choice([0, width])};")
                else:
                    out.append(f"{base} {name} : {width};")
            elif roll < 0.35 and depth < 3:
                kind = self.random.choice(["struct", "union"])
                inner = self.members(depth + 1)
                after = self.random.choice(["", "", name, f"{name}[2]", f"*{name}"])
                out.append(f"{kind} {{ {inner} }} {after};")
            elif roll < 0.42 and self.by_value:
                out.append(f"{self.random.choice(self.by_value)} *{name};")
            else:
                out.append(f"{self.base()} {self.declarator(name)};")
        if depth == 0 and self.random.random() < 0.06:
            out.append(f"int {self.name('m')}[];")
        return " ".join(out)

    def enumeration(self) -> None:
        """Declare an enum."""
        names = [self.name("E") for _ in range(self.random.randrange(1, 6))]
        values = []
        for name in names:
            value = self.random.choice(
                ["", "", " = 5", " = -3", " = 0x7fffffff", " = 1 << 4", " = 'A'", " = 0xffffffff", " = -0x80000000",
                 f" = {self.random.randrange(2**40)}"]
            )  # fmt: skip
            values.append(name + value)
        tag = self.name("e")
        if self.random.random() < 0.5:
            self.out.append(f"enum {tag} {{ {', '.join(values)} }};")
            self.types.append(f"enum {tag}")
        else:
            self.out.append(f"typedef enum {{ {', '.join(values)}, }} {tag};")
            self.types.append(tag)

    def typedef(self) -> None:
        """Declare a typedef."""
        name = self.name("t")
        self.out.append(f"typedef {self.base()} {self.declarator(name)};")
        self.types.append(name)

    def other(self) -> None:
        """Declare something else."""
        name = self.name("x")
        roll = self.random.random()
        if roll < 0.2:
            constant = self.name("N")
            value = self.random.choice(["5", "0x11", "012", "3L", "7u"])
            self.out.append(f"\n#define {constant} {value}\n")
            self.constants.append(constant)
        elif roll < 0.3:
            tag = self.name("o")
            self.out.append(f"struct {tag};")
            self.types.append(f"struct {tag} *")
        elif roll < 0.4:
            self.out.append(f"typedef ... {name};")
            self.types.append(f"{name} *")
        elif roll < 0.5:
            self.out.append(f"typedef ... *{name};")
            self.types.append(name)
        elif roll < 0.7:
            self.out.append(f"extern {self.base()} {self.declarator(name)};")
        else:
            self.out.append(f"{self.base()} {self.random.choice(['', '*'])}{name}({self.params(1)});")

    def type_strings(self) -> list[str]:
        """Returns type strings with the declared names."""
        out = [*self.types[len(BASES) :], *self.by_value]
        for _ in range(12):
            out.append(f"{self.base()} {self.declarator('')}")
        out += [f"{self.random.choice(self.types)} *" for _ in range(3)]
        return out


def case(seed: int) -> Any:
    """Returns a case for `tests/inline/describe.py`."""
    random = Random(seed)
    text = Text(random)
    kinds = [text.record, text.record, text.enumeration, text.typedef, text.typedef, text.other]
    for _ in range(random.randrange(1, 12)):
        random.choice(kinds)()
    keywords: dict[str, Any] = random.choice([{}, {}, {}, {}, {"packed": True}, {"pack": 2}, {"pack": 4}])
    return [[[" ".join(text.out), keywords]], text.type_strings()]
