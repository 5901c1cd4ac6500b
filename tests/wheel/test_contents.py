"""What is in the wheel."""

from __future__ import annotations

import email.message
import re
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture
def metadata(wheel: Path) -> email.message.Message:
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(archive.read(name))


def test_one_extension_inside_a_package_folder(names: list[str]) -> None:
    suffix = ".pyd" if sys.platform == "win32" else ".so"
    extensions = [name for name in names if name.endswith((".so", ".pyd", ".dll", ".dylib"))]
    assert len(extensions) == 1
    assert extensions[0].startswith("_cffi_backend/__init__.")
    assert extensions[0].endswith(suffix)


def test_types_and_tool_are_there(names: list[str]) -> None:
    expected = {
        "_cffi_backend/__init__.pyi",
        "_cffi_backend/py.typed",
        "ferrocffi/__init__.py",
        "ferrocffi/__main__.py",
        "ferrocffi/py.typed",
    }
    assert expected <= set(names)


def test_nothing_but_the_two_packages(names: list[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"_cffi_backend", "ferrocffi"}
    assert not [name for name in names if "__pycache__" in name]


def test_no_python_init_would_replace_the_extension(names: list[str]) -> None:
    assert "_cffi_backend/__init__.py" not in names


def test_version_is_the_workspace_version(metadata: email.message.Message) -> None:
    manifest = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    version = re.search(r'^\[workspace\.package\]\nversion = "(.+)"$', manifest, re.MULTILINE)
    assert version
    assert metadata["Version"] == version[1]


def test_needs_nothing_else(metadata: email.message.Message) -> None:
    required = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert required == []
    extras = metadata.get_all("Provides-Extra", [])
    assert sorted(extras) == ["cffi", "cli", "debug"]
    assert metadata["Requires-Python"] == ">=3.10"


def test_licences_are_inside(names: list[str]) -> None:
    inside = {Path(name).name for name in names if ".dist-info/licenses/" in name}
    assert {"LICENSE-MIT", "LICENSE-APACHE"} <= inside


def test_what_pip_shows_is_there(metadata: email.message.Message) -> None:
    """`pip show` before 25.0 knows the old names only: no Project-URL, no License-Expression."""
    home = "https://github.com/ferrocffi/ferrocffi"
    assert metadata["Home-Page"] == home
    assert f"Homepage, {home}" in metadata.get_all("Project-URL", [])
    assert metadata["Author"] == "The ferrocffi contributors"
    # A file may have one of the two.
    assert metadata["License"] == "MIT OR Apache-2.0" and metadata["License-Expression"] is None
    assert {"LICENSE-MIT", "LICENSE-APACHE"} <= set(metadata.get_all("License-File", []))
