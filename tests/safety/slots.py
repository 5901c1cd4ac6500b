"""A program for `test_slots.py`: it calls everything in `vars(type)` with every kind of object.

`python slots.py NUMBER FROM` does this for one type of the module, beginning with call number FROM. Before each call
its number is written to standard output, so the caller knows which call ended the process.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import gc
import itertools
import operator
import os
import pickle
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import _cffi_backend as B
import cffi

ffi = cffi.FFI()
ffi.cdef(
    """
    struct point { int x, y; };
    struct tail { int n; short rest[]; };
    union both { int i; double d; };
    enum color { RED, GREEN };
    int abs(int);
    double fabs(double);
    int printf(const char *, ...);
    """
)
lib = ffi.dlopen(None)
bare = B.FFI()
kept = ffi.new("struct point *", [1, 2])
"""An object that is never released, since the program writes through a pointer to its member."""


class Derived(B.FFI):
    """A class derived from the only class that allows it."""


def cdata() -> list[Any]:
    """Returns one cdata of each kind."""
    point = ffi.new("struct point *", [1, 2])
    return [
        ffi.new("int *", 5),
        ffi.new("int[]", [1, 2, 3]),
        ffi.new("char[]", b"abc"),
        ffi.new("int[4]")[1:3],
        point,
        point[0],
        ffi.addressof(kept, "y"),
        ffi.new("struct tail *", [2, [1, 2, 3]]),
        ffi.new("union both *", [1])[0],
        ffi.new_handle([1]),
        ffi.gc(ffi.new("int *"), lambda p: None),
        ffi.gc(ffi.new("struct point *"), lambda p: None)[0],
        ffi.from_buffer(bytearray(b"abcdefgh")),
        ffi.from_buffer("int *", bytearray(b"abcdefgh")),
        ffi.callback("int(int)", lambda x: x + 1),
        ffi.callback("struct point(struct point)", lambda p: p),
        lib.abs,
        lib.fabs,
        lib.printf,
        ffi.NULL,
        ffi.cast("int(*)(int)", 0),
        ffi.cast("int", 7),
        ffi.cast("double", 1.5),
        ffi.cast("long double", 1.5),
        ffi.cast("char", b"c"),
        ffi.cast("_Bool", 1),
        ffi.cast("enum color", 1),
        ffi.cast("struct unknown *", 0x10000)[0],
        ffi.new_allocator(lambda n: ffi.new("char[]", n))("int *"),
    ]


def others() -> list[Any]:
    """Returns objects of the other types of the module, and unrelated objects."""
    return [
        *(
            ffi.typeof(t)
            for t in ("int", "int *", "int[3]", "struct point", "enum color", "int(*)(int)", "void")
        ),
        ffi.typeof("struct point").fields[0][1],
        ffi.buffer(ffi.new("int[2]")),
        iter(ffi.new("int[3]")),
        B.load_library(None),
        bare,
        Derived(),
        bare.dlopen(None),
        bare.new_allocator(),
        bare.error("text"),
        None,
        0,
        -1,
        2**70,
        1.5,
        b"ab",
        "x",
        (),
        (1, 2),
        [1],
        {"x": 1},
        slice(0, 2),
        int,
        object(),
    ]


def module_types() -> list[type]:
    """Returns the types of the module, found through their objects."""
    found = {}
    for thing in [*cdata(), *others()]:
        for cls in type(thing).__mro__:
            if cls.__module__ in ("_cffi_backend", "ffi") or cls is B.FFI:
                found[cls.__qualname__, id(cls)] = cls
    return list(found.values())


Call = tuple[str, Callable[..., Any], tuple[Any, ...]]


def by_name(cls: type, objects: list[Any]) -> Iterator[Call]:
    """Returns calls of everything in the dict of the class, with receivers of all types and all kinds of arguments."""
    own = [thing for thing in objects if isinstance(thing, cls)]
    for name, slot in vars(cls).items():
        for receiver in objects:
            yield f"{name}.__get__", lambda s, r: s.__get__(r, type(r)), (slot, receiver)
            if not callable(slot):
                continue
            yield name, slot, (receiver,)
        for receiver, argument in itertools.product(own, objects):
            if hasattr(slot, "__set__"):
                yield f"{name}.__set__", slot.__set__, (receiver, argument)
            if callable(slot):
                yield name, slot, (receiver, argument)
        for receiver in own:
            if callable(slot):
                yield name, slot, (receiver, 0, 1)
                yield name, slot, (receiver, "x", receiver)
                yield name, slot, (receiver, receiver, None, None)
            if hasattr(slot, "__delete__"):
                yield f"{name}.__delete__", slot.__delete__, (receiver,)


def ways(cls: type, objects: list[Any]) -> Iterator[Call]:
    """Returns calls that reach an object's slots indirectly, and general operations on objects."""
    # Earlier calls may have released the memory of the previous objects.
    objects[:] = [*cdata(), *others()]
    yield "object.__new__", object.__new__, (cls,)
    yield "cls.__new__", cls.__new__, (cls,)
    yield "type.__call__", type.__call__, (cls,)
    yield "derived", type, ("Derived", (cls,), {})
    yield "derived from two", type, ("Derived", (cls, dict), {})
    for other in (int, dict, list, Exception, B.FFI, object, type):
        yield "foreign new", other.__new__, (cls,)
        yield "own new", cls.__new__, (other,)
        yield "__subclasscheck__", issubclass, (cls, other)
    for thing in objects:
        yield "type.__call__", type.__call__, (cls, thing)
        yield "type(x).__new__", cls.__new__, (cls, thing)
        if not isinstance(thing, cls):
            continue
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            yield "__reduce_ex__", lambda t, p: t.__reduce_ex__(p), (thing, protocol)
            yield "pickle", pickle.dumps, (thing, protocol)
        for function in (
            copy.copy,
            copy.deepcopy,
            operator.index,
            complex,
            round,
            abs,
            operator.neg,
            operator.invert,
        ):
            yield function.__name__, function, (thing,)
        yield "__init__", lambda t: t.__init__(), (thing,)
        yield "object.__init__", object.__init__, (thing, 1)
        yield "__init_subclass__", lambda t: type(t).__init_subclass__(), (thing,)
        yield "__set_name__", lambda t: type("Holder", (), {"x": t}), (thing,)
        yield "attribute", lambda t: type("Holder", (), {"x": t})().x, (thing,)
        yield "__class_getitem__", lambda t: type(t)[int], (thing,)
        yield "metaclass", lambda t: type("Holder", (), {}, metaclass=t), (thing,)
        yield "base", lambda t: type("Holder", (t,), {}), (thing,)
        yield "format", format, (thing, "x")
        yield "sizeof", sys.getsizeof, (thing,)
        yield "referents", gc.get_referents, (thing,)
        yield "await", lambda t: t.__await__(), (thing,)
        yield "matmul", operator.matmul, (thing, thing)
        yield "memoryview", memoryview, (thing,)
        yield "bytes", bytes, (thing,)
        yield "delattr", delattr, (thing, "x")
        yield "delitem", operator.delitem, (thing, 0)
        yield "method", types.MethodType(thing, 1) if callable(thing) else len, (3,)
        yield "bound", lambda t: types.MethodType(t, 1)(), (thing,)
        yield "partial", lambda t: functools.partial(t, 1)(), (thing,)
        yield "partial with names", lambda t: functools.partial(t, x=1)(), (thing,)
        yield "names", lambda t: t(x=1), (thing,)
        yield "tuple", lambda t: t(*(1, 2), **{"a": 1}), (thing,)
        yield "map", lambda t: list(map(t, [1, 2])), (thing,)
        yield "sorted", lambda t: sorted([1, 2], key=t), (thing,)
        yield "callback", lambda t: ffi.callback("int(int)", t)(1), (thing,)
        yield "destructor", lambda t: ffi.gc(ffi.new("int *"), t), (thing,)
        yield "property", lambda t: type("Holder", (), {"p": property(t)})().p, (thing,)
        yield "cached", lambda t: functools.lru_cache(t)(1), (thing,)
        for cls2 in {type(o) for o in objects}:
            yield "__class__", lambda t, c: setattr(t, "__class__", c), (thing, cls2)
        for name in ("__class__", "__dict__", "__weakref__", "__doc__", "x", "__call__", "__slots__"):
            yield f"set {name}", setattr, (thing, name, 1)
            yield f"object.__setattr__ {name}", object.__setattr__, (thing, name, 1)
            yield f"object.__delattr__ {name}", object.__delattr__, (thing, name)
            yield f"object.__getattribute__ {name}", object.__getattribute__, (thing, name)
        # This call is last, since it releases the memory that the others write to.
        yield "with", lambda t: t.__enter__().__exit__(None, None, None), (thing,)
    for name in (
        "__call__",
        "__del__",
        "__len__",
        "x",
        "__class__",
        "__bases__",
        "__base__",
        "__mro__",
        "__dict__",
    ):
        yield f"type.__setattr__ {name}", type.__setattr__, (cls, name, len)
        yield f"type.__delattr__ {name}", type.__delattr__, (cls, name)


def main(number: int, start: int) -> None:
    warnings.simplefilter("ignore")
    sys.unraisablehook = lambda problem: None
    cls = module_types()[number]
    null = os.open(os.devnull, os.O_WRONLY)
    report = os.dup(1)
    os.dup2(null, 1)
    objects = [*cdata(), *others()]
    for n, (_, function, arguments) in enumerate(itertools.chain(by_name(cls, objects), ways(cls, objects))):
        if n < start:
            continue
        os.write(report, b"%d\n" % n)
        with contextlib.suppress(Exception):
            str(function(*arguments))
        if n % 500 == 0:
            objects[:] = [*cdata(), *others()]
            gc.collect()
    os.write(report, b"done\n")


def describe(number: int, wanted: int) -> str:
    """Returns a description of call number `wanted`."""
    cls = module_types()[number]
    objects = [*cdata(), *others()]
    for n, (name, _, arguments) in enumerate(itertools.chain(by_name(cls, objects), ways(cls, objects))):
        if n == wanted:
            kinds = ", ".join(f"{type(a).__name__} {getattr(a, '__name__', '')!s}" for a in arguments)
            return f"{cls.__qualname__} {name}({kinds})"
    return "?"


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
