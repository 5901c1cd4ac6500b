"""Getting source distributions: downloaded once, checked each time, unpacked anew for each run."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tarfile
from pathlib import Path

from ci import environment
from ci.project import CACHE, Failed, locked, say
from tests.upstream.suites import Source

FOLDER = CACHE / "upstream"


def archive(source: Source) -> Path:
    """Returns the distribution's archive, from the cache or else from the package index through pip."""
    path = FOLDER / f"{source.stem}.tar.gz"
    with locked(FOLDER / f"{source.stem}.lock"):
        if not path.is_file():
            say(f"downloading {path.name}")
            pins = FOLDER / f"{source.stem}.txt"
            pin = f"{source.project}=={source.version} --hash=sha256:{source.sha256}\n"
            pins.write_text(pin, encoding="utf-8")
            arguments: list[str | Path] = ["--no-deps", "--no-binary", source.project, "--require-hashes"]
            environment.pip(environment.tools(), "download", *arguments, "-r", pins, "--dest", FOLDER)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != source.sha256:
        raise Failed(f"{path} has the hash {found}, not the pinned {source.sha256}; remove it and try again")
    return path


def unpack(source: Source, into: Path) -> Path:
    """Unpacks a fresh copy of the distribution below that folder; returns the folder that was in the archive."""
    root = into / source.stem
    shutil.rmtree(root, ignore_errors=True)
    with tarfile.open(archive(source)) as tar:
        wanted = [member for member in tar.getmembers() if _kept(source, member.name)]
        if sys.version_info >= (3, 12) or hasattr(tarfile, "data_filter"):
            tar.extractall(into, members=wanted, filter="data")
        else:
            tar.extractall(into, members=wanted)
    return root


def _kept(source: Source, name: str) -> bool:
    """Returns whether a member of the archive is wanted."""
    paths = [f"{source.stem}/{path}" for path in source.keep]
    return not paths or any(name == path or name.startswith(path + "/") for path in paths)
