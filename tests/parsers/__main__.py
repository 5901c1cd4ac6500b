"""Compares both parsers for a while: ``python -m tests.parsers --seconds 600 --seed 1 [--texts FOLDER]``.

Prints each kind of difference once, with the smallest program that was found for it. Ends with 1 if there were any.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from random import Random

from tests.parsers.compare import compare
from tests.parsers.grammar import Grammar, Step
from tests.parsers.library import build
from tests.parsers.mutate import TOKENS, changed


def program(random: Random, kept: list[str]) -> list[Step]:
    """Returns a program; half of them are changed ones."""
    steps = Grammar(random).program()
    texts = [step[1] for step in steps if step[0] != "type"]
    if random.random() < 0.3 and kept:
        place = random.randrange(len(steps))
        steps[place] = (steps[place][0], random.choice(kept), *steps[place][2:])
    if random.random() < 0.3:
        place = random.randrange(len(steps))
        step = steps[place]
        steps[place] = (step[0], changed(random, step[1], [*texts, *kept[-50:]]), *step[2:])
    if len(kept) < 3000:
        kept.extend(texts)
    return steps


def smaller(steps: list[Step], library: str, found: str) -> list[Step]:
    """Returns a smaller program with a difference of that kind."""
    kind = kind_of(found)
    end = time.monotonic() + 20

    def holds(candidate: list[Step]) -> bool:
        other, _ = compare(candidate, library, models=True)
        return other is not None and kind_of(other) == kind

    changed_one = True
    while changed_one and time.monotonic() < end:
        changed_one = False
        for place in reversed(range(len(steps))):
            candidate = steps[:place] + steps[place + 1 :]
            if candidate and holds(candidate):
                steps, changed_one = candidate, True
        for place in range(len(steps)):
            size = 16
            while size and time.monotonic() < end:
                tokens = TOKENS.findall(steps[place][1])
                at = 0
                while at < len(tokens) and time.monotonic() < end:
                    text = "".join(tokens[:at] + tokens[at + size :])
                    candidate = [
                        *steps[:place],
                        (steps[place][0], text, *steps[place][2:]),
                        *steps[place + 1 :],
                    ]
                    if holds(candidate):
                        steps, changed_one = candidate, True
                        tokens = TOKENS.findall(text)
                    else:
                        at += size
                size //= 2
    return steps


def kind_of(found: str) -> str:
    """Returns what differences of one kind have in common."""
    words = re.sub(r"step \d+", "step", found)
    words = re.sub(r"'[^']*'", "''", words)
    return re.sub(r"\d+|\b[fvtsueKmEp]\d+\b", "N", words)[:160]


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--texts", type=Path, help="a folder with more texts to change")
    parser.add_argument("--show", type=int, default=30, help="how many kinds of differences to print")
    options = parser.parse_args()
    kept = (
        [path.read_text(encoding="utf-8") for path in sorted(options.texts.iterdir())]
        if options.texts
        else []
    )
    random = Random(options.seed)
    warnings.simplefilter("ignore")
    counts: Counter[str] = Counter()
    kinds: dict[str, str] = {}
    end = time.monotonic() + options.seconds
    with tempfile.TemporaryDirectory() as folder:
        library = build(Path(folder))
        while time.monotonic() < end:
            steps = program(random, kept)
            counts["programs"] += 1
            found, ways = compare(steps, library, models=random.random() < 0.3)
            counts.update(ways)
            if found is None:
                continue
            counts["differences"] += 1
            kind = kind_of(found)
            if kind not in kinds and len(kinds) < options.show:
                kinds[kind] = found
                small = smaller(steps, library, found)
                found, _ = compare(small, library, models=True)
                print(f"\n{small!r}\n    {found}", flush=True)
    print("parsers:", ", ".join(f"{count} {name}" for name, count in counts.items()))
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(main())
