"""The command line: with and without Click and Rich, the self-test, and a backend that dies in it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import _cffi_backend
import pytest
from ferrocffi import commands, plain, rich_view, runner, selftest
from ferrocffi.selftest import Result
from ferrocffi.status import collect
from rich.console import Console

WITHOUT = "import sys; sys.modules['click'] = sys.modules['rich'] = None; "


def run(*arguments: str, code: str | None = None, exit_code: int = 0) -> str:
    """Returns what the tool prints; `code` replaces ``-m ferrocffi``."""
    start = ["-c", code] if code else ["-m", "ferrocffi"]
    done = subprocess.run(
        [sys.executable, *start, *arguments],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "100"},
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == exit_code, done.stdout + done.stderr
    return done.stdout


def plainly(*arguments: str, exit_code: int = 0) -> str:
    """Runs the commands without the extra."""
    code = WITHOUT + "from ferrocffi.__main__ import main; sys.exit(main())"
    return run(*arguments, code=code, exit_code=exit_code)


def test_status_is_the_default() -> None:
    assert "is active" in run()
    assert run() == run("status")


def test_status_without_the_extra() -> None:
    text = plainly()
    assert text.startswith("ferrocffi ") and "is active" in text.splitlines()[0]
    assert _cffi_backend.__file__ in text


def test_the_extra_is_all_that_is_needed_beyond_the_standard_library() -> None:
    program = WITHOUT + (
        "before = set(sys.modules); import ferrocffi.__main__ as m; m._plain(['status']);"
        "import json; new = {n.partition('.')[0] for n in set(sys.modules) - before};"
        "print(json.dumps(sorted(new - sys.stdlib_module_names)))"
    )
    names = json.loads(run(code=program).splitlines()[-1])
    names = [name for name in names if not name.startswith("_sysconfigdata")]
    assert set(names) <= {"ferrocffi", "cffi", "_cffi_backend", "pycparser"}


@pytest.mark.parametrize("arguments", [["status", "--json"], ["--json", "status"], ["--json"]])
def test_json_with_and_without_the_extra(arguments: list[str]) -> None:
    one, other = json.loads(run(*arguments)), json.loads(plainly(*arguments))
    del one["finders"], other["finders"]
    assert one == other
    assert one["active"] is True


@pytest.mark.parametrize("tool", [run, plainly])
def test_unknown_commands_are_usage_errors(tool: object) -> None:
    assert callable(tool)
    tool("frobnicate", exit_code=2)


def test_check_holds() -> None:
    report = json.loads(run("check", "--json"))
    assert report["ok"] is True and report["active"] is True
    assert [(c["group"], c["name"]) for c in report["checks"]] == runner.planned(ours=True)
    assert {c["group"] for c in report["checks"]} == {
        "calls",
        "structs",
        "callbacks",
        "errno",
        "memory",
        "threads",
    }


@pytest.mark.parametrize("tool", [run, plainly])
def test_check_tells_its_verdict(tool: object) -> None:
    assert callable(tool)
    assert f"all {len(selftest.CHECKS)} checks hold" in tool("check")


@pytest.mark.parametrize("extra", ["", WITHOUT])
def test_a_python_without_ctypes_skips_what_needs_it(tmp_path: Path, extra: str) -> None:
    (tmp_path / "ctypes.py").write_text("import _ctypes_of_no_python\n", encoding="utf-8")
    program = (
        extra + f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from ferrocffi.__main__ import main; "
    )
    text = run(code=f"{program} sys.exit(main(['check']))")
    assert f"all {len(selftest.CHECKS) - 1} checks hold" in text and ", 1 skipped" in text
    assert "which this Python lacks: No module named '_ctypes_of_no_python'" in " ".join(
        text.replace("│", " ").split()
    )

    report = json.loads(run(code=f"{program} sys.exit(main(['check', '--json']))"))
    assert report["ok"] is True
    assert [c["name"] for c in report["checks"] if c["skipped"]] == ["layout"]


def test_check_looks_at_what_this_process_imports(tmp_path: Path) -> None:
    """A program that has put another backend in front gets that one checked, and told which it was."""
    package = Path(_cffi_backend.__file__).parent
    stock = next((path for path in package.parent.glob("_cffi_backend.*") if path.is_file()), None)
    if stock is None and sysconfig.get_config_var("Py_GIL_DISABLED"):
        pytest.skip("cffi's own backend does not build for this interpreter")
    assert stock is not None
    (tmp_path / stock.name).write_bytes(stock.read_bytes())
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r});"
        "from ferrocffi.__main__ import main; sys.exit(main(['check', '--json']))"
    )
    report = json.loads(run(code=program, exit_code=1))
    assert report["active"] is False and report["ok"] is True
    assert report["backend_file"] == str(tmp_path / stock.name)
    checked = [(check["group"], check["name"]) for check in report["checks"]]
    assert checked == runner.planned(ours=False) and ("memory", "NULL") not in checked


def test_a_check_that_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        selftest, "CHECKS", [("calls", "abs", lambda bench: selftest.expect("abs", bench.lib.abs(-3), 4))]
    )
    (result,) = selftest.run(ours=True)
    assert not result.ok
    assert result.detail == "abs: got 3, expected 4"


def test_an_error_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selftest, "CHECKS", [("calls", "none", lambda bench: bench.lib.no_such_function())])
    (result,) = selftest.run(ours=True)
    assert not result.ok
    assert "AttributeError" in result.detail


@pytest.mark.skipif(os.name == "nt", reason="the made-up interpreter is a shell script")
def test_a_crash_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = runner.planned(ours=True)[:2]
    line = json.dumps({"group": first[0], "name": first[1], "ok": True, "detail": "", "milliseconds": 1.0})
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\necho '{line}'\necho dying >&2\nkill -SEGV $$\n", encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    good, bad = runner.results(ours=True)
    assert good.ok
    assert (bad.group, bad.name) == second
    assert not bad.ok and "signal 11: dying" in bad.detail
    assert commands.check(as_json=True) == 1


def test_views_fold_paths_and_cut_nothing() -> None:
    found = collect()
    results = [
        Result("calls", "one", True, "fine", 1.0),
        Result("calls", "two", False, "bad", 1.0),
        Result("calls", "three", True, "not here", 1.0, skipped=True),
    ]
    for width in (60, 80, 120):
        out = io.StringIO()
        console = Console(file=out, width=width, color_system=None)
        console.print(rich_view.status_view(found))
        console.print(rich_view.check_view(results))
        text = out.getvalue()
        assert "…" not in text
        assert max(map(len, text.splitlines())) == width
        joined = "".join(line.strip("│ ") for line in text.splitlines())
        assert _cffi_backend.__file__.replace(" ", "") in joined.replace(" ", "")
        assert "1 of 2 checks failed, 1 skipped" in text
        assert "skipped: not here" in text


def test_plain_verdicts() -> None:
    good, bad = Result("a", "b", True, "", 500.0), Result("a", "c", False, "", 500.0)
    assert plain.verdict([good, good]) == "all 2 checks hold (1.0 s)"
    assert plain.verdict([good, bad]) == "1 of 2 checks failed"
    skipped = Result("a", "d", True, "why", 500.0, skipped=True)
    assert plain.verdict([good, skipped]) == "all 1 checks hold (1.0 s), 1 skipped"
    assert plain.check_line(skipped).split() == ["skipped", "a:", "d", "500.0", "ms", "why"]
