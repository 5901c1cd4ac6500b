"""All checks of the source that run none of it: ``python3 -m ci.lint``. All checks run before the result is given."""

from __future__ import annotations

import sys
from pathlib import Path

from ci import environment
from ci.project import ROOT, Failed, run, say

TYPED = ("ci", "python/ferrocffi", "tests", "examples", "benches")


def _python_folders() -> list[str]:
    """Returns the folders that contain Python files."""
    return [name for name in TYPED if any((ROOT / name).rglob("*.py"))]


def main() -> int:
    """Runs all checks. Returns 0 if all of them pass."""
    try:
        tools = environment.tools()
    except Failed as error:
        say(f"failed: {error}")
        return 1
    here = Path(sys.executable)
    checks: list[tuple[str, list[str | Path]]] = [
        ("rustfmt", [here, "-m", "ci.rust", "fmt"]),
        ("layers", [here, "-m", "ci.checks.layers"]),
        ("circles", [here, "-m", "ci.checks.circles"]),
        ("comments on unsafe code", [here, "-m", "ci.checks.safety"]),
        ("private paths", [here, "-m", "ci.checks.paths"]),
        ("links", [here, "-m", "ci.checks.links"]),
        ("docs", [here, "-m", "ci.docs"]),
        ("ruff", [tools.command("ruff"), "check", "--quiet", "."]),
        ("mypy", [tools.python, "-m", "mypy", *_python_folders()]),
        ("pyright", [tools.command("pyright"), "--pythonpath", tools.python]),
        ("clippy", [here, "-m", "ci.rust", "clippy"]),
    ]
    failed = []
    for name, command in checks:
        try:
            run(command)
        except Failed:
            failed.append(name)
    print(f"lint: {', '.join(failed)} failed" if failed else f"lint: {len(checks)} checks passed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
