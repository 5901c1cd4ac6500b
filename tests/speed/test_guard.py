"""The guard's own arithmetic, and that the operations that it names exist."""

from __future__ import annotations

import pytest

from tests.speed.callgrind import Count, read
from tests.speed.operations import GUARDED, code
from tests.speed.record import Made, compare, load, save

PART = """\
version: 1
positions: line
events: Ir
ob=/venv/site-packages/_cffi_backend/__init__.cpython-311.so
fl=a.rs
fn=call
10 40
11 2
cob=/lib/libpython3.11.so
cfn=PyLong_FromLong
calls=1 5
12 900
13 1
ob=/lib/libpython3.11.so
fn=PyLong_FromLong
5 100
totals: 143
"""


def test_costs_are_summed_by_object_without_those_of_callees():
    assert read(PART.splitlines(keepends=True)) == Count(43, 143)


@pytest.mark.parametrize("name", GUARDED)
def test_every_guarded_operation_is_one_of_the_suite(name):
    assert code(name).statement


def test_growth_beyond_the_margin_is_found(tmp_path):
    made = Made("3.11", "x86_64", "release", "rustc")
    path = tmp_path / "recorded.json"
    save("3.11", made, {"a": Count(100, 200), "b": Count(100, 200)}, path)
    changes = compare(load(path)["3.11"], made, {"a": Count(112, 200), "b": Count(114, 200)})
    assert [(change.name, change.kind) for change in changes if change.slower] == [("b", "own")]


def test_another_interpreter_is_not_held_to_the_total(tmp_path):
    path = tmp_path / "recorded.json"
    save("3.11", Made("3.11.1", "x86_64", "release", "rustc"), {"a": Count(100, 200)}, path)
    changes = compare(
        load(path)["3.11"], Made("3.11.2", "x86_64", "release", "rustc"), {"a": Count(100, 900)}
    )
    assert [change.kind for change in changes] == ["own"] and not changes[0].slower
