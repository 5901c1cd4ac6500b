"""What `make test` and continuous integration do with their parts."""

from __future__ import annotations

import pytest

from ci import everything
from ci.parts import CLOSING, Part, conclude, needed, run_all
from ci.test import PARTS

FINE = Part("fine", ("json.tool", "--help"))
BROKEN = Part("broken", ("json.tool", "--no-such-option"))
LATER = Part("later", ("this",), after=("broken",))


def test_every_part_runs_to_its_end(capfd) -> None:
    ended = run_all([LATER, BROKEN, FINE], whole=True)
    assert [(done.part.name, done.code == 0) for done in ended] == [
        ("later", True),
        ("broken", False),
        ("fine", True),
    ]
    said = capfd.readouterr().out
    assert said.index("== broken") < said.index("== later")
    assert "The Zen of Python" in said.partition("== later")[2]


def test_each_part_is_named_and_only_the_output_of_failures_is_shown(capfd) -> None:
    ended = run_all([BROKEN, LATER], whole=False)
    assert conclude("make test", ended, 5) == 1
    out, error = capfd.readouterr()
    assert "-- broken begins" in error and "-- broken FAILED (exit code 2) after" in error
    assert "-- later begins" in error and "-- later held after" in error
    assert "no-such-option" in out
    assert "The Zen of Python" not in out
    assert out.splitlines()[-1] == "make test: later held; broken FAILED (5 s)"


def test_the_last_line_says_that_all_held(capfd) -> None:
    assert conclude("make test", run_all([FINE, LATER], whole=False), 5.4) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "make test: fine, later held (5 s)"


def test_no_part_is_no_success(capfd) -> None:
    assert conclude("make test", [], 0) == 1
    assert capfd.readouterr().out.splitlines()[-1] == "make test: nothing held (0 s)"


def test_what_make_test_has_done_is_not_done_again(monkeypatch) -> None:
    monkeypatch.setenv("PYTHONS", "")
    (here,) = everything.test.covered()
    names = [part.name for part in everything.parts(whole=False)]
    assert f"build-{here}" in names
    assert f"python-{here}" not in names
    assert not {part.name for part in PARTS} & set(names)
    assert len(names) == len(set(names))


def test_a_part_brings_what_it_comes_after() -> None:
    assert needed(["later"], [FINE, BROKEN, LATER]) == [BROKEN, LATER]


@pytest.mark.parametrize(
    "line",
    [
        "test result: ok. 6 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        "1 failed, 1728 passed in 370.00s (0:06:10)",
        "upstream: 18 of 19 suites hold",
        "clients: 36 hold, 0 lose something, 0 not run",
        "lint: clippy, mypy failed",
        "Python tests: passed on 4 of 4 interpreters",
    ],
)
def test_what_runners_say_last_is_repeated(line: str) -> None:
    assert CLOSING.fullmatch(line)


def test_what_else_they_say_is_not() -> None:
    for line in ("test result: ok. 0 passed; 0 failed", "tests/a.py::b PASSED", "warning: 2 errors"):
        assert not CLOSING.fullmatch(line)
