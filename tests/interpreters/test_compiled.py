"""Tests of compiled modules in interpreters that share one lock, as in programs that embed Python.

Each test runs its program in a separate process.
"""

from __future__ import annotations

import sysconfig

import pytest

from tests.interpreters import compiled

pytestmark = pytest.mark.skipif(not sysconfig.get_config_var("CC"), reason="no C compiler known")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> str:
    return compiled.build(tmp_path_factory.mktemp("shared"))


def run(folder: str, program: str) -> None:
    compiled.run(folder, program, kind="legacy")


def test_one_interpreter_after_another(folder) -> None:
    run(
        folder,
        """
        for n in range(5):
            i = one(f"use({n})")
            i.run(f"use({n + 100})")
            i.destroy()
            gc.collect()
        """,
    )


def test_one_interpreter_after_another_when_the_main_one_has_it(folder) -> None:
    run(
        folder,
        """
        exec(USE)
        use(1000)
        for n in range(5):
            i = one(f"use({n})")
            assert lib.twice(4) == 8
            i.destroy()
            use(1000 + n)
        """,
    )


def test_the_main_interpreter_comes_last(folder) -> None:
    run(
        folder,
        """
        for n in range(3):
            one(f"use({n})").destroy()
        exec(USE)
        use(1000)
        i = one("use(7)")
        use(1001)
        i.destroy()
        use(1002)
        """,
    )


def test_several_at_a_time_that_end_in_any_order(folder) -> None:
    run(
        folder,
        """
        import random
        random.seed(3)
        alive = []
        for n in range(24):
            if alive and random.random() < 0.5:
                alive.pop(random.randrange(len(alive))).destroy()
                gc.collect()
            alive.append(one(f"use({n})"))
            for i in alive:
                i.run(f"use({n})")
        for i in alive:
            i.destroy()
        """,
    )


def test_in_threads(folder) -> None:
    run(
        folder,
        """
        failures = []
        def work(number):
            try:
                for n in range(5):
                    i = one()
                    # Others set the counter, too.
                    i.run("assert lib.twice(3) == 6 and lib.total([1, 2], 2) == 3")
                    i.run(f"@ffi.def_extern()\\ndef answer(n): return n + {number}")
                    i.run(f"for _ in range(20): assert lib.ask() == 1 + {number} and lib.ask_list([2], 1) == 3 + {number}")
                    i.destroy()
            except BaseException as error:
                failures.append(error)
        threads = [threading.Thread(target=work, args=(10 * n,)) for n in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        assert not failures, failures
        """,
    )


def test_an_import_waits_for_the_first_one(folder) -> None:
    """The first import takes long, since it has to import another module, for which it lets go of the lock."""
    run(
        folder,
        """
        import time
        SLOW = (
            "import importlib.machinery, sys, time\\n"
            "class Slow:\\n"
            "    def find_spec(self, name, path, target=None):\\n"
            "        if name != '_shared_base': return None\\n"
            "        spec = importlib.machinery.PathFinder.find_spec(name, path)\\n"
            "        create = spec.loader.create_module\\n"
            "        spec.loader.create_module = lambda spec: (time.sleep(1), create(spec))[1]\\n"
            "        return spec\\n"
            "sys.meta_path.insert(0, Slow())\\n"
        )
        failures = []
        def work(code, delay):
            try:
                i = Interpreter('legacy')
                time.sleep(delay)
                i.run(code + USE + "assert lib.twice(3) == 6")
                i.destroy()
            except BaseException as error:
                failures.append(error)
        threads = [threading.Thread(target=work, args=case) for case in [(SLOW, 0), ("", 0.3), (SLOW, 0.4)]]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        assert not failures, failures
        """,
    )


def test_a_callback_belongs_to_the_interpreter_that_makes_it(folder) -> None:
    """The type of the callback belongs to another interpreter."""
    run(
        folder,
        """
        one("use(1)").destroy()
        exec(USE)
        code = (
            "import sys\\nmine = 'second'\\n"
            "kept = ffi.callback('int(int)', lambda n: n + 5)\\nlib.keep(kept)\\nassert lib.call_kept(1) == 6\\n"
        )
        second = one(code)
        assert lib.call_kept(2) == 7
        second.destroy()
        assert lib.call_kept(2) == 0
        """,
    )


def test_an_extern_python_function_runs_what_the_calling_interpreter_has_attached(folder) -> None:
    run(
        folder,
        """
        exec(USE)
        ATTACH = "@ffi.def_extern()\\ndef answer(n): return n + {0}\\n"
        ASK = (
            "assert (lib.ask(), lib.ask_with(2), lib.ask_list([3], 0), lib.ask_later(1, [3]))"
            " == ({0} + 1, {0} + 2, {0} + 3, {0} + 4),"
            " (lib.ask(), lib.ask_with(2), lib.ask_list([3], 0), lib.ask_later(1, [3]))\\n"
        )
        exec(ATTACH.format(1000) + ASK.format(1000))
        first, second = one(ATTACH.format(10)), one(ATTACH.format(20))
        for _ in range(2):
            first.run(ASK.format(10))
            exec(ASK.format(1000))
            second.run(ASK.format(20))
        first.run("@ffi.callback('int(int)')\\ndef nested(n): return lib.ask() + n\\nassert lib.apply(nested, 3) == 14")
        failures = []
        def work():
            try:
                first.run(ASK.format(10))
                exec(ASK.format(1000), globals())
            except BaseException as error:
                failures.append(error)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert not failures, failures
        first.destroy()
        second.run(ASK.format(20))
        second.destroy()
        exec(ASK.format(1000))
        """,
    )


def test_a_module_that_is_imported_anew(folder) -> None:
    """The module is imported anew in the interpreter that has it, and in one that gets it from another."""
    run(
        folder,
        """
        AGAIN = (
            "old = lib, ffi\\nfor name in [n for n in sys.modules if n.startswith('_shared')]:\\n    del sys.modules[name]\\n"
            "import _shared\\nffi, lib = _shared.ffi, _shared.lib\\n"
        )
        first = one("use(1)")
        first.run(AGAIN + "use(2)")
        first.destroy()
        second = one("use(3)")
        second.run(AGAIN + "use(4)\\nimport importlib\\nimportlib.reload(_shared)\\nuse(5)")
        second.destroy()
        exec(USE + AGAIN)
        use(6)
        """,
    )


AT_THE_END = """
import atexit
use(1)
class Last:
    def __init__(self):
        self.me = self
        self.ffi, self.lib = ffi, lib
        self.collected = ffi.gc(ffi.new("int *", 4), lambda p: lib.twice(p[0]))
        self.callback = ffi.callback("int(int)", lambda n: n + 1)
    def __del__(self):
        assert self.lib.apply(self.callback, 1) == 2
last = Last()
atexit.register(lambda: use(2))
"""


def test_functions_of_an_interpreter_at_its_end(folder) -> None:
    """Exit functions, finalizers and cycles use the module of an interpreter until it is gone."""
    run(
        folder,
        f"""
        for _ in range(3):
            one({AT_THE_END!r}).destroy()
            gc.collect()
        """,
    )
