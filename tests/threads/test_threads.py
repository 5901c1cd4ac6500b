"""Callbacks on threads that Python never saw, at the interpreter's end, and across a fork; the memory they lie in."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.threads import stress

ROOT = str(Path(__file__).resolve().parents[2])

PRELUDE = """
import os, sys
import _cffi_backend as B
INT, LONG = B.new_primitive_type('int'), B.new_primitive_type('unsigned long')
VOID_P, INT_P = B.new_pointer_type(B.new_void_type()), B.new_pointer_type(INT)
START = B.new_function_type((VOID_P,), VOID_P)
C = B.load_library(None)
create = C.load_function(B.new_function_type((B.new_pointer_type(LONG), VOID_P, START, VOID_P), INT),
                         'pthread_create')
join = C.load_function(B.new_function_type((LONG, VOID_P), INT), 'pthread_join')
NULL = B.cast(VOID_P, 0)

def start(callback, arg=NULL):
    "Starts a thread of C's that runs a callback."
    place = B.newp(B.new_pointer_type(LONG))
    assert create(place, NULL, callback, arg) == 0
    return place[0]
"""


def run(code: str, *arguments: str) -> str:
    """Returns what a process prints that runs that code; it has to end well and without a report."""
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": ROOT},
    )
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    assert "Fatal" not in done.stderr and "Exception ignored" not in done.stderr, done.stderr[-2000:]
    return done.stdout


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="uses pthread_create and /proc")


def test_thousands_of_short_lived_threads_leave_nothing() -> None:
    run("""
        import threading
        seen = []
        @lambda f: B.callback(START, f)
        def callback(arg):
            seen.append(threading.get_ident())
            return arg
        def resident():
            return int(open('/proc/self/statm').read().split()[1]) * 4096
        def many(n):
            for _ in range(n):
                ids = [start(callback) for _ in range(4)]
                for i in ids:
                    join(i, NULL)
        many(250)
        # A debug build takes more for each of the 4,000 results in `seen`.
        limit = (4 if hasattr(sys, 'gettotalrefcount') else 2) << 20
        # The allocator of a build without a GIL keeps pages of ended threads for a while. A leak grows in every round.
        rounds = 1 if getattr(sys, '_is_gil_enabled', lambda: True)() else 3
        growth = []
        for _ in range(rounds):
            before = resident()
            many(1000)
            growth.append(resident() - before)
        assert len(seen) == 1000 + 4000 * rounds
        assert min(growth) < limit, growth
        # Their thread states have gone as well.
        assert len(sys._current_frames()) < 20, len(sys._current_frames())
    """)


def test_a_thread_keeps_its_state_between_callbacks() -> None:
    out = run("""
        import threading
        local = threading.local()
        COUNT = B.new_function_type((VOID_P, VOID_P), INT)
        QSORT = C.load_function(B.new_function_type((VOID_P, LONG, LONG, COUNT), VOID_P), 'qsort')
        @lambda f: B.callback(COUNT, f)
        def compare(a, b):
            local.n = getattr(local, 'n', 0) + 1
            counts.append(local.n)
            return 0
        counts = []
        data = B.newp(B.new_array_type(B.new_pointer_type(INT), 8))
        # qsort itself runs on the foreign thread: its comparisons are callbacks with C below them.
        @lambda f: B.callback(START, f)
        def body(arg):
            QSORT(data, 8, 4, compare)
            return arg
        join(start(body), NULL)
        print(counts == list(range(1, len(counts) + 1)) and len(counts) > 6)
    """)
    assert out == "True\n"


AT_EXIT = """
    import time
    spin = C.load_function(B.new_function_type((LONG,), INT), 'usleep')
    COUNT = B.new_function_type((VOID_P, VOID_P), INT)
    calls = [0]
    @lambda f: B.callback(START, f)
    def body(arg):
        while True:
            calls[0] += 1
            {work}
    threads = [start(body) for _ in range(4)]
    while calls[0] < 100:
        time.sleep(0.001)
    print('ends')
"""


@pytest.mark.parametrize("work", ["pass", "spin(10)", "B.newp(INT_P)", "repr(B.new_array_type(INT_P, 5))"])
def test_threads_of_c_that_run_python_while_it_ends(work) -> None:
    """They are stopped where they are, and the process ends as if they were not there."""
    for _ in range(3):
        assert run(AT_EXIT.replace("{work}", work)) == "ends\n"


def test_callbacks_that_come_too_late_give_zero() -> None:
    """Python is gone when C runs the functions of its `atexit`."""
    run("""
        # What C's `atexit` is made of; that one is no symbol of the library.
        atexit = C.load_function(B.new_function_type((START, VOID_P, VOID_P), INT), '__cxa_atexit')
        @lambda f: B.callback(START, f)
        def late(arg):
            os.write(2, b'Fatal: ran after the end')
            return arg
        assert atexit(late, NULL, NULL) == 0
        import sys
        sys.keep = late
    """)


def test_callbacks_work_in_a_forked_child() -> None:
    out = run("""
        UNARY = B.new_function_type((INT,), INT)
        before = [B.callback(UNARY, lambda n, k=k: n + k) for k in range(200)]
        freed_in_parent, freed_in_child = before[:50], before[50:100]
        del before[:100]
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            assert [f(1) for f in before] == list(range(101, 201))
            del freed_in_child[:]
            after = [B.callback(UNARY, lambda n, k=k: n * k) for k in range(300)]
            assert [f(2) for f in after] == list(range(0, 600, 2))
            assert [f(1) for f in before] == list(range(101, 201))
            assert [f(0) for f in freed_in_parent] == list(range(50))
            grandchild = os.fork()
            if grandchild == 0:
                os._exit(before[0](-101) + after[3](1))
            os._exit(os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1]))
        del freed_in_parent[:]
        assert [f(1) for f in before] == list(range(101, 201))
        new = [B.callback(UNARY, lambda n, k=k: n - k) for k in range(100)]
        assert [f(0) for f in new] == [-k for k in range(100)]
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """)
    assert out == "2\n"


def test_a_fork_while_other_threads_call_back() -> None:
    run("""
        import threading, time, warnings
        warnings.simplefilter('ignore')
        UNARY = B.new_function_type((INT,), INT)
        stop = []
        def work():
            while not stop:
                f = B.callback(UNARY, lambda n: n + 1)
                assert f(1) == 2
        threads = [threading.Thread(target=work) for _ in range(3)]
        for t in threads: t.start()
        for _ in range(20):
            child = os.fork()
            if child == 0:
                f = B.callback(UNARY, lambda n: n + 1)
                os._exit(f(1) - 2)
            deadline = time.monotonic() + 20
            while True:
                done, status = os.waitpid(child, os.WNOHANG)
                if done:
                    break
                if time.monotonic() > deadline:
                    os.kill(child, 9); os.waitpid(child, 0)
                    stop.append(1)
                    raise AssertionError('the child hangs')
                time.sleep(0.001)
            assert status == 0, status
        stop.append(1)
        for t in threads: t.join()
    """)


def test_no_page_is_writable_and_executable() -> None:
    run("""
        UNARY = B.new_function_type((INT,), INT)
        def check():
            for line in open('/proc/self/maps'):
                rights = line.split()[1]
                assert not ('w' in rights and 'x' in rights), line
        check()
        kept = []
        for k in range(5000):
            kept.append(B.callback(UNARY, lambda n, k=k: n + k))
            if k % 500 == 0:
                check()
        assert kept[4999](1) == 5000
        check()
        del kept
        check()
    """)


def test_a_callback_dropped_while_it_runs_on_other_threads() -> None:
    run("""
        import threading, weakref
        UNARY = B.new_function_type((INT,), INT)
        class Function:
            def __init__(self):
                self.inside, self.go = threading.Semaphore(0), threading.Event()
            def __call__(self, n):
                self.inside.release()
                assert self.go.wait(20)
                return n + 1
        for _ in range(20):
            function = Function()
            callback = [B.callback(UNARY, function)]
            pointer = B.cast(UNARY, callback[0])
            alive = weakref.ref(function)
            results = []
            threads = [threading.Thread(target=lambda: results.append(pointer(4))) for _ in range(3)]
            for t in threads: t.start()
            for _ in threads: function.inside.acquire()
            go = function.go
            # Gone for Python, but not for the calls that are running.
            del callback[0], function
            assert alive() is not None
            go.set()
            for t in threads: t.join()
            assert results == [5, 5, 5]
            assert alive() is None
    """)


def test_everything_at_once() -> None:
    """A short run; `python -m tests.threads.stress 60` is the real one."""
    seconds = float(os.environ.get("STRESS_SECONDS", "3"))
    assert stress.run(seconds, 8) > 100


def test_the_gil_stays_off() -> None:
    import sysconfig

    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        pytest.skip("this build has a GIL")
    assert run("print(sys._is_gil_enabled())") == "False\n"
