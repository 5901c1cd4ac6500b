"""Structs made wrongly: fields, bit fields, impossible completions, structs without fields."""

from __future__ import annotations

import contextlib
import gc

from harness import DIES, raises, returns, survives
from prelude import (
    CHAR,
    DOUBLE,
    INT,
    INT2,
    INT_P,
    INTS,
    LLONG,
    MAX,
    ULLONG,
    VOID,
    VOID_P,
    B,
    array,
    point,
    pointer,
    struct,
)

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
