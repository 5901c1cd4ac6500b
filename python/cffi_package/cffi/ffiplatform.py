"""The module `ferrocffi.frontend.ffiplatform` under its name in cffi."""

import sys

from ferrocffi.frontend import ffiplatform

sys.modules[__name__] = ffiplatform
