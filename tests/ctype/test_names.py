"""How a type's name is put together, and what `ctype` objects say of themselves."""

from __future__ import annotations

import gc
import weakref

import _cffi_backend as B
import pytest

IS_STOCK = not hasattr(B, "__path__")


def prim(name):
    return B.new_primitive_type(name)


def ptr(item):
    return B.new_pointer_type(item)


def arr(item, n=None):
    return B.new_array_type(ptr(item), n)


def fn(result, *args, ellipsis=False):
    return B.new_function_type(args, result, ellipsis)


INT = prim("int")
VOID = B.new_void_type()

NAMES = [
    (lambda: ptr(ptr(INT)), "int * *"),
    (lambda: arr(arr(INT, 42), 25), "int[25][42]"),
    (lambda: arr(arr(INT, 42)), "int[][42]"),
    (lambda: ptr(arr(INT, 5)), "int(*)[5]"),
    (lambda: ptr(ptr(arr(INT, 5))), "int(* *)[5]"),
    (lambda: arr(ptr(arr(INT, 5)), 3), "int(*[3])[5]"),
    (lambda: fn(VOID), "void(*)()"),
    (lambda: fn(ptr(INT)), "int *(*)()"),
    (lambda: fn(INT, INT, ptr(VOID)), "int(*)(int, void *)"),
    (lambda: fn(INT, INT, ellipsis=True), "int(*)(int, ...)"),
    (lambda: fn(INT, ellipsis=True), "int(*)(...)"),
    (lambda: fn(fn(INT, INT), INT), "int(*(*)(int))(int)"),
    (lambda: fn(INT, fn(VOID)), "int(*)(void(*)())"),
    (lambda: ptr(fn(INT, INT)), "int(* *)(int)"),
    (lambda: B.new_array_type(ptr(fn(INT, INT)), 5), "int(*[5])(int)"),
    (lambda: fn(ptr(arr(INT, 5)), INT), "int(*(*)(int))[5]"),
    (lambda: ptr(B.new_struct_type("struct foo")), "struct foo *"),
    (lambda: arr(ptr(B.new_union_type("union u")), 2), "union u *[2]"),
    (lambda: ptr(B.new_enum_type("enum e", ("A",), (1,), INT)), "enum e *"),
]


@pytest.mark.parametrize(("make", "name"), NAMES, ids=[n for _, n in NAMES])
def test_name(make, name) -> None:
    ct = make()
    assert ct.cname == name
    assert repr(ct) == f"<ctype '{name}'>"


TEXTS = [
    (INT, "x", "intx"),
    (INT, "", "int"),
    (ptr(INT), " x", "int * x"),
    (arr(INT, 3), " x", "int x[3]"),
    (fn(INT, INT), "x", "int(*x)(int)"),
    (ptr(arr(INT, 3)), "x", "int(*x)[3]"),
    (ptr(INT), "ñ漢", "int *ñ漢"),
]


@pytest.mark.parametrize(("ct", "text", "expected"), TEXTS)
def test_getcname(ct, text, expected) -> None:
    assert B.getcname(ct, text) == expected


ATTRIBUTES = [
    (INT, "primitive", []),
    (VOID, "void", []),
    (ptr(INT), "pointer", ["item"]),
    (arr(INT, 3), "array", ["item", "length"]),
    (arr(INT), "array", ["item", "length"]),
    (fn(INT), "function", ["abi", "args", "ellipsis", "result"]),
    (B.new_struct_type("s"), "struct", ["fields"]),
    (B.new_union_type("u"), "union", ["fields"]),
    (B.new_enum_type("e", (), (), INT), "enum", ["elements", "relements"]),
]


@pytest.mark.parametrize(("ct", "kind", "names"), ATTRIBUTES, ids=[r[0].cname for r in ATTRIBUTES])
def test_attributes(ct, kind, names) -> None:
    assert ct.kind == kind
    assert sorted(n for n in dir(ct) if not n.startswith("_")) == sorted(["cname", "kind", *names])
    for other in ("item", "length", "fields", "args", "result", "abi", "ellipsis", "elements", "relements"):
        if other not in names:
            with pytest.raises(AttributeError) as caught:
                getattr(ct, other)
            assert str(caught.value) == other


def test_function_attributes() -> None:
    ct = fn(INT, arr(INT, 3), arr(prim("char")), ptr(VOID))
    assert ct.args == (ptr(INT), ptr(prim("char")), ptr(VOID))
    assert ct.result is INT
    assert ct.abi == B.FFI_DEFAULT_ABI
    assert ct.ellipsis is False
    assert fn(INT, INT, ellipsis=True).ellipsis is True


def test_array_attributes() -> None:
    assert (arr(INT, 3).item, arr(INT, 3).length) == (INT, 3)
    assert arr(INT).length is None


def test_enum_attributes() -> None:
    ct = B.new_enum_type("enum e", ("A", "B", "C", "D"), (1, 2, 1, -5), INT)
    assert ct.elements == {1: "A", 2: "B", -5: "D"}
    assert list(ct.elements) == [-5, 1, 2]
    assert ct.relements == {"A": 1, "B": 2, "C": 1, "D": -5}
    assert list(ct.relements) == ["D", "C", "B", "A"]
    assert B.sizeof(B.new_enum_type("e", (), (), prim("uint8_t"))) == 1


@pytest.mark.parametrize("base", ["char", "double", "wchar_t"])
def test_enum_base_refused(base) -> None:
    with pytest.raises(TypeError, match="expected a primitive signed or unsigned base type"):
        B.new_enum_type("e", (), (), prim(base))


def test_equal_types_are_the_same_object() -> None:
    assert prim("int") is INT
    assert B.new_void_type() is VOID
    assert ptr(INT) is ptr(INT)
    assert arr(INT, 3) is arr(INT, 3)
    assert arr(INT) is arr(INT)
    assert fn(INT, arr(INT, 3)) is fn(INT, ptr(INT))
    assert fn(INT, INT) is not fn(INT, INT, ellipsis=True)
    assert prim("int32_t") is not INT
    assert B.new_struct_type("s") is not B.new_struct_type("s")
    assert ptr(INT) != ptr(prim("int32_t"))
    assert hash(ptr(INT)) == hash(ptr(INT))


def test_types_die() -> None:
    ct = B.new_struct_type("struct s")
    refs = [weakref.ref(t) for t in (ct, ptr(ct), fn(ptr(ct)), ptr(ptr(ct)))]
    del ct
    gc.collect()
    assert [r() for r in refs] == [None] * len(refs)


@pytest.mark.skipif(IS_STOCK, reason="stock never frees a struct with a pointer to itself")
def test_types_that_refer_to_themselves_die() -> None:
    ct = B.new_struct_type("struct s")
    p = ptr(ct)
    B.complete_struct_or_union(ct, [("next", p), ("call", fn(p))])
    refs = [weakref.ref(ct), weakref.ref(p)]
    del ct, p
    gc.collect()
    assert [r() for r in refs] == [None, None]


def test_a_type_lives_as_long_as_its_cdata() -> None:
    p = B.newp(ptr(arr(INT, 7)))
    gc.collect()
    assert B.typeof(p[0]).length == 7
    assert B.typeof(p) is ptr(arr(INT, 7))
