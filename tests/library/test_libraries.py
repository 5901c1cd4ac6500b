"""load_library, and what its result can do."""

from __future__ import annotations

import ctypes
import sys

import _cffi_backend as B
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the library names are those of Linux")

IS_STOCK = not hasattr(B, "__path__")

INT, DOUBLE, CHAR = (B.new_primitive_type(n) for n in ("int", "double", "char"))
VOID_P = B.new_pointer_type(B.new_void_type())
FABS = B.new_function_type((DOUBLE,), DOUBLE)


def libm():
    return B.load_library("libm.so.6")


def test_reprs() -> None:
    assert repr(B.load_library()) == "<clibrary '<None>'>"
    assert repr(B.load_library(None, B.RTLD_NOW)) == "<clibrary '<None>'>"
    assert repr(libm()) == "<clibrary 'libm.so.6'>"
    assert type(libm()) is B.CLibrary


def test_functions() -> None:
    fabs = libm().load_function(FABS, "fabs")
    assert fabs(-2.5) == 2.5
    assert isinstance(fabs, B._CDataBase)
    assert B.typeof(fabs) is FABS
    pointer = libm().load_function(VOID_P, "fabs")
    assert pointer == fabs


@pytest.mark.parametrize("flags", [0, B.RTLD_LAZY, B.RTLD_NOW, B.RTLD_LAZY | B.RTLD_GLOBAL])
def test_flags(flags) -> None:
    assert B.load_library("libm.so.6", flags).load_function(FABS, "fabs")(-1.0) == 1.0


def test_open_arrays_become_pointers() -> None:
    chars = B.new_array_type(B.new_pointer_type(CHAR), None)
    assert B.typeof(libm().load_function(chars, "fabs")) is B.new_pointer_type(CHAR)


@pytest.mark.thread_unsafe(reason="changes a variable of the C library")
def test_variables() -> None:
    lib = B.load_library(None)
    opterr = lib.read_variable(INT, "opterr")
    lib.write_variable(INT, "opterr", 42)
    assert lib.read_variable(INT, "opterr") == 42
    assert B.load_library(None).read_variable(INT, "opterr") == 42
    assert ctypes.c_int.in_dll(ctypes.CDLL(None), "opterr").value == 42
    lib.write_variable(INT, "opterr", opterr)
    with pytest.raises(TypeError, match="an integer is required"):
        lib.write_variable(INT, "opterr", "x")
    assert lib.read_variable(VOID_P, "stderr") == B.cast(VOID_P, B._testfunc(8))


REFUSED = [
    (lambda: B.load_library("no/such/library.so"), OSError, "cannot load library 'no/such/library.so': "),
    (lambda: B.load_library(B.cast(VOID_P, 0)), RuntimeError, "cannot call dlopen(NULL)"),
    (
        lambda: B.load_library(B.newp(B.new_pointer_type(INT))),
        TypeError,
        "dlopen() takes a file name or 'void *' handle, not 'int *'",
    ),
    (lambda: B.load_library(5), TypeError, ""),
    (lambda: B.load_library("libm.so.6", "x"), TypeError, ""),
    (
        lambda: libm().load_function(FABS, "no_such"),
        AttributeError,
        "function/symbol 'no_such' not found in library",
    ),
    (
        lambda: libm().load_function(INT, "fabs"),
        TypeError,
        "function or pointer or array cdata expected, got 'int'",
    ),
    (lambda: libm().load_function("fabs", FABS), TypeError, ""),
    (
        lambda: libm().read_variable(INT, "no_such"),
        KeyError,
        "variable 'no_such' not found in library 'libm.so.6'",
    ),
    (
        lambda: libm().write_variable(INT, "no_such", 1),
        KeyError,
        "variable 'no_such' not found in library 'libm.so",
    ),
    (lambda: B.CLibrary(), TypeError, "cannot create '_cffi_backend.CLibrary' instances"),
]


@pytest.mark.parametrize(("call", "exception", "text"), REFUSED, ids=[str(i) for i in range(len(REFUSED))])
def test_refused(call, exception, text) -> None:
    with pytest.raises(exception) as caught:
        call()
    assert text in str(caught.value)


def test_closing() -> None:
    lib = libm()
    assert lib.close_lib() is None
    assert lib.close_lib() is None
    assert repr(lib) == "<clibrary 'libm.so.6'>"
    for use in (
        lambda: lib.load_function(FABS, "fabs"),
        lambda: lib.read_variable(INT, "signgam"),
        lambda: lib.write_variable(INT, "signgam", 1),
    ):
        with pytest.raises(ValueError, match=r"library 'libm\.so\.6' has already been closed"):
            use()


def test_handles_of_others() -> None:
    handle = ctypes.CDLL("libm.so.6")._handle
    lib = B.load_library(B.cast(VOID_P, handle))
    assert repr(lib) == f"<clibrary '{hex(handle)}'>"
    assert lib.load_function(FABS, "fabs")(-2.0) == 2.0


@pytest.mark.skipif(IS_STOCK, reason="stock opens by bytes but cannot print them")
def test_names_as_bytes() -> None:
    assert B.load_library(b"libm.so.6").load_function(FABS, "fabs")(-2.0) == 2.0


def test_methods() -> None:
    names = [n for n in dir(libm()) if not n.startswith("_")]
    assert names == ["close_lib", "load_function", "read_variable", "write_variable"]
