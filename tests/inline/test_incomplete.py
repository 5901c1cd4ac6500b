"""Structs that cannot be completed."""

from __future__ import annotations

import cffi
import pytest


def test_the_reason_is_given_again() -> None:
    ffi = cffi.FFI()
    ffi.cdef("struct s { int a : 40; }; struct t { struct s s; }; struct u { struct s s; };")
    for name in ("struct s", "struct t", "struct u"):
        with pytest.raises(TypeError, match=r"bit field 'struct s\.a'"):
            ffi.sizeof(name)
