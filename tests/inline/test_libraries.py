"""Libraries opened by `dlopen()` whose functions `cdef()` has declared."""

from __future__ import annotations

import ctypes.util
import math

import pytest
from _cffi_backend import FFI


@pytest.fixture
def ffi() -> FFI:
    return FFI()


def test_functions(ffi: FFI) -> None:
    ffi.cdef("int abs(int); size_t strlen(const char *); double pow(double, double);")
    lib = ffi.dlopen(None)
    assert (lib.abs(-3), lib.strlen(b"four")) == (3, 4)
    assert repr(ffi.typeof(lib.abs)) == "<ctype 'int(*)(int)'>"
    assert lib.abs is lib.abs
    assert ffi.addressof(lib, "abs") is lib.abs
    assert ffi.dlopen("m").pow(2.0, 10.0) == 1024.0


def test_names_are_looked_for_as_a_compiler_does(ffi: FFI) -> None:
    ffi.cdef("double cos(double);")
    path = ctypes.util.find_library("m")
    assert path
    for name in ("m", path):
        assert ffi.dlopen(name).cos(0.0) == 1.0
    with pytest.raises(
        OSError, match=r"find_library\(\) did not manage to locate a library called 'no_such'"
    ):
        ffi.dlopen("no_such")
    with pytest.raises(OSError, match=r"cannot load library './no_such.so'.*Additionally"):
        ffi.dlopen("./no_such.so")
    for wrong in (5, 1.5, []):
        with pytest.raises(TypeError):
            ffi.dlopen(wrong)  # type: ignore[arg-type]


def test_later_declarations_are_visible_in_open_libraries(ffi: FFI) -> None:
    early = ffi.dlopen(None)
    with pytest.raises(AttributeError):
        early.abs  # noqa: B018
    ffi.cdef("int abs(int);")
    assert early.abs(-5) == 5
    ffi.cdef("long labs(long);\n#define FIVE 5\n")
    assert (early.labs(-6), early.FIVE) == (6, 5)


def test_override_reaches_open_libraries(ffi: FFI) -> None:
    libs = [ffi.dlopen(None)]
    ffi.cdef("int abs(int);")
    libs += [ffi.dlopen("c"), *(ffi.dlopen(None) for _ in range(20))]
    for lib in libs:
        for _ in range(10):  # an attribute that is used often is found another way
            assert ffi.typeof(lib.abs) is ffi.typeof("int(*)(int)")
    ffi.cdef("long abs(long);", override=True)
    for lib in libs:
        for _ in range(10):
            assert ffi.typeof(lib.abs) is ffi.typeof("long(*)(long)")


def test_variables(ffi: FFI) -> None:
    ffi.cdef("""
        extern int optind; extern char **environ; extern void *stdout; extern char *tzname[2];
        extern const int not_read;
    """)
    lib = ffi.dlopen(None)
    before = lib.optind
    lib.optind = 77
    assert (lib.optind, ffi.addressof(lib, "optind")[0]) == (77, 77)
    lib.optind = before
    assert lib.environ != ffi.NULL
    assert repr(ffi.typeof(lib.tzname)) == "<ctype 'char *[2]'>"
    assert ffi.typeof(ffi.addressof(lib, "tzname")) is ffi.typeof("char *[2]")
    with pytest.raises(TypeError):
        lib.optind = "x"
    with pytest.raises(NotImplementedError, match="non-integer constant 'not_read'"):
        lib.not_read  # noqa: B018


def test_constants_and_what_is_not_there(ffi: FFI) -> None:
    ffi.cdef("""
        #define FIVE 5
        #define UNKNOWN ...
        enum { A, B = 1 << 10 };
        enum part { P, ... };
        int no_such_function(int);
        extern int no_such_variable;
        typedef int t;
    """)
    lib = ffi.dlopen(None)
    assert (lib.FIVE, lib.A, lib.B) == (5, 0, 1024)
    for name in ("no_such_function", "no_such_variable", "UNKNOWN", "t", "nothing"):
        with pytest.raises(AttributeError, match=name):
            getattr(lib, name)
        assert not hasattr(lib, name)
    with pytest.raises(ffi.error):
        lib.P  # noqa: B018
    with pytest.raises(AttributeError):
        lib.FIVE = 6
    with pytest.raises(AttributeError):
        lib.nothing = 6
    assert dir(lib) == ["A", "B", "FIVE", "P", "no_such_function", "no_such_variable"]
    assert lib.__dict__ == {"A": 0, "B": 1024, "FIVE": 5}


def test_dlclose(ffi: FFI) -> None:
    ffi.cdef("double cos(double); double sin(double);")
    lib = ffi.dlopen("m")
    assert lib.cos(0.0) == 1.0
    ffi.dlclose(lib)
    for name in ("cos", "sin"):
        with pytest.raises(ValueError, match="has already been closed"):
            getattr(lib, name)
    ffi.dlclose(lib)


def test_zlib(ffi: FFI) -> None:
    if not ctypes.util.find_library("z"):
        pytest.skip("no zlib")
    ffi.cdef("""
        int compress(unsigned char *dest, unsigned long *destLen, const unsigned char *source, unsigned long n);
        unsigned long crc32(unsigned long crc, const unsigned char *buf, unsigned int len);
        const char *zlibVersion(void);
    """)
    z = ffi.dlopen("z")
    assert z.crc32(0, b"hello", 5) == 0x3610A686
    size = ffi.new("unsigned long *", 100)
    out = ffi.new("unsigned char[100]")
    assert z.compress(out, size, b"a" * 1000, 1000) == 0
    assert 0 < size[0] < 100
    assert ffi.string(z.zlibVersion()).count(b".") >= 2


def test_sqlite(ffi: FFI) -> None:
    if not ctypes.util.find_library("sqlite3"):
        pytest.skip("no sqlite3")
    ffi.cdef("""
        typedef struct sqlite3 sqlite3;
        int sqlite3_open(const char *, sqlite3 **);
        int sqlite3_close(sqlite3 *);
        int sqlite3_exec(sqlite3 *, const char *sql, int (*cb)(void *, int, char **, char **), void *, char **err);
    """)
    lib = ffi.dlopen("sqlite3")
    db = ffi.new("sqlite3 **")
    assert lib.sqlite3_open(b":memory:", db) == 0
    rows = []

    @ffi.callback("int(void *, int, char **, char **)")
    def row(_, n, values, _names):
        rows.append([ffi.string(values[i]) for i in range(n)])
        return 0

    assert lib.sqlite3_exec(db[0], b"select 1, 'two' union select 3, 'four'", row, ffi.NULL, ffi.NULL) == 0
    assert rows == [[b"1", b"two"], [b"3", b"four"]]
    assert lib.sqlite3_close(db[0]) == 0


def test_functions_of_the_math_library_agree_with_python(ffi: FFI) -> None:
    names = ["sin", "cos", "tan", "exp", "log", "sqrt", "floor", "ceil"]
    ffi.cdef("".join(f"double {name}(double);" for name in names))
    lib = ffi.dlopen("m")
    for name in names:
        assert getattr(lib, name)(0.7) == pytest.approx(getattr(math, name)(0.7))
