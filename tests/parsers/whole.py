"""Takes texts all the way to ctypes and memory, with the FFI objects of both modules, and checks what must hold.

Nothing here knows what a text means. A text is declared or refused with an exception; what is declared has a size that
its fields fit in; a name leads to the ctype that has it; and all of that takes a bounded time.
"""

from __future__ import annotations

import contextlib
import time
from typing import Any

import _cffi_backend
import cffi

from tests.parsers.grammar import Step

LARGEST = 1 << 16
"""Larger types are not allocated."""
SECONDS = 5.0
"""A program that takes longer is a failure."""
REFUSALS = (
    ValueError, TypeError, NotImplementedError, OverflowError, RuntimeError,
    cffi.FFIError, cffi.CDefError, cffi.VerificationMissing, _cffi_backend.FFI.error,
)  # fmt: skip
"""The exceptions of types that have no size."""


def check_type(ffi: Any, ctype: Any) -> None:
    """Checks one ctype."""
    with contextlib.suppress(*REFUSALS):
        size, align = ffi.sizeof(ctype), ffi.alignof(ctype)
        assert size >= 0
        assert align & (align - 1) == 0
        assert ctype.kind in ("array",) or size % align == 0, (ctype, size, align)
        if ctype.kind in ("struct", "union"):
            check_fields(ffi, ctype, size)
        if 0 < size <= LARGEST and ctype.kind not in ("function", "void"):
            memory = ffi.new(ffi.getctype(ctype, "*") if ctype.kind != "array" else ctype)
            assert len(ffi.buffer(memory)) >= size
            repr(memory)
            with contextlib.suppress(Exception):
                memory[0] = memory[0]


def check_fields(ffi: Any, ctype: Any, size: int) -> None:
    """Checks the places of the fields of a struct or union."""
    for name, field in ctype.fields or ():
        assert 0 <= field.offset <= size, (ctype, name)
        if field.bitsize >= 0:
            assert field.bitshift >= 0
            assert field.bitshift + field.bitsize <= 8 * (size - field.offset)
            continue
        if field.type.kind == "array" and field.type.length is None:
            continue
        assert field.offset + ffi.sizeof(field.type) <= size, (ctype, name)
        if name:
            assert ffi.offsetof(ctype, name) == field.offset


def run(make: Any, steps: list[Step], library: str) -> None:
    """Runs one program."""
    begin = time.monotonic()
    ffi = make()
    lib = None
    for step in steps:
        with contextlib.suppress(Exception):
            if step[0] == "cdef":
                options = dict(step[2])
                ffi.cdef(step[1], **options)
            elif step[0] == "include":
                other = make()
                other.cdef(step[1])
                ffi.include(other)
            else:
                check_type(ffi, ffi.typeof(step[1]))
        if lib is None:
            lib = ffi.dlopen(library)
    typedefs, structs, unions = ffi.list_types()
    for name in [*typedefs, *(f"struct {tag}" for tag in structs), *(f"union {tag}" for tag in unions)]:
        try:
            ctype = ffi.typeof(name)
        except Exception:
            continue
        check_type(ffi, ctype)
    for name in dir(lib):
        with contextlib.suppress(Exception):
            check_type(ffi, ffi.typeof(ffi.addressof(lib, name)))
        with contextlib.suppress(Exception):
            getattr(lib, name)
    assert time.monotonic() - begin < SECONDS, "too slow"


MAKERS = {"_cffi_backend.FFI": _cffi_backend.FFI, "cffi.FFI": cffi.FFI}
