"""Functions of a compiled module, and what the exports table does for them."""

from __future__ import annotations

import pytest


def test_values_come_and_go(ffi, lib) -> None:
    assert lib.add(2, 3) == 5 and lib.nothing() == 5 and lib.twice(1.5) == 3.0
    assert float(lib.ld_twice(1.5)) == 3.0
    assert repr(lib.ld_twice(lib.ld_twice(0.5))) == "<cdata 'long double' 2.000000E+00>"
    assert ffi.string(lib.ident(b"abc")) == b"abc"
    point = lib.make_point(1, 2)
    assert repr(point) == "<cdata 'point' owning 8 bytes>" and (point.x, point.y) == (1, 2)
    assert lib.sum_point(point) == 3 and lib.sum_point([4]) == 4 and lib.sum_point({"y": 7}) == 7
    assert lib.not_(True) is False and lib.not_(0) is True
    assert lib.next_char(b"a") == b"b" and lib.next_wchar("\U0001f600") == "\U0001f601"
    assert lib.next_char16("a") == "b"


LIMITS = [
    ("i8", -(2**7), 2**7 - 1, "8-bit int"),
    ("u8", 0, 2**8 - 1, "8-bit unsigned int"),
    ("i16", -(2**15), 2**15 - 1, "16-bit int"),
    ("u16", 0, 2**16 - 1, "16-bit unsigned int"),
    ("u32", 0, 2**32 - 1, "32-bit unsigned int"),
    ("i64", -(2**63), 2**63 - 1, None),
    ("u64", 0, 2**64 - 1, None),
]


@pytest.mark.parametrize(("name", "least", "most", "what"), LIMITS)
def test_integers(lib, name, least, most, what) -> None:
    function = getattr(lib, name)
    assert function(least) == least and function(most) == most
    with pytest.raises(OverflowError) as above:
        function(most + 1)
    if what is not None:
        assert str(above.value) == f"integer {most + 1} does not fit '{what}'"
    with pytest.raises(OverflowError) as below:
        function(least - 1)
    if least == 0:
        assert str(below.value) == "can't convert negative number to unsigned"
    with pytest.raises(TypeError):
        function(1.0)


def test_bool_takes_zero_and_one(lib) -> None:
    with pytest.raises(OverflowError, match="integer 2 does not fit '_Bool'"):
        lib.not_(2)


def test_arguments_are_counted(lib) -> None:
    for function, args in ((lib.nothing, (1,)), (lib.twice, ()), (lib.add, (1,)), (lib.add, (1, 2, 3))):
        with pytest.raises(TypeError):
            function(*args)
    for refused in (lambda: lib.add(1, b=2), lambda: lib.add(*[1], **{"b": 2}), lambda: lib.add(b=1)):
        with pytest.raises(TypeError, match=r"^add\(\) takes no keyword arguments$"):
            refused()
    assert lib.add(*(1, 2), **{}) == 3


@pytest.mark.parametrize("items", [0, 1, 10, 160, 161, 5000])
def test_arrays_for_pointer_arguments(lib, items) -> None:
    assert lib.sum_ints(list(range(items)), items) == sum(range(items))
    assert lib.sum_ints(tuple(range(items)), items) == sum(range(items))


def test_text_for_pointer_arguments(lib) -> None:
    assert lib.text_length("abc") == 3 and lib.text_length("") == 0


def test_a_list_that_grows_while_it_is_converted(lib) -> None:
    items: list[object] = []

    class Grow:
        def __int__(self) -> int:
            items.extend([1] * 10_000)
            return 5

    items.extend([Grow(), 2])
    try:
        assert lib.sum_ints(items, 2) == 7
    except IndexError:
        assert len(items) > 10_000


def test_errno_is_that_of_the_last_call(ffi, lib) -> None:
    ffi.errno = 11
    assert lib.set_errno(22) == 11
    assert ffi.errno == 22


def test_doc_is_the_declaration(lib) -> None:
    assert lib.ident.__doc__ == "char *ident(char *);\n\nCFFI C function from _exports_test.lib"
    assert lib.apply.__doc__.startswith("int apply(int(*)(int, int), int);")
    assert lib.add.__name__ == "add" and lib.add.__module__ == "_exports_test" and lib.add.__self__ is lib


def test_functions_are_function_pointers(ffi, lib) -> None:
    assert ffi.typeof(lib.add) is ffi.typeof("int(*)(int, int)")
    pointer = ffi.addressof(lib, "add")
    assert pointer is ffi.addressof(lib, "add") and pointer(1, 2) == 3
    assert lib.apply(lib.add, 21) == 42 and lib.apply(pointer, 4) == 8
    assert ffi.cast("void *", lib.add) == ffi.cast("void *", pointer)
    assert int(ffi.cast("uintptr_t", lib.add)) == int(ffi.cast("uintptr_t", pointer))
    with pytest.raises(TypeError, match="must be a pointer to same type"):
        lib.apply(lib.twice, 1)


def test_what_only_looks_like_a_function_is_none(ffi, lib) -> None:
    bound = type(lib).__dir__.__get__(lib)
    bound.__module__ = lib.add.__module__
    assert bound.__self__ is lib
    with pytest.raises(TypeError):
        ffi.typeof(bound)
    with pytest.raises(TypeError, match="must be a cdata pointer"):
        lib.apply(bound, 1)
