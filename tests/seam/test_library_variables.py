"""Variables of libraries that were opened by a file name, whose places are remembered."""

from __future__ import annotations

import ctypes.util
import gc
from typing import Any

import cffi
import pytest

NAME = ctypes.util.find_library("c")
pytestmark = pytest.mark.skipif(NAME is None, reason="the C library has no file here")


@pytest.fixture
def ffi() -> cffi.FFI:
    made = cffi.FFI()
    made.cdef(
        "extern int optind; extern char *optarg; extern char **environ; int abs(int); enum { FIVE = 5 };"
    )
    made.lib = made.dlopen(NAME)
    made.lib.optind = 1
    return made


def test_read_and_write_again_and_again(ffi: cffi.FFI) -> None:
    lib, other = ffi.lib, ffi.dlopen(NAME)
    for value in (3, -(2**31), 2**31 - 1, 0, 1):
        lib.optind = value
        assert lib.optind == other.optind == ffi.addressof(lib, "optind")[0] == value
    for _ in range(3):
        assert ffi.typeof(lib.environ) is ffi.typeof("char **")
        lib.optarg = ffi.NULL
        assert lib.optarg == ffi.NULL


@pytest.mark.parametrize(
    ("value", "error"), [(2**31, OverflowError), (1.5, TypeError), ("x", TypeError), (None, TypeError)]
)
def test_wrong_values(ffi: cffi.FFI, value: Any, error: type[Exception]) -> None:
    for _ in range(3):
        with pytest.raises(error):
            ffi.lib.optind = value
        assert ffi.lib.optind == 1


def test_index_objects(ffi: cffi.FFI) -> None:
    class Seven:
        def __int__(self) -> int:
            return 7

        __index__ = __int__

    ffi.lib.optind = Seven()
    assert ffi.lib.optind == 7
    ffi.lib.optind = True
    assert ffi.lib.optind == 1


def test_closed(ffi: cffi.FFI) -> None:
    lib = ffi.lib
    assert lib.optind == 1
    ffi.dlclose(lib)
    for _ in range(2):
        with pytest.raises(ValueError, match="already been closed"):
            _ = lib.optind
        with pytest.raises(ValueError, match="already been closed"):
            lib.optind = 4
    assert ffi.dlopen(NAME).optind == 1


def test_closed_while_a_value_is_converted(ffi: cffi.FFI) -> None:
    lib = ffi.lib

    class Closes:
        def __index__(self) -> int:
            ffi.dlclose(lib)
            return 9

        __int__ = __index__

    lib.optind = Closes()
    with pytest.raises(ValueError, match="already been closed"):
        _ = lib.optind


def test_a_program_may_change_the_class(ffi: cffi.FFI) -> None:
    lib = ffi.lib
    assert lib.optind == 1
    kind = type(lib)
    genuine = kind.optind
    assert isinstance(genuine, property)
    assert (genuine.fget(lib), genuine.__get__(lib)) == (1, 1)
    kind.optind = property(lambda self: "mine", lambda self, value: setattr(self, "noted", value))
    assert lib.optind == "mine"
    kind.optind = genuine
    assert lib.optind == 1
    kind.__getattr__ = lambda self, name: f"no {name}"
    assert (lib.unknown, lib.optind) == ("no unknown", 1)
    kind.__setattr__ = lambda self, name, value: seen.append((name, value))
    seen: list[tuple[str, Any]] = []
    lib.optind = 8
    assert (seen, lib.optind) == ([("optind", 8)], 1)


def test_subclasses(ffi: cffi.FFI) -> None:
    assert ffi.lib.optind == 1
    kind = type(ffi.lib)

    class Mine(kind):  # type: ignore[misc, valid-type] # the class is made at run time
        def __getattr__(self, name: str) -> str:
            return f"mine: {name}"

    made = Mine()
    assert (made.optind, made.other) == (1, "mine: other")


def test_functions_and_constants_in_the_dict(ffi: cffi.FFI) -> None:
    lib = ffi.lib
    assert [lib.abs(-n) for n in range(4)] == [0, 1, 2, 3]
    assert (lib.FIVE, vars(lib)["FIVE"], vars(lib)["abs"]) == (5, 5, lib.abs)
    vars(lib)["abs"] = len
    assert lib.abs is len
    del lib.abs
    assert lib.abs(-4) == 4
    object.__setattr__(lib, "mine", 6)
    assert (lib.mine, object.__getattribute__(lib, "mine")) == (6, 6)
    object.__delattr__(lib, "mine")
    with pytest.raises(AttributeError):
        _ = lib.mine
    object.__setattr__(lib, "optind", 3)
    assert lib.optind == 3
    lib.optind = 1
    vars(lib)["optind"] = "hidden by the property"
    assert lib.optind == 1
    assert lib.__class__ is type(lib) and lib.__dict__ is vars(lib)
    with pytest.raises(AttributeError, match=r"^undeclared$"):
        _ = lib.undeclared
    assert getattr(lib, "undeclared", 3) == 3


def test_later_declarations(ffi: cffi.FFI) -> None:
    lib = ffi.lib
    for _ in range(2):
        with pytest.raises(AttributeError):
            _ = lib.opterr
    ffi.cdef("extern int opterr;")
    assert lib.opterr in (0, 1)
    with pytest.raises(AttributeError):
        del lib.opterr


def test_a_variable_outlives_nothing(ffi: cffi.FFI) -> None:
    prop = None
    for _ in range(50):
        lib = ffi.dlopen(NAME)
        assert lib.optind == 1
        prop = type(lib).optind
        del lib
    gc.collect()
    assert prop is not None and prop.fget(None) == 1


def test_lists_of_types_belong_to_the_caller(ffi: cffi.FFI) -> None:
    ffi.cdef("typedef int first_t; struct s { int x; }; union u { int y; };")
    lists = ffi.list_types()
    assert lists == (["first_t"], ["s"], ["u"])
    for one in lists:
        one.clear()
    assert ffi.list_types() == (["first_t"], ["s"], ["u"])
    with pytest.raises(cffi.CDefError):
        ffi.cdef("typedef int third_t; typedef nothing fourth_t;")
    assert ffi.list_types() == (["first_t"], ["s"], ["u"])
    ffi.cdef("typedef int second_t;")
    assert ffi.list_types() == (["first_t", "second_t"], ["s"], ["u"])
    ffi.cdef("typedef long first_t;", override=True)
    assert ffi.list_types() == (["first_t", "second_t"], ["s"], ["u"])
