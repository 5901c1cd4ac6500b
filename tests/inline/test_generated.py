"""Generated declarations: the ctypes are those that the front end in Python makes of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.inline import generated

DESCRIBE = Path(__file__).with_name("describe.py")


def answers(which: str, cases: list[Any]) -> list[Any]:
    """Returns the answers of one front end, from a process of its own."""
    done = subprocess.run(
        [sys.executable, DESCRIBE, which],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "FERROCFFI_CDEF": "0"},
    )
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("first", [0, 100, 200, 10_000])
def test_types_are_those_of_the_python_front_end(first: int) -> None:
    cases = [generated.case(seed) for seed in range(first, first + 100)]
    compared = refused = 0
    for case, ours, theirs in zip(cases, answers("ours", cases), answers("stock", cases), strict=True):
        ((text, keywords),), strings = case
        refused += ours[0] is not None
        if ours[0] is not None or theirs[0] is not None:
            # C has no functions that return arrays; the front end in Python knows no such rule.
            assert not (ours[0] is None and theirs[0] is not None), (text, keywords)
            continue
        for string, got, wanted in zip(strings, ours[1:], theirs[1:], strict=True):
            compared += 1
            if isinstance(got, list) and isinstance(wanted, list):
                continue
            assert got == wanted, (text, keywords, string)
    assert compared > 1000
    assert refused <= 2
