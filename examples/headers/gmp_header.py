"""GMP from its own header, in which every function has two names."""

from __future__ import annotations

import math

import _bound
from _support import check, run, to_text


def main() -> None:
    with _bound.bound(["gmp.h"], "gmp", "libgmp-dev") as module:
        ffi, lib = module.ffi, module.lib
        number = ffi.new("mpz_t")
        lib.__gmpz_init(number)
        lib.__gmpz_fac_ui(number, 100)
        digits = to_text(ffi, lib.__gmpz_get_str(ffi.NULL, 10, number))
        check("100!", int(digits), math.factorial(100))
        size = ffi.sizeof("mpz_t")
        print(f"100! has {len(digits)} digits; an mpz_t has {size} bytes and {number[0]._mp_size} limbs")
        lib.__gmpz_clear(number)


if __name__ == "__main__":
    run(main)
