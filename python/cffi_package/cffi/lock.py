"""The module `ferrocffi.frontend.lock` under its name in cffi."""

import sys

from ferrocffi.frontend import lock

sys.modules[__name__] = lock
