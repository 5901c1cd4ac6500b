"""The engine of `FFI.verify()` that `force_generic_engine` asks for."""

from .vengine import Engine


class VGenericEngine(Engine):
    """Makes the same module under another name."""

    _class_key = "g"
    _gen_python_module = False
