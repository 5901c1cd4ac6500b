"""Writes the sources of the modules that cffi generates: ``python -m benches.compiled FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from benches.fixtures import EXTERN, declarations

FUNCTIONS, STRUCTS, CONSTANTS = 2000, 300, 500


def large() -> tuple[str, str]:
    """Declarations for cffi, and the C source behind them, of a library with thousands of names."""
    structs = [
        f"struct large{n} {{ int a; double b; struct large{n} *next; char name[{n + 1}]; }};"
        for n in range(STRUCTS)
    ]
    functions = [
        (f"int large_function{n}(struct large{n % STRUCTS} *a, int b, const char *c)", "return b;")
        if n % 2
        else (f"double large_function{n}(double x)", "return x;")
        for n in range(FUNCTIONS)
    ]
    told = [
        *structs,
        *(f"{head};" for head, _ in functions),
        *(f"#define LARGE{n} {n}" for n in range(CONSTANTS)),
    ]
    source = [
        *structs,
        *(f"static {head} {{ {body} }}" for head, body in functions),
        *(f"#define LARGE{n} {n}" for n in range(CONSTANTS)),
    ]
    return "\n".join(told), "\n".join(source)


def main() -> int:
    """Command line: the folder to write to."""
    import cffi

    folder = Path(sys.argv[1])
    small = cffi.FFI()
    small.cdef(declarations() + EXTERN)
    small.set_source("_bench_api", '#include <stddef.h>\n#include <stdio.h>\n#include "declarations.h"\n')
    small.emit_c_code(str(folder / "_bench_api.c"))
    told, source = large()
    compiled = cffi.FFI()
    compiled.cdef(told)
    compiled.set_source("_bench_large", source)
    compiled.emit_c_code(str(folder / "_bench_large.c"))
    inline = cffi.FFI()
    inline.cdef(told)
    inline.set_source("_bench_large_abi", None)
    inline.emit_python_code(str(folder / "_bench_large_abi.py"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
