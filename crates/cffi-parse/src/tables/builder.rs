//! From byte strings to tables.

use cffi_abi::{Op, Opcode, StructFlags};
use cffi_memory::NoMemory;

use super::check::{TypeCounts, Types};
use super::{Enum, Field, Global, IntConstant, Name, StructUnion, Table, TableError, Tables, TypeName};

/// Returns true for a global whose value is in the tables.
pub(super) fn has_value(type_op: Opcode) -> bool {
    matches!(type_op.op(), Ok(Op::ConstantInt | Op::Enum))
}

/// Takes the byte strings of a module, in the order of the module; [`Self::finish`] checks how they
/// refer to each other.
#[derive(Debug, Default)]
pub struct TablesBuilder {
    types: Vec<Opcode>,
    globals: Vec<Global>,
    struct_unions: Vec<StructUnion>,
    fields: Vec<Field>,
    enums: Vec<Enum>,
    typenames: Vec<TypeName>,
    names: Vec<u8>,
}

/// What is left of an entry.
struct Reader<'a> {
    rest: &'a [u8],
    truncated: TableError,
}

impl<'a> Reader<'a> {
    fn new(encoded: &'a [u8], table: Table, entry: usize) -> Reader<'a> {
        Reader { rest: encoded, truncated: TableError::Truncated(table, entry) }
    }

    fn int(&mut self) -> Result<i32, TableError> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(self.truncated)?;
        self.rest = rest;
        Ok(i32::from_be_bytes(*bytes))
    }

    fn opcode(&mut self) -> Result<Opcode, TableError> {
        self.int().map(opcode)
    }

    /// Up to a NUL byte, and whether there was one.
    fn string(&mut self) -> (&'a [u8], bool) {
        // Most entries end with their name. Of all ways to look for one byte, this is the one that is not a loop.
        if !self.rest.contains(&0) {
            return (std::mem::take(&mut self.rest), false);
        }
        let end = self.rest.iter().position(|&byte| byte == 0);
        let string = &self.rest[..end.unwrap_or(self.rest.len())];
        self.rest = end.map_or(&[], |end| &self.rest[end + 1..]);
        (string, end.is_some())
    }
}

fn opcode(word: i32) -> Opcode {
    Opcode::from_raw((word as isize).cast_unsigned())
}

impl TablesBuilder {
    /// Empty tables.
    pub fn new() -> TablesBuilder {
        TablesBuilder::default()
    }

    /// Makes room for that many entries of `_globals` and `_struct_unions`, so that the tables need not grow often.
    ///
    /// # Errors
    /// [`TableError::NoMemory`].
    pub fn reserve(&mut self, globals: usize, struct_unions: usize) -> Result<(), TableError> {
        let names = globals.saturating_mul(16).saturating_add(struct_unions.saturating_mul(32));
        self.globals.try_reserve(globals).map_err(NoMemory::from)?;
        self.struct_unions.try_reserve(struct_unions).map_err(NoMemory::from)?;
        self.fields.try_reserve(struct_unions.saturating_mul(4)).map_err(NoMemory::from)?;
        self.names.try_reserve(names).map_err(NoMemory::from)?;
        Ok(())
    }

    /// `_types`: the words of all types. Up to 3 bytes too many at the end are not looked at.
    ///
    /// # Errors
    /// [`TableError::NoMemory`].
    pub fn types(&mut self, encoded: &[u8]) -> Result<(), TableError> {
        let words = encoded.chunks_exact(4);
        let words = words.map(|word| opcode(i32::from_be_bytes([word[0], word[1], word[2], word[3]])));
        self.types = cffi_memory::collect(words)?;
        Ok(())
    }

    /// Adds an entry of `_globals`: word and name. Returns true if it has a value, which has to be given to
    /// [`Self::value`]; the value of the others is not used.
    ///
    /// # Errors
    /// [`TableError::Truncated`], [`TableError::TooLarge`].
    pub fn global(&mut self, encoded: &[u8]) -> Result<bool, TableError> {
        let mut reader = Reader::new(encoded, Table::Globals, self.globals.len());
        let type_op = reader.opcode()?;
        let name = self.add_name(reader.string().0)?;
        cffi_memory::push(&mut self.globals, Global { name, type_op, value: IntConstant::default() })?;
        Ok(has_value(type_op))
    }

    /// Sets the value of the last global.
    pub fn value(&mut self, value: IntConstant) {
        if let Some(global) = self.globals.last_mut() {
            global.value = value;
        }
    }

    /// Adds the first string of an entry of `_struct_unions`: index of its type, flags and name.
    ///
    /// # Errors
    /// [`TableError::Truncated`], [`TableError::NoSuchType`], [`TableError::TooLarge`].
    pub fn struct_union(&mut self, encoded: &[u8]) -> Result<(), TableError> {
        let entry = self.struct_unions.len();
        let mut reader = Reader::new(encoded, Table::StructUnions, entry);
        let type_index = type_index(reader.int()?, Table::StructUnions, entry)?;
        let flags = StructFlags(reader.int()?);
        let name = self.add_name(reader.string().0)?;
        let first_field = self.fields.len();
        cffi_memory::push(
            &mut self.struct_unions,
            StructUnion { name, type_index, flags, first_field, num_fields: 0 },
        )?;
        Ok(())
    }

    /// Another string of an entry of `_struct_unions`, for a field of the last struct: word, number of
    /// bits unless the word is an `Op::Noop`, and name.
    ///
    /// # Errors
    /// [`TableError::Truncated`], [`TableError::BadBits`], [`TableError::FieldOutside`],
    /// [`TableError::TooLarge`].
    pub fn field(&mut self, encoded: &[u8]) -> Result<(), TableError> {
        let entry = self.fields.len();
        let mut reader = Reader::new(encoded, Table::Fields, entry);
        let type_op = reader.opcode()?;
        let bits = if type_op.op() == Ok(Op::Noop) {
            0
        } else {
            u32::try_from(reader.int()?).map_err(|_| TableError::BadBits(entry))?
        };
        let name = self.add_name(reader.string().0)?;
        match self.struct_unions.last_mut() {
            Some(around) if !around.flags.has(StructFlags::OPAQUE | StructFlags::EXTERNAL) => {
                around.num_fields += 1;
            }
            _ => return Err(TableError::FieldOutside(entry)),
        }
        cffi_memory::push(&mut self.fields, Field { name, type_op, bits })?;
        Ok(())
    }

    /// Adds an entry of `_enums`: index of its type, number of the primitive type, name, NUL byte, and the
    /// names of the enumerators with commas between them.
    ///
    /// # Errors
    /// [`TableError::Truncated`], [`TableError::NoSuchType`], [`TableError::TooLarge`].
    pub fn enumeration(&mut self, encoded: &[u8]) -> Result<(), TableError> {
        let entry = self.enums.len();
        let mut reader = Reader::new(encoded, Table::Enums, entry);
        let type_index = type_index(reader.int()?, Table::Enums, entry)?;
        let type_prim = reader.int()?;
        let (name, terminated) = reader.string();
        if !terminated {
            return Err(reader.truncated);
        }
        let name = self.add_name(name)?;
        let enumerators = self.add_name(reader.string().0)?;
        cffi_memory::push(&mut self.enums, Enum { name, type_index, type_prim, enumerators })?;
        Ok(())
    }

    /// Adds an entry of `_typenames`: index of its type, and name.
    ///
    /// # Errors
    /// [`TableError::Truncated`], [`TableError::NoSuchType`], [`TableError::TooLarge`].
    pub fn typename(&mut self, encoded: &[u8]) -> Result<(), TableError> {
        let entry = self.typenames.len();
        let mut reader = Reader::new(encoded, Table::Typenames, entry);
        let type_index = type_index(reader.int()?, Table::Typenames, entry)?;
        let name = self.add_name(reader.string().0)?;
        cffi_memory::push(&mut self.typenames, TypeName { name, type_index })?;
        Ok(())
    }

    fn add_name(&mut self, bytes: &[u8]) -> Result<Name, TableError> {
        let too_large = |_| TableError::TooLarge;
        let name = Name {
            start: self.names.len().try_into().map_err(too_large)?,
            len: bytes.len().try_into().map_err(too_large)?,
        };
        cffi_memory::extend(&mut self.names, bytes)?;
        cffi_memory::push(&mut self.names, 0)?;
        Ok(name)
    }

    /// Checks that everything that is referred to exists.
    ///
    /// # Errors
    /// Any [`TableError`]; the first one found.
    pub fn finish(self) -> Result<Tables, TableError> {
        let counts = TypeCounts {
            struct_unions: self.struct_unions.len(),
            enums: self.enums.len(),
            typenames: self.typenames.len(),
        };
        let types = Types::new(&self.types, counts)?;
        self.check_declarations(&types)?;
        types.check_ends(|typename| self.typenames[typename].type_index)?;
        Ok(Tables {
            types: self.types.into_boxed_slice(),
            globals: self.globals.into_boxed_slice(),
            struct_unions: self.struct_unions.into_boxed_slice(),
            fields: self.fields.into_boxed_slice(),
            enums: self.enums.into_boxed_slice(),
            typenames: self.typenames.into_boxed_slice(),
            names: self.names.into_boxed_slice(),
        })
    }

    fn check_declarations(&self, types: &Types<'_>) -> Result<(), TableError> {
        for (entry, global) in self.globals.iter().enumerate() {
            check_global(types, entry, global.type_op)?;
        }
        for (entry, field) in self.fields.iter().enumerate() {
            if matches!(field.type_op.op(), Ok(Op::Noop | Op::Bitfield)) {
                types.refer(Table::Fields, entry, field.type_op.arg())?;
            }
        }
        for (entry, typename) in self.typenames.iter().enumerate() {
            types.refer(Table::Typenames, entry, typename.type_index.cast_signed())?;
        }
        let structs = self.struct_unions.iter().map(|s| s.type_index).enumerate();
        for (entry, type_index) in structs {
            check_own_type(types, Table::StructUnions, Op::StructUnion, entry, type_index)?;
        }
        let enums = self.enums.iter().map(|e| e.type_index).enumerate();
        for (entry, type_index) in enums {
            check_own_type(types, Table::Enums, Op::Enum, entry, type_index)?;
        }
        Ok(())
    }
}

fn type_index(index: i32, table: Table, entry: usize) -> Result<usize, TableError> {
    usize::try_from(index).map_err(|_| TableError::NoSuchType(table, entry, index as isize))
}

fn check_global(types: &Types<'_>, entry: usize, type_op: Opcode) -> Result<(), TableError> {
    match type_op.op() {
        Ok(Op::GlobalVar | Op::DlopenFunc | Op::DlopenConst) => {
            types.refer(Table::Globals, entry, type_op.arg())?;
        }
        Ok(
            Op::CpythonBltnV
            | Op::CpythonBltnN
            | Op::CpythonBltnO
            | Op::Constant
            | Op::GlobalVarF
            | Op::ExternPython,
        ) => return Err(TableError::NeedsAddress(entry)),
        // Integer constants have no type, and other operations are refused when the name is used.
        _ => {}
    }
    Ok(())
}

/// Checks that an entry and its type, with which it is cached, are one thing.
fn check_own_type(
    types: &Types<'_>,
    table: Table,
    op: Op,
    entry: usize,
    type_index: usize,
) -> Result<(), TableError> {
    let word = types.refer(table, entry, type_index.cast_signed())?;
    if word == Opcode::new(op, entry.cast_signed()) {
        Ok(())
    } else {
        Err(TableError::NotItsType(table, entry))
    }
}
