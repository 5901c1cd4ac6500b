//! Passes the interpreter's version and whether it is free-threaded to the code as `cfg` flags.

fn main() {
    pyo3_build_config::use_pyo3_cfgs();
}
