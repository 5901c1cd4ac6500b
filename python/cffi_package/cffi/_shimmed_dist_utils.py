"""The module `ferrocffi.frontend._shimmed_dist_utils` under its name in cffi."""

import sys

from ferrocffi.frontend import _shimmed_dist_utils

sys.modules[__name__] = _shimmed_dist_utils
