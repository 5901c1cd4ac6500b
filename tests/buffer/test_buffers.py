"""buffer() over C memory, from_buffer() over Python's, memmove between both."""

from __future__ import annotations

import array
import gc
import weakref

import _cffi_backend as B
import pytest


def ptr(item):
    return B.new_pointer_type(item)


def arr(item, n=None):
    return B.new_array_type(ptr(item), n)


INT, CHAR, SHORT = (B.new_primitive_type(n) for n in ("int", "char", "short"))
CHARS = arr(CHAR)
STRUCT = B.new_struct_type("struct s")
B.complete_struct_or_union(STRUCT, [("x", INT), ("y", INT)])
VOID_P = ptr(B.new_void_type())


def text():
    return B.buffer(B.newp(arr(CHAR, 8), b"abcdefgh"))


READS = [
    (lambda b: len(b), 8),
    (lambda b: b[0], b"a"),
    (lambda b: b[-1], b"h"),
    (lambda b: b[2:5], b"cde"),
    (lambda b: b[:], b"abcdefgh"),
    (lambda b: b[5:2], b""),
    (lambda b: b[-3:100], b"fgh"),
    (lambda b: bytes(b), b"abcdefgh"),
    (lambda b: list(b)[:2], [b"a", b"b"]),
    (lambda b: b"c" in b, True),
    (lambda b: b"z" in b, False),
    (lambda b: b == b"abcdefgh", True),
    (lambda b: b != b"abcdefgh", False),
    (lambda b: b < b"abd", True),
    (lambda b: b >= bytearray(b"abc"), True),
    (lambda b: b == "abcdefgh", False),
    (lambda b: b == 5, False),
    (lambda b: b == memoryview(b"abcdefgh"), True),
    (lambda b: memoryview(b).format, "B"),
    (lambda b: memoryview(b).readonly, False),
    (lambda b: (memoryview(b).ndim, memoryview(b).itemsize), (1, 1)),
    (lambda b: repr(b).startswith("<_cffi_backend.buffer object at 0x"), True),
    (lambda b: type(b) is B.buffer, True),
]


@pytest.mark.parametrize(("read", "expected"), READS)
def test_read(read, expected) -> None:
    assert read(text()) == expected


def store(index, value):
    def run():
        text()[index] = value

    return run


REFUSED = [
    (lambda: text()[8], IndexError, "buffer index out of range"),
    (lambda: text()[-9], IndexError, "buffer index out of range"),
    (lambda: text()[0:4:2], TypeError, "buffer doesn't support slicing with step != 1"),
    (lambda: text()["x"], TypeError, "buffer indices must be integers, not str"),
    (store(8, b"x"), IndexError, "buffer assignment index out of range"),
    (store(0, b"xy"), TypeError, "must assign a bytes of length 1, not bytes"),
    (store(0, 5), TypeError, "must assign a bytes of length 1, not int"),
    (store(slice(0, 2), b"xyz"), ValueError, "right operand length must match slice length"),
    (store(slice(0, 2), "xy"), TypeError, "a bytes-like object is required, not 'str'"),
    (lambda: hash(text()), TypeError, "unhashable type: '_cffi_backend.buffer'"),
    (lambda: text() < "x", TypeError, "not supported between"),
    (lambda: B.buffer(B.cast(INT, 5)), TypeError, "expected a pointer or array cdata, got 'int'"),
    (
        lambda: B.buffer(B.newp(ptr(STRUCT))[0]),
        TypeError,
        "expected a pointer or array cdata, got 'struct s'",
    ),
    (lambda: B.buffer(B.cast(VOID_P, 8)), TypeError, "don't know the size pointed to by 'void *'"),
    (lambda: B.buffer(5), TypeError, ""),
    (lambda: B.buffer(), TypeError, ""),
    (lambda: B.from_buffer(INT, b""), TypeError, "expected a pointer or array ctype, got 'int'"),
    (
        lambda: B.from_buffer(CHARS, "x"),
        TypeError,
        "from_buffer() cannot return the address of a unicode object",
    ),
    (lambda: B.from_buffer(CHARS, 5), TypeError, "a bytes-like object is required, not 'int'"),
    (
        lambda: B.from_buffer(arr(INT, 2), b"1234567"),
        ValueError,
        "buffer is too small (7 bytes) for 'int[2]' (8",
    ),
    (lambda: B.from_buffer(CHARS, b"x", True), BufferError, "Object is not writable."),
    (lambda: B.memmove(b"abc", b"x", 1), BufferError, "Object is not writable."),
    (lambda: B.memmove("abc", b"x", 1), TypeError, "a bytes-like object is required, not 'str'"),
]


@pytest.mark.parametrize(("call", "exception", "message"), REFUSED, ids=[str(i) for i in range(len(REFUSED))])
def test_refused(call, exception, message) -> None:
    with pytest.raises(exception) as caught:
        call()
    assert message in str(caught.value)


def test_writes_reach_the_memory() -> None:
    c = B.newp(arr(CHAR, 8), b"abcdefgh")
    b = B.buffer(c)
    b[0] = b"X"
    b[2:4] = bytearray(b"YZ")
    memoryview(b)[7] = 33
    assert B.string(c) == b"XbYZefg!"


SIZES = [
    (lambda: B.buffer(B.newp(ptr(INT))), 4),
    (lambda: B.buffer(B.newp(arr(INT, 3))), 12),
    (lambda: B.buffer(B.newp(arr(INT), 5)), 20),
    (lambda: B.buffer(B.newp(arr(INT), 5)[1:3]), 8),
    (lambda: B.buffer(B.newp(ptr(STRUCT))), 8),
    (lambda: B.buffer(B.newp(arr(INT), 5), 7), 7),
    (lambda: B.buffer(B.newp(arr(INT), 5), 0), 0),
    (lambda: B.buffer(B.newp(arr(INT), 5), -7), 20),
    (lambda: B.buffer(cdata=B.newp(arr(INT), 5), size=3), 3),
]


@pytest.mark.parametrize(("make", "size"), SIZES)
def test_size(make, size) -> None:
    assert len(make()) == size


@pytest.mark.skipif(B.__version__ == "1.15.0", reason="the warning came with 1.15.1")
def test_more_than_it_owns_is_warned_of() -> None:
    with pytest.warns(UserWarning, match="creating a buffer of 5 bytes over a cdata that owns only 4 bytes"):
        B.buffer(B.newp(ptr(INT)), 5)


def test_a_buffer_keeps_its_memory() -> None:
    p = B.newp(ptr(INT), 5)
    ref = weakref.ref(p)
    b = B.buffer(p)
    m = memoryview(b)
    del p, b
    gc.collect()
    assert ref() is not None
    del m
    gc.collect()
    assert ref() is None


def test_from_buffer_shares_memory() -> None:
    data = bytearray(b"abcd")
    c = B.from_buffer(CHARS, data)
    assert (len(c), B.sizeof(c)) == (4, 4)
    c[0] = b"X"
    data[1] = ord("Y")
    assert (bytes(data), B.string(c)) == (b"XYcd", b"XYcd")
    with pytest.raises(BufferError):
        data.append(1)
    B.release(c)
    data.append(1)
    assert repr(c) == "<cdata 'char[]' buffer RELEASED>"


LENGTHS = [(CHARS, 10, 10), (arr(SHORT), 11, 5), (arr(INT), 3, 0), (arr(INT), 0, 0), (arr(STRUCT), 17, 2)]


@pytest.mark.parametrize(("ct", "size", "length"), LENGTHS)
def test_from_buffer_length(ct, size, length) -> None:
    assert len(B.from_buffer(ct, bytearray(size))) == length


EXPORTERS = [
    b"abcd",
    bytearray(b"abcd"),
    memoryview(b"abcd"),
    array.array("i", [1, 2]),
    B.buffer(B.newp(arr(INT, 2))),
]


@pytest.mark.parametrize("exporter", EXPORTERS, ids=[type(e).__name__ for e in EXPORTERS])
def test_from_buffer_of(exporter) -> None:
    c = B.from_buffer(CHARS, exporter)
    assert bytes(B.buffer(c)) == bytes(memoryview(exporter).cast("B"))
    assert f"from '{type(exporter).__module__ + '.' if type(exporter) is B.buffer else ''}" in repr(c)


def test_from_buffer_of_gaps() -> None:
    with pytest.raises((BufferError, TypeError)):
        B.from_buffer(CHARS, memoryview(b"abcdef")[::2])


def test_from_buffer_keeps_its_exporter() -> None:
    class Data(bytearray):
        pass

    data = Data(b"abc")
    ref = weakref.ref(data)
    c = B.from_buffer(CHARS, data)
    del data
    gc.collect()
    assert ref() is not None
    del c
    gc.collect()
    assert ref() is None


MOVES = [
    (lambda d: (d, b"XYZ", 2), b"XYcdef"),
    (lambda d: (d, bytearray(b"XYZ"), 3), b"XYZdef"),
    (lambda d: (d, memoryview(b"wXYZ")[1:], 3), b"XYZdef"),
    (lambda d: (d, B.newp(CHARS, b"XYZ"), 2), b"XYcdef"),
    (lambda d: (d, b"", 0), b"abcdef"),
    (lambda d: (memoryview(d)[2:], d, 4), b"ababcd"),
    (lambda d: (B.from_buffer(CHARS, d) + 1, B.from_buffer(CHARS, d), 5), b"aabcde"),
]


@pytest.mark.parametrize(("arguments", "expected"), MOVES)
def test_memmove(arguments, expected) -> None:
    data = bytearray(b"abcdef")
    B.memmove(*arguments(data))
    gc.collect()
    assert data == expected


def test_new_takes_the_arguments_that_the_class_takes():
    data = B.newp(arr(CHAR, 8), b"abcdefgh")
    new = B.buffer.__new__
    assert bytes(new(B.buffer, data)) == bytes(B.buffer(data))
    assert bytes(new(B.buffer, data, 3)) == bytes(new(B.buffer, data, size=3)) == b"abc"
    assert bytes(new(B.buffer, size=2, cdata=data)) == b"ab"
    for args, keywords in [((), {}), ((data, 1, 2), {}), ((data,), {"other": 1}), ((data, 1), {"size": 1})]:
        with pytest.raises(TypeError) as by_new:
            new(B.buffer, *args, **keywords)
        with pytest.raises(TypeError) as by_call:
            B.buffer(*args, **keywords)
        assert str(by_new.value) == str(by_call.value)
