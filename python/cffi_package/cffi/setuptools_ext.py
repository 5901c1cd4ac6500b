"""The module `ferrocffi.frontend.setuptools_ext` under its name in cffi."""

import sys

from ferrocffi.frontend import setuptools_ext

sys.modules[__name__] = setuptools_ext
