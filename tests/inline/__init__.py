"""Declarations from texts: `_cffi_backend.FFI().cdef()` and what follows from it, without the `cffi` package."""
