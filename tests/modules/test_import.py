"""What a program can see of a compiled module's import: beside the stock backend, in a package and without one."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import _cffi_backend as B
import cffi
import pytest

from tests.bind.making import printed

pytestmark = [
    pytest.mark.skipif(not hasattr(B, "__path__"), reason="compares with the stock backend"),
    pytest.mark.skipif(not sysconfig.get_config_var("CC"), reason="no C compiler known"),
]

PROGRAM = """
import importlib, sys
def shown(module, name):
    print(name, module.__name__, module.__doc__, module.__package__, type(module).__name__)
    print(module.__spec__.name, type(module.__loader__).__name__, module.__file__ == module.__spec__.origin)
    print(sorted(vars(module)), repr(module) == f"<module {name!r} from {module.__file__!r}>")
    print(repr(module.lib), module.lib.__name__, sys.modules[name] is module)
    print(sorted(key for key in sys.modules if "inner" in key or "alone" in key))
for name in ("alone", "outer.inner", "outer._full"):
    module = importlib.import_module(name)
    shown(module, name)
    module.added = 1
    del sys.modules[name]
    again = importlib.import_module(name)
    shown(again, name)
    print(again is module, again.ffi is module.ffi, again.lib is module.lib, hasattr(again, "added"))
    print(importlib.reload(again) is again, again.lib is module.lib)
    print(again.lib.twice(21), again.ffi.typeof("struct s") is module.ffi.typeof("struct s"))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("imported")
    package = folder / "outer"
    package.mkdir()
    (package / "__init__.py").write_text("")
    # The generator that stock cffi has, whose modules know only the name that they are given.
    for name, into in (("alone", folder), ("inner", package), ("outer._full", folder)):
        ffi = cffi.FFI()
        ffi.cdef("struct s { int a; }; int twice(int);")
        ffi.set_source(name, "struct s { int a; }; static int twice(int n) { return 2 * n; }")
        ffi.compile(str(into))
    return folder


def test_an_import_looks_as_on_the_stock_backend(folder: Path) -> None:
    ours = printed(PROGRAM, backend="ferrocffi", path=folder)
    assert ours == printed(PROGRAM, backend="stock", path=folder)
    assert ours.startswith("alone alone None") and "outer.inner outer.inner None outer module" in ours


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="before, CPython makes no module from a definition of ours"
)
def test_a_module_has_its_full_name_in_separate_interpreters(folder: Path) -> None:
    from tests.interpreters.isolated import interpreter

    with interpreter() as other:
        other.run(
            f"import sys\nsys.path.insert(0, {str(folder)!r})\nimport outer.inner as inner\n"
            "assert inner.__name__ == 'outer.inner' and inner.lib.twice(3) == 6, inner.__name__\n"
        )
