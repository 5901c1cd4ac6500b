"""A short fuzzing run of every target: ``python3 -m ci.fuzz [--seconds 20]``.

Needs a nightly compiler and cargo-fuzz. Without them it says so and succeeds, because nothing else of the
project needs them; ``--required`` makes that a failure.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from ci.project import ROOT, TARGET, Failed, output, run, say


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="for each target (default: 20)")
    parser.add_argument("--required", action="store_true", help="fail if the tools are missing")
    options = parser.parse_args()
    lacking = missing()
    if lacking:
        print(f"fuzz: not run: {lacking}", flush=True)
        return 1 if options.required else 0
    failed = []
    targets = sorted(path.stem for path in (ROOT / "fuzz" / "fuzz_targets").glob("*.rs"))
    for target in targets:
        try:
            fuzz(target, options.seconds)
        except Failed as error:
            failed.append(target)
            say(f"failed: {error}")
    print(f"fuzz: {len(targets) - len(failed)} of {len(targets)} targets held for {options.seconds} s each")
    return 1 if failed else 0


def missing() -> str | None:
    """What has to be installed first; None if all is there."""
    for command, hint in (
        (["cargo", "fuzz", "--version"], "no cargo-fuzz (cargo install cargo-fuzz)"),
        (["cargo", "+nightly", "--version"], "no nightly compiler (rustup toolchain install nightly)"),
    ):
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        except OSError:
            return "no cargo"
        if done.returncode:
            return hint
    return None


def fuzz(target: str, seconds: int) -> None:
    """Run one target from its committed seeds; what it finds stays in ``fuzz/corpus``."""
    corpus = ROOT / "fuzz" / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = ROOT / "fuzz" / "seeds" / target
    say(f"fuzzing {target}")
    # Under its own name: flags of the sanitizer would rebuild the project's target folder.
    env = {**os.environ, "CARGO_TARGET_DIR": str(TARGET / "fuzz")}
    host = next(
        line.split()[1] for line in output(["rustc", "-vV"]).splitlines() if line.startswith("host:")
    )
    command: list[str | Path] = ["cargo", "+nightly", "fuzz", "run", "--target", host, target, corpus, seeds]
    limits = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-max_len=2048"]
    run([*command, "--", *limits, "-print_final_stats=1"], env=env, quiet=True)


if __name__ == "__main__":
    sys.exit(main())
