"""`extern "Python"` functions."""

from __future__ import annotations

import threading

import pytest

pytestmark = pytest.mark.thread_unsafe(reason="each test attaches functions of its own to the one module")


def test_the_latest_function_counts(ffi, lib) -> None:
    @ffi.def_extern()
    def on_event(a: int, b: float) -> int:
        return a + int(b)

    assert lib.send_event(1, 2.0) == 3

    @ffi.def_extern(name="on_event")
    def other(a: int, b: float) -> int:
        return a * int(b)

    assert lib.send_event(3, 4.0) == 12
    assert lib.on_event(3, 4.0) == 12


def test_structs_and_long_doubles_go_by_address(ffi, lib) -> None:
    @ffi.def_extern()
    def on_point(point, factor):
        return [int(point.x * float(factor)), point.y]

    result = lib.send_point(2, 3, 10.0)
    assert (result.x, result.y) == (20, 3)


def test_nothing_attached(ffi, capfd) -> None:
    import subprocess
    import sys

    path = sys.modules["_exports_test"].__file__
    code = (
        "import importlib.util as u; s = u.spec_from_file_location('_exports_test', "
        f"{path!r}); m = u.module_from_spec(s); print(m.lib.send_event(1, 2.0))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"
    assert done.stderr == (
        'extern "Python": function _exports_test.on_event() called, but no code was attached to it yet with '
        "@ffi.def_extern().  Returning 0.\n"
    )


def test_error_and_onerror(ffi, lib) -> None:
    seen = []

    def handler(kind, value, traceback):
        seen.append((kind, str(value)))
        return 99 if value.args == (2,) else None

    @ffi.def_extern(error=-7, onerror=handler)
    def on_event(a: int, b: float) -> int:
        raise KeyError(a)

    assert lib.send_event(1, 0.0) == -7
    assert lib.send_event(2, 0.0) == 99
    assert seen == [(KeyError, "1"), (KeyError, "2")]


def test_what_cannot_be_attached(ffi) -> None:
    with pytest.raises(ffi.error, match="no 'extern \"Python\"' function with this name"):
        ffi.def_extern("nope")(abs)
    with pytest.raises(ffi.error, match="no 'extern \"Python\"' function with this name"):
        ffi.def_extern("add")(abs)
    with pytest.raises(TypeError, match="expected a callable object, not int"):
        ffi.def_extern("on_event")(5)
    with pytest.raises(TypeError):
        ffi.def_extern("on_event", error="x")(abs)
    with pytest.raises(TypeError, match="must be str or None, not int"):
        ffi.def_extern(5)(abs)


def test_many_threads(ffi, lib) -> None:
    @ffi.def_extern()
    def on_event(a: int, b: float) -> int:
        return a + 1

    wrong = []

    def work(first: int) -> None:
        wrong.extend(i for i in range(first, first + 500) if lib.send_event(i, 0.0) != i + 1)

    threads = [threading.Thread(target=work, args=(n * 1000,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        ffi.def_extern("on_event")(on_event)
    for thread in threads:
        thread.join()
    assert wrong == []


def test_threads_that_python_does_not_know(ffi, lib) -> None:
    idents = []

    @ffi.def_extern()
    def on_event(a: int, b: float) -> int:
        idents.append(threading.get_ident())
        return a * 2

    assert [lib.send_from_thread(i, 0.0) for i in range(20)] == [2 * i for i in range(20)]
    assert threading.get_ident() not in idents
