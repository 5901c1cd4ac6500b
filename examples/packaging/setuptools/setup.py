"""The module in C needs the keyword, which only setup.py can give."""

from setuptools import setup

setup(cffi_modules=["build_twice.py:ffi"])
