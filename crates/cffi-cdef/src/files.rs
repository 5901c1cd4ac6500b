//! Access to files for the preprocessor.

use std::collections::HashMap;
use std::sync::Arc;

/// A source of files. Paths are joined with `/` and never end in one.
pub trait Files {
    /// Returns the content of a file, or `None` where there is no such file. A folder does not count as a file.
    fn read(&self, path: &str) -> Option<Arc<[u8]>>;

    /// Returns whether [`Files::read`] would find the file.
    fn exists(&self, path: &str) -> bool {
        self.read(path).is_some()
    }

    /// Returns whether there may be files in a folder. It saves looking for them one by one.
    fn may_have(&self, folder: &str) -> bool {
        let _ = folder;
        true
    }
}

/// Files that are held in memory, for tests and for texts without a file.
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
        // Reading a device or a pipe could block or never end.
        let metadata = std::fs::metadata(path).ok()?;
        if !metadata.is_file() {
            return None;
        }
        std::fs::read(path).ok().map(Arc::from)
    }

    fn exists(&self, path: &str) -> bool {
        std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
    }

    fn may_have(&self, folder: &str) -> bool {
        std::fs::metadata(folder).is_ok_and(|metadata| metadata.is_dir())
    }
}
