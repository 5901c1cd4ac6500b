"""Every function of the module, with wrong counts and wrong kinds of arguments."""

from __future__ import annotations

import gc
import itertools

from harness import DIES, raises, returns, survives
from prelude import (
    CHAR,
    CHAR_P,
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
    Evil,
    array,
    null,
    point,
    pointer,
    struct,
)

FUNCTIONS = [
    "alignof",
    "buffer",
    "callback",
    "cast",
    "complete_struct_or_union",
    "from_buffer",
    "from_handle",
    "gcp",
    "get_errno",
    "getcname",
    "load_library",
    "memmove",
    "new_array_type",
    "new_enum_type",
    "new_function_type",
    "new_pointer_type",
    "new_primitive_type",
    "new_struct_type",
    "new_union_type",
    "new_void_type",
    "newp",
    "newp_handle",
    "rawaddressof",
    "release",
    "set_errno",
    "sizeof",
    "string",
    "typeof",
    "typeoffsetof",
    "unpack",
    "_get_types",
    "_get_common_types",
    "_testfunc",
]

#: Arguments of every kind. Pointers are NULL or to memory that is owned.
HOSTILE = [
    None,
    0,
    -1,
    2**45,
    2**63,
    2**100,
    1.5,
    float("nan"),
    "x",
    "int",
    "\ud800",
    "a\0b",
    b"bytes",
    [],
    [1, "x", None],
    (),
    (1, 2),
    {},
    {"a": 1},
    object(),
    len,
    int,
    INT,
    VOID,
    CHARS,
    INT_P,
    B.new_struct_type("struct open"),
    B.new_function_type((INT,), INT),
    B.newp(INT2),
    B.newp(INT_P),
    B.cast(INT, 3),
    B.cast(DOUBLE, 3.5),
    null(VOID_P),
    null(INT_P),
    null(INT2),
    null(B.new_function_type((), INT)),
    B.newp_handle(VOID_P, 5),
]


def attempt(function, arguments):
    """Call, and let every ordinary exception pass."""
    try:
        repr(function(*arguments))
    except (
        TypeError,
        ValueError,
        KeyError,
        AttributeError,
        IndexError,
        OverflowError,
        MemoryError,
        NotImplementedError,
        RuntimeError,
        OSError,
        BufferError,
        ZeroDivisionError,
        SystemError,
        UserWarning,
    ) as problem:
        if "NULL without setting" in str(problem):
            raise
        if "with an exception set" in str(problem):
            raise


def try_all(count, step=1):
    import warnings

    warnings.simplefilter("ignore")
    for name in FUNCTIONS:
        function = getattr(B, name)
        combinations = itertools.product(HOSTILE, repeat=count)
        for arguments in itertools.islice(combinations, 0, None, step):
            attempt(function, arguments)
    gc.collect()
    return "survived"


@returns("survived")
def no_argument_and_one():
    try_all(0)
    return try_all(1)


@returns("survived", stock=DIES)
def two_arguments():
    return try_all(2)


@returns("survived", stock=DIES, seconds=240)
def three_arguments():
    return try_all(3, 17)


@returns("survived", seconds=240)
def four_arguments():
    return try_all(4, 1999)


@returns("all refused")
def too_many_arguments():
    for name in FUNCTIONS:
        try:
            getattr(B, name)(*range(20))
        except TypeError:
            continue
        return name
    return "all refused"


@returns("all refused")
def unknown_keywords():
    for name in FUNCTIONS:
        for arguments in ((), (INT,), (INT_P, 0)):
            try:
                getattr(B, name)(*arguments, no_such_keyword=1)
            except TypeError:
                continue
            return name
    return "all refused"


@returns("all refused")
def keywords_of_positional_functions():
    for name, keywords in (
        ("newp", {"cdecl": INT_P}),
        ("cast", {"cdecl": INT, "source": 5}),
        ("sizeof", {"cdecl": INT}),
        ("typeof", {"cdata": B.newp(INT_P)}),
        ("new_pointer_type", {"item": INT}),
        ("from_handle", {"x": null(VOID_P)}),
        ("set_errno", {"errno": 1}),
    ):
        try:
            getattr(B, name)(**keywords)
        except TypeError:
            continue
        return name
    return "all refused"


@returns((b"abc", [1, 2], True, None))
def keywords_that_exist():
    return (
        B.string(maxlen=3, cdata=B.newp(CHARS, b"abcdef")),
        B.unpack(length=2, cdata=B.newp(INTS, [1, 2, 3])),
        len(B.buffer(cdata=B.newp(INT2), size=3)) == 3,
        B.memmove(n=1, src=b"x", dest=bytearray(1)),
    )


@raises(TypeError)
def keyword_given_twice():
    B.string(B.newp(CHARS, b"abc"), cdata=B.newp(CHARS, b"abc"))


@survives()
def operators_with_everything():
    import operator

    operators = [
        operator.add,
        operator.sub,
        operator.mul,
        operator.truediv,
        operator.floordiv,
        operator.mod,
        operator.pow,
        operator.and_,
        operator.lshift,
        operator.eq,
        operator.ne,
        operator.lt,
        operator.ge,
        operator.contains,
        operator.getitem,
        divmod,
    ]
    things = [
        B.cast(INT, 3),
        B.cast(DOUBLE, 3),
        B.cast(B.new_primitive_type("long double"), 3),
        B.newp(INT2),
        B.newp(INT_P),
        B.newp(pointer(point())),
        B.newp(pointer(point()))[0],
        B.callback(B.new_function_type((), INT), lambda: 1),
        null(VOID_P),
        B.buffer(B.newp(INT2)),
    ]
    for function in operators:
        for left, right in itertools.product(things, things + HOSTILE[:30]):
            attempt(function, (left, right))
            attempt(function, (right, left))
    for function in (hash, bool, int, float, complex, len, iter, repr, str, abs, dir, vars):
        for thing in things:
            attempt(function, (thing,))
    for function in (operator.neg, operator.invert, operator.index, round, hex, bytes, list):
        for thing in things:
            attempt(function, (thing,))
    return "survived"


@survives(stock=DIES)
def stores_of_everything():
    targets = [
        (B.newp(INT2), 0),
        (B.newp(pointer(DOUBLE)), 0),
        (B.newp(array(INT_P, 3)), 1),
        (B.newp(array(CHAR, 3)), slice(0, 2)),
        (B.newp(INT2), slice(0, 2)),
        (B.newp(pointer(point())), 0),
        (B.buffer(B.newp(INT2)), 0),
        (B.buffer(B.newp(INT2)), slice(0, 4)),
    ]

    def store(target, index, value):
        target[index] = value

    def delete(target, index):
        del target[index]

    for target, index in targets:
        for value in HOSTILE:
            attempt(store, (target, index, value))
            attempt(store, (target, value, value))
            attempt(delete, (target, value))
        attempt(delete, (target, index))
        for start, stop, step in itertools.product([None, 0, -1, 2**70, "x"], repeat=3):
            attempt(store, (target, slice(start, stop, step), b""))
            attempt(delete, (target, slice(start, stop, step)))
    return "survived"


@survives(stock=DIES)
def fields_of_everything():
    ct = struct("struct s", ("i", INT), ("b", INT, 3), ("p", INT_P), ("a", INT2), ("s", point()))
    p = B.newp(pointer(ct))
    for name in ("i", "b", "p", "a", "s", "z", "__class__", "__dict__", "__doc__"):
        for value in HOSTILE:
            if name != "__class__" or not isinstance(value, type):
                attempt(setattr, (p, name, value))
        attempt(delattr, (p, name))
        attempt(getattr, (p, name))
        attempt(getattr, (p[0], name))
    return "survived"


@raises(AttributeError, "cannot delete struct field")
def delete_a_field():
    del B.newp(pointer(point())).x


@raises(TypeError, "'del x[n]' not supported for cdata objects")
def delete_an_item():
    del B.newp(INT2)[0]


@raises(
    TypeError,
    "'del x[n]' not supported for buffer objects",
    stock=DIES if B.__version__ == "1.15.0" else "",
)
def delete_a_byte():
    del B.buffer(B.newp(INT2))[0]


@raises(TypeError)
def buffer_called_again():
    b = B.buffer(B.newp(INT2))
    b.__init__(5)
    type(b)(5)


@raises(TypeError)
def buffer_without_arguments():
    B.buffer.__new__(B.buffer)


@raises(TypeError, "unhashable")
def buffer_hash():
    hash(B.buffer(B.newp(INT2)))


@survives()
def buffer_compared_with_everything():
    b = B.buffer(B.newp(INT2))
    for other in [*HOSTILE, memoryview(b"abcdef")[::2], b, bytearray(b"x"), array(INT, 3)]:
        for left, right in ((b, other), (other, b)):
            attempt(lambda x, y: (x == y, x != y), (left, right))
            attempt(lambda x, y: x < y, (left, right))
    return "survived"


@survives()
def iterator_used_up():
    i = iter(B.newp(INT2, [1, 2]))
    seen = [*i, *i, next(i, None)]
    attempt(lambda: i.__setstate__(5), ())
    attempt(lambda: i.__reduce__(), ())
    attempt(lambda: i.__length_hint__(), ())
    return seen


@survives()
def index_objects_that_misbehave():
    class Index:
        def __index__(self):
            return 2**100

    class Text:
        def __index__(self):
            return "x"

    a = B.newp(INTS, 10)
    for bad in (Index(), Text(), Evil(lambda: 1 // 0)):
        attempt(lambda x: a[x], (bad,))
        attempt(lambda x: a + x, (bad,))
        attempt(lambda x: a[x:5], (bad,))
        attempt(B.newp, (INTS, bad))
        attempt(B.new_array_type, (INT_P, bad))
        attempt(B.memmove, (a, a, bad))
        attempt(B.unpack, (a, bad))
        attempt(B.set_errno, (bad,))
        attempt(B.cast, (INT, bad))
        attempt(B.typeoffsetof, (INTS, bad))
        attempt(B.rawaddressof, (INT_P, a, bad))
    return "survived"


@survives()
def get_and_set_errno():
    B.set_errno(-(2**31))
    low = B.get_errno()
    B.set_errno(2**31 - 1)
    return low, B.get_errno()


@raises((TypeError, SystemError))
def common_types_of_no_dict():
    B._get_common_types(5)


@raises((ImportError, SystemError))
def external_module_at_null():
    B._init_cffi_1_0_external_module(0)


@raises(TypeError)
def external_module_of_a_text():
    B._init_cffi_1_0_external_module("x")


@raises(NotImplementedError, "cannot use <cdata 'long double'> in a comparison")
def compare_long_doubles():
    return B.cast(B.new_primitive_type("long double"), 3) == 3


@raises(ValueError, "the distance between the two pointers is not a multiple")
def distance_that_is_no_multiple():
    p = B.newp(INTS, 3)
    return B.cast(INT_P, B.cast(CHAR_P, p) + 1) - (p + 0)


@raises(TypeError, "cannot subtract cdata")
def distance_of_other_types():
    return B.newp(INTS, 3) + 0 - B.newp(CHARS, 3)


@raises(TypeError)
def cdata_as_an_index():
    return [1, 2, 3][B.cast(INT, 1)]


@raises(TypeError, "cdata of type 'int' has no len()")
def length_of_a_number():
    len(B.cast(INT, 1))


@raises(TypeError, "does not support iteration")
def iteration_of_a_pointer():
    list(B.newp(INT_P))


@raises(TypeError, "string(): unexpected cdata 'double' argument")
def string_of_a_double():
    B.string(B.cast(DOUBLE, 1))


@raises(ValueError, "ctype 'void' is of unknown alignment")
def alignment_of_void():
    B.alignof(VOID)


@raises(ValueError, "ctype 'int[]' is of unknown size")
def size_of_an_open_array():
    B.sizeof(INTS)


@raises(TypeError, "expected a 'cdata' or 'ctype' object")
def size_of_an_int():
    B.sizeof(5)


@raises(TypeError, "not supported for bitfields")
def offset_of_a_bit_field():
    B.typeoffsetof(struct("struct b", ("f", INT, 3)), "f")


@raises(TypeError, "struct/union is opaque")
def offset_in_an_open_struct():
    B.typeoffsetof(B.new_struct_type("struct open"), "x")


@raises(TypeError, "cannot cast to ctype 'struct point'")
def cast_to_a_struct():
    B.cast(point(), 0)


@raises(TypeError, "cannot cast to ctype 'int[]'")
def cast_to_an_open_array():
    B.cast(INTS, B.newp(INT2))


@returns([0, -1, 4294967295, 1.0])
def casts_wrap_around():
    uint = B.new_primitive_type("unsigned int")
    return [
        int(B.cast(INT, 2**64)),
        int(B.cast(LONG, 2**64 - 1)) if B.sizeof(LONG) == 8 else -1,
        int(B.cast(uint, -1)),
        float(B.cast(DOUBLE, True)),
    ]
