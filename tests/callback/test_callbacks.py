"""C calling Python: conversions, errors and their reports, re-entry, lifetime."""

from __future__ import annotations

import ctypes
import gc
import threading

import _cffi_backend as B
import pytest


def prim(name):
    return B.new_primitive_type(name)


def ptr(item):
    return B.new_pointer_type(item)


def fn(result, *args):
    return B.new_function_type(args, result)


INT, SHORT, DOUBLE, CHAR = (prim(n) for n in ("int", "short", "double", "char"))
VOID = B.new_void_type()
VOID_P, INT_P = ptr(VOID), ptr(INT)
POINT = B.new_struct_type("struct point")
B.complete_struct_or_union(POINT, [("x", INT), ("y", DOUBLE)])
UNARY = fn(INT, INT)

VALUES = [
    (prim("signed char"), -5),
    (prim("unsigned char"), 250),
    (SHORT, -30000),
    (prim("unsigned short"), 65000),
    (INT, -(2**31)),
    (prim("unsigned int"), 2**32 - 1),
    (prim("long long"), -(2**63)),
    (prim("unsigned long long"), 2**64 - 1),
    (prim("float"), 1.5),
    (DOUBLE, -1e300),
    (prim("_Bool"), True),
    (CHAR, b"\xff"),
    (prim("char16_t"), "é"),
    (prim("char32_t"), "\U0001f600"),
    (INT_P, B.cast(INT_P, 0x1234)),
    (B.new_enum_type("enum e", ("A",), (-1,), INT), -1),
]


@pytest.mark.parametrize(("ct", "value"), VALUES, ids=[ct.cname for ct, _ in VALUES])
def test_values_go_there_and_back(ct, value) -> None:
    seen = []

    def function(x):
        seen.append(x)
        return x

    assert B.callback(fn(ct, ct), function)(value) == value
    assert seen == [value]
    assert type(seen[0]) is type(value)


def test_structs_go_there_and_back() -> None:
    def swap(p):
        assert repr(p).startswith("<cdata 'struct point &' 0x")
        return {"x": int(p.y), "y": float(p.x)}

    result = B.callback(fn(POINT, POINT), swap)([3, 4.5])
    assert (result.x, result.y) == (4, 3.0)


def test_long_double() -> None:
    ct = prim("long double")
    cb = B.callback(fn(ct, ct), lambda x: x)
    assert float(cb(0.5)) == 0.5


def test_many_arguments_of_all_kinds() -> None:
    types = [INT, DOUBLE, CHAR, prim("float"), prim("long long"), INT_P, POINT] * 4
    values = [1, 2.5, b"x", 3.5, 2**40, B.cast(INT_P, 8), [7, 8.5]] * 4
    seen: list[object] = []

    def function(*arguments):
        seen.extend(a.x if i % 7 == 6 else a for i, a in enumerate(arguments))
        return len(arguments)

    assert B.callback(fn(INT, *types), function)(*values) == 28
    assert seen == [1, 2.5, b"x", 3.5, 2**40, B.cast(INT_P, 8), 7] * 4


def fail(*args):
    raise ValueError("on purpose")


@pytest.fixture
def reports(monkeypatch):
    """What the unraisable hook is given."""
    seen: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", seen.append)
    return seen


def test_exception_is_reported(reports) -> None:
    assert B.callback(UNARY, fail)(1) == 0
    assert B.callback(UNARY, fail, -3)(1) == -3
    assert B.callback(fn(VOID, INT), fail)(1) is None
    assert [r.exc_type for r in reports] == [ValueError] * 3
    assert f"from cffi callback {fail!r}" in reports[0].err_msg
    assert "trying to convert" not in reports[0].err_msg
    names = []
    tb = reports[0].exc_traceback
    while tb is not None:
        names.append(tb.tb_frame.f_code.co_name)
        tb = tb.tb_next
    assert names[-1] == "fail"


WRONG_RESULTS = [
    (INT, "x", TypeError),
    (INT, None, TypeError),
    (INT, 2**40, OverflowError),
    (prim("signed char"), 128, OverflowError),
    (CHAR, "x", TypeError),
    (INT_P, 5, TypeError),
    (POINT, 5, TypeError),
    (POINT, {"z": 1}, KeyError),
    (VOID, 5, TypeError),
]


@pytest.mark.parametrize(("ct", "value", "exception"), WRONG_RESULTS)
def test_wrong_result_is_reported(reports, ct, value, exception) -> None:
    result = B.callback(fn(ct), lambda: value)()
    (report,) = reports
    assert report.exc_type is exception
    assert "trying to convert the result back to C" in report.err_msg
    if ct is INT:
        assert result == 0


def test_onerror(reports) -> None:
    seen = []

    def onerror(kind, value, traceback):
        seen.append((kind, str(value), traceback.tb_frame.f_code.co_name))
        return 77

    assert B.callback(UNARY, fail, -3, onerror)(1) == 77
    assert seen == [(ValueError, "on purpose", "fail")]
    assert B.callback(UNARY, fail, -3, lambda *a: None)(1) == -3
    assert reports == []


@pytest.mark.parametrize("onerror", [lambda *a: [][1], lambda *a: "text", lambda: 5])
def test_onerror_that_fails(reports, onerror) -> None:
    assert B.callback(UNARY, fail, -3, onerror)(1) == -3
    first, second = reports
    assert first.exc_type is ValueError
    assert "during handling of the above exception by 'onerror'" in second.err_msg.replace("\n", " ")


REFUSED = [
    (lambda: B.callback(INT, abs), TypeError, "expected a function ctype, got 'int'"),
    (lambda: B.callback(UNARY, 5), TypeError, "expected a callable object, not int"),
    (lambda: B.callback(UNARY, abs, 0, 5), TypeError, "expected a callable object for 'onerror', not int"),
    (lambda: B.callback(UNARY, abs, "x"), TypeError, "an integer is required"),
    (lambda: B.callback(UNARY, abs, 2**40), OverflowError, "does not fit 'int'"),
    (
        lambda: B.callback(fn(VOID), abs, 5),
        TypeError,
        "callback with the return type 'void' must return None",
    ),
]


@pytest.mark.parametrize(("call", "exception", "text"), REFUSED, ids=[r[2] for r in REFUSED])
def test_refused(call, exception, text) -> None:
    with pytest.raises(exception) as caught:
        call()
    assert text in str(caught.value)


def test_recursion_through_c() -> None:
    def step(n):
        return n * factorial[0](n - 1) if n > 1 else 1

    factorial = [B.callback(fn(prim("unsigned long long"), INT), step)]
    assert factorial[0](20) == 2432902008176640000


def test_sorting_through_c() -> None:
    qsort = B.load_library(None).load_function(
        fn(VOID, VOID_P, prim("size_t"), prim("size_t"), fn(INT, VOID_P, VOID_P)), "qsort"
    )
    values = [(i * 7919) % 1009 for i in range(300)]
    a = B.newp(B.new_array_type(INT_P, None), values)

    def compare(x, y):
        return B.cast(INT_P, x)[0] - B.cast(INT_P, y)[0]

    qsort(a, len(a), 4, B.callback(fn(INT, VOID_P, VOID_P), compare))
    assert list(a) == sorted(values)


def test_errno_in_callbacks() -> None:
    seen = []

    def function(n):
        seen.append(B.get_errno())
        B.set_errno(n)
        return 0

    cb = B.callback(UNARY, function)
    B.set_errno(5)
    cb(9)
    assert (seen, B.get_errno()) == ([5], 9)
    B.set_errno(0)


def test_a_cast_is_enough_to_call_but_not_to_keep() -> None:
    cb = B.callback(UNARY, lambda n: n + 1)
    bare = B.cast(UNARY, B.cast(VOID_P, cb))
    assert bare(1) == 2
    assert bare == cb
    assert isinstance(bare, B._CDataBase)
    assert B.typeof(bare) is UNARY


CALLS = [
    lambda f: f(20),
    lambda f: f(-(2**31)),
    lambda f: f(*[7]),
    lambda f: f(7, **{}),
    lambda f: type(f).__call__(f, 7),
    lambda f: B._CDataBase.__call__(f, 7),
    lambda f: list(map(f, range(5))),
    lambda f: f(),
    lambda f: f(1, 2),
    lambda f: f(x=1),
    lambda f: f("x"),
    lambda f: f(2**31),
    lambda f: B._CDataBase.__call__(f, "x"),
]


@pytest.mark.parametrize("call", CALLS)
def test_python_calls_a_callback_as_any_function_pointer(call) -> None:
    def outcome(function):
        try:
            return call(function)
        except Exception as e:
            return type(e), str(e)

    callback = B.callback(UNARY, lambda x: x // 2)
    pointer = B.cast(UNARY, callback)
    assert outcome(callback) == outcome(pointer)


def test_the_function_lives_as_long_as_the_callback() -> None:
    import weakref

    def function(n):
        return n

    ref = weakref.ref(function)
    cb = B.callback(UNARY, function)
    del function
    gc.collect()
    assert cb(5) == 5
    del cb
    gc.collect()
    assert ref() is None


def test_callbacks_are_all_different() -> None:
    many = [B.callback(UNARY, lambda n, i=i: n + i) for i in range(3000)]
    assert len({int(B.cast(prim("size_t"), cb)) for cb in many}) == 3000
    assert [cb(1) for cb in many] == list(range(1, 3001))


def test_callbacks_from_other_threads() -> None:
    cb = B.callback(UNARY, lambda n: n + threading.get_ident() % 2 * 0)
    results = []
    threads = [
        threading.Thread(target=lambda i=i: results.append([cb(j) for j in range(200)] == list(range(200))))
        for i in range(8)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert results == [True] * 8


@pytest.mark.parametrize("prototype", [ctypes.CFUNCTYPE, ctypes.PYFUNCTYPE], ids=["detached", "attached"])
def test_called_by_others(prototype) -> None:
    """C code that is not called from here comes in with the GIL released, or with the GIL held."""
    by_us = B.callback(UNARY, lambda x: x * 2)

    def function(x: int) -> int:
        threading.local().there = True
        return x + by_us(x) + 1

    callback = B.callback(UNARY, function)
    entry = prototype(ctypes.c_int, ctypes.c_int)(int(B.cast(prim("uintptr_t"), callback)))
    assert entry(5) == 16
    # The same from inside a callback of ours, and on another thread.
    nested = B.callback(UNARY, lambda x: entry(x) + entry(x))
    assert nested(1) == 8
    results: list[int] = []
    thread = threading.Thread(target=lambda: results.extend((entry(2), nested(2), entry(3))))
    thread.start()
    thread.join()
    assert results == [7, 14, 10]


def test_the_state_of_the_thread_stays_the_same() -> None:
    """What a callback puts into `threading.local()` is there in the next one, and in the code that called."""
    data = threading.local()
    seen = []

    def function(depth: int) -> int:
        data.count = getattr(data, "count", 0) + 1
        if depth:
            callback(depth - 1)
        seen.append(data.count)
        return data.count

    callback = B.callback(UNARY, function)
    assert callback(20) == 21
    assert callback(0) == 22
    assert data.count == 22
    assert seen == [21] * 21 + [22]
