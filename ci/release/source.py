"""The source distribution: what it takes to build the wheel, and nothing else."""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
from pathlib import Path

from ci import environment
from ci.project import CACHE, WHEELS, Failed, locked, run

_TIME = 315532800
"""1980-01-01, as in the wheels."""


def distribution(out: Path = WHEELS) -> Path:
    """Made by maturin, then written again without times and owners."""
    out.mkdir(parents=True, exist_ok=True)
    fresh = out / ".sdist"
    with locked(CACHE / "sdist.lock"):
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            run([environment.tools().command("maturin"), "sdist", "--out", fresh], quiet=True)
            made = list(fresh.glob("*.tar.gz"))
            if len(made) != 1:
                raise Failed(f"maturin made {len(made)} source distributions where one was expected")
            _normalise(made[0])
            return Path(shutil.move(made[0], out / made[0].name))
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def _normalise(path: Path) -> None:
    """Writes the files again, sorted, with one time, one owner and two modes."""
    with tarfile.open(path) as archive:
        members = [m for m in archive.getmembers() if m.isfile()]
        files = {m.name: (bool(m.mode & 0o100), archive.extractfile(m).read()) for m in members}  # type: ignore[union-attr]
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(files):
            executable, content = files[name]
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(content), _TIME, 0o755 if executable else 0o644
            archive.addfile(entry, io.BytesIO(content))
    path.write_bytes(gzip.compress(whole.getvalue(), compresslevel=9, mtime=0))
