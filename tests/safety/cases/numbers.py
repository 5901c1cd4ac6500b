"""Huge and negative numbers: in arithmetic of pointers, and on their way to C."""

from __future__ import annotations

import sys

from harness import DIES, WRONG, raises, returns, survives
from prelude import (
    BOOL,
    CHAR,
    CHAR_P,
    INT,
    INT_P,
    INTS,
    MAX,
    SHORT,
    VOID_P,
    B,
    array,
    function_at,
    pointer,
    struct,
)

# --- pointers


@raises(
    OverflowError,
    "array offset would overflow a Py_ssize_t",
    stock="wraps around",
)
def index_that_wraps():
    return B.newp(INTS, [42, 1]).__add__(0)[2**62]


@raises(
    OverflowError,
    "array offset would overflow a Py_ssize_t",
    stock="wraps around",
)
def index_write_that_wraps():
    p = B.newp(INTS, [42, 1]) + 0
    p[-(2**62)] = 7


@survives()
def addition_that_wraps():
    return B.newp(INTS, 2) + 2**62


@survives()
def subtraction_of_the_least_number():
    return B.newp(INTS, 2) - (-(2**63))


@returns(True)
def arithmetic_around_zero():
    return B.cast(CHAR_P, 5) - 10 + 10 == B.cast(CHAR_P, 5)


@raises(IndexError, "cannot fit 'int' into an index-sized integer")
def index_huge():
    return (B.newp(INTS, 2) + 0)[2**100]


@raises((IndexError, OverflowError), "cannot fit 'int' into an index-sized integer")
def addition_huge():
    return B.newp(INTS, 2) + 2**100


@raises(
    OverflowError,
    "would overflow a Py_ssize_t",
    stock="wraps around",
)
def slice_size_overflow():
    return len((B.newp(INTS, 2) + 0)[0 : 2**62])


@raises(OverflowError, "would overflow a Py_ssize_t", stock=WRONG)
def slice_length_overflow():
    return len(B.cast(CHAR_P, 5)[-(2**62) - 5 : 2**62 + 5])


@raises(OverflowError)
def slice_bound_huge():
    return B.newp(INTS, 2)[0 : 2**100]


@raises(IndexError, "slice start > stop")
def slice_backwards():
    return B.newp(INTS, 5)[3:2]


@raises(IndexError, "index too large (expected 6 <= 5)")
def slice_too_long():
    return B.newp(INTS, 5)[3:6]


@raises(IndexError, "negative index")
def slice_negative():
    return B.newp(INTS, 5)[-1:2]


@raises(OverflowError, "array offset would overflow a Py_ssize_t")
def typeoffsetof_overflow():
    B.typeoffsetof(INT_P, 2**62)


@raises(OverflowError)
def rawaddressof_overflow():
    B.rawaddressof(INT_P, B.newp(INT_P), 2**64)


@raises(TypeError, "cannot subtract cdata 'struct empty *' and cdata 'struct empty *'")
def subtract_pointers_to_nothing():
    p = B.cast(pointer(struct("struct empty", size=0)), 16)
    return p - p


# --- integers


@raises(OverflowError, "errno value too large")
def errno_too_large():
    B.set_errno(2**31)


@raises(OverflowError)
def errno_huge():
    B.set_errno(2**100)


@raises(OverflowError, "int too big to convert")
def store_huge():
    B.newp(INT_P, 10**5000)


@raises(OverflowError, "integer 32768 does not fit 'short'")
def store_too_large():
    B.newp(pointer(SHORT))[0] = 32768


@raises(OverflowError)
def bit_field_huge():
    B.newp(pointer(struct("struct b", ("f", INT, 3)))).f = 10**5000


@raises(OverflowError, "outside the range allowed by the bit field width")
def bit_field_too_large():
    B.newp(pointer(struct("struct b", ("f", INT, 3)))).f = 4


@returns(0)
def cast_huge():
    return int(B.cast(INT, 1 << 100000))


@raises(OverflowError)
def cast_infinity():
    B.cast(INT, float("inf"))


@raises(ValueError)
def cast_nan():
    B.cast(INT, float("nan"))


@raises((OverflowError, ValueError))
def cast_infinity_to_pointer():
    B.cast(VOID_P, float("-inf"))


@raises(ValueError, "an array of _Bool can only contain \\x00 or \\x01")
def bool_bytes():
    B.newp(array(BOOL), b"\0\1\2")


@raises(ValueError, "got a _Bool of value 165, expected 0 or 1")
def bool_out_of_range():
    a = B.newp(array(BOOL, 2))
    B.buffer(a)[0] = b"\xa5"
    return a[0]


@raises(ValueError)
def testfunc_out_of_range():
    B._testfunc(99)


@raises((ValueError, OverflowError))
def testfunc_negative():
    B._testfunc(-(2**31))


@raises((NotImplementedError, MemoryError, OverflowError, ValueError, TypeError), stock=DIES)
def struct_larger_than_the_stack():
    # The argument is copied to the stack of the callee.
    big = struct("struct big", ("a", array(CHAR, 64 * 1024 * 1024)))
    f = B.cast(B.new_function_type((big,), INT), B._testfunc(1))
    return f(B.newp(pointer(big))[0])


@raises((NotImplementedError, MemoryError, OverflowError, ValueError, TypeError), stock=DIES)
def variadic_struct_larger_than_the_stack():
    big = struct("struct big", ("a", array(CHAR, 64 * 1024 * 1024)))
    f = B.cast(B.new_function_type((INT,), INT, 1), B._testfunc(9))
    return f(0, B.newp(pointer(big))[0])


@raises(TypeError, "expects 2 arguments, got 1000")
def too_many_arguments():
    return function_at(1, [INT, B.new_primitive_type("long")], B.new_primitive_type("long"))(*range(1000))


@survives(seconds=120)
def function_with_many_parameters():
    f = B.callback(B.new_function_type((INT,) * 5000, INT), lambda *a: len(a))
    return f(*range(5000))


@raises((OverflowError, MemoryError))
def argument_list_too_long():
    f = B.cast(B.new_function_type((pointer(array(CHAR, MAX // 2)),), INT), B._testfunc(23))
    return f([b"", b"", b"", b""])


@returns(True)
def maximum_is_the_platform_s():
    return sys.maxsize == MAX
