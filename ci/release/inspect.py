"""Does a wheel keep what its platform tag promises?

python -m ci.release.inspect WHEEL TRIPLE POLICY     (run with the interpreter of the release environment)
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from elftools.elf.sections import SymbolTableSection

from ci.release import archive
from ci.release.target import Target, allowed_libraries

NEWEST_GLIBC = {"manylinux2014": (2, 17)}
"""The version of glibc that each policy allows."""


def problems(wheel: Path, target: Target) -> tuple[list[str], list[str]]:
    """Returns what is wrong with the extension module of a wheel, and what is good to know of it."""
    files = archive.read(wheel)
    (extension,) = (content for name, content in files.items() if name.endswith(".so"))
    elf = ELFFile(io.BytesIO(extension))
    libraries = _libraries(elf)
    versions = _versions(elf)
    wrong = [f"needs {name}" for name in sorted(libraries - allowed_libraries(target))]
    newest = NEWEST_GLIBC.get(target.policy or "")
    if newest:
        wrong += [f"needs {name}" for name, number in _glibc(versions) if number > newest]
        # See target.rustc_arguments: with an unwinder of its own it would crash when daemon threads end.
        if target.finds_unwinder:
            if "libgcc_s.so.1" in libraries or any(name.startswith("_Unwind_") for name in _undefined(elf)):
                wrong.append("loads the unwinder with the extension")
            # Messages of zig's unwinder, which has no symbols left.
            if b"libgcc_s.so.1\0" not in extension or b"libunwind: " in extension:
                wrong.append("has an unwinder of its own")
        elif "libgcc_s.so.1" not in libraries or "_Unwind_Resume" not in _undefined(elf):
            wrong.append("has an unwinder of its own")
    wrong += [f"names a place of the machine that built it: {place}" for place in _places(extension)]
    known = [f"libraries: {' '.join(sorted(libraries))}", f"symbol versions: {' '.join(versions)}"]
    return wrong, known


def _libraries(elf: ELFFile) -> set[str]:
    dynamic = elf.get_section_by_name(".dynamic")
    assert isinstance(dynamic, DynamicSection)
    # The library sets the attribute for tags of this kind only, so its types do not know it.
    return {tag.needed for tag in dynamic.iter_tags("DT_NEEDED")}  # type: ignore[attr-defined]


def _versions(elf: ELFFile) -> list[str]:
    found = set()
    for section in elf.iter_sections():
        if isinstance(section, GNUVerNeedSection):
            for _library, entries in section.iter_versions():
                found |= {entry.name for entry in entries}
    return sorted(found)


def _glibc(versions: list[str]) -> list[tuple[str, tuple[int, ...]]]:
    prefix = "GLIBC_"
    return [
        (name, tuple(int(part) for part in name.removeprefix(prefix).split(".")))
        for name in versions
        if name.startswith(prefix)
    ]


def _undefined(elf: ELFFile) -> set[str]:
    table = elf.get_section_by_name(".dynsym")
    assert isinstance(table, SymbolTableSection)
    return {symbol.name for symbol in table.iter_symbols() if symbol["st_shndx"] == "SHN_UNDEF"}


def _places(extension: bytes) -> list[str]:
    here = {str(Path.home()), str(Path.cwd())}
    return sorted(place for place in here if len(place) > 1 and f"{place}/".encode() in extension)


def policy_of(wheel: Path) -> str:
    """Returns the best tag that auditwheel grants."""
    command: list[str | Path] = [sys.executable, "-m", "auditwheel", "show", "--json", wheel]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return str(json.loads(done.stdout)["overall_tag"])


def main() -> int:
    """Command line."""
    wheel, triple, policy = Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]
    target = Target(triple, policy)
    wrong, known = problems(wheel, target)
    if target.musl:
        # auditwheel does not see that it is musl: zig names the library libc.so, as musl itself does.
        granted = f"{policy} by maturin"
    else:
        granted = policy_of(wheel)
        found = re.match(r"manylinux_(\d+)_(\d+)_", granted)
        if not found or (int(found[1]), int(found[2])) > NEWEST_GLIBC[policy]:
            wrong.append(f"gets only the tag {granted} from auditwheel")
    print(wheel.name, f"granted: {granted}", *known, sep="\n")
    for problem in wrong:
        print(f"{wheel.name} {problem}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
