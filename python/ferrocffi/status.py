"""Which ``_cffi_backend`` this interpreter gets, from where, and which front end stands above it."""

from __future__ import annotations

import csv
import importlib
import importlib.metadata
import importlib.util
import platform
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ferrocffi import __version__

BACKEND = "_cffi_backend"


@dataclass(frozen=True)
class Status:
    """What was found out about this interpreter."""

    python: str
    executable: str
    ferrocffi: str
    backend: str | None
    """The backend's ``__version__``, None if it could not be imported."""
    backend_file: str | None
    front_end: str | None
    """Version of the installed ``cffi`` package, None if there is none."""
    active: bool
    """True if the backend that was imported is this project's."""
    problem: str | None
    """Why this project's backend is not active or not usable; None if all is well."""


def own_backend_files() -> frozenset[Path]:
    """The extension files that the installed ``ferrocffi`` distribution recorded as its own.

    The record is read directly: `importlib.metadata.files` leaves out files that are gone.
    """
    try:
        distribution = importlib.metadata.distribution("ferrocffi")
    except importlib.metadata.PackageNotFoundError:
        return frozenset()
    rows = csv.reader((distribution.read_text("RECORD") or "").splitlines())
    names = (PurePosixPath(row[0]) for row in rows if row)
    return frozenset(
        Path(str(distribution.locate_file(name))).resolve()
        for name in names
        if len(name.parts) == 2 and name.parts[0] == BACKEND and name.suffix in (".so", ".pyd")
    )


def front_end_version() -> str | None:
    """The version of the installed ``cffi`` distribution."""
    try:
        return importlib.metadata.version("cffi")
    except importlib.metadata.PackageNotFoundError:
        return None


def collect() -> Status:
    """Import the backend and compare where it came from with what this distribution installed."""
    own = own_backend_files()
    version: str | None = None
    file: str | None = None
    problem: str | None = None
    try:
        module = importlib.import_module(BACKEND)
    except ImportError as error:
        spec = importlib.util.find_spec(BACKEND)
        file = spec.origin if spec else None
        problem = f"{BACKEND} cannot be imported: {error}"
    else:
        version = str(getattr(module, "__version__", "unknown"))
        file = getattr(module, "__file__", None)
    found = Path(file).resolve() if file else None
    active = problem is None and found in own
    if problem is None and not active:
        problem = explain(found, own)
    return Status(
        python=f"{platform.python_implementation()} {platform.python_version()}",
        executable=sys.executable,
        ferrocffi=__version__,
        backend=version,
        backend_file=file,
        front_end=front_end_version(),
        active=active,
        problem=problem,
    )


def explain(found: Path | None, own: frozenset[Path]) -> str:
    """Why the imported backend is not this project's, as far as it can be told."""
    if not own:
        return "the ferrocffi wheel is not installed here (no extension file in its record)"
    missing = [path for path in own if not path.exists()]
    if missing:
        return f"the installed file is gone: {missing[0]}"
    if found is None:
        return "a built-in or frozen _cffi_backend comes before the installed one"
    return f"{found} comes before {next(iter(own))} on sys.path"
