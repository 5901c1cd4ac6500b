"""Reprs, who keeps what alive, release, handles and destructors."""

from __future__ import annotations

import gc
import struct
import weakref
from typing import Any

import _cffi_backend as B
import pytest

from tests.memory import heap


def ptr(item):
    return B.new_pointer_type(item)


def arr(item, n=None):
    return B.new_array_type(ptr(item), n)


INT, CHAR = B.new_primitive_type("int"), B.new_primitive_type("char")
VOID_P = ptr(B.new_void_type())
STRUCT = B.new_struct_type("struct s")
B.complete_struct_or_union(STRUCT, [("x", INT), ("y", INT)])
ENUM = B.new_enum_type("enum e", ("A",), (1,), INT)
FN = B.new_function_type((INT,), INT)

REPRS = [
    (lambda: B.newp(ptr(INT)), "<cdata 'int *' owning 4 bytes>"),
    (lambda: B.newp(ptr(CHAR)), "<cdata 'char *' owning 1 bytes>"),
    (lambda: B.newp(arr(INT), 3), "<cdata 'int[]' owning 12 bytes>"),
    (lambda: B.newp(arr(INT, 3)), "<cdata 'int[3]' owning 12 bytes>"),
    (lambda: B.newp(ptr(STRUCT)), "<cdata 'struct s *' owning 8 bytes>"),
    (lambda: B.newp(ptr(STRUCT))[0], "<cdata 'struct s' owning 8 bytes>"),
    (lambda: B.cast(INT, -5), "<cdata 'int' -5>"),
    (lambda: B.cast(CHAR, b"\n"), "<cdata 'char' b'\\n'>"),
    (lambda: B.cast(B.new_primitive_type("_Bool"), 5), "<cdata '_Bool' True>"),
    (lambda: B.cast(B.new_primitive_type("double"), 0.1), "<cdata 'double' 0.1>"),
    (lambda: B.cast(B.new_primitive_type("char32_t"), "é"), "<cdata 'char32_t' 'é'>"),
    (lambda: B.cast(B.new_primitive_type("long double"), 0.1), "<cdata 'long double' 1.000000E-01>"),
    (lambda: B.cast(ENUM, 1), "<cdata 'enum e' 1: A>"),
    (lambda: B.cast(ENUM, 2), "<cdata 'enum e' 2>"),
    (lambda: B.cast(VOID_P, 0), "<cdata 'void *' NULL>"),
    (lambda: B.cast(VOID_P, 0xABC), "<cdata 'void *' 0xabc>"),
    (lambda: B.cast(FN, 0xABC), "<cdata 'int(*)(int)' 0xabc>"),
    (lambda: B.cast(ptr(STRUCT), 16)[2], "<cdata 'struct s &' 0x20>"),
    (lambda: B.cast(arr(INT, 3), 16), "<cdata 'int[3]' 0x10>"),
    (lambda: B.newp(arr(INT), 3)[1:2], "<cdata 'int[]' sliced length 1>"),
    (lambda: B.newp_handle(VOID_P, "x"), "<cdata 'void *' handle to 'x'>"),
    (lambda: B.callback(FN, abs), "<cdata 'int(*)(int)' calling <built-in function abs>>"),
    (lambda: B.from_buffer(arr(CHAR), bytearray(3)), "<cdata 'char[]' buffer len 3 from 'bytearray' object>"),
    (lambda: B.from_buffer(ptr(INT), b"abcd"), "<cdata 'int *' buffer from 'bytes' object>"),
    (lambda: B.gcp(B.cast(VOID_P, 16), id), "<cdata 'void *' 0x10>"),
]


@pytest.mark.parametrize(("make", "text"), REPRS, ids=[r[1] for r in REPRS])
def test_repr(make, text) -> None:
    thing = make()
    assert repr(thing) == text
    assert str(thing) == text


KINDS = [
    (lambda: B.cast(INT, 1), "_CDataBase"),
    (lambda: B.newp(ptr(INT)), "__CDataOwn"),
    (lambda: B.newp(ptr(STRUCT))[0], "__CDataOwn"),
    (lambda: B.newp_handle(VOID_P, 1), "__CDataOwnGC"),
    (lambda: B.callback(FN, abs), "__CDataOwnGC"),
    (lambda: B.from_buffer(arr(CHAR), b""), "__CDataFromBuf"),
    (lambda: B.gcp(B.cast(VOID_P, 1), id), "__CDataGCP"),
]


@pytest.mark.parametrize(("make", "name"), KINDS)
def test_kind(make, name) -> None:
    thing = make()
    assert type(thing) is getattr(B, name)
    assert isinstance(thing, B._CDataBase)
    assert thing.__name__ == "<cdata>"
    assert thing.__module__ == "_cffi_backend"
    ref = weakref.ref(thing)
    assert ref() is thing
    del thing
    gc.collect()
    assert ref() is None
    assert gc.is_tracked(make()) == (name in ("__CDataOwnGC", "__CDataFromBuf", "__CDataGCP"))


@pytest.mark.skipif(struct.calcsize("P") != 8, reason="the size is that of 64-bit systems")
def test_a_handle_has_the_size_that_it_has_on_the_stock_backend() -> None:
    handle = B.newp_handle(VOID_P, 1)
    assert type(handle).__basicsize__ == object.__basicsize__ + 4 * struct.calcsize("P")


def test_a_struct_keeps_its_memory_without_its_pointer() -> None:
    p = B.newp(ptr(STRUCT), [1, 2])
    s = p[0]
    ref = weakref.ref(p)
    del p
    assert ref() is None
    assert (s.x, s.y) == (1, 2)


def test_new_char_has_room_for_a_nul() -> None:
    p = B.newp(ptr(CHAR), b"x")
    assert B.string(p) == b"x"


def test_memory_is_zeroed_and_aligned() -> None:
    for _ in range(50):
        p = B.newp(arr(CHAR), 100)
        assert bytes(B.buffer(p)) == b"\0" * 100
        assert int(B.cast(B.new_primitive_type("uintptr_t"), p)) % 16 == 0
        p[0:100] = b"x" * 100


def test_release() -> None:
    for make in (lambda: B.newp(ptr(INT), 5), lambda: B.newp(arr(INT), [5]), lambda: B.newp(ptr(STRUCT))):
        thing = make()
        with thing as inner:
            assert inner is thing
        assert B.release(thing) is None
        B.release(thing)
    text = (
        "only 'cdata' object from ffi.new(), ffi.gc(), ffi.from_buffer() or ffi.new_allocator()() can be used"
    )
    for other in (B.newp(ptr(STRUCT))[0], B.cast(INT, 1), B.newp_handle(VOID_P, 1), B.callback(FN, abs)):
        with pytest.raises(ValueError) as caught:
            B.release(other)
        assert text in str(caught.value)
        with pytest.raises(ValueError), other:
            pass
    with pytest.raises(TypeError, match="expected a 'cdata' object"):
        B.release(INT)


def test_with_ends_on_an_exception() -> None:
    seen = []
    g = B.gcp(B.newp(ptr(INT), 42), lambda x: seen.append(x[0]))
    with pytest.raises(KeyError), g:
        raise KeyError
    assert seen == [42]


def test_gc() -> None:
    seen: list[object] = []
    p = B.newp(ptr(INT), 42)
    g = B.gcp(p, seen.append)
    assert (g == p, g[0], B.typeof(g), g is p) == (True, 42, B.typeof(p), False)
    del g
    gc.collect()
    assert seen == [p]
    assert seen[0] is p
    g = B.gcp(p, destructor=seen.append, size=100)
    B.release(g)
    B.release(g)
    del g
    assert len(seen) == 2
    g = B.gcp(p, seen.append)
    assert B.gcp(g, None) is None
    del g
    gc.collect()
    assert len(seen) == 2
    with pytest.raises(TypeError, match="Can remove destructor only on a object previously returned by"):
        B.gcp(p, None)


@pytest.mark.parametrize(
    ("name", "value"), [("int", -3), ("double", 2.5), ("long double", 1.5), ("_Bool", 1)]
)
def test_gc_of_a_number_has_its_value(name: str, value: float) -> None:
    number = B.cast(B.new_primitive_type(name), value)
    seen: list[Any] = []
    g = B.gcp(number, seen.append)
    assert repr(g) == repr(number)
    assert str(value) in repr(g).replace("True", "1")
    B.release(g)
    assert seen == [number]
    assert seen[0] is number


def test_gc_failure_is_reported(monkeypatch) -> None:
    reports: list[Any] = []
    monkeypatch.setattr("sys.unraisablehook", reports.append)
    g = B.gcp(B.cast(VOID_P, 0x10), lambda x: 1 // 0)
    del g
    gc.collect()
    (report,) = reports
    assert report.exc_type is ZeroDivisionError
    assert "from callback for ffi.gc <cdata 'void *' 0x10>" in (report.err_msg or "")
    # The collector does not see what it refers to, among it this frame.
    reports.clear()
    del report


def test_handles() -> None:
    class Thing:
        pass

    thing = Thing()
    h = B.newp_handle(VOID_P, thing)
    assert B.from_handle(h) is thing
    assert B.from_handle(B.cast(VOID_P, h)) is thing
    assert B.from_handle(B.cast(ptr(CHAR), h)) is thing
    assert h != B.newp_handle(VOID_P, thing)
    ref = weakref.ref(thing)
    del thing
    assert ref() is not None
    del h
    gc.collect()
    assert ref() is None


HANDLES_REFUSED = [
    (lambda: B.newp_handle(ptr(INT), 1), TypeError, "needs 'void *', got 'int *'"),
    (lambda: B.newp_handle(INT, 1), TypeError, "needs 'void *', got 'int'"),
    (lambda: B.from_handle(5), TypeError, "expected a 'cdata' object"),
    (lambda: B.from_handle(B.newp(ptr(INT))), TypeError, "with a 'void *' out of new_handle(), got 'int *'"),
    (lambda: B.from_handle(B.cast(VOID_P, 0)), RuntimeError, "cannot use from_handle() on NULL pointer"),
]


@pytest.mark.parametrize(("call", "exception", "text"), HANDLES_REFUSED)
def test_handle_refused(call, exception, text) -> None:
    with pytest.raises(exception) as caught:
        call()
    assert text in str(caught.value)


def test_memory_of_an_open_array_is_freed() -> None:
    """The type of such a struct is small, and its block is as large as its array makes it."""
    tail = B.new_struct_type("struct tail")
    B.complete_struct_or_union(tail, [("n", INT), ("text", arr(CHAR))])
    text = b"x" * 2_000_000
    before = heap()
    for _ in range(3):
        kept = [B.newp(ptr(tail), [1, text]) for _ in range(20)]
        del kept
    gc.collect()
    assert heap() - before < len(text)
