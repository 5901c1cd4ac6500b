"""The reports as plain lines, with nothing but the standard library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ferrocffi.benchmark import Outcome, Step
from ferrocffi.search import FOREIGN, OURS, STOCK, UNUSABLE
from ferrocffi.selftest import Result
from ferrocffi.status import Status

if TYPE_CHECKING:
    from ferrocffi.binding import Made
    from ferrocffi.compare import Comparison
    from ferrocffi.verify import Report

OWNERS = {OURS: "ferrocffi", STOCK: "cffi's own", FOREIGN: "another one", UNUSABLE: "for another Python"}
"""What a reader is told about whose a file is."""


def headline(status: Status) -> str:
    """Returns the answer, in one line."""
    if status.active:
        usable = ", without the package cffi" if status.front_end is None else ""
        return f"ferrocffi {status.ferrocffi} is active" + (", but not usable" if status.problem else usable)
    return "ferrocffi is not active"


def rows(status: Status) -> Iterator[tuple[str, str]]:
    """What there is to know, as names and values."""
    whose = OWNERS.get(status.owner or "", "none")
    version = f", for cffi {status.backend}" if status.backend else ""
    yield "backend", f"{whose}{version}"
    yield "file", status.backend_file or "none"
    if status.front_end:
        tested = "" if status.front_end_tested else ", not tested"
        yield "front end", f"cffi {status.front_end}{tested}"
    else:
        yield "front end", "ferrocffi.FFI; the package cffi is not installed"
    if status.active and status.cdef:
        yield "cdef", "read by ferrocffi" if status.cdef == OURS else "read by pycparser"
    yield "python", f"{status.python}, {status.executable or 'without an executable'}"
    if status.frozen:
        yield "frozen", "yes: a bundled application"
    if status.finders and status.backend_file not in [candidate.file for candidate in status.candidates]:
        yield "hooks", ", ".join(status.finders)
    if status.active and status.environment.get("FERROCFFI_CHECKED", "0") != "0":
        yield "checked", "yes: wrong accesses to C memory raise ferrocffi.AccessError"
    for name, value in status.environment.items():
        yield "environment", f"{name}={value}"
    if status.problem:
        yield "problem", status.problem
    if status.advice:
        yield "what to do", status.advice
    for note in status.notes:
        yield "note", note


def status_lines(status: Status) -> Iterator[str]:
    """The whole report on a status."""
    yield headline(status)
    yield ""
    yield from (f"  {name:<12}{value}" for name, value in rows(status))
    if status.candidates:
        yield ""
        yield "  in the order of the search:"
        for number, candidate in enumerate(status.candidates, 1):
            taken = ">" if candidate.file == status.backend_file else " "
            yield f"  {taken} {number}. {OWNERS[candidate.owner]:<18} {candidate.file}"
            yield f"       {candidate.origin}"


def check_line(result: Result) -> str:
    """One result."""
    verdict = "skipped" if result.skipped else "holds" if result.ok else "FAILED"
    label = f"{result.group}: {result.name}"
    return f"  {verdict:<7}  {label:<24} {result.milliseconds:>7.1f} ms  {result.detail}"


def verdict(results: Iterable[Result]) -> str:
    """Returns the last line of a check."""
    all_of_them = list(results)
    bad = sum(not result.ok for result in all_of_them)
    skipped = sum(result.skipped for result in all_of_them)
    seconds = sum(result.milliseconds for result in all_of_them) / 1000
    count = len(all_of_them) - skipped
    text = f"{bad} of {count} checks failed" if bad else f"all {count} checks hold ({seconds:.1f} s)"
    return f"{text}, {skipped} skipped" if skipped else text


_LEFT_OUT = 60
"""How many of the declarations that are left out people see without asking for more."""


def bind_lines(made: Made, *, verbose: bool) -> Iterator[str]:
    """What a module from headers has, and what it lacks."""
    state = "written" if made.changed else "unchanged"
    macros = [left for left in made.left_out if left.kind == "macro"]
    others = [left for left in made.left_out if left.kind != "macro"]
    yield f"{made.path}: {state}, {len(made.names)} functions, variables and constants"
    if made.stub:
        yield f"{made.stub}: its types for mypy, pyright and editors"
    shown = made.left_out if verbose else others
    if shown:
        yield "not, or not wholly, in the module:"
    most = len(shown) if verbose else _LEFT_OUT
    for left in shown[:most]:
        place = f" ({left.file}:{left.line})" if left.file else ""
        yield f"  {left.kind} {left.name}: {left.reason}{place}"
    if len(shown) > most:
        yield f"  and {len(shown) - most} more; --verbose and the end of the module list them"
    if macros and not verbose:
        count = "1 macro is not a constant" if len(macros) == 1 else f"{len(macros)} macros are not constants"
        yield f"{count}; --verbose and the end of the module list {'it' if len(macros) == 1 else 'them'}"


_SHOWN = 8
"""How many names of a long list people see."""


def verify_lines(report: Report) -> Iterator[str]:
    """What a comparison of a module with its headers found."""
    verdict = (
        "differs from what the installed headers give" if report.outdated else "is what the headers give"
    )
    yield f"{report.path}: {verdict}{', and was edited' if report.edited else ''}"
    if report.facts:
        count = (
            f"{len(report.wrong)} of {report.facts} facts are wrong"
            if report.wrong
            else f"all {report.facts} facts hold"
        )
        yield f"  the C compiler: {count}"
    yield from (f"    {fact}" for fact in report.wrong)
    if report.debug_file:
        count = (
            f"{len(report.debug_wrong)} of {report.debug_facts} facts are wrong"
            if report.debug_wrong
            else f"all {report.debug_facts} facts hold"
        )
        yield f"  the debug information of {report.debug_file}: {count}"
    yield from (f"    {fact}" for fact in report.debug_wrong)
    if report.library:
        yield f"  the library: {report.library}"
    if report.missing:
        rest = len(report.missing) - _SHOWN
        more = f" and {rest} more, which --json lists" if rest > 0 else ""
        yield f"  the library lacks {len(report.missing)} of the names: {', '.join(report.missing[:_SHOWN])}{more}"


def comparison_lines(comparison: Comparison) -> Iterator[str]:
    """Times and memory of a program on both backends, side by side."""
    rows = (
        ("time", "seconds", _seconds),
        ("processor time", "processor_seconds", _seconds),
        ("memory", "memory", _megabytes),
    )
    if comparison.failed:
        last = comparison.runs[-1]
        yield f"the program ended with exit code {last.exit_code} on the backend {last.backend}:"
        yield comparison.error
        return
    yield f"{'':16}{'stock':>12}{'ferrocffi':>12}{'ratio':>8}"
    for title, name, shown in rows:
        stock, ours = (comparison.middle(backend, name) for backend in ("stock", "ferrocffi"))
        if stock is not None and ours is not None:
            ratio = comparison.ratio(name)
            yield f"{title:16}{shown(stock):>12}{shown(ours):>12}{ratio or 1:8.2f}"
    count = sum(run.backend == "stock" for run in comparison.runs)
    yield f"medians of {count} runs on each backend, in turns; a ratio above 1 speaks for ferrocffi"
    (low, high), (fast, slow) = comparison.spread("stock"), comparison.spread("ferrocffi")
    if low <= slow and fast <= high:
        times = f"{low:.3f} to {high:.3f} s with stock, {fast:.3f} to {slow:.3f} s with ferrocffi"
        yield f"the times overlap ({times}): more --runs, or a quieter machine, tell more"
    if not comparison.loads_backend:
        yield "note: the program did not import _cffi_backend, so both did the same work"
    if not comparison.same_output:
        yield "warning: the standard output was not the same each time"


def _seconds(value: float) -> str:
    return f"{value:.3f} s"


def _megabytes(value: float) -> str:
    return f"{value / 2**20:.1f} MiB"


def step_line(step: Step) -> str:
    """One operation of the benchmarks."""
    if not step.total:
        return f"-- {step.text}"
    ratio = f"{step.ratio:6.2f}" if step.ratio is not None else "     -"
    return f"[{step.number:3}/{step.total}] {ratio}  {step.text}"


def bench_lines(outcome: Outcome) -> Iterator[str]:
    """What came out of the benchmarks."""
    yield from outcome.verdicts
    yield from (f"written: {path}" for path in outcome.written)
    if outcome.exit_code:
        yield f"failed with exit code {outcome.exit_code}: {outcome.last}"
