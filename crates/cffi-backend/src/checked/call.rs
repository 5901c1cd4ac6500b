//! Calls of C functions through function pointers.

use std::any::Any;
use std::sync::Arc;

use pyo3_ffi as ffi;

use super::error::{Report, end_of, has_room, room};
use super::functions_known::{self as known, Known};
use super::gate::{self, Use, pass_all};
use super::written::Watched;
use super::{callbacks, crashes, demands, heap, lent, objects, own, reach, refused, site, values};
use crate::call;
use crate::ctype::function::FunctionType;
use crate::ctype::{Access, CType, make};
use crate::value::{CData, alloc};
use cffi_memory::NoMemory;
use cffi_regions::mapped;
use cffi_regions::{How, Region, registry};
use cffi_rt::slots::{Call, guard, receiver, vectorcall};
use cffi_rt::{Args, Obj, Owned, Py, R, Raised};

/// Returns the vectorcall entry of function pointers of a type.
pub(super) fn entry_of(_function: &dyn Any) -> ffi::vectorcallfunc {
    GENERAL
}

/// Returns the vectorcall entry of function pointers of a type whose calls keep the GIL.
pub(super) fn keeping_entry_of(_function: &dyn Any) -> ffi::vectorcallfunc {
    KEEPING
}

/// The call of a function pointer, which keeps the GIL if `KEEPS` is true.
struct Checking<const KEEPS: bool>;

impl<const KEEPS: bool> Call for Checking<KEEPS> {
    type Receiver = CData;

    unsafe fn call(py: Py<'_>, cd: &CData, args: Args<'_>) -> R {
        let find = if KEEPS { call::keeping_entry_of } else { call::entry_of };
        run(py, cd, args, cd.ct().function().map_or(call::GENERAL, |function| find(function)))
    }
}

/// The vectorcall entry of all function pointers whose calls keep the GIL.
pub(super) const KEEPING: ffi::vectorcallfunc = vectorcall::<Checking<true>>;

/// The vectorcall entry of all other function pointers.
pub(super) const GENERAL: ffi::vectorcallfunc = vectorcall::<Checking<false>>;

/// Calls a function of a library for the first time. The choice of an entry reads the code of the function, which must be
/// there.
///
/// # Safety
/// Called by the interpreter: `callable` is a cdata, `args` as the protocol has them.
pub(super) unsafe extern "C" fn vectorcall_deciding(
    callable: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargsf: usize,
    kwnames: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter keeps to the vectorcall protocol, and `callable` is a cdata.
    unsafe {
        let there = guard(|py| known::function(py, receiver(callable)).map(drop));
        if there < 0 {
            return std::ptr::null_mut();
        }
        alloc::decided_entry(receiver(callable))(callable, args, nargsf, kwnames)
    }
}

/// Checks the call of a function pointer and makes it through `entry`.
fn run(py: Py<'_>, cd: &CData, args: Args<'_>, entry: ffi::vectorcallfunc) -> R {
    let function = cd.ct().function();
    // A signature without a plan is refused, unless it is variadic.
    let is_possible = |function: &&FunctionType| {
        args.keywords() == 0 && !cd.data().is_null() && (function.call.is_some() || function.ellipsis)
    };
    let Some(function) = function.filter(is_possible) else {
        // SAFETY: the arguments are those of the interpreter's own call.
        let done = unsafe { through(py, entry, cd, &positional(args), args) };
        return refused::null(py, cd.data(), done);
    };
    let known = known::function(py, cd)?;
    let mut checked = Checked::new(known, function);
    checked.arguments(py, args)?;
    if known.frees && checked.frees(py)? {
        return Ok(py.none());
    }
    let noted = crashes::noted(py, known.name, known.library, args);
    // SAFETY: the arguments are those of the interpreter's own call, or arrays made for it that `checked` keeps.
    let result = noted.during(|| unsafe { through(py, entry, cd, &checked.values, args) });
    mapped::may_have_changed();
    checked.after(py, result)
}

/// Returns the offset of a byte that was written to since a region has ended.
fn written_to(region: &Region) -> Option<usize> {
    if region.is_live() { None } else { region.block()?.written_after_end() }
}

/// Returns the same, once for each region.
fn written_after_end(region: &Region) -> Option<usize> {
    written_to(region).filter(|_| region.report_once())
}

fn positional(args: Args<'_>) -> Vec<*mut ffi::PyObject> {
    args.values().iter().map(|value| value.as_ptr()).collect()
}

/// Calls through an entry with other values of the arguments.
///
/// # Safety
/// `values` are live objects, as many as `args` has; `entry` calls cdata like `cd`.
unsafe fn through(
    py: Py<'_>,
    entry: ffi::vectorcallfunc,
    cd: &CData,
    values: &[*mut ffi::PyObject],
    args: Args<'_>,
) -> R {
    // SAFETY: the values are live objects, and the names are those of the interpreter's own call.
    unsafe { Owned::from_new(py, entry(cd.as_ptr(), values.as_ptr(), args.len(), args.names())) }
}

/// A call whose arguments are being checked.
pub(super) struct Checked<'a> {
    known: &'static Known,
    function: &'a FunctionType,
    /// The objects that are passed: those of the caller, or others that were made of them.
    pub(super) values: Vec<*mut ffi::PyObject>,
    made: Vec<Owned>,
    /// The regions with guard zones that C has got, by the number of the argument.
    regions: Vec<(usize, Arc<Region>)>,
    /// The bytes that C must not write to.
    watched: Vec<Watched>,
    /// The block that `realloc()` was asked to change.
    reallocated: Option<usize>,
}

impl<'a> Checked<'a> {
    pub(super) fn new(known: &'static Known, function: &'a FunctionType) -> Checked<'a> {
        Checked {
            known,
            function,
            values: Vec::new(),
            made: Vec::new(),
            regions: Vec::new(),
            watched: Vec::new(),
            reallocated: None,
        }
    }

    /// Checks the arguments before the call.
    pub(super) fn arguments(&mut self, py: Py<'_>, args: Args<'_>) -> R<()> {
        py.room(self.values.try_reserve(args.len()).map_err(NoMemory::from))?;
        for i in 0..args.len() {
            let value = args.get(i);
            let mut passed = value.as_ptr();
            if let Some(cd) = value.downcast::<CData>() {
                self.cdata(py, i, cd)?;
            } else if let Some(ct) = self.function.args.get(i)
                && ct.is_aggregate()
            {
                values::readable(py, ct, value)?;
            } else if let Some(ct) = self.function.args.get(i)
                && ct.is_pointer()
            {
                if let Some(bytes) = value.as_bytes() {
                    self.bytes(py, i, value, bytes)?;
                } else if (value.is_list() || value.is_tuple() || value.is_str())
                    && let Some(array) = self.array(py, i, ct, value)?
                {
                    passed = array;
                }
            }
            self.values.push(passed);
        }
        if !self.known.demands.is_empty() {
            demands::ensure(py, self.known.name, self.known.demands, args)?;
        }
        if self.known.reallocates {
            self.reallocates(py, args)?;
        }
        Ok(())
    }

    /// Notes a `bytes` object whose address is passed.
    fn bytes(&mut self, py: Py<'_>, i: usize, value: &Obj, bytes: &[u8]) -> R<()> {
        let watched = py.room(Watched::bytes(i, bytes))?;
        py.push(&mut self.watched, watched)?;
        if objects::can_be_kept(py, value) {
            let start = bytes.as_ptr().addr();
            let region = || objects::argument(bytes, site::here(py));
            objects::keep(py, value, start, region, None, How::Abandoned);
        }
        Ok(())
    }

    fn cdata(&mut self, py: Py<'_>, i: usize, cd: &CData) -> R<()> {
        match cd.ct().access {
            Access::Pointer | Access::Array | Access::OpenArray => {
                let address = cd.data().addr();
                let found = self.regions.len();
                let what = format_args!("argument {} of {}", i + 1, self.known.name);
                gate::alive(py, cd, &what)?;
                self.address(py, i, address)?;
                if let Some(item) = cd.ct().item()
                    && let Some(region) = self.regions.get(found).map(|(_, region)| Arc::clone(region))
                {
                    let regions = &mut self.regions;
                    let add = &mut |found: Arc<Region>| {
                        // Leaves out memory that an earlier call wrote to after its end.
                        let is_clean = found.is_live() || written_to(&found).is_none();
                        if is_clean { py.push(regions, (i, found)) } else { Ok(()) }
                    };
                    reach::regions(py, item, address, &region, add)?;
                }
                Ok(())
            }
            Access::Aggregate => {
                let is_value = self.function.args.get(i).is_none_or(|ct| ct.is_aggregate());
                let size = cd.ct().known_size().unwrap_or(0);
                let what = format_args!("argument {} of {}", i + 1, self.known.name);
                if is_value { pass_all(py, cd.data(), size, Use::Read, &what) } else { Ok(()) }
            }
            _ => Ok(()),
        }
    }

    /// Checks an address that is passed.
    fn address(&mut self, py: Py<'_>, i: usize, address: usize) -> R<()> {
        if address == 0 {
            return Ok(());
        }
        let Some(region) = registry().find(address) else { return self.foreign(py, i, address) };
        if !region.is_live() {
            return Err(self.dead(py, i, address, &region));
        }
        if region.block().is_some() {
            // The end of an array is an address that may be passed. Functions that free memory have a text of their own.
            let is_outside = address < region.start || address > region.end();
            if is_outside && !self.known.frees && !self.known.reallocates {
                return Err(self.outside(py, i, address, &region));
            }
            py.push(&mut self.regions, (i, region))?;
        }
        Ok(())
    }

    #[cold]
    fn outside(&self, py: Py<'_>, i: usize, address: usize, region: &Region) -> Raised {
        if !has_room() {
            return py.no_memory();
        }
        let side = if address < region.start { "before the start" } else { "past the end" };
        let text = format!("argument {} of {}: {side} of the memory", i + 1, self.known.name);
        Report::of(text, address, 0, region).raise(py)
    }

    /// Checks an address that is passed and that Python does not own.
    fn foreign(&mut self, py: Py<'_>, i: usize, address: usize) -> R<()> {
        if let Some(region) = registry().first_lent_at(address) {
            // SAFETY: the region is live, so its object lends the memory during the call.
            let watched = unsafe { Watched::lent(i, region) };
            if let Some(watched) = py.room(watched)? {
                py.push(&mut self.watched, watched)?;
            }
            return Ok(());
        }
        match objects::dead_at(py, address, 1).or_else(|| lent::destroyed_at(address, 1)) {
            Some(region) => Err(self.dead(py, i, address, &region)),
            None => Ok(()),
        }
    }

    #[cold]
    fn dead(&self, py: Py<'_>, i: usize, address: usize, region: &Region) -> Raised {
        if !has_room() {
            return py.no_memory();
        }
        let text = format!("argument {} of {}: the memory has been freed", i + 1, self.known.name);
        Report::of(text, address, 0, region).raise(py)
    }

    /// Makes the array that a call makes of a list or a text, between guard zones. `None` where the call itself has to
    /// find out what to do.
    fn array(&mut self, py: Py<'_>, i: usize, ct: &CType, value: &Obj) -> R<Option<*mut ffi::PyObject>> {
        if ct.item().and_then(CType::known_size).unwrap_or(0) == 0 {
            return Ok(None);
        }
        if let Some(parts) = cffi_rt::seq::Seq::of(value) {
            for n in 0..parts.len() {
                let Some(part) = parts.get(n) else { break };
                if let Some(cd) = part.downcast::<CData>() {
                    self.cdata(py, i, cd)?;
                }
            }
            if let Some(item) = ct.item() {
                values::items_readable(py, item, value)?;
            }
        }
        let made = make::open_array(py, ct).and_then(|array| own::argument(py, array, value));
        let made = match made {
            Ok(made) => made,
            Err(raised) => {
                py.err_clear(raised);
                return Ok(None);
            }
        };
        let address = made.as_ptr();
        self.address(py, i, made.data().addr())?;
        py.push(&mut self.made, made.into_obj())?;
        Ok(Some(address))
    }

    /// Takes the place of `free()`. Returns whether nothing is left to do.
    pub(super) fn frees(&self, py: Py<'_>) -> R<bool> {
        let Some(address) = self.heap_argument(py)? else { return Ok(false) };
        // SAFETY: the program passes the address to `free()`, and whatever is known for certain not to be a block was refused.
        Ok(address % 16 == 0 && unsafe { heap::defer_free(py, address) })
    }

    /// Lets `realloc()` make a new block and keep the old one, which goes into quarantine afterwards.
    fn reallocates(&mut self, py: Py<'_>, args: Args<'_>) -> R<()> {
        let Some(address) = self.heap_argument(py)? else { return Ok(()) };
        for i in 1..args.len() {
            if args.get(i).is_int() && !args.get(i).is_true(py)? {
                // That frees the block.
                return Ok(());
            }
        }
        let Some(ct) = self.function.args.first() else { return Ok(()) };
        let null = alloc::pointer(py, ct, std::ptr::null_mut())?.into_obj();
        if let Some(first) = self.values.first_mut() {
            *first = null.as_ptr();
            self.made.push(null);
            self.reallocated = Some(address);
        }
        Ok(())
    }

    /// Returns the address of the first argument, which must be that of a block of `malloc()`; `None` for NULL.
    fn heap_argument(&self, py: Py<'_>) -> R<Option<usize>> {
        // The array that was made of a list is in the place of the list.
        let Some(first) = self.values.first() else { return Ok(None) };
        // SAFETY: the caller's arguments and the arrays made of them are alive during the call.
        let first = unsafe { Obj::from_ptr(*first) };
        if let Some(bytes) = first.as_bytes() {
            room(py)?;
            let text = format!("{} got memory that Python owns, in argument 1", self.known.name);
            let notes = vec![format!("the argument is a bytes object of {} bytes", bytes.len())];
            return Err(Report { text, notes }.raise(py));
        }
        let Some(cd) = first.downcast::<CData>().filter(|cd| cd.ct().is_pointer_or_array()) else {
            return Ok(None);
        };
        let address = cd.data().addr();
        if address == 0 {
            return Ok(None);
        }
        let of_python = registry().find(address).or_else(|| {
            let kinds = [cffi_regions::Kind::Buffer];
            registry().lent_at(address).into_iter().find(|region| kinds.contains(&region.kind))
        });
        match of_python {
            None => {
                room(py)?;
                mapped::check(address.saturating_sub(16), 16, mapped::Need::Write).map_err(|lack| {
                    let what = format_args!("argument 1 of {}", self.known.name);
                    gate::lacks(py, lack, address, 1, mapped::Need::Write, &what)
                })?;
                if let Some(Report { text, notes }) = heap::never_allocated(address) {
                    let text = format!("{} got {text}, in argument 1", self.known.name);
                    return Err(Report { text, notes }.raise(py));
                }
                Ok(Some(address))
            }
            Some(region) => {
                room(py)?;
                let text = format!("{} got memory that Python owns, in argument 1", self.known.name);
                Err(Report::of(text, address, 0, &region).raise(py))
            }
        }
    }

    /// Checks what the call has left.
    pub(super) fn after(self, py: Py<'_>, result: R) -> R {
        for array in &self.made {
            if let Some(cd) = array.downcast::<CData>() {
                own::returned(py, cd);
            }
        }
        if let Some(mut report) = self.found() {
            if let Err(raised) = result {
                report.notes.push("the call raised an exception too".into());
                py.err_clear(raised);
            }
            return Err(report.raise(py));
        }
        let result = result?;
        if self.known.allocates
            && let Some(made) = result.downcast::<CData>().filter(|cd| cd.ct().is_pointer())
            && !made.data().is_null()
        {
            let address = made.data().addr();
            // SAFETY: the function that has just returned the address is one of those that return new blocks, and the program
            // has passed the old one to `realloc()`, which got NULL instead.
            unsafe {
                if let Some(old) = self.reallocated {
                    heap::moved(py, old, address);
                }
                heap::allocated(py, address);
            }
        }
        // A struct result gets guard zones.
        if let Some(cd) = result.downcast::<CData>()
            && cd.ct().access == Access::Aggregate
            && cd.is_own()
        {
            return own::relocated(py, cd, cffi_regions::Kind::Result).map(Owned::into_obj);
        }
        Ok(result)
    }

    /// Returns what is wrong after the call.
    fn found(&self) -> Option<Report> {
        let name = self.known.name;
        for (i, region) in &self.regions {
            if let Some(offset) = written_after_end(region) {
                if !has_room() {
                    return Some(Report::without_room());
                }
                let text = format!("{name} has written to freed memory that its argument {} leads to", i + 1);
                return Some(Report::of(text, region.start + offset, 1, region));
            }
            if let Some(damage) = own::damage_after_call(region) {
                if damage.is_empty() {
                    return Some(Report::without_room());
                }
                let text = format!("{name} has written outside of the memory of its argument {}", i + 1);
                let mut notes = vec![damage];
                notes.extend(end_of(region));
                return Some(Report { text, notes });
            }
        }
        self.watched
            .iter()
            // SAFETY: the arguments of the call are alive, and with them the memory that was watched.
            .find_map(|watched| unsafe { watched.report(name) })
            .or_else(|| callbacks::called_meanwhile(name))
    }
}
