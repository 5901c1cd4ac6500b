"""The module `ferrocffi.frontend.cparser` under its name in cffi."""

import sys

from ferrocffi.frontend import cparser

sys.modules[__name__] = cparser
