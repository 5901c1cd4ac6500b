
/* A library with Python inside: the first call of a function that Python defines starts the interpreter, makes the
   module, and runs the code of the library's author. */

#include <errno.h>
#include <stdio.h>
#if defined(_WIN32)
#  include <windows.h>
#else
#  include <pthread.h>
#endif

typedef void (*_cffi_call_function)(struct _cffi_externpy_s *, char *);
static void _cffi_first_call(struct _cffi_externpy_s *function, char *arguments);
static _cffi_call_function volatile _cffi_entry = _cffi_first_call;
#ifndef PYPY_VERSION
#  undef _cffi_call_python
#  define _cffi_call_python(function, arguments) _cffi_entry(function, arguments)
#  define _cffi_backend_function _cffi_exports[25]
#else
static void (*_cffi_pypy_call)(struct _cffi_externpy_s *, char *);
#  define _cffi_call_python _cffi_pypy_call
#  define _cffi_backend_function _cffi_pypy_call
#endif

/* Threads. */

#if defined(_MSC_VER)
#  define _cffi_own_of_thread static __declspec(thread)
#  define _cffi_barrier() MemoryBarrier()
#  define _cffi_exchange(place, old, new) (InterlockedCompareExchangePointer((void *volatile *)(place), new, old) == (old))
#  define _cffi_exchange_int(place, old, new) (InterlockedCompareExchange((long volatile *)(place), new, old) == (old))
#else
#  define _cffi_own_of_thread static __thread
#  define _cffi_barrier() __sync_synchronize()
#  define _cffi_exchange(place, old, new) __sync_bool_compare_and_swap(place, old, new)
#  define _cffi_exchange_int(place, old, new) __sync_bool_compare_and_swap(place, old, new)
#endif
#if defined(_WIN32)
static SRWLOCK _cffi_start_lock = SRWLOCK_INIT;
#  define _cffi_lock_start() AcquireSRWLockExclusive(&_cffi_start_lock)
#  define _cffi_unlock_start() ReleaseSRWLockExclusive(&_cffi_start_lock)
#  define _cffi_pause() SwitchToThread()
#else
#  include <sched.h>
static pthread_mutex_t _cffi_start_lock = PTHREAD_MUTEX_INITIALIZER;
#  define _cffi_lock_start() pthread_mutex_lock(&_cffi_start_lock)
#  define _cffi_unlock_start() pthread_mutex_unlock(&_cffi_start_lock)
#  define _cffi_pause() sched_yield()
#endif

#ifndef PYPY_VERSION
PyMODINIT_FUNC _CFFI_STARTED_MODULE(void);

/* Starts the interpreter. Other libraries with Python inside may do that at once, in threads of their own. All of them
   take turns by one word inside of CPython that is 0 otherwise: this is an agreement between such libraries. */
static int _cffi_start_interpreter(void)
{
#if PY_VERSION_HEX >= 0x030C0000
    static struct {
        PyBufferProcs none;
        int mark;
    } taken;
    PyBufferProcs *volatile *word = (PyBufferProcs *volatile *)&PyCapsule_Type.tp_as_buffer;
    taken.mark = -42;
    while (!_cffi_exchange(word, (PyBufferProcs *)NULL, &taken.none))
        _cffi_pause();
#else
    int volatile *word = (int volatile *)&PyCapsule_Type.tp_version_tag;
    int before;
    for (;;) {
        before = *word;
        if (before != -42 && _cffi_exchange_int(word, before, -42))
            break;
        _cffi_pause();
    }
#endif
    if (!Py_IsInitialized()) {
        Py_InitializeEx(0);
        PyEval_SaveThread();
    }
#if PY_VERSION_HEX >= 0x030C0000
    while (!_cffi_exchange(word, &taken.none, (PyBufferProcs *)NULL))
        _cffi_pause();
#else
    while (!_cffi_exchange_int(word, -42, before))
        _cffi_pause();
#endif
    return 0;
}

/* Tells why the code of the library failed, on sys.stderr. */
static void _cffi_tell_failure(void)
{
    PyObject *type, *value, *trace, *out, *backend, *file;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    out = PySys_GetObject("stderr");
    if (out != NULL && out != Py_None) {
        PyFile_WriteString("The Python code inside of the library " _CFFI_MODULE_NAME " has failed at its start:\n\n", out);
        if (type != NULL)
            PyErr_Display(type, value, trace);
        PyFile_WriteString("\nThe library was written by ferrocffi. Backend: ", out);
        backend = PyDict_GetItemString(PyImport_GetModuleDict(), "_cffi_backend");
        file = backend != NULL ? PyObject_GetAttrString(backend, "__file__") : NULL;
        if (file != NULL)
            PyFile_WriteObject(file, out, Py_PRINT_RAW);
        else
            PyFile_WriteString("not loaded", out);
        Py_XDECREF(file);
        PyErr_Clear();
        PyFile_WriteString("\nsys.path: ", out);
        file = PySys_GetObject("path");
        if (file != NULL)
            PyFile_WriteObject(file, out, 0);
        PyFile_WriteString("\n\n", out);
    }
    PyErr_Clear();
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
}

/* Makes the module, and runs the code of the library. */
static int _cffi_start_module(void)
{
    PyObject *code = NULL, *names = NULL, *done = NULL;
    PyGILState_STATE state = PyGILState_Ensure();
    (void)_CFFI_STARTED_MODULE();
    if (!PyErr_Occurred())
        code = Py_CompileString((const char *)_cffi_start_code, "<init code for '" _CFFI_MODULE_NAME "'>", Py_file_input);
    if (code != NULL)
        names = PyDict_New();
    if (names != NULL && PyDict_SetItemString(names, "__builtins__", PyEval_GetBuiltins()) == 0)
        done = PyEval_EvalCode(code, names, names);
    if (done == NULL)
        _cffi_tell_failure();
    Py_XDECREF(code);
    Py_XDECREF(names);
    Py_XDECREF(done);
    PyGILState_Release(state);
    return done == NULL ? -1 : 0;
}
#else
PyMODINIT_FUNC _CFFI_STARTED_MODULE(const void *[]);
extern int pypy_carefully_make_gil(const char *);
struct _cffi_pypy_module {
    const char *name;
    void *function;
    const char *code;
};
extern int pypy_init_embedded_cffi_module(int, struct _cffi_pypy_module *);

static int _cffi_start_interpreter(void)
{
    return pypy_carefully_make_gil(_CFFI_MODULE_NAME);
}

static int _cffi_start_module(void)
{
    static struct _cffi_pypy_module module;
    module.name = _CFFI_MODULE_NAME;
    module.function = (void *)_CFFI_STARTED_MODULE;
    module.code = (const char *)_cffi_start_code;
    return pypy_init_embedded_cffi_module(0xB011, &module);
}
#endif

/* Starts everything once. Returns the function that calls Python, or 0 if the start has failed. A thread that comes back
   here from the code of the library goes on with what there is; other threads wait. */
static _cffi_call_function _cffi_start_python(void)
{
    static int is_started;
    _cffi_own_of_thread int is_starting;
    if (is_starting)
        return (_cffi_call_function)_cffi_backend_function;
    if (_cffi_start_interpreter() != 0)
        return 0;
    _cffi_lock_start();
    if (!is_started) {
        is_starting = 1;
        if (_cffi_start_module() == 0) {
            _cffi_barrier();
            _cffi_entry = (_cffi_call_function)_cffi_backend_function;
        }
        else
            _cffi_backend_function = 0;
        is_starting = 0;
        is_started = 1;
    }
    _cffi_unlock_start();
    return (_cffi_call_function)_cffi_backend_function;
}

static void _cffi_first_call(struct _cffi_externpy_s *function, char *arguments)
{
    int error = errno;
    _cffi_call_function call = _cffi_start_python();
    if (call == 0) {
        fprintf(stderr, "%s() returns 0, because the Python code inside of the library has failed at its start.\n",
                function->name);
        memset(arguments, 0, function->size_of_result);
    }
    errno = error;
    if (call != 0)
        call(function, arguments);
}

/* For the code of the library's author: starts Python before the first call. Returns -1 if that fails. */
_CFFI_UNUSED_FN static int cffi_start_python(void)
{
    if (_cffi_entry == _cffi_first_call && _cffi_start_python() == 0)
        return -1;
    _cffi_barrier();
    return 0;
}
