"""What the numbers mean: geometric means against the limits, and operations below their floor."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from benches.fixtures import PEERS
from benches.groups import GROUPS
from benches.groups.failures import FAILURES
from benches.measure import Measured
from benches.model import Group

ALL = 2.0
"""The least geometric mean of all counted operations."""
MOST_BYTES = 3_000_000
"""The size of the extension."""


@dataclass(frozen=True)
class Row:
    """A limit and what was reached."""

    text: str
    limit: str
    reached: str
    kept: bool
    rebuilt: str = ""
    """The mean against the stock backend built from source; no limit."""


def mean(measured: Iterable[Measured], role: str = "stock") -> float | None:
    """Returns the geometric mean of the ratios; None without any."""
    ratios = [ratio for one in measured if (ratio := one.against(role)) is not None]
    return statistics.geometric_mean(ratios) if ratios else None


def rows(measured: list[Measured], extension: int) -> list[Row]:
    """Every limit whose operations were measured."""
    result = []
    for group in GROUPS:
        own = [one for one in measured if one.group == group.key]
        if not own:
            continue
        for limit in group.limits:
            limited = [one for one in own if not limit.tag or limit.tag in one.tags]
            text = group.title + (f": {limit.text}" if limit.text else "")
            result += _mean_row(text, limit.ratio, limited)
        if group.twins and (pairs := twins(measured, group)):
            slower = sum(ratio < 1 for ratio in pairs)
            result.append(
                Row(
                    f"{group.title}: no slower than the stock backend's API-mode call",
                    f"{len(pairs)} of {len(pairs)}",
                    f"{len(pairs) - slower} of {len(pairs)}",
                    not slower,
                )
            )
    counted = {group.key for group in GROUPS if group.counted}
    every = [one for one in measured if one.group in counted]
    if {one.group for one in every} == counted:
        result += _mean_row("All operations", ALL, every)
    for text, failing in (("Operations below 0.95", False), ("Operations that fail, below 0.95", True)):
        if any((one.group == FAILURES.key) == failing for one in measured):
            low = [one for one in below(measured) if (one.group == FAILURES.key) == failing]
            result.append(Row(text, "0", str(len(low)), not low))
    result.append(
        Row("Size of the extension", f"{MOST_BYTES:,} bytes", f"{extension:,} bytes", extension <= MOST_BYTES)
    )
    return result


def by_hand(measured: list[Measured]) -> list[tuple[str, float, int]]:
    """For each group and for all, the geometric mean of ours / the C extension by hand, and the number of operations."""
    found = []
    for title, own in [
        *((group.title, [one for one in measured if one.group == group.key]) for group in GROUPS),
        ("All of these", measured),
    ]:
        ratios = [1 / ratio for one in own if (ratio := one.against("limit"))]
        if ratios:
            found.append((title, statistics.geometric_mean(ratios), len(ratios)))
    return found


@dataclass(frozen=True)
class Peer:
    """How ferrocffi compares with another tool."""

    role: str
    ratio: float
    """The geometric mean of ours / the tool's."""
    ahead: int
    """On how many operations ours takes less time."""
    count: int
    behind: list[str]
    """The names of the operations on which it does not."""


def peers(measured: list[Measured]) -> list[Peer]:
    """Returns the comparison with each tool that was measured."""
    found = []
    for role in PEERS:
        ratios = [(one, 1 / ratio) for one in measured if (ratio := one.against(role))]
        if ratios:
            behind = [f"{one.group}: {one.name}" for one, ratio in ratios if ratio >= 1]
            mean_ratio = statistics.geometric_mean(ratio for _, ratio in ratios)
            found.append(Peer(role, mean_ratio, len(ratios) - len(behind), len(ratios), behind))
    return found


def _mean_row(text: str, limit: float, limited: list[Measured]) -> list[Row]:
    reached, rebuilt = mean(limited), mean(limited, "rebuilt")
    if reached is None:
        return []
    beside = f"{rebuilt:.2f}" if rebuilt is not None else ""
    return [Row(text, f"{limit:.2f}", f"{reached:.2f}", reached >= limit, beside)]


def below(measured: list[Measured]) -> list[Measured]:
    """Returns the operations that are slower than their group lets any be."""
    floors = {group.key: group.floor for group in GROUPS}
    return [one for one in measured if one.ratio is not None and one.ratio < floors[one.group]]


def twins(measured: list[Measured], group: Group) -> list[float]:
    """For the operations of a group, what the stock backend takes for the one that it is compared with, over ours."""
    ratios = (one.against("twin") for one in measured if one.group == group.key)
    return [ratio for ratio in ratios if ratio is not None]
