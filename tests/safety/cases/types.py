"""Types made wrongly: tuples, function types, enums, arrays, and methods of types called by their names."""

from __future__ import annotations

import contextlib
import copy
import gc
import pickle

from harness import DIES, raises, returns, survives
from prelude import (
    CHARS,
    DOUBLE,
    INT,
    INT2,
    INT_P,
    INTS,
    LONG,
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


@returns(-2, stock="NotImplementedError")
def union_by_value():
    union = B.new_union_type("union u")
    B.complete_struct_or_union(union, [("a", INT)])
    return B.cast(B.new_function_type((union, LONG), LONG), B._testfunc(1))([5], -7)


@raises(NotImplementedError, "Unions are only supported as argument")
def union_by_value_to_an_impossible_address():
    union = B.new_union_type("union u")
    B.complete_struct_or_union(union, [("a", INT)])
    B.cast(B.new_function_type((union,), INT), 123)([1])


@returns(5, stock="NotImplementedError")
def bit_fields_by_value():
    ct = struct("struct b", ("a", INT, 3))
    return B.cast(B.new_function_type((ct, LONG), LONG), B._testfunc(1))([1], 4)


@returns((0, 16), stock="1 and 24")
def size_of_an_empty_struct():
    empty = struct("struct e")
    return B.sizeof(empty), B.sizeof(struct("struct s", ("a", LONG), ("b", LONG), ("e", empty)))


@returns(-2, stock="TypeError")
def empty_struct_by_value():
    empty = struct("struct e", size=0)
    return B.cast(B.new_function_type((empty, INT, empty, LONG), LONG), B._testfunc(1))([], 5, [], -7)


@returns(True, stock="NotImplementedError")
def callback_with_an_ellipsis():
    return B.callback(B.new_function_type((INT,), INT, 1), lambda *a: 0) != 0


@raises((IndexError, NotImplementedError))
def var_sized_struct_by_value_with_items():
    ct = var_sized()
    f = B.cast(B.new_function_type((ct, LONG), LONG), B._testfunc(1))
    f([1, [2] * 1000], 4)


@returns(5, stock="NotImplementedError")
def var_sized_struct_by_value():
    ct = var_sized()
    f = B.cast(B.new_function_type((ct, LONG), LONG), B._testfunc(1))
    return f([1], 4)


@raises((IndexError, NotImplementedError), "")
def var_sized_struct_as_the_error_of_a_callback():
    B.callback(B.new_function_type((), var_sized()), lambda: None, [1, [2] * 1000])


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
