//! Reading headers.

use cffi_cdef::files::DiskFiles;
use cffi_cdef::problem::{Level, Problem};
use cffi_cdef::source::SourceMap;
use cffi_cdef::{Unit, parse_text};
use cffi_rt::args::{Args, Params};
use cffi_rt::{Obj, Py, R, capsule, num, raise, seq, text};
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
    let header = py.away(|| read(&request));
    capsule::new(py, header)
}

fn read(request: &Request) -> Header {
    let options = request.options();
    let directives = request.directives.as_bytes().to_vec();
    let unit = parse_text(&DiskFiles, "<ferrocffi>", directives.into(), &options);
    let own = unit.own_files(request.main, &options);
    Header { unit, own }
}

/// Returns the header in a capsule.
pub(super) fn unwrap<'a>(py: Py<'_>, capsule: &'a Obj) -> R<&'a Header> {
    capsule::get(py, capsule)
        .ok_or_else(|| raise!(py, Type, "expected a header, not {}", capsule.type_name()))
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
