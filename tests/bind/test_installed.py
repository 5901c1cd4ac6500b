"""Bindings of installed libraries: short programs do real work through them, on this backend and on the stock one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ferrocffi.binding import Wish, make, write
from ferrocffi.headers import HeaderError
from ferrocffi.libraries import NotFound, package

PROGRAMS = Path(__file__).with_name("programs")
LIBRARIES = {
    "zlib": Wish(["zlib.h"], libraries=["z"]),
    "sqlite3": Wish(["sqlite3.h"], libraries=["sqlite3"]),
    "expat": Wish(["expat.h"], libraries=["expat"]),
    "archive": Wish(["archive.h", "archive_entry.h"], libraries=["archive"]),
    "zstd": Wish(["zstd.h"], libraries=["zstd"]),
    "gmp": Wish(["gmp.h"], libraries=["gmp"]),
    "png": Wish(["png.h"], packages=["libpng"]),
    "curl": Wish(["curl/curl.h"], packages=["libcurl"]),
    "uv": Wish(["uv.h"], libraries=["uv"]),
    "glib": Wish(["glib.h"], packages=["glib-2.0"]),
    "cairo": Wish(["cairo.h"], packages=["cairo"]),
    "xml": Wish(["libxml/parser.h"], packages=["libxml-2.0"]),
    "crypto": Wish(["openssl/evp.h"], libraries=["crypto"]),
    "lmdb": Wish(["lmdb.h"], libraries=["lmdb"]),
    "libc": Wish(["time.h"], libraries=["c"]),
}


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the names of the libraries are those on Linux"
)
@pytest.mark.parametrize("name", LIBRARIES)
def test_programs(tmp_path: Path, name: str) -> None:
    wish = LIBRARIES[name]
    wish.output = str(tmp_path / "binding.py")
    try:
        if wish.packages:
            package(wish.packages)
        made = make(wish)
    except (HeaderError, NotFound) as error:
        if "is not found" in str(error) or isinstance(error, NotFound):
            pytest.skip(f"{name} is not installed: {str(error).splitlines()[0]}")
        raise
    assert [problem for problem in made.problems if problem.severity == "error"] == []
    write(made)
    outputs = set()
    for backend in ("ferrocffi", "stock"):
        env = {**os.environ, "FERROCFFI_BACKEND": backend, "PYTHONPATH": str(tmp_path)}
        command = [sys.executable, str(PROGRAMS / f"{name}_.py")]
        done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
        assert done.returncode == 0, f"{backend}: {done.stdout}{done.stderr}"
        outputs.add(done.stdout)
    assert len(outputs) == 1
