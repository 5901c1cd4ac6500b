"""Types, initializers and chains of owners that are nested a hundred thousand times."""

from __future__ import annotations

import gc
import sys

from harness import DIES, raises, returns, survives
from prelude import CHARS, INT, INT_P, VOID_P, B, array, pointer, struct, var_sized

DEEP = 100_000


def nested_structs(depth, first=("a", INT)):
    ct = struct("struct s", first)
    for _ in range(depth):
        ct = struct("struct s", ("a", ct))
    return ct


@returns("<ctype 'struct s'>")
def structs_in_structs():
    ct = nested_structs(DEEP)
    text = repr(ct)
    del ct
    gc.collect()
    return text


@returns(3)
def structs_linked_by_pointers():
    ct = struct("struct s", ("a", INT))
    for _ in range(2 * DEEP):
        ct = struct("struct s", ("p", pointer(ct)), ("n", INT))
    p = B.newp(pointer(ct), {"n": 3})
    n = p.n
    del p, ct
    gc.collect()
    return n


@survives()
def structs_linked_by_functions():
    ct = struct("struct s", ("a", INT))
    for _ in range(2 * DEEP):
        ct = struct("struct s", ("f", B.new_function_type((pointer(ct),), INT)))
    del ct
    gc.collect()


@survives()
def pointers_to_pointers():
    # Each name is two characters longer than the one before.
    ct = INT
    for _ in range(10_000):
        ct = pointer(ct)
    length = len(repr(ct)) + len(B.getcname(ct, "x"))
    del ct
    gc.collect()
    return length


@survives()
def arrays_of_arrays():
    ct = INT
    for _ in range(5_000):
        ct = array(ct, 1)
    a = B.newp(pointer(ct))
    length = len(repr(a)) + B.alignof(ct)
    del a, ct
    gc.collect()
    return length


@survives()
def functions_of_functions():
    ct = INT
    for _ in range(3_000):
        ct = B.new_function_type((), ct)
    length = len(repr(ct))
    del ct
    gc.collect()
    return length


@raises(RecursionError, stock=DIES)
def initializer_of_structs():
    ct = nested_structs(DEEP)
    init = [1]
    for _ in range(DEEP):
        init = [init]
    try:
        B.newp(pointer(ct), init)
    finally:
        while init and isinstance(init, list):
            init = init[0]


@raises(RecursionError, stock=DIES)
def initializer_of_structs_by_name():
    ct = nested_structs(DEEP)
    init: object = {"a": 1}
    for _ in range(DEEP):
        init = {"a": init}
    try:
        B.newp(pointer(ct))[0] = init
    finally:
        while isinstance(init, dict):
            init = init["a"]


@raises(RecursionError, stock=DIES)
def initializer_of_var_sized_structs():
    ct = var_sized()
    for _ in range(DEEP):
        ct = struct("struct s", ("v", ct))
    init: object = [1, [1, 2, 3]]
    for _ in range(DEEP):
        init = [init]
    try:
        B.newp(pointer(ct), init)
    finally:
        while isinstance(init, list):
            init = init[0]


@survives()
def initializer_that_contains_itself():
    ct = struct("struct s", ("a", INT))
    ct = struct("struct s", ("a", ct))
    init: list = []
    init.append(init)
    return B.newp(pointer(ct), init)


@raises((RecursionError, TypeError, NotImplementedError), stock=DIES)
def structs_by_value():
    ct = nested_structs(DEEP)
    B.new_function_type((ct,), INT)


@raises((RecursionError, TypeError, NotImplementedError), stock=DIES)
def structs_by_value_as_result():
    ct = nested_structs(DEEP)
    B.new_function_type((), ct)


@raises((RecursionError, TypeError, NotImplementedError), stock=DIES)
def structs_by_value_in_a_variadic_call():
    ct = nested_structs(DEEP)
    f = B.cast(B.new_function_type((INT,), INT, 1), B._testfunc(9))
    f(0, B.newp(pointer(ct))[0])


@returns(1)
def structs_by_value_not_so_deep():
    ct = nested_structs(20)
    f = B.callback(B.new_function_type((ct,), INT), lambda s: 1)
    return f(B.newp(pointer(ct))[0])


@survives()
def anonymous_structs():
    ct = struct("struct s", ("a0", INT))
    for i in range(1, 300):
        ct = struct("struct s", ("", ct), (f"a{i}", INT))
    p = B.newp(pointer(ct))
    p.a0 = 5
    return p.a0, len(dir(p)), B.sizeof(ct)


@returns(200_000, stock=DIES)
def gc_of_gc():
    count = [0]

    def destroy(x):
        count[0] += 1

    x = B.newp(INT_P)
    for _ in range(200_000):
        x = B.gcp(x, destroy)
    del x
    gc.collect()
    return count[0]


@survives(stock=DIES)
def released_gc_of_gc():
    x = B.newp(INT_P)
    for _ in range(200_000):
        x = B.gcp(x, lambda p: None)
    B.release(x)
    del x


@survives(stock=DIES)
def handles_of_handles():
    h = B.newp_handle(VOID_P, None)
    for _ in range(200_000):
        h = B.newp_handle(VOID_P, h)
    del h


@survives(stock=DIES)
def handles_of_handles_seen_by_the_collector():
    h = B.newp_handle(VOID_P, None)
    first = [h]
    for _ in range(200_000):
        h = B.newp_handle(VOID_P, h)
    first.append(h)
    first.append(first)
    del h, first
    gc.collect()


@survives(stock=DIES)
def buffers_of_buffers():
    x = B.newp(CHARS, 10)
    for _ in range(200_000):
        x = B.from_buffer(CHARS, B.buffer(x))
    del x


@survives(stock=DIES)
def memoryviews_of_buffers():
    x = B.newp(CHARS, 10)
    for _ in range(100_000):
        x = B.from_buffer(CHARS, memoryview(B.buffer(x)))
    del x


@survives()
def callbacks_of_callbacks():
    fn = B.new_function_type((), INT)
    c = B.callback(fn, lambda: 1)
    for _ in range(50_000):
        c = B.callback(fn, c)
    del c
    gc.collect()


@survives()
def callbacks_kept_by_their_functions():
    fn = B.new_function_type((), INT)
    c = B.callback(fn, lambda: 1)
    for _ in range(50_000):
        c = B.callback(fn, lambda inner=c: 1)
    del c
    gc.collect()


@raises(RecursionError)
def repr_of_a_handle_of_itself():
    class Loop:
        def __repr__(self):
            return repr(self.handle)

    loop = Loop()
    loop.handle = B.newp_handle(VOID_P, loop)
    repr(loop)


@survives()
def repr_of_a_list_with_its_own_handle():
    items: list = []
    items.append(B.newp_handle(VOID_P, items))
    return "[...]" in repr(items)


@raises(RecursionError)
def repr_of_handles_of_handles():
    h = B.newp_handle(VOID_P, None)
    keep = [h]
    for _ in range(50_000):
        h = B.newp_handle(VOID_P, h)
        keep.append(h)
    try:
        repr(h)
    finally:
        del h
        while keep:
            keep.pop()


@raises(RecursionError)
def repr_of_callbacks_of_callbacks():
    fn = B.new_function_type((), INT)
    c = B.callback(fn, lambda: 1)
    keep = [c]
    # CPython 3.14 bounds such nesting by the C stack's size, which is more than a number of calls.
    for _ in range(20_000 if sys.version_info < (3, 14) else 100_000):
        c = B.callback(fn, c)
        keep.append(c)
    try:
        repr(c)
    finally:
        del c
        while keep:
            keep.pop()


@returns(True)
def callback_that_calls_itself():
    depths = []

    def function(n):
        depths.append(n)
        return callback(n + 1)

    sys.unraisablehook = lambda *a: None
    callback = B.callback(B.new_function_type((INT,), INT), function)
    callback(0)
    return max(depths) > 50


@survives()
def struct_with_many_fields():
    ct = struct("struct s", *[(f"f{i}", INT) for i in range(50_000)])
    p = B.newp(pointer(ct), list(range(50_000)))
    return p.f49999, len(ct.fields), len(dir(p))


@survives()
def enum_with_many_values():
    n = 50_000
    names = tuple(f"e{i}" for i in range(n))
    ct = B.new_enum_type("enum e", names, tuple(range(n)), INT)
    return len(ct.elements), repr(B.cast(ct, n - 1))
