"""The methods of `cffi.FFI`, which run compiled, beside the functions of the class."""

from __future__ import annotations

import gc
import inspect
import threading
import weakref
from collections.abc import Callable
from functools import partial
from types import FunctionType, GetSetDescriptorType, MethodDescriptorType
from typing import Any

import _cffi_backend
import cffi
import pytest

TEXT = "typedef struct { int x; short y[4]; } t; enum e { A, B }; int abs(int); extern int optind;"


@pytest.fixture
def ffi() -> cffi.FFI:
    ffi = cffi.FFI()
    ffi.cdef(TEXT)
    return ffi


def outcome(call: Callable[[], Any]) -> object:
    """Returns a result or an exception in a form that can be compared."""
    try:
        result = call()
    except Exception as error:
        return type(error), str(error)
    if isinstance(result, cffi.FFI.CData):
        return "cdata", _cffi_backend.typeof(result)
    return result


CALLS: dict[str, list[tuple[tuple[Any, ...], dict[str, Any]]]] = {
    "typeof": [(("t *",), {}), (("int(int)",), {}), (("nope",), {}), ((5,), {}), ((), {}), (("int", 1), {})],
    "sizeof": [
        (("t",), {}),
        (("t[3]",), {}),
        (("void",), {}),
        (("struct nope",), {}),
        ((None,), {}),
        ((), {"cdecl": "t"}),
    ],
    "alignof": [(("t",), {}), (("void",), {}), ((5,), {})],
    "offsetof": [
        (("t", "y"), {}),
        (("t", "y", 2), {}),
        (("t *", "y"), {}),
        (("t", "z"), {}),
        (("t",), {}),
        (("int", 1), {}),
    ],
    "new": [
        (("t *",), {}),
        (("int[3]", [1, 2]), {}),
        (("int *",), {"init": 5}),
        (("int",), {}),
        (("t *", 5), {}),
        (("int(int)",), {}),
    ],
    "cast": [(("int", 3.5), {}), (("t *", 0), {}), (("t", 0), {}), (("int",), {}), (("enum e", 1), {})],
    "getctype": [
        (("t *",), {}),
        (("int[5]", "*"), {}),
        (("int(*)(int)", "f"), {}),
        (("int", " x "), {}),
        (("int", 5), {}),
    ],
    "from_buffer": [
        ((b"abcd",), {}),
        (("int[]", b"abcd"), {}),
        (("int[]", bytearray(8), True), {}),
        (("int[]", b"abcd", True), {}),
        (("int", b"abcd"), {}),
    ],
    "callback": [
        (("int(*)(int)", abs), {}),
        (("int(int)", abs), {}),
        (("int(int)", 5), {}),
        (("int", abs), {}),
        (("int(*)(int)", abs), {"error": 3}),
    ],
    "string": [((b"abc",), {}), ((), {})],
    "unpack": [((5, 1), {})],
    "memmove": [((bytearray(4), b"ab", 2), {}), ((bytearray(4), b"ab"), {}), ((b"ab", b"ab", 2), {})],
    "release": [((5,), {})],
    "from_handle": [((5,), {})],
    "gc": [((5, None), {})],
    "addressof": [((5,), {})],
    "list_types": [((), {}), ((1,), {})],
    "dlopen": [((5,), {}), (("no_such_library",), {}), (("./no_such_library.so",), {}), ((b"m",), {})],
}


@pytest.mark.parametrize("name", CALLS)
def test_each_method_does_what_the_function_of_the_class_does(name: str) -> None:
    for args, options in CALLS[name]:
        ours, plain = cffi.FFI(), cffi.FFI()
        for one in (ours, plain):
            one.cdef(TEXT)
        genuine, compiled = cffi.FFI._replaced_methods[name]
        assert isinstance(genuine, FunctionType)
        assert compiled is vars(cffi.FFI)[name]
        found = outcome(partial(getattr(ours, name), *args, **options))
        expected = outcome(partial(genuine, plain, *args, **options))
        if isinstance(expected, tuple) and expected[0] == "cdata":
            assert found[0] == "cdata"
            assert str(found[1]) == str(expected[1])
        elif type(expected).__name__ == "CType":
            assert str(found) == str(expected)
        else:
            assert found == expected, (name, args, options)


def test_data(ffi: cffi.FFI) -> None:
    p = ffi.new("t *", [7, [1, 2, 3]])
    assert (p.x, list(p.y)) == (7, [1, 2, 3, 0])
    assert ffi.typeof(p) is ffi.typeof("t *")
    assert ffi.addressof(p.y, 2)[0] == 3
    assert ffi.addressof(p[0], "y", 1)[0] == 2
    assert ffi.addressof(p, "x")[0] == 7
    with pytest.raises(TypeError, match=r"addressof\(pointer\)"):
        ffi.addressof(p)
    assert ffi.string(ffi.new("char[]", b"text")) == b"text"
    assert ffi.unpack(ffi.new("short[]", [4, 5]), 2) == [4, 5]
    seen: list[int] = []
    q = ffi.gc(p, lambda origin: seen.append(origin.x))
    ffi.release(q)
    assert seen == [7]
    assert ffi.from_handle(ffi.new_handle(seen)) is seen
    assert ffi.cast("void *", 0) == ffi.NULL
    allocate = ffi.new_allocator(should_clear_after_alloc=False)
    assert allocate("int[2]", [8, 9])[1] == 9
    assert list(ffi.buffer(ffi.new("char[2]", b"ab"))) == [b"a", b"b"]


def test_type_strings_are_remembered(ffi: cffi.FFI) -> None:
    ct = ffi.typeof("t [ 3 ] ")
    assert ffi._parsed_types["t [ 3 ] "] == (ct, False)
    assert ffi._parsed_types["int(int)"] if ffi.callback("int(int)", abs) else None
    with pytest.raises(cffi.CDefError, match="is a function type, not a pointer-to-function type"):
        ffi.typeof("int(int)")


def test_a_type_string_ends_where_it_ends(ffi: cffi.FFI) -> None:
    for text in ("int); int evil(long", "int)", "t *); typedef int u; void f(int"):
        with pytest.raises(cffi.CDefError, match="cannot parse"):
            ffi.typeof(text)
    assert "function evil" not in ffi._parser._declarations


def test_attributes_of_instances_can_be_set(ffi: cffi.FFI) -> None:
    for name in [*CALLS, "cdef", "include", "verify"]:
        setattr(ffi, name, name)
        assert getattr(ffi, name) == name
        delattr(ffi, name)
        assert getattr(ffi, name).__self__ is ffi
    assert ffi.new("t *").x == 0


def test_subclasses_override_methods() -> None:
    class Noting(cffi.FFI):
        def __init__(self) -> None:
            self.seen: list[str] = []
            super().__init__()

        def new(self, cdecl: str, init: object = None) -> object:
            self.seen.append(cdecl)
            return super().new(cdecl, init)

        def cdef(self, csource: str, *rest: object, **options: object) -> None:
            self.seen.append(csource)
            super().cdef(csource, *rest, **options)

    ffi = Noting()
    ffi.cdef("typedef int t;")
    assert ffi.new("t *", 5)[0] == 5
    assert ffi.seen == ["typedef int t;", "t *"]
    assert ffi._cdefsources == ["typedef int t;"]
    assert int(ffi.cast("t", 6)) == 6


def test_the_class_has_the_compiled_methods(ffi: cffi.FFI) -> None:
    assert not {*CALLS, "errno"} & set(vars(ffi))
    assert isinstance(vars(cffi.FFI)["new"], MethodDescriptorType)
    assert isinstance(vars(cffi.FFI)["errno"], GetSetDescriptorType)
    assert str(inspect.signature(cffi.FFI.new)) == "(self, /, cdecl, init=None)"
    assert cffi.FFI.new(ffi, "int *", 5)[0] == 5
    with pytest.raises(TypeError):
        cffi.FFI.new("int *", "int *")


def test_errno(ffi: cffi.FFI) -> None:
    ffi.errno = 7
    assert (ffi.errno, cffi.FFI().errno) == (7, 7)
    for value, error in (("x", TypeError), (1 << 31, OverflowError), (None, TypeError)):
        with pytest.raises(error):
            ffi.errno = value
    with pytest.raises(AttributeError):
        del ffi.errno
    assert ffi.errno == 7


def test_methods_of_objects_that_take_turns() -> None:
    made = []
    for number in range(8):
        one = cffi.FFI()
        one.cdef(f"typedef struct {{ char a[{number + 1}]; }} t;")
        made.append(one)
    for _ in range(3):
        assert [one.sizeof("t") for one in made] == list(range(1, 9))
        assert [one.sizeof(one.new("t *")[0]) for one in reversed(made)] == list(range(8, 0, -1))
    del made[3:]
    gc.collect()
    others = []
    for _ in range(50):
        others.append(cffi.FFI())
        with pytest.raises(cffi.CDefError):
            others[-1].sizeof("t")
    assert [one.sizeof("t") for one in made] == [1, 2, 3]


def test_methods_of_objects_in_threads() -> None:
    def work(number: int, wrong: list[int]) -> None:
        for _ in range(200):
            one, other = cffi.FFI(), cffi.FFI()
            one.cdef(f"typedef struct {{ char a[{number + 1}]; }} t;")
            other.cdef(f"typedef struct {{ char a[{number + 100}]; }} t;")
            for _ in range(5):
                if (one.sizeof("t"), other.sizeof("t")) != (number + 1, number + 100):
                    wrong.append(number)

    wrong: list[int] = []
    threads = [threading.Thread(target=work, args=(number, wrong)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_an_object_that_gets_another_parser(ffi: cffi.FFI) -> None:
    assert ffi.sizeof("t") == 12
    ffi._parser = cffi.cparser.Parser()
    gc.collect()
    with pytest.raises(cffi.CDefError):
        ffi.typeof("t[7]")
    ffi._parser.parse("typedef char t2[9];")
    assert ffi.sizeof("t2") == 9


def test_an_object_without_a_parser() -> None:
    with pytest.raises(AttributeError):
        cffi.FFI.__new__(cffi.FFI).new("int *")


def test_a_subclass_that_finds_types_by_itself_is_asked() -> None:
    class Translating(cffi.FFI):
        def _typeof(self, cdecl: str, *rest: object) -> object:
            return super()._typeof(cdecl.replace("INT", "int"), *rest)

    ffi = Translating()
    assert ffi.new("INT *", 3)[0] == 3
    assert ffi.sizeof("INT[2]") == 8


def test_methods_that_somebody_replaced_in_the_class_run(monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = cffi.FFI.typeof
    monkeypatch.setattr(cffi.FFI, "typeof", lambda self, cdecl: (cdecl, genuine(self, cdecl)))
    ffi = cffi.FFI()
    assert ffi.typeof("int")[0] == "int"


def test_methods_outlive_the_name_of_the_object() -> None:
    new, cast = cffi.FFI().new, cffi.FFI().cast
    gc.collect()
    assert (new("int *", 5)[0], int(cast("char", 65))) == (5, 65)


def test_objects_are_freed() -> None:
    class Weak(cffi.FFI):
        pass

    ffi = Weak()
    ffi.cdef("struct s { int a; }; int abs(int);")
    lib = ffi.dlopen(None)
    assert lib.abs(-1) == 1
    ffi.new("struct s *")
    gone = weakref.ref(ffi)
    del ffi, lib
    gc.collect()
    assert gone() is None


def test_identity_between_objects() -> None:
    a, b = cffi.FFI(), cffi.FFI()
    for one in (a, b):
        one.cdef("struct s { int a; };")
    assert a.typeof("int(*)(char *)") is b.typeof("int(*)(char *)")
    assert a.typeof("FILE *") is b.typeof("FILE *")
    assert a.typeof("struct s") is not b.typeof("struct s")
    assert b._parser._declarations
    assert a.typeof("FILE **") is b.typeof("FILE **")
