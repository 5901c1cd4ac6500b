"""new_allocator: memory from Python functions."""

from __future__ import annotations

import gc

import _cffi_backend as B
import pytest

from . import tables


@pytest.fixture
def ffi():
    return B.FFI(**tables.emitted("struct s { int n; short tail[]; }; struct p { int x, y; };"))


class Memory:
    """An allocator that notes what happens."""

    def __init__(self, ffi):
        self.ffi, self.sizes, self.freed = ffi, [], []

    def alloc(self, size):
        self.sizes.append(size)
        return self.ffi.new("char[]", b"\xff" * size)

    def free(self, cd):
        self.freed.append(self.ffi.sizeof(cd) - 1)


def test_sizes_and_destructors(ffi) -> None:
    memory = Memory(ffi)
    new = ffi.new_allocator(memory.alloc, memory.free)
    things = [new("int *", 5), new("int[3]", [1]), new("char[]", b"ab"), new(cdecl="struct p *", init=[1, 2])]
    assert memory.sizes == [4, 12, 3, 8]
    assert [things[0][0], list(things[1]), things[2][2], things[3].y] == [5, [1, 0, 0], b"\0", 2]
    assert memory.freed == []
    del things
    gc.collect()
    assert sorted(memory.freed) == [3, 4, 8, 12]


def test_release(ffi) -> None:
    memory = Memory(ffi)
    new = ffi.new_allocator(memory.alloc, memory.free)
    p, a = new("struct p *"), new("int[2]")
    ffi.release(p)
    with a:
        assert memory.freed == [8]
    assert memory.freed == [8, 8]
    ffi.release(p)
    del p, a
    gc.collect()
    assert memory.freed == [8, 8]


def test_a_struct_keeps_its_memory(ffi) -> None:
    memory = Memory(ffi)
    struct = ffi.new_allocator(memory.alloc, memory.free)("struct p *", {"x": 3})[0]
    gc.collect()
    assert (memory.freed, struct.x) == ([], 3)
    del struct
    gc.collect()
    assert memory.freed == [8]


def test_structs_of_variable_size_know_theirs(ffi) -> None:
    p = ffi.new_allocator(Memory(ffi).alloc)("struct s *", [1, [2, 3, 4]])
    assert ffi.sizeof(p[0]) == 10
    assert list(p.tail) == list(p[0].tail) == [2, 3, 4]


def test_clearing_can_be_left_out(ffi) -> None:
    memory = Memory(ffi)
    assert list(ffi.new_allocator(memory.alloc)("unsigned char[3]")) == [0, 0, 0]
    new = ffi.new_allocator(alloc=memory.alloc, should_clear_after_alloc=False)
    assert list(new("unsigned char[3]")) == [255, 255, 255]
    assert list(new("unsigned char[3]", [7])) == [7, 255, 255]
    assert ffi.new_allocator(should_clear_after_alloc=False)("int *", 9)[0] == 9
    assert ffi.new_allocator()("int *")[0] == 0


def test_what_alloc_may_not_return(ffi) -> None:
    for result, error, text in [
        (None, TypeError, r"^alloc\(\) must return a cdata object \(got NoneType\)$"),
        (ffi.cast("int", 3), TypeError, r"^alloc\(\) must return a cdata pointer, not 'int'$"),
        (ffi.NULL, MemoryError, r"^alloc\(\) returned NULL$"),
        (ffi.new("char[]", 19), ValueError, r"^alloc\(\) must return at least 20 bytes, got 19$"),
    ]:
        freed: list[object] = []
        new = ffi.new_allocator(lambda size, result=result: result, freed.append)
        with pytest.raises(error, match=text):
            new("int[5]")
        assert freed == []
    with pytest.raises(ZeroDivisionError):
        ffi.new_allocator(lambda size: 1 // 0)("int[5]")


def test_a_failing_initializer_frees_the_memory(ffi) -> None:
    memory = Memory(ffi)
    with pytest.raises(TypeError):
        ffi.new_allocator(memory.alloc, memory.free)("int *", "text")
    gc.collect()
    assert memory.freed == [4]


def test_it_keeps_its_ffi_and_functions(ffi) -> None:
    memory = Memory(ffi)
    new = ffi.new_allocator(memory.alloc)
    del ffi
    gc.collect()
    assert new("struct p *").x == 0
    assert new.__name__ == "allocator"
