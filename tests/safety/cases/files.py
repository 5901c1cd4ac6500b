"""FILE objects made of Python's files."""

from __future__ import annotations

import io
import os
import tempfile

from harness import raises, returns
from prelude import (
    CHAR_P,
    INT,
    B,
    pointer,
)

FILE_P = pointer(B.new_struct_type("struct _IO_FILE"))
FPUTS = B.new_function_type((CHAR_P, FILE_P), INT)


def fputs():
    return B.load_library(None).load_function(FPUTS, "fputs")


@raises((ValueError, OSError), "closed file")
def file_that_is_closed():
    with tempfile.TemporaryFile("wb") as file:
        pass
    fputs()(b"x", file)


@raises(OSError, "fileno")
def file_without_a_number():
    fputs()(b"x", io.BytesIO())


@raises((ValueError, TypeError, SystemError))
def file_with_a_forged_capsule():
    file = io.FileIO(os.open(os.devnull, os.O_WRONLY), "w")
    setattr(file, "__cffi_FILE", 5)
    fputs()(b"x", file)


@raises((ValueError, TypeError, OSError, AttributeError))
def file_with_a_strange_mode():
    class Strange(io.RawIOBase):
        mode = 5

        def fileno(self):
            return 1

    fputs()(b"x", Strange())


@raises((OSError, OverflowError))
def file_with_a_strange_number():
    class Strange(io.RawIOBase):
        mode = "wb"

        def fileno(self):
            return 10**6

    fputs()(b"x", Strange())


@raises((ValueError, TypeError, OSError))
def file_with_a_nul_in_its_mode():
    class Strange(io.RawIOBase):
        mode = "w\0\ud800"

        def fileno(self):
            return 1

    fputs()(b"x", Strange())


@raises(TypeError, "must be a cdata pointer, not int")
def file_that_is_a_number():
    fputs()(b"x", 1)


@returns(b"hello")
def file_of_python():
    with tempfile.TemporaryFile("w+b") as file:
        fputs()(b"hello", file)
        file.seek(0)
        return file.read()
