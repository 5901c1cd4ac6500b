"""Libraries of `dlopen()`."""

from __future__ import annotations

import cffi
import pytest


@pytest.fixture(params=["parser of this project", "genuine parser"])
def ffi(request: pytest.FixtureRequest) -> cffi.FFI:
    ffi = cffi.FFI()
    ffi.cdef(
        """
        int abs(int); extern int optind; extern char **environ; enum e { A, B = 5 };
        #define N 7
        static const double D = 1.5; int no_such_function(int); extern int no_such_variable;
        """
    )
    ffi.lib = ffi.dlopen(None)
    if request.param == "genuine parser":
        assert ffi._parser._declarations
    return ffi


def test_attributes(ffi: cffi.FFI) -> None:
    lib = ffi.lib
    assert (lib.abs(-3), lib.A, lib.B, lib.N) == (3, 0, 5, 7)
    assert vars(lib)["abs"] is lib.abs
    assert type(lib).__name__ == "FFILibrary"
    assert type(ffi.dlopen("c")).__name__ == "FFILibrary_c"
    assert sorted(dir(lib)) == sorted(
        ["abs", "optind", "environ", "A", "B", "N", "D", "no_such_function", "no_such_variable"]
    )


def test_variables(ffi: cffi.FFI) -> None:
    lib = ffi.lib
    before = lib.optind
    try:
        lib.optind = before + 5
        assert lib.optind == before + 5
        assert ffi.addressof(lib, "optind")[0] == before + 5
        ffi.addressof(lib, "optind")[0] = before
    finally:
        lib.optind = before
    assert ffi.typeof(ffi.addressof(lib, "environ")) is ffi.typeof("char ***")
    assert isinstance(type(lib).optind, property)
    assert "optind" not in vars(lib)


def test_a_variable_can_be_set_before_it_is_read(ffi: cffi.FFI) -> None:
    ffi.lib.optind = 1
    assert ffi.lib.optind == 1
    with pytest.raises(TypeError):
        ffi.lib.optind = "text"


def test_what_is_not_there(ffi: cffi.FFI) -> None:
    lib = ffi.lib
    with pytest.raises(AttributeError, match=r"^undeclared$"):
        lib.undeclared  # noqa: B018
    with pytest.raises(AttributeError, match=r"^undeclared$"):
        lib.undeclared = 5
    with pytest.raises(AttributeError, match=r"function/symbol 'no_such_function' not found"):
        lib.no_such_function  # noqa: B018
    with pytest.raises(KeyError, match=r"variable 'no_such_variable' not found"):
        lib.no_such_variable  # noqa: B018
    with pytest.raises(NotImplementedError, match=r"non-integer constant 'D' cannot be accessed"):
        lib.D  # noqa: B018
    for name in ("abs", "A", "N"):
        with pytest.raises(AttributeError):
            setattr(lib, name, 5)


def test_later_declarations_are_visible(ffi: cffi.FFI) -> None:
    with pytest.raises(AttributeError):
        ffi.lib.labs  # noqa: B018
    ffi.cdef("long labs(long);")
    assert ffi.lib.labs(-4) == 4


def test_closing(ffi: cffi.FFI) -> None:
    lib = ffi.dlopen("m")
    ffi.cdef("double cos(double);")
    assert lib.cos(0.0) == 1.0
    ffi.dlclose(lib)
    with pytest.raises(ValueError, match=r"library '.*' has already been closed"):
        lib.cos  # noqa: B018
    ffi.dlclose(lib)


def test_partial_types_are_refused_as_by_the_genuine_parser(ffi: cffi.FFI) -> None:
    ffi.cdef("struct p { int a; ...; }; int with_partial(struct p); enum q { X, ... };")
    with pytest.raises(cffi.VerificationMissing, match="struct p"):
        ffi.typeof("struct p")
    with pytest.raises(cffi.VerificationMissing, match="struct p"):
        ffi.lib.with_partial  # noqa: B018
    with pytest.raises(cffi.VerificationMissing, match="enum q"):
        ffi.lib.X  # noqa: B018
    assert ffi.lib.abs(-2) == 2
