# cython: language_level=3, boundscheck=False, wraparound=False
"""The operations of the suite in Cython. Functions let go of the GIL, and those named `keep_...` keep it, as is the default."""
from cpython.bytes cimport PyBytes_FromStringAndSize, PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Malloc, PyMem_Calloc, PyMem_Free
from libc.errno cimport errno
from libc.string cimport memcpy, memmove as c_memmove

cdef extern from "string.h" nogil:
    size_t strnlen(const char *, size_t)

cdef extern from "declarations.h" nogil:
    struct pair:
        int a, b
    struct c_point "point":
        double x, y
    struct c_record "record":
        int x
        double d
        unsigned int low
        pair inner
        int items[8]
        c_record *next
    enum colour:
        RED, GREEN, BLUE
    int c_zero "zero"()
    void c_nothing "nothing"()
    int c_inc "inc"(int)
    long long c_inc64 "inc64"(long long)
    double c_half "half"(double)
    size_t c_length "length"(const char *)
    c_record *c_same_record "same_record"(c_record *)
    void *c_same "same"(void *)
    colour c_next_colour "next_colour"(colour)
    int c_add2 "add2"(int, int)
    double c_scale "scale"(int, double)
    int c_compare "compare"(const void *, const void *, size_t)
    int c_sum_ints "sum_ints"(const int *, int)
    int c_add4 "add4"(int, int, int, int)
    int c_add6 "add6"(int, int, int, int, int, int)
    double c_sum6 "sum6"(double, double, double, double, double, double)
    int c_add10 "add10"(int, int, int, int, int, int, int, int, int, int)
    int c_call_back "call_back"(int (*)(int) noexcept, int)
    long long c_call_many "call_many"(int (*)(int) noexcept, int)
    int c_counter "counter"

cdef extern from *:
    """
    #ifdef KEEP_ERRNO
    #include "keep_errno.h"
    #endif
    """


cdef class Ints:
    cdef int *at
    cdef Py_ssize_t length
    cdef object owner

    def __dealloc__(self):
        if self.owner is None:
            PyMem_Free(self.at)

    def __len__(self):
        return self.length

    def __getitem__(self, Py_ssize_t i):
        if i < 0 or i >= self.length:
            raise IndexError("index out of range")
        return self.at[i]

    def __setitem__(self, Py_ssize_t i, int value):
        if i < 0 or i >= self.length:
            raise IndexError("index out of range")
        self.at[i] = value


cdef class Doubles:
    cdef double *at
    cdef Py_ssize_t length

    def __dealloc__(self):
        PyMem_Free(self.at)

    def __len__(self):
        return self.length

    def __getitem__(self, Py_ssize_t i):
        if i < 0 or i >= self.length:
            raise IndexError("index out of range")
        return self.at[i]


cdef class Chars:
    cdef char *at
    cdef Py_ssize_t length

    def __dealloc__(self):
        PyMem_Free(self.at)

    def __len__(self):
        return self.length


cdef class Pair:
    cdef pair *at
    cdef object owner

    @property
    def a(self):
        return self.at.a

    @a.setter
    def a(self, int value):
        self.at.a = value

    @property
    def b(self):
        return self.at.b

    @b.setter
    def b(self, int value):
        self.at.b = value


cdef class Record:
    cdef c_record *at
    cdef c_record own
    cdef object owner

    def __cinit__(self):
        self.at = &self.own

    @property
    def x(self):
        return self.at.x

    @x.setter
    def x(self, int value):
        self.at.x = value

    @property
    def d(self):
        return self.at.d

    @d.setter
    def d(self, double value):
        self.at.d = value

    @property
    def low(self):
        return self.at.low

    @low.setter
    def low(self, unsigned int value):
        if value > 31:
            raise OverflowError("does not fit five bits")
        self.at.low = value

    @property
    def inner(self):
        cdef Pair made = Pair.__new__(Pair)
        made.at = &self.at.inner
        made.owner = self
        return made

    @property
    def items(self):
        cdef Ints made = Ints.__new__(Ints)
        made.at = self.at.items
        made.length = 8
        made.owner = self
        return made

    @property
    def next(self):
        return pointer_to(self.at.next)

    @next.setter
    def next(self, Record value not None):
        self.at.next = value.at


cdef Record pointer_to(c_record *at):
    cdef Record made = Record.__new__(Record)
    made.at = at
    return made


cdef class Owner:
    cdef Chars of

    def __dealloc__(self):
        cdef void *at = self.of.at
        with nogil:
            c_same(at)


cdef class Lib:
    @property
    def counter(self):
        return c_counter

    @counter.setter
    def counter(self, int value):
        global c_counter
        c_counter = value

    @property
    def errno(self):
        return errno

    @property
    def BLUE(self):
        return blue

    def inc(self, int x):
        with nogil:
            x = c_inc(x)
        return x


cdef object blue = <int>BLUE
lib = Lib()


def record():
    return Record.__new__(Record)


def pairs(int a, int b):
    cdef Pairs made = Pairs.__new__(Pairs)
    made.own.a = a
    made.own.b = b
    return made


cdef class Pairs:
    cdef pair own

    @property
    def b(self):
        return self.own.b


cdef Ints new_array(Py_ssize_t n):
    cdef Ints made = Ints.__new__(Ints)
    made.at = <int *>PyMem_Calloc(n, sizeof(int))
    if not made.at:
        raise MemoryError()
    made.length = n
    return made


def new_int(int value=0):
    cdef Ints made = new_array(1)
    made.at[0] = value
    return made


def new_ints(Py_ssize_t n):
    if n < 0:
        raise ValueError("negative")
    return new_array(n)


def ints(values):
    cdef Py_ssize_t i
    cdef list items
    cdef tuple others
    cdef Ints made
    if type(values) is list:
        items = values
        made = new_array(len(items))
        for i in range(made.length):
            made.at[i] = items[i]
    else:
        others = values
        made = new_array(len(others))
        for i in range(made.length):
            made.at[i] = others[i]
    return made


def doubles(list values):
    cdef Py_ssize_t i
    cdef Doubles made = Doubles.__new__(Doubles)
    made.at = <double *>PyMem_Malloc(len(values) * sizeof(double))
    made.length = len(values)
    for i in range(made.length):
        made.at[i] = values[i]
    return made


def chars(bytes text not None):
    cdef Chars made = Chars.__new__(Chars)
    cdef Py_ssize_t n = PyBytes_GET_SIZE(text)
    made.at = <char *>PyMem_Malloc(n + 1)
    memcpy(made.at, PyBytes_AS_STRING(text), n + 1)
    made.length = n + 1
    return made


def unpack(of, Py_ssize_t n):
    cdef Py_ssize_t i
    cdef Ints some
    cdef Doubles real
    if type(of) is Ints:
        some = of
        if n > some.length:
            raise ValueError("length")
        return [some.at[i] for i in range(n)]
    if type(of) is Doubles:
        real = of
        if n > real.length:
            raise ValueError("length")
        return [real.at[i] for i in range(n)]
    if n > (<Chars?>of).length:
        raise ValueError("length")
    return PyBytes_FromStringAndSize((<Chars>of).at, n)


def string(Chars of not None):
    return of.at[:strnlen(of.at, of.length)]


def memmove(Chars to not None, bytes source not None, Py_ssize_t n):
    if n < 0 or n > PyBytes_GET_SIZE(source) or n > to.length:
        raise ValueError("length")
    c_memmove(to.at, PyBytes_AS_STRING(source), n)


def gc(Chars of not None):
    cdef Owner made = Owner.__new__(Owner)
    made.of = of
    return made


cdef class Buffer:
    cdef char[::1] view

    def __len__(self):
        return self.view.shape[0]


def from_buffer(source):
    cdef Buffer made = Buffer.__new__(Buffer)
    made.view = source
    return made


def zero():
    cdef int result
    with nogil:
        result = c_zero()
    return result


def nothing():
    with nogil:
        c_nothing()


def inc(int x):
    with nogil:
        x = c_inc(x)
    return x


def inc64(long long x):
    with nogil:
        x = c_inc64(x)
    return x


def half(double x):
    with nogil:
        x = c_half(x)
    return x


def length(text):
    cdef size_t result
    cdef const char *at
    if type(text) is bytes:
        at = PyBytes_AS_STRING(text)
    else:
        at = (<Chars?>text).at
    with nogil:
        result = c_length(at)
    return result


def same_record(Record of not None):
    cdef c_record *at = of.at
    with nogil:
        at = c_same_record(at)
    return pointer_to(at)


def next_colour(int x):
    with nogil:
        x = <int>c_next_colour(<colour>x)
    return x


def compare(bytes a not None, bytes b not None, size_t n):
    cdef const char *first = PyBytes_AS_STRING(a)
    cdef const char *second = PyBytes_AS_STRING(b)
    cdef int result
    with nogil:
        result = c_compare(first, second, n)
    return result


def scale(int n, double x):
    with nogil:
        x = c_scale(n, x)
    return x


def sum_ints(Ints of not None, int n):
    cdef const int *at = of.at
    with nogil:
        n = c_sum_ints(at, n)
    return n


def add2(int a, int b):
    with nogil:
        a = c_add2(a, b)
    return a


def add4(int a, int b, int c, int d):
    with nogil:
        a = c_add4(a, b, c, d)
    return a


def add6(int a, int b, int c, int d, int e, int f):
    with nogil:
        a = c_add6(a, b, c, d, e, f)
    return a


def sum6(double a, double b, double c, double d, double e, double f):
    with nogil:
        a = c_sum6(a, b, c, d, e, f)
    return a


def add10(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j):
    with nogil:
        a = c_add10(a, b, c, d, e, f, g, h, i, j)
    return a


def keep_inc(int x):
    return c_inc(x)


def keep_half(double x):
    return c_half(x)


def keep_add2(int a, int b):
    return c_add2(a, b)


def keep_add6(int a, int b, int c, int d, int e, int f):
    return c_add6(a, b, c, d, e, f)


cdef object called


cdef int answer(int x) noexcept with gil:
    return called(x)


def call_back(function, int x):
    global called
    called = function
    with nogil:
        x = c_call_back(answer, x)
    return x


def call_many(function, int n):
    global called
    cdef long long result
    called = function
    with nogil:
        result = c_call_many(answer, n)
    return result
