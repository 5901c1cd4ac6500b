"""The module `ferrocffi.frontend.verifier` under its name in cffi."""

import sys

from ferrocffi.frontend import verifier

sys.modules[__name__] = verifier
