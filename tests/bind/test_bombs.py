"""Headers that were made to use up time, memory or the stack: a result or an error, from every entrance.

Each runs in a process of its own with little memory: in the main thread, in a thread with a small stack, and by the command.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


def _doubling(depth: int) -> str:
    lines = ["#define M0 1 +"]
    lines += [f"#define M{n} M{n - 1} M{n - 1}" for n in range(1, depth)]
    return "\n".join([*lines, f"enum {{ X = M{depth - 1} 1 }};"])


def _calls(depth: int) -> str:
    lines = ["#define F0(x) x x"]
    lines += [f"#define F{n}(x) F{n - 1}(F{n - 1}(x))" for n in range(1, depth)]
    return "\n".join([*lines, f"int a[] = {{ F{depth - 1}(1,) }};"])


def _chain(folder: Path, length: int) -> str:
    for n in range(length):
        text = f'#include "chain{n + 1}.h"\nint c{n};\n' if n + 1 < length else "int last;\n"
        (folder / f"chain{n}.h").write_text(text)
    return '#include "chain0.h"\n'


def _itself(folder: Path, guard: str = "") -> str:
    (folder / "self.h").write_text(f'{guard}#include "self.h"\n#include "self.h"\nint x;\n')
    return '#include "self.h"\n'


def _many(folder: Path, count: int) -> str:
    (folder / "once.h").write_text("#pragma once\nint once;\n")
    return '#include "once.h"\n' * count


BOMBS: dict[str, Callable[[Path], str]] = {
    "doubling": lambda _: _doubling(64),
    "calls": lambda _: _calls(40),
    "concatenation": lambda _: "#define C(a,b) a##b\n" + "C(" * 20_000 + "a" + ",b)" * 20_000 + ";",
    "strings": lambda _: "#define S(x) #x\nconst char *t = " + "S(" * 50_000 + ")" * 50_000 + ";",
    "own name": lambda _: "#define A B\n#define B A\n#define F(x) F(F(x))\nint A; int z = F(F(F(F(1))));",
    "variadic": lambda _: (
        "#define V(...) __VA_OPT__(V(__VA_ARGS__)) __VA_ARGS__ __VA_ARGS__\n" + "V(" * 5000 + ")" * 5000 + ";"
    ),
    "itself": _itself,
    "itself, in a condition": lambda folder: _itself(folder, "#if 1\n"),
    "chain": lambda folder: _chain(folder, 3000),
    "many times": lambda folder: _many(folder, 100_000),
    "include by macro": lambda _: "#define P <" + "a" * 500_000 + ".h>\n#include P\n",
    "tokens": lambda _: "int f(void), " + "*" * 1_000_000 + " g;",
    "semicolons": lambda _: ";" * 2_000_000,
    "parentheses": lambda _: "int x = " + "(" * 100_000 + "1" + ")" * 100_000 + ";",
    "declarator": lambda _: "int " + "(" * 100_000 + "x" + ")" * 100_000 + ";",
    "functions": lambda _: "int f" + "(int (*)" * 50_000 + "(void)" + ")" * 50_000 + ";",
    "conditions": lambda _: "#if " + "(" * 100_000 + "1" + ")" * 100_000 + "\nint a;\n#endif\n",
    "signs": lambda _: "#if " + "- " * 500_000 + "1\nint a;\n#endif\nenum { E = " + "~" * 500_000 + "1 };",
    "questions": lambda _: (
        "#if " + "1 ? 1 : " * 100_000 + "1\nint a;\n#endif\nenum { Q = " + "0 ? 1 : " * 100_000 + "1 };"
    ),
    "nested conditions": lambda _: "#if 1\n" * 200_000 + "int a;\n" + "#endif\n" * 200_000,
    "open conditions": lambda _: "#if 1\n" * 200_000,
    "condition by macros": lambda _: (
        _doubling(40).replace("enum { X = ", "#if ").replace(" 1 };", " 1\n#endif")
    ),
    "casts": lambda _: "enum { A = " + "(int)" * 100_000 + "1 };",
    "sizes": lambda _: "enum { A = " + "sizeof(char[" * 20_000 + "1" + "])" * 20_000 + " };",
    "huge array": lambda _: (
        "char a[0x7fffffffffffffff]; struct s { char a[0x7fffffffffffffff]; char b[0x7fffffffffffffff]; };"
    ),
    "arrays of arrays": lambda _: (
        "char a" + "[2]" * 100_000 + "; struct t { char b" + "[1000000]" * 10 + "; };"
    ),
    "structs of structs": lambda _: "".join(
        f"struct s{n} {{ struct s{n - 1} a[2], b; }};" if n else "struct s0 { int x; };" for n in range(5000)
    ),
    "nested structs": lambda _: "struct { " * 50_000 + "int x;" + " };" * 50_000,
    "enum": lambda _: "enum big { " + ", ".join(f"E{n}" for n in range(300_000)) + " };",
    "enum of sums": lambda _: (
        "enum { A0 = 1, " + ", ".join(f"A{n} = A{n - 1} + 1" for n in range(1, 100_000)) + " };"
    ),
    "shifts": lambda _: "enum { A = 1 << 100000000, B = 1 / 0, C = (-9223372036854775807LL - 1) / -1 };",
    "numbers": lambda _: (
        "#define N " + "9" * 1_000_000 + "\n#define D 1e" + "9" * 100_000 + "\n#define H 0x1p" + "9" * 10_000
    ),
    "name": lambda _: "int " + "n" * 2_000_000 + ";",
    "text": lambda _: '#define T "' + "\\x41" * 500_000 + '"\n#define U ' + '"a"' * 300_000,
    "comment": lambda _: "/*" + "*" * 3_000_000,
    "lines": lambda _: "\\\n" * 1_000_000 + "int a;",
    "attributes": lambda _: "int x " + "__attribute__((" * 30_000 + "unused" + "))" * 30_000 + ";",
    "types of types": lambda _: "".join(
        f"typedef t{n - 1} *t{n};" if n else "typedef int *t0;" for n in range(50_000)
    ),
    "typeof": lambda _: "int a; " + "__typeof__(" * 30_000 + "a" + ")" * 30_000 + " b;",
    "generic": lambda _: "enum { A = " + "_Generic(1, default: " * 20_000 + "1" + ")" * 20_000 + " };",
    "macros": lambda _: "\n".join(
        f"#define M{n} (M{n - 1} + 1)" if n else "#define M0 1" for n in range(3000)
    ),
    "zeros": lambda _: "\0" * 1_000_000 + "int a;",
    "alignment": lambda _: (
        "struct __attribute__((aligned(1LL << 62))) s { int a; }; _Alignas(1 << 30) int b;"
    ),
    "bits": lambda _: (
        "struct b { int x : 2147483647; int y : -1; int z : 99999999999999999999; _Bool w : 2; };"
    ),
}

PROGRAM = """
import resource, sys, threading
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
import ferrocffi
from ferrocffi.headers import HeaderError, read

def work():
    ffi = ferrocffi.FFI()
    try:
        ffi.header(sys.argv[1])
        for each in ffi.declarations()[:2000]:
            each.type
        ffi.problems()
        lib = ffi.dlopen(None)
        for name in [*dir(lib)][:50]:
            try:
                getattr(lib, name)
            except (AttributeError, ffi.error, ValueError, TypeError, NotImplementedError, OverflowError, RuntimeError):
                pass
        for kind in ffi.list_types():
            for name in kind[:50]:
                try:
                    ffi.sizeof(name)
                except (ffi.error, ValueError, TypeError, NotImplementedError, OverflowError, RuntimeError):
                    pass
    except (HeaderError, MemoryError, RuntimeError) as error:
        print(type(error).__name__)
    print("ended")

work()
threading.stack_size(256 * 1024)
for _ in range(2):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit of memory is that of Linux")
@pytest.mark.parametrize("name", BOMBS)
def test_bombs(tmp_path: Path, name: str) -> None:
    header = tmp_path / "bomb.h"
    header.write_text(BOMBS[name](tmp_path))
    command = [sys.executable, "-c", PROGRAM, str(header)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-1000:]
    assert done.stdout.count("ended") == 3, done.stdout + done.stderr[-1000:]
    output = tmp_path / "bomb.py"
    command = [sys.executable, "-m", "ferrocffi", "bind", str(header), "-o", str(output), "--no-stub"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode in (0, 2), f"{done.returncode}: {done.stderr[-1000:]}"
    assert "Traceback" not in done.stderr, done.stderr[-1000:]
    # What is written to the terminal stays readable.
    assert len(done.stderr) + len(done.stdout) < 1_000_000
