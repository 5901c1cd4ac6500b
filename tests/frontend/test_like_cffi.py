"""Texts of C mean to the front end what they mean to the package `cffi`, and it refuses them with the same exceptions."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from tests.frontend.running import run

DESCRIBE = """
import json, sys, warnings
import cffi

def outcome(action):
    try:
        return action()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

def model(tp):
    parts = [repr(tp), type(tp).__name__]
    for name in ("fldnames", "fldbitsize", "fldquals", "partial", "packed", "enumerators", "enumvalues", "length", "ellipsis",
                 "quals", "name", "forcename"):
        value = getattr(tp, name, None)
        parts.append(list(value) if isinstance(value, tuple) else value)
    parts.append([repr(field) for field in getattr(tp, "fldtypes", None) or ()])
    return parts

result = []
for text in json.loads(sys.argv[1]):
    ffi = cffi.FFI()
    with warnings.catch_warnings(record=True) as issued:
        warnings.simplefilter("always")
        done = outcome(lambda: ffi.cdef(text))
        declared = {key: [model(tp), quals] for key, (tp, quals) in ffi._parser._declarations.items()}
    names = {key: outcome(lambda: str(ffi.typeof(key)) + str(ffi.sizeof(key)))
             for key in declared if key.partition(" ")[0] in ("struct", "union")}
    result.append([text, done, declared, ffi._parser._int_constants, names, [str(one.message)[:40] for one in issued]])
print(json.dumps(result))
"""

ACCEPTED = [
    "int f(int, char *, ...);",
    "void f(void); int g();",
    "typedef struct { int a, b:3; char c[4]; } t; t f(t *, const t);",
    "typedef struct s { struct s *next; } s; typedef s *ps; ps f(ps);",
    "struct s; union u { struct s *p; double d; }; struct s { union u u; struct { int x, y; }; };",
    "enum e { A, B = 5, C = B << 2, D = -1, E = 'x' }; typedef enum { F } en; en f(enum e);",
    "enum { G = 0x10, H };",
    "typedef ... opaque; typedef ... *handle; int f(opaque *, handle);",
    "typedef struct { int q; } *pointer; struct holder { pointer p; };",
    "extern int v, *pv, av[3]; extern const char *const name; static const int K = 5; extern const int L;",
    "#define ONE 1\n#define HEX 0xFFu\n#define OCT 010\n#define NEG -7\n#define DOTS ...",
    "struct s { int a; ...; }; struct t { struct s s; };  union u { struct s s; };",
    "enum e { A, ... }; enum f { X = ..., Y };",
    "struct s { int a[...]; }; extern int x[...];",
    "typedef int (*cb)(int, void *); cb set(cb old); struct ops { cb a; int (*b)(void); };",
    "int (*f(int))(char); int (*table[4])(void); void (*signal(int, void (*)(int)))(int);".replace(
        "int (*table", "extern int (*table"
    ),
    "typedef int32_t num; num f(uint8_t, size_t, ssize_t, wchar_t, bool, _Bool, FILE *);",
    "const volatile int *f(const char *restrict, int *const *volatile);",
    "unsigned long long int f(long unsigned int, short int, signed char, long double);",
    'extern "Python" int cb(int); extern "Python+C" { void a(void); int b(int, char *); }',
    "int f(int a[5], int b[], char *c[]); int g(int (int));",
    "typedef int F(int); F f, *g(void); struct s { F *m; };",
    "float _Complex f(double _Complex);",
    "int __stdcall f(int); typedef int (WINAPI *w)(int);",
    '// a comment\n/* and\nanother */ int f(void); # 7 "a.h"\n'.replace(" # 7", "\n# 7"),
]
"""Texts that both front ends take."""

REFUSED = [
    "int f(", "int f(foo);", "struct s { int a; }; struct s { int b; };", "int x y;", "enum e { A = 1.5 };", "#define X \"a\"",
    "int f(...);", "int f(void) { return 1; }", "void f(a, b);", "extern long f; int f[;", "struct { int a; ",
    "int f(int n, int a[n]);", "typedef ... **x;", "struct s { int a : 2; ...; };", "enum e { A }; enum g { B, A };",
    "typedef enum e t; enum e { A };", "#define A 5 + 5", "#define K$ 3", "#define K\u00e9 3", "#define $a 3",
    "int x;\n #define a$b   7 \n", "#define", "#define 1 2", "int a b c;", "struct s { int; };", "#include <x.h>", "\n\nint 5;",
    '# 5 "x.h"\nint y z;', "long int long x;", "unsigned float f(void);", 'extern "Python" int v;', "int f(int[...]);",
]  # fmt: skip
"""Texts that both front ends refuse."""

PIECES = ["int", "char", "unsigned long", "double", "struct a", "union b", "enum c", "td", "void"]


def generated(seed: int) -> str:
    """Returns a text with declarations of all kinds."""
    pick = random.Random(seed)
    lines = [
        "struct a { int x; };",
        "union b { char c[3]; long l; };",
        "enum c { C0, C1 = 7 };",
        "typedef short td;",
    ]

    def declarator(name: str, depth: int = 0) -> str:
        kind = pick.randrange(6 if depth < 2 else 2)
        if kind == 0:
            return name
        if kind == 1:
            return f"*{name}"
        if kind == 2:
            return declarator(f"(*{name})[{pick.randrange(1, 5)}]", depth + 1)
        if kind == 3:
            return declarator(
                f"(*{name})({', '.join(pick.choice(PIECES[:-1]) for _ in range(pick.randrange(1, 3)))})",
                depth + 2,
            )
        return declarator(f"*{pick.choice(['', 'const ', 'volatile '])}{name}", depth + 1)

    for number in range(8):
        base = pick.choice(PIECES[:-1])
        name = f"n{number}"
        kind = pick.randrange(5)
        if kind == 0:
            fields = "".join(
                f"{pick.choice(PIECES[:-1])} {declarator(f'f{i}')}; " for i in range(pick.randrange(1, 4))
            )
            lines.append(f"{pick.choice(['struct', 'union'])} {name} {{ {fields}}};")
        elif kind == 1:
            lines.append(f"typedef {base} {declarator(name)};")
        elif kind == 2:
            lines.append(f"{base} {name}({base} *, {pick.choice(PIECES[:-1])});")
        elif kind == 3:
            lines.append(f"extern {pick.choice(['', 'const '])}{base} {declarator(name)};")
        else:
            lines.append(f"enum {name} {{ {name}A, {name}B = {pick.randrange(-5, 100)} }};")
    return "\n".join(lines)


def described(texts: list[str], kind: str, folder: Path) -> list[Any]:
    """Returns what a front end makes of the texts."""
    found: list[Any] = json.loads(run(DESCRIBE, kind, folder, json.dumps(texts)))
    return found


def test_declarations(tmp_path: Path) -> None:
    texts = [*ACCEPTED, *(generated(seed) for seed in range(60))]
    own, genuine = described(texts, "own", tmp_path), described(texts, "genuine", tmp_path)
    assert len([one for one in genuine if one[1] is None]) == len(texts)
    for one, other in zip(own, genuine, strict=True):
        assert one == other


def place(text: str) -> str:
    """Returns the first part of an exception's text, up to the line of the problem: the rest differs between parsers."""
    first, _, rest = text.partition("\n")
    return (
        f"{first}|{':'.join(rest.split(':')[:2])}"
        if first.startswith(("CDefError: cannot", "CDefError: parse"))
        else text
    )


def test_refusals(tmp_path: Path) -> None:
    own, genuine = described(REFUSED, "own", tmp_path), described(REFUSED, "genuine", tmp_path)
    for one, other in zip(own, genuine, strict=True):
        assert other[1] is not None, other[0]
        assert (one[0], place(one[1])) == (other[0], place(other[1]))
        assert one[2] == {} or one[2] == other[2]
