"""Cases of the front end: ``cffi.FFI().cdef()`` and ``dlopen()``."""

from __future__ import annotations

import contextlib
import gc
import threading

import cffi
from harness import DIES, raises, returns, survives

DECLARATIONS = """
    struct point { int x, y; };
    struct bits { unsigned int a:3; unsigned long long b:64; };
    struct var { int n; int items[]; };
    struct deep { struct point p; struct { int z; union { int u; char c; }; }; };
    typedef int (*unary)(int);
    enum color { RED, GREEN = 5, BLUE };
    int abs(int);
    double fabs(double);
    int snprintf(char *, size_t, const char *, ...);
    size_t strlen(const char *);
    void *memcpy(void *, const void *, size_t);
    extern char **environ;
    int no_such_function(int);
    extern int no_such_variable;
"""


def make():
    ffi = cffi.FFI()
    ffi.cdef(DECLARATIONS)
    return ffi


@raises(RuntimeError, "cannot dereference null pointer from cdata 'struct point *'", stock=DIES)
def null_field():
    ffi = make()
    return ffi.cast("struct point *", ffi.NULL).x


@raises(RuntimeError, "cannot dereference null pointer from cdata 'struct deep *'", stock=DIES)
def null_anonymous_field():
    ffi = make()
    return ffi.cast("struct deep *", 0).u


@raises(RuntimeError, "cannot dereference null pointer from cdata 'struct bits *'", stock=DIES)
def null_bit_field():
    ffi = make()
    ffi.cast("struct bits *", 0).a = 1


@raises(RuntimeError, "cannot use memmove() on <cdata 'void *' NULL>", stock=DIES)
def null_memmove():
    ffi = make()
    ffi.memmove(ffi.NULL, b"abc", 3)


@raises(ValueError, "memmove() of 50 bytes to a destination of 3 bytes", stock=DIES)
def memmove_too_long():
    make().memmove(bytearray(3), b"a" * 50, 50)


@raises(IndexError, "too many initializers for 'int[]' (got 100000)", stock=DIES)
def open_array_too_long():
    make().new("struct var *", [1, 2]).items = [1] * 100000


@returns(2**64 - 1, stock="shifts by 64")
def bit_field_of_64_bits():
    p = make().new("struct bits *")
    p.b = 2**64 - 1
    return p.b


@raises((ValueError, AttributeError), "closed")
def library_after_dlclose():
    ffi = make()
    lib = ffi.dlopen("libm.so.6")
    ffi.dlclose(lib)
    lib.fabs(-1.0)


@raises(AttributeError, "no_such_function")
def function_that_is_missing():
    make().dlopen(None).no_such_function(1)


@raises((AttributeError, KeyError), "no_such_variable")
def variable_that_is_missing():
    return make().dlopen(None).no_such_variable


@raises((AttributeError, KeyError), "no_such_variable")
def variable_that_is_missing_written():
    make().dlopen(None).no_such_variable = 5


@raises(OSError, "cannot load library")
def library_that_is_missing():
    make().dlopen("no/such/library.so")


@raises((ValueError, TypeError, OSError))
def library_with_a_nul():
    make().dlopen("libm.so.6\0x")


@survives()
def declarations_with_strange_names():
    ffi = make()
    for text in (
        "int\0",
        "struct \ud800",
        "int" * 5000,
        "int" + "*" * 500,
        "",
        "int[" + "9" * 30 + "]",
        "point",
    ):
        try:
            ffi.typeof(text)
        except (
            cffi.FFIError,
            cffi.CDefError,
            TypeError,
            ValueError,
            OverflowError,
            KeyError,
            RecursionError,
        ):
            pass
        except Exception as problem:
            if type(problem).__module__.startswith("pycparser"):
                continue
            raise


@survives()
def getctype_with_strange_texts():
    ffi = make()
    for text in ("\ud800", "a\0b", "x" * 10**6, "*", "[5]", "((("):
        with contextlib.suppress(ValueError, TypeError):
            ffi.getctype("int(*)(int)", text)


@raises(TypeError, "initializer for ctype 'struct point'")
def structs_of_two_ffis():
    one, other = make(), make()
    one.new("struct point *", other.new("struct point *")[0])


@returns(b"1.500000 -5 3 -56", stock="a float is not promoted to double, a char not extended by its sign")
def variadic_promotions():
    ffi = make()
    out = ffi.new("char[50]")
    ffi.dlopen(None).snprintf(
        out,
        50,
        b"%f %d %d %d",
        ffi.cast("float", 1.5),
        ffi.cast("signed char", -5),
        ffi.cast("uint8_t", 3),
        ffi.cast("char", 200),
    )
    return ffi.string(out)


@returns("<cdata 'enum color' 5: GREEN>")
def enums_by_name():
    ffi = make()
    return repr(ffi.cast("enum color", 5))


@survives()
def everything_dropped_while_in_use():
    ffi = make()
    lib = ffi.dlopen(None)
    absolute, new, p = lib.abs, ffi.new, ffi.new("struct var *", [1, [2, 3]])
    callback = ffi.callback("unary", lambda n: n + 1)
    del ffi, lib
    gc.collect()
    assert absolute(-3) == 3 and callback(1) == 2 and p.items[1] == 3
    return repr(new("int[3]"))


@survives()
def many_ffis_from_many_threads():
    failures = []

    def work():
        try:
            for _ in range(3):
                ffi = make()
                p = ffi.new("struct deep *", {"p": {"x": 3}, "z": 4})
                assert (p.p.x, p.z, ffi.dlopen(None).abs(-5)) == (3, 4, 5)
        except Exception as problem:
            failures.append(problem)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if failures:
        raise SystemExit(repr(failures[0]))
