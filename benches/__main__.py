"""The benchmark suite: ``python3 -m benches [--quick] [--group KEY ...] [--no-build]``.

A full run on an interpreter replaces its report in docs/benchmarks; a quick or partial one writes to .cache/bench.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sys
from pathlib import Path

from benches import chart, report, verdict
from benches.groups import GROUPS
from benches.measure import FULL, QUICK, Effort, Measured, measure
from benches.prepare import Bench, prepare
from ci import environment, interpreters
from ci.interpreters import Interpreter
from ci.project import CACHE, NEWEST_CFFI, ROOT, Failed, output, say


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few and short runs")
    parser.add_argument(
        "--group", action="append", choices=[group.key for group in GROUPS], help="only this one"
    )
    parser.add_argument("--no-build", action="store_true", help="take the backend that is installed already")
    parser.add_argument("--out", type=Path, help="folder for the reports")
    return parser.parse_args()


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _commit() -> str:
    try:
        return output(["git", "describe", "--always", "--dirty", "--abbrev=10"]).strip()
    except (Failed, OSError):
        return "unknown"


def _conditions(bench: Bench, effort: Effort) -> report.Conditions:
    about = "import platform, os, _cffi_backend as b; print(platform.python_version(), os.path.getsize(b.__file__))"
    python, size = output([bench.ours.python, "-c", about]).split()
    return report.Conditions(
        python,
        NEWEST_CFFI,
        f"{platform.system()} {platform.machine()}, {_processor()}",
        _commit(),
        datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        os.getloadavg()[0],
        os.cpu_count() or 1,
        effort,
        int(size),
        bench.absent,
    )


def _say(number: int, total: int, one: Measured) -> None:
    times = ", ".join(f"{role} {value:,.4g}" for role, value in one.best.items())
    ratio = f"{one.ratio:6.2f}" if one.ratio is not None else "     -"
    lost = "".join(f"  FAILED {role}: {why}" for role, why in one.lost.items())
    print(f"[{number:3}/{total}] {ratio}  {one.group}: {one.name}  ({times} {one.unit}){lost}", flush=True)


def _run(interpreter: Interpreter, options: argparse.Namespace) -> bool:
    """One interpreter; whether every operation worked."""
    effort = QUICK if options.quick else FULL
    wanted = [group for group in GROUPS if not options.group or group.key in options.group]
    bench = prepare(interpreter, build_wheel=not options.no_build)
    conditions = _conditions(bench, effort)
    total = sum(len(group.operations) for group in wanted)
    say(f"{total} operations on CPython {conditions.python}")
    measured: list[Measured] = []
    for group in wanted:
        for one in measure(bench, group, effort):
            measured.append(one)
            _say(len(measured), total, one)
    complete = effort is FULL and len(wanted) == len(GROUPS)
    folder = options.out or (ROOT / "docs" / "benchmarks" if complete else CACHE / "bench" / "reports")
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"cpython-{bench.version}"
    (folder / f"{stem}.md").write_text(report.markdown(measured, conditions, stem))
    (folder / f"{stem}.json").write_text(report.record(measured, conditions))
    heading = chart.title(conditions.python, conditions.date)
    chart.write(folder / f"{stem}.json", measured, heading)
    for row in verdict.rows(measured, conditions.extension):
        beside = f"; against stock from source {row.rebuilt}" if row.rebuilt else ""
        print(f"{'ok  ' if row.kept else 'MISS'}  {row.text}: {row.reached} (limit {row.limit}{beside})")
    for text, ratio, count in verdict.by_hand(measured):
        print(f"{ratio:.2f}  times the C extension by hand: {text} ({count} operations)")
    for peer in verdict.peers(measured):
        print(f"{peer.ratio:.2f}  times {peer.role}: faster on {peer.ahead} of {peer.count} operations")
    say(f"written: {folder / stem}.md, .json, .svg")
    lost = [one for one in measured if one.lost]
    for one in lost:
        for role, why in one.lost.items():
            say(f"failed on {role}: {one.group}: {one.name}: {why}")
    return not lost


def main() -> int:
    """0 if every operation gave its result on every role; slowness is not a failure here."""
    options = _options()
    try:
        chosen = interpreters.chosen() if os.environ.get("PYTHONS") else [environment.this_python()]
        worked = [_run(interpreter, options) for interpreter in chosen]
    except (Failed, LookupError) as error:
        say(f"failed: {error}")
        return 1
    return 0 if all(worked) else 1


if __name__ == "__main__":
    sys.exit(main())
