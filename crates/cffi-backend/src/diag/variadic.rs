//! Advice about values in the variadic part of a call, where C declares no types, and about variadic callbacks.

use crate::ctype::by_value::Position;
use crate::ctype::new_function::goes_by_value;
use crate::ctype::{CType, FunctionType};
use cffi_rt::line::Line;
use cffi_rt::note::Key;
use cffi_rt::{Obj, Py, Raised};

/// The number of this kind of place in keys of notes. Those of [`super::place`] with these lowest bits have types too.
const UNTYPED: usize = 2 | 1 << 3;

/// Adds advice to the error of a `value` that has no C type: the ways to give it one. Only the function determines the
/// right type: with a wrong one, it reads another value, perhaps an invalid address. `in_a_call` is the note that names the
/// function, if it is known.
#[cold]
pub(crate) fn untyped(
    py: Py<'_>,
    raised: Raised,
    ct: &CType,
    value: &Obj,
    in_a_call: Option<&str>,
) -> Raised {
    let how = match () {
        () if value.is_int() => {
            "ffi.cast(T, x), with exactly the type T that the function reads here ('long' for printf's %ld)"
        }
        () if value.is_float() => "ffi.cast('double', x), if the function reads a double here",
        () if value.is_bytes() => "ffi.new('char[]', x), if the function reads a C string here",
        () if value.is_str() => "ffi.new('char[]', x.encode()), if the function reads a C string here",
        () if value.is_none() => "ffi.NULL, if the function accepts a null pointer here",
        () if value.is_list() || value.is_tuple() => {
            "ffi.new(T, x), with the array type T that the function reads here"
        }
        () if value.is_callable() => {
            "ffi.callback(T, x), with the function type T that is called; keep it alive while C may call it"
        }
        () => "cdata of the type that the function reads here",
    };
    let key = Key { place: UNTYPED, of: [how.as_ptr().addr(), how.len()], expected: 0, got: 0, name: [0; 2] };
    let notes = &ct.state().notes;
    let push = |line: &mut Line| {
        line.push("'...' declares no type for it: pass ").push(how);
    };
    match in_a_call {
        Some(first) => {
            let key = Key { name: [0, first.len()], ..key };
            let mut line = Line::new();
            push(&mut line);
            py.note_pair(notes, raised, (&key, first), [first, line.as_str()])
        }
        None => py.note_known(notes, raised, Some(&key), push),
    }
}

/// Adds the reason to the error of a callback type that cannot be made.
#[cold]
pub(crate) fn no_callback(py: Py<'_>, raised: Raised, ct: &CType, function: &FunctionType) -> Raised {
    let notes = &ct.state().notes;
    if function.ellipsis {
        return py.note(
            notes,
            raised,
            format_args!(
                "Python code cannot read what C passes for '...': declare fixed arguments if C always passes the same \
                 ones, or let a C function read them and call a callback without '...' (API mode)"
            ),
        );
    }
    let pending = py.take_err(raised);
    let of_result = (&*function.result, Position::Result);
    let of_args = function.args.iter().map(|ct| (&**ct, Position::Argument));
    let found = of_args.chain([of_result]).enumerate().find(|(_, (ct, position))| {
        !goes_by_value(py, ct, *position).unwrap_or_else(|raised| {
            py.err_clear(raised);
            false
        })
    });
    let raised = py.restore_err(pending);
    let Some((i, (in_the_way, position))) = found else { return raised };
    let mut line = Line::new();
    match position {
        Position::Argument => line.push("argument ").push_number(i + 1),
        Position::Result => line.push("the result"),
    };
    line.push(" of type '").push(in_the_way.name()).push("' cannot go by value here: a pointer to it can");
    py.note_text(notes, raised, line.as_str())
}
