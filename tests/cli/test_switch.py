"""FERROCFFI_BACKEND gives a process the stock backend, and the doctor says so."""

from __future__ import annotations

import importlib.util
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

from tests.modules.building import compiled

VARIABLE = "FERROCFFI_BACKEND"
SITE = Path(_cffi_backend.__file__).parents[1]
STOCK = next((path for path in SITE.glob("_cffi_backend.*") if path.suffix in (".so", ".pyd")), None)

needs_stock = pytest.mark.skipif(
    STOCK is None and bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="cffi's own backend does not build for this interpreter",
)

CALL = """
import cffi, sys
ffi = cffi.FFI()
ffi.cdef("int abs(int);")
print(ffi.dlopen("ucrtbase" if sys.platform == "win32" else None).abs(-3))
"""
WHICH = "import _cffi_backend, sys; print(_cffi_backend.__file__)"


def run(
    program: str,
    value: str | None,
    *,
    path: str | Path = "",
    exit_code: int = 0,
    options: tuple[str, ...] = (),
) -> str:
    """Returns what a program prints, with that value of the variable; its errors where it is meant to fail."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON") and k != VARIABLE}
    env = {**clean, **({} if value is None else {VARIABLE: value}), "PYTHONPATH": str(path)}
    done = subprocess.run(
        [sys.executable, *options, "-c", program], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == exit_code, done.stdout + done.stderr
    return (done.stderr if exit_code else done.stdout).strip()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a compiled module."""
    made = tmp_path_factory.mktemp("switch")
    file = compiled(
        made,
        "_switched",
        'int twice(int); struct point { int x, y; }; extern "Python" int back(int); int forth(int);',
        "struct point { int x, y; }; static int twice(int n) { return 2 * n; }"
        "static int back(int); static int forth(int n) { return back(n) + 1; }",
    )
    return Path(file).parent


@needs_stock
class TestStock:
    """The stock backend where the variable asks for it."""

    def test_it_is_the_file_beside_this_one(self) -> None:
        assert run(WHICH, "stock") == str(STOCK)
        assert run("import _cffi_backend as b; print('ferrocffi' in (b.__doc__ or ''))", "stock") == "False"

    def test_it_is_the_one_module_of_that_name(self) -> None:
        program = (
            "import sys, importlib, _cffi_backend as one; two = importlib.import_module('_cffi_backend');"
            "print(one is two is sys.modules['_cffi_backend'], one.__spec__.origin == one.__file__,"
            "      one.__name__, hasattr(one, '__path__'), importlib.reload(one) is one, one.FFI.__name__)"
        )
        assert run(program, "stock") == "True True _cffi_backend False True FFI"

    @pytest.mark.parametrize("options", [(), ("-I",), ("-S",), ("-W", "error")])
    def test_programs_run(self, options: tuple[str, ...]) -> None:
        path = f"import sys; sys.path.append({str(SITE)!r})"
        assert run(f"{path}\n{CALL}", "stock", options=options) == "3"

    def test_compiled_modules_run(self, folder: Path) -> None:
        program = (
            "from _switched import ffi, lib; import _cffi_backend\n"
            "@ffi.def_extern()\ndef back(n): return n * 10\n"
            "print(lib.twice(4), lib.forth(3), ffi.new('struct point *', [1, 2]).y, _cffi_backend.__file__)"
        )
        assert run(program, "stock", path=folder) == f"8 31 2 {STOCK}"
        assert run(program, None, path=folder) == f"8 31 2 {_cffi_backend.__file__}"

    def test_threads_import_one_module(self, folder: Path) -> None:
        program = (
            "import threading, sys; seen = []; gate = threading.Barrier(8)\n"
            "def work():\n gate.wait(); import _cffi_backend, _switched\n"
            " seen.append((_cffi_backend.__file__, id(_cffi_backend.FFI), _switched.lib.twice(2)))\n"
            "all = [threading.Thread(target=work) for _ in range(8)]\n"
            "[t.start() for t in all]; [t.join() for t in all]; print(len(seen), len(set(seen)), seen[0][0])"
        )
        assert run(program, "stock", path=folder) == f"8 1 {STOCK}"

    def test_a_subinterpreter_gets_it_too(self) -> None:
        name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
        if importlib.util.find_spec(name) is None:
            pytest.skip("no subinterpreters from Python code")
        kind = "x.create('legacy')" if sys.version_info >= (3, 13) else "x.create(isolated=False)"
        program = (
            f"import {name} as x, _cffi_backend; i = {kind};"
            "x.run_string(i, 'import _cffi_backend as b; print(b.__file__, flush=True)'); print(b'end')"
        )
        assert run(program, "stock").splitlines()[0] == str(STOCK)

    def test_the_variable_is_read_at_the_import(self) -> None:
        program = f"import os; os.environ[{VARIABLE!r}] = 'stock'; {WHICH}"
        assert run(program, None) == str(STOCK)
        program = f"import os, _cffi_backend; os.environ[{VARIABLE!r}] = 'stock'; {WHICH}"
        assert run(program, None) == _cffi_backend.__file__

    def test_one_that_lies_elsewhere_is_found(self, tmp_path: Path) -> None:
        """This backend in a folder in front, the stock one in a later one of the search path."""
        front, back = tmp_path / "front", tmp_path / "back"
        shutil.copytree(SITE / "_cffi_backend", front / "_cffi_backend")
        back.mkdir()
        assert STOCK is not None
        shutil.copy(STOCK, back)
        program = f"import sys; sys.path[:0] = [{str(front)!r}, {str(back)!r}]; {WHICH}"
        assert run(program, "stock") == str(back / STOCK.name)
        assert run(program, None).startswith(str(front))

    def test_the_doctor_says_so(self) -> None:
        report = doctor("stock")
        assert report["active"] is False and report["owner"] == "cffi"
        assert report["backend_file"] == str(STOCK)
        assert report["environment"] == {VARIABLE: "stock"}
        assert report["problem"] == f"{VARIABLE}=stock gives this process the backend that cffi ships"
        assert report["advice"] == f"unset {VARIABLE}"
        assert report["front_end_problem"] is None
        text = run("from ferrocffi import plain, status; print(*plain.rows(status.collect()))", "stock")
        assert "'environment', 'FERROCFFI_BACKEND=stock'" in text


def doctor(value: str) -> dict[str, Any]:
    """Returns the report on a status, of another backend than this one."""
    program = "from ferrocffi.__main__ import main; print(); assert main(['--json']) == 1"
    report: dict[str, Any] = json.loads(run(program, value))
    return report


@pytest.mark.parametrize("value", [None, "", "ferrocffi"])
def test_without_a_wish_it_is_this_one(value: str | None) -> None:
    assert run(WHICH, value) == _cffi_backend.__file__
    assert run(CALL, value) == "3"


@pytest.mark.parametrize("value", ["Stock", "cffi", "0", "stock "])
def test_other_values_are_errors(value: str) -> None:
    text = run(CALL, value, exit_code=1)
    assert f"ImportError: {VARIABLE} is '{value}', which must be 'stock' or 'ferrocffi'" in text
    report = doctor(value)
    assert report["problem"] == f"{VARIABLE} is '{value}', which must be 'stock' or 'ferrocffi'"
    assert report["advice"] == f"set {VARIABLE} to 'stock' or to 'ferrocffi', or unset it"


def _alone(folder: Path) -> Path:
    """Returns a folder with this backend and the doctor, and nothing of cffi."""
    for name in ("_cffi_backend", "ferrocffi"):
        shutil.copytree(SITE / name, folder / name)
    return folder


def test_without_a_stock_backend_the_import_says_so(tmp_path: Path) -> None:
    site = _alone(tmp_path)
    cut = f"import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p] + [{str(site)!r}];"
    text = run(f"{cut} import _cffi_backend", "stock", exit_code=1)
    assert f"ImportError: {VARIABLE}=stock asks for the stock backend of cffi, and there is none" in text
    assert str(site / "_cffi_backend") in text
    # The failed import leaves nothing behind.
    program = (
        f"{cut}\ntry:\n import _cffi_backend\nexcept ImportError as e: print(e.name, '_cffi_backend' in sys.modules)"
        f"\nimport os; del os.environ[{VARIABLE!r}]; import _cffi_backend as b; print(b.FFI)"
    )
    assert run(program, "stock").splitlines() == ["_cffi_backend False", "<class '_cffi_backend.FFI'>"]
    report = run(f"{cut} from ferrocffi.status import collect as c; print(c().advice)", "stock")
    assert report.startswith(f"unset {VARIABLE}, or install cffi's own backend")


def test_a_copy_of_this_backend_is_not_taken_for_the_stock_one(tmp_path: Path) -> None:
    site = _alone(tmp_path)
    ours = Path(_cffi_backend.__file__)
    shutil.copy(ours, site / ours.name.replace("__init__", "_cffi_backend"))
    cut = f"import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p] + [{str(site)!r}];"
    assert "there is none" in run(f"{cut} import _cffi_backend", "stock", exit_code=1)
