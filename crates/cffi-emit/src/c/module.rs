//! What a source is made of, and what comes out.

use crate::reason::LeftOut;

/// The properties of a module that do not come from declarations.
#[derive(Clone, Debug, Default)]
pub struct CModule {
    /// The name of the module, with the names of its packages.
    pub name: String,
    /// The text that the source has in front of the functions.
    pub preamble: String,
    /// The names of the modules whose declarations are included.
    pub includes: Vec<String>,
    /// The Python code that runs when the library is first used, for a library that contains Python.
    pub embedding: Option<String>,
    /// Whether the source gives up the stable ABI of CPython.
    pub full_api: bool,
}

/// The source of a module.
#[derive(Clone, Debug)]
pub struct CSource {
    /// The text.
    pub text: String,
    /// The names of the functions, variables and constants.
    pub names: Vec<String>,
    /// The declarations that are missing. There are none if the names are [`Names::Declared`].
    pub left_out: Vec<LeftOut>,
}
