"""Where libraries and their headers are: pkg-config, and the names by which libraries are opened."""

from __future__ import annotations

import difflib
import os
import re
import shlex
import struct
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path


class NotFound(Exception):
    """A package or a library is not on this machine."""


@dataclass
class Package:
    """What pkg-config says of a package."""

    include_dirs: list[str] = field(default_factory=list)
    library_dirs: list[str] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    defines: list[tuple[str, str]] = field(default_factory=list)


def package(names: Sequence[str]) -> Package:
    """Asks pkg-config for packages."""
    command = [os.environ.get("PKG_CONFIG", "pkg-config"), "--cflags", "--libs", *names]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise NotFound(
            f"{command[0]} is not installed; name the folders with --include-dir instead"
        ) from None
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise NotFound(lines[0] if lines else f"{command[0]} failed")
    found = Package()
    for word in shlex.split(done.stdout):
        option, value = word[:2], word[2:]
        if option == "-I":
            found.include_dirs.append(value)
        elif option == "-L":
            found.library_dirs.append(value)
        elif option == "-l":
            found.libraries.append(value)
        elif option == "-D":
            name, equals, body = value.partition("=")
            found.defines.append((name, body if equals else "1"))
    return found


def file_names(library: str, folders: Sequence[str] = ()) -> list[str]:
    """Returns the names by which to open a library, the best first.

    The first is the one that programs which were linked with the library contain (its soname), if the library is
    installed for linking. A name with a dot or a slash is taken as it is.
    """
    if _is_file(library):
        return [library]
    if sys.platform == "win32":
        return [f"{library}.dll", f"lib{library}.dll"]
    if sys.platform == "darwin":
        return [f"lib{library}.dylib"]
    return list(dict.fromkeys([*_sonames(library, folders), f"lib{library}.so"]))


def missing(library: str, folders: Sequence[str] = ()) -> str | None:
    """Returns what to say of a library that is not installed for linking, or None if it is or if that is not known."""
    if not sys.platform.startswith("linux") or len(file_names(library, folders)) > 1 or _is_file(library):
        return None
    places = [Path(folder) for folder in [*folders, *_system_folders()]]
    installed = sorted({path.name[3:-3] for place in places for path in place.glob("lib*.so")})
    begins = [name for name in installed if name.startswith(library)]
    near = dict.fromkeys([*begins, *difflib.get_close_matches(library, installed)])
    advice = f"did you mean {', '.join(list(near)[:4])}?" if near else "is its development package installed?"
    return f"there is no library lib{library}.so here; {advice}"


def _is_file(library: str) -> bool:
    return "/" in library or "\\" in library or bool(re.search(r"\.(so|dylib|dll)\b", library))


def _sonames(library: str, folders: Sequence[str]) -> Iterator[str]:
    for folder in [*folders, *_system_folders()]:
        path = Path(folder, f"lib{library}.so")
        try:
            name = soname(path)
        except (OSError, ValueError):
            continue
        if name:
            yield name
            return


def path_of(library: str, folders: Sequence[str] = ()) -> Path | None:
    """Returns the file of a library with this name, as after the linker's -l, or with this file name."""
    for name in file_names(library, folders):
        for folder in [*folders, *_system_folders()]:
            path = Path(folder, name)
            if path.is_file() and path.read_bytes()[:4] == b"\x7fELF":
                return path
    return None


def _system_folders() -> Iterator[str]:
    multiarch = sysconfig.get_config_var("MULTIARCH")
    for root in ("/usr/local", "/usr", ""):
        yield from (
            (f"{root}/lib/{multiarch}", f"{root}/lib64", f"{root}/lib")
            if multiarch
            else (
                f"{root}/lib64",
                f"{root}/lib",
            )
        )


def soname(path: Path) -> str | None:
    """Returns the name that a shared library gives itself; that of the first library for a linker script."""
    data = path.read_bytes()
    if not data.startswith(b"\x7fELF"):
        script = data[:4096].decode("latin-1")
        names = re.findall(r"[^\s(),]+\.so(?:\.[0-9]+)*", script)
        return os.path.basename(names[0]) if names else None
    return _dynamic_name(data) or path.name


def _dynamic_name(data: bytes) -> str | None:
    """Returns the DT_SONAME of an ELF file."""
    wide, order = data[4] == 2, "<" if data[5] == 1 else ">"
    try:
        if wide:
            start, size, count = (
                struct.unpack_from(order + "Q", data, 32)[0],
                *struct.unpack_from(order + "HH", data, 54),
            )
        else:
            start, size, count = (
                struct.unpack_from(order + "I", data, 28)[0],
                *struct.unpack_from(order + "HH", data, 42),
            )
        loads: list[tuple[int, int, int]] = []
        dynamic: tuple[int, int] | None = None
        for number in range(count):
            at = start + number * size
            if wide:
                kind, _, offset, address, _, length = struct.unpack_from(order + "IIQQQQ", data, at)
            else:
                kind, offset, address, _, length = struct.unpack_from(order + "IIIII", data, at)
            if kind == 1:
                loads.append((address, offset, length))
            elif kind == 2:
                dynamic = (offset, length)
        if dynamic is None:
            return None
        entry = order + ("QQ" if wide else "II")
        values: dict[int, int] = {}
        for at in range(dynamic[0], dynamic[0] + dynamic[1], struct.calcsize(entry)):
            tag, value = struct.unpack_from(entry, data, at)
            values.setdefault(tag, value)
        name, strings = values[14], values[5]
        for address, offset, length in loads:
            if address <= strings < address + length:
                at = strings - address + offset + name
                return data[at : data.index(b"\0", at)].decode()
    except (KeyError, ValueError, struct.error):
        pass
    return None
