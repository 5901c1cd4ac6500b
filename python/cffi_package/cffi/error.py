"""The module `ferrocffi.frontend.error` under its name in cffi."""

import sys

from ferrocffi.frontend import error

sys.modules[__name__] = error
