"""Front ends that are newer than those of the tests, or that are not there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import _cffi_backend
import cffi
import pytest
from ferrocffi import front_ends, runner, selftest, tables

SITE = Path(_cffi_backend.__file__).parents[1]


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """A folder with a copy of the front end that says it is a later release."""
    folder = tmp_path / "newer"
    shutil.copytree(Path(cffi.__file__).parent, folder / "cffi")
    file = folder / "cffi" / "__init__.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(f'"{cffi.__version__}"', '"2.9.0"'), encoding="utf-8")
    return folder


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """A folder with the backend and the doctor, and without the front end."""
    folder = tmp_path / "alone"
    for name in ("_cffi_backend", "ferrocffi"):
        shutil.copytree(SITE / name, folder / name)
    return folder


def run(program: str, *options: str, path: Path, exit_code: int = 0) -> tuple[str, str]:
    """Returns what a program prints on both streams; `path` comes before all else."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "FERROCFFI_"))}
    done = subprocess.run(
        [sys.executable, *options, "-c", f"import sys; sys.path.insert(0, {str(path)!r})\n{program}"],
        capture_output=True,
        text=True,
        env=clean,
        check=False,
    )
    assert done.returncode == exit_code, done.stdout + done.stderr
    return done.stdout.strip(), done.stderr


PROGRAMS = {
    "the front end first": "import cffi; print(cffi.FFI().new('int[]', [1, 2])[1])",
    "the backend first": "import _cffi_backend, cffi; print(cffi.FFI().new('int[]', [1, 2])[1])",
    "its version asked first": (
        "import _cffi_backend as b; b.__version__; import cffi; print(cffi.FFI().new('int[]', [1, 2])[1])"
    ),
    "complex numbers": (
        "import cffi; ffi = cffi.FFI(); ffi.cast('float _Complex', 1j); print(ffi.new('int[]', [1, 2])[1])"
    ),
    "two of them": "import cffi; cffi.FFI(); print(cffi.FFI().new('int[]', [1, 2])[1])",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.parametrize("options", [("-W", "error"), ("-W", "error::RuntimeWarning"), ("-W", "ignore")])
def test_warnings_as_errors_stop_nothing(newer: Path, program: str, options: tuple[str, ...]) -> None:
    assert run(program, *options, path=newer) == ("2", "")


def test_one_warning_that_names_the_newest_known_release(newer: Path) -> None:
    out, err = run("import cffi; cffi.FFI(); cffi.FFI(); print(cffi.FFI().typeof('int').cname)", path=newer)
    assert out == "int"
    newest = ".".join(map(str, front_ends.NEWEST))
    text = f"ferrocffi has not been tested with cffi 2.9.0; the newest release it knows is {newest}"
    assert err.count("RuntimeWarning") == err.count(text) == 1


def test_a_warning_filter_that_raises_something_else_is_heard(newer: Path) -> None:
    program = (
        "import warnings\ndef show(*args): raise KeyboardInterrupt\nwarnings.showwarning = show\n"
        "try:\n import cffi; cffi.FFI()\nexcept KeyboardInterrupt: print('heard')"
    )
    assert run(program, path=newer)[0] == "heard"


def test_the_doctor_says_what_is_known(newer: Path) -> None:
    program = "from ferrocffi.__main__ import main; sys.exit(main(['--json']))"
    report: dict[str, Any] = json.loads(run(program, "-W", "error", path=newer)[0])
    assert (report["front_end"], report["backend"]) == ("2.9.0", "2.9.0")
    assert (report["front_end_tested"], report["front_end_problem"], report["problem"]) == (False, None, None)
    (note,) = [note for note in report["notes"] if note.startswith("cffi")]
    assert note.startswith(
        "cffi 2.9.0 is newer than the releases that ferrocffi is tested with (1.15 to 2.1)."
    )
    assert "Known: it accepts this backend" in note and "Not known:" in note


def test_the_doctor_is_right_without_metadata(newer: Path, alone: Path) -> None:
    """A front end of which no metadata is installed, as in a frozen application."""
    shutil.copytree(newer / "cffi", alone / "cffi")
    for name in ("pycparser", *(p.name for p in SITE.glob("_cffi_backend.*") if p.is_file())):
        copy = shutil.copytree if (SITE / name).is_dir() else shutil.copy
        copy(SITE / name, alone / name)
    program = (
        "sys.path[:] = [p for p in sys.path if 'site-packages' not in p]\n"
        "from ferrocffi.__main__ import main; sys.exit(main(['--json']))"
    )
    report = json.loads(run(program, path=alone)[0])
    assert (report["front_end"], report["backend"], report["problem"]) == ("2.9.0", "2.9.0", None)


WITHOUT_SITE = "sys.path[:] = [p for p in sys.path if 'site-packages' not in p]\n"


class TestWithoutFrontEnd:
    """The package cffi is not installed: `ferrocffi.FFI` and compiled modules work, programs that import cffi do not."""

    def test_status(self, alone: Path) -> None:
        program = WITHOUT_SITE + "from ferrocffi.__main__ import main; sys.exit(main(['--json']))"
        report = json.loads(run(program, path=alone)[0])
        assert report["active"] is True
        assert (report["problem"], report["advice"], report["front_end"]) == (None, None, None)
        assert report["front_end_tested"] is None
        (note,) = report["notes"]
        assert "compiled modules and ferrocffi.FFI work without it" in note and "pip install cffi" in note

    def test_headline(self, alone: Path) -> None:
        program = WITHOUT_SITE + "from ferrocffi.__main__ import main; sys.exit(main([]))"
        out, _ = run(program, path=alone)
        assert "is active, without the package cffi" in out and "not usable" not in out

    def test_check(self, alone: Path) -> None:
        program = WITHOUT_SITE + "from ferrocffi.__main__ import main; sys.exit(main(['check', '--json']))"
        report = json.loads(run(program, path=alone)[0])
        assert report["ok"] is True
        assert [(c["group"], c["name"]) for c in report["checks"]] == runner.planned(ours=True)
        assert [c["name"] for c in report["checks"] if c["skipped"]] in ([], ["layout"])

    def test_the_tables_are_those_of_the_declarations(self, tmp_path: Path) -> None:
        builder = cffi.FFI()
        builder.cdef(selftest.DECLARATIONS)
        builder.set_source("ferrocffi.tables", None)
        builder.emit_python_code(str(tmp_path / "made.py"))

        def given(file: Path) -> tuple[object, ...]:
            seen: list[object] = []
            text = re.sub(r"^import _cffi_backend$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)

            class Fake:
                @staticmethod
                def FFI(*args: object, **kwargs: object) -> None:
                    seen.extend([args, kwargs])

            exec(text, {"_cffi_backend": Fake})
            return tuple(seen)

        assert given(Path(tables.__file__)) == given(tmp_path / "made.py")


def test_a_front_end_without_its_parser(alone: Path) -> None:
    shutil.copytree(Path(cffi.__file__).parent, alone / "cffi")
    shutil.rmtree(alone / "cffi" / "_pycparser", ignore_errors=True)
    program = WITHOUT_SITE + "from ferrocffi.__main__ import main; sys.exit(main(['--json']))"
    report = json.loads(run(program, path=alone, exit_code=1)[0])
    assert report["active"] is True
    assert report["problem"].startswith("the cffi package cannot be imported: No module named 'pycparser'")
    assert report["advice"].endswith("-m pip install pycparser")


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ("1.15.0", None),
        ("1.17.1", None),
        ("2.1.1", None),
        ("2.1.2rc1", None),
        ("2.2.0", "newer"),
        ("3.0", "newer"),
        ("10.0.0", "newer"),
        ("1.14.6", "older"),
        ("0.8.2", "older"),
        ("nightly", "unknown"),
        ("2", "unknown"),
        ("", "unknown"),
    ],
)
def test_releases(version: str, verdict: str | None) -> None:
    assert front_ends.compare(version) == verdict
    assert (front_ends.known(version) is None) == (verdict is None)
