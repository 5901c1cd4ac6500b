"""Installing, upgrading and removing in every order: the files of the two projects never touch each other."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ci.project import FRONT_ENDS, NEWEST_CFFI
from tests.wheel.conftest import Site, run

pytestmark = pytest.mark.matrix

OLDER = {
    (3, 10): "cffi==1.15.0",
    (3, 11): "cffi==1.15.1",
    (3, 12): "cffi==1.16.0",
    (3, 13): "cffi==1.17.1",
    (3, 14): "cffi==2.0.0",
    (3, 15): "cffi==2.1.0",
}
"""The oldest front end that was published for each interpreter."""


@pytest.fixture
def older() -> str:
    pin = OLDER.get(sys.version_info[:2])
    if not pin:
        pytest.skip("every release of cffi for this interpreter is new")
    return pin


def _is_ours(site: Site) -> bool:
    return site.backend_file().parent.name == "_cffi_backend"


def _well(site: Site, front_end: str) -> None:
    """Ours is what runs, with that front end, and the doctor says so."""
    assert _is_ours(site)
    assert site.call_libm() == 12.0
    status = site.doctor()
    assert (status["active"], status["problem"]) == (True, None)
    assert status["front_end"] == status["backend"] == front_end


def _switches(site: Site, stock: Path) -> None:
    """The environment can ask for the stock backend, which works with the same front end."""
    env = {"FERROCFFI_BACKEND": "stock"}
    assert site.backend_file(env) == stock
    assert site.call_libm(env) == 12.0
    status = site.doctor(env)
    assert (status["owner"], status["front_end_problem"]) == ("cffi", None)
    assert _is_ours(site)


def test_backend_first(empty_site: Site, wheel: Path) -> None:
    empty_site.pip("install", "--no-deps", wheel)
    status = empty_site.doctor()
    assert (status["active"], status["front_end"], status["problem"]) == (True, None, None)
    assert "the cffi package is not installed" in status["notes"][0]
    empty_site.pip("install", *FRONT_ENDS[NEWEST_CFFI])
    _well(empty_site, NEWEST_CFFI)


def test_an_older_front_end_upgraded_afterwards(empty_site: Site, wheel: Path, older: str) -> None:
    empty_site.pip("install", older, "pycparser==2.21")
    stock = empty_site.backend_file()
    assert stock.parent.name != "_cffi_backend"
    empty_site.pip("install", "--no-deps", wheel)
    _well(empty_site, older.removeprefix("cffi=="))
    _switches(empty_site, stock)

    empty_site.pip("install", "--upgrade", *FRONT_ENDS[NEWEST_CFFI])
    _well(empty_site, NEWEST_CFFI)

    empty_site.pip("install", older, "pycparser==2.21")
    _well(empty_site, older.removeprefix("cffi=="))

    empty_site.pip("uninstall", "--yes", "ferrocffi")
    assert empty_site.backend_file() == stock
    assert empty_site.call_libm() == 12.0


def test_cffi_installed_again(site: Site, wheel: Path) -> None:
    site.pip("install", "--no-deps", wheel)
    ours = site.backend_file()
    site.pip("install", "--force-reinstall", "--no-deps", FRONT_ENDS[NEWEST_CFFI][0])
    assert site.backend_file() == ours
    _well(site, NEWEST_CFFI)


def test_cffi_removed_and_installed_again(site: Site, wheel: Path) -> None:
    stock = site.backend_file()
    site.pip("install", "--no-deps", wheel)
    site.pip("uninstall", "--yes", "cffi")
    assert not stock.exists()
    assert _is_ours(site)
    status = site.doctor()
    assert (status["problem"], status["front_end"]) == (None, None)
    site.pip("install", FRONT_ENDS[NEWEST_CFFI][0])
    _well(site, NEWEST_CFFI)


def test_both_in_one_command(empty_site: Site, wheel: Path) -> None:
    empty_site.pip("install", wheel, *FRONT_ENDS[NEWEST_CFFI])
    _well(empty_site, NEWEST_CFFI)


def test_installed_twice_is_as_once(site: Site, wheel: Path) -> None:
    stock = site.backend_file()
    site.pip("install", "--no-deps", wheel)
    site.pip("install", "--no-deps", "--force-reinstall", wheel)
    _well(site, NEWEST_CFFI)
    site.pip("uninstall", "--yes", "ferrocffi")
    assert site.backend_file() == stock
    assert not (stock.parent / "_cffi_backend").exists()
    assert not (stock.parent / "ferrocffi").exists()


def test_uv(site: Site, wheel: Path, tools) -> None:
    stock = site.backend_file()

    def uv(*arguments: str | Path) -> None:
        run([tools.command("uv"), "pip", *arguments, "--python", site.interpreter], site.folder)

    uv("install", wheel)
    _well(site, NEWEST_CFFI)
    uv("install", "--reinstall", *FRONT_ENDS[NEWEST_CFFI])
    _well(site, NEWEST_CFFI)
    uv("uninstall", "ferrocffi")
    assert site.backend_file() == stock
    assert site.call_libm() == 12.0
