"""The functions that are called in both modes, so that the two can be compared by name."""

from __future__ import annotations

from dataclasses import dataclass

from benches.model import Code, Operation


@dataclass(frozen=True)
class Signature:
    """A function of the library with the arguments of one call."""

    name: str
    function: str
    arguments: str
    check: str
    """An expression over `r`, the result."""
    setup: str = ""
    """Python statements; `ffi` is the FFI object of the mode."""
    ctypes: str = ""
    """Result and argument types for ctypes, as arguments of `function`; empty to leave it out."""
    direct: bool = False
    """Whether the C extension has it."""
    many: bool = False
    """Whether it takes two or more arguments."""

    def operation(self, library: str, ffi: str) -> Operation:
        """Returns the operation in one mode: `library` and `ffi` are names of the fixtures."""
        call = f"f({self.arguments})"

        def code(setup: str) -> Code:
            return Code(call, f"(lambda r: {self.check})({call})", setup)

        own = f"ffi = {ffi}\n" if ffi != "ffi" else ""
        foreign = f"from ctypes import *\nf = function({self.function!r}, {self.ctypes})"
        return Operation(
            self.name,
            code(f"{own}f = {library}.{self.function}\n{self.setup}"),
            code(foreign) if self.ctypes else None,
            code(f"f = direct.{self.function}") if self.direct else None,
            frozenset({"two or more"} if self.many else {"fewer"}),
        )


INT, DOUBLE = "c_int", "c_double"
FIXED = (
    Signature("int f(void)", "zero", "", "r == 0", "", INT, True),
    Signature("void f(void)", "nothing", "", "r is None", "", "None", True),
    Signature("int f(int)", "inc", "41", "r == 42", "", f"{INT}, {INT}", True),
    Signature(
        "long long f(long long)",
        "inc64",
        "1 << 40",
        "r == (1 << 40) + 1",
        "",
        "c_longlong, c_longlong",
        True,
    ),
    Signature("unsigned char f(unsigned char)", "inc8", "254", "r == 255", "", "c_ubyte, c_ubyte"),
    Signature("_Bool f(_Bool)", "flip", "False", "r is True", "", "c_bool, c_bool"),
    Signature("char f(char)", "next_char", "b'a'", "r == b'b'", "", "c_char, c_char"),
    Signature("double f(double)", "half", "3.0", "r == 1.5", "", f"{DOUBLE}, {DOUBLE}", True),
    Signature("float f(float)", "halff", "3.0", "r == 1.5", "", "c_float, c_float"),
    Signature("size_t f(char *), bytes", "length", "b'hello'", "r == 5", "", "c_size_t, c_char_p", True),
    Signature("size_t f(char *), cdata", "length", "p", "r == 5", "p = ffi.new('char[]', b'hello')"),
    Signature("void *f(void *)", "same", "p", "r == p", "p = ffi.new('int *')"),
    Signature("struct *f(struct *)", "same_record", "p", "r == p", "p = ffi.new('struct record *')"),
    Signature("enum f(enum)", "next_colour", "1", "r == 2"),
    Signature("int f(int, int)", "add2", "1, 2", "r == 3", "", f"{INT}, {INT}, {INT}", True, True),
    Signature(
        "double f(int, double)", "scale", "2, 1.5", "r == 3.0", "", f"{DOUBLE}, {INT}, {DOUBLE}", False, True
    ),
    Signature(
        "int f(void *, void *, size_t), bytes",
        "compare",
        "b'abc', b'abc', 3",
        "r == 0",
        "",
        f"{INT}, c_char_p, c_char_p, c_size_t",
        True,
        True,
    ),
    Signature(
        "int f(int *, int), cdata",
        "sum_ints",
        "p, 10",
        "r == 45",
        "p = ffi.new('int[10]', list(range(10)))",
        many=True,
    ),
    Signature(
        "int f(int *, int), list of 10",
        "sum_ints",
        "items, 10",
        "r == 45",
        "items = list(range(10))",
        many=True,
    ),
    Signature("int f(4 ints)", "add4", "1, 2, 3, 4", "r == 10", "", ", ".join([INT] * 5), True, True),
    Signature("int f(6 ints)", "add6", "1, 2, 3, 4, 5, 6", "r == 21", "", ", ".join([INT] * 7), True, True),
    Signature(
        "double f(6 doubles)",
        "sum6",
        "1.0, 2.0, 3.0, 4.0, 5.0, 6.0",
        "r == 21.0",
        "",
        ", ".join([DOUBLE] * 7),
        True,
        True,
    ),
    Signature(
        "int f(10 ints)",
        "add10",
        "1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
        "r == 55",
        "",
        ", ".join([INT] * 11),
        True,
        True,
    ),
    Signature(
        "double f(5 ints, 5 doubles)",
        "mix10",
        "1, 2.0, 3, 4.0, 5, 6.0, 7, 8.0, 9, 10.0",
        "r == 55.0",
        "",
        ", ".join([DOUBLE] + [INT, DOUBLE] * 5),
        False,
        True,
    ),
)
"""Calls with a fixed number of arguments, none of them a struct."""

BY_VALUE = (
    Signature(
        "struct{2 doubles} f(same)",
        "swap_point",
        "p[0]",
        "(r.x, r.y) == (2.0, 1.0)",
        "p = ffi.new('struct point *', [1.0, 2.0])",
    ),
    Signature(
        "double f(struct{2 doubles})",
        "norm1",
        "s",
        "r == 3.0",
        "p = ffi.new('struct point *', [1.0, 2.0]); s = p[0]",
    ),
    Signature("struct{2 ints} f(int, int)", "make_pair", "1, 2", "(r.a, r.b) == (1, 2)", many=True),
    Signature(
        "int f(struct{2 ints})", "sum_pair", "s", "r == 3", "p = ffi.new('struct pair *', [1, 2]); s = p[0]"
    ),
    Signature(
        "struct{int, double} f(same)",
        "next_mixed",
        "s",
        "(r.a, r.b) == (2, 3.0)",
        "p = ffi.new('struct mixed *', [1, 2.0]); s = p[0]",
    ),
    Signature(
        "struct{48 bytes} f(same)",
        "next_wide",
        "s",
        "r.v[0] == 1",
        "p = ffi.new('struct wide *'); s = p[0]",
    ),
)
"""Calls with a struct as an argument or as the result."""
