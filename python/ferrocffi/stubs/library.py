"""Writes the class of a library: functions, constants, variables."""

from __future__ import annotations

import keyword
from collections.abc import Iterator

from ferrocffi.stubs.model import Constant, Func, Module
from ferrocffi.stubs.names import usable
from ferrocffi.stubs.spell import Speller


def library(module: Module, speller: Speller) -> Iterator[str]:
    """Yields the lines of `class Lib`."""
    shown = speller.names.shown
    yield ""
    yield shown("@type_check_only")
    yield f"class Lib({speller.names.renamed('Library')}):"
    body = [
        *_constants(module.constants, speller),
        *_variables(module, speller),
        *_functions(module.functions, speller),
        *(f"    # {name}: {reason}" for name, reason in module.problems.items()),
    ]
    yield from body
    if not any(line.strip() and not line.lstrip().startswith("#") for line in body):
        yield "    ..."


def _constants(constants: list[Constant], speller: Speller) -> Iterator[str]:
    final, shown = speller.names.renamed("Final"), speller.names.shown
    for constant in constants:
        if not usable(constant.name):
            yield f"    # {constant.name}: no name that Python can write"
        elif constant.value is not None:
            yield f"    {constant.name}: {final} = {constant.value!r}"
            yield from _attribute_doc(constant.doc)
        else:
            type_ = constant.type
            text = type_ if isinstance(type_, str) else speller.read(type_)
            yield f"    {constant.name}: {shown(f'Final[{text}]')}"
            yield from _attribute_doc(constant.doc)


def _variables(module: Module, speller: Speller) -> Iterator[str]:
    for variable in module.variables:
        text = f"Field[{speller.read(variable.type)}, {speller.write(variable.type)}]"
        if usable(variable.name):
            yield f"    {variable.name}: {speller.names.shown(text)}"
            yield from _attribute_doc(variable.doc)
        else:
            yield f"    # {variable.name}: {text}  (no name that Python can write)"


def _functions(functions: list[Func], speller: Speller) -> Iterator[str]:
    marked = speller.names.shown("    @c_function")
    written = {function: _signature(function, speller) for function in functions}
    for function, text in written.items():
        if not usable(function.name):
            yield f"    # {text}  (no name that Python can write)"
            continue
        if function.is_pointer or function.type in speller.as_values:
            yield marked
        if function.doc.strip():
            yield f"    {text}"
            yield from _docstring(function.doc)
        else:
            yield f"    {text} ..."


def _signature(function: Func, speller: Speller) -> str:
    type_ = function.type
    args = [
        f"{name}: {speller.argument(arg)}"
        for name, arg in zip(_parameters(function), type_.args, strict=True)
    ]
    words = ["self", *args, *(["/"] if args else []), *(["*args: CData"] if type_.ellipsis else [])]
    shown = speller.names.shown(f"({', '.join(words)}) -> {speller.read(type_.result)}")
    return f"def {function.name}{shown}:"


def _parameters(function: Func) -> Iterator[str]:
    given: set[str] = {"self", "args"}
    for number in range(len(function.type.args)):
        name = function.names[number].lstrip("_") if number < len(function.names) else ""
        if not name.isidentifier():
            name = f"arg{number}"
        while name in given or keyword.iskeyword(name):
            name += "_"
        given.add(name)
        yield name


def _attribute_doc(text: str) -> Iterator[str]:
    if text.strip():
        yield from (line.removeprefix("    ") for line in _docstring(text))


def _docstring(text: str) -> Iterator[str]:
    lines = [line.rstrip().replace("\\", "\\\\").replace('"""', "'''") for line in text.strip().splitlines()]
    closing = " " if lines[-1].endswith('"') else ""
    lines[0] = f'"""{lines[0]}'
    lines[-1] += f'{closing}"""' if len(lines) == 1 else ""
    yield from (f"        {line}".rstrip() for line in lines)
    if len(lines) > 1:
        yield '        """'
