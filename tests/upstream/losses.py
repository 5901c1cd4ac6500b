"""Upstream tests that the wheel named ``cffi`` does not pass, although cffi itself does; each with the reason."""

from __future__ import annotations

_OLD_FORMAT = (
    "it looks into the module that cffi's old generator of verify() makes; here verify() makes an API module"
)
_CTYPES = (
    "it demands what the backend in ctypes prints; `CTypesBackend` here has the functions of the compiled one"
)

_DISTUTILS = "testing/cffi0/test_zdistutils.py::TestDistUtilsCPython::test_compile_module"

LOSSES: dict[str, str] = {
    _DISTUTILS: _OLD_FORMAT,
    f"{_DISTUTILS}_explicit_filename": _OLD_FORMAT,
    "testing/cffi0/test_function.py::TestFunction::test_function_has_a_c_type": _CTYPES,
    "testing/cffi0/test_ctypes.py::TestCTypes::test_repr": _CTYPES,
    "testing/cffi0/test_ctypes.py::TestCTypes::test_functionptr_advanced": _CTYPES,
}
"""Test ids to reasons, in a sentence. An id that ends in colons stands for all tests of a file."""


def reason(test: str) -> str | None:
    """Returns why a test is lost; None if it has to pass."""
    file = test.partition("::")[0]
    return LOSSES.get(test) or LOSSES.get(f"{file}::")
