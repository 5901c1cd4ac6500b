"""A module from declarations to calls: written, compiled, imported, used on both backends."""

from __future__ import annotations

import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest
from ferrocffi import compiler, errors, sources

from tests.bind.making import printed

CDEF = """
    typedef struct { int x, y; ...; } point;
    enum colour { RED, GREEN = 5, BLUE };
    #define LIMIT 4096
    #define MEASURED ...
    extern int counter;
    point mirrored(point p);
    long total(const long *numbers, int count);
    double self(double result);
    enum colour next(enum colour);
    int (*adder(int))(int);
"""

PREAMBLE = """
    typedef struct { char c; int y; long hidden; int x; } point;
    enum colour { RED, GREEN = 5, BLUE };
    #define LIMIT 4096
    #define MEASURED (-7)
    static int counter = 3;
    static point mirrored(point p) { int x = p.x; p.x = p.y; p.y = x; return p; }
    static long total(const long *numbers, int count) { long t = 0; while (count-- > 0) t += *numbers++; return t; }
    static double self(double result) { return result / 2; }
    static enum colour next(enum colour c) { return c == RED ? GREEN : BLUE; }
    static int one(int x) { return x + 1; }
    static int (*adder(int unused))(int) { (void)unused; return one; }
"""

PROGRAM = """
from first_module import ffi, lib
p = lib.mirrored({'x': 1, 'y': 2})
print(p.x, p.y, ffi.sizeof('point'), ffi.offsetof('point', 'x'))
print(lib.LIMIT, lib.MEASURED, lib.RED, lib.GREEN, lib.next(lib.RED), lib.counter)
lib.counter += 1
print(lib.counter, lib.total(list(range(1000)), 1000), lib.self(5), lib.adder(0)(41))
for arguments in [(1,), ([1, 'x'], 2), ([1], 2**40)]:
    try:
        lib.total(*arguments)
    except Exception as error:
        print(type(error).__name__, error)
"""


def _make(tmp_path: Path, *macros: tuple[str, str | None]) -> None:
    import _cffi_backend

    ffi = _cffi_backend.FFI()
    ffi.cdef(CDEF)
    file = tmp_path / "first_module.c"
    file.write_text(sources.c_source(ffi, "first_module", PREAMBLE))
    flags = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]
    compiler.compile(
        file,
        "first_module",
        tmpdir=tmp_path,
        py_limited_api=True,
        extra_compile_args=flags,
        define_macros=macros,
    )


def test_a_module_works_on_both_backends(tmp_path: Path) -> None:
    _make(tmp_path)
    ours = printed(PROGRAM, backend="ferrocffi", path=tmp_path)
    assert ours.splitlines()[:3] == [
        "2 1 24 16",
        "4096 -7 0 5 5 3",
        "4 499500 2.5 42",
    ]
    assert ours == printed(PROGRAM, backend="stock", path=tmp_path)


def test_modules_are_initialized_in_phases_on_request(tmp_path: Path) -> None:
    _make(tmp_path, ("_CFFI_INIT_IN_PHASES", None))
    (made,) = tmp_path.glob("first_module.*.so") if sys.platform != "win32" else tmp_path.glob("*.pyd")
    assert (b"PyModuleDef_Init" in made.read_bytes()) is not bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    program = """
        import sys
        import first_module as first
        del sys.modules["first_module"]
        import first_module as again
        assert again is not first and again.lib.self(5) == first.lib.self(5) == 2.5
        assert again.ffi.typeof("point") is first.ffi.typeof("point")
        assert again.__spec__.name == "first_module"
        print("ok")
    """
    for backend in ("ferrocffi", "stock"):
        assert printed(textwrap.dedent(program), backend=backend, path=tmp_path) == "ok\n"


def test_errors_name_the_declaration() -> None:
    import _cffi_backend

    ffi = _cffi_backend.FFI()
    ffi.cdef("int f(struct { int a; } *);")
    with pytest.raises(errors.VerificationError) as caught:
        sources.c_source(ffi, "m", "")
    assert (
        str(caught.value) == "function f: cannot generate 'struct $1 *' in argument of f: unknown type name"
    )


def test_a_failing_compiler_is_an_error_with_its_output(tmp_path: Path) -> None:
    file = tmp_path / "wrong.c"
    file.write_text("int f(void) { return undeclared; }")
    with pytest.raises(compiler.CompileError) as caught:
        compiler.compile(file, "wrong", tmpdir=tmp_path)
    assert "undeclared" in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["wrong.c"]
