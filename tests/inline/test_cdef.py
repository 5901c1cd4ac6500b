"""`cdef()`: the types that it declares, and how type strings see them."""

from __future__ import annotations

import pytest
from _cffi_backend import FFI


@pytest.fixture
def ffi() -> FFI:
    return FFI()


def test_names_of_a_text_can_be_used(ffi: FFI) -> None:
    ffi.cdef("typedef struct { int x, y; } point; enum colour { RED, GREEN = 5, BLUE }; struct node;")
    assert ffi.sizeof("point[3]") == 24
    assert ffi.new("point *", [1, 2]).y == 2
    assert ffi.typeof("enum colour").relements == {"RED": 0, "GREEN": 5, "BLUE": 6}
    assert repr(ffi.typeof("struct node *(*)(point)")) == "<ctype 'struct node *(*)(point)'>"


def test_ctypes_of_one_name_are_one(ffi: FFI) -> None:
    ffi.cdef("struct s { struct s *next; }; typedef struct s *list;")
    s = ffi.typeof("struct s")
    assert ffi.typeof("list").item is s
    assert dict(s.fields)["next"].type is ffi.typeof("struct s *") is ffi.typeof("list")
    assert ffi.typeof("int *") is FFI().typeof("int *")


def test_two_objects_have_structs_of_their_own() -> None:
    first, second = FFI(), FFI()
    for ffi in (first, second):
        ffi.cdef("struct s { int a; };")
    assert first.typeof("struct s") is not second.typeof("struct s")


def test_a_struct_can_be_defined_after_its_ctype_was_made(ffi: FFI) -> None:
    ffi.cdef("struct s; typedef struct s *handle;")
    handle, s = ffi.typeof("handle"), ffi.typeof("struct s")
    assert s.fields is None
    with pytest.raises(ffi.error):
        ffi.sizeof(s)
    ffi.cdef("struct s { int a, b; };")
    assert ffi.typeof("struct s") is s is handle.item
    assert ffi.sizeof(s) == 8
    assert [name for name, _ in s.fields] == ["a", "b"]


def test_a_type_string_can_define_a_struct(ffi: FFI) -> None:
    ffi.cdef("struct s;")
    opaque = ffi.typeof("struct s")
    assert ffi.sizeof("struct s { char c; int i; }") == 8
    assert ffi.sizeof(opaque) == 8
    assert ffi.typeof("struct unknown").fields is None


def test_a_refused_text_declares_nothing(ffi: FFI) -> None:
    ffi.cdef("typedef int first;")
    with pytest.raises(ffi.error, match=r"<cdef source string>:2:7"):
        ffi.cdef("struct s { int a; }; typedef int t;\nint x y;")
    for name in ("t", "first *x y"):
        with pytest.raises(ffi.error):
            ffi.typeof(name)
    ffi.cdef("struct s { char a; }; typedef char t;")
    assert (ffi.sizeof("struct s"), ffi.sizeof("t"), ffi.sizeof("first")) == (1, 1, 4)


def test_override(ffi: FFI) -> None:
    ffi.cdef("typedef int t;")
    assert ffi.sizeof("t") == 4
    with pytest.raises(ffi.error, match="second time"):
        ffi.cdef("typedef char t;")
    assert ffi.sizeof("t") == 4
    ffi.cdef("typedef char t;", override=True)
    assert ffi.sizeof("t") == 1


def test_equal_declarations_may_be_repeated(ffi: FFI) -> None:
    for _ in range(2):
        ffi.cdef("int f(int, char *); typedef int (*cb)(int); extern int x[5];\n#define N 5\n")
    assert ffi.integer_const("N") == 5


def test_packing(ffi: FFI) -> None:
    ffi.cdef("struct a { char c; int i; };", packed=True)
    ffi.cdef("struct b { char c; int i; double d; };", pack=2)
    ffi.cdef("struct c { char c; int i; };")
    assert [ffi.sizeof(f"struct {tag}") for tag in "abc"] == [5, 14, 8]
    for keywords, text in (
        ({"packed": 2}, "'packed' should be False or True; use 'pack' to give another value"),
        ({"packed": True, "pack": 1}, "cannot give both 'pack' and 'packed'"),
        ({"pack": 3}, "'pack' must be a power of two, not 3"),
    ):
        with pytest.raises(ValueError, match=text):
            ffi.cdef("struct d { int i; };", **keywords)  # type: ignore[arg-type]


def test_arguments(ffi: FFI) -> None:
    for wrong in (b"int f(int);", None, 5):
        with pytest.raises(TypeError, match="cdef\\(\\) argument must be a string"):
            ffi.cdef(wrong)  # type: ignore[arg-type]


def test_what_only_a_compiler_knows(ffi: FFI) -> None:
    ffi.cdef("""
        struct part { int a; ...; };
        enum part { A, ... };
        typedef int list[...];
        typedef int... number;
        struct outer { struct part inside; };
        #define UNKNOWN ...
    """)
    for text in ("struct part", "struct part *", "enum part", "list", "struct outer"):
        with pytest.raises(ffi.error):
            ffi.typeof(text)
    with pytest.raises(NotImplementedError, match="integer type 'number' can only be used after compilation"):
        ffi.typeof("number")
    with pytest.raises(AttributeError):
        ffi.integer_const("UNKNOWN")
    with pytest.raises(ffi.error):
        ffi.integer_const("A")


@pytest.mark.parametrize(
    ("member", "error"),
    [
        ("void x", TypeError),
        ("float b : 3", TypeError),
        ("struct unknown b", TypeError),
        ("int a : 40", TypeError),
        ("int b[]; int c", TypeError),
        ("struct wrong w", NotImplementedError),
    ],
)
def test_members_that_cannot_be(ffi: FFI, member: str, error: type[Exception]) -> None:
    ffi.cdef(f"struct wrong {{ char first; {member}; }};")
    for _ in range(3):
        with pytest.raises(error):
            ffi.typeof("struct wrong")
        with pytest.raises(error):
            ffi.new("struct wrong *")


def test_structs_that_contain_each_other(ffi: FFI) -> None:
    ffi.cdef("struct b; struct a { struct b *p; }; struct b { struct a x; };")
    assert ffi.sizeof("struct b") == 8
    ffi.cdef("struct d; typedef struct { struct d *q; } c; struct d { c c1, c2[3]; };")
    assert ffi.sizeof("struct d") == 32


def test_common_types(ffi: FFI) -> None:
    ffi.cdef("")
    assert repr(ffi.typeof("FILE *")) == "<ctype 'FILE *'>"
    assert ffi.typeof("bool") is ffi.typeof("_Bool")
    assert ffi.typeof("FILE") is FFI().typeof("FILE *").item
    ffi.cdef("typedef char int32_t;")
    assert ffi.sizeof("int32_t") == 1


def test_list_types(ffi: FFI) -> None:
    ffi.cdef(
        "typedef int b, a; struct z; struct y { int q; }; union u; typedef struct { int i; } t; enum e { A };"
    )
    assert ffi.list_types() == (["a", "b", "t"], ["y", "z"], ["u"])


def test_constants(ffi: FFI) -> None:
    ffi.cdef("#define A 0x7fffffffffffffff\n#define B -3\nenum { C = 12, D }; static const int E = 077;")
    assert [ffi.integer_const(name) for name in "ABCDE"] == [2**63 - 1, -3, 12, 13, 63]
    assert ffi.sizeof("char[C * 2 + D]") == 37
    ffi.cdef("int f(int);")
    with pytest.raises(ffi.error, match="'f' must be fetched from its original"):
        ffi.integer_const("f")
    with pytest.raises(AttributeError, match="'nothing' not found"):
        ffi.integer_const("nothing")


def test_include() -> None:
    base, middle, top = FFI(), FFI(), FFI()
    base.cdef("typedef struct { int x; } point; struct later; enum e { A = 3 };\n#define N 7\nint abs(int);")
    middle.include(base)
    middle.cdef("typedef point *pointer; struct box { point a, b; };")
    top.include(middle)
    top.include(base)
    assert top.typeof("pointer").item is base.typeof("point")
    assert top.typeof("struct box") is middle.typeof("struct box")
    assert top.typeof("struct later *") is base.typeof("struct later *")
    assert (top.integer_const("N"), top.integer_const("A"), top.sizeof("char[N]")) == (7, 3, 7)
    base.cdef("struct later { int i; }; typedef int unseen;")
    assert top.sizeof("struct later") == 4
    with pytest.raises(top.error):
        top.typeof("unseen")
    # Functions are not included.
    with pytest.raises(AttributeError):
        top.dlopen(None).abs  # noqa: B018


def test_an_included_struct_can_be_defined_by_the_one_that_includes() -> None:
    base, top = FFI(), FFI()
    base.cdef("struct s;")
    opaque = base.typeof("struct s")
    top.include(base)
    top.cdef("struct s { short a; };")
    assert top.sizeof("struct s") == 2
    assert top.typeof("struct s") is opaque
    assert base.sizeof(opaque) == 2


def test_include_refuses_other_meanings() -> None:
    first, second = FFI(), FFI()
    first.cdef("typedef int t; typedef int only_first;")
    second.cdef("typedef char t;")
    with pytest.raises(second.error):
        second.include(first)
    assert second.sizeof("t") == 1
    with pytest.raises(second.error):
        second.typeof("only_first")
    with pytest.raises(ValueError, match=r"self.include\(self\)"):
        first.include(first)
    with pytest.raises(TypeError, match="of type FFI, not 'int'"):
        first.include(5)  # type: ignore[arg-type]


def test_two_objects_that_include_each_other() -> None:
    first, second = FFI(), FFI()
    first.cdef("struct a { int i; };")
    second.include(first)
    second.cdef("struct b { struct a a1, a2; };")
    first.include(second)
    assert first.typeof("struct b") is second.typeof("struct b")
    assert first.typeof("struct a") is second.typeof("struct a")


def test_objects_with_tables_take_no_texts() -> None:
    compiled = FFI("m", 0x2601, b"\x00\x00\x07\x01")
    with pytest.raises(AttributeError):
        compiled.cdef("int f(int);")
    with pytest.raises(AttributeError):
        compiled.include(FFI())
    FFI().include(compiled)


def test_warnings(ffi: FFI) -> None:
    with pytest.warns(UserWarning, match="Global variable 'x' in cdef"):
        ffi.cdef("int x;")
    with pytest.warns(UserWarning, match="#pragma"):
        ffi.cdef("#pragma once\nint f(int);")
    with pytest.warns(UserWarning, match="'enum none' has no values explicitly defined"):
        ffi.typeof("enum none")


def test_callbacks_and_other_methods(ffi: FFI) -> None:
    ffi.cdef("typedef int (*binary)(int, int); typedef struct { int a; char name[5]; } pair;")
    add = ffi.callback("binary", lambda a, b: a + b)
    assert add(2, 3) == 5
    pair = ffi.new("pair *", {"a": 1, "name": b"abc"})
    assert ffi.string(pair.name) == b"abc"
    assert ffi.offsetof("pair", "name") == 4
    assert ffi.addressof(pair, "name")[0][1] == b"b"
    assert ffi.getctype("pair", "*x") == "pair *x"
    assert ffi.alignof("pair") == 4
    assert ffi.cast("pair *", pair) == pair
    buffer = bytearray(12)
    ffi.from_buffer("pair *", buffer).a = 258
    assert buffer[:2] == b"\x02\x01"


def test_alignment_is_that_of_c(ffi: FFI) -> None:
    with pytest.warns(UserWarning, match="the alignment is honoured here"):
        ffi.cdef("""
            struct s { char a; _Alignas(16) int b; char c : 3; char d; };
            struct t { struct s x; char y; };
            struct u { char q; _Alignas(8) char z; int bits : 5; int more : 7; };
        """)
    assert [(ffi.sizeof(f"struct {tag}"), ffi.alignof(f"struct {tag}")) for tag in "stu"] == [
        (32, 16),
        (48, 16),
        (16, 8),
    ]
    assert [field.offset for _, field in ffi.typeof("struct s").fields or ()] == [0, 16, 20, 21]
    assert ffi.offsetof("struct u", "z") == 8


def test_pragma_pack_is_that_of_c(ffi: FFI) -> None:
    with pytest.warns(UserWarning, match="#pragma"):
        ffi.cdef("""
            #pragma pack(push, 1)
            struct s { char a; int b; };
            #pragma pack(pop)
            struct t { char a; int b; };
        """)
    assert (ffi.sizeof("struct s"), ffi.sizeof("struct t")) == (5, 8)
