"""Two builds in two places have to give the same bytes."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from ci.interpreters import Interpreter
from ci.project import ROOT, Failed, say
from ci.release import archive, build, source
from ci.release.target import Target


def check(interpreter: Interpreter, target: Target) -> str:
    """Builds the wheel from two copies of the tree, in folders of different names; returns its SHA-256."""
    with tempfile.TemporaryDirectory(prefix="ferrocffi-") as folder:
        made = []
        for name in ("one", "another-of-a-longer-name"):
            place = Path(folder) / name
            tree = _copy(place / "tree")
            say(f"building in {place}")
            made.append(
                build.wheel(interpreter, target, out=place / "dist", root=tree, folder=place / "target")
            )
            shutil.rmtree(place / "target")
        wheels = _same(made[0], made[1])
        sdists = [source.distribution(Path(folder) / name / "sdist") for name in ("first", "second")]
        _same(sdists[0], sdists[1])
    return wheels


def _copy(to: Path) -> Path:
    """Returns what git knows of, as it is in the folder now."""
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    return to


def _same(one: Path, other: Path) -> str:
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (one, other)]
    say(f"{one.name}\n   {digests[0]}\n   {digests[1]}")
    if digests[0] != digests[1]:
        raise Failed(f"two builds of {one.name} differ{_where(one, other)}")
    return digests[0]


def _where(one: Path, other: Path) -> str:
    if one.suffix != ".whl":
        return ""
    first, second = archive.read(one), archive.read(other)
    names = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    return f": {', '.join(names)}"
