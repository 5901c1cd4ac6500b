"""Operations that convert values to C memory and back."""

from __future__ import annotations

import sys

from tests.exit.operations.objects import Exporter, Items, Number, Text, refused
from tests.exit.operations.table import World, inside, operation


@operation
def cast_int(w: World):
    yield lambda: w.ffi.cast("int", Number())


@operation
def cast_float(w: World):
    yield lambda: w.ffi.cast("double", Number())


@operation
def cast_bool_pointer_enum(w: World):
    yield lambda: (
        w.ffi.cast("bool", Number()),
        w.ffi.cast("char *", Number()),
        w.ffi.cast("enum color", Number()),
    )


@operation
def new_int(w: World):
    yield lambda: w.ffi.new("int *", Number())


@operation
def new_double(w: World):
    yield lambda: w.ffi.new("double *", Number())


@operation
def new_complex(w: World):
    yield lambda: refused(w.ffi.new, "float _Complex *", Number())


@operation
def new_array_from_list(w: World):
    yield lambda: w.ffi.new("int[]", [Number(), 2, Number()])


@operation
def new_array_from_items(w: World):
    yield lambda: refused(w.ffi.new, "int[3]", Items())


@operation
def new_array_of_length(w: World):
    yield lambda: w.ffi.new("int[]", Number())


@operation
def new_struct_from_list(w: World):
    yield lambda: w.ffi.new("struct s *", [Number(), Number()])


@operation
def new_struct_from_dict(w: World):
    yield lambda: w.ffi.new("struct s *", {"a": Number(), "b": Number()})


@operation
def new_struct_by_odd_keys(w: World):
    yield lambda: w.ffi.new("struct s *", {Text("a"): 1, Text("b"): 2.0})


@operation
def new_struct_deep(w: World):
    yield lambda: w.ffi.new("struct deep *", {"first": [Number()], "all": [{"b": Number()}, [Number()]]})


@operation
def new_union_and_bits(w: World):
    yield lambda: (w.ffi.new("union u *", [Number()]), w.ffi.new("struct bits *", [Number(), 1]))


@operation
def store_item(w: World):
    p = w.ffi.new("int[4]")

    def store() -> None:
        p[Number()] = Number()

    yield store


@operation
def store_slice(w: World):
    p = w.ffi.new("int[8]")

    def store() -> None:
        p[0:3] = Items()
        p[1:4] = [Number(), Number(), 3]

    yield store


@operation
def store_field(w: World):
    s = w.ffi.new("struct s *")

    def store() -> None:
        s.a = Number()
        s.b = Number()

    yield store


@operation
def store_global(w: World):
    def store() -> None:
        w.libc.optind = Number()

    yield store


@operation
def item(w: World):
    p = w.ffi.new("int[4]")
    yield lambda: p[Number()]


@operation
def arithmetic(w: World):
    p = w.ffi.cast("int *", 0x10000)
    yield lambda: (p + Number(), p - Number(), Number() + p)


@operation
def compared(w: World):
    n = w.ffi.cast("int", 1)
    yield lambda: (n == Number(), refused(lambda: n < Number()), n != Number())


@operation
def compared_pointer(w: World):
    p = w.ffi.new("int *")
    yield lambda: (p == Number(), p != Number())


@operation
def hashed(w: World):
    p = w.ffi.cast("double", 1.0)
    yield lambda: {p: 1}.get(Number())


@operation
def iterated(w: World):
    a = w.ffi.new("int[4]")
    yield lambda: [inside() for _ in a]


@operation
def unpacked(w: World):
    a = w.ffi.new("int[4]")
    yield lambda: (w.ffi.unpack(a, Number()), w.ffi.string(w.ffi.new("char[]", b"abc"), Number()))


@operation
def buffered(w: World):
    b = w.ffi.buffer(w.ffi.new("char[8]"))

    def use() -> None:
        b[Number()]
        b[0 : Number()]
        b[Number()] = b"x"
        w.ffi.buffer(w.ffi.new("char[8]"), Number())
        inside(b == Number())

    yield use


@operation
def moved(w: World):
    a, b = w.ffi.new("char[8]"), bytearray(8)
    yield lambda: (w.ffi.memmove(a, b, Number()), w.ffi.memmove(b, a, Number()))


@operation
def from_buffer_released(w: World):
    def use() -> None:
        exporter = Exporter() if sys.version_info >= (3, 12) else bytearray(8)
        try:
            view = w.ffi.from_buffer(exporter)
        except TypeError:
            return
        inside()
        w.ffi.release(view)
        with w.ffi.from_buffer("char[]", exporter):
            inside()
        w.ffi.memmove(w.ffi.new("char[8]"), exporter, 8)
        refused(w.ffi.new("char[8]").__setitem__, slice(0, 8), exporter)

    yield use


@operation
def from_buffer_dropped(w: World):
    class Own(bytearray):
        def __del__(self) -> None:
            inside()

    def use() -> None:
        del_me = w.ffi.from_buffer(Own(b"abcdef"))
        del del_me

    yield use
