"""The engine of `FFI.verify()` that makes extension modules of Python."""

from .vengine import Engine


class VCPythonEngine(Engine):
    """Makes a module that Python imports."""
