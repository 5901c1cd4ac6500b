"""GMP: a factorial."""

import math

from binding import ffi, lib

number = ffi.new("mpz_t")
lib.__gmpz_init(number)
lib.__gmpz_fac_ui(number, 200)
text = lib.__gmpz_get_str(ffi.NULL, 10, number)
assert int(ffi.string(text)) == math.factorial(200)
lib.__gmpz_clear(number)
print(ffi.string(lib.__gmp_version))
