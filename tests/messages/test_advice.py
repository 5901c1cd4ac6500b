"""Advice below errors never leads from an exception to a crash."""

from __future__ import annotations

import sys
from typing import Any

import _cffi_backend as B
import cffi
import pytest

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="exceptions have no notes")

POINTERS = [
    "int *",
    "double *",
    "char *",
    "unsigned char *",
    "void * *",
    "struct point *",
    "struct secret *",
    "int * *",
]
VALUES = [
    "5",
    "-1",
    "2 ** 40",
    "0",
    "None",
    "'text'",
    "b'bytes'",
    "[1]",
    "(1,)",
    "1.5",
    "bytearray(3)",
    "memoryview(b'x')",
    "object()",
    "len",
]


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    ffi = cffi.FFI()
    ffi.cdef(
        "struct point { int x, y; }; struct secret; int printf(const char *, ...); int abs(int);"
        + "".join(f"struct holder{i} {{ {kind} p; }};" for i, kind in enumerate(POINTERS))
    )
    return {"ffi": ffi, "lib": ffi.dlopen(None)}


def notes(code: str, names: dict[str, Any]) -> str:
    """Returns all lines below what it raises; none if it does not."""
    try:
        exec(code, names)
    except Exception as error:
        return "\n".join(getattr(error, "__notes__", []))
    return ""


@pytest.mark.parametrize("index", range(len(POINTERS)), ids=POINTERS)
def test_no_pointer_is_cast(names: dict[str, Any], index: int) -> None:
    """Neither from another pointer nor from a number: C would follow it."""
    ffi = names["ffi"]
    names["holder"] = ffi.new(f"struct holder{index} *")
    seen = 0
    for kind in POINTERS:
        names["given"] = ffi.cast(kind, 0)
        text = notes("holder.p = given", names)
        seen += bool(text)
        assert "cast" not in text
    assert seen >= len(POINTERS) - 2
    for value in VALUES:
        text = notes(f"holder.p = {value}", names)
        assert "cast" not in text
        if "ffi.new" in text or "from_buffer" in text:
            assert "alive" in text
        if "NULL" in text:
            assert "accepts" in text and value in ("0", "None")


def test_an_address_is_no_number(names: dict[str, Any]) -> None:
    for given in ("ffi.new('struct point *')", "ffi.NULL", "ffi.new('void **')"):
        assert "cast" not in notes(f"lib.abs({given})", names)


@pytest.mark.parametrize(
    "value", ["5", "2 ** 40", "True", "1.5", "b'x'", "'x'", "None", "[1]", "len", "object()"]
)
def test_the_variadic_part_depends_on_the_function(names: dict[str, Any], value: str) -> None:
    """`ffi.cast('int', x)` where the format says `%ld` makes C read what nobody has passed."""
    text = notes(f"lib.printf(b'%ld', {value})", names)
    assert text.startswith("in a call of printf\n'...' declares no type for it: pass ")
    assert "cast('int'" not in text
    assert (
        " if the function " in text or " that the function reads here" in text or " that is called;" in text
    )


def test_bytes_for_a_str_are_to_be_read(names: dict[str, Any]) -> None:
    text = notes("lib.printf('text')", names)
    assert text.endswith("(x.encode() gives bytes, which C may read but not change)")


def test_callbacks_with_what_cannot_go_by_value(names: dict[str, Any]) -> None:
    partial = B.new_struct_type("struct partial")
    B.complete_struct_or_union(partial, [("x", B.new_primitive_type("int"))], None, 8, 4)
    void = B.new_void_type()
    names = {
        **names,
        "takes": B.new_function_type((partial,), void),
        "gives": B.new_function_type((), partial),
    }
    text = notes("ffi.callback(takes, len)", names)
    assert text.startswith("argument 1 of type 'struct partial'") and "a pointer to it can" in text
    text = notes("ffi.callback(gives, len)", names)
    assert text.startswith("the result of type 'struct partial'")
