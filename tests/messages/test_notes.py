"""The notes below errors: where it was, what was expected, what came. The text itself is the stock backend's."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import _cffi_backend as backend
import cffi
import pytest

from tests.modules.building import compiled

DECLARATIONS = """
    struct point { int x; int y; };
    struct shape { char *name; struct point at; int list[3]; unsigned char small; int low : 4; };
    struct nested { struct shape shapes[2]; struct point *where; };
    struct secret;
    struct crowd { int a, b, c, d, e, f, g, h, i, j, k, l, m, n; };
    typedef int (*callback_t)(int);
    long strtol(const char *, char **, int);
    int abs(int);
    double atof(const char *);
    int printf(const char *, ...);
    void qsort(void *, size_t, size_t, callback_t);
    long long llabs(long long);
    void *memchr(const void *, int, size_t);
    enum colour { RED, GREEN };
    struct page { enum colour ink; wchar_t title[4]; char letter; char *lines[2]; };
    int missing_function(int);
    extern int missing_variable;
"""
HAS_NOTES = sys.version_info >= (3, 11)


@pytest.fixture(scope="module")
def ns() -> SimpleNamespace:
    ffi = cffi.FFI()
    ffi.cdef(DECLARATIONS)
    return SimpleNamespace(ffi=ffi, lib=ffi.dlopen(None))


def failure(act: Callable[[], object]) -> tuple[str, list[str]]:
    """Class and text of what it raises, and the notes."""
    try:
        act()
    except Exception as error:
        return f"{type(error).__name__}: {error}", getattr(error, "__notes__", [])
    pytest.fail("nothing was raised")


INT = "'int' holds -2147483648 to 2147483647"
NEW = "ffi.new() allocates memory for it; keep it alive while C uses it"


@pytest.mark.parametrize(
    ("code", "text", "notes"),
    [
        (
            "lib.strtol(b'1', ffi.NULL, 1.5)",
            "TypeError: an integer is required",
            ["argument 3 of strtol: expected 'int', got float (int(x) drops the fraction)"],
        ),
        (
            "lib.strtol('1', ffi.NULL, 1)",
            "TypeError: initializer for ctype 'char *' must be a bytes or list or tuple, not str",
            [
                "argument 1 of strtol: expected 'char *', got str (x.encode() gives bytes, which C may read but not change)"
            ],
        ),
        (
            "lib.strtol(b'1', 0, 1)",
            "TypeError: initializer for ctype 'char * *' must be a cdata pointer, not int",
            [
                "argument 2 of strtol: expected 'char * *', got int "
                "(use ffi.NULL where C accepts a null pointer)"
            ],
        ),
        (
            "lib.memchr(bytearray(2), 1, 2)",
            "TypeError: initializer for ctype 'void *' must be a cdata pointer, not bytearray",
            [
                "argument 1 of memchr: expected 'void *', got bytearray "
                "(ffi.from_buffer(x) passes its memory; add require_writable=True if C writes to it)"
            ],
        ),
        (
            "lib.qsort(ffi.NULL, 0, 0, len)",
            "TypeError: initializer for ctype 'int(*)(int)' must be a cdata pointer, not builtin_function_or_method",
            [
                "argument 4 of qsort: expected 'int(*)(int)', got builtin_function_or_method "
                "(ffi.callback() makes a function pointer; keep it alive while C may call it)"
            ],
        ),
        (
            "lib.abs(2**31)",
            "OverflowError: integer 2147483648 does not fit 'int'",
            [f"argument 1 of abs: {INT}"],
        ),
        ("lib.abs(2**99)", "OverflowError: int too big to convert", [f"argument 1 of abs: {INT}"]),
        ("lib.abs(1, 2)", "TypeError: 'int(*)(int)' expects 1 arguments, got 2", ["in a call of abs"]),
        (
            "lib.printf(b'%d', 5)",
            "TypeError: argument 2 passed in the variadic part needs to be a cdata object (got int)",
            [
                "in a call of printf",
                "'...' declares no type for it: pass ffi.cast(T, x), with exactly the type T that the function reads here ('long' for printf's %ld)",
            ],
        ),
        (
            "shape.at.x = 'a'",
            "TypeError: an integer is required",
            ["field 'x' of 'struct point': expected 'int', got str (int(x) parses a string)"],
        ),
        (
            "shape.name = b'a'",
            "TypeError: initializer for ctype 'char *' must be a cdata pointer, not bytes",
            [f"field 'name' of 'struct shape': expected 'char *', got bytes ({NEW})"],
        ),
        (
            "shape.small = -1",
            "OverflowError: can't convert negative number to unsigned",
            ["field 'small' of 'struct shape': 'unsigned char' holds 0 to 255"],
        ),
        (
            "shape.low = 8",
            "OverflowError: value 8 outside the range allowed by the bit field width: -8 <= x <= 7",
            ["field 'low' of 'struct shape': 4 bits of 'int'"],
        ),
        (
            "shape.at = point",
            "TypeError: initializer for ctype 'struct point' must be a list or tuple or dict or struct-cdata, "
            "not cdata 'struct point *'",
            [
                "field 'at' of 'struct shape': expected 'struct point', got cdata 'struct point *' "
                "(x[0] is what x points to)"
            ],
        ),
        (
            "ffi.new('struct nested *').where = point[0]",
            "TypeError: initializer for ctype 'struct point *' must be a pointer or array, not cdata 'struct point'",
            [
                "field 'where' of 'struct nested': expected 'struct point *', got cdata 'struct point' "
                "(ffi.addressof(x) is its address, valid while x is alive)"
            ],
        ),
        (
            "shape.list[1] = None",
            "TypeError: an integer is required",
            ["item 1 of 'int[3]': expected 'int', got None"],
        ),
        (
            "shape.list[0:2] = [1, 2.0]",
            "TypeError: an integer is required",
            ["item 1 of 'int[]': expected 'int', got float (int(x) drops the fraction)"],
        ),
        (
            "shape.list[0:2] = iter([1, None])",
            "TypeError: an integer is required",
            ["value 1 for the slice: expected 'int', got None"],
        ),
        (
            "ffi.new('struct nested *', [[{}, {'list': [1, 2, 'c']}]])",
            "TypeError: an integer is required",
            [
                "item 2 of 'int[3]': expected 'int', got str (int(x) parses a string)",
                "in field 'list' of 'struct shape'",
                "in item 1 of 'struct shape[2]'",
                "in field 'shapes' of 'struct nested'",
            ],
        ),
        (
            "ffi.new('int *', 'a')",
            "TypeError: an integer is required",
            ["the initializer: expected 'int', got str (int(x) parses a string)"],
        ),
        (
            "page.ink = 'GREEN'",
            "TypeError: an integer is required",
            [
                "field 'ink' of 'struct page': expected 'enum colour', got str "
                "(lib.NAME gives the value of an enumerator)"
            ],
        ),
        (
            "page.title = b'a'",
            "TypeError: initializer for ctype 'wchar_t[4]' must be a unicode or list or tuple, not bytes",
            ["field 'title' of 'struct page': expected 'wchar_t[4]', got bytes (x.decode() gives a str)"],
        ),
        (
            "ffi.new('char16_t *', b'a')",
            "TypeError: initializer for ctype 'char16_t' must be a unicode string of length 1, not bytes",
            ["the initializer: expected 'char16_t', got bytes (x.decode() gives a str)"],
        ),
        (
            "page.letter = 65",
            "TypeError: initializer for ctype 'char' must be a bytes of length 1, not int",
            [
                "field 'letter' of 'struct page': expected 'char', got int (bytes([x]) gives the byte with that value)"
            ],
        ),
        (
            "page.letter = b'AB'",
            "TypeError: initializer for ctype 'char' must be a bytes of length 1, not bytes",
            ["field 'letter' of 'struct page': expected 'char', got bytes (a char is exactly one byte)"],
        ),
        (
            "page.lines = ['a']",
            "TypeError: initializer for ctype 'char *' must be a cdata pointer, not str",
            [
                "item 0 of 'char *[2]': expected 'char *', got str "
                "(ffi.new() allocates memory for x.encode(); keep it alive while C uses it)",
                "in field 'lines' of 'struct page'",
            ],
        ),
        (
            "lib.abs(ffi.new('int *'))",
            "TypeError: int() not supported on cdata 'int *'",
            ["argument 1 of abs: expected 'int', got cdata 'int *' (x[0] is the number that x points to)"],
        ),
        (
            "lib.abs(point)",
            "TypeError: int() not supported on cdata 'struct point *'",
            ["argument 1 of abs: expected 'int', got cdata 'struct point *'"],
        ),
        (
            # A cast would pass, and C would call it with arguments that it does not take.
            "lib.qsort(ffi.NULL, 0, 0, ffi.callback('void(void)', len))",
            "TypeError: initializer for ctype 'int(*)(int)' must be a pointer to same type, not cdata 'void(*)()'",
            ["argument 4 of qsort: expected 'int(*)(int)', got cdata 'void(*)()'"],
        ),
        ("ffi.new('struct point *', {'z': 1})", "KeyError: 'z'", ["the fields of 'struct point': x, y"]),
        (
            "ffi.new('struct crowd *', {'z': 1})",
            "KeyError: 'z'",
            ["the fields of 'struct crowd': a, b, c, d, e, f, g, h, i, j, k, l and 2 more"],
        ),
        (
            "point.z = 1",
            "AttributeError: cdata 'struct point *' has no field 'z'",
            ["the fields of 'struct point': x, y"],
        ),
        (
            "point.z",
            "AttributeError: cdata 'struct point *' has no field 'z'",
            ["the fields of 'struct point': x, y"],
        ),
        (
            "ffi.new('int')",
            "TypeError: expected a pointer or array ctype, got 'int'",
            ["ffi.new('int *') allocates one and returns a pointer to it"],
        ),
        (
            "ffi.new('struct point', [1, 2])",
            "TypeError: expected a pointer or array ctype, got 'struct point'",
            ["ffi.new('struct point *') allocates one and returns a pointer to it"],
        ),
        ("ffi.new('void')", "TypeError: expected a pointer or array ctype, got 'void'", []),
        (
            "ffi.new('struct secret *')",
            "TypeError: cannot instantiate ctype 'struct secret' of unknown size",
            [
                "'struct secret' is declared without fields: check the name, or get a pointer to one from the library"
            ],
        ),
    ],
)
def test_in_line(ns: SimpleNamespace, code: str, text: str, notes: list[str]) -> None:
    names: dict[str, Any] = {
        **vars(ns),
        "shape": ns.ffi.new("struct shape *"),
        "point": ns.ffi.new("struct point *"),
    }
    names["page"] = ns.ffi.new("struct page *")
    names["nested"] = ns.ffi.new("struct nested *")
    program = compile(code, "case", "exec")
    assert failure(lambda: exec(program, names)) == (text, notes if HAS_NOTES else [])


needs_notes = pytest.mark.skipif(not HAS_NOTES, reason="exceptions have no notes before 3.11")


@needs_notes
def test_a_function_without_a_known_name(ns: SimpleNamespace) -> None:
    twice = ns.ffi.callback("int(int)", lambda n: 2 * n)
    assert failure(lambda: twice("a"))[1] == [
        "argument 1 of the function: expected 'int', got str (int(x) parses a string)"
    ]


@needs_notes
def test_missing_symbols(ns: SimpleNamespace) -> None:
    for act in (lambda: ns.lib.missing_function, lambda: ns.lib.missing_variable):
        (note,) = failure(act)[1]
        assert "no macros" in note and "API mode" in note


@needs_notes
@pytest.mark.skipif(sys.platform == "win32", reason="file names of another platform")
def test_missing_libraries(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def note(name: str) -> str:
        (found,) = failure(lambda: backend.load_library(name))[1]
        return str(found)

    monkeypatch.chdir(tmp_path)
    (tmp_path / "libhere.so").write_bytes(b"no library")
    assert "use './libhere.so'" in note("libhere.so")
    assert "there is no such file" in note("./libthere.so")
    assert "find_library('there')" in note("there")
    assert failure(lambda: backend.load_library("./libhere.so"))[1] == []


@needs_notes
@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("struct pint *", ["did you mean 'point'?"]),
        ("placf", ["did you mean 'place'?"]),
        ("point", ["there is a struct of that name: write 'struct point'"]),
        ("number[2]", ["there is a union of that name: write 'union number'"]),
        ("struct place *", ["'place' is a typedef: write it without 'struct' or 'union'"]),
        ("entirely_different", []),
        ("int[", []),
    ],
)
def test_unknown_types(tmp_path: Any, text: str, notes: list[str]) -> None:
    builder = cffi.FFI()
    builder.cdef("struct point { int x; }; typedef struct { int y; } place; union number { int i; };")
    builder.set_source("_notes_types", None)
    builder.emit_python_code(str(tmp_path / "_notes_types.py"))
    names: dict[str, Any] = {}
    exec((tmp_path / "_notes_types.py").read_text(encoding="utf-8"), names)
    for method in (names["ffi"].typeof, names["ffi"].sizeof, names["ffi"].new):
        said, found = failure(lambda method=method: method(text))
        assert said.startswith("error: ") and found == notes


@needs_notes
def test_exceptions_of_the_program_keep_their_own(ns: SimpleNamespace) -> None:
    class Mine(TypeError):
        pass

    class Odd:
        def __int__(self) -> int:
            raise Mine("text")

    assert failure(lambda: ns.lib.abs(Odd())) == ("Mine: text", [])
    assert failure(lambda: ns.ffi.new("int[]", [Odd()])) == ("Mine: text", [])


@needs_notes
def test_deep_initializers_get_a_few(ns: SimpleNamespace) -> None:
    ffi = cffi.FFI()
    inner = "int x;"
    for depth in range(12):
        inner = f"struct {{ {inner} }} s{depth};"
    ffi.cdef(f"struct deep {{ {inner} }};")
    init: Any = {"x": None}
    for depth in range(12):
        init = {f"s{depth}": init}
    notes = failure(lambda: ffi.new("struct deep *", init))[1]
    assert len(notes) == 6
    assert "field 'x'" in notes[0]


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Any:
    file = compiled(
        tmp_path_factory.mktemp("notes"),
        "_notes_module",
        "int add(int, short); int one(int); int text(char *, int); double half(double, int); extern int counter;",
        "static int add(int a, short b) { return a + b; } static int one(int a) { return a; }"
        "static int text(char *p, int n) { return p ? n : 0; } static double half(double x, int n) { return x / n; }"
        "static int counter = 0;",
    )
    spec = importlib.util.spec_from_file_location("_notes_module", file)
    assert spec is not None and spec.loader is not None
    return importlib.util.module_from_spec(spec)


class TestCompiled:
    """Functions of compiled modules: what their C code does not tell is missing."""

    @pytest.mark.parametrize(
        ("code", "text", "notes"),
        [
            (
                "lib.add(1, 'b')",
                "TypeError: an integer is required",
                [
                    "an argument: expected a 16-bit int, got str (int(x) parses a string)",
                    "in argument 2 of add",
                ],
            ),
            (
                "lib.add(1, 2**20)",
                "OverflowError: integer 1048576 does not fit '16-bit int'",
                ["argument 2 of add: 'short' holds -32768 to 32767"],
            ),
            (
                "lib.half('x', 1)",
                "TypeError: must be real number, not str",
                ["argument 1 of half: expected 'double', got str (float(x) parses a string)"],
            ),
            (
                "lib.text('x', 1)",
                "TypeError: initializer for ctype 'char *' must be a bytes or list or tuple, not str",
                [
                    "an argument: expected 'char *', got str (x.encode() gives bytes, which C may read but not change)",
                    "in argument 1 of text",
                ],
            ),
            (
                "lib.one('x')",
                "TypeError: an integer is required",
                ["an argument: expected a 32-bit int, got str (int(x) parses a string)"],
            ),
            (
                "lib.counter = 'x'",
                "TypeError: an integer is required",
                ["variable 'counter': expected 'int', got str (int(x) parses a string)"],
            ),
        ],
    )
    def test_calls(self, module: Any, code: str, text: str, notes: list[str]) -> None:
        program = compile(code, "case", "exec")
        names = {"lib": module.lib, "ffi": module.ffi}
        assert failure(lambda: exec(program, names)) == (text, notes if HAS_NOTES else [])

    def test_several_suspects(self, module: Any) -> None:
        notes = failure(lambda: module.lib.half("x", "y"))[1]
        assert notes == (["in a call of half"] if HAS_NOTES else [])
