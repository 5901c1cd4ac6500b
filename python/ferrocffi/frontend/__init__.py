"""The front end in Python: `FFI` and everything below it, for programs without the package cffi.

The modules have the names, classes and attributes that programs know from cffi, so that the wheel named ``cffi`` can offer
them under its own name. Texts of C are read by the compiled parser; see `cparser`.
"""
