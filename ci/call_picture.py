"""The picture of a call for the documentation, for bright and for dark pages: ``python3 -m ci.call_picture``."""

from __future__ import annotations

import sys
from html import escape

from ci.project import ROOT, say

ASSETS = ROOT / "docs" / "assets"
LIGHT = {"ink": "#322c28", "soft": "#6b5f57", "box": "#fbf3ee", "edge": "#a4431a", "wait": "#e9e2dd"}
DARK = {"ink": "#f1ece8", "soft": "#b8aca4", "box": "#3a2a22", "edge": "#f0a27a", "wait": "#37312d"}

LANES = {"Python": (10, 150), "ferrocffi": (185, 150), "C": (360, 150)}
"""Left edge and width of each lane."""

STEPS = [
    ("Python", 56, ["lib.hypot(3, 4)"]),
    ("ferrocffi", 56, ["call plan:", "1st to xmm0", "2nd to xmm1"]),
    ("ferrocffi", 156, ["check, convert:", "3 is 3.0, 4 is 4.0"]),
    ("ferrocffi", 238, ["release the GIL"]),
    ("C", 300, ["hypot(3.0, 4.0)", "runs"]),
    ("ferrocffi", 382, ["keep errno,", "take the GIL"]),
    ("ferrocffi", 464, ["convert:", "xmm0 is a float"]),
    ("Python", 464, ["5.0"]),
]
ARROWS = [
    "160,78 185,78",
    "260,128 260,156",
    "260,208 260,238",
    "260,270 260,326 360,326",
    "435,352 435,408 335,408",
]
ARROWS += ["260,434 260,464", "185,490 160,490"]


def picture(colours: dict[str, str]) -> str:
    """Returns the SVG with these colours."""
    font = 'font-family="system-ui, DejaVu Sans, sans-serif" font-size="15"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 520 530" {font} role="img">',
        "<title>A call of hypot(3, 4), from Python to C and back</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{colours["edge"]}"/></marker></defs>',
    ]
    for name, (left, width) in LANES.items():
        centre = left + width / 2
        parts.append(
            f'<text x="{centre}" y="30" text-anchor="middle" font-weight="600" fill="{colours["ink"]}">{name}</text>'
        )
        parts.append(f'<path d="M{left} 42h{width}" stroke="{colours["soft"]}"/>')
    parts.append(f'<rect x="10" y="238" width="150" height="196" rx="6" fill="{colours["wait"]}"/>')
    for line, y in (("other threads", 332), ("of Python run", 352)):
        parts.append(f'<text x="85" y="{y}" text-anchor="middle" fill="{colours["ink"]}">{line}</text>')
    for lane, top, lines in STEPS:
        left, width = LANES[lane]
        height = 12 + 20 * len(lines)
        box = f'fill="{colours["box"]}" stroke="{colours["edge"]}" stroke-width="1.4"'
        parts.append(f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="6" {box}/>')
        for number, line in enumerate(lines):
            place = f'x="{left + width / 2}" y="{top + 21 + 20 * number}"'
            parts.append(f'<text {place} text-anchor="middle" fill="{colours["ink"]}">{escape(line)}</text>')
    for points in ARROWS:
        stroke = f'fill="none" stroke="{colours["edge"]}" stroke-width="1.6" marker-end="url(#tip)"'
        parts.append(f'<polyline points="{points}" {stroke}/>')
    return "\n".join([*parts, "</svg>", ""])


def pictures() -> dict[str, str]:
    """Names and contents of both files."""
    return {"call-light.svg": picture(LIGHT), "call-dark.svg": picture(DARK)}


def main() -> int:
    """Writes them."""
    for name, svg in pictures().items():
        (ASSETS / name).write_text(svg, encoding="utf-8")
        say(f"written: docs/assets/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
