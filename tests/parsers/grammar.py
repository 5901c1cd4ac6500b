"""Makes programs: lists of steps for an FFI object, from a grammar of C with the additions of `cdef()`.

Names come from a small pool, so that texts declare things twice, use what is unknown, and change what was declared.
"""

from __future__ import annotations

from random import Random
from typing import Any

Step = tuple[Any, ...]

WORDS = [
    "char", "int", "short", "long", "long long", "unsigned", "unsigned int", "unsigned char", "signed char", "signed",
    "unsigned long long", "unsigned long", "unsigned short", "long int", "short int", "long long int", "float",
    "double", "long double", "_Bool", "void", "wchar_t", "size_t", "ssize_t", "ptrdiff_t", "int8_t", "uint8_t",
    "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t", "uint64_t", "intptr_t", "uintptr_t", "intmax_t", "bool",
    "FILE", "char16_t", "char32_t", "float _Complex", "double _Complex", "int_fast16_t", "uint_least8_t", "UINT_PTR",
    "DWORD", "LPVOID", "HANDLE", "time_t", "va_list", "int unsigned", "long unsigned int", "long double _Complex",
    "_Complex double", "__int128", "unsigned __int128", "char signed", "int long", "double long", "short unsigned",
    "unsigned long int long", "off_t", "_Float16", "BOOL", "WCHAR", "BYTE", "LONG_PTR", "PVOID",
]  # fmt: skip
USUAL = WORDS[:26]
INTEGERS = ["int", "unsigned", "char", "short", "long", "unsigned long long", "uint8_t", "_Bool", "int64_t"]
QUALIFIERS = ["const", "volatile", "restrict", "const volatile", "_Atomic"]
POOL = 7


class Grammar:
    """Makes one program."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.fields = 0
        self.known: dict[str, list[str]] = {"t": [], "struct s": [], "union u": [], "enum e": []}
        self.constants: list[str] = []
        self.strange = random.choice([0.0, 0.0, 0.02, 0.1])
        """How often something is made that no program would hold."""

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def odd(self) -> bool:
        return self.random.random() < self.strange

    def pick(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def name(self, kind: str) -> str:
        """Returns a name of a kind of things, which may have been used."""
        if self.odd():
            kind = self.pick("t", "s", "f", "v", "K", "int", "FILE")
        if kind.isupper() or len(kind) == 1:
            return f"{kind}{self.random.randrange(POOL)}"
        return kind

    def space(self) -> str:
        return self.pick(" ", " ", " ", " ", "  ", "\t", "\n", " /* c */ ", " // d\n ", "/**/ ")

    def number(self) -> str:
        small = self.random.randrange(12)
        return self.pick(
            str(small), str(small), str(small), hex(small), f"0{small % 8}", f"{small}u", f"{small}UL", f"{small}ll",
            f"'{self.pick('a', '0', ' ', '_')}'", *( ["1.5", "0b11", "'ab'", "'\\n'", "08", "'\\x41'", "L'a'", '"s"', "1e3", "0x", "5lul",
            "99999999999999999999", "-1", "'\\''", "'\\0'", "0xFFFFFFFFFFFFFFFF", "'\\\\'", "5Lu"] if self.chance(0.1) or self.odd() else ["3"])
        )  # fmt: skip

    def expression(self, depth: int = 0) -> str:
        """Returns a constant expression."""
        roll = self.random.random()
        if depth > 3 or roll < 0.5:
            if self.constants and self.chance(0.3):
                return str(self.random.choice(self.constants))
            return self.number() if not self.odd() else self.name("K")
        if roll < 0.6:
            return f"({self.expression(depth + 1)})"
        if roll < 0.68:
            return f"{self.pick('-', '+', '-', *(['~', '!', 'sizeof '] if self.chance(0.1) else []))}{self.expression(depth + 1)}"
        if roll < 0.7 and self.odd():
            return self.pick(
                "sizeof(int)", "(int)3", "1?2:3", "1==1", "1&&2", "a.b", "f(1)", "1<2", "x[1]", "5;", "..."
            )
        operator = self.pick("+", "-", "*", "+", "<<", ">>", "|", "&", "^", "/", "%", " + ", " - ")
        return f"{self.expression(depth + 1)}{operator}{self.expression(depth + 1)}"

    def quals(self, share: float = 0.2) -> str:
        return (
            self.random.choice(QUALIFIERS[: 4 if not self.odd() else 5]) + " " if self.chance(share) else ""
        )

    def base(self) -> str:
        """Returns the specifiers of a type."""
        roll = self.random.random()
        tags = [f"{kind}{n[1:]}" for kind in ("struct s", "union u", "enum e") for n in self.known[kind]]
        if roll < 0.25 and self.known["t"]:
            found = self.random.choice(self.known["t"])
        elif roll < 0.45 and tags:
            found = self.random.choice(tags)
        elif roll < 0.5:
            found = self.pick("struct ", "union ", "struct ") + self.name(self.pick("s", "u"))
        elif roll < 0.53 and self.chance(0.4):
            found = "enum " + self.name("e")
        elif roll < 0.56 and self.chance(0.5):
            found = self.body(self.pick("struct", "union", "enum"), "", 2)
        elif self.odd():
            found = self.name("t")
        elif roll < 0.62:
            found = self.random.choice(WORDS)
        else:
            found = self.random.choice(USUAL)
        before, after = self.quals(0.15), self.quals(0.05)
        return f"{before}{found} {after}".rstrip() if after else before + found

    def length(self, where: str) -> str:
        roll = self.random.random()
        if where == "parameter" and roll < 0.35:
            return self.pick("", "", "static 3", "const", "const 2", "*", "n") if self.chance(0.5) else ""
        if roll < 0.1 and where != "type":
            return self.pick("...", "...", " ... ")
        if roll < 0.15:
            return ""
        return self.expression(1)

    def declarator(self, name: str, where: str = "variable", depth: int = 0) -> str:
        """Returns a declarator of a name."""
        roll = self.random.random()
        if depth > 4 or roll < 0.42:
            return f"({name})" if name and self.chance(0.03) else name
        if roll < 0.68:
            quals = self.quals(0.15)
            return f"*{self.pick('', ' ')}{quals}{self.declarator(name, where, depth + 1)}"
        inner = self.declarator(name, where, depth + 1)
        if inner.startswith("*") or self.chance(0.1):
            convention = self.pick("__stdcall ", "WINAPI ", "__cdecl ") if self.chance(0.06) else ""
            inner = f"({convention}{inner})" if inner or self.odd() else "(*)"
        if roll < 0.86:
            return f"{inner}[{self.length(where)}]"
        if not inner.startswith("(") and not self.odd():
            return inner
        return f"{inner}({self.parameters(depth + 1)})"

    def parameters(self, depth: int = 0) -> str:
        roll = self.random.random()
        if roll < 0.1:
            return ""
        if roll < 0.25:
            return "void"
        found = []
        for number in range(self.random.randrange(1, 4)):
            name = self.pick("", "", f"p{number}", self.name(self.pick("t", "v")))
            storage = "register " if self.chance(0.01) or self.odd() else ""
            found.append(f"{storage}{self.base()} {self.declarator(name, 'parameter', depth + 1)}".rstrip())
        if self.chance(0.12):
            found.append("...")
        if self.odd():
            found.append(self.pick("...", "", "x", "int...", "void", "a, b"))
        return ("," + self.pick(" ", "", self.space())).join(found)

    def body(self, kind: str, tag: str, depth: int) -> str:
        """Returns a type with the body of a struct, union or enum."""
        if kind == "enum":
            count = self.random.randrange(1, 5)
            items = []
            for _ in range(count):
                name = self.name("K") if self.chance(0.3) else self.fresh("E")
                form = self.random.random()
                value = "" if form < 0.5 else f" = {self.expression()}"
                if form > 0.96:
                    value = " = ..."
                items.append(name + value)
                self.constants.append(name)
            if self.chance(0.08):
                items.append("...")
            end = self.pick("", "", "", ",")
            return f"enum {tag} {{ {(',' + self.space()).join(items)}{end} }}"
        items = []
        for _ in range(self.random.randrange(1 if not self.odd() else 0, 6)):
            items.append(self.member(kind, depth))
        if self.chance(0.05):
            items.append("...;")
        return f"{kind} {tag} {{{self.space()}{self.space().join(items)} }}"

    def fresh(self, prefix: str) -> str:
        self.fields += 1
        return f"{prefix}{self.fields + 20}"

    def member(self, kind: str, depth: int) -> str:
        roll = self.random.random()
        name = self.fresh("m") if self.chance(0.95) else self.pick("m1", self.name("t"))
        if roll < 0.17:
            width = self.pick(*range(1, 9), 0, self.expression(2))
            base = self.random.choice(INTEGERS) if not self.odd() else self.base()
            names = [f"{name} : {width}"] if width or self.odd() else [": 0"]
            if self.chance(0.2):
                names.append(f"{self.fresh('m')} : {self.random.randrange(1, 5)}")
            if self.chance(0.1):
                names.append(self.pick(": 3", self.fresh("m"), f"*{self.fresh('m')}"))
            return f"{self.quals(0.1)}{base} {', '.join(names)};"
        if roll < 0.3 and depth < 3:
            inner = self.pick("struct", "union", "struct", "enum")
            tag = (
                self.name("s" if inner == "struct" else "u" if inner == "union" else "e")
                if self.chance(0.1)
                else ""
            )
            after = (
                "" if inner != "enum" and self.chance(0.5) and not tag else self.declarator(name, "member", 2)
            )
            return f"{self.quals(0.05)}{self.body(inner, tag, depth + 1)} {after};"
        if roll < 0.34:
            return f"struct {self.name('s')} *{name};"
        names = [self.declarator(name, "member", 1)]
        while self.chance(0.12):
            names.append(self.declarator(self.fresh("m"), "member", 1))
        return f"{self.base()} {', '.join(names)};"

    def record(self) -> str:
        kind, letter = self.pick(("struct", "s"), ("struct", "s"), ("union", "u"), ("enum", "e"))
        tag = self.name(letter)
        self.known[f"{kind} {letter}"].append(tag)
        if self.chance(0.2) and (kind != "enum" or self.odd()):
            return f"{kind} {tag};"
        after = self.declarator(self.name("v"), "variable", 2) if self.chance(0.06) else ""
        storage = "extern " if after and self.chance(0.8) else ""
        return f"{storage}{self.body(kind, tag, 0)} {after};"

    def typedef(self) -> str:
        name = self.name("t")
        roll = self.random.random()
        if roll < 0.07:
            found = f"typedef ... {name};"
        elif roll < 0.12:
            found = f"typedef ... *{name};"
        elif roll < 0.16:
            found = f"typedef {self.pick('int', 'unsigned long', 'float', 'double', 'long', 'short', 'char')}... {name};"
        elif roll < 0.19 and self.odd():
            found = self.pick(f"typedef ... **{name};", f"typedef int... *{name};", f"typedef {name};", "typedef int;",
                              f"typedef ... {name}[3];", f"typedef ... {name}(int);", f"typedef struct {name};")  # fmt: skip
        elif roll < 0.45:
            kind = self.pick("struct", "union", "enum", "struct")
            letter = {"struct": "s", "union": "u", "enum": "e"}[kind]
            tag = self.name(letter) if self.chance(0.4) else ""
            body = self.body(kind, tag, 0) if self.chance(0.8) or not tag else f"{kind} {tag}"
            if tag:
                self.known[f"{kind} {letter}"].append(tag)
            names = [self.pick(name, name, name, f"*{name}", self.declarator(name, "typedef", 1))]
            while self.chance(0.15):
                other = self.name("t")
                names.append(self.pick(other, f"*{other}", self.declarator(other, "typedef", 2)))
                self.known["t"].append(other)
            found = f"typedef {self.quals(0.08)}{body} {', '.join(names)};"
        else:
            names = [self.declarator(name, "typedef")]
            while self.chance(0.08):
                names.append(self.declarator(self.name("t"), "typedef"))
            found = f"typedef {self.base()} {', '.join(names)};"
        self.known["t"].append(name)
        return found

    def function(self) -> str:
        convention = self.pick("__stdcall ", "WINAPI ", "__cdecl ") if self.chance(0.04) else ""
        result = self.declarator("", "type", 3)
        storage = self.pick("", "", "", "", "extern ", "static ", "inline ", "static inline ")
        name = self.name("f")
        end = ";" if not self.odd() else self.pick("", " { }", " { return 1; }", " = 5;", ";;", ",")
        more = f", {self.declarator(self.name('v'))}" if self.odd() else ""
        text = f"{storage}{self.base()} {result}{convention}{name}({self.parameters()}){more}{end}"
        return text.replace("*(", "*") if result.startswith("(") else text

    def variable(self) -> str:
        storage = self.pick("extern ", "extern ", "extern ", "", "static ", "_Thread_local ")
        names = [self.declarator(self.name("v"))]
        while self.chance(0.1):
            names.append(self.declarator(self.name(self.pick("v", "f"))))
        return f"{storage}{self.base()} {', '.join(names)};"

    def constant(self) -> str:
        name = self.name("K")
        self.constants.append(name)
        roll = self.random.random()
        if roll < 0.55:
            number = self.random.randrange(40)
            value = self.pick(number, number, hex(number), f"-{number}", f"0{number % 8}", f"{number}L", "...", "...",
                              *([f"({number})", "1.5", "", '"text"', "A", "'c'", "1 2", "5 // c", "5 /* c */", "5\\\n6",
                                 "+5", "- 5", "0b1"] if self.odd() else ["7 /* c */"]))  # fmt: skip
            return f"\n{self.pick('', ' ')}#{self.pick('', ' ')}define {name} {value}\n"
        base = self.pick(
            "int", "int", "long", "unsigned char", "char", "_Bool", "uint8_t", "double", "size_t", self.base()
        )
        storage = self.pick("static const", "static const", "const", "extern const", "static", "extern", "")
        if roll < 0.8:
            return f"{storage} {base} {name} = {self.pick(self.number(), '-' + self.number(), self.expression())};"
        return f"static const {base} {self.declarator(name, 'variable', 2)};"

    def python(self) -> str:
        start = f'extern "{self.pick("Python", "Python+C", "Python", "Python + C", "C+Python")}" '
        if self.chance(0.5):
            return start + (self.function() if not self.odd() else self.variable())
        return f"{start}{{ {' '.join(self.function() for _ in range(self.random.randrange(3)))} }}"

    def other(self) -> str:
        """Returns something that is seldom in texts."""
        return str(
            self.pick(
                ";", "struct { int a; };", "enum { Q1, Q2 };", "union { int a; };", "\n# 12 \"file.h\"\n", "\n#line 3\n",
                "int;", "struct s1;", "enum e1;", "_Static_assert(1, \"x\");", "\n#pragma once\n", "[[nodiscard]] int f1(void);",
                "int f1(a, b);", "f1(void);", "inline int f2(void);", "_Noreturn void f3(void);", "extern \"C\" int f1(void);",
                "int f4(void) __attribute__((pure));", "typedef int t1; t1 f5(t1 t1);", "}", "{", ")", "int f(",
                "static const char *const S = \"a;b\";", "int f6(int x[static 3], char *restrict y);", "\n#undef K1\n",
                "int (f2)(int);", "int *(*f3(int))(char);", "int (*f4(void))[3];", "int f5(int n, int a[n]);", "/* open",
                "\n#include <stdio.h>\n", "\n#define K1(x) x\n", "struct s1 { int a; } __attribute__((packed));", "\\\n",
                "int f6(...);", "int... f1(void);", "extern int v1[][...];", "extern int v2[...][3];", "typedef int t2[...];",
            )
        )  # fmt: skip

    def text(self) -> str:
        """Returns one text of `cdef()`."""
        out = []
        for _ in range(self.pick(1, 1, 2, 3, 4, 5, 8)):
            roll = self.random.random()
            if roll < 0.24:
                out.append(self.record())
            elif roll < 0.5:
                out.append(self.typedef())
            elif roll < 0.66:
                out.append(self.function())
            elif roll < 0.8:
                out.append(self.variable())
            elif roll < 0.93:
                out.append(self.constant())
            elif roll < 0.96:
                out.append(self.python())
            elif self.strange and self.chance(0.6):
                out.append(self.other())
        return self.space().join(out)

    def type_string(self) -> str:
        roll = self.random.random()
        if roll < 0.1:
            return self.name("t")
        if self.odd():
            return str(self.pick("", "int, long", "int); int evil(long", "int x", "struct { int a; }", "enum { ZZ1 }", "const",
                                 "int[-1]", "...", "int(", "static int", "int[...]", "__stdcall int", "int...", "int(int)", "*",
                                 "int *[]", "void(void)", "unsigned 5", "int /* c */", "int[1][]", "struct s1 {int q;} *"))  # fmt: skip
        return f"{self.base()} {self.declarator('', 'type')}".strip()

    def program(self) -> list[Step]:
        """Returns the steps of a program."""
        steps: list[Step] = []
        for _ in range(self.pick(1, 1, 2, 2, 3, 5)):
            roll = self.random.random()
            if steps and roll < 0.05:
                steps.append(("include", self.text()))
                continue
            options: dict[str, Any] = {}
            if self.chance(0.1):
                options = self.pick({"packed": True}, {"pack": 2}, {"pack": 1}, {"pack": 4}, {"pack": 8}, {"packed": False},
                                    {"pack": 0}, {"packed": True, "pack": None}, {"pack": 3} if self.odd() else {"pack": 16})  # fmt: skip
            if self.chance(0.12):
                options = {**options, "override": True}
            steps.append(("cdef", self.text(), options))
            for _ in range(self.random.randrange(3)):
                steps.append(("type", self.type_string()))
        return steps
