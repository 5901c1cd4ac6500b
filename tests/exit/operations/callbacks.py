"""Operations with callbacks that are called through a function pointer."""

from __future__ import annotations

import ctypes
import io
import sys
from collections.abc import Callable

from tests.exit.operations.objects import Number, raising
from tests.exit.operations.table import World, inside, operation


@operation
def callback(w: World):
    f = w.ffi.callback("int_fn", inside)
    yield lambda: f(1)


@operation
def callback_made_and_dropped(w: World):
    yield lambda: w.ffi.callback("int_fn", inside)(1)


@operation
def callback_of_many(w: World):
    f = w.ffi.callback("any_fn", inside)
    yield lambda: f(1, 2.0, w.ffi.NULL, [1, Number()])


@operation
def callback_result_converted(w: World):
    f = w.ffi.callback("int_fn", lambda n: Number())
    yield lambda: f(1)


@operation
def callback_struct_result(w: World):
    f = w.ffi.callback("point_fn", lambda p: {"x": Number(), "y": Number()})
    yield lambda: f([1, 2])


@operation
def callback_raising(w: World):
    f = w.ffi.callback("int_fn", raising)
    yield lambda: f(1)


@operation
def callback_raising_onerror(w: World):
    f = w.ffi.callback("int_fn", raising, onerror=lambda *a: Number())
    yield lambda: f(1)


@operation
def callback_raising_twice(w: World):
    f = w.ffi.callback("int_fn", raising, onerror=raising)
    yield lambda: f(1)


@operation
def callback_error_converted(w: World):
    yield lambda: w.ffi.callback("int_fn", raising, error=Number())


@operation
def callback_result_refused(w: World):
    f = w.ffi.callback("int_fn", lambda n: (inside(), "no number")[1], error=5)
    yield lambda: f(1)


@operation
def callback_nested(w: World):
    def deeper(n: int) -> int:
        return inside() if n <= 0 else f(n - 1)

    f: Callable[[int], int] = w.ffi.callback("int_fn", deeper)
    yield lambda: f(20)


@operation
def callback_of_object(w: World):
    class Called:
        def __call__(self, n: int) -> int:
            return inside()

    f = w.ffi.callback("int_fn", Called())
    yield lambda: (repr(f), f(1))


@operation
def unraisable_hook(w: World):
    sys.unraisablehook = inside
    f = w.ffi.callback("int_fn", raising)
    yield lambda: f(1)


@operation
def written_to_stderr(w: World):
    class Slow(io.StringIO):
        def write(self, text: str) -> int:
            inside()
            return len(text)

        def flush(self) -> None:
            inside()

    sys.stderr = Slow()
    f = w.ffi.callback("int_fn", raising)
    yield lambda: (f(1), w.ffi.gc(w.ffi.new("int *"), raising))


@operation
def traced(w: World):
    f = w.ffi.callback("int_fn", lambda n: n)

    def use() -> None:
        sys.setprofile(inside)
        f(1)
        w.ffi.new("int *", Number())
        sys.setprofile(None)

    yield use


@operation
def through_ctypes(w: World):
    made = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda n: w.ffi.cast("int", Number()) and 1)
    f = w.ffi.cast("int_fn", ctypes.cast(made, ctypes.c_void_p).value)
    keep = w.ffi.callback("int_fn", inside)
    back = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(int(w.ffi.cast("intptr_t", keep)))
    yield lambda: (f(1), back(1), made)
