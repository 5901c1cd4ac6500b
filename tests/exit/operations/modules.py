"""Operations with compiled modules."""

from __future__ import annotations

import os

from tests.exit.operations.objects import Dying, Items, Number, Text, raising, refused
from tests.exit.operations.table import World, inside, operation


@operation
def api_plain(w: World):
    lib = w.api.lib
    yield lambda: (lib.add(Number(), 2), lib.one(Number()), lib.real(Number()))


@operation
def api_list(w: World):
    lib = w.api.lib
    yield lambda: (lib.many([1.5], 1, 300), lib.many([Number(), 2.0], 2, 100), inside())


@operation
def api_items(w: World):
    lib = w.api.lib
    yield lambda: refused(lib.many, Items(), 1, 100)


@operation
def api_text(w: World):
    lib = w.api.lib
    yield lambda: (lib.text(b"abc"), lib.wide("abc"), inside())


@operation
def api_stream(w: World):
    lib = w.api.lib
    f = open(os.devnull, "w")  # noqa: SIM115
    yield lambda: (lib.stream(f), inside())


@operation
def api_function_pointer(w: World):
    lib = w.api.lib
    yield lambda: (lib.apply(lib.one, 1), lib.nested([[1, Number()]], lib.one), inside())


@operation
def api_callback(w: World):
    lib, ffi = w.api.lib, w.api.ffi
    f = ffi.callback("int_fn", inside)
    yield lambda: (lib.apply(f, 1), lib.nested([[1, Number()]], f))


@operation
def api_struct(w: World):
    lib = w.api.lib
    yield lambda: (
        lib.by_value([Number(), 2]),
        lib.by_address([{"x": 1, "y": Number()}]),
        lib.by_value({"x": Number()}),
    )


@operation
def api_long_double(w: World):
    lib = w.api.lib
    yield lambda: (lib.longer(Number()), lib.longer(1.5), inside())


@operation
def api_complex(w: World):
    lib = w.api.lib
    yield lambda: refused(lambda: (inside(), lib.turned(1 + 2j), lib.turned(Number())))


@operation
def api_struct_callbacks(w: World):
    lib, ffi = w.api.lib, w.api.ffi
    f = ffi.callback("point_fn", lambda p: [Number(), inside()])
    g = ffi.callback("large_fn", lambda large, d: (inside(), large)[1])
    yield lambda: (lib.call_point(f), lib.call_large(g))


@operation
def api_variadic(w: World):
    lib, ffi = w.api.lib, w.api.ffi
    yield lambda: (lib.variadic(Number(), ffi.cast("int", Number())), inside())


@operation
def api_global(w: World):
    lib = w.api.lib

    def use() -> None:
        lib.global_int = Number()
        lib.global_point = [Number(), 1]

    yield use


@operation
def api_new(w: World):
    ffi = w.api.ffi
    yield lambda: (
        ffi.new("point *", [Number(), 1]),
        ffi.new("large *", {"a": [Number()]}),
        ffi.typeof(Text("point")),
    )


@operation
def api_extern(w: World):
    lib, ffi = w.api.lib, w.api.ffi
    ffi.def_extern("answer")(inside)
    ffi.def_extern("on_point")(lambda p: [Number(), Number()])
    yield lambda: (lib.ask(1), lib.ask_point(1))


@operation
def api_extern_raising(w: World):
    lib, ffi = w.api.lib, w.api.ffi
    ffi.def_extern("answer", error=3)(raising)
    ffi.def_extern("on_point", onerror=lambda *a: {"x": Number()})(raising)
    yield lambda: (lib.ask(1), lib.ask_point(1))


@operation
def api_extern_replaced(w: World):
    lib, ffi = w.api.lib, w.api.ffi

    def use() -> None:
        ffi.def_extern("answer")(Called())
        lib.ask(1)

    yield use


class Called(Dying):
    """A function whose destructor runs Python code, too."""

    def __call__(self, *_: object) -> int:
        """Lets other threads run."""
        return inside()
