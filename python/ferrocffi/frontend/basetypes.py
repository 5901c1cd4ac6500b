"""What all types of `model` have in common: names in C, qualifiers, and the ctypes that a backend has made for them."""

import weakref
from _thread import allocate_lock

from .error import VerificationError

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
