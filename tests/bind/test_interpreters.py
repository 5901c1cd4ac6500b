"""The reader of headers in subinterpreters."""

from __future__ import annotations

from pathlib import Path

from tests.interpreters.isolated import KINDS, interpreter


def test_headers_in_two_interpreters(tmp_path: Path) -> None:
    header = tmp_path / "sample.h"
    header.write_text("int f(void);\n#define LIMIT 3\ntypedef struct { int x; } point;\n")
    code = f"""
import ferrocffi
from ferrocffi.headers import read
assert [d.name for d in read({str(header)!r}).declarations()] == ["f", "", "point", "LIMIT"]
ffi = ferrocffi.FFI()
ffi.header({str(header)!r})
assert ffi.new("point *", [5]).x == 5
assert ffi.integer_const("LIMIT") == 3
"""
    exec(code, {})
    with interpreter(KINDS[0]) as first, interpreter(KINDS[0]) as second:
        for each in (first, second, first):
            each.run(code)
