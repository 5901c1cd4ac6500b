"""Other places than an environment's own folder: the user's site, ``--target``, archives, frozen applications."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from pathlib import Path

import pytest

from ci.environment import Environment
from ci.project import FRONT_ENDS, NEWEST_CFFI
from tests.wheel.conftest import BASE, CALL_LIBM, Site, pip, run

pytestmark = pytest.mark.matrix

DOCTOR = "import sys; from ferrocffi.__main__ import main; sys.exit(main(['status', '--json']))\n"
APPLICATION = f"""
import sys
if sys.argv[1:] == ["doctor"]:
    {DOCTOR.replace("; ", chr(10) + "    ")}
import _cffi_backend
{CALL_LIBM}
print(_cffi_backend.__file__)
"""
"""Prints 12.0 and the backend's file; with ``doctor``, what is known of it."""


def _only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def test_user_site(tmp_path: Path, wheel: Path) -> None:
    env = {"PYTHONUSERBASE": str(tmp_path / "user")}
    options = ["--user", "--ignore-installed", "--break-system-packages"]
    pip(BASE, "install", *options, *FRONT_ENDS[NEWEST_CFFI], cwd=tmp_path, env=env)
    where = ["-c", "import _cffi_backend; print(_cffi_backend.__file__)"]
    stock = Path(run([BASE, *where], tmp_path, env=env).stdout.strip())
    assert stock.is_relative_to(tmp_path / "user")

    pip(BASE, "install", *options, "--no-deps", wheel, cwd=tmp_path, env=env)
    ours = Path(run([BASE, *where], tmp_path, env=env).stdout.strip())
    assert ours.parent == stock.parent / "_cffi_backend"
    assert run([BASE, "-c", CALL_LIBM], tmp_path, env=env).stdout == "12.0\n"
    status = json.loads(run([BASE, "-m", "ferrocffi", "--json"], tmp_path, env=env).stdout)
    assert status["active"] is True
    assert status["candidates"][0]["origin"] == "the user's site folder"

    pip(BASE, "uninstall", "--yes", "--break-system-packages", "ferrocffi", cwd=tmp_path, env=env)
    assert Path(run([BASE, *where], tmp_path, env=env).stdout.strip()) == stock


def test_target_folder(empty_site: Site, wheel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "target"
    env = {"PYTHONPATH": str(folder)}
    empty_site.pip("install", "--target", folder, *FRONT_ENDS[NEWEST_CFFI])
    empty_site.pip("install", "--target", folder, "--no-deps", wheel)
    assert empty_site.backend_file(env).parent == folder / "_cffi_backend"
    assert empty_site.call_libm(env) == 12.0
    status = empty_site.doctor(env)
    assert (status["active"], status["problem"]) == (True, None)
    assert status["candidates"][0]["origin"] == "PYTHONPATH"


def test_target_folder_behind_another_one_with_cffi(site: Site, wheel: Path, tmp_path: Path) -> None:
    """Python looks folder by folder: a stock backend in an earlier one comes first, and the doctor says so."""
    earlier, later = tmp_path / "earlier", tmp_path / "later"
    site.pip("install", "--target", earlier, *FRONT_ENDS[NEWEST_CFFI])
    site.pip("install", "--target", later, "--no-deps", wheel)
    env = {"PYTHONPATH": os.pathsep.join([str(earlier), str(later)])}
    status = site.doctor(env)
    assert status["active"] is False
    assert str(earlier) in status["problem"]
    assert str(later) in status["problem"]
    assert str(earlier) in status["advice"]
    env = {"PYTHONPATH": os.pathsep.join([str(later), str(earlier)])}
    assert site.doctor(env)["active"] is True
    assert site.call_libm(env) == 12.0


def test_environment_that_sees_the_system(site: Site, wheel: Path, tmp_path: Path) -> None:
    """An environment upon another: what is installed in it comes first."""
    site.pip("install", "--no-deps", wheel)
    packages = site.backend_file().parent.parent
    upper = Site(tmp_path / "upper")
    pattern = "Lib/site-packages" if sys.platform == "win32" else "lib/python*/site-packages"
    (_only(upper.folder, pattern) / "below.pth").write_text(str(packages), encoding="utf-8")
    assert upper.backend_file().parent == packages / "_cffi_backend"
    upper.pip("install", "--ignore-installed", *FRONT_ENDS[NEWEST_CFFI])
    status = upper.doctor()
    assert status["active"] is False
    assert "comes before" in status["problem"]


def _archive(site: Site, to: Path, *, pure: bool) -> None:
    """An application in an archive: the front end, the doctor, and the backend's files unless `pure`."""
    packages = site.backend_file().parent.parent
    with zipfile.ZipFile(to, "w") as archive:
        for path in sorted(packages.rglob("*")):
            name = path.relative_to(packages)
            if path.is_file() and (not pure or path.suffix == ".py") and "__pycache__" not in name.parts:
                archive.write(path, str(name))
        archive.writestr("__main__.py", APPLICATION)


def test_zipped_application(site: Site, wheel: Path) -> None:
    """The pure part in the archive, the backend of the environment: as with the stock one."""
    site.pip("install", "--no-deps", wheel)
    application = site.folder / "application.pyz"
    _archive(site, application, pure=True)
    shown = site.python(application).stdout.split("\n")
    assert shown[:2] == ["12.0", str(site.backend_file())]
    assert json.loads(site.python(application, "doctor").stdout)["active"] is True


def test_zipped_application_with_everything(site: Site, wheel: Path, tmp_path: Path) -> None:
    """No Python loads an extension from an archive: it is passed over for the environment's, else it is missing."""
    site.pip("install", "--no-deps", wheel)
    application = site.folder / "application.pyz"
    _archive(site, application, pure=False)
    assert site.python(application).stdout.startswith("12.0\n")
    bare = Site(tmp_path / "bare")
    done = bare.python(application, "doctor", check=False)
    assert done.returncode == 1
    status = json.loads(done.stdout)
    assert status["active"] is False
    assert status["problem"]


def test_zipapp_that_unpacks_itself(tmp_path: Path, wheel: Path, tools: Environment) -> None:
    """shiv puts everything into the archive, and unpacks it where it runs."""
    module = tmp_path / "source" / "application.py"
    module.parent.mkdir()
    module.write_text("def main():\n" + "\n".join(f"    {line}" for line in APPLICATION.split("\n")))
    (module.parent / "pyproject.toml").write_text(
        "[build-system]\nrequires = ['setuptools==80.9.0']\nbuild-backend = 'setuptools.build_meta'\n"
        "[project]\nname = 'application'\nversion = '1'\n[tool.setuptools]\npy-modules = ['application']\n"
    )
    made = tmp_path / "application.pyz"
    command: list[str | Path] = [tools.command("shiv"), "-q", "-o", made, "-e", "application:main"]
    run([*command, module.parent, wheel, *FRONT_ENDS[NEWEST_CFFI]], tmp_path)
    env = {"SHIV_ROOT": str(tmp_path / "unpacked")}
    shown = run([BASE, made], tmp_path, env=env).stdout.split("\n")
    assert shown[0] == "12.0"
    backend = Path(shown[1])
    assert backend.parent.name == "_cffi_backend"
    assert backend.is_relative_to(tmp_path / "unpacked")
    assert json.loads(run([BASE, made, "doctor"], tmp_path, env=env).stdout)["active"] is True


@pytest.mark.parametrize("kind", ["--onedir", "--onefile"])
def test_pyinstaller(kind: str, site: Site, wheel: Path, tools: Environment, tmp_path: Path) -> None:
    """A frozen application has this backend inside if it was installed where the application was built."""
    site.pip("install", "--no-deps", wheel)
    program = tmp_path / "application.py"
    program.write_text(APPLICATION, encoding="utf-8")
    packages = site.backend_file().parent.parent
    command: list[str | Path] = [tools.python, "-m", "PyInstaller", "--log-level", "ERROR", "--noconfirm"]
    command += [kind, "--paths", packages, "--copy-metadata", "ferrocffi", "--copy-metadata", "cffi"]
    run([*command, program], tmp_path, env={"PYTHONPATH": str(packages)})
    built = tmp_path / "dist" / "application"
    executable = built / "application" if kind == "--onedir" else built
    if sys.platform == "win32":
        executable = executable.with_suffix(".exe")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shown = run([executable], elsewhere).stdout.split("\n")
    assert shown[0] == "12.0"
    assert Path(shown[1]).parent.name == "_cffi_backend"
    assert str(packages) not in shown[1]
    status = json.loads(run([executable, "doctor"], elsewhere).stdout)
    assert (status["active"], status["frozen"], status["problem"]) == (True, True, None)


def test_pyinstaller_without_it(site: Site, wheel: Path, tools: Environment, tmp_path: Path) -> None:
    """With cffi alone the application has the stock backend, and the doctor inside says what to do."""
    site.pip("install", "--no-deps", wheel)
    doctor = tmp_path / "doctor"
    site.pip("install", "--target", doctor, "--no-deps", wheel)
    for path in (doctor / "_cffi_backend").iterdir():
        path.unlink()
    (doctor / "_cffi_backend").rmdir()
    site.pip("uninstall", "--yes", "ferrocffi")
    packages = site.backend_file().parent
    program = tmp_path / "application.py"
    program.write_text(APPLICATION, encoding="utf-8")
    search = os.pathsep.join([str(packages), str(doctor)])
    command: list[str | Path] = [tools.python, "-m", "PyInstaller", "--log-level", "ERROR", "--noconfirm"]
    run([*command, "--paths", packages, "--paths", doctor, program], tmp_path, env={"PYTHONPATH": search})
    executable = tmp_path / "dist" / "application" / "application"
    assert run([executable], tmp_path).stdout.startswith("12.0\n")
    done = run([executable, "doctor"], tmp_path, check=False)
    assert done.returncode == 1
    status = json.loads(done.stdout)
    assert status["frozen"] is True
    assert "frozen" in status["problem"]
    assert "where the application is built" in status["advice"]
