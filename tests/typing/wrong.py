"""Programs that the type checkers must reject, one for each line with a mark, and no line without one.

``#!`` stands on lines that both reject, ``#! mypy`` and ``#! pyright`` on those that the other one lets through:
pyright does not guard names of modules, and for mypy an object whose attributes are free (fields!) has every
protocol. Never run.
"""

import _cffi_backend as b
from _cffi_backend import FFI

ffi = FFI()
lib = ffi.dlopen(None)


def objects(p: FFI.CData, t: FFI.CType) -> None:
    """What C data and types cannot do."""
    p[0:]  #!
    p[:2]  #!
    p[0:4:2]  #!
    p[1.0]  #!
    p["x"]  #!
    p["x"] = 1  #!
    p[0:2] = 5  #!
    del p[0]  #!
    del p.x  #! pyright
    range(p)  #! pyright
    hex(p)  #! pyright
    memoryview(p)  #! pyright
    p * 2  #!
    p + 1.5  #!
    3 - p  #!
    p < []  #!
    p(x=1)  #!
    p.__name__ + 1  #!
    t.foo  #!
    t.kind = "pointer"  #!
    t.cname + 1  #!
    t.length + 1  #!
    for name, field in t.fields:  #!
        name + field.offset  #!
    t()  #!
    b.CType()  #!
    b.CField()  #!
    b._CDataBase()  #!
    b.Lib()  #!


def subclasses() -> None:
    """Only FFI can be subclassed."""

    class Type(b.CType):  #!
        pass

    class View(b.buffer):  #!
        pass

    class Library(b.CLibrary):  #!
        pass


def methods(p: FFI.CData, t: FFI.CType) -> None:
    """Arguments of the methods of FFI."""
    ffi.new(3)  #!
    ffi.new(cdecl=p)  #!
    ffi.new("int *", 1, 2)  #!
    ffi.cast("int")  #!
    ffi.cast("void *", None)  #!
    ffi.cast("int", [1])  #!
    ffi.addressof(lib, "function") + 1.5  #!
    ffi.sizeof(3)  #!
    ffi.sizeof(cdecl="int")  #!
    ffi.alignof()  #!
    ffi.offsetof("struct x")  #!
    ffi.offsetof("struct x", 1.5)  #!
    ffi.addressof("x")  #!
    ffi.addressof(lib)  #!
    ffi.getctype(p)  #!
    ffi.typeof(3)  #!
    ffi.string("abc")  #!
    ffi.string(p).decode()  #!
    ffi.unpack(p)  #!
    ffi.buffer("x")  #!
    ffi.buffer(p)[0] = 3  #!
    ffi.buffer(p)[0:2] = "xx"  #!
    ffi.from_buffer("int[]")  #!
    ffi.from_buffer("int[]", 3)  #!
    ffi.memmove(p, b"x")  #!
    ffi.memmove(p, "text", 1)  #!
    ffi.gc(p)  #!
    ffi.gc(p, 3)  #!
    ffi.gc(p, None).x  #!
    ffi.release("x")  #!
    ffi.new_handle()  #!
    ffi.from_handle(3)  #!
    ffi.new_allocator(alloc=3)  #!
    ffi.new_allocator()(5)  #!
    ffi.callback("int(int)", 3)  #!
    ffi.callback(p, print)  #!
    ffi.callback("int(int)")(3)  #!
    ffi.callback("int(int)", print, onerror=3)  #!
    ffi.def_extern(3)  #!
    ffi.dlopen(3)  #!
    ffi.dlopen(b"libm.so.6")  #!
    ffi.dlclose("libm")  #!
    ffi.init_once(3, "x")  #!
    ffi.init_once(lambda: 3, [])  #!
    text: str = ffi.init_once(lambda: 3, "x")  #!
    ffi.integer_const(3)  #!
    ffi.list_types(3)  #!
    ffi.errno = "x"  #!
    ffi.NULL = p  #!
    ffi.foo  #!
    print(text)


def functions(p: FFI.CData, t: FFI.CType) -> None:
    """Arguments of the module's functions."""
    b.foo  #!
    b.RTLD_LAZY = 3  #! mypy
    b.new_primitive_type(name="int")  #!
    b.new_primitive_type(3)  #!
    b.new_pointer_type("int")  #!
    b.new_array_type(t)  #!
    b.new_array_type(t, "5")  #!
    b.new_function_type([t], t)  #!
    b.new_enum_type("e", ["A"], (1,), t)  #!
    b.complete_struct_or_union(t, [("x", 3)])  #!
    b.complete_struct_or_union(t, (("x", t),))  #!
    b.newp("int *")  #!
    b.sizeof("int")  #!
    b.typeof(t)  #!
    b.alignof(p)  #!
    b.set_errno("x")  #!
    b.rawaddressof(t, p)  #!
    b.typeoffsetof(t, 1.5)  #!
    b.load_library("m").foo  #!
    b.load_library("m").close_lib(1)  #!
