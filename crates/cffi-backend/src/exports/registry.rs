//! Which interpreter has made the types of which compiled module.
//!
//! A compiled module has one table of types in static memory, into which the addresses of Python objects are
//! written. So its types belong to one interpreter, and none but that can import it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::{CStr, c_int};
use std::sync::{Mutex, PoisonError};

use cffi_abi::{Global, Op, Opcode, TypeContext};
use cffi_parse::tables::{Reference, Table, TableError, TypeCounts, check_types_and_references};

use crate::rt::interp::{Interp, at_end};
use crate::rt::{Py, R, raise};
use crate::state::{self, State};

/// Who owns a table.
#[derive(Clone, Copy)]
struct Owner {
    /// `None` once it has ended: the table is full of its objects, and cannot be used again.
    interp: Option<Interp>,
    /// Counted; never given up, like the module.
    state: *const State,
}

// SAFETY: the state is Sync, and only used by the interpreter that it belongs to.
unsafe impl Send for Owner {}

/// By the address of the context. The lock is held for a look-up and for the check of one module's tables; nothing
/// of Python runs under it.
static OWNERS: Mutex<Option<HashMap<usize, Owner>>> = Mutex::new(None);

/// What is wrong with tables that are not to be used.
enum Refused {
    Elsewhere,
    Table(TableError),
    Missing(&'static str),
}

/// Takes the tables of a module for the current interpreter, and checks them if this is the first time. Gives the
/// state that its types belong to: `st`, or the one that it was first imported with.
///
/// Errors: `ImportError`.
///
/// # Safety
/// The context is that of a compiled module; its tables are as long as they say.
pub(super) unsafe fn claim<'a>(
    py: Py<'_>,
    st: &'a State,
    name: &CStr,
    context: &'static TypeContext,
) -> R<&'a State> {
    at_end(py, c"ferrocffi.modules", forget)?;
    // SAFETY: by the caller.
    match unsafe { claim_now(Interp::current(py), st, context) } {
        // SAFETY: counted by the registry, and never given up.
        Ok(state) => Ok(unsafe { &*state }),
        Err(refused) => {
            let name: String = name.to_string_lossy().chars().take(200).collect();
            Err(match refused {
                Refused::Elsewhere => raise!(
                    py,
                    Import,
                    "cffi extension module '{name}' was imported by another interpreter of this process, and \
                     cannot be imported twice"
                ),
                Refused::Table(error) => {
                    raise!(py, Import, "cffi extension module '{name}' has wrong tables: {error}")
                }
                Refused::Missing(table) => {
                    raise!(py, Import, "cffi extension module '{name}' has wrong tables: no {table}")
                }
            })
        }
    }
}

/// # Safety
/// As for [`claim`].
unsafe fn claim_now(
    interp: Interp,
    st: &State,
    context: &'static TypeContext,
) -> Result<*const State, Refused> {
    let mut owners = OWNERS.lock().unwrap_or_else(PoisonError::into_inner);
    match owners.get_or_insert_default().entry(std::ptr::from_ref(context).addr()) {
        Entry::Occupied(owner) if owner.get().interp == Some(interp) => Ok(owner.get().state),
        Entry::Occupied(_) => Err(Refused::Elsewhere),
        Entry::Vacant(place) => {
            // SAFETY: by the caller; nobody has put objects into the table yet.
            unsafe { check(context)? };
            let state = state::share(st);
            place.insert(Owner { interp: Some(interp), state });
            Ok(state)
        }
    }
}

/// Notes that an interpreter has ended.
fn forget(_py: Py<'_>, interp: Interp) {
    let mut owners = OWNERS.lock().unwrap_or_else(PoisonError::into_inner);
    for owner in owners.iter_mut().flat_map(HashMap::values_mut) {
        if owner.interp == Some(interp) {
            owner.interp = None;
        }
    }
}

fn count(n: c_int) -> usize {
    usize::try_from(n).unwrap_or(0)
}

/// Checks what the making of types relies on.
///
/// # Safety
/// The tables are as long as the context says, and the words of `types` are not written to meanwhile.
unsafe fn check(c: &TypeContext) -> Result<(), Refused> {
    let present = [
        ("types", c.num_types, c.types.is_null()),
        ("globals", c.num_globals, c.globals.is_null()),
        ("structs", c.num_struct_unions, c.struct_unions.is_null()),
        ("enums", c.num_enums, c.enums.is_null()),
        ("typedefs", c.num_typenames, c.typenames.is_null()),
    ];
    if let Some((table, ..)) = present.iter().find(|(_, number, null)| *number > 0 && *null) {
        return Err(Refused::Missing(table));
    }
    let types: &[Opcode] = match count(c.num_types) {
        0 => &[],
        // SAFETY: by the caller.
        n => unsafe { std::slice::from_raw_parts(c.types, n) },
    };
    let counts = TypeCounts {
        struct_unions: count(c.num_struct_unions),
        enums: count(c.num_enums),
        typenames: count(c.num_typenames),
    };
    // SAFETY: by the caller; only asked for indices below the number of typedefs.
    let typename_type = |i: usize| unsafe { usize::try_from((*c.typenames.add(i)).type_index) };
    let typename_type = |i| typename_type(i).unwrap_or(usize::MAX);
    // SAFETY: by the caller.
    let references = unsafe {
        let structs = rows(c.struct_unions, c.num_struct_unions);
        if structs.iter().any(|s| s.num_fields > 0 && (s.first_field_index < 0 || c.fields.is_null())) {
            return Err(Refused::Missing("fields"));
        }
        let fields = structs.iter().flat_map(|s| {
            let first = count(s.first_field_index);
            (first..first + count(s.num_fields))
                .map(|i| reference(Table::Fields, i, (*c.fields.add(i)).field_type_op))
        });
        globals(rows(c.globals, c.num_globals))
            .chain(owners(Table::StructUnions, Op::StructUnion, structs.iter().map(|s| s.type_index)))
            .chain(owners(Table::Enums, Op::Enum, rows(c.enums, c.num_enums).iter().map(|e| e.type_index)))
            .chain(fields)
    };
    check_types_and_references(types, counts, typename_type, references).map_err(Refused::Table)
}

/// A table, which may be missing if it has no entries.
///
/// # Safety
/// There are as many entries.
unsafe fn rows<'a, T>(table: *const T, n: c_int) -> &'a [T] {
    // SAFETY: by the caller.
    if n <= 0 { &[] } else { unsafe { std::slice::from_raw_parts(table, count(n)) } }
}

fn reference(table: Table, entry: usize, op: Opcode) -> Reference {
    Reference { table, entry, index: op.arg(), word: None }
}

/// The types of globals. Integers have none, and operations that nobody knows are refused when they are used.
fn globals(globals: &[Global]) -> impl Iterator<Item = Reference> {
    let typed = |op: Opcode| !matches!(op.op(), Err(_) | Ok(Op::ConstantInt | Op::Enum));
    let all = globals.iter().enumerate().filter(move |(_, g)| typed(g.type_op));
    all.map(|(i, g)| reference(Table::Globals, i, g.type_op))
}

/// The types of structs or enums, which have to lead back.
fn owners(table: Table, op: Op, types: impl Iterator<Item = c_int>) -> impl Iterator<Item = Reference> {
    types.enumerate().map(move |(entry, index)| Reference {
        table,
        entry,
        index: isize::try_from(index).unwrap_or(-1),
        word: Some(Opcode::new(op, entry.cast_signed())),
    })
}
