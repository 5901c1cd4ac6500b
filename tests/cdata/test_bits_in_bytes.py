"""Bit fields that lie in one byte have a short way of their own; their neighbours keep their values."""

from __future__ import annotations

import cffi
import pytest

from tests.conftest import IS_OURS

CASES = [
    (kind, before, width)
    for kind in ("unsigned int", "int", "unsigned char", "signed char", "unsigned long long", "_Bool")
    for before in range(0, 8)
    for width in range(1, 9)
    if kind != "_Bool" or width == 1
]


@pytest.mark.parametrize("kind", sorted({kind for kind, _, _ in CASES}))
def test_every_place_and_width(kind: str) -> None:
    for _, before, width in [case for case in CASES if case[0] == kind]:
        ffi = cffi.FFI()
        front = f"{kind} front : {before};" if before and kind != "_Bool" else ""
        ffi.cdef(f"struct s {{ {front} {kind} x : {width}; {kind} y : 1; unsigned char rest; }};")
        signed = kind in ("int", "signed char")
        least, most = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
        p = ffi.new("struct s *")
        view = ffi.buffer(p)
        for filler in (b"\0", b"\xff"):
            for value in {least, -1, 0, 1, most // 2, most} if signed else {0, 1, most // 2, most}:
                if not least <= value <= most:
                    continue
                view[:] = filler * len(view)
                others = (p.y, p.rest, p.front if front else 0)
                p.x = value
                assert p.x == value
                assert (p.y, p.rest, p.front if front else 0) == others
        for wrong in (least - 1, most + (2 if signed and width == 1 else 1), 2**40, 2**70):
            with pytest.raises(OverflowError):
                p.x = wrong
        with pytest.raises(TypeError):
            p.x = "1"


def test_a_signed_field_of_one_bit_takes_one() -> None:
    ffi = cffi.FFI()
    ffi.cdef("struct s { int x : 1; };")
    p = ffi.new("struct s *")
    p.x = 1
    assert p.x == -1


@pytest.mark.skipif(not IS_OURS, reason="the stock backend reads and writes there")
def test_a_null_pointer_is_refused() -> None:
    ffi = cffi.FFI()
    ffi.cdef("struct s { unsigned x : 3; };")
    p = ffi.cast("struct s *", 0)
    with pytest.raises(RuntimeError):
        _ = p.x
    with pytest.raises(RuntimeError):
        p.x = 1


@pytest.mark.skipif(not IS_OURS, reason="the stock backend reads and writes there")
def test_a_released_buffer_is_refused() -> None:
    ffi = cffi.FFI()
    ffi.cdef("struct s { unsigned x : 3; };")
    memory = bytearray(8)
    p = ffi.from_buffer("struct s *", memory)
    p.x = 5
    assert p.x == 5
    assert memory[0] & 7 == 5
    ffi.release(p)
    memory[:] = b""
    memory.extend(bytes(100_000))
    with pytest.raises(RuntimeError):
        _ = p.x


@pytest.mark.skipif(not IS_OURS, reason="the stock backend reads and writes there")
def test_a_read_only_buffer_is_refused() -> None:
    ffi = cffi.FFI()
    ffi.cdef("struct s { unsigned x : 3; int y; };")
    p = ffi.from_buffer("struct s *", bytes(8))
    for store in (lambda: setattr(p, "x", 1), lambda: setattr(p, "y", 1)):
        with pytest.raises(TypeError):
            store()
