"""Notes are made once for failures that repeat: they stay right, and are nobody else's."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable
from typing import Any

import cffi
import pytest

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="notes came with Python 3.11")


def failure(act: Callable[[], object]) -> Any:
    """Returns the exception that it raises."""
    try:
        act()
    except Exception as error:
        return error
    raise AssertionError("no error")


def test_types_that_come_to_lie_where_others_were() -> None:
    for i in range(500):
        ffi = cffi.FFI()
        name, struct = f"f{i % 7}x", f"struct s{i % 5}"
        ffi.cdef(f"{struct} {{ int {name}; }};")
        p = ffi.new(f"{struct} *")
        (note,) = failure(lambda p=p, name=name: setattr(p, name, "t")).__notes__
        assert note.startswith(f"field '{name}' of '{struct}': expected 'int', got str")
        del p, ffi
        if i % 50 == 0:
            gc.collect()


def test_what_is_done_to_one_error_is_not_seen_in_the_next() -> None:
    class Mark:
        pass

    a = cffi.FFI().new("int[3]")
    for _ in range(3):
        first = failure(lambda: a.__setitem__(1, "t"))
        second = failure(lambda: a.__setitem__(1, "t"))
        assert first.__notes__ == second.__notes__
        assert first.__notes__ is not second.__notes__
        mark = Mark()
        gone = weakref.ref(mark)
        first.mark = mark
        first.__notes__.append("more")
        second.__notes__[0] = "other"
        del first, second, mark
        gc.collect()
        assert gone() is None
        assert len(failure(lambda: a.__setitem__(1, "t")).__notes__) == 1
        assert "item 1 of 'int[3]'" in failure(lambda: a.__setitem__(1, "t")).__notes__[0]
        assert "got float" in failure(lambda: a.__setitem__(1, 1.5)).__notes__[0]
