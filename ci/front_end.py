"""cffi's front end as a wheel without a backend, for interpreters that its own package refuses or does not know.

The free-threaded build of CPython 3.13 is one: there cffi's C backend does not build, and so its package does not
install. What is pure Python in its source distribution works.
"""

from __future__ import annotations

import base64
import hashlib
import tarfile
import zipfile
from pathlib import Path

from ci.project import CACHE, locked
from tests.upstream import sources
from tests.upstream.suites import NEWEST, Source

_WHEEL = "Wheel-Version: 1.0\nGenerator: ferrocffi\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(source: Source = NEWEST) -> Path:
    """Returns the wheel, made from the pinned source distribution (checked by its hash) if it is not there yet."""
    path = CACHE / "front-end" / f"{source.stem}-py3-none-any.whl"
    with locked(path.with_suffix(".lock")):
        if not path.is_file():
            _make(sources.archive(source), source, path)
    return path


def _make(archive: Path, source: Source, path: Path) -> None:
    info = f"{source.stem}.dist-info"
    files: dict[str, bytes] = {f"{info}/WHEEL": _WHEEL.encode()}
    kept = {
        f"{source.stem}/PKG-INFO": f"{info}/METADATA",
        f"{source.stem}/LICENSE": f"{info}/licenses/LICENSE",
        f"{source.stem}/src/cffi.egg-info/entry_points.txt": f"{info}/entry_points.txt",
    }
    package = f"{source.stem}/src/cffi/"
    with tarfile.open(archive) as tar:
        for member in tar:
            name = kept.get(member.name)
            if member.name.startswith(package):
                name = "cffi/" + member.name.removeprefix(package)
            content = tar.extractfile(member) if name else None
            if name and content:
                files[name] = content.read()
    files[f"{info}/RECORD"] = _record(files, f"{info}/RECORD")
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    fresh.replace(path)


def _record(files: dict[str, bytes], own: str) -> bytes:
    """Returns the list of all files with hash and size, by which pip uninstalls."""
    lines = []
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}")
    return "\n".join([*lines, f"{own},,", ""]).encode()
