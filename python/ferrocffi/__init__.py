"""ferrocffi: the ``_cffi_backend`` of the cffi package, in Rust.

The backend itself is the package ``_cffi_backend`` of the same wheel; nothing needs to import
``ferrocffi`` to use it. ``python -m ferrocffi`` tells which backend an interpreter gets.
``keep_gil`` is the one thing here that the C backend does not have.
"""

from importlib.metadata import PackageNotFoundError, version

from ferrocffi.functions import keep_gil

__all__ = ["__version__", "keep_gil"]

try:
    __version__: str = version("ferrocffi")
except PackageNotFoundError:  # imported from a source tree or a frozen application without metadata
    __version__ = "0+unknown"
