"""The class FFI: construction, subclasses, attributes, type arguments, errors."""

from __future__ import annotations

import gc
import importlib
import sys
import weakref
from pathlib import Path
from typing import Any

import _cffi_backend as B
import cffi
import pytest

from . import tables

FFI = B.FFI


@pytest.fixture
def ffi():
    return FFI()


@pytest.fixture(scope="module")
def module():
    return FFI(**tables.emitted())


METHODS = [
    "addressof",
    "alignof",
    "callback",
    "cast",
    "cdef",
    "def_extern",
    "dlclose",
    "dlopen",
    "from_buffer",
    "from_handle",
    "gc",
    "getctype",
    "include",
    "init_once",
    "integer_const",
    "list_types",
    "memmove",
    "new",
    "new_allocator",
    "new_handle",
    "offsetof",
    "release",
    "sizeof",
    "string",
    "typeof",
    "unpack",
]


def test_names() -> None:
    public = {n for n in dir(FFI) if not n.startswith("_")}
    constants = {n for n in dir(B) if n.startswith("RTLD_")}
    methods = {*METHODS, *(["getwinerror"] if sys.platform == "win32" else [])}
    assert public == methods | constants | {"CData", "CType", "NULL", "buffer", "errno", "error"}


@pytest.mark.parametrize("name", METHODS)
def test_methods_have_docstrings_and_signatures(name: str) -> None:
    method = getattr(FFI, name)
    assert method.__doc__.strip()
    assert method.__text_signature__.startswith("($self")


@pytest.mark.parametrize("name", ["addressof", "cast", "dlclose", "dlopen", "offsetof"])
def test_methods_without_keyword_arguments_say_so(ffi, name: str) -> None:
    with pytest.raises(TypeError) as caught:
        getattr(ffi, name)("int", x=1)
    assert str(caught.value) in (
        f"FFI.{name}() takes no keyword arguments",
        f"{name}() takes no keyword arguments",
    )


@pytest.mark.parametrize("given", [1, None, bytearray(b"1234")])
def test_tables_have_to_be_bytes(given: object) -> None:
    with pytest.raises(TypeError, match="bytes-like object"):
        FFI("m", 0x2601, given)


def test_class_attributes() -> None:
    assert FFI().cast("void *", 0) == FFI.NULL
    assert repr(FFI.NULL) == "<cdata 'void *' NULL>"
    assert issubclass(FFI.error, Exception)
    assert (FFI.CType, FFI.buffer) == (B.CType, B.buffer)
    assert isinstance(FFI.NULL, FFI.CData)
    assert FFI.RTLD_NOW == B.RTLD_NOW
    with pytest.raises(TypeError, match="immutable type"):
        FFI.NULL = 5  # type: ignore[misc]


def test_instances_have_no_dict(ffi) -> None:
    with pytest.raises(AttributeError):
        ffi.x = 1
    with pytest.raises(TypeError, match="weak reference"):
        weakref.ref(ffi)


def test_init_once_only(ffi) -> None:
    with pytest.raises(ValueError, match=r"cannot call FFI.__init__\(\) more than once"):
        ffi.__init__()


class NoInit(FFI):  # type: ignore[misc,valid-type]
    def __init__(self) -> None:
        pass


def test_subclass_without_init() -> None:
    ffi = NoInit()
    assert ffi.typeof("int *") is FFI().typeof("int *")
    assert ffi.list_types() == ([], [], [])
    FFI.__init__(ffi, **tables.emitted())
    assert ffi.sizeof("point_t") == 8
    with pytest.raises(ValueError, match="more than once"):
        FFI.__init__(ffi)


def test_subclass_in_a_cycle_is_collected() -> None:
    ffi = NoInit()
    ffi.itself = ffi
    ffi.type = ffi.typeof("int(*)(char *)")
    ffi.init_once(lambda itself=ffi: itself, "tag")
    FFI.__init__(ffi, **tables.emitted())
    ffi.struct = ffi.typeof("node_t")
    gone = weakref.ref(ffi)
    del ffi
    gc.collect()
    assert gone() is None


def test_ffi_that_includes_itself_is_collected() -> None:
    class Sub(FFI):  # type: ignore[misc,valid-type]
        pass

    ffi = Sub.__new__(Sub)
    FFI.__init__(ffi, "m", 0x2601, _includes=(ffi,))
    with pytest.raises(AttributeError):
        ffi.integer_const("x")
    gone = weakref.ref(ffi)
    del ffi
    gc.collect()
    assert gone() is None


def test_structs_outlive_their_ffi() -> None:
    point = FFI(**tables.emitted()).new("node_t *")
    gc.collect()
    point.where.x = 7
    assert point[0].where.x == 7


def test_errno(ffi) -> None:
    ffi.errno = 17
    assert FFI().errno == 17
    for wrong, error in [
        (1.5, TypeError),
        ("x", TypeError),
        (1 << 31, OverflowError),
        (1 << 80, OverflowError),
    ]:
        with pytest.raises(error):
            ffi.errno = wrong
    with pytest.raises(AttributeError):
        del ffi.errno
    assert ffi.errno == 17
    ffi.errno = 0


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda f: f.typeof(5), "expected a string or cdata object, got 'int'"),
        (lambda f: f.sizeof(None), "expected a string or ctype object or cdata object, got 'NoneType'"),
        (lambda f: f.new(b"int *"), "expected a string or ctype object, got 'bytes'"),
        (lambda f: f.new(f.NULL), "expected a string or ctype object, got '_cffi_backend._CDataBase'"),
        (lambda f: f.addressof("int"), "expected a cdata object, got 'str'"),
        (lambda f: f.addressof(f.NULL), "expected a cdata struct/union/array object"),
        (lambda f: f.addressof(f.cast("int", 1), 0), "expected a cdata struct/union/array/pointer object"),
        (lambda f: f.addressof(), "addressof() expects at least 1 argument"),
        (lambda f: f.offsetof("int"), "offsetof() expects at least 2 arguments"),
        (lambda f: f.cast("int"), "cast() takes exactly 2 arguments (1 given)"),
        (lambda f: f.new(), "new() missing required argument 'cdecl' (pos 1)"),
        (lambda f: f.new_allocator(free=id), "cannot pass 'free' without 'alloc'"),
        (lambda f: f.unpack(5), "unpack() argument 1 must be _cffi_backend._CDataBase, not int"),
        (lambda f: f.gc(None), "gc() argument 1 must be _cffi_backend._CDataBase, not None"),
        (lambda f: f.unpack(f.NULL), "unpack() missing required argument 'length' (pos 2)"),
        (lambda f: f.gc(f.NULL), "gc() missing required argument 'destructor' (pos 2)"),
        (lambda f: f.gc(size=5), "gc() missing required argument 'cdata' (pos 1)"),
    ],
)
def test_type_errors(ffi, call, text) -> None:
    with pytest.raises(TypeError) as caught:
        call(ffi)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("foo", "undefined type name\nfoo\n^"),
        ("int[", "expected a positive integer constant\nint[\n    ^"),
        ("a\tb\u20ac", "undefined type name\na b???\n^"),
        ("int" + " " * 500 + "!", "unexpected symbol"),
        ("int\0x", "unexpected symbol\nint?x\n   ^"),
    ],
)
def test_parse_errors(ffi, text, message) -> None:
    for _ in range(2):
        with pytest.raises(FFI.error) as caught:
            ffi.typeof(text)
        assert str(caught.value) == message


def test_surrogates_are_no_type(ffi) -> None:
    with pytest.raises(UnicodeEncodeError):
        ffi.typeof("int\ud800")


def test_type_names_of_a_class_of_their_own(ffi) -> None:
    class Name(str):
        def __eq__(self, other: object) -> bool:
            raise AssertionError

        __hash__ = str.__hash__

    assert ffi.typeof(Name("int")) is ffi.typeof("int")


def test_function_types(ffi) -> None:
    for text in ("int(int)", "int(int)"):
        with pytest.raises(
            FFI.error, match=r"^the type 'int\(int\)' is a function type, not a pointer-to-function"
        ):
            ffi.typeof(text)
        callback = ffi.callback(text, lambda x: x + 1)
        assert ffi.typeof(callback) is ffi.typeof("int(*)(int)")
        assert callback(4) == 5
    assert ffi.callback("int(*)(int)")(abs)(-3) == 3


@pytest.mark.parametrize(
    ("cdecl", "text", "result"),
    [
        ("int", " \t*x\v\f", "int *x"),
        ("int[5]", "*", "int(*)[5]"),
        ("int", "[3]", "int[3]"),
        ("int(*)(char)", "foo", "int(* foo)(char)"),
        ("int", "\xe9", "int \xe9"),
        ("int", "   ", "int"),
    ],
)
def test_getctype(ffi, cdecl, text, result) -> None:
    assert ffi.getctype(cdecl, text) == ffi.getctype(ffi.typeof(cdecl), replace_with=text) == result


def test_offsets(module) -> None:
    assert module.offsetof("node_t", "where", "y") == 12
    assert module.offsetof("node_t *", "weights", 2) == 32
    assert module.offsetof("node_t[3]", 2, "where") == 104
    node = module.new("node_t *")
    assert module.addressof(node, "where", "y") == module.cast("int *", module.cast("char *", node) + 12)
    assert module.typeof(module.addressof(node, "weights", 1)) is module.typeof("double *")
    with pytest.raises(TypeError, match="with a field name argument"):
        module.offsetof("node_t", "next", "where")
    with pytest.raises(TypeError, match="not supported for bitfields"):
        module.offsetof("bits_t", "a")
    with pytest.raises(KeyError):
        module.offsetof("node_t", "missing")
    with pytest.raises(OverflowError):
        module.offsetof("node_t[]", sys.maxsize)


def test_integer_constants(module) -> None:
    assert [module.integer_const(n) for n in ("ANSWER", "NEGATIVE", "BLUE")] == [42, -7, -3]
    outer = FFI("m", 0x2601, _includes=(module,))
    assert outer.integer_const(name="GREEN") == 5
    with pytest.raises(AttributeError, match=r"^integer constant 'missing' not found$"):
        outer.integer_const("missing")
    with pytest.raises(FFI.error, match="must be fetched from its original 'lib' object"):
        outer.integer_const("abs")


def test_unknown_sizes(module) -> None:
    with pytest.raises(FFI.error, match=r"^don't know the size of ctype 'struct opaque'$"):
        module.sizeof("struct opaque")
    with pytest.raises(ValueError, match=r"^ctype 'struct opaque' is of unknown alignment$"):
        module.alignof("struct opaque")
    with pytest.raises(FFI.error, match=r"^don't know the size of ctype 'int\[\]'$"):
        module.sizeof("int[]")
    assert module.sizeof(module.new("int[]", 3)) == 12


def struct_module(cdef: str) -> Any:
    return FFI(**tables.emitted(cdef))


def test_structs_that_need_each_other() -> None:
    cdef = "struct B { struct C *c; struct D *d; }; struct C { struct B b; }; struct D { struct C c; struct B b; };"
    for order in ("BCD", "DCB", "CDB"):
        ffi = struct_module(cdef)
        sizes = {name: ffi.sizeof(f"struct {name}") for name in order}
        assert sizes == {"B": 16, "C": 16, "D": 32}


def test_struct_that_cannot_be_laid_out_fails_again() -> None:
    ffi = struct_module("struct s { void (*f)(struct s); }; struct good { int x; };")
    for _ in range(3):
        with pytest.raises(TypeError, match=r"^ctype 'struct s' has incomplete type$"):
            ffi.sizeof("struct s")
    assert ffi.sizeof("struct good") == 4


def test_structs_that_fail_and_point_to_each_other() -> None:
    bad = "struct %s { void (*f)(struct %s); struct %s *other; }; "
    ffi = struct_module(bad % ("a", "a", "b") + bad % ("b", "b", "a") + "struct c { struct a *a; int x; };")
    for _ in range(2):
        assert ffi.sizeof("struct c") == 16
        with pytest.raises(TypeError, match=r"^ctype 'struct a' has incomplete type$"):
            ffi.sizeof("struct a")


def test_functions_that_take_structs_not_made_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size of a struct that goes by value is needed, even in the middle of another struct's members."""
    builder = cffi.FFI()
    builder.cdef(
        "struct b { void (*f)(struct a { int x; }); int (*g)(struct c { char q; }, struct d { double z; }); };"
    )
    builder.set_source("_structs_by_value", None)
    builder.emit_python_code(str(tmp_path / "_structs_by_value.py"))
    monkeypatch.syspath_prepend(str(tmp_path))
    ffi = importlib.import_module("_structs_by_value").ffi
    names = [(name, field.type.cname) for name, field in ffi.typeof("struct b").fields]
    assert names == [("f", "void(*)(struct a)"), ("g", "int(*)(struct c, struct d)")]
