"""Asks the stock backend about many type strings; prints the answers as JSON lines.

    python generate.py [COUNT [SEED]] > types.jsonl

Run it with a Python whose `_cffi_backend` is the one that the cffi package ships. The first line
describes the declarations that the strings may refer to, in the encoding of `_cffi_backend.FFI()`.
Each other line is one of
    {"in": STRING, "name": NAME}        accepted, and the name of the type
    {"in": STRING, "error": MESSAGE}    refused by the parser
    {"in": STRING, "later": MESSAGE}    accepted by the parser, no such type can exist
"""

import json
import random
import re
import struct
import sys

import _cffi_backend


def ints(*values):
    return b"".join(struct.pack(">i", value) for value in values)


# Tables are sorted by name.
CONTEXT = {
    "types": ints(
        0x009,  # 0 struct $1
        0x109,  # 1 struct $anon
        0x209,  # 2 union bar
        0x309,  # 3 struct foo
        0x00B,  # 4 enum $ecolor
        0x10B,  # 5 enum e
        0x701,  # 6 int
        0x605,  # 7 int[4]
        4,
        0x30D,  # 9 struct foo(int *, ...)
        0x603,
        0x10F,
        0x903,  # 12 pointer to 9
        0xE01,  # 13 double
    ),
    "globals": [
        (ints(-256 + 0x0B) + b"BLUE", 2),
        (ints(-256 + 0x1F) + b"HUGE", 2**63),
        (ints(-256 + 0x1F) + b"MAX", 2**63 - 1),
        (ints(-256 + 0x1F) + b"NEG", -3),
        (ints(-256 + 0x0B) + b"RED", 0),
        (ints(-256 + 0x1F) + b"SIX", 6),
        (ints(0x923) + b"func", 0),
        (ints(0xD25) + b"pi", 0),
        (ints(0x621) + b"var", 0),
    ],
    "struct_unions": [
        (ints(0, 1) + b"$1", ints(0x611) + b"x"),
        (ints(1, 0) + b"$anon", ints(0x611) + b"x"),
        (ints(2, 1) + b"bar", ints(0x611) + b"x"),
        (ints(3, 0) + b"foo", ints(0x611) + b"x", ints(0x613, 3) + b"y"),
    ],
    "enums": [
        ints(4, 8) + b"$ecolor\0BLUE,RED",
        ints(5, 7) + b"e\0",
    ],
    "typenames": [
        ints(1) + b"anon",
        ints(7) + b"arr4",
        ints(4) + b"ecolor",
        ints(12) + b"fnptr",
        ints(13) + b"int16_t",
    ],
}


def make_ffi():
    return _cffi_backend.FFI(
        "corpus",
        _version=0x2601,
        _types=CONTEXT["types"],
        _globals=tuple(part for pair in CONTEXT["globals"] for part in pair),
        _struct_unions=tuple(CONTEXT["struct_unions"]),
        _enums=tuple(CONTEXT["enums"]),
        _typenames=tuple(CONTEXT["typenames"]),
    )


PARSER_MESSAGES = {
    "'short' after another 'short' or 'long'", "'long' after 'short'", "'long long long' is too long",
    "multiple 'signed' or 'unsigned'", "invalid combination of types", "undefined type name",
    "struct or union name expected", "undefined struct/union name", "wrong kind of tag: struct vs union",
    "enum name expected", "undefined enum name", "identifier expected",
    "_Complex type combination unsupported", "expected ')'", "expected '('", "expected ']'",
    "invalid number", "number too large", "integer constant too large",
    "disagreement about this constant's value", "expected a positive integer constant",
    "internal type complexity limit reached", "internal error, please report!", "unexpected symbol",
}
FUNCTION_TYPE = re.compile(r"the type '(.*)' is a function type, not a pointer-to-function type", re.S)


def is_function(ffi, text):
    """The type itself is a function, not only one of its parts (which is an error)."""
    try:
        ffi.callback(text)
    except _cffi_backend.FFI.error:
        return False
    return True


def ask(ffi, text):
    try:
        return {"in": text, "name": ffi.typeof(text).cname}
    except Exception as error:
        message = str(error)
    if message.split("\n")[0] in PARSER_MESSAGES:
        return {"in": text, "error": message}
    if (match := FUNCTION_TYPE.fullmatch(message)) and is_function(ffi, text):
        return {"in": text, "name": match.group(1)}
    return {"in": text, "later": message}


BASES = """
int|char|void|_Bool|float|double|short|long|long long|unsigned|signed|unsigned char|signed char|long double
long unsigned|short int|unsigned long long int|float _Complex|double _Complex|int _Complex|long double _Complex
struct foo|union bar|struct bar|union foo|struct nope|union $1|struct $1|struct $anon|struct 5|struct int
enum e|enum nope|enum $ecolor|enum *|struct _IO_FILE|union _IO_FILE|FILE|bool|DWORD|_Fcomplex|anon|arr4|ecolor
fnptr|nope|int8_t|int16_t|uint64_t|size_t|ssize_t|wchar_t|char16_t|char32_t|intptr_t|uintptr_t|ptrdiff_t
int_least16_t|uint_least64_t|int_fast8_t|uint_fast32_t|intmax_t|uintmax_t|_cffi_float_complex_t
_cffi_double_complex_t|long long long|short long|long short|short short|unsigned signed|signed signed
long int long|const int|volatile char|const volatile struct foo|signed float|unsigned struct foo|long _Bool
short double|long long double|unsigned double|long char|signed union bar|short enum e|unsigned nope|long void
"""
BASES = BASES.strip().replace("\n", "|").split("|")
LENGTHS = """
5|0|1|010|0x1F|0XaB|08|0x|1f|0b1|00|SIX|RED|BLUE|NEG|MAX|HUGE|func|pi|var|nope|-1|3+4|*|...|int|5 6
9223372036854775807|9223372036854775808|0x7fffffffffffffff|0xffffffffffffffff|18446744073709551616
99999999999999999999999999|0777777777777777777777|01000000000000000000000|0x1ffffffffffffffff
"""
LENGTHS = LENGTHS.strip().replace("\n", "|").split("|")
PIECES = ["*", "(", ")", "[", "]", ",", "...", "..", "const", "volatile", "__cdecl", "__stdcall", "name", "$x",
          "void", "int", "unsigned", "5", "0x", " ", "\t", "\n", "\f", "-", "\u00e9", "\u20ac", ";", "struct", "_Complex"]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, probability):
        return self.random.random() < probability

    def space(self):
        return self.random.choice(["", "", " ", " ", "  ", "\t", "\n"])

    def type(self, depth=0):
        base = self.random.choice(BASES if self.chance(0.25) else ["int", "char", "double *", "struct foo", "anon", "fnptr"])
        return base + " " * self.chance(0.8) + self.sequel(depth)

    def sequel(self, depth):
        parts = []
        while self.chance(0.35):
            parts.append("*")
            if self.chance(0.15):
                parts.append(self.random.choice([" const ", " volatile "]))
            if self.chance(0.02):
                parts.append(self.random.choice(["__cdecl ", "__stdcall "]))
        if self.chance(0.15):
            parts.append(self.random.choice([" x", "$y", " name", " int16_t"]))
        if depth < 4:
            grouped = self.chance(0.3)
            if grouped:
                inner = self.random.choice(["*", "*", "*", "*", "[3]", "const *", "__cdecl *", "__stdcall*", ""])
                parts += ["(", inner, self.sequel(depth + 1), ")"]
            while self.chance(0.4 if grouped else 0.1):
                parts += ["(", self.parameters(depth + 1), ")"]
        while self.chance(0.2):
            parts += ["[", self.length(), "]"]
        return self.space().join(parts)

    def length(self):
        return "" if self.chance(0.2) else "5" if self.chance(0.5) else self.random.choice(LENGTHS if self.chance(0.6) else ["6", "RED", "0x10"])

    def parameters(self, depth):
        if self.chance(0.25):
            return self.random.choice(["", "", "void", "void", " void ", "...", "void,", "int, ..."])
        many = [self.type(depth) for _ in range(self.random.choice([1, 1, 2, 3]))]
        return ("," + self.space()).join(many + ["..."] * self.chance(0.15))

    def mutate(self, text):
        for _ in range(self.random.choice([1, 1, 1, 2, 3])):
            place = self.random.randrange(len(text) + 1)
            end = min(len(text), place + self.random.choice([0, 1, 1, 2, 4]))
            piece = self.random.choice(PIECES) if self.chance(0.7) else ""
            text = text[:place] + piece + text[end:]
        return text

    def large(self):
        """Close to the limits of the parser, on either side."""
        count = self.random.choice([100, 300, 598, 599, 600, 1000, 1195, 1196, 1197, 1198, 1199, 1200, 1201])
        choice = self.random.randrange(8)
        if choice == 0:
            return "int" + "*" * count
        if choice == 1:
            return "int" + "(" * (count // 2) + "*" + ")" * (count // 2)
        if choice == 2:
            return "int" + "(*" * count + ")" * count
        if choice == 3:
            return "int f(" + ",".join(["int"] * (count // 2)) + ")"
        if choice == 4:
            return "int" + "[2]" * (count // 2)
        if choice == 5:
            return "int(" * count + ")" * count
        if choice == 6:
            return "FILE" + "*" * (count - 3) + "(*)(FILE, bool)"
        return "int(*)(" + "int(*)(" * (count // 3) + "FILE" + ")" * (count // 3) + ")"

    def text(self):
        draw = self.random.random()
        if draw < 0.004:
            return self.large()
        text = self.type()
        while len(text) > 100 and self.chance(0.95):
            text = self.type()
        if draw < 0.25:
            text = self.mutate(text)
        if draw < 0.013:
            text += " " * self.random.choice([470, 495, 500, 505])
        return text


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2500
    maker = Maker(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    print(json.dumps({"context": CONTEXT}, default=bytes.hex))
    fixed = BASES + [f"int[{length}]" for length in LENGTHS] + ["", " ", "*", "int\u00e9"]
    seen = set()
    while len(seen) < count:
        text = fixed.pop() if fixed else maker.text()
        if text not in seen and "\0" not in text:
            seen.add(text)
            # Types live as long as the FFI that made them. A new one each time keeps the answers from
            # depending on the questions before: `int(arr4)` and `int(int *)` share one type, which has
            # the name that it was first made under.
            print(json.dumps(ask(make_ffi(), text)))


if __name__ == "__main__":
    main()
