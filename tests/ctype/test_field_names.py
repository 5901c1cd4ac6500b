"""Fields are found by name in structs of any size, whichever object the name is, and as quickly in large ones."""

from __future__ import annotations

import json
import sys
import time

import _cffi_backend as B
import pytest

INT = B.new_primitive_type("int")


class Name(str):
    """A name with a hash and an equality that lie."""

    __slots__ = ()

    def __hash__(self) -> int:
        return 5

    def __eq__(self, other: object) -> bool:
        return True


def struct(names: list[str]):  # type: ignore[no-untyped-def]
    ct = B.new_struct_type("struct s")
    B.complete_struct_or_union(ct, [(name, INT) for name in names])
    return B.new_pointer_type(ct)


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 10, 11, 12, 21, 22, 42, 43, 100, 683, 1000, 3000])
def test_every_name_is_found_and_no_other(count: int) -> None:
    names = [f"field {i} é" if i % 7 == 0 else f"f{i}" for i in range(count)]
    pointer = struct(names)
    p = B.newp(pointer, {"".join(list(name)): i for i, name in enumerate(names)})
    for i, name in enumerate(names):
        fresh = "".join(list(name))
        assert fresh is not sys.intern(name) or len(name) < 2
        assert getattr(p, fresh) == getattr(p, sys.intern(name)) == getattr(p, name) == i
        assert B.typeoffsetof(pointer.item, fresh)[1] == 4 * i
        assert (
            not hasattr(p, fresh + "x")
            and not hasattr(p, sys.intern(name + "y"))
            and not hasattr(p, "g" + fresh)
        )
        setattr(p, Name(fresh), i + 1)
        assert getattr(p, name) == i + 1
    assert [name for name, _ in pointer.item.fields] == names


@pytest.mark.parametrize("count", [3, 30])
def test_keys_that_are_no_names(count: int) -> None:
    pointer = struct([f"f{i}" for i in range(count)])
    for key in (None, 1, 1.5, b"f1", object(), (), Name("g1"), type, "f1\0", "\ud800", ""):
        with pytest.raises(KeyError):
            B.newp(pointer, {key: 1})


def test_a_large_struct_takes_no_longer_for_each_field() -> None:
    def seconds_per_field(count: int) -> float:
        pointer = struct([f"field_{i}" for i in range(count)])
        init = json.loads(json.dumps({f"field_{i}": i for i in range(count)}))
        best = float("inf")
        for _ in range(7):
            begun = time.perf_counter()
            B.newp(pointer, init)
            best = min(best, time.perf_counter() - begun)
        return best / count

    assert seconds_per_field(8000) < 8 * seconds_per_field(200)
