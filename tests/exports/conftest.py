"""One compiled module for all tests of this folder."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

import cffi
import pytest

CDEF = """
    typedef struct { int x, y; } point;
    typedef struct { int n; ...; } partial;
    enum color { RED, GREEN = 7 };
    int add(int, int);
    int nothing(void);
    double twice(double);
    long double ld_twice(long double);
    char *ident(char *);
    int sum_ints(int *, int);
    int text_length(wchar_t *);
    point make_point(int, int);
    int sum_point(point);
    int apply(int (*)(int, int), int);
    signed char i8(signed char);
    unsigned char u8(unsigned char);
    short i16(short);
    unsigned short u16(unsigned short);
    unsigned int u32(unsigned int);
    long long i64(long long);
    unsigned long long u64(unsigned long long);
    _Bool not_(_Bool);
    char next_char(char);
    wchar_t next_wchar(wchar_t);
    char16_t next_char16(char16_t);
    int set_errno(int);
    extern int counter;
    extern int numbers[3];
    extern point origin;
    extern int *const nowhere;
    #define ANSWER 42
    #define WRONG 5
    static char *const GREETING;
    static const point UNIT;
    extern "Python" int on_event(int, double);
    extern "Python" point on_point(point, long double);
    int send_event(int, double);
    point send_point(int, int, double);
    int send_from_thread(int, double);
"""

SOURCE = r"""
    #include <errno.h>
    #include <pthread.h>
    #include <uchar.h>
    #include <wchar.h>
    typedef struct { int x, y; } point;
    typedef struct { double before; int n; } partial;
    enum color { RED, GREEN = 7 };
    static int add(int a, int b) { return a + b; }
    static int nothing(void) { return 5; }
    static double twice(double x) { return x * 2; }
    static long double ld_twice(long double x) { return x * 2; }
    static char *ident(char *p) { return p; }
    static int sum_ints(int *p, int n) { int sum = 0; while (n--) sum += *p++; return sum; }
    static int text_length(wchar_t *s) { return (int)wcslen(s); }
    static point make_point(int x, int y) { point p = { x, y }; return p; }
    static int sum_point(point p) { return p.x + p.y; }
    static int apply(int (*f)(int, int), int x) { return f(x, x); }
    static signed char i8(signed char x) { return x; }
    static unsigned char u8(unsigned char x) { return x; }
    static short i16(short x) { return x; }
    static unsigned short u16(unsigned short x) { return x; }
    static unsigned int u32(unsigned int x) { return x; }
    static long long i64(long long x) { return x; }
    static unsigned long long u64(unsigned long long x) { return x; }
    static _Bool not_(_Bool x) { return !x; }
    static char next_char(char c) { return c + 1; }
    static wchar_t next_wchar(wchar_t c) { return c + 1; }
    static char16_t next_char16(char16_t c) { return c + 1; }
    static int set_errno(int n) { int old = errno; errno = n; return old; }
    static int counter = 3;
    static int numbers[3] = { 1, 2, 3 };
    static point origin = { 4, 5 };
    static int *const nowhere = 0;
    #define ANSWER 42
    #define WRONG 6
    #define GREETING "hello"
    static const point UNIT = { 1, 1 };
    static int on_event(int, double);
    static point on_point(point, long double);
    static int send_event(int a, double b) { return on_event(a, b); }
    static point send_point(int x, int y, double d) { point p = { x, y }; return on_point(p, d); }
    struct event { int a; double b; };
    static void *thread(void *p) { struct event *e = p; e->a = on_event(e->a, e->b); return 0; }
    static int send_from_thread(int a, double b) {
        struct event e = { a, b };
        pthread_t id;
        if (pthread_create(&id, 0, thread, &e) != 0) return -1;
        pthread_join(id, 0);
        return e.a;
    }
"""


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The module, imported."""
    ffi = cffi.FFI()
    ffi.cdef(CDEF)
    ffi.set_source("_exports_test", SOURCE, libraries=["pthread"])
    path = ffi.compile(tmpdir=str(tmp_path_factory.mktemp("exports")))
    spec = importlib.util.spec_from_file_location("_exports_test", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["_exports_test"] = module
    return module


@pytest.fixture(scope="session")
def lib(compiled: ModuleType):
    """Its lib."""
    return compiled.lib


@pytest.fixture(scope="session")
def ffi(compiled: ModuleType):
    """Its FFI object."""
    return compiled.ffi
