"""Programs that the type checkers must accept, with the types that they must find. Never run."""

from collections.abc import Callable
from typing import Any

import _cffi_backend as backend
from _cffi_backend import FFI
from typing_extensions import assert_type

ffi = FFI()
lib = ffi.dlopen(None)


def types(ct: FFI.CType) -> None:
    """Attributes of C types."""
    assert_type(ct.cname, str)
    assert_type(ct.length, int | None)
    assert_type(ct.item.args, tuple[backend.CType, ...])
    assert_type(ct.fields, list[tuple[str, backend.CField]] | None)
    assert_type(ct.elements, dict[int, str])
    if ct.kind == "struct":
        for name, field in ct.fields or []:
            assert_type(name, str)
            assert_type(field.type.relements, dict[str, int])
            assert_type(field.offset + field.bitshift, int)


def data(p: FFI.CData, thing: object) -> None:
    """What C data can do."""
    assert_type(p.field, Any)
    assert_type(p[0], Any)
    assert_type(p[0:4], backend._CDataBase)
    assert_type(p + 1, backend._CDataBase)
    assert_type(1 + p, backend._CDataBase)
    assert_type(p - 1, backend._CDataBase)
    assert_type(p - p, int)
    assert_type(p(1, b"x"), Any)
    assert_type(int(p) + len(p), int)
    assert_type(complex(p), complex)
    assert_type(p < 3, bool)
    p.field = 4
    p[3] = 4
    p[0:2] = [1, 2]
    p[0:2] = p[2:4]
    for item in p:
        assert_type(item, Any)
    if isinstance(thing, FFI.CData):
        assert_type(thing, backend._CDataBase)


def memory(p: FFI.CData) -> None:
    """Ownership, buffers, and strings."""
    with ffi.new("int *", 5) as owned:
        assert_type(owned[0], Any)
    assert_type(ffi.gc(p, None), None)
    assert_type(ffi.gc(p, lib.free).field, Any)
    assert_type(ffi.string(p), bytes | str)
    assert_type(ffi.unpack(p, length=3), bytes | str | list[Any])
    assert_type(ffi.from_buffer(bytearray(3))[0], Any)
    assert_type(ffi.from_buffer("int[]", bytearray(8), require_writable=True)[0], Any)
    view = ffi.buffer(p, 10)
    assert_type(view[0], bytes)
    assert_type(view[1:], bytes)
    assert_type(list(view), list[bytes])
    view[0] = b"x"
    view[0:2] = bytearray(2)
    memoryview(view)
    ffi.memmove(p, b"abc", 3)
    ffi.memmove(dest=bytearray(3), src=view, n=3)
    assert_type(ffi.from_handle(ffi.new_handle(object())), Any)
    allocate = ffi.new_allocator(lambda size: ffi.cast("void *", size), should_clear_after_alloc=False)
    assert_type(allocate("int[]", 5), backend._CDataBase)


def calls() -> None:
    """Callbacks, libraries, constants."""

    @ffi.callback("int(int)", error=-1)
    def twice(x: int) -> int:
        return 2 * x

    assert_type(twice(3), Any)

    @ffi.def_extern()
    def named(x: int) -> str:
        return str(x)

    as_defined: Callable[[int], str] = named
    assert_type(as_defined(3), str)
    assert_type(lib.function(3), Any)
    lib.variable = 3
    assert_type(ffi.addressof(lib, "function"), FFI.CData)
    assert_type(ffi.init_once(lambda: 3, "tag"), int)
    assert_type(ffi.errno, int)
    ffi.errno = 0
    assert_type(ffi.integer_const("N"), int)
    flags = ffi.RTLD_NOW | backend.RTLD_GLOBAL
    assert_type(flags, int)
    try:
        ffi.typeof("no type")
    except ffi.error as error:
        assert_type(error, Exception)


def types_by_hand() -> None:
    """The backend's own functions."""
    new = backend.new_primitive_type("int")
    point = backend.new_struct_type("struct point")
    backend.complete_struct_or_union(point, [("x", new), ("bits", new, 3), ("y", new, -1, 8)])
    pointer = backend.new_pointer_type(point)
    function = backend.new_function_type((new, pointer), backend.new_void_type(), False)
    assert_type(backend.newp(pointer, {"x": 1}).x, Any)
    assert_type(backend.typeoffsetof(point, "y"), tuple[backend.CType, int])
    library = backend.load_library(None, backend.RTLD_LAZY)
    assert_type(library.load_function(function, "abort"), backend._CDataBase)
