"""Types of a compiled module are made on first use: what is wrong with one shows then, not before."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import pytest

from tests.modules.building import compiled

# The C code disagrees with the declarations in each of these.
CDEF = """
    struct right { int a; };
    struct size { int a; };
    struct offset { char a; int b; };
    struct holder { struct right *good; struct size *bad; };
    struct inside { int x; struct size bad; };
    int of_right(struct right *);
    int of_size(struct size *);
    int by_value(struct size);
    #define NUMBER 42
"""
SOURCE = """
    struct right { int a; };
    struct size { int a; int hidden; };
    struct offset { char a; char pad[11]; int b; };
    struct holder { struct right *good; struct size *bad; };
    struct inside { int x; struct size bad; };
    static int of_right(struct right *p) { return p->a; }
    static int of_size(struct size *p) { return p->hidden; }
    static int by_value(struct size p) { return p.a; }
    #define NUMBER 43
"""


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The compiled module: it has to be importable."""
    folder = tmp_path_factory.mktemp("lazy")
    compiled(folder, "_modules_lazy", CDEF, SOURCE)
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module("_modules_lazy")
    finally:
        sys.path.remove(str(folder))


def test_what_is_right_works_beside_what_is_wrong(module: ModuleType) -> None:
    ffi, lib = module.ffi, module.lib
    assert lib.of_right(ffi.new("struct right *", [7])) == 7
    assert set(dir(lib)) == {"NUMBER", "by_value", "of_right", "of_size"}
    holder = ffi.new("struct holder *")
    assert holder.bad == ffi.NULL
    assert ffi.sizeof("struct size *") == ffi.sizeof("void *")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("size", r"struct size: wrong total size \(cdef says 4, but C compiler says 8\)"),
        ("offset", r"struct offset: wrong offset for field 'b' \(cdef says 4, but C compiler says 12\)"),
        ("inside", r"struct size: wrong total size \(cdef says 4, but C compiler says 8\)"),
    ],
)
def test_a_wrong_struct_is_refused_each_time_it_is_used(module: ModuleType, name: str, message: str) -> None:
    for _ in range(2):
        with pytest.raises(module.ffi.error, match=message):
            module.ffi.new(f"struct {name} *")


def test_a_function_is_refused_when_its_argument_is_converted(module: ModuleType) -> None:
    with pytest.raises(module.ffi.error, match="wrong total size"):
        module.lib.by_value({"a": 1})
    with pytest.raises(module.ffi.error, match="wrong total size"):
        module.lib.of_size([1])


def test_a_wrong_constant_is_refused(module: ModuleType) -> None:
    with pytest.raises(module.ffi.error, match=r"the C compiler says 'NUMBER' is equal to 43"):
        _ = module.lib.NUMBER
