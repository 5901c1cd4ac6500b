"""The module `ferrocffi.frontend.commontypes` under its name in cffi."""

import sys

from ferrocffi.frontend import commontypes

sys.modules[__name__] = commontypes
