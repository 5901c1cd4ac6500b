"""``ferrocffi check MODULE``: compares a module of ``ferrocffi bind`` with the installed headers and the library."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from ferrocffi import libraries
from ferrocffi.arguments import bind_wish
from ferrocffi.binding import Refused, Wish, make, untouched


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

    @property
    def ok(self) -> bool:
        """Whether the module says what the headers say."""
        return not self.outdated and not self.wrong


_COMPILERS_OWN = {"FILE", "struct _IO_FILE", "struct __va_list_tag", "struct __va_list"}
"""Types that modules have in another form than headers, and a struct that C programs cannot name."""


@dataclass(frozen=True)
class _Fact:
    text: str
    at_run_time: bool = False


def check(path: str, *, cc: bool) -> Report:
    """Compare one module. With `cc` the C compiler has to confirm it."""
    text = Path(path).read_text(encoding="utf-8")
    wish = _wish(path, text)
    made = make(wish)
    report = Report(
        path, edited=not untouched(text), outdated=made.text.split("\n", 1)[1] != text.split("\n", 1)[1]
    )
    module = _loaded(path)
    report.missing, report.library = _missing(module, made.names)
    if cc:
        inexact = {left.name for left in made.left_out if left.kind in ("struct", "union", "typedef")}
        everything = made.header.declarations(["*"])
        macros = {each.name for each in everything if each.kind == "macro"}
        facts = [*_layouts(module.ffi, inexact, macros), *_constants(module.ffi, made.names)]
        facts += _signatures(everything, set(made.names) - macros)
        _compile(wish, facts, report)
    return report


def _wish(path: str, text: str) -> Wish:
    """The options that the module was made with."""
    found = re.search(r"^# (ferrocffi bind .*)$", text[:100_000], re.MULTILINE)
    if not found:
        raise Refused(f"{path} was not made by ferrocffi bind")
    wish = bind_wish(shlex.split(found[1])[2:])
    wish.output = path
    return wish


def _loaded(path: str) -> ModuleType:
    import importlib.util

    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    if spec is None or spec.loader is None:
        raise Refused(f"{path} is not a module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _missing(module: ModuleType, names: list[str]) -> tuple[list[str], str | None]:
    """The names that the library lacks."""
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


def _layouts(ffi: Any, inexact: set[str], macros: set[str]) -> Iterator[_Fact]:
    """Sizes, alignments and places of members."""
    typedefs, structs, unions = ffi.list_types()
    tagged = [f"{kind} {name}" for kind, names in (("struct", structs), ("union", unions)) for name in names]
    for name in [*typedefs, *(name for name in tagged if "$" not in name)]:
        if name in _COMPILERS_OWN:
            continue
        try:
            ctype = ffi.typeof(name)
            size = ffi.sizeof(ctype)
        except (ffi.error, TypeError, ValueError, NotImplementedError):
            continue
        yield _Fact(f"sizeof({name}) == {size}")
        if ctype.kind not in ("struct", "union"):
            continue
        if not {name, str(ctype.cname)} & inexact:
            yield _Fact(f"_Alignof({name}) == {ffi.alignof(ctype)}")
        for member, place in ctype.fields:
            # A macro of this name hides the member from the compiler.
            if place.bitsize < 0 and member not in macros:
                yield _Fact(f"__builtin_offsetof({name}, {member}) == {place.offset}")
                if place.type.kind != "array" or place.type.length:
                    yield _Fact(f"sizeof((({name} *)0)->{member}) == {ffi.sizeof(place.type)}")


def _constants(ffi: Any, names: list[str]) -> Iterator[_Fact]:
    """The values of macros and enumerators."""
    for name in names:
        try:
            value = ffi.integer_const(name)
        except (AttributeError, ffi.error):
            continue
        literal = f"{value}ULL" if value >= 0 else f"({value + 1}LL - 1)"
        sign = ">= 0" if value >= 0 else "< 0"
        yield _Fact(f"({name}) == {literal} && ({name}) {sign}", at_run_time=True)


def _signatures(declarations: list[Any], names: set[str]) -> Iterator[_Fact]:
    """The types of functions, which the compiler must find compatible."""
    for each in declarations:
        if each.kind == "function" and each.name in names and each.type and "<" not in each.type:
            alias = f"ferrocffi_type_of_{each.name}"
            declared = re.sub(rf"\b{each.name}(?=\(|$)", alias, each.type, count=1)
            declared = declared.replace("struct __va_list_tag *", "__builtin_va_list ")
            if "__va_list_tag" in declared:
                continue
            typeof = f"__typeof__({each.name})"
            yield _Fact(f"({{ typedef {declared}; __builtin_types_compatible_p({typeof}, {alias}); }})", True)


def _compile(wish: Wish, facts: list[_Fact], report: Report) -> None:
    """Compile the facts, and run those that need it."""
    found = libraries.package(wish.packages) if wish.packages else libraries.Package()
    command = shlex.split(os.environ.get("CC", "")) or [shutil.which("cc") or "gcc"]
    command += ["-w", "-x", "c", "-fmax-errors=0"]
    command += [f"-std={wish.std}"] if wish.std else []
    command += [f"-I{folder}" for folder in (*wish.include_dirs, *found.include_dirs)]
    command += [f"-D{name}={body}" for name, body in found.defines]
    command += [f"-D{define}" for define in wish.defines]
    includes = [
        f'#include "{os.path.abspath(name)}"' if os.path.isfile(name) else f"#include <{name}>"
        for name in (*wish.before, *wish.headers)
    ]
    still = [fact for fact in facts if not fact.at_run_time]
    moving = [fact for fact in facts if fact.at_run_time]
    report.facts = len(facts)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "check.c")
        lines = [*includes, *(f'_Static_assert({fact.text}, "");' for fact in still)]
        source.write_text("\n".join(lines) + "\n", encoding="utf-8")
        _ask(command, source, [], report, still, len(includes))
        first = [*includes, "extern int printf(const char *, ...);", "int main(void) {"]
        bad: set[int] = set()
        # A line that does not compile is left out, so that the others can be tried.
        for _ in range(5):
            lines = [f'if (!({fact.text})) printf("%d\\n", {at});' for at, fact in enumerate(moving)]
            lines = ["" if at in bad else line for at, line in enumerate(lines)]
            source.write_text("\n".join([*first, *lines, "return 0; }"]) + "\n", encoding="utf-8")
            program = str(Path(folder, "check"))
            more = ["-o", program, "-Wl,--unresolved-symbols=ignore-all"]
            new = _ask(command, source, more, report, moving, len(first)) - bad
            if not new:
                break
            bad |= new
        if os.path.exists(program):
            done = subprocess.run([program], capture_output=True, text=True, check=False)
            report.wrong += [moving[int(number)].text for number in done.stdout.split()]


def _ask(
    command: list[str], source: Path, more: list[str], report: Report, facts: list[_Fact], before: int
) -> set[int]:
    """Compile a file with a fact on each line; the numbers of those that the compiler refuses."""
    end = more or ["-fsyntax-only"]
    done = subprocess.run([*command, str(source), *end], capture_output=True, text=True, check=False)
    bad: set[int] = set()
    for line, message in re.findall(rf"{re.escape(source.name)}:(\d+):\d+: error: (.*)", done.stderr):
        at = int(line) - before - 1
        if 0 <= at < len(facts) and at not in bad:
            bad.add(at)
            report.wrong.append(f"{facts[at].text}: {message}")
        elif not 0 <= at < len(facts):
            report.wrong.append(message)
    if done.returncode and not bad and not report.wrong:
        report.wrong.append(
            done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "the compiler failed"
        )
    return bad
