"""Small Debian systems in separate folders, in which commands run by ``chroot``.

This needs root, and `apt install debootstrap`. Folders are mounted into a system in a mount namespace that ends with
the command.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ci.project import Failed, run, say

COPIED = ("/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf")
"""Files that programs need to use the network in the same way as outside."""

APT = """\
Acquire::Check-Valid-Until "false";
APT::Get::Assume-Yes "true";
"""
"""The settings of apt in the system: it accepts an expired index of an old mirror, and asks no questions."""


@dataclass(frozen=True)
class System:
    """A Debian of one release in a folder."""

    folder: Path
    suite: str

    def make(self) -> None:
        """Makes the system anew, with only the packages that every Debian has."""
        if os.getuid() != 0 or not shutil.which("debootstrap"):
            raise Failed("needs root and debootstrap (on Debian: apt install debootstrap)")
        say(f"making {self.folder}")
        shutil.rmtree(self.folder, ignore_errors=True)
        mirror = [word for word in (os.environ.get("DEBIAN_MIRROR"),) if word]
        run(["debootstrap", "--variant=minbase", self.suite, self.folder, *mirror], quiet=True)
        (self.folder / "etc/apt/apt.conf.d/99ferrocffi").write_text(APT)

    @property
    def exists(self) -> bool:
        """Returns whether the system has been made."""
        return (self.folder / "etc/apt/apt.conf.d/99ferrocffi").exists()

    def has(self, package: str) -> bool:
        """Returns whether a package is installed in the system. `name:architecture` names a foreign one."""
        info = self.folder / "var/lib/dpkg/info"
        # dpkg writes the architecture only for packages that can be installed for several at once.
        names = {package, package.partition(":")[0]} if ":" in package else {package, f"{package}:*"}
        return any(True for name in names for _ in info.glob(f"{name}.list"))

    def install(self, packages: Sequence[str]) -> None:
        """Installs those of these packages that are missing, without the packages that they only recommend."""
        missing = [name for name in packages if not self.has(name)]
        if missing:
            say(f"installing {', '.join(missing)} there")
            run(self.command(["apt-get", "-q", "update"]), quiet=True)
            words = ["apt-get", "-q", "--no-install-recommends", "install", *missing]
            run(self.command(words), env={"DEBIAN_FRONTEND": "noninteractive"}, quiet=True)

    def command(
        self,
        command: Sequence[str],
        *,
        cwd: Path = Path("/"),
        mounts: Sequence[Path] = (),
        read_only: Sequence[Path] = (),
    ) -> list[str]:
        """Returns a command that runs `command` in the system. A mounted folder has its path of this machine there."""
        lines = [f"mount -t proc proc {self.folder}/proc", f"mount --rbind /dev {self.folder}/dev"]
        for path in dict.fromkeys((*mounts, *read_only)):
            place = shlex.quote(f"{self.folder}{path}")
            lines += [f"mkdir -p {place}", f"mount --rbind {shlex.quote(str(path))} {place}"]
            if path in read_only:
                lines.append(f"mount -o remount,bind,ro {place}")
        for file in filter(Path.exists, map(Path, COPIED)):
            lines += [f"mkdir -p {self.folder}{file.parent}", f"cp -L {file} {self.folder}{file}"]
        words = shlex.join(["cd", str(cwd)]) + " && exec " + shlex.join(command)
        lines.append(shlex.join(["exec", "chroot", str(self.folder), "/bin/sh", "-c", words]))
        return ["unshare", "-m", "/bin/sh", "-ec", "\n".join(lines)]


def rust() -> tuple[Path, Path]:
    """Returns the folders of cargo and of rustup on this machine."""
    home = Path.home()
    return (
        Path(os.environ.get("CARGO_HOME") or home / ".cargo"),
        Path(os.environ.get("RUSTUP_HOME") or home / ".rustup"),
    )
