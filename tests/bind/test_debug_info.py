"""Debug information of a library, DWARF and BTF, finds each kind of wrong declaration."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import ferrocffi
import pytest
from ferrocffi.verify.debug import NoDebugInfo
from ferrocffi.verify.module import check

from tests.bind.deviations import CDEF, DEVIATIONS, HEADER, SOURCE
from tests.bind.making import bound
from tests.bind.test_verify import declaring
from tests.modules.building import compiler

pytest.importorskip("elftools")

FORMATS = {
    "dwarf-5": ["-gdwarf-5"],
    "dwarf-4": ["-gdwarf-4"],
    "dwarf-3": ["-gdwarf-3", "-gstrict-dwarf"],
    "dwarf-2": ["-gdwarf-2", "-gstrict-dwarf"],
    "optimized": ["-g", "-O2"],
    "compressed": ["-g", "-gz=zlib"],
    "lto": ["-g", "-O2", "-flto"],
    "btf": ["-gbtf"],
}

UNKNOWN = ("unrecognized", "unknown argument", "unsupported option", "invalid value")
"""Words by which GCC and Clang refuse an option. Any other failure to compile is one of the test."""


def library(folder: Path, options: list[str], text: str = HEADER) -> Path:
    """Compiles the library; the test is skipped where the compiler does not know the format."""
    source, path = folder / "small.c", folder / "libsmall.so"
    source.write_text(text + SOURCE, encoding="utf-8")
    command = [*compiler(), *options, "-shared", "-fPIC", "-w", "-o", str(path), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and any(words in done.stderr for words in UNKNOWN):
        pytest.skip(f"the compiler does not know {' '.join(options)}")
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(name="libraries", scope="module")
def _libraries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {}


def made(libraries: dict[str, Path], kind: str, factory: pytest.TempPathFactory) -> Path:
    """Returns the library with this kind of debug information, compiled once."""
    if kind not in libraries:
        libraries[kind] = library(factory.mktemp("debug"), FORMATS[kind])
    return libraries[kind]


def compared(ffi: Any, path: Path) -> list[str]:
    """Returns the differences from a library."""
    try:
        assert ferrocffi.verify_layouts(ffi, library=path).ok
    except ferrocffi.LayoutError as error:
        return [str(difference) for difference in error.report.differences]
    return []


@pytest.mark.parametrize("kind", FORMATS)
def test_right_declarations(
    libraries: dict[str, Path], tmp_path_factory: pytest.TempPathFactory, kind: str
) -> None:
    path = made(libraries, kind, tmp_path_factory)
    report = ferrocffi.verify_layouts(declaring(CDEF), library=path)
    assert report.ok and report.facts > 60
    # Macros are in no debug information.
    assert {"LIMIT", "MASK", "OFFSET"} <= set(report.unknown)
    if kind.startswith("dwarf"):
        assert set(report.unknown) == {"LIMIT", "MASK", "OFFSET"}


MACROS = ("LIMIT", "MASK", "OFFSET")
SEEN = [
    (kind, *deviation)
    for kind in ("dwarf-5", "dwarf-2", "btf")
    for deviation in DEVIATIONS
    # Macros are in no debug information, and GCC writes no variables into BTF that are not used.
    if not any(macro in deviation[0] for macro in MACROS) and not (kind == "btf" and "extern" in deviation[0])
]


@pytest.mark.parametrize(("kind", "old", "new", "expected"), SEEN)
def test_wrong_declarations(
    libraries: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    old: str,
    new: str,
    expected: str | None,
) -> None:
    path = made(libraries, kind, tmp_path_factory)
    assert compared(declaring(CDEF), path) == []
    found = compared(declaring(CDEF.replace(old, new)), path)
    if expected is None:
        assert found == [] or "DARK" in new
        return
    # A member's size is a fact of its own for the compiler, and part of its type here.
    subject = re.split(r": ", expected)[0]
    assert any(each.startswith(f"{subject}: ") for each in found), found
    numbers = re.findall(r"is (\d+) in the program, and (-?\d+)", expected)
    if numbers and "size of" not in expected and subject != "counter":
        assert any(
            f"is {numbers[0][0]} in the program, and {numbers[0][1]} in the library" in each for each in found
        )


def test_missing_symbols(tmp_path: Path) -> None:
    path = library(tmp_path, ["-g", "-Wl,--no-as-needed", "-lm"])
    # A library that it needs has `cos`.
    ffi = declaring(CDEF + "int forgotten(int); double cos(double);")
    with pytest.raises(ferrocffi.LayoutError, match=r"does not export forgotten$") as caught:
        ferrocffi.verify_layouts(ffi, library=path)
    assert caught.value.report.missing == ["forgotten"]


def test_a_separate_file(tmp_path: Path) -> None:
    path = library(tmp_path, ["-g", "-Wl,--build-id"])
    wrong = declaring("struct point { int x; int y; };")
    for command in (
        ["objcopy", "--only-keep-debug", str(path), str(tmp_path / "libsmall.debug")],
        ["objcopy", "--strip-debug", str(path)],
    ):
        subprocess.run(command, check=True)
    with pytest.raises(NoDebugInfo, match="has no debug information"):
        ferrocffi.verify_layouts(wrong, library=path)
    with pytest.raises(ferrocffi.LayoutError, match="size is 8 in the program, and 16 in the library"):
        ferrocffi.verify_layouts(wrong, library=tmp_path / "libsmall.debug")
    subprocess.run(["objcopy", f"--add-gnu-debuglink={tmp_path}/libsmall.debug", str(path)], check=True)
    with pytest.raises(ferrocffi.LayoutError, match="size is 8 in the program, and 16 in the library"):
        ferrocffi.verify_layouts(wrong, library=path)


def test_a_library_of_another_header(tmp_path: Path) -> None:
    """The module agrees with the header; the library was made from another one."""
    _, result = bound(tmp_path, HEADER, libraries=["small"])
    same = library(tmp_path, ["-g"])
    report = check(str(result.path), cc=True, debug_info=str(same))
    assert report.ok and report.debug_facts > 60 and report.facts > 90
    older = HEADER.replace("int x; long y;", "int x; long y; int z;").replace("float factor", "double factor")
    (tmp_path / "older").mkdir()
    source = SOURCE.replace("float factor", "double factor")
    path = tmp_path / "older" / "libsmall.so"
    path.with_suffix(".c").write_text(older + source, encoding="utf-8")
    subprocess.run(
        [*compiler(), "-g", "-w", "-shared", "-fPIC", "-o", str(path), str(path.with_suffix(".c"))],
        check=True,
    )
    report = check(str(result.path), cc=False, debug_info=str(path))
    assert not report.ok
    assert "struct point: size is 16 in the program, and 24 in the library" in report.debug_wrong
    assert any(fact.startswith("scale: argument 2 is float (4 bytes)") for fact in report.debug_wrong)


@pytest.mark.parametrize("cut", [4, 20, 64, 200, 1000, 3000])
def test_damaged_files(tmp_path: Path, cut: int) -> None:
    for kind in ("dwarf-5", "btf"):
        path = library(tmp_path, FORMATS[kind])
        data = path.read_bytes()
        path.write_bytes(data[: len(data) * cut // 4000])
        with pytest.raises((NoDebugInfo, ferrocffi.LayoutError)):
            ferrocffi.verify_layouts(declaring("struct point { int x; int y; };"), library=path)
        path.unlink()


def test_no_library(tmp_path: Path) -> None:
    ffi = declaring("struct point { int x; };")
    with pytest.raises(NoDebugInfo, match="is not found"):
        ferrocffi.verify_layouts(ffi, library="nosuchlibrary")
    other = tmp_path / "text.so"
    other.write_text("GROUP ( libc.so.6 )")
    with pytest.raises(NoDebugInfo, match="neither an ELF file nor BTF"):
        ferrocffi.verify_layouts(ffi, library=other)
