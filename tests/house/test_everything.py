"""What continuous integration does with its parts."""

from __future__ import annotations

import pytest

from ci.everything import CLOSING, Part, needed, run_all

FINE = Part("fine", ("json.tool", "--help"))
BROKEN = Part("broken", ("json.tool", "--no-such-option"))
LATER = Part("later", ("this",), after=("broken",))


def test_every_part_runs_to_its_end(capfd) -> None:
    ended = run_all([LATER, BROKEN, FINE], lanes=2)
    assert [(done.part.name, done.code == 0) for done in ended] == [
        ("later", True),
        ("broken", False),
        ("fine", True),
    ]
    said = capfd.readouterr().out
    assert said.index("== broken") < said.index("== later")
    assert "The Zen of Python" in said.partition("== later")[2]


def test_a_failure_is_in_the_report() -> None:
    (done,) = run_all([BROKEN], lanes=1)
    assert next(done.report()).startswith("broken         FAILED (exit code 2) in ")


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
