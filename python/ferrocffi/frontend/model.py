"""C types as Python objects: what `ffi._parser` has of each declaration.

A type can be written as C (`get_c_name`), and it can be made with the functions of a backend (`get_cached_btype`).
"""

from .basetypes import (
    Q_CONST,
    Q_RESTRICT,
    Q_VOLATILE,
    BaseType,
    BaseTypeByIdentity,
    attach_exception_info,
    get_typecache,
    global_cache,
    global_lock,
    pointer_cache,
    qualify,
)
from .error import (
    CDefError,
    VerificationError,
    VerificationMissing,
)
from .plaintypes import (
    ArrayType,
    BaseFunctionType,
    BasePrimitiveType,
    ConstPointerType,
    FunctionPtrType,
    NamedPointerType,
    PointerType,
    PrimitiveType,
    RawFunctionType,
    UnknownFloatType,
    UnknownIntegerType,
    VoidType,
    char_array_type,
    const_voidp_type,
    void_type,
    voidp_type,
)
from .recordtypes import (
    EnumType,
    StructOrUnion,
    StructOrUnionOrEnum,
    StructType,
    UnionType,
)


def unknown_type(name, structname=None):
    """Returns the type of `typedef ... name;`."""
    tp = StructType(structname or f"${name}", None, None, None)
    tp.force_the_name(name)
    return tp


def unknown_ptr_type(name, structname=None):
    """Returns the type of `typedef ... *name;`."""
    return NamedPointerType(StructType(structname or f"$${name}", None, None, None), name)
