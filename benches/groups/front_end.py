"""Methods of FFI objects: in-line ones, with some of the front end's own Python code, and those of compiled modules."""

from __future__ import annotations

from benches.model import Code, Group, Operation


def _methods(ffi: str) -> tuple[Operation, ...]:
    """Returns the operations on the FFI object with that name."""
    new = f"new = {ffi}.new"
    return (
        Operation("ffi.new('int *')", Code("new('int *')", "new('int *')[0] == 0", new)),
        Operation("ffi.new('int *', 5)", Code("new('int *', 5)", "new('int *', 5)[0] == 5", new)),
        Operation(
            "ffi.new('struct record *')",
            Code("new('struct record *')", "new('struct record *').x == 0", new),
        ),
        Operation(
            "ffi.new('struct pair *', [1, 2])",
            Code("new('struct pair *', v)", "new('struct pair *', v).b == 2", f"{new}; v = [1, 2]"),
        ),
        Operation("ffi.new('int[]', 100)", Code("new('int[]', 100)", "len(new('int[]', 100)) == 100", new)),
        Operation(
            "ffi.new('char[]', bytes of 5)",
            Code("new('char[]', b'hello')", "len(new('char[]', b'hello')) == 6", new),
        ),
        Operation("ffi.cast('int', 5)", Code("f('int', 5)", "int(f('int', 5)) == 5", f"f = {ffi}.cast")),
        Operation(
            "ffi.addressof(struct)",
            Code("f(s)", "f(s) == p", f"f = {ffi}.addressof; p = {ffi}.new('struct pair *'); s = p[0]"),
        ),
        Operation(
            "ffi.string(char *)",
            Code("f(p)", "f(p) == b'hello'", f"f = {ffi}.string; p = {ffi}.new('char[]', b'hello')"),
        ),
        Operation(
            "ffi.memmove, 5 bytes",
            Code(
                "f(p, b'world', 5)",
                f"{ffi}.string(p) == b'world'",
                f"f = {ffi}.memmove; p = {ffi}.new('char[]', b'hello')",
            ),
        ),
        Operation(
            "ffi.from_buffer(bytearray)",
            Code("f(b)", "len(f(b)) == 5", f"f = {ffi}.from_buffer; b = bytearray(b'hello')"),
        ),
        Operation(
            "ffi.gc with a C function, run",
            Code("f(p, d)", "f(p, d) == p", f"f = {ffi}.gc; p = {ffi}.new('char[]', b'hello'); d = api.same"),
        ),
        Operation("ffi.errno", Code(f"{ffi}.errno", f"isinstance({ffi}.errno, int)")),
    )


FRONT_END = Group(
    "front-end",
    "Methods of in-line `FFI` objects (with the front end's own Python code)",
    (
        *_methods("ffi"),
        Operation(
            "lib.counter of an opened library", Code("lib.counter", "lib.counter == 7", "lib.counter = 7")
        ),
        Operation("lib.counter = 7 of an opened library", Code("lib.counter = 7", "lib.counter == 7")),
    ),
    note="No limit of its own: the part of the front end is the same on both sides.",
)
METHODS = Group("methods", "Methods of `FFI` objects of compiled modules", _methods("apiffi"))
