//! A text that is too large for the memory of the process is refused, and the process continues.

#![cfg(target_os = "linux")]

use std::process::Command;

use cffi_cdef::cdef::{CdefOptions, Session};
use cffi_types::Target;

#[test]
fn large_texts_under_a_limit() {
    // A limit applies to a whole process, so this test runs itself in a second process.
    if std::env::var_os("CFFI_CDEF_LIMITED").is_some() {
        let text = "int ".repeat(8 << 20);
        let refusal = Session::new(Target::HOST).cdef(&text, CdefOptions::default()).expect_err("too large");
        assert!(refusal.message.contains("not enough memory"), "{}", refusal.message);
        return;
    }
    let program = std::env::current_exe().unwrap_or_default();
    let command = format!("ulimit -v 1500000; exec '{}' large_texts_under_a_limit", program.display());
    let output = Command::new("sh").args(["-c", &command]).env("CFFI_CDEF_LIMITED", "1").output();
    let Ok(output) = output else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
