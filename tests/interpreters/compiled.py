"""A compiled module, and programs that use it in several interpreters."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

BUILD = """
import sys
import cffi
base = cffi.FFI()
base.cdef("struct pair { int a; double b; }; double sum_of(struct pair *);")
base.set_source("_shared_base", '''
struct pair { int a; double b; };
static double sum_of(struct pair *p) { return p->a + p->b; }
''')
base.compile(sys.argv[1])
ffi = cffi.FFI()
ffi.include(base)
ffi.cdef('''
int twice(int);
int total(int *, int);
int counter;
struct pair add(struct pair *, int);
int apply(int (*)(int), int);
typedef int (*unary)(int);
void keep(unary);
int call_kept(int);
extern "Python" int answer(int);
int ask(void);
int ask_with(int);
int ask_list(int *, int);
int ask_later(unsigned short, unsigned short *);
''')
ffi.set_source("_shared", '''
struct pair { int a; double b; };
static int twice(int n) { return 2 * n; }
static int total(int *v, int n) { int i, t = 0; for (i = 0; i < n; i++) t += v[i]; return t; }
static int counter;
static struct pair add(struct pair *p, int n) { struct pair q = { p->a + n, p->b }; return q; }
static int apply(int (*f)(int), int n) { return f(n); }
typedef int (*unary)(int);
static unary kept;
static void keep(unary f) { kept = f; }
static int call_kept(int n) { return kept(n); }
static int answer(int);
static int ask(void) { return answer(1); }
static int ask_with(int n) { return answer(n); }
static int ask_list(int *v, int n) { return answer(v[0] + n); }
static int ask_later(unsigned short n, unsigned short *v) { return answer(n + *v); }
''')
ffi.compile(sys.argv[1])
"""

USE = """
import sys
from _shared import ffi, lib

def use(number):
    assert lib.twice(21) == 42
    assert lib.total([1, 2, 3], 3) == 6
    assert lib.total(ffi.new("int[]", [4, 5]), 2) == 9
    p = ffi.new("struct pair *", {"a": 1, "b": 0.5})
    assert lib.sum_of(p) == 1.5
    assert lib.add(p, 3).a == 4
    assert lib.apply(ffi.callback("int(int)", lambda n: n + number), 5) == 5 + number
    lib.counter = number
    assert lib.counter == number and ffi.addressof(lib, "counter")[0] == number
    assert ffi.NULL == ffi.cast("void *", 0) and isinstance(p, ffi.CData)
    assert ffi.from_handle(ffi.new_handle(use)) is use
    assert "answer" in dir(lib) and lib.__name__ == "_shared.lib"
    try:
        ffi.new("struct nothing")
    except ffi.error:
        pass
    else:
        raise AssertionError
    @ffi.def_extern()
    def answer(n):
        return n + number
    assert lib.ask_with(5) == 5 + number
    assert lib.ask_list([3], 1) == 4 + number
    assert lib.ask_later(1, [2]) == 3 + number
    assert lib.ask() == 1 + number
"""


def build(folder: Path) -> str:
    """Compiles the modules into a folder, and returns its name."""
    subprocess.run([sys.executable, "-c", BUILD, str(folder)], check=True, stdout=subprocess.PIPE)
    return str(folder)


def run(folder: str, program: str, kind: str, **env: str) -> None:
    """Runs a program in a process of its own. There, ``one()`` makes an interpreter of that kind with the module."""
    common = (
        f"import sys, gc, threading\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from tests.interpreters.isolated import Interpreter\n"
        f"USE = {USE!r}\n"
        f"def one(code=''):\n    i = Interpreter({kind!r})\n    i.run(USE + code)\n    return i\n"
    )
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", common + textwrap.dedent(program) + "\nprint('done')"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
        # Since 3.13 the main interpreter initializes such modules, using its own path.
        env={**os.environ, "PYTHONPATH": folder, **env},
    )
    assert done.returncode == 0 and done.stdout == "done\n", (done.returncode, done.stdout[-3000:])
