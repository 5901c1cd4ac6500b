"""Names that `cdef()` knows without a declaration."""

import sys

from . import messages, model
from .error import FFIError

COMMON_TYPES = {
    "FILE": model.unknown_type("FILE", "_IO_FILE"),
    "bool": "_Bool",
    "float _Complex": "_cffi_float_complex_t",
    "double _Complex": "_cffi_double_complex_t",
}
"""What each name means: the name of a primitive type, or an object of `model`."""

COMMON_TYPES.update((name, name) for name in model.PrimitiveType.ALL_PRIMITIVE_TYPES if name.endswith("_t"))
if sys.platform == "win32":
    import _cffi_backend

    if hasattr(_cffi_backend, "_get_common_types"):
        _cffi_backend._get_common_types(COMMON_TYPES)

_resolved = {}


def resolve_common_type(parser, name):
    """Returns the type of a common name, and its qualifiers."""
    if name not in _resolved:
        meaning = COMMON_TYPES.get(name, name)
        if isinstance(meaning, tuple):
            _resolved[name] = meaning
        elif not isinstance(meaning, str):
            _resolved[name] = meaning, 0
        elif meaning in model.PrimitiveType.ALL_PRIMITIVE_TYPES:
            _resolved[name] = model.PrimitiveType(meaning), 0
        elif meaning == "set-unicode-needed":
            raise FFIError(f"The Windows type {name!r} is only available after you call ffi.set_unicode()")
        elif meaning == name:
            raise FFIError(messages.UNSUPPORTED.format(name))
        else:
            _resolved[name] = parser.parse_type_and_quals(meaning)
    return _resolved[name]


def win_common_types():
    """Returns the types of Windows that the backend does not list."""
    return {}
