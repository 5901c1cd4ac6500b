"""The declarations of the module, for the keyword cffi_modules in setup.py."""

import ferrocffi

ffi = ferrocffi.FFI()
ffi.cdef("void twice_all(int *numbers, size_t count);")
ffi.set_source(
    "twice._twice",
    """
    static void twice_all(int *numbers, size_t count)
    {
        size_t i;
        for (i = 0; i < count; i++)
            numbers[i] *= 2;
    }
    """,
)
