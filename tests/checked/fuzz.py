"""Random accesses in checked mode, beside a model: ``python -m tests.checked.fuzz [seconds] [seed]``.

Memory is made and ends at random, and pointers without owners are used at random offsets. The model knows which uses are
right: those must do what they do without checked mode, and all others must raise. At the end the registry must be as small
as it may be.
"""

from __future__ import annotations

import gc
import os
import random
import resource
import sys
import time
from dataclasses import dataclass
from typing import Any

import cffi
import ferrocffi.checked
from ferrocffi.errors import AccessError

ITEMS = {"char": 1, "short": 2, "int": 4, "double": 8, "struct pair": 8}
NEAR = 60
"""Offsets up to here around memory lie in its guard zones."""

ffi = cffi.FFI()
ffi.cdef("struct pair { int x, y; }; void *memset(void *, int, size_t);")
lib = ffi.dlopen(None)


@dataclass
class Memory:
    """What the model knows of a piece of memory."""

    owner: Any
    address: Any
    """A `char *` that keeps nothing alive."""
    values: bytearray
    alive: bool = True


class Run:
    """A run with one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.pieces: list[Memory] = []
        self.counts = {"right": 0, "refused": 0}

    def make(self) -> None:
        item = self.random.choice(list(ITEMS))
        count = self.random.choice([1, 2, 3, 5, 17, 100, 1000])
        owner = ffi.new(f"{item}[{count}]") if count > 1 or item == "char" else ffi.new(f"{item} *")
        size = ffi.sizeof(owner) if count > 1 or item == "char" else ITEMS[item]
        self.pieces.append(Memory(owner, ffi.cast("char *", owner), bytearray(size)))

    def end(self) -> None:
        piece = self.random.choice(self.pieces)
        if piece.alive and self.random.random() < 0.5:
            ffi.release(piece.owner)
        piece.owner, piece.alive = None, False

    def use(self) -> None:
        piece = self.random.choice(self.pieces[-40:])
        size = len(piece.values)
        length = self.random.choice([1, 2, 4, 8, 16, self.random.randrange(1, size + 40)])
        start = self.random.choice([0, size - length, self.random.randrange(-NEAR, size + NEAR)])
        right = piece.alive and start >= 0 and start + length <= size
        if start + length <= 0 or start >= size + NEAR or start < -NEAR:
            return
        names = ("item", "store", "unpack", "slice", "memmove", "buffer", "memset", "struct")
        name = self.random.choice(names)
        try:
            getattr(self, name)(piece, piece.address + start, start, length, right)
            raised = None
        except AccessError as error:
            raised = error
        if name in ("item", "store", "struct"):
            unit = {"item": 1, "store": 4, "struct": 8}[name]
            right = piece.alive and start >= 0 and start + unit <= size
        if piece.alive and not right:
            # C may have written the bytes that lie in the memory.
            piece.values[:] = ffi.buffer(piece.owner)[:]
        if right == (raised is None):
            self.counts["right" if right else "refused"] += 1
            return
        raise SystemExit(f"{name} of {length} bytes at {start} of {size}, {piece.alive}: {raised!r}")

    def item(self, piece: Memory, at: Any, start: int, length: int, right: bool) -> None:
        found = at[0]
        assert found[0] == piece.values[start], "a wrong value"

    def store(self, piece: Memory, at: Any, start: int, length: int, right: bool) -> None:
        ffi.cast("int *", at)[0] = length
        piece.values[start : start + 4] = length.to_bytes(4, sys.byteorder)

    def struct(self, piece: Memory, at: Any, start: int, length: int, right: bool) -> None:
        ffi.cast("struct pair *", at)[0] = [length, 3]
        both = length.to_bytes(4, sys.byteorder) + (3).to_bytes(4, sys.byteorder)
        piece.values[start : start + 8] = both

    def unpack(self, piece: Memory, at: Any, start: int, length: int, right: bool) -> None:
        found = ffi.unpack(at, length)
        assert found == piece.values[start : start + length], "a wrong value"

    def slice(self, piece: Memory, at: Any, start: int, length: int, right: bool) -> None:
        value = bytes([self.random.randrange(256)]) * length
        at[0:length] = value
        piece.values[start : start + length] = value

    def memmove(self, piece: Memory, at: Any, start: int, length: int, right: bool) -> None:
        target = bytearray(length)
        ffi.memmove(target, at, length)
        assert target == piece.values[start : start + length], "a wrong value"

    def buffer(self, piece: Memory, at: Any, start: int, length: int, right: bool) -> None:
        assert ffi.buffer(at, length)[:] == piece.values[start : start + length], "a wrong value"

    def memset(self, piece: Memory, at: Any, start: int, length: int, right: bool) -> None:
        lib.memset(at, 7, length)
        piece.values[start : start + length] = b"\7" * length

    def go(self, until: float) -> None:
        while time.monotonic() < until:
            for _ in range(200):
                chance = self.random.random()
                if chance < 0.1 or not self.pieces:
                    self.make()
                elif chance < 0.17:
                    self.end()
                else:
                    self.use()
            while len(self.pieces) > 400:
                piece = self.pieces.pop(self.random.randrange(len(self.pieces)))
                assert piece.owner is None or len(piece.values) > 0


def main() -> int:
    """Runs for some seconds; the exit code is 0 if the model was right every time."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int.from_bytes(os.urandom(4), "little")
    if not ferrocffi.checked.enabled():
        sys.exit("FERROCFFI_CHECKED=1 is not set")
    sys.unraisablehook = lambda unraisable: sys.exit(f"reported: {unraisable.exc_value!r}")
    print(f"seed {seed}", flush=True)
    run = Run(seed)
    run.go(time.monotonic() + seconds / 2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run.go(time.monotonic() + seconds / 2)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    run.pieces.clear()
    gc.collect()
    count, size = ferrocffi.checked.quarantine()
    alive = len(ferrocffi.checked.regions())
    print(f"{run.counts}; quarantine: {count} pieces, {size} bytes; {alive} alive; grown by {grown} KiB")
    assert count <= 2048 and size <= 64 << 20 and alive == 0 and grown < 4096, "the registry has grown"
    return 0


if __name__ == "__main__":
    sys.exit(main())
