"""Operations with C types, their names and their declarations."""

from __future__ import annotations

from tests.exit.operations.objects import Number, Text, refused
from tests.exit.operations.table import World, inside, operation


@operation
def type_names(w: World):
    yield lambda: (
        w.ffi.typeof(Text("int *")),
        w.ffi.getctype(w.ffi.typeof("int"), Text("x")),
        w.ffi.sizeof(Text("int")),
    )


@operation
def offsets(w: World):
    s = w.ffi.new("struct deep *")
    yield lambda: (
        refused(w.ffi.offsetof, "struct deep", "all", Number(), "b"),
        refused(w.ffi.addressof, s[0], "all", Number(), "b"),
        w.ffi.offsetof("struct deep", Text("all"), 1),
        inside(),
    )


@operation
def new_types(w: World):
    import _cffi_backend as b

    count = iter(range(10**9))
    char = b.new_primitive_type("char")
    pointer = b.new_pointer_type(char)

    def use() -> None:
        n = next(count)
        b.new_array_type(pointer, n % 5000)
        inside()
        s = b.new_struct_type(f"struct t{n}")
        b.complete_struct_or_union(s, [("a", char, Number()), ("b", char, -1)], None, -1, -1)  # type: ignore[list-item]
        inside(s.fields)
        b.new_enum_type("e", (f"E{n}",), (Number(),), b.new_primitive_type("int"))

    yield lambda: refused(use)


@operation
def declared(w: World):
    import cffi

    def use() -> None:
        ffi = cffi.FFI()
        ffi.cdef("struct q { int a, b; }; int getpid(void);")
        ffi.new("struct q *", [Number()])
        ffi.dlopen(None).getpid()

    yield use


@operation
def errno(w: World):
    def use() -> None:
        w.ffi.errno = Number()

    yield use
