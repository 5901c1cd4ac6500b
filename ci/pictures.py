"""Pictures of the doctor for the documentation: ``python3 -m ci.pictures``.

What ``python -m ferrocffi`` and ``python -m ferrocffi check`` say in the environment that `make dev` has made, and what
the first says where a stock backend is in front, as SVG, with made-up folders in place of this machine's.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile

from ci import environment
from ci.environment import Environment
from ci.project import ROOT, VENVS, Failed, run, say

FOLDER, IN_FRONT = "/srv/app/.venv", "/srv/vendored"
"""Where the pictures say that the environment is, and the other backend."""

_PROGRAM = """
import dataclasses, io, json, sys
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from ferrocffi import rich_view, runner, search, status

folders, expected = json.loads(sys.argv[1])

def neutral(value):
    text = json.dumps(value)
    for here, shown in folders.items():
        text = text.replace(here, shown)
    return json.loads(text)

found = status.collect()
values = {field.name: neutral(getattr(found, field.name)) for field in dataclasses.fields(found)
          if field.name != "candidates"}
candidates = [search.Candidate(**neutral(dataclasses.asdict(one))) for one in found.candidates]
found = dataclasses.replace(found, candidates=candidates, **values)
assert found.owner == expected, found
views = {}
if found.active:
    results = list(runner.results(ours=True))
    assert all(result.ok for result in results), results
    views["check"] = ("python -m ferrocffi check", rich_view.check_view(results))
views["status" if found.active else "shadowed"] = ("python -m ferrocffi", rich_view.status_view(found))

DARK = TerminalTheme((33, 29, 27), (225, 220, 216),
    [(33, 29, 27), (232, 112, 96), (140, 190, 110), (226, 178, 92), (110, 160, 220), (200, 140, 200), (110, 190, 190), (225, 220, 216)],
    [(150, 140, 134), (240, 130, 110), (160, 205, 130), (240, 195, 110), (130, 180, 235), (215, 160, 215), (130, 205, 205), (255, 250, 246)])
LIGHT = TerminalTheme((252, 250, 248), (50, 44, 40),
    [(252, 250, 248), (180, 40, 30), (50, 120, 40), (150, 95, 0), (40, 90, 170), (140, 60, 140), (20, 120, 120), (50, 44, 40)],
    [(125, 115, 108), (180, 40, 30), (50, 120, 40), (150, 95, 0), (40, 90, 170), (140, 60, 140), (20, 120, 120), (20, 16, 12)])
pictures = {}
for name, (title, view) in views.items():
    for mode, theme in (("dark", DARK), ("light", LIGHT)):
        console = Console(record=True, width=96, file=io.StringIO(), force_terminal=True, color_system="standard")
        console.print(view)
        pictures[f"doctor-{name}-{mode}.svg"] = console.export_svg(title=title, theme=theme, unique_id=f"{name}-{mode}")
print(json.dumps(pictures))
"""


def without_fonts(svg: str) -> str:
    """Returns the picture with the reader's own fonts: nothing is loaded from elsewhere."""
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", "ui-monospace, DejaVu Sans Mono")


def pictures(into: Environment, expected: str, **env: str) -> dict[str, str]:
    """Names and contents of the pictures in that environment, which has to get the expected backend."""
    folders = {str(into.folder): FOLDER, **({env["PYTHONPATH"]: IN_FRONT} if env else {})}
    answer = VENVS / "pictures.json"
    program = f"import sys; sys.stdout = open({str(answer)!r}, 'w')\n{_PROGRAM}"
    run([into.python, "-c", program, json.dumps([folders, expected])], env=env, cwd=VENVS)
    found: dict[str, str] = json.loads(answer.read_text())
    answer.unlink()
    return found


def main() -> int:
    """Writes the pictures; 0 if that worked."""
    try:
        into = environment.ours(environment.this_python())
        made = pictures(into, "ferrocffi")
        with tempfile.TemporaryDirectory() as other:
            for stock in into.folder.glob("**/site-packages/_cffi_backend.*"):
                shutil.copy(stock, other)
            made |= pictures(into, "cffi", PYTHONPATH=other)
    except Failed as error:
        say(f"failed: {error}; `make dev` installs what is pictured")
        return 1
    for name, svg in made.items():
        (ROOT / "docs" / "assets" / name).write_text(without_fonts(svg), encoding="utf-8")
        say(f"written: docs/assets/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
