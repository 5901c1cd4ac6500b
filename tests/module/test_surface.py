"""What `import _cffi_backend` gives."""

from __future__ import annotations

import platform
import subprocess
import sys
import sysconfig
import types
from typing import Any

import _cffi_backend as B
import cffi
import pytest

FUNCTIONS = [
    "_get_common_types",
    "_get_types",
    "_init_cffi_1_0_external_module",
    "_keep_gil",
    "_keeps_gil",
    "_testbuff",
    "_testfunc",
    "alignof",
    "callback",
    "cast",
    "complete_struct_or_union",
    "from_buffer",
    "from_handle",
    "gcp",
    "get_errno",
    "getcname",
    "load_library",
    "memmove",
    "new_array_type",
    "new_enum_type",
    "new_function_type",
    "new_pointer_type",
    "new_primitive_type",
    "new_struct_type",
    "new_union_type",
    "new_void_type",
    "newp",
    "newp_handle",
    "rawaddressof",
    "release",
    "set_errno",
    "sizeof",
    "string",
    "typeof",
    "typeoffsetof",
    "unpack",
]

TYPES = [
    "CField",
    "CLibrary",
    "CType",
    "FFI",
    "Lib",
    "_CDataBase",
    "__CDataFromBuf",
    "__CDataGCP",
    "__CDataOwn",
    "__CDataOwnGC",
    "__CData_iterator",
    "__FFIGlobSupport",
    "buffer",
]


def test_it_is_a_module() -> None:
    assert isinstance(B, types.ModuleType)
    assert B.__name__ == "_cffi_backend"
    assert B.__version__ == cffi.__version__


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function(name: str) -> None:
    function = getattr(B, name)
    assert isinstance(function, types.BuiltinFunctionType)
    assert function.__name__ == name
    assert function.__module__ == "_cffi_backend"


@pytest.mark.parametrize("name", TYPES)
def test_type(name: str) -> None:
    tp = getattr(B, name)
    assert isinstance(tp, type)
    assert (tp.__module__, tp.__name__) == ("_cffi_backend", name)


def test_bases_of_the_cdata_types() -> None:
    family = {name: getattr(B, name).__mro__ for name in TYPES if "CData" in name}
    plain = (B._CDataBase, object)
    assert family["_CDataBase"] == plain
    assert family["__CDataOwn"][1:] == plain
    assert family["__CDataOwnGC"][1:] == family["__CDataOwn"]
    assert family["__CDataFromBuf"][1:] == plain
    assert family["__CDataGCP"][1:] == plain
    assert B._get_types() == (B._CDataBase, B.CType)


def test_constants() -> None:
    import os

    assert B.FFI_DEFAULT_ABI == B.FFI_CDECL
    for name in ("RTLD_LAZY", "RTLD_NOW", "RTLD_GLOBAL", "RTLD_LOCAL"):
        assert getattr(B, name) == getattr(os, name)
    for name in ("RTLD_NODELETE", "RTLD_NOLOAD", "RTLD_DEEPBIND"):
        assert getattr(B, name, None) == getattr(os, name, None)


def test_star_import_gives_the_public_names() -> None:
    namespace: dict[str, object] = {}
    exec("from _cffi_backend import *", namespace)
    for name in [*FUNCTIONS, *TYPES, "RTLD_NOW"]:
        assert (name in namespace) == (not name.startswith("_")), name


def test_capsule() -> None:
    assert type(B._C_API).__name__ == "PyCapsule"
    assert '"cffi"' in repr(B._C_API)


@pytest.mark.thread_unsafe(reason="sets an attribute of the one class")
def test_the_error_class() -> None:
    import gc
    import pickle
    import weakref

    error = B.FFI.error
    assert (error.__module__, error.__qualname__, error.__mro__[1:]) == ("ffi", "error", Exception.__mro__)
    assert error("a", 1).args == ("a", 1) and str(error("text")) == "text"
    error.note = 5  # an ordinary class
    assert error("x").note == 5
    del error.note

    class Derived(error):  # type: ignore[misc, valid-type]
        pass

    for cls in (error, Derived):
        made: Any = cls("a")
        gone = weakref.ref(made)
        made.circle = made
        assert made.__dict__ == {"circle": made}
        del made
        gc.collect()
        assert gone() is None
    kept = weakref.ref(Derived)
    del Derived, cls
    gc.collect()
    # CPython 3.13t keeps each class for good that is made after the first thread was started.
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        assert kept() is None
    with pytest.raises(pickle.PicklingError):
        pickle.dumps(error("a"))


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="elsewhere it is loaded"
)
def test_the_unwinder_is_not_loaded_with_the_module() -> None:
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("elsewhere it is loaded")
    code = "m = 'libgcc_s'; r = lambda: m in open('/proc/self/maps').read(); b = r(); import _cffi_backend; print(b, r())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = done.stdout.split()
    if before == "True":
        pytest.skip("the interpreter has loaded it")
    assert after == "False"


def test_common_types() -> None:
    names: dict[str, str] = {}
    assert B._get_common_types(names) is None
    assert names["FILE"] == "struct _IO_FILE"
    assert names["bool"] == "_Bool"
    if sys.platform != "win32":
        assert len(names) == 2


INT = B.new_primitive_type("int")
INT_P = B.new_pointer_type(INT)
STRUCT = B.new_struct_type("struct s")
B.complete_struct_or_union(STRUCT, [("a", INT), ("b", B.new_primitive_type("short"))])
STRUCT_P = B.new_pointer_type(STRUCT)
A5 = B.new_array_type(INT_P, 5)
VOID = B.new_void_type()

#: A call, and the text of the exception that it raises.
REFUSED = [
    (lambda: B.alignof(5), TypeError, "expected a 'ctype' object"),
    (lambda: B.alignof(B.newp(INT_P)), TypeError, "expected a 'ctype' object"),
    (lambda: B.alignof(VOID), ValueError, "ctype 'void' is of unknown alignment"),
    (lambda: B.sizeof(VOID), ValueError, "ctype 'void' is of unknown size"),
    (lambda: B.sizeof("int"), TypeError, "expected a 'cdata' or 'ctype' object"),
    (lambda: B.typeof(INT), TypeError, "expected a 'cdata' object"),
    (lambda: B.new_primitive_type("imt"), KeyError, "'imt'"),
    (lambda: B.new_primitive_type("float _Complex2"), KeyError, "'float _Complex2'"),
    (lambda: B.new_array_type(INT, 5), TypeError, "first arg must be a pointer ctype"),
    (
        lambda: B.new_array_type(B.new_pointer_type(VOID), 5),
        ValueError,
        "array item of unknown size: 'void'",
    ),
    (lambda: B.new_array_type(INT_P, -1), ValueError, "negative array length"),
    (lambda: B.new_array_type(INT_P, "5"), TypeError, "'str' object cannot be interpreted as an integer"),
    (lambda: B.typeoffsetof(INT, "a"), TypeError, "with a field name argument, expected a struct or union"),
    (lambda: B.typeoffsetof(STRUCT_P, "a", 1), TypeError, "expected a struct or union ctype"),
    (lambda: B.typeoffsetof(STRUCT, "z"), KeyError, "'z'"),
    (lambda: B.typeoffsetof(STRUCT, 1.5), TypeError, "field name or array index expected"),
    (lambda: B.typeoffsetof(STRUCT, 1), TypeError, "with an integer argument, expected an array ctype or a"),
    (lambda: B.rawaddressof(INT, B.newp(INT_P), 0), TypeError, "expected a pointer ctype"),
    (lambda: B.rawaddressof(INT_P, B.cast(INT, 5), 0), TypeError, "expected a cdata struct/union/array/poi"),
    (lambda: B.newp(INT), TypeError, "expected a pointer or array ctype, got 'int'"),
    (lambda: B.newp(B.new_pointer_type(VOID)), TypeError, "cannot instantiate ctype 'void' of unknown size"),
    (lambda: B.unpack(B.cast(INT, 5), 1), TypeError, "expected a pointer or array, got 'int'"),
    (lambda: B.unpack(B.newp(INT_P), -1), ValueError, "'length' cannot be negative"),
    (
        lambda: B.unpack(B.cast(B.new_pointer_type(VOID), 8), 1),
        ValueError,
        "'void *' points to items of unknown size",
    ),
    (lambda: B.string(B.cast(A5, 8)), TypeError, "string(): unexpected cdata 'int[5]' argument"),
    (lambda: B.memmove(B.cast(INT, 5), b"", 0), TypeError, "expected a pointer or array ctype, got 'int'"),
    (lambda: B.memmove(bytearray(1), b"", -1), ValueError, "negative size"),
    (lambda: B.set_errno(2**31), OverflowError, "errno value too large"),
]


@pytest.mark.parametrize(("call", "exception", "text"), REFUSED, ids=[text for _, _, text in REFUSED])
def test_refused(call, exception, text) -> None:
    with pytest.raises(exception) as caught:
        call()
    assert text in str(caught.value)


#: A call, and its result.
GIVEN = [
    (lambda: B.typeoffsetof(STRUCT, "b"), (B.new_primitive_type("short"), 4)),
    (lambda: B.typeoffsetof(STRUCT_P, "b"), (B.new_primitive_type("short"), 4)),
    (lambda: B.typeoffsetof(A5, 3), (INT, 12)),
    (lambda: B.typeoffsetof(A5, -3), (INT, -12)),
    (lambda: B.typeoffsetof(STRUCT_P, 2, 1), (STRUCT, 16)),
    (lambda: B.sizeof(B.newp(A5)), 20),
    (lambda: B.sizeof(B.newp(STRUCT_P)), B.sizeof(INT_P)),
    (lambda: B.sizeof(B.newp(STRUCT_P)[0]), 8),
    (lambda: B.alignof(A5), 4),
    (lambda: B.getcname(A5, "x"), "intx[5]"),
    (lambda: B.getcname(B.new_pointer_type(A5), "&x"), "int(*&x)[5]"),
    (lambda: B.string(B.cast(B.new_primitive_type("signed char"), 65)), b"A"),
    (lambda: B.typeof(B.newp(A5)) is A5, True),
]


@pytest.mark.parametrize(("call", "expected"), GIVEN)
def test_given(call, expected) -> None:
    assert call() == expected


def test_address_of_a_part() -> None:
    p = B.newp(STRUCT_P, [1, 2])
    part = B.rawaddressof(B.new_pointer_type(B.new_primitive_type("short")), p, 4)
    assert part[0] == 2
    part[0] = 9
    assert p.b == 9
    assert B.rawaddressof(STRUCT_P, p[0], 0) == p
    numbers = B.newp(A5)
    assert B.rawaddressof(INT_P, numbers, 0)[0] == 0


def test_functions_take_positions_only() -> None:
    with pytest.raises(TypeError):
        B.sizeof(cdecl=INT)
    with pytest.raises(TypeError):
        B.newp(INT_P, init=3)


def test_errno_is_kept_for_each_thread() -> None:
    import threading

    B.set_errno(-5)
    seen = []
    thread = threading.Thread(target=lambda: seen.append(B.get_errno()))
    thread.start()
    thread.join()
    assert seen == [0]
    assert B.get_errno() == -5
    B.set_errno(0)
