"""NULL wherever it would be followed."""

from __future__ import annotations

from harness import DIES, raises, returns
from prelude import (
    CHAR,
    CHAR_P,
    INT,
    INT2,
    INT_P,
    VOID_P,
    B,
    array,
    null,
    point,
    pointer,
    struct,
    var_sized,
)


@raises(RuntimeError, "cannot dereference null pointer from cdata 'int *'")
def index_read():
    return null(INT_P)[0]


@raises(RuntimeError, "cannot dereference null pointer from cdata 'int *'")
def index_write():
    null(INT_P)[3] = 1


@raises(RuntimeError, "cannot dereference null pointer from cdata 'struct point *'")
def index_struct():
    return null(pointer(point()))[0]


@raises(
    RuntimeError,
    "cannot dereference null pointer from cdata 'struct point *'",
    stock=DIES,
)
def field_read():
    return null(pointer(point())).x


@raises(
    RuntimeError,
    "cannot dereference null pointer from cdata 'struct point *'",
    stock=DIES,
)
def field_write():
    null(pointer(point())).y = 5


@raises(AttributeError, "cdata 'struct point *' has no field 'z'")
def field_unknown():
    return null(pointer(point())).z


@raises(RuntimeError, "cannot dereference null pointer from cdata 'struct b *'", stock=DIES)
def bit_field_read():
    return null(pointer(struct("struct b", ("f", INT, 3)))).f


@raises(RuntimeError, "cannot dereference null pointer from cdata 'struct b *'", stock=DIES)
def bit_field_write():
    null(pointer(struct("struct b", ("f", INT, 3)))).f = 1


@raises(
    RuntimeError,
    "cannot dereference null pointer from cdata 'struct o *'",
    stock="gives an address near NULL",
)
def field_nested_struct():
    outer = struct("struct o", ("a", INT), ("inner", point()))
    return null(pointer(outer)).inner.x


@raises(
    RuntimeError,
    "cannot dereference null pointer from cdata 'struct o *'",
    stock="gives an address near NULL",
)
def field_array():
    outer = struct("struct o", ("a", INT), ("items", INT2))
    return null(pointer(outer)).items


@raises(
    RuntimeError,
    "cannot dereference null pointer from cdata 'struct var *'",
    stock="gives an address near NULL",
)
def field_open_array():
    return null(pointer(var_sized())).items


@raises(RuntimeError, "cannot dereference null pointer from cdata 'union u *'", stock=DIES)
def union_field():
    union = B.new_union_type("union u")
    B.complete_struct_or_union(union, [("a", INT), ("b", CHAR)])
    return null(pointer(union)).b


@raises(RuntimeError, "cannot dereference null pointer from cdata 'int[2]'", stock=DIES)
def array_read():
    return null(INT2)[0]


@raises(RuntimeError, "cannot dereference null pointer from cdata 'int[2]'", stock=DIES)
def array_write():
    null(INT2)[1] = 1


@raises(IndexError, "index too large for cdata 'int[2]' (expected 2 < 2)")
def array_index_is_checked_first():
    return null(INT2)[2]


@raises(RuntimeError, "cannot dereference null pointer from cdata 'int[2]'", stock=DIES)
def array_iteration():
    return list(null(INT2))


@returns([])
def array_of_nothing_iteration():
    return list(null(array(INT, 0)))


@raises(
    RuntimeError,
    "cannot dereference null pointer from cdata 'struct point[2]'",
    stock=DIES,
)
def array_of_structs():
    return null(array(point(), 2))[0].x


@raises(
    RuntimeError,
    "cannot dereference null pointer from cdata 'struct point[2]'",
    stock=DIES,
)
def array_of_structs_iteration():
    return [p.x for p in null(array(point(), 2))]


@raises(RuntimeError, "cannot dereference null pointer from cdata 'int[]'", stock=DIES)
def slice_item_read():
    return null(INT_P)[0:2][0]


@raises(RuntimeError, "cannot dereference null pointer from cdata 'int[]'", stock=DIES)
def slice_item_write():
    null(INT_P)[0:2][1] = 1


@raises(RuntimeError, "cannot dereference null pointer from cdata 'int[]'", stock=DIES)
def slice_iteration():
    return list(null(INT_P)[0:2])


@raises(RuntimeError, "cannot dereference null pointer from cdata 'int *'", stock=DIES)
def slice_write_list():
    null(INT_P)[0:2] = [1, 2]


@raises(RuntimeError, "cannot dereference null pointer from cdata 'char *'", stock=DIES)
def slice_write_bytes():
    null(CHAR_P)[0:2] = b"ab"


@raises(RuntimeError, "cannot dereference null pointer from cdata 'char[4]'", stock=DIES)
def slice_of_array_write_bytes():
    null(array(CHAR, 4))[1:3] = b"ab"


@raises(RuntimeError, "cannot dereference null pointer from cdata 'int *'", stock=DIES)
def slice_write_cdata():
    null(INT_P)[0:2] = B.newp(INT2, [1, 2])


@raises(RuntimeError, "cannot dereference null pointer from cdata 'int[2]'", stock=DIES)
def slice_write_from_null_array():
    B.newp(INT2, [1, 2])[0:2] = null(INT2)


@returns(0)
def slice_of_nothing():
    empty = null(INT_P)[0:0]
    null(INT_P)[0:0] = []
    return len(empty) + len(list(empty))


@raises(RuntimeError, "cannot dereference null pointer from cdata 'int[2]'", stock=DIES)
def initializer_array():
    return B.newp(INT2, null(INT2))


@raises(RuntimeError, "cannot dereference null pointer from cdata 'int[2]'", stock=DIES)
def field_write_from_null_array():
    outer = struct("struct o", ("items", INT2))
    B.newp(pointer(outer)).items = null(INT2)


@raises(RuntimeError, "cannot dereference null pointer from cdata 'int[2]'", stock=DIES)
def item_write_from_null_array():
    B.newp(array(INT2, 3))[1] = null(INT2)


@raises(
    RuntimeError,
    "cannot use buffer() on <cdata 'int *' NULL>",
    stock="makes a buffer that dies when it is read",
)
def buffer_of_pointer():
    return B.buffer(null(INT_P))[0]


@raises(
    RuntimeError,
    "cannot use buffer() on <cdata 'int[2]' NULL>",
    stock="makes a buffer that dies when it is read",
)
def buffer_of_array():
    return bytes(B.buffer(null(INT2)))


@raises(
    RuntimeError,
    "cannot use buffer() on <cdata 'void *' NULL>",
    stock="makes a buffer that dies when it is read",
)
def buffer_with_size():
    return B.buffer(null(VOID_P), 10)[:]


@raises(
    RuntimeError,
    "cannot use buffer() on <cdata 'int *' NULL>",
    stock="makes a buffer that dies when it is written",
)
def buffer_write():
    B.buffer(null(INT_P))[0:4] = b"abcd"


@returns(b"")
def buffer_of_nothing():
    return bytes(B.buffer(null(VOID_P), 0))


@raises(RuntimeError, "cannot use memmove() on <cdata 'int *' NULL>", stock=DIES)
def memmove_to():
    B.memmove(null(INT_P), b"abcd", 4)


@raises(RuntimeError, "cannot use memmove() on <cdata 'char *' NULL>", stock=DIES)
def memmove_from():
    B.memmove(bytearray(4), null(CHAR_P), 4)


@raises(RuntimeError, "cannot use memmove() on <cdata 'int[2]' NULL>", stock=DIES)
def memmove_from_array():
    B.memmove(B.newp(INT2), null(INT2), 8)


@returns(None)
def memmove_nothing():
    return B.memmove(null(INT_P), null(INT_P), 0)


@raises(RuntimeError, "cannot use string() on <cdata 'char *' NULL>")
def string_of_pointer():
    return B.string(null(CHAR_P))


@raises(RuntimeError, "cannot use string() on <cdata 'char[4]' NULL>")
def string_of_array():
    return B.string(null(array(CHAR, 4)))


@raises(RuntimeError, "cannot use unpack() on <cdata 'int *' NULL>")
def unpack_pointer():
    return B.unpack(null(INT_P), 2)


@raises(RuntimeError, "cannot use unpack() on <cdata 'int[2]' NULL>")
def unpack_array():
    return B.unpack(null(INT2), 2)


@raises(RuntimeError, "cannot call null pointer pointer from cdata 'int(*)(int)'")
def call():
    return null(B.new_function_type((INT,), INT))(3)


@raises(RuntimeError, "cannot call null pointer pointer from cdata 'int(*)(int)'")
def call_from_field():
    fn = B.new_function_type((INT,), INT)
    return B.newp(pointer(struct("struct s", ("f", fn)))).f(3)


@raises(RuntimeError, "cannot use from_handle() on NULL pointer")
def from_handle():
    return B.from_handle(null(VOID_P))


@raises(RuntimeError, "cannot call dlopen(NULL)")
def load_library():
    return B.load_library(null(VOID_P))


@raises(
    RuntimeError,
    "cannot dereference null pointer from cdata 'struct point *'",
    stock=DIES,
)
def in_a_callback():
    seen = []
    ptr = pointer(point())

    def function(p):
        try:
            return p.x
        except RuntimeError as problem:
            seen.append(problem)
            return -1

    callback = B.callback(B.new_function_type((ptr,), INT), function)
    callback(null(ptr))
    raise seen[0]


@returns((False, True, 0, 8, 2))
def what_needs_no_memory():
    p, a = null(INT_P), null(INT2)
    return (
        bool(p),
        p == a,
        (p + 5) - (p + 5),
        B.sizeof(a),
        len(a),
    )


@returns(True)
def address_of_a_field():
    ct = pointer(point())
    return B.rawaddressof(INT_P, null(ct), 4) == B.cast(INT_P, 4)


@raises(
    RuntimeError,
    "cannot dereference null pointer from cdata 'int[]'",
    stock=DIES,
)
def gc_of_null_slice():
    return B.gcp(null(INT_P)[0:3], lambda x: None)[1]


@raises(
    RuntimeError,
    "cannot dereference null pointer from cdata 'struct point[2]'",
    stock=DIES,
)
def struct_argument():
    ct = point()
    f = B.callback(B.new_function_type((ct,), INT), lambda s: s.x)
    return f(null(array(ct, 2))[1])
