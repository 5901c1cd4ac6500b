"""The exceptions for texts that the compiled parser refuses, in the words of the stock front end."""

import re

from .error import CDefError, FFIError

SOURCE = "<cdef source string>"
UNSUPPORTED = (
    "Unsupported type: {!r}.  Please look at http://cffi.readthedocs.io/en/latest/cdef.html#ffi-cdef-limitations and file an "
    "issue if you think this type should really be supported."
)

_COMMENT = re.compile(r"/\*.*?\*/|//(?:[^\n\\]|\\.)*?$", re.DOTALL | re.MULTILINE)
_DEFINE = re.compile(r"\s*#\s*define\s+([A-Za-z_][A-Za-z_0-9]*)\b((?:[^\n\\]|\\.)*)", re.DOTALL)
_TOKEN = re.compile(r'\w+|\.\.\.|->|<<|>>|"[^"\n]*"|\S')
_WORDS = re.compile(r"(?:\b[A-Za-z_]\w*\b\s*)+")


def without_comments(source):
    """Returns a text with a space in the place of each comment, and the line ends in it."""
    return _COMMENT.sub(lambda found: " " + "\n" * found.group().count("\n"), source)


class Refusal:
    """A text that was refused, and the place of the problem."""

    def __init__(self, source, refused, parser, is_type):
        self.message, self.file, self.line, self.column = refused
        self.parser, self.is_type = parser, is_type
        self.source = without_comments(source)
        self.lines = self.source.split("\n")
        # The line counts from the last line directive.
        self.row = self._row()

    def _row(self):
        """Returns the index of the line in the text."""
        number, file, found = 1, SOURCE, None
        for index, line in enumerate(self.lines):
            if file == self.file and number == self.line:
                found = index
            directive = re.match(r'\s*#\s*(?:line\s+)?(\d+)(?:\s+"([^"]*)")?', line)
            if directive:
                number, file = int(directive.group(1)), directive.group(2) or file
            else:
                number += 1
        return found

    @property
    def text(self):
        """The line of the problem."""
        return self.lines[self.row] if self.row is not None else ""

    @property
    def token(self):
        """The token at the place of the problem."""
        found = re.search(r"before '(.*)'$", self.message)
        if found:
            return found.group(1)
        found = _TOKEN.search(self.text, max(self.column - 1, 0)) if self.column else None
        return found.group() if found else self.message

    def rest(self):
        """Returns the text from the place of the problem on."""
        if self.row is None:
            return ""
        return "\n".join([self.text[max(self.column - 1, 0) :], *self.lines[self.row + 1 :]])

    def before(self):
        """Returns the text up to the place of the problem."""
        if self.row is None:
            return ""
        return "\n".join([*self.lines[: self.row], self.text[: max(self.column - 1, 0)]])

    def placed(self, text, kind=CDefError):
        """Returns an exception with the line before its text."""
        where = "in expression" if self.is_type else f"{self.file}:{self.line}"
        return kind(f"{where}: {text}")

    def expression(self, text):
        """Returns an exception about an expression, whose line has no file before it."""
        return FFIError(f":{self.line + self.is_type}: {text}")

    def syntax(self):
        """Returns the exception for what is not C."""
        if self.message.endswith("before the end of the text") and not self.is_type:
            return CDefError(f"parse error\n{self.file}: At end of input")
        line = self.line + 1 if self.is_type else self.line
        problem = "Directives not supported yet" if self.token == "#" else f"before: {self.token}"
        where = f"{self.file}:{line}:{self.column}: {problem}"
        if self.file != SOURCE or self.row is None:
            return CDefError(f"parse error\n{where}")
        return CDefError(f'cannot parse "{self.text.strip()}"\n{where}')

    def exception(self):
        """Returns the exception for the problem."""
        for pattern, make in _MEANINGS:
            found = pattern.search(self.message)
            if found:
                made = make(self, found)
                if made is not None:
                    return made
        return self.syntax()


def _define(refusal, found):
    define = _DEFINE.match("\n".join(refusal.lines[refusal.row or 0 :]))
    if not define:
        # To cffi this is a directive that it does not know.
        refusal.column = refusal.text.find("#") + 1
        return refusal.syntax()
    name, value = define.groups()
    value = value.replace("\\\n", "").strip()
    return CDefError(
        "only supports one of the following syntax:\n"
        f"  #define {name} ...     (literally dot-dot-dot)\n"
        f"  #define {name} NUMBER  (with NUMBER an integer constant, decimal/hex/octal)\n"
        f"got:\n  #define {name} {value}"
    )


def _again(refusal, found):
    name = found.group(1)
    kinds = [key for key in refusal.parser._declarations if key.partition(" ")[2] == name]
    if f"struct {name}" in kinds and re.search(rf"\bstruct\s+{name}\s*\{{", refusal.source):
        kinds.insert(0, f"struct {name}")
    key = kinds[0] if kinds else f"typedef {name}"
    if not kinds:
        if re.search(rf"\b{name}\s*\(", refusal.source):
            key = f"function {name}"
        elif not re.search(rf"\btypedef\b[^;]*\b{name}\b", refusal.source):
            key = f"variable {name}"
    if name in refusal.parser._int_constants or key.startswith("macro "):
        return FFIError(f"multiple declarations of constant: {name}")
    return FFIError(f"multiple declarations of {key} (for interactive usage, try cdef(xx, override=True))")


def _twice(refusal, found):
    name = found.group(1).rpartition(" ")[2]
    if "another value" in refusal.message:
        return FFIError(f"multiple declarations of constant: {name}")
    if name in refusal.parser._int_constants:
        return FFIError(f"multiple declarations of constant: {name}")
    return refusal.placed(f"duplicate declaration of struct {name}")


def _twice_constant(refusal, found):
    return FFIError(f"multiple declarations of constant: {found.group(1)}")


def _constant(refusal, found):
    text = found.group(1)
    if text[:1] == text[-1:] == "'" and not text[1:-1].startswith("\\"):
        text = text[1:-1]
    return refusal.placed(f"invalid constant {text!r}")


def _late_enum(refusal, found):
    tag = re.findall(r"\benum\s+(\w+)", refusal.before() + " " + refusal.rest().partition("{")[0])
    return NotImplementedError(
        f"enum {tag[-1] if tag else ''}: the '{{}}' declaration should appear on the first time the enum is mentioned, not later"
    )


def _function_name(refusal):
    """Returns the name of the function whose parameters the place is in, and the text of those before it."""
    before, depth = refusal.before(), 0
    for index in range(len(before) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(before[index], 0)
        if depth < 0:
            name = re.search(r"(\w+)\s*\)?\s*$", before[:index])
            return (name.group(1) if name else None), before[index + 1 :]
    return None, ""


def _variadic(refusal, found):
    name, _ = _function_name(refusal)
    if refusal.is_type or name is None:
        return CDefError("in expression: a function with only '(...)' as argument is not correct C")
    return refusal.placed(f"{name}: a function with only '(...)' as argument is not correct C")


def _unknown_type(refusal, found):
    unknown = found.group(1)
    if refusal.is_type and refusal.source.strip() == unknown:
        return CDefError(f"unknown identifier '{unknown}'")
    name, before = _function_name(refusal)
    if name is None:
        return None
    listed = before + refusal.rest().partition(")")[0]
    if not re.fullmatch(r"\s*\w+\s*(,\s*\w+\s*)*", listed) or re.search(
        r"\b(int|char|void|long|short)\b", listed
    ):
        return None
    text = (
        f" arg {before.count(',') + 1}: unknown type '{unknown}' (if you meant to use the old C syntax of giving untyped "
        "arguments, it is not supported)"
    )
    return CDefError(f"in expression{text}") if refusal.is_type else refusal.placed(name + text)


def _unsupported(refusal, found):
    before, rest = refusal.before(), refusal.rest()
    first = re.search(r"[A-Za-z_]\w*(?:\s+[A-Za-z_]\w*)*\s*$", before)
    words = (
        (first.group() if first else "") + " " + (_WORDS.match(rest) or re.match("", "")).group()
    ).split()
    known = {
        "signed",
        "unsigned",
        "short",
        "long",
        "int",
        "char",
        "double",
        "float",
        "_Complex",
        "_Bool",
        "__int128",
    }
    kept = []
    for word in words:
        if word in known:
            kept.append(word)
        elif kept and word not in ("const", "volatile", "restrict", "static", "extern"):
            break
    return FFIError(UNSUPPORTED.format(" ".join(kept))) if kept else None


def _expression(refusal, found):
    if found.lastindex and refusal.is_type and not re.search(r"\[[^\]]*$", refusal.before()):
        return None
    return refusal.expression("unsupported expression: expected a simple numeric constant")


def _value(refusal, found):
    inside = re.search(r"\[[^\]]*$|[=:]\s*[^,;}]*$", refusal.before())
    return _expression(refusal, found) if inside and found.group(1) in ("~", "!", "*", "sizeof") else None


def _word(refusal, found):
    word = found.group(1)
    if re.search(r"\)\s*\{\s*$", refusal.before()):
        return _body(refusal, found)
    if word in ("__int128", "_Complex"):
        return FFIError(UNSUPPORTED.format(word))
    return None


def _body(refusal, found):
    return refusal.placed("unexpected <FuncDef>: this construct is valid C but not valid in cdef()")


def _dots(refusal, found):
    before = refusal.before()
    if re.search(r"\btypedef\s*\.\.\.\s*\*\s*$", before):
        return refusal.expression('bad usage of "..."')
    return None


def _partial(refusal, found):
    return NotImplementedError("<struct $1> is partial but has no C name")


def _bit_fields(refusal, found):
    tag = re.match(r"\s*(struct|union)\s+(\w+)", refusal.rest())
    name = " ".join(tag.groups()) if tag else "struct $1"
    return NotImplementedError(f"<{name}>: using both bitfields and '...;'")


_MEANINGS = [
    (re.compile(pattern), make)
    for pattern, make in (
        (r"neither a plain integer nor", _define),
        (r"expected the name of a constant|write #define NAME", _define),
        (r"has letters that cdef\(\) does not know", _define),
        (r"'([^']*)' is declared a second time", _again),
        (r"'([^']*)' is defined a second time", _twice),
        (r"the list of an enum has to come|the enum is defined a second time", _late_enum),
        (r"cannot have '\(\.\.\.\)' alone", _variadic),
        (r"unknown type name '(.*)'", _unknown_type),
        (r"function's body is valid C", _body),
        (r"does not know the word '(.*)'", _word),
        (r"'(.*)' is a constant of another value already", _twice_constant),
        (r"'(.*)' is not a constant that is known", _expression),
        (r"expected a value before '(.*)'", _value),
        (r"expected a name before '\*'", _dots),
        (r"cannot declare constants or variables", lambda refusal, _: refusal.placed(refusal.message)),
        (
            r"declares no member",
            lambda refusal, _: refusal.expression("bad or unsupported type declaration"),
        ),
        (r"this name is reserved", lambda refusal, _: refusal.placed("Enums cannot be declared with ...")),
        (
            r"'_Static_assert' is valid C",
            lambda refusal, _: refusal.placed(
                "unexpected <StaticAssert>: this construct is valid C but not valid in cdef()"
            ),
        ),
        (r"these words make no type|does not know this type", _unsupported),
        (
            r"expected a simple numeric constant",
            lambda refusal, found: refusal.expression(
                "unsupported expression: expected a simple numeric constant"
            ),
        ),
        (
            r"'\[\.\.\.\]' has no meaning",
            lambda refusal, _: refusal.expression(
                "unsupported '[...]' here, cannot derive the actual array length in this context"
            ),
        ),
        (
            r'unsupported usage of "\.\.\."',
            lambda refusal, _: refusal.expression('unsupported usage of "..." in typedef'),
        ),
        (r"'\.\.\.' has no meaning", lambda refusal, _: refusal.expression('bad usage of "..."')),
        (r"invalid constant (.*)", _constant),
        (r"cannot have bit-fields", _bit_fields),
        (r"needs a name in C", _partial),
        (
            r"cannot return a function or an array",
            lambda refusal, _: TypeError("invalid result type") if refusal.is_type else None,
        ),
        (
            r"the length of the array is negative",
            lambda refusal, _: ValueError("negative array length") if refusal.is_type else None,
        ),
        (r"divided by zero", lambda refusal, _: refusal.placed("division by zero in a constant expression")),
        (
            r"the declaration declares nothing",
            lambda refusal, _: refusal.placed("construct does not declare any variable"),
        ),
    )
]


def exception(source, refused, parser, is_type=False):
    """Returns the exception for a text that was refused with (message, file, line, column)."""
    return Refusal(source, refused, parser, is_type).exception()
