"""The module `ferrocffi.frontend.api` under its name in cffi."""

import sys

from ferrocffi.frontend import api

sys.modules[__name__] = api
