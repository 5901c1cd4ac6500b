"""FERROCFFI_NOTES=0 turns notes off, for test suites that compare whole texts."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import cffi, _cffi_backend
ffi = cffi.FFI()
ffi.cdef("struct point {{ int x, y; }}; int abs(int); int printf(const char *, ...); int no_such_function(int);")
lib = ffi.dlopen({library!r})
point = ffi.new("struct point *")
acts = [
    lambda: lib.abs("x"), lambda: lib.abs(2**40), lambda: lib.abs(), lambda: ffi.new("struct point *", {{"z": 1}}), lambda: lib.printf(b"", 1),
    lambda: lib.no_such_function, lambda: setattr(point, "x", 1.5), lambda: setattr(point, "colour", 1),
    lambda: point.colour, lambda: ffi.new("struct point *", {{"z": 1}}), lambda: ffi.new("int"),
    lambda: ffi.offsetof("struct point", "colour"), lambda: _cffi_backend.load_library("nothing-like-it"),
]
for act in acts:
    try:
        act()
    except Exception as error:
        print(len(getattr(error, "__notes__", [])))
    else:
        print("no error")
"""


def notes(value: str | None) -> list[str]:
    """Returns how many lines each failure has below its text."""
    env = {key: text for key, text in os.environ.items() if key != "FERROCFFI_NOTES"}
    env |= {} if value is None else {"FERROCFFI_NOTES": value}
    program = PROGRAM.format(library="ucrtbase" if sys.platform == "win32" else None)
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True
    )
    found = done.stdout.split("\n")[:-1]
    assert len(found) == PROGRAM.count("lambda")
    return found


@pytest.mark.parametrize("value", ["0", "no", "off", "OFF", "false", "False"])
def test_none(value: str) -> None:
    assert set(notes(value)) == {"0"}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exceptions have no notes")
@pytest.mark.parametrize("value", [None, "", "1", "yes"])
def test_some(value: str | None) -> None:
    assert "0" not in notes(value) and "no error" not in notes(value)
