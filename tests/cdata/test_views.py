"""Tests of views of memory that a cdata owns: the references that keep it alive, and the effects on `release()`."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import weakref
from collections.abc import Callable
from typing import Any

import _cffi_backend as B
import cffi
import pytest

from tests.modules.building import compiled

IS_STOCK = not hasattr(B, "__path__")
pytestmark = pytest.mark.skipif(IS_STOCK, reason="stock's views keep nothing")

CDEF = """
    struct inner { int x, y; };
    union either { int n; struct inner pair; };
    struct outer {
        int tag;
        struct inner inner;
        union either either;
        int list[4];
        struct inner pairs[3];
        int grid[2][3];
        struct inner *pointer;
    };
    struct open { int n; struct inner tail[]; };
"""

ffi = cffi.FFI()
ffi.cdef(CDEF)


def whole() -> Any:
    return ffi.new("struct outer *", {"tag": 1, "list": [1, 2, 3, 4], "pairs": [[1, 2], [3, 4], [5, 6]]})


#: Functions that make a view of an owning `struct outer *`.
OF_OUTER: dict[str, Callable[[Any], Any]] = {
    "inner": lambda p: p.inner,
    "union": lambda p: p.either,
    "struct in a union": lambda p: p.either.pair,
    "list": lambda p: p.list,
    "array of structs": lambda p: p.pairs,
    "item": lambda p: p.pairs[1],
    "array of arrays": lambda p: p.grid[1],
    "slice": lambda p: p.list[1:3],
    "slice of structs": lambda p: p.pairs[0:2],
    "slice of a slice": lambda p: p.list[0:4][1:3],
    "item of a slice": lambda p: p.pairs[0:2][1],
    "item of a slice of a slice": lambda p: p.pairs[0:3][1:3][0],
    "iterated": lambda p: list(p.pairs)[2],
    "iterated over a slice": lambda p: next(iter(p.pairs[1:3])),
    "unpacked": lambda p: ffi.unpack(p.pairs, 3)[1],
    "slice of the pointer": lambda p: p[0:1],
    "item of a slice of the pointer": lambda p: p[0:1][0],
    "field of an item of a slice of the pointer": lambda p: p[0:1][0].inner,
    "field of the struct": lambda p: p[0].inner,
    "nested in all ways": lambda p: p[0:1][0].grid[0:2][1][1:3],
}

#: Functions that make the owner. Both halves of the implementation have kinds that the garbage collector tracks.
MAKERS: dict[str, Callable[[], Any]] = {
    "new": whole,
    "allocator": lambda: ffi.new_allocator(lambda n: ffi.new("char[]", n), lambda p: None)("struct outer *"),
    "allocator without functions": lambda: ffi.new_allocator()("struct outer *"),
    "gc": lambda: ffi.gc(whole(), lambda p: None),
    "gc of gc": lambda: ffi.gc(ffi.gc(whole(), lambda p: None), lambda p: None),
    "from_buffer": lambda: ffi.from_buffer("struct outer *", bytearray(ffi.sizeof("struct outer"))),
}


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("way", OF_OUTER)
def test_a_view_keeps_what_it_is_a_view_of(way: str, maker: str) -> None:
    owner = MAKERS[maker]()
    view = OF_OUTER[way](owner)
    # For these views, `p[0]` is the struct itself, a separate object that the pointer refers to.
    kept = (
        owner if maker in ("gc", "gc of gc", "from_buffer") or not way.endswith("of the struct") else owner[0]
    )
    gone = weakref.ref(kept)
    del owner, kept
    gc.collect()
    assert gone() is not None
    del view
    gc.collect()
    assert gone() is None


_FOREIGN: Any = whole()

FREEABLE: dict[str, Callable[[list[Any]], Any]] = {
    "allocator": lambda seen: ffi.new_allocator(lambda n: ffi.new("char[]", n), seen.append)(
        "struct outer *"
    ),
    "gc": lambda seen: ffi.gc(whole(), seen.append),
    "gc of foreign memory": lambda seen: ffi.gc(ffi.cast("struct outer *", _FOREIGN), seen.append),
    "gc of gc": lambda seen: ffi.gc(ffi.gc(whole(), lambda p: None), seen.append),
}


@pytest.mark.parametrize("maker", FREEABLE)
@pytest.mark.parametrize("way", OF_OUTER)
def test_the_destructor_waits_for_a_view(way: str, maker: str) -> None:
    seen: list[Any] = []
    owner = FREEABLE[maker](seen)
    view = OF_OUTER[way](owner)
    del owner
    gc.collect()
    assert seen == []
    del view
    gc.collect()
    assert len(seen) == 1


@pytest.mark.parametrize("maker", FREEABLE)
@pytest.mark.parametrize("way", OF_OUTER)
def test_release_waits_for_a_view(way: str, maker: str) -> None:
    seen: list[Any] = []
    owner = FREEABLE[maker](seen)
    view = OF_OUTER[way](owner)
    ffi.release(owner)
    ffi.release(owner)
    assert seen == []
    del view
    assert len(seen) == 1
    ffi.release(owner)
    del owner
    gc.collect()
    assert len(seen) == 1


@pytest.mark.parametrize("maker", FREEABLE)
def test_release_waits_for_buffers_and_iterators(maker: str) -> None:
    for use in (
        ffi.buffer,
        lambda p: memoryview(ffi.buffer(p)),
        lambda p: memoryview(ffi.buffer(p))[2:3],
        lambda p: ffi.from_buffer(ffi.buffer(p)),
        lambda p: ffi.buffer(p.list),
        lambda p: ffi.buffer(p.pairs[0:2]),
        lambda p: iter(p.pairs),
        lambda p: ffi.gc(p.inner, lambda x: None),
    ):
        seen: list[Any] = []
        with FREEABLE[maker](seen) as owner:
            using = use(owner)
        assert seen == []
        del using
        assert len(seen) == 1


def test_release_is_at_once_where_nothing_uses_the_memory() -> None:
    seen: list[Any] = []
    for maker in FREEABLE.values():
        owner = maker(seen)
        pointers = [owner + 0, ffi.addressof(owner[0]), ffi.addressof(owner, "inner"), owner.pointer]
        text = repr(owner.inner) + str(owner.list[1]) + str(bytes(ffi.buffer(owner))) + str(list(owner.pairs))
        before = len(seen)
        ffi.release(owner)
        assert len(seen) == before + 1, (text, pointers)


def test_the_end_of_a_view_runs_the_destructor_once_and_keeps_an_exception() -> None:
    seen: list[Any] = []
    owner = ffi.gc(whole(), seen.append)
    views = [owner.inner, owner.list, owner.pairs[1]]
    ffi.release(owner)
    views.pop()
    views.pop()
    assert seen == []
    with pytest.raises(ZeroDivisionError):
        try:
            1 // 0  # noqa: B018
        finally:
            views.pop()
    assert len(seen) == 1


def test_a_destructor_can_be_removed_while_a_release_waits() -> None:
    seen: list[Any] = []
    owner = ffi.gc(whole(), seen.append)
    view = owner.inner
    ffi.release(owner)
    ffi.gc(owner, None)
    del view, owner
    gc.collect()
    assert seen == []


def test_pointers_keep_nothing() -> None:
    for make in (
        lambda p: ffi.addressof(p[0]),
        lambda p: ffi.addressof(p, "inner"),
        lambda p: ffi.addressof(p.inner),
        lambda p: p + 0,
        lambda p: p.list + 1,
        lambda p: ffi.cast("void *", p),
        lambda p: ffi.cast("int[4]", p),
        lambda p: p.pairs[0:2] + 1,
    ):
        seen: list[Any] = []
        owner = ffi.gc(whole(), seen.append)
        pointer = make(owner)
        del owner
        assert len(seen) == 1, pointer


def test_values_are_right_after_the_owner_is_gone() -> None:
    made = [
        ffi.new("struct outer *", {"inner": [i, i + 1], "list": [i] * 4, "pairs": [[i, i], [i, i]]})
        for i in range(2000)
    ]
    views = [(p.inner, p.list, p.pairs[1], p.list[1:3], next(iter(p.pairs)), p.pairs[0:2][1]) for p in made]
    del made
    gc.collect()
    noise = [ffi.new("struct outer *", {"inner": [-1, -1], "list": [-1] * 4}) for _ in range(2000)]
    for i, (inner, numbers, item, part, first, second) in enumerate(views):
        assert (inner.x, inner.y, list(numbers), item.x, list(part)) == (i, i + 1, [i] * 4, i, [i, i])
        assert (first.x, second.y) == (i, i)
    assert len(noise) == 2000


def test_arrays_of_structs_and_open_arrays() -> None:
    three = {"tail": 3}
    made: tuple[tuple[str, Any, Callable[[Any], Any]], ...] = (
        ("struct inner[3]", None, lambda a: a[1]),
        ("struct inner[]", 3, lambda a: a[1]),
        ("struct inner[]", 3, lambda a: a[0:2][1]),
        ("int[3]", None, lambda a: a[0:2]),
        ("int[2][3]", None, lambda a: a[1]),
        ("int[][3]", 2, lambda a: a[1][0:2]),
        ("int(*)[3]", None, lambda a: a[0]),
        ("int *", None, lambda a: a[0:1]),
        ("struct open *", three, lambda p: p.tail),
        ("struct open *", three, lambda p: p.tail[2]),
        ("struct open *", three, lambda p: p.tail[0:3][1:2]),
    )
    for name, init, take in made:
        owner = ffi.new(name, init)
        view = take(owner)
        gone = weakref.ref(owner)
        del owner
        assert gone() is not None, name
        del view
        gc.collect()
        assert gone() is None


def test_views_of_read_only_buffers_are_read_only() -> None:
    p = ffi.from_buffer("struct inner[]", bytes(16))
    for store in (
        lambda: setattr(p[0], "x", 1),
        lambda: p[0:1][0].__setattr__("x", 1),
        lambda: ffi.memmove(p[0:1], b"abcd", 4),
    ):
        with pytest.raises(TypeError, match="cannot modify read-only memory"):
            store()
    assert memoryview(ffi.buffer(p[0:1])).readonly


def test_a_view_of_a_buffer_locks_it() -> None:
    data = bytearray(16)
    view = ffi.from_buffer("struct inner[]", data)[1]
    with pytest.raises(BufferError):
        data.append(1)
    view.x = 5
    assert data[8] == 5
    del view
    data.append(1)


def test_views_of_a_released_buffer_look_again() -> None:
    data = bytearray(range(16))
    p = ffi.from_buffer("struct inner[]", data)
    item, part, buffer, iterator = p[1], p[0:2], ffi.buffer(p), iter(p)
    ffi.release(p)
    assert (item.x, part[1].x, buffer[8], next(iterator).x) == (0x0B0A0908, 0x0B0A0908, b"\x08", 0x03020100)
    data *= 100_000
    for read in (lambda: item.x, lambda: part[1].x, lambda: buffer[8], lambda: next(iterator).x):
        with pytest.raises(RuntimeError, match="is gone"):
            read()


@pytest.mark.parametrize("of", [lambda p: p, lambda p: p[0:2]])
def test_a_memoryview_locks_the_buffer_itself(of: Any) -> None:
    data = bytearray(range(16))
    p = ffi.from_buffer("struct inner[]", data)
    view = memoryview(ffi.buffer(of(p), 8))
    again = ffi.from_buffer(ffi.buffer(p))
    ffi.release(p)
    del p
    with pytest.raises(BufferError):
        data.append(1)
    assert (view.tobytes(), view.format, view.shape, view.readonly) == (bytes(range(8)), "B", (8,), False)
    view[0] = 77
    assert data[0] == 77
    view.release()
    with pytest.raises(BufferError):
        data.append(1)
    del again
    data.append(1)


def test_a_view_looks_as_before() -> None:
    p = whole()
    for view, shown in ((p.inner, "struct inner &"), (p.pairs[1], "struct inner &"), (p.list, "int[4]")):
        assert repr(view).startswith(f"<cdata '{shown}' 0x")
        assert isinstance(view, ffi.CData)
        assert type(view).__name__ == "_CDataBase"
        assert "owning" not in repr(view)
    assert repr(p.list[0:2]) == "<cdata 'int[]' sliced length 2>"
    assert (p.inner == p.inner, hash(p.inner) == hash(p.inner), p.inner != p.pairs[0]) == (True, True, True)
    assert p.inner is not p.inner
    assert p.list[0:4] == p.list
    assert ffi.sizeof(p.inner) == 8
    assert ffi.sizeof(p.list[1:3]) == 8
    assert ffi.typeof(p.inner) is ffi.typeof("struct inner")
    assert bool(p.inner)
    for view in (p.inner, p.list, p.list[0:2]):
        gone = weakref.ref(view)
        assert gone() is view
        for forbidden in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                forbidden(view)
        with pytest.raises(ValueError, match=r"can be used with the 'with' keyword or ffi\.release"):
            ffi.release(view)
        with pytest.raises(TypeError, match="is not callable"):
            view()


def test_sizes() -> None:
    """A view of a struct takes no more memory than one of foreign memory, and an owner takes as much as before."""
    p = whole()
    foreign = ffi.cast("struct outer *", p)
    assert sys.getsizeof(p.inner) == sys.getsizeof(foreign.inner)
    assert sys.getsizeof(p.list) == sys.getsizeof(foreign.list)
    assert sys.getsizeof(p) <= sys.getsizeof(foreign)
    assert not gc.is_tracked(p.inner)
    assert not gc.is_tracked(p.list[0:2])
    assert not gc.is_tracked(p)


def cycle_of(make: Callable[[Any], Any], use: Callable[[Any], Any]) -> weakref.ref[Any]:
    class Box:
        pass

    box = Box()
    box.use = use(make(box))  # type: ignore[attr-defined]
    return weakref.ref(box)


USES = {
    "itself": lambda p: p,
    "field": lambda p: p.inner,
    "slice": lambda p: p.list[0:2],
    "slice of the pointer": lambda p: p[0:1],
    "item": lambda p: p.pairs[0:2][1],
    "buffer": lambda p: ffi.buffer(p),
    "memoryview": lambda p: memoryview(ffi.buffer(p)),
    "iterator": lambda p: iter(p.pairs),
    "gc of a view": lambda p: ffi.gc(p.inner, lambda x: None),
}


class Data(bytearray):
    """A bytearray with attributes."""


def buffer_of(box: Any) -> Any:
    data = Data(ffi.sizeof("struct outer"))
    data.box = box  # type: ignore[attr-defined]
    return ffi.from_buffer("struct outer *", data)


CYCLES = {
    "gc": lambda box: ffi.gc(whole(), lambda p, box=box: None),
    "gc of foreign memory": lambda box: ffi.gc(ffi.cast("struct outer *", 4096), lambda p, box=box: None),
    "allocator": lambda box: ffi.new_allocator(lambda n: ffi.new("char[]", n), lambda p, box=box: None)(
        "struct outer *"
    ),
    "from_buffer": buffer_of,
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("make", CYCLES)
def test_cycles_are_collected(make: str, use: str) -> None:
    gc.collect()
    gone = cycle_of(CYCLES[make], USES[use])
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("use", USES)
def test_the_destructor_of_a_cycle_runs_once(use: str) -> None:
    seen: list[Any] = []

    def destructor(p: Any, box: Any) -> None:
        seen.append(p)

    for make in (
        lambda box: ffi.gc(whole(), lambda p: destructor(p, box)),
        lambda box: ffi.new_allocator(lambda n: ffi.new("char[]", n), lambda p: destructor(p, box))(
            "struct outer *"
        ),
    ):
        gone = cycle_of(make, USES[use])
        gc.collect()
        assert gone() is None
        assert len(seen) == 1
        seen.clear()


def test_long_chains_end() -> None:
    x = ffi.gc(whole(), lambda p: None)
    for _ in range(50_000):
        x = ffi.gc(ffi.gc(x, lambda p: None)[0:1], lambda p: None)[0:1]
    assert ffi.typeof(x) is ffi.typeof("struct outer[]")
    del x
    gc.collect()


def test_compiled_modules(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled(
        tmp_path,
        "_views_of_results",
        """
        struct pair { int x, y; };
        struct result { struct pair first, second; int list[3]; };
        struct result make(int);
        extern struct result shared;
        extern "Python" int taken(struct result);
        int give(int);
        """,
        """
        struct pair { int x, y; };
        struct result { struct pair first, second; int list[3]; };
        static struct result make(int n) { struct result r = {{n, n+1}, {n+2, n+3}, {n, n, n}}; return r; }
        static struct result shared = {{1, 2}, {3, 4}, {5, 6, 7}};
        static int taken(struct result);
        static int give(int n) { return taken(make(n)); }
        """,
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    module = __import__("_views_of_results")
    lib = module.lib
    views = [
        (lib.make(i).first, lib.make(i).second, lib.make(i).list, lib.make(i).list[1:3]) for i in range(500)
    ]
    kept: list[Any] = []

    @module.ffi.def_extern()
    def taken(value: Any) -> int:
        assert repr(value).startswith("<cdata 'struct result &' 0x")
        kept.append((value.first, value.list[0:2]))
        return 0

    for i in range(500):
        lib.give(i)
    gc.collect()
    noise = [lib.make(-5) for _ in range(1000)]
    for i, (first, second, numbers, part) in enumerate(views):
        assert (first.y, second.x, list(numbers), list(part)) == (i + 1, i + 2, [i] * 3, [i] * 2)
    for i, (first, part) in enumerate(kept):
        assert (first.x, list(part)) == (i, [i, i])
    assert type(lib.shared.first) is module.ffi.CData
    assert len(noise) == 1000
    owner = module.ffi.new("struct result *", [[1, 2]])
    view = owner.first
    gone = weakref.ref(owner)
    del owner
    assert gone() is not None
    del view
    assert gone() is None
