//! One region of memory.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use cffi_memory::NoMemory;

use crate::block::{Block, WIDTH};
use crate::site::Site;

/// The origin of a region.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Memory of `ffi.new()`.
    New,
    /// A struct that C returned by value.
    Result,
    /// An array that was made for one argument of a call.
    Argument,
    /// A struct that C passed by value to a callback.
    Passed,
    /// The buffer of a Python object.
    Buffer,
    /// Memory of C that has a destructor and a known size.
    Destructor,
    /// Memory of an allocator that was made by `ffi.new_allocator()`.
    Allocator,
    /// Memory of C that was passed to `free()`.
    Heap,
    /// The handle of a Python object.
    Handle,
    /// A C function that calls Python.
    Callback,
    /// A `bytes` object that was passed to C.
    Object,
    /// A library that was opened by its name.
    Library,
}

impl Kind {
    /// Returns the words that name the origin in messages.
    pub fn words(self) -> &'static str {
        match self {
            Kind::New => "ffi.new()",
            Kind::Result => "a call that returned it",
            Kind::Argument => "a call, for an argument",
            Kind::Passed => "a call of a callback, as its argument",
            Kind::Buffer => "ffi.from_buffer()",
            Kind::Destructor => "ffi.gc()",
            Kind::Allocator => "an allocator",
            Kind::Heap => "malloc()",
            Kind::Handle => "ffi.new_handle()",
            Kind::Callback => "ffi.callback()",
            Kind::Object => "a call, as an argument",
            Kind::Library => "ffi.dlopen()",
        }
    }
}

/// The event that ended a region.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// The cdata that owned it was garbage.
    Collected,
    /// `ffi.release()` or the end of a `with` block.
    Released,
    /// C's `free()`.
    Freed,
    /// The destructor that `ffi.gc()` or an allocator had attached.
    Destroyed,
    /// The end of the call that it was made for.
    Returned,
    /// The last reference to the Python object whose memory it was. The line is that of its last known use.
    Abandoned,
    /// The Python object whose memory it was has got other memory. The line is that of the last known use.
    Resized,
    /// The library was closed.
    Closed,
}

impl How {
    /// Returns the words that follow "it was" in messages.
    pub fn words(self) -> &'static str {
        match self {
            How::Collected => "freed with the last reference to the cdata that owned it",
            How::Released => "released",
            How::Freed => "passed to free()",
            How::Destroyed => "freed by its destructor",
            How::Returned => "made for a call that has returned",
            How::Resized => "memory of a Python object that has changed its size since then",
            How::Closed => "closed",
            How::Abandoned => "memory of a Python object to which nothing refers since then",
        }
    }
}

/// The C type of a region, as messages name it.
#[derive(Clone, Debug)]
pub enum What {
    /// A text of its own.
    Text(Box<str>),
    /// The name of a type.
    Named(&'static str),
    /// The name of an array type without length, and the length.
    Array(&'static str, usize),
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Text(text) => f.write_str(text),
            What::Named(name) => f.write_str(name),
            What::Array(name, length) => match name.split_once("[]") {
                Some((head, tail)) => write!(f, "{head}[{length}]{tail}"),
                None => f.write_str(name),
            },
        }
    }
}

impl From<&str> for What {
    fn from(text: &str) -> What {
        What::Text(text.into())
    }
}

impl From<String> for What {
    fn from(text: String) -> What {
        What::Text(text.into_boxed_str())
    }
}

/// A region of memory that Python owns, owned or lends. Immutable, except for its end and its damage.
#[derive(Debug)]
pub struct Region {
    /// The address of the first byte.
    pub start: usize,
    /// The number of bytes.
    pub len: usize,
    /// The origin.
    pub kind: Kind,
    /// The C type, as messages name it.
    pub what: What,
    /// Whether it may be written to.
    pub writable: bool,
    /// Whether it is a whole block of memory, so that no other object begins right before or behind it. Only for lent
    /// regions.
    pub alone: bool,
    /// The number of bytes behind it that belong to the allocation and that its owner does not use. Only for lent
    /// regions.
    pub tail: usize,
    /// Whether its memory is that of a file, which can become shorter. Only for lent regions.
    pub of_file: bool,
    /// The offset of the guard zone that lies behind it; 0 without one. Only for lent regions.
    pub(crate) zone: usize,
    /// The line that made it.
    pub made: Site,
    /// The memory with its guard zones, if the region has some.
    pub(crate) block: Option<Block>,
    ended: OnceLock<(Site, How)>,
    /// Whether the owner still refers to it after its end, so that its memory must not be used again.
    pub(crate) held: AtomicBool,
    reported: AtomicBool,
    /// Whether the memory is a block of `malloc()` that is freed with [`Region::free_heap`].
    pub(crate) heap: AtomicBool,
}

impl Region {
    /// Describes memory that is not this crate's.
    pub fn lent(
        start: usize,
        len: usize,
        kind: Kind,
        what: impl Into<What>,
        writable: bool,
        made: Site,
    ) -> Region {
        Region {
            start,
            len,
            kind,
            what: what.into(),
            writable,
            alone: false,
            tail: 0,
            of_file: false,
            zone: 0,
            made,
            block: None,
            ended: OnceLock::new(),
            held: AtomicBool::new(false),
            reported: AtomicBool::new(false),
            heap: AtomicBool::new(false),
        }
    }

    /// Describes the inside of a block between guard zones.
    pub fn guarded(block: Block, kind: Kind, what: impl Into<What>, made: Site) -> Region {
        let (start, len) = (block.address().addr(), block.len());
        Region { block: Some(block), ..Region::lent(start, len, kind, what, true, made) }
    }

    /// Makes a counted pointer to it.
    ///
    /// # Errors
    /// [`NoMemory`].
    pub fn shared(self) -> Result<Arc<Region>, NoMemory> {
        /// A region with its two counts.
        const SIZE: usize = size_of::<Region>() + 2 * size_of::<usize>();
        if !cffi_memory::is_there_room(SIZE) {
            return Err(NoMemory);
        }
        // A block of this size has been given back just now.
        Ok(Arc::new(self))
    }

    /// Returns the address behind the last byte.
    pub fn end(&self) -> usize {
        self.start.saturating_add(self.len)
    }

    /// Returns the number of bytes behind a lent region that are known to belong to nobody else.
    pub fn apron(&self) -> usize {
        /// The number of bytes around a block of memory in which nothing else can begin.
        const APRON: usize = 8;
        match (self.zone, self.alone) {
            (0, true) => APRON,
            (0, false) => 0,
            (zone, _) => zone - self.len + WIDTH,
        }
    }

    /// Returns the addresses that belong to the region together with its guard zones.
    pub fn span(&self) -> (usize, usize) {
        match &self.block {
            Some(block) => block.span(),
            // A region without bytes has an address too.
            None => (self.start, self.start.saturating_add(self.len.max(1))),
        }
    }

    /// Returns the block with the guard zones.
    pub fn block(&self) -> Option<&Block> {
        self.block.as_ref()
    }

    /// Returns where and how it ended; `None` while it is alive.
    pub fn ended(&self) -> Option<(Site, How)> {
        self.ended.get().copied()
    }

    /// Returns whether it may be used.
    pub fn is_live(&self) -> bool {
        self.ended.get().is_none()
    }

    /// Returns whether its owner still refers to it after its end.
    pub fn is_held(&self) -> bool {
        self.held.load(Ordering::Acquire)
    }

    /// Notes its end. Returns whether this was the first one.
    pub fn finish(&self, site: Site, how: How) -> bool {
        self.ended.set((site, how)).is_ok()
    }

    /// Returns whether the damage of its guard zones was reported before, and notes that it is.
    pub fn report_once(&self) -> bool {
        !self.reported.swap(true, Ordering::AcqRel)
    }
}
