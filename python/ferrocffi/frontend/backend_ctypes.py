"""The class that programs pass as `FFI(backend=...)` to get a backend that is written with ctypes.

There is no such backend here: the object has the functions of `_cffi_backend`.
"""

import _cffi_backend


class CTypesBackend:
    """A backend that is no module, with the functions of `_cffi_backend`."""

    def __init__(self):
        flags = {name: value for name, value in vars(_cffi_backend).items() if name.startswith("RTLD_")}
        self.__dict__.update(flags)

    def set_ffi(self, ffi):
        """Notes the FFI object that uses the backend."""
        self.ffi = ffi

    def __getattr__(self, name):
        """Returns the function of `_cffi_backend`."""
        return getattr(_cffi_backend, name)
