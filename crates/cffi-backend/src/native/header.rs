//! Reading headers.

use std::ffi::{CStr, c_void};

use pyo3_ffi as ffi;

use cffi_cdef::files::DiskFiles;
use cffi_cdef::problem::{Level, Problem};
use cffi_cdef::source::SourceMap;
use cffi_cdef::{Unit, parse_text};
use cffi_rt::args::{Args, Params};
use cffi_rt::obj::Owned;
use cffi_rt::{Obj, Py, R, num, raise, seq, text};
use cffi_types::Target;

use super::module::Native;
use super::request::Request;
use super::values;

/// A header that was read.
pub(super) struct Header {
    pub(super) unit: Unit,
    /// Whether each file of the declarations belongs to the header.
    pub(super) own: Vec<bool>,
}

/// The name of capsules that hold a [`Header`].
const CAPSULE: &CStr = c"ferrocffi._native.header";

const READ: Params = Params { function: "read_header", names: &["", "", "", "", "", ""], required: 6 };

/// Module function `read_header`.
pub(super) fn read_header(py: Py<'_>, _module: &Native, args: Args<'_>) -> R {
    let [Some(includes), Some(main), Some(dirs), Some(defines), Some(std), Some(target)] =
        args.bind(py, &READ)?
    else {
        return Err(raise!(py, System, "an argument is missing"));
    };
    let target = if target.is_none() {
        Target::HOST
    } else {
        let name = text::utf8(py, target)?;
        Target::from_triple(name).map_err(|unknown| raise!(py, Value, "{unknown}"))?
    };
    let request = Request::new(py, target, includes, main, (dirs, defines), std)?;
    // SAFETY: the closure works on Rust values alone, and no Python object is among them.
    let header = unsafe { py.detached(|| read(request)) };
    wrap(py, header)
}

fn read(request: Request) -> Result<Header, String> {
    // A panic must not unwind through the code that attaches the thread again.
    let work = || {
        let main = request.main;
        let options = request.options();
        let unit = parse_text(&DiskFiles, "<ferrocffi>", request.directives.into_bytes().into(), &options);
        let own = unit.own_files(main, &options);
        Header { unit, own }
    };
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
    })
}

fn wrap(py: Py<'_>, header: Result<Header, String>) -> R {
    let header = match header {
        Ok(header) => py.boxed(header)?,
        Err(panic) => return Err(raise!(py, System, "ferrocffi internal error, please report: {panic}")),
    };
    let raw = Box::into_raw(header);
    // SAFETY: attached; the name is static, and the capsule owns the box from here on.
    let capsule =
        unsafe { Owned::from_new(py, ffi::PyCapsule_New(raw.cast(), CAPSULE.as_ptr(), Some(free))) };
    if capsule.is_err() {
        // SAFETY: no capsule was made, so nothing else refers to the box.
        drop(unsafe { Box::from_raw(raw) });
    }
    capsule
}

unsafe extern "C" fn free(capsule: *mut ffi::PyObject) {
    // SAFETY: called once for each capsule that `wrap` made; its pointer is a box of that function.
    unsafe {
        let raw: *mut c_void = ffi::PyCapsule_GetPointer(capsule, CAPSULE.as_ptr());
        if !raw.is_null() {
            drop(Box::from_raw(raw.cast::<Header>()));
        }
    }
}

/// Returns the header in a capsule.
pub(super) fn unwrap<'a>(py: Py<'_>, capsule: &'a Obj) -> R<&'a Header> {
    // SAFETY: attached; any object may be asked. A capsule of this name holds a box that lives as long as the capsule,
    // and nothing changes what is in it.
    unsafe {
        if ffi::PyCapsule_IsValid(capsule.as_ptr(), CAPSULE.as_ptr()) == 0 {
            return Err(raise!(py, Type, "expected a header, not {}", capsule.type_name()));
        }
        Ok(&*ffi::PyCapsule_GetPointer(capsule.as_ptr(), CAPSULE.as_ptr()).cast::<Header>())
    }
}

/// Module function `problems`.
pub(super) fn problems(py: Py<'_>, _module: &Native, header: &Obj) -> R {
    let unit = &unwrap(py, header)?.unit;
    problem_list(py, &unit.problems, &unit.sources)
}

/// Returns problems as a list of tuples.
pub(crate) fn problem_list(py: Py<'_>, problems: &[Problem], sources: &SourceMap) -> R {
    seq::list_with(py, problems.len(), |at| {
        let problem = &problems[at];
        let place = sources.place(problem.loc);
        let (file, line, column) = place.map_or(("", 0, 0), |place| (place.file, place.line, place.column));
        let severity = match problem.level {
            Level::Warning => "warning",
            Level::Error => "error",
        };
        values::tuple(
            py,
            &[
                text::new_str(py, severity)?,
                text::new_str(py, &problem.message)?,
                values::optional(py, file)?,
                num::from_i64(py, line.into())?,
                num::from_i64(py, column.into())?,
                values::optional(py, problem.hint.as_deref().unwrap_or(""))?,
                text::new_str(py, &problem.render(sources))?,
            ],
        )
    })
}

/// Module function `files`.
pub(super) fn files(py: Py<'_>, _module: &Native, header: &Obj) -> R {
    let header = unwrap(py, header)?;
    let files = header.unit.decls.files();
    seq::list_with(py, files.len(), |at| {
        values::tuple(py, &[text::new_str(py, &files[at].name)?, py.bool(header.own[at])])
    })
}
