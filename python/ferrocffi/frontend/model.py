"""C types as Python objects: what `ffi._parser` has of each declaration.

A type can be written as C (`get_c_name`), and it can be made with the functions of a backend (`get_cached_btype`).
"""

import weakref
from _thread import allocate_lock

from .error import CDefError, VerificationError, VerificationMissing

Q_CONST = 0x01
Q_RESTRICT = 0x02
Q_VOLATILE = 0x04

global_lock = allocate_lock()

_WORDS = ((Q_CONST, "const"), (Q_VOLATILE, "volatile"), (Q_RESTRICT, "__restrict"))


def qualify(quals, replace_with):
    """Returns a declarator with qualifiers before it, the first one innermost."""
    for bit, word in _WORDS:
        if quals & bit:
            replace_with = f" {word} {replace_with.lstrip()}"
    return replace_with


class BaseTypeByIdentity:
    """A type. `c_name_with_marker` is its name in C, with an ampersand where a declarator goes."""

    is_array_type = False
    is_raw_function = False
    c_name_with_marker = "&"

    def get_c_name(self, replace_with="", context="a C file", quals=0):
        """Returns the type in C with a declarator in it.

        Raises `VerificationError` for a type that has no name in C.
        """
        name = self.c_name_with_marker
        if name.count("&") != 1:
            raise AssertionError(f"the name {name!r} has no place for a declarator")
        declarator = replace_with.strip()
        if declarator:
            if declarator.startswith("*") and "&[" in name:
                declarator = f"({declarator})"
            elif declarator[0] not in "[(":
                declarator = " " + declarator
        text = name.replace("&", qualify(quals, declarator))
        if "$" in text:
            raise VerificationError(f"cannot generate '{text}' in {context}: unknown type name")
        return text

    def _get_c_name(self):
        return self.c_name_with_marker.replace("&", "")

    def has_c_name(self):
        """Returns whether C has a name for the type."""
        return "$" not in self._get_c_name()

    def is_integer_type(self):
        """Returns whether the values are integers, characters aside."""
        return False

    def get_cached_btype(self, ffi, finishlist, can_delay=False):
        """Returns the ctype, which is made once for each FFI object."""
        known = ffi._cached_btypes.get(self)
        if known is None:
            known = self.build_backend_type(ffi, finishlist)
            known = ffi._cached_btypes.setdefault(self, known)
        return known

    def __repr__(self):
        """Returns the name in angle brackets."""
        return f"<{self._get_c_name()}>"

    def _get_items(self):
        return [(name, getattr(self, name)) for name in self._attrs_]


class BaseType(BaseTypeByIdentity):
    """A type that equals others with the same attributes, those named in `_attrs_`."""

    _attrs_ = ()

    def __eq__(self, other):
        """Returns whether the other type has the same class and attributes."""
        return self.__class__ is other.__class__ and self._get_items() == other._get_items()

    def __ne__(self, other):
        """Returns the opposite of `==`."""
        return not self == other

    def __hash__(self):
        """Returns a hash of the class and the attributes."""
        return hash((self.__class__, tuple(self._get_items())))


class VoidType(BaseType):
    """`void`."""

    c_name_with_marker = "void&"

    def build_backend_type(self, ffi, finishlist):
        """Makes the ctype."""
        return global_cache(self, ffi, "new_void_type")


void_type = VoidType()


class BasePrimitiveType(BaseType):
    """A type without parts."""

    def is_complex_type(self):
        """Returns whether the values are complex numbers."""
        return False


class PrimitiveType(BasePrimitiveType):
    """A type of C or of its standard headers, by its name."""

    _attrs_ = ("name",)

    ALL_PRIMITIVE_TYPES = {
        **dict.fromkeys(["char", "wchar_t", "char16_t", "char32_t"], "c"),
        **dict.fromkeys(
            [
                "short",
                "int",
                "long",
                "long long",
                "signed char",
                "unsigned char",
                "unsigned short",
                "unsigned int",
            ],
            "i",
        ),
        **dict.fromkeys(["unsigned long", "unsigned long long", "_Bool"], "i"),
        **dict.fromkeys(["float", "double", "long double"], "f"),
        **dict.fromkeys(["_cffi_float_complex_t", "_cffi_double_complex_t"], "j"),
        **{
            f"{sign}int{kind}{bits}_t": "i"
            for sign in ("", "u")
            for kind in ("", "_least", "_fast")
            for bits in (8, 16, 32, 64)
        },
        **dict.fromkeys(
            ["intptr_t", "uintptr_t", "intmax_t", "uintmax_t", "ptrdiff_t", "size_t", "ssize_t"], "i"
        ),
    }
    """Each name, and a letter: c for characters, i for integers, f for floating-point numbers, j for complex ones."""

    def __init__(self, name):
        if name not in self.ALL_PRIMITIVE_TYPES:
            raise AssertionError(f"{name!r} is no primitive type")
        self.name = name
        self.c_name_with_marker = name + "&"

    def _kind(self):
        return self.ALL_PRIMITIVE_TYPES[self.name]

    def is_char_type(self):
        """Returns whether the values are characters."""
        return self._kind() == "c"

    def is_integer_type(self):
        """Returns whether the values are integers."""
        return self._kind() == "i"

    def is_float_type(self):
        """Returns whether the values are floating-point numbers."""
        return self._kind() == "f"

    def is_complex_type(self):
        """Returns whether the values are complex numbers."""
        return self._kind() == "j"

    def build_backend_type(self, ffi, finishlist):
        """Makes the ctype."""
        return global_cache(self, ffi, "new_primitive_type", self.name)


class _Unknown(BasePrimitiveType):
    _attrs_ = ("name",)

    def __init__(self, name):
        self.name = name
        self.c_name_with_marker = name + "&"

    def build_backend_type(self, ffi, finishlist):
        """Refuses to make a ctype."""
        raise NotImplementedError(f"{self._kind} type '{self.name}' can only be used after compilation")


class UnknownIntegerType(_Unknown):
    """`typedef int... name;`"""

    _kind = "integer"

    def is_integer_type(self):
        """Returns True."""
        return True


class UnknownFloatType(_Unknown):
    """`typedef float... name;`"""

    _kind = "float"


class BaseFunctionType(BaseType):
    """A function, or a pointer to one."""

    _attrs_ = ("args", "result", "ellipsis", "abi")

    def __init__(self, args, result, ellipsis, abi=None):
        self.args, self.result, self.ellipsis, self.abi = args, result, ellipsis, abi
        listed = [arg._get_c_name() for arg in args]
        if ellipsis:
            listed.append("...")
        pattern = self._base_pattern
        if abi is not None:
            pattern = pattern.replace("(", f"({abi} ", 1)
        declarator = pattern % ", ".join(listed or ["void"])
        self.c_name_with_marker = result.c_name_with_marker.replace("&", declarator)


class RawFunctionType(BaseFunctionType):
    """A function, not a pointer to one. There is no ctype for it."""

    is_raw_function = True
    _base_pattern = "(&)(%s)"

    def build_backend_type(self, ffi, finishlist):
        """Refuses to make a ctype."""
        raise CDefError(
            f"cannot render the type {self!r}: it is a function type, not a pointer-to-function type"
        )

    def as_function_pointer(self):
        """Returns the pointer to the function."""
        return FunctionPtrType(self.args, self.result, self.ellipsis, self.abi)


class FunctionPtrType(BaseFunctionType):
    """A pointer to a function."""

    _base_pattern = "(*&)(%s)"

    def build_backend_type(self, ffi, finishlist):
        """Makes the ctype, and those of the arguments and the result."""
        result = self.result.get_cached_btype(ffi, finishlist)
        args = tuple(arg.get_cached_btype(ffi, finishlist) for arg in self.args)
        stdcall = getattr(ffi._backend, "FFI_STDCALL", None) if self.abi == "__stdcall" else None
        more = () if stdcall is None or self.ellipsis else (stdcall,)
        return global_cache(self, ffi, "new_function_type", args, result, self.ellipsis, *more)

    def as_raw_function(self):
        """Returns the function."""
        return RawFunctionType(self.args, self.result, self.ellipsis, self.abi)


class PointerType(BaseType):
    """A pointer. `quals` are those of what it points to."""

    _attrs_ = ("totype", "quals")

    def __init__(self, totype, quals=0):
        self.totype, self.quals = totype, quals
        declarator = qualify(quals, "(*&)" if totype.is_array_type else " *&")
        self.c_name_with_marker = totype.c_name_with_marker.replace("&", declarator)

    def build_backend_type(self, ffi, finishlist):
        """Makes the ctype. A struct behind the pointer may be completed later."""
        target = self.totype.get_cached_btype(ffi, finishlist, can_delay=True)
        return global_cache(self, ffi, "new_pointer_type", target)


def ConstPointerType(totype):
    """Returns the pointer to a constant of a type."""
    return PointerType(totype, Q_CONST)


voidp_type = PointerType(void_type)
const_voidp_type = ConstPointerType(void_type)


class NamedPointerType(PointerType):
    """A pointer that has a typedef name, to a type that has none."""

    _attrs_ = ("totype", "name")

    def __init__(self, totype, name, quals=0):
        super().__init__(totype, quals)
        self.name = name
        self.c_name_with_marker = name + "&"


class ArrayType(BaseType):
    """An array. `length` is None for `[]`, and a text in C where only a C compiler knows it (`...` at first)."""

    _attrs_ = ("item", "length")
    is_array_type = True

    def __init__(self, item, length):
        self.item, self.length = item, length
        shown = {None: "", "...": "/*...*/"}.get(length, length)
        self.c_name_with_marker = item.c_name_with_marker.replace("&", f"&[{shown}]")

    def length_is_unknown(self):
        """Returns whether the length is not a number that is known here."""
        return isinstance(self.length, str)

    def resolve_length(self, newlength):
        """Returns the array with another length."""
        return ArrayType(self.item, newlength)

    def build_backend_type(self, ffi, finishlist):
        """Makes the ctype."""
        if self.length_is_unknown():
            raise CDefError(f"cannot render the type {self!r}: unknown length")
        pointer = PointerType(self.item).get_cached_btype(ffi, finishlist)
        # The items need their size.
        self.item.get_cached_btype(ffi, finishlist)
        return global_cache(self, ffi, "new_array_type", pointer, self.length)


char_array_type = ArrayType(PrimitiveType("char"), None)


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


def unknown_type(name, structname=None):
    """Returns the type of `typedef ... name;`."""
    tp = StructType(structname or f"${name}", None, None, None)
    tp.force_the_name(name)
    return tp


def unknown_ptr_type(name, structname=None):
    """Returns the type of `typedef ... *name;`."""
    return NamedPointerType(StructType(structname or f"$${name}", None, None, None), name)


_typecache_of_backend = weakref.WeakValueDictionary()
_typecache_of_class = weakref.WeakKeyDictionary()


def get_typecache(backend):
    """Returns the ctypes that all FFI objects with a backend share. A module that is a backend is one for all."""
    if isinstance(backend, type(weakref)):
        return _typecache_of_backend
    with global_lock:
        if type(backend) not in _typecache_of_class:
            _typecache_of_class[type(backend)] = weakref.WeakValueDictionary()
        return _typecache_of_class[type(backend)]


def global_cache(srctype, ffi, funcname, *args, **kwds):
    """Returns what a function of the backend makes; the same call gives the same object while that is alive."""
    key = kwds.pop("key", (funcname, args))
    if kwds:
        raise AssertionError(f"unexpected arguments: {sorted(kwds)}")
    known = ffi._typecache.get(key)
    if known is not None:
        return known
    try:
        made = getattr(ffi._backend, funcname)(*args)
    except NotImplementedError as error:
        raise NotImplementedError(f"{funcname}: {srctype!r}: {error}") from None
    with global_lock:
        return ffi._typecache.setdefault(key, made)


def pointer_cache(ffi, BType):
    """Returns the ctype of pointers to a ctype."""
    return global_cache("?", ffi, "new_pointer_type", BType)


def attach_exception_info(e, name):
    """Puts the name of a declaration before the text of an exception."""
    if e.args and type(e.args[0]) is str:
        e.args = (f"{name}: {e.args[0]}", *e.args[1:])
