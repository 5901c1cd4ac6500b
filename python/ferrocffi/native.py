"""The compiled reader of headers: a second module in the file of `_cffi_backend`.

The import system finds the function that begins a module by the last part of its name, and that file has one for
`_cffi_backend` only. So the second module has that last part too, and the function tells them apart by their names.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Iterator
from types import ModuleType

_NAME = "ferrocffi._cffi_backend"


def _places() -> Iterator[str]:
    """Files that may contain the module: that of this installation first, then the one that programs import."""
    folder = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    for suffix in importlib.machinery.EXTENSION_SUFFIXES:
        path = os.path.join(folder, "_cffi_backend", f"__init__{suffix}")
        if os.path.isfile(path):
            yield path
    loaded = sys.modules.get("_cffi_backend")
    spec = loaded.__spec__ if loaded else importlib.util.find_spec("_cffi_backend")
    if spec and spec.origin:
        yield spec.origin


def _load() -> ModuleType:
    reason: ImportError | None = None
    for path in _places():
        loader = importlib.machinery.ExtensionFileLoader(_NAME, path)
        spec = importlib.util.spec_from_file_location(_NAME, path, loader=loader)
        if spec is None:
            continue
        try:
            module = importlib.util.module_from_spec(spec)
            loader.exec_module(module)
        except ImportError as error:
            reason = error
            continue
        sys.modules[_NAME] = module
        return module
    raise ImportError("ferrocffi's compiled part was not found; `python -m ferrocffi` tells more") from reason


native: ModuleType = _load()
"""The module itself."""
