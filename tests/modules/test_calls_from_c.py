"""`extern "Python"` and callbacks at the edges of a program: at its end, and from threads that Python did not start."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.modules.building import compiled, in_process

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the C code uses POSIX threads")

CDEF = """
    extern "Python" int answer(int);
    typedef int (*answer_t)(int);
    int ask(answer_t, int);
    long ask_from_threads(answer_t, int threads, int times);
    extern void (*finish)(void *);
"""
SOURCE = """
    #include <pthread.h>
    #include <stdio.h>
    static int answer(int);
    typedef int (*answer_t)(int);
    static int ask(answer_t f, int n) { return f(n); }

    struct work { answer_t f; int times; long sum; pthread_t thread; };
    static void *work(void *arg) {
        struct work *w = arg;
        int i;
        for (i = 0; i < w->times; i++)
            w->sum += w->f(i);
        return NULL;
    }
    static long ask_from_threads(answer_t f, int threads, int times) {
        struct work all[16];
        long sum = 0;
        int i;
        for (i = 0; i < threads; i++) {
            all[i].f = f; all[i].times = times; all[i].sum = 0;
            if (pthread_create(&all[i].thread, NULL, work, &all[i])) return -1;
        }
        for (i = 0; i < threads; i++) {
            pthread_join(all[i].thread, NULL);
            sum += all[i].sum;
        }
        return sum;
    }

    static void tell(void *unused) { printf("late: %d\\n", answer(1)); fflush(stdout); }
    static void (*finish)(void *) = tell;
"""

PRELUDE = """
import gc, os, sys, threading
sys.path.insert(0, sys.argv[1])
from _from_c import ffi, lib
attached = ffi.def_extern("answer")(lambda n: n + 1)
callback = ffi.callback("answer_t", lambda n: n + 1)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the module."""
    path = tmp_path_factory.mktemp("from_c")
    compiled(path, "_from_c", CDEF, SOURCE, libraries=["pthread"])
    return path


@pytest.mark.parametrize("function", ["lib.answer", "callback"])
def test_finalizers_call_back_while_python_shuts_down(folder: Path, function: str) -> None:
    code = f"""
class Late:
    ask, function, write, ending = lib.ask, {function}, os.write, sys.is_finalizing
    def __del__(self):
        got = Late.ask(Late.function, 41)
        Late.write(1, b"%d %d\\n" % (got, Late.ending()))
    def __init__(self):
        self.cycle = self
sys.late = Late()
"""
    assert in_process("-c", PRELUDE + code, folder, folder=folder) == "42 1\n"


@pytest.mark.parametrize("function", ["lib.answer", "callback"])
def test_foreign_threads_all_at_once(folder: Path, function: str) -> None:
    code = f"""
for _ in range(5):
    assert lib.ask_from_threads({function}, 8, 500) == 8 * sum(range(1, 501))
print(threading.active_count())
"""
    assert in_process("-c", PRELUDE + code, folder, folder=folder) == "1\n"


def test_what_is_attached_changes_while_threads_call(folder: Path) -> None:
    code = """
stop = threading.Event()
def change():
    while not stop.is_set():
        ffi.def_extern("answer")(lambda n: n + 1)
changer = threading.Thread(target=change)
changer.start()
sums = {lib.ask_from_threads(lib.answer, 4, 2000) for _ in range(5)}
stop.set()
changer.join()
print(sums == {4 * sum(range(1, 2001))})
"""
    assert in_process("-c", PRELUDE + code, folder, folder=folder) == "True\n"


@pytest.mark.parametrize("function", ["lib.answer", "callback"])
def test_thousands_of_short_lived_threads(folder: Path, function: str) -> None:
    """Nothing is left of them: no thread state, and no memory that grows with their number."""
    code = f"""
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
def many(n):
    for _ in range(n):
        assert lib.ask_from_threads({function}, 8, 1) == 8
many(100)
before = resident() if sys.platform == "linux" else 0
many(400)
after = resident() if sys.platform == "linux" else 0
assert after - before < 2 << 20, after - before
assert len(sys._current_frames()) < 20
"""
    in_process("-c", PRELUDE + code, folder, folder=folder)


def test_extern_python_after_the_end_of_python(folder: Path) -> None:
    """It says on stderr that nothing was called, and gives zero."""
    code = """
import ctypes
# What C's `atexit` is made of; that one is no symbol of the library.
register = ctypes.CDLL(None)["__cxa_atexit"]
late = ffi.cast("intptr_t", lib.finish)
assert register(ctypes.c_void_p(int(late)), None, None) == 0
"""
    assert in_process("-c", PRELUDE + code, folder, folder=folder) == "late: 0\n"
