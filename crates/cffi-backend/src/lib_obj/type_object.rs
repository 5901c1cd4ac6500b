//! `Lib` as a Python type: its slots and its method.

use std::ffi::CStr;

use pyo3_ffi as ffi;

use crate::lib_obj::attr;
use crate::lib_obj::object::{Lib, repr};
use cffi_rt::at;
use cffi_rt::slots::{method, slot};
use cffi_rt::table::{Method, Table};
use cffi_rt::{Obj, Py, R, class};

const DOC: &CStr = c"The functions, constants and variables of an out-of-line module, as attributes.

Made by importing a module that cffi has compiled (its attribute 'lib') or by ffi.dlopen(). Attributes are
made when they are asked for; dir() lists them.";

static METHODS: Table<Method<Lib>, 2> = Table::methods([
    method!(noargs Lib, c"__dir__", attr::dir, c"__dir__($self, /)\n--\n\nThe names of all functions, constants and variables."),
    Method::END,
]);

/// Makes the Python type.
pub(crate) fn make_type(py: Py<'_>, module: &Obj) -> R {
    class::spec::<Lib>(DOC)
        .methods(&METHODS)
        .slot(at::Repr, slot!(unary Lib, *mut ffi::PyObject, repr))
        .slot(at::GetAttr, slot!(subscript Lib, attr::get))
        .slot(at::SetAttr, slot!(assign Lib, attr::set))
        .make(py, module)
}
