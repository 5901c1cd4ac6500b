"""The module in subinterpreters with their own GIL: each has a world of its own, and leaves nothing behind."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import sysconfig
import textwrap
import threading
from pathlib import Path

import pytest

from tests.interpreters.isolated import AVAILABLE, Interpreter, interpreter
from tests.memory import heap, resident

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="no isolated subinterpreters before CPython 3.12")

TOTAL = int(os.environ.get("INTERPRETERS", "100"))
"""How many are made after as many warm-up ones as a fifth; `make stress` makes 1,000."""

BACKEND = """
import _cffi_backend as B
INT, VOID_P = B.new_primitive_type('int'), B.new_pointer_type(B.new_void_type())
SIZE, CHAR = B.new_primitive_type('size_t'), B.new_primitive_type('char')
C = B.load_library(None)
COMPARE = B.new_function_type((VOID_P, VOID_P), INT)
QSORT = B.new_function_type((VOID_P, SIZE, SIZE, COMPARE), B.new_void_type())
STRLEN = B.new_function_type((B.new_pointer_type(CHAR),), SIZE)
INT_P = B.new_pointer_type(INT)

def sort():
    values = B.newp(B.new_array_type(INT_P, 8), [5, 3, 8, 1, 7, 2, 6, 4])
    calls = []
    def compare(a, b):
        calls.append(1)
        return B.cast(INT_P, a)[0] - B.cast(INT_P, b)[0]
    C.load_function(QSORT, 'qsort')(values, 8, 4, B.callback(COMPARE, compare))
    assert list(values) == [1, 2, 3, 4, 5, 6, 7, 8], list(values)
    assert len(calls) >= 7
    assert C.load_function(STRLEN, 'strlen')(b'four') == 4
sort()
"""

INLINE = """
import cffi
ffi = cffi.FFI()
ffi.cdef('''
    struct point { int x, y; };
    size_t strlen(const char *);
    void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
''')
lib = ffi.dlopen(None)
p = ffi.new('struct point *', [1, 2])
assert (p.x, p.y) == (1, 2)
assert lib.strlen(b'hello') == 5
a = ffi.new('int[]', [3, 1, 2])
@ffi.callback('int(const void *, const void *)')
def compare(x, y):
    return ffi.cast('int *', x)[0] - ffi.cast('int *', y)[0]
lib.qsort(a, 3, 4, compare)
assert list(a) == [1, 2, 3]
handle = ffi.new_handle(p)
assert ffi.from_handle(handle) is p
with open('/dev/null', 'w') as sink:
    ffi.gc(ffi.new('int *'), lambda x: None)
try:
    ffi.new('no such type')
except cffi.CDefError:
    pass
else:
    raise AssertionError
"""


FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def run_once(code: str) -> None:
    with interpreter() as one:
        one.run(code)


@pytest.mark.parametrize("code", [BACKEND, INLINE], ids=["backend", "inline"])
def test_it_works_there(code) -> None:
    run_once(code)


def test_objects_of_one_interpreter_are_unknown_in_another() -> None:
    import _cffi_backend as B

    handle = B.newp_handle(B.new_pointer_type(B.new_void_type()), object())
    address = int(B.cast(B.new_primitive_type("intptr_t"), handle))
    run_once(
        f"""
import _cffi_backend as B
pointer = B.cast(B.new_pointer_type(B.new_void_type()), {address})
try:
    B.from_handle(pointer)
except RuntimeError:
    pass
else:
    raise AssertionError('a handle of another interpreter')
INT = B.new_primitive_type('int')
assert id(INT) != {id(B.new_primitive_type("int"))}
assert id(type(INT)) != {id(type(B.new_primitive_type("int")))}
"""
    )


def out_of_line(tmp_path: Path) -> Path:
    import cffi

    ffi = cffi.FFI()
    ffi.cdef("struct pair { long a; double b; }; size_t strlen(const char *); enum e { ONE = 1, TWO };")
    ffi.set_source("_abi_module", None)
    ffi.emit_python_code(str(tmp_path / "_abi_module.py"))
    return tmp_path


OUT_OF_LINE = """
import sys
sys.path.insert(0, {folder!r})
from _abi_module import ffi
C = ffi.dlopen(None)
assert C.strlen(b'hello') == 5 and C.TWO == 2
p = ffi.new('struct pair *', {{'a': 3, 'b': 0.5}})
assert (p.a, p.b) == (3, 0.5)
assert ffi.sizeof('struct pair') == 16
assert ffi.callback('int(int)', lambda n: n + 1)(41) == 42
"""


def test_out_of_line_abi_modules_work_there(tmp_path) -> None:
    code = OUT_OF_LINE.format(folder=str(out_of_line(tmp_path)))
    exec(code, {})
    for _ in range(3):
        run_once(code)


@pytest.mark.parametrize("code", [BACKEND, INLINE], ids=["backend", "inline"])
def test_several_at_once_in_threads(code) -> None:
    failures = []

    def work() -> None:
        try:
            for _ in range(3):
                run_once(code)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def test_one_that_is_used_by_many_threads(tmp_path) -> None:
    """Threads of a subinterpreter call back into it, not into the main one."""
    run_once(
        BACKEND
        + textwrap.dedent("""
        import threading
        failures = []
        def work():
            try:
                for _ in range(50):
                    sort()
            except BaseException as error:
                failures.append(error)
        threads = [threading.Thread(target=work) for _ in range(4)]
        for t in threads: t.start()
        for t in threads: t.join()
        assert not failures, failures
        """)
    )


GROWTH = """
import sys
sys.path.insert(0, {root!r})
from tests.interpreters import test_isolated
test_isolated.measure(test_isolated.{code}, {total}, {at_once})
"""

NOTHING = "import atexit"


def measure(code: str, total: int, at_once: int) -> None:
    """Runs code in `total` interpreters, one after another or in threads; prints by how much each makes memory grow."""

    def rounds(n: int) -> None:
        def work() -> None:
            for _ in range(n // at_once):
                run_once(code)

        threads = [threading.Thread(target=work) for _ in range(at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        gc.collect()

    rounds(max(total // 5, 4 * at_once))
    before, pages = heap(), resident()
    rounds(total)
    grown = (heap() - before) // (total // at_once * at_once)
    print(grown, pages >> 10, resident() >> 10, flush=True)


def growth(code: str, at_once: int) -> int:
    """Bytes for each interpreter, measured in a process of its own."""
    root = str(Path(__file__).resolve().parents[2])
    program = GROWTH.format(root=root, code=code, total=TOTAL, at_once=at_once)
    env = {**os.environ, **({} if FREE_THREADED else {"PYTHONMALLOC": "malloc"})}
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, env=env, stdout=subprocess.PIPE, text=True
    )
    grown, before, after = map(int, done.stdout.split())
    print(
        f"\n{code.lower()}, {TOTAL} interpreters, {at_once} at once: {grown} bytes for each;"
        f" resident {before} kB after a fifth, {after} kB at the end"
    )
    return grown


@pytest.mark.skipif(sys.platform != "linux", reason="measures with glibc and /proc")
@pytest.mark.parametrize("at_once", [1, 4])
def test_memory_is_flat(at_once) -> None:
    """CPython loses memory of its own for each interpreter (3.12: 100 kB, 3.13: 200 kB, 3.13t: 3 MB), so that is subtracted."""
    empty, used = growth("NOTHING", at_once), growth("BACKEND", at_once)
    # The names of methods and attributes are strings that CPython interns and keeps (3.12: 6 kB, 3.13: 4 kB); a state is
    # 110 kB.
    assert used - empty < 8192, (used, empty)


def test_callbacks_outlive_no_interpreter() -> None:
    """A callback that C still has when its interpreter is gone gives zero."""
    import _cffi_backend as B

    INT = B.new_primitive_type("int")
    UNARY = B.new_function_type((INT,), INT)
    one = Interpreter()
    place = B.newp(B.new_pointer_type(B.new_primitive_type("intptr_t")))
    address = int(B.cast(B.new_primitive_type("intptr_t"), place))
    one.run(
        f"""
import _cffi_backend as B
INT = B.new_primitive_type('int')
f = B.callback(B.new_function_type((INT,), INT), lambda n: n + 1)
here = B.cast(B.new_pointer_type(B.new_primitive_type('intptr_t')), {address})
here[0] = int(B.cast(B.new_primitive_type('intptr_t'), f))
"""
    )
    function = B.cast(UNARY, place[0])
    # While it lives, the function runs there, also when it is called from here.
    assert function(1) == 2
    one.destroy()
