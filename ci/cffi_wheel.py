"""Building the wheel named ``cffi``: the package `cffi` as thin modules over `ferrocffi`.

python3 -m ci.cffi_wheel          the wheel, into dist/

It is for those who control their index or image, and is never part of the normal wheel.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from ci import environment
from ci.environment import Environment
from ci.project import ROOT, Failed, done, say

SOURCE = ROOT / "python" / "cffi_package"


def build(out: Path) -> Path:
    """Builds the wheel from a copy of its sources, so that nothing is written beside them."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "cffi_package"
        shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        fresh = Path(folder) / "wheels"
        environment.pip(environment.tools(), "wheel", "--no-deps", "--wheel-dir", fresh, copy)
        wheels = list(fresh.glob("*.whl"))
        if len(wheels) != 1:
            raise Failed(f"pip made {len(wheels)} wheels where one was expected")
        return Path(shutil.move(wheels[0], out / wheels[0].name))


def install(wheel: Path, into: Environment) -> None:
    """Puts the wheel into an environment in the place of cffi."""
    environment.pip(into, "install", "--force-reinstall", "--no-deps", "--no-index", wheel)


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="the folder of the wheel")
    options = parser.parse_args()
    return done(lambda: say(f"built {build(options.out)}"))


if __name__ == "__main__":
    sys.exit(main())
