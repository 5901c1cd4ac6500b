"""The chart: one bar per operation on a logarithmic scale of ratios, grouped, as SVG without any library."""

from __future__ import annotations

import math
from html import escape

from benches import verdict
from benches.groups import GROUPS
from benches.measure import Measured

_LINE, _HEAD, _LEFT, _WIDTH, _RIGHT = 16, 26, 330, 480, 50
_TICKS = (0.5, 1, 2, 4, 8, 16, 32, 64, 128)


def svg(measured: list[Measured], title: str) -> str:
    """Bars to the right of the line at 1 are faster than the stock backend, to the left slower."""
    shown = [one for one in measured if one.ratio is not None and one.unit != "bytes"]
    ratios = [one.ratio for one in shown if one.ratio is not None]
    low = min([0.5, *ratios])
    ticks = [tick for tick in _TICKS if low <= tick <= max([2.0, *ratios]) * 1.3]
    high = max([*ticks, *ratios]) * 1.1

    def across(ratio: float) -> float:
        return _LEFT + _WIDTH * math.log(ratio / low) / math.log(high / low)

    body: list[str] = []
    y = 54
    for group in GROUPS:
        own = [one for one in shown if one.group == group.key]
        if not own:
            continue
        reached = verdict.mean(own)
        name = escape(group.title.replace("`", ""))
        body.append(f'<text class="head" x="10" y="{y + 17}">{name}: {reached:.2f}</text>')
        y += _HEAD
        for one in own:
            ratio = one.ratio or low
            left, right = sorted((across(1), across(ratio)))
            kind = "slower" if ratio < group.floor else "faster"
            body.append(f'<text class="name" x="{_LEFT - 8}" y="{y + 12}">{escape(one.name)}</text>')
            body.append(
                f'<rect class="{kind}" x="{left:.1f}" y="{y + 2}" width="{max(right - left, 0.5):.1f}" height="{_LINE - 4}"/>'
            )
            body.append(f'<text class="value" x="{right + 4:.1f}" y="{y + 12}">{ratio:.2f}</text>')
            y += _LINE
    height = y + 12
    grid = []
    for tick in ticks:
        x = across(tick)
        kind = "one" if tick == 1 else "tick"
        grid.append(f'<line class="{kind}" x1="{x:.1f}" y1="48" x2="{x:.1f}" y2="{height - 8}"/>')
        grid.append(f'<text class="scale" x="{x:.1f}" y="44">{tick:g}</text>')
    width = _LEFT + _WIDTH + _RIGHT
    style = (
        "text{font:11px sans-serif;fill:#333}.title{font-size:15px;font-weight:bold}"
        ".head{font-weight:bold;font-size:12px}.name{text-anchor:end}.scale{text-anchor:middle;fill:#777}"
        ".faster{fill:#3a7ca5}.slower{fill:#c8553d}.tick{stroke:#ddd}.one{stroke:#333}.value{fill:#555}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">\n'
        f'<style>{style}</style>\n<rect width="{width}" height="{height}" fill="#fff"/>\n'
        f'<text class="title" x="10" y="22">{escape(title)}</text>\n'
        + "\n".join([*grid, *body])
        + "\n</svg>\n"
    )
