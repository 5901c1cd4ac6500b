"""The comparison of ``console`` blocks accepts what may differ, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ci import call_picture
from tests.docs.console import Session, agree, mismatch, sessions


def test_commands_and_what_they_print() -> None:
    text = "$ one\nfirst\nsecond\n$ two \\\n  more\n"
    assert list(sessions(text)) == [Session("one", "first\nsecond\n"), Session("two \\\n  more", "")]


@pytest.mark.parametrize(
    ("wanted", "got", "equal"),
    [
        ("750 names\n", "749 names\n", True),
        ("at 0x12ab, line 3\n", "at 0xff, line 4\n", True),
        ("a ... z\n", "a b c z\n", True),
        ("File x\n  f()\n", "File x\n  f()\n  ^^^\n", True),
        ("written\n", "unchanged\n", False),
        ("one\n", "one\ntwo\n", False),
        ("3 checks hold\n", "3 checks failed\n", False),
    ],
)
def test_agreement(wanted: str, got: str, equal: bool) -> None:
    assert agree(wanted, got) is equal


def test_notes_may_be_missing_where_there_are_none() -> None:
    assert agree("error\nnote\n", "error\n", notes=False)
    assert not agree("error\nnote\n", "error\n")
    assert not agree("error\nnote\n", "other\n", notes=False)


def test_a_command_is_run() -> None:
    program = f'"{sys.executable}" -c "print(6 * 7)"'
    assert mismatch(Session(program, "1\n")) == ""
    assert "expected:\nno number" in mismatch(Session(program, "no number\n"))


def test_pictures_of_a_call_are_those_of_the_program() -> None:
    for name, svg in call_picture.pictures().items():
        assert Path(call_picture.ASSETS / name).read_text(encoding="utf-8") == svg
