"""The page of whole programs has each program of the suite once, and tells no difference where runs overlap."""

from __future__ import annotations

import re

import pytest

from benches.programs import __main__ as programs
from tests.docs.blocks import DOCS

PAGE = (DOCS / "benchmarks" / "programs.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.splitlines() if line.startswith("| ")
][1:]


def found(stock: list[float], ours: list[float]) -> dict[str, list[dict[str, object]]]:
    """Runs in the form of ``ferrocffi bench --json``."""
    return {
        "runs": [{"backend": "stock", "seconds": value} for value in stock]
        + [{"backend": "ferrocffi", "seconds": value} for value in ours]
    }


def test_the_page_has_each_program() -> None:
    wanted = sorted(programs.described(program) for program in programs.PROGRAMS)
    assert len(wanted) >= 16
    assert sorted((row[0].rpartition(" ")[0], row[1]) for row in ROWS) == wanted


def test_the_rows_are_in_order_and_counted() -> None:
    ratios = [float(row[2].removeprefix("≈ ")) for row in ROWS]
    assert ratios == sorted(ratios, reverse=True)
    clear = [ratio for ratio, row in zip(ratios, ROWS, strict=True) if not row[2].startswith("≈")]
    faster = sum(ratio > 1 for ratio in clear)
    assert f"{faster} of {len(ROWS)} programs are faster, {len(ROWS) - len(clear)} show no difference" in PAGE
    assert all(re.fullmatch(r"\S+ \d[\w.]*", row[0]) for row in ROWS)


@pytest.mark.parametrize(
    ("stock", "ours", "expected"),
    [([2, 3], [1, 1.5], False), ([1, 1.5], [2, 3], False), ([1, 3], [2, 4], True), ([1, 1], [1, 1], True)],
)
def test_overlaps(stock: list[float], ours: list[float], expected: bool) -> None:
    assert programs.overlaps(found(stock, ours), "seconds") is expected
