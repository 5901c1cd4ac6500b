"""Many items at once: lists, tuples, bytes and buffers, both ways."""

from __future__ import annotations

from benches.model import Code, Group, Limit, Operation

_NEWP = "f = backend.newp; "
_COPIES = frozenset({"copies"})
_ITEMS = frozenset({"items"})


def _to_array(name: str, ctype: str, items: str, extra: str = "") -> Operation:
    foreign = {"int[]": "ctypes.c_int", "double[]": "ctypes.c_double"}.get(ctype)
    return Operation(
        name,
        Code("f(t, v)", "list(f(t, v)) == list(v)", f"{_NEWP}t = ffi.typeof({ctype!r}); v = {items}"),
        Code("T(*v)", "list(T(*v)) == list(v)", f"T = {foreign} * 1000; v = {items}") if foreign else None,
        tags=_ITEMS,
    )


def _unpack(ctype: str, items: str) -> Operation:
    foreign = {"int": "c_int", "double": "c_double"}.get(ctype)
    return Operation(
        f"unpack 1,000 of {ctype}",
        Code(
            "f(p, 1000)", "f(p, 1000) == v", f"f = backend.unpack; v = {items}; p = ffi.new('{ctype}[]', v)"
        ),
        Code("p[:]", "p[:] == v", f"v = {items}; p = (ctypes.{foreign} * 1000)(*v)") if foreign else None,
        tags=_ITEMS,
    )


BULK = Group(
    "bulk",
    "List to array and `unpack`, 1,000 items",
    (
        _to_array("int[] from a list", "int[]", "list(range(1000))"),
        _to_array("int[] from a tuple", "int[]", "tuple(range(1000))"),
        _to_array("long long[] from a list", "long long[]", "list(range(1 << 40, (1 << 40) + 1000))"),
        _to_array("unsigned char[] from a list", "unsigned char[]", "[i % 256 for i in range(1000)]"),
        _to_array("double[] from a list", "double[]", "[i / 2 for i in range(1000)]"),
        _to_array("float[] from a list", "float[]", "[i / 2 for i in range(1000)]"),
        Operation(
            "struct pair[] from a list of tuples",
            Code(
                "f(t, v)",
                "f(t, v)[999].b == 1000",
                f"{_NEWP}t = ffi.typeof('struct pair[]'); v = [(i, i + 1) for i in range(1000)]",
            ),
            tags=_ITEMS,
        ),
        Operation(
            "char *[] from a list of cdata",
            Code(
                "f(t, v)",
                "f(t, v)[999] == v[999]",
                f"{_NEWP}t = ffi.typeof('char *[]'); v = [ffi.new('char[]', b'x') for i in range(1000)]",
            ),
            tags=_ITEMS,
        ),
        Operation(
            "a[0:1000] = list",
            Code("p[0:1000] = v", "list(p) == v", "p = ffi.new('int[1000]'); v = list(range(1000))"),
            Code("p[0:1000] = v", "list(p) == v", "p = (ctypes.c_int * 1000)(); v = list(range(1000))"),
            tags=_ITEMS,
        ),
        _unpack("int", "list(range(1000))"),
        _unpack("long long", "list(range(1 << 40, (1 << 40) + 1000))"),
        _unpack("unsigned char", "[i % 256 for i in range(1000)]"),
        _unpack("double", "[i / 2 for i in range(1000)]"),
        Operation(
            "unpack 1,000 of char *",
            Code(
                "f(p, 1000)",
                "f(p, 1000)[5] == s",
                "f = backend.unpack; s = ffi.new('char[]', b'x'); p = ffi.new('char *[]', [s] * 1000)",
            ),
            tags=_ITEMS,
        ),
        Operation(
            "list(int[1000])",
            Code("list(p)", "list(p) == list(range(1000))", "p = ffi.new('int[]', list(range(1000)))"),
            Code("list(p)", "list(p) == list(range(1000))", "p = (ctypes.c_int * 1000)(*range(1000))"),
            tags=_ITEMS,
        ),
        Operation(
            "int[] from a buffer of ints, 1,000 items",
            Code(
                "p[0:1000] = v",
                "p[999] == 999",
                "import array\np = ffi.new('int[1000]'); v = array.array('i', range(1000))",
            ),
            tags=_COPIES,
        ),
        Operation(
            "int[] from another int[], 1,000 items",
            Code(
                "p[0:1000] = v",
                "p[999] == 999",
                "p = ffi.new('int[1000]'); v = ffi.new('int[1000]', list(range(1000)))",
            ),
            tags=_COPIES,
        ),
        Operation(
            "char[] from bytes, 4,000 bytes",
            Code("p[0:4000] = v", "ffi.unpack(p, 4000) == v", "p = ffi.new('char[4000]'); v = b'ab' * 2000"),
            tags=_COPIES,
        ),
        Operation(
            "bytes from char[], 4,000 bytes",
            Code(
                "f(p, 4000)",
                "f(p, 4000) == v",
                "f = backend.unpack; v = b'ab' * 2000; p = ffi.new('char[]', v)",
            ),
            tags=_COPIES,
        ),
        Operation(
            "memmove, 4,000 bytes (for comparison: memory speed)",
            Code(
                "f(p, v, 4000)",
                "ffi.unpack(p, 4000) == v",
                "f = backend.memmove; p = ffi.new('char[4000]'); v = b'ab' * 2000",
            ),
            tags=_COPIES,
        ),
    ),
    (Limit(2.5, "items", "lists and unpack"),),
)
