"""The functions of the former module `imp` that programs and tests use."""

import importlib.machinery
import importlib.util
import os
import sys

C_EXTENSION = 3
"""The kind of extension modules in the tuples of `get_suffixes()`."""
PKG_DIRECTORY = 5
"""The kind of packages."""


def get_suffixes():
    """Returns (suffix, mode, kind) of extension modules."""
    return [(suffix, "rb", C_EXTENSION) for suffix in importlib.machinery.EXTENSION_SUFFIXES]


def find_module(name, path=None):
    """Returns (None, path, description) of an extension module or a package in some folders."""
    for folder in sys.path if path is None else path:
        package = os.path.join(folder, name)
        if os.path.isfile(os.path.join(package, "__init__.py")):
            return None, package, ("", "", PKG_DIRECTORY)
        for description in get_suffixes():
            file = os.path.join(folder, name + description[0])
            if os.path.exists(file):
                return None, file, description
    raise ImportError(name)


def load_dynamic(name, path, file=None):
    """Loads an extension module from a file."""
    loader = importlib.machinery.ExtensionFileLoader(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module
