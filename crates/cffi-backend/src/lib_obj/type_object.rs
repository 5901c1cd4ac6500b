//! `Lib` as a Python type: its slots and its method.

use std::ffi::{CStr, c_void};

use pyo3_ffi as ffi;

use crate::lib_obj::attr;
use crate::lib_obj::object::{Lib, repr};
use cffi_rt::slots::{METHODS_END, Table, method, slot};
use cffi_rt::{Obj, Py, R, class};

const DOC: &CStr = c"The functions, constants and variables of an out-of-line module, as attributes.

Made by importing a module that cffi has compiled (its attribute 'lib') or by ffi.dlopen(). Attributes are
made when they are asked for; dir() lists them.";

static METHODS: Table<ffi::PyMethodDef, 2> = Table([
    method!(noargs Lib, c"__dir__", attr::dir, c"__dir__($self, /)\n--\n\nThe names of all functions, constants and variables."),
    METHODS_END,
]);

/// Makes the Python type.
pub(crate) fn make_type(py: Py<'_>, module: &Obj) -> R {
    class::spec::<Lib>(DOC)
        .slot(ffi::Py_tp_methods, METHODS.as_slot())
        .slot(ffi::Py_tp_repr, slot!(unary Lib, *mut ffi::PyObject, repr) as *const c_void)
        .slot(ffi::Py_tp_getattro, slot!(subscript Lib, *mut ffi::PyObject, attr::get) as *const c_void)
        .slot(ffi::Py_tp_setattro, slot!(assign Lib, attr::set) as *const c_void)
        .make(py, module, None)
}
