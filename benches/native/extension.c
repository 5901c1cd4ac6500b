/* What an author would write by hand for the same functions: METH_O and METH_FASTCALL, the GIL kept. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include "declarations.h"

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

static int ints(PyObject *const *args, Py_ssize_t got, Py_ssize_t wanted, int *out)
{
    if (got != wanted) {
        PyErr_Format(PyExc_TypeError, "%zd arguments, not %zd", wanted, got);
        return -1;
    }
    for (Py_ssize_t i = 0; i < got; i++)
        if (as_int(args[i], &out[i]) < 0)
            return -1;
    return 0;
}

static int doubles(PyObject *const *args, Py_ssize_t got, Py_ssize_t wanted, double *out)
{
    if (got != wanted) {
        PyErr_Format(PyExc_TypeError, "%zd arguments, not %zd", wanted, got);
        return -1;
    }
    for (Py_ssize_t i = 0; i < got; i++) {
        out[i] = PyFloat_AsDouble(args[i]);
        if (out[i] == -1.0 && PyErr_Occurred())
            return -1;
    }
    return 0;
}

static PyObject *x_zero(PyObject *self, PyObject *unused) { return PyLong_FromLong(zero()); }

static PyObject *x_nothing(PyObject *self, PyObject *unused)
{
    nothing();
    Py_RETURN_NONE;
}

static PyObject *x_inc(PyObject *self, PyObject *arg)
{
    int value;
    return as_int(arg, &value) < 0 ? NULL : PyLong_FromLong(inc(value));
}

static PyObject *x_inc64(PyObject *self, PyObject *arg)
{
    long long value = PyLong_AsLongLong(arg);
    return value == -1 && PyErr_Occurred() ? NULL : PyLong_FromLongLong(inc64(value));
}

static PyObject *x_half(PyObject *self, PyObject *arg)
{
    double value = PyFloat_AsDouble(arg);
    return value == -1.0 && PyErr_Occurred() ? NULL : PyFloat_FromDouble(half(value));
}

static PyObject *x_length(PyObject *self, PyObject *arg)
{
    char *text;
    return PyBytes_AsStringAndSize(arg, &text, NULL) < 0 ? NULL : PyLong_FromSize_t(length(text));
}

static PyObject *x_compare(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    char *a, *b;
    size_t size;
    if (n != 3) {
        PyErr_SetString(PyExc_TypeError, "3 arguments");
        return NULL;
    }
    if (PyBytes_AsStringAndSize(args[0], &a, NULL) < 0 || PyBytes_AsStringAndSize(args[1], &b, NULL) < 0)
        return NULL;
    size = PyLong_AsSize_t(args[2]);
    if (size == (size_t)-1 && PyErr_Occurred())
        return NULL;
    return PyLong_FromLong(compare(a, b, size));
}

static PyObject *x_add2(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    int v[2];
    return ints(args, n, 2, v) < 0 ? NULL : PyLong_FromLong(add2(v[0], v[1]));
}

static PyObject *x_add4(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    int v[4];
    return ints(args, n, 4, v) < 0 ? NULL : PyLong_FromLong(add4(v[0], v[1], v[2], v[3]));
}

static PyObject *x_add6(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    int v[6];
    return ints(args, n, 6, v) < 0 ? NULL : PyLong_FromLong(add6(v[0], v[1], v[2], v[3], v[4], v[5]));
}

static PyObject *x_sum6(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    double v[6];
    return doubles(args, n, 6, v) < 0 ? NULL : PyFloat_FromDouble(sum6(v[0], v[1], v[2], v[3], v[4], v[5]));
}

static PyObject *x_add10(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    int v[10];
    if (ints(args, n, 10, v) < 0)
        return NULL;
    return PyLong_FromLong(add10(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9]));
}

static PyObject *callable; /* borrowed for the length of one call */

static int call_python(int x)
{
    PyGILState_STATE state = PyGILState_Ensure();
    int value = -1;
    PyObject *arg = PyLong_FromLong(x);
    PyObject *result = arg ? PyObject_CallOneArg(callable, arg) : NULL;
    if (!result || as_int(result, &value) < 0)
        PyErr_WriteUnraisable(callable);
    Py_XDECREF(result);
    Py_XDECREF(arg);
    PyGILState_Release(state);
    return value;
}

static PyObject *x_call_back(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    int value, result;
    if (n != 2 || as_int(args[1], &value) < 0)
        return NULL;
    callable = args[0];
    Py_BEGIN_ALLOW_THREADS
    result = call_back(call_python, value);
    Py_END_ALLOW_THREADS
    return PyLong_FromLong(result);
}

static PyObject *x_call_many(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    int value;
    long long result;
    if (n != 2 || as_int(args[1], &value) < 0)
        return NULL;
    callable = args[0];
    Py_BEGIN_ALLOW_THREADS
    result = call_many(call_python, value);
    Py_END_ALLOW_THREADS
    return PyLong_FromLongLong(result);
}

#define FAST(name) {#name, (PyCFunction)(void (*)(void))x_##name, METH_FASTCALL, NULL}
static PyMethodDef methods[] = {
    {"zero", x_zero, METH_NOARGS, NULL},
    {"nothing", x_nothing, METH_NOARGS, NULL},
    {"inc", x_inc, METH_O, NULL},
    {"inc64", x_inc64, METH_O, NULL},
    {"half", x_half, METH_O, NULL},
    {"length", x_length, METH_O, NULL},
    FAST(compare),
    FAST(add2),
    FAST(add4),
    FAST(add6),
    FAST(sum6),
    FAST(add10),
    FAST(call_back),
    FAST(call_many),
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_bench_direct", NULL, -1, methods};
PyMODINIT_FUNC PyInit__bench_direct(void) { return PyModule_Create(&module); }
