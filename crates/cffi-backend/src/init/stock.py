"""Loads the stock backend in place of this one. The extension runs this when FERROCFFI_BACKEND asks for it.

The import system allows it: a module may replace itself in `sys.modules` while it is executed, and the import then
returns the replacement.
"""

import sys
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from os.path import abspath, dirname, isfile, join
from types import ModuleType

NAME = "_cffi_backend"


def load(replaced: ModuleType, mark: bytes) -> None:
    """Imports the stock backend, and puts it into `sys.modules`.

    `replaced` is the module that is being executed; `mark` is in every copy of its file.
    """
    ours = getattr(replaced, "__file__", None) or ""
    file = next(files(ours, mark), None)
    if file is None:
        raise ImportError(
            "FERROCFFI_BACKEND=stock asks for the stock backend of cffi, and there is none: "
            f"no file {NAME}{EXTENSION_SUFFIXES[0]} beside {dirname(ours) or 'this backend'} or along sys.path",
            name=NAME,
        )
    spec = spec_from_file_location(NAME, file, loader=ExtensionFileLoader(NAME, file))
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} cannot be loaded", name=NAME, path=file)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    # A thread that has waited for this import may get the replaced module, so that module gets the contents too.
    vars(replaced).update(vars(module))
    sys.modules[NAME] = module


def files(ours: str, mark: bytes) -> Iterator[str]:
    """Yields the extension files `NAME`: beside the folder of this backend first, then in the order of `sys.path`."""
    beside = [dirname(dirname(ours))] if ours else []
    for folder in [*beside, *sys.path]:
        if isinstance(folder, str):
            for suffix in EXTENSION_SUFFIXES:
                file = abspath(join(folder, NAME + suffix))
                if isfile(file) and not holds(file, mark):
                    yield file


def holds(file: str, mark: bytes) -> bool:
    """Returns whether the file contains `mark`, and so is a copy of this backend, which would load itself again."""
    with open(file, "rb") as content:
        return mark in content.read()
