"""ferrocffi: the ``_cffi_backend`` of the cffi package, in Rust.

The backend itself is the package ``_cffi_backend`` of the same wheel; nothing needs to import
``ferrocffi`` to use it. ``python -m ferrocffi`` tells which backend an interpreter gets.
`FFI` reads C headers; ``keep_gil`` makes calls that keep the GIL, and ``keeps_gil`` tells which do; `AccessError` is what
checked mode raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ferrocffi.errors import AccessError
from ferrocffi.functions import keep_gil, keeps_gil

if TYPE_CHECKING:
    from ferrocffi.ffi import FFI

    __version__: str

__all__ = ["FFI", "AccessError", "__version__", "keep_gil", "keeps_gil"]


def __getattr__(name: str) -> Any:
    """Loads `FFI` and the version when they are first asked for, since programs that need neither import this, too."""
    if name == "FFI":
        from ferrocffi.ffi import FFI

        globals()[name] = FFI
        return FFI
    if name == "__version__":
        globals()[name] = _version()
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _version() -> str:
    """Returns the version from the metadata of the installed package."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("ferrocffi")
    except PackageNotFoundError:  # imported from a source tree or a frozen application without metadata
        return "0+unknown"
