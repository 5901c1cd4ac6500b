"""What C data is to a type checker. Stubs that `ferrocffi stubs` writes build on these classes.

`Item[R, W]` is what memory holds: reading it gives an `R`, storing into it takes a `W`. The items are `Int`, `Char`,
`Double` and so on, the classes of a module's structs, and pointers. `Pointer[Int]` is C's `int *`, `Array[Int]` is `int[]`.
None of these classes exists at run time; the marked ones are for annotations only.
"""

import sys
from collections.abc import Callable, Hashable, Iterable, Iterator
from types import TracebackType
from typing import (
    Any,
    ClassVar,
    Concatenate,
    Final,
    Generic,
    Literal,
    ParamSpec,
    Protocol,
    SupportsComplex,
    SupportsFloat,
    SupportsIndex,
    SupportsInt,
    TypeAlias,
    TypeVar,
    overload,
    type_check_only,
)

from typing_extensions import Buffer, Self

_R_co = TypeVar("_R_co", covariant=True)
_W_contra = TypeVar("_W_contra", contravariant=True)
_P_co = TypeVar("_P_co", covariant=True)
_I_co = TypeVar("_I_co", covariant=True)
_I = TypeVar("_I")
_T = TypeVar("_T")
_R = TypeVar("_R")
_W = TypeVar("_W")
_C = TypeVar("_C", bound=CData)
_S = ParamSpec("_S")

OnError: TypeAlias = Callable[[type[BaseException], BaseException, TracebackType | None], Any]
"""Called with what `sys.exc_info()` would give, where a callback raises."""

# What values are made of.

@type_check_only
class Item(Generic[_R_co, _W_contra]):
    """What memory holds: it reads as the first type and takes the second."""

@type_check_only
class Field(Generic[_R_co, _W_contra]):
    """A field of a struct or union, or a global variable."""

    def __get__(self, instance: object, owner: Any = None, /) -> _R_co: ...
    def __set__(self, instance: object, value: _W_contra, /) -> None: ...

@type_check_only
class ListOf(Protocol[_R_co]):
    """A list, without the invariance of `list[...]`."""

    def __iter__(self) -> Iterator[_R_co]: ...
    @property
    def sort(self) -> object: ...  # what other sequences do not have

@type_check_only
class Integral(Protocol):
    """An integer of Python, or of a library such as NumPy."""

    def __int__(self) -> int: ...
    def __index__(self) -> int: ...

# C data: a value, or the address of some.

class CData:
    """C data of any type."""

    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __bool__(self) -> bool: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, /, *args: object) -> None: ...

@type_check_only
class Scalar(CData):
    """A number or character that `ffi.cast()` made."""

    def __int__(self) -> int: ...
    def __lt__(self, value: Scalar | float | bytes | str, /) -> bool: ...
    def __le__(self, value: Scalar | float | bytes | str, /) -> bool: ...
    def __gt__(self, value: Scalar | float | bytes | str, /) -> bool: ...
    def __ge__(self, value: Scalar | float | bytes | str, /) -> bool: ...

@type_check_only
class IntegerData(Scalar):
    """What can stand for an integer."""

@type_check_only
class IntData(IntegerData):
    """An integer."""

@type_check_only
class EnumData(IntegerData):
    """A value of an enum."""

@type_check_only
class CharData(IntegerData):
    """A `char`."""

@type_check_only
class WideData(IntegerData):
    """A `wchar_t`, `char16_t` or `char32_t`."""

@type_check_only
class FloatData(Scalar):
    """A floating-point number. A `long double` is never anything else."""

    def __float__(self) -> float: ...

@type_check_only
class ComplexData(CData):
    """A complex number."""

    def __complex__(self) -> complex: ...

IntLike: TypeAlias = int | Integral | IntegerData
"""What becomes a C integer: no float, no text."""
FloatLike: TypeAlias = float | SupportsFloat
ComplexLike: TypeAlias = complex | SupportsComplex | SupportsFloat
CharLike: TypeAlias = bytes | CharData
WideLike: TypeAlias = str | WideData

@type_check_only
class Opaque(CData):
    """A struct or union that has a name only: there are pointers to it, but no values."""

@type_check_only
class Struct(CData, Item[_R_co, _W_contra], Generic[_P_co, _R_co, _W_contra]):
    """A struct or union: the class of pointers to it, its own class, and what initializes it."""

@type_check_only
class Address(CData):
    """Whatever has an address as its value: a pointer, an array, a function pointer."""

    def __lt__(self, value: Address, /) -> bool: ...
    def __le__(self, value: Address, /) -> bool: ...
    def __gt__(self, value: Address, /) -> bool: ...
    def __ge__(self, value: Address, /) -> bool: ...

@type_check_only
class VoidPointer(Address, Item[VoidPointer, Address]):
    """C's `void *`."""

    def __add__(self, value: SupportsIndex, /) -> VoidPointer: ...
    def __radd__(self, value: SupportsIndex, /) -> VoidPointer: ...
    @overload
    def __sub__(self, value: VoidPointer, /) -> int: ...
    @overload
    def __sub__(self, value: SupportsIndex, /) -> VoidPointer: ...

@type_check_only
class PointerTo(Address, Generic[_I_co]):
    """Every pointer to one item type: `Pointer`, and the classes of pointers to structs."""

    __iter__: ClassVar[None]
    @overload
    def __getitem__(self: PointerTo[Item[_R, Any]], key: SupportsIndex, /) -> _R: ...
    @overload
    def __getitem__(self, key: slice[int, int, None], /) -> Array[_I_co]: ...
    @overload
    def __setitem__(self: PointerTo[Item[Any, _W]], key: SupportsIndex, value: _W, /) -> None: ...
    @overload
    def __setitem__(
        self: PointerTo[Item[Any, _W]], key: slice[int, int, None], value: Iterable[_W], /
    ) -> None: ...
    @overload
    def __setitem__(
        self: PointerTo[Char], key: slice[int, int, None], value: bytes | bytearray, /
    ) -> None: ...
    def __add__(self, value: SupportsIndex, /) -> Self: ...
    def __radd__(self, value: SupportsIndex, /) -> Self: ...
    @overload
    def __sub__(self, value: PointerTo[_I_co] | Array[_I_co], /) -> int: ...
    @overload
    def __sub__(self, value: SupportsIndex, /) -> Self: ...

@type_check_only
class Pointer(PointerTo[_I_co], Item[Pointer[_I_co], "ToPointer[_I_co]"]):
    """A pointer to numbers, characters, pointers or arrays."""

@type_check_only
class Array(Address, Item[Array[_I_co], Any], Generic[_I_co]):
    """An array, of whatever length."""

    @overload
    def __getitem__(self: Array[Item[_R, Any]], key: SupportsIndex, /) -> _R: ...
    @overload
    def __getitem__(self, key: slice[int, int, None], /) -> Array[_I_co]: ...
    @overload
    def __setitem__(self: Array[Item[Any, _W]], key: SupportsIndex, value: _W, /) -> None: ...
    @overload
    def __setitem__(
        self: Array[Item[Any, _W]], key: slice[int, int, None], value: Iterable[_W], /
    ) -> None: ...
    @overload
    def __setitem__(self: Array[Char], key: slice[int, int, None], value: bytes | bytearray, /) -> None: ...
    def __len__(self) -> int: ...
    def __iter__(self: Array[Item[_R, Any]]) -> Iterator[_R]: ...
    @overload
    def __add__(  # type: ignore[overload-overlap]
        self: Array[Struct[_R, Any, Any]], value: SupportsIndex, /
    ) -> _R: ...
    @overload
    def __add__(self, value: SupportsIndex, /) -> Pointer[_I_co]: ...
    @overload
    def __sub__(  # type: ignore[overload-overlap]
        self: Array[Struct[_R, Any, Any]], value: SupportsIndex, /
    ) -> _R: ...
    @overload
    def __sub__(self, value: SupportsIndex, /) -> Pointer[_I_co]: ...

@type_check_only
class FunctionPointer(
    Address, Item[FunctionPointer[_S, _R_co], "FunctionPointer[_S, _R_co] | VoidPointer"], Generic[_S, _R_co]
):
    """A pointer to a C function, or what `ffi.callback()` made of a Python function."""

    def __call__(self, *args: _S.args, **kwargs: _S.kwargs) -> _R_co: ...

def c_function(function: Callable[Concatenate[Any, _S], _R], /) -> FunctionPointer[_S, _R]:
    """Marks a function of a library that fits a function pointer of this library."""

ToPointer: TypeAlias = PointerTo[_I] | Array[_I] | VoidPointer
"""What can be stored where a pointer is wanted."""
ToBytes: TypeAlias = PointerTo[ByteItem] | Array[ByteItem] | VoidPointer
"""What can be stored where a `char *` is wanted: a pointer to any type of one byte."""
ToArray: TypeAlias = Array[_I] | ListOf[_W] | tuple[_W, ...]
Argument: TypeAlias = PointerTo[_I] | Array[_I] | VoidPointer | ListOf[_W] | tuple[_W, ...]
"""What can be passed where a pointer is wanted: a list or tuple becomes an array for the time of the call."""
Castable: TypeAlias = CData | SupportsInt | SupportsFloat | SupportsIndex | complex | bytes | str
AnyInit: TypeAlias = (
    int
    | bytes
    | ListOf[float | CData | ListOf[Any] | tuple[Any, ...] | dict[str, Any]]
    | tuple[float | CData | ListOf[Any] | tuple[Any, ...] | dict[str, Any], ...]
    | None
)
"""What `ffi.new()` takes for a type that the stub does not name, such as an array of a fixed length."""

# The items.

@type_check_only
class ByteItem:
    """A type of one byte: pointers to these are exchangeable with `char *`."""

@type_check_only
class WideItem:
    """A type of wide characters."""

@type_check_only
class Char(Item[bytes, CharLike], ByteItem):
    """`char`"""

@type_check_only
class SignedChar(Item[int, IntLike], ByteItem):
    """`signed char`"""

@type_check_only
class UnsignedChar(Item[int, IntLike], ByteItem):
    """`unsigned char`"""

@type_check_only
class Bool(Item[bool, IntLike], ByteItem):
    """`_Bool`"""

@type_check_only
class Short(Item[int, IntLike]):
    """`short`"""

@type_check_only
class UnsignedShort(Item[int, IntLike]):
    """`unsigned short`"""

@type_check_only
class Int(Item[int, IntLike]):
    """`int`"""

@type_check_only
class UnsignedInt(Item[int, IntLike]):
    """`unsigned int`"""

@type_check_only
class Long(Item[int, IntLike]):
    """`long`"""

@type_check_only
class UnsignedLong(Item[int, IntLike]):
    """`unsigned long`"""

@type_check_only
class LongLong(Item[int, IntLike]):
    """`long long`"""

@type_check_only
class UnsignedLongLong(Item[int, IntLike]):
    """`unsigned long long`"""

@type_check_only
class Int8(Item[int, IntLike], ByteItem):
    """`int8_t`"""

@type_check_only
class IntLeast8(Item[int, IntLike], ByteItem):
    """`int_least8_t`"""

@type_check_only
class IntFast8(Item[int, IntLike], ByteItem):
    """`int_fast8_t`"""

@type_check_only
class UInt8(Item[int, IntLike], ByteItem):
    """`uint8_t`"""

@type_check_only
class UIntLeast8(Item[int, IntLike], ByteItem):
    """`uint_least8_t`"""

@type_check_only
class UIntFast8(Item[int, IntLike], ByteItem):
    """`uint_fast8_t`"""

@type_check_only
class Int16(Item[int, IntLike]):
    """`int16_t`"""

@type_check_only
class IntLeast16(Item[int, IntLike]):
    """`int_least16_t`"""

@type_check_only
class IntFast16(Item[int, IntLike]):
    """`int_fast16_t`"""

@type_check_only
class UInt16(Item[int, IntLike]):
    """`uint16_t`"""

@type_check_only
class UIntLeast16(Item[int, IntLike]):
    """`uint_least16_t`"""

@type_check_only
class UIntFast16(Item[int, IntLike]):
    """`uint_fast16_t`"""

@type_check_only
class Int32(Item[int, IntLike]):
    """`int32_t`"""

@type_check_only
class IntLeast32(Item[int, IntLike]):
    """`int_least32_t`"""

@type_check_only
class IntFast32(Item[int, IntLike]):
    """`int_fast32_t`"""

@type_check_only
class UInt32(Item[int, IntLike]):
    """`uint32_t`"""

@type_check_only
class UIntLeast32(Item[int, IntLike]):
    """`uint_least32_t`"""

@type_check_only
class UIntFast32(Item[int, IntLike]):
    """`uint_fast32_t`"""

@type_check_only
class Int64(Item[int, IntLike]):
    """`int64_t`"""

@type_check_only
class IntLeast64(Item[int, IntLike]):
    """`int_least64_t`"""

@type_check_only
class IntFast64(Item[int, IntLike]):
    """`int_fast64_t`"""

@type_check_only
class UInt64(Item[int, IntLike]):
    """`uint64_t`"""

@type_check_only
class UIntLeast64(Item[int, IntLike]):
    """`uint_least64_t`"""

@type_check_only
class UIntFast64(Item[int, IntLike]):
    """`uint_fast64_t`"""

@type_check_only
class IntPtr(Item[int, IntLike]):
    """`intptr_t`"""

@type_check_only
class UIntPtr(Item[int, IntLike]):
    """`uintptr_t`"""

@type_check_only
class PtrDiff(Item[int, IntLike]):
    """`ptrdiff_t`"""

@type_check_only
class Size(Item[int, IntLike]):
    """`size_t`"""

@type_check_only
class SSize(Item[int, IntLike]):
    """`ssize_t`"""

@type_check_only
class IntMax(Item[int, IntLike]):
    """`intmax_t`"""

@type_check_only
class UIntMax(Item[int, IntLike]):
    """`uintmax_t`"""

@type_check_only
class Float(Item[float, FloatLike]):
    """`float`"""

@type_check_only
class Double(Item[float, FloatLike]):
    """`double`"""

@type_check_only
class LongDouble(Item[FloatData, FloatLike]):
    """`long double`"""

@type_check_only
class FloatComplex(Item[complex, ComplexLike]):
    """`float _Complex`"""

@type_check_only
class DoubleComplex(Item[complex, ComplexLike]):
    """`double _Complex`"""

@type_check_only
class WideChar(Item[str, WideLike], WideItem):
    """`wchar_t`"""

@type_check_only
class Char16(Item[str, WideLike], WideItem):
    """`char16_t`"""

@type_check_only
class Char32(Item[str, WideLike], WideItem):
    """`char32_t`"""

@type_check_only
class Enum(Item[int, IntLike]):
    """A value of an enum, which is an integer to Python."""

# C types at run time, and what an `ffi` is.

class CType(Generic[_R_co]):
    """A C type. The parameter is what `ffi.new()` and `ffi.cast()` make of it."""

    @property
    def kind(
        self,
    ) -> Literal["primitive", "enum", "pointer", "array", "void", "struct", "union", "function"]: ...
    @property
    def cname(self) -> str: ...
    @property
    def item(self) -> CType[Any]: ...
    @property
    def length(self) -> int | None: ...
    @property
    def fields(self) -> list[tuple[str, CField]] | None: ...
    @property
    def args(self) -> tuple[CType[Any], ...]: ...
    @property
    def result(self) -> CType[Any]: ...
    @property
    def ellipsis(self) -> bool: ...
    @property
    def abi(self) -> int: ...
    @property
    def elements(self) -> dict[int, str]: ...
    @property
    def relements(self) -> dict[str, int]: ...

@type_check_only
class CField:
    """A field of a struct or union."""

    @property
    def type(self) -> CType[Any]: ...
    @property
    def offset(self) -> int: ...
    @property
    def bitshift(self) -> int: ...
    @property
    def bitsize(self) -> int: ...
    @property
    def flags(self) -> int: ...

class CBuffer:
    """The memory of C data as bytes, readable and writable."""

    def __new__(cls, cdata: Address, size: int = -1) -> Self: ...
    def __len__(self) -> int: ...
    def __getitem__(self, key: SupportsIndex | slice, /) -> bytes: ...
    @overload
    def __setitem__(self, key: SupportsIndex, value: bytes, /) -> None: ...
    @overload
    def __setitem__(self, key: slice, value: Buffer, /) -> None: ...
    def __iter__(self) -> Iterator[bytes]: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...
    def __eq__(self, value: object, /) -> bool: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@type_check_only
class Library:
    """The functions, constants and variables of a module or of an opened library."""

    def __dir__(self) -> list[str]: ...

@type_check_only
class AnyFFI:
    """What does not depend on a module's declarations."""

    NULL: Final[VoidPointer]
    CData: TypeAlias = _CData
    CType: TypeAlias = _CType
    buffer: TypeAlias = CBuffer
    RTLD_LAZY: Final[int]
    RTLD_NOW: Final[int]
    RTLD_GLOBAL: Final[int]
    RTLD_LOCAL: Final[int]
    if sys.platform != "win32":
        RTLD_NODELETE: Final[int]
        RTLD_NOLOAD: Final[int]
        if sys.platform == "linux":
            RTLD_DEEPBIND: Final[int]

    @property
    def errno(self) -> int: ...
    @errno.setter
    def errno(self, value: int) -> None: ...
    def alignof(self, cdecl: str | _AnyType | _CData, /) -> int: ...
    def from_handle(self, cdata: Address, /) -> Any: ...
    @overload
    def gc(self, cdata: _CData, destructor: None, size: int = 0) -> None: ...
    @overload
    def gc(self, cdata: _C, destructor: Callable[[_C], object], size: int = 0) -> _C: ...
    def getctype(self, cdecl: str | _AnyType, replace_with: str = "") -> str: ...
    if sys.platform == "win32":
        def getwinerror(self, code: int = -1) -> tuple[int, str]: ...

    def init_once(self, func: Callable[[], _T], tag: Hashable) -> _T: ...
    def list_types(self) -> tuple[list[str], list[str], list[str]]: ...
    def memmove(self, dest: Address | Buffer, src: Address | Buffer, n: int) -> None: ...
    def new_handle(self, obj: object, /) -> VoidPointer: ...
    def offsetof(self, cdecl: str | _AnyType, field: str | int, /, *more: str | int) -> int: ...
    def release(self, cdata: _CData, /) -> None: ...
    def sizeof(self, cdecl: str | _AnyType | _CData, /) -> int: ...
    @overload
    def string(self, cdata: PointerTo[ByteItem] | Array[ByteItem] | CharData, maxlen: int = -1) -> bytes: ...
    @overload
    def string(self, cdata: PointerTo[WideItem] | Array[WideItem] | WideData, maxlen: int = -1) -> str: ...
    @overload
    def string(self, cdata: EnumData, maxlen: int = -1) -> str: ...
    @overload
    def string(self, cdata: IntData, maxlen: int = -1) -> bytes: ...
    @overload
    def unpack(self, cdata: PointerTo[Char] | Array[Char], length: int) -> bytes: ...
    @overload
    def unpack(self, cdata: PointerTo[WideItem] | Array[WideItem], length: int) -> str: ...
    @overload
    def unpack(self, cdata: PointerTo[Item[_R, Any]] | Array[Item[_R, Any]], length: int) -> list[_R]: ...

@type_check_only
class CompiledFFI(AnyFFI):
    """What the `ffi` of a compiled or out-of-line module has in addition."""

    error: Final[type[Exception]]
    def integer_const(self, name: str) -> int: ...

@type_check_only
class DeclaringFFI(CompiledFFI):
    """What `ferrocffi.FFI` has in addition."""

    def cdef(
        self, csource: str, override: bool = False, packed: bool = False, pack: int | None = None
    ) -> None: ...
    def include(self, ffi: Any) -> None: ...
    def header(
        self,
        name: str | Iterable[str],
        include_dirs: Iterable[Any] = (),
        defines: Any = (),
        before: Iterable[str] = (),
        std: str | None = None,
        only: str | Iterable[str] | None = None,
        target: str | None = None,
        strict: bool = False,
    ) -> None: ...
    def declarations(self, only: str | Iterable[str] | None = None) -> list[Any]: ...
    def problems(self) -> list[Any]: ...
    def stubs(self, *, shared: bool = False) -> str: ...

@type_check_only
class InlineFFI(AnyFFI):
    """What `cffi.FFI` has in addition."""

    def cdef(
        self, csource: str, override: bool = False, packed: bool = False, pack: int | None = None
    ) -> None: ...
    def include(self, ffi_to_include: Any) -> None: ...
    def set_source(
        self, module_name: str, source: str | None, source_extension: str = ".c", **kwds: Any
    ) -> None: ...
    def set_source_pkgconfig(
        self,
        module_name: str,
        pkgconfig_libs: list[str],
        source: str,
        source_extension: str = ".c",
        **kwds: Any,
    ) -> None: ...
    def set_unicode(self, enabled_flag: bool) -> None: ...
    def compile(
        self, tmpdir: str = ".", verbose: int = 0, target: str | None = None, debug: bool | None = None
    ) -> str: ...
    def emit_c_code(self, filename: str) -> None: ...
    def emit_python_code(self, filename: str) -> None: ...
    def distutils_extension(self, tmpdir: str = "build", verbose: bool = True) -> Any: ...
    def embedding_api(self, csource: str, packed: bool = False, pack: int | None = None) -> None: ...
    def embedding_init_code(self, pysource: str) -> None: ...
    def verify(self, source: str = "", tmpdir: str | None = None, **kwargs: Any) -> Any: ...

_CData: TypeAlias = CData
_CType: TypeAlias = CType
_AnyType: TypeAlias = CType[Any]
