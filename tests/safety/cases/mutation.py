"""Lists, dicts and buffers that change while they are converted.

What comes out is free, as long as every value comes from the objects that were given:
`only` raises AssertionError for any other, which no case accepts.
"""

from __future__ import annotations

import contextlib
import gc

from harness import DIES, WRONG, raises, returns, survives
from prelude import (
    BOOL,
    CHARS,
    DOUBLE,
    FLOAT,
    INT,
    INT2,
    INT_P,
    INTS,
    LLONG,
    B,
    Evil,
    array,
    function_at,
    point,
    pointer,
    struct,
    var_sized,
)


def only(values, allowed):
    """Fail when a value appears that nobody gave."""
    strange = [v for v in values if v not in allowed]
    if strange:
        raise SystemExit(f"values from freed memory: {strange[:5]}")
    return "fine"


def clearing(n, **kind):
    """Returns a list whose first item empties it, and fills the heap, when it is converted."""
    items: list = []

    def clear():
        items.clear()
        gc.collect()
        # Take the place of what was freed.
        clearing.kept = [[0x41414141 + i for i in range(n)] for _ in range(20)]

    items.extend([Evil(clear, 1)])
    items.extend(2000 + i for i in range(n))
    return items


def allowed(n):
    return {0, 1, *range(2000, 2000 + n)}


@survives(stock=DIES)
def array_from_a_list_that_empties_itself():
    return only(B.newp(INTS, clearing(1000)), allowed(1000))


@survives(stock=DIES)
def fixed_array_from_a_list_that_empties_itself():
    return only(B.newp(array(INT, 1001), clearing(1000)), allowed(1000))


@survives(stock=DIES)
def array_of_doubles_from_a_list_that_empties_itself():
    return only(B.newp(array(DOUBLE), clearing(1000)), allowed(1000))


@survives(stock=DIES)
def array_of_bools_from_a_list_that_empties_itself():
    items = clearing(3)
    items[1:] = [0, 1, 0]
    return list(B.newp(array(BOOL), items))


@survives(stock=DIES)
def array_of_complex_from_a_list_that_empties_itself():
    ct = B.new_primitive_type("_cffi_double_complex_t")
    return len(B.newp(array(ct), clearing(1000)))


@survives(stock=DIES)
def array_of_long_doubles_from_a_list_that_empties_itself():
    ct = B.new_primitive_type("long double")
    return only([float(x) for x in B.newp(array(ct), clearing(1000))], allowed(1000))


@survives(stock=DIES)
def struct_from_a_list_that_empties_itself():
    ct = struct("struct s", *[(f"f{i}", INT) for i in range(101)])
    p = B.newp(pointer(ct), clearing(100))
    return only([getattr(p, f"f{i}") for i in range(101)], allowed(100))


@survives(stock=DIES)
def bit_fields_from_a_list_that_empties_itself():
    ct = struct("struct s", *[(f"f{i}", INT, 20) for i in range(101)])
    p = B.newp(pointer(ct), clearing(100))
    return only([getattr(p, f"f{i}") for i in range(101)], allowed(100))


@survives(stock=DIES)
def array_from_a_list_that_grows():
    items: list = []
    items.extend([Evil(lambda: items.extend([7] * 100000), 1), 2000, 2001])
    return only(B.newp(INTS, items), {0, 1, 7, 2000, 2001})


@survives(stock=DIES)
def fixed_array_from_a_list_that_grows():
    items: list = []
    items.extend([Evil(lambda: items.extend([7] * 100000), 1), 2000, 2001])
    return only(B.newp(array(INT, 3), items), {0, 1, 7, 2000, 2001})


@survives(stock=DIES)
def struct_from_a_list_that_grows():
    items: list = []
    items.extend([Evil(lambda: items.extend([7] * 1000), 1), 5])
    p = B.newp(pointer(point()), items)
    return only([p.x, p.y], {0, 1, 5})


@survives()
def struct_from_a_dict_that_empties_itself():
    fields: dict = {}
    ct = struct("struct s", *[(f"f{i}", INT) for i in range(101)])
    fields["f0"] = Evil(fields.clear, 1)
    fields.update({f"f{i}": 2000 + i for i in range(1, 101)})
    p = B.newp(pointer(ct), fields)
    return only([getattr(p, f"f{i}") for i in range(101)], {0, 1, *range(2001, 2101)})


@survives()
def struct_from_a_dict_that_grows():
    fields: dict = {}
    ct = struct("struct s", *[(f"f{i}", INT) for i in range(101)])

    def grow():
        fields.update({f"f{i}": 2000 + i for i in range(1, 101)})

    fields["f0"] = Evil(grow, 1)
    p = B.newp(pointer(ct), fields)
    return only([getattr(p, f"f{i}") for i in range(101)], {0, 1, *range(2001, 2101)})


@survives()
def struct_from_a_dict_whose_values_are_replaced():
    fields: dict = {}
    ct = point()

    def replace():
        fields["x"] = fields["y"] = None
        gc.collect()

    fields.update(x=Evil(replace, 1), y=Evil(replace, 2))
    p = B.newp(pointer(ct), fields)
    return only([p.x, p.y], {0, 1, 2})


@survives(stock=DIES)
def nested_list_that_empties_its_parent():
    outer: list = []
    ct = array(array(INT, 3))
    outer.append([Evil(outer.clear, 1), 2, 3])
    outer.extend([[4, 5, 6]] * 50)
    return only([x for row in B.newp(ct, outer) for x in row], {0, 1, 2, 3, 4, 5, 6})


@survives(stock=DIES)
def nested_struct_that_empties_its_parent():
    outer: list = []
    ct = point()
    outer.append({"x": Evil(outer.clear, 1), "y": 2})
    outer.extend([{"x": 3, "y": 4} for _ in range(50)])
    return only([p.x for p in B.newp(array(ct), outer)], {0, 1, 3})


# The size of a struct with an open array is computed before it is filled.


@survives(stock=DIES)
def var_sized_struct_whose_list_grows_after_it_was_measured():
    items = [5, 6]
    evil = Evil(lambda: items.extend([7] * 100000), 1)
    p = B.newp(pointer(var_sized()), [evil, items])
    return only(p.items, {0, 5, 6, 7})


@survives(stock=DIES)
def var_sized_struct_whose_dict_grows_after_it_was_measured():
    items = [5, 6]
    evil = Evil(lambda: items.extend([7] * 100000), 1)
    p = B.newp(pointer(var_sized()), {"n": evil, "items": items})
    return only(p.items, {0, 5, 6, 7})


@survives(stock=DIES)
def var_sized_struct_whose_outer_list_is_changed_after_it_was_measured():
    outer: list = []
    evil = Evil(lambda: outer.__setitem__(1, [7] * 100000), 1)
    outer.extend([evil, [5, 6]])
    p = B.newp(pointer(var_sized()), outer)
    return only(p.items, {0, 5, 6, 7})


@survives(stock=DIES)
def var_sized_struct_whose_length_is_replaced_by_a_list():
    outer: dict = {}
    evil = Evil(lambda: outer.__setitem__("items", [7] * 100000), 1)
    outer.update(n=evil, items=2)
    p = B.newp(pointer(var_sized()), outer)
    return only(p.items, {0, 5, 6, 7})


@survives()
def var_sized_struct_whose_length_differs_each_time():
    class Length:
        n = 0

        def __index__(self) -> int:
            Length.n += 1
            return 2 if Length.n == 1 else 100000

        __int__ = __index__

    p = B.newp(pointer(var_sized()), [1, Length()])
    return len(p.items) in (2, 100000)


@survives()
def array_whose_length_is_evil():
    return len(B.newp(INTS, Evil(gc.collect, 5)))


# Arguments of calls.


@survives(stock=DIES)
def argument_list_that_empties_itself():
    f = function_at(6, [INT_P], INT_P)
    return f(clearing(500))[0] in (1 - 1000, -1000)


@survives(stock=DIES)
def argument_list_that_grows():
    items: list = []
    items.extend([Evil(lambda: items.extend([7] * 100000), 1), 2, 3])
    return function_at(6, [INT_P], INT_P)(items)[0]


@survives()
def argument_struct_dict_that_empties_itself():
    ct = struct("struct s", ("a1", B.new_primitive_type("unsigned char")), ("a2", INT))
    fields: dict = {}
    fields.update(a1=Evil(fields.clear, 1), a2=3)
    return B.callback(B.new_function_type((ct,), INT), lambda s: s.a1)(fields)


@survives()
def argument_that_deletes_the_function():
    box = [function_at(1, [INT, B.new_primitive_type("long")], LLONG)]
    return box[0](Evil(box.clear, 3), 4)


@survives()
def argument_that_deletes_another_argument():
    box = [bytearray(b"x" * 1000)]
    held = [B.from_buffer(CHARS, box[0])]

    def drop():
        held.clear()
        box.clear()
        gc.collect()

    f = B.callback(B.new_function_type((pointer(INT), INT), INT), lambda p, n: n)
    return f([1, 2, 3], Evil(drop, 3))


# Stores.


@survives(stock=WRONG)
def store_that_releases_its_buffer():
    data = bytearray(4000)
    target = B.from_buffer(INTS, data)

    def release():
        B.release(target)
        data.clear()
        data.extend(b"y" * 64)
        clearing.kept = [bytearray(4000) for _ in range(20)]

    try:
        target[999] = Evil(release, 0x41414141)
    finally:
        touched = [i for i, b in enumerate(clearing.kept) if any(b)]
        if touched:
            raise SystemExit(f"wrote into the memory of others: {touched}")


@survives(stock=DIES)
def slice_store_that_releases_its_buffer():
    data = bytearray(4000)
    target = B.from_buffer(INTS, data)

    def release():
        B.release(target)
        data.clear()
        clearing.kept = [bytearray(4000) for _ in range(20)]

    def values():
        release()
        for _ in range(1000):
            yield 0x41414141

    try:
        target[0:1000] = values()
    finally:
        touched = [i for i, b in enumerate(clearing.kept) if any(b)]
        if touched:
            raise SystemExit(f"wrote into the memory of others: {touched}")


@survives()
def store_that_drops_its_target():
    box = [B.newp(INT2)]
    box[0][1] = Evil(box.clear, 3)


@survives()
def field_store_that_drops_its_target():
    box = [B.newp(pointer(point()))]
    box[0].y = Evil(box.clear, 3)


@survives()
def whole_struct_store_that_drops_its_target():
    box = [B.newp(pointer(point()))]
    box[0][0] = [Evil(box.clear, 3), Evil(box.clear, 4)]


@survives()
def slice_store_that_drops_its_target():
    box = [B.newp(INTS, 1000)]
    box[0][0:1000] = (Evil(box.clear, i) for i in range(1000))


@survives()
def slice_store_from_a_list_that_empties_itself():
    a = B.newp(INTS, 1001)
    with contextlib.suppress(ValueError):
        a[0:1001] = clearing(1000)
    return only(a, allowed(1000))


@survives()
def initializer_that_drops_the_type():
    box = [pointer(struct("struct s", ("a", INT), ("b", INT)))]
    p = B.newp(box[0], [Evil(box.clear, 1), 2])
    return p.b


@raises(ZeroDivisionError)
def initializer_that_raises():
    B.newp(INTS, [1, Evil(lambda: 1 // 0), 3])


@raises(ZeroDivisionError)
def field_initializer_that_raises():
    B.newp(pointer(point()), {"x": Evil(lambda: 1 // 0)})


@raises(ZeroDivisionError)
def argument_that_raises():
    f = function_at(1, [INT, B.new_primitive_type("long")], LLONG)
    f(1, Evil(lambda: 1 // 0))


@raises(ZeroDivisionError)
def index_that_raises():
    class Bad:
        def __index__(self):
            return 1 // 0

    B.newp(INT2)[Bad()]


@survives(stock=DIES)
def items_with_finalizers():
    items: list = []

    class Dies:
        def __int__(self):
            items[:] = [3] * len(items)
            return 1

        def __del__(self):
            items.clear()
            gc.collect()

    items.extend(Dies() for _ in range(100))
    return only(B.newp(INTS, items), {0, 1, 3})


@survives(stock=DIES)
def float_items_with_finalizers():
    items: list = []

    class Dies:
        def __float__(self):
            items[:] = [3.0] * len(items)
            return 1.0

        def __del__(self):
            items.clear()
            gc.collect()

    items.extend(Dies() for _ in range(100))
    return only(B.newp(array(FLOAT), items), {0, 1, 3})


@survives()
def str_subclass_and_bytes_subclass():
    class S(str):
        def __len__(self):
            return 10**9

    class Bytes(bytes):
        def __len__(self):
            return 10**9

    wide = array(B.new_primitive_type("char16_t"))
    return B.string(B.newp(wide, S("abc"))), B.string(B.newp(CHARS, Bytes(b"abc")))


@survives()
def list_subclass_with_a_lying_length():
    class Lying(list):
        def __len__(self):
            return 10**6

        def __getitem__(self, i):
            return 5

        def __iter__(self):
            return iter(())

    return list(B.newp(INTS, Lying([1, 2]))), list(B.newp(array(INT, 3), Lying([1])))


@survives()
def dict_subclass_with_a_lying_get():
    class Lying(dict):
        def items(self):
            return [("z", 1)]

        def __getitem__(self, key):
            raise KeyError(key)

    return B.newp(pointer(point()), Lying(x=3)).x


# Types that are changed while they are made.


@survives(stock=DIES)
def field_list_that_empties_itself():
    fields: list = []
    ct = B.new_struct_type("struct s")

    def clear():
        fields.clear()
        gc.collect()
        clearing.kept = [(str(i), i) for i in range(1000)]

    fields.append(("a", INT, Evil(clear, 3)))
    fields.extend((f"f{i}", INT) for i in range(1000))
    B.complete_struct_or_union(ct, fields)
    return len(ct.fields)


@survives()
def field_list_that_completes_its_own_struct():
    ct = B.new_struct_type("struct s")

    def complete():
        B.complete_struct_or_union(ct, [("x", INT), ("y", INT)])

    B.complete_struct_or_union(ct, [("a", INT, Evil(complete, 3)), ("b", LLONG)])
    return [name for name, _ in ct.fields], B.sizeof(ct)


@survives()
def field_list_that_completes_another_struct():
    inner = B.new_struct_type("struct inner")
    ct = B.new_struct_type("struct s")

    def complete():
        B.complete_struct_or_union(inner, [("x", INT), ("y", INT)])

    B.complete_struct_or_union(ct, [("a", INT, Evil(complete, 3)), ("b", inner)])
    return B.sizeof(ct)


@returns(1, stock=WRONG)
def callback_result_is_converted_once():
    calls = []
    cb = B.callback(B.new_function_type((), INT), lambda: Evil(lambda: calls.append(1), 5))
    cb()
    return len(calls)


@returns(1)
def callback_result_of_64_bits_is_converted_once():
    calls = []
    cb = B.callback(B.new_function_type((), LLONG), lambda: Evil(lambda: calls.append(1), 5))
    cb()
    return len(calls)


@survives()
def callback_result_that_drops_the_callback():
    box = []

    def drop():
        box.clear()
        gc.collect()

    fn = B.new_function_type((), INT)
    box.append(B.callback(fn, lambda: Evil(drop, 5)))
    return box[0]()


@raises(BufferError)
def bytearray_that_is_exported():
    data = bytearray(b"abc")
    keep = B.from_buffer(CHARS, data)
    try:
        data.append(1)
    finally:
        B.release(keep)
