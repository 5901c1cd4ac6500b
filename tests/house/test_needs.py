"""What the commands need is looked for first, and the README names the same packages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ci import needs
from ci.pythons import minimal

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def row(system: str) -> list[str]:
    """Returns the cells of the README's table for a system: what the demo needs, what the tests need on top."""
    (line,) = re.findall(rf"^\| {re.escape(system)} \|(.*)\|$", README, re.MULTILINE)
    return [cell.strip() for cell in line.split("|")]


@pytest.mark.parametrize("system", needs.INSTALL)
def test_the_readme_names_the_packages(system: str) -> None:
    demo, both = row(system)[0], " ".join(row(system))
    for what, text in (("demo", demo), ("test", both)):
        words = set(re.findall(r"[\w+.-]+", text))
        for need in needs.needs(what):
            # Git comes with the compilers of macOS, and is there where there is a clone.
            packages = set(need.packages.get(system, "").split()) - {"git"}
            assert packages <= words, need.name
            assert need.commands.get(system, "") in text


def test_the_readme_has_a_command_for_each() -> None:
    demo, test = minimal.wanted(README)
    assert demo.split()[:2] == test.split()[:2] == ["apt", "install"]
    assert "g++" not in demo.split()


def run(what: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ci.needs", what],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_is_missing_here() -> None:
    done = run("test", dict(os.environ))
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="PATH finds no Python there")
def test_what_is_missing_is_named(tmp_path: Path) -> None:
    done = run("demo", {"PATH": str(tmp_path)})
    assert done.returncode == 1
    assert "a C compiler (cc)" in done.stdout and "Rust" in done.stdout
    assert re.search(r"^  Debian, Ubuntu +apt install gcc libc6-dev$", done.stdout, re.MULTILINE)
    assert "g++" not in done.stdout
    done = run("test", {"PATH": str(tmp_path)})
    assert re.search(r"^  Debian, Ubuntu +apt install gcc libc6-dev git g\+\+$", done.stdout, re.MULTILINE)
    assert re.search(r"^  macOS +xcode-select --install$", done.stdout, re.MULTILINE)
    assert done.stdout.count("xcode-select") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="scripts")
def test_a_broken_compiler_is_none(tmp_path: Path) -> None:
    for name in ("cc", "c++"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    done = run(
        "test", {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "CC": "", "CXX": ""}
    )
    assert done.returncode == 1
    assert "a C compiler" in done.stdout and "a C++ compiler" in done.stdout
    assert "Rust" not in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="scripts")
def test_an_old_rust_is_none(tmp_path: Path) -> None:
    for name in ("cargo", "rustc"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{name} 1.9.0 (2016)'\n")
        (tmp_path / name).chmod(0o755)
    done = run("demo", {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"})
    assert done.returncode == 1
    assert "Rust, as new as Cargo.toml says" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="no make")
@pytest.mark.parametrize("target", ["demo", "test"])
def test_without_a_python_make_shows_the_table(target: str) -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", target, "PYTHON=no-such-python"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert f"make {target} cannot start: no-such-python is no CPython 3.10 or newer" in done.stdout
    assert "| Debian, Ubuntu | `apt install" in done.stdout
    assert "ci.needs" not in done.stdout
