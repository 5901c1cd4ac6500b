"""The parts of distutils that the front end uses, from setuptools where that is installed."""

import sys

try:
    import setuptools  # noqa: F401 - it puts its own distutils in place
except Exception as error:
    if sys.version_info >= (3, 12):
        raise Exception(
            "This CFFI feature requires setuptools on Python >= 3.12. The setuptools module is missing or non-functional."
        ) from error

from distutils import log, sysconfig
from distutils.ccompiler import CCompiler
from distutils.command.build_ext import build_ext
from distutils.core import Distribution, Extension
from distutils.dir_util import mkpath
from distutils.errors import CompileError, DistutilsSetupError, LinkError
from distutils.log import set_threshold, set_verbosity

DEBUG = getattr(log, "DEBUG", 10)
INFO = getattr(log, "INFO", 20)

__all__ = [
    "DEBUG", "INFO", "CCompiler", "CompileError", "Distribution", "DistutilsSetupError", "Extension", "LinkError",
    "build_ext", "log", "mkpath", "set_threshold", "set_verbosity", "sysconfig",
]  # fmt: skip
