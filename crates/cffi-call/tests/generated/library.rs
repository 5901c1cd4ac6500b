//! The generated program as a loaded library, compiled once per run.

use std::ffi::c_void;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::LazyLock;

use crate::model::Signature;
use cffi_call::dl::Handle;

use crate::rng::Rng;
use crate::source;
use crate::types;

const STRUCTS: usize = 160;
/// The number of files that are compiled in parallel.
const PARTS: usize = 2;

/// Returns a setting: `GENERATED_SEED` and `GENERATED_SIGNATURES` select programs other than those of every run.
fn setting(name: &str, usual: usize) -> usize {
    std::env::var(name).map_or(usual, |text| text.parse().expect("a number"))
}

pub(crate) struct Library {
    pub(crate) signatures: Vec<Signature>,
    handle: Handle,
}

pub(crate) static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    let mut rng = Rng::new(setting("GENERATED_SEED", 2026) as u64);
    let structs = types::structs(&mut rng, STRUCTS);
    let signatures: Vec<Signature> =
        (0..setting("GENERATED_SIGNATURES", 3000)).map(|_| types::signature(&mut rng, &structs)).collect();
    let folder = std::env::temp_dir().join(format!("cffi-call-generated-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("folder");
    let so = folder.join("generated.so");
    let objects: Vec<PathBuf> = (0..PARTS).map(|part| folder.join(format!("part{part}.o"))).collect();
    let compilers: Vec<Child> = objects
        .iter()
        .enumerate()
        .map(|(part, object)| {
            let c = object.with_extension("c");
            std::fs::write(&c, source::program(&structs, &signatures, part, PARTS)).expect("source");
            compiler(&["-c", "-fPIC", "-O1", "-w", "-Wno-psabi"], std::slice::from_ref(&c), object)
        })
        .collect();
    for mut child in compilers {
        assert!(child.wait().expect("compiler").success());
    }
    assert!(compiler(&["-shared"], &objects, &so).wait().expect("linker").success());
    // SAFETY: the library has no initialisers.
    let handle = unsafe { Handle::open(Some(so.as_os_str()), 0) }.expect("loaded");
    std::fs::remove_dir_all(&folder).expect("removed");
    Library { signatures, handle }
});

fn compiler(options: &[&str], inputs: &[PathBuf], output: &Path) -> Child {
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    Command::new(compiler).args(options).arg("-o").arg(output).args(inputs).spawn().expect("a C compiler")
}

impl Library {
    /// Returns a function of the library.
    pub(crate) fn symbol(&self, name: &str) -> *const c_void {
        // SAFETY: the library is never closed, so its symbols stay.
        unsafe { self.handle.symbol(name.as_bytes()) }.expect("symbol").as_ptr()
    }

    /// Returns this thread's buffers: the arguments that were seen, and the result to return.
    pub(crate) fn buffers(&self) -> (*mut u8, *mut u8) {
        // SAFETY: the functions have this type.
        let get = |name| unsafe {
            std::mem::transmute::<*const c_void, extern "C" fn() -> *mut u8>(self.symbol(name))()
        };
        (get("get_seen"), get("get_give"))
    }
}
