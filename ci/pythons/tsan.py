"""ThreadSanitizer over the backend, the Rust standard library, libffi and a CPython without a GIL.

python3 -m ci.pythons.tsan [--installed] [--seconds 60] [--threads 8] [--checked]

With --checked the stress test runs in checked mode, whose registry all threads share.

Everything is instrumented: CPython 3.13t is built with clang's ThreadSanitizer, the backend with Rust's, whose
runtime is the interpreter's. Then the stress test of tests/threads runs. A race that no line of
tests/threads/tsan.supp (ours, each line explained) or of CPython's own list allows is reported and fails the run.

Needed: clang 15 or newer with its runtime and llvm-symbolizer (on Debian clang-16, libclang-rt-16-dev, llvm-16), and
the standard library's sources (rustup component add rust-src).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from ci import environment
from ci.environment import Environment
from ci.interpreters import Interpreter
from ci.project import CACHE, FRONT_ENDS, NEWEST_CFFI, ROOT, TARGET, Failed, output, run, say
from ci.pythons import built as built_python
from ci.pythons import free_threaded

HOST = "x86_64-unknown-linux-gnu"
OURS = ROOT / "tests" / "threads" / "tsan.supp"
QUIET = {"TSAN_OPTIONS": "report_bugs=0:exitcode=0"}
"""The settings for programs that run only to prepare the test."""


def prepare(python: Path) -> Environment:
    """Makes an environment with only the front end's pure Python files."""
    os.environ.update(QUIET)
    parser = next(pin for pin in FRONT_ENDS[NEWEST_CFFI] if pin.startswith("pycparser"))
    # Other packages are left out, since pip is slow under the sanitizer.
    into = environment.ensure(Interpreter("3.13t", python), "3.13t-tsan", packages=(parser,))
    free_threaded.put_front_end(into.python)
    return into


def build(python: Path, into: Environment) -> None:
    """Builds the backend with its standard library and libffi, all instrumented, and puts it into the environment."""
    sources = Path(output(["rustc", "--print", "sysroot"]).strip()) / "lib" / "rustlib" / "src"
    if not sources.is_dir():
        raise Failed("the standard library's sources are missing (rustup component add rust-src)")
    folder = TARGET / "tsan"
    env = {
        # The stable compiler has the sanitizer only with this switch for nightly features.
        "RUSTC_BOOTSTRAP": "1",
        "RUSTFLAGS": "-Zsanitizer=thread -Cforce-frame-pointers=yes",
        "CC_x86_64_unknown_linux_gnu": built_python.clang(),
        "CFLAGS_x86_64_unknown_linux_gnu": "-fsanitize=thread",
        "PYO3_PYTHON": str(python),
        # The symbols of Python and of the sanitizer are those of the interpreter.
        "PYO3_BUILD_EXTENSION_MODULE": "1",
        "UNSAFE_PYO3_SKIP_VERSION_CHECK": "1",
        "CARGO_TARGET_DIR": str(folder),
        **QUIET,
    }
    words = ["cargo", "build", "-Zbuild-std", "--target", HOST, "--profile", "dev-fast", "-p", "cffi-backend"]
    run(words, env=env)
    site = Path(output([into.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip())
    package = site / "_cffi_backend"
    package.mkdir(exist_ok=True)
    shutil.copy(folder / HOST / "dev-fast" / "lib_cffi_backend.so", package / "__init__.so")


def suppressions(python: Path) -> Path:
    """Writes our suppressions and the interpreter's into one file."""
    path = CACHE / "tsan.supp"
    theirs = sorted(python.parent.parent.glob("suppressions*.txt"))
    if not theirs:
        say("the interpreter came without a list of its own known races")
    path.write_text("\n".join(file.read_text() for file in [OURS, *theirs]))
    return path


def symbolizer() -> Path:
    """Finds llvm-symbolizer, which suppressions by a function's name need."""
    beside = Path(os.path.realpath(built_python.clang())).with_name("llvm-symbolizer")
    found = beside if beside.exists() else shutil.which("llvm-symbolizer")
    if not found:
        raise Failed("no llvm-symbolizer (on Debian: apt install llvm-16)")
    return Path(found)


def test(python: Path, into: Environment, seconds: float, threads: int, *, checked: bool) -> int:
    """Runs the stress test. The exit code is not 0 if a race was reported."""
    options = [
        f"suppressions={suppressions(python)}",
        f"external_symbolizer_path={symbolizer()}",
        "history_size=7",
        "exitcode=66",
        "print_suppressions=1",
    ]
    env = {**os.environ, "TSAN_OPTIONS": ":".join(options), "PYTHONPATH": str(ROOT)}
    if checked:
        env["FERROCFFI_CHECKED"] = "1"
    words: list[str | Path] = [into.python, "-m", "tests.threads.stress", str(seconds), str(threads)]
    return subprocess.run(words, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, check=False).returncode


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--installed", action="store_true", help="take the backend as installed, build nothing"
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--checked", action="store_true", help="in checked mode")
    options = parser.parse_args()
    try:
        built_python.no_randomization()
        python = built_python.ensure("3.13t-tsan")
        into = prepare(python)
        if not options.installed:
            build(python, into)
        code = test(python, into, options.seconds, options.threads, checked=options.checked)
    except Failed as error:
        say(f"failed: {error}")
        return 1
    print(f"ThreadSanitizer: {'no race' if code == 0 else f'FAILED (exit code {code})'}", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
