"""Operations in which threads of C call back into Python."""

from __future__ import annotations

import os
import sys
import threading
import time

from tests.exit import compiled
from tests.exit.operations.objects import Number, raising
from tests.exit.operations.table import CHOICE, World, inside, operation


@operation
def c_callback(w: World):
    lib, ffi = w.api.lib, w.api.ffi
    w.kept = f = ffi.callback("int_fn", inside)
    for wait in (0, 0, 500):
        lib.start_int(f, wait)
    yield inside


@operation
def c_callback_local(w: World):
    """Only C code uses the callbacks, so they are freed before the interpreter ends."""
    lib, ffi = w.api.lib, w.api.ffi
    made = [ffi.callback("int_fn", lambda n: inside()) for _ in range(3)]
    for f in made:
        lib.start_int(f, 0)
    sys.kept = made  # type: ignore[attr-defined]
    yield inside


@operation
def c_callback_raising(w: World):
    lib, ffi = w.api.lib, w.api.ffi
    w.kept = f = ffi.callback("int_fn", raising)
    for _ in range(3):
        lib.start_int(f, 0)
    yield inside


@operation
def c_callback_onerror(w: World):
    lib, ffi = w.api.lib, w.api.ffi
    w.kept = f = ffi.callback("int_fn", raising, onerror=lambda *a: Number())
    for _ in range(3):
        lib.start_int(f, 0)
    yield inside


@operation
def c_callback_struct(w: World):
    lib, ffi = w.api.lib, w.api.ffi
    w.kept = f, g = (
        ffi.callback("point_fn", lambda p: [Number(), inside()]),
        ffi.callback("large_fn", lambda large, d: (inside(), large)[1]),
    )
    lib.start_point(f, 0)
    lib.start_large(g, 0)
    yield inside


@operation
def c_callback_quick(w: World):
    lib, ffi = w.api.lib, w.api.ffi
    w.kept = f = ffi.callback("int_fn", lambda n: n)
    for _ in range(3):
        lib.start_int(f, 0)
    yield inside


@operation
def c_callback_new_threads(w: World):
    lib, ffi = w.api.lib, w.api.ffi
    w.kept = f = ffi.callback("int_fn", lambda n: CHOICE.random() < 0.1 and inside())
    for _ in range(3):
        lib.start_short(f, 0)
    yield inside


@operation
def c_extern(w: World):
    lib, ffi = w.api.lib, w.api.ffi
    ffi.def_extern("answer")(inside)
    for _ in range(3):
        lib.start_answer(0)
    yield inside


@operation
def c_extern_raising(w: World):
    lib, ffi = w.api.lib, w.api.ffi
    ffi.def_extern("answer")(raising)
    for _ in range(3):
        lib.start_answer(0)
    yield inside


@operation
def c_attaching(w: World):
    lib, ffi = w.api.lib, w.api.ffi
    w.kept = f = ffi.callback("int_fn", inside)
    sys.inside, sys.f, sys.lib = inside, f, lib  # type: ignore[attr-defined]
    lib.start_attaching(b"import sys; sys.f(1)", 100)
    lib.start_attaching(b"import sys; sys.lib.apply(sys.f, 1)", 100)
    yield inside


@operation
def c_joined_at_exit(w: World):
    """C code waits for its threads when the process ends."""
    lib, ffi = w.api.lib, w.api.ffi
    w.kept = f = ffi.callback("int_fn", inside)
    for _ in range(3):
        lib.start_joined(f, 0)
    lib.stop_at_exit()
    yield inside


@operation
def c_joined_at_the_end_of_an_object(w: World):
    """C code waits for its threads in the destructor of an object that lives until the interpreter ends."""
    lib, ffi = w.api.lib, w.api.ffi
    w.kept = f = ffi.callback("int_fn", inside)
    for _ in range(3):
        lib.start_joined(f, 0)

    class Engine:
        def __del__(self) -> None:
            lib.stop_threads()

    sys.modules["__main__"].engine = Engine()  # type: ignore[attr-defined]
    yield inside


@operation
def c_holding_a_lock(w: World):
    lib, ffi = w.api.lib, w.api.ffi
    w.kept = f = ffi.callback("int_fn", inside)
    for _ in range(2):
        lib.start_locking(f, 50)
    lib.stop_at_exit()
    yield inside


@operation
def c_in_library(w: World):
    """Threads run in the code of a library that only a module's attribute keeps open."""
    ffi, lib = w.library(compiled.LIBRARY, compiled.LIBRARY_CDEF)
    f = ffi.callback("int(int)", lambda n: n)
    sys.modules["__main__"].lib = lib  # type: ignore[attr-defined]
    sys.modules["__main__"].f = f  # type: ignore[attr-defined]
    lib.begin(ffi.NULL)
    del lib
    yield inside


@operation
def c_in_library_calling(w: World):
    ffi, lib = w.library(compiled.LIBRARY, compiled.LIBRARY_CDEF)
    f = ffi.callback("int(int)", inside)
    sys.modules["__main__"].lib = lib  # type: ignore[attr-defined]
    sys.modules["__main__"].f = f  # type: ignore[attr-defined]
    lib.begin(f)
    yield lambda: lib.work_on(f)


@operation
def c_in_library_closed_late(w: World):
    ffi, lib = w.library(compiled.LIBRARY, compiled.LIBRARY_CDEF)

    class Owner:
        def __del__(self) -> None:
            ffi.dlclose(lib)

    sys.modules["__main__"].owner = Owner()  # type: ignore[attr-defined]
    lib.begin(ffi.NULL)
    yield inside


@operation
def c_in_library_of_backend(w: World):
    import _cffi_backend as b

    lib = b.load_library(os.path.join(w.folder, compiled.LIBRARY))
    integer = b.new_primitive_type("int")
    pointer = b.new_pointer_type(b.new_void_type())
    begin = lib.load_function(b.new_function_type((pointer,), integer), "begin")
    sys.modules["__main__"].lib = lib  # type: ignore[attr-defined]
    begin(b.cast(pointer, 0))
    del lib
    yield inside


@operation
def foreign_handlers(w: World):
    """The callback is called through frames of C++ that must not be unwound."""
    ffi, lib = w.library(compiled.FOREIGN, compiled.FOREIGN_CDEF)
    f = ffi.callback("int(int)", inside)
    yield lambda: (lib.guarded(f, 1), lib.catching(f, 1), lib.locking(f, 1))


@operation
def foreign_handlers_raising(w: World):
    ffi, lib = w.library(compiled.FOREIGN, compiled.FOREIGN_CDEF)
    f = ffi.callback("int(int)", raising, onerror=lambda *a: Number())
    yield lambda: (lib.guarded(f, 1), lib.catching(f, 1))


@operation
def foreign_handlers_in_c_threads(w: World):
    ffi, lib = w.library(compiled.FOREIGN, compiled.FOREIGN_CDEF)
    w.kept = f = ffi.callback("int(int)", inside)
    for _ in range(3):
        lib.begin_foreign(f)
    yield inside


@operation
def ended_by_c(w: World):
    """C code ends threads of Python that have reached it through calls and callbacks."""
    ffi, lib = w.api.ffi, w.api.lib
    program = w.ffi.dlopen(None)
    w.ffi.cdef("void pthread_exit(void *);")
    through = w.ffi.cast("void(*)(void *)", w.ffi.addressof(program, "pthread_exit"))
    f = ffi.callback("int_fn", lambda n: lib.end_thread())
    ways = [
        lib.end_thread,
        lambda: program.pthread_exit(w.ffi.NULL),
        lambda: through(b"x"),
        lambda: f(1),
        lambda: lib.apply(f, 1),
        lambda: w.ffi.gc(w.ffi.new("int *"), lambda _: lib.end_thread()),
    ]
    for way in ways:
        begun = threading.Event()
        threading.Thread(target=lambda way=way, begun=begun: (begun.set(), way()), daemon=True).start()
        begun.wait()
    time.sleep(0.05)
    yield inside
