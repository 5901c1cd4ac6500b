"""The extension's variables of threads fit into the memory that the C library keeps for libraries that are loaded later."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import _cffi_backend
import pytest

MOST = 512
"""What glibc spares for all such libraries together. Beyond that each use of a variable takes several times as long."""
PT_TLS = 7


@pytest.mark.skipif(sys.platform != "linux" or struct.calcsize("P") != 8, reason="reads 64-bit ELF files")
def test_they_are_few() -> None:
    data = Path(_cffi_backend.__file__).read_bytes()
    order = "<" if data[5] == 1 else ">"
    (start,) = struct.unpack_from(f"{order}Q", data, 32)
    size, count = struct.unpack_from(f"{order}HH", data, 54)
    headers = [struct.unpack_from(f"{order}IIQQQQQQ", data, start + n * size) for n in range(count)]
    sizes = [header[6] for header in headers if header[0] == PT_TLS]
    assert sizes and sum(sizes) <= MOST
