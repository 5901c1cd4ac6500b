"""Objects used after their end: libraries closed, buffers released, cycles, handles."""

from __future__ import annotations

import ctypes
import gc
import mmap
import os
import shutil
import tempfile
import weakref

from harness import DIES, WRONG, raises, returns, survives
from prelude import (
    CHAR,
    CHAR_P,
    CHARS,
    DOUBLE,
    INT,
    INT_P,
    INTS,
    VOID_P,
    B,
    array,
    memory_map,
    point,
    pointer,
    zlib_path,
)

CLOSED = "library 'libm.so.6' has already been closed"
FABS = B.new_function_type((DOUBLE,), DOUBLE)


def closed():
    lib = B.load_library("libm.so.6")
    lib.close_lib()
    return lib


@raises(ValueError, CLOSED)
def load_function_after_close():
    closed().load_function(FABS, "fabs")


@raises(ValueError, CLOSED)
def read_variable_after_close():
    closed().read_variable(INT, "signgam")


@raises(ValueError, CLOSED)
def write_variable_after_close():
    closed().write_variable(INT, "signgam", 3)


@returns("<clibrary 'libm.so.6'>")
def close_twice():
    lib = closed()
    lib.close_lib()
    return repr(lib)


@raises(ValueError, CLOSED)
def close_while_a_name_is_looked_up():
    lib = B.load_library("libm.so.6")

    class Evil:
        def __int__(self):
            lib.close_lib()
            return 1

        __index__ = __int__

    try:
        lib.write_variable(INT, "signgam", Evil())
    except ValueError:
        raise
    except Exception:
        pass
    lib.write_variable(INT, "signgam", 3)


@returns(2.5)
def function_of_a_dead_library():
    lib = B.load_library("libm.so.6")
    f = lib.load_function(FABS, "fabs")
    del lib
    gc.collect()
    return f(-2.5)


def private_copy(folder):
    """Returns a copy of zlib that nothing else in this process has open."""
    target = os.path.join(folder, "libprivate.so")
    shutil.copyfile(zlib_path(), target)
    return target


def private_copy_is_mapped():
    return any("libprivate.so" in line for line in memory_map())


@returns((True, "still open"), stock=WRONG)
def close_of_a_borrowed_handle():
    with tempfile.TemporaryDirectory() as folder:
        path = private_copy(folder)
        owner = ctypes.CDLL(path)
        lib = B.load_library(B.cast(VOID_P, owner._handle))
        found = lib.load_function(FABS, "zlibVersion") != B.cast(VOID_P, 0)
        lib.close_lib()
        still = private_copy_is_mapped()
        return found, "still open" if still else "closed"


@returns("closed")
def death_of_a_library_closes_it():
    with tempfile.TemporaryDirectory() as folder:
        lib = B.load_library(private_copy(folder))
        del lib
        gc.collect()
        still = private_copy_is_mapped()
        return "still open" if still else "closed"


@raises((RuntimeError, AttributeError, KeyError), stock=DIES)
def symbol_at_null():
    # A version name is a symbol with the value 0: found, at the address NULL.
    lib = B.load_library("libm.so.6")
    return lib.read_variable(INT, "GLIBC_2.2.5")


# --- from_buffer


@returns("<cdata 'char[]' buffer RELEASED>")
def release_of_a_buffer():
    data = bytearray(b"abc")
    p = B.from_buffer(CHARS, data)
    B.release(p)
    B.release(p)
    data.append(1)
    return repr(p)


def released_and_unmapped():
    """Returns a released array over memory that went back to the system."""
    data = bytearray(64 * 1024 * 1024)
    p = B.from_buffer(CHARS, data)
    B.release(p)
    data.clear()
    del data
    gc.collect()
    return p


@survives(stock=DIES)
def read_after_release():
    return released_and_unmapped()[1000]


@survives(stock=DIES)
def write_after_release():
    released_and_unmapped()[1000] = b"x"


@survives(stock=DIES)
def iterate_after_release():
    return next(iter(released_and_unmapped()))


@survives(stock=DIES)
def string_after_release():
    return B.string(released_and_unmapped())


@survives(stock=DIES)
def unpack_after_release():
    return B.unpack(released_and_unmapped(), 10)


@survives(stock=DIES)
def memmove_after_release():
    B.memmove(released_and_unmapped(), b"abcdef", 6)


@survives(stock=DIES)
def slice_store_after_release():
    released_and_unmapped()[10:12] = b"ab"


@survives(stock=DIES)
def buffer_after_release():
    return B.buffer(released_and_unmapped())[1000]


@survives(stock=DIES)
def copy_after_release():
    return B.newp(array(CHAR, 3))[0:3] == released_and_unmapped()[0:3][1]


@survives(stock=DIES)
def field_after_release():
    ct = point()
    data = bytearray(64 * 1024 * 1024)
    p = B.from_buffer(pointer(ct), data)
    B.release(p)
    del data
    gc.collect()
    return p.x


@raises((ValueError, BufferError, RuntimeError))
def close_of_a_map_that_is_in_use():
    region = mmap.mmap(-1, 4096)
    p = B.from_buffer(CHARS, region)
    try:
        region.close()
    finally:
        B.release(p)


@survives(stock=DIES)
def read_after_release_of_a_map():
    region = mmap.mmap(-1, 4096)
    p = B.from_buffer(CHARS, region)
    B.release(p)
    region.close()
    return p[0]


@returns(True)
def buffer_object_keeps_its_cdata():
    b = B.buffer(B.newp(INTS, 100_000))
    gc.collect()
    return bytes(b[:1000]) == b"\0" * 1000


@returns([7] * 1000)
def iterator_keeps_its_array():
    i = iter(B.newp(INTS, [7] * 1000))
    gc.collect()
    return list(i)


@returns((3, True))
def struct_of_a_pointer_keeps_the_memory():
    s = B.newp(pointer(point()), [3, 4])[0]
    gc.collect()
    keep = [bytearray(8) for _ in range(1000)]
    return s.x, len(keep) > 0


@raises(ValueError, "can be used with the 'with' keyword or ffi.release()")
def release_of_a_plain_cdata():
    B.release(B.cast(INT_P, 5))


@raises(ValueError, "can be used with the 'with' keyword or ffi.release()")
def release_of_a_handle():
    B.release(B.newp_handle(VOID_P, 5))


@raises(ValueError, "can be used with the 'with' keyword or ffi.release()")
def release_of_a_callback():
    B.release(B.callback(B.new_function_type((), INT), lambda: 1))


@raises(TypeError, "expected a 'cdata' object")
def release_of_an_int():
    B.release(5)


@survives()
def use_of_new_after_release():
    p = B.newp(INTS, 1000)
    B.release(p)
    with p as q:
        q[3] = 4
    q = B.newp(pointer(point()), [1, 2])
    B.release(q)
    return p[3], q.y


# --- collector


@returns(None)
def cycle_through_a_handle():
    class Thing:
        pass

    thing = Thing()
    thing.handle = B.newp_handle(VOID_P, thing)
    ref = weakref.ref(thing)
    del thing
    gc.collect()
    return ref()


@returns(None)
def cycle_through_a_callback():
    class Thing:
        def call(self):
            return 5

    thing = Thing()
    thing.cb = B.callback(B.new_function_type((), INT), thing.call)
    ref = weakref.ref(thing)
    del thing
    gc.collect()
    return ref()


@returns(None)
def cycle_through_gc():
    class Thing:
        def destroy(self, x):
            pass

    thing = Thing()
    thing.g = B.gcp(B.newp(INT_P), thing.destroy)
    ref = weakref.ref(thing)
    del thing
    gc.collect()
    gc.collect()
    return ref()


@returns(None)
def cycle_through_from_buffer():
    class Thing(bytearray):
        pass

    thing = Thing(b"abc")
    thing.p = B.from_buffer(CHARS, thing)
    ref = weakref.ref(thing)
    del thing
    gc.collect()
    return ref()


@survives()
def weak_references_to_all():
    refs = []
    dead = []
    for make in (
        lambda: B.newp(INT_P),
        lambda: B.cast(INT, 3),
        lambda: B.newp_handle(VOID_P, 3),
        lambda: B.from_buffer(CHARS, b"abc"),
        lambda: B.gcp(B.newp(INT_P), lambda x: None),
        lambda: B.buffer(B.newp(INT_P)),
        lambda: B.new_struct_type("struct s"),
    ):
        thing = make()
        refs.append(weakref.ref(thing, dead.append))
        del thing
        gc.collect()
    assert len(dead) == len(refs), dead
    return all(r() is None for r in refs)


# --- handles


@raises(RuntimeError, "garbage", stock=DIES)
def from_handle_of_any_address():
    keep = B.newp(INTS, [0] * 100)
    B.from_handle(B.cast(VOID_P, keep))


@raises(RuntimeError, "garbage", stock=DIES)
def from_handle_of_a_small_number():
    B.from_handle(B.cast(VOID_P, 16))


@raises(RuntimeError, "garbage", stock=DIES)
def from_handle_of_a_dead_handle():
    bare = B.cast(VOID_P, B.newp_handle(VOID_P, [1, 2, 3]))
    gc.collect()
    B.from_handle(bare)


@raises(RuntimeError, "garbage", stock=DIES)
def from_handle_of_an_odd_address():
    h = B.newp_handle(VOID_P, 5)
    B.from_handle(B.cast(VOID_P, B.cast(CHAR_P, h) + 1))


@raises(TypeError, "expected a 'cdata' object with a 'void *' out of new_handle(), got 'int *'")
def from_handle_of_another_type():
    B.from_handle(B.newp(INT_P))


@raises(TypeError, "needs 'void *', got 'int *'")
def handle_of_another_type():
    B.newp_handle(INT_P, 5)


@returns(True)
def handles_are_unique():
    handles = [B.newp_handle(VOID_P, None) for _ in range(1000)]
    addresses = {int(B.cast(B.new_primitive_type("size_t"), h)) for h in handles}
    return len(addresses) == 1000 and 0 not in addresses
