"""Calls whose arguments are scalars in registers, by every pair of types: what C sees, and what comes back."""

from __future__ import annotations

import subprocess

import cffi
import pytest

from tests.modules.building import compiler

# Values that a type keeps as they are, with both ends of its range.
VALUES: dict[str, list[object]] = {
    "signed char": [-128, -1, 0, 127],
    "short": [-(2**15), -1, 2**15 - 1],
    "int": [-(2**31), -1, 41, 2**31 - 1],
    "long long": [-(2**63), -1, 2**31, 2**63 - 1],
    "unsigned char": [0, 128, 255],
    "unsigned short": [0, 2**15, 2**16 - 1],
    "unsigned int": [0, 2**31, 2**32 - 1],
    "unsigned long long": [0, 2**63, 2**64 - 1],
    "_Bool": [False, True],
    "char": [b"\x00", b"a", b"\x80", b"\xff"],
    "float": [0.0, -1.5, 2.0**100],
    "double": [0.0, -1.5, 1e300],
    "void *": [0, 1, 2**47 - 1],
}
# Signatures that take several registers: two integers, few of both kinds, integers only, all, and the stack besides.
SHAPES = {
    "two": ["int", "void *"],
    "few": ["double", "int"],
    "integers": ["long long", "unsigned char", "short", "_Bool", "unsigned int", "void *"],
    "all": ["float", "int", "double", "double", "long long", "unsigned short"],
    "stack": ["int"] * 5 + ["double"] * 9 + ["unsigned char", "long long", "short"],
}


def label(ctype: str) -> str:
    return ctype.replace(" ", "_").replace("*", "p")


def declarations() -> str:
    lines = [f"extern {t} seen_{label(t)}; extern {t} give_{label(t)};" for t in VALUES]
    for r in ["void", *VALUES]:
        lines.append(f"{r} none_{label(r)}(void);")
        lines += [f"{r} one_{label(a)}_{label(r)}({a} x);" for a in VALUES]
        for shape, types in SHAPES.items():
            arguments = ", ".join(f"{t} x{i}" for i, t in enumerate(types))
            lines.append(f"{r} {shape}_{label(r)}({arguments});")
    lines.append("extern double sum; int wide(int x); int wider(int x, int y);")
    lines.append("extern int least; int from_char(char x); int from_chars(char x, char y);")
    return "\n".join(lines)


def source() -> str:
    lines = [f"{t} seen_{label(t)}; {t} give_{label(t)};" for t in VALUES] + ["double sum;"]
    for r in ["void", *VALUES]:
        give = "" if r == "void" else f"return give_{label(r)};"
        lines.append(f"{r} none_{label(r)}(void) {{ {give} }}")
        for a in VALUES:
            lines.append(f"{r} one_{label(a)}_{label(r)}({a} x) {{ seen_{label(a)} = x; {give} }}")
        for shape, types in SHAPES.items():
            arguments = ", ".join(f"{t} x{i}" for i, t in enumerate(types))
            # Weights, so that no two arguments can be exchanged.
            terms = [
                f"{i + 1}.0 * (double)({'intptr_t' if '*' in t else t})x{i}" for i, t in enumerate(types)
            ]
            lines.append(f"{r} {shape}_{label(r)}({arguments}) {{ sum = {' + '.join(terms)}; {give} }}")
    lines.append("int wide(int x) { return x; } int wider(int x, int y) { return x + y; }")
    lines.append("int least = (char)0x81;")
    lines.append(
        "int from_char(char x) { return x; } int from_chars(char x, char y) { return 1000 * x + y; }"
    )
    return "#include <stdint.h>\n" + "\n".join(lines)


@pytest.fixture(scope="module")
def ffi() -> cffi.FFI:
    ffi = cffi.FFI()
    ffi.cdef(declarations())
    return ffi


@pytest.fixture(scope="module")
def lib(ffi, tmp_path_factory):
    folder = tmp_path_factory.mktemp("typed")
    file, library = folder / "typed.c", folder / "typed.so"
    file.write_text(source(), encoding="utf-8")
    subprocess.run([*compiler(), "-O2", "-shared", "-fPIC", "-o", library, file], check=True, timeout=120)
    return ffi.dlopen(str(library))


def given(ffi, ctype: str, value: object) -> object:
    return ffi.cast(ctype, value) if "*" in ctype else value


def results(ffi, lib, ctype: str, call) -> None:
    """Expect each value of the type from `call`, by type too."""
    if ctype == "void":
        assert call() is None
        return
    for value in VALUES[ctype]:
        expected = given(ffi, ctype, value)
        setattr(lib, f"give_{label(ctype)}", expected)
        got = call()
        assert got == expected
        assert type(got) is type(expected)


@pytest.mark.thread_unsafe(reason="looks at variables of the C library")
@pytest.mark.parametrize("result", ["void", *VALUES])
def test_every_argument_with_this_result(ffi, lib, result) -> None:
    results(ffi, lib, result, getattr(lib, f"none_{label(result)}"))
    for argument, values in VALUES.items():
        function = getattr(lib, f"one_{label(argument)}_{label(result)}")
        for value in values:
            x = given(ffi, argument, value)
            results(ffi, lib, result, lambda: function(x))  # noqa: B023
            assert getattr(lib, f"seen_{label(argument)}") == x


@pytest.mark.thread_unsafe(reason="looks at variables of the C library")
@pytest.mark.parametrize("result", ["void", *VALUES])
@pytest.mark.parametrize("shape", SHAPES)
def test_several_arguments_with_this_result(ffi, lib, shape, result) -> None:
    types = SHAPES[shape]
    function = getattr(lib, f"{shape}_{label(result)}")
    values = [1 if t == "_Bool" else 3 + i for i, t in enumerate(types)]
    arguments = [given(ffi, t, v) for t, v in zip(types, values, strict=True)]
    results(ffi, lib, result, lambda: function(*arguments))
    assert lib.sum == sum((i + 1) * v for i, v in enumerate(values))
    with pytest.raises(TypeError, match=f"expects {len(types)} arguments, got {len(types) + 1}"):
        function(*arguments, 1)
    with pytest.raises(TypeError, match="keyword"):
        function(*arguments[:-1], x=1)


NARROW = {t: v for t, v in VALUES.items() if t in {"signed char", "short", "unsigned char", "unsigned short"}}


@pytest.mark.parametrize("result", NARROW)
def test_the_rest_of_the_register_is_not_looked_at(ffi, lib, result) -> None:
    bits = 8 * ffi.sizeof(result)
    one, two = ffi.cast(f"{result}(*)(int)", lib.wide), ffi.cast(f"{result}(*)(int, int)", lib.wider)
    for value in NARROW[result]:
        assert one(value + (1 << bits)) == value
        assert two(value - (5 << bits), 7 << bits) == value


def test_a_truth_value_that_is_none_is_refused(ffi, lib) -> None:
    for call in (
        lambda: ffi.cast("_Bool(*)(int)", lib.wide)(2),
        lambda: ffi.cast("_Bool(*)(int, int)", lib.wider)(1, 1),
    ):
        with pytest.raises(ValueError, match="got a _Bool of value 2, expected 0 or 1"):
            call()
    assert ffi.cast("_Bool(*)(int)", lib.wide)(0x100) is False


@pytest.mark.keeps("the front end keeps the names of each library that an FFI opens")
@pytest.mark.parametrize("command", [["gcc"], ["clang"]])
def test_a_char_argument_has_its_sign(ffi, tmp_path, command) -> None:
    """Clang takes for granted that the caller has extended it, GCC does not."""
    file, library = tmp_path / "chars.c", tmp_path / "chars.so"
    file.write_text(source(), encoding="utf-8")
    try:
        subprocess.run([*command, "-O2", "-shared", "-fPIC", "-o", library, file], check=True, timeout=120)
    except FileNotFoundError:
        pytest.skip(f"no {command[0]}")
    lib = ffi.dlopen(str(library))
    assert lib.from_char(b"\x81") == lib.least
    assert lib.from_chars(b"\x81", b"\x82") == 1000 * lib.least + lib.least + 1
