"""The numbers in the tables of modules: operations, primitive types and flags, as ``parse_c_type.h`` has them."""

from .error import VerificationError

CLASS_NAME = {}
G_FLAGS = {}
_OPERATIONS = (
    "PRIMITIVE POINTER ARRAY OPEN_ARRAY STRUCT_UNION ENUM FUNCTION FUNCTION_END NOOP BITFIELD TYPENAME CPYTHON_BLTN_V "
    "CPYTHON_BLTN_N CPYTHON_BLTN_O CONSTANT CONSTANT_INT GLOBAL_VAR DLOPEN_FUNC DLOPEN_CONST GLOBAL_VAR_F EXTERN_PYTHON"
)
_PRIMITIVES = (
    "VOID BOOL CHAR SCHAR UCHAR SHORT USHORT INT UINT LONG ULONG LONGLONG ULONGLONG FLOAT DOUBLE LONGDOUBLE WCHAR INT8 UINT8 "
    "INT16 UINT16 INT32 UINT32 INT64 UINT64 INTPTR UINTPTR PTRDIFF SIZE SSIZE INT_LEAST8 UINT_LEAST8 INT_LEAST16 "
    "UINT_LEAST16 INT_LEAST32 UINT_LEAST32 INT_LEAST64 UINT_LEAST64 INT_FAST8 UINT_FAST8 INT_FAST16 UINT_FAST16 INT_FAST32 "
    "UINT_FAST32 INT_FAST64 UINT_FAST64 INTMAX UINTMAX FLOATCOMPLEX DOUBLECOMPLEX CHAR16 CHAR32"
)
_FLAGS = "UNION CHECK_FIELDS PACKED EXTERNAL OPAQUE"

for _number, _name in enumerate(_OPERATIONS.split()):
    globals()[f"OP_{_name}"] = 2 * _number + 1
    CLASS_NAME[2 * _number + 1] = _name
for _number, _name in enumerate(_PRIMITIVES.split()):
    globals()[f"PRIM_{_name}"] = _number
for _number, _name in enumerate(_FLAGS.split()):
    globals()[f"F_{_name}"] = 1 << _number
    G_FLAGS[f"_CFFI_F_{_name}"] = 1 << _number

_NUM_PRIM = len(_PRIMITIVES.split())
_UNKNOWN_PRIM = -1
_UNKNOWN_FLOAT_PRIM = -2
_UNKNOWN_LONG_DOUBLE = -3
_IO_FILE_STRUCT = -1

_C_NAMES = {
    "_Bool": "BOOL",
    "signed char": "SCHAR",
    "unsigned char": "UCHAR",
    "unsigned short": "USHORT",
    "unsigned int": "UINT",
    "unsigned long": "ULONG",
    "long long": "LONGLONG",
    "unsigned long long": "ULONGLONG",
    "long double": "LONGDOUBLE",
    "_cffi_float_complex_t": "FLOATCOMPLEX",
    "_cffi_double_complex_t": "DOUBLECOMPLEX",
}

PRIMITIVE_TO_INDEX = {}
for _number, _name in enumerate(_PRIMITIVES.split()):
    if _name != "VOID":
        _plain = _name.lower()
        _spelled = {short: name for name, short in _C_NAMES.items()}.get(_name)
        if _spelled is None:
            _simple = _plain in ("char", "short", "int", "long", "float", "double")
            _spelled = _plain if _simple else f"{_plain}_t"
        PRIMITIVE_TO_INDEX[_spelled] = _number


def format_four_bytes(num):
    """Returns a number as the four escapes of a bytes literal."""
    return "".join(f"\\x{num >> shift & 0xFF:02X}" for shift in (24, 16, 8, 0))


class CffiOp:
    """One word of a table. Without an operation, the argument is the whole word."""

    def __init__(self, op, arg):
        self.op, self.arg = op, arg

    def as_c_expr(self):
        """Returns the word in C."""
        if self.op is None:
            return f"(_cffi_opcode_t)({self.arg})"
        return f"_CFFI_OP(_CFFI_OP_{CLASS_NAME[self.op]}, {self.arg})"

    def as_python_bytes(self):
        """Returns the word as the escapes of a bytes literal."""
        if self.op is None and str(self.arg).isdigit():
            value = int(self.arg)
            if value >= 2**31:
                raise OverflowError(f"cannot emit {self.arg!r}: limited to 2**31-1")
            return format_four_bytes(value)
        if isinstance(self.arg, str):
            raise VerificationError(f"cannot emit to Python: {self.arg!r}")
        return format_four_bytes(self.arg << 8 | self.op)

    def __str__(self):
        """Returns the name of the operation and the argument."""
        return f"({CLASS_NAME.get(self.op, self.op)} {self.arg})"
