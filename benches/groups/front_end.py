"""Methods of in-line FFI objects, whose time is spent in the front end's Python code in good part."""

from __future__ import annotations

from benches.model import Code, Group, Operation

FRONT_END = Group(
    "front-end",
    "Methods of in-line `FFI` objects (with the front end's own Python code)",
    (
        Operation("ffi.new('int *')", Code("new('int *')", "new('int *')[0] == 0", "new = ffi.new")),
        Operation("ffi.cast('int', 5)", Code("f('int', 5)", "int(f('int', 5)) == 5", "f = ffi.cast")),
        Operation(
            "ffi.addressof(struct)",
            Code("f(s)", "f(s) == p", "f = ffi.addressof; p = ffi.new('struct pair *'); s = p[0]"),
        ),
        Operation(
            "ffi.string(char *)",
            Code("f(p)", "f(p) == b'hello'", "f = ffi.string; p = ffi.new('char[]', b'hello')"),
        ),
        Operation(
            "ffi.from_buffer(bytearray)",
            Code("f(b)", "len(f(b)) == 5", "f = ffi.from_buffer; b = bytearray(b'hello')"),
        ),
    ),
    note="No limit of its own: the part of the front end is the same on both sides.",
)
