"""Structs with attributes: what a module says about them is what the C compiler says, or it says nothing."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.bind.making import bound, printed
from tests.modules.building import compiler

SCALARS = [
    "char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned", "long", "unsigned long",
    "long long", "float", "double", "long double", "void *", "_Bool", "__int128", "float _Complex",
    "int __attribute__((vector_size(16)))", "_Float128", "int __attribute__((aligned(16)))",
]  # fmt: skip
INTEGERS = ["char", "unsigned char", "short", "unsigned", "int", "long", "unsigned long long", "_Bool"]


class Maker:
    """Random structs and unions, with the names of their members."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.text: list[str] = []
        self.records: list[str] = []
        self.members: dict[str, list[tuple[str, bool]]] = {}

    def record(self, number: int) -> None:
        """Adds one, which may contain those before it."""
        pick = self.random
        kind = pick.choice(["struct", "struct", "struct", "union"])
        name = f"{kind} r{number}"
        pack = pick.choice([0, 0, 0, 0, 1, 2, 4])
        if pack:
            self.text.append(f"#pragma pack(push, {pack})")
        members: list[tuple[str, bool]] = []
        lines = [self.member(f"m{at}", members) for at in range(pick.randint(1, 7))]
        if kind == "struct" and pick.random() < 0.1:
            lines.append("short tail[];")
        attribute = pick.choice(
            ["", "", "", "", "packed", "aligned(16)", "aligned(8)", "packed, aligned(4)", "aligned(64)"]
        )
        behind = f" __attribute__(({attribute}))" if attribute else ""
        self.text.append(f"{name} {{ {' '.join(lines)} }}{behind};")
        if pack:
            self.text.append("#pragma pack(pop)")
        self.records.append(name)
        self.members[name] = members

    def member(self, name: str, members: list[tuple[str, bool]]) -> str:
        """Returns the declaration of one member, and notes whether it is a bit-field."""
        pick = self.random
        what = pick.random()
        attribute = pick.choice([""] * 6 + [" __attribute__((aligned(4)))", " __attribute__((packed))"])
        if what < 0.25:
            base = pick.choice(INTEGERS)
            widest = {"char": 8, "unsigned char": 8, "short": 16, "_Bool": 1, "unsigned": 32, "int": 32}.get(
                base, 64
            )
            width = pick.randint(0 if pick.random() < 0.1 else 1, widest)
            if not width or pick.random() < 0.1:
                return f"{base} : {width};"
            members.append((name, True))
            return f"{base} {name} : {width};"
        if what < 0.35 and self.records:
            inner = pick.choice(self.records)
            if "tail" not in "".join(line for line in self.text if line.startswith(inner + " ")):
                members.append((name, False))
                return f"{inner} {name}{attribute};"
        if what < 0.45:
            members += [(f"{name}a", False), (f"{name}b", False)]
            kind = pick.choice(["struct", "union"])
            return f"{kind} {{ {pick.choice(SCALARS[:12])} {name}a; {pick.choice(SCALARS[:12])} {name}b; }};"
        members.append((name, False))
        length = f"[{pick.randint(1, 5)}]" if pick.random() < 0.2 else ""
        return f"{pick.choice(SCALARS)} {name}{length}{attribute};"


def expected(maker: Maker, header: str, folder: Path) -> dict[str, list[Any]]:
    """Returns what the C compiler says: size, alignment, offsets, and the bits of bit-fields."""
    lines = [
        "#include <stdio.h>",
        "#include <stddef.h>",
        "#include <string.h>",
        header,
        "int main(void) {",
        "static int zero;",
    ]
    lines.append('printf("{");')
    for at, name in enumerate(maker.records):
        comma = "," if at else ""
        lines.append(f'printf("{comma}\\"{name}\\": [%zu, %zu", sizeof({name}), _Alignof({name}));')
        for member, bits in maker.members[name]:
            if not bits:
                lines.append(f'printf(", [\\"{member}\\", %zu]", offsetof({name}, {member}));')
                continue
            lines.append(
                f'{{ static {name} v; memset(&v, 0, sizeof v); v.{member} = ~zero; printf(", [\\"{member}\\", \\"");'
                f' for (size_t i = 0; i < sizeof v; i++) printf("%02x", ((unsigned char *)&v)[i]); printf("\\"]"); }}'
            )
        lines.append('printf("]");')
    lines.append('printf("}\\n"); return 0; }')
    source, program = folder / "expect.c", folder / "expect"
    source.write_text("\n".join(lines))
    subprocess.run([*compiler(), "-w", str(source), "-o", str(program)], check=True)
    found: dict[str, list[Any]] = json.loads(
        subprocess.run([str(program)], capture_output=True, check=True).stdout
    )
    return found


SEEN = """
import json, sys
import {module} as m
ffi, found = m.ffi, {{}}
for name, members in json.loads({members!r}).items():
    try:
        size = ffi.sizeof(name)
    except (m.ffi.error, TypeError, ValueError):
        found[name] = None
        continue
    found[name] = [size, ffi.alignof(name)]
    fields = dict(ffi.typeof(name).fields)
    for member, bits in members:
        if member not in fields:
            continue
        if not bits:
            found[name].append([member, ffi.offsetof(name, member)])
            continue
        memory = bytearray(size)
        value = ffi.from_buffer(name + " *", memory)
        field = fields[member]
        signed = int(ffi.cast(field.type, -1)) < 0
        setattr(value, member, -1 if signed else (1 << field.bitsize) - 1)
        found[name].append([member, memory.hex()])
print(json.dumps(found))
"""


@pytest.mark.parametrize("seed", range(6))
def test_the_compiler_agrees(tmp_path: Path, seed: int) -> None:
    maker = Maker(seed)
    for number in range(40):
        maker.record(number)
    header = "\n".join(maker.text)
    truth = expected(maker, header, tmp_path)
    _, made = bound(tmp_path, header)
    noted = {left.name.partition(".")[0] for left in made.left_out if left.kind in ("struct", "union")}
    missing = {left.name for left in made.left_out if left.kind == "member"}
    program = SEEN.format(module=made.path.stem, members=json.dumps(maker.members))
    members = 0
    for backend in ("ferrocffi", "stock"):
        seen = json.loads(printed(program, backend=backend, path=tmp_path))
        for name, facts in truth.items():
            if seen[name] is None:
                assert name in noted, f"{name} is opaque without a reason\n{header}"
                continue
            size, align, *rest = facts
            assert seen[name][0] == size, f"{backend}: {name}\n{header}"
            assert seen[name][1] == align or name in noted, f"{backend}: {name}\n{header}"
            known = dict(seen[name][2:])
            for member, place in rest:
                if member not in known:
                    assert f"{name}.{member}" in missing, (
                        f"{name}.{member} is missing without a reason\n{header}"
                    )
                    continue
                assert known[member] == place, f"{backend}: {name}.{member}\n{header}"
                members += 1
    assert members > 100
