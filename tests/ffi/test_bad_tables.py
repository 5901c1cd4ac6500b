"""Damaged tables of an out-of-line module give exceptions, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import _cffi_backend as B
import pytest

from . import tables

PROGRAM = Path(__file__).with_name("tables.py")
BATCH = 1500

ARRAY, STRUCT, NOOP, INT = b"\0\0\0\x05", b"\0\0\0\x09", b"\0\0\0\x11", b"\0\0\x07\x01"


@pytest.mark.parametrize("seed", range(8))
def test_random_damage(seed: int) -> None:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(seed), str(BATCH)],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    count, *seen = done.stdout.split()
    assert int(count) == BATCH
    # Else the damage would only be found by the constructor, or not be any.
    assert {"accepted", "ImportError", "TypeError", "error"} <= set(seen)


def test_undamaged_tables_are_fine() -> None:
    ffi = B.FFI(**tables.emitted())
    assert ffi.list_types() == (
        ["bits_t", "compare_t", "matrix_t", "node_t", "point_t", "state_t"],
        ["node", "opaque", "outer", "point"],
        ["number"],
    )
    assert ffi.sizeof("struct outer") == 24
    assert ffi.integer_const("HUGE") == 0xFFFFFFFFFFFFFFFF
    assert ffi.typeof("enum color").relements == {"RED": 0, "GREEN": 5, "BLUE": -3}


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"_types": b"\0\0\0\0"}, ImportError, "type 0 is not an operation"),
        ({"_types": b"\0\0\x05\x03"}, ImportError, "type 0 refers to type 5"),
        ({"_types": b"\0\0\0\x11"}, ImportError, "type 0 refers to itself"),
        ({"_types": INT + ARRAY}, ImportError, "type 1 is an array without length"),
        ({"_types": STRUCT}, ImportError, "type 0 refers to struct or union 0"),
        ({"_typenames": (b"\0\0\0\x07x",)}, ImportError, "typedef 0 refers to type 7"),
        ({"_typenames": (b"\0\0",)}, ImportError, "typedef 0 is truncated"),
        ({"_typenames": ("x",)}, TypeError, "'_typenames' must be made of bytes, not str"),
        ({"_struct_unions": (b"x",)}, TypeError, "'_struct_unions' must be made of tuples, not bytes"),
        ({"_globals": (b"\xff\xff\xff\x1fN", "1")}, TypeError, "integer"),
        ({"_globals": (7, 7)}, TypeError, "'_globals' must be made of bytes, not int"),
        ({"_includes": (7,)}, TypeError, "'_includes' must be made of FFI objects, not int"),
        ({"_globals": []}, TypeError, "argument 4 must be tuple, not list"),
        ({"_version": 0x2600}, ImportError, "module 'm' has unknown version 0x2600"),
        ({"_version": -2}, ImportError, "module 'm' has unknown version 0xfffffffffffffffe"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said(given, error, text) -> None:
    with pytest.raises(error) as caught:
        B.FFI(**{"module_name": "m", "_version": 0x2601, "_types": INT, **given})
    assert text in str(caught.value)


def test_struct_that_contains_itself() -> None:
    ffi = B.FFI("m", 0x2601, STRUCT, (), ((b"\0\0\0\0\0\0\0\x02s", NOOP + b"x"),))
    for _ in range(2):
        with pytest.raises(RuntimeError, match="type-building recursion"):
            ffi.sizeof("struct s")


def struct_chain(length: int, pointers: bool = False) -> Any:
    """Structs that contain, or point to, each the next one; the last contains an int."""
    structs, pointed, fields = b"", b"", []
    for i in range(length):
        structs += (i << 8 | 9).to_bytes(4, "big")
        pointed += (i << 8 | 3).to_bytes(4, "big")
        inner = i + 1 + length * pointers if i + 1 < length else 2 * length
        field = (inner << 8 | 0x11).to_bytes(4, "big") + b"x"
        fields.append((i.to_bytes(4, "big") + b"\0\0\0\x02" + b"s%05d" % i, field))
    return B.FFI("m", 0x2601, structs + pointed + INT, (), tuple(fields))


def test_structs_nest_a_few_hundred_deep() -> None:
    assert struct_chain(300).sizeof("struct s00000") == 4


def test_structs_that_nest_too_deep_are_refused() -> None:
    ffi = struct_chain(20_000)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="type-building recursion"):
            ffi.sizeof("struct s00000")
    assert ffi.sizeof("struct s19999") == 4


def test_structs_point_to_others_without_end() -> None:
    ffi = struct_chain(5000, pointers=True)
    assert ffi.sizeof("struct s00000") == 8
    assert ffi.new("struct s00000 *").x == ffi.NULL
    assert ffi.sizeof("struct s04999") == 4


def test_pointers_nest_without_end() -> None:
    types = b"".join(((i + 1) << 8 | 3).to_bytes(4, "big") for i in range(5000)) + INT
    ffi = B.FFI("m", 0x2601, types, (), (), (), (b"\0\0\0\0t",))
    with pytest.raises(RuntimeError, match="type-building recursion"):
        ffi.typeof("t")


def test_includes_of_includes_are_searched_once() -> None:
    ffi = B.FFI("m", 0x2601)
    for _ in range(60):
        ffi = B.FFI("m", 0x2601, b"", (), (), (), (), (ffi, ffi))
    with pytest.raises(AttributeError, match="integer constant 'x' not found"):
        ffi.integer_const("x")
    for _ in range(60):
        ffi = B.FFI("m", 0x2601, b"", (), (), (), (), (ffi,))
    with pytest.raises(RuntimeError, match=r"recursion overflow in ffi\.include"):
        ffi.integer_const("x")
