"""The module `ferrocffi.frontend.vengine_cpy` under its name in cffi."""

import sys

from ferrocffi.frontend import vengine_cpy

sys.modules[__name__] = vengine_cpy
