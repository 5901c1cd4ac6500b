"""The module `ferrocffi.frontend._imp_emulation` under its name in cffi."""

import sys

from ferrocffi.frontend import _imp_emulation

sys.modules[__name__] = _imp_emulation
