"""The module `ferrocffi.frontend.vengine_gen` under its name in cffi."""

import sys

from ferrocffi.frontend import vengine_gen

sys.modules[__name__] = vengine_gen
