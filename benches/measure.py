"""Timing an operation on all roles in turn."""

from __future__ import annotations

import os
import statistics
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field

from benches.fixtures import PEERS
from benches.groups import twin
from benches.model import Group, Operation, Script
from benches.pool import Lost, Pool, Worker
from benches.prepare import ENVIRONMENT, Bench
from benches.worker import code_for
from ci.project import ROOT

ROLES = ("stock", "rebuilt", "ours", "ctypes", "extension", "limit", *PEERS, "twin")
"""All ways; `rebuilt` is the stock backend compiled from source, with optimisation, `limit` the C extension that does by hand
what cffi does, and `twin` the operation of the same name in the group's `twins` on the stock backend, in turn with the
others since it is compared with them."""


@dataclass(frozen=True)
class Effort:
    """How long to measure."""

    rounds: int
    seconds: float
    """The length of one short run."""


FULL = Effort(25, 0.003)
QUICK = Effort(8, 0.001)


@dataclass
class Measured:
    """The outcome for one operation."""

    group: str
    name: str
    unit: str
    tags: frozenset[str]
    best: dict[str, float] = field(default_factory=dict)
    """The least number by role."""
    median: dict[str, float] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    """That role / ours: the median of what the rounds say, in each of which they follow one another."""
    lost: dict[str, str] = field(default_factory=dict)
    """Why a role has no number."""

    @property
    def ratio(self) -> float | None:
        """Stock / ours: above 1 ours is better."""
        return self.against("stock")

    def against(self, role: str) -> float | None:
        """That role / ours."""
        return self.ratios.get(role)


def measure(bench: Bench, group: Group, effort: Effort) -> Iterator[Measured]:
    """Measures the operations of a group one after the other, with workers of their own."""
    absent = {role for role, there in (("rebuilt", bench.rebuilt), ("twin", group.twins)) if not there}
    absent |= set(bench.absent)
    roles = tuple(role for role in ROLES if role not in absent)
    with Pool(bench, roles) as pool:
        for index, operation in enumerate(group.operations):
            if isinstance(operation, Script):
                yield _script(bench, group, operation, effort)
            else:
                yield _operation(pool, group, index, operation, effort)


def _operation(pool: Pool, group: Group, index: int, operation: Operation, effort: Effort) -> Measured:
    result = Measured(group.key, operation.name, "ns", operation.tags)
    active: dict[str, Worker] = {}
    for role, worker in pool.workers.items():
        place = twin(group, operation) if role == "twin" else (group.key, index)
        if place is None or code_for(role, operation) is None:
            continue
        try:
            worker.ask(prepare=place, budget=effort.seconds)
            active[role] = worker
        except Lost as error:
            result.lost[role] = str(error)
    runs: dict[str, list[float]] = {role: [] for role in active}
    for turn in range(effort.rounds):
        # Turned around each time: whoever comes second finds warmer caches and a raised clock.
        for role in list(active)[:: -1 if turn % 2 else 1]:
            try:
                runs[role].append(active[role].ask(run=True)["ns"])
            except Lost as error:
                result.lost[role] = str(error)
                del active[role]
    return _summed_up(result, {role: runs[role] for role in active})


def _script(bench: Bench, group: Group, script: Script, effort: Effort) -> Measured:
    result = Measured(group.key, script.name, script.unit, script.tags)
    rounds = script.rounds if effort is FULL else min(script.rounds, 6)
    runs: dict[str, list[float]] = {"stock": [], "ours": []}
    if bench.rebuilt:
        runs["rebuilt"] = []
    path = os.pathsep.join([ENVIRONMENT["PYTHONPATH"], str(bench.build)])
    for _ in range(rounds):
        for role in [role for role in runs if role not in result.lost]:
            done = subprocess.run(
                [bench.python(role), "-c", script.source],
                cwd=ROOT,
                env={**os.environ, **ENVIRONMENT, "PYTHONPATH": path},
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                last = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
                result.lost[role] = last[0]
            else:
                runs[role].append(float(done.stdout))
    return _summed_up(result, {role: numbers for role, numbers in runs.items() if role not in result.lost})


def _summed_up(result: Measured, runs: dict[str, list[float]]) -> Measured:
    for role, numbers in runs.items():
        result.best[role] = min(numbers)
        result.median[role] = statistics.median(numbers)
        if ours := runs.get("ours"):
            rounds = zip(numbers, ours, strict=True)
            result.ratios[role] = statistics.median(other / max(own, 1e-9) for other, own in rounds)
    return result
