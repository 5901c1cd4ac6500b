"""The C library: files of Python, times, and a table of functions."""

from binding import ffi, lib

moment = ffi.new("time_t *", 86400)
parts = ffi.new("struct tm *")
assert lib.gmtime_r(moment, parts) == parts
assert (parts.tm_year, parts.tm_mon, parts.tm_mday) == (70, 0, 2)
text = ffi.new("char[64]")
assert lib.strftime(text, 64, b"%Y-%m-%d", parts) == 10
print(ffi.string(text), lib.CLOCKS_PER_SEC)
