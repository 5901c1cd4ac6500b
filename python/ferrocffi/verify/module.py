"""``ferrocffi check MODULE``: compares a module of ``ferrocffi bind`` with the installed headers and the library."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from ferrocffi.binding import Made, Refused, Wish, make, untouched
from ferrocffi.verify.bound import source_of, wish_of
from ferrocffi.verify.declared import declared
from ferrocffi.verify.layouts import with_headers
from ferrocffi.verify.report import LayoutReport


@dataclass
class Report:
    """What a comparison found."""

    path: str
    edited: bool = False
    """Whether the file was changed by hand."""
    outdated: bool = False
    """Whether the installed headers give another module."""
    missing: list[str] = field(default_factory=list)
    """Functions and variables that the library lacks."""
    library: str | None = None
    """Why the library could not be opened."""
    facts: int = 0
    """The number of facts that the C compiler was asked about."""
    wrong: list[str] = field(default_factory=list)
    """Those that it denies."""
    debug_file: str | None = None
    """The library whose debug information was read."""
    debug_facts: int = 0
    """The number of facts that the debug information was asked about."""
    debug_wrong: list[str] = field(default_factory=list)
    """Those that it denies."""

    @property
    def ok(self) -> bool:
        """Returns whether the module says what the headers say."""
        return not self.outdated and not self.wrong and not self.debug_wrong


def check(path: str, *, cc: bool, debug_info: str | None = None) -> Report:
    """Compares one module. With `cc` the C compiler has to confirm it.

    With `debug_info`, the debug information in that file has to; where it is empty, that of the module's library.
    """
    text = Path(path).read_text(encoding="utf-8")
    wish = wish_of(path, text)
    made = make(wish)
    report = Report(
        path, edited=not untouched(text), outdated=made.text.split("\n", 1)[1] != text.split("\n", 1)[1]
    )
    module = _loaded(path)
    report.missing, report.library = _missing(module, made.names)
    if cc:
        by_compiler(module, wish, made, report)
    if debug_info is not None:
        by_debug_info(module, debug_info, made, report)
    return report


def _loaded(path: str) -> ModuleType:
    import importlib.util

    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    if spec is None or spec.loader is None:
        raise Refused(f"{path} is not a module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _missing(module: ModuleType, names: list[str]) -> tuple[list[str], str | None]:
    """Returns the names that the library lacks."""
    try:
        lib = module.lib
    except OSError as error:
        return [], str(error)
    missing = []
    for name in names:
        if name in dir(lib):
            try:
                getattr(lib, name)
            except (AttributeError, module.ffi.error):
                missing.append(name)
    return missing, None


def by_compiler(module: ModuleType, wish: Wish, made: Made, report: Report) -> None:
    """Lets the C compiler confirm what the module declares."""
    source = source_of(wish)
    ours = declared(module)
    everything = made.header.declarations(["*"])
    hidden = {each.name for each in everything if each.kind == "macro"}
    inexact = {left.name for left in made.left_out if left.kind in ("struct", "union", "typedef")}
    layouts = LayoutReport()
    with_headers(ours, source, layouts, inexact=inexact, hidden=hidden)
    report.facts = layouts.facts
    report.wrong = [str(difference) for difference in layouts.differences]


def by_debug_info(module: ModuleType, file: str, made: Made, report: Report) -> None:
    """Lets the debug information of the library confirm what the module declares."""
    from ferrocffi.verify.debug import find, with_library

    names = [file] if file else getattr(module, "_libraries", ())
    if not names:
        raise Refused(f"{report.path} opens no library; --debug-info needs a file")
    path = find(names[0])
    ours = declared(module)
    inexact = {left.name for left in made.left_out if left.kind in ("struct", "union", "typedef")}
    ours.types = {name: shape for name, shape in ours.types.items() if not {name, shape.name} & inexact}
    layouts = LayoutReport()
    with_library(ours, path, layouts)
    report.debug_file, report.debug_facts = str(path), layouts.facts
    report.debug_wrong = [str(difference) for difference in layouts.differences]
    report.missing += [name for name in layouts.missing if name not in report.missing]
