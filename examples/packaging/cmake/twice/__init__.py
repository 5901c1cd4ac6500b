"""A package with a module in C, which `ferrocffi gen-src` or setuptools writes from the declarations."""

from twice._twice import ffi, lib

__all__ = ["ffi", "lib", "twice"]


def twice(numbers):
    """Returns the doubles of some numbers, which C computes in one call."""
    values = ffi.new("int[]", list(numbers))
    lib.twice_all(values, len(values))
    return list(values)
