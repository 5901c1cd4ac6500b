"""Tests of calls from C to an interpreter that is ending or has ended. Each program has a separate process."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest

from tests.interpreters.isolated import KINDS

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or not sysconfig.get_config_var("CC"), reason="needs a C compiler and pthreads"
)

DECLARATIONS = """
typedef struct { long a, b, c, d; } large;
typedef int (*small_fn)(int);
typedef large (*large_fn)(int);
typedef double (*double_fn)(double);
void keep(small_fn, large_fn, double_fn);
int call_small(int);
double call_double(double);
long call_large(int);
long call_from_thread(void);
void start(int);
long finish(void);
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("visits") / "libvisits.so"
    source = Path(__file__).with_name("visits.c")
    compiler = sysconfig.get_config_var("CC").split()
    subprocess.run([*compiler, "-shared", "-fPIC", "-pthread", "-o", str(path), str(source)], check=True)
    return str(path)


def run(library: str, kind: str, inner: str, outer: str) -> str:
    """Runs `outer` in a new process. It can use `inner`, the code for subinterpreters, as a string."""
    common = f"import cffi\nffi = cffi.FFI()\nffi.cdef({DECLARATIONS!r})\nC = ffi.dlopen({library!r})\n"
    program = (
        f"import sys, gc, time, threading\nsys.path.insert(0, {str(ROOT)!r})\n"
        f"from tests.interpreters.isolated import Interpreter\nkind = {kind!r}\n{common}"
        f"inner = {common + textwrap.dedent(inner)!r}\n{textwrap.dedent(outer)}\nprint('done')\n"
    )
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-W", "ignore:remaining subinterpreters", "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0 and done.stdout.endswith("done\n"), (done.returncode, done.stdout[-3000:])
    return done.stdout


CALLBACKS = """
small = ffi.callback('small_fn', lambda n: n + 1, error=-7)
large = ffi.callback('large_fn', lambda n: (n, n, n, n))
double = ffi.callback('double_fn', lambda x: 2 * x)
C.keep(small, large, double)
assert (C.call_small(1), C.call_large(1), C.call_double(0.5)) == (2, 4, 1.0)
"""

KEPT = {
    "by its module": "",
    "by a cycle": """
class Cycle: pass
cycle = Cycle()
cycle.self, cycle.kept = cycle, (small, large, double, ffi, C)
del small, large, double
""",
    # ctypes would be simpler, but CPython 3.12 does not import it into interpreters with a separate lock.
    "by C": """
import _cffi_backend
python = cffi.FFI()
python.cdef("void Py_IncRef(void *);")
incref = _cffi_backend._keep_gil(python.dlopen(None).Py_IncRef)
for one in small, large, double:
    incref(python.cast("void *", id(one)))
""",
    "by nothing": "del small, large, double\n",
}


@pytest.mark.parametrize("again", ["no other", "others"])
@pytest.mark.parametrize("called", ["", "assert C.call_from_thread() == 6"], ids=["", "called by a thread"])
@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("kind", KINDS)
def test_a_callback_of_an_ended_interpreter_gives_zero(library, kind, kept, called, again) -> None:
    """This also holds when a new interpreter has the address of the ended one."""
    if kept == "by nothing":
        called = ""
    run(
        library,
        kind,
        CALLBACKS + called + KEPT[kept],
        f"""
        for _ in range(3):
            one = Interpreter(kind)
            one.run(inner)
            {called or "pass"}
            one.destroy()
            gc.collect()
            others = [Interpreter(kind) for _ in range(3 if {again!r} == "others" else 0)]
            for other in others:
                other.run("import cffi; x = [bytearray(1000) for _ in range(100)]; f = cffi.FFI().callback('int(*)(int)', abs)")
            for _ in range(3):
                assert C.call_small(1) == 0
                assert C.call_double(0.5) == 0
                if {kept!r} != "by nothing":
                    assert C.call_large(1) == 0
                    assert C.call_from_thread() == 0
            for other in others:
                other.destroy()
        """,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_callbacks_go_on_until_their_interpreter_has_ended(library, kind) -> None:
    out = run(
        library,
        kind,
        CALLBACKS
        + """
import atexit, sys
def tell(when):
    sys.stdout.write(f"{when} {C.call_small(1)} {C.call_large(1)}\\n")
    sys.stdout.flush()
class Last:
    def __del__(self):
        tell("del")
last = Last()
atexit.register(tell, "atexit")
""",
        """
        one = Interpreter(kind)
        one.run(inner)
        one.destroy()
        assert C.call_small(1) == 0
        """,
    )
    assert out.splitlines() == ["atexit 2 4", "del 2 4", "done"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_interpreter_ends_while_threads_of_c_call_it(library, kind) -> None:
    run(
        library,
        kind,
        CALLBACKS,
        """
        calls = 0
        for _ in range(5):
            one = Interpreter(kind)
            one.run(inner)
            C.start(4)
            time.sleep(0.05)
            one.destroy()
            assert (C.call_small(1), C.call_large(1)) == (0, 0)
            calls += C.finish()
        assert calls > 0
        """,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_many_interpreters_in_threads_end_while_threads_of_c_call_them(library, kind) -> None:
    run(
        library,
        kind,
        # Another interpreter may replace the kept callbacks meanwhile, so the assertion is left out.
        CALLBACKS[: CALLBACKS.index("assert")]
        + """
class Cycle: pass
cycle = Cycle()
cycle.self, cycle.ffi, cycle.C, cycle.handle = cycle, ffi, C, ffi.new_handle(cycle)
cycle.collected = ffi.gc(ffi.new('int *'), lambda p: C.call_small(1))
""",
        """
        failures = []
        def work():
            try:
                for _ in range(6):
                    one = Interpreter(kind)
                    one.run(inner)
                    time.sleep(0.005)
                    one.destroy()
            except BaseException as error:
                failures.append(error)
        first = Interpreter(kind)
        first.run(inner)
        C.start(3)
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        C.finish()
        assert not failures, failures
        first.destroy()
        """,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_interpreter_that_is_left_to_the_end_of_the_process(library, kind) -> None:
    run(
        library,
        kind,
        CALLBACKS
        + """
class Last:
    def __init__(self):
        self.me, self.C = self, C
    def __del__(self):
        self.C.call_small(3)
last = Last()
collected = ffi.gc(ffi.new('int *'), lambda p: C.call_small(1))
""",
        """
        left = Interpreter(kind)
        left.run(inner)
        assert C.call_from_thread() == 6
        """,
    )
