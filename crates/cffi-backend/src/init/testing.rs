//! Functions that cffi's own test suite needs from a backend.

use std::ffi::c_int;

use cffi_call::testfuncs;
use cffi_parse::COMMON_TYPES;
use pyo3_ffi as ffi;

use crate::state::Module;
use cffi_rt::args::Place;
use cffi_rt::{Args, Obj, Owned, Params, Py, R, Raised, num, raise, text};

/// Module function `_get_types`. Returns the base class of cdata and the class of ctypes.
pub(crate) fn get_types(py: Py<'_>, module: &Module) -> R {
    let types = &module.state(py)?.types;
    // SAFETY: attached; both types live as long as the state; the tuple takes its own references.
    unsafe { Owned::from_new(py, ffi::PyTuple_Pack(2, types.cdata, types.ctype)) }
}

/// Module function `_get_common_types`: fills a dict with the names that need no declaration.
pub(crate) fn get_common_types(py: Py<'_>, _module: &Module, dict: &Obj) -> R {
    for (name, meaning) in COMMON_TYPES {
        let (name, meaning) = (text::new_str(py, name)?, text::new_str(py, meaning)?);
        // SAFETY: attached, all objects are alive; an object that is no dict is refused with SystemError.
        if unsafe { ffi::PyDict_SetItem(dict.as_ptr(), name.as_ptr(), meaning.as_ptr()) } < 0 {
            return Err(Raised::already());
        }
    }
    Ok(py.none())
}

/// Module function `_testfunc`. Returns the address of a C function.
pub(crate) fn testfunc(py: Py<'_>, _module: &Module, args: Args<'_>) -> R {
    const PARAMS: Params = Params { function: "_testfunc", names: &[""], required: 1 };
    let [number] = args.bind::<1>(py, &PARAMS)?;
    let number = number.map_or(Ok(-1), |n| num::arg_int(py, n))?;
    let address = usize::try_from(number).ok().and_then(testfuncs::test_function);
    match address {
        Some(address) => num::from_u64(py, address as usize as u64),
        None => {
            // SAFETY: attached; the class lives as long as the interpreter.
            unsafe { ffi::PyErr_SetNone(ffi::PyExc_ValueError) };
            Err(Raised::already())
        }
    }
}

unsafe extern "C" fn writable_buffer(
    exporter: *mut ffi::PyObject,
    view: *mut ffi::Py_buffer,
    flags: c_int,
) -> c_int {
    // SAFETY: called by the interpreter; the bytes are never freed.
    unsafe { ffi::PyBuffer_FillInfo(view, exporter, GTB.0.get().cast(), 3, 0, flags) }
}

unsafe extern "C" fn readonly_buffer(
    exporter: *mut ffi::PyObject,
    view: *mut ffi::Py_buffer,
    flags: c_int,
) -> c_int {
    // SAFETY: called by the interpreter; the bytes are static, and users that respect the flag do not write to them.
    unsafe { ffi::PyBuffer_FillInfo(view, exporter, b"ROB".as_ptr().cast_mut().cast(), 3, 1, flags) }
}

/// Memory that test code may write to.
struct Writable(std::cell::UnsafeCell<[u8; 3]>);

// SAFETY: only handed out as a buffer, whose users order their accesses themselves.
unsafe impl Sync for Writable {}

static GTB: Writable = Writable(std::cell::UnsafeCell::new(*b"GTB"));

/// Module function `_testbuff`: gives a heap type a buffer interface.
pub(crate) fn testbuff(py: Py<'_>, _module: &Module, args: Args<'_>) -> R {
    const PARAMS: Params = Params { function: "", names: &["", ""], required: 2 };
    args.no_keywords(py, "_testbuff")?;
    let [tp, methods] = args.bind::<2>(py, &PARAMS)?;
    let (Some(tp), Some(methods)) = (tp, methods) else {
        return Err(raise!(py, System, "missing argument"));
    };
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    if unsafe { ffi::PyType_Check(tp.as_ptr()) } == 0 {
        return Err(Place { function: "", number: 1 }.wrong(py, "type", tp));
    }
    let methods = num::arg_int(py, methods)?;
    // SAFETY: a type object; only heap types, which have their own tables, are changed.
    unsafe {
        let tp = tp.as_ptr().cast::<ffi::PyTypeObject>();
        let is_heap_type = ffi::PyType_HasFeature(tp, ffi::Py_TPFLAGS_HEAPTYPE) != 0;
        let Some(table) = (*tp).tp_as_buffer.as_mut().filter(|_| is_heap_type) else {
            return Err(raise!(py, Type, "expected a class made by a class statement"));
        };
        if methods & 8 != 0 {
            table.bf_getbuffer = Some(writable_buffer);
        }
        if methods & 16 != 0 {
            table.bf_getbuffer = Some(readonly_buffer);
        }
        ffi::PyType_Modified(tp);
    }
    Ok(py.none())
}
