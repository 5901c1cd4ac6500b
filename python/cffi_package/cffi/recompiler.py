"""The module `ferrocffi.frontend.recompiler` under its name in cffi."""

import sys

from ferrocffi.frontend import recompiler

sys.modules[__name__] = recompiler
