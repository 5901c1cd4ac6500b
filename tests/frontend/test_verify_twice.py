"""`verify()` on one FFI object several times: the modules share their types. Names that modules reserve can be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.frontend.running import run

TWICE = r"""
import cffi, tempfile
ffi = cffi.FFI()
ffi.cdef('''
    typedef ... env; typedef struct { int x; char c; } pair; enum color { RED, GREEN };
    int opened(env **); int sum(pair *); pair swapped(pair); enum color next(enum color);
''')
SOURCE = '''
    typedef struct hidden env; typedef struct { int x; char c; } pair; enum color { RED, GREEN };
    static int opened(env **e) { return e != 0; }
    static int sum(pair *p) { return p->x + ADDED; }
    static pair swapped(pair p) { p.x = -p.x; return p; }
    static enum color next(enum color c) { return c == RED ? GREEN : RED; }
'''
folder = tempfile.mkdtemp()
first = ffi.verify("#define ADDED 1\n" + SOURCE, tmpdir=folder)
second = ffi.verify("#define ADDED 2\n" + SOURCE, tmpdir=folder)
pointer = ffi.new("env **")
assert first.opened(pointer) == second.opened(pointer) == 1
pair = ffi.new("pair *", [40])
assert (first.sum(pair), second.sum(pair)) == (41, 42)
assert second.swapped(first.swapped(pair[0])).x == 40
assert first.next(second.next(first.RED)) == second.RED == 0
print("ok")
"""

RESERVED = r"""
import cffi, os, tempfile
folder = tempfile.mkdtemp()
ffi = cffi.FFI()
ffi.cdef('''
    struct _cffi_global_s { int a; ...; };
    int _cffi_get(struct _cffi_global_s *);
    int other(int);
    #define _CFFI_OP_X ...
''')
lib = ffi.verify('''
    #define _CFFI_OP_X 7
    #define _CFFI_OP(a) a
    struct _cffi_global_s { char c; int a; };
    static int _cffi_get(struct _cffi_global_s *p) { return p->a; }
    static int other(int x) { return x + 1; }
''', tmpdir=folder)
assert lib._cffi_get(ffi.new("struct _cffi_global_s *", {"a": 5})) == 5
assert (lib._CFFI_OP_X, lib.other(1)) == (7, 2)
print("ok")
"""


@pytest.mark.parametrize("program", [TWICE, RESERVED], ids=["twice", "reserved"])
def test_with_the_wheel_named_cffi(tmp_path: Path, program: str) -> None:
    assert run(program, "own", tmp_path) == "ok\n"
