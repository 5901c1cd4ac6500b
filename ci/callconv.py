"""Compares the places of ``cffi-callconv`` with compiled code: ``python3 -m ci.callconv``.

Functions of all kinds are made up by the crate's own test, compiled with clang and gcc for each target, and run in an
emulator with arguments whose every byte is known, put where the crate says. Each function writes down what it found and
returns a known result, which is read where the crate says. Nothing is linked, and no library of the target is needed.

With the usual seed, the digests of each target that agrees are written to ``tests/signatures/recorded.txt``. Needs
clang 19, gcc 14 for x86-64, i386 and AArch64, and from PyPI ``unicorn`` and ``lief``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ci.project import ROOT

CRATE = ROOT / "crates" / "cffi-callconv"

CODE, RETURN, OUT, IN = 0x1000_0000, 0x9_0000, 0x40_0000, 0x50_0000
COPIES, RESULT, STACK = 0x60_0000, 0x68_0000, 0x78_0000
STEP = 1024
"""The distance between the arguments that a function writes down, as in ``tests/signatures/write.rs``."""

COMMON = [
    "-std=gnu2x",
    "-w",
    "-Wno-psabi",
    "-O1",
    "-ffreestanding",
    "-fno-pic",
    "-fno-stack-protector",
    "-c",
    "-x",
    "c",
]

COMPILERS: dict[str, list[str]] = {
    "x86_64-linux-gnu.gcc": ["gcc"],
    "i686-linux-gnu.gcc": ["gcc", "-m32"],
    "aarch64-linux-gnu.gcc": ["aarch64-linux-gnu-gcc"],
    # These use the platform's ABI with ELF, an object format that needs no linker here.
    "x86_64-windows-msvc.clang": ["clang", "--target=x86_64-pc-windows-msvc-elf"],
    "x86_64-windows-gnu.clang": ["clang", "--target=x86_64-pc-windows-gnu-elf"],
    "i686-windows-msvc.clang": ["clang", "--target=i686-pc-windows-msvc-elf"],
    "arm64-apple-macos.clang": ["clang", "--target=arm64-apple-macos-elf"],
    "riscv64-linux-gnu.clang": ["clang", "--target=riscv64-linux-gnu", "-mno-relax", "-mabi=lp64d"],
}


class Machine:
    """An emulated processor and the memory that its functions can use."""

    def __init__(self, name: str, text: bytes) -> None:
        import unicorn

        self.name = name
        arch = name.split("-")[0]
        self.big = arch == "s390x"
        self.word = 4 if arch == "i686" else 8
        self.uc, self.constants, self.prefix = _open(unicorn, arch)
        self.arch = arch
        size = (len(text) + 0xFFFF) & ~0xFFF
        self.uc.mem_map(CODE, size)
        self.uc.mem_write(CODE, text)
        for start, length in (
            (RETURN, 0x1000),
            (OUT, 0x20000),
            (IN, 0x1000),
            (COPIES, 0x20000),
            (RESULT, 0x1000),
            (STACK - 0x40000, 0x80000),
        ):
            self.uc.mem_map(start, length)

    def register(self, name: str) -> int:
        """Returns the emulator's number of a register."""
        if self.arch == "riscv64":
            number = int(name.lstrip("fa"))
            name = f"F{10 + number}" if name.startswith("f") else f"X{10 + number}"
        name = name.upper().replace("V", "Q") if self.arch in ("aarch64", "arm64") else name.upper()
        return int(getattr(self.constants, f"{self.prefix}_REG_{name}"))

    def program_counter(self) -> int:
        """Returns the emulator's number of the program counter."""
        name = {"x86_64": "RIP", "i686": "EIP"}.get(self.arch, "PC")
        return int(getattr(self.constants, f"{self.prefix}_REG_{name}"))

    def number(self, data: bytes) -> int:
        """Converts bytes in memory to a number."""
        return int.from_bytes(data, "big" if self.big else "little")

    def bytes(self, number: int, size: int) -> bytes:
        """Converts a number to bytes in memory."""
        return (number & ((1 << size * 8) - 1)).to_bytes(size, "big" if self.big else "little")


def _open(unicorn: Any, arch: str) -> tuple[Any, Any, str]:
    if arch == "x86_64":
        uc = unicorn.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_64)
        return uc, unicorn.x86_const, "UC_X86"
    if arch == "i686":
        uc = unicorn.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_32)
        return uc, unicorn.x86_const, "UC_X86"
    if arch in ("aarch64", "arm64"):
        uc = unicorn.Uc(unicorn.UC_ARCH_ARM64, unicorn.UC_MODE_ARM)
        uc.reg_write(unicorn.arm64_const.UC_ARM64_REG_CPACR_EL1, 3 << 20)
        return uc, unicorn.arm64_const, "UC_ARM64"
    if arch == "riscv64":
        uc = unicorn.Uc(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV64)
        uc.reg_write(unicorn.riscv_const.UC_RISCV_REG_MSTATUS, 0x6000)
        return uc, unicorn.riscv_const, "UC_RISCV"
    uc = unicorn.Uc(unicorn.UC_ARCH_S390X, unicorn.UC_MODE_BIG_ENDIAN)
    # This enables all sixteen floating-point registers instead of four.
    uc.reg_write(unicorn.s390x_const.UC_S390X_REG_CR0, 1 << 18)
    return uc, unicorn.s390x_const, "UC_S390X"


def main() -> int:
    """Runs all functions and prints the differences. Returns 0 if there are none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", help="other functions than the recorded ones")
    parser.add_argument("--only", default="", help="targets whose name contains this text")
    parser.add_argument(
        "--use",
        action="append",
        default=[],
        metavar="NAME=PROGRAM",
        help="run this program in the place of clang, gcc or aarch64-linux-gnu-gcc",
    )
    parser.add_argument("--show", type=int, default=5, help="how many differences to show for each target")
    options = parser.parse_args()
    programs = {name: name for name in ("clang", "gcc", "aarch64-linux-gnu-gcc")}
    programs.update(words.partition("=")[::2] for words in options.use)
    missing = [program for program in programs.values() if not shutil.which(program)]
    try:
        import lief  # noqa: F401
        import unicorn  # noqa: F401
    except ImportError as error:
        missing.append(str(error))
    if missing:
        print("not run:", ", ".join(missing))
        return 1
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        environment = {**os.environ, "FERROCFFI_SIGNATURES": folder}
        if options.seed:
            environment["FERROCFFI_SEED"] = options.seed
        subprocess.run(
            ["cargo", "test", "-q", "-p", "cffi-callconv", "--test", "signatures"],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        wrong = 0
        agreed = set()
        for source in sorted(work.glob("*.c")):
            if options.only in source.stem:
                differing = check(source, options.show, programs)
                wrong += differing
                if not differing:
                    agreed.add(source.stem)
        if not options.seed:
            record(work / "recorded.txt", agreed)
    return 1 if wrong else 0


def record(made: Path, agreed: set[str]) -> None:
    """Records the digests of the targets whose functions all agree."""
    kept = CRATE / "tests" / "signatures" / "recorded.txt"
    old, new = sections(kept), sections(made)
    merged = {name: text if name in agreed else old.get(name, "") for name, text in new.items()}
    kept.write_text("".join(f"{name}\n{text}" for name, text in merged.items()), encoding="utf-8")
    print("recorded:", *sorted(agreed))


def sections(path: Path) -> dict[str, str]:
    """Returns the lines of each target in a file of digests."""
    found: dict[str, str] = {}
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.startswith("  "):
            found[name] += line
        else:
            name = line.strip()
            found[name] = ""
    return found


def check(source: Path, show: int, programs: dict[str, str]) -> int:
    """Compiles and runs the functions of one target. Returns the number of those that differ."""
    name = source.stem
    compiler = COMPILERS.get(name) or ["clang", f"--target={name.rsplit('.', 1)[0]}"]
    made = source.with_suffix(".o")
    subprocess.run([programs[compiler[0]], *compiler[1:], *COMMON, str(source), "-o", str(made)], check=True)
    code, addresses = read(made)
    machine = Machine(name, code)
    wrong = total = 0
    for line in source.with_suffix(".jsonl").read_text().splitlines():
        call = json.loads(line)
        total += 1
        problems = list(run(machine, addresses[call["name"]], call, random.Random(total)))
        if problems:
            wrong += 1
            if wrong <= show:
                print(f"{name}: {call['c']}\n  {call['shown']}")
                for problem in problems[:4]:
                    print(f"    {problem}")
    print(f"{name}: {total - wrong} of {total} functions agree", flush=True)
    return wrong


def read(made: Path) -> tuple[bytes, dict[str, int]]:
    """Returns the relocated code of an object file, and the addresses of its functions."""
    import lief

    binary = lief.ELF.parse(str(made)) or lief.COFF.parse(str(made))
    assert binary is not None
    text = next(section for section in binary.sections if section.name == ".text")
    addresses = {bare(str(symbol.name)): CODE + symbol.value for symbol in binary.symbols}
    code = bytearray(text.content)
    for relocation in binary.relocations:
        if relocation.section is not None and relocation.section.name == ".text":
            link(code, relocation, addresses)
    return bytes(code), addresses


def bare(name: str) -> str:
    """Returns a function's name without the decoration of Windows: ``_f``, ``_f@8``, ``@f@8``."""
    return name.removeprefix("@").split("@")[0].removeprefix("_")


def link(code: bytearray, relocation: Any, addresses: dict[str, int]) -> None:
    """Relocates a call to a function in the same code: compilers call ``memcpy``."""
    kind, at = str(relocation.type).rsplit(".", 1)[-1], relocation.address
    target = addresses[bare(str(relocation.symbol.name))]
    # COFF stores the addend in the code; it is 0.
    addend = getattr(relocation, "addend", 0)
    if kind in ("i386_PC32", "i386_PLT32", "I386_PC32", "I386_PLT32", "X86_PC32", "X86_PLT32"):
        addend = int.from_bytes(code[at : at + 4], "little", signed=True)
    distance = target + addend - (CODE + at)
    if "X86" in kind.upper() or "386" in kind:
        code[at : at + 4] = (distance & 0xFFFFFFFF).to_bytes(4, "little")
    elif kind in ("AARCH64_CALL26", "AARCH64_JUMP26", "ARM64_BRANCH26"):
        word = int.from_bytes(code[at : at + 4], "little") | (distance >> 2 & 0x3FFFFFF)
        code[at : at + 4] = word.to_bytes(4, "little")
    elif kind in ("RISCV_CALL", "RISCV_CALL_PLT"):
        high, low = (distance + 0x800) >> 12, distance & 0xFFF
        first = int.from_bytes(code[at : at + 4], "little") | (high & 0xFFFFF) << 12
        second = int.from_bytes(code[at + 4 : at + 8], "little") | low << 20
        code[at : at + 8] = first.to_bytes(4, "little") + second.to_bytes(4, "little")
    elif kind in ("S390_PLT32DBL", "S390_PC32DBL", "SYSTEMZ_PLT32DBL", "SYSTEMZ_PC32DBL"):
        code[at : at + 4] = (distance >> 1 & 0xFFFFFFFF).to_bytes(4, "big")
    else:
        raise AssertionError(f"the code is not complete: {kind} {relocation.symbol.name}")


def run(machine: Machine, address: int, call: dict[str, Any], rng: random.Random) -> Iterator[str]:
    """Calls one function and describes every difference."""
    import unicorn

    uc = machine.uc
    values = [value_of(machine, arg, rng) for arg in call["args"]]
    result = value_of(machine, call["ret"], rng)
    uc.mem_write(OUT, bytes(STEP * max(1, len(values))))
    uc.mem_write(IN, result + bytes(16))
    uc.mem_write(RESULT, bytes(rng.randrange(256) for _ in range(1024)))
    stack = STACK - call["stack"]
    stack &= ~(call["align"] - 1)
    registers = garbage(machine, rng)
    memory = bytearray(rng.randrange(256) for _ in range(call["stack"]))
    copies = COPIES
    for value, arg in zip(values, call["args"], strict=True):
        if arg["how"] == "address":
            copies = (copies + arg["align"] - 1) & -arg["align"]
            uc.mem_write(copies, value)
            put(machine, registers, memory, arg, machine.bytes(copies, machine.word), rng)
            copies += len(value)
        elif arg["how"] == "value":
            put(machine, registers, memory, arg, value, rng)
    if call["ret"]["how"] == "address":
        put(machine, registers, memory, call["ret"], machine.bytes(RESULT, machine.word), rng)
    uc.mem_write(stack, bytes(memory))
    enter(machine, registers, stack, call)
    try:
        uc.emu_start(address, RETURN, count=2_000_000)
    except unicorn.UcError as error:
        # On s390x the emulator does not stop by itself at the return address and runs into an error there.
        if machine.arch != "s390x" or uc.reg_read(machine.program_counter()) != RETURN:
            yield f"died: {error} at {uc.reg_read(machine.program_counter()) - CODE:#x}"
            return
    for index, (value, arg) in enumerate(zip(values, call["args"], strict=True)):
        found = bytes(uc.mem_read(OUT + index * STEP, len(value)))
        if masked(found, arg) != masked(value, arg):
            yield f"argument {index}: passed {value.hex()}, found {found.hex()}"
        if arg["int"]:
            number = int.from_bytes(value, "big" if machine.big else "little", signed=arg["int"] == "signed")
            seen = bytes(uc.mem_read(OUT + index * STEP + STEP - 16, 8))
            if machine.bytes(number, 8) != seen:
                yield f"argument {index}: {number} extended to {seen.hex()}"
    returned = take(machine, call["ret"], len(result))
    if masked(returned, call["ret"]) != masked(result, call["ret"]):
        yield f"result: returned {result.hex()}, found {returned.hex()}"
    if machine.arch == "i686":
        left = uc.reg_read(machine.register("esp")) - stack
        if left != call["pops"]:
            yield f"{left} bytes taken off the stack, not {call['pops']}"


def value_of(machine: Machine, place: dict[str, Any], rng: random.Random) -> bytes:
    """Makes a value from random bytes. Where the processor interprets it as a number, it is a valid one."""
    data = bytearray(rng.randrange(256) for _ in range(place["size"]))
    for at in place["bools"]:
        data[at] &= 1
    if any(piece[0] == "x87" for piece in place["pieces"]):
        # Numbers that are not normal would change when they are loaded.
        for start in range(0, len(data) - 9, 16 if len(data) >= 16 else 12):
            number = data[start : start + 10]
            number[7] |= 0x80
            number[8:10] = (0x3FFF + rng.randrange(100)).to_bytes(2, "little")
            data[start : start + 10] = number
        if len(data) == 8:
            data[6:8] = (0x3FF0 + rng.randrange(16)).to_bytes(2, "little")
        if len(data) == 4:
            data[2:4] = (0x3F80 + rng.randrange(16)).to_bytes(2, "little")
    return bytes(data)


def masked(data: bytes, place: dict[str, Any]) -> bytes:
    """Returns the bits of a value that are not padding."""
    return bytes(a & b for a, b in zip(data, bytes.fromhex(place["mask"]), strict=True))


def garbage(machine: Machine, rng: random.Random) -> dict[str, int]:
    """Makes random contents for all argument registers."""
    vectors = 64 if machine.arch in ("riscv64", "s390x") else 128
    registers = {}
    for names, bits in ((INTEGERS[machine.arch], machine.word * 8), (VECTORS[machine.arch], vectors)):
        registers.update({name: rng.getrandbits(bits) for name in names})
    return registers


INTEGERS = {
    "x86_64": ["rdi", "rsi", "rdx", "rcx", "r8", "r9", "rax", "r10", "r11"],
    "i686": ["eax", "ecx", "edx"],
    "aarch64": [f"x{n}" for n in range(9)],
    "arm64": [f"x{n}" for n in range(9)],
    "riscv64": [f"a{n}" for n in range(8)],
    "s390x": ["r2", "r3", "r4", "r5", "r6"],
}
VECTORS = {
    "x86_64": [f"xmm{n}" for n in range(8)],
    "i686": [f"xmm{n}" for n in range(8)],
    "aarch64": [f"v{n}" for n in range(8)],
    "arm64": [f"v{n}" for n in range(8)],
    "riscv64": [f"fa{n}" for n in range(8)],
    "s390x": ["f0", "f2", "f4", "f6"],
}


def put(
    machine: Machine,
    registers: dict[str, int],
    memory: bytearray,
    place: dict[str, Any],
    data: bytes,
    rng: random.Random,
) -> None:
    """Puts a value into the places of its pieces."""
    for kind, name, at, offset, size, extension, width in place["pieces"]:
        part = data[offset : offset + size]
        number = machine.number(part)
        if extension != "none" and width > size:
            negative = extension == "sign" and number >> (size * 8 - 1)
            number = (number - (1 << size * 8) if negative else number) & ((1 << width * 8) - 1)
        filled = width if extension != "none" else size
        if kind == "stack":
            if machine.big:
                start = at + size - max(filled, size)
                memory[start : at + size] = number.to_bytes(max(filled, size), "big")
            else:
                memory[at : at + max(filled, size)] = number.to_bytes(max(filled, size), "little")
            continue
        bits = filled * 8
        if kind == "vector" and machine.big:
            registers[name] = (registers[name] & ((1 << (64 - bits)) - 1)) | number << (64 - bits)
        elif kind == "vector" and machine.arch == "riscv64":
            # A narrow number is NaN-boxed: its upper bits are ones.
            registers[name] = (((1 << 64) - 1) << bits | number) & ((1 << 64) - 1)
        else:
            registers[name] = (registers[name] >> bits) << bits | number


def enter(machine: Machine, registers: dict[str, int], stack: int, call: dict[str, Any]) -> None:
    """Sets the registers and the return address."""
    uc = machine.uc
    for name, number in registers.items():
        uc.reg_write(machine.register(name), number)
    if machine.arch in ("x86_64", "i686"):
        if machine.arch == "x86_64" and "windows" not in machine.name and call["variadic"]:
            uc.reg_write(machine.register("rax"), (registers["rax"] & ~0xFF) | call["vectors"])
        stack -= machine.word
        uc.mem_write(stack, machine.bytes(RETURN, machine.word))
        uc.reg_write(machine.register("rsp" if machine.word == 8 else "esp"), stack)
        uc.reg_write(machine.register("fpcw"), 0x37F)
        uc.reg_write(machine.register("fpsw"), 0)
        uc.reg_write(machine.register("fptag"), 0xFFFF)
    elif machine.arch in ("aarch64", "arm64"):
        uc.reg_write(machine.constants.UC_ARM64_REG_SP, stack)
        uc.reg_write(machine.constants.UC_ARM64_REG_LR, RETURN)
    elif machine.arch == "riscv64":
        uc.reg_write(machine.constants.UC_RISCV_REG_SP, stack)
        uc.reg_write(machine.constants.UC_RISCV_REG_RA, RETURN)
    else:
        uc.reg_write(machine.constants.UC_S390X_REG_R15, stack)
        uc.reg_write(machine.constants.UC_S390X_REG_R14, RETURN)


def take(machine: Machine, place: dict[str, Any], size: int) -> bytes:
    """Reads a result from the places of its pieces."""
    uc = machine.uc
    if place["how"] == "address":
        return bytes(uc.mem_read(RESULT, size))
    data = bytearray(size)
    for kind, name, _at, offset, length, _extension, _width in place["pieces"]:
        if kind == "x87":
            # The emulator numbers the physical registers, so the number of the stack's top has to be added.
            top = uc.reg_read(machine.register("fpsw")) >> 11 & 7
            mantissa, exponent = uc.reg_read(machine.register(f"fp{(top + int(name[2:])) % 8}"))
            data[offset : offset + length] = x87(mantissa, exponent, length)
            continue
        number = uc.reg_read(machine.register(name))
        if kind == "vector" and machine.big:
            data[offset : offset + length] = number.to_bytes(8, "big")[:length]
        else:
            data[offset : offset + length] = machine.bytes(number, length)
    return bytes(data)


def x87(mantissa: int, exponent: int, size: int) -> bytes:
    """Converts a number on the x87 stack to this many bytes in memory."""
    if size >= 10:
        return (mantissa.to_bytes(8, "little") + exponent.to_bytes(2, "little")).ljust(size, b"\0")[:size]
    sign, power = exponent >> 15, (exponent & 0x7FFF) - 0x3FFF
    width, bias, bits = (4, 127, 23) if size == 4 else (8, 1023, 52)
    fraction = (mantissa & ((1 << 63) - 1)) >> (63 - bits)
    return (sign << (width * 8 - 1) | (power + bias) << bits | fraction).to_bytes(width, "little")


if __name__ == "__main__":
    sys.exit(main())
