"""`include()` of the `ffi` of a compiled module: its types are shared between projects."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.frontend.running import run

PROGRAM = r"""
import importlib, sys
import ferrocffi, _cffi_backend
sys.path.insert(0, ".")
HEADER = '''
    typedef struct point { int x; double y; } point;
    typedef struct { char c; long n; } plain;
    typedef union { int i; float f; } either;
    enum color { RED, GREEN = 7 };
    typedef enum { LOW = -1, HIGH = 4 } level;
    typedef int (*compare)(point *, point *);
    typedef int operation(plain *, int);
    typedef unsigned short number;
    struct hidden;
    struct padded { char a; char gap[7]; short b; };
    typedef struct { int q; } *handle;
    typedef int table[5];
'''
first = ferrocffi.FFI()
first.cdef(HEADER.replace("char gap[7]; ", "").replace("short b; }", "short b; ...; }").replace(
    "typedef struct { int q; } *handle;", "typedef ... *handle;") + '''
    point *origin(void);
    handle opened(void);
    #define LIMIT ...
    #define FIXED 12
''')
first.set_source("project_a._first", HEADER + '''
    static point *origin(void) { static point p = {3, 4.5}; return &p; }
    static handle opened(void) { static int q; return (handle)(void *)&q; }
    #define LIMIT 9
    #define FIXED 12
''')
first.compile(tmpdir=".")
a = importlib.import_module("project_a._first")

# Another project: it knows the compiled module alone.
second = ferrocffi.FFI()
second.include(a.ffi)
second.cdef('''
    struct box { point where; struct padded inner; level l; char room[LIMIT]; };
    int sum(point *, plain *, struct padded *);
    int deep(struct box);
    compare chosen(void);
    int is_open(handle);
    number twice(number);
    enum color next(enum color);
''')
assert second.typeof("point") is a.ffi.typeof("point")
assert second.typeof("struct padded") is a.ffi.typeof("struct padded")
assert second.typeof("plain *") is a.ffi.typeof("plain *")
assert second.typeof("either") is a.ffi.typeof("either")
assert second.typeof("enum color") is a.ffi.typeof("enum color")
assert second.typeof("level") is a.ffi.typeof("level")
assert second.typeof("compare") is a.ffi.typeof("compare")
assert second.typeof("operation *") is a.ffi.typeof("operation *")
assert second.typeof("handle") is a.ffi.typeof("handle")
assert second.typeof("table") is a.ffi.typeof("table")
assert second.typeof("struct hidden *") is a.ffi.typeof("struct hidden *")
assert second.sizeof("struct box") == 16 + 12 + 4 + 9 + 7, second.sizeof("struct box")
box = second.new("struct box *", {"where": a.ffi.new("point *", [1, 2.5])[0]})
assert box.where.x == 1 and a.ffi.typeof(box.where) is a.ffi.typeof("point")
second.set_source("project_b._second", HEADER + '''
    #define LIMIT 9
    struct box { point where; struct padded inner; level l; char room[LIMIT]; };
    static int sum(point *p, plain *q, struct padded *r) { return p->x + (int)q->n + r->b; }
    static int deep(struct box b) { return b.where.x + b.inner.b; }
    static int by_x(point *l, point *r) { return l->x - r->x; }
    static compare chosen(void) { return by_x; }
    static int is_open(handle h) { return h != 0; }
    static number twice(number n) { return (number)(2 * n); }
    static enum color next(enum color c) { return c == RED ? GREEN : RED; }
''')
second.compile(tmpdir=".")
b = importlib.import_module("project_b._second")
assert b.lib.sum(a.lib.origin(), a.ffi.new("plain *", {"n": 10}), a.ffi.new("struct padded *", [b"\0", 5])) == 18
assert b.lib.deep(b.ffi.new("struct box *", {"where": a.lib.origin()[0], "inner": {"b": 2}})[0]) == 5
assert b.lib.chosen()(a.lib.origin(), a.lib.origin()) == 0
assert b.lib.is_open(a.lib.opened()) == 1 and b.lib.twice(21) == 42
assert b.lib.next(a.lib.RED) == a.lib.GREEN == 7
assert b.lib.FIXED == 12 and b.lib.LIMIT == 9
assert b.ffi.typeof("point") is a.ffi.typeof("point")

# A third one sees the types of both through the second one, in a text and in an object of the backend.
third = ferrocffi.FFI()
third.include(b.ffi)
assert third.typeof("struct box") is b.ffi.typeof("struct box")
assert third.typeof("point") is a.ffi.typeof("point")
core = _cffi_backend.FFI()
core.include(b.ffi)
core.cdef("struct pair { point one; struct box two; };")
assert core.typeof("point *") is a.ffi.typeof("point *")
assert core.sizeof("struct pair") == 16 + 48
# In-line, and with a library.
third.cdef("int abs(int); size_t strlen(const char *); typedef struct { either e; } own;")
assert third.dlopen(None).abs(-3) == 3 and third.sizeof("own") == 4
try:
    third.cdef("typedef int point;")
except ferrocffi.FFIError as error:
    assert "point" in str(error)
else:
    raise AssertionError
print("ok")
"""

TABLES = r"""
import importlib, sys
import ferrocffi
sys.path.insert(0, ".")
first = ferrocffi.FFI()
first.cdef("typedef struct { int x; struct { char c; } in; } t; enum e { A, B }; int abs(int);\n#define N 4")
first.set_source("tables_a", None)
first.compile(tmpdir=".")
a = importlib.import_module("tables_a")
second = ferrocffi.FFI()
second.include(a.ffi)
second.cdef("struct s { t items[N]; enum e e; }; int labs(int);")
assert second.typeof("t") is a.ffi.typeof("t") and second.sizeof("struct s") == 36
second.set_source("tables_b", None)
second.compile(tmpdir=".")
b = importlib.import_module("tables_b")
assert b.ffi.typeof("t") is a.ffi.typeof("t") and b.ffi.sizeof("struct s") == 36
value = a.ffi.new("t *", {"x": 5})
assert b.ffi.new("struct s *", {"items": [value[0]]}).items[0].x == 5
other = ferrocffi.FFI()
other.include(a.ffi)
other.set_source("api_c", "")
try:
    other.compile(tmpdir=".")
except ferrocffi.VerificationError as error:
    assert "include() of a Python-based ffi inside a C-based ffi" in str(error)
else:
    raise AssertionError
print("ok")
"""


@pytest.mark.parametrize("kind", ["alone", "own", "genuine"])
def test_types_are_shared(tmp_path: Path, kind: str) -> None:
    assert run(PROGRAM, kind, tmp_path) == "ok\n"


@pytest.mark.parametrize("kind", ["alone", "genuine"])
def test_tables_in_python(tmp_path: Path, kind: str) -> None:
    assert run(TABLES, kind, tmp_path) == "ok\n"
