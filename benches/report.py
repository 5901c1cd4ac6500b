"""The Markdown table and the JSON record."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from benches import verdict
from benches.groups import GROUPS
from benches.measure import ROLES, Effort, Measured
from benches.model import Group

HEADS = {
    "stock": "stock",
    "rebuilt": "stock, from source",
    "ours": "ferrocffi",
    "ctypes": "ctypes",
    "extension": "C extension, GIL kept",
    "limit": "C extension by hand",
    "cython": "Cython",
    "cython_errno": "Cython, errno kept",
    "nanobind": "nanobind",
    "pybind11": "pybind11",
    "pyo3": "PyO3",
    "twin": "stock, API mode",
}


@dataclass(frozen=True)
class Conditions:
    """Where, when and on what it was measured."""

    python: str
    cffi: str
    machine: str
    commit: str
    date: str
    load: float
    """Processes that wanted to run, on average over the minute before."""
    processors: int
    effort: Effort
    extension: int
    """Bytes of our extension module."""
    absent: dict[str, str]
    """Which peers are left out, and why."""


def markdown(measured: list[Measured], conditions: Conditions, stem: str) -> str:
    """Returns the whole report; the charts' names begin with `stem`."""
    lines = [
        f"# Benchmarks on CPython {conditions.python}",
        "",
        f"Made by `make bench` on {conditions.date}, revision {conditions.commit}: {conditions.machine}, "
        f"{conditions.processors} processors, load {conditions.load:.1f} when it began; cffi {conditions.cffi}; "
        f"times: best of {conditions.effort.rounds} runs of {conditions.effort.seconds * 1000:g} ms each, in turn; ratios: the "
        "median of what each turn says. "
        "How: [README](README.md).",
        "",
        f"![Bars of the geometric mean of each group]({stem}-summary.svg)",
        "",
        "Ratio: time of the stock backend / time of ferrocffi. Above 1 ferrocffi is faster. The limits are this project's "
        "own; the last column has the same mean against the stock backend built from source, which has no limit.",
        "",
        "| | limit | reached | kept | stock from source |",
        "|---|---|---|---|---|",
    ]
    for row in verdict.rows(measured, conditions.extension):
        lines.append(
            f"| {row.text} | {row.limit} | {row.reached} | {'yes' if row.kept else '**no**'} | {row.rebuilt} |"
        )
    if by_hand := verdict.by_hand(measured):
        lines += [
            "",
            "Time of ferrocffi / time of a C extension that does the same by hand (it lets go of the GIL, keeps errno, checks "
            "indices and keeps owners of memory alive), over the operations that it has:",
            "",
            "| | ferrocffi / C by hand | operations |",
            "|---|--:|--:|",
            *(f"| {text} | {ratio:.2f} | {count} |" for text, ratio, count in by_hand),
        ]
    if peers := verdict.peers(measured):
        lines += [
            "",
            "Other tools, each with a module made for this library, on the operations that both have. Their functions let go of "
            "the GIL where the table of the operation says nothing else, and none of them keeps errno:",
            "",
            "| | time of ferrocffi / its time | ferrocffi is faster | slower on |",
            "|---|--:|--:|---|",
            *(
                f"| {HEADS[row.role]} | {row.ratio:.2f} | {row.ahead} of {row.count} | {'; '.join(row.behind)} |"
                for row in peers
            ),
        ]
    if conditions.absent:
        missing = ", ".join(f"{HEADS[role]} ({why})" for role, why in conditions.absent.items())
        lines += ["", f"Left out: {missing}."]
    for group in GROUPS:
        own = [one for one in measured if one.group == group.key]
        if own:
            lines += ["", *_table(group, own)]
    lines += ["", "## Every operation", "", f"![Bars of the ratios of all operations]({stem}.svg)"]
    return "\n".join(lines) + "\n"


def _table(group: Group, own: list[Measured]) -> list[str]:
    roles = [role for role in ROLES if any(role in one.best or role in one.lost for one in own)]
    heads = [HEADS[role] for role in roles]
    units = sorted({one.unit for one in own})
    lines = [f"## {group.title}", ""]
    if group.note:
        lines += [group.note, ""]
    lines += [
        f"| {units[0] if len(units) == 1 else 'operation'} | {' | '.join(heads)} | ratio |",
        "|---" + "|--:" * (len(heads) + 1) + "|",
    ]
    for one in own:
        unit = f" {one.unit}" if len(units) > 1 else ""
        cells = [
            _number(one.best[role]) + unit if role in one.best else ("failed" if role in one.lost else "")
            for role in roles
        ]
        ratio = f"{one.ratio:.2f}" if one.ratio is not None else ""
        if one.ratio is not None and one.ratio < group.floor:
            ratio = f"**{ratio}**"
        lines.append(f"| {one.name.replace('|', chr(92) + '|')} | {' | '.join(cells)} | {ratio} |")
    reached = verdict.mean(own)
    if reached is not None:
        lines.append(f"| *geometric mean* |{' |' * len(heads)} {reached:.2f} |")
    failed = [(one.name, role, why) for one in own for role, why in one.lost.items()]
    if failed:
        lines += ["", *(f"Failed: {name}, {HEADS[role]}: `{why}`" for name, role, why in failed)]
    return lines


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def record(measured: list[Measured], conditions: Conditions) -> str:
    """Returns the results as JSON, with the medians."""
    operations: list[dict[str, Any]] = [
        {
            "group": one.group,
            "name": one.name,
            "unit": one.unit,
            "tags": sorted(one.tags),
            "ratio": None if one.ratio is None else round(one.ratio, 3),
            "best": {role: round(value, 4) for role, value in one.best.items()},
            "median": {role: round(value, 4) for role, value in one.median.items()},
            "ratios": {role: round(value, 3) for role, value in one.ratios.items()},
            **({"failed": one.lost} if one.lost else {}),
        }
        for one in measured
    ]
    about = {**conditions.__dict__, "effort": conditions.effort.__dict__}
    means = {
        group.key: round(reached, 3)
        for group in GROUPS
        if (reached := verdict.mean(one for one in measured if one.group == group.key)) is not None
    }
    return json.dumps({"conditions": about, "means": means, "operations": operations}, indent=1) + "\n"
