"""Fields, items, arithmetic and comparison of C data."""

from __future__ import annotations

from benches.model import Code, Group, Limit, Operation

_RECORD = "p = ffi.new('struct record *')\n"
_FIELDS = (
    "class R(ctypes.Structure):\n"
    "    _fields_ = [('x', ctypes.c_int), ('d', ctypes.c_double), ('low', ctypes.c_uint, 5), ('inner', Pair)]\n"
    "p = R()\n"
)
_ARRAY = "a = ffi.new('int[10]', list(range(10)))\n"
_RECORDS = "r = ffi.new('struct record[10]')\n"
_FOREIGN_RECORDS = _FIELDS.replace("p = R()", "r = (R * 10)()")
_FOREIGN_ARRAY = "a = (ctypes.c_int * 10)(*range(10))\n"

ACCESS = Group(
    "access",
    "Fields, items, arithmetic, comparison",
    (
        Operation(
            "p.x, int",
            Code("p.x", "p.x == 3", _RECORD + "p.x = 3"),
            Code("p.x", "p.x == 3", _FIELDS + "p.x = 3"),
        ),
        Operation("p.x = 1, int", Code("p.x = 1", "p.x == 1", _RECORD), Code("p.x = 1", "p.x == 1", _FIELDS)),
        Operation(
            "p.d, double",
            Code("p.d", "p.d == 2.5", _RECORD + "p.d = 2.5"),
            Code("p.d", "p.d == 2.5", _FIELDS + "p.d = 2.5"),
        ),
        Operation(
            "p.d = 1.5, double",
            Code("p.d = 1.5", "p.d == 1.5", _RECORD),
            Code("p.d = 1.5", "p.d == 1.5", _FIELDS),
        ),
        Operation(
            "p.low, bit field",
            Code("p.low", "p.low == 5", _RECORD + "p.low = 5"),
            Code("p.low", "p.low == 5", _FIELDS + "p.low = 5"),
        ),
        Operation(
            "p.low = 3, bit field",
            Code("p.low = 3", "p.low == 3", _RECORD),
            Code("p.low = 3", "p.low == 3", _FIELDS),
        ),
        Operation(
            "p.inner.b",
            Code("p.inner.b", "p.inner.b == 4", _RECORD + "p.inner.b = 4"),
            Code("p.inner.b", "p.inner.b == 4", _FIELDS + "p.inner.b = 4"),
        ),
        Operation("p.next, pointer", Code("p.next", "p.next == p", _RECORD + "p.next = p")),
        Operation("p.next = p, pointer", Code("p.next = p", "p.next == p", _RECORD)),
        Operation("p.items[3]", Code("p.items[3]", "p.items[3] == 9", _RECORD + "p.items[3] = 9")),
        Operation("a[5]", Code("a[5]", "a[5] == 5", _ARRAY), Code("a[5]", "a[5] == 5", _FOREIGN_ARRAY)),
        Operation(
            "a[5] = 1", Code("a[5] = 1", "a[5] == 1", _ARRAY), Code("a[5] = 1", "a[5] == 1", _FOREIGN_ARRAY)
        ),
        Operation("a[5], double", Code("a[5]", "a[5] == 5.0", "a = ffi.new('double[10]', list(range(10)))")),
        Operation("p[0], int *", Code("p[0]", "p[0] == 7", "p = ffi.new('int *', 7)")),
        Operation("p[0] = 1, int *", Code("p[0] = 1", "p[0] == 1", "p = ffi.new('int *', 7)")),
        Operation("p[0], struct *", Code("p[0]", "p[0].x == 0", _RECORD)),
        Operation(
            "r[2].x, struct item",
            Code("r[2].x", "r[2].x == 5", _RECORDS + "r[2].x = 5"),
            Code("r[2].x", "r[2].x == 5", _FOREIGN_RECORDS + "r[2].x = 5"),
        ),
        Operation(
            "for s in struct[10]",
            Code("for s in r: pass", "len(list(r)) == 10", _RECORDS),
            Code("for s in r: pass", "len(list(r)) == 10", _FOREIGN_RECORDS),
        ),
        Operation("a[2:8]", Code("a[2:8]", "list(a[2:8]) == [2, 3, 4, 5, 6, 7]", _ARRAY)),
        Operation("p + 1", Code("p + 1", "(p + 1)[0] == 1", _ARRAY + "p = a + 0")),
        Operation("p - q", Code("p - q", "p - q == 3", _ARRAY + "p = a + 3; q = a + 0")),
        Operation("p == q", Code("p == q", "p == q", _ARRAY + "p = a + 3; q = a + 3")),
        Operation("p < q", Code("p < q", "p < q", _ARRAY + "p = a + 1; q = a + 3")),
        Operation("bool(p)", Code("not p", "not p is False", _ARRAY + "p = a + 1")),
        Operation("hash(p)", Code("hash(p)", "hash(p) == hash(a + 1)", _ARRAY + "p = a + 1")),
        Operation("int(cdata int)", Code("int(x)", "int(x) == 5", "x = ffi.cast('int', 5)")),
        Operation("float(cdata double)", Code("float(x)", "float(x) == 2.5", "x = ffi.cast('double', 2.5)")),
        Operation("cdata int == 5", Code("x == 5", "x == 5", "x = ffi.cast('int', 5)")),
        Operation(
            "len(a)", Code("len(a)", "len(a) == 10", _ARRAY), Code("len(a)", "len(a) == 10", _FOREIGN_ARRAY)
        ),
        Operation(
            "for x in int[10]",
            Code("for x in a: pass", "sum(a) == 45", _ARRAY),
            Code("for x in a: pass", "sum(a) == 45", _FOREIGN_ARRAY),
        ),
        Operation("lib.counter, global variable", Code("api.counter", "api.counter == 7", "api.counter = 7")),
        Operation("lib.counter = 7, global variable", Code("api.counter = 7", "api.counter == 7")),
        Operation("lib.BLUE, constant", Code("api.BLUE", "api.BLUE == 2")),
    ),
    (Limit(1.3),),
)
