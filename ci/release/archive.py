"""Writing a wheel again with more in it: the same bytes each time, whatever order and times it had."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest that the format can express; maturin takes the same."""


def info_folder(wheel: Path) -> str:
    """Returns the name of its metadata folder."""
    name, version = wheel.name.split("-")[:2]
    return f"{name}-{version}.dist-info"


def read(wheel: Path) -> dict[str, bytes]:
    """Returns every file in it."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def add(wheel: Path, more: Mapping[str, bytes]) -> None:
    """Puts files into the metadata folder; those below ``licenses`` are also named in the metadata."""
    info = info_folder(wheel)
    files = {**read(wheel), **{f"{info}/{name}": content for name, content in more.items()}}
    prefix = "licenses/"
    licences = sorted(name.removeprefix(prefix) for name in more if name.startswith(prefix))
    files[f"{info}/METADATA"] = _with_licences(files[f"{info}/METADATA"], licences)
    files.pop(f"{info}/RECORD")
    write(wheel, files, info)


def _with_licences(metadata: bytes, licences: list[str]) -> bytes:
    """The header gets a line for each, after those that are there."""
    header, gap, text = metadata.partition(b"\n\n")
    lines = header.decode().split("\n")
    last = max(index for index, line in enumerate(lines) if line.startswith("License-File: "))
    lines[last + 1 : last + 1] = [f"License-File: {name}" for name in licences]
    return "\n".join(lines).encode() + gap + text


def write(wheel: Path, files: Mapping[str, bytes], info: str) -> None:
    """The archive anew: sorted, without times and owners, the metadata last and the record at its end."""
    names = sorted(files, key=lambda name: (name.startswith(f"{info}/"), name))
    record = [f"{name},sha256={_digest(files[name])},{len(files[name])}" for name in names]
    record.append(f"{info}/RECORD,,")
    whole = [(name, files[name]) for name in names]
    whole.append((f"{info}/RECORD", ("\n".join(record) + "\n").encode()))
    fresh = wheel.with_suffix(".part")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in whole:
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = 3  # Unix, on Windows too
            entry.compress_type = zipfile.ZIP_DEFLATED
            mode = 0o100755 if name.endswith((".so", ".pyd")) else 0o100644
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    fresh.replace(wheel)


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
