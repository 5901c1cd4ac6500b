"""Installing beside cffi puts this backend in front; uninstalling leaves everything as it was."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from tests.wheel.conftest import Site, run


def _files_of_cffi(stock: Path) -> dict[str, str]:
    """Hashes of the stock extension and of the front end's files, by name."""
    paths = [stock, *sorted((stock.parent / "cffi").rglob("*.py"))]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_install_and_uninstall(site: Site, wheel: Path) -> None:
    stock = site.backend_file()
    before = _files_of_cffi(stock)
    assert len(before) > 10

    site.pip("install", "--no-deps", wheel)
    ours = site.backend_file()
    assert ours.parent == stock.parent / "_cffi_backend"
    assert site.call_libm() == 12.0
    assert _files_of_cffi(stock) == before

    site.pip("uninstall", "--yes", "ferrocffi")
    assert site.backend_file() == stock
    assert not ours.parent.exists()
    assert site.call_libm() == 12.0
    assert _files_of_cffi(stock) == before


def test_status_says_which_backend_is_active(site: Site, wheel: Path) -> None:
    site.pip("install", "--no-deps", wheel)
    done = site.python("-m", "ferrocffi", "--json")
    status = json.loads(done.stdout)
    assert status["active"] is True
    assert status["problem"] is None
    assert Path(status["backend_file"]) == site.backend_file()
    assert status["front_end"] == "2.1.1"
    assert (
        status["ferrocffi"] == site.python("-c", "import ferrocffi as f; print(f.__version__)").stdout.strip()
    )


def test_status_fails_when_something_comes_before(site: Site, wheel: Path) -> None:
    site.pip("install", "--no-deps", wheel)
    (site.folder / "_cffi_backend.py").write_text("__version__ = '0'\n", encoding="utf-8")
    done = site.python("-m", "ferrocffi", check=False)  # with -m, the current folder comes first
    assert done.returncode == 1
    assert "problem" in done.stdout
    assert str(site.folder / "_cffi_backend.py") in done.stdout


def test_status_fails_when_the_extension_is_gone(site: Site, wheel: Path) -> None:
    site.pip("install", "--no-deps", wheel)
    site.backend_file().unlink()
    done = site.python("-m", "ferrocffi", check=False)
    assert done.returncode == 1
    assert "gone" in done.stdout


def test_pip_shows_homepage_author_and_licence(site: Site, wheel: Path) -> None:
    site.pip("install", "--no-deps", wheel)
    command = [sys.executable, "-m", "pip", "--python", site.interpreter, "show", "ferrocffi"]
    shown = dict(
        line.split(": ", 1) for line in run(command, site.folder).stdout.splitlines() if ": " in line
    )
    assert shown["Home-page"] == "https://github.com/ferrocffi/ferrocffi"
    assert shown["Author"] == "The ferrocffi contributors"
    assert shown["License"] == "MIT OR Apache-2.0"
