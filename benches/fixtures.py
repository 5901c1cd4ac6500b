"""What the setups of operations can name, by the role of the worker."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
EXTERN = """
extern "Python" {
    int from_python(int);
    double from_python_double(double, double);
    int from_python_pointer(void *);
    void from_python_void(void);
}
"""
LIBRARY = "libbench.so"


def declarations() -> str:
    """Returns what cffi is told of the library."""
    return (HERE / "native" / "declarations.h").read_text()


def cffi_names(build: Path) -> dict[str, Any]:
    """In-line objects, those of the compiled module, and the backend itself."""
    import _cffi_backend
    import cffi

    sys.path.insert(0, str(build))
    import _bench_api  # type: ignore[import-not-found] # built at run time

    ffi = cffi.FFI()
    ffi.cdef(declarations())
    return {
        "backend": _cffi_backend,
        "FFI": cffi.FFI,
        "ffi": ffi,
        "lib": ffi.dlopen(str(build / LIBRARY)),
        "api": _bench_api.lib,
        "apiffi": _bench_api.ffi,
    }


def ctypes_names(build: Path) -> dict[str, Any]:
    """Returns the ctypes module and the library as it sees it, without any types declared."""
    import ctypes

    class Point(ctypes.Structure):
        _fields_ = (("x", ctypes.c_double), ("y", ctypes.c_double))

    class Pair(ctypes.Structure):
        _fields_ = (("a", ctypes.c_int), ("b", ctypes.c_int))

    def function(name: str, result: Any, *arguments: Any) -> Any:
        prototype = ctypes.CFUNCTYPE(result, *arguments)
        return prototype((name, library))

    library = ctypes.CDLL(str(build / LIBRARY))
    return {"ctypes": ctypes, "clib": library, "function": function, "Point": Point, "Pair": Pair}


def extension_names(build: Path) -> dict[str, Any]:
    """Returns the hand-written C extension."""
    sys.path.insert(0, str(build))
    import _bench_direct  # type: ignore[import-not-found] # built at run time

    return {"direct": _bench_direct}


def limit_names(build: Path) -> dict[str, Any]:
    """Returns the C extension that does by hand what cffi does."""
    sys.path.insert(0, str(build))
    import _bench_limit  # type: ignore[import-not-found] # built at run time

    return {"limit": _bench_limit}


PEERS = ("cython", "cython_errno", "nanobind", "pybind11", "pyo3")
"""Other tools to call C from Python: each has a module with functions of the names in the extension written by hand."""


def _peer(role: str) -> Callable[[Path], dict[str, Any]]:
    def names(build: Path) -> dict[str, Any]:
        sys.path.insert(0, str(build))
        return {"limit": importlib.import_module(f"_bench_{role}")}

    return names


NAMES = {
    **{role: _peer(role) for role in PEERS},
    "stock": cffi_names,
    "rebuilt": cffi_names,
    "ours": cffi_names,
    "ctypes": ctypes_names,
    "extension": extension_names,
    "limit": limit_names,
    "twin": cffi_names,
}
"""How each role of a worker gets its names."""
