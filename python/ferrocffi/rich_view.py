"""The reports with Rich: needs the extra ``ferrocffi[cli]``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from ferrocffi import plain
from ferrocffi.benchmark import Outcome, Step
from ferrocffi.compare import Run
from ferrocffi.search import OURS, STOCK, Candidate
from ferrocffi.selftest import Result
from ferrocffi.status import Status

GOOD, BAD, SKIPPED, DIM = "green", "red", "yellow", "bright_black"


def _path(text: str) -> Text:
    """Returns a path that may be folded anywhere: a cut one helps nobody."""
    return Text(text, overflow="fold")


def status_view(status: Status) -> RenderableType:
    """Returns a frame with the answer, what to do, and the search path."""
    colour = BAD if status.problem or not status.active else GOOD
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style=DIM, no_wrap=True)
    facts.add_column()
    for name, value in plain.rows(status):
        if name in ("problem", "what to do"):
            facts.add_row("", "")
            style = f"bold {BAD}" if name == "problem" else "bold"
            facts.add_row(Text(name, style="bold"), Text(value, style=style, overflow="fold"))
        else:
            facts.add_row(name, _path(value))
    parts: list[RenderableType] = [facts]
    if status.candidates:
        parts += [Text(""), Text("What an import finds, the first one wins", style="bold"), _search(status)]
    title = Text(f"{'✔' if colour == GOOD else '✘'} {plain.headline(status)}", style=f"bold {colour}")
    return Panel(Group(*parts), title=title, title_align="left", border_style=colour, padding=(1, 2))


def _search(status: Status) -> RenderableType:
    colours = {OURS: GOOD, STOCK: "yellow"}
    table = Table.grid(padding=(0, 2))
    for number, candidate in enumerate(status.candidates, 1):
        taken = candidate.file == status.backend_file
        table.add_row(
            Text("→" if taken else " ", style="bold"),
            Text(f"{number}", style=DIM),
            Text(plain.OWNERS[candidate.owner], colours.get(candidate.owner, BAD), no_wrap=True),
            Group(
                _path(_inside(candidate)),
                Text(f"{candidate.origin}: {_folder(candidate)}", DIM, overflow="fold"),
            ),
        )
    return table


def _folder(candidate: Candidate) -> str:
    return str(Path(candidate.entry or ".").absolute())


def _inside(candidate: Candidate) -> str:
    """Returns the file as seen from the item of ``sys.path``: what differs between the lines."""
    return str(Path(candidate.file).relative_to(_folder(candidate)))


def _mark(result: Result) -> Text:
    if result.skipped:
        return Text("-", style=SKIPPED)
    return Text("✔", style=GOOD) if result.ok else Text("✘", style=f"bold {BAD}")


def check_view(results: list[Result]) -> RenderableType:
    """Returns a table of the results, by group."""
    bad = any(not result.ok for result in results)
    colour = BAD if bad else GOOD
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", style=DIM, no_wrap=True)
    table.add_column(ratio=1)
    group = ""
    for result in results:
        style = SKIPPED if result.skipped else "" if result.ok else BAD
        detail = Text(f"skipped: {result.detail}" if result.skipped else result.detail, style=style)
        first = result.group if result.group != group else ""
        group = result.group
        table.add_row(_mark(result), first, result.name, f"{result.milliseconds:.1f} ms", detail)
    title = Text(f"{'✘' if bad else '✔'} {plain.verdict(results)}", style=f"bold {colour}")
    return Panel(table, title=title, title_align="left", border_style=colour, padding=(1, 2))


def followed(results: Iterator[Result], total: int, console: Console) -> list[Result]:
    """Collects the results below a progress bar, which goes away at the end."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    done = []
    # Without a terminal, it would leave an empty line where it was.
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("checking", total=total)
        for result in results:
            done.append(result)
            progress.update(task, advance=1, description=f"{result.group}: {result.name}")
    return done


def measured(steps: Iterator[Step], console: Console) -> list[Step]:
    """Collects the measurements below a progress bar."""
    columns = (
        SpinnerColumn(),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    done = []
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("preparing", total=None)
        for step in steps:
            if step.total:
                done.append(step)
                progress.update(task, total=step.total, completed=step.number)
            progress.update(task, description=step.text.partition("  (")[0])
    return done


def counted(runs: Iterable[Run], total: int, console: Console) -> None:
    """Waits for the runs of a program below a progress bar."""
    columns = (
        SpinnerColumn(),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("warming up", total=total)
        for run in runs:
            progress.update(task, advance=1, description=f"{run.backend}: {run.seconds:.3f} s")


def _verdict(line: str) -> Text:
    """Returns a line of the end, with what was kept or missed in its colour."""
    text = Text(line, overflow="fold")
    text.highlight_regex("^ok", GOOD)
    text.highlight_regex("^MISS", BAD)
    return text


def bench_view(steps: list[Step], outcome: Outcome) -> RenderableType:
    """Bars of the ratios, by operation, and where the reports are."""
    colour = BAD if outcome.exit_code else GOOD
    table = Table.grid(padding=(0, 2))
    table.add_column(ratio=1)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    most = max((step.ratio or 0 for step in steps), default=1) or 1
    last = ""
    for step in steps:
        group, _, name = step.text.partition("  (")[0].partition(": ")
        if group != last:
            if last:
                table.add_row()
            table.add_row(Text(group, style="bold"))
            last = group
        if step.ratio is None:
            table.add_row(name, "-", "")
            continue
        shade = GOOD if step.ratio >= 1 else BAD
        bar = "█" * max(1, round(24 * step.ratio / most))
        table.add_row(name, Text(f"{step.ratio:.2f}x", style=shade), Text(bar, style=shade))
    lines = [_verdict(line) for line in plain.bench_lines(outcome)]
    title = Text("Times of the stock backend, divided by ferrocffi's", style=f"bold {colour}")
    return Panel(
        Group(table, Text(""), *lines), title=title, title_align="left", border_style=colour, padding=(1, 2)
    )
