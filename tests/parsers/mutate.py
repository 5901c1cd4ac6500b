"""Changes texts in a few places."""

from __future__ import annotations

import re
from random import Random

TOKENS = re.compile(r"\s+|/\*.*?\*/|//[^\n]*|\w+|\.\.\.|<<|>>|\"[^\"\n]*\"|'[^'\n]*'|.", re.DOTALL)
PIECES = [
    "const", "*", "(", ")", "[", "]", "{", "}", ";", ",", "...", "=", ":", "int", "unsigned", "long", "struct", "union",
    "enum", "typedef", "extern", "static", "volatile", "restrict", "inline", "t1", "s1", "5", "0", "-1", "'a'", '"x"', "[...]",
    "[]", "[2]", "(*", "(void)", "...;", "= ...", "\n#define K1 5\n", 'extern "Python" ', "__stdcall", "WINAPI", "register",
    "signed", "char", "float", "double", "_Bool", "void", "_Complex", "\\\n", "/*", "*/", "//", "\n", "#", "sizeof", "auto",
    "_Atomic", "_Noreturn", "size_t", "FILE", "+", "-", "<<", "~", "!", "?", "<", "&", "|", "$", "@", "\f", "\r\n", "é",
    "0x10", "1.5", "u", "__cdecl", "_Thread_local", "__extension__", "__attribute__((packed))", "__inline", "asm",
]  # fmt: skip


def change(random: Random, text: str, others: list[str]) -> str:
    """Returns a text with one change."""
    tokens = TOKENS.findall(text)
    if not tokens:
        return random.choice(PIECES)
    at = random.randrange(len(tokens))
    roll = random.randrange(9)
    if roll == 0:
        del tokens[at]
    elif roll == 1:
        tokens.insert(at, random.choice(PIECES) + random.choice(["", " "]))
    elif roll == 2:
        tokens[at] = random.choice(PIECES)
    elif roll == 3:
        tokens.insert(at, tokens[random.randrange(len(tokens))])
    elif roll == 4:
        to = random.randrange(len(tokens))
        tokens[at], tokens[to] = tokens[to], tokens[at]
    elif roll == 5:
        theirs = TOKENS.findall(random.choice(others)) or [" "]
        start = random.randrange(len(theirs))
        tokens[at:at] = theirs[start : start + random.randrange(1, 8)]
    elif roll == 6:
        end = at + random.randrange(1, 6)
        tokens[at:at] = tokens[at:end]
    elif roll == 7:
        del tokens[at : at + random.randrange(1, 5)]
    else:
        place = random.randrange(len(text) + 1)
        return text[:place] + random.choice([*"*()[]{};,.=:#'\"\\ \n\t0aZ_", ""]) + text[place + 1 :]
    return "".join(tokens)


def changed(random: Random, text: str, others: list[str]) -> str:
    """Returns a text with one to three changes."""
    for _ in range(random.randrange(1, 4)):
        text = change(random, text, others)
    return text
