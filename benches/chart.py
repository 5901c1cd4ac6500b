"""The charts, as SVG without any library: each operation, and the means of the groups. Logarithmic scales of ratios.

A picture in a page cannot know the page's colours, so each brings its own card, for light and for dark screens.
``python3 -m benches.chart RECORD.json`` draws those of a recorded run anew.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from benches import verdict
from benches.groups import GROUPS
from benches.measure import Measured
from benches.model import Group

_TICKS = (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128)
TIMES = "\N{MULTIPLICATION SIGN}"
_STYLE = """
text{font:12px system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;fill:#333}
.card{fill:#fff;stroke:#ddd}.title{font-size:16px;font-weight:700}.sub,.scale{fill:#666}.band{fill:#f4efec}
.head{font-weight:700}.mean{font-weight:700;text-anchor:end}.name{text-anchor:end}.scale{text-anchor:middle}
.faster{fill:#b5532a}.slower{fill:#7a7f87}.value{fill:#444}.tick{stroke:#e6e2df}.one{stroke:#555}
.source{stroke:#222;stroke-width:2}.over{stroke:#fff;stroke-width:5px;paint-order:stroke}
@media (prefers-color-scheme:dark){
text{fill:#ddd}.card{fill:#211d1b;stroke:#433}.sub,.scale{fill:#a49c97}.band{fill:#2d2724}.faster{fill:#d9764a}
.slower{fill:#8d929a}.value{fill:#ccc}.tick{stroke:#38322f}.one{stroke:#aaa}.source{stroke:#f4f0ee}.over{stroke:#211d1b}}
""".replace("\n", "")


@dataclass(frozen=True)
class _Scale:
    """From ratios to places across."""

    low: float
    high: float
    left: float
    width: float

    def across(self, ratio: float) -> float:
        """Returns where a ratio lies; what is off the scale lies at its end."""
        inside = min(max(ratio, self.low), self.high)
        return self.left + self.width * math.log(inside / self.low) / math.log(self.high / self.low)

    def grid(self, top: float, bottom: float) -> list[str]:
        """Lines and numbers."""
        parts = []
        for tick in _TICKS:
            if self.low <= tick <= self.high:
                x = self.across(tick)
                kind = "one" if tick == 1 else "tick"
                parts.append(f'<line class="{kind}" x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}"/>')
                parts.append(f'<text class="scale" x="{x:.1f}" y="{top - 5}">{tick:g}{TIMES}</text>')
        return parts

    def bar(self, y: float, height: float, ratio: float, kind: str, source: float | None) -> list[str]:
        """Returns a bar from 1 to a ratio, its number behind it, and a mark for the stock backend built from source."""
        left, right = sorted((self.across(1), self.across(ratio)))
        label = max(right, self.across(source) if source else right) + 6
        width = max(right - left, 1)
        parts = [
            f'<rect class="{kind}" x="{left:.1f}" y="{y}" width="{width:.1f}" height="{height}" rx="1.5"/>',
            f'<text class="value" x="{label:.1f}" y="{y + height / 2 + 4}">{ratio:.2f}</text>',
        ]
        if source:
            x = self.across(source)
            parts.append(
                f'<line class="source" x1="{x:.1f}" y1="{y - 2}" x2="{x:.1f}" y2="{y + height + 2}"/>'
            )
        return parts


def _scale(ratios: Sequence[float], left: float, width: float) -> _Scale:
    return _Scale(min([0.5, *(r * 0.9 for r in ratios)]), max([2.2, *ratios]) * 1.05, left, width)


def _card(width: float, height: float, title: str, subtitle: str, parts: list[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{escape(title)}">\n<style>{_STYLE}</style>\n'
        f'<rect class="card" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>\n'
        f'<text class="title" x="20" y="31">{escape(title)}</text>\n'
        f'<text class="sub" x="20" y="51">{escape(subtitle)}</text>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _title_of(group: Group) -> str:
    return group.title.replace("`", "")


def _timed(measured: list[Measured], group: Group) -> list[Measured]:
    return [
        one for one in measured if one.group == group.key and one.ratio is not None and one.unit != "bytes"
    ]


LABELS = {
    "abi": "calls, in-line and ABI mode",
    "abi-struct": "variadic calls, structs by value",
    "api": "calls, compiled modules",
    "callbacks": "callbacks",
    "functions": "new, cast, string, memmove, buffers",
    "bulk": "lists of 1,000 numbers to and from C",
    "access": "fields, items, arithmetic, comparison",
    "types": "types: parsing, typeof, sizeof",
    "front-end": "methods of cffi.FFI",
    "costs": "start-up and import",
}
"""The groups of the summary, with shorter titles: those in which both backends do the same."""


def title(python: str, date: str) -> str:
    """Returns the heading of both charts."""
    return f"ferrocffi beside the stock backend, CPython {python}, {date}"


SUBTITLE = "How many times faster than the stock backend of the wheel; the mark: than one built from source"


def svg(measured: list[Measured], heading: str) -> str:
    """One bar per operation, by group. To the right of the line at 1 are those that are faster than stock."""
    line, head, left, width = 18, 34, 340, 440
    ratios = [one.ratio for group in GROUPS for one in _timed(measured, group) if one.ratio is not None]
    scale = _scale(ratios, left, width)
    parts: list[str] = []
    y: float = 84
    for group in GROUPS:
        own = _timed(measured, group)
        reached = verdict.mean(own)
        if reached is None:
            continue
        parts.append(
            f'<rect class="band" x="12" y="{y + 4}" width="{left + width + 56}" height="{head - 10}" rx="4"/>'
        )
        parts.append(f'<text class="head" x="20" y="{y + 20}">{escape(_title_of(group))}</text>')
        parts.append(
            f'<text class="mean" x="{left + width + 60}" y="{y + 20}">mean {reached:.2f}{TIMES}</text>'
        )
        y += head
        for one in own:
            ratio = one.ratio or scale.low
            kind = "slower" if ratio < group.floor else "faster"
            parts.append(f'<text class="name" x="{left - 10}" y="{y + 12}">{escape(one.name)}</text>')
            parts += scale.bar(y + 2, line - 6, ratio, kind, one.against("rebuilt"))
            y += line
    height = round(y + 16)
    return _card(left + width + 80, height, heading, SUBTITLE, [*scale.grid(80, height - 12), *parts])


def _means(measured: list[Measured]) -> list[tuple[str, float, float | None]]:
    """Returns the label of each group of the summary, the geometric mean of its operations, and that beside stock from source."""
    rows = []
    for group in GROUPS:
        own = _timed(measured, group)
        reached = verdict.mean(own)
        if reached is not None and group.key in LABELS:
            rows.append((LABELS[group.key], reached, verdict.mean(own, "rebuilt")))
    return rows


def summary(measured: list[Measured], heading: str) -> str:
    """One bar per group: the geometric mean of its operations, those of memory left out."""
    line, left, width = 32, 330, 330
    rows = _means(measured)
    scale = _scale([ratio for _, ratio, _ in rows], left, width)
    parts = []
    for number, (name, ratio, source) in enumerate(rows):
        y = 90 + line * number
        parts += [f'<text class="name" x="{left - 12}" y="{y + 14}">{escape(name)}</text>']
        parts += scale.bar(y + 1, line - 14, ratio, "faster" if ratio >= 1 else "slower", source)
    height = 90 + line * len(rows) + 8
    return _card(left + width + 60, height, heading, SUBTITLE, [*scale.grid(80, height - 14), *parts])


def narrow(measured: list[Measured], heading: str) -> str:
    """Returns the summary for the window of a phone: the name of a group is above its bar, and all text keeps its size."""
    line, left, width = 46, 20, 270
    rows = _means(measured)
    scale = _scale([ratio for _, ratio, _ in rows], left, width)
    name, _, rest = heading.partition(", ")
    parts = [f'<text class="sub" x="20" y="67">{escape(rest)}</text>']
    for number, (label, ratio, source) in enumerate(rows):
        y = 104 + line * number
        parts.append(f'<text class="over" x="{left}" y="{y + 12}">{escape(label)}</text>')
        parts += scale.bar(y + 19, line - 28, ratio, "faster" if ratio >= 1 else "slower", source)
    height = 104 + line * len(rows) + 10
    subtitle = "Times faster than the wheel (mark: than its source)"
    return _card(left + width + 60, height, name, subtitle, [*scale.grid(96, height - 14), *parts])


def write(record: Path, measured: list[Measured], heading: str) -> None:
    """Writes the three charts of a run beside its record."""
    record.with_suffix(".svg").write_text(svg(measured, heading), encoding="utf-8")
    for kind, drawn in (("summary", summary), ("narrow", narrow)):
        path = record.with_name(f"{record.stem}-{kind}.svg")
        path.write_text(drawn(measured, heading), encoding="utf-8")


def redraw(record: Path) -> None:
    """Draws the charts of a recorded run anew, beside the record."""
    content = json.loads(record.read_text(encoding="utf-8"))
    measured = [
        Measured(
            one["group"],
            one["name"],
            one["unit"],
            frozenset(one["tags"]),
            one["best"],
            one["median"],
            one["ratios"],
        )
        for one in content["operations"]
    ]
    heading = title(content["conditions"]["python"], content["conditions"]["date"])
    write(record, measured, heading)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        redraw(Path(argument))
