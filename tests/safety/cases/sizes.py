"""Sizes of types and objects: overflows, what is too large, and items without size."""

from __future__ import annotations

from harness import DIES, raises, returns, survives
from prelude import (
    CHAR,
    CHARS,
    INT,
    INT_P,
    INTS,
    MAX,
    B,
    array,
    pointer,
    struct,
)

# --- sizes of objects


@raises(OverflowError, "array size would overflow a Py_ssize_t")
def array_type_overflow():
    B.new_array_type(INT_P, 2**62)


@raises(OverflowError, "cannot fit 'int' into an index-sized integer")
def array_type_huge():
    B.new_array_type(INT_P, 2**200)


@raises(ValueError, "negative array length")
def array_type_negative():
    B.new_array_type(INT_P, -1)


@raises(OverflowError, "array size would overflow a Py_ssize_t")
def new_overflow():
    B.newp(INTS, 2**62)


@raises(MemoryError)
def new_huge():
    B.newp(CHARS, MAX - 100)


@raises((MemoryError, OverflowError))
def new_largest():
    B.newp(CHARS, MAX)


@raises((MemoryError, OverflowError))
def new_largest_fixed():
    B.newp(array(CHAR, MAX))


@raises((MemoryError, OverflowError))
def new_largest_struct():
    B.newp(pointer(struct("struct s", ("a", array(CHAR, MAX)))))


@raises(ValueError, "negative array length")
def new_negative():
    B.newp(INTS, -1)


@raises(OverflowError)
def new_more_than_an_index():
    B.newp(INTS, 2**100)


@raises(
    OverflowError,
    "would overflow a Py_ssize_t",
    stock="gives negative offsets",
)
def struct_size_overflow():
    big = array(CHAR, MAX)
    struct("struct s", ("a", big), ("b", big), ("c", big))


@raises(
    OverflowError,
    "would overflow a Py_ssize_t",
    stock="gives a negative size",
)
def struct_alignment_overflow():
    struct("struct s", ("a", array(CHAR, MAX)), ("b", INT))


@raises(
    OverflowError,
    "would overflow a Py_ssize_t",
    stock="gives a negative size",
)
def struct_offset_overflow():
    struct("struct s", ("a", INT, -1, MAX - 1))


@raises(
    OverflowError,
    "would overflow a Py_ssize_t",
    stock="gives negative offsets",
)
def struct_nested_overflow():
    inner = struct("struct i", ("a", array(CHAR, MAX)))
    struct("struct s", ("x", INT), ("", inner))


@raises(
    OverflowError,
    "would overflow a Py_ssize_t",
    stock="gives a negative size",
)
def struct_bit_field_overflow():
    struct("struct s", ("a", array(CHAR, MAX)), ("b", INT, 3))


@returns(MAX)
def struct_of_the_largest_size():
    return B.sizeof(struct("struct s", ("a", array(CHAR, MAX))))


@raises((OverflowError, ValueError))
def array_of_large_structs():
    big = struct("struct s", ("a", array(CHAR, MAX // 2)))
    B.sizeof(array(big, 3))


# --- items without size


@returns(5, stock="iterates over nothing")
def iterate_items_of_no_size():
    return len(list(B.newp(array(struct("struct empty", size=0)), 5)))


@survives(stock=DIES)
def open_array_of_items_of_no_size():
    ct = struct("struct s", ("n", INT), ("items", array(struct("struct e", size=0))))
    return len(B.newp(pointer(ct), [1, 5]).items)


@raises(ZeroDivisionError, "the actual length of the array cannot be computed")
def from_buffer_of_items_of_no_size():
    B.from_buffer(array(struct("struct e", size=0)), b"abc")


@survives(stock=DIES)
def typeoffsetof_items_of_no_size():
    e = struct("struct e", size=0)
    return B.typeoffsetof(array(e, 5), 3)[1], B.typeoffsetof(pointer(e), 2**62)[1]


@survives()
def copy_items_of_no_size():
    e = struct("struct e", size=0)
    a = B.newp(array(e, 3))
    a[0:3] = a[0:3]
    return B.unpack(a, 3), a[0:2], bytes(B.buffer(a)), a == a + 2


@survives()
def pass_items_of_no_size():
    e = struct("struct e", size=0)
    f = B.cast(B.new_function_type((pointer(e),), INT), B._testfunc(23))
    return f([[], []])
