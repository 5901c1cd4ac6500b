"""Tests that a process ends in order while its threads are busy.

Operations share processes here, and each runs once or twice; `python -m tests.exit` repeats them many times.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exit import compiled, operations
from tests.exit.__main__ import verdict

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the C code uses POSIX threads")

GROUP = 6
"""The number of operations in one process."""

ALONE = ("c_joined", "c_holding", "written_to", "unraisable_hook", "traced", "foreign")
"""Prefixes of operations that change the process for others, or wait for something at its end."""


def groups() -> Iterator[list[str]]:
    """Yields the operations in groups, one group for each process."""
    together = [name for name in operations.OPERATIONS if not name.startswith(ALONE)]
    rest = [name for name in operations.OPERATIONS if name.startswith(ALONE)]
    yield from (together[i::GROUP] for i in range(GROUP))
    yield from ([name] for name in rest)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the folder with the compiled code."""
    path = tmp_path_factory.mktemp("exit")
    try:
        compiled.build(path)
    except RuntimeError as error:
        pytest.skip(str(error))
    return path


@pytest.mark.parametrize("names", list(groups()), ids=lambda names: f"{names[0]}-and-{len(names) - 1}")
def test_the_process_ends(folder: Path, names: list[str]) -> None:
    if names[0].startswith("foreign") and not (folder / compiled.FOREIGN).exists():
        pytest.skip("no C++ compiler")
    if names[0] in operations.WAITED_FOR and not operations.THREADS_COME_BACK:
        pytest.skip("CPython 3.14 stops threads for good, and the stock backend hangs here too")
    assert verdict(folder, *names) == ""
