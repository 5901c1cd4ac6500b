"""The committed counts, and the comparison with them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.speed.callgrind import Count

RECORD = Path(__file__).resolve().parent / "recorded.json"
MARGIN = 0.10
"""The part by which an operation may grow."""
SLACK = 3.0
"""Instructions that it may grow by besides, so that the short ones are not held to less than one."""


@dataclass(frozen=True)
class Made:
    """What the counts depend on."""

    python: str
    """The whole version text, which names the compiler of the interpreter too."""
    machine: str
    profile: str
    rustc: str


@dataclass(frozen=True)
class Change:
    """One operation, then and now."""

    name: str
    kind: str
    """`own` or `total`."""
    then: float
    now: float

    @property
    def slower(self) -> bool:
        """Whether it grew by more than the margin."""
        return self.now > self.then * (1 + MARGIN) + SLACK

    @property
    def faster(self) -> bool:
        """Whether it shrank by so much that the record no longer guards it."""
        return self.now < self.then * (1 - MARGIN) - SLACK


def load(path: Path = RECORD) -> dict[str, Any]:
    """All that is recorded, by version of Python; empty before the first record."""
    return json.loads(path.read_text()) if path.exists() else {}


def save(version: str, made: Made, counts: dict[str, Count], path: Path = RECORD) -> None:
    """Replaces the record of one version."""
    everything = load(path)
    operations = {
        name: {"own": round(count.own, 1), "total": round(count.total, 1)} for name, count in counts.items()
    }
    everything[version] = {"made": asdict(made), "operations": operations}
    path.write_text(json.dumps(dict(sorted(everything.items())), indent=1) + "\n")


def compare(recorded: dict[str, Any], made: Made, counts: dict[str, Count]) -> list[Change]:
    """Returns every operation that is in both. The total counts only on the very same interpreter."""
    kinds = ["own", "total"] if recorded["made"]["python"] == made.python else ["own"]
    return [
        Change(name, kind, recorded["operations"][name][kind], getattr(count, kind))
        for name, count in counts.items()
        if name in recorded["operations"]
        for kind in kinds
    ]
