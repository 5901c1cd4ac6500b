"""`extern "Python"` functions with complex arguments."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import ferrocffi
import pytest

PROGRAM = """
from complex_python import ffi, lib

@ffi.def_extern()
def scaled(by, value):
    return by * value

@ffi.def_extern()
def narrow(value, by):
    return value * by

assert lib.run(3, 1 + 2j) == 3 + 6j, lib.run(3, 1 + 2j)
assert lib.run_narrow(0.5 - 1j, 2) == 1 - 2j
print("done")
"""


def test_the_last_argument_can_be_a_double_complex(tmp_path: Path) -> None:
    ffi = ferrocffi.FFI()
    ffi.cdef("""
        extern "Python" double _Complex scaled(int, double _Complex);
        extern "Python" float _Complex narrow(float _Complex, int);
        double _Complex run(int, double _Complex);
        float _Complex run_narrow(float _Complex, int);
    """)
    ffi.set_source(
        "complex_python",
        """
        #include <complex.h>
        static double _Complex scaled(int, double _Complex);
        static float _Complex narrow(float _Complex, int);
        static double _Complex run(int by, double _Complex value) { return scaled(by, value); }
        static float _Complex run_narrow(float _Complex value, int by) { return narrow(value, by); }
        """,
    )
    ffi.compile(str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_another_argument_is_refused(tmp_path: Path) -> None:
    ffi = ferrocffi.FFI()
    ffi.cdef('extern "Python" int first(double _Complex, int);')
    ffi.set_source("complex_refused", "")
    with pytest.raises(NotImplementedError, match="function first: argument 1 has the type double _Complex"):
        ffi.compile(str(tmp_path))
