"""The command that runs the benchmarks, on a made-up suite."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ferrocffi import benchmark, commands, compare, operations

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
    """Runs ``ferrocffi bench``."""
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
def test_what_only_the_suite_knows_needs_a_source_tree(tmp_path: Path, plain: bool) -> None:
    done = tool("--quick", cwd=tmp_path, plain=plain)
    assert done.returncode == 2
    assert "--source" in done.stderr


def test_json_without_a_source_tree(tmp_path: Path) -> None:
    done = tool("--json", "--source", tmp_path, cwd=tmp_path)
    assert done.returncode == 2
    assert "no source tree" in json.loads(done.stdout)["problem"]


needs_stock = pytest.mark.skipif(not commands.stock_candidate(), reason="there is no stock backend")


@needs_stock
def test_without_a_source_tree_the_usual_operations_are_measured(tmp_path: Path) -> None:
    done = tool("--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [step["number"] for step in report["steps"]] == list(range(1, len(report["steps"]) + 1))
    assert all(step["ratio"] > 0 and "(stock " in step["text"] for step in report["steps"])
    assert "geometric mean of" in report["verdicts"][0]
    assert report["written"] == [] and list(tmp_path.iterdir()) == []


def test_the_usual_operations_run_here() -> None:
    done = dict(operations.measure())
    assert len(done) > 15 and all(0 < nanoseconds < 1e8 for nanoseconds in done.values())


PROGRAM = """
import _cffi_backend, os, sys
print("ferrocffi" in (_cffi_backend.__doc__ or ""), file=sys.stderr)
print(*sys.argv[1:])
data = bytearray(int(os.environ.get("WASTE", "0")))
"""


@needs_stock
def test_a_program_runs_on_both_backends(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(PROGRAM, encoding="utf-8")
    done = tool("--json", "--runs", "2", "--", "python", "app.py", "--json", "x", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [run["backend"] for run in report["runs"]] == ["stock", "ferrocffi"] * 2
    assert report["command"][1:] == ["app.py", "--json", "x"]
    assert report["loads_backend"] is True and report["same_output"] is True
    for backend in ("stock", "ferrocffi"):
        seconds = [run["seconds"] for run in report["runs"] if run["backend"] == backend]
        assert report["median"][backend]["seconds"] == pytest.approx(sum(seconds) / 2)
    stock, ours = (report["median"][backend]["seconds"] for backend in ("stock", "ferrocffi"))
    assert report["ratio"]["seconds"] == pytest.approx(stock / ours)


@needs_stock
@pytest.mark.parametrize("plain", [False, True])
def test_the_table_of_a_program(tmp_path: Path, plain: bool) -> None:
    done = tool("--runs", "1", "--", "-c", "print(1)", cwd=tmp_path, plain=plain)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["stock", "ferrocffi", "ratio"] in rows
    assert [row[0] for row in rows if row[2:3] == ["s"]] == ["time"] or "time" in done.stdout
    assert "did not import _cffi_backend" in done.stdout


@needs_stock
def test_a_program_that_fails_or_is_missing(tmp_path: Path) -> None:
    done = tool("--", "-c", "import sys; sys.exit('no such luck')", cwd=tmp_path)
    assert done.returncode == 1
    assert "exit code 1" in done.stdout and "no such luck" in done.stdout
    done = tool("--", "no_program_has_this_name", cwd=tmp_path)
    assert done.returncode == 2 and "no program 'no_program_has_this_name'" in done.stderr
    done = tool("--runs", "0", "--", "-c", "1", cwd=tmp_path)
    assert done.returncode == 2 and "--runs" in done.stderr


@needs_stock
def test_output_that_differs_is_reported(tmp_path: Path) -> None:
    done = tool("--runs", "1", "--", "-c", "import os; print(os.getpid())", cwd=tmp_path)
    assert done.returncode == 1
    assert "the standard output was not the same" in done.stdout


@needs_stock
@pytest.mark.skipif(not hasattr(os, "wait4"), reason="the system does not tell")
def test_memory_is_that_of_the_program() -> None:
    def most(size: int) -> int:
        comparison = compare.Comparison([sys.executable, "-c", f"x = bytes([1]) * {size}"])
        (*_, run) = compare.compare(comparison, 1)
        assert run.memory is not None and run.processor_seconds is not None
        return run.memory

    small, big = most(0), most(64 << 20)
    assert 60 << 20 < big - small < 70 << 20


def test_failure_is_handed_on(source: Path, tmp_path: Path) -> None:
    outcome = benchmark.Outcome()
    (tmp_path / "out").mkdir()
    steps = list(benchmark.run(source, tmp_path / "out", ["bad"], outcome))
    assert len(steps) == 3
    assert outcome.exit_code == 3
    assert outcome.verdicts == ["ok    all: 2.5 (limit 1)"]
