"""libm through dlopen: floating point by value and results by pointer."""

from __future__ import annotations

import math
from typing import Any

import cffi
from _support import check, open_library, run

ffi = cffi.FFI()
ffi.cdef(
    """
    double sin(double);
    double hypot(double, double);
    double fma(double, double, double);
    double modf(double, double *);
    double frexp(double, int *);
    double ldexp(double, int);
    double remquo(double, double, int *);
    float sqrtf(float);
    long lround(double);
    long double sqrtl(long double);
    """
)


def table(lib: Any) -> list[tuple[str, object, object]]:
    """What to check: a name, what libm says, what Python says."""
    exponent = ffi.new("int *")
    whole = ffi.new("double *")
    fraction, power = lib.frexp(1000.0, exponent), exponent[0]
    part, integral = lib.modf(-3.25, whole), whole[0]
    rest = lib.remquo(29.0, 3.0, exponent)
    return [
        ("sin(0.5)", lib.sin(0.5), math.sin(0.5)),
        ("hypot(3, 4)", lib.hypot(3, 4), 5.0),
        ("fma(2, 3, 4)", lib.fma(2.0, 3.0, 4.0), 10.0),
        ("frexp(1000)", (fraction, power), math.frexp(1000.0)),
        ("modf(-3.25)", (part, integral), math.modf(-3.25)),
        ("remquo(29, 3)", (rest, exponent[0] & 7), (-1.0, 10 & 7)),
        ("ldexp(0.75, 5)", lib.ldexp(0.75, 5), 24.0),
        ("lround(-2.5)", lib.lround(-2.5), -3),
        ("sqrtf(2)", lib.sqrtf(2.0), 1.4142135381698608),
    ]


def long_double_keeps_its_digits(lib: Any) -> str:
    """The square root of 2, squared again in the precision of the platform."""
    root = lib.sqrtl(2.0)
    check("type of the result", ffi.typeof(root).cname, "long double")
    check("sqrtl(2) as a float", float(root), math.sqrt(2.0))
    return repr(root)


def main() -> None:
    lib = open_library(ffi, "m", ["libm.so.6", "libm.dylib"], "libc6")
    rows = table(lib)
    for name, got, expected in rows:
        check(name, got, expected)
    print(f"{len(rows)} functions agree: " + ", ".join(name for name, _, _ in rows))

    angles = ffi.new("double[]", [i / 100 for i in range(1000)])
    for i, angle in enumerate(angles):
        angles[i] = lib.sin(angle)
    check(
        "a table of sines",
        ffi.unpack(angles, len(angles)),
        [math.sin(i / 100) for i in range(1000)],
    )
    print("a C array of 1000 sines is what Python's math gives")
    print(f"sqrtl(2.0) is {long_double_keeps_its_digits(lib)}")


if __name__ == "__main__":
    run(main)
