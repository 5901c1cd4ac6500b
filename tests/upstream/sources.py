"""Getting cffi's source distributions: downloaded once, checked each time, unpacked anew for each run."""

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
    """The distribution's archive, from the cache or else from the package index through pip."""
    path = FOLDER / f"cffi-{source.version}.tar.gz"
    with locked(FOLDER / f"cffi-{source.version}.lock"):
        if not path.is_file():
            say(f"downloading {path.name}")
            pins = FOLDER / f"cffi-{source.version}.txt"
            pins.write_text(f"cffi=={source.version} --hash=sha256:{source.sha256}\n", encoding="utf-8")
            arguments: list[str | Path] = ["--no-deps", "--no-binary", "cffi", "--require-hashes"]
            environment.pip(environment.tools(), "download", *arguments, "-r", pins, "--dest", FOLDER)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != source.sha256:
        raise Failed(f"{path} has the hash {found}, not the pinned {source.sha256}; remove it and try again")
    return path


def unpack(source: Source, into: Path) -> Path:
    """A fresh copy of the distribution below that folder; returns the folder that holds ``testing/``."""
    root = into / f"cffi-{source.version}"
    shutil.rmtree(root, ignore_errors=True)
    with tarfile.open(archive(source)) as tar:
        if sys.version_info >= (3, 12) or hasattr(tarfile, "data_filter"):
            tar.extractall(into, filter="data")
        else:
            tar.extractall(into)
    return root
