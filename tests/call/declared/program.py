"""C source and declarations of generated functions.

For number 7: `f7` compares its arguments with what they should be, and returns a result; `g7` calls a function pointer and
compares what it returns; `give7` and `use7` do so through a struct with a function pointer; `v7` and `h7` are `f7` and `g7` with
`...`; `e7` is the `extern "Python"` function that `ge7` calls.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.call.declared.types import Member, Type, Types, statements

RESULT = 100
"""What is added to the seed of a call for the result. Argument `n` has the seed plus `n`."""
SUPPORT = """\
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>
typedef unsigned long long number;
static __thread number bad, start;
void set_start(number s) { start = s; bad = 0; }
number get_bad(void) { return bad; }
static number next(number *s) {
    *s = *s * 6364136223846793005ULL + 1442695040888963407ULL;
    return *s ^ *s >> 29;
}
"""
CDEF = """\
typedef unsigned long long number;
void set_start(number);
number get_bad(void);
"""


@dataclass
class Signature:
    """A function type."""

    args: list[Type]
    result: Type | None
    fixed: int
    """The number of arguments before `...` of the variadic functions; 0 if there are none."""


def signature(rng: random.Random, types: Types) -> Signature:
    """Returns a signature of random length and mix."""
    count = rng.choice([0, 1, 1, 2, 2, 3, 4, 6, 8, rng.randrange(32), rng.randrange(32)])
    few = [types.any() for _ in range(2)]
    args = [rng.choice(few) if rng.random() < 0.3 else types.any() for _ in range(count)]
    result = None if rng.random() < 0.06 else types.any()
    while result and result.flexible and types.known.tables:
        result = types.any()
    fixed = rng.randrange(1, count + 1) if count and rng.random() < 0.5 else 0
    # A fixed argument that C would promote cannot be the last one before `...`, as va_start() needs it.
    while fixed and args[fixed - 1].promoted:
        fixed -= 1
    return Signature(args, result, fixed)


def generate(types: Types, count: int) -> list[Signature]:
    """Returns the signatures of a pool of types."""
    return [signature(types.rng, types) for _ in range(count)]


class Program:
    """The source of a library, and the declarations for `cdef()`."""

    def __init__(self, types: Types, signatures: list[Signature], python: bool) -> None:
        self.numbers: dict[str, int] = {}
        """The number of each type by its name."""
        self.kinds: list[Type] = []
        self.types = types
        self.signatures = signatures
        self.python = python
        """Whether there are `extern "Python"` functions."""
        for sig in signatures:
            for kind in [*sig.args, *([sig.result] if sig.result else [])]:
                if kind.name not in self.numbers:
                    self.numbers[kind.name] = len(self.kinds)
                    self.kinds.append(kind)

    def number(self, kind: Type) -> int:
        """Returns the number in the names of the functions that set and compare values of a type."""
        return self.numbers[kind.name]

    def cdef(self) -> str:
        """Returns what `cdef()` reads."""
        lines = [*self.types.text, CDEF]
        for n in range(len(self.kinds)):
            lines.append(f"void set_{n}(void *, number); int eq_{n}(void *, number); size_t size_{n}(int);")
        for i, sig in enumerate(self.signatures):
            name, args, fixed = _types(sig)
            lines.append(f"struct fp{i} {{ char pad; {name} (*f)({args}); }};")
            lines.append(f"{name} f{i}({args}); number g{i}({name} (*)({args}), number);")
            lines.append(f"void give{i}(struct fp{i} *); number use{i}(struct fp{i} *, number);")
            if sig.fixed:
                lines.append(f"{name} v{i}({fixed}, ...); number h{i}({name} (*)({fixed}, ...), number);")
            if self.has_python(sig):
                lines.append(f'extern "Python" {name} e{i}({args}); number ge{i}(number);')
        return "\n".join(lines)

    def has_python(self, sig: Signature) -> bool:
        """Returns whether there is an `extern "Python"` function of that type."""
        return self.python and not any(kind.kind == "complex" for kind in sig.args)

    def source(self) -> str:
        """Returns the source of the library."""
        lines = [SUPPORT, *self.types.text]
        for n, kind in enumerate(self.kinds):
            lines += _helpers(n, kind)
        for i, sig in enumerate(self.signatures):
            lines += self.functions(i, sig)
        return "\n".join(lines)

    def functions(self, i: int, sig: Signature) -> Iterator[str]:
        """Yields the functions of one signature."""
        name, args, fixed = _types(sig)
        named = ", ".join(f"{kind.name} a{n}" for n, kind in enumerate(sig.args)) or "void"
        checks = [
            f"if (!eq_{self.number(kind)}(&a{n}, start + {n})) bad |= 1ULL << {n};"
            for n, kind in enumerate(sig.args)
        ]
        result = ""
        if sig.result:
            result = f"{name} r; set_{self.number(sig.result)}(&r, start + {RESULT}); return r;"
        yield f"{name} f{i}({named}) {{ {' '.join(checks)} {result} }}"
        values = " ".join(
            f"{kind.name} a{n}; set_{self.number(kind)}(&a{n}, s + {n});" for n, kind in enumerate(sig.args)
        )
        call = f"f({', '.join(f'a{n}' for n in range(len(sig.args)))})"
        compare = f"{call}; return 1;"
        if sig.result:
            compare = f"{name} r = {call}; return eq_{self.number(sig.result)}(&r, s + {RESULT});"
        yield f"number g{i}({name} (*f)({args}), number s) {{ {values} {compare} }}"
        yield f"struct fp{i} {{ char pad; {name} (*f)({args}); }};"
        yield f"void give{i}(struct fp{i} *p) {{ p->f = f{i}; }}"
        yield f"number use{i}(struct fp{i} *p, number s) {{ return g{i}(p->f, s); }}"
        if sig.fixed:
            first = ", ".join(named.split(", ")[: sig.fixed])
            reads = " ".join(
                f"{kind.name} a{n} = va_arg(rest, {kind.promoted or kind.name});"
                for n, kind in list(enumerate(sig.args))[sig.fixed :]
            )
            begin = f"va_list rest; va_start(rest, a{sig.fixed - 1}); {reads} va_end(rest);"
            yield f"{name} v{i}({first}, ...) {{ {begin} {' '.join(checks)} {result} }}"
            yield f"number h{i}({name} (*f)({fixed}, ...), number s) {{ {values} {compare} }}"
        if self.has_python(sig):
            yield f"static {name} e{i}({args}); number ge{i}(number s) {{ return g{i}(e{i}, s); }}"


def _types(sig: Signature) -> tuple[str, str, str]:
    """Returns the result, all arguments, and those before `...`."""
    names = [kind.name for kind in sig.args]
    return (
        sig.result.name if sig.result else "void",
        ", ".join(names) or "void",
        ", ".join(names[: sig.fixed]),
    )


def _helpers(n: int, kind: Type) -> Iterator[str]:
    """Yields the functions that set and compare a value, and that say its size, alignment and offsets."""
    body = " ".join(statements(kind, "(*p)", "set"))
    yield f"void set_{n}(void *at, number s) {{ {kind.name} *p = at; number v = s / 1000; {body} (void)v; (void)p; }}"
    body = " ".join(statements(kind, "(*p)", "equal"))
    yield (
        f"int eq_{n}(void *at, number s) {{ {kind.name} other; {kind.name} *p = at; {kind.name} *q = &other; number v = s / 1000; "
        f"set_{n}(q, s); {body} (void)v; (void)p; (void)q; return 1; }}"
    )
    parts = [f"sizeof({kind.name})", f"_Alignof({kind.name})"]
    parts += [f"offsetof({kind.name}, {member.name})" for member in places(kind)]
    yield f"size_t size_{n}(int i) {{ static const size_t all[] = {{ {', '.join(parts)} }}; return all[i]; }}"


def places(kind: Type) -> list[Member]:
    """Returns the members that have an offset."""
    return [member for member in kind.members if member.name and member.bits < 0]
