"""What status finds out, in made-up environments."""

from __future__ import annotations

import importlib.machinery
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import _cffi_backend
import pytest
from ferrocffi import search, status
from ferrocffi.search import FOREIGN, OURS, STOCK, UNUSABLE, Candidate

SUFFIX = importlib.machinery.EXTENSION_SUFFIXES[0]
OTHER_SUFFIX = ".cpython-37m-other.so" if os.name != "nt" else ".cp37-other.pyd"
OUR_BYTES = b"..This is ferrocffi..PyInit__cffi_backend.."
STOCK_BYTES = b"..PyInit__cffi_backend.."


def write(path: Path, content: bytes = b"") -> Path:
    """Returns a file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def report(*, cwd: Path, exit_code: int, options: tuple[str, ...] = (), **env: str) -> dict[str, Any]:
    """Returns the JSON of a status in a process of its own."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, *options, "-m", "ferrocffi", "--json"],
        cwd=cwd,
        env={**clean, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == exit_code, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def stock_backends() -> list[Path]:
    """Returns the backend of the installed cffi, which may be none."""
    site = Path(_cffi_backend.__file__).parents[1]
    found = [path for path in site.glob("_cffi_backend.*") if path.is_file()]
    assert found or sysconfig.get_config_var("Py_GIL_DISABLED")
    return found


class TestSearch:
    """The candidates along a search path."""

    def test_package_comes_before_extension_of_the_same_folder(self, tmp_path: Path) -> None:
        stock = write(tmp_path / f"_cffi_backend{SUFFIX}", STOCK_BYTES)
        ours = write(tmp_path / "_cffi_backend" / f"__init__{SUFFIX}", OUR_BYTES)
        found = search.candidates([str(tmp_path)])
        assert [(c.file, c.owner) for c in found] == [(str(ours), OURS), (str(stock), STOCK)]
        spec = importlib.machinery.PathFinder.find_spec("_cffi_backend", [str(tmp_path)])
        assert spec and spec.origin == found[0].file

    def test_order_of_the_path_decides(self, tmp_path: Path) -> None:
        write(tmp_path / "one" / f"_cffi_backend{SUFFIX}", STOCK_BYTES)
        write(tmp_path / "two" / "_cffi_backend" / f"__init__{SUFFIX}", OUR_BYTES)
        path = [str(tmp_path / name) for name in ("two", "absent", "one", "two")]
        assert [c.owner for c in search.candidates(path)] == [OURS, STOCK]

    def test_files_for_another_python_are_named_as_such(self, tmp_path: Path) -> None:
        write(tmp_path / "_cffi_backend" / f"__init__{OTHER_SUFFIX}", OUR_BYTES)
        assert [c.owner for c in search.candidates([str(tmp_path)])] == [UNUSABLE]

    @pytest.mark.parametrize("name", ["_cffi_backend.py", "_cffi_backend/__init__.py"])
    def test_python_files_are_foreign(self, tmp_path: Path, name: str) -> None:
        write(tmp_path / name)
        assert [c.owner for c in search.candidates([str(tmp_path)])] == [FOREIGN]

    def test_an_extension_without_the_entry_point_is_foreign(self, tmp_path: Path) -> None:
        file = write(tmp_path / f"_cffi_backend{SUFFIX}", b"something")
        assert search.owner_of(file) == FOREIGN

    def test_the_installed_one_is_recognised_by_its_content(self) -> None:
        assert search.owner_of(Path(_cffi_backend.__file__)) == OURS

    def test_origins(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert search.origin_of("") == "the current folder"
        assert search.origin_of(str(tmp_path)) == "the current folder"
        assert search.origin_of(str(tmp_path / "x"), python_path=str(tmp_path / "x")) == "PYTHONPATH"
        assert search.origin_of(str(tmp_path / "lib" / "site-packages")) == "another site folder"
        monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path / "bundle"), raising=False)
        assert search.origin_of(str(tmp_path / "bundle")) == "this application"
        monkeypatch.setattr("site.getusersitepackages", lambda: str(tmp_path / "user"))
        assert search.origin_of(str(tmp_path / "user")) == "the user's site folder"


class TestExplain:
    """What it says about causes that would take another computer to bring about."""

    ours = Candidate("b", "this environment", "b/_cffi_backend/__init__.so", OURS)

    def test_not_installed(self) -> None:
        problem, advice = status.explain("a/_cffi_backend.so", STOCK, None, [], frozenset())
        assert "not installed" in problem
        assert "pip install" in advice

    def test_another_python(self) -> None:
        wrong = Candidate("b", "this environment", "b/_cffi_backend/__init__.cpython-37.so", UNUSABLE)
        problem, advice = status.explain("a/_cffi_backend.so", STOCK, None, [wrong], frozenset())
        assert "another Python" in problem and SUFFIX in problem
        assert "wheel for this Python" in advice

    def test_gone(self, tmp_path: Path) -> None:
        problem, _ = status.explain("a.so", STOCK, None, [self.ours], frozenset([tmp_path / "gone.so"]))
        assert "gone" in problem

    def test_user_site(self) -> None:
        first = Candidate("u", "the user's site folder", "u/_cffi_backend.so", STOCK)
        problem, advice = status.explain(first.file, STOCK, None, [first, self.ours], frozenset())
        assert "comes before" in problem
        assert "--user" in advice

    def test_another_site_folder(self) -> None:
        first = Candidate("s", "another site folder", "s/_cffi_backend.so", STOCK)
        _, advice = status.explain(first.file, STOCK, None, [first, self.ours], frozenset())
        assert "--target s" in advice

    def test_frozen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "frozen", True, raising=False)
        problem, advice = status.explain("app/_cffi_backend.so", STOCK, None, [], frozenset())
        assert "frozen" in problem and "cffi ships" in problem
        assert "where the application is built" in advice

    def test_frozen_whatever_the_record_says(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(sys, "frozen", True, raising=False)
        gone = frozenset([tmp_path / "_cffi_backend" / "gone.so"])
        problem, advice = status.explain("app/_cffi_backend.so", STOCK, None, [], gone)
        assert "frozen" in problem and "pip" not in advice

    def test_built_in(self) -> None:
        problem, _ = status.explain(None, FOREIGN, None, [self.ours], frozenset())
        assert "built-in or frozen" in problem

    def test_hook(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Hook:
            @staticmethod
            def find_spec(name: str, path: object = None, target: object = None) -> None:
                return None

        monkeypatch.setattr(sys, "meta_path", [Hook, *sys.meta_path])
        problem, _ = status.explain("elsewhere.py", FOREIGN, None, [self.ours], frozenset())
        assert "Hook" in problem

    def test_import_error(self) -> None:
        problem, advice = status.explain(self.ours.file, None, "bad ELF", [self.ours], frozenset())
        assert "bad ELF" in problem
        assert "--force-reinstall" in advice


class TestProcess:
    """Real interpreters, with something in the way."""

    def test_active(self, tmp_path: Path) -> None:
        found = report(cwd=tmp_path, exit_code=0)
        assert found["active"] is True
        assert found["owner"] == OURS
        assert found["problem"] is found["advice"] is None
        files = [(c["file"], c["owner"]) for c in found["candidates"]]
        assert files[0] == (found["backend_file"], OURS) == (_cffi_backend.__file__, OURS)
        # No stock backend can be installed without a GIL on 3.13.
        assert [owner for _, owner in files[1:]] == [STOCK] * (len(stock_backends()) > 0)

    def test_python_file_in_the_current_folder(self, tmp_path: Path) -> None:
        write(tmp_path / "_cffi_backend.py", b"__version__ = '0'")
        found = report(cwd=tmp_path, exit_code=1)
        assert found["owner"] == FOREIGN
        assert "the current folder" in str(found["problem"])
        assert "another folder" in str(found["advice"])

    def test_python_path(self, tmp_path: Path) -> None:
        write(tmp_path / "p" / "_cffi_backend.py", b"__version__ = '0'")
        found = report(cwd=tmp_path, exit_code=1, PYTHONPATH=str(tmp_path / "p"))
        assert found["advice"] == f"take {tmp_path / 'p'} out of PYTHONPATH"
        assert "refuses" not in str(found["problem"])
        assert "Version mismatch" in str(found["front_end_problem"])

    def test_stock_backend_in_front(self, tmp_path: Path) -> None:
        if not stock_backends():
            pytest.skip("cffi's own backend does not build for this interpreter")
        shutil.copy(stock_backends()[0], tmp_path)
        found = report(cwd=tmp_path, exit_code=1)
        assert found["owner"] == STOCK
        assert found["front_end_problem"] is None

    def test_another_site_folder_in_front(self, tmp_path: Path) -> None:
        if not stock_backends():
            pytest.skip("cffi's own backend does not build for this interpreter")
        stock = stock_backends()[0]
        folder = tmp_path / "vendored" / "site-packages"
        folder.mkdir(parents=True)
        shutil.copy(stock, folder)
        program = (
            f"import sys; sys.path.insert(0, {str(folder)!r});"
            "from ferrocffi.__main__ import main; sys.exit(main(['--json']))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=False
        )
        found = json.loads(done.stdout)
        assert (done.returncode, found["owner"]) == (1, STOCK)
        assert [(c["origin"], c["owner"]) for c in found["candidates"]][:2] == [
            ("another site folder", STOCK),
            ("this environment" if sys.prefix != sys.base_prefix else "this Python's site folder", OURS),
        ]
        assert f"--target {folder}" in found["advice"]

    def test_isolated_mode_passes_them_by(self, tmp_path: Path) -> None:
        write(tmp_path / "_cffi_backend.py")
        found = report(cwd=tmp_path, exit_code=0, options=("-I",), PYTHONPATH=str(tmp_path))
        assert found["active"] is True

    def test_folder_without_anything(self, tmp_path: Path) -> None:
        program = (
            "import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p] + [sys.argv[1]];"
            "import ferrocffi.status as s; x = s.collect(); print(x.active, x.problem)"
        )
        site = tmp_path / "site"
        write(site / "_cffi_backend" / f"__init__{OTHER_SUFFIX}")
        shutil.copytree(Path(status.__file__).parent, site / "ferrocffi")
        done = subprocess.run(
            [sys.executable, "-c", program, site], capture_output=True, text=True, cwd=tmp_path, check=True
        )
        assert done.stdout.startswith("False")
        assert "was built for another Python" in done.stdout
