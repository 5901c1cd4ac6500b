"""Operations that fail: programs try things out, and catch what is raised."""

from __future__ import annotations

import textwrap

from benches.model import Code, Group, Operation

_FAILED = """
def failed(act):
    try:
        act()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "nothing"
"""


def _fails(name: str, statement: str, error: str, message: str, setup: str = "") -> Operation:
    """Returns an operation that raises a class of that name, with a text that begins with `message`."""
    body = textwrap.indent(statement, "    ")
    attempt = f"try:\n{body}\nexcept Exception:\n    pass"
    check = f"failed(act).startswith({f'{error}: {message}'!r})"
    return Operation(name, Code(attempt, check, f"{setup}\n{_FAILED}\ndef act():\n{body}\n"))


FAILURES = Group(
    "failures",
    "Operations that raise an exception, which is caught",
    (
        _fails(
            "call: a str for an int, ABI mode",
            "f('text')",
            "TypeError",
            "an integer is required",
            "f = lib.inc",
        ),
        _fails(
            "call: a str for a double, ABI mode",
            "f('text')",
            "TypeError",
            "must be real number, not str",
            "f = lib.half",
        ),
        _fails(
            "call: a str for a char *, ABI mode",
            "f('text')",
            "TypeError",
            "initializer for ctype 'char *' must be a bytes or list or tuple, not str",
            "f = lib.length",
        ),
        _fails(
            "call: an int for a pointer, ABI mode",
            "f(5)",
            "TypeError",
            "initializer for ctype 'void *' must be a cdata pointer, not int",
            "f = lib.same",
        ),
        _fails(
            "call: 2**31 for an int, ABI mode",
            "f(2**31)",
            "OverflowError",
            "integer 2147483648 does not fit 'int'",
            "f = lib.inc",
        ),
        _fails(
            "call: too many arguments, ABI mode",
            "f(1, 2)",
            "TypeError",
            "'int(*)(int)' expects 1 arguments, got 2",
            "f = lib.inc",
        ),
        _fails(
            "call: a number in the variadic part, ABI mode",
            "f(1, 5)",
            "TypeError",
            "argument 2 passed in the variadic part needs to be a cdata object (got int)",
            "f = lib.sum_variadic",
        ),
        _fails(
            "call: a str for the third of 4 ints, ABI mode",
            "f(1, 2, 'text', 4)",
            "TypeError",
            "an integer is required",
            "f = lib.add4",
        ),
        _fails(
            "call: a str for an int, API mode",
            "f('text')",
            "TypeError",
            "an integer is required",
            "f = api.inc",
        ),
        _fails(
            "call: a str for a char *, API mode",
            "f('text')",
            "TypeError",
            "initializer for ctype 'char *' must be a bytes or list or tuple, not str",
            "f = api.length",
        ),
        _fails(
            "call: 2**31 for an int, API mode",
            "f(2**31)",
            "OverflowError",
            "integer 2147483648 does not fit '32-bit int'",
            "f = api.inc",
        ),
        _fails(
            "call: too few arguments, API mode",
            "f(1)",
            "TypeError",
            "add2 expected 2 arguments, got 1",
            "f = api.add2",
        ),
        _fails(
            "new('int[2]', 3 items)",
            "f(t, v)",
            "IndexError",
            "too many initializers for 'int[2]' (got 3)",
            "f = backend.newp; t = ffi.typeof('int[2]'); v = [1, 2, 3]",
        ),
        _fails(
            "new('int *', a str)",
            "f(t, 'text')",
            "TypeError",
            "an integer is required",
            "f = backend.newp; t = ffi.typeof('int *')",
        ),
        _fails(
            "new('int[]', list with a str)",
            "f(t, v)",
            "TypeError",
            "an integer is required",
            "f = backend.newp; t = ffi.typeof('int[]'); v = [1, 2, 'text']",
        ),
        _fails(
            "new('struct pair *', unknown key)",
            "f(t, v)",
            "KeyError",
            "'z'",
            "f = backend.newp; t = ffi.typeof('struct pair *'); v = {'z': 1}",
        ),
        _fails(
            "new('struct pair *', a str in it)",
            "f(t, v)",
            "TypeError",
            "an integer is required",
            "f = backend.newp; t = ffi.typeof('struct pair *'); v = [1, 'text']",
        ),
        _fails(
            "cast(int, a str of 4)",
            "f(t, 'text')",
            "TypeError",
            "cannot cast unicode string of length 4 to ctype 'int'",
            "f = backend.cast; t = ffi.typeof('int')",
        ),
        _fails(
            "int(pointer)",
            "int(p)",
            "TypeError",
            "int() not supported on cdata 'int *'",
            "p = ffi.new('int *')",
        ),
        _fails(
            "p.unknown",
            "p.unknown",
            "AttributeError",
            "cdata 'struct pair *' has no field 'unknown'",
            "p = ffi.new('struct pair *')",
        ),
        _fails(
            "p.unknown = 1",
            "p.unknown = 1",
            "AttributeError",
            "cdata 'struct pair *' has no field 'unknown'",
            "p = ffi.new('struct pair *')",
        ),
        _fails(
            "p.a = a str",
            "p.a = 'text'",
            "TypeError",
            "an integer is required",
            "p = ffi.new('struct pair *')",
        ),
        _fails(
            "p.a = 2**31",
            "p.a = 2**31",
            "OverflowError",
            "integer 2147483648 does not fit 'int'",
            "p = ffi.new('struct pair *')",
        ),
        _fails(
            "p.low = 99, bit field",
            "p.low = 99",
            "OverflowError",
            "value 99 outside the range allowed by the bit field width: 0 <= x <= 31",
            "p = ffi.new('struct record *')",
        ),
        _fails(
            "p.next = wrong pointer",
            "p.next = q",
            "TypeError",
            "initializer for ctype 'struct record *' must be a pointer to same type, not cdata 'int *'",
            "p = ffi.new('struct record *'); q = ffi.new('int *')",
        ),
        _fails(
            "a[10] of 10",
            "a[10]",
            "IndexError",
            "index too large for cdata 'int[10]' (expected 10 < 10)",
            "a = ffi.new('int[10]')",
        ),
        _fails("a[-1]", "a[-1]", "IndexError", "negative index", "a = ffi.new('int[10]')"),
        _fails(
            "a['text']",
            "a['text']",
            "TypeError",
            "'str' object cannot be interpreted as an integer",
            "a = ffi.new('int[10]')",
        ),
        _fails(
            "a[5] = a str", "a[5] = 'text'", "TypeError", "an integer is required", "a = ffi.new('int[10]')"
        ),
        _fails(
            "a[0:2] = 3 items",
            "a[0:2] = v",
            "ValueError",
            "got more than 2 values to unpack",
            "a = ffi.new('int[10]'); v = [1, 2, 3]",
        ),
        _fails(
            "p[1] of new('int *')",
            "p[1]",
            "IndexError",
            "cdata 'int *' can only be indexed by 0",
            "p = ffi.new('int *')",
        ),
        _fails(
            "p[0] of a null pointer",
            "p[0]",
            "RuntimeError",
            "cannot dereference null pointer from cdata 'int *'",
            "p = ffi.cast('int *', 0)",
        ),
        _fails(
            "iter(p)",
            "iter(p)",
            "TypeError",
            "cdata 'int *' does not support iteration",
            "p = ffi.new('int *')",
        ),
        _fails("len(p)", "len(p)", "TypeError", "cdata of type 'int *' has no len()", "p = ffi.new('int *')"),
        _fails(
            "p + 'text'",
            "p + 'text'",
            "TypeError",
            "'str' object cannot be interpreted as an integer",
            "p = ffi.new('int *')",
        ),
        _fails(
            "p < 5",
            "p < 5",
            "TypeError",
            "'<' not supported between instances of '_cffi_backend.__CDataOwn' and 'int'",
            "p = ffi.new('int *')",
        ),
        _fails(
            "from_buffer(char[], a str)",
            "f(t, 'text')",
            "TypeError",
            "from_buffer() cannot return the address of a unicode object",
            "f = backend.from_buffer; t = ffi.typeof('char[]')",
        ),
        _fails(
            "from_buffer(int[], 5)",
            "f(t, 5)",
            "TypeError",
            "a bytes-like object is required, not 'int'",
            "f = backend.from_buffer; t = ffi.typeof('int[]')",
        ),
        _fails(
            "from_handle(no handle type)",
            "f(p)",
            "TypeError",
            "expected a 'cdata' object with a 'void *' out of new_handle(), got 'int *'",
            "f = backend.from_handle; p = ffi.new('int *')",
        ),
        _fails(
            "string(int *)",
            "f(p)",
            "TypeError",
            "string(): unexpected cdata 'int *' argument",
            "f = backend.string; p = ffi.new('int *')",
        ),
        _fails(
            "string(NULL)",
            "f(p)",
            "RuntimeError",
            "cannot use string() on <cdata 'char *' NULL>",
            "f = backend.string; p = ffi.cast('char *', 0)",
        ),
        _fails(
            "unpack(p, -1)",
            "f(p, -1)",
            "ValueError",
            "'length' cannot be negative",
            "f = backend.unpack; p = ffi.new('int[5]')",
        ),
        _fails(
            "sizeof(5)", "f(5)", "TypeError", "expected a 'cdata' or 'ctype' object", "f = backend.sizeof"
        ),
        _fails(
            "new_primitive_type(unknown)",
            "f('unknown')",
            "KeyError",
            "'unknown'",
            "f = backend.new_primitive_type",
        ),
        _fails("ctype.fields of a number", "t.fields", "AttributeError", "fields", "t = ffi.typeof('int')"),
        _fails(
            "lib.unknown, API mode",
            "api.unknown",
            "AttributeError",
            "cffi library '_bench_api' has no function, constant or global variable named 'unknown'",
        ),
        _fails(
            "lib.inc = 5, API mode",
            "api.inc = 5",
            "AttributeError",
            "cannot write to function or constant 'inc'",
        ),
        _fails(
            "lib.counter = a str, API mode", "api.counter = 'text'", "TypeError", "an integer is required"
        ),
        _fails(
            "typeof('unknown'), compiled FFI",
            "f('unknown')",
            "error",
            "undefined type name\nunknown\n^",
            "f = apiffi.typeof",
        ),
        _fails(
            "typeof('struct pear'), compiled FFI",
            "f('struct pear')",
            "error",
            "undefined struct/union name\nstruct pear\n       ^",
            "f = apiffi.typeof",
        ),
        _fails(
            "typeof('int *['), compiled FFI",
            "f('int *[')",
            "error",
            "expected a positive integer constant\nint *[\n      ^",
            "f = apiffi.typeof",
        ),
        _fails(
            "new('int'), compiled FFI",
            "f('int')",
            "TypeError",
            "expected a pointer or array ctype, got 'int'",
            "f = apiffi.new",
        ),
        _fails(
            "offsetof unknown field, compiled FFI",
            "f('struct pair', 'z')",
            "KeyError",
            "'z'",
            "f = apiffi.offsetof",
        ),
        _fails(
            "addressof(lib, unknown), compiled FFI",
            "f(api, 'unknown')",
            "AttributeError",
            "cffi library '_bench_api' has no function, constant or global variable named 'unknown'",
            "f = apiffi.addressof",
        ),
        _fails(
            "integer_const(unknown), compiled FFI",
            "f('unknown')",
            "AttributeError",
            "integer constant 'unknown' not found",
            "f = apiffi.integer_const",
        ),
        _fails(
            "newp(): no arguments",
            "f()",
            "TypeError",
            "newp() takes at least 1 argument (0 given)",
            "f = backend.newp",
        ),
        _fails(
            "load_function(unknown)",
            "f(t, 'unknown_name')",
            "AttributeError",
            "function/symbol 'unknown_name' not found in library '<None>'",
            "f = backend.load_library(None).load_function; t = ffi.typeof('int(*)(int)')",
        ),
        _fails(
            "buffer[99]",
            "b[99]",
            "IndexError",
            "buffer index out of range",
            "b = backend.buffer(ffi.new('char[8]'))",
        ),
    ),
    note="With the notes below the exception, which only ferrocffi adds. No limit of its own, and part of no mean.",
    counted=False,
)
