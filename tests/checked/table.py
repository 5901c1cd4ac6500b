"""Programs of wrong accesses, made from two tables: each operation with each kind of wrong memory, and made right.

A program is a text. The comment ``# made`` stands on the line that makes the memory, ``# freed`` on the line that ends
it, ``# access`` on the line that must raise. The right form of a program has ``keep`` lines in place of the wrong ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.checked.libc import MEMORY

CDEF = f"""
    struct inner {{ int x; int y; }};
    struct s {{ int a; short b; struct inner inner; int items[4]; unsigned bits : 5; unsigned more : 9; }};
    struct in_addr {{ unsigned s_addr; }};
{MEMORY}
    int sprintf(char *, const char *, ...);
    int snprintf(char *, size_t, const char *, ...);
    size_t strlen(const char *);
    int strcmp(const char *, const char *);
    long strtol(const char *, char **, int);
    int atoi(const char *);
    void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
    char *inet_ntoa(struct in_addr);
    int abs(int);
    int putenv(char *);
    double frexp(double, int *);
    double modf(double, double *);
    void swab(const void *, void *, ssize_t);
"""


@dataclass(frozen=True)
class Operation:
    """What is done with ``q``, a pointer to one or more items of a type."""

    code: str
    """The line of the access."""
    item: str
    """The type of the items."""
    writes: bool = False
    before: str = ""
    """What is prepared, before the memory is made."""
    foreign: bool = True
    """Whether addresses of nobody's are wrong too."""
    dead_only: bool = False
    """Whether only memory that is gone is wrong, since C gets an address."""


OPERATIONS = {
    "read item": Operation("q[0]", "int"),
    "read long item": Operation("q[0]", "long long"),
    "read pointer item": Operation("q[0]", "char *"),
    "read double item": Operation("q[0]", "double"),
    "read char item": Operation("q[0]", "char"),
    "read long double item": Operation("q[0]", "long double"),
    "write item": Operation("q[0] = 5", "int", writes=True),
    "write double item": Operation("q[0] = 1.5", "double", writes=True),
    "write char item": Operation("q[0] = b'x'", "char", writes=True),
    "write pointer item": Operation("q[0] = ffi.NULL", "void *", writes=True),
    "list of a slice": Operation("list(q[0:1])", "int"),
    "for over a slice": Operation("for x in q[0:1]: pass", "short"),
    "item of a slice": Operation("q[0:1][0]", "int"),
    "write a slice": Operation("q[0:1] = [7]", "int", writes=True),
    "write a slice of bytes": Operation("q[0:2] = b'ab'", "char", writes=True),
    "write a slice from a cdata": Operation(
        "q[0:1] = other", "int", writes=True, before="other = ffi.new('int[1]')"
    ),
    "read a slice into an array": Operation("other[0:1] = q[0:1]", "int", before="other = ffi.new('int[2]')"),
    "read field": Operation("q.a", "struct s"),
    "read second field": Operation("q.b", "struct s"),
    "write field": Operation("q.a = 3", "struct s", writes=True),
    "read nested field": Operation("q.inner.y", "struct s"),
    "write nested field": Operation("q.inner.y = 1", "struct s", writes=True),
    "read item of an array field": Operation("q.items[2]", "struct s"),
    "write item of an array field": Operation("q.items[2] = 1", "struct s", writes=True),
    "write a whole array field": Operation("q.items = [1, 2, 3, 4]", "struct s", writes=True),
    "read bit field": Operation("q.more", "struct s"),
    "write bit field": Operation("q.bits = 3", "struct s", writes=True),
    "field of an item": Operation("q[0].a", "struct s"),
    "copy a struct out": Operation("other[0] = q[0]", "struct s", before="other = ffi.new('struct s *')"),
    "copy a struct in": Operation(
        "q[0] = other[0]", "struct s", writes=True, before="other = ffi.new('struct s *')"
    ),
    "fill a struct from a dict": Operation("q[0] = {'a': 1, 'b': 2}", "struct s", writes=True),
    "make a struct of a struct": Operation("ffi.new('struct s *', q[0])", "struct s"),
    "struct in a list of structs": Operation("ffi.new('struct s[]', [q[0]])", "struct s"),
    "copy a nested struct": Operation(
        "other.inner = q.inner", "struct s", before="other = ffi.new('struct s *')"
    ),
    "string": Operation("ffi.string(q)", "char"),
    "string with a limit": Operation("ffi.string(q, 1)", "char"),
    "string of wide characters": Operation("ffi.string(q)", "wchar_t"),
    "string of char16_t": Operation("ffi.string(q)", "char16_t"),
    "unpack characters": Operation("ffi.unpack(q, 2)", "char"),
    "unpack integers": Operation("ffi.unpack(q, 1)", "int"),
    "unpack doubles": Operation("ffi.unpack(q, 1)", "double"),
    "unpack structs": Operation("ffi.unpack(q, 1)[0].a", "struct s"),
    "memmove out": Operation("ffi.memmove(other, q, 4)", "int", before="other = bytearray(4)"),
    "memmove in": Operation("ffi.memmove(q, b'abcd', 4)", "int", writes=True),
    "memmove between cdata": Operation("ffi.memmove(other, q, 4)", "int", before="other = ffi.new('int[3]')"),
    "bytes of a buffer": Operation("bytes(ffi.buffer(q, 4))", "int"),
    "slice of a buffer": Operation("ffi.buffer(q, 4)[0:4]", "int"),
    "item of a buffer": Operation("ffi.buffer(q, 4)[1]", "int"),
    "write a slice of a buffer": Operation("ffi.buffer(q, 4)[0:4] = b'abcd'", "int", writes=True),
    "write an item of a buffer": Operation("ffi.buffer(q, 4)[1] = b'a'", "int", writes=True),
    "compare a buffer": Operation("ffi.buffer(q, 4) == b'abcd'", "int"),
    "memoryview of a buffer": Operation("memoryview(ffi.buffer(q, 4))", "int"),
    "pass an address": Operation("lib.strlen(q)", "char", foreign=False, dead_only=True),
    "pass an address as void *": Operation("lib.memset(q, 0, 0)", "int", foreign=False, dead_only=True),
    "pass an address in a list": Operation(
        "lib.strtol(b'12', [q], 10)", "char", foreign=False, dead_only=True
    ),
    "pass an address in variadic arguments": Operation(
        "lib.snprintf(other, 4, b'%s', q)",
        "char",
        foreign=False,
        dead_only=True,
        before="other = ffi.new('char[4]')",
    ),
    "pass a struct by value": Operation("lib.inet_ntoa(q[0])", "struct in_addr"),
}


@dataclass(frozen=True)
class Wrong:
    """A way in which memory is wrong: code that makes ``q`` for items of the type ``{item}``."""

    code: str
    right: str
    """The code that makes ``q`` right, for an access that must not raise."""
    dead: bool = False
    known: bool = True
    """Whether a region is there to be named."""
    writes_only: bool = False
    whole_items: bool = False
    """Whether it needs items of more than one byte."""


KINDS = {
    "freed": Wrong(
        "p = ffi.new('{item}[3]')  # made\nq = ffi.cast('{item} *', p)\np = None  # freed",
        "p = ffi.new('{item}[3]')\nq = ffi.cast('{item} *', p)",
        dead=True,
    ),
    "freed large": Wrong(
        "p = ffi.new('{item}[90000]')  # made\nq = ffi.cast('{item} *', p) + 70000\ndel p  # freed",
        "p = ffi.new('{item}[90000]')\nq = ffi.cast('{item} *', p) + 70000",
        dead=True,
    ),
    "freed pointer": Wrong(
        "p = ffi.new('{item} *')  # made\nq = p + 0\np = None  # freed",
        "p = ffi.new('{item} *')\nq = p + 0",
        dead=True,
    ),
    "out of its function": Wrong(
        "def make():\n    p = ffi.new('{item}[3]')  # made\n    return ffi.cast('{item} *', p)\nq = make()  # freed",
        "def make():\n    global p\n    p = ffi.new('{item}[3]')\n    return ffi.cast('{item} *', p)\nq = make()",
        dead=True,
    ),
    "released": Wrong(
        "p = ffi.new('{item}[3]')  # made\nq = ffi.cast('{item} *', p)\nffi.release(p)  # freed",
        "p = ffi.new('{item}[3]')\nq = ffi.cast('{item} *', p)",
        dead=True,
    ),
    "after with": Wrong(
        "with ffi.new('{item}[3]') as p:  # made freed\n    q = ffi.cast('{item} *', p)",
        "p = ffi.new('{item}[3]')\nq = ffi.cast('{item} *', p)",
        dead=True,
    ),
    "past the end": Wrong(
        "p = ffi.new('{item}[3]')  # made\nq = ffi.cast('{item} *', p) + 3",
        "p = ffi.new('{item}[3]')\nq = ffi.cast('{item} *', p) + 1",
    ),
    "before the start": Wrong(
        "p = ffi.new('{item}[3]')  # made\nq = ffi.cast('{item} *', p) - 1",
        "p = ffi.new('{item}[3]')\nq = ffi.cast('{item} *', p) + 1",
    ),
    "across the end": Wrong(
        "p = ffi.new('char[]', ffi.sizeof('{item}') + 1)  # made\nq = ffi.cast('{item} *', p + 2)",
        "p = ffi.new('char[]', ffi.sizeof('{item}') + 4)\nq = ffi.cast('{item} *', p + 2)",
        whole_items=True,
    ),
    "wild": Wrong(
        "q = ffi.cast('{item} *', 0x5eadbeef0000)",
        "p = ffi.new('{item}[3]')\nq = ffi.cast('{item} *', p)",
        known=False,
    ),
    "small integer": Wrong(
        "q = ffi.cast('{item} *', 0x12340)",
        "p = ffi.new('{item}[3]')\nq = ffi.cast('{item} *', p)",
        known=False,
    ),
    "code": Wrong(
        "q = ffi.cast('{item} *', ffi.cast('char *', lib.abs))",
        "p = ffi.new('{item}[3]')\nq = ffi.cast('{item} *', p)",
        known=False,
        writes_only=True,
    ),
    "freed by free()": Wrong(
        "p = lib.calloc(3, 64)  # made\nq = ffi.cast('{item} *', p)\nlib.free(p)  # freed",
        "p = lib.calloc(3, 64)\nq = ffi.cast('{item} *', p)",
        dead=True,
    ),
    "freed by ffi.gc": Wrong(
        "p = ffi.gc(lib.calloc(3, 64), lib.free)  # made\nq = ffi.cast('{item} *', p)\np = None  # freed",
        "p = ffi.gc(lib.calloc(3, 64), lib.free)\nq = ffi.cast('{item} *', p)",
        dead=True,
    ),
    "freed by an allocator": Wrong(
        "new = ffi.new_allocator(lib.malloc, lib.free)\np = new('{item}[3]')  # made\n"
        "q = ffi.cast('{item} *', p)\np = None  # freed",
        "new = ffi.new_allocator(lib.malloc, lib.free)\np = new('{item}[3]')\nq = ffi.cast('{item} *', p)",
        dead=True,
    ),
    "past a buffer": Wrong(
        "b = bytearray(3 * ffi.sizeof('{item}'))\np = ffi.from_buffer(b)  # made\nq = ffi.cast('{item} *', p) + 3",
        "b = bytearray(3 * ffi.sizeof('{item}'))\np = ffi.from_buffer(b)\nq = ffi.cast('{item} *', p) + 1",
    ),
    "constant bytes": Wrong(
        "b = bytes(3 * ffi.sizeof('{item}'))\np = ffi.from_buffer(b)  # made\nq = ffi.cast('{item} *', p) + 1",
        "b = bytearray(3 * ffi.sizeof('{item}'))\np = ffi.from_buffer(b)\nq = ffi.cast('{item} *', p) + 1",
        writes_only=True,
    ),
}

ONE_BYTE = frozenset({"char"})


@dataclass(frozen=True)
class Program:
    """A program with the lines that an error has to name."""

    name: str
    code: str
    right: str
    made: int | None
    freed: int | None
    access: int


def _line(code: str, mark: str) -> int | None:
    for number, line in enumerate(code.splitlines(), 1):
        if mark in line.partition("#")[2].split():
            return number
    return None


def _program(name: str, operation: Operation, kind: Wrong) -> Program:
    before = operation.before + "\n" if operation.before else ""
    access = "\n" + operation.code + "  # access\n"
    code = before + kind.code.replace("{item}", operation.item) + access
    right = before + kind.right.replace("{item}", operation.item) + access
    line = _line(code, "access")
    assert line is not None
    return Program(name, code, right, _line(code, "made"), _line(code, "freed"), line)


def programs() -> Iterator[Program]:
    """Returns every combination that makes sense."""
    for what, operation in OPERATIONS.items():
        for how, kind in KINDS.items():
            if kind.writes_only and not operation.writes:
                continue
            if operation.dead_only and not kind.dead:
                continue
            if not kind.known and not operation.foreign:
                continue
            if kind.whole_items and operation.item in ONE_BYTE:
                continue
            if how == "past a buffer" and what in PAST_BUFFERS:
                continue
            if how == "across the end" and what in WITHIN_START:
                continue
            yield _program(f"{what}, {how}", operation, kind)


PAST_BUFFERS = {
    name
    for name, operation in OPERATIONS.items()
    if operation.item == "struct s"
    and any(part in operation.code for part in ("inner", "items", "bits", "more"))
}
"""These use bytes that are farther from the end of a buffer than it is known that nothing else is there."""

WITHIN_START = {
    "write a whole array field",
    "read field",
    "read second field",
    "write field",
    "read nested field",
    "write nested field",
    "read bit field",
    "write bit field",
    "field of an item",
    "copy a nested struct",
    "read item of an array field",
    "write item of an array field",
    "unpack structs",
    "string with a limit",
    "item of a buffer",
    "write an item of a buffer",
}
"""These use bytes at the start of an item, which are there, or not all of them."""
