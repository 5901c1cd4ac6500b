"""The C code for the programs of this folder: a compiled module, and libraries that are opened by name."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import cffi

NAME = "_exit_api"

CDEF = r"""
    typedef struct { int x, y; } point;
    typedef struct { double a[4]; } large;
    typedef int (*int_fn)(int);
    typedef void (*void_fn)(void);
    typedef point (*point_fn)(point);
    typedef large (*large_fn)(large, long double);
    typedef void *(*thread_fn)(void *);

    int add(int, int);
    int one(int);
    double real(double);
    long double longer(long double);
    float _Complex turned(float _Complex);
    int many(double *, int, int);
    int text(const char *);
    int wide(wchar_t *);
    int stream(FILE *);
    int apply(int_fn, int);
    int by_value(point);
    int by_address(point *);
    int nested(point *, int_fn);
    point call_point(point_fn);
    large call_large(large_fn);
    int variadic(int, ...);
    extern int global_int;
    extern point global_point;

    extern "Python" int answer(int);
    extern "Python" point on_point(point);
    int ask(int);
    point ask_point(int);

    /* Threads of C, which call for as long as the process lives. */
    int start_int(int_fn, int microseconds);
    int start_point(point_fn, int microseconds);
    int start_large(large_fn, int microseconds);
    int start_answer(int microseconds);
    /* They attach by themselves and run Python code. */
    int start_attaching(const char *code, int microseconds);
    /* Each callback is made by a new thread. */
    int start_short(int_fn, int microseconds);
    /* Threads that `stop_threads` waits for. */
    int start_joined(int_fn, int microseconds);
    void stop_threads(void);
    void stop_at_exit(void);
    /* The thread holds a lock around the callback, which `stop_threads` takes; a cleanup handler gives it back. */
    int start_locking(int_fn, int microseconds);
    void end_thread(void);
"""

SOURCE = r"""
    #include <errno.h>
    #include <pthread.h>
    #include <stdarg.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <unistd.h>
    #include <wchar.h>
    #include <complex.h>

    typedef struct { int x, y; } point;
    typedef struct { double a[4]; } large;
    typedef int (*int_fn)(int);
    typedef void (*void_fn)(void);
    typedef point (*point_fn)(point);
    typedef large (*large_fn)(large, long double);
    typedef void *(*thread_fn)(void *);

    static int add(int a, int b) { return a + b; }
    static int one(int a) { return a + 1; }
    static double real(double d) { return d / 2; }
    static long double longer(long double d) { return d / 2; }
    static float _Complex turned(float _Complex c) { return c * I; }
    static int many(double *d, int n, int wait) { usleep(wait); return n ? (int)d[n - 1] : 0; }
    static int text(const char *s) { usleep(300); return (int)strlen(s); }
    static int wide(wchar_t *s) { usleep(300); return (int)wcslen(s); }
    static int stream(FILE *f) { usleep(300); return f != NULL; }
    static int apply(int_fn f, int n) { usleep(100); return f(n); }
    static int by_value(point p) { usleep(300); return p.x + p.y; }
    static int by_address(point *p) { usleep(300); return p ? p->x + p->y : 0; }
    static int nested(point *p, int_fn f) { usleep(100); return p->x + f(p->y); }
    static point call_point(point_fn f) { point p = {1, 2}; return f(p); }
    static large call_large(large_fn f) { large l = {{1, 2, 3, 4}}; return f(l, 1.5L); }
    static int variadic(int n, ...) { usleep(300); return n; }
    static int global_int;
    static point global_point;

    static int answer(int);
    static point on_point(point);
    static int ask(int n) { return answer(n); }
    static point ask_point(int n) { point p = {n, n}; return on_point(p); }

    struct job { int kind; void *f; int wait; const char *code; };
    static volatile int stopping;
    static pthread_t joined[64];
    static int n_joined;
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

    static void unlock(void *unused) { (void)unused; pthread_mutex_unlock(&lock); }

    static void *short_thread(void *arg) { ((int_fn)arg)(7); return NULL; }

    static void run_job(struct job *j) {
        point p = {1, 2};
        large l = {{1, 2, 3, 4}};
        pthread_t t;
        switch (j->kind) {
        case 0: ((int_fn)j->f)(3); break;
        case 1: ((point_fn)j->f)(p); break;
        case 2: ((large_fn)j->f)(l, 2.5L); break;
        case 3: answer(4); break;
        case 4: {
            PyGILState_STATE state;
            /* What programs ask that know of this danger. There is still time for it to begin. */
            if (!Py_IsInitialized()) break;
            state = PyGILState_Ensure();
            PyRun_SimpleString(j->code);
            PyGILState_Release(state);
            break;
        }
        case 5:
            if (!pthread_create(&t, NULL, short_thread, j->f)) pthread_join(t, NULL);
            break;
        case 6:
            pthread_mutex_lock(&lock);
            pthread_cleanup_push(unlock, NULL);
            ((int_fn)j->f)(3);
            pthread_cleanup_pop(1);
            break;
        }
    }

    static void *forever(void *arg) {
        struct job *j = arg;
        while (!stopping) {
            run_job(j);
            if (j->wait) usleep(j->wait);
        }
        return NULL;
    }

    static int start(int kind, void *f, int wait, const char *code, int join) {
        pthread_t t;
        struct job *j = malloc(sizeof *j);
        j->kind = kind; j->f = f; j->wait = wait; j->code = code ? strdup(code) : NULL;
        if (pthread_create(&t, NULL, forever, j)) return -1;
        if (join) joined[n_joined++] = t; else pthread_detach(t);
        return 0;
    }
    static int start_int(int_fn f, int wait) { return start(0, f, wait, NULL, 0); }
    static int start_point(point_fn f, int wait) { return start(1, f, wait, NULL, 0); }
    static int start_large(large_fn f, int wait) { return start(2, f, wait, NULL, 0); }
    static int start_answer(int wait) { return start(3, NULL, wait, NULL, 0); }
    static int start_attaching(const char *code, int wait) { return start(4, NULL, wait, code, 0); }
    static int start_short(int_fn f, int wait) { return start(5, f, wait, NULL, 0); }
    static int start_joined(int_fn f, int wait) { return start(0, f, wait, NULL, 1); }
    static int start_locking(int_fn f, int wait) { return start(6, f, wait, NULL, 1); }
    static void stop_threads(void) {
        int i;
        stopping = 1;
        for (i = 0; i < n_joined; i++) pthread_join(joined[i], NULL);
        n_joined = 0;
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
    }
    static void stop_at_exit(void) { atexit(stop_threads); }
    static void end_thread(void) { pthread_exit(NULL); }
"""

LIBRARY = "libexitthreads.so"

LIBRARY_SOURCE = r"""
    #include <pthread.h>
    #include <unistd.h>

    static volatile double sum;
    static int (*kept)(int);

    static void *work(void *unused) {
        int i;
        for (;;) {
            for (i = 0; i < 1000; i++) sum += i;
            if (kept) kept(1);
        }
        return unused;
    }
    int begin(int (*f)(int)) {
        pthread_t t;
        kept = f;
        return pthread_create(&t, 0, work, 0) || pthread_detach(t);
    }
    int work_on(int (*f)(int)) { usleep(200); return f(1); }
"""

LIBRARY_CDEF = "int begin(int (*)(int)); int work_on(int (*)(int));"

FOREIGN = "libexitforeign.so"

FOREIGN_SOURCE = r"""
    #include <pthread.h>
    #include <unistd.h>
    #include <mutex>

    typedef int (*int_fn)(int);
    static std::mutex lock;

    extern "C" int guarded(int_fn f, int n) noexcept { return f(n); }
    extern "C" int catching(int_fn f, int n) { try { return f(n); } catch (...) { return -1; } }
    extern "C" int locking(int_fn f, int n) { std::lock_guard<std::mutex> held(lock); usleep(100); return f(n); }

    static void *forever(void *arg) {
        for (;;) {
            guarded((int_fn)arg, 1);
            catching((int_fn)arg, 2);
            locking((int_fn)arg, 3);
        }
        return nullptr;
    }
    extern "C" int begin_foreign(int_fn f) {
        pthread_t t;
        return pthread_create(&t, nullptr, forever, (void *)f) || pthread_detach(t);
    }
"""

FOREIGN_CDEF = """
    int guarded(int (*)(int), int); int catching(int (*)(int), int); int locking(int (*)(int), int);
    int begin_foreign(int (*)(int));
"""


def command(*names: str) -> str | None:
    """Returns the first of these commands that exists."""
    return next((found for name in names if (found := shutil.which(name))), None)


def build(folder: Path) -> None:
    """Builds everything; the C++ library only if there is a compiler for it.

    Raises `RuntimeError` without a C compiler.
    """
    cc = os.environ.get("CC") or command("cc", "gcc", "clang")
    if cc is None:
        raise RuntimeError("no C compiler")
    builder = cffi.FFI()
    builder.cdef(CDEF)
    builder.set_source(
        NAME,
        SOURCE,
        define_macros=[("_CFFI_NO_LIMITED_API", None)],
        extra_compile_args=["-O1", "-g0", "-w"],
    )
    builder.compile(tmpdir=str(folder))
    options = ["-shared", "-fPIC", "-O1", "-pthread"]
    library = folder / "library.c"
    library.write_text(LIBRARY_SOURCE)
    subprocess.run([*cc.split(), *options, str(library), "-o", str(folder / LIBRARY)], check=True)
    cxx = os.environ.get("CXX") or command("c++", "g++", "clang++")
    if cxx is not None:
        foreign = folder / "foreign.cpp"
        foreign.write_text(FOREIGN_SOURCE)
        subprocess.run([*cxx.split(), *options, str(foreign), "-o", str(folder / FOREIGN)], check=True)
