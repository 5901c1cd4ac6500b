"""The doctor's page names every field of its JSON, every option and every group of benchmarks."""

from __future__ import annotations

import dataclasses
import re

from ferrocffi.benchmark import Outcome, Step
from ferrocffi.cli import bench
from ferrocffi.compare import Comparison, Run
from ferrocffi.search import Candidate
from ferrocffi.selftest import Result
from ferrocffi.status import Status

from benches.groups import GROUPS
from tests.docs.blocks import DOCS

PAGE = (DOCS / "guide" / "doctor.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", PAGE))


def test_fields_of_the_json() -> None:
    shown = (Status, Candidate, Result)
    fields = {field.name for cls in shown for field in dataclasses.fields(cls)}
    assert fields - NAMED == set()
    of_bench = {field.name for field in dataclasses.fields(Outcome)} - {"last"}
    assert of_bench - NAMED == set()
    assert {field.name for field in dataclasses.fields(Step)} - {"total"} - NAMED == set()
    for cls in (Comparison, Run):
        assert {field.name for field in dataclasses.fields(cls)} - NAMED == set()


def test_options_and_groups_of_bench() -> None:
    options = {name for parameter in bench.params for name in parameter.opts if name.startswith("--")}
    assert {name for name in options if not any(code.split()[0] == name for code in NAMED)} == set()
    assert {group.key for group in GROUPS} - NAMED == set()
