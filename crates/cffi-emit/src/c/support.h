/* What the code below needs. It is a part of each generated file, so nothing has to be installed to compile it.
   All names begin with _cffi_ or _CFFI_: after the source of the user, no other names of this part are used. */

/* The source of the user may ask for it. */
#define _CFFI_

#if !defined(_CFFI_USE_EMBEDDING) && !defined(_CFFI_NO_LIMITED_API) && !defined(Py_LIMITED_API)
#  ifndef _MSC_VER
#    include <pyconfig.h>
#  endif
#  if !defined(Py_DEBUG) && !defined(Py_TRACE_REFS) && !defined(Py_REF_DEBUG) && !defined(_DEBUG)
#    if !defined(Py_GIL_DISABLED)
#      define Py_LIMITED_API 0x03060000
#    elif defined(Py_TARGET_ABI3T)
#      define Py_LIMITED_API 0x030f0000
#    endif
#  endif
#endif

#include <Python.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(_MSC_VER)
#  define _CFFI_INLINE static __inline
#elif defined(__GNUC__)
#  define _CFFI_INLINE static inline __attribute__((unused))
#else
#  define _CFFI_INLINE static inline
#endif
#ifdef __GNUC__
#  define _CFFI_UNUSED_FN __attribute__((unused))
#else
#  define _CFFI_UNUSED_FN
#endif
#if defined(_WIN32)
#  define _cffi_stdcall __stdcall
#  define CFFI_DLLEXPORT __declspec(dllexport)
#else
#  define _cffi_stdcall
#  ifdef __GNUC__
#    define CFFI_DLLEXPORT __attribute__((visibility("default")))
#  else
#    define CFFI_DLLEXPORT
#  endif
#endif
#if defined(_MSC_VER)
#  define _cffi_float_complex_t _Fcomplex
#  define _cffi_double_complex_t _Dcomplex
#else
#  define _cffi_float_complex_t float _Complex
#  define _cffi_double_complex_t double _Complex
#endif
#if defined(__cplusplus) && !defined(_Bool)
typedef bool _Bool;
#endif

/* The tables. The backend reads them, and replaces each word of the table of types by the type once it is made. */

#define _CFFI_OP(op, arg) ((void *)((uintptr_t)_CFFI_OP_##op | ((uintptr_t)(arg) << 8)))
#define _CFFI_LENGTH(length) ((void *)(uintptr_t)(length))
#define _CFFI_OP_PRIMITIVE 1
#define _CFFI_OP_POINTER 3
#define _CFFI_OP_ARRAY 5
#define _CFFI_OP_OPEN_ARRAY 7
#define _CFFI_OP_STRUCT_UNION 9
#define _CFFI_OP_ENUM 11
#define _CFFI_OP_FUNCTION 13
#define _CFFI_OP_FUNCTION_END 15
#define _CFFI_OP_NOOP 17
#define _CFFI_OP_BITFIELD 19
#define _CFFI_OP_CPYTHON_BLTN_V 23
#define _CFFI_OP_CPYTHON_BLTN_N 25
#define _CFFI_OP_CPYTHON_BLTN_O 27
#define _CFFI_OP_CONSTANT 29
#define _CFFI_OP_CONSTANT_INT 31
#define _CFFI_OP_GLOBAL_VAR_F 39
#define _CFFI_OP_EXTERN_PYTHON 41

#define _CFFI_F_UNION 1
#define _CFFI_F_CHECK_FIELDS 2
#define _CFFI_F_PACKED 4
#define _CFFI_F_EXTERNAL 8
#define _CFFI_F_OPAQUE 16

struct _cffi_global_s {
    const char *name;
    void *address;
    void *type_op;
    void *size_or_direct_fn;
};

struct _cffi_struct_union_s {
    const char *name;
    int type_index;
    int flags;
    size_t size;
    int alignment;
    int first_field_index;
    int num_fields;
};

struct _cffi_field_s {
    const char *name;
    size_t field_offset;
    size_t field_size;
    void *field_type_op;
};

struct _cffi_enum_s {
    const char *name;
    int type_index;
    int type_prim;
    const char *enumerators;
};

struct _cffi_typename_s {
    const char *name;
    int type_index;
};

struct _cffi_type_context_s {
    void **types;
    const struct _cffi_global_s *globals;
    const struct _cffi_field_s *fields;
    const struct _cffi_struct_union_s *struct_unions;
    const struct _cffi_enum_s *enums;
    const struct _cffi_typename_s *typenames;
    int num_globals;
    int num_struct_unions;
    int num_enums;
    int num_typenames;
    const char *const *includes;
    int num_types;
    int flags;
};

struct _cffi_externpy_s {
    const char *name;
    size_t size_of_result;
    void *reserved1;
    void *reserved2;
};

/* Facts that the C compiler fills in. */

#define _cffi_copy memcpy

#define _cffi_array_len(array) (sizeof(array) / sizeof((array)[0]))
#define _cffi_prim_int(size, negative)                                                                                 \
    ((size) == 1 ? ((negative) ? 17 : 18) : (size) == 2 ? ((negative) ? 19 : 20) : (size) == 4 ? ((negative) ? 21 : 22) \
     : (size) == 8 ? ((negative) ? 23 : 24) : -1)
#define _cffi_prim_of_int(type) _cffi_prim_int(sizeof(type), (((type)-1) | 0) <= 0)
#define _cffi_prim_of_enum(type) _cffi_prim_int(sizeof(type), ((type)-1) <= 0)
/* In C++, an enum may have no value -1, and compilers warn of the conversion that asks for the sign. */
#if defined(__cplusplus) && defined(__GNUC__)
#  define _CFFI_ENUMS_BEGIN                                                                                            \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wconversion\"")                                   \
        _Pragma("GCC diagnostic ignored \"-Wsign-conversion\"")
#  define _CFFI_ENUMS_END _Pragma("GCC diagnostic pop")
#else
#  define _CFFI_ENUMS_BEGIN
#  define _CFFI_ENUMS_END
#endif
#define _cffi_prim_of_float(type)                                                                                      \
    ((type)0.5 == 0 ? -2 : sizeof(type) == sizeof(float) ? 13 : sizeof(type) == sizeof(double) ? 14                     \
     : sizeof(type) == sizeof(long double) ? -3 : -2)
#define _cffi_offset_behind(pointer, member) ((size_t)(((char *)&((pointer)4096)->member) - (char *)4096))

#ifndef PYPY_VERSION

/* The functions of the backend, by their numbers. */

static void *_cffi_exports[28];
struct _cffi_ctypedescr;
typedef struct _cffi_ctypedescr *_cffi_ctype;
typedef PyObject *_cffi_object;
#define _cffi_type(index) ((_cffi_ctype)_cffi_types[index])

#define _cffi_export(number, result, arguments) ((result(*) arguments)_cffi_exports[number])
#define _cffi_to_char _cffi_export(9, int, (PyObject *))
#define _cffi_from_pointer _cffi_export(10, PyObject *, (char *, _cffi_ctype))
#define _cffi_to_pointer _cffi_export(11, char *, (PyObject *, _cffi_ctype))
#define _cffi_from_char _cffi_export(15, PyObject *, (char))
#define _cffi_from_memory _cffi_export(16, PyObject *, (char *, _cffi_ctype))
#define _cffi_to_memory _cffi_export(17, int, (char *, _cffi_ctype, PyObject *))
#define _cffi_from_struct _cffi_export(18, PyObject *, (char *, _cffi_ctype))
#define _cffi_to_wchar_t _cffi_export(19, wchar_t, (PyObject *))
#define _cffi_from_wchar_t _cffi_export(20, PyObject *, (wchar_t))
#define _cffi_to_long_double _cffi_export(21, long double, (PyObject *))
#define _cffi_to_bool _cffi_export(22, _Bool, (PyObject *))
#define _cffi_to_double PyFloat_AsDouble
#define _cffi_from_double PyFloat_FromDouble
#define _cffi_from_bool PyBool_FromLong
#define _cffi_call_python _cffi_export(25, void, (struct _cffi_externpy_s *, char *))

_CFFI_INLINE int _cffi_failed(void)
{
    return PyErr_Occurred() != NULL;
}

_CFFI_INLINE PyObject *_cffi_none(void)
{
    Py_INCREF(Py_None);
    return Py_None;
}

#define _cffi_unpack PyArg_UnpackTuple

/* Integers: the type decides when the program is compiled. */

#define _cffi_is_unsigned(type) (((type)-1) > 0)
#define _cffi_to_int(object, type) ((type)_cffi_integer(object, sizeof(type), _cffi_is_unsigned(type)))
#define _cffi_from_int(value, type)                                                                                    \
    (_cffi_is_unsigned(type) ? _cffi_from_unsigned((unsigned long long)(value), sizeof(type))                          \
                             : _cffi_from_signed((long long)(value), sizeof(type)))

_CFFI_INLINE long long _cffi_integer(PyObject *object, size_t size, int is_unsigned)
{
    switch (size) {
    case 1:
        return is_unsigned ? _cffi_export(2, int, (PyObject *))(object) : _cffi_export(1, int, (PyObject *))(object);
    case 2:
        return is_unsigned ? _cffi_export(4, int, (PyObject *))(object) : _cffi_export(3, int, (PyObject *))(object);
    case 4:
        return is_unsigned ? (long long)_cffi_export(6, unsigned int, (PyObject *))(object)
                           : (long long)_cffi_export(5, int, (PyObject *))(object);
    case 8:
        return is_unsigned ? (long long)_cffi_export(8, unsigned long long, (PyObject *))(object)
                           : _cffi_export(7, long long, (PyObject *))(object);
    default:
        PyErr_SetString(PyExc_NotImplementedError, "an integer type of this size");
        return -1;
    }
}

_CFFI_INLINE PyObject *_cffi_from_unsigned(unsigned long long value, size_t size)
{
    if (size < sizeof(long))
        return PyLong_FromLong((long)value);
    return size == sizeof(long) ? PyLong_FromUnsignedLong((unsigned long)value) : PyLong_FromUnsignedLongLong(value);
}

_CFFI_INLINE PyObject *_cffi_from_signed(long long value, size_t size)
{
    return size <= sizeof(long) ? PyLong_FromLong((long)value) : PyLong_FromLongLong(value);
}

/* char16_t and char32_t: one of them has the size of wchar_t. */

_CFFI_INLINE uint16_t _cffi_to_char16_t(PyObject *object)
{
    return sizeof(wchar_t) == 2 ? (uint16_t)_cffi_to_wchar_t(object)
                                : (uint16_t)_cffi_export(26, int, (PyObject *))(object);
}

_CFFI_INLINE uint32_t _cffi_to_char32_t(PyObject *object)
{
    return sizeof(wchar_t) == 4 ? (uint32_t)_cffi_to_wchar_t(object)
                                : (uint32_t)_cffi_export(26, int, (PyObject *))(object);
}

_CFFI_INLINE PyObject *_cffi_from_char16_t(uint16_t value)
{
    return sizeof(wchar_t) == 2 ? _cffi_from_wchar_t((wchar_t)value)
                                : _cffi_export(27, PyObject *, (int))((int)value);
}

_CFFI_INLINE PyObject *_cffi_from_char32_t(uint32_t value)
{
    return sizeof(wchar_t) == 4 ? _cffi_from_wchar_t((wchar_t)value)
                                : _cffi_export(27, PyObject *, (int))((int)value);
}

/* Arrays that are made of Python objects for a call: short ones in the frame of the caller, long ones on the heap. */

struct _cffi_block {
    struct _cffi_block *next;
    union {
        long long integer;
        long double number;
        void *pointer;
    } align;
};

struct _cffi_room {
    struct _cffi_block *blocks;
    size_t used;
    union {
        long long integer;
        long double number;
        void *pointer;
        char bytes[640];
    } here;
};

_CFFI_INLINE void _cffi_enter(struct _cffi_room *room)
{
    room->blocks = NULL;
    room->used = 0;
}

_CFFI_UNUSED_FN static int _cffi_make_array(struct _cffi_room *room, _cffi_ctype type, PyObject *object,
                                            Py_ssize_t size, char **out)
{
    const size_t align = sizeof(long double);
    size_t bytes = (size_t)size;
    if (size < 0)
        return -1;
    if (bytes <= sizeof(room->here.bytes) - room->used) {
        *out = room->here.bytes + room->used;
        room->used += (bytes + align - 1) / align * align;
        if (room->used > sizeof(room->here.bytes))
            room->used = sizeof(room->here.bytes);
    }
    else {
        struct _cffi_block *block =
            (struct _cffi_block *)PyObject_Malloc(offsetof(struct _cffi_block, align) + bytes);
        if (block == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        block->next = room->blocks;
        room->blocks = block;
        *out = (char *)&block->align;
    }
    memset(*out, 0, bytes);
    return _cffi_export(24, int, (char *, _cffi_ctype, PyObject *))(*out, type, object);
}

_CFFI_INLINE int _cffi_to_array(struct _cffi_room *room, _cffi_ctype type, PyObject *object, char **out)
{
    Py_ssize_t size = _cffi_export(23, Py_ssize_t, (_cffi_ctype, PyObject *, char **))(type, object, out);
    return size == 0 ? 0 : _cffi_make_array(room, type, object, size, out);
}

_CFFI_INLINE void _cffi_leave(struct _cffi_room *room)
{
    while (room->blocks != NULL) {
        struct _cffi_block *next = room->blocks->next;
        PyObject_Free(room->blocks);
        room->blocks = next;
    }
}

/* Calls: other threads run Python code meanwhile, and errno is that of ffi.errno. */

typedef PyThreadState *_cffi_thread;

_CFFI_INLINE _cffi_thread _cffi_before_call(void)
{
    PyThreadState *thread = PyEval_SaveThread();
    _cffi_export(13, void, (void))();
    return thread;
}

_CFFI_INLINE void _cffi_after_call(PyThreadState *thread)
{
    _cffi_export(14, void, (void))();
    PyEval_RestoreThread(thread);
}

_CFFI_UNUSED_FN static PyObject *_cffi_init(const char *name, uintptr_t version,
                                            const struct _cffi_type_context_s *context)
{
    const void *parts[4];
    PyObject *backend, *address, *module = NULL;
    parts[0] = name;
    parts[1] = (const void *)version;
    parts[2] = _cffi_exports;
    parts[3] = context;
    backend = PyImport_ImportModule("_cffi_backend");
    if (backend == NULL)
        return NULL;
    address = PyLong_FromVoidPtr((void *)parts);
    if (address != NULL) {
        module = PyObject_CallMethod(backend, "_init_cffi_1_0_external_module", "O", address);
        Py_DECREF(address);
    }
    Py_DECREF(backend);
    return module;
}

/* On request, the interpreter makes the module in phases, except where that needs structs that the chosen API hides. */

#if defined(_CFFI_INIT_IN_PHASES) && !defined(_CFFI_USE_EMBEDDING) && !defined(Py_TARGET_ABI3T) && (!defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x03050000)
#  ifdef Py_mod_gil
#    define _CFFI_NO_GIL_NEEDED {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#  else
#    define _CFFI_NO_GIL_NEEDED
#  endif
#  ifdef Py_mod_multiple_interpreters
#    define _CFFI_ANY_GIL {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#  else
#    define _CFFI_ANY_GIL
#  endif
/* The name by which a module is imported has the names of its packages too. */
static PyObject *_cffi_named(PyObject *module, PyObject *spec)
{
    PyObject *name;
    int failed;
    if (module == NULL)
        return NULL;
    name = PyObject_GetAttrString(spec, "name");
    failed = name == NULL || PyObject_SetAttrString(module, "__name__", name) < 0;
    Py_XDECREF(name);
    if (failed)
        Py_CLEAR(module);
    return module;
}

#  define _CFFI_MODULE(name, version)                                                                                   \
    static PyObject *_cffi_create(PyObject *_cffi_spec, PyModuleDef *_cffi_definition)                                  \
    {                                                                                                                   \
        (void)_cffi_definition;                                                                                         \
        /* The backend may take the call for one that the interpreter makes before there is a definition. */            \
        if (PyObject_SetAttrString(_cffi_spec, "_cffi_creates", Py_True) < 0)                                           \
            return NULL;                                                                                                \
        return _cffi_named(_cffi_init(name, version, &_cffi_type_context), _cffi_spec);                                 \
    }                                                                                                                   \
    static PyModuleDef_Slot _cffi_slots[] = {{Py_mod_create, (void *)_cffi_create},                              \
                                              _CFFI_NO_GIL_NEEDED _CFFI_ANY_GIL{0, NULL}};                              \
    static PyModuleDef _cffi_module = {PyModuleDef_HEAD_INIT, name, NULL, 0, NULL, _cffi_slots, NULL, NULL, NULL};
#  define _CFFI_MODULE_MADE(name, version) PyModuleDef_Init(&_cffi_module)
#else
#  define _CFFI_MODULE(name, version)
#  define _CFFI_MODULE_MADE(name, version) _cffi_init(name, version, &_cffi_type_context)
#endif

#else
_CFFI_UNUSED_FN static void (*_cffi_call_python)(struct _cffi_externpy_s *, char *);
#endif
