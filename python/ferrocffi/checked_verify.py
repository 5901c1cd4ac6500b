"""Checked mode for the modules of ``ffi.verify()``: their functions are built-in ones that no `Lib` has handed out."""

from __future__ import annotations

import functools
from types import BuiltinFunctionType
from typing import Any


def watch() -> None:
    """Makes the libraries that ``verify()`` loads from now on have functions that check."""
    from cffi.verifier import Verifier

    original = Verifier.load_library
    if getattr(original, "_ferrocffi_checked", False):
        return

    @functools.wraps(original)
    def load_library(self: Any) -> Any:
        library = original(self)
        replace(library)
        return library

    load_library._ferrocffi_checked = True  # type: ignore[attr-defined]
    Verifier.load_library = load_library


def replace(library: Any) -> None:
    """Puts functions that check in place of those of a library."""
    import _cffi_backend

    module = getattr(library, "_cffi_python_module", None)
    ffi = getattr(library, "_cffi_ffi", None)
    types = getattr(module, "_cffi_types_of_builtin_funcs", None)
    checked = getattr(_cffi_backend, "_checked_function", None)
    if ffi is None or types is None or checked is None:
        return
    for name, value in list(vars(library).items()):
        if isinstance(value, BuiltinFunctionType) and value in types:
            made = checked(value, ffi.typeof(value), name)
            types[made] = types[value]
            setattr(library, name, made)
        elif isinstance(value, _cffi_backend._CDataBase):
            checked(value, ffi.typeof(value), name)
