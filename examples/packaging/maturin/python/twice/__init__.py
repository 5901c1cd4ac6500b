"""A package with a library in Rust, whose declarations maturin finds."""

from twice._twice import ffi, lib

__all__ = ["ffi", "lib", "twice"]


def twice(numbers):
    """Returns the doubles of some numbers, which C computes in one call."""
    values = ffi.new("int32_t[]", list(numbers))
    lib.twice_all(values, len(values))
    return list(values)
