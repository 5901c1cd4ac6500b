"""The command that runs the benchmarks, on a made-up suite."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ferrocffi import benchmark

SUITE = """
import pathlib, os, sys
out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
print("-- making an environment", file=sys.stderr, flush=True)
assert pathlib.Path(os.environ["VENVS"]).is_dir()
print("[  1/2]   2.50  calls: one  (stock 5, ours 2 ns)", flush=True)
print("[  2/2]      -  memory: two  (ours 2 bytes)", flush=True)
print("ok    all: 2.5 (limit 1)")
(out / "cpython.md").write_text("table"); (out / "cpython.svg").write_text("<svg/>")
(out / "seen.json").write_text(repr([os.environ["VENVS"], sys.argv[1:]]))
sys.exit(3 if "bad" in sys.argv else 0)
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    (tree / "benches").mkdir(parents=True)
    (tree / "Cargo.toml").touch()
    (tree / "benches" / "__init__.py").touch()
    (tree / "benches" / "__main__.py").write_text(SUITE, encoding="utf-8")
    (tree / "docs").mkdir()
    return tree


def tool(*arguments: str | Path, cwd: Path, plain: bool = False) -> subprocess.CompletedProcess[str]:
    """Run ``ferrocffi bench``."""
    hide = "sys.modules['click'] = sys.modules['rich'] = None;" if plain else ""
    code = f"import sys; {hide} from ferrocffi.__main__ import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, "bench", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "100"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize("plain", [False, True])
def test_runs_the_suite_of_the_tree_around(source: Path, plain: bool) -> None:
    done = tool("--quick", "--group", "calls", cwd=source / "docs", plain=plain)
    assert done.returncode == 0, done.stderr
    told = "".join(line.strip("│ ") for line in done.stdout.splitlines())  # paths are folded
    names = ("calls: one", "memory: two") if plain else ("calls", "one", "memory", "two")
    for text in (*names, "2.50", "ok    all: 2.5", "cpython.svg"):
        assert text in told
    out = source / "docs" / "ferrocffi-bench"
    venvs, arguments = eval((out / "seen.json").read_text())
    assert arguments[:3] == ["--quick", "--group", "calls"]
    assert "VENVS" in os.environ or not Path(venvs).exists()


def test_json(source: Path, tmp_path: Path) -> None:
    done = tool("--json", "--source", source, "--out", tmp_path / "out", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert [(s["number"], s["ratio"]) for s in report["steps"]] == [(1, 2.5), (2, None)]
    assert str(tmp_path / "out" / "cpython.md") in report["written"]
    assert report["exit_code"] == 0


@pytest.mark.parametrize("plain", [False, True])
def test_without_a_source_tree(tmp_path: Path, plain: bool) -> None:
    done = tool(cwd=tmp_path, plain=plain)
    assert done.returncode == 2
    assert "--source" in done.stderr


def test_json_without_a_source_tree(tmp_path: Path) -> None:
    done = tool("--json", cwd=tmp_path)
    assert done.returncode == 2
    assert "no source tree" in json.loads(done.stdout)["problem"]


def test_failure_is_handed_on(source: Path, tmp_path: Path) -> None:
    outcome = benchmark.Outcome()
    (tmp_path / "out").mkdir()
    steps = list(benchmark.run(source, tmp_path / "out", ["bad"], outcome))
    assert len(steps) == 3
    assert outcome.exit_code == 3
    assert outcome.verdicts == ["ok    all: 2.5 (limit 1)"]
