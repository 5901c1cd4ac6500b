"""Checks the functions of one seed: run in a process of its own, ``python -m … SEED COUNT LIBRARY FRONT KNOWN``."""

from __future__ import annotations

import importlib.util
import json
import random
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.call.declared.program import RESULT, Program, Signature, generate, places
from tests.call.declared.types import Known, Type, Types

RECORDS = 40
FRONTS = ("cffi", "backend", "api")
"""The three ways to a library: `cffi.FFI`, the backend's own `FFI`, and a compiled module."""


def program(seed: int, count: int, known: Known, front: str) -> Program:
    """Returns the program of a seed."""
    types = Types(random.Random(seed), known, RECORDS)
    return Program(types, generate(types, count), front == "api")


def loaded(made: Program, library: Path, front: str) -> tuple[Any, Any]:
    """Returns the FFI object and the library."""
    if front == "api":
        spec = importlib.util.spec_from_file_location(library.name.partition(".")[0], library)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.ffi, module.lib
    import _cffi_backend
    import cffi

    ffi: Any = cffi.FFI() if front == "cffi" else _cffi_backend.FFI()
    warnings.simplefilter("ignore")
    ffi.cdef(made.cdef())
    return ffi, ffi.dlopen(str(library))


class Checker:
    """A loaded library."""

    def __init__(self, made: Program, ffi: Any, lib: Any) -> None:
        self.made, self.ffi, self.lib = made, ffi, lib
        self.rng = random.Random(0)
        self.trials = 0
        self.problems: list[str] = []

    def helper(self, what: str, kind: Type) -> Any:
        """Returns one of the functions that belong to a type."""
        return getattr(self.lib, f"{what}_{self.made.number(kind)}")

    def layouts(self) -> None:
        """Compares sizes, alignments and offsets with the compiler's."""
        for kind in self.made.kinds:
            size = self.helper("size", kind)
            ours = [self.ffi.sizeof(kind.name), self.ffi.alignof(kind.name)]
            ours += [self.ffi.offsetof(kind.name, member.name) for member in places(kind)]
            theirs = [size(i) for i in range(len(ours))]
            if ours != theirs:
                self.problems.append(f"layout: {kind.name}: {ours} here, {theirs} in C")

    def new(self, kind: Type, seed: int) -> Any:
        """Returns a value that C has made."""
        p = self.ffi.new(f"{kind.name} *")
        self.helper("set", kind)(p, seed)
        return p[0]

    def cdata(self, kind: Type, seed: int) -> Any:
        """Returns the same as a cdata."""
        value = self.new(kind, seed)
        return value if isinstance(value, self.ffi.CData) else self.ffi.cast(kind.name, value)

    def is_right(self, kind: Type | None, value: Any, seed: int) -> bool:
        """Lets C compare a value with what it should be."""
        if kind is None:
            return value is None
        p = self.ffi.new(f"{kind.name} *")
        p[0] = value
        return bool(self.helper("eq", kind)(p, seed))

    def attempt(self, what: str, sig: Signature, do: Callable[[Signature, int], list[str]]) -> None:
        """Does one thing; an exception is a problem."""
        self.trials += 1
        print(f"at {what}", file=sys.stderr, flush=True)
        try:
            problems = do(sig, self.rng.randrange(10**9))
        except Exception as error:
            problems = [f"{type(error).__name__}: {str(error)[:300]}"]
        names = ", ".join(kind.name for kind in sig.args)
        self.problems += [f"{what}, {sig.result and sig.result.name} ({names}): {text}" for text in problems]

    def variadic(self, i: int, sig: Signature, s: int) -> list[str]:
        """Calls a variadic C function. What goes wrong if C calls it too is a fault of the compiler."""
        function = getattr(self.lib, f"v{i}")
        self.lib.set_start(s)
        getattr(self.lib, f"h{i}")(function, s)
        return self.called(function, sig, s, True, self.lib.get_bad())

    def called(
        self, function: Any, sig: Signature, s: int, variadic: bool = False, known: int = 0
    ) -> list[str]:
        """Calls a C function. The bits of `known` are arguments that are not compared."""
        make = self.cdata if variadic else self.new
        values = [(make if n >= sig.fixed else self.new)(kind, s + n) for n, kind in enumerate(sig.args)]
        self.lib.set_start(s)
        result = function(*values)
        bad = self.lib.get_bad() & ~known
        problems = [f"argument {n}" for n in range(len(sig.args)) if bad >> n & 1]
        return problems + ([] if self.is_right(sig.result, result, s + RESULT) else ["result"])

    def python(self, sig: Signature, s: int, problems: list[str], variadic: bool = False) -> Any:
        """Returns a function that checks its arguments and returns a result."""
        answer = self.new(sig.result, s + RESULT) if sig.result else None

        def function(*args: Any) -> Any:
            values = list(args)
            if variadic:
                rest = values.pop()
                values += [rest.next(self.ffi.typeof(kind.name)) for kind in sig.args[sig.fixed :]]
            if len(values) != len(sig.args):
                problems.append(f"{len(values)} arguments")
            for n, (kind, value) in enumerate(zip(sig.args, values, strict=False)):
                if not self.is_right(kind, value, s + n):
                    problems.append(f"argument {n}")
            return answer

        return function

    def all(self, i: int, sig: Signature) -> None:
        """Tries everything that there is for one signature."""
        ffi, lib = self.ffi, self.lib
        args = ", ".join(kind.name for kind in sig.args) or "void"
        fixed = ", ".join(kind.name for kind in sig.args[: sig.fixed])
        result = sig.result.name if sig.result else "void"

        def callback(sig: Signature, s: int) -> list[str]:
            problems: list[str] = []
            made = ffi.callback(f"{result}({args})", self.python(sig, s, problems))
            right = getattr(lib, f"g{i}")(made, s)
            return problems + ([] if right else ["result"])

        def given(sig: Signature, s: int) -> list[str]:
            p = ffi.new(f"struct fp{i} *")
            getattr(lib, f"give{i}")(p)
            return self.called(p.f, sig, s)

        def used(sig: Signature, s: int) -> list[str]:
            problems: list[str] = []
            p = ffi.new(f"struct fp{i} *")
            kept = p.f = ffi.callback(f"{result}({args})", self.python(sig, s, problems))
            right = getattr(lib, f"use{i}")(p, s)
            del kept
            return problems + ([] if right else ["result"])

        def variadic_callback(sig: Signature, s: int) -> list[str]:
            problems: list[str] = []
            made = ffi.callback(f"{result}({fixed}, ...)", self.python(sig, s, problems, True))
            right = getattr(lib, f"h{i}")(made, s)
            return problems + ([] if right else ["result"])

        def extern(sig: Signature, s: int) -> list[str]:
            problems: list[str] = []
            ffi.def_extern(f"e{i}")(self.python(sig, s, problems))
            right = getattr(lib, f"ge{i}")(s)
            return problems + ([] if right else ["result"])

        self.attempt(f"call of f{i}", sig, lambda sig, s: self.called(getattr(lib, f"f{i}"), sig, s))
        self.attempt(f"callback in g{i}", sig, callback)
        self.attempt(f"pointer given by give{i}", sig, given)
        self.attempt(f"pointer used in use{i}", sig, used)
        if sig.fixed:
            self.attempt(f"call of v{i}", sig, lambda sig, s: self.variadic(i, sig, s))
            self.attempt(f"callback in h{i}", sig, variadic_callback)
        if self.made.has_python(sig):
            self.attempt(f"extern Python e{i}", sig, extern)


def main() -> int:
    """Command line."""
    seed, count, library, front = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    made = program(seed, count, Known(**json.loads(sys.argv[5])), front)
    checker = Checker(made, *loaded(made, library, front))
    checker.layouts()
    # With a wrong layout every call is wrong, and may be the last.
    for i, sig in enumerate(made.signatures if not checker.problems else []):
        checker.all(i, sig)
    json.dump({"trials": checker.trials, "problems": checker.problems}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
