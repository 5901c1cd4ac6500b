"""Callbacks that fail, free themselves or come too late, and calls that are wrong."""

from __future__ import annotations

import gc
import io
import sys

from harness import DIES, raises, returns, survives
from prelude import (
    BOOL,
    CHAR,
    CHAR_P,
    DOUBLE,
    FLOAT,
    INT,
    INT_P,
    LLONG,
    LONG,
    SHORT,
    SIZE,
    VOID,
    VOID_P,
    B,
    array,
    libc,
    null,
    point,
    pointer,
    struct,
)

FN = B.new_function_type((INT,), INT)
VFN = B.new_function_type((), VOID)


# --- failing


@returns(0, stderr="ZeroDivisionError")
def callback_that_raises():
    return B.callback(FN, lambda n: n // 0)(5)


@returns(-7, stderr="ZeroDivisionError")
def callback_that_raises_with_an_error_value():
    return B.callback(FN, lambda n: n // 0, -7)(5)


@returns((7, 8), stderr="during handling of the above exception by 'onerror'")
def callback_whose_onerror_gives_no_struct():
    f = B.callback(B.new_function_type((), point()), lambda: 1 // 0, [7, 8], lambda *problem: "text")
    got = f()
    return got.x, got.y


@returns((7, 8), stderr="during handling of the above exception by 'onerror'", stock="a part of each")
def callback_whose_onerror_gives_a_wrong_struct():
    ct = point()
    fn = B.new_function_type((), ct)
    error = B.newp(pointer(ct), [7, 8])[0]
    f = B.callback(fn, lambda: 1 // 0, error, lambda *problem: [1, "text"])
    got = f()
    return got.x, got.y


@returns((7, 8), stderr="during handling of the above exception by 'onerror'", stock="a part of each")
def callback_whose_result_and_onerror_are_wrong():
    ct = point()
    fn = B.new_function_type((), ct)
    f = B.callback(fn, lambda: [3, None], [7, 8], lambda *problem: [1, 2, 3])
    got = f()
    return got.x, got.y


@returns((1, 8))
def callback_whose_onerror_gives_a_part_of_a_struct():
    ct = point()
    f = B.callback(B.new_function_type((), ct), lambda: 1 // 0, [7, 8], lambda *problem: [1])
    got = f()
    return got.x, got.y


@returns(-7, stderr="ZeroDivisionError")
def callback_whose_onerror_gives_a_wrong_number():
    return B.callback(FN, lambda n: n // 0, -7, lambda *problem: "text")(5)


@returns(0, stderr="an integer is required")
def callback_with_a_wrong_result():
    return B.callback(FN, lambda n: "text")(5)


@returns(0, stderr="does not fit 'int'")
def callback_with_a_result_too_large():
    return B.callback(FN, lambda n: 2**40)(5)


@returns(None, stderr="callback with the return type 'void' must return None")
def callback_without_result_that_returns():
    return B.callback(VFN, lambda: 5)()


@returns(0, stderr="TypeError")
def callback_with_another_signature():
    return B.callback(FN, lambda: 5)(5)


@returns(3)
def onerror_that_returns():
    return B.callback(FN, lambda n: 1 // 0, 5, lambda *a: 3)(5)


@returns(5)
def onerror_that_returns_nothing():
    return B.callback(FN, lambda n: 1 // 0, 5, lambda *a: None)(5)


@returns(5, stderr="during handling of the above exception by 'onerror'")
def onerror_that_raises():
    return B.callback(FN, lambda n: 1 // 0, 5, lambda *a: [][1])(5)


@returns(5, stderr="during handling of the above exception by 'onerror'")
def onerror_with_a_wrong_result():
    return B.callback(FN, lambda n: 1 // 0, 5, lambda *a: "text")(5)


@returns(5, stderr="ZeroDivisionError")
def onerror_with_another_signature():
    return B.callback(FN, lambda n: 1 // 0, 5, lambda: 3)(5)


@raises(TypeError, "expected a callable object for 'onerror', not int")
def onerror_that_is_no_function():
    B.callback(FN, lambda n: n, 0, 5)


@raises(TypeError, "expected a callable object, not int")
def function_that_is_no_function():
    B.callback(FN, 5)


@raises(TypeError, "expected a function ctype, got 'int'")
def type_that_is_no_function():
    B.callback(INT, lambda: 5)


@raises(TypeError, "an integer is required")
def error_value_of_another_type():
    B.callback(FN, lambda n: n, "text")


@raises(TypeError, "callback with the return type 'void' must return None")
def error_value_of_a_void_callback():
    B.callback(VFN, lambda: None, 5)


@raises(ZeroDivisionError)
def error_value_that_raises():
    class Bad:
        def __int__(self):
            return 1 // 0

    B.callback(FN, lambda n: n, Bad())


@returns(0)
def callback_that_exits():
    sys.unraisablehook = lambda *a: None
    return B.callback(FN, sys.exit)(5)


@returns(0)
def callback_that_is_interrupted():
    def interrupt(n):
        raise KeyboardInterrupt

    sys.unraisablehook = lambda *a: None
    return B.callback(FN, interrupt)(5)


@returns(0)
def hook_that_raises():
    def hook(*a):
        raise RuntimeError("no")

    sys.unraisablehook = hook
    return B.callback(FN, lambda n: 1 // 0)(5)


@returns(0)
def hook_that_is_gone():
    del sys.unraisablehook
    return B.callback(FN, lambda n: 1 // 0)(5)


@returns(0)
def hook_that_is_none():
    sys.unraisablehook = None
    return B.callback(FN, lambda n: 1 // 0)(5)


@returns(0)
def standard_error_that_is_gone():
    sys.stderr = None
    return B.callback(FN, lambda n: 1 // 0)(5)


@returns(0)
def callable_whose_repr_raises():
    class Bad:
        def __call__(self, n):
            return 1 // 0

        def __repr__(self):
            raise RuntimeError("no repr")

    cb = B.callback(FN, Bad())
    sys.stderr = io.StringIO()
    return cb(5)


@raises(RuntimeError, "no repr")
def repr_of_a_callable_whose_repr_raises():
    class Bad:
        def __call__(self, n):
            return 1

        def __repr__(self):
            raise RuntimeError("no repr")

    repr(B.callback(FN, Bad()))


@returns(0)
def exception_whose_str_raises():
    class Bad(Exception):
        def __str__(self):
            raise RuntimeError("no str")

    def fail(n):
        raise Bad

    sys.stderr = io.StringIO()
    return B.callback(FN, fail)(5)


@returns([0, 0, 0.0, 0.0, b"\0", False])
def results_of_every_type_are_zero_after_an_error():
    sys.unraisablehook = lambda *a: None
    return [
        B.callback(B.new_function_type((), ct), lambda: 1 // 0)()
        for ct in (SHORT, LLONG, FLOAT, DOUBLE, CHAR, BOOL)
    ]


# --- structs


@returns((7, 0), stock="the rest of the struct is not initialized")
def struct_result_given_in_part():
    ct = point()
    fn = B.new_function_type((INT,), ct)
    results = [[0x5555, 0x5555], [7]]
    cb = B.callback(fn, lambda n: results[n])
    cb(0)
    s = cb(1)
    return s.x, s.y


@returns([7] + [0] * 9, stock="the rest of the struct is not initialized")
def large_struct_result_given_in_part():
    ct = struct("struct s", *[(f"f{i}", LONG) for i in range(10)])
    fn = B.new_function_type((INT,), ct)
    results = [[0x5555] * 10, {"f0": 7}]
    cb = B.callback(fn, lambda n: results[n])
    cb(0)
    s = cb(1)
    return [getattr(s, f"f{i}") for i in range(10)]


@returns((7, 0))
def struct_error_value_given_in_part():
    ct = point()
    cb = B.callback(B.new_function_type((), ct), lambda: 1 // 0, [7])
    sys.unraisablehook = lambda *a: None
    s = cb()
    return s.x, s.y


@returns([(0x5555, 0x5555), (7, 0), (0, 0)], stock="the rest is not initialized")
def struct_argument_given_in_part():
    seen = []
    cb = B.callback(B.new_function_type((point(),), VOID), lambda s: seen.append((s.x, s.y)))
    for given in ([0x5555, 0x5555], [7], {}):
        cb(given)
    return seen


@returns([0] * 10, stock="the rest is not initialized")
def large_struct_argument_given_in_part():
    ct = struct("struct s", *[(f"f{i}", LONG) for i in range(10)])
    seen = []
    cb = B.callback(
        B.new_function_type((ct,), VOID),
        lambda s: seen.append([getattr(s, f"f{i}") for i in range(10)]),
    )
    cb([0x5555] * 10)
    cb([])
    return seen[1]


@returns([1, 0, 0, 0])
def array_argument_given_in_part():
    ct = pointer(struct("struct s", ("a", INT), ("b", INT)))
    cb = B.callback(
        B.new_function_type((ct,), INT), lambda p: [p[0].a, p[0].b, p[1].a, p[1].b] == [1, 0, 0, 0]
    )
    return [1, 0, 0, 0] if cb([[1], {}]) else "garbage"


@returns((1, 2), stock="a view of memory that is gone")
def struct_argument_that_is_kept():
    kept = []
    cb = B.callback(B.new_function_type((point(), INT), VOID), lambda s, n: kept.append(s))
    cb([1, 2], 5)
    for _ in range(100):
        cb([0x5555, 0x5555], 6)
    return kept[0].x, kept[0].y


@returns([1] * 10, stock="a view of memory that is gone")
def large_struct_argument_that_is_kept():
    ct = struct("struct s", *[(f"f{i}", LONG) for i in range(10)])
    kept = []
    cb = B.callback(B.new_function_type((ct,), VOID), kept.append)
    cb([1] * 10)
    for _ in range(10):
        cb([0x5555] * 10)
    return [getattr(kept[0], f"f{i}") for i in range(10)]


@returns((1, 1))
def struct_result_is_a_copy():
    ct = point()
    cb = B.callback(B.new_function_type((ct,), ct), lambda s: s)
    a = cb([1, 2])
    b = cb([1, 3])
    return a.x, b.x


@raises(TypeError, "initializer for ctype 'struct point'")
def struct_argument_of_another_type():
    cb = B.callback(B.new_function_type((point(),), VOID), lambda s: None)
    cb(B.newp(pointer(point()))[0])


# --- lifetime


@returns(6)
def callback_that_frees_itself():
    box = []

    def function(n):
        box.clear()
        gc.collect()
        # Take the place of what was freed.
        function.kept = [B.callback(FN, lambda n: -1) for _ in range(100)]
        return n + 1

    box.append(B.callback(FN, function))
    bare = B.cast(FN, box[0])
    return bare(5)


@survives()
def callback_that_frees_itself_and_raises():
    box = []

    def function(n):
        box.clear()
        gc.collect()
        raise ValueError("x")

    box.append(B.callback(FN, function, 3, lambda *a: box.clear()))
    sys.unraisablehook = lambda *a: None
    return B.cast(FN, box[0])(5)


@survives(stock=DIES)
def callback_that_is_called_after_its_end():
    # C cannot know that it is gone; a Python caller at least must not die of it.
    bare = B.cast(FN, B.callback(FN, lambda n: n + 1))
    gc.collect()
    return bare(5)


@survives(stock=DIES)
def callback_with_a_struct_that_is_called_after_its_end():
    ct = point()
    fn = B.new_function_type((ct,), ct)
    bare = B.cast(fn, B.callback(fn, lambda s: s))
    gc.collect()
    return bare([1, 2])


@survives()
def many_callbacks_that_come_and_go():
    for _ in range(20):
        kept = [B.callback(FN, lambda n, i=i: n + i) for i in range(500)]
        assert [cb(1) for cb in kept] == list(range(1, 501))
        del kept[::2]
        assert [cb(1) for cb in kept] == list(range(2, 501, 2))


@returns(5)
def callback_type_that_is_dropped():
    fn = B.new_function_type((pointer(point()), array(point(), 3)), INT)
    cb = B.callback(fn, lambda a, b: 5)
    del fn
    gc.collect()
    return cb(null(B.typeof(cb).args[0]), null(B.typeof(cb).args[1]))


@returns(5)
def function_type_that_is_dropped_during_a_call():
    fns = [B.new_function_type((point(),), INT)]
    cbs = [B.callback(fns[0], lambda s: (fns.clear(), cbs.clear(), gc.collect(), 5)[3])]
    return B.cast(fns[0], cbs[0])([1, 2])


@survives(stock=DIES)
def callback_after_the_interpreter_is_gone():
    # C's own exit handlers run when Python is no more.
    fn = B.new_function_type((INT, VOID_P), VOID)
    on_exit = libc("on_exit", [fn, VOID_P], INT)
    cb = B.callback(fn, lambda status, arg: None)
    sys.kept_for_ever = cb
    B.newp_handle(VOID_P, cb)
    import ctypes

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(cb))
    return on_exit(cb, null(VOID_P))


# --- calls


@raises(TypeError, "cdata 'int *' is not callable")
def call_of_a_pointer():
    B.newp(INT_P)()


@raises(TypeError, "a cdata function cannot be called with keyword arguments")
def call_with_keywords():
    B.callback(FN, lambda n: n)(n=5)


@raises(TypeError, "expects 1 arguments, got 0")
def call_with_too_few():
    B.callback(FN, lambda n: n)()


@raises(TypeError, "expects at least 1 arguments, got 0")
def variadic_call_with_too_few():
    B.cast(B.new_function_type((INT,), INT, 1), B._testfunc(9))()


@raises(TypeError, "argument 2 passed in the variadic part needs to be a cdata object (got int)")
def variadic_call_with_an_int():
    B.cast(B.new_function_type((INT,), INT, 1), B._testfunc(9))(1, 5)


@returns(b"1.500000", stock="a float is not promoted to double")
def variadic_float():
    out = B.newp(array(CHAR, 50))
    libc("snprintf", [CHAR_P, SIZE, CHAR_P], INT, 1)(out, 50, b"%f", B.cast(FLOAT, 1.5))
    return B.string(out)


@returns(7, stock="NotImplementedError")
def variadic_call_with_a_union():
    union = B.new_union_type("union u")
    B.complete_struct_or_union(union, [("a", INT)])
    return B.cast(B.new_function_type((INT,), INT, 1), B._testfunc(9))(1, B.newp(pointer(union), [7])[0])


@raises((TypeError, NotImplementedError))
def variadic_call_with_an_open_struct():
    ct = B.new_struct_type("struct open")
    memory = B.newp(array(VOID_P, 1))
    opened = B.cast(pointer(ct), memory)[0]
    B.cast(B.new_function_type((INT,), INT, 1), B._testfunc(9))(1, opened)


@survives()
def argument_of_every_wrong_type():
    wrong = [None, 5, 5.5, "text", b"bytes", bytearray(b"x"), [1], (1,), {1: 2}, object(), INT]
    wrong += [B.newp(INT_P), B.cast(DOUBLE, 1), B.newp(pointer(point()))[0], len, int]
    seen = 0
    types = (INT, CHAR, DOUBLE, BOOL, pointer(DOUBLE), point(), FN, B.new_primitive_type("char16_t"))
    for ct in types:
        cb = B.callback(B.new_function_type((ct,), VOID), lambda x: None)
        for value in wrong:
            try:
                cb(value)
            except (TypeError, OverflowError, IndexError, ValueError, KeyError):
                seen += 1
    return seen > 50


@survives()
def results_of_every_wrong_type():
    sys.unraisablehook = lambda *a: None
    wrong = [None, 5, 5.5, "text", b"bytes", [1], (1,), {1: 2}, object(), INT, B.newp(INT_P)]
    types = (INT, CHAR, DOUBLE, BOOL, pointer(DOUBLE), point(), FN, VOID, VOID_P, FLOAT, LLONG)
    for ct in types:
        for value in wrong:
            B.callback(B.new_function_type((), ct), lambda value=value: value)()


@returns(3)
def callback_in_a_callback():
    return B.callback(FN, lambda n: B.callback(FN, lambda m: m + 1)(n) + 1)(1)
