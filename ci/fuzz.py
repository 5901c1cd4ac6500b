"""A short fuzzing run of every target: ``python3 -m ci.fuzz [--seconds 20]``.

Three parts. The first needs nothing but the project's compiler: the kept inputs, and a fixed number of others made
from them by a test (``fuzz/tests/mutations.rs``). The second runs programs with the installed extension module: the
whole way from texts to ctypes (``tests/parsers/fuzz.py``), and both parsers of `cdef()` beside each other
(``tests/parsers``). The third lets libFuzzer look for more, with cargo-fuzz. Where that is missing this is said, and the
other parts decide; ``--required`` makes it a failure.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from ci import environment, wheel
from ci.project import ROOT, TARGET, held, output, run, say

PROGRAMS = ("tests.parsers.fuzz", "tests.parsers")
"""The modules of the second part."""

INPUTS = 2_000_000
"""How many the first part tries for each target."""


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="for each target (default: 20)")
    parser.add_argument("--checked", action="store_true", help="run the programs in checked mode")
    parser.add_argument("--required", action="store_true", help="fail if cargo-fuzz is missing")
    options = parser.parse_args()
    if options.checked:
        os.environ["FERROCFFI_CHECKED"] = "1"
    targets = sorted(path.stem for path in (ROOT / "fuzz" / "fuzz_targets").glob("*.rs"))
    failed = [] if held(mutations) else ["mutations"]
    print(
        f"fuzz: {len(targets)} targets, {INPUTS:,} inputs each: {'FAILED' if failed else 'held'}", flush=True
    )
    failed += [one for one in PROGRAMS if not held(partial(programs, one, options.seconds))]
    if not has_cargo_fuzz():
        print("fuzz: libFuzzer not run: no cargo-fuzz (cargo install cargo-fuzz)", flush=True)
        return 1 if failed or options.required else 0
    broken = [target for target in targets if not held(partial(fuzz, target, options.seconds))]
    good = len(targets) - len(broken)
    print(f"fuzz: {good} of {len(targets)} targets held against libFuzzer for {options.seconds} s each")
    return 1 if failed or broken else 0


def flags() -> dict[str, str]:
    """With a target folder of its own: flags of the sanitizer would rebuild the project's."""
    return {"CARGO_TARGET_DIR": str(TARGET / "fuzz")}


def mutations() -> None:
    """The inputs that need no fuzzer."""
    command = ["cargo", "test", "--release", "--locked", "--no-default-features", "--quiet"]
    manifest = ["--manifest-path", str(ROOT / "fuzz" / "Cargo.toml")]
    run([*command, *manifest], env={**flags(), "FUZZ_INPUTS": str(INPUTS)})


def programs(module: str, seconds: int) -> None:
    """Runs programs in the environment with the extension module, which this builds."""
    interpreter = environment.this_python()
    into = environment.ours(interpreter)
    wheel.develop(interpreter, into)
    run([into.python, "-m", module, "--seconds", str(seconds)], env={**os.environ, "PYTHONPATH": str(ROOT)})


def works(*command: str) -> bool:
    """Returns whether a command is there."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def has_cargo_fuzz() -> bool:
    """Returns whether libFuzzer can be run."""
    return works("cargo", "fuzz", "--version")


def fuzz(target: str, seconds: int) -> None:
    """Runs one target from its committed seeds; what it finds stays in ``fuzz/corpus``."""
    corpus = ROOT / "fuzz" / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = ROOT / "fuzz" / "seeds" / target
    say(f"fuzzing {target}")
    nightly = works("cargo", "+nightly", "--version")
    # The sanitizer is a nightly feature; a stable compiler has it too, and gives it to who asks like this.
    env = flags() | ({} if nightly else {"RUSTC_BOOTSTRAP": "1"})
    host = next(line.split()[1] for line in output(["rustc", "-vV"]).splitlines() if line.startswith("host:"))
    toolchain = ["+nightly"] if nightly else []
    command: list[str | Path] = ["cargo", *toolchain, "fuzz", "run", "--target", host, target, corpus, seeds]
    limits = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-max_len=2048"]
    run([*command, "--", *limits, "-print_final_stats=1"], env={**os.environ, **env}, quiet=True)


if __name__ == "__main__":
    sys.exit(main())
