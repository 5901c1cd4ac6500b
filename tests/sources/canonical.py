"""The tables of C sources, whoever wrote them, in one form."""

from __future__ import annotations

import re
from typing import Any

_WIDTHS = {(size, sign): 17 + at for at, (size, sign) in enumerate((s, n) for s in "1248" for n in "10")}


def _split(text: str) -> list[str]:
    """Splits at the commas that are in no brackets and no string."""
    out, depth, current, quoted = [], 0, "", False
    for match in re.finditer(r"\\.|.", text, re.DOTALL):
        char = match.group()
        if char == '"':
            quoted = not quoted
        elif not quoted:
            depth += (char in "({[") - (char in ")}]")
            if char == "," and depth == 0:
                out.append(current.strip())
                current = ""
                continue
        current += char
    return [*out, current.strip()] if current.strip() else out


def _table(text: str, name: str) -> list[str]:
    found = re.search(rf"\b{name}(?:\[\])? = \{{\n(.*?)\n\}};", text, re.DOTALL)
    if not found:
        return []
    return _split(re.sub(r"/\*.*?\*/|//[^\n]*", "", found.group(1), flags=re.DOTALL))


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", text).replace("NULL", "0")


def _op(text: str) -> tuple[str, str]:
    word = _plain(text)
    if found := re.fullmatch(r"_CFFI_OP\((?:_CFFI_OP_)?(\w+),(.*)\)", word):
        op, argument = found.groups()
        for kind in ("int", "float"):
            argument = re.sub(rf"^_cffi_prim_{kind}\(sizeof\((.*?)\)[,*]\(.*$", rf"{kind}:\1", argument)
            argument = re.sub(rf"^_cffi_prim_of_{kind}\((.*)\)$", rf"{kind}:\1", argument)
        return op, argument
    found = re.fullmatch(r"(?:\(_cffi_opcode_t\)|_CFFI_LENGTH)\((.*)\)", word)
    return "length", found.group(1) if found else word


def _prim(text: str) -> str:
    word = _plain(text)
    if found := re.fullmatch(r"_cffi_prim_int\((\d),(\d)\)", word):
        return str(_WIDTHS[found.group(1), found.group(2)])
    word = re.sub(r"^_cffi_prim_int\(sizeof\((.*?)\),.*$", r"enum:\1", word)
    return re.sub(r"^_cffi_prim_of_enum\((.*)\)$", r"enum:\1", word)


def _offset(text: str) -> str:
    word = _plain(text)
    behind = r"^\(size_t\)\(\(\(char\*\)&\(\((.*)\)4096\)->(.*)\)-\(char\*\)4096\)$"
    return re.sub(behind, r"_cffi_offset_behind(\1,\2)", word)


def tables(text: str) -> dict[str, Any]:
    """Returns everything that a source tells the backend."""

    def rows(name: str) -> list[list[str]]:
        return [_split(row[1:-1]) for row in _table(text, name)]

    types = [_op(word) for word in _table(text, "_cffi_types")]
    return {
        "types": [] if types == [("length", "0")] else types,
        "globals": [
            (name, _plain(address).replace("_cffi_externpy__", "_cffi_python_"), _op(op), _plain(size))
            for name, address, op, size in rows("_cffi_globals")
        ],
        "fields": [
            (name, _offset(offset), _plain(size), _op(op)) for name, offset, size, op in rows("_cffi_fields")
        ],
        "structs": [
            (
                name,
                index,
                sorted(_plain(flags).split("|")),
                _plain(size),
                "offsetof" in align or _plain(align),
                *rest,
            )
            for name, index, flags, size, align, *rest in rows("_cffi_struct_unions")
        ],
        "enums": [
            (name, index, _prim(prim), "".join(re.findall(r'"(.*?)"', names)))
            for name, index, prim, names in rows("_cffi_enums")
        ],
        "typenames": [[_plain(word) for word in row] for row in rows("_cffi_typenames")],
        "includes": [_plain(word) for word in _table(text, "_cffi_includes")],
        "context": [_plain(word) for word in _table(text, "_cffi_type_context")],
        "version": re.findall(r'return (?:_cffi_init|_CFFI_MODULE_MADE)\("(.*?)", (0x\w+)', text),
    }
