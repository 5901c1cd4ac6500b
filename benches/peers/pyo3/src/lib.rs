//! The operations of the suite with PyO3. Functions let go of the GIL, and those named `keep_...` keep it.

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyIndexError, PyOverflowError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};
use std::cell::Cell;
use std::ffi::{c_char, c_int, c_uint, c_void};

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct CPair {
    a: c_int,
    b: c_int,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct CRecord {
    x: c_int,
    d: f64,
    c: c_char,
    /// The bit-field `low`, of five bits.
    low: u8,
    inner: CPair,
    items: [c_int; 8],
    next: *mut CRecord,
    name: [c_char; 16],
}

/// The library.
mod c {
    use super::CRecord;
    use std::ffi::{c_char, c_int, c_uint, c_void};

    extern "C" {
        pub fn zero() -> c_int;
        pub fn nothing();
        pub fn inc(x: c_int) -> c_int;
        pub fn inc64(x: i64) -> i64;
        pub fn half(x: f64) -> f64;
        pub fn length(text: *const c_char) -> usize;
        pub fn same(p: *mut c_void) -> *mut c_void;
        pub fn same_record(r: *mut CRecord) -> *mut CRecord;
        pub fn next_colour(c: c_uint) -> c_uint;
        pub fn add2(a: c_int, b: c_int) -> c_int;
        pub fn scale(n: c_int, x: f64) -> f64;
        pub fn compare(a: *const c_void, b: *const c_void, n: usize) -> c_int;
        pub fn sum_ints(items: *const c_int, n: c_int) -> c_int;
        pub fn add4(a: c_int, b: c_int, c: c_int, d: c_int) -> c_int;
        pub fn add6(a: c_int, b: c_int, c: c_int, d: c_int, e: c_int, f: c_int) -> c_int;
        pub fn sum6(a: f64, b: f64, c: f64, d: f64, e: f64, f: f64) -> f64;
        #[allow(clippy::too_many_arguments)]
        pub fn add10(
            a: c_int, b: c_int, c: c_int, d: c_int, e: c_int, f: c_int, g: c_int, h: c_int, i: c_int, j: c_int,
        ) -> c_int;
        pub fn call_back(f: extern "C" fn(c_int) -> c_int, x: c_int) -> c_int;
        pub fn call_many(f: extern "C" fn(c_int) -> c_int, n: c_int) -> i64;
        /// The variable `int counter` of the C library, which all peers read and write.
        pub static mut counter: c_int;
    }
}

/// An address that may cross to the closure that runs without the GIL.
struct At<T>(*mut T);
// SAFETY: The caller of each function keeps the object alive, and the library only reads through the address.
unsafe impl<T> Send for At<T> {}
// SAFETY: The library only reads through the address.
unsafe impl<T> Sync for At<T> {}

impl<T> At<T> {
    fn get(&self) -> *mut T {
        self.0
    }
}

#[pyclass(frozen)]
struct Record {
    own: std::cell::UnsafeCell<CRecord>,
    at: Cell<*mut CRecord>,
}
// SAFETY: Objects are used under the GIL alone.
unsafe impl Send for Record {}
// SAFETY: Objects are used under the GIL alone.
unsafe impl Sync for Record {}

impl Record {
    fn at(&self) -> *mut CRecord {
        let at = self.at.get();
        if at.is_null() { self.own.get() } else { at }
    }

    fn new(at: *mut CRecord) -> Self {
        // SAFETY: All bits zero are a valid record.
        Self { own: unsafe { std::mem::zeroed() }, at: Cell::new(at) }
    }
}

#[pymethods]
impl Record {
    #[getter]
    fn x(&self) -> c_int {
        // SAFETY: The address is that of this record, or of one that is alive.
        unsafe { (*self.at()).x }
    }
    #[setter]
    fn set_x(&self, value: c_int) {
        // SAFETY: The address is that of this record, or of one that is alive.
        unsafe { (*self.at()).x = value }
    }
    #[getter]
    fn d(&self) -> f64 {
        // SAFETY: The address is that of this record, or of one that is alive.
        unsafe { (*self.at()).d }
    }
    #[setter]
    fn set_d(&self, value: f64) {
        // SAFETY: The address is that of this record, or of one that is alive.
        unsafe { (*self.at()).d = value }
    }
    #[getter]
    fn low(&self) -> u8 {
        // SAFETY: The address is that of this record, or of one that is alive.
        unsafe { (*self.at()).low & 31 }
    }
    #[setter]
    fn set_low(&self, value: u8) -> PyResult<()> {
        if value > 31 {
            return Err(PyOverflowError::new_err("does not fit five bits"));
        }
        // SAFETY: The address is that of this record, or of one that is alive.
        unsafe { (*self.at()).low = (*self.at()).low & !31 | value };
        Ok(())
    }
    #[getter]
    fn inner(slf: &Bound<'_, Self>) -> Pair {
        // SAFETY: The address is that of this record, or of one that is alive.
        Pair { at: At(unsafe { &raw mut (*slf.get().at()).inner }), _owner: slf.clone().unbind() }
    }
    #[getter]
    fn items(slf: &Bound<'_, Self>) -> Items {
        // SAFETY: The address is that of this record, or of one that is alive.
        Items { at: At(unsafe { (&raw mut (*slf.get().at()).items).cast() }), _owner: slf.clone().unbind() }
    }
    #[getter]
    fn next(&self) -> Record {
        // SAFETY: The address is that of this record, or of one that is alive.
        Record::new(unsafe { (*self.at()).next })
    }
    #[setter]
    fn set_next(&self, value: &Bound<'_, Record>) {
        // SAFETY: The address is that of this record, or of one that is alive.
        unsafe { (*self.at()).next = value.get().at() }
    }
}

#[pyclass(frozen)]
struct Pair {
    at: At<CPair>,
    _owner: Py<Record>,
}

#[pymethods]
impl Pair {
    #[getter]
    fn a(&self) -> c_int {
        // SAFETY: The owner keeps the record alive.
        unsafe { (*self.at.get()).a }
    }
    #[getter]
    fn b(&self) -> c_int {
        // SAFETY: The owner keeps the record alive.
        unsafe { (*self.at.get()).b }
    }
}

#[pyclass(frozen)]
struct Items {
    at: At<c_int>,
    _owner: Py<Record>,
}

#[pymethods]
impl Items {
    fn __getitem__(&self, i: usize) -> PyResult<c_int> {
        if i >= 8 {
            return Err(PyIndexError::new_err("index out of range"));
        }
        // SAFETY: The owner keeps the record alive, and the index is inside of its array.
        Ok(unsafe { *self.at.get().add(i) })
    }
}

#[pyclass]
struct Ints(Vec<c_int>);

#[pymethods]
impl Ints {
    fn __len__(&self) -> usize {
        self.0.len()
    }
    fn __getitem__(&self, i: usize) -> PyResult<c_int> {
        self.0.get(i).copied().ok_or_else(|| PyIndexError::new_err("index out of range"))
    }
    fn __setitem__(&mut self, i: usize, value: c_int) -> PyResult<()> {
        *self.0.get_mut(i).ok_or_else(|| PyIndexError::new_err("index out of range"))? = value;
        Ok(())
    }
}

#[pyclass]
struct Doubles(Vec<f64>);

#[pymethods]
impl Doubles {
    fn __getitem__(&self, i: usize) -> PyResult<f64> {
        self.0.get(i).copied().ok_or_else(|| PyIndexError::new_err("index out of range"))
    }
}

#[pyclass]
struct Chars(Vec<u8>);

#[pymethods]
impl Chars {
    fn __len__(&self) -> usize {
        self.0.len()
    }
}

#[pyclass(frozen)]
struct Owner {
    at: At<c_void>,
    _of: Py<Chars>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        // SAFETY: The function gives its argument back.
        unsafe { c::same(self.at.get()) };
    }
}

#[pyclass]
struct Buffer(PyBuffer<u8>);

#[pymethods]
impl Buffer {
    fn __len__(&self) -> usize {
        self.0.len_bytes()
    }
}

#[pyclass(frozen)]
struct Lib;

#[pymethods]
impl Lib {
    #[getter]
    fn counter(&self) -> c_int {
        // SAFETY: The variable is used under the GIL alone.
        unsafe { c::counter }
    }
    #[setter]
    fn set_counter(&self, value: c_int) {
        // SAFETY: The variable is used under the GIL alone.
        unsafe { c::counter = value }
    }
    #[getter]
    fn errno(&self) -> c_int {
        std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
    }
    #[classattr]
    const BLUE: c_int = 2;
    fn inc(&self, py: Python<'_>, x: c_int) -> c_int {
        // SAFETY: The function has no preconditions.
        py.detach(|| unsafe { c::inc(x) })
    }
}

#[pyclass]
struct Pairs(CPair);

#[pymethods]
impl Pairs {
    #[getter]
    fn b(&self) -> c_int {
        self.0.b
    }
}

#[pyfunction]
fn pairs(a: c_int, b: c_int) -> Pairs {
    Pairs(CPair { a, b })
}

thread_local! {
    static CALLED: Cell<*mut pyo3::ffi::PyObject> = const { Cell::new(std::ptr::null_mut()) };
}

extern "C" fn answer(x: c_int) -> c_int {
    Python::attach(|py| {
        // SAFETY: The function that made the call holds a reference.
        let called = unsafe { Bound::from_borrowed_ptr(py, CALLED.get()) };
        called.call1((x,)).and_then(|result| result.extract()).unwrap_or(-1)
    })
}

/// Functions that let go of the GIL.
macro_rules! released {
    ($($name:ident($($arg:ident: $kind:ty),*) -> $result:ty = $function:path;)*) => {
        $(#[pyfunction]
        #[allow(clippy::too_many_arguments)]
        fn $name(py: Python<'_>, $($arg: $kind),*) -> $result {
            // SAFETY: The function has no preconditions.
            py.detach(|| unsafe { $function($($arg),*) })
        })*
    };
}

/// Functions that keep the GIL.
macro_rules! kept {
    ($($name:ident($($arg:ident: $kind:ty),*) -> $result:ty = $function:path;)*) => {
        $(#[pyfunction]
        fn $name($($arg: $kind),*) -> $result {
            // SAFETY: The function has no preconditions.
            unsafe { $function($($arg),*) }
        })*
    };
}

released! {
    zero() -> c_int = c::zero;
    nothing() -> () = c::nothing;
    inc(x: c_int) -> c_int = c::inc;
    inc64(x: i64) -> i64 = c::inc64;
    half(x: f64) -> f64 = c::half;
    next_colour(x: c_uint) -> c_uint = c::next_colour;
    scale(n: c_int, x: f64) -> f64 = c::scale;
    add2(a: c_int, b: c_int) -> c_int = c::add2;
    add4(a: c_int, b: c_int, c: c_int, d: c_int) -> c_int = c::add4;
    add6(a: c_int, b: c_int, c: c_int, d: c_int, e: c_int, f: c_int) -> c_int = c::add6;
    sum6(a: f64, b: f64, c: f64, d: f64, e: f64, f: f64) -> f64 = c::sum6;
    add10(a: c_int, b: c_int, c: c_int, d: c_int, e: c_int, f: c_int, g: c_int, h: c_int, i: c_int, j: c_int) -> c_int = c::add10;
}
kept! {
    keep_inc(x: c_int) -> c_int = c::inc;
    keep_half(x: f64) -> f64 = c::half;
    keep_add2(a: c_int, b: c_int) -> c_int = c::add2;
    keep_add6(a: c_int, b: c_int, c: c_int, d: c_int, e: c_int, f: c_int) -> c_int = c::add6;
}

#[pymodule]
mod _bench_pyo3 {
    use super::*;

    #[pymodule_init]
    fn init(m: &Bound<'_, PyModule>) -> PyResult<()> {
        m.add("lib", Py::new(m.py(), Lib)?)
    }

    #[pymodule_export]
    use super::{
        add10, add2, add4, add6, half, inc, inc64, keep_add2, keep_add6, keep_half, keep_inc, next_colour, nothing, scale, sum6, zero,
    };
    #[pymodule_export]
    use super::pairs;

    #[pyfunction]
    #[pyo3(name = "length")]
    fn length_of(py: Python<'_>, text: &Bound<'_, PyAny>) -> PyResult<usize> {
        if let Ok(bytes) = text.cast::<PyBytes>() {
            let at = At(bytes.as_bytes().as_ptr().cast_mut());
            // SAFETY: Python keeps a zero byte behind the content.
            return Ok(py.detach(|| unsafe { c::length(at.get().cast()) }));
        }
        let chars = text.cast::<Chars>()?.borrow();
        let at = At(chars.0.as_ptr().cast_mut());
        // SAFETY: The content ends with a zero byte.
        Ok(py.detach(|| unsafe { c::length(at.get().cast()) }))
    }

    #[pyfunction]
    #[pyo3(name = "same_record")]
    fn same_of(py: Python<'_>, of: &Bound<'_, Record>) -> Record {
        let at = At(of.get().at());
        // SAFETY: The function gives its argument back.
        Record::new(py.detach(|| At(unsafe { c::same_record(at.get()) })).get())
    }

    #[pyfunction]
    #[pyo3(name = "compare")]
    fn compare_of(py: Python<'_>, a: &[u8], b: &[u8], n: usize) -> c_int {
        // SAFETY: The test passes no more than there is.
        py.detach(|| unsafe { c::compare(a.as_ptr().cast(), b.as_ptr().cast(), n) })
    }

    #[pyfunction]
    #[pyo3(name = "sum_ints")]
    fn sum_of(py: Python<'_>, of: &Bound<'_, Ints>, n: c_int) -> c_int {
        let at = At(of.borrow().0.as_ptr().cast_mut());
        // SAFETY: The test passes no more than there is.
        py.detach(|| unsafe { c::sum_ints(at.get(), n) })
    }

    #[pyfunction]
    #[pyo3(name = "call_back")]
    fn call_once(py: Python<'_>, function: &Bound<'_, PyAny>, x: c_int) -> c_int {
        CALLED.set(function.as_ptr());
        // SAFETY: The callback needs nothing but the function that is held here.
        py.detach(|| unsafe { c::call_back(answer, x) })
    }

    #[pyfunction]
    #[pyo3(name = "call_many")]
    fn call_often(py: Python<'_>, function: &Bound<'_, PyAny>, n: c_int) -> i64 {
        CALLED.set(function.as_ptr());
        // SAFETY: The callback needs nothing but the function that is held here.
        py.detach(|| unsafe { c::call_many(answer, n) })
    }

    #[pyfunction]
    fn record() -> Record {
        Record::new(std::ptr::null_mut())
    }

    #[pyfunction]
    #[pyo3(signature = (value = 0))]
    fn new_int(value: c_int) -> Ints {
        Ints(vec![value])
    }

    #[pyfunction]
    fn new_ints(n: usize) -> Ints {
        Ints(vec![0; n])
    }

    #[pyfunction]
    fn ints(values: &Bound<'_, PyAny>) -> PyResult<Ints> {
        if let Ok(list) = values.cast::<PyList>() {
            return Ok(Ints(list.iter().map(|item| item.extract()).collect::<PyResult<_>>()?));
        }
        Ok(Ints(values.cast::<PyTuple>()?.iter().map(|item| item.extract()).collect::<PyResult<_>>()?))
    }

    #[pyfunction]
    fn doubles(values: &Bound<'_, PyList>) -> PyResult<Doubles> {
        Ok(Doubles(values.iter().map(|item| item.extract()).collect::<PyResult<_>>()?))
    }

    #[pyfunction]
    fn chars(text: &[u8]) -> Chars {
        let mut own = Vec::with_capacity(text.len() + 1);
        own.extend_from_slice(text);
        own.push(0);
        Chars(own)
    }

    #[pyfunction]
    fn unpack<'py>(of: &Bound<'py, PyAny>, n: usize) -> PyResult<Bound<'py, PyAny>> {
        let short = || PyValueError::new_err("length");
        let py = of.py();
        if let Ok(ints) = of.cast::<Ints>() {
            return Ok(PyList::new(py, ints.borrow().0.get(..n).ok_or_else(short)?)?.into_any());
        }
        if let Ok(doubles) = of.cast::<Doubles>() {
            return Ok(PyList::new(py, doubles.borrow().0.get(..n).ok_or_else(short)?)?.into_any());
        }
        let chars = of.cast::<Chars>()?.borrow();
        Ok(PyBytes::new(py, chars.0.get(..n).ok_or_else(short)?).into_any())
    }

    #[pyfunction]
    fn string<'py>(py: Python<'py>, of: &Chars) -> Bound<'py, PyBytes> {
        let end = of.0.iter().position(|&byte| byte == 0).unwrap_or(of.0.len());
        PyBytes::new(py, &of.0[..end])
    }

    #[pyfunction]
    fn memmove(to: &mut Chars, from: &[u8], n: usize) -> PyResult<()> {
        if n > from.len() || n > to.0.len() {
            return Err(PyValueError::new_err("length"));
        }
        to.0[..n].copy_from_slice(&from[..n]);
        Ok(())
    }

    #[pyfunction]
    fn gc(of: Bound<'_, Chars>) -> Owner {
        let at = At(of.borrow().0.as_ptr().cast_mut().cast());
        Owner { at, _of: of.unbind() }
    }

    #[pyfunction]
    fn from_buffer(of: &Bound<'_, PyAny>) -> PyResult<Buffer> {
        Ok(Buffer(PyBuffer::get(of)?))
    }
}
