"""Programs of wrong accesses that differ in the C type: each way of going wrong with each type."""

from __future__ import annotations

from collections.abc import Iterator

TYPES = {
    "char": ("char", "b'x'"),
    "schar": ("signed char", "1"),
    "uchar": ("unsigned char", "1"),
    "short": ("short", "1"),
    "ushort": ("unsigned short", "1"),
    "int": ("int", "1"),
    "uint": ("unsigned", "1"),
    "long": ("long", "1"),
    "ulong": ("unsigned long", "1"),
    "llong": ("long long", "1"),
    "size": ("size_t", "1"),
    "float": ("float", "1.5"),
    "double": ("double", "1.5"),
    "ldouble": ("long double", "1.5"),
    "bool": ("_Bool", "True"),
    "wchar": ("wchar_t", "'w'"),
    "pointer": ("void *", "ffi.cast('void *', 9)"),
    "point": ("struct pt", "[1, 2]"),
    "color": ("enum color", "2"),
    "text": ("const char *", "ffi.cast('char *', 9)"),
}
"""The types by the ends of the names of functions that store a value of the type, with such a value."""

FORMS = """
== out argument of TYPE, the next item : out_NAME() has written
p = ffi.new("TYPE[3]")  # made
lib.out_NAME(p, 3, VALUE)  # access
-- right
p = ffi.new("TYPE[3]")
lib.out_NAME(p, 2, VALUE)

== out argument of TYPE, before a single one : out_NAME() has written
p = ffi.new("TYPE *")  # made
lib.out_NAME(p, -1, VALUE)  # access
-- right
p = ffi.new("TYPE *")
lib.out_NAME(p, 0, VALUE)

== item of TYPE in what is gone : has been freed
p = ffi.new("TYPE[3]")  # made
q = ffi.addressof(p, 1) + 0
del p  # freed
q[1] = VALUE  # access
-- right
p = ffi.new("TYPE[3]")
q = ffi.addressof(p, 1) + 0
q[1] = VALUE

== item of TYPE that does not lie in the memory as a whole : past the end
p = ffi.new("char[]", ffi.sizeof("TYPE") * 2 - 1)  # made
q = ffi.cast("TYPE *", p)
q[1] = VALUE  # access
-- right
p = ffi.new("char[]", ffi.sizeof("TYPE") * 2)
q = ffi.cast("TYPE *", p)
q[1] = VALUE
"""


def of_types() -> Iterator[str]:
    """Returns the programs of each type, in the form of ``programs.txt``."""
    for name, (type_name, value) in TYPES.items():
        yield FORMS.replace("TYPE", type_name).replace("NAME", name).replace("VALUE", value)
