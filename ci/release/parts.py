"""What is linked into the extension module: crates, libffi, Rust's standard library, the linker's additions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ci.environment import Environment
from ci.project import ROOT, Failed, output
from ci.release.target import Target

MANIFEST = ROOT / "crates" / "cffi-backend" / "Cargo.toml"
_LICENCE_FILE = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """One of them."""

    name: str
    version: str
    licence: str
    """An SPDX expression."""
    purl: str
    own: bool = False
    """Is it of this project?"""
    checksum: str | None = None
    """SHA-256 of the package that it came in."""
    texts: dict[str, bytes] = field(default_factory=dict)
    """Licence texts by file name."""
    uses: tuple[str, ...] = ()
    """The `purl` of each part that it calls."""


def collect(target: Target, tools: Environment) -> list[Part]:
    """Returns all parts of a wheel for that system; the first is the extension module itself."""
    std, extra = _standard_library(), _linked_by_zig(target, tools) if target.zig else []
    crates = _crates(target)
    root = crates[0]
    below = tuple(sorted({*root.uses, std.purl, *(part.purl for part in extra)}))
    root = Part(root.name, root.version, root.licence, root.purl, own=True, uses=below)
    found = [root, *crates[1:], std, *extra]
    for part in found:
        if not part.own and not part.texts:
            raise Failed(f"{part.name} {part.version} comes without a licence text")
    return found


def _crates(target: Target) -> list[Part]:
    """The crates whose code is in the module: neither build scripts nor what only they and tests use."""
    command: list[str | Path] = ["cargo", "metadata", "--format-version", "1", "--locked"]
    command += ["--manifest-path", MANIFEST]
    metadata = json.loads(output([*command, "--filter-platform", target.triple]))
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    sums = _checksums()
    found = []
    for identifier in _reachable(metadata["resolve"]["root"], nodes):
        package = packages[identifier]
        folder = Path(package["manifest_path"]).parent
        uses = [_purl(packages[below]) for below in _linked(nodes[identifier])]
        own = package["source"] is None
        texts = {} if own else _texts(folder)
        if package["name"] == "libffi-sys":
            found.append(_libffi(folder))
            uses.append(found[-1].purl)
            texts = texts or _own_texts()
        found.append(
            Part(
                name=package["name"],
                version=package["version"],
                licence=package["license"],
                purl=_purl(package),
                own=own,
                checksum=sums.get((package["name"], package["version"])),
                texts=texts,
                uses=tuple(sorted(uses)),
            )
        )
    return found


def _checksums() -> dict[tuple[str, str], str]:
    """From Cargo.lock, by name and version. (CPython 3.10 reads no TOML.)"""
    entry = re.compile(r'^name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "(.+)"$', re.MULTILINE)
    lock = (ROOT / "Cargo.lock").read_text(encoding="utf-8")
    return {(name, version): checksum for name, version, checksum in entry.findall(lock)}


def _reachable(root: str, nodes: dict[str, Any]) -> Iterator[str]:
    """The crate at the root, then those it is linked with, by name."""
    seen, waiting = {root}, [root]
    while waiting:
        for below in _linked(nodes[waiting.pop()]):
            if below not in seen:
                seen.add(below)
                waiting.append(below)
    yield root
    yield from sorted(seen - {root})


def _linked(node: dict[str, Any]) -> list[str]:
    """Returns what a crate is linked with, without its build dependencies and those of its tests."""
    return [
        below["pkg"] for below in node["deps"] if any(kind["kind"] is None for kind in below["dep_kinds"])
    ]


def _purl(package: dict[str, Any]) -> str:
    return f"pkg:cargo/{package['name']}@{package['version']}"


def _texts(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if _is_licence(p)}


def _is_licence(path: Path) -> bool:
    return path.is_file() and bool(_LICENCE_FILE.match(path.name)) and path.suffix != ".html"


def _own_texts() -> dict[str, bytes]:
    """Returns the two licences of this project, for a crate that names them without their texts."""
    return {name: (ROOT / name).read_bytes() for name in ("LICENSE-APACHE",)}


def _libffi(crate: Path) -> Part:
    """Returns the C library that libffi-sys brings its sources of."""
    folder = crate / "libffi"
    found = re.search(r'^FFI_VERSION_STRING="(.+)"$', (folder / "configure.ac").read_text(), re.MULTILINE)
    if not found:
        raise Failed(f"no version of libffi in {folder}")
    # LICENSE-BUILDTOOLS is about scripts and tests, of which nothing is linked.
    texts = {"LICENSE": (folder / "LICENSE").read_bytes()}
    return Part("libffi", found[1], "MIT", f"pkg:generic/libffi@{found[1]}", texts=texts)


def _standard_library() -> Part:
    """Rust's own libraries, with the notices of everything in them, as the toolchain brings them."""
    version = output(["rustc", "--version"]).split()[1]
    share = Path(output(["rustc", "--print", "sysroot"]).strip()) / "share" / "doc" / "rust"
    names = [
        "COPYRIGHT-library.html",
        "licenses/Apache-2.0.txt",
        "licenses/MIT.txt",
        "licenses/Unicode-3.0.txt",
    ]
    texts = {Path(name).name: (share / name).read_bytes() for name in names if (share / name).is_file()}
    return Part(
        name="rust-std",
        version=version,
        licence="(MIT OR Apache-2.0) AND Unicode-3.0",
        purl=f"pkg:generic/rust-std@{version}",
        texts=texts,
    )


def _linked_by_zig(target: Target, tools: Environment) -> list[Part]:
    """Returns what zig's linker adds: start-up code and small functions of the C library, with musl the unwinder too."""
    probe = "import importlib.metadata as m, ziglang; print(ziglang.__file__); print(m.version('ziglang'))"
    file, version = output([tools.python, "-c", probe]).split("\n")[:2]
    folder = Path(file).parent
    found = [
        Part(
            name="zig",
            version=version,
            licence="MIT",
            purl=f"pkg:pypi/ziglang@{version}",
            texts={"LICENSE": (folder / "LICENSE").read_bytes()},
        )
    ]
    if target.musl:
        name, licence, text = "libunwind", "Apache-2.0 WITH LLVM-exception", "libunwind/LICENSE.TXT"
    else:
        # Small functions that are not in the shared library; they may be linked into anything.
        name, text = "glibc-nonshared", "libc/glibc/LICENSES"
        licence = "LGPL-2.1-or-later AND LicenseRef-glibc-linking-exception"
    path = folder / "lib" / text
    purl = f"pkg:generic/{name}@zig-{version}"
    found.append(Part(name, f"zig-{version}", licence, purl, texts={path.name: path.read_bytes()}))
    return found
