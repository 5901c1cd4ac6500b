"""The module `ferrocffi.frontend.pkgconfig` under its name in cffi."""

import sys

from ferrocffi.frontend import pkgconfig

sys.modules[__name__] = pkgconfig
