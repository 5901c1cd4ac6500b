//! Heap types and the allocation of their instances.

use std::ffi::{CStr, c_int, c_uint, c_ulong, c_void};
use std::marker::PhantomData;
use std::sync::OnceLock;

use pyo3_ffi as ffi;

use super::at::{self, BeginsWith, Entry, Slot};
use super::err::{R, Raised, raise};
use super::obj::{Obj, Owned};
use super::small_int::{MAKES, write_header};
use super::spare::Spare;
use super::table::{Attribute, Member, Method, Table};
use super::token::Py;

/// A function that takes the place of another one in the types of a name.
pub struct Change {
    name: &'static CStr,
    collected: Option<bool>,
    slot: c_int,
    function: *const c_void,
}

// SAFETY: the members are constants, and the function lives as long as the process.
unsafe impl Send for Change {}
// SAFETY: a change is only read after it was made.
unsafe impl Sync for Change {}

impl Change {
    /// Describes a change. It applies to types with that `tp_name` which set the slot. `collected` restricts it to types
    /// with, or without, a garbage collector's header.
    ///
    /// # Safety
    /// The objects of all types that the change applies to have the layout `T`, or one that begins with it.
    pub unsafe fn new<T, S: Slot>(
        name: &'static CStr,
        collected: Option<bool>,
        _slot: S,
        entry: Entry<T, S>,
    ) -> Change {
        Change { name, collected, slot: S::NUMBER, function: entry.address() }
    }
}

static CHANGES: OnceLock<Vec<Change>> = OnceLock::new();

/// Sets the changes that all types of this module get which are made from now on. Only the first call counts.
pub fn change_slots(changes: impl FnOnce() -> Vec<Change>) {
    CHANGES.get_or_init(changes);
}

/// The description of a type whose objects have the layout `T`. [`TypeSpec::make`] turns it into a type object.
///
/// Every slot takes an [`Entry`], which was made for that slot, and for `T` or for a layout that `T` begins with.
pub struct TypeSpec<T> {
    name: &'static CStr,
    basic_size: usize,
    flags: c_ulong,
    slots: Vec<ffi::PyType_Slot>,
    layout: PhantomData<fn(&T)>,
}

impl<T> TypeSpec<T> {
    /// Describes a type that Python code can neither subclass, nor instantiate, nor change.
    pub fn new(name: &'static CStr) -> TypeSpec<T> {
        TypeSpec {
            name,
            basic_size: size_of::<T>(),
            flags: ffi::Py_TPFLAGS_DEFAULT
                | ffi::Py_TPFLAGS_IMMUTABLETYPE
                | ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION,
            slots: Vec::new(),
            layout: PhantomData,
        }
    }

    /// Sets a slot.
    pub fn slot<B, S: Slot>(self, _slot: S, entry: Entry<B, S>) -> TypeSpec<T>
    where
        T: BeginsWith<B>,
    {
        // SAFETY: the function was made for this slot, and for objects of a layout that this one begins with.
        unsafe { self.pointer(S::NUMBER, entry.address()) }
    }

    /// Sets the methods.
    pub fn methods<B, const N: usize>(self, methods: &'static Table<Method<B>, N>) -> TypeSpec<T>
    where
        T: BeginsWith<B>,
    {
        // SAFETY: the table is static and has an end; its methods take objects of a layout that this one begins with.
        unsafe { self.pointer(ffi::Py_tp_methods, methods.as_slot()) }
    }

    /// Sets the computed attributes.
    pub fn attributes<B, const N: usize>(self, attributes: &'static Table<Attribute<B>, N>) -> TypeSpec<T>
    where
        T: BeginsWith<B>,
    {
        // SAFETY: the table is static and has an end; its functions take objects of a layout that this one begins with.
        unsafe { self.pointer(ffi::Py_tp_getset, attributes.as_slot()) }
    }

    /// Sets the members.
    pub fn members<const N: usize>(self, members: &'static Table<Member<T>, N>) -> TypeSpec<T> {
        // SAFETY: the table is static and has an end; its members are those of this layout.
        unsafe { self.pointer(ffi::Py_tp_members, members.as_slot()) }
    }

    /// Sets the docstring.
    pub fn doc(self, doc: &'static CStr) -> TypeSpec<T> {
        // SAFETY: the docstring is a static C string, as the slot demands.
        unsafe { self.pointer(ffi::Py_tp_doc, doc.as_ptr().cast()) }
    }

    /// Sets a slot to a value that lives as long as the process, and that `PyType_Slot` documents for it.
    ///
    /// # Safety
    /// The value is of such a kind, and fits objects of the layout.
    pub(crate) unsafe fn pointer(mut self, slot: c_int, value: *const c_void) -> TypeSpec<T> {
        self.slots.push(ffi::PyType_Slot { slot, pfunc: value.cast_mut() });
        self
    }

    /// Makes the garbage collector track the objects, with the function that visits what they refer to.
    pub fn collected<B>(mut self, traverse: Entry<B, at::Traverse>) -> TypeSpec<T>
    where
        T: BeginsWith<B>,
    {
        self.flags |= ffi::Py_TPFLAGS_HAVE_GC;
        self.slot(at::Traverse, traverse)
    }

    /// Allows subclasses.
    pub fn with_subclasses(mut self) -> TypeSpec<T> {
        self.flags |= ffi::Py_TPFLAGS_BASETYPE;
        self
    }

    /// Allows Python code to make objects.
    pub fn with_instances(mut self) -> TypeSpec<T> {
        self.flags &= !ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION;
        self
    }

    /// Allows changes of the type's attributes.
    pub fn with_changes(mut self) -> TypeSpec<T> {
        self.flags &= !ffi::Py_TPFLAGS_IMMUTABLETYPE;
        self
    }

    /// Lets the interpreter call the objects by their vectorcall entries.
    ///
    /// # Safety
    /// The table of the members says where the objects have their entries.
    pub unsafe fn vectorcalled(mut self) -> TypeSpec<T> {
        self.flags |= ffi::Py_TPFLAGS_HAVE_VECTORCALL;
        self
    }

    fn change(&mut self, changes: &[Change]) {
        let collected = self.flags & ffi::Py_TPFLAGS_HAVE_GC != 0;
        let mine = |change: &&Change| change.name == self.name && change.collected != Some(!collected);
        for change in changes.iter().filter(mine) {
            for slot in self.slots.iter_mut().filter(|slot| slot.slot == change.slot) {
                slot.pfunc = change.function.cast_mut();
            }
        }
    }

    /// Makes the type object, with `module` as its defining module.
    ///
    /// # Errors
    /// `MemoryError`, and what the interpreter finds wrong with the description.
    pub fn make(self, py: Py<'_>, module: &Obj) -> R<Owned> {
        // SAFETY: without a base class, nothing but the slots works on the objects.
        unsafe { self.make_of(py, module, std::ptr::null_mut()) }
    }

    /// Makes the type object as a subclass of `base`.
    ///
    /// # Errors
    /// As for [`TypeSpec::make`].
    ///
    /// # Safety
    /// `base` is a class whose functions work on objects of the layout `T`, and on blocks that are allocated for this type.
    pub unsafe fn make_subclass(self, py: Py<'_>, module: &Obj, base: &Obj) -> R<Owned> {
        // SAFETY: the caller promises that the functions of the base class fit.
        unsafe { self.make_of(py, module, base.as_ptr()) }
    }

    /// # Safety
    /// As for [`TypeSpec::make_subclass`], if `base` is not null.
    unsafe fn make_of(mut self, py: Py<'_>, module: &Obj, base: *mut ffi::PyObject) -> R<Owned> {
        if self.flags & ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION != 0 {
            // The flag would be enough, but the oldest pickle protocols tell by `__new__` whether a type is one of
            // Python's own classes, whose objects they pickle without their contents.
            self.flags &= !ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION;
            // SAFETY: the function has the type of the slot, and makes no object.
            self = unsafe { self.pointer(ffi::Py_tp_new, not_made as *const c_void) };
        }
        if let Some(changes) = CHANGES.get() {
            self.change(changes);
        }
        self.slots.push(ffi::PyType_Slot { slot: 0, pfunc: std::ptr::null_mut() });
        let mut spec = ffi::PyType_Spec {
            name: self.name.as_ptr(),
            basicsize: self.basic_size as c_int,
            itemsize: 0,
            flags: self.flags as c_uint,
            slots: self.slots.as_mut_ptr(),
        };
        // SAFETY: attached; name, doc and tables of the slots are static, the rest is copied by the call.
        unsafe { Owned::from_new(py, ffi::PyType_FromModuleAndSpec(module.as_ptr(), &mut spec, base)) }
    }
}

/// Raises the interpreter's error: the `tp_new` of types whose objects Python code cannot make.
///
/// # Safety
/// Called by the interpreter.
unsafe extern "C" fn not_made(
    tp: *mut ffi::PyTypeObject,
    _args: *mut ffi::PyObject,
    _keywords: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: attached, the type is alive.
    unsafe {
        let text = c"cannot create '%s' instances".as_ptr();
        ffi::PyErr_Format(ffi::PyExc_TypeError, text, (*tp).tp_name)
    }
}

/// Makes a class derived from `Exception`, like `PyErr_NewException` but without a call of `type()`, which looks up
/// every special method.
pub fn new_exception(py: Py<'_>, module: &Obj, name: &'static CStr, doc: &'static CStr) -> R<Owned> {
    // SAFETY: attached; a static type of the interpreter.
    let base = unsafe { Obj::from_ptr(ffi::PyExc_Exception) };
    let parent = base.as_ptr().cast::<ffi::PyTypeObject>();
    // SAFETY: attached, and the base class is static. The members are copied with the specification, and end with an empty
    // one. The objects begin with the layout of the base class, and have a word more; both functions go on to that class.
    unsafe {
        let weakrefs = (*parent).tp_basicsize.unsigned_abs();
        let members: [Member<ffi::PyObject>; 2] = [Member::weak_references(weakrefs), Member::END];
        let mut spec = TypeSpec::<ffi::PyObject>::new(name)
            .doc(doc)
            .with_instances()
            .with_changes()
            .with_subclasses()
            .collected(Entry::<ffi::PyObject, at::Traverse>::new(exception_traverse))
            .pointer(ffi::Py_tp_members, members.as_ptr().cast());
        spec.basic_size = weakrefs + size_of::<*mut ffi::PyObject>();
        if let Some(clear) = (*parent).tp_clear {
            spec = spec.slot(at::Clear, Entry::<ffi::PyObject, at::Clear>::new(clear));
        }
        spec.make_subclass(py, module, base)
    }
}

unsafe extern "C" fn exception_traverse(
    p: *mut ffi::PyObject,
    visit: ffi::visitproc,
    arg: *mut c_void,
) -> c_int {
    // SAFETY: called by the garbage collector with a live exception of a heap type, which has to be visited too.
    unsafe {
        let status = visit(ffi::Py_TYPE(p).cast(), arg);
        match (*ffi::PyExc_Exception.cast::<ffi::PyTypeObject>()).tp_traverse {
            Some(rest) if status == 0 => rest(p, visit, arg),
            _ => status,
        }
    }
}

/// Gives a class of this module an attribute, before anybody has seen the class or looked something up in it.
/// `setattr()` would look for special methods each time.
pub fn set_attribute(py: Py<'_>, class: &Obj, name: &CStr, value: &Obj) -> R<()> {
    if !is_class(class) {
        return Err(raise!(py, Type, "expected a class"));
    }
    let name = super::text::interned(py, &name.to_string_lossy())?;
    // SAFETY: the object was checked to be a class, whose dict is alive with it.
    let dict = unsafe { Obj::from_ptr((*class.as_ptr().cast::<ffi::PyTypeObject>()).tp_dict) };
    super::dict::set(py, dict, &name, value)
}

/// Closes a type for subclassing, after this module has made the subclasses that it needs.
///
/// # Safety
/// `tp` is a type object of this module that Python code has not seen yet.
pub unsafe fn seal(tp: *mut ffi::PyTypeObject) {
    // SAFETY: the caller promises that nobody else has seen the type yet.
    unsafe { super::version::change_flags(tp, 0, ffi::Py_TPFLAGS_BASETYPE) };
}

/// Writes the header of an object in a block that the allocator has just given. Since 3.13 programs can be told of each
/// new object, by the interpreter's own function.
///
/// # Safety
/// `p` is a fresh block with room for the header of a heap type `tp`; the thread is attached.
#[inline(always)]
unsafe fn init(p: *mut ffi::PyObject, tp: *mut ffi::PyTypeObject) {
    // SAFETY: the caller gives a fresh block, which nobody else has seen; objects of heap types count their type.
    unsafe {
        if MAKES && cfg!(not(Py_3_13)) {
            ffi::Py_INCREF(tp.cast());
            write_header(p, tp);
        } else {
            ffi::PyObject_Init(p, tp);
        }
    }
}

/// Allocates an object without a GC header; the memory behind the object header is uninitialised.
///
/// # Safety
/// `tp` is a heap type without GC whose instances have at least the size of `T`, `size` is at least that; the
/// caller initialises all members before anybody sees the object.
#[inline(always)]
pub unsafe fn alloc_plain<T>(py: Py<'_>, tp: *mut ffi::PyTypeObject, size: usize) -> R<*mut T> {
    // SAFETY: attached; the block is large enough for the header, which PyObject_Init fills.
    unsafe {
        let p = ffi::PyObject_Malloc(size);
        if p.is_null() {
            return Err(py.no_memory());
        }
        init(p.cast(), tp);
        Ok(p.cast())
    }
}

/// Allocates an object of `size` bytes as [`alloc_plain`] does, in the memory of an earlier object if there is any.
///
/// # Safety
/// As for [`alloc_plain`]; all blocks of `spare` have at least `size` bytes.
#[inline(always)]
pub unsafe fn alloc_spare<T>(
    py: Py<'_>,
    tp: *mut ffi::PyTypeObject,
    size: usize,
    spare: &Spare,
) -> R<*mut T> {
    match spare.take(py) {
        // SAFETY: the memory has the size of these objects, and `tp` is a type of this layout.
        Some(p) => unsafe {
            init(p.as_ptr(), tp);
            Ok(p.as_ptr().cast())
        },
        // SAFETY: the caller promises the requirements of `alloc_plain`.
        None => unsafe { alloc_plain::<T>(py, tp, size) },
    }
}

/// Allocates an object as [`alloc_plain`] does, with all memory behind the object header zeroed. It serves large
/// objects, whose memory comes zeroed from the system.
///
/// # Safety
/// As for [`alloc_plain`].
#[inline(always)]
pub unsafe fn alloc_zeroed<T>(py: Py<'_>, tp: *mut ffi::PyTypeObject, size: usize) -> R<*mut T> {
    // SAFETY: the block has at least the size of the layout `T`.
    unsafe {
        let p = ffi::PyObject_Calloc(1, size);
        if p.is_null() {
            return Err(py.no_memory());
        }
        init(p.cast(), tp);
        Ok(p.cast())
    }
}

/// Allocates an object with a GC header, untracked and zeroed behind the object header.
///
/// # Safety
/// `tp` is a heap type with GC whose instances have the size of `T`, and no dict of the interpreter's; the caller
/// initialises all members and then calls [`track`].
#[inline]
pub unsafe fn alloc_gc<T>(_py: Py<'_>, tp: *mut ffi::PyTypeObject) -> R<*mut T> {
    // SAFETY: attached; the block has the size that the type says.
    unsafe {
        debug_assert_eq!((*tp).tp_basicsize, size_of::<T>().cast_signed());
        let p = ffi::PyObject_GC_New::<T>(tp);
        if p.is_null() {
            return Err(super::err::Raised::already());
        }
        let header = size_of::<ffi::PyObject>();
        p.cast::<u8>().add(header).write_bytes(0, size_of::<T>() - header);
        Ok(p)
    }
}

/// Allocates an object as [`alloc_gc`] does, of a class that Python code may have derived from this module's.
///
/// # Safety
/// `tp` is a heap type with GC whose instances begin with `T`; the caller initialises all members of `T` and then calls
/// [`track`].
pub unsafe fn alloc_gc_derived<T>(_py: Py<'_>, tp: *mut ffi::PyTypeObject) -> R<*mut T> {
    // SAFETY: attached; PyType_GenericAlloc zeroes and tracks, so it is untracked until it is filled.
    unsafe {
        let p = ffi::PyType_GenericAlloc(tp, 0);
        if p.is_null() {
            return Err(super::err::Raised::already());
        }
        ffi::PyObject_GC_UnTrack(p.cast());
        Ok(p.cast())
    }
}

/// Shows a filled object to the cyclic garbage collector.
///
/// # Safety
/// `p` is an object from [`alloc_gc`] or [`alloc_gc_derived`], all of its members are valid.
pub unsafe fn track(p: *mut ffi::PyObject) {
    // SAFETY: the caller promises that all members are valid.
    unsafe { ffi::PyObject_GC_Track(p.cast()) };
}

/// Ends a `tp_dealloc`: frees the memory and drops the instance's reference to its heap type.
///
/// # Safety
/// `p` is an object whose members have been given up, of a type of this module, with GC if `gc` is true.
#[inline(always)]
pub unsafe fn free(p: *mut ffi::PyObject, gc: bool) {
    // SAFETY: nobody uses the object any more; its type is read before the memory goes.
    unsafe {
        let tp = ffi::Py_TYPE(p);
        if gc {
            ffi::PyObject_GC_Del(p.cast());
        } else {
            ffi::PyObject_Free(p.cast());
        }
        ffi::Py_DECREF(tp.cast());
    }
}

/// Ends a `tp_dealloc` as [`free`] does. The memory is kept if there is room.
///
/// # Safety
/// As for [`free`], without GC; attached. The memory has the size of the blocks of `spare`, or more.
#[inline(always)]
pub unsafe fn free_spare(p: *mut ffi::PyObject, spare: &Spare) {
    // SAFETY: nobody uses the object any more; its type is read before the memory goes.
    unsafe {
        let tp = ffi::Py_TYPE(p);
        if !spare.keep(Py::assume(), p) {
            ffi::PyObject_Free(p.cast());
        }
        ffi::Py_DECREF(tp.cast());
    }
}

/// Clears the weak references to an object in its `tp_dealloc`.
///
/// # Safety
/// `p` is being deallocated and `list` is its weak reference list member.
#[inline(always)]
pub unsafe fn clear_weakrefs(p: *mut ffi::PyObject, list: *mut ffi::PyObject) {
    if !list.is_null() {
        // SAFETY: the object is being deallocated, as the caller promises, so nobody else uses it.
        unsafe { ffi::PyObject_ClearWeakRefs(p) };
    }
}

/// Returns the class `object`.
pub fn object_class<'py>(_py: Py<'py>) -> &'py Obj {
    // SAFETY: the class lives as long as the interpreter, and the token proves that there is one.
    unsafe { Obj::from_ptr((&raw mut ffi::PyBaseObject_Type).cast()) }
}

/// Returns the class `type`.
pub fn type_class<'py>(_py: Py<'py>) -> &'py Obj {
    // SAFETY: the class lives as long as the interpreter, and the token proves that there is one.
    unsafe { Obj::from_ptr((&raw mut ffi::PyType_Type).cast()) }
}

/// Returns the class `property`.
pub fn property_class<'py>(_py: Py<'py>) -> &'py Obj {
    // SAFETY: the class lives as long as the interpreter, and the token proves that there is one.
    unsafe { Obj::from_ptr((&raw mut ffi::PyProperty_Type).cast()) }
}

/// Returns the class `types.ModuleType`.
pub fn module_class<'py>(_py: Py<'py>) -> &'py Obj {
    // SAFETY: the class lives as long as the interpreter, and the token proves that there is one.
    unsafe { Obj::from_ptr((&raw mut ffi::PyModule_Type).cast()) }
}

/// Opens a class of this module for changes of its attributes, or closes it. A class that is open has caches, which the
/// interpreter keeps right.
pub fn set_immutable(_py: Py<'_>, class: &Obj, immutable: bool) {
    let flag = ffi::Py_TPFLAGS_IMMUTABLETYPE;
    let (add, remove) = if immutable { (flag, 0) } else { (0, flag) };
    if is_class(class) {
        // SAFETY: the object was checked to be a class. The flag decides about `setattr()` on the class, nothing else.
        unsafe { super::version::change_flags(class.as_ptr().cast(), add, remove) };
    }
}

/// Returns whether an object is a class.
pub fn is_class(object: &Obj) -> bool {
    // SAFETY: the object is borrowed, so it is alive; the macro reads its class.
    unsafe { ffi::PyType_Check(object.as_ptr()) != 0 }
}

/// Returns whether a class is another class or derived from it. Objects that are not classes are not.
pub fn is_subclass(_py: Py<'_>, class: &Obj, base: &Obj) -> bool {
    // SAFETY: the token proves that the thread is attached, and both objects were checked to be classes.
    is_class(class)
        && is_class(base)
        && unsafe { ffi::PyType_IsSubtype(class.as_ptr().cast(), base.as_ptr().cast()) != 0 }
}

/// Returns `isinstance(object, class)`.
///
/// # Errors
/// Whatever `__instancecheck__` raises.
pub fn is_instance(_py: Py<'_>, object: &Obj, class: &Obj) -> R<bool> {
    // SAFETY: the token proves that the thread is attached; both objects are borrowed, so they are alive.
    match unsafe { ffi::PyObject_IsInstance(object.as_ptr(), class.as_ptr()) } {
        -1 => Err(Raised::already()),
        is => Ok(is != 0),
    }
}

/// Returns the module that a class was made for.
///
/// # Errors
/// `TypeError` for an object that is no class of a module.
pub fn module_of<'a>(py: Py<'_>, class: &'a Obj) -> R<&'a Obj> {
    if !is_class(class) {
        return Err(raise!(py, Type, "expected a class"));
    }
    // SAFETY: the token proves that the thread is attached, and the object was checked to be a class, which keeps its
    // module.
    let module = unsafe { Obj::from_ptr_opt(ffi::PyType_GetModule(class.as_ptr().cast())) };
    module.ok_or_else(Raised::already)
}
