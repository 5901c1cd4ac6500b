"""Operations with calls of C functions."""

from __future__ import annotations

from tests.exit.operations.objects import Number, refused
from tests.exit.operations.table import World, inside, operation


@operation
def call_int(w: World):
    yield lambda: w.libc.abs(Number())


@operation
def call_double(w: World):
    yield lambda: (w.libc.fabs(Number()), w.libc.fmod(Number(), Number()))


@operation
def call_pointer_from_list(w: World):
    b = w.api.ffi
    f = b.addressof(w.api.lib, "many")
    yield lambda: (f([Number(), 2.0], 2, 100), w.libc.memchr(b"abc", Number(), 3))


@operation
def call_variadic(w: World):
    out = w.ffi.new("char[64]")
    yield lambda: (inside(), w.libc.snprintf(out, 64, b"%d %s", w.ffi.cast("int", Number()), out + 40))


@operation
def call_asleep(w: World):
    yield lambda: (inside(), w.libc.usleep(500))


@operation
def call_fails(w: World):
    yield lambda: refused(w.libc.abs, "x")


@operation
def attribute_fails(w: World):
    s = w.ffi.new("struct s *")
    yield lambda: (
        refused(getattr, s, "no_such"),
        refused(getattr, w.libc, "no_such"),
        refused(w.ffi.new, "nope"),
    )


@operation
def dlopened(w: World):
    def use() -> None:
        lib = w.ffi.dlopen(None)
        lib.abs(Number())
        inside()
        w.ffi.dlclose(lib)
        refused(w.ffi.dlopen, "libno_such_thing.so")

    yield use


@operation
def sorted_by_callback(w: World):
    a = w.ffi.new("int[16]", list(range(16)))

    @w.ffi.callback("int(const void *, const void *)")
    def compare(x: object, y: object) -> int:
        return inside()

    yield lambda: w.libc.qsort(a, 16, 4, compare)
