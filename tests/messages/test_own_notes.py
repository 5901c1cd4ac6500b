"""Notes are used again once nobody has them: no exception sees those of another, or what was done to them."""

from __future__ import annotations

import gc
import sys
import weakref

import cffi
import pytest

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="exceptions have no notes")

LINE = "item 1 of 'int[3]': expected 'int', got str (int(x) parses a string)"


@pytest.fixture
def array() -> object:
    return cffi.FFI().new("int[3]")


def failure(array: object, index: int = 1) -> TypeError:
    """Returns what the same wrong value raises."""
    with pytest.raises(TypeError) as caught:
        array[index] = "text"  # type: ignore[index]
    error = caught.value
    error.__traceback__ = None
    return error


def notes(error: BaseException) -> list[str]:
    found: list[str] = getattr(error, "__notes__", [])
    return found


def test_two_at_a_time_have_their_own(array: object) -> None:
    first, second = failure(array), failure(array)
    assert notes(first) == notes(second) == [LINE]
    assert notes(first) is not notes(second)
    first.add_note("only here")  # type: ignore[attr-defined,unused-ignore]
    assert notes(first) == [LINE, "only here"]
    assert notes(second) == notes(failure(array)) == [LINE]


def test_what_was_done_to_notes_is_not_seen_later(array: object) -> None:
    def add(lines: list[str]) -> None:
        lines.append("more")

    def change(lines: list[str]) -> None:
        lines[0] = "other"

    for act in (add, change, list.clear, list.sort):
        error = failure(array)
        act(notes(error))
        del error
        assert notes(failure(array)) == [LINE], act


def test_notes_that_somebody_keeps_stay_as_they_are(array: object) -> None:
    kept = notes(failure(array))
    again = failure(array)
    again.add_note("more")  # type: ignore[attr-defined,unused-ignore]
    assert kept == [LINE]
    assert notes(again) is not kept


def test_places_are_told_apart(array: object) -> None:
    for _ in range(3):
        for index in range(3):
            assert notes(failure(array, index)) == [LINE.replace("item 1", f"item {index}")]


def test_attributes_of_an_exception_go_with_it(array: object) -> None:
    class Attached:
        pass

    error, attached = failure(array), Attached()
    error.attached = attached  # type: ignore[attr-defined]
    gone = weakref.ref(attached)
    del error, attached
    gc.collect()
    assert gone() is None
    assert notes(failure(array)) == [LINE]
