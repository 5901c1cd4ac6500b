"""init_once: one call for each tag, whatever threads and exceptions do."""

from __future__ import annotations

import threading

import _cffi_backend as B
import pytest

pytestmark = pytest.mark.thread_unsafe(reason="the threads would share the FFI whose functions run once")


@pytest.fixture
def ffi():
    return B.FFI()


def test_once_for_each_tag(ffi) -> None:
    calls = []

    def run(tag):
        def call():
            calls.append(tag)
            return len(calls)

        return ffi.init_once(call, tag)

    assert [run(t) for t in ("a", "b", "a", (1, 2), "b", (1, 2))] == [1, 2, 1, 3, 2, 3]
    assert calls == ["a", "b", (1, 2)]
    assert B.FFI().init_once(func=lambda: "other", tag="a") == "other"


def test_exceptions_are_not_kept(ffi) -> None:
    with pytest.raises(ZeroDivisionError):
        ffi.init_once(lambda: 1 // 0, "tag")
    assert ffi.init_once(lambda: 5, "tag") == 5
    with pytest.raises(TypeError, match="unhashable"):
        ffi.init_once(lambda: 5, [])


def test_recursion_is_an_error(ffi) -> None:
    def again():
        return ffi.init_once(again, "tag")

    with pytest.raises(RuntimeError, match=r"init_once\(\) of the tag 'tag' from inside of its own function"):
        ffi.init_once(again, "tag")
    assert ffi.init_once(lambda: ffi.init_once(lambda: 3, "inner"), "tag") == 3


def test_threads_wait_for_the_first(ffi) -> None:
    inside, go, calls, results = threading.Event(), threading.Event(), [], []

    def slow():
        calls.append(threading.get_ident())
        inside.set()
        assert go.wait(30)
        return object()

    threads = [threading.Thread(target=lambda: results.append(ffi.init_once(slow, "tag"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert inside.wait(30)
    # Another tag is not held up.
    assert ffi.init_once(lambda: 1, "other") == 1
    assert results == []
    go.set()
    for thread in threads:
        thread.join(30)
    assert len(calls) == 1
    assert len(results) == 8
    assert len(set(map(id, results))) == 1


def test_a_waiting_thread_tries_after_a_failure(ffi) -> None:
    inside, go = threading.Event(), threading.Event()
    outcomes = []

    def fails():
        inside.set()
        assert go.wait(30)
        raise LookupError

    def first():
        with pytest.raises(LookupError):
            ffi.init_once(fails, "tag")
        outcomes.append("failed")

    def second():
        outcomes.append(ffi.init_once(lambda: "second", "tag"))

    threads = [threading.Thread(target=first)]
    threads[0].start()
    assert inside.wait(30)
    threads.append(threading.Thread(target=second))
    threads[1].start()
    go.set()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["failed", "second"]


def test_a_tag_with_a_python_equality(ffi) -> None:
    class Tag:
        def __init__(self, number):
            self.number = number

        def __hash__(self):
            return 5

        def __eq__(self, other):
            # Comes back while the dict is searched.
            ffi.init_once(lambda: None, ("from", "eq"))
            return self.number == other.number

    assert [ffi.init_once(lambda n=n: n, Tag(n)) for n in (1, 2, 3)] == [1, 2, 3]
    assert ffi.init_once(lambda: None, Tag(2)) == 2
