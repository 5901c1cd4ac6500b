"""Whole programs that use packages from PyPI, on the stock backend and on this one."""
