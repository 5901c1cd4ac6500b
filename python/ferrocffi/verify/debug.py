"""Compares declarations with the debug information of a library: DWARF in it or in a separate file, or BTF."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ferrocffi import libraries
from ferrocffi.verify import btf
from ferrocffi.verify.compare import Comparison
from ferrocffi.verify.report import LayoutReport
from ferrocffi.verify.shapes import Declarations

_DEBUG_FOLDERS = ("/usr/lib/debug", "/usr/local/lib/debug")


class NoDebugInfo(ValueError):
    """A library has no debug information, or it cannot be read."""


def with_library(ours: Declarations, library: str | os.PathLike[str], report: LayoutReport) -> None:
    """Adds what the debug information of a library says, and the symbols that it lacks."""
    path = find(library)
    with _reading(path):
        theirs = read(path, ours)
        exported = exports(path)
    comparison = Comparison("library")
    comparison.declarations(ours, theirs)
    report.facts += comparison.facts
    report.differences += dict.fromkeys(comparison.differences)
    report.unknown += [name for name in dict.fromkeys(comparison.unknown) if name not in report.unknown]
    if exported is not None:
        names = [*ours.functions, *ours.variables]
        report.missing += [name for name in names if name not in exported and not _in_process(path, name)]


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turns whatever damaged files lead to inside of pyelftools into one exception."""
    try:
        yield
    except (NoDebugInfo, OSError):
        raise
    except Exception as error:
        raise NoDebugInfo(f"{path} cannot be read: {str(error) or type(error).__name__}") from error


def find(library: str | os.PathLike[str]) -> Path:
    """Returns the file of a library, which its path or its name tells."""
    path = Path(library)
    if path.is_file():
        return path
    found = libraries.path_of(os.fspath(library))
    if found is None:
        raise NoDebugInfo(f"the library {os.fspath(library)} is not found")
    return found


def read(path: Path, wanted: Declarations) -> Declarations:
    """Returns what the debug information in a file, or in the file that belongs to it, says about these names."""
    data = path.read_bytes()[:4]
    if data[:2] in (b"\x9f\xeb", b"\xeb\x9f"):
        return btf.read(path.read_bytes(), wanted)
    if data != b"\x7fELF":
        raise NoDebugInfo(f"{path} is neither an ELF file nor BTF")
    for file in (path, *_separate(path)):
        with file.open("rb") as stream:
            found = _read(stream, file, wanted)
        if found is not None:
            return found
    raise NoDebugInfo(f"{path} has no debug information, and there is no separate file with it")


def _elf(stream: Any, path: Path) -> Any:
    try:
        from elftools.elf.elffile import ELFFile
    except ImportError as error:
        raise NoDebugInfo(
            "reading debug information needs pyelftools: pip install 'ferrocffi[debug]'"
        ) from error
    return ELFFile(stream, stream_loader=lambda name: _beside(path, name).open("rb"))


def _beside(path: Path, name: bytes | str) -> Path:
    """Returns the file that an ELF file names, from its own folder."""
    word = Path(os.fsdecode(name))
    return word if word.is_absolute() else path.resolve().parent / word


def _read(stream: Any, path: Path, wanted: Declarations) -> Declarations | None:
    from ferrocffi.verify import dwarf

    elf = _elf(stream, path)
    address_size = elf.elfclass // 8
    if elf.get_section_by_name(".debug_info") or elf.get_section_by_name(".zdebug_info"):
        return dwarf.read(elf.get_dwarf_info(), wanted, address_size)
    section = elf.get_section_by_name(".BTF")
    return btf.read(section.data(), wanted, address_size) if section else None


def _separate(path: Path) -> Iterator[Path]:
    """The files in which distributions keep the debug information of a library."""
    with path.open("rb") as stream:
        elf = _elf(stream, path)
        section = elf.get_section_by_name(".note.gnu.build-id")
        numbers = [note["n_desc"] for note in section.iter_notes()] if section else []
        link = elf.get_section_by_name(".gnu_debuglink")
        name = link.data().split(b"\0", 1)[0].decode() if link else ""
    for folder in _DEBUG_FOLDERS:
        for number in numbers:
            yield from _existing(Path(folder, ".build-id", number[:2], f"{number[2:]}.debug"))
    if name:
        home = path.resolve().parent
        for file in (
            home / name,
            home / ".debug" / name,
            *(Path(f"{each}{home}", name) for each in _DEBUG_FOLDERS),
        ):
            yield from _existing(file)


def _existing(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path


def exports(path: Path) -> set[str] | None:
    """Returns the names that a library gives to programs; None if the file is no library."""
    if path.read_bytes()[:4] != b"\x7fELF":
        return None
    with path.open("rb") as stream:
        elf = _elf(stream, path)
        section = elf.get_section_by_name(".dynsym")
        if section is None or section["sh_type"] == "SHT_NOBITS":
            return None
        return {symbol.name for symbol in section.iter_symbols() if symbol["st_shndx"] != "SHN_UNDEF"}


def _in_process(path: Path, name: str) -> bool:
    """Returns whether a program that has opened the library finds a name in it or in the libraries that it needs."""
    import _cffi_backend

    try:
        library = _cffi_backend.load_library(str(path.resolve()), 1)
        function = _cffi_backend.new_function_type((), _cffi_backend.new_void_type(), False)
        library.load_function(function, name)
    except (OSError, AttributeError):
        return False
    return True
