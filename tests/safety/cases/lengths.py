"""Lengths that are known are kept to."""

from __future__ import annotations

import mmap
import tempfile

from harness import DIES, WRONG, raises, returns, survives
from prelude import (
    CHAR,
    CHAR32,
    CHAR32S,
    CHARS,
    INT,
    INT2,
    INT_P,
    INTS,
    LLONG,
    MAX,
    SCHAR,
    B,
    array,
    point,
    pointer,
    struct,
    var_sized,
)

# --- memmove


@raises(
    ValueError,
    "memmove() of 50 bytes to a destination of 3 bytes",
    stock=DIES,
)
def memmove_beyond_a_bytearray():
    target = bytearray(3)
    B.memmove(target, b"a" * 100, 50)


@raises(ValueError, "memmove() of 50 bytes from a source of 3 bytes", stock=WRONG)
def memmove_beyond_a_bytes():
    B.memmove(bytearray(100), b"abc", 50)


@raises(ValueError, "memmove() of 100000 bytes to a destination of 12 bytes", stock=DIES)
def memmove_beyond_an_array():
    B.memmove(B.newp(INTS, 3), b"a" * 100000, 100000)


@raises(ValueError, "memmove() of 5 bytes to a destination of 4 bytes", stock=WRONG)
def memmove_beyond_a_new_pointer():
    B.memmove(B.newp(INT_P), b"abcde", 5)


@raises(ValueError, "memmove() of 9 bytes from a source of 8 bytes", stock=WRONG)
def memmove_beyond_a_struct():
    B.memmove(bytearray(9), B.newp(pointer(point())), 9)


@raises(ValueError, "memmove() of 9 bytes from a source of 8 bytes", stock=WRONG)
def memmove_beyond_a_slice():
    B.memmove(bytearray(9), B.newp(INTS, 10)[2:4], 9)


@raises(ValueError, "memmove() of 4 bytes to a destination of 3 bytes", stock=WRONG)
def memmove_beyond_from_buffer():
    B.memmove(B.from_buffer(CHARS, bytearray(3)), b"abcd", 4)


@raises(ValueError, "memmove() of 9 bytes to a destination of 8 bytes", stock=DIES)
def memmove_beyond_a_buffer():
    B.memmove(B.buffer(B.newp(INT2)), b"abcdefghi", 9)


@returns(b"abcdefghijkl")
def memmove_of_a_var_sized_struct():
    p = B.newp(pointer(var_sized()), [0, 2])
    B.memmove(p, b"abcdefghijkl", 12)
    return bytes(B.buffer(p))


@raises(ValueError, "memmove() of 13 bytes to a destination of 12 bytes", stock=WRONG)
def memmove_beyond_a_var_sized_struct():
    p = B.newp(pointer(var_sized()), [0, 2])
    B.memmove(p, b"abcdefghijklm", 13)


@raises(ValueError, "negative size")
def memmove_negative():
    B.memmove(bytearray(3), b"abc", -1)


@raises((ValueError, OverflowError), stock=DIES)
def memmove_huge():
    B.memmove(bytearray(3), b"abc", MAX)


@raises(OverflowError)
def memmove_more_than_a_size():
    B.memmove(bytearray(3), b"abc", MAX + 1)


@returns(b"ab")
def memmove_through_a_plain_pointer():
    a = B.newp(CHARS, 10)
    B.memmove(a + 3, b"ab", 2)
    return B.unpack(a + 3, 2)


@raises((TypeError, BufferError))
def memmove_to_read_only():
    B.memmove(b"abc", b"xyz", 3)


# --- string and unpack


@returns(b"abcd")
def string_beyond_an_array():
    return B.string(B.newp(array(CHAR, 4), b"abcd"), 1000)


@returns(1)
def string_beyond_a_new_pointer():
    return len(B.string(B.newp(pointer(SCHAR), 65), 1000))


@returns("abcd")
def string_beyond_a_wide_array():
    return B.string(B.newp(array(CHAR32, 4), "abcd"), 1000)


@raises(ValueError, "unpack() of 1000 items from 'int[2]' with 2 items", stock=WRONG)
def unpack_beyond_an_array():
    B.unpack(B.newp(INT2), 1000)


@raises(ValueError, "unpack() of 100 items from 'char[]' with 3 items", stock=WRONG)
def unpack_beyond_a_char_array():
    B.unpack(B.newp(CHARS, 3), 100)


@raises(ValueError, "unpack() of 2 items from 'int *' with 1 items", stock=WRONG)
def unpack_beyond_a_new_pointer():
    B.unpack(B.newp(INT_P), 2)


@raises(ValueError, "unpack() of 4 items from 'int[]' with 3 items", stock=WRONG)
def unpack_beyond_a_slice():
    B.unpack(B.newp(INTS, 10)[0:3], 4)


@raises((MemoryError, ValueError, OverflowError))
def unpack_huge():
    B.unpack(B.newp(INTS, 10) + 1, 2**62)


@raises((MemoryError, ValueError, OverflowError))
def unpack_huge_bytes():
    B.unpack(B.newp(CHARS, 10) + 1, MAX)


@raises((MemoryError, ValueError, OverflowError))
def unpack_huge_wide():
    B.unpack(B.newp(CHAR32S, 10) + 1, MAX)


@raises(ValueError, "'length' cannot be negative")
def unpack_negative():
    B.unpack(B.newp(INT2), -1)


@raises((ValueError, SystemError))
def string_beyond_unicode():
    return ascii(B.string(_wide(0x110000)))


@raises((ValueError, SystemError))
def unpack_beyond_unicode():
    return ascii(B.unpack(_wide(0x7FFFFFFF), 1))


@raises((ValueError, SystemError), stock="makes an invalid str")
def wide_text_beyond_unicode():
    wide = array(B.new_primitive_type("wchar_t"))
    if B.sizeof(wide.item) < 4:
        raise ValueError("this platform's wchar_t cannot hold such a value")
    a = B.newp(wide, "abcdef")
    B.buffer(a)[8:12] = b"\x78\x78\x78\x78"
    return ascii(B.string(a)) + ascii(B.unpack(a, 5))


@raises((ValueError, SystemError))
def item_beyond_unicode():
    return ascii(_wide(0x110000)[0])


@raises((ValueError, SystemError))
def field_beyond_unicode():
    s = struct("struct s", ("c", CHAR32))
    p = B.newp(pointer(s))
    B.memmove(p, b"\xff\xff\xff\xff", 4)
    return ascii(p.c)


def _wide(value):
    a = B.newp(CHAR32S, 2)
    B.cast(INT_P, a)[0] = value
    return a


@returns(["\ud800", "a\udfff", "\udc80"])
def lone_surrogates_are_kept():
    one = B.newp(CHAR32S, "\ud800")
    return [B.string(one), B.unpack(B.newp(CHAR32S, "a\udfff"), 2), _wide(0xDC80)[0]]


# --- stores into open arrays


@raises(IndexError, "too many initializers for 'int[]' (got 100000)", stock=DIES)
def open_array_field_list():
    p = B.newp(pointer(var_sized()), [0, 2])
    p.items = [1] * 100000


@raises(IndexError, "initializer bytes is too long for 'char[]' (got 100000", stock=DIES)
def open_array_field_bytes():
    p = B.newp(pointer(var_sized(CHAR)), [0, 20])
    p.items = b"x" * 100000


@raises(IndexError, "initializer unicode is too long for 'char32_t[]' (got 100000", stock=DIES)
def open_array_field_str():
    p = B.newp(pointer(var_sized(CHAR32)), [0, 2])
    p.items = "x" * 100000


@raises(IndexError, "too many initializers for 'int[]' (got 100000)", stock=DIES)
def open_array_field_of_the_struct_itself():
    s = B.newp(pointer(var_sized()), [0, 2])[0]
    s.items = [1] * 100000


@raises(IndexError, "too many initializers for 'int[]' (got 100000)", stock=DIES)
def open_array_in_a_whole_struct():
    p = B.newp(pointer(var_sized()), [0, 2])
    p[0] = {"items": [1] * 100000}


@raises(IndexError, "too many initializers for 'int[]' (got 100000)", stock=DIES)
def open_array_without_memory():
    p = B.newp(pointer(var_sized()))
    p.items = [1] * 100000


@returns([7, 8])
def open_array_that_fits():
    p = B.newp(pointer(var_sized()), [0, 2])
    p.items = [7, 8]
    return list(p.items)


@returns([0, 0, 5])
def open_array_partly_written():
    p = B.newp(pointer(var_sized()), [0, [1, 2, 5]])
    p.items = [0, 0]
    return list(p.items)


@raises(IndexError, "too many initializers for 'int[0]' (got 1)")
def array_of_no_items():
    s = struct("struct s", ("n", INT), ("items", array(INT, 0)))
    B.newp(pointer(s)).items = [1]


@raises((OverflowError, MemoryError, TypeError))
def open_array_length_huge():
    B.newp(pointer(var_sized()), [0, MAX])


@raises((OverflowError, MemoryError))
def open_array_length_that_wraps_to_zero():
    B.newp(pointer(var_sized(LLONG)), [0, 2**61])


@raises((OverflowError, ValueError, TypeError))
def open_array_length_negative():
    B.newp(pointer(var_sized()), [0, -1])


@raises((OverflowError, MemoryError, TypeError))
def open_array_dict_length_huge():
    B.newp(pointer(var_sized()), {"items": MAX // 4})


@survives()
def open_array_from_a_struct_of_the_same_type():
    ct = var_sized()
    p = B.newp(pointer(ct), [3, [1, 2, 3]])
    return B.newp(pointer(ct), p[0]).n


# --- buffers


@raises(ValueError, "buffer is too small (3 bytes) for 'int[2]' (8 bytes)")
def from_buffer_too_small():
    B.from_buffer(INT2, b"abc")


@raises(TypeError, "cannot modify read-only memory", stock="changes a bytes object")
def write_to_bytes():
    B.from_buffer(CHARS, b"constant")[0] = b"X"


@raises(TypeError, "cannot modify read-only memory", stock=DIES)
def write_to_a_read_only_map():
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * 4096)
        file.flush()
        with mmap.mmap(file.fileno(), 4096, access=mmap.ACCESS_READ) as region:
            fb = B.from_buffer(CHARS, region)
            try:
                fb[0] = b"X"
            finally:
                B.release(fb)


@raises((BufferError, TypeError, ValueError))
def from_buffer_require_writable():
    B.from_buffer(CHARS, b"constant", 1)


@raises((BufferError, TypeError, ValueError))
def from_buffer_with_gaps():
    B.from_buffer(CHARS, memoryview(b"abcdef")[::2])


@raises(TypeError, "from_buffer() cannot return the address of a unicode object")
def from_buffer_of_a_str():
    B.from_buffer(CHARS, "abc")


@raises(IndexError, "buffer index out of range")
def buffer_index():
    return B.buffer(B.newp(INT2))[8]


@raises(IndexError, "buffer index out of range")
def buffer_index_far_negative():
    return B.buffer(B.newp(INT2))[-9]


@raises((IndexError, OverflowError))
def buffer_index_huge():
    return B.buffer(B.newp(INT2))[2**100]


@raises(ValueError, "right operand length must match slice length")
def buffer_slice_of_other_length():
    B.buffer(B.newp(INT2))[2:4] = b"abc"


@returns((b"", b"\0" * 8))
def buffer_slice_clipped():
    b = B.buffer(B.newp(INT2))
    return b[100:200], b[-100:100]


@raises((OverflowError, MemoryError, ValueError))
def buffer_size_huge():
    return bytes(B.buffer(B.newp(INT2), 2**62))


@raises(OverflowError)
def buffer_size_more_than_a_size():
    B.buffer(B.newp(INT2), 2**64)


@raises(ValueError, "need a string of length 2, got 3")
def char_slice_of_other_length():
    B.newp(CHARS, 5)[0:2] = b"abc"


@raises(ValueError, "got more than 2 values to unpack")
def slice_from_an_endless_iterator():
    import itertools

    B.newp(INTS, 5)[0:2] = itertools.count()


@raises(ValueError, "need 3 values to unpack, got 2")
def slice_from_a_shorter_cdata():
    B.newp(INTS, 5)[0:3] = B.newp(INT2)


@raises(ValueError, "alloc() must return at least 12 bytes, got 4", stock=WRONG)
def memory_of_an_allocator_that_is_too_short():
    new = B.FFI().new_allocator(lambda size: B.newp(CHARS, 4))
    new("int[3]", [1, 2, 3])
