//! Compiling and running a C program.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Compiles `source` and returns what the program prints.
pub(crate) fn run(name: &str, source: &str) -> String {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (input, output) = (dir.join(format!("{name}.c")), dir.join(name));
    fs::write(&input, source).expect("the target directory should be writable");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let mut words = compiler.split_whitespace();
    let compiled = Command::new(words.next().unwrap_or("cc"))
        .args(words)
        .args(["-std=gnu11", "-w", "-O0", "-fms-extensions", "-o"])
        .args([&output, &input])
        .output();
    let compiled = compiled.unwrap_or_else(|error| {
        panic!("this test needs a C compiler: running \"{compiler}\" failed ({error}); name one in CC")
    });
    assert!(
        compiled.status.success(),
        "\"{compiler}\" refuses {}:\n{}",
        input.display(),
        String::from_utf8_lossy(&compiled.stderr)
    );
    // Programs for other processors are started by an emulator.
    let emulator = std::env::var("TEST_RUNNER").unwrap_or_default();
    let mut words = emulator.split_whitespace().map(std::ffi::OsStr::new).chain([output.as_os_str()]);
    let program = words.next().unwrap_or(output.as_os_str());
    let ran = Command::new(program).args(words).output().expect("the compiled program should start");
    assert!(ran.status.success(), "{} failed: {}", output.display(), ran.status);
    String::from_utf8(ran.stdout).expect("the program prints ASCII")
}
