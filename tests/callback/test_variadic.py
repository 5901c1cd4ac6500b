"""Callbacks with `...`: the last argument of the Python function reads what C has passed."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import _cffi_backend
import cffi
import pytest

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="variadic callbacks are there on x86-64 and AArch64 Linux",
)

CDEF = """
struct pair { long a; double b; };
struct large { long items[5]; };
typedef float v4 __attribute__((vector_size(16)));
int vsnprintf(char *, size_t, const char *, va_list);
void mixed(int (*f)(const char *, ...));
double doubles(double (*f)(int, double, ...));
struct large by_memory(struct large (*f)(int, ...));
void later(void (*f)(int, ...));
"""
SOURCE = """
struct pair { long a; double b; };
struct large { long items[5]; };
typedef float v4 __attribute__((vector_size(16)));
void mixed(int (*f)(const char *, ...)) {
    struct pair p = { 7, 0.5 };
    struct large l = { { 1, 2, 3, 4, 5 } };
    v4 v = { 1, 2, 3, 4 };
    signed char c = -3;
    f("one", -1, 2.5, "text", p, l, v, (__int128)1 << 100, 3.25L, c, 9UL, 10UL, 11UL, 1.5f, p);
}
double doubles(double (*f)(int, double, ...)) {
    return f(12, 0.5, 1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 11., 12.);
}
struct large by_memory(struct large (*f)(int, ...)) { return f(3, 4L, 5L, 6L, 7L, 8L, 9L); }
void later(void (*f)(int, ...)) { f(2, 3, 4); }
"""


@pytest.fixture(scope="module", params=[cffi.FFI, _cffi_backend.FFI])
def loaded(request: Any, tmp_path_factory: Any) -> Any:
    """Returns an FFI object and a library."""
    folder: Path = tmp_path_factory.mktemp("variadic")
    (folder / "v.c").write_text(SOURCE)
    command = ["cc", "-shared", "-fPIC", "-O1", "-w", "-o", str(folder / "v.so"), str(folder / "v.c")]
    subprocess.run(command, check=True)
    ffi = request.param()
    ffi.cdef(CDEF)
    return ffi, ffi.dlopen(str(folder / "v.so"))


def test_every_kind(loaded: Any) -> None:
    """Reads integers, numbers, pointers, structs and vectors, in registers and on the stack."""
    ffi, lib = loaded
    got: list[Any] = []

    @ffi.callback("int(const char *, ...)")
    def read(name: Any, rest: Any) -> int:
        got.append(ffi.string(name))
        got.append(rest.next("int"))
        got.append(rest.next(ffi.typeof("double")))
        got.append(ffi.string(rest.next("char *")))
        pair = rest.next(ffi.typeof("struct pair"))
        got.append((pair.a, pair.b))
        got.append(list(rest.next(ffi.typeof("struct large")).items))
        got.append(list(rest.next(ffi.typeof("v4"))))
        got.append(rest.next("__int128"))
        got.append(float(rest.next("long double")))
        got.append(rest.next("signed char"))
        got.extend(rest.next("unsigned long") for _ in range(3))
        got.append(rest.next("float"))
        pair = rest.next(ffi.typeof("struct pair"))
        got.append((pair.a, pair.b))
        return 0

    lib.mixed(read)
    assert got == [
        *(b"one", -1, 2.5, b"text", (7, 0.5), [1, 2, 3, 4, 5], [1, 2, 3, 4], 1 << 100, 3.25, -3),
        *(9, 10, 11, 1.5, (7, 0.5)),
    ]


def test_result(loaded: Any) -> None:
    """Returns a number and a struct in memory."""
    ffi, lib = loaded
    total = ffi.callback(
        "double(int, double, ...)", lambda n, x, rest: x + sum(rest.next("double") for _ in range(n))
    )
    assert lib.doubles(total) == 78.5
    large = ffi.callback(
        "struct large(int, ...)", lambda n, rest: [[n] + [rest.next("long") for _ in range(4)]]
    )
    assert list(lib.by_memory(large).items) == [3, 4, 5, 6, 7]


def test_va_list_argument(loaded: Any) -> None:
    """Passes the arguments on to a function that takes a `va_list`."""
    ffi, lib = loaded
    printf = ffi.dlopen(None)
    texts = []

    @ffi.callback("int(const char *, ...)")
    def log(name: Any, rest: Any) -> int:
        out = ffi.new("char[100]")
        again = rest.copy()
        for each in (rest, again):
            printf.vsnprintf(out, 100, b"%d %.2f %s", each)
            texts.append(ffi.string(out))
        return 0

    lib.mixed(log)
    assert texts == [b"-1 2.50 text"] * 2


def test_ends_with_the_call(loaded: Any) -> None:
    """Refuse to read once the call is over."""
    ffi, lib = loaded
    kept: list[Any] = []

    @ffi.callback("void(int, ...)")
    def keep(n: int, rest: Any) -> None:
        kept.extend([rest, rest.copy(), rest.next("int")])

    lib.later(keep)
    assert kept[2] == 3
    for rest in kept[:2]:
        with pytest.raises(RuntimeError):
            rest.next("int")
        with pytest.raises(RuntimeError):
            rest.copy()
        with pytest.raises(TypeError):
            ffi.dlopen(None).vsnprintf(ffi.NULL, 0, b"", rest)


def test_wrong_types(loaded: Any) -> None:
    """Refuse what is no type, in a call from Python."""
    ffi, _ = loaded
    errors = []

    @ffi.callback("void(int, ...)")
    def wrong(n: int, rest: Any) -> None:
        for ct in (7, "nothing", ffi.typeof("void")):
            try:
                rest.next(ct)
            except (TypeError, KeyError) as error:
                errors.append(type(error))

    wrong(1, ffi.cast("int", 2))
    assert errors == [TypeError, KeyError, TypeError]
