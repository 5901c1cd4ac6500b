"""What the start of a program imports, and how the seams are turned off."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap

import pytest

SHOW = """
import sys
print(*(name for name in ("pycparser", "re", "subprocess") if name in sys.modules))
"""

USE = """
import cffi
ffi = cffi.FFI()
ffi.cdef("typedef struct { int x; long y[2]; } t; int abs(int); enum e { A, B = 5 };")
assert ffi.new("t *", [1, [2, 3]]).y[1] == 3
assert ffi.dlopen(None).abs(-3) == 3
assert ffi.sizeof("enum e[7]") == 28
assert ffi.list_types() == (["t"], [], [])
"""


def run(program: str, **env: str) -> str:
    """Returns what a program prints in a new process."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "FERROCFFI_"))}
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        capture_output=True,
        text=True,
        env={**clean, **env},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("first", ["", "import _cffi_backend\n", "import cffi\n"])
def test_nothing_slow_is_imported(first: str) -> None:
    assert run(first + USE + SHOW) == ""


@pytest.mark.parametrize("first", ["import _cffi_backend", "import cffi; cffi.FFI()", "import cffi.cparser"])
@pytest.mark.parametrize(
    "how",
    [
        "import cffi.cparser; module = cffi.cparser",
        "from cffi import cparser as module",
        "import importlib; module = importlib.import_module('cffi.cparser')",
        "import sys, cffi; cffi.FFI(); module = sys.modules['cffi.cparser']",
    ],
)
def test_the_genuine_parser_can_be_imported(first: str, how: str) -> None:
    run(
        f"""
{first}
{how}
parser = module.Parser()
parser.parse("int f(int);")
assert list(parser._declarations) == ["function f"], parser._declarations
assert module.pycparser.c_ast.Decl
import cffi.cparser, sys
assert sys.modules["cffi.cparser"].Parser is module.Parser is cffi.cparser.Parser
assert cffi.cparser.__file__.endswith("cparser.py") and cffi.cparser.__spec__.name == "cffi.cparser"
"""
    )


def test_the_finders_of_modules_see_the_genuine_one() -> None:
    run(
        """
import _cffi_backend, cffi, importlib.util
cffi.FFI()
spec = importlib.util.find_spec("cffi.cparser")
assert spec.origin.endswith("cparser.py"), spec
import cffi.cparser, importlib
assert cffi.cparser.Parser
assert importlib.reload(cffi.cparser).Parser().parse("int f(int);") is None
"""
    )


def test_the_front_end_may_be_imported_without_the_backend() -> None:
    run("import cffi.cparser, cffi.recompiler\nassert cffi.cparser.Parser\n" + USE)


SWITCHED = (
    "import cffi; f = cffi.FFI(); print(type(f._parser).__name__, '_replaced_methods' in vars(cffi.FFI))"
)


@pytest.mark.parametrize(
    ("value", "expected"), [("0", "Parser False"), ("1", "_CdefParser True"), ("", "_CdefParser True")]
)
def test_the_switch(value: str, expected: str) -> None:
    assert run(SWITCHED, FERROCFFI_CDEF=value) == expected


def test_the_switch_refuses_other_values() -> None:
    program = """
try:
    import _cffi_backend
except ImportError as error:
    print(error)
"""
    assert run(program, FERROCFFI_CDEF="off") == "FERROCFFI_CDEF is 'off', which must be '0' or '1'"


def test_the_doctor_says_whose_parser_is_in_use() -> None:
    doctor = "import runpy, sys; sys.argv = ['ferrocffi', '--json']; runpy.run_module('ferrocffi', run_name='__main__')"
    for value, owner in (("0", "cffi"), ("1", "ferrocffi")):
        program = f"try:\n    exec({doctor!r})\nexcept SystemExit as end:\n    assert not end.code\n"
        assert json.loads(run(program, FERROCFFI_CDEF=value))["cdef"] == owner


def test_subinterpreters_have_parsers_of_their_own() -> None:
    interpreters = pytest.importorskip(
        "_xxsubinterpreters" if sys.version_info < (3, 13) else "_interpreters"
    )
    program = "import cffi; f = cffi.FFI(); f.cdef('struct s { int a; };'); assert f.sizeof('struct s') == 4"
    for _ in range(3):
        one = interpreters.create()
        try:
            interpreters.run_string(one, program)
        finally:
            interpreters.destroy(one)


def test_programs_that_look_through_all_modules() -> None:
    """Test tools read `__file__` of each module: that neither imports pycparser, nor raises where there is none."""
    program = """
        import sys
        {start}
        for name, module in list(sys.modules.items()):
            for attribute in ("__file__", "__path__", "__loader__", "__wrapped__"):
                getattr(module, attribute, None)
        print("pycparser" in sys.modules)
    """
    for start in ("import _cffi_backend", "import cffi; cffi.FFI()"):
        text = textwrap.dedent(program.format(start=start))
        done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
        assert (done.stdout, done.stderr) == ("False\n", ""), start
    hidden = "sys.path[:] = [p for p in sys.path if 'site-packages' not in p]"
    text = textwrap.dedent(program.format(start=f"import _cffi_backend; {hidden}"))
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_threads_that_make_the_first_objects() -> None:
    program = """
import sys, threading
import cffi
sys.setswitchinterval(1e-6)
start, wrong = threading.Barrier(8), []

def work(number):
    start.wait()
    for _ in range(20):
        ffi = cffi.FFI()
        ffi.cdef(f"typedef struct {{ char a[{number + 1}]; }} t;")
        if ffi.sizeof("t") != number + 1 or ffi.new("t *").a[0] != b"\\0" or ffi.errno == "":
            wrong.append(number)

threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(wrong, len(cffi.FFI._replaced_methods))
"""
    assert run(program) == "[] 22"
