"""The backend's own functions, and the methods of compiled FFI objects, which are its own too."""

from __future__ import annotations

from benches.model import Code, Group, Limit, Operation

FUNCTIONS = Group(
    "functions",
    "`new`, casts, `addressof`, `string`, `memmove`, `from_buffer`, `buffer` at the module's own functions",
    (
        Operation(
            "newp(int *)",
            Code("f(t)", "f(t)[0] == 0", "f = backend.newp; t = ffi.typeof('int *')"),
            Code("T()", "T().value == 0", "T = ctypes.c_int"),
        ),
        Operation(
            "newp(int *, 5)",
            Code("f(t, 5)", "f(t, 5)[0] == 5", "f = backend.newp; t = ffi.typeof('int *')"),
            Code("T(5)", "T(5).value == 5", "T = ctypes.c_int"),
        ),
        Operation(
            "newp(struct *)",
            Code("f(t)", "f(t).x == 0", "f = backend.newp; t = ffi.typeof('struct record *')"),
            Code("Pair()", "Pair().a == 0"),
        ),
        Operation(
            "newp(struct *, list of 2)",
            Code(
                "f(t, v)", "f(t, v).b == 2", "f = backend.newp; t = ffi.typeof('struct pair *'); v = [1, 2]"
            ),
            Code("Pair(1, 2)", "Pair(1, 2).b == 2"),
        ),
        Operation(
            "newp(struct *, dict of 2)",
            Code(
                "f(t, v)",
                "f(t, v).b == 2",
                "f = backend.newp; t = ffi.typeof('struct pair *'); v = {'a': 1, 'b': 2}",
            ),
            Code("Pair(a=1, b=2)", "Pair(a=1, b=2).b == 2"),
        ),
        Operation(
            "newp(char[], bytes of 5)",
            Code(
                "f(t, b'hello')",
                "ffi.string(f(t, b'hello')) == b'hello'",
                "f = backend.newp; t = ffi.typeof('char[]')",
            ),
            Code("f(b'hello')", "f(b'hello').value == b'hello'", "f = ctypes.create_string_buffer"),
        ),
        Operation(
            "newp(int[], 100)",
            Code("f(t, 100)", "len(f(t, 100)) == 100", "f = backend.newp; t = ffi.typeof('int[]')"),
            Code("T()", "len(T()) == 100", "T = ctypes.c_int * 100"),
        ),
        Operation(
            "ffi.new('int *') of a compiled module",
            Code("new('int *')", "new('int *')[0] == 0", "new = apiffi.new"),
        ),
        Operation(
            "ffi.new('struct pair *', list of 2) of a compiled module",
            Code("new('struct pair *', v)", "new('struct pair *', v).b == 2", "new = apiffi.new; v = [1, 2]"),
        ),
        Operation(
            "cast(int, 5)",
            Code("f(t, 5)", "int(f(t, 5)) == 5", "f = backend.cast; t = ffi.typeof('int')"),
        ),
        Operation(
            "cast(char *, void *)",
            Code(
                "f(t, p)",
                "f(t, p) == p",
                "f = backend.cast; t = ffi.typeof('char *'); p = ffi.cast('void *', 4096)",
            ),
            Code(
                "f(p, T)",
                "bool(f(p, T))",
                "f = ctypes.cast; T = ctypes.POINTER(ctypes.c_char); p = ctypes.c_void_p(4096)",
            ),
        ),
        Operation(
            "ffi.cast('int', 5) of a compiled module",
            Code("f('int', 5)", "int(f('int', 5)) == 5", "f = apiffi.cast"),
        ),
        Operation(
            "addressof(struct) of a compiled module",
            Code(
                "f(s)",
                "f(s) == p",
                "f = apiffi.addressof; p = apiffi.new('struct pair *'); s = p[0]",
            ),
            Code("f(s)", "f(s)", "f = ctypes.pointer; s = Pair()"),
        ),
        Operation(
            "addressof(struct, field) of a compiled module",
            Code(
                "f(s, 'b')",
                "f(s, 'b')[0] == 2",
                "f = apiffi.addressof; p = apiffi.new('struct pair *', [1, 2]); s = p[0]",
            ),
        ),
        Operation(
            "addressof(lib, function) of a compiled module",
            Code("f(api, 'inc')", "f(api, 'inc')(1) == 2", "f = apiffi.addressof"),
        ),
        Operation(
            "string(char *)",
            Code("f(p)", "f(p) == b'hello'", "f = backend.string; p = ffi.new('char[]', b'hello')"),
            Code("f(p)", "f(p) == b'hello'", "f = ctypes.string_at; p = ctypes.c_char_p(b'hello')"),
        ),
        Operation(
            "string(wchar_t *)",
            Code("f(p)", "f(p) == 'hello'", "f = backend.string; p = ffi.new('wchar_t[]', 'hello')"),
            Code("f(p)", "f(p) == 'hello'", "f = ctypes.wstring_at; p = ctypes.c_wchar_p('hello')"),
        ),
        Operation(
            "memmove, 5 bytes",
            Code(
                "f(p, b'world', 5)",
                "ffi.string(p) == b'world'",
                "f = backend.memmove; p = ffi.new('char[]', b'hello')",
            ),
            Code(
                "f(p, b'world', 5)",
                "p.value == b'world'",
                "f = ctypes.memmove; p = ctypes.create_string_buffer(b'hello')",
            ),
        ),
        Operation(
            "from_buffer(char[], bytearray)",
            Code(
                "f(t, b)",
                "len(f(t, b)) == 5",
                "f = backend.from_buffer; t = ffi.typeof('char[]'); b = bytearray(b'hello')",
            ),
            Code(
                "T.from_buffer(b)",
                "len(T.from_buffer(b)) == 5",
                "T = ctypes.c_char * 5; b = bytearray(b'hello')",
            ),
        ),
        Operation(
            "from_buffer(int[], bytearray)",
            Code(
                "f(t, b)",
                "len(f(t, b)) == 4",
                "f = backend.from_buffer; t = ffi.typeof('int[]'); b = bytearray(16)",
            ),
        ),
        Operation(
            "buffer(cdata)",
            Code("f(p)", "f(p)[:] == b'hello\\0'", "f = backend.buffer; p = ffi.new('char[]', b'hello')"),
            Code(
                "f(p)",
                "bytes(f(p)) == b'hello\\0'",
                "f = memoryview; p = ctypes.create_string_buffer(b'hello')",
            ),
        ),
        Operation(
            "buffer(cdata)[:]",
            Code("f(p)[:]", "f(p)[:] == b'hello\\0'", "f = backend.buffer; p = ffi.new('char[]', b'hello')"),
            Code("p.raw", "p.raw == b'hello\\0'", "p = ctypes.create_string_buffer(b'hello')"),
        ),
        Operation(
            "new_handle and from_handle",
            Code(
                "g(f(t, x))",
                "g(f(t, x)) is x",
                "f = backend.newp_handle; g = backend.from_handle; t = ffi.typeof('void *'); x = []",
            ),
        ),
        Operation(
            "gcp with a Python destructor, run",
            Code(
                "f(p, d)",
                "f(p, d) == p and done",
                "f = backend.gcp; done = []; d = lambda p: done or done.append(1); p = ffi.new('int *'); f(p, d)",
            ),
        ),
    ),
    (Limit(1.7),),
)
