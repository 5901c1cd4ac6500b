"""What a thread can be doing when the program ends: one function for each way in which Python code is reached from C.

An operation is a generator function. What comes before `yield` is run once, on the main thread; its variables are alive
until the interpreter clears its modules. The function that it yields is called again and again, on several threads.
Somewhere in it `inside()` is called, where the end of the program finds the thread: it lets other threads run. Nothing
after the `yield` is ever run.
"""

from __future__ import annotations

import ctypes
import functools
import gc
import io
import os
import random
import sys
import threading
import time
import weakref
from collections.abc import Callable, Generator
from typing import Any

from tests.exit import compiled

Operation = Callable[["World"], Generator[Callable[[], object], None, None]]

OPERATIONS: dict[str, Operation] = {}
"""All operations by name."""

THREADS_COME_BACK = sys.version_info < (3, 14)
"""Whether the interpreter ends a thread that wants to run Python code once the shutdown has begun. Since 3.14 it stops the
thread for good, so C code that waits for such a thread waits for ever, with every backend."""

WAITED_FOR = ("c_joined_at_exit", "c_holding_a_lock")
"""Operations whose C code waits at the end for the threads that it has."""


def operation(function: Operation) -> Operation:
    """Put a function into the table."""
    OPERATIONS[function.__name__] = function
    return function


CHOICE = random.Random()


def inside(*_: object) -> int:
    """Be where other threads get their turn: asleep, or in the middle of Python code."""
    WAS_INSIDE.add(threading.get_ident())
    if CHOICE.random() < 0.7:
        time.sleep(CHOICE.random() * 0.002)
    else:
        for _ in range(300):
            pass
    return 1


WAS_INSIDE: set[int] = set()
"""The threads that have been inside."""


class World:
    """What operations work on: the backend in its modes, and objects whose methods are Python code."""

    kept: Any = None
    """What has to stay until the interpreter clears its modules."""

    def __init__(self, folder: str) -> None:
        """`folder` holds the compiled code, or is empty if there is none."""
        import cffi

        self.folder = folder
        ffi = self.ffi = cffi.FFI()
        ffi.cdef(
            """
            struct s { int a; double b; char c[8]; int *p; };
            struct bits { int low : 4; int high : 4; };
            union u { int a; double b; };
            struct deep { struct s first; struct s all[2]; };
            typedef struct { int x, y; } point;
            typedef int (*int_fn)(int);
            typedef int (*any_fn)(int, double, char *, point);
            typedef point (*point_fn)(point);
            enum color { RED, GREEN };
            int abs(int);
            double fabs(double);
            double fmod(double, double);
            size_t strlen(const char *);
            int printf(const char *, ...);
            int snprintf(char *, size_t, const char *, ...);
            void *memchr(const void *, int, size_t);
            void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
            int usleep(unsigned);
            extern int optind;
            """
        )
        self.libc = ffi.dlopen(None)

    @property
    def api(self) -> Any:
        """The compiled module."""
        if self.folder not in sys.path:
            sys.path.insert(0, self.folder)
        return __import__(compiled.NAME)

    def library(self, file: str, cdef: str) -> tuple[Any, Any]:
        """A library opened by name, with the FFI object for it."""
        import cffi

        ffi = cffi.FFI()
        ffi.cdef(cdef)
        return ffi, ffi.dlopen(os.path.join(self.folder, file))


class Number:
    """A number whose value is asked for by running Python code."""

    def __int__(self) -> int:
        """The value, for `int()`."""
        return inside()

    def __index__(self) -> int:
        """The value, as an index."""
        return inside()

    def __float__(self) -> float:
        """The value, for `float()`."""
        return float(inside())

    def __complex__(self) -> complex:
        """The value, for `complex()`."""
        return complex(inside())

    def __bool__(self) -> bool:
        """Truth."""
        return bool(inside())

    def __eq__(self, other: object) -> bool:
        """Equal to everything."""
        return bool(inside())

    def __lt__(self, other: object) -> bool:
        """Less than everything."""
        return bool(inside())

    def __hash__(self) -> int:
        """The number's own."""
        return inside()

    def __repr__(self) -> str:
        """A text."""
        return f"Number({inside()})"


class Text(str):
    """A text that is compared and hashed by Python code."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        """As for `str`."""
        inside()
        return str.__eq__(self, other)

    def __hash__(self) -> int:
        """As for `str`."""
        inside()
        return str.__hash__(self)


class Items:
    """A sequence without a list."""

    def __len__(self) -> int:
        """Three."""
        inside()
        return 3

    def __getitem__(self, i: int) -> int:
        """A number."""
        inside()
        if i >= 3:
            raise IndexError(i)
        return i

    def __iter__(self) -> Generator[int, None, None]:
        """The numbers."""
        for i in range(3):
            inside()
            yield i


class Dying:
    """An object whose end is Python code."""

    def __del__(self) -> None:
        """The end."""
        inside()


class Exporter:
    """A buffer that is exported by Python code (PEP 688)."""

    def __init__(self) -> None:
        """With eight bytes."""
        self.data = bytearray(b"abcdefgh")

    def __buffer__(self, flags: int) -> memoryview:
        """The bytes."""
        inside()
        return memoryview(self.data)

    def __release_buffer__(self, view: memoryview) -> None:
        """The end of the view."""
        inside()
        view.release()


def raising(*_: object) -> int:
    """Fail, from inside."""
    inside()
    raise ValueError("on purpose")


def refused(function: Callable[..., object], *arguments: object) -> None:
    """Call what raises."""
    try:
        function(*arguments)
    except Exception:
        inside()


# Values into C memory, and out of it.


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


# Types.


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


# Objects whose end runs code.


@operation
def gc_released(w: World):
    def use() -> None:
        w.ffi.release(w.ffi.gc(w.ffi.new("int *"), inside))

    yield use


@operation
def gc_dropped(w: World):
    def use() -> None:
        w.ffi.gc(w.ffi.new("int *"), inside)
        w.ffi.gc(w.ffi.new("int *"), inside, 100)

    yield use


@operation
def gc_collected(w: World):
    def use() -> None:
        circle: list[object] = []
        circle.append(w.ffi.gc(w.ffi.new("int *"), functools.partial(inside, circle)))
        del circle
        gc.collect()

    yield use


@operation
def gc_raising(w: World):
    def use() -> None:
        w.ffi.gc(w.ffi.new("int *"), raising)

    yield use


@operation
def gc_repr(w: World):
    p = w.ffi.gc(w.ffi.new("int *"), Dying)
    owner = w.ffi.gc(w.ffi.new("int *"), CallableNumber())
    yield lambda: (repr(owner), repr(p))


class CallableNumber(Number):
    """A number that can be called."""

    def __call__(self, *_: object) -> int:
        """Run."""
        return inside()


@operation
def allocator(w: World):
    keep: dict[int, object] = {}

    def alloc(size: int) -> object:
        inside()
        block = w.ffi.new("char[]", size)
        keep[int(w.ffi.cast("intptr_t", block))] = block
        return block

    def free(block: object) -> None:
        inside()
        keep.pop(int(w.ffi.cast("intptr_t", block)), None)

    new = w.ffi.new_allocator(alloc, free)
    yield lambda: new("int[]", [1, Number(), 3])


@operation
def handle(w: World):
    def use() -> None:
        h = w.ffi.new_handle(Number())
        repr(h)
        inside(w.ffi.from_handle(h) == 1)
        w.ffi.new_handle(Dying())

    yield use


@operation
def weakly_referenced(w: World):
    def use() -> None:
        p = w.ffi.new("int *")
        q = w.ffi.new_handle(1)
        f = w.ffi.callback("int_fn", abs)
        kept = [weakref.ref(o, inside) for o in (p, q, f)]
        del p, q, f
        assert kept

    yield use


@operation
def del_in_struct(w: World):
    class Attributes(dict):  # type: ignore[type-arg]
        def __del__(self) -> None:
            inside()

    def use() -> None:
        p = w.ffi.new("int *")
        w.ffi.gc(p, Attributes(a=p).get)

    yield use


@operation
def init_once(w: World):
    ffi = w.ffi
    count = iter(range(10**9))

    def use() -> None:
        ffi.init_once(inside, next(count))
        ffi.init_once(inside, Number())
        refused(ffi.init_once, raising, Text(f"tag{next(count)}"))

    yield use


# Calls.


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


# Callbacks, called through a function pointer.


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


# Compiled modules.


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
    """A function that is code at its end too."""

    def __call__(self, *_: object) -> int:
        """Run."""
        return inside()


# Threads of C.


@operation
def c_callback(w: World):
    lib, ffi = w.api.lib, w.api.ffi
    w.kept = f = ffi.callback("int_fn", inside)
    for wait in (0, 0, 500):
        lib.start_int(f, wait)
    yield inside


@operation
def c_callback_local(w: World):
    """Nothing but C has the callback, so it goes before the interpreter does."""
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
    """C code that waits for its threads when the process ends."""
    lib, ffi = w.api.lib, w.api.ffi
    w.kept = f = ffi.callback("int_fn", inside)
    for _ in range(3):
        lib.start_joined(f, 0)
    lib.stop_at_exit()
    yield inside


@operation
def c_joined_at_the_end_of_an_object(w: World):
    """The same at the end of an object that is alive until the interpreter ends."""
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
    """Threads in the code of a library that nothing but a module's attribute keeps open."""
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
    """Frames of C++ that must not be unwound."""
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
    """C code ends threads of Python that have come to it through calls and callbacks."""
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
