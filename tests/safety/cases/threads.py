"""Threads of C and of Python: in callbacks, at the end of the interpreter, on the same objects."""

from __future__ import annotations

import sys
import threading
import time

from harness import returns, survives
from prelude import (
    INT,
    INT_P,
    LONG,
    VOID_P,
    B,
    array,
    function_at,
    libc,
    null,
    point,
    pointer,
)

FN = B.new_function_type((INT,), INT)


def start_thread_type():
    return B.new_function_type((VOID_P,), VOID_P)


def pthreads():
    pthread_t = B.new_primitive_type("unsigned long")
    create = libc("pthread_create", [pointer(pthread_t), VOID_P, start_thread_type(), VOID_P], INT)
    join = libc("pthread_join", [pthread_t, VOID_P], INT)
    return pthread_t, create, join


@returns(50)
def callbacks_from_foreign_threads():
    pthread_t, create, join = pthreads()
    seen = []

    def function(arg):
        seen.append(threading.get_ident())
        return arg

    cb = B.callback(start_thread_type(), function)
    ids = B.newp(array(pthread_t, 50))
    for i in range(50):
        assert create(ids + i, null(VOID_P), cb, null(VOID_P)) == 0
    for i in range(50):
        join(ids[i], null(VOID_P))
    return len(seen)


@returns(20)
def callbacks_from_foreign_threads_that_raise():
    pthread_t, create, join = pthreads()
    seen = []

    def function(arg):
        seen.append(1)
        raise ValueError("x")

    sys.unraisablehook = lambda *a: None
    cb = B.callback(start_thread_type(), function)
    ids = B.newp(array(pthread_t, 20))
    for i in range(20):
        assert create(ids + i, null(VOID_P), cb, null(VOID_P)) == 0
    for i in range(20):
        join(ids[i], null(VOID_P))
    return len(seen)


@survives()
def foreign_threads_asleep_in_callbacks_at_exit():
    pthread_t, create, _ = pthreads()
    cb = B.callback(start_thread_type(), lambda arg: time.sleep(0.2))
    sys.kept = cb, B.newp(array(pthread_t, 10))
    for i in range(10):
        assert create(sys.kept[1] + i, null(VOID_P), cb, null(VOID_P)) == 0
    time.sleep(0.05)
    sleep_after_the_interpreter()


@survives()
def threads_asleep_in_c_at_exit():
    usleep = libc("usleep", [B.new_primitive_type("unsigned int")], INT)

    def work():
        while True:
            usleep(500)

    for _ in range(10):
        threading.Thread(target=work, daemon=True).start()
    time.sleep(0.05)
    sleep_after_the_interpreter()


@survives()
def threads_in_callbacks_at_exit():
    usleep = libc("usleep", [B.new_primitive_type("unsigned int")], INT)
    cb = B.callback(FN, lambda n: usleep(500))

    def work():
        while True:
            cb(5)

    for _ in range(10):
        threading.Thread(target=work, daemon=True).start()
    time.sleep(0.05)
    sleep_after_the_interpreter()


def sleep_after_the_interpreter():
    """Lets the process live a while after Python's end, so that its threads meet it."""
    usleep = libc("usleep", [B.new_primitive_type("unsigned int")], INT)
    fn = B.new_function_type((VOID_P, VOID_P, VOID_P), INT)
    at_exit = B.load_library(None).load_function(fn, "__cxa_atexit")
    at_exit(B.cast(VOID_P, usleep), B.cast(VOID_P, 300_000), null(VOID_P))


@returns([True] * 8)
def threads_share_types_and_objects():
    ct = point()
    results = []

    def work():
        good = True
        end = time.monotonic() + 0.5
        n = 0
        while time.monotonic() < end:
            n += 1
            p = B.newp(pointer(ct), [n, 2])
            a = B.newp(array(INT, n % 50 + 1))
            fn = B.new_function_type((pointer(ct), array(INT, 3)), INT)
            g = B.gcp(p, lambda x: None)
            good = good and g.x == n and len(a) == n % 50 + 1 and fn.kind == "function"
            good = good and B.callback(FN, lambda v: v + 1)(n) == n + 1
            B.release(g)
        results.append(good)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return results


@returns([0, 1, 2, 3, 4, 5, 6, 7])
def errno_of_each_thread():
    results = []
    barrier = threading.Barrier(8)

    def work(n):
        B.set_errno(n)
        barrier.wait()
        function_at(1, [INT, LONG], LONG)(1, 2)
        barrier.wait()
        results.append(B.get_errno())

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return sorted(results)


@survives()
def release_from_many_threads():
    for _ in range(50):
        count = []
        g = B.gcp(B.newp(INT_P), count.append)
        threads = [threading.Thread(target=B.release, args=(g,)) for _ in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert len(count) == 1


@survives()
def close_from_many_threads():
    for _ in range(50):
        lib = B.load_library("libm.so.6")
        threads = [threading.Thread(target=lib.close_lib) for _ in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()


@survives()
def callback_that_completes_a_type_of_its_own():
    ct = B.new_struct_type("struct s")
    fn = B.new_function_type((pointer(ct),), INT)

    def function(p):
        if ct.fields is None:
            B.complete_struct_or_union(ct, [("a", INT)])
        return p.a

    cb = B.callback(fn, function)
    data = B.newp(INT_P, 5)
    return cb(B.cast(pointer(ct), data))
