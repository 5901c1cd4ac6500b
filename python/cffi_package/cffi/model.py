"""The module `ferrocffi.frontend.model` under its name in cffi."""

import sys

from ferrocffi.frontend import model

sys.modules[__name__] = model
