"""Names of parameters and comments, from the declarations of a header."""

from __future__ import annotations

import ast
from types import SimpleNamespace

import cffi
import pytest
from ferrocffi.stubs.described import apply, described, parameters
from ferrocffi.stubs.render import render
from ferrocffi.stubs.source import read_ffi


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("int f(void)", []),
        ("int f()", []),
        ("int f(int a, const char *name)", ["a", "name"]),
        ("int f(int, const char *)", ["", ""]),
        ("int f(unsigned, unsigned long, const size_t)", ["", "", ""]),
        ("int f(unsigned a, unsigned long b, const size_t c)", ["a", "b", "c"]),
        ("int f(struct point, struct point p, enum e *, union u x[2])", ["", "p", "", "x"]),
        ("int f(int (*callback)(void *, int argc, char **), void *)", ["callback", ""]),
        ("int f(int (*)(int a, int b))", [""]),
        ("int f(int m[2][3], char *const argv[])", ["m", "argv"]),
        ("int f(const char *format, ...)", ["format"]),
        ("int (*f(int level))(char *)", ["level"]),
        ("void (*f(int sig, void (*handler)(int)))(int)", ["sig", "handler"]),
        ("const struct f *f(const struct f *f, f_t g)", ["f", "g"]),
        ("int other(int a)", []),
    ],
)
def test_names_of_parameters(text: str, names: list[str]) -> None:
    assert parameters(text, "f") == names


def test_stub_with_names_and_comments() -> None:
    ffi = cffi.FFI()
    ffi.cdef("int f(int, char *, int, int); extern int v; static const int C = 5; int g(int);")
    text = "int f(int class, char *self, int, int __x)"
    said = [
        SimpleNamespace(
            kind="function", name="f", type=text, doc='Does it.\n\nBackslash \\ and """quotes"""'
        ),
        SimpleNamespace(kind="variable", name="v", type="int v", doc='Ends in "quotes"'),
        SimpleNamespace(kind="macro", name="C", type="int", doc="Five."),
    ]
    module = read_ffi(ffi)
    apply(module, described(said))
    stub = render(module, shared=True)
    tree = ast.parse(stub)
    lib = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Lib")
    functions = {node.name: node for node in lib.body if isinstance(node, ast.FunctionDef)}
    arguments = [argument.arg for argument in functions["f"].args.posonlyargs]
    assert arguments == ["self", "class_", "self_", "arg2", "x"]
    assert ast.get_docstring(functions["f"]) == "Does it.\n\nBackslash \\ and '''quotes'''"
    assert [argument.arg for argument in functions["g"].args.posonlyargs] == ["self", "arg0"]
    docs = [
        node.value.value
        for node in lib.body
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ]
    assert [str(doc).strip() for doc in docs] == ["Five.", 'Ends in "quotes"']
