"""`cffi.FFI` with this project's parser of C declarations."""
