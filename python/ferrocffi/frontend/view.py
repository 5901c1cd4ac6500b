"""The declarations of a `cffi.FFI` object that its genuine parser cannot read, as objects of the genuine `cffi.model`.

The compiled parser takes extensions of GNU C in `cdef()`, which `cffi.cparser` does not. When somebody looks at the
declarations of such a text, a parser of this class is in the place of the genuine one.
"""

from functools import partial
from importlib import import_module

from . import cparser


def parser_class(package):
    """Returns the class `Parser` of a copy of the module `cparser` that uses the modules of a package."""
    names = {"__name__": cparser.__name__, "__package__": cparser.__package__}
    exec(cparser.__spec__.loader.get_code(cparser.__name__), names)
    model, common, error = (import_module(f"{package}.{name}") for name in ("model", "commontypes", "error"))
    names["model"] = model
    for name in ("COMMON_TYPES", "resolve_common_type"):
        names[name] = getattr(common, name)
    names["FFIError"] = error.FFIError
    own, base = cparser.messages, names["Parser"]

    class UnsupportedType(model.BasePrimitiveType):
        """A type that no object of `cffi.model` means. It has a name in C; a ctype of it is never made here."""

        _attrs_ = ("name",)

        def __init__(self, name):
            self.name = name
            self.c_name_with_marker = name + "&"

        def build_backend_type(self, ffi, finishlist):
            raise error.FFIError(own.UNSUPPORTED.format(self.name))

    def members(struct, expand_anonymous_struct_union=True):
        """Returns the members of a struct whose layout only the compiler knows.

        A module without C, which has its own members for anonymous structs, has no compiler.
        """
        if not expand_anonymous_struct_union:
            raise NotImplementedError(
                f"{struct!r}: attributes decide about its layout, so a C compiler is needed"
            )
        return type(struct).enumfields(struct)

    class View(base):
        """The declarations of a parser of this project."""

        def __init__(self, parser):
            super().__init__()
            self._core = parser._types()
            self._shown = parser
            self._number = {}

        def _refresh(self, texts):
            """Adds what the parser has read since the last time."""
            self._update("\n".join(texts))

        def _make(self, number):
            node = self._core._type_node(number)
            if node[0] == "unsupported":
                return UnsupportedType(node[1])
            if node[0] == "primitive" and node[1] not in model.PrimitiveType.ALL_PRIMITIVE_TYPES:
                return UnsupportedType(node[1])
            made = super()._make(number)
            if isinstance(made, model.StructOrUnionOrEnum):
                self._number[made] = number
            return made

        def _complete(self, number):
            made = self._open[number]
            self._number[made] = number
            super()._complete(number)
            if number not in self._open and self._shown._is_attributed(number):
                # The layout is not the one that `cffi.model` computes: only the compiler knows it.
                made.partial = True
                made.enumfields = partial(members, made)

        def _include(self, other):
            """Adds the types of another parser, which the parser of this project has included."""
            self._adopt(other, "anonymous $enum_")

        def _ctypes(self):
            """Returns the objects of structs, unions and enums, each with the number of its type."""
            return list(self._number.items())

        def parse(self, csource, **options):
            try:
                super().parse(csource, **options)
            except (cparser.FFIError, own.CDefError) as refused:
                raise genuine(refused) from None

        def parse_type_and_quals(self, cdecl):
            try:
                return super().parse_type_and_quals(cdecl)
            except (cparser.FFIError, own.CDefError) as refused:
                raise genuine(refused) from None

    def genuine(refused):
        kind = error.CDefError if isinstance(refused, own.CDefError) else error.FFIError
        return kind(*refused.args)

    return View
