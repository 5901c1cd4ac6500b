"""What the commands do, whichever way they are parsed and shown. Each returns an exit code."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ferrocffi import benchmark, plain, runner
from ferrocffi.status import collect

if TYPE_CHECKING:
    from rich.console import Console

    from ferrocffi import binding


def status(*, as_json: bool, console: Console | None = None) -> int:
    """Which backend is active; 0 if it is this project's and can be used."""
    found = collect()
    if as_json:
        print(json.dumps(dataclasses.asdict(found), indent=2))
    elif console:
        from ferrocffi.rich_view import status_view

        console.print(status_view(found))
    else:
        print("\n".join(plain.status_lines(found)))
    return 0 if found.active and not found.problem else 1


def check(*, as_json: bool, console: Console | None = None) -> int:
    """Runs the self-test; returns 0 if all holds and the backend is this project's."""
    found = collect()
    coming = runner.results(ours=found.active)
    total = len(runner.planned(ours=found.active))
    if as_json:
        done = list(coming)
        report = {
            "active": found.active,
            "backend_file": found.backend_file,
            "ok": all(result.ok for result in done),
            "checks": [dataclasses.asdict(result) for result in done],
        }
        print(json.dumps(report, indent=2))
    elif console:
        from ferrocffi.rich_view import check_view, followed

        done = followed(coming, total, console)
        console.print(check_view(done))
    else:
        done = []
        for result in coming:
            done.append(result)
            print(plain.check_line(result), flush=True)
        print(plain.verdict(done))
    if not as_json and not found.active:
        print(f"This was another backend: {found.backend_file}. {found.problem}.")
    return 0 if found.active and all(result.ok for result in done) else 1


def check_modules(paths: Sequence[str], *, cc: bool, debug_info: str | None = None, as_json: bool) -> int:
    """Compares modules of ``ferrocffi bind`` with the headers; 0 if they agree.

    `debug_info` is a file with debug information; where it is empty, that of the module's library is meant.
    """
    from ferrocffi import binding, verify
    from ferrocffi.headers import HeaderError
    from ferrocffi.libraries import NotFound

    reports: list[verify.Report] = []
    for path in paths:
        try:
            reports.append(verify.check(path, cc=cc, debug_info=debug_info))
        except (binding.Refused, HeaderError, NotFound, ValueError, OSError) as error:
            return _failed(f"{path}: {error}", as_json=as_json)
    if as_json:
        print(json.dumps([dataclasses.asdict(report) for report in reports], indent=2))
    else:
        for report in reports:
            print("\n".join(plain.verify_lines(report)))
    return 0 if all(report.ok for report in reports) else 1


def bind(wish: binding.Wish, *, as_json: bool, verbose: bool) -> int:
    """Writes a module from headers; 0 if it was written or was there already."""
    from ferrocffi import binding
    from ferrocffi.headers import HeaderError
    from ferrocffi.libraries import NotFound

    try:
        made = binding.make(wish)
        binding.write(made, force=wish.force)
        if wish.stub and not wish.api:
            binding.write_stub(made)
    except (binding.Refused, HeaderError, NotFound, ValueError, OSError) as error:
        if as_json:
            print(json.dumps({"exit_code": 2, "problem": str(error)}, indent=2))
        print(f"ferrocffi: {error}", file=sys.stderr)
        return 2
    if as_json:
        report = {
            "path": str(made.path),
            "changed": made.changed,
            "stub": str(made.stub) if made.stub else None,
            "names": made.names,
            "left_out": [dataclasses.asdict(left) for left in made.left_out],
            "problems": [dataclasses.asdict(problem) for problem in made.problems],
            "hints": made.hints,
        }
        print(json.dumps(report, indent=2))
        return 0
    for problem in made.problems:
        if problem.severity == "error" or verbose:
            print(problem, file=sys.stderr)
    print("\n".join(plain.bind_lines(made, verbose=verbose)), flush=True)
    for hint in made.hints:
        print(f"hint: {hint}", file=sys.stderr)
    return 0


def stubs(modules: Sequence[str], *, output: str | None, shared: bool, check: bool, as_json: bool) -> int:
    """Writes the stubs of modules; 0 if they were written, or with `check`, if they are up to date."""
    from ferrocffi import stubs

    if output and len(modules) > 1:
        return _failed("--output names one file, so only one module can be given", as_json=as_json)
    sys.path.insert(0, "")  # as for `python -m`
    done: list[stubs.Stub] = []
    for name in modules:
        try:
            done.append(stubs.write(name, output, shared=shared, check=check))
        except ImportError as error:
            return _failed(f"{name} cannot be imported: {error}", as_json=as_json)
        except (stubs.NoDeclarations, OSError) as error:
            return _failed(str(error), as_json=as_json)
    if as_json:
        print(json.dumps([{"path": str(stub.path), "changed": stub.changed} for stub in done], indent=2))
    else:
        for stub in done:
            state = "not up to date" if check else "written"
            print(f"{stub.path}: {state if stub.changed else 'up to date'}")
    return 1 if check and any(stub.changed for stub in done) else 0


def _failed(problem: str, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"exit_code": 2, "problem": problem}, indent=2))
    print(f"ferrocffi: {problem}", file=sys.stderr)
    return 2


def bench(
    *,
    as_json: bool,
    source: str | None,
    out: str | None,
    options: Sequence[str],
    console: Console | None = None,
) -> int:
    """Runs the benchmark suite of a source tree, beside the stock backend; returns 0 if every operation gave its result.

    Without a tree, and without what only its suite knows, the usual operations are measured.
    """
    from ferrocffi import operations

    outcome = benchmark.Outcome()
    try:
        tree = benchmark.find_source(Path(source or ".").resolve())
    except benchmark.NoSource as error:
        if source or out or options:
            return _failed(str(error), as_json=as_json)
        steps = operations.run(outcome)
    else:
        folder = Path(out or "ferrocffi-bench").resolve()
        folder.mkdir(parents=True, exist_ok=True)
        steps = benchmark.run(tree, folder, options, outcome)
    try:
        return _measured(steps, outcome, as_json=as_json, console=console)
    except benchmark.NoSource as error:
        return _failed(str(error), as_json=as_json)


def _measured(
    steps: Iterator[benchmark.Step], outcome: benchmark.Outcome, *, as_json: bool, console: Console | None
) -> int:
    if as_json:
        done = [step for step in steps if step.total]
        report = {**dataclasses.asdict(outcome), "written": [str(path) for path in outcome.written]}
        print(json.dumps({**report, "steps": [dataclasses.asdict(step) for step in done]}, indent=2))
    elif console:
        from ferrocffi.rich_view import bench_view, measured

        done = measured(steps, console)
        console.print(bench_view(done, outcome))
    else:
        done = []
        for step in steps:
            print(plain.step_line(step), flush=True)
            done += [step] if step.total else []
        print("\n".join(plain.bench_lines(outcome)))
    return outcome.exit_code


def bench_program(words: Sequence[str], *, runs: int, as_json: bool, console: Console | None = None) -> int:
    """Runs a program on both backends, side by side; returns 0 if all runs ended well and printed the same."""
    from ferrocffi import compare

    if runs < 1:
        return _failed("--runs must be at least 1", as_json=as_json)
    if not stock_candidate():
        return _failed("there is no stock backend to compare with: pip install cffi", as_json=as_json)
    try:
        comparison = compare.Comparison(compare.program(words))
    except FileNotFoundError as error:
        return _failed(str(error), as_json=as_json)
    done = compare.compare(comparison, runs)
    if console and not as_json:
        from ferrocffi.rich_view import counted

        counted(done, 2 * runs, console)
    else:
        for number, run in enumerate(done, 1):
            if not as_json:
                print(f"[{number}/{2 * runs}] {run.backend}: {run.seconds:.3f} s", flush=True)
    if as_json:
        names = ("seconds", "processor_seconds", "memory")
        report = {
            **dataclasses.asdict(comparison),
            "median": {each: {n: comparison.middle(each, n) for n in names} for each in compare.BACKENDS},
            "ratio": {name: comparison.ratio(name) for name in names},
        }
        print(json.dumps(report, indent=2))
    else:
        print("\n".join(plain.comparison_lines(comparison)))
    return 1 if comparison.failed or not comparison.same_output else 0


def stock_candidate() -> bool:
    """Returns whether the backend that cffi ships is installed here."""
    return any(each.owner == "cffi" for each in collect().candidates)
