//! Binding of call arguments to parameters, with the error messages of CPython's `PyArg_Parse*` family.

use std::borrow::Cow;

use pyo3_ffi as ffi;

use super::err::{R, Raised, raise};
use super::obj::{Obj, Owned, PyLayout};
use super::text;
use super::token::Py;
use super::{dict, num, seq};

/// The arguments of a vectorcall: positional ones, then those of the names in `kwnames`.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    values: *const *mut ffi::PyObject,
    positional: usize,
    kwnames: Option<&'a Obj>,
}

/// The arguments of a vectorcall as the interpreter passes them. Where only their number is asked for, as on the shortest ways,
/// the flag in it need not be taken off.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    values: *const *mut ffi::PyObject,
    nargsf: usize,
    kwnames: Option<&'a Obj>,
}

impl<'a> Given<'a> {
    /// Describes the arguments of a vectorcall.
    ///
    /// # Safety
    /// `values` holds as many live objects as `nargsf` says and one more for each name of the tuple `kwnames`, for `'a`.
    #[inline(always)]
    pub unsafe fn new(
        values: *const *mut ffi::PyObject,
        nargsf: usize,
        kwnames: *mut ffi::PyObject,
    ) -> Given<'a> {
        // SAFETY: the caller promises that `kwnames` is null or a live tuple.
        Given { values, nargsf, kwnames: unsafe { Obj::from_ptr_opt(kwnames) } }
    }

    /// Returns the arguments.
    #[inline(always)]
    pub fn args(self) -> Args<'a> {
        // SAFETY: the function only takes a flag off.
        let positional = unsafe { ffi::PyVectorcall_NARGS(self.nargsf) }.cast_unsigned();
        Args { values: self.values, positional, kwnames: self.kwnames }
    }

    /// Returns whether there are so many positional arguments.
    #[inline(always)]
    pub fn is_count(&self, count: usize) -> bool {
        // The flag is the highest bit, so the lower half has none. The objects of a call with 2³² arguments would take 32 GB,
        // which no array on a stack of the interpreter has.
        self.nargsf as u32 == count as u32
    }

    /// Returns whether there are keyword arguments.
    #[inline(always)]
    pub fn has_keywords(&self) -> bool {
        // SAFETY: a `Given` is made with a tuple of keyword names, or none.
        self.kwnames.is_some_and(|names| unsafe { ffi::PyTuple_GET_SIZE(names.as_ptr()) } > 0)
    }

    /// Returns the positional argument `i`, without a check.
    ///
    /// # Safety
    /// There are so many.
    #[inline(always)]
    pub unsafe fn get_unchecked(&self, i: usize) -> &'a Obj {
        // SAFETY: the array has so many objects, which live for `'a`, as `new` was told.
        unsafe { Obj::from_ptr(*self.values.add(i)) }
    }
}

impl<'a> From<Args<'a>> for Given<'a> {
    #[inline(always)]
    fn from(args: Args<'a>) -> Given<'a> {
        Given { values: args.values, nargsf: args.positional, kwnames: args.kwnames }
    }
}

/// The parameters of a function. One with an empty name is positional only.
pub struct Params {
    /// The function's name as messages print it; empty for none.
    pub function: &'static str,
    /// The parameters in order.
    pub names: &'static [&'static str],
    /// The number of required parameters.
    pub required: usize,
}

#[cold]
fn takes_no_keywords(py: Py<'_>, function: &str) -> Raised {
    raise!(py, Type, "{function}() takes no keyword arguments")
}

impl<'a> Args<'a> {
    /// Describes the arguments of a METH_FASTCALL function or of a vectorcall.
    ///
    /// # Safety
    /// `values` holds `positional` live objects and one more for each name of the tuple `kwnames`, for `'a`.
    #[inline(always)]
    pub unsafe fn new(
        values: *const *mut ffi::PyObject,
        positional: usize,
        kwnames: *mut ffi::PyObject,
    ) -> Args<'a> {
        // SAFETY: the caller promises that `kwnames` is null or a live tuple.
        Args { values, positional, kwnames: unsafe { Obj::from_ptr_opt(kwnames) } }
    }

    /// Returns the number of positional arguments.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.positional
    }

    /// Returns the positional argument `i`.
    ///
    /// # Panics
    /// There are not so many.
    #[inline(always)]
    pub fn get(&self, i: usize) -> &'a Obj {
        assert!(i < self.positional, "argument out of range");
        // SAFETY: the array has so many objects, which live for `'a`, as `new` was told.
        unsafe { Obj::from_ptr(*self.values.add(i)) }
    }

    /// Returns the number of keyword arguments.
    #[inline(always)]
    pub fn keywords(&self) -> usize {
        match self.kwnames {
            None => 0,
            // SAFETY: an `Args` is made with a tuple of keyword names, or none.
            Some(names) => unsafe { ffi::PyTuple_GET_SIZE(names.as_ptr()) }.cast_unsigned(),
        }
    }

    /// Returns the tuple of keyword names, or null, as the vectorcall protocol has it.
    pub fn names(&self) -> *mut ffi::PyObject {
        self.kwnames.map_or(std::ptr::null_mut(), Obj::as_ptr)
    }

    /// Returns the positional argument `i`, without a check.
    ///
    /// # Safety
    /// There are so many.
    #[inline(always)]
    pub unsafe fn get_unchecked(&self, i: usize) -> &'a Obj {
        debug_assert!(i < self.positional, "argument out of range");
        // SAFETY: the array has so many objects, which live for `'a`, as `new` was told.
        unsafe { Obj::from_ptr(*self.values.add(i)) }
    }

    /// Describes positional arguments.
    #[inline(always)]
    pub fn of(values: &'a [&'a Obj]) -> Args<'a> {
        // A reference to an object has the form of a pointer to it.
        Args { values: values.as_ptr().cast(), positional: values.len(), kwnames: None }
    }

    /// Returns the positional arguments.
    #[inline(always)]
    pub fn positional(&self) -> &'a [&'a Obj] {
        if self.positional == 0 {
            return &[];
        }
        // SAFETY: the array has so many objects, which live for `'a`, as `new` was told. A reference to an object has the
        // form of a pointer to it.
        unsafe { std::slice::from_raw_parts(self.values.cast(), self.positional) }
    }

    /// Returns all values: those of the positional arguments, then those of the keyword arguments.
    pub fn values(&self) -> &'a [&'a Obj] {
        let count = self.positional + self.keywords();
        if count == 0 {
            return &[];
        }
        // SAFETY: the array has so many objects, which live for `'a`, as `new` was told. A reference to an object has the
        // form of a pointer to it.
        unsafe { std::slice::from_raw_parts(self.values.cast(), count) }
    }

    /// Returns the name and value of each keyword argument.
    pub fn keyword_items(&self) -> impl Iterator<Item = (&'a Obj, &'a Obj)> {
        let Args { values, positional, .. } = *self;
        let names = self.kwnames.map_or(&[][..], seq::tuple_items);
        names.iter().enumerate().map(move |(k, name)| {
            // SAFETY: the array has an object for each name behind the positional ones, which lives for `'a`, as `new` was
            // told.
            (*name, unsafe { Obj::from_ptr(*values.add(positional + k)) })
        })
    }

    /// Calls `callable` with these arguments.
    pub fn pass_on(&self, py: Py<'_>, callable: &Obj) -> R {
        let names = self.kwnames.map_or(std::ptr::null_mut(), Obj::as_ptr);
        // SAFETY: the token proves that the thread is attached; an `Args` is made with as many live objects as it says,
        // and the names are a tuple or none.
        unsafe {
            let made = ffi::PyObject_Vectorcall(callable.as_ptr(), self.values, self.positional, names);
            Owned::from_new(py, made)
        }
    }

    /// Rejects keyword arguments. It serves functions that count the positional ones themselves, or whose other entry
    /// points reject keyword arguments.
    #[inline(always)]
    pub fn no_keywords(&self, py: Py<'_>, function: &str) -> R<()> {
        if self.keywords() == 0 { Ok(()) } else { Err(takes_no_keywords(py, function)) }
    }

    /// Binds the arguments to `N` parameters.
    #[inline(always)]
    pub fn bind<const N: usize>(&self, py: Py<'_>, params: &Params) -> R<[Option<&'a Obj>; N]> {
        let mut out = [None; N];
        if self.kwnames.is_none() && self.positional >= params.required && self.positional <= N {
            for (i, place) in out.iter_mut().enumerate().take(self.positional) {
                *place = Some(self.get(i));
            }
            return Ok(out);
        }
        self.bind_slow(py, params, &mut out)?;
        Ok(out)
    }

    #[cold]
    fn bind_slow(&self, py: Py<'_>, params: &Params, out: &mut [Option<&'a Obj>]) -> R<()> {
        let f = params.function;
        let by_keyword = params.names.iter().any(|n| !n.is_empty());
        let (most, given) = (out.len(), self.positional + self.keywords());
        let (name, brackets) = if f.is_empty() { ("function", "") } else { (f, "()") };
        if !by_keyword && self.keywords() > 0 {
            return Err(takes_no_keywords(py, f));
        }
        if given > most || (!by_keyword && given < params.required) {
            let (bound, n) = if params.required == most && !by_keyword {
                ("exactly", most)
            } else if given > most {
                ("at most", most)
            } else {
                ("at least", params.required)
            };
            let s = if n == 1 { "" } else { "s" };
            let kind = if by_keyword && self.positional == 0 { "keyword " } else { "" };
            return Err(raise!(
                py,
                Type,
                "{name}{brackets} takes {bound} {n} {kind}argument{s} ({given} given)"
            ));
        }
        for (i, place) in out.iter_mut().enumerate().take(self.positional) {
            *place = Some(self.get(i));
        }
        let mut unknown = None;
        for (key, value) in self.keyword_items() {
            let text = text::lossy(py, key);
            let Some(at) = params.names.iter().position(|n| *n == text && !n.is_empty()) else {
                unknown.get_or_insert(text);
                continue;
            };
            if out[at].is_some() {
                return Err(raise!(
                    py,
                    Type,
                    "argument for {name}{brackets} given by name ('{text}') and position ({})",
                    at + 1
                ));
            }
            out[at] = Some(value);
        }
        if let Some(at) = out[..params.required].iter().position(Option::is_none) {
            return Err(raise!(
                py,
                Type,
                "{name}{brackets} missing required argument '{}' (pos {})",
                params.names[at],
                at + 1
            ));
        }
        match unknown {
            Some(key) => Err(unexpected_keyword(py, &key, name, brackets)),
            None => Ok(()),
        }
    }
}

impl Args<'_> {
    /// Replaces the error for a missing second argument where the first one is not a `T`: CPython checks the arguments
    /// in order.
    #[cold]
    pub fn or_wrong_first<T: PyLayout + Named>(&self, py: Py<'_>, raised: Raised, params: &Params) -> Raised {
        if self.positional != 1 || self.keywords() > 0 || self.get(0).downcast::<T>().is_some() {
            return raised;
        }
        py.err_clear(raised);
        Place { function: params.function, number: 1 }.wrong(py, T::TP_NAME, self.get(0))
    }
}

#[cfg(not(Py_3_13))]
fn unexpected_keyword(py: Py<'_>, key: &str, name: &str, brackets: &str) -> Raised {
    let what = if brackets.is_empty() { "this function" } else { name };
    raise!(py, Type, "'{key}' is an invalid keyword argument for {what}{brackets}")
}

#[cfg(Py_3_13)]
fn unexpected_keyword(py: Py<'_>, key: &str, name: &str, brackets: &str) -> Raised {
    let what = if brackets.is_empty() { "this function" } else { name };
    raise!(py, Type, "{what}{brackets} got an unexpected keyword argument '{key}'")
}

/// The arguments of a `tp_init` or `tp_new`, a tuple and perhaps a dict, in the layout of a vectorcall.
pub struct CallArgs {
    values: Vec<Owned>,
    positional: usize,
    names: Option<Owned>,
}

impl CallArgs {
    /// Copies the references out of `tuple` and `dict`.
    pub fn new(py: Py<'_>, tuple: &Obj, dict: Option<&Obj>) -> R<CallArgs> {
        let mut values: Vec<Owned> = Vec::new();
        while let Some(item) = seq::tuple_item(tuple, values.len()) {
            py.push(&mut values, item.new_ref())?;
        }
        let positional = values.len();
        let names = match dict {
            None => None,
            Some(dict) => {
                let mut keys: Vec<Owned> = Vec::new();
                let mut position = 0;
                while let Some((key, value)) = dict::next(py, dict, &mut position) {
                    py.push(&mut keys, key)?;
                    py.push(&mut values, value)?;
                }
                let keys = py.collect(keys.iter().map(|k| &**k))?;
                if keys.is_empty() { None } else { Some(seq::tuple(py, &keys)?) }
            }
        };
        Ok(CallArgs { values, positional, names })
    }

    /// Returns the arguments, to be bound to parameters.
    pub fn args(&self) -> Args<'_> {
        // SAFETY: an owned reference is a pointer to an object; there is one for each positional argument and for each
        // name, and they live as long as `self`.
        unsafe {
            let values = self.values.as_ptr().cast::<*mut ffi::PyObject>();
            Args::new(
                values,
                self.positional,
                self.names.as_ref().map_or(std::ptr::null_mut(), |n| n.as_ptr()),
            )
        }
    }
}

/// The position of an argument in a call, for messages.
pub struct Place {
    /// The name of the function.
    pub function: &'static str,
    /// The number of the argument, counted from 1.
    pub number: usize,
}

impl Place {
    /// Raises `TypeError` with the text `f() argument n must be X, not Y`.
    #[cold]
    pub fn wrong(&self, py: Py<'_>, expected: &str, got: &Obj) -> super::Raised {
        let got = if got.is_none() { Cow::Borrowed("None") } else { got.type_name() };
        let Place { function, number } = self;
        let call = if function.is_empty() { String::new() } else { format!("{function}() ") };
        raise!(py, Type, "{call}argument {number} must be {expected}, not {got}")
    }

    /// Checks an argument that must be of one exact type of this module (format `O!`).
    #[inline(always)]
    pub fn exact<'a, T: PyLayout + Named>(&self, py: Py<'_>, obj: &'a Obj) -> R<&'a T> {
        match obj.downcast::<T>() {
            Some(t) => {
                if T::SHARED {
                    super::shared::used(t);
                }
                Ok(t)
            }
            None => Err(self.wrong(py, T::TP_NAME, obj)),
        }
    }

    /// Checks an argument that must be a text without NULs (format `s`).
    pub fn text<'a>(&self, py: Py<'_>, obj: &'a Obj) -> R<&'a str> {
        if !obj.is_str() {
            return Err(self.wrong(py, "str", obj));
        }
        text::utf8_no_nul(py, obj)
    }

    /// Checks an argument that must be a list (format `O!` with `PyList_Type`).
    pub fn list<'a>(&self, py: Py<'_>, obj: &'a Obj) -> R<&'a Obj> {
        if obj.is_list() { Ok(obj) } else { Err(self.wrong(py, "list", obj)) }
    }

    /// Checks an argument that must be a tuple (format `O!` with `PyTuple_Type`).
    pub fn tuple<'a>(&self, py: Py<'_>, obj: &'a Obj) -> R<&'a Obj> {
        if obj.is_tuple() { Ok(obj) } else { Err(self.wrong(py, "tuple", obj)) }
    }
}

/// A type with a name for messages.
pub trait Named {
    /// The `tp_name` of the type.
    const TP_NAME: &'static str;
    /// Whether threads share the instances, which own nothing but memory; see [`super::shared`].
    const SHARED: bool = false;
}

/// Converts an optional C `int` argument, or returns its default.
pub fn int_or(py: Py<'_>, obj: Option<&Obj>, default: i32) -> R<i32> {
    obj.map_or(Ok(default), |o| num::arg_int(py, o))
}

/// Converts an optional `Py_ssize_t` argument, or returns its default.
pub fn ssize_or(py: Py<'_>, obj: Option<&Obj>, default: isize) -> R<isize> {
    obj.map_or(Ok(default), |o| num::arg_ssize(py, o))
}
