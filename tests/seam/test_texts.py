"""Texts of `cdef()`: who reads them, exceptions, warnings, what stays after an error."""

from __future__ import annotations

import threading
import warnings

import _cffi_backend
import cffi
import pytest


def counted(ffi: cffi.FFI, text: str, **options: object) -> str:
    """Returns which parser took a text."""
    before = _cffi_backend._cdef_counts()
    ffi.cdef(text, **options)
    after = _cffi_backend._cdef_counts()
    (kind,) = [name for name in after if after[name] != before[name]]
    return kind


@pytest.fixture
def ffi() -> cffi.FFI:
    return cffi.FFI()


def test_most_texts_need_no_other_parser(ffi: cffi.FFI) -> None:
    assert counted(ffi, "typedef unsigned char u8; struct s { u8 a[4]; struct s *next; };") == "taken"
    assert counted(ffi, "#define N 0x10\nextern int table[N]; int f(struct s *, ...);") == "taken"
    assert counted(ffi, "struct p { char a; long b; };", packed=True) == "taken"
    assert ffi.sizeof("struct p") == 1 + ffi.sizeof("long")
    assert ffi._parser._known() is None


def test_exceptions_are_those_of_the_genuine_parser(ffi: cffi.FFI) -> None:
    ffi.cdef("struct kept { int a; };")
    for text, error, message in [
        ("int f(foo);", cffi.CDefError, "f arg 1: unknown type 'foo'"),
        ("int f(void) { return 1; }", cffi.CDefError, "unexpected <FuncDef>"),
        ("struct kept { int b; };", cffi.CDefError, "duplicate declaration of struct kept"),
        ("extern int x; extern long x;", cffi.FFIError, "multiple declarations of variable x"),
        ('#define S "text"', cffi.CDefError, "only supports one of the following syntax"),
        ("int f(", cffi.CDefError, "At end of input|parse error|cannot parse"),
    ]:
        with pytest.raises(error, match=message):
            ffi.cdef(text)
    for options, message in [
        ({"pack": 3}, "power of two"),
        ({"packed": True, "pack": 1}, "both"),
        ({"packed": 2}, "False or True"),
    ]:
        with pytest.raises(ValueError, match=message):
            ffi.cdef("int f(int);", **options)
    for wrong in (5, None, b"int f(int);"):
        with pytest.raises(TypeError, match="must be a string"):
            ffi.cdef(wrong)
    with pytest.raises(TypeError, match="unexpected keyword"):
        ffi.cdef("int f(int);", wrong=1)
    assert ffi._parser._known() is None, "a failure does not change who reads the declarations"


@pytest.mark.parametrize("looked_at", [False, True])
def test_a_text_that_is_refused_declares_nothing(ffi: cffi.FFI, looked_at: bool) -> None:
    ffi.cdef("struct early { int a; }; struct late;")
    if looked_at:
        assert ffi._parser._declarations
    with pytest.raises(cffi.CDefError):
        ffi.cdef("#define N 5\nstruct late { int a; }; enum e { A }; int g(foo);")
    ffi.cdef("#define N 6\nstruct late { char a; }; enum e { B }; enum { A = 7 };")
    lib = ffi.dlopen(None)
    assert (ffi.sizeof("struct late"), lib.A, lib.B, lib.N) == (1, 7, 0, 6)
    assert ffi._cdefsources == [
        "struct early { int a; }; struct late;",
        "#define N 6\nstruct late { char a; }; enum e { B }; enum { A = 7 };",
    ]


def test_a_text_that_only_the_genuine_parser_takes(ffi: cffi.FFI, monkeypatch: pytest.MonkeyPatch) -> None:
    class Word(str):
        """A subclass of `str` is left to the genuine parser."""

    ffi.cdef("struct s { int a; };")
    before = ffi.typeof("struct s *")
    assert counted(ffi, Word("struct t { struct s s; };")) == "replayed"
    assert ffi.typeof("struct s *") is before
    assert ffi.typeof("struct t").fields[0][1].type is before.item
    assert counted(ffi, "struct u { struct t t[2]; };") == "late"
    assert ffi.sizeof("struct u") == 8


def test_warnings_are_those_of_the_genuine_parser(ffi: cffi.FFI) -> None:
    text = 'int x;\nstatic const char *const s = "a";\n'
    with warnings.catch_warnings(record=True) as ours:
        warnings.simplefilter("always")
        ffi.cdef(text)
    genuine = cffi.cparser.Parser()
    with warnings.catch_warnings(record=True) as theirs:
        warnings.simplefilter("always")
        genuine.parse(text)
    assert [str(one.message) for one in ours] == [str(one.message) for one in theirs]
    assert {one.category for one in ours} == {UserWarning}


def test_a_filter_may_use_the_same_object(ffi: cffi.FFI, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def show(*_: object) -> None:
        seen.append(ffi.typeof(f"int[{len(seen) + 1}]"))

    def work() -> None:
        ffi.cdef("int x; int y;")

    monkeypatch.setattr(warnings, "showwarning", show)
    monkeypatch.setattr(warnings, "_showwarnmsg_impl", show, raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(20)
    assert not thread.is_alive()
    assert [ct.length for ct in seen] == [1, 2]


def test_equal_declarations_are_accepted(ffi: cffi.FFI) -> None:
    for _ in range(2):
        ffi.cdef("int f(int a, char *); typedef int (*cb)(int); extern int *p; typedef struct s *sp;")
    assert sorted(ffi._parser._declarations) == [
        "function f",
        "struct s",
        "typedef cb",
        "typedef sp",
        "variable p",
    ]


def test_override(ffi: cffi.FFI) -> None:
    ffi.cdef("typedef short t; int abs(int);")
    lib = ffi.dlopen(None)
    assert (ffi.sizeof("t"), ffi.typeof(lib.abs)) == (2, ffi.typeof("int(*)(int)"))
    ffi.cdef("typedef long long t; long abs(long);", override=True)
    assert (ffi.sizeof("t"), ffi.typeof(lib.abs)) == (8, ffi.typeof("long(*)(long)"))


def test_a_late_body_completes_a_type_in_place(ffi: cffi.FFI) -> None:
    ffi.cdef("struct s; typedef struct s s_t;")
    ct, pointer = ffi.typeof("struct s"), ffi.typeof("s_t *")
    with pytest.raises(ValueError, match="unknown size"):
        ffi.sizeof("struct s")
    ffi.cdef("struct s { int a[3]; };")
    assert pointer.item is ct is ffi.typeof("s_t")
    assert ffi.sizeof(ct) == ffi.sizeof("struct s") == 12


def test_characters_have_the_values_of_c(ffi: cffi.FFI) -> None:
    ffi.cdef(r"enum e { NEWLINE = '\n', ZERO = '\0', QUOTE = '\'', BACK = '\\', LETTER = 'a' };")
    expected = {10: "NEWLINE", 0: "ZERO", 39: "QUOTE", 92: "BACK", 97: "LETTER"}
    assert ffi.typeof("enum e").elements == expected
    assert (
        dict(zip(ffi._parser._declarations["enum e"][0].enumvalues, expected.values(), strict=True))
        == expected
    )


def test_integers_of_any_size(ffi: cffi.FFI) -> None:
    ffi.cdef(f"#define A {2**64}\n#define B -{2**63}\n#define C {2**64 - 1}\n")
    lib = ffi.dlopen(None)
    assert (lib.A, lib.B, lib.C) == (2**64, -(2**63), 2**64 - 1)
