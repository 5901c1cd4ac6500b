"""Lone surrogates, embedded NULs and endless texts in every place that takes a string."""

from __future__ import annotations

import os
import shutil
import tempfile

from harness import DIES, raises, returns, survives
from prelude import CHAR, CHAR_P, CHARS, INT, VOID_P, B, array, point, pointer, struct, zlib_path

LONE = "\ud800"
FN = B.new_function_type((CHAR_P,), B.new_primitive_type("size_t"))


def libc():
    return B.load_library(None)


@raises((KeyError, UnicodeEncodeError))
def primitive_surrogate():
    B.new_primitive_type(LONE)


@raises((KeyError, ValueError))
def primitive_nul():
    B.new_primitive_type("int\0x")


@raises(KeyError)
def primitive_long():
    B.new_primitive_type("int" * 10**6)


@raises(KeyError)
def primitive_empty():
    B.new_primitive_type("")


@raises(UnicodeEncodeError)
def struct_name_surrogate():
    B.new_struct_type("struct " + LONE)


@raises(ValueError, "embedded null character")
def struct_name_nul():
    B.new_struct_type("struct a\0b")


@survives(stock=DIES)
def struct_name_long():
    ct = B.new_struct_type("struct " + "x" * 10**7)
    return len(repr(pointer(pointer(ct)))), len(B.getcname(ct, "a"))


@survives()
def struct_name_empty():
    ct = B.new_struct_type("")
    return repr(ct), repr(pointer(ct)), repr(B.new_function_type((pointer(ct),), INT))


@returns("<ctype 'struct ñ漢 *'>")
def struct_name_beyond_ascii():
    return repr(pointer(B.new_struct_type("struct ñ漢")))


@raises(UnicodeEncodeError)
def union_name_surrogate():
    B.new_union_type("union " + LONE)


@raises(UnicodeEncodeError)
def enum_name_surrogate():
    B.new_enum_type("enum " + LONE, (), (), INT)


@survives(stock=DIES)
def enumerator_surrogate():
    ct = B.new_enum_type("enum e", (LONE, "a\0b"), (0, 1), INT)
    ascii(repr(B.cast(ct, 0)) + repr(B.cast(ct, 1)))
    return ascii(B.string(B.cast(ct, 0))), ct.elements


@survives()
def field_name_surrogate():
    ct = struct("struct s", (LONE, INT))
    p = B.newp(pointer(ct), {LONE: 3})
    return ascii(dir(p)), ascii(ct.fields), getattr(p, LONE)


@survives()
def field_name_nul():
    ct = struct("struct s", ("a\0b", INT), ("a", INT))
    p = B.newp(pointer(ct), [3, 4])
    return p.a, getattr(p, "a\0b"), dir(p)


@raises((TypeError, UnicodeEncodeError), stock=DIES)
def field_name_surrogate_in_an_error():
    struct("struct s", (LONE, B.new_void_type()))


@raises((TypeError, UnicodeEncodeError), stock=DIES)
def bit_field_name_surrogate_in_an_error():
    struct("struct s", (LONE, INT, 99))


@raises((KeyError, UnicodeEncodeError), stock=DIES)
def duplicate_field_name_surrogate():
    struct("struct s", (LONE, INT), (LONE, INT))


@raises((AttributeError, UnicodeEncodeError))
def attribute_surrogate_read():
    getattr(B.newp(pointer(point())), LONE)


@raises((AttributeError, UnicodeEncodeError))
def attribute_surrogate_write():
    setattr(B.newp(pointer(point())), LONE, 1)


@raises((AttributeError, UnicodeEncodeError))
def attribute_surrogate_of_a_number():
    getattr(B.cast(INT, 1), LONE)


@raises((AttributeError, UnicodeEncodeError))
def attribute_surrogate_of_a_type():
    getattr(INT, LONE)


@raises(AttributeError)
def attribute_with_a_long_name():
    getattr(B.newp(pointer(point())), "x" * 10**7)


@raises((KeyError, UnicodeEncodeError))
def dict_key_surrogate():
    B.newp(pointer(point()), {LONE: 1})


@raises((KeyError, TypeError))
def dict_key_number():
    B.newp(pointer(point()), {1: 1})


@raises((KeyError, TypeError))
def dict_key_none():
    B.newp(pointer(point()), {None: 1})


@raises((KeyError, UnicodeEncodeError))
def offset_surrogate():
    B.typeoffsetof(point(), LONE)


@raises(KeyError)
def offset_nul():
    B.typeoffsetof(point(), "x\0")


@raises(UnicodeEncodeError)
def getcname_surrogate():
    B.getcname(INT, LONE)


@raises(ValueError, "embedded null character")
def getcname_nul():
    B.getcname(INT, "a\0b")


@returns(10**8 + 3, stock=DIES)
def getcname_long():
    return len(B.getcname(INT, "x" * 10**8))


@raises(OSError, "cannot load library", stock="UnicodeEncodeError")
def library_name_surrogate():
    B.load_library("/no/such/\udc80")


@returns(True, stock="UnicodeEncodeError")
def library_name_not_utf8():
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(os.fsencode(folder), b"lib\xff.so")
        shutil.copyfile(zlib_path(), name)
        lib = B.load_library(os.fsdecode(name))
        return lib.load_function(FN, "zlibVersion") != B.cast(VOID_P, 0)


@returns(True, stock="TypeError")
def library_name_bytes():
    return "libm.so.6" in repr(B.load_library(b"libm.so.6"))


@raises((TypeError, ValueError), "null")
def library_name_nul():
    B.load_library("libm.so.6\0x")


@raises(OSError, "cannot load library")
def library_name_empty_folder():
    B.load_library("/")


@raises(OSError, "cannot load library")
def library_name_long():
    B.load_library("x" * 10**6)


@raises(OSError, "cannot load library")
def library_that_is_no_library():
    B.load_library(__file__)


@raises(TypeError)
def library_name_number():
    B.load_library(5)


@raises(OverflowError)
def library_flags_huge():
    B.load_library(None, 2**40)


@survives()
def library_flags_odd():
    B.load_library("libm.so.6", -1)


@raises(ValueError, "embedded null character")
def function_name_nul():
    libc().load_function(FN, "strlen\0x")


@raises((UnicodeEncodeError, AttributeError))
def function_name_surrogate():
    libc().load_function(FN, LONE)


@raises(AttributeError, "not found in library '<None>'")
def function_name_empty():
    libc().load_function(FN, "")


@raises(AttributeError, "not found in library '<None>'")
def function_name_long():
    libc().load_function(FN, "x" * 10**6)


@raises(ValueError, "embedded null character")
def variable_name_nul():
    libc().read_variable(VOID_P, "stderr\0x")


@raises(ValueError, "embedded null character")
def variable_write_name_nul():
    libc().write_variable(VOID_P, "stderr\0x", libc().read_variable(VOID_P, "stderr"))


@raises((UnicodeEncodeError, KeyError))
def variable_name_surrogate():
    libc().read_variable(INT, LONE)


@raises(KeyError, "variable 'no_such' not found in library '<None>'")
def variable_missing():
    libc().read_variable(INT, "no_such")


@raises(KeyError, "variable 'no_such' not found in library '<None>'")
def variable_write_missing():
    libc().write_variable(INT, "no_such", 5)


@raises(TypeError, "function or pointer or array cdata expected, got 'int'")
def function_of_another_type():
    libc().load_function(INT, "strlen")


@survives()
def variable_of_any_type():
    lib = libc()
    seen = []
    for ct in (INT, CHAR, VOID_P, FN, CHARS, point(), array(CHAR, 8)):
        seen.append(repr(lib.read_variable(ct, "environ"))[:6])
    for ct in (B.new_void_type(), B.new_struct_type("struct open")):
        try:
            lib.read_variable(ct, "environ")
        except TypeError as problem:
            seen.append(str(problem))
    return seen


@raises((TypeError, AttributeError))
def kind_of_a_deleted_attribute():
    del INT.kind


@raises(TypeError, "unicode string of length 2")
def cast_of_a_long_text():
    B.cast(INT, "ab")


@raises(TypeError, "initializer for ctype 'char' must be a bytes of length 1, not")
def char_of_a_str():
    B.newp(CHAR_P, LONE)


@raises(TypeError)
def char16_of_a_wide_character():
    B.newp(pointer(B.new_primitive_type("char16_t")), "\U0001f600")


@raises(IndexError, "initializer unicode is too long for 'char16_t[3]' (got 4 characters)")
def char16_array_of_surrogate_pairs():
    B.newp(array(B.new_primitive_type("char16_t"), 3), "\U0001f600\U0001f600")


@returns("\U0001f600")
def char16_pair_joined():
    return B.string(B.newp(array(B.new_primitive_type("char16_t")), "\U0001f600"))


@returns(["int \u00e9[3]", "int \U0001f600[3]"], stock="each byte of UTF-8 becomes a letter")
def getctype_beyond_ascii():
    ffi = B.FFI()
    return [ffi.getctype("int[3]", name) for name in ("\u00e9", "\U0001f600")]
