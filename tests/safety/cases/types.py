"""Types made wrongly: tuples, flags, repeated and impossible completions."""

from __future__ import annotations

import contextlib
import copy
import gc
import pickle

from harness import DIES, raises, returns, survives
from prelude import (
    CHAR,
    CHARS,
    DOUBLE,
    INT,
    INT2,
    INT_P,
    INTS,
    LLONG,
    LONG,
    MAX,
    ULLONG,
    VOID,
    VOID_P,
    B,
    array,
    point,
    pointer,
    struct,
    var_sized,
)

IS_STOCK = not hasattr(B, "__path__")
ONCE = "first arg must be a non-initialized struct or union ctype"


@raises(TypeError, ONCE)
def complete_twice():
    B.complete_struct_or_union(point(), [("a", INT)])


@returns((["x", "y"], 3, 8), stock="loses its fields")
def refused_completion_changes_nothing():
    ct = point()
    for fields in ([("a", LLONG)], [], [("a", INT), ("a", INT)], 5):
        with contextlib.suppress(TypeError):
            B.complete_struct_or_union(ct, fields)
    return [n for n, _ in ct.fields], B.newp(pointer(ct), [3, 4]).x, B.sizeof(ct)


@raises(TypeError, ONCE)
def complete_a_primitive():
    B.complete_struct_or_union(INT, [("a", INT)])


@returns("<ctype 'int(*)(int)'>", stock=DIES)
def primitive_is_whole_after_that():
    for ct in (INT, INT_P, INT2, VOID):
        with contextlib.suppress(TypeError):
            B.complete_struct_or_union(ct, [("a", INT)])
    return repr(B.new_function_type((INT,), INT))


@raises(TypeError)
def complete_no_type():
    B.complete_struct_or_union(5, [])


@raises(TypeError)
def fields_are_a_tuple():
    B.complete_struct_or_union(B.new_struct_type("s"), (("a", INT),))


@raises((SystemError, TypeError))
def field_is_no_tuple():
    B.complete_struct_or_union(B.new_struct_type("s"), ["a"])


@raises((SystemError, TypeError))
def field_is_a_list():
    B.complete_struct_or_union(B.new_struct_type("s"), [["a", INT]])


@raises(TypeError)
def field_is_too_short():
    B.complete_struct_or_union(B.new_struct_type("s"), [("a",)])


@raises(TypeError)
def field_is_too_long():
    B.complete_struct_or_union(B.new_struct_type("s"), [("a", INT, -1, -1, 0)])


@raises(TypeError)
def field_name_is_no_str():
    B.complete_struct_or_union(B.new_struct_type("s"), [(b"a", INT)])


@raises(TypeError)
def field_type_is_no_type():
    B.complete_struct_or_union(B.new_struct_type("s"), [("a", "int")])


@raises(TypeError)
def bit_size_is_no_int():
    B.complete_struct_or_union(B.new_struct_type("s"), [("a", INT, "3")])


@raises(OverflowError)
def bit_size_huge():
    B.complete_struct_or_union(B.new_struct_type("s"), [("a", INT, 2**40)])


@raises(TypeError, "bit field 's.a' is declared 'int:2147483647'")
def bit_size_too_large():
    struct("s", ("a", INT, 2**31 - 1))


@survives()
def bit_size_negative():
    return struct("s", ("a", INT, -5), ("b", INT, -(2**31))).fields


@raises(TypeError, "field 's.a' is declared with :0")
def bit_size_zero_with_a_name():
    struct("s", ("a", INT, 0))


@raises(TypeError, "declared as 'double' cannot be a bit field")
def bit_field_of_a_double():
    struct("s", ("a", DOUBLE, 3))


@raises(TypeError, "is a bitfield, but a fixed offset is specified")
def bit_field_with_an_offset():
    struct("s", ("a", INT, 3, 4))


@raises((TypeError, ValueError, OverflowError), stock="an address before the struct")
def offset_negative():
    struct("s", ("a", INT, -1, -5))


@raises(KeyError, "duplicate field name 'a'")
def duplicate_field():
    struct("s", ("a", INT), ("b", INT), ("a", LLONG))


@raises((KeyError, TypeError), "duplicate field name 'x'")
def duplicate_field_by_an_anonymous_struct():
    struct("s", ("x", INT), ("", point()))


@raises(KeyError, "duplicate field name 'a'")
def duplicate_field_many_times():
    for _ in range(2000):
        ct = B.new_struct_type("s")
        try:
            B.complete_struct_or_union(ct, [("a", INT), ("a", array(INT, 3))])
        except KeyError as problem:
            last = problem
        gc.collect() if _ % 500 == 0 else None
    raise last


@returns((["a"], 4))
def completion_may_be_tried_again():
    ct = B.new_struct_type("s")
    for fields in ([("a", INTS), ("b", INT)], [("a", VOID)], [("a", INT, 99)]):
        with contextlib.suppress(TypeError):
            B.complete_struct_or_union(ct, fields)
    B.complete_struct_or_union(ct, [("a", INT)])
    return [n for n, _ in ct.fields], B.sizeof(B.newp(pointer(ct))[0])


@returns(None)
def failed_completion_leaves_no_open_array():
    ct = B.new_struct_type("s")
    with contextlib.suppress(TypeError):
        B.complete_struct_or_union(ct, [("a", INTS), ("b", INT)])
    B.complete_struct_or_union(ct, [("a", INT), ("b", INT)])
    f = B.callback(B.new_function_type((ct,), INT), lambda s: s.b)
    assert f([1, 2]) == 2


@raises(TypeError, "field 'struct s.a' has ctype 'struct s' of unknown size")
def struct_in_itself():
    ct = B.new_struct_type("struct s")
    B.complete_struct_or_union(ct, [("a", ct)])


@raises((TypeError, ValueError))
def array_of_the_struct_in_itself():
    ct = B.new_struct_type("struct s")
    B.complete_struct_or_union(ct, [("a", array(ct, 3))])


@raises((TypeError, ValueError))
def open_array_of_the_struct_in_itself():
    ct = B.new_struct_type("struct s")
    B.complete_struct_or_union(ct, [("n", INT), ("a", array(ct))])


@survives()
def struct_with_a_pointer_to_itself():
    ct = B.new_struct_type("struct s")
    B.complete_struct_or_union(ct, [("next", pointer(ct)), ("n", INT)])
    p = B.newp(pointer(ct))
    p.next = p
    return p.next.next.next.n


@raises(TypeError, "cannot be of size 2: there are fields at least up to 8")
def total_size_too_small():
    struct("s", ("a", INT), ("b", INT), size=2)


@survives()
def total_sizes_odd():
    made = []
    for size, align in ((0, 0), (0, 3), (-5, -5), (9, 3), (9, 0), (8, 2**31 - 1), (MAX, 1)):
        try:
            ct = struct("s", ("a", CHAR), size=size, align=align)
            made.append((B.sizeof(ct), ct.fields))
            made.append(B.alignof(ct))
            outer = struct("o", ("c", CHAR), ("s", ct), ("d", CHAR))
            made.append(B.sizeof(outer))
            if B.sizeof(ct) < 100:
                made.append(len(B.newp(array(outer), 3)))
        except (TypeError, ValueError, OverflowError, SystemError, B.FFI.error) as problem:
            made.append(str(problem))
    return made


@survives()
def packs_odd():
    made = []
    for pack in (0, -1, 1, 3, 7, 2**30, 2**31 - 1, -(2**31)):
        for flags in (0, 8, 0x10, 0x01, 0x02, 0x04, 0x80, 0xFFFF, -1):
            ct = B.new_struct_type("s")
            fields = [("a", CHAR), ("b", INT, 3), ("c", LLONG, 33), ("d", DOUBLE)]
            try:
                B.complete_struct_or_union(ct, fields, None, -1, -1, flags, pack)
                p = B.newp(pointer(ct), [b"x", 1, 2, 3.0])
                made.append((B.sizeof(ct), p.b, p.c, p.d))
            except (TypeError, ValueError, NotImplementedError, SystemError) as problem:
                made.append(str(problem))
    return len(made)


@returns(True, stock="negative offsets")
def msvc_bit_fields_in_a_union():
    union = B.new_union_type("u")
    fields = [("a", INT, 3), ("b", INT, 4), ("c", CHAR), ("d", INT, 30)]
    B.complete_struct_or_union(union, fields, None, -1, -1, 0x01)
    return all(f.offset >= 0 for _, f in union.fields) and B.sizeof(union) == 4


@returns((2**64 - 1, 2**63, 0), stock="shifts by 64")
def bit_field_of_64_bits():
    p = B.newp(pointer(struct("s", ("a", ULLONG, 64))))
    seen = []
    for value in (2**64 - 1, 2**63, 0):
        p.a = value
        seen.append(p.a)
    return tuple(seen)


@returns((3, b"\x1f\x00\x00"), stock="NotImplementedError")
def packed_bit_fields_that_share_a_byte():
    packed = B.new_struct_type("struct packed")
    fields = [("a", INT, 5), ("b", INT, 6), ("c", B.new_primitive_type("char"), 7)]
    B.complete_struct_or_union(packed, fields, "a model", -1, -1, 8)
    p = B.newp(pointer(packed))
    p.a = -1
    return B.sizeof(packed), bytes(B.buffer(p))


@returns((-(2**63), 2**63 - 1, -1), stock="shifts by 64")
def bit_field_of_64_signed_bits():
    p = B.newp(pointer(struct("s", ("a", LLONG, 64))))
    seen = []
    for value in (-(2**63), 2**63 - 1, -1):
        p.a = value
        seen.append(p.a)
    return tuple(seen)


@raises(OverflowError)
def bit_field_of_63_bits_too_large():
    B.newp(pointer(struct("s", ("a", ULLONG, 63)))).a = 2**63


@raises(OverflowError)
def bit_field_of_64_bits_negative():
    B.newp(pointer(struct("s", ("a", ULLONG, 64)))).a = -1


@returns((5, 2**63 - 1))
def bit_field_of_63_bits():
    p = B.newp(pointer(struct("s", ("a", ULLONG, 63), ("b", ULLONG, 1))))
    p.a = 5
    first = p.a
    p.a = 2**63 - 1
    return first, p.a


@returns(True)
def first_item_of_an_open_struct():
    p = B.cast(pointer(B.new_struct_type("struct open")), 0x10000)
    return B.cast(VOID_P, p) == B.cast(VOID_P, B.rawaddressof(B.typeof(p), p[0], 0))


@returns("<cdata 'struct open &' 0x10000>")
def repr_of_an_open_struct():
    return repr(B.cast(pointer(B.new_struct_type("struct open")), 0x10000)[0])


@raises(AttributeError, "points to an opaque type: cannot write fields")
def write_to_a_field_of_an_open_struct():
    B.cast(pointer(B.new_struct_type("struct open")), 0x10000)[0].x = 1


@survives()
def everything_about_an_open_struct():
    p = B.cast(pointer(B.new_struct_type("struct open")), 0x10000)
    opened = p[0]
    made = []
    for function in (len, iter, int, float, bool, hash, dir, repr, B.sizeof, B.string, B.buffer, B.typeof):
        with contextlib.suppress(TypeError, AttributeError):
            made.append(function(opened))
    for function in (B.memmove, B.unpack, B.cast, B.newp, setattr, B.gcp):
        for arguments in ((opened, b"abc", 3), (p, opened), (opened, 1), (INT, opened), (p, opened, 1)):
            with contextlib.suppress(TypeError, AttributeError, ValueError):
                made.append(function(*arguments))
    return made


@raises(TypeError, "cdata 'struct open' is opaque", stock="address arithmetic with -1")
def index_of_an_open_struct():
    return B.cast(pointer(B.new_struct_type("struct open")), 0x10000)[1]


@raises(TypeError, "points to items of unknown size")
def add_to_a_pointer_to_an_open_struct():
    return B.cast(pointer(B.new_struct_type("struct open")), 0x10000) + 1


@raises(TypeError, "of unknown size")
def new_open_struct():
    B.newp(pointer(B.new_struct_type("struct open")))


@raises(ValueError, "array item of unknown size: 'struct open'")
def array_of_an_open_struct():
    array(B.new_struct_type("struct open"), 3)


@raises(AttributeError, "points to an opaque type: cannot read fields")
def field_of_an_open_struct():
    return B.cast(pointer(B.new_struct_type("struct open")), 0x10000).x


@raises(TypeError)
def open_struct_argument():
    B.new_function_type((B.new_struct_type("struct open"),), INT)


@raises(TypeError, "result type 'struct open' is ")
def open_struct_result():
    B.new_function_type((), B.new_struct_type("struct open"))


@raises(TypeError, "invalid result type: 'int[2]'")
def array_result():
    B.new_function_type((), INT2)


@raises(TypeError, "ctype 'void' has incomplete type")
def void_argument():
    B.new_function_type((VOID,), INT)


@raises(TypeError)
def arguments_are_a_list():
    B.new_function_type([INT], INT)


@raises(TypeError, "expected a tuple of ctypes")
def argument_is_no_type():
    B.new_function_type((INT, 5), INT)


@raises((SystemError, ValueError, TypeError))
def abi_unknown():
    B.new_function_type((INT,), INT, 0, 99999)


@raises((SystemError, ValueError, TypeError))
def abi_negative():
    B.new_function_type((INT,), INT, 0, -5)


@raises((SystemError, ValueError, TypeError))
def abi_unknown_and_variadic():
    f = B.cast(B.new_function_type((INT,), INT, 1, 99999), B._testfunc(9))
    return f(0)


@raises(NotImplementedError, "Unions are only supported as argument")
def union_by_value():
    union = B.new_union_type("union u")
    B.complete_struct_or_union(union, [("a", INT)])
    f = B.cast(B.new_function_type((union,), INT), B._testfunc(1))
    f([1])


@raises(NotImplementedError, "It is a struct with bit fields")
def bit_fields_by_value():
    ct = struct("struct b", ("a", INT, 3))
    B.cast(B.new_function_type((ct,), INT), B._testfunc(1))([1])


@raises(TypeError, "has size 0")
def empty_struct_by_value():
    B.new_function_type((struct("struct e", size=0),), INT)


@raises(NotImplementedError, "unsupported argument or return type or with '...'")
def callback_with_an_ellipsis():
    B.callback(B.new_function_type((INT,), INT, 1), lambda *a: 0)


@raises((TypeError, NotImplementedError))
def var_sized_struct_by_value():
    ct = var_sized()
    f = B.cast(B.new_function_type((ct,), ct), B._testfunc(1))
    f([1, [2]])


@returns((False, True), stock="says True for what libffi cannot call")
def ellipsis_of_what_cannot_be_called():
    union = B.new_union_type("union u")
    B.complete_struct_or_union(union, [("a", INT)])
    return (
        B.new_function_type((union,), INT).ellipsis,
        B.new_function_type((INT,), INT, 1).ellipsis,
    )


@returns(["int(*)(int *)", "int(*)(int *)"], stock="prints the spelling met first")
def name_of_a_function_with_an_array_argument():
    a = B.new_function_type((array(INT, 3),), INT)
    b = B.new_function_type((INT_P,), INT)
    return [a.cname, b.cname]


@raises(ValueError, "tuple args must have the same size")
def enum_of_unequal_tuples():
    B.new_enum_type("enum e", ("a", "b"), (1,), INT)


@raises(TypeError)
def enum_of_lists():
    B.new_enum_type("enum e", ["a"], [1], INT)


@raises(TypeError, "expected a primitive signed or unsigned base type")
def enum_of_doubles():
    B.new_enum_type("enum e", ("a",), (1,), DOUBLE)


@raises(TypeError)
def enum_of_nothing():
    B.new_enum_type("enum e", ("a",), (1,), None)


@raises(TypeError, "enumerators must be a list of strings")
def enum_name_number():
    B.new_enum_type("enum e", (5,), (1,), INT)


@raises(OverflowError)
def enum_value_huge():
    B.new_enum_type("enum e", ("a",), (2**100,), INT)


@raises(TypeError)
def enum_value_text():
    B.new_enum_type("enum e", ("a",), ("1",), INT)


@raises(TypeError, "first arg must be a pointer ctype")
def array_of_no_pointer():
    B.new_array_type(INT, 3)


@raises(TypeError)
def array_length_float():
    B.new_array_type(INT_P, 3.0)


# The types of the module itself.


@returns("all refused")
def types_cannot_be_called():
    for name in dir(B):
        tp = getattr(B, name)
        if not isinstance(tp, type) or name in ("FFI", "buffer"):
            continue
        for make in (tp, lambda tp=tp: object.__new__(tp), lambda tp=tp: tp.__new__(tp)):
            try:
                make()
            except (TypeError, AttributeError):
                continue
            return name
    return "all refused"


@returns("all refused")
def types_cannot_be_subclassed():
    for name in dir(B):
        tp = getattr(B, name)
        if isinstance(tp, type) and name != "FFI":
            try:
                type("Sub", (tp,), {})
            except TypeError:
                continue
            return name
    return "all refused"


@returns("all refused")
def types_cannot_be_changed():
    for name in dir(B):
        tp = getattr(B, name)
        if isinstance(tp, type) and name not in ("FFI",):
            for attribute in ("extra", "__call__", "__getattr__", "__len__", "__del__"):
                try:
                    setattr(tp, attribute, lambda *a: 0)
                except TypeError:
                    continue
                return name, attribute
    return "all refused"


@returns("all refused")
def class_of_an_object_cannot_be_changed():
    things = [
        B.newp(INT_P),
        B.cast(INT, 3),
        B.newp_handle(VOID_P, 3),
        B.from_buffer(CHARS, b"abc"),
        B.gcp(B.newp(INT_P), lambda x: None),
        B.buffer(B.newp(INT_P)),
        INT,
        B.load_library(None),
        iter(B.newp(INT2)),
        point().fields[0][1],
    ]
    classes = {type(t) for t in things} | {B._CDataBase, object, int}
    for thing in things:
        for cls in classes - {type(thing)}:
            try:
                thing.__class__ = cls
            except TypeError:
                continue
            return type(thing), cls
    return "all refused"


@returns("all refused")
def methods_refuse_other_objects():
    for name in dir(B):
        tp = getattr(B, name)
        if not isinstance(tp, type) or name in ("FFI", "Lib"):
            continue
        for attribute, method in vars(tp).items():
            if not callable(method) or attribute in ("__new__", "__getattribute__"):
                continue
            if isinstance(method, (staticmethod, classmethod)):
                continue
            for args in ((5,), (5, 5), (None, "x", 3), ()):
                try:
                    method(*args)
                except (TypeError, AttributeError, ValueError):
                    continue
                return name, attribute, args
    return "all refused"


@survives()
def getset_of_other_objects():
    for name in dir(B):
        tp = getattr(B, name)
        if isinstance(tp, type):
            for descriptor in vars(tp).values():
                if hasattr(descriptor, "__get__"):
                    for other in (5, None, INT, B.cast(INT, 3)):
                        with contextlib.suppress(TypeError, AttributeError):
                            descriptor.__get__(other, type(other))


@raises(TypeError, "pickle")
def pickle_cdata():
    pickle.dumps(B.newp(INT_P))


@raises(TypeError, "pickle")
def pickle_cdata_the_oldest_way():
    pickle.dumps(B.newp(INT_P), 0)


@raises(TypeError, "pickle")
def reduce_a_type():
    INT.__reduce__()


@raises(TypeError, "pickle")
def copy_cdata():
    copy.deepcopy(B.newp(INT_P))


@raises(TypeError)
def pickle_type():
    pickle.dumps(INT)


@raises((AttributeError, TypeError))
def set_an_attribute_of_a_type():
    INT.cname = "x"


@raises((AttributeError, TypeError))
def set_an_attribute_of_a_field():
    point().fields[0][1].offset = 1000


@survives()
def fields_are_a_copy():
    ct = point()
    ct.fields.clear()
    return len(ct.fields), B.newp(pointer(ct), [1, 2]).y


@survives()
def enumerators_are_a_copy():
    ct = B.new_enum_type("enum e", ("a",), (1,), INT)
    ct.elements.clear()
    ct.relements.clear()
    return repr(B.cast(ct, 1))


@survives()
def types_die_in_any_order():
    for _ in range(200):
        ct = B.new_struct_type("struct s")
        p = pointer(ct)
        f = B.new_function_type((p, array(p, 5)), p)
        B.complete_struct_or_union(ct, [("f", f), ("p", p), ("a", array(p, 3))])
        o = B.newp(p)
        s = o.a[0:2]
        i = iter(o.a)
        field = ct.fields[1][1]
        del ct, p, f
        del o
        gc.collect() if _ % 50 == 0 else None
        del s, i, field
    gc.collect()


@survives()
def sizes_of_long_names():
    ct: object = LONG
    for _ in range(3000):
        ct = array(ct, 1)
    return len(repr(ct)), len(repr(B.newp(pointer(ct))))


# --- enums


@returns(([(False, "no"), (True, "yes")], [("no", False), ("yes", True)], "yes"))
def bool_enumerators():
    ct = B.new_enum_type("enum e", ("yes", "no"), (True, False), INT)
    return sorted(ct.elements.items()), sorted(ct.relements.items()), B.string(B.cast(ct, 1))


@returns(("b", "1", 4))
def enum_of_an_enum():
    base = B.new_enum_type("enum base", ("a",), (1,), B.new_primitive_type("unsigned int"))
    ct = B.new_enum_type("enum e", ("b",), (2,), base)
    return B.string(B.cast(ct, 2)), B.string(B.cast(ct, 1)), B.sizeof(ct)


@raises(OverflowError)
def enum_of_an_enum_that_holds_no_negative_value():
    base = B.new_enum_type("enum base", ("a",), (1,), B.new_primitive_type("unsigned int"))
    B.new_enum_type("enum e", ("b",), (-2,), base)


@returns("name")
def enumerator_that_is_an_object():
    class Number:
        def __init__(self, value):
            self.value = value

        def __int__(self):
            return self.value

        __index__ = __int__

        def __hash__(self):
            return hash(self.value)

        def __eq__(self, other):
            gc.collect()
            return self.value == other

    return B.string(B.cast(B.new_enum_type("enum e", ("name",), (Number(3),), INT), 3))


# --- FILE


@raises(TypeError, "result type 'FILE' is not yet initialized")
def file_as_a_result():
    B.FFI().typeof("FILE(*)(void)")


@returns("<cdata 'FILE &' 0x10000>")
def item_of_a_file_pointer():
    return repr(B.FFI().cast("FILE *", 0x10000)[0])


# --- modules at wrong addresses


@returns(["ImportError"] * 6, stock=DIES)
def module_at_a_wrong_address():
    import ctypes

    nulls = ctypes.create_string_buffer(64)
    at = ctypes.addressof(nulls)
    got = []
    for address in (0, 1, 8, 4095, at, at + 1):
        try:
            B._init_cffi_1_0_external_module(address)
        except Exception as problem:
            got.append(type(problem).__name__)
    return got


@returns(True)
def error_class_explains_itself():
    return IS_STOCK or "C type" in B.FFI.error.__doc__


# --- slots, called by their names


@returns(["TypeError"] * 9 + ["5"])
def base_call_of_every_kind_of_cdata():
    made = [
        B.newp(INT_P, 3),
        B.newp(INTS, [1, 2, 3]),
        B.newp(INT2),
        B.newp(pointer(point())),
        B.newp(INTS, 3)[0:2],
        B.newp_handle(VOID_P, 3),
        B.gcp(B.newp(INT_P), print),
        B.from_buffer(CHARS, b"abc"),
        B.cast(INT, 3),
        B.callback(B.new_function_type((INT,), INT), lambda n: n + 1),
    ]
    base = type(B.cast(INT, 3))
    got = []
    for cd in made:
        try:
            got.append(str(base.__call__(cd, 4)))
        except TypeError as problem:
            got.append(type(problem).__name__)
    return got
