//! Passes on what is known of the interpreter (version, free-threading) as `cfg` flags.

fn main() {
    pyo3_build_config::use_pyo3_cfgs();
}
