"""The systems that wheels are built for, and the compiler's settings for them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ci.project import ROOT, Failed, output


@dataclass(frozen=True)
class Target:
    """One kind of system."""

    triple: str
    """Rust's name of the system."""
    policy: str | None
    """The platform tag that the wheel must satisfy; None on systems without such rules."""

    @property
    def zig(self) -> bool:
        """Returns whether zig links it, against the C library of the policy."""
        return self.policy is not None

    @property
    def musl(self) -> bool:
        """Returns whether its C library is musl."""
        return self.triple.endswith("-musl")

    @property
    def processor(self) -> str:
        """Returns the name of its processor."""
        return self.triple.partition("-")[0]

    @property
    def foreign(self) -> bool:
        """Returns whether its processor is another one than this machine's."""
        return self.processor != host().partition("-")[0]

    @property
    def finds_unwinder(self) -> bool:
        """Returns whether the extension looks for the system's unwinder itself (`unwind`) and is not linked to it."""
        return self.triple == "x86_64-unknown-linux-gnu"


def here(processor: str | None = None) -> Target:
    """Returns this system, or the one with a processor of that name, with the oldest C library that Rust supports."""
    triple = _on(processor)
    policies = {"-linux-gnu": "manylinux2014", "-linux-musl": "musllinux_1_2"}
    return Target(triple, next((policy for end, policy in policies.items() if triple.endswith(end)), None))


def _on(processor: str | None) -> str:
    """Returns Rust's name of this system on a processor."""
    own = host()
    return own.replace(own.partition("-")[0], processor, 1) if processor else own


def musl(processor: str | None = None) -> Target | None:
    """Returns a processor with musl, if this is Linux and the toolchain has its standard library."""
    triple = _on(processor).replace("-linux-gnu", "-linux-musl")
    if not triple.endswith("-linux-musl"):
        return None
    libraries = Path(output(["rustc", "--print", "target-libdir", "--target", triple]).strip())
    return Target(triple, "musllinux_1_2") if any(libraries.glob("libstd-*.rlib")) else None


def host() -> str:
    """Returns Rust's name of this system."""
    return _of_rustc("host")


def _of_rustc(key: str) -> str:
    """Returns a line of the compiler's own description."""
    for line in output(["rustc", "-vV"]).splitlines():
        if line.startswith(f"{key}: "):
            return line.removeprefix(f"{key}: ")
    raise Failed(f"rustc -vV names no {key}")


def variables(target: Target, root: Path = ROOT) -> dict[str, str]:
    """Returns variables that keep this machine's paths out of the files, which makes them reproducible elsewhere."""
    cargo = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    places = {str(root): "ferrocffi", **{str(p): "crates" for p in sorted(cargo.glob("registry/src/*"))}}
    # Where the standard library's sources are not installed, they have this name.
    sysroot = output(["rustc", "--print", "sysroot"]).strip()
    places[f"{sysroot}/lib/rustlib/src/rust"] = f"rustc/{_of_rustc('commit-hash')}"
    remap = " ".join(f"--remap-path-prefix={place}=/{name}" for place, name in places.items())
    flags = [os.environ.get("RUSTFLAGS", ""), remap, "-C target-feature=-crt-static" if target.musl else ""]
    found = {"RUSTFLAGS": " ".join(filter(None, flags))}
    if sys.platform != "win32":
        maps = " ".join(f"-ffile-prefix-map={place}=/{name}" for place, name in places.items())
        # These are the options of libffi's own build, which CFLAGS would replace, without debug information.
        found[f"CFLAGS_{target.triple.replace('-', '_')}"] = f"-O3 -g0 {maps}"
    return found


def rustc_arguments(target: Target) -> list[str]:
    """Returns the options of the last step of the build.

    With glibc the unwinder has to be the system's own. `pthread_exit`, by which CPython before 3.14 ends
    daemon threads, unwinds with libgcc_s and calls the personality routine of each frame it passes. With another
    unwinder linked in by zig, that routine would read libgcc_s's data with zig's copy: a crash at exit.
    Where the extension defines the unwinder's names itself, there is nothing to link.
    """
    if target.musl or not target.zig or target.finds_unwinder:
        return []
    compiler = f"{target.processor}-linux-gnu-gcc" if target.foreign else os.environ.get("CC", "cc")
    if not shutil.which(compiler):
        raise Failed(f"needs {compiler} (on Debian: apt install gcc-{compiler.removesuffix('-gcc')})")
    found = subprocess.run(
        [compiler, "-print-file-name=libgcc_s.so.1"], capture_output=True, text=True, check=False
    )
    path = Path(found.stdout.strip())
    if found.returncode or not path.is_absolute():
        raise Failed(f"{compiler} does not know where libgcc_s.so.1 is")
    return ["-C", f"link-arg={path.resolve()}"]


def allowed_libraries(target: Target) -> frozenset[str]:
    """Returns the system's libraries that a wheel may use."""
    if target.musl:
        return frozenset({f"libc.musl-{target.processor}.so.1", "libc.so"})
    loaders = {"x86_64": "ld-linux-x86-64.so.2", "aarch64": "ld-linux-aarch64.so.1"}
    libraries = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libgcc_s.so.1"}
    return frozenset(libraries | {loaders.get(target.processor, "")})
