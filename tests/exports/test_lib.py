"""Attributes of a compiled module's lib."""

from __future__ import annotations

import types

import pytest


def test_constants(ffi, lib) -> None:
    assert (lib.ANSWER, lib.RED, lib.GREEN) == (42, 0, 7)
    assert ffi.string(lib.GREETING) == b"hello"
    unit = lib.UNIT
    assert (unit.x, unit.y) == (1, 1) and lib.UNIT is unit
    with pytest.raises(
        ffi.error, match=r"the C compiler says 'WRONG' is equal to 6 \(0x6\), but the cdef disagrees"
    ):
        _ = lib.WRONG


@pytest.mark.thread_unsafe(reason="changes variables of the module")
def test_variables_are_read_each_time(ffi, lib) -> None:
    address = ffi.addressof(lib, "counter")
    assert repr(ffi.typeof(address)) == "<ctype 'int *'>"
    lib.counter = 8
    assert address[0] == 8
    address[0] = 9
    assert lib.counter == 9
    with pytest.raises(OverflowError):
        lib.counter = 2**40
    assert list(lib.numbers) == [1, 2, 3]
    lib.numbers = [4, 5, 6]
    assert list(lib.numbers) == [4, 5, 6]
    lib.origin.x = 7
    assert ffi.addressof(lib, "origin").x == 7
    assert lib.nowhere == ffi.NULL


def test_what_cannot_be_written(lib) -> None:
    with pytest.raises(AttributeError, match="cannot write to function or constant 'ANSWER'"):
        lib.ANSWER = 1
    with pytest.raises(AttributeError, match="cannot write to function or constant 'add'"):
        lib.add = None
    with pytest.raises(AttributeError, match="C attribute cannot be deleted"):
        del lib.counter


@pytest.mark.parametrize("name", ["no_such_name", "add\0x", "__doc__", "é"])
def test_unknown_names(lib, name) -> None:
    text = "cffi library '_exports_test' has no function, constant or global variable named"
    with pytest.raises(AttributeError, match=text):
        getattr(lib, name)
    with pytest.raises(AttributeError, match=text):
        setattr(lib, name, 1)


def test_names_with_lone_surrogates(lib) -> None:
    with pytest.raises((AttributeError, UnicodeEncodeError)):
        getattr(lib, "\ud800")


def test_it_looks_like_a_module(lib) -> None:
    assert isinstance(lib, types.ModuleType)
    assert lib.__name__ == "_exports_test.lib" and lib.__loader__ is None and lib.__spec__ is None
    assert "counter" in dir(lib) and "counter" not in lib.__all__ and "add" in lib.__all__
    assert repr(lib) == "<Lib object for '_exports_test'>"
    with pytest.raises(TypeError):
        type(lib)()


def test_constants_have_no_address(ffi, lib) -> None:
    with pytest.raises(AttributeError, match="cannot take the address of the constant 'ANSWER'"):
        ffi.addressof(lib, "ANSWER")
    with pytest.raises(AttributeError, match="has no function, constant or global variable named 'nope'"):
        ffi.addressof(lib, "nope")


def test_partial_structs_have_the_layout_of_c(ffi) -> None:
    assert ffi.sizeof("partial") == 16 and ffi.offsetof("partial", "n") == 8


@pytest.mark.thread_unsafe(reason="the module is one object, whose spec changes")
def test_the_module_can_be_initialized_again(compiled) -> None:
    again = compiled.__spec__ and compiled.__loader__.create_module(compiled.__spec__)
    assert again is not None and again.lib.add(1, 2) == 3
