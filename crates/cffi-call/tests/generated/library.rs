//! The generated program as a loaded library, compiled once per run.

use std::ffi::c_void;
use std::process::Command;
use std::sync::LazyLock;

use cffi_call::Signature;
use cffi_call::dl::Handle;

use crate::rng::Rng;
use crate::source;
use crate::types;

const SEED: u64 = 2026;
const STRUCTS: usize = 160;
const SIGNATURES: usize = 2500;

pub(crate) struct Library {
    pub(crate) signatures: Vec<Signature>,
    handle: Handle,
}

pub(crate) static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    let mut rng = Rng::new(SEED);
    let structs = types::structs(&mut rng, STRUCTS);
    let signatures: Vec<Signature> = (0..SIGNATURES).map(|_| types::signature(&mut rng, &structs)).collect();
    let folder = std::env::temp_dir().join(format!("cffi-call-generated-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("folder");
    let (c, so) = (folder.join("generated.c"), folder.join("generated.so"));
    std::fs::write(&c, source::program(&structs, &signatures)).expect("source");
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let status = Command::new(compiler)
        .args(["-shared", "-fPIC", "-O1", "-w", "-Wno-psabi", "-o"])
        .args([&so, &c])
        .status()
        .expect("a C compiler");
    assert!(status.success());
    // SAFETY: the library has no initialisers.
    let handle = unsafe { Handle::open(Some(so.as_os_str()), 0) }.expect("loaded");
    std::fs::remove_dir_all(&folder).expect("removed");
    Library { signatures, handle }
});

impl Library {
    /// A function of the library.
    pub(crate) fn symbol(&self, name: &str) -> *const c_void {
        // SAFETY: never closed.
        unsafe { self.handle.symbol(name.as_bytes()) }.expect("symbol").as_ptr()
    }

    /// This thread's buffers: what was seen, what is to be given.
    pub(crate) fn buffers(&self) -> (*mut u8, *mut u8) {
        // SAFETY: the functions have this type.
        let get = |name| unsafe {
            std::mem::transmute::<*const c_void, extern "C" fn() -> *mut u8>(self.symbol(name))()
        };
        (get("get_seen"), get("get_give"))
    }
}
