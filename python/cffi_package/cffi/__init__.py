"""The package `cffi`, made of ferrocffi: the front end `ferrocffi.frontend` under the names that programs import."""

import sys as _sys

from ferrocffi.frontend import api, cparser, error
from ferrocffi.frontend.api import FFI
from ferrocffi.frontend.error import (
    CDefError,
    FFIError,
    PkgConfigError,
    VerificationError,
    VerificationMissing,
)

__all__ = ["FFI", "CDefError", "FFIError", "VerificationError", "VerificationMissing"]

__version__ = "2.1.1"
__version_info__ = (2, 1, 1)
__version_verifier_modules__ = "0.8.6"

for _class in (CDefError, FFIError, PkgConfigError, VerificationError, VerificationMissing):
    _class.__module__ = "cffi"
for _name, _module in (("api", api), ("cparser", cparser), ("error", error)):
    _sys.modules[f"{__name__}.{_name}"] = _module
# The backend puts an object there that would import pycparser.
_sys.modules.pop(f"{__name__}._pycparser", None)
