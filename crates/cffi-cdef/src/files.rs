//! How the preprocessor gets at files.

use std::collections::HashMap;
use std::sync::Arc;

/// A source of files. Paths are joined with `/` and never end in one.
pub trait Files {
    /// The content of a file, or nothing where there is no such file. A folder is no file.
    fn read(&self, path: &str) -> Option<Arc<[u8]>>;

    /// Whether [`Files::read`] would find the file.
    fn exists(&self, path: &str) -> bool {
        self.read(path).is_some()
    }
}

/// Files that are held in memory, for tests and for text that is on no disk.
#[derive(Clone, Default, Debug)]
pub struct MemoryFiles {
    files: HashMap<String, Arc<[u8]>>,
}

impl MemoryFiles {
    /// Adds or replaces a file.
    pub fn add(&mut self, path: &str, content: impl AsRef<[u8]>) {
        self.files.insert(path.to_owned(), content.as_ref().into());
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &str) -> Option<Arc<[u8]>> {
        self.files.get(path).cloned()
    }
}

/// The files of this machine.
#[derive(Copy, Clone, Default, Debug)]
pub struct DiskFiles;

impl Files for DiskFiles {
    fn read(&self, path: &str) -> Option<Arc<[u8]>> {
        // Devices and pipes would block or never end.
        let metadata = std::fs::metadata(path).ok()?;
        if !metadata.is_file() {
            return None;
        }
        std::fs::read(path).ok().map(Arc::from)
    }

    fn exists(&self, path: &str) -> bool {
        std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
    }
}
