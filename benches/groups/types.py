"""Type strings and types."""

from __future__ import annotations

from benches.model import Code, Group, Limit, Operation

TYPES = Group(
    "types",
    "Parsing of type strings, `typeof`, `sizeof`, realization",
    (
        Operation(
            "typeof('int *'), known, compiled FFI",
            Code("f('int *')", "f('int *').cname == 'int *'", "f = apiffi.typeof"),
        ),
        Operation(
            "typeof of a new string, compiled FFI",
            Code(
                "f(next(s))",
                "f(next(s)).kind == 'array'",
                "import itertools\nf = apiffi.typeof; s = map('int *[%d]'.__mod__, itertools.count(1))",
            ),
        ),
        Operation(
            "typeof of a new function type, compiled FFI",
            Code(
                "f(next(s))",
                "f(next(s)).kind == 'array'",
                "import itertools\n"
                "f = apiffi.typeof; s = map('int(*[%d])(struct point *, unsigned long, char const *)'.__mod__, itertools.count(1))",
            ),
        ),
        Operation(
            "parse 'int *' by a new compiled FFI",
            Code("F().typeof('int *')", "F().typeof('int *').cname == 'int *'", "F = type(apiffi)"),
        ),
        Operation(
            "sizeof(cdata)",
            Code("f(p)", "f(p) == 40", "f = backend.sizeof; p = ffi.new('int[10]')"),
            Code("f(p)", "f(p) == 40", "f = ctypes.sizeof; p = (ctypes.c_int * 10)()"),
        ),
        Operation("sizeof(ctype)", Code("f(t)", "f(t) == 4", "f = backend.sizeof; t = ffi.typeof('int')")),
        Operation("sizeof('int'), compiled FFI", Code("f('int')", "f('int') == 4", "f = apiffi.sizeof")),
        Operation(
            "typeof(cdata)", Code("f(p)", "f(p).cname == 'int *'", "f = backend.typeof; p = ffi.new('int *')")
        ),
        Operation(
            "new_pointer_type, known",
            Code(
                "f(t)",
                "f(t).cname == 'int *'",
                "f = backend.new_pointer_type; t = ffi.typeof('int'); keep = f(t)",
            ),
        ),
        Operation(
            "new_array_type, known",
            Code(
                "f(t, 5)",
                "f(t, 5).cname == 'int[5]'",
                "f = backend.new_array_type; t = ffi.typeof('int *'); keep = f(t, 5)",
            ),
        ),
        Operation(
            "new_array_type, new",
            Code(
                "f(t, next(n))",
                "f(t, next(n)).kind == 'array'",
                "import itertools\nf = backend.new_array_type; t = ffi.typeof('int *'); n = itertools.count(7)",
            ),
        ),
        Operation(
            "new_function_type, new",
            Code(
                "f((a, g(t(q, next(n)))), i)",
                "f((a, g(t(q, next(n)))), i).kind == 'function'",
                "import itertools\nf = backend.new_function_type; g = backend.new_pointer_type; t = backend.new_array_type\n"
                "i = ffi.typeof('int'); a = ffi.typeof('double'); q = ffi.typeof('int *'); n = itertools.count(7)",
            ),
        ),
        Operation(
            "a struct of 3 fields made and completed",
            Code(
                "s = f('struct made'); g(s, [('a', i, -1), ('b', d, -1), ('c', i, -1)])",
                "ffi.sizeof(s) == 24",
                "f = backend.new_struct_type; g = backend.complete_struct_or_union; i = ffi.typeof('int'); d = ffi.typeof('double')",
            ),
        ),
        Operation("ctype.fields", Code("t.fields", "len(t.fields) == 2", "t = ffi.typeof('struct pair')")),
        Operation(
            "getctype('int', '*'), compiled FFI",
            Code("f('int', '*')", "f('int', '*') == 'int *'", "f = apiffi.getctype"),
        ),
        Operation(
            "offsetof(struct, field), compiled FFI",
            Code("f('struct pair', 'b')", "f('struct pair', 'b') == 4", "f = apiffi.offsetof"),
        ),
    ),
    (Limit(1.5),),
)
