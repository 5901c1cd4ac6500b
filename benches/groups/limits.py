"""What the extension written by hand does for the operations of the suite, by group and name."""

from __future__ import annotations

from dataclasses import replace

from benches.groups.signatures import FIXED
from benches.model import Code, Group, Operation

_FUNCTIONS = {
    "zero",
    "nothing",
    "inc",
    "inc64",
    "half",
    "length",
    "same_record",
    "next_colour",
    "compare",
    "scale",
    "add2",
    "add4",
    "add6",
    "add10",
    "sum6",
}
_RECORD = "p = limit.record()\n"
_INTS = "a = limit.ints(list(range(10)))\n"
_LIST = "v = list(range(1000)); f = limit.ints"

_ACCESS = {
    "p.x, int": Code("p.x", "p.x == 3", _RECORD + "p.x = 3"),
    "p.x = 1, int": Code("p.x = 1", "p.x == 1", _RECORD),
    "p.d, double": Code("p.d", "p.d == 2.5", _RECORD + "p.d = 2.5"),
    "p.d = 1.5, double": Code("p.d = 1.5", "p.d == 1.5", _RECORD),
    "p.low, bit field": Code("p.low", "p.low == 5", _RECORD + "p.low = 5"),
    "p.low = 3, bit field": Code("p.low = 3", "p.low == 3", _RECORD),
    "p.inner.b": Code("p.inner.b", "p.inner.b == 0", _RECORD),
    "p.next, pointer": Code("p.next", "p.next.x == 3", _RECORD + "p.x = 3; p.next = p"),
    "p.next = p, pointer": Code("p.next = p", "p.next.x == 3", _RECORD + "p.x = 3"),
    "p.items[3]": Code("p.items[3]", "p.items[3] == 0", _RECORD),
    "a[5]": Code("a[5]", "a[5] == 5", _INTS),
    "a[5] = 1": Code("a[5] = 1", "a[5] == 1", _INTS),
    "a[5], double": Code("a[5]", "a[5] == 5.0", "a = limit.doubles(list(range(10)))"),
    "p[0], int *": Code("p[0]", "p[0] == 7", "p = limit.new_int(7)"),
    "p[0] = 1, int *": Code("p[0] = 1", "p[0] == 1", "p = limit.new_int(7)"),
    "lib.counter, global variable": Code("l.counter", "l.counter == 7", "l = limit.lib; l.counter = 7"),
    "lib.counter = 7, global variable": Code("l.counter = 7", "l.counter == 7", "l = limit.lib"),
    "lib.BLUE, constant": Code("l.BLUE", "l.BLUE == 2", "l = limit.lib"),
    "len(a)": Code("len(a)", "len(a) == 10", _INTS),
}
_OBJECTS = {
    "newp(int *)": Code("f()", "f()[0] == 0", "f = limit.new_int"),
    "newp(int *, 5)": Code("f(5)", "f(5)[0] == 5", "f = limit.new_int"),
    "newp(struct *)": Code("f()", "f().x == 0", "f = limit.record"),
    "newp(struct *, list of 2)": Code("f(1, 2)", "f(1, 2).b == 2", "f = limit.pairs"),
    "ffi.new('int *') of a compiled module": Code("f()", "f()[0] == 0", "f = limit.new_int"),
    "ffi.new('struct pair *', list of 2) of a compiled module": Code(
        "f(1, 2)", "f(1, 2).b == 2", "f = limit.pairs"
    ),
    "newp(int[], 100)": Code("f(100)", "len(f(100)) == 100", "f = limit.new_ints"),
    "newp(char[], bytes of 5)": Code("f(b'hello')", "len(f(b'hello')) == 6", "f = limit.chars"),
    "string(char *)": Code("f(p)", "f(p) == b'hello'", "f = limit.string; p = limit.chars(b'hello')"),
    "memmove, 5 bytes": Code(
        "f(p, b'world', 5)",
        "limit.string(p) == b'world'",
        "f = limit.memmove; p = limit.chars(b'hello')",
    ),
    "from_buffer(char[], bytearray)": Code(
        "f(x)", "type(f(x)).__name__ == 'Buffer'", "f = limit.from_buffer; x = bytearray(b'hello')"
    ),
}
_BULK = {
    "int[] from a list": Code("f(v)", "limit.unpack(f(v), 1000) == v", _LIST),
    "int[] from a tuple": Code("f(v)", "len(f(v)) == 1000", "v = tuple(range(1000)); f = limit.ints"),
    "double[] from a list": Code(
        "f(v)", "limit.unpack(f(v), 1000) == v", "v = [i / 2 for i in range(1000)]; f = limit.doubles"
    ),
    "unpack 1,000 of int": Code(
        "f(p, 1000)", "f(p, 1000) == v", "v = list(range(1000)); p = limit.ints(v); f = limit.unpack"
    ),
    "unpack 1,000 of double": Code(
        "f(p, 1000)",
        "f(p, 1000) == v",
        "v = [i / 2 for i in range(1000)]; p = limit.doubles(v); f = limit.unpack",
    ),
    "bytes from char[], 4,000 bytes": Code(
        "f(p, 4000)", "f(p, 4000) == v", "v = b'ab' * 2000; p = limit.chars(v); f = limit.unpack"
    ),
    "memmove, 4,000 bytes (for comparison: memory speed)": Code(
        "f(p, v, 4000)",
        "limit.unpack(p, 4000) == v",
        "f = limit.memmove; v = b'ab' * 2000; p = limit.chars(b'xx' * 2000)",
    ),
}


_METHODS = {
    "ffi.new('int *')": _OBJECTS["newp(int *)"],
    "ffi.new('int *', 5)": _OBJECTS["newp(int *, 5)"],
    "ffi.new('struct record *')": _OBJECTS["newp(struct *)"],
    "ffi.new('struct pair *', [1, 2])": _OBJECTS["newp(struct *, list of 2)"],
    "ffi.new('int[]', 100)": _OBJECTS["newp(int[], 100)"],
    "ffi.new('char[]', bytes of 5)": _OBJECTS["newp(char[], bytes of 5)"],
    "ffi.string(char *)": _OBJECTS["string(char *)"],
    "ffi.memmove, 5 bytes": _OBJECTS["memmove, 5 bytes"],
    "ffi.from_buffer(bytearray)": _OBJECTS["from_buffer(char[], bytearray)"],
    "ffi.gc with a C function, run": Code(
        "f(p)", "type(f(p)) is not type(p)", "f = limit.gc; p = limit.chars(b'hello')"
    ),
    "ffi.errno": Code("l.errno", "isinstance(l.errno, int)", "l = limit.lib"),
    "lib.counter of an opened library": Code("l.counter", "l.counter == 7", "l = limit.lib; l.counter = 7"),
    "lib.counter = 7 of an opened library": Code("l.counter = 7", "l.counter == 7", "l = limit.lib"),
}
_KEPT = {
    f"{mode}: {title}": Code(f"f({arguments})", f"f({arguments}) == {result}", f"f = limit.keep_{name}")
    for mode in ("abi", "api")
    for title, name, arguments, result in (
        ("int f(int)", "inc", "41", "42"),
        ("double f(double)", "half", "5.0", "2.5"),
        ("int f(int, int)", "add2", "1, 2", "3"),
        ("int f(6 ints)", "add6", "1, 2, 3, 4, 5, 6", "21"),
    )
}
_CALLBACKS = {
    f"{title}, int(int), {what}": Code(
        f"f(g, {n})", f"f(g, {n}) == {result}", f"f = limit.{name}; g = lambda x: x + 1"
    )
    for title in ("ffi.callback", 'extern "Python"')
    for what, name, n, result in (
        ("round trip", "call_back", "41", "42"),
        ("1,000 times in C", "call_many", "1000", "500500"),
    )
}


def _calls() -> dict[str, Code]:
    calls = {}
    for signature in FIXED:
        if signature.function in _FUNCTIONS and "ffi" not in signature.setup:
            call = f"f({signature.arguments})"
            check = f"(lambda r: {signature.check})({call})"
            calls[signature.name] = Code(call, check, f"f = limit.{signature.function}")
    calls["size_t f(char *), cdata"] = Code(
        "f(p)", "f(p) == 5", "f = limit.length; p = limit.chars(b'hello')"
    )
    calls["struct *f(struct *)"] = Code(
        "f(p)", "f(p).x == 3", "f = limit.same_record; p = limit.record(); p.x = 3"
    )
    calls["int f(int *, int), cdata"] = Code(
        "f(p, 10)", "f(p, 10) == 45", "f = limit.sum_ints; p = limit.ints(list(range(10)))"
    )
    calls["attribute and call, lib.inc(41)"] = Code("l.inc(41)", "l.inc(41) == 42", "l = limit.lib")
    return calls


LIMITS: dict[str, dict[str, Code]] = {
    "abi": _calls(),
    "api": _calls(),
    "access": _ACCESS,
    "functions": _OBJECTS,
    "bulk": _BULK,
    "front-end": _METHODS,
    "methods": {name: code for name, code in _METHODS.items() if "opened" not in name},
    "kept": _KEPT,
    "callbacks": _CALLBACKS,
}


def with_limits(group: Group) -> Group:
    """Returns the group with the code of the extension written by hand in its operations.

    Raises `LookupError` for a name that the group does not have.
    """
    codes = LIMITS.get(group.key, {})
    if unknown := set(codes) - {operation.name for operation in group.operations}:
        raise LookupError(f"{group.key}: no operations {sorted(unknown)}")
    operations = tuple(
        replace(operation, limit=codes[operation.name])
        if isinstance(operation, Operation) and operation.name in codes
        else operation
        for operation in group.operations
    )
    return replace(group, operations=operations)
