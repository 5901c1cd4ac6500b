"""Checks the signatures of one seed on the backend: run in a process of its own, ``python -m … SEED COUNT LIBRARY MODE``."""

from __future__ import annotations

import json
import platform
import random
import sys
from typing import Any

import _cffi_backend as B

from tests.call.signatures.kinds import EXTRA, Kind, Types, fill, mask
from tests.call.signatures.program import STEP, Signature, signature

RECORDS = 60
CHARP = B.new_pointer_type(B.new_primitive_type("unsigned char"))
SIZE_P = B.new_pointer_type(B.new_primitive_type("size_t"))
VOID = B.new_void_type()
CHAR_IS_SIGNED = platform.machine() in ("x86_64", "i686")


def generate(seed: int, count: int, mode: str) -> tuple[Types, list[Signature], random.Random]:
    """Returns the types and signatures of a seed, and the generator of values.

    `mode` is a list of words with commas between them: "+NAME" for each type that the stock backend does not know, and
    "agreed" to leave out those about which gcc and clang disagree.
    """
    rng = random.Random(seed)
    extra = [kind for kind in EXTRA if f"+{kind.c}" in mode.split(",")]
    types = Types(rng, RECORDS, extra, "agreed" in mode)
    return types, [signature(rng, types) for _ in range(count)], rng


class Checker:
    """A loaded library with its buffers."""

    def __init__(self, path: str, rng: random.Random) -> None:
        self.lib = B.load_library(path, 2)
        self.rng = rng
        get = B.new_function_type((), CHARP)
        self.seen = self.lib.load_function(get, "get_seen")()
        self.give = self.lib.load_function(get, "get_give")()
        self.trials = 0
        self.problems: list[str] = []

    def layouts(self, types: Types) -> None:
        """Compares sizes and alignments with the compiler's."""
        sizes = B.cast(SIZE_P, self.lib.load_function(B.new_function_type((), VOID), "sizes"))
        for i, kind in enumerate(types.records):
            ours, theirs = (kind.size, B.alignof(kind.ct)), (sizes[2 * i], sizes[2 * i + 1])
            if ours != theirs:
                self.problems.append(f"layout: {kind.c}: {ours} here, {theirs} in C: {text(types, kind)}")

    def value(self, kind: Kind) -> tuple[Any, bytes]:
        """Returns a random value and its bytes."""
        data = bytearray(self.rng.randbytes(kind.size))
        fill(self.rng, kind, data, 0)
        p = B.newp(B.new_pointer_type(kind.ct))
        B.memmove(p, data, len(data))
        return p[0], bytes(data)

    def same(self, what: str, kind: Kind, got: bytes, expected: bytes) -> None:
        """Compares the bits that mean something."""
        bits = bytearray(kind.size)
        mask(kind, bits, 0)
        if any((a ^ b) & m for a, b, m in zip(got, expected, bits, strict=True)):
            self.problems.append(
                f"{what} of type {kind.c}: {got.hex()} for {expected.hex()}, mask {bits.hex()}"
            )

    def bytes_of(self, kind: Kind, value: Any) -> bytes:
        """Returns the bytes of a Python value."""
        if kind.is_record:
            return bytes(B.buffer(B.cast(CHARP, _address(value)), kind.size))
        p = B.newp(B.new_pointer_type(kind.ct))
        p[0] = value
        return bytes(B.buffer(p))

    def attempt(self, what: str, do: Any) -> bool:
        """Do it; an exception is a problem."""
        self.trials += 1
        try:
            do()
        except Exception as error:
            self.problems.append(f"{what}: {type(error).__name__}: {str(error)[:300]}")
            return False
        return True

    def give_result(self, sig: Signature) -> bytes:
        """Puts the result that C is to return into its buffer."""
        if sig.result is None:
            return b""
        _, data = self.value(sig.result)
        B.memmove(self.give, data, len(data))
        return data

    def seen_at(self, i: int, size: int) -> bytes:
        """Returns what C has seen of an argument."""
        return bytes(B.buffer(self.seen + STEP * i, size))

    def call(self, i: int, sig: Signature) -> None:
        """Calls a C function."""
        ct = B.new_function_type(tuple(k.ct for k in sig.args), sig.result.ct if sig.result else VOID)
        values = [self.value(k) for k in sig.args]
        expected = self.give_result(sig)
        result = self.lib.load_function(ct, f"f{i}")(*[v for v, _ in values])
        for n, (k, (_, data)) in enumerate(zip(sig.args, values, strict=True)):
            self.same(f"argument {n} of f{i}", k, self.seen_at(n, k.size), data)
        if sig.result is not None:
            self.same(f"result of f{i}", sig.result, self.bytes_of(sig.result, result), expected)

    def callback(self, i: int, sig: Signature) -> None:
        """Lets C call a Python function."""
        ct = B.new_function_type(tuple(k.ct for k in sig.args), sig.result.ct if sig.result else VOID)
        values = [self.value(k) for k in sig.args]
        for n, (_, data) in enumerate(values):
            B.memmove(self.give + STEP * n, data, len(data))
        answer, expected = self.value(sig.result) if sig.result else (None, b"")
        got: list[list[bytes]] = []

        def called(*args: Any) -> Any:
            got.append([self.bytes_of(k, v) for k, v in zip(sig.args, args, strict=True)])
            return answer

        callback = B.callback(ct, called)
        self.lib.load_function(B.new_function_type((ct,), VOID), f"c{i}")(callback)
        if len(got) != 1:
            raise AssertionError(f"called {len(got)} times")
        for n, (k, (_, data), seen) in enumerate(zip(sig.args, values, got[0], strict=True)):
            self.same(f"argument {n} of the callback of c{i}", k, seen, data)
        if sig.result is not None:
            self.same(
                f"result of the callback of c{i}", sig.result, self.seen_at(0, sig.result.size), expected
            )

    def variadic(self, i: int, sig: Signature) -> None:
        """Calls a variadic function."""
        int_ct = B.new_primitive_type("int")
        ct = B.new_function_type((int_ct,), sig.result.ct if sig.result else VOID, True)
        values, datas = [], []
        for k in sig.args:
            value, data = self.value(k)
            if not isinstance(value, B._CDataBase):
                value = B.cast(k.ct, value) if "_Complex" not in k.c else self.cdata(k, data)
            values.append(value)
            datas.append(data)
        expected = self.give_result(sig)
        result = self.lib.load_function(ct, f"v{i}")(5, *values)
        for n, (k, data) in enumerate(zip(sig.args, datas, strict=True)):
            what = f"variadic argument {n} of v{i}"
            if not k.promoted:
                self.same(what, k, self.seen_at(n, k.size), data)
                continue
            p = B.newp(B.new_pointer_type(k.ct))
            B.memmove(p, data, len(data))
            number = p[0]
            if isinstance(number, bytes):
                number = int.from_bytes(number, "little", signed=CHAR_IS_SIGNED)
            elif isinstance(number, str):
                number = ord(number)
            wide = B.new_primitive_type(k.promoted)
            got = B.newp(B.new_pointer_type(wide))
            B.memmove(got, self.seen_at(n, B.sizeof(wide)), B.sizeof(wide))
            if got[0] != number:
                self.problems.append(f"{what} of type {k.c}: {got[0]!r} for {number!r}")
        if sig.result is not None:
            self.same(f"result of v{i}", sig.result, self.bytes_of(sig.result, result), expected)

    def cdata(self, kind: Kind, data: bytes) -> Any:
        """Returns a value that is read as a Python number, as a cdata."""
        number = B.newp(B.new_pointer_type(kind.ct))
        B.memmove(number, data, len(data))
        return B.cast(kind.ct, number[0])


def text(types: Types, kind: Kind) -> str:
    """Returns the declaration of a type in C."""
    return next((c for c in types.c if f"{kind.c} {{" in c), kind.c).replace("\n", " ")


def _address(value: Any) -> Any:
    import cffi

    return cffi.FFI().addressof(value)


def main() -> int:
    """Command line."""
    seed, count, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    types, signatures, rng = generate(seed, count, sys.argv[4])
    checker = Checker(path, rng)
    checker.layouts(types)
    for i, sig in enumerate(signatures):
        print(f"at {i}", file=sys.stderr, flush=True)
        checker.attempt(f"call of f{i}", lambda i=i, sig=sig: checker.call(i, sig))
        checker.attempt(f"callback of c{i}", lambda i=i, sig=sig: checker.callback(i, sig))
        if sig.variadic:
            checker.attempt(f"call of v{i}", lambda i=i, sig=sig: checker.variadic(i, sig))
    json.dump({"trials": checker.trials, "problems": checker.problems}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
