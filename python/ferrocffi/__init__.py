"""ferrocffi: C from Python. `import ferrocffi as cffi` runs programs of cffi; the compiled part is ``_cffi_backend``.

The package ``cffi`` uses that backend by itself; nothing needs to import ``ferrocffi`` for it. ``python -m ferrocffi`` tells
which backend an interpreter gets. `FFI` has the declarations of texts of C and of C headers; ``keep_gil`` makes calls that keep
the GIL, and ``keeps_gil`` tells which do; `AccessError` is what checked mode raises. `verify_layouts`
compares declarations with headers and libraries, and raises `LayoutError`.
"""

from __future__ import annotations

TYPE_CHECKING = False
"""Checkers know the name. `typing` takes longer to import than all else here."""

if TYPE_CHECKING:
    from typing import Any

    from ferrocffi.errors import AccessError, LayoutError
    from ferrocffi.ffi import FFI
    from ferrocffi.frontend.error import (
        CDefError as CDefError,
    )
    from ferrocffi.frontend.error import (
        FFIError as FFIError,
    )
    from ferrocffi.frontend.error import (
        PkgConfigError as PkgConfigError,
    )
    from ferrocffi.frontend.error import (
        VerificationError as VerificationError,
    )
    from ferrocffi.frontend.error import (
        VerificationMissing as VerificationMissing,
    )
    from ferrocffi.functions import keep_gil, keeps_gil, va_list
    from ferrocffi.verify import verify_layouts

    __version__: str
    __version_info__: tuple[int, ...]

__all__ = [
    "FFI",
    "AccessError",
    "LayoutError",
    "__version__",
    "keep_gil",
    "keeps_gil",
    "va_list",
    "verify_layouts",
]

_ERRORS = ("CDefError", "FFIError", "PkgConfigError", "VerificationError", "VerificationMissing")


def __getattr__(name: str) -> Any:
    """Loads what is first asked for: commands that builds run often need none of it."""
    if name == "FFI":
        import ferrocffi.ffi

        value: Any = ferrocffi.ffi.FFI
    elif name == "verify_layouts":
        import ferrocffi.verify

        value = ferrocffi.verify.verify_layouts
    elif name in ("AccessError", "LayoutError"):
        import ferrocffi.errors

        value = getattr(ferrocffi.errors, name)
    elif name in ("keep_gil", "keeps_gil", "va_list"):
        import ferrocffi.functions

        value = getattr(ferrocffi.functions, name)
    elif name in _ERRORS:
        value = _error(name)
    elif name == "__version__":
        value = _version()
    elif name == "__version_info__":
        value = (
            2,
            1,
            1,
        )  # the release of cffi whose interface `FFI` has: programs compare it with what they need
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def _error(name: str) -> Any:
    """Returns the exception that `FFI` raises: that of the package cffi, if `FFI` is a subclass of cffi's."""
    from importlib import import_module

    try:
        return getattr(import_module("cffi.error"), name)
    except ImportError:
        return getattr(import_module("ferrocffi.frontend.error"), name)


def _version() -> str:
    """Returns the version from the metadata of the installed package."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("ferrocffi")
    except PackageNotFoundError:  # imported from a source tree or a frozen application without metadata
        return "0+unknown"
