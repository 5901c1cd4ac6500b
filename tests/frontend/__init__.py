"""`ferrocffi.FFI` and the package `cffi` made of ferrocffi, beside the genuine package."""
