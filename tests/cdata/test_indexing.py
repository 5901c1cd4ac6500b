"""Indexing, slices, attributes and iteration."""

from __future__ import annotations

import _cffi_backend as B
import pytest


def ptr(item):
    return B.new_pointer_type(item)


def arr(item, n=None):
    return B.new_array_type(ptr(item), n)


INT, CHAR, SCHAR = (B.new_primitive_type(n) for n in ("int", "char", "signed char"))
STRUCT = B.new_struct_type("struct s")
B.complete_struct_or_union(STRUCT, [("x", INT), ("y", INT)])
VAR = B.new_struct_type("struct v")
B.complete_struct_or_union(VAR, [("n", INT), ("items", arr(INT))])
OPEN = B.new_struct_type("struct open")


def numbers():
    return B.newp(arr(INT), [10, 11, 12, 13, 14])


REFUSED = [
    (lambda: numbers()[-1], IndexError, "negative index"),
    (lambda: numbers()[5], IndexError, "index too large for cdata 'int[]' (expected 5 < 5)"),
    (lambda: numbers()["x"], TypeError, "cannot be interpreted as an integer"),
    (lambda: numbers()[1.0], TypeError, "cannot be interpreted as an integer"),
    (lambda: B.newp(ptr(INT))[1], IndexError, "cdata 'int *' can only be indexed by 0"),
    (lambda: B.newp(ptr(INT))[-1], IndexError, "cdata 'int *' can only be indexed by 0"),
    (lambda: numbers()[:], IndexError, "slice start must be specified"),
    (lambda: numbers()[1:], IndexError, "slice stop must be specified"),
    (lambda: numbers()[1:3:1], IndexError, "slice with step not supported"),
    (lambda: numbers()[3:1], IndexError, "slice start > stop"),
    (lambda: numbers()[-1:1], IndexError, "negative index"),
    (lambda: numbers()[1:6], IndexError, "index too large (expected 6 <= 5)"),
    (lambda: B.newp(ptr(STRUCT))[0][0], TypeError, "cdata of type 'struct s' cannot be indexed"),
    (lambda: B.newp(ptr(STRUCT)).z, AttributeError, "cdata 'struct s *' has no field 'z'"),
    (lambda: B.newp(ptr(STRUCT))[0].z, AttributeError, "cdata 'struct s' has no field 'z'"),
    (lambda: B.cast(INT, 5).z, AttributeError, "cdata 'int' has no attribute 'z'"),
    (lambda: numbers().z, AttributeError, "cdata 'int[]' has no attribute 'z'"),
    (
        lambda: B.cast(ptr(OPEN), 16).z,
        AttributeError,
        "cdata 'struct open *' points to an opaque type: cannot read fields",
    ),
    (
        lambda: setattr(B.cast(ptr(OPEN), 16), "z", 1),
        AttributeError,
        "cdata 'struct open *' points to an opaque type: cannot write fields",
    ),
    (lambda: setattr(B.newp(ptr(STRUCT)), "z", 1), AttributeError, "cdata 'struct s *' has no field 'z'"),
    (lambda: delattr(B.newp(ptr(STRUCT)), "x"), AttributeError, "cannot delete struct field"),
    (lambda: numbers().__delitem__(0), TypeError, "'del x[n]' not supported for cdata objects"),
    (lambda: numbers().__delitem__(9), IndexError, "index too large"),
    (lambda: B.newp(ptr(ptr(STRUCT))).x, AttributeError, "cdata 'struct s * *' has no attribute 'x'"),
    (lambda: numbers().__setitem__(slice(0, 2), [1]), ValueError, "need 2 values to unpack, got 1"),
    (lambda: numbers().__setitem__(slice(0, 2), [1, 2, 3]), ValueError, "got more than 2 values to unpack"),
    (lambda: numbers().__setitem__(slice(0, 2), 5), TypeError, "'int' object is not iterable"),
    (
        lambda: B.newp(arr(CHAR, 5)).__setitem__(slice(0, 2), b"abc"),
        ValueError,
        "need a string of length 2, got 3",
    ),
]


@pytest.mark.parametrize(("call", "exception", "text"), REFUSED, ids=[r[2] for r in REFUSED])
def test_refused(call, exception, text) -> None:
    with pytest.raises(exception) as caught:
        call()
    assert text in str(caught.value)


def test_slices_share_memory() -> None:
    a = numbers()
    s = a[1:4]
    assert repr(s) == "<cdata 'int[]' sliced length 3>"
    assert (len(s), list(s), B.sizeof(s)) == (3, [11, 12, 13], 12)
    s[0] = 99
    assert a[1] == 99
    assert list((a + 2)[-2:1]) == [10, 99, 12]
    assert list(s[1:3]) == [12, 13]
    assert len(a[5:5]) == 0


def test_slice_stores() -> None:
    a = numbers()
    a[0:3] = (x * 2 for x in (1, 2, 3))
    assert list(a) == [2, 4, 6, 13, 14]
    a[1:5] = a[0:4]
    assert list(a) == [2, 2, 4, 6, 13]
    with pytest.raises(ValueError):
        a[0:3] = [7, 8]
    assert list(a)[:3] == [7, 8, 4]
    c = B.newp(arr(CHAR, 5), b"abcde")
    c[1:3] = b"XY"
    c[3:5] = bytearray(b"Z!")
    assert bytes(B.buffer(c)) == b"aXYZ!"
    c[0:2] = [b"1", b"2"]
    assert bytes(B.buffer(c))[:2] == b"12"
    signed = B.newp(arr(SCHAR, 3))
    signed[0:3] = b"abc"
    assert list(signed) == [97, 98, 99]


def test_iteration_is_over_the_present_values() -> None:
    a = numbers()
    i = iter(a)
    assert type(i).__name__ == "__CData_iterator"
    assert next(i) == 10
    a[1] = 77
    assert list(i) == [77, 12, 13, 14]
    assert next(i, None) is None
    structs = B.newp(arr(STRUCT, 3), [[1, 2], [3, 4], [5, 6]])
    for s in structs:
        s.x += 10
    assert [s.x for s in structs] == [11, 13, 15]


def test_open_array_at_the_end_of_a_struct() -> None:
    p = B.newp(ptr(VAR), [1, [7, 8, 9]])
    assert (B.sizeof(VAR), B.sizeof(p[0]), len(p.items), list(p.items)) == (4, 16, 3, [7, 8, 9])
    assert repr(p) == "<cdata 'struct v *' owning 16 bytes>"
    assert len(B.buffer(p)) == 16
    assert len(p[0].items) == 3
    q = B.newp(ptr(VAR), {"items": 5})
    assert list(q.items) == [0] * 5
    bare = B.cast(ptr(VAR), p)
    assert repr(bare.items).startswith("<cdata 'int *' 0x")
    assert bare.items[2] == 9
    assert len(B.newp(ptr(VAR)).items) == 0
    with pytest.raises(TypeError):
        p.items = 5


def test_dir() -> None:
    assert [n for n in dir(B.newp(ptr(STRUCT))) if not n.startswith("_")] == ["x", "y"]
    assert dir(B.cast(INT, 5)) == []
    assert dir(B.cast(ptr(OPEN), 16)) == []


def test_a_field_hides_a_method() -> None:
    ct = B.new_struct_type("struct t")
    B.complete_struct_or_union(ct, [("__enter__", INT), ("__class__", INT)])
    p = B.newp(ptr(ct), [3, 4])
    assert (p.__enter__, p.__class__) == (3, 4)


def test_pointers_have_no_bounds() -> None:
    a = numbers()
    p = a + 2
    assert (p[-2], p[0], p[2]) == (10, 12, 14)
    p[-1] = 5
    assert a[1] == 5
