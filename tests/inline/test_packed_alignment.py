"""Alignments of members and structs where `#pragma pack` or the attribute `packed` asks for less."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import _cffi_backend as B
import cffi
import pytest

pytestmark = [
    pytest.mark.skipif(not hasattr(B, "__path__"), reason="stock: ignores alignments"),
    pytest.mark.skipif(sys.platform == "win32", reason="Visual C++ has other rules"),
]

PRAGMA = {
    "struct { char x; _Alignas(16) char y; }": (4, 2),
    "struct { char x; char y __attribute__((aligned(16))); }": (4, 2),
    "struct { char x; long long y __attribute__((aligned(16))); }": (10, 2),
    "struct { char x; long long y; } __attribute__((aligned(16)))": (16, 16),
    "struct { char x; aligned_int y; }": (6, 2),
    "struct { short s; _Alignas(16) char c; unsigned u[5]; _Alignas(32) char d; }": (26, 2),
    "struct __attribute__((packed)) { char x; int y __attribute__((aligned(16))); }": (6, 2),
    "struct __attribute__((packed)) { signed char x : 2; char y[16]; long long z : 64; }": (26, 2),
    "struct { int x : 3, y : 20 __attribute__((aligned(8))); }": (6, 2),
}
"""Types between `#pragma pack(2)`, with size and alignment. gcc has these on x86-64 and AArch64."""
PACKED = {
    "struct __attribute__((packed)) { char x; _Alignas(16) char y; }": (32, 16),
    "struct __attribute__((packed)) { char x; aligned_int y; }": (5, 1),
    "struct __attribute__((packed, aligned(4))) { char x; long long y; }": (12, 4),
}
"""The same without `#pragma pack`."""


@pytest.fixture(params=[cffi.FFI, B.FFI])
def ffi(request: Any) -> Any:
    """Returns an FFI object with the types, `p0` to `p8` and `a0` to `a2`."""
    lines = ["typedef int aligned_int __attribute__((aligned(8)));", "#pragma pack(push, 2)"]
    lines += [f"typedef {text} p{i};" for i, text in enumerate(PRAGMA)]
    lines += ["#pragma pack(pop)", *(f"typedef {text} a{i};" for i, text in enumerate(PACKED))]
    ffi = request.param()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ffi.cdef("\n".join(lines))
    return ffi


def test_pragma_pack_limits_alignments_of_members_and_packed_does_not(ffi: Any) -> None:
    names = {f"p{i}": text for i, text in enumerate(PRAGMA)} | {
        f"a{i}": text for i, text in enumerate(PACKED)
    }
    found = {text: (ffi.sizeof(name), ffi.alignof(name)) for name, text in names.items()}
    assert found == PRAGMA | PACKED


def test_structs_with_attributes_go_by_value(ffi: Any) -> None:
    for name in ("p3", "p6", "a0", "a2"):
        through = ffi.callback(f"{name}({name}, int)", lambda value, n: {"x": b"b", "y": value.y})
        given = ffi.new(f"{name} *", {"x": b"a"})
        got = through(given[0], 1)
        assert (got.x, got.y) == (b"b", given.y)
