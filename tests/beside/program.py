"""Runs random programs and prints what each of their operations gave: ``python -m tests.beside.program SEED COUNT``.

The process has one backend; another process runs the same programs on the other. No operation reads memory that nobody
owns, since the two would find different bytes there.
"""

from __future__ import annotations

import operator
import sys
import warnings
from collections.abc import Callable
from random import Random
from typing import Any

import cffi

from tests.beside.values import declarations, shown, type_string, value, without_addresses

Operation = tuple[str, Callable[[], Any]]
OPERATIONS = 80
"""The number of operations of a program."""

_TYPE_STRINGS = [
    *("int(int)", "foo", "int[", "", "int x", "enum small", "enum zz", "struct zz", "unsigned", "long long int"),
    *("const char * const", "int(*)(int, ...)", "void(void)", "int[2][]", "signed", "int **[3]", "volatile int*"),
    *("int()", "float complex", "A0", "(int)", "int(*(*)(int))[3]", "double _Complex *", "s0_t const"),
]
_COMPARISONS = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt}


class Program:
    """The state of one program: its types and the cdata that it has made."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.ffi = cffi.FFI()
        self.text, self.records = declarations(self.random)
        self.pool: list[Any] = []
        self.readable: list[Any] = []
        """Those whose memory is owned and may be read to its end."""
        self.libc: Any = None

    def run(self) -> list[str]:
        """Returns one line for each operation."""
        try:
            self.ffi.cdef(self.text)
        except Exception as error:
            return [f"cdef: {type(error).__name__}: {error}"]
        self.libc = self.ffi.dlopen(None)
        self.keep(self.ffi.new("int[3]", [1, 2, 3]), readable=True)
        lines = [self.outcome(self.layout(record)) for record in self.records]
        makers = [self.new, self.cast, self.type_facts, self.read, self.write, self.call, self.callback, self.relate]
        lines += [self.outcome(self.random.choice(makers)()) for _ in range(OPERATIONS)]
        return lines

    def outcome(self, operation: Operation) -> str:
        """Runs an operation. Returns its name and its value or exception."""
        name, action = operation
        try:
            result = shown(self.ffi, action())
        except Exception as error:
            result = f"{type(error).__name__}: {without_addresses(str(error))}"
        return f"{name} -> {result}".replace("\n", "\\n")

    def keep(self, made: Any, *, readable: bool) -> Any:
        """Keeps a cdata for later operations."""
        if isinstance(made, self.ffi.CData):
            self.pool.append(made)
            if readable:
                self.readable.append(made)
        return made

    def show(self, thing: Any) -> str:
        return shown(self.ffi, thing)

    def kind(self, cdata: Any) -> str:
        return str(self.ffi.typeof(cdata).kind)

    def layout(self, record: str) -> Operation:
        def facts() -> Any:
            fields = self.ffi.typeof(record).fields
            places = [(name, f.type.cname, f.offset, f.bitshift, f.bitsize, f.flags) for name, f in fields]
            return self.ffi.sizeof(record), self.ffi.alignof(record), places

        return f"layout of {record}", facts

    def new(self) -> Operation:
        ctype = type_string(self.random, self.records)
        if self.random.random() < 0.3:
            return f"new {ctype}", lambda: self.keep(self.ffi.new(ctype), readable=True)
        initializer = self.moderate(value(self.random, self.pool))
        return f"new {ctype} from {self.show(initializer)}", lambda: self.keep(
            self.ffi.new(ctype, initializer), readable=True
        )

    def moderate(self, initializer: Any) -> Any:
        """Returns the initializer without lengths that take long to fill."""
        if isinstance(initializer, self.ffi.CData) and self.kind(initializer) == "primitive":
            return 5
        if isinstance(initializer, int):
            return min(initializer, 70000)
        if isinstance(initializer, (list, tuple)):
            return type(initializer)(self.moderate(item) for item in initializer)
        if isinstance(initializer, dict):
            return {name: self.moderate(item) for name, item in initializer.items()}
        return initializer

    def cast(self) -> Operation:
        ctype, source = type_string(self.random, self.records), value(self.random, self.pool)
        if isinstance(source, self.ffi.CData) and self.kind(source) in ("pointer", "array", "function"):
            ctype = self.random.choice(["void *", "char *", "int *", "s0_t *", "function_t"])
        if ctype.endswith("]"):  # An array at any address is not kept: as an initializer it would be read.
            return f"cast {self.show(source)} to {ctype}", lambda: self.ffi.cast(ctype, source)
        return f"cast {self.show(source)} to {ctype}", lambda: self.keep(
            self.ffi.cast(ctype, source), readable=False
        )

    def type_facts(self) -> Operation:
        ctype = self.random.choice([type_string(self.random, self.records), self.random.choice(_TYPE_STRINGS)])
        extra = self.random.choice(["", "*", "[3]", "x", " *p", "&", "(*q)(int)", "[]"])
        names: list[Any] = [self.random.choice(["f0", "f1", "f2", "u0", "tail", "zz", 0, 1, -1, 2.5, None])]
        facts: dict[str, Callable[[], Any]] = {
            "sizeof": lambda: self.ffi.sizeof(ctype),
            "alignof": lambda: self.ffi.alignof(ctype),
            f"getctype {extra!r}": lambda: self.ffi.getctype(ctype, extra),
            f"offsetof {names!r}": lambda: self.ffi.offsetof(ctype, *names),
            "typeof": lambda: (self.ffi.typeof(ctype), self.ffi.typeof(ctype).kind),
        }
        name = self.random.choice(list(facts))
        return f"{name} of {ctype}", facts[name]

    def index(self, cdata: Any) -> Any:
        """Returns an index; that of a pointer is within what it owns."""
        if self.kind(cdata) == "pointer":
            return self.random.choice([0, 0, 0, "a", None, 1.0])
        whole = [0, 0, 1, 2, -1, 3, 4, True, 2**70]
        slices = [slice(0, 1), slice(0, 2), slice(1, 3), slice(None), slice(2, 1), slice(0, 2, 1), slice(-1, 1)]
        return self.random.choice([*whole, *slices, "a", 1.0])

    def name(self) -> str:
        return self.random.choice(["f0", "f0", "f1", "f1", "f2", "f3", "f4", "u0", "v1", "zz", "__class__"])

    def view(self, made: Any) -> Any:
        """Keeps what was read; a view of owned memory can be read as well."""
        is_view = isinstance(made, self.ffi.CData) and self.kind(made) in ("array", "struct", "union")
        return self.keep(made, readable=is_view and self.ffi.sizeof(made) > 0)

    def read(self) -> Operation:
        cdata = self.random.choice(self.readable)
        index, name, about = self.index(cdata), self.name(), self.show(cdata)
        length = 1 if self.kind(cdata) == "pointer" else self.random.choice([0, 1, 2, -1])
        count = min(length, len(cdata)) if self.kind(cdata) == "array" else length
        reads: dict[str, Callable[[], Any]] = {
            f"item {self.show(index)}": lambda: self.view(cdata[index]),
            f"field {name}": lambda: self.view(getattr(cdata, name)),
            "string": lambda: self.ffi.string(cdata, count),
            "unpack": lambda: self.ffi.unpack(cdata, count),
            "buffer": lambda: len(self.ffi.buffer(cdata)),
            "iterate": lambda: list(cdata) if self.kind(cdata) != "pointer" else iter(cdata),
            "bool": lambda: bool(cdata),
            "len": lambda: len(cdata),
            "int": lambda: int(cdata) if self.kind(cdata) == "primitive" else len(int.__doc__ or ""),
            "complex": lambda: complex(cdata),
            f"addressof {name}": lambda: self.keep(self.ffi.addressof(cdata, name), readable=False),
        }
        chosen = self.random.choice(list(reads)[: 2 if self.random.random() < 0.5 else None])
        return f"{chosen} of {about}", reads[chosen]

    def write(self) -> Operation:
        cdata, new = self.random.choice(self.readable), value(self.random, self.pool)
        index, name = self.index(cdata), self.name()
        if self.random.random() < 0.5:
            return f"set item {self.show(index)} of {self.show(cdata)} to {self.show(new)}", lambda: (
                operator.setitem(cdata, index, new)
            )
        return f"set {name} of {self.show(cdata)} to {self.show(new)}", lambda: setattr(cdata, name, new)

    def call(self) -> Operation:
        name = self.random.choice(["abs", "labs", "toupper", "sqrt", "fabsf", "fabsl", "atoi", "strlen", "strcmp"])
        texts = [b"12", b"", "s", 3, None, bytearray(b"1\0"), [b"1", b"\0"], [49, 0], b"abc", memoryview(b"1\0")]
        count = self.random.choice([0, 1, 1, 1, 2, 2])
        takes_text = name in ("atoi", "strlen", "strcmp")
        arguments = [self.random.choice(texts) if takes_text else value(self.random, self.pool) for _ in range(count)]
        function = getattr(self.libc, name)
        if name == "strcmp":
            return f"strcmp({self.show(arguments)})", lambda: function(*arguments) == 0
        return f"{name}({self.show(arguments)})", lambda: function(*arguments)

    def callback(self) -> Operation:
        result = self.random.choice(["int", "char", "short", "double", "_Bool", "char *", "void", "enum small", "wchar_t"])
        given, error = value(self.random, self.pool), self.random.choice([None, None, 5, b"x", 1.5])
        options = {} if error is None else {"error": error}

        def run() -> Any:
            seen: list[str] = []
            made = self.ffi.callback(
                f"{result}(*)(int, short)",
                lambda a, b: given,
                onerror=lambda kind, error, where: seen.append(f"{kind.__name__}: {without_addresses(str(error))}"),
                **options,
            )
            return made(3, 4), seen

        return f"callback of {result} gives {self.show(given)}, error={error!r}", run

    def relate(self) -> Operation:
        left = self.random.choice(self.pool)
        right = value(self.random, self.pool)
        name = self.random.choice(list(_COMPARISONS))
        step = self.random.choice([0, 1, -1, 2, 1.5, "x", None])

        def compare() -> Any:
            answer = _COMPARISONS[name](left, right)
            # The order of two addresses is not that of the other process.
            return type(answer).__name__ if isinstance(right, self.ffi.CData) else answer

        if self.random.random() < 0.5:
            return f"{self.show(left)} {name} {self.show(right)}", compare
        return f"{self.show(left)} + {step!r}", lambda: self.keep(left + step, readable=False)




def main() -> None:
    """Runs the programs of some seeds."""
    warnings.simplefilter("ignore")
    first, count = int(sys.argv[1]), int(sys.argv[2])
    for seed in range(first, first + count):
        print(f"@ {seed}", flush=True)
        for line in Program(seed).run():
            print(line, flush=True)


if __name__ == "__main__":
    main()
