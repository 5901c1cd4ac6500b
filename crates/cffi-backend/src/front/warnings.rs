//! The warnings about a text of `cdef()`, with the words of the stock front end.

use cffi_cdef::cdef::{Report, Warning, WarningKind};
use cffi_types::Decls;

use cffi_rt::{Exc, Py, R};

const STRING: &str = "String literal found in cdef() or type source. String literals are ignored here, but you \
                      should remove them anyway because some character sequences confuse pre-parsing.";
const PRAGMA: &str = "#pragma in cdef() are entirely ignored. They should be removed for now, otherwise your code \
                      might behave differently in a future version of CFFI if #pragma support gets added. Note that \
                      '#pragma pack' needs to be replaced with the 'packed' keyword argument to cdef().";

/// Returns the texts of all warnings, in the order in which the stock front end gives them.
pub(super) fn texts(decls: &Decls, report: &Report) -> Vec<String> {
    let string = |warning: &&Warning| matches!(warning.kind, WarningKind::StringLiteral);
    let mut texts: Vec<String> =
        report.warnings.iter().find(string).map(|_| STRING.to_owned()).into_iter().collect();
    for warning in &report.warnings {
        match warning.kind {
            WarningKind::StringLiteral => {}
            WarningKind::Pragma => texts.push(PRAGMA.to_owned()),
            WarningKind::GlobalVariable(id) => {
                let name = decls.types.symbols.get(decls.decl(id).name);
                texts.push(format!(
                    "Global variable '{name}' in cdef(): for consistency with C it should have a storage class \
                     specifier (usually 'extern')"
                ));
            }
        }
    }
    texts.extend(report.notes.iter().cloned());
    texts
}

/// Issues the warnings. Where a filter turns one into an exception, that exception is raised.
pub(super) fn issue(py: Py<'_>, texts: &[String]) -> R<()> {
    texts.iter().try_for_each(|text| py.warn(Exc::UserWarning, text))
}
