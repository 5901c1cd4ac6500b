/* The limit: what an author gets who writes all of it by hand for one library. As calls through cffi do, these let go of
   the GIL and keep errno for each thread; memory is owned by objects, views keep their owner, and indices are checked. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "declarations.h"

static __thread int saved_errno;

#define CALLED(code)                                                                                                   \
    do {                                                                                                               \
        PyThreadState *state_ = PyEval_SaveThread();                                                                   \
        errno = saved_errno;                                                                                           \
        code;                                                                                                          \
        saved_errno = errno;                                                                                           \
        PyEval_RestoreThread(state_);                                                                                  \
    } while (0)

static int as_int(PyObject *object, int *result)
{
    long value = PyLong_AsLong(object);
    if (value == -1 && PyErr_Occurred())
        return -1;
    if (value != (int)value) {
        PyErr_SetString(PyExc_OverflowError, "does not fit int");
        return -1;
    }
    *result = (int)value;
    return 0;
}

static int is_count(Py_ssize_t got, Py_ssize_t wanted)
{
    if (got == wanted)
        return 1;
    PyErr_Format(PyExc_TypeError, "%zd arguments, not %zd", wanted, got);
    return 0;
}

static int ints(PyObject *const *args, Py_ssize_t got, Py_ssize_t wanted, int *out)
{
    if (!is_count(got, wanted))
        return -1;
    for (Py_ssize_t i = 0; i < got; i++)
        if (as_int(args[i], &out[i]) < 0)
            return -1;
    return 0;
}

static int doubles(PyObject *const *args, Py_ssize_t got, Py_ssize_t wanted, double *out)
{
    if (!is_count(got, wanted))
        return -1;
    for (Py_ssize_t i = 0; i < got; i++) {
        out[i] = PyFloat_AsDouble(args[i]);
        if (out[i] == -1.0 && PyErr_Occurred())
            return -1;
    }
    return 0;
}

/* Memory: an array of ints, doubles or chars, or a pointer; with its own storage, or with another object's. */
enum kind { INT, DOUBLE, CHAR, POINTER };
static const size_t sizes[] = {sizeof(int), sizeof(double), 1, 0};
typedef struct {
    PyObject_VAR_HEAD enum kind kind;
    char *at;
    PyObject *owner;
    char own[];
} Memory;
static PyTypeObject Memory_Type;

static Memory *memory(enum kind kind, Py_ssize_t length, char *at, PyObject *owner)
{
    size_t bytes = at ? 0 : (size_t)length * sizes[kind];
    Memory *made = PyObject_Malloc(sizeof(Memory) + bytes);
    if (!made)
        return (Memory *)PyErr_NoMemory();
    PyObject_InitVar((PyVarObject *)made, &Memory_Type, length);
    made->kind = kind;
    made->at = at ? at : made->own;
    made->owner = owner;
    Py_XINCREF(owner);
    return made;
}

static void memory_dealloc(PyObject *self)
{
    PyObject *owner = ((Memory *)self)->owner;
    PyObject_Free(self);
    Py_XDECREF(owner);
}

static PyObject *item(const Memory *self, Py_ssize_t i)
{
    switch (self->kind) {
    case INT:
        return PyLong_FromLong(((int *)self->at)[i]);
    case DOUBLE:
        return PyFloat_FromDouble(((double *)self->at)[i]);
    default:
        return PyBytes_FromStringAndSize(self->at + i, 1);
    }
}

static int store(Memory *self, Py_ssize_t i, PyObject *value)
{
    if (self->kind == INT)
        return as_int(value, &((int *)self->at)[i]);
    if (self->kind == DOUBLE) {
        double number = PyFloat_AsDouble(value);
        if (number == -1.0 && PyErr_Occurred())
            return -1;
        ((double *)self->at)[i] = number;
        return 0;
    }
    PyErr_SetString(PyExc_TypeError, "bytes cannot be stored one by one");
    return -1;
}

static Py_ssize_t index_of(Memory *self, PyObject *key)
{
    Py_ssize_t i = PyLong_AsSsize_t(key);
    if (i == -1 && PyErr_Occurred())
        return -1;
    if (i < 0 || i >= Py_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "index out of range");
        return -1;
    }
    return i;
}

static PyObject *memory_get(PyObject *self, PyObject *key)
{
    Py_ssize_t i = index_of((Memory *)self, key);
    return i < 0 ? NULL : item((Memory *)self, i);
}

static int memory_set(PyObject *self, PyObject *key, PyObject *value)
{
    Py_ssize_t i = index_of((Memory *)self, key);
    return i < 0 ? -1 : store((Memory *)self, i, value);
}

static Py_ssize_t memory_len(PyObject *self) { return Py_SIZE(self); }

static PyMappingMethods memory_mapping = {memory_len, memory_get, memory_set};
static PyTypeObject Memory_Type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_bench_limit.Memory",
    .tp_basicsize = sizeof(Memory),
    .tp_itemsize = 1,
    .tp_dealloc = memory_dealloc,
    .tp_as_mapping = &memory_mapping,
    .tp_flags = Py_TPFLAGS_DEFAULT,
};

static PyObject *array(enum kind kind, PyObject *list)
{
    Py_ssize_t length = PyList_Check(list) ? PyList_GET_SIZE(list) : PyTuple_Check(list) ? PyTuple_GET_SIZE(list) : -1;
    if (length < 0) {
        PyErr_SetString(PyExc_TypeError, "a list or tuple");
        return NULL;
    }
    Memory *made = memory(kind, length, NULL, NULL);
    for (Py_ssize_t i = 0; made && i < length; i++) {
        PyObject *value = PyList_Check(list) ? PyList_GET_ITEM(list, i) : PyTuple_GET_ITEM(list, i);
        if (store(made, i, value) < 0)
            Py_CLEAR(made);
    }
    return (PyObject *)made;
}

static PyObject *x_ints(PyObject *self, PyObject *list) { return array(INT, list); }
static PyObject *x_doubles(PyObject *self, PyObject *list) { return array(DOUBLE, list); }

static PyObject *x_new_int(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    Memory *made = memory(INT, 1, NULL, NULL);
    if (!made)
        return NULL;
    *(int *)made->at = 0;
    if (n > 0 && store(made, 0, args[0]) < 0)
        Py_CLEAR(made);
    return (PyObject *)made;
}

static PyObject *x_new_ints(PyObject *self, PyObject *length)
{
    Py_ssize_t n = PyLong_AsSsize_t(length);
    if (n < 0)
        return PyErr_Occurred() ? NULL : (PyErr_SetString(PyExc_ValueError, "negative"), NULL);
    Memory *made = memory(INT, n, NULL, NULL);
    if (made)
        memset(made->at, 0, (size_t)n * sizeof(int));
    return (PyObject *)made;
}

static PyObject *x_chars(PyObject *self, PyObject *bytes)
{
    char *text;
    Py_ssize_t n;
    if (PyBytes_AsStringAndSize(bytes, &text, &n) < 0)
        return NULL;
    Memory *made = memory(CHAR, n + 1, NULL, NULL);
    if (made)
        memcpy(made->at, text, (size_t)n + 1);
    return (PyObject *)made;
}

static Memory *is_memory(PyObject *object)
{
    if (Py_IS_TYPE(object, &Memory_Type))
        return (Memory *)object;
    PyErr_SetString(PyExc_TypeError, "not memory");
    return NULL;
}

static PyObject *x_unpack(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    Memory *from = is_count(n, 2) ? is_memory(args[0]) : NULL;
    Py_ssize_t length = from ? PyLong_AsSsize_t(args[1]) : -1;
    if (!from || length < 0 || length > Py_SIZE(from)) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "length");
        return NULL;
    }
    if (from->kind == CHAR)
        return PyBytes_FromStringAndSize(from->at, length);
    PyObject *list = PyList_New(length);
    for (Py_ssize_t i = 0; list && i < length; i++) {
        PyObject *value = item(from, i);
        if (!value)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, i, value);
    }
    return list;
}

static PyObject *x_string(PyObject *self, PyObject *object)
{
    Memory *from = is_memory(object);
    if (!from)
        return NULL;
    char *end = memchr(from->at, 0, (size_t)Py_SIZE(from));
    return PyBytes_FromStringAndSize(from->at, end ? end - from->at : Py_SIZE(from));
}

static PyObject *x_memmove(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    Memory *to = is_count(n, 3) ? is_memory(args[0]) : NULL;
    char *from;
    Py_ssize_t have, bytes = to ? PyLong_AsSsize_t(args[2]) : -1;
    if (!to || (bytes < 0 && PyErr_Occurred()) || PyBytes_AsStringAndSize(args[1], &from, &have) < 0)
        return NULL;
    if (bytes < 0 || bytes > have || bytes > Py_SIZE(to) * (Py_ssize_t)sizes[to->kind]) {
        PyErr_SetString(PyExc_ValueError, "length");
        return NULL;
    }
    memmove(to->at, from, (size_t)bytes);
    Py_RETURN_NONE;
}

/* A buffer of another object. */
typedef struct {
    PyObject_HEAD Py_buffer view;
} Buffer;
static int buffer_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((Buffer *)self)->view.obj);
    return 0;
}
static void buffer_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    PyBuffer_Release(&((Buffer *)self)->view);
    PyObject_GC_Del(self);
}
static PyTypeObject Buffer_Type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_bench_limit.Buffer",
    .tp_basicsize = sizeof(Buffer),
    .tp_dealloc = buffer_dealloc,
    .tp_traverse = buffer_traverse,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
};
static PyObject *x_from_buffer(PyObject *self, PyObject *object)
{
    Buffer *made = PyObject_GC_New(Buffer, &Buffer_Type);
    if (!made)
        return NULL;
    if (PyObject_GetBuffer(object, &made->view, PyBUF_SIMPLE) < 0) {
        PyObject_GC_Del(made);
        return NULL;
    }
    PyObject_GC_Track(made);
    return (PyObject *)made;
}

/* A pointer to a record, with its own storage or with another object's. */
typedef struct {
    PyObject_HEAD struct record *at;
    PyObject *owner;
    struct record own;
} Record;
typedef struct {
    PyObject_HEAD struct pair *at;
    PyObject *owner;
} Pair;
typedef struct {
    Pair pair;
    struct pair own;
} OwnPair;
static PyTypeObject Record_Type, Pair_Type;
static PyObject *s_x, *s_d, *s_low, *s_inner, *s_next, *s_items, *s_a, *s_b;

static PyObject *pointer_to(struct record *at)
{
    Record *made = PyObject_Malloc(offsetof(Record, own));
    if (!made)
        return PyErr_NoMemory();
    PyObject_Init((PyObject *)made, &Record_Type);
    made->at = at;
    made->owner = NULL;
    return (PyObject *)made;
}
static PyObject *x_record(PyObject *self, PyObject *unused)
{
    Record *made = PyObject_Malloc(sizeof(Record));
    if (!made)
        return PyErr_NoMemory();
    PyObject_Init((PyObject *)made, &Record_Type);
    made->at = &made->own;
    made->owner = NULL;
    memset(&made->own, 0, sizeof made->own);
    return (PyObject *)made;
}
static void record_dealloc(PyObject *self)
{
    PyObject *owner = ((Record *)self)->owner;
    PyObject_Free(self);
    Py_XDECREF(owner);
}
static PyObject *record_get(PyObject *self, PyObject *name)
{
    struct record *at = ((Record *)self)->at;
    if (name == s_x)
        return PyLong_FromLong(at->x);
    if (name == s_d)
        return PyFloat_FromDouble(at->d);
    if (name == s_low)
        return PyLong_FromLong(at->low);
    if (name == s_next)
        return pointer_to(at->next);
    if (name == s_items)
        return (PyObject *)memory(INT, 8, (char *)at->items, self);
    if (name == s_inner) {
        Pair *made = PyObject_Malloc(sizeof(Pair));
        if (!made)
            return PyErr_NoMemory();
        PyObject_Init((PyObject *)made, &Pair_Type);
        made->at = &at->inner;
        made->owner = Py_NewRef(self);
        return (PyObject *)made;
    }
    return PyObject_GenericGetAttr(self, name);
}
static int record_set(PyObject *self, PyObject *name, PyObject *value)
{
    struct record *at = ((Record *)self)->at;
    int number;
    if (name == s_x && value)
        return as_int(value, &at->x);
    if (name == s_d && value) {
        double real = PyFloat_AsDouble(value);
        if (real == -1.0 && PyErr_Occurred())
            return -1;
        at->d = real;
        return 0;
    }
    if (name == s_low && value) {
        if (as_int(value, &number) < 0)
            return -1;
        if (number < 0 || number > 31) {
            PyErr_SetString(PyExc_OverflowError, "does not fit five bits");
            return -1;
        }
        at->low = (unsigned)number;
        return 0;
    }
    if (name == s_next && value && Py_IS_TYPE(value, &Record_Type)) {
        at->next = ((Record *)value)->at;
        return 0;
    }
    return PyObject_GenericSetAttr(self, name, value);
}
static PyTypeObject Record_Type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_bench_limit.Record",
    .tp_basicsize = sizeof(Record),
    .tp_dealloc = record_dealloc,
    .tp_getattro = record_get,
    .tp_setattro = record_set,
    .tp_flags = Py_TPFLAGS_DEFAULT,
};
static void pair_dealloc(PyObject *self)
{
    PyObject *owner = ((Pair *)self)->owner;
    PyObject_Free(self);
    Py_XDECREF(owner);
}
static PyObject *pair_get(PyObject *self, PyObject *name)
{
    if (name == s_a)
        return PyLong_FromLong(((Pair *)self)->at->a);
    if (name == s_b)
        return PyLong_FromLong(((Pair *)self)->at->b);
    return PyObject_GenericGetAttr(self, name);
}
static PyTypeObject Pair_Type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_bench_limit.Pair",
    .tp_basicsize = sizeof(Pair),
    .tp_dealloc = pair_dealloc,
    .tp_getattro = pair_get,
    .tp_flags = Py_TPFLAGS_DEFAULT,
};

/* An object with a destructor in C. */
typedef struct {
    PyObject_HEAD PyObject *of;
    void *(*destructor)(void *);
} Gc;
static void gc_dealloc(PyObject *self)
{
    Gc *gc = (Gc *)self;
    CALLED(gc->destructor(((Memory *)gc->of)->at));
    Py_DECREF(gc->of);
    PyObject_Free(self);
}
static PyTypeObject Gc_Type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_bench_limit.Gc",
    .tp_basicsize = sizeof(Gc),
    .tp_dealloc = gc_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
};
static PyObject *x_gc(PyObject *self, PyObject *of)
{
    Gc *made = is_memory(of) ? PyObject_Malloc(sizeof(Gc)) : NULL;
    if (!made)
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    PyObject_Init((PyObject *)made, &Gc_Type);
    made->of = Py_NewRef(of);
    made->destructor = same;
    return (PyObject *)made;
}

/* The functions of the library. */
static PyObject *x_zero(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    int result;
    if (!is_count(n, 0))
        return NULL;
    CALLED(result = zero());
    return PyLong_FromLong(result);
}
static PyObject *x_nothing(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    if (!is_count(n, 0))
        return NULL;
    CALLED(nothing());
    Py_RETURN_NONE;
}
static PyObject *x_inc(PyObject *self, PyObject *arg)
{
    int value;
    if (as_int(arg, &value) < 0)
        return NULL;
    CALLED(value = inc(value));
    return PyLong_FromLong(value);
}
static PyObject *x_inc64(PyObject *self, PyObject *arg)
{
    long long value = PyLong_AsLongLong(arg);
    if (value == -1 && PyErr_Occurred())
        return NULL;
    CALLED(value = inc64(value));
    return PyLong_FromLongLong(value);
}
static PyObject *x_half(PyObject *self, PyObject *arg)
{
    double value = PyFloat_AsDouble(arg);
    if (value == -1.0 && PyErr_Occurred())
        return NULL;
    CALLED(value = half(value));
    return PyFloat_FromDouble(value);
}
static PyObject *x_length(PyObject *self, PyObject *arg)
{
    size_t result;
    const char *text = Py_IS_TYPE(arg, &Memory_Type) ? ((Memory *)arg)->at : PyBytes_AsString(arg);
    if (!text)
        return NULL;
    CALLED(result = length(text));
    return PyLong_FromSize_t(result);
}
static PyObject *x_same_record(PyObject *self, PyObject *arg)
{
    struct record *at;
    if (!Py_IS_TYPE(arg, &Record_Type)) {
        PyErr_SetString(PyExc_TypeError, "not a record");
        return NULL;
    }
    CALLED(at = same_record(((Record *)arg)->at));
    return pointer_to(at);
}
static PyObject *x_next_colour(PyObject *self, PyObject *arg)
{
    int value;
    if (as_int(arg, &value) < 0)
        return NULL;
    CALLED(value = (int)next_colour((enum colour)value));
    return PyLong_FromLong(value);
}
static PyObject *x_compare(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    char *a, *b;
    int result;
    if (!is_count(n, 3) || !(a = PyBytes_AsString(args[0])) || !(b = PyBytes_AsString(args[1])))
        return NULL;
    size_t size = PyLong_AsSize_t(args[2]);
    if (size == (size_t)-1 && PyErr_Occurred())
        return NULL;
    CALLED(result = compare(a, b, size));
    return PyLong_FromLong(result);
}
static PyObject *x_scale(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    int times;
    double value;
    if (!is_count(n, 2) || as_int(args[0], &times) < 0 || doubles(args + 1, 1, 1, &value) < 0)
        return NULL;
    CALLED(value = scale(times, value));
    return PyFloat_FromDouble(value);
}
static PyObject *x_sum_ints(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    int count, result;
    Memory *items = is_count(n, 2) ? is_memory(args[0]) : NULL;
    if (!items || as_int(args[1], &count) < 0)
        return NULL;
    CALLED(result = sum_ints((int *)items->at, count));
    return PyLong_FromLong(result);
}
#define INTS(name, count, ...)                                                                                         \
    static PyObject *x_##name(PyObject *self, PyObject *const *args, Py_ssize_t n)                                     \
    {                                                                                                                  \
        int v[count], result;                                                                                          \
        if (ints(args, n, count, v) < 0)                                                                               \
            return NULL;                                                                                               \
        CALLED(result = name(__VA_ARGS__));                                                                            \
        return PyLong_FromLong(result);                                                                                \
    }
INTS(add2, 2, v[0], v[1])
INTS(add4, 4, v[0], v[1], v[2], v[3])
INTS(add6, 6, v[0], v[1], v[2], v[3], v[4], v[5])
INTS(add10, 10, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9])
static PyObject *x_sum6(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    double v[6], result;
    if (doubles(args, n, 6, v) < 0)
        return NULL;
    CALLED(result = sum6(v[0], v[1], v[2], v[3], v[4], v[5]));
    return PyFloat_FromDouble(result);
}

/* The same for functions that are known to return at once: the GIL is kept. */
#undef CALLED
#define CALLED(code)                                                                                                   \
    do {                                                                                                               \
        errno = saved_errno;                                                                                           \
        code;                                                                                                          \
        saved_errno = errno;                                                                                           \
    } while (0)
static PyObject *x_keep_inc(PyObject *self, PyObject *arg)
{
    int value;
    if (as_int(arg, &value) < 0)
        return NULL;
    CALLED(value = inc(value));
    return PyLong_FromLong(value);
}
static PyObject *x_keep_half(PyObject *self, PyObject *arg)
{
    double value = PyFloat_AsDouble(arg);
    if (value == -1.0 && PyErr_Occurred())
        return NULL;
    CALLED(value = half(value));
    return PyFloat_FromDouble(value);
}
#define keep_add2 add2
#define keep_add6 add6
INTS(keep_add2, 2, v[0], v[1])
INTS(keep_add6, 6, v[0], v[1], v[2], v[3], v[4], v[5])
#undef keep_add2
#undef keep_add6

/* Callbacks: one Python function at a time, called from any thread. */
static PyObject *callable;
static int call_python(int x)
{
    saved_errno = errno;
    PyGILState_STATE state = PyGILState_Ensure();
    int result = -1;
    PyObject *arg = PyLong_FromLong(x);
    PyObject *value = arg ? PyObject_CallOneArg(callable, arg) : NULL;
    Py_XDECREF(arg);
    if (!value || as_int(value, &result) < 0)
        PyErr_WriteUnraisable(callable);
    Py_XDECREF(value);
    PyGILState_Release(state);
    errno = saved_errno;
    return result;
}
#undef CALLED
#define CALLED(code)                                                                                                   \
    do {                                                                                                               \
        PyThreadState *state_ = PyEval_SaveThread();                                                                   \
        errno = saved_errno;                                                                                           \
        code;                                                                                                          \
        saved_errno = errno;                                                                                           \
        PyEval_RestoreThread(state_);                                                                                  \
    } while (0)
static PyObject *x_call_back(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    int value;
    if (!is_count(n, 2) || as_int(args[1], &value) < 0)
        return NULL;
    callable = args[0];
    CALLED(value = call_back(call_python, value));
    return PyLong_FromLong(value);
}
static PyObject *x_call_many(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    int value;
    long long result;
    if (!is_count(n, 2) || as_int(args[1], &value) < 0)
        return NULL;
    callable = args[0];
    CALLED(result = call_many(call_python, value));
    return PyLong_FromLongLong(result);
}

/* What a library's module has besides: a variable, a constant, errno. */
static PyObject *s_counter, *s_errno, *s_blue, *blue;
typedef struct {
    PyObject_HEAD PyObject *functions;
} Lib;
static PyObject *lib_get(PyObject *self, PyObject *name)
{
    if (name == s_counter)
        return PyLong_FromLong(counter);
    if (name == s_errno)
        return PyLong_FromLong(saved_errno);
    if (name == s_blue)
        return Py_NewRef(blue);
    PyObject *found = PyDict_GetItemWithError(((Lib *)self)->functions, name);
    return found ? Py_NewRef(found) : PyErr_Occurred() ? NULL : PyObject_GenericGetAttr(self, name);
}
static int lib_set(PyObject *self, PyObject *name, PyObject *value)
{
    if (name == s_counter && value)
        return as_int(value, &counter);
    return PyObject_GenericSetAttr(self, name, value);
}
static PyTypeObject Lib_Type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_bench_limit.Lib",
    .tp_basicsize = sizeof(Lib),
    .tp_getattro = lib_get,
    .tp_setattro = lib_set,
    .tp_flags = Py_TPFLAGS_DEFAULT,
};

static PyObject *x_pairs(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    int values[2];
    if (ints(args, n, 2, values) < 0)
        return NULL;
    OwnPair *made = PyObject_Malloc(sizeof(OwnPair));
    if (!made)
        return PyErr_NoMemory();
    PyObject_Init((PyObject *)made, &Pair_Type);
    made->own = (struct pair){values[0], values[1]};
    made->pair.at = &made->own;
    made->pair.owner = NULL;
    return (PyObject *)made;
}

#define FAST(name) {#name, (PyCFunction)(void (*)(void))x_##name, METH_FASTCALL, NULL}
#define ONE(name) {#name, x_##name, METH_O, NULL}
static PyMethodDef methods[] = {
    FAST(zero), FAST(nothing), ONE(inc), ONE(inc64), ONE(half), ONE(length), ONE(same_record), ONE(next_colour),
    FAST(compare), FAST(scale), FAST(sum_ints), FAST(add2), FAST(add4), FAST(add6), FAST(add10), FAST(sum6),
    ONE(ints), ONE(doubles), FAST(new_int), ONE(new_ints), ONE(chars), FAST(unpack), ONE(string), FAST(memmove),
    ONE(from_buffer), {"record", x_record, METH_NOARGS, NULL}, ONE(gc), FAST(pairs),
    ONE(keep_inc), ONE(keep_half), FAST(keep_add2), FAST(keep_add6), FAST(call_back), FAST(call_many), {NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_bench_limit", NULL, -1, methods};

PyMODINIT_FUNC PyInit__bench_limit(void)
{
    PyTypeObject *types[] = {&Memory_Type, &Buffer_Type, &Record_Type, &Pair_Type, &Gc_Type, &Lib_Type};
    struct {
        PyObject **to;
        const char *text;
    } names[] = {{&s_x, "x"}, {&s_d, "d"}, {&s_low, "low"}, {&s_inner, "inner"}, {&s_next, "next"}, {&s_items, "items"},
                 {&s_a, "a"}, {&s_b, "b"}, {&s_counter, "counter"}, {&s_errno, "errno"}, {&s_blue, "BLUE"}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (PyType_Ready(types[i]) < 0)
            return NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!(*names[i].to = PyUnicode_InternFromString(names[i].text)))
            return NULL;
    PyObject *made = PyModule_Create(&module);
    Lib *lib = PyObject_New(Lib, &Lib_Type);
    if (!made || !lib || !(blue = PyLong_FromLong(BLUE)))
        return NULL;
    lib->functions = Py_NewRef(PyModule_GetDict(made));
    return PyModule_AddObject(made, "lib", (PyObject *)lib) < 0 ? NULL : made;
}
