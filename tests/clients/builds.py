"""Builds packages from their source distributions with the wheel named ``cffi`` in their build environment, and uses them.

python3 -m tests.clients.builds                      all packages
python3 -m tests.clients.builds --only brotlicffi    one of them
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ci import cffi_wheel, environment, interpreters, wheel
from ci.environment import Environment
from ci.project import CACHE, ROOT, Failed, say


@dataclass(frozen=True)
class Package:
    """A package on the index, and a program that shows whether it works."""

    name: str
    version: str
    sha256: str
    program: str


PACKAGES = (
    Package(
        "argon2-cffi-bindings",
        "26.2.0",
        "f21ab89bb9850f32b9ca038d9961424bb0d3669d579cbbbfed068cffa6fc0643",
        "from _argon2_cffi_bindings import ffi, lib; assert ffi.string(lib.argon2_error_message(0)) == b'OK'",
    ),
    Package(
        "brotlicffi",
        "1.1.0.0",
        "b77827a689905143f87915310b93b273ab17888fd43ef350d4832c4a71083c13",
        "import brotlicffi; assert brotlicffi.decompress(brotlicffi.compress(b'abc' * 99)) == b'abc' * 99",
    ),
    Package(
        "bcrypt",
        "3.2.2",
        "433c410c2177057705da2a9f2cd01dd157493b2a7ac14c8593a16b3dab6b6bfb",
        "import bcrypt; assert bcrypt.checkpw(b'pw', bcrypt.hashpw(b'pw', bcrypt.gensalt(4)))",
    ),
    Package(
        "xattr",
        "1.1.0",
        "fecbf3b05043ed3487a28190dec3e4c4d879b2fcec0e30bafd8ec5d4b6043630",
        "import xattr; xattr.listxattr('/')",
    ),
    Package(
        "pymunk",
        "6.11.1",
        "1917849f63e1f699df21d6a1f5d1c250adddbae25e9c124f0bed765154c94ef8",
        "import pymunk; s = pymunk.Space(); s.gravity = 0, 9; b = pymunk.Body(1, 1); s.add(b, pymunk.Circle(b, 2)); "
        "s.step(1); assert b.velocity.y == 9",
    ),
    Package(
        "pynacl",
        "1.6.2",
        "018494d6d696ae03c7e656e5e74cdfd8ea1326962cc401bcf018f1ed8436811c",
        "from nacl.hash import sha256; from nacl.secret import SecretBox; b = SecretBox(b'k' * 32); "
        "assert b.decrypt(b.encrypt(b'abc')) == b'abc' and sha256(b'')[:4] == b'e3b0'",
    ),
    Package(
        "zstandard",
        "0.25.0",
        "7713e1179d162cf5c7906da876ec2ccb9c3a9dcbdffef0cc7f70c3667a205f0b",
        "from zstandard import backend_cffi as z; c = z.ZstdCompressor().compress(b'abc' * 99); "
        "assert z.ZstdDecompressor().decompress(c) == b'abc' * 99",
    ),
    Package(
        "cmarkgfm",
        "2025.10.22",
        "5bec61007b65b919488442c838c58a6c8bf4741f5103c593b2ef180d39818eda",
        "import cmarkgfm; assert '<em>a</em>' in cmarkgfm.github_flavored_markdown_to_html('*a*')",
    ),
    Package(
        "ukkonen",
        "1.1.0",
        "fc62ce0a5b5d57198d4dc0c6ebca406b41afca2b6681af5159a6709b47286377",
        "from ukkonen import distance; assert distance('abc', 'abd', 3) == 1",
    ),
    Package(
        "editdistance-s",
        "1.0.0",
        "a2ea53a4f7c2fcf151ba0f35c8a258771912ba0b4068011bb76aa55a79187941",
        "from editdistance_s import distance; assert distance('abc', 'adb') == 2",
    ),
    Package(
        "miniaudio",
        "1.71",
        "ff51e2887bb673e2e757752b586b3dc924d59aa5fbcae9bbc45f4a111bd3262b",
        "import miniaudio; assert miniaudio.lib_version()",
    ),
)
EXAMPLES = {
    "cmake": "",
    "maturin": "maturin",
    "meson": "mesonpy",
    "scikit_build": "scikit_build_core",
    "setuptools": "setuptools",
}
"""The projects of `examples/packaging`, with the modules of their build backends."""

TOOLS = (
    "pip==26.3",
    "setuptools==80.9.0",
    "wheel==0.45.1",
    "setuptools-scm==8.3.1",
    "scikit-build-core==1.1.2",
    "cmake==3.31.6",
    "ninja==1.11.1.4",
    "packaging==26.3",
    "typing-extensions==4.15.0",
    "meson==1.9.1",
    "meson-python==0.18.0",
    "pyproject-metadata==0.9.1",
    "maturin==1.16.0",
)
"""What the packages are built with besides cffi."""


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", metavar="NAME", help="only the package of that name")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="show what a build that failed has printed"
    )
    options = parser.parse_args()
    interpreter = environment.this_python() if not os.environ.get("PYTHONS") else interpreters.chosen()[0]
    into = environment.ensure(interpreter, f"{interpreter.version}-builds", packages=TOOLS)
    try:
        wheel.develop(interpreter, into)
        cffi_wheel.install(cffi_wheel.build(CACHE / "cffi-wheel"), into)
    except Failed as error:
        say(f"failed: {error}")
        return 1
    good = bad = 0
    for package in PACKAGES:
        if options.only and package.name not in options.only:
            continue
        problem = build(package, into)
        good += problem is None
        bad += problem is not None
        print(
            f"{package.name} {package.version}: {'builds and works' if problem is None else 'FAILED'}",
            flush=True,
        )
        if problem and options.verbose:
            print(problem, flush=True)
    for name in EXAMPLES:
        if options.only and name not in options.only:
            continue
        problem = example(name, into)
        good += problem is None
        bad += problem is not None
        print(f"examples/packaging/{name}: {'builds and works' if problem is None else 'FAILED'}", flush=True)
        if problem and options.verbose:
            print(problem, flush=True)
    print(f"builds: {good} of {good + bad} packages hold")
    return 0 if good and not bad else 1


def build(package: Package, into: Environment) -> str | None:
    """Builds a package, and runs its program. Returns what went wrong."""
    folder = CACHE / "builds" / f"{into.folder.name}-{package.name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pins = folder / "pins.txt"
    pins.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8")
    path = os.pathsep.join([str(into.scripts), os.environ.get("PATH", "")])
    env = {**os.environ, "PATH": path}
    target = folder / "installed"
    command: list[str | Path] = [into.python, "-m", "pip", "install", "--no-deps", "--no-build-isolation"]
    command += ["--no-binary", ":all:", "--require-hashes", "-r", pins, "--target", target, "--no-cache-dir"]
    if problem := _problem(command, env):
        return problem
    program = f"import sys; sys.path.insert(0, {str(target)!r}); {package.program}"
    return _problem([into.python, "-c", program], env)


def example(name: str, into: Environment) -> str | None:
    """Builds a project of `examples/packaging`, and runs its function. Returns what went wrong."""
    folder = CACHE / "builds" / f"{into.folder.name}-example-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "examples" / "packaging" / name, folder)
    path = os.pathsep.join([str(into.scripts), os.environ.get("PATH", "")])
    env = {**os.environ, "PATH": path}
    target = folder / "installed"
    commands: list[list[str | Path]] = [
        [into.python, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "--target", target, folder]
    ]
    if not EXAMPLES[name]:
        target = folder / "build"
        commands = [
            ["cmake", "-S", folder, "-B", target, f"-DPython_EXECUTABLE={into.python}"],
            ["cmake", "--build", target],
        ]
    program = (
        f"import sys; sys.path.insert(0, {str(target)!r}); from twice import twice; "
        "assert twice([1, 2, 21]) == [2, 4, 42]"
    )
    for command in [*commands, [into.python, "-c", program]]:
        if problem := _problem(command, env):
            return problem
    return None


def _problem(command: list[str | Path], env: dict[str, str]) -> str | None:
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=1800)
    return None if done.returncode == 0 else (done.stdout + done.stderr)[-4000:]


if __name__ == "__main__":
    sys.exit(main())
