"""The module `ferrocffi.frontend.backend_ctypes` under its name in cffi."""

import sys

from ferrocffi.frontend import backend_ctypes

sys.modules[__name__] = backend_ctypes
