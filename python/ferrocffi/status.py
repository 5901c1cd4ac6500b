"""Which ``_cffi_backend`` this interpreter gets, from where, and what to do if it is not this project's."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import platform
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from ferrocffi import __version__, front_ends, search
from ferrocffi.search import BACKEND, FOREIGN, OURS, STOCK, UNUSABLE, Candidate

SWITCH = "FERROCFFI_BACKEND"
"""The variable that gives a process the stock backend."""

VARIABLES = (SWITCH, "FERROCFFI_CDEF", "FERROCFFI_CHECKED", "FERROCFFI_NOTES", "FERROCFFI_AT_ONCE")


@dataclass(frozen=True)
class Status:
    """What was found out about this interpreter."""

    active: bool
    """True if the backend that was imported is this project's."""
    owner: str | None
    """Whose backend was imported: ``ferrocffi``, ``cffi`` (the stock one) or ``other``."""
    backend: str | None
    """The backend's ``__version__``, None if it could not be imported."""
    backend_file: str | None
    front_end: str | None
    """Version of the installed ``cffi`` package, None if there is none."""
    front_end_file: str | None
    front_end_problem: str | None
    """What the front end says against working with this backend."""
    front_end_tested: bool | None
    """True if this project is tested with that release of the front end; None if there is none."""
    cdef: str | None
    """Whose parser reads what `cffi.FFI.cdef()` gets: ``ferrocffi`` or ``cffi``; None if no FFI can be made."""
    ferrocffi: str
    python: str
    executable: str
    frozen: bool
    finders: list[str]
    """Import hooks beyond the standard ones."""
    environment: dict[str, str]
    """The variables of the environment that change what this project does, as far as they are set."""
    candidates: list[Candidate]
    """Every backend along ``sys.path``, in the order of the search."""
    problem: str | None
    """Why this project's backend is not active or not usable; None if all is well."""
    advice: str | None
    """What to do about the problem."""
    notes: list[str]
    """What does no harm now and is good to know."""


def front_end_version() -> str | None:
    """Returns the version of the imported ``cffi`` package, or of the installed distribution."""
    loaded = getattr(sys.modules.get("cffi"), "__version__", None)
    if isinstance(loaded, str):
        return loaded
    try:
        return importlib.metadata.version("cffi")
    except importlib.metadata.PackageNotFoundError:
        return None


def _front_end() -> tuple[str | None, str | None, str | None, str | None]:
    """Version, file, objection and parser of the ``cffi`` package; it compares versions when an FFI is made."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = importlib.import_module("cffi")
            parser = type(module.FFI()._parser).__name__
            # This project's parser needs pycparser for some programs only. A missing one is reported anyway.
            importlib.import_module("cffi.cparser").pycparser.CParser  # noqa: B018
    except ModuleNotFoundError as error:
        if error.name == "cffi":
            return None, None, None, None
        return front_end_version(), None, str(error), None
    except Exception as error:
        return front_end_version(), getattr(sys.modules.get("cffi"), "__file__", None), str(error), None
    whose = OURS if parser == "_CdefParser" else STOCK
    return str(module.__version__), module.__file__, None, whose


def _owner(module: ModuleType, recorded: frozenset[Path]) -> str:
    file = getattr(module, "__file__", None)
    if file and Path(file).resolve() in recorded:
        return OURS
    if "This is ferrocffi" in (module.__doc__ or ""):
        return OURS
    return search.owner_of(Path(file)) if file else FOREIGN


def collect() -> Status:
    """Import the backend, and compare it with everything that the search path offers."""
    recorded = search.recorded_files()
    version = file = owner = failure = None
    front_end = front_end_file = objection = cdef = None
    try:
        module = importlib.import_module(BACKEND)
    except ImportError as error:
        spec = importlib.util.find_spec(BACKEND)
        file = spec.origin if spec else None
        failure = str(error)
        front_end = front_end_version()
    else:
        file = getattr(module, "__file__", None)
        owner = _owner(module, recorded)
        if file is None and not hasattr(module, "FFI"):
            owner, failure = (
                None,
                f"it is a folder without anything to import ({next(iter(module.__path__))})",
            )
        # The backend's version is that of the front end, so the front end comes first.
        front_end, front_end_file, objection, cdef = _front_end()
        if not failure:
            version = str(getattr(module, "__version__", "unknown"))
    active = owner == OURS
    found = search.candidates()
    problem: str | None
    advice: str | None
    if active:
        problem, advice = objected(objection) if objection else (None, None)
    else:
        switched = by_switch(owner, failure, found)
        problem, advice = switched or explain(file, owner, failure, found, recorded)
    return Status(
        active=active,
        owner=owner,
        backend=version,
        backend_file=file,
        front_end=front_end,
        front_end_file=front_end_file,
        front_end_problem=objection,
        front_end_tested=None if front_end is None else front_ends.compare(front_end) is None,
        cdef=cdef,
        ferrocffi=__version__,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        executable=sys.executable,
        frozen=search.is_frozen(),
        finders=search.unusual_finders(),
        environment={name: os.environ[name] for name in VARIABLES if os.environ.get(name)},
        candidates=found,
        problem=problem,
        advice=advice,
        notes=_notes(found, front_end, objection) if active else [],
    )


def _notes(found: list[Candidate], front_end: str | None, objection: str | None) -> list[str]:
    """Returns what is known of this front end, and copies of this project's backend that the search does not get to."""
    ours = [candidate for candidate in found if candidate.owner == OURS]
    notes = [f"installed a second time, not used: {other.file} ({other.origin})" for other in ours[1:]]
    if front_end is None:
        notes.append(
            "the cffi package is not installed: compiled modules and ferrocffi.FFI work without it; "
            f"programs that import cffi need it ({_python()} -m pip install cffi)"
        )
    elif not objection and (found_out := front_ends.known(front_end)):
        notes.append(found_out)
    return notes


def objected(objection: str) -> tuple[str, str]:
    """Returns what to do about a front end that is installed and does not work."""
    if "No module named" in objection:
        missing = objection.partition("No module named ")[2].strip("'\" ")
        return f"the cffi package cannot be imported: {objection}", f"{_python()} -m pip install {missing}"
    return (
        f"the cffi package refuses the backend: {objection}",
        f"{_python()} -m pip install --upgrade cffi",
    )


def by_switch(owner: str | None, failure: str | None, found: list[Candidate]) -> tuple[str, str] | None:
    """Returns the status where the environment asks for a backend, and this project's comes first without that."""
    wanted = os.environ.get(SWITCH)
    if not wanted or next((c.owner for c in found if c.owner != UNUSABLE), None) != OURS:
        return None
    if failure and wanted != "stock":
        return failure, f"set {SWITCH} to 'stock' or to 'ferrocffi', or unset it"
    if failure:
        return (
            f"{BACKEND} cannot be imported: {failure}",
            f"unset {SWITCH}, or install cffi's own backend beside ferrocffi: {_python()} -m pip install cffi",
        )
    if owner == STOCK:
        return f"{SWITCH}={wanted} gives this process the backend that cffi ships", f"unset {SWITCH}"
    return None


def explain(
    file: str | None,
    owner: str | None,
    failure: str | None,
    found: list[Candidate],
    recorded: frozenset[Path],
) -> tuple[str, str]:
    """Why the imported backend is not this project's, and what to do about it, as far as it can be told."""
    ours = [candidate for candidate in found if candidate.owner == OURS]
    gone = sorted(path for path in recorded if not path.exists())
    wrong = [c for c in found if c.owner == UNUSABLE and Path(c.file).parent.name == BACKEND]
    install = _install("--force-reinstall")
    if search.is_frozen() and (file is None or not ours):
        return (
            f"this is a frozen application, with {_what(owner)} inside",
            "install ferrocffi where the application is built, and build it again",
        )
    if gone:
        return f"the installed file is gone: {gone[0]}", f"reinstall it: {install}"
    if wrong and not ours:
        tag = importlib.machinery.EXTENSION_SUFFIXES[0]
        return (
            f"{wrong[0].file} was built for another Python; this one needs a name that ends in {tag}",
            f"install the wheel for this Python: {install}",
        )
    if failure and file and any(candidate.file == file for candidate in ours):
        return f"{BACKEND} cannot be imported: {failure}", f"reinstall it: {install}"
    if not ours and failure:
        return f"{BACKEND} cannot be imported: {failure}", f"install it: {_install()}"
    if not ours:
        return "the ferrocffi wheel is not installed here", f"install it: {_install()}"
    if file is None:
        return (
            f"a built-in or frozen {BACKEND} comes before {ours[0].file}",
            "look at what runs before this: sitecustomize, a .pth file, or how this Python was built",
        )
    first = next((c for c in found if _same(c.file, file)), None)
    if first is None:
        hooks = search.unusual_finders()
        by = f"an import hook ({', '.join(hooks)})" if hooks else "a module that ran earlier"
        return (
            f"{by} gives {file} instead of {ours[0].file}",
            "run with python -I -m ferrocffi to see whether sitecustomize or a .pth file does it",
        )
    return f"{file} ({first.origin}) comes before {ours[0].file} ({ours[0].origin})", _clear(first, ours[0])


def _clear(first: Candidate, ours: Candidate) -> str:
    """Returns how to get one candidate out of the way of this project's."""
    if first.origin == "PYTHONPATH":
        return f"take {first.entry} out of PYTHONPATH"
    if first.origin == "the current folder":
        return f"remove {first.file}, or run from another folder"
    if first.owner == STOCK and first.origin == "the user's site folder":
        return f"install it there too ({_install('--user')}), or uninstall the user's cffi"
    if first.owner == STOCK:
        return f"install it there: {_install('--target', first.entry, '--no-deps')}"
    return f"remove {first.file}, or take {first.entry or 'its folder'} off sys.path"


def _install(*options: str) -> str:
    """Returns a command line. The wheel is named as a file: the project is not on a package index."""
    return " ".join([_python(), "-m pip install", *options, "ferrocffi-*.whl"])


def _what(owner: str | None) -> str:
    return {OURS: "ferrocffi", STOCK: "the backend that cffi ships"}.get(owner or "", "another backend")


def _same(one: str, other: str) -> bool:
    return Path(one).resolve() == Path(other).resolve()


def _python() -> str:
    return Path(sys.executable).name if sys.executable else "python"
