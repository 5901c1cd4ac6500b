"""The types of `model` with a tag: structs, unions and enums."""

from .basetypes import BaseTypeByIdentity, global_cache
from .error import CDefError, VerificationError, VerificationMissing
from .plaintypes import ArrayType, PrimitiveType


class StructOrUnionOrEnum(BaseTypeByIdentity):
    """A type with a tag. `forcename` is a typedef name that stands for it in C."""

    _attrs_ = ("name",)
    forcename = None

    def has_typedef_name(self):
        """Returns whether a typedef name stands for the type in C."""
        return self.forcename is not None

    def build_c_name_with_marker(self):
        """Computes the name in C."""
        self.c_name_with_marker = (self.forcename or f"{self.kind} {self.name}") + "&"

    def force_the_name(self, forcename):
        """Uses a typedef name from now on."""
        self.forcename = forcename
        self.build_c_name_with_marker()

    def get_official_name(self):
        """Returns the name without a place for a declarator."""
        return self._get_c_name()


_PARTIAL = "%s: the declaration has '...', so it can only be used after compilation"


class StructOrUnion(StructOrUnionOrEnum):
    """A struct or union. The lists of fields are None while only its name is known."""

    fixedlayout = None
    completed = 0
    partial = False
    packed = 0

    def __init__(self, name, fldnames, fldtypes, fldbitsize, fldquals=None):
        self.name = name
        self.fldnames, self.fldtypes, self.fldbitsize, self.fldquals = (
            fldnames,
            fldtypes,
            fldbitsize,
            fldquals,
        )
        self.build_c_name_with_marker()

    def anonymous_struct_fields(self):
        """Yields the types of the members that are structs or unions without a name."""
        for name, tp in zip(self.fldnames or (), self.fldtypes or ()):
            if name == "" and isinstance(tp, StructOrUnion):
                yield tp

    def has_anonymous_struct_fields(self):
        """Returns whether there are such members."""
        return self.fldnames is not None and next(self.anonymous_struct_fields(), None) is not None

    def enumfields(self, expand_anonymous_struct_union=True):
        """Yields (name, type, bits or -1, qualifiers) of the fields, those of anonymous members in their place."""
        quals = self.fldquals or (0,) * len(self.fldnames)
        for name, tp, bits, qual in zip(self.fldnames, self.fldtypes, self.fldbitsize, quals):
            if expand_anonymous_struct_union and name == "" and isinstance(tp, StructOrUnion):
                yield from tp.enumfields()
            else:
                yield name, tp, bits, qual

    def force_flatten(self):
        """Takes the fields of anonymous members as the type's own."""
        rows = list(self.enumfields())
        self.fldnames, self.fldtypes, self.fldbitsize, self.fldquals = (
            tuple(column) for column in (zip(*rows) if rows else ((), (), (), ()))
        )

    def get_cached_btype(self, ffi, finishlist, can_delay=False):
        """Returns the ctype, with its fields unless they can wait."""
        made = super().get_cached_btype(ffi, finishlist, can_delay)
        if not can_delay:
            self.finish_backend_type(ffi, finishlist)
        return made

    def finish_backend_type(self, ffi, finishlist):
        """Gives the ctype its fields."""
        if self.completed:
            if self.completed == 1:
                raise NotImplementedError(f"recursive structure declaration for '{self.name}'")
            return
        made = ffi._cached_btypes[self]
        self.completed = 1
        if self.fldtypes is None:
            pass  # only the name is known so far
        elif self.fixedlayout is None:
            types = [tp.get_cached_btype(ffi, finishlist) for tp in self.fldtypes]
            members = list(zip(self.fldnames, types, self.fldbitsize))
            ffi._backend.complete_struct_or_union(made, members, self, -1, -1, *self._flags())
        else:
            self._finish_as_compiled(ffi, finishlist, made)
        self.completed = 2

    def _flags(self):
        if self.packed == 1:
            return (8,)
        return (0, self.packed) if self.packed else ()

    def _finish_as_compiled(self, ffi, finishlist, made):
        """Uses the offsets and sizes that a compiled module has told."""
        _, offsets, sizes, total, alignment = self.fixedlayout
        types = []
        for number, tp in enumerate(self.fldtypes):
            size, ctype = sizes[number], tp.get_cached_btype(ffi, finishlist)
            if isinstance(tp, ArrayType) and tp.length_is_unknown():
                item = ffi.sizeof(ctype.item)
                if size % item:
                    self._verification_error(
                        f"field '{self.name}.{self.fldnames[number] or '?'}' has a bogus size?"
                    )
                tp = tp.resolve_length(size // item)
                self.fldtypes = (*self.fldtypes[:number], tp, *self.fldtypes[number + 1 :])
                ctype = tp.get_cached_btype(ffi, finishlist)
            found = ffi.sizeof(ctype)
            if size >= 0 and found != size and self.fldbitsize[number] < 0:
                self._verification_error(
                    f"field '{self.name}.{self.fldnames[number] or '?'}' is declared as {found} bytes, but is really "
                    f"{size} bytes"
                )
            types.append(ctype)
        members = list(zip(self.fldnames, types, self.fldbitsize, offsets))
        ffi._backend.complete_struct_or_union(made, members, self, total, alignment)

    def _verification_error(self, text):
        raise VerificationError(text)

    def check_not_partial(self):
        """Raises `VerificationMissing` if only a C compiler knows all fields."""
        if self.partial and self.fixedlayout is None:
            raise VerificationMissing(self._get_c_name())

    def build_backend_type(self, ffi, finishlist):
        """Makes the ctype, whose fields come later."""
        self.check_not_partial()
        finishlist.append(self)
        return global_cache(self, ffi, f"new_{self.kind}_type", self.get_official_name(), key=self)


class StructType(StructOrUnion):
    """A struct."""

    kind = "struct"


class UnionType(StructOrUnion):
    """A union."""

    kind = "union"


class EnumType(StructOrUnionOrEnum):
    """An enum, with the names and values of its enumerators."""

    kind = "enum"
    partial = False
    partial_resolved = False

    def __init__(self, name, enumerators, enumvalues, baseinttype=None):
        self.name = name
        self.enumerators, self.enumvalues, self.baseinttype = enumerators, enumvalues, baseinttype
        self.force_the_name(None)

    def force_the_name(self, forcename):
        """Uses a typedef name from now on; without one, the C name stays, and `forcename` is made of it."""
        super().force_the_name(forcename)
        if self.forcename is None:
            self.forcename = "$" + self.get_official_name().replace(" ", "_")

    def has_typedef_name(self):
        """Returns whether `forcename` is a typedef name."""
        return self.forcename != f"$enum_{self.name}"

    def check_not_partial(self):
        """Raises `VerificationMissing` if only a C compiler knows all values."""
        if self.partial and not self.partial_resolved:
            raise VerificationMissing(self._get_c_name())

    def build_backend_type(self, ffi, finishlist):
        """Makes the ctype."""
        self.check_not_partial()
        base = self.build_baseinttype(ffi, finishlist)
        return global_cache(
            self,
            ffi,
            "new_enum_type",
            self.get_official_name(),
            self.enumerators,
            self.enumvalues,
            base,
            key=self,
        )

    def build_baseinttype(self, ffi, finishlist):
        """Returns the ctype of the integers that hold the values, as GCC chooses it."""
        if self.baseinttype is not None:
            return self.baseinttype.get_cached_btype(ffi, finishlist)
        if self.enumvalues:
            smallest, largest = min(self.enumvalues), max(self.enumvalues)
        else:
            import warnings

            # Each use warns: the registry of this module would hide the later ones.
            globals().get("__warningregistry__", {}).clear()
            warnings.warn(
                f"{self._get_c_name()!r} has no values explicitly defined; guessing that it is equivalent to 'unsigned int'",
                stacklevel=1,
            )
            smallest = largest = 0
        signed = smallest < 0
        for name in ("int", "long") if signed else ("unsigned int", "unsigned long"):
            ctype = PrimitiveType(name).get_cached_btype(ffi, finishlist)
            bits = 8 * ffi.sizeof(ctype) - signed
            if largest < 1 << bits and smallest >= (-(1 << bits) if signed else 0):
                return ctype
        raise CDefError(f"{self._get_c_name()} values don't all fit into either 'long' or 'unsigned long'")
