"""What looks at the attributes of the parser: `cffi.model`, `set_source()`, generators of bindings."""

from __future__ import annotations

import io
from pathlib import Path

import _cffi_backend
import cffi
import pytest
from cffi import model, recompiler

TEXT = """
    #define N 3
    typedef struct { int x; struct { short a, b; } inner[N]; union { int i; float f; }; } point;
    struct list { struct list *next; point at; enum color { RED, GREEN = 5 } color; };
    typedef int (*callback)(struct list *, ...);
    typedef struct hidden hidden;
    typedef ... opaque;
    hidden *make(point, opaque *, callback);
    extern const char *const name;
"""


@pytest.fixture
def ffi() -> cffi.FFI:
    ffi = cffi.FFI()
    ffi.cdef(TEXT)
    return ffi


def genuine() -> cffi.cparser.Parser:
    parser = cffi.cparser.Parser()
    parser.parse(TEXT)
    return parser


def test_declarations_are_genuine(ffi: cffi.FFI) -> None:
    expected = genuine()
    found = ffi._parser._declarations
    assert list(found) == list(expected._declarations)
    for key, (tp, quals) in expected._declarations.items():
        assert repr(found[key][0]) == repr(tp)
        assert type(found[key][0]) is type(tp)
        assert found[key][1] == quals
    assert ffi._parser._int_constants == expected._int_constants
    assert ffi._parser._anonymous_counter == expected._anonymous_counter
    assert isinstance(found["function make"][0], model.FunctionPtrType)
    assert ffi._parser._declarations is found


def test_types_that_were_made_before_stay(ffi: cffi.FFI) -> None:
    names = ["point", "struct list", "callback", "hidden *", "opaque *", "enum color"]
    early = [ffi.typeof(name) for name in names]
    inner = dict(early[0].fields)["inner"].type.item
    table = ffi._parser._declarations
    for name, ct in zip(names, early, strict=True):
        assert ffi.typeof(name) is ct
        # A text that was not seen before gives a type that the objects of cffi.model make.
        assert ffi.typeof(name + " const *").item is ct
    with ffi._lock:
        assert ffi._get_cached_btype(table["struct list"][0]) is early[1]
        assert ffi._get_cached_btype(table["typedef callback"][0]) is early[2]
        nested = table["typedef point"][0].fldtypes[1].item
        assert ffi._get_cached_btype(nested) is inner
    ffi.cdef("struct more { struct list l; point p; };")
    assert [field.type for _, field in ffi.typeof("struct more").fields] == [early[1], early[0]]
    ffi.cdef("struct hidden { int now; };")
    assert early[3].item.fields[0][0] == "now"


def test_parse_type_gives_models(ffi: cffi.FFI) -> None:
    tp = ffi._parser.parse_type("point *")
    assert isinstance(tp, model.PointerType)
    assert tp.totype is ffi._parser._declarations["typedef point"][0]
    assert ffi._parser.parse_type_and_quals("const int") == (model.PrimitiveType("int"), model.Q_CONST)


def test_attributes_can_be_set(ffi: cffi.FFI) -> None:
    ffi._parser._uses_new_feature = "something"
    assert ffi._parser._uses_new_feature == "something"
    with pytest.raises(AttributeError):
        ffi._parser.no_such_attribute  # noqa: B018


def test_emitted_text_is_that_of_the_genuine_parser() -> None:
    def emitted(parser: object | None) -> str:
        ffi = cffi.FFI()
        if parser is not None:
            ffi._parser = parser
        ffi.cdef(
            "typedef struct { int x, y[2]; } t; int f(t *, double); enum e { A, B = -2 };\n#define C 7\n"
        )
        ffi.set_source("module", None)
        out = io.StringIO()
        recompiler.recompile(ffi, "module", None, c_file=out, call_c_compiler=False, uses_ffiplatform=False)
        return out.getvalue()

    assert emitted(None) == emitted(cffi.cparser.Parser())


def test_a_parser_of_another_class_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Noting(cffi.cparser.Parser):
        def _declare(self, name: str, *rest: object, **more: object) -> None:
            names.append(name)
            super()._declare(name, *rest, **more)

    names: list[str] = []
    monkeypatch.setattr(cffi.cparser, "Parser", Noting)
    ffi = cffi.FFI()
    ffi.cdef("int f(int);")
    assert (type(ffi._parser), names) == (Noting, ["function f"])


def test_include_keeps_identity() -> None:
    a, b, c = cffi.FFI(), cffi.FFI(), cffi.FFI()
    a.cdef("typedef struct { int x; } t; struct s { t t; }; enum e { A, B };\n#define N 4\nint f(int);")
    b.include(a)
    b.cdef("struct u { struct s s[N]; enum e e; };")
    c.include(b)
    assert b.typeof("struct s") is a.typeof("struct s") is c.typeof("struct s")
    assert b.typeof("t *") is a.typeof("t *")
    assert c.typeof("struct u").fields[0][1].type.item is a.typeof("struct s")
    lib = b.dlopen(None)
    assert (lib.B, lib.N) == (1, 4)
    with pytest.raises(AttributeError):
        lib.f  # noqa: B018
    a.cdef("struct later { int a; };")
    assert b._parser._declarations["struct s"][0] is a._parser._declarations["struct s"][0]
    assert "struct later" not in b._parser._declarations
    assert "function f" not in b._parser._declarations
    assert c.typeof("struct s const *").item is a.typeof("struct s")
    assert b._included_ffis == [a]
    with pytest.raises(ValueError, match="include"):
        a.include(a)


@pytest.mark.parametrize("looked_at", [False, True])
def test_what_comes_after_an_include_is_not_included(looked_at: bool) -> None:
    a, b = cffi.FFI(), cffi.FFI()
    b.cdef("typedef int early;")
    a.include(b)
    if looked_at:
        assert b._parser._declarations
    b.cdef("typedef int late;")
    b.typeof("struct mentioned *")
    with pytest.raises(cffi.CDefError, match="unknown identifier 'late'"):
        a.typeof("late")
    assert list(a._parser._declarations) == ["typedef early"]


def test_objects_that_include_each_other() -> None:
    a, b, c = cffi.FFI(), cffi.FFI(), cffi.FFI()
    a.cdef("struct a { int a; };")
    b.cdef("struct b { char b; };")
    c.cdef("struct c { short c; };")
    a.include(b)
    b.include(c)
    c.include(a)
    assert c.typeof("struct a") is a.typeof("struct a")
    a.cdef("struct d { struct a a; };")
    b.include(a)
    for one in (a, b, c):
        assert "struct a" in one._parser._declarations
    assert b.typeof("struct d").fields[0][1].type is a.typeof("struct a") is c.typeof("struct a")


def test_a_conflict_of_includes() -> None:
    a, b = cffi.FFI(), cffi.FFI()
    a.cdef("struct s { int a; }; typedef int t;")
    b.cdef("struct other { int b; }; typedef long t;")
    with pytest.raises(cffi.FFIError, match="multiple declarations"):
        b.include(a)
    assert b._included_ffis == []
    assert b.sizeof("t") == b.sizeof("long")


GNU = """
    typedef struct { char c; int x; } __attribute__((packed)) pk;
    struct al { int a; char b __attribute__((aligned(16))); };
    typedef int wide __attribute__((aligned(32)));
    struct in { char c; wide w; };
    __extension__ typedef unsigned __int128 u128;
    int f(struct al *, u128) __attribute__((nonnull(1)));
    enum e { A, B = 5 };
    #define K 7
"""


def test_texts_that_only_this_parser_can_read() -> None:
    ffi = cffi.FFI()
    ffi.cdef(GNU)
    found = ffi._parser._declarations
    assert {key.partition(" ")[0] for key in found} == {
        "macro",
        "anonymous",
        "typedef",
        "struct",
        "function",
        "enum",
    }
    assert type(found["struct al"][0]) is model.StructType
    assert found["struct al"][0].fldnames == ("a", "b")
    assert [found[key][0].partial for key in ("struct al", "struct in", "typedef pk")] == [True, True, False]
    assert found["typedef pk"][0].packed == 1
    assert found["typedef wide"][0] == model.PrimitiveType("int")
    assert str(found["function f"][0]) == "<int(*)(struct al *, unsigned __int128)>"
    assert ffi._parser._int_constants == {"A": 0, "B": 5, "K": 7}
    with ffi._lock:
        assert (
            ffi._get_cached_btype(found["struct al"][0]) is _cffi_backend.typeof(ffi.new("struct al *")).item
        )
    # The parser of this project goes on.
    ffi.cdef("struct more { long x __attribute__((aligned(64))); };")
    assert (ffi.sizeof("struct more"), "struct more" in ffi._parser._declarations) == (64, True)
    with pytest.raises(cffi.CDefError, match=r"cannot parse|parse error"):
        ffi.cdef("int g(")
    with pytest.raises(cffi.CDefError, match="before: y"):
        ffi.typeof("int x y")
    assert "function g" not in ffi._parser._declarations


def test_a_module_without_c_cannot_have_a_layout_by_attributes(tmp_path: Path) -> None:
    ffi = cffi.FFI()
    ffi.cdef("struct al { int a; char b __attribute__((aligned(16))); }; int f(struct al *);")
    ffi.set_source("_aligned", None)
    with pytest.raises(NotImplementedError, match="attributes decide about its layout"):
        ffi.emit_python_code(str(tmp_path / "_aligned.py"))


def test_a_module_in_c_has_the_layout_of_the_compiler(tmp_path: Path) -> None:
    ffi = cffi.FFI()
    ffi.cdef("struct al { int a; char b __attribute__((aligned(16))); }; int f(struct al *);")
    ffi.set_source(
        "_aligned_c", "struct al { int a; char b __attribute__((aligned(16))); }; int f(struct al *p);"
    )
    ffi.emit_c_code(str(tmp_path / "_aligned.c"))
    text = (tmp_path / "_aligned.c").read_text(encoding="utf-8")
    assert "offsetof(struct al, b)" in text
    assert "_CFFI_F_CHECK_FIELDS" not in text.partition("_cffi_struct_unions[]")[2].partition("};")[0]


def test_included_types_of_texts_that_only_this_parser_can_read() -> None:
    one, other = cffi.FFI(), cffi.FFI()
    one.cdef("struct al { int a; char b __attribute__((aligned(16))); };")
    other.include(one)
    other.cdef("void k(struct al *) __attribute__((cold));")
    assert list(other._parser._declarations) == ["struct al", "function k"]
    assert other._parser._declarations["struct al"][0] is one._parser._declarations["struct al"][0]
    assert other._parser._included_declarations == {one._parser._declarations["struct al"][0]}
