"""The types of `model` without a tag: primitive types, functions, pointers and arrays."""

from .basetypes import Q_CONST, BaseType, global_cache, qualify
from .error import CDefError


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
