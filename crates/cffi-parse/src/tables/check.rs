//! Checks on the words that describe types.

use cffi_abi::{IO_FILE_STRUCT, Op, Opcode};

use super::{Table, TableError};

/// How many entries there are in the tables that types refer to.
#[derive(Clone, Copy, Debug)]
pub struct TypeCounts {
    /// Number of structs and unions.
    pub struct_unions: usize,
    /// Number of enums.
    pub enums: usize,
    /// Number of typedefs.
    pub typenames: usize,
}

/// Checks a table of types, such as the one of a compiled module, in which nothing was built yet:
/// every reference leads somewhere, every list of parameters ends, and so does the walk from one type
/// to those it is made of. `typename_type` is the index of the type of a typedef.
///
/// # Errors
/// The first thing that is wrong.
pub fn check_types(
    types: &[Opcode],
    counts: TypeCounts,
    typename_type: impl Fn(usize) -> usize,
) -> Result<(), TableError> {
    let types = Types::new(types, counts)?;
    for typename in 0..counts.typenames {
        types.refer(Table::Typenames, typename, typename_type(typename).cast_signed())?;
    }
    types.check_ends(typename_type)
}

/// A table in which every reference is known to lead somewhere.
pub(super) struct Types<'a> {
    words: &'a [Opcode],
    roles: Vec<Role>,
}

/// What a word is by its place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Type,
    /// The length of the array in the word before.
    Length,
}

impl<'a> Types<'a> {
    pub(super) fn new(words: &'a [Opcode], counts: TypeCounts) -> Result<Types<'a>, TableError> {
        let types = Types { words, roles: roles(words)? };
        for (index, &word) in words.iter().enumerate() {
            if types.roles[index] == Role::Type {
                types.check_word(index, word, counts)?;
            }
        }
        Ok(types)
    }

    /// Returns the word that an entry refers to by `index`.
    pub(super) fn refer(&self, table: Table, entry: usize, index: isize) -> Result<Opcode, TableError> {
        let found = usize::try_from(index).ok().filter(|&at| self.roles.get(at) == Some(&Role::Type));
        found.map(|at| self.words[at]).ok_or(TableError::NoSuchType(table, entry, index))
    }

    fn check_word(&self, index: usize, word: Opcode, counts: TypeCounts) -> Result<(), TableError> {
        let arg = word.arg();
        let exists = |table, count| match word.index() {
            Some(entry) if entry < count => Ok(()),
            _ => Err(TableError::NoSuchEntry(index, table, arg)),
        };
        match word.op() {
            Ok(Op::Pointer | Op::Array | Op::OpenArray | Op::Noop | Op::Function) => {
                self.refer(Table::Types, index, arg)?;
                Ok(())
            }
            Ok(Op::StructUnion) if arg == IO_FILE_STRUCT => Ok(()),
            Ok(Op::StructUnion) => exists(Table::StructUnions, counts.struct_unions),
            Ok(Op::Enum) => exists(Table::Enums, counts.enums),
            Ok(Op::Typename) => exists(Table::Typenames, counts.typenames),
            Err(_) if !word.is_operation() => Err(TableError::NotAnOperation(index)),
            // Primitive numbers, and operations that are no types: refused when the type is used.
            _ => Ok(()),
        }
    }

    /// Follows all references, and refuses those that come back to where they started. Structs end
    /// a walk, because their fields are only looked at when the struct is used.
    pub(super) fn check_ends(&self, typename_type: impl Fn(usize) -> usize) -> Result<(), TableError> {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            Open,
            Ended,
        }
        let mut states = cffi_memory::repeated(State::New, self.words.len())?;
        // The words on the way here, each with the number of its references already followed.
        let mut way: Vec<(usize, usize)> = Vec::new();
        for start in 0..self.words.len() {
            let open = self.roles[start] == Role::Type && states[start] == State::New;
            if open && self.reference(start, 0, &typename_type).is_some() {
                states[start] = State::Open;
                cffi_memory::push(&mut way, (start, 0))?;
            }
            while let Some((at, followed)) = way.last_mut() {
                let Some(next) = self.reference(*at, *followed, &typename_type) else {
                    states[*at] = State::Ended;
                    way.pop();
                    continue;
                };
                *followed += 1;
                match states.get(next) {
                    Some(State::New) if self.reference(next, 0, &typename_type).is_none() => {
                        states[next] = State::Ended;
                    }
                    Some(State::New) => {
                        states[next] = State::Open;
                        cffi_memory::push(&mut way, (next, 0))?;
                    }
                    Some(State::Open) => return Err(TableError::Cycle(next)),
                    Some(State::Ended) | None => {}
                }
            }
        }
        Ok(())
    }

    /// Returns the `number`-th word that the word at `index` refers to; for a function first the result, then
    /// the words of the parameters.
    fn reference(
        &self,
        index: usize,
        number: usize,
        typename_type: impl Fn(usize) -> usize,
    ) -> Option<usize> {
        let word = self.words[index];
        match (word.op(), number) {
            (Ok(Op::Pointer | Op::Array | Op::OpenArray | Op::Noop | Op::Function), 0) => word.index(),
            (Ok(Op::Typename), 0) => word.index().map(typename_type),
            (Ok(Op::Function), _) => {
                let parameter = index + number;
                let ended = self.words.get(parameter)?.op() == Ok(Op::FunctionEnd);
                (!ended).then_some(parameter)
            }
            _ => None,
        }
    }
}

/// Tells lengths from types, and looks at lists of parameters.
fn roles(words: &[Opcode]) -> Result<Vec<Role>, TableError> {
    let mut roles = cffi_memory::vec(words.len())?;
    let mut function = None;
    while let Some(word) = words.get(roles.len()) {
        let index = roles.len();
        roles.push(Role::Type);
        match (word.op(), function) {
            (Ok(Op::Function | Op::Array), Some(list)) => return Err(TableError::BadParameters(list)),
            (Ok(Op::Function), None) => function = Some(index),
            (Ok(Op::FunctionEnd), _) => function = None,
            (Ok(Op::Array), None) if index + 1 < words.len() => roles.push(Role::Length),
            (Ok(Op::Array), None) => return Err(TableError::NoLength(index)),
            _ => {}
        }
    }
    function.map_or(Ok(roles), |list| Err(TableError::BadParameters(list)))
}
