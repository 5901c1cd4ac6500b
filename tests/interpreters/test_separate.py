"""Tests of compiled modules in interpreters that each have a lock of their own.

Each test runs its program in a separate process.
"""

from __future__ import annotations

import sys
import sysconfig

import pytest

from tests.interpreters import compiled
from tests.interpreters.isolated import AVAILABLE

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))

pytestmark = [
    pytest.mark.skipif(not sysconfig.get_config_var("CC"), reason="no C compiler known"),
    pytest.mark.skipif(not AVAILABLE, reason="no isolated subinterpreters before CPython 3.12"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> str:
    return compiled.build(tmp_path_factory.mktemp("separate"))


def run(folder: str, program: str) -> None:
    compiled.run(folder, program, kind="isolated")


ORDERS = ["i", "mi", "im", "mii", "iim", "lmi", "mli", "ilm", "ixixm", "mixix", "lxixm", "ixlxi", "iixixm", "mllxi"]
"""Interpreters in the order of their imports: the main one, one with that one's lock, one with a lock of its own. At an x
the oldest of those still there ends."""


@pytest.mark.parametrize("order", ORDERS)
def test_interpreters_of_all_kinds_import_a_module_in_any_order(folder, order) -> None:
    run(
        folder,
        f"""
        alive = []
        for n, kind in enumerate({order!r}):
            if kind == "m":
                exec(USE)
                use(n)
            elif kind == "x":
                alive.pop(0).destroy()
                gc.collect()
            else:
                alive.append(Interpreter("legacy" if kind == "l" else "isolated"))
                alive[-1].run(USE + f"use({{n}})")
            for number, interpreter in enumerate(alive):
                interpreter.run(f"use(100 + {{number}})")
        for interpreter in alive:
            interpreter.destroy()
        if "m" in {order!r}:
            use(1000)
        """,
    )


def test_interpreters_use_a_module_at_the_same_time(folder) -> None:
    run(
        folder,
        """
        failures = []
        CODE = USE + (
            "def work(number):\\n"
            "    @ffi.def_extern()\\n"
            "    def answer(n): return n + number\\n"
            "    for n in range(300):\\n"
            "        assert lib.twice(n) == 2 * n and lib.total([n, 1], 2) == n + 1\\n"
            "        p = ffi.new('struct pair *', {'a': n, 'b': 0.5})\\n"
            "        assert lib.add(p, 3).a == n + 3 and lib.sum_of(p) == n + 0.5\\n"
            "        assert lib.apply(ffi.callback('int(int)', lambda k: k + number), n) == n + number\\n"
            "        assert lib.ask() == 1 + number and lib.ask_list([2], 1) == 3 + number\\n"
        )
        def work(number):
            try:
                for _ in range(3):
                    i = one()
                    i.run(CODE + f"work({number})")
                    i.destroy()
            except BaseException as error:
                failures.append(error)
        threads = [threading.Thread(target=work, args=(10 * n,)) for n in range(4)]
        for thread in threads: thread.start()
        exec(CODE)
        globals()["work"](1000)
        for thread in threads: thread.join()
        assert not failures, failures
        """,
    )


def test_types_belong_to_one_interpreter(folder) -> None:
    """A struct that one interpreter completes, and a callback that it makes, are not seen by another."""
    run(
        folder,
        """
        exec(USE)
        use(1)
        first, second = one(), one()
        for interpreter in (first, second, first):
            interpreter.run(
                "import sys, _shared, _shared_base\\n"
                "assert ffi.typeof('struct pair') is _shared_base.ffi.typeof('struct pair')\\n"
                "assert ffi.typeof('int') is _shared_base.ffi.typeof('int')\\n"
                "assert ffi.typeof(lib.twice) is ffi.typeof('int(*)(int)')\\n"
                "assert ffi.addressof(lib, 'twice') == lib.twice\\n"
            )
        second.destroy()
        first.run("use(4)")
        first.destroy()
        """,
    )


def test_a_function_is_a_function_pointer(folder) -> None:
    """Wrappers would find the types of another interpreter, so functions are called by their types."""
    run(
        folder,
        """
        i = one()
        i.run(
            "assert ffi.typeof(lib.twice).kind == 'function' and lib.twice(3) == 6\\n"
            "for arguments in [(), (1, 2), ('x',), (2**40,)]:\\n"
            "    try: lib.twice(*arguments)\\n"
            "    except (TypeError, OverflowError): pass\\n"
            "    else: raise AssertionError(arguments)\\n"
            "assert sorted(dir(lib))[:2] == ['add', 'answer']\\n"
        )
        i.destroy()
        """,
    )


def test_a_module_that_is_imported_anew(folder) -> None:
    run(
        folder,
        """
        AGAIN = (
            "import importlib\\nold = lib, ffi\\n"
            "for name in [n for n in sys.modules if n.startswith('_shared')]: del sys.modules[name]\\n"
            "import _shared\\nffi, lib = _shared.ffi, _shared.lib\\nassert old == (lib, ffi)\\n"
            "importlib.reload(_shared)\\nassert old == (_shared.lib, _shared.ffi)\\nuse(6)\\n"
        )
        exec(USE + AGAIN)
        for kind in ("legacy", "isolated"):
            i = Interpreter(kind)
            i.run(USE + "use(1)\\n" + AGAIN)
            i.destroy()
        use(7)
        """,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="measures with glibc")
@pytest.mark.skipif(FREE_THREADED, reason="CPython's own memory cannot be measured there")
def test_interpreters_leave_nothing_behind(folder) -> None:
    """CPython loses memory of its own for each interpreter, so that is subtracted."""
    compiled.run(
        folder,
        """
        from tests.memory import heap
        def growth(code):
            def rounds(count):
                for _ in range(count):
                    i = Interpreter("isolated")
                    i.run(code)
                    i.destroy()
                gc.collect()
            rounds(10)
            before = heap()
            rounds(40)
            return (heap() - before) // 40
        empty, used = growth("import cffi, threading"), growth(USE + "use(1)")
        # A state with its types would be 110 kB.
        assert used - empty < 16384, (used, empty)
        """,
        kind="isolated",
        PYTHONMALLOC="malloc",
    )


def test_initialization_from_c_returns_a_module(folder) -> None:
    """C code that calls a module's initialization itself, as an extension module that contains it, gets a module."""
    run(
        folder,
        """
        import ctypes, types
        import _shared_base
        exec(USE)
        for path in (_shared_base.__file__, sys.modules["_shared"].__file__):
            name = path.replace("\\\\", "/").rsplit("/", 1)[1].split(".")[0]
            init = getattr(ctypes.PyDLL(path), "PyInit_" + name)
            init.restype = ctypes.py_object
            made = init()
            assert type(made) is types.ModuleType and made is not sys.modules.get("") and made.lib is not None
            assert made.ffi.typeof("struct pair") is ffi.typeof("struct pair")
        use(2)
        """,
    )


@pytest.mark.skipif(sys.version_info < (3, 14), reason="concurrent.interpreters is new in 3.14")
def test_a_pool_of_interpreters(folder) -> None:
    run(
        folder,
        """
        import concurrent.futures, os, pathlib
        pathlib.Path(os.environ["PYTHONPATH"], "job.py").write_text(
            "from _shared import ffi, lib\\n"
            "def job(n): return lib.total([n, 1], 2) + lib.apply(ffi.callback('int(int)', lambda k: k + 1), n)\\n"
        )
        import job
        with concurrent.futures.InterpreterPoolExecutor(3) as pool:
            assert list(pool.map(job.job, range(30))) == [2 * n + 2 for n in range(30)]
        """,
    )
