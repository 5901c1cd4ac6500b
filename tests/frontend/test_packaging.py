"""The projects in `examples/packaging` build with their build tools, and what they install works."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECTS = Path(__file__).resolve().parents[2] / "examples" / "packaging"
NEEDED = {"setuptools": "setuptools", "meson": "mesonpy", "scikit_build": "scikit_build_core"}


@pytest.mark.matrix
@pytest.mark.parametrize("project", sorted(NEEDED))
def test_a_project_builds(project: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(NEEDED[project]) is None:
        pytest.skip(f"{NEEDED[project]} is not installed")
    source = tmp_path / project
    shutil.copytree(PROJECTS / project, source)
    into = tmp_path / "installed"
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-build-isolation",
        "--no-deps",
        "--target",
        into,
        source,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    program = (
        f"import sys; sys.path.insert(0, {str(into)!r}); from twice import twice; print(twice([1, 2, 21]))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert shown.stdout == "[2, 4, 42]\n"
