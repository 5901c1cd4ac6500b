"""What `ci.release` adds to a wheel, and the source distribution."""

from __future__ import annotations

import base64
import csv
import email
import hashlib
import json
import random
import re
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ci.checks import layers as check_layers
from ci.environment import tools as build_tools
from ci.interpreters import FREE_THREADED, SUPPORTED, Interpreter
from ci.project import FRONT_ENDS, NEWEST_CFFI, ROOT, TARGET
from ci.release import __main__ as release
from ci.release import archive, build, notices, parts, source
from ci.release.parts import Part
from ci.release.target import Target, host
from tests.wheel.conftest import Site


@pytest.fixture(scope="module")
def linked() -> list[Part]:
    """What is in a wheel of this machine, without what zig's linker adds."""
    return parts.collect(Target(host(), policy=None), build_tools())


@pytest.fixture
def finished(wheel: Path, linked: list[Part], tmp_path: Path) -> Path:
    """The wheel with its notices."""
    copy = tmp_path / wheel.name
    shutil.copy(wheel, copy)
    archive.add(copy, {**notices.licence_files(linked), **notices.bill(linked, wheel.name)})
    return copy


def _bill(wheel: Path) -> dict[str, Any]:
    (text,) = (c for name, c in archive.read(wheel).items() if ".dist-info/sboms/ferrocffi." in name)
    bill: dict[str, Any] = json.loads(text)
    return bill


def test_each_linked_crate_is_named_and_no_other(finished: Path) -> None:
    command = ["cargo", "tree", "-p", "cffi-backend", "--edges", "normal", "--prefix", "none", "--locked"]
    tree = subprocess.run(
        [*command, "--format", "{p}"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    crates = {tuple(line.split()[:2]) for line in tree.splitlines() if line.strip()}
    expected = {(name, version.removeprefix("v")) for name, version in crates} - {("cffi-backend", "0.1.0")}
    named = _bill(finished)["components"]
    found = {(c["name"], c["version"]) for c in named if c["purl"].startswith("pkg:cargo/")}
    assert found == expected
    assert {"libffi", "rust-std"} <= {c["name"] for c in named}


def test_the_bill_holds_together(finished: Path) -> None:
    bill = _bill(finished)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    known = {bill["metadata"]["component"]["bom-ref"], *(c["bom-ref"] for c in bill["components"])}
    assert len(known) == len(bill["components"]) + 1
    reached = set()
    for dependency in bill["dependencies"]:
        assert dependency["ref"] in known
        assert set(dependency["dependsOn"]) <= known
        reached |= set(dependency["dependsOn"])
    assert reached == known - {bill["metadata"]["component"]["bom-ref"]}
    hashed = [
        c for c in bill["components"] if c["purl"].startswith("pkg:cargo/") and "cffi-" not in c["name"]
    ]
    assert hashed
    assert all(len(c["hashes"][0]["content"]) == 64 for c in hashed)
    assert str(Path.home()) not in json.dumps(bill)


def test_each_part_brings_its_licence(finished: Path, linked: list[Part]) -> None:
    files = archive.read(finished)
    info = archive.info_folder(finished)
    for part in linked:
        folder = f"{info}/licenses/third-party/{part.name}-{part.version}/"
        assert part.own != any(name.startswith(folder) and content for name, content in files.items())
    ffi = next(content for name, content in files.items() if "/libffi-3" in name)
    assert b"Anthony Green" in ffi
    named = email.message_from_bytes(files[f"{info}/METADATA"]).get_all("License-File", [])
    assert {f"{info}/licenses/{name}" for name in named} == {n for n in files if "/licenses/" in n}


def test_the_record_is_right(finished: Path) -> None:
    files = archive.read(finished)
    (record,) = (name for name in files if name.endswith(".dist-info/RECORD"))
    rows = {name: (digest, size) for name, digest, size in csv.reader(files[record].decode().splitlines())}
    assert rows.pop(record) == ("", "")
    assert rows.keys() == files.keys() - {record}
    for name, (digest, size) in rows.items():
        expected = base64.urlsafe_b64encode(hashlib.sha256(files[name]).digest()).rstrip(b"=").decode()
        assert (digest, int(size)) == (f"sha256={expected}", len(files[name]))


def test_order_and_times_of_the_build_do_not_matter(
    finished: Path, linked: list[Part], tmp_path: Path
) -> None:
    shuffled = tmp_path / "other" / finished.name
    shuffled.parent.mkdir()
    files = list(archive.read(finished).items())
    random.Random(1).shuffle(files)
    info = archive.info_folder(finished)
    with zipfile.ZipFile(shuffled, "w") as out:
        for number, (name, content) in enumerate(files):
            out.writestr(zipfile.ZipInfo(name, (2000 + number % 100, 1, 1, 0, 0, 0)), content)
    assert shuffled.read_bytes() != finished.read_bytes()
    archive.write(shuffled, {n: c for n, c in archive.read(shuffled).items() if n != f"{info}/RECORD"}, info)
    assert shuffled.read_bytes() == finished.read_bytes()


def test_it_installs(finished: Path, site: Site) -> None:
    site.pip("install", "--no-deps", finished)
    assert site.call_libm() == 12.0
    done = site.python("-c", "import importlib.metadata as m; print(len(m.files('ferrocffi')))")
    assert int(done.stdout) >= len(archive.read(finished))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return source.distribution(tmp_path_factory.mktemp("sdist"))


def linked_crates() -> set[str]:
    """Returns the project's crates that the extension is linked with, itself included."""
    found, todo = set[str](), ["cffi-backend"]
    while todo:
        crate = todo.pop()
        if crate not in found:
            found.add(crate)
            manifest = ROOT / "crates" / crate / "Cargo.toml"
            todo += [name for _, name in check_layers.dependencies(manifest) if name in check_layers.CRATES]
    return found


def test_the_source_distribution_has_what_is_needed_and_no_more(sdist: Path) -> None:
    with tarfile.open(sdist) as content:
        members = content.getmembers()
    top = f"{sdist.name.removesuffix('.tar.gz')}/"
    names = {member.name.removeprefix(top) for member in members}
    assert {"LICENSE-MIT", "LICENSE-APACHE", "README.md", "Cargo.lock", "pyproject.toml", "PKG-INFO"} <= names
    known = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    if known:
        new = subprocess.run(
            ["git", "ls-files", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        assert names - {"PKG-INFO"} <= {*known, *new}
    folders = tuple(f"crates/{crate}/src/" for crate in linked_crates())
    sources = {name for name in known if name.startswith(folders) and (ROOT / name).exists()}
    assert sources <= names
    assert {(member.uid, member.gid, member.uname, member.mtime) for member in members} == {
        (0, 0, "", 315532800)
    }


def test_the_source_distribution_is_the_same_again(sdist: Path, tmp_path: Path) -> None:
    assert source.distribution(tmp_path).read_bytes() == sdist.read_bytes()


@pytest.mark.matrix
def test_the_source_distribution_builds_by_itself(
    sdist: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unpacked and built by pip, far from this tree; the quick profile, so that it takes less than a minute."""
    monkeypatch.setenv("CARGO_TARGET_DIR", str(TARGET / "sdist"))
    monkeypatch.setenv("MATURIN_PEP517_ARGS", "--profile dev-fast")
    site.pip("install", sdist, *FRONT_ENDS[NEWEST_CFFI])
    status = site.doctor()
    assert (status["active"], status["problem"]) == (True, None)
    assert site.call_libm() == 12.0


LOOK = """
import sys
from pathlib import Path
from ci.release.inspect import problems
from ci.release.target import Target
print("\\n".join(problems(Path(sys.argv[1]), Target(sys.argv[2], "manylinux2014"))[0]))
"""


@pytest.mark.matrix
def test_what_an_old_system_lacks_is_found(wheel: Path, tmp_path: Path) -> None:
    """A wheel linked here asks for this machine's glibc; one without libgcc_s has another unwinder inside."""
    if not host().endswith("linux-gnu"):
        pytest.skip("about glibc")
    look: list[str | Path] = [build.tools().python, "-c", LOOK]
    found = subprocess.run(
        [*look, wheel, host()], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    versions = [line.removeprefix("needs GLIBC_") for line in found.splitlines() if "needs GLIBC_" in line]
    published = "manylinux2014" in wheel.name
    assert published != any(tuple(map(int, version.split("."))) > (2, 17) for version in versions)
    assert "unwinder" not in found

    library, bare = tmp_path / "bare.so", tmp_path / "bare-1-py3-none-any.whl"
    (tmp_path / "bare.c").write_text("int f(void) { return 1; }\n")
    compiler: list[str | Path] = ["cc", "-shared", "-fPIC", "-O2", "-o", library, tmp_path / "bare.c"]
    subprocess.run(compiler, check=True)
    with zipfile.ZipFile(bare, "w") as out:
        out.write(library, "bare.so")
    found = subprocess.run([*look, bare, host()], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "has an unwinder of its own" in found


def test_what_a_machine_cannot_make_is_named() -> None:
    here = [Interpreter(version, Path("python")) for version in SUPPORTED]
    (line,) = release.missing(here)
    assert "3.14t" in line
    assert release.missing([*here, Interpreter("3.14t", Path("python"))]) == []
    first, _ = release.missing(here[1:-1])
    assert f"CPython {SUPPORTED[0]}, {SUPPORTED[-1]}:" in first


def test_the_workflow_builds_for_every_version() -> None:
    """Each list of interpreters in it: wheels, those without a GIL, wheels for musl, the trial on an old system."""
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    found = [tuple(re.findall(r'"([^"]+)"', line)) for line in re.findall(r"python: \[(.*)\]", text)]
    assert found == [SUPPORTED, FREE_THREADED, SUPPORTED, SUPPORTED]


def test_files_of_another_run_are_named() -> None:
    files = [Path("dist/new.whl"), Path("dist/old.whl")]
    assert release.older(files, files[:1]) == ["not of this run: old.whl"]
