"""C source for generated signatures.

For signature 7: `f7` copies its arguments to `seen` and returns what lies in `give`; `c7` calls a function pointer with the
arguments that lie in `give`, and puts the result into `seen`; `v7` is variadic, and reads what follows its first argument.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import _cffi_backend as B

from tests.call.signatures.kinds import LARGEST, Kind, Types

STEP = LARGEST
"""Bytes for each argument in the buffers."""
MOST = 31


@dataclass
class Signature:
    """A function type."""

    args: list[Kind]
    result: Kind | None
    variadic: bool


def signature(rng: random.Random, types: Types) -> Signature:
    """Returns a signature of random length and mix."""
    count = rng.choice([0, 1, 2, 3, 5, 8, rng.randrange(MOST - 1)])
    focus = [types.any() for _ in range(2)]
    args = [types.any() if rng.random() < 0.7 else rng.choice(focus) for _ in range(count)]
    result = None if rng.random() < 0.08 else types.any()
    variadic = rng.random() < 0.3 and not any(_crashes_gcc(kind) for kind in args)
    return Signature(args, result, variadic)


def _crashes_gcc(kind: Kind) -> bool:
    """Returns whether gcc 12 reads such a variadic argument with an aligned load from where it is not aligned, or dies."""
    if kind.is_record and kind.has_vector:
        return True
    return kind.is_record and kind.size == 16 and B.alignof(kind.ct) == 16


def source(types: Types, signatures: list[Signature]) -> str:
    """Returns a program with three functions for each signature."""
    lines = ["#include <stdarg.h>", "#include <stdint.h>", "#include <stddef.h>", "#include <string.h>"]
    lines += ["#include <uchar.h>", "#include <wchar.h>"]
    lines += [f"__thread unsigned char seen[{STEP * MOST}], give[{STEP * MOST}];"]
    lines += ["void *get_seen(void) { return seen; }", "void *get_give(void) { return give; }", *types.c]
    sizes = ", ".join(f"sizeof({k.c}), _Alignof({k.c})" for k in types.records)
    lines.append(f"const size_t sizes[] = {{ {sizes} }};")
    for i, sig in enumerate(signatures):
        lines += _callee(i, sig) + _caller(i, sig)
        if sig.variadic:
            lines += _variadic(i, sig)
    return "\n".join(lines) + "\n"


def _result(sig: Signature) -> tuple[str, str]:
    if sig.result is None:
        return "void", ""
    name = sig.result.c
    return name, f" {name} r; memcpy(&r, give, sizeof r); return r;"


def _callee(i: int, sig: Signature) -> list[str]:
    name, back = _result(sig)
    declared = ", ".join(f"{k.c} a{n}" for n, k in enumerate(sig.args)) or "void"
    copies = "".join(f" memcpy(seen + {STEP * n}, &a{n}, sizeof a{n});" for n in range(len(sig.args)))
    return [f"{name} f{i}({declared}) {{{copies}{back} }}"]


def _caller(i: int, sig: Signature) -> list[str]:
    name, _ = _result(sig)
    declared = ", ".join(k.c for k in sig.args) or "void"
    loads = "".join(
        f" {k.c} a{n}; memcpy(&a{n}, give + {STEP * n}, sizeof a{n});" for n, k in enumerate(sig.args)
    )
    call = f"f({', '.join(f'a{n}' for n in range(len(sig.args)))})"
    keep = f" {call};" if sig.result is None else f" {name} r = {call}; memcpy(seen, &r, sizeof r);"
    return [f"void c{i}({name} (*f)({declared})) {{{loads}{keep} }}"]


def _variadic(i: int, sig: Signature) -> list[str]:
    name, back = _result(sig)
    reads = "".join(
        f" {k.promoted or k.c} a{n} = va_arg(rest, {k.promoted or k.c}); memcpy(seen + {STEP * n}, &a{n}, sizeof a{n});"
        for n, k in enumerate(sig.args)
    )
    return [
        f"{name} v{i}(int first, ...) {{ va_list rest; va_start(rest, first);{reads} va_end(rest);{back} }}"
    ]
