//! The grammar of type strings.
//!
//! ```text
//! type    = {"const" | "volatile"} (words | base) ["_Complex"] sequel
//! words   = {"short" | "long" | "signed" | "unsigned"} ["int" | "char" | "double" | "__int128"]
//! base    = "int" | "char" | "void" | "_Bool" | "float" | "double" | NAME
//!         | ("struct" | "union") NAME | "enum" NAME
//! sequel  = {"*" | "const" | "volatile" | "__cdecl" | "__stdcall"} [NAME] {"(" group ")"} {"[" [length] "]"}
//! group   = sequel (the first one only, if it starts like one) | "void" | [type {"," type}] ["..."]
//! ```
//!
//! Types are written inside out, as C declarators are read: each part of a sequel writes a word that
//! refers to what is *around* it, whose place may only be known later. `Sequel::pending` is the word
//! that still waits for the place of what comes next.
//!
//! Nesting is kept in a list, not on the machine's stack: every level writes a word at least, so the
//! limit on words is the limit on levels.

use cffi_abi::{
    END_ABI_STDCALL, END_ELLIPSIS, IO_FILE_STRUCT, LONG_DOUBLE_COMPLEX, Op, Opcode, Primitive,
    UNSIGNED_INT128, bit_int_number, later_complex, later_primitive,
};

use crate::number::array_length;
use crate::token::{Kind, Lexer};
use crate::{ConstantLookup, Context, Output, ParseError, common_type, standard_typename};

/// The word before the width of a bit-precise integer.
const BIT_INT: &str = "_BitInt";
const TOO_COMPLEX: &str = "internal type complexity limit reached";
const INVALID_COMBINATION: &str = "invalid combination of types";
const NOT_A_LENGTH: &str = "expected a positive integer constant";
const INTERNAL_ERROR: &str = "internal error, please report!";

/// Common types that stand for one another; the longest chain of the built-in ones is 4.
const MAX_REPLACEMENTS: u32 = 16;

/// Parses `input` and writes it to `out`, which is cleared first.
///
/// Returns the index in [`Output::opcodes`] of the word that is the whole type. Indexes in words
/// refer to the same list, except those of structs, enums and typedefs, which are what `ctx` answered.
///
/// # Errors
/// The first thing that is wrong with `input`; then `out` holds nothing useful.
pub fn parse<C>(input: &str, ctx: &C, out: &mut Output) -> Result<usize, ParseError>
where
    C: Context + ?Sized,
{
    out.clear();
    parse_onto(input, ctx, out, 0)
}

/// Parses a whole string, appending to what `out` holds.
fn parse_onto<C>(input: &str, ctx: &C, out: &mut Output, replacements: u32) -> Result<usize, ParseError>
where
    C: Context + ?Sized,
{
    let mut parser = Parser { lexer: Lexer::new(input), ctx, out, replacements };
    let root = parser.whole_type()?;
    if parser.lexer.kind() != Kind::End {
        return parser.error("unexpected symbol");
    }
    Ok(root)
}

struct Parser<'a, C: ?Sized> {
    lexer: Lexer<'a>,
    ctx: &'a C,
    out: &'a mut Output,
    replacements: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Convention {
    None,
    Cdecl,
    Stdcall,
}

/// What follows the name of a type, as far as it was read.
struct Sequel {
    /// Index of the word for the type that all this is applied to.
    outer: usize,
    /// The word that refers to what comes next; None while nothing was written.
    pending: Option<usize>,
    /// Index of the word for the complete type, unless nothing at all was written.
    result: Option<usize>,
    /// A calling convention whose function did not come yet.
    convention: Convention,
    /// The next parenthesis may be for grouping.
    may_group: bool,
}

/// A parameter list that is being read.
struct Parameters {
    /// Index of the place for the next one.
    next: usize,
    /// One after the last place, which is the one of the end mark.
    end: usize,
    /// Argument of the end mark.
    flags: isize,
}

/// A sequel that waits for something inside its parentheses.
struct Level {
    sequel: Sequel,
    inside: Inside,
}

enum Inside {
    Group,
    Parameter(Parameters),
}

/// Where reading a sequel stopped.
enum Step {
    /// At a grouping parenthesis; the word that stands for the group.
    Group(usize),
    /// At the first parameter of a function.
    Parameter(Parameters),
    /// At its end; the index of the complete type.
    Done(usize),
}

impl<C: Context + ?Sized> Parser<'_, C> {
    #[cold]
    fn error<T>(&self, message: &'static str) -> Result<T, ParseError> {
        Err(ParseError { message, offset: self.lexer.offset() })
    }

    fn write(&mut self, op: Op, arg: isize) -> Result<usize, ParseError> {
        self.write_word(Opcode::new(op, arg))
    }

    fn write_word(&mut self, word: Opcode) -> Result<usize, ParseError> {
        match self.out.push(word) {
            Some(index) => Ok(index),
            None => self.error(TOO_COMPLEX),
        }
    }

    /// Parses a type with everything that is nested in it.
    fn whole_type(&mut self) -> Result<usize, ParseError> {
        let mut levels: Vec<Level> = Vec::new();
        let mut sequel = self.start_type()?;
        loop {
            match self.read_sequel(&mut sequel)? {
                Step::Group(outer) => {
                    let inner = self.start_sequel(outer)?;
                    let around = std::mem::replace(&mut sequel, inner);
                    levels.push(Level { sequel: around, inside: Inside::Group });
                }
                Step::Parameter(parameters) => {
                    let inner = self.start_type()?;
                    let around = std::mem::replace(&mut sequel, inner);
                    levels.push(Level { sequel: around, inside: Inside::Parameter(parameters) });
                }
                Step::Done(index) => {
                    let Some(level) = levels.pop() else { return Ok(index) };
                    sequel = match self.leave(level, index)? {
                        Left::Out(around) => around,
                        Left::NextParameter(level) => {
                            levels.push(level);
                            self.start_type()?
                        }
                    };
                }
            }
        }
    }

    /// Goes on around the inner type `index` that was just read.
    fn leave(&mut self, level: Level, index: usize) -> Result<Left, ParseError> {
        let Level { mut sequel, inside } = level;
        match inside {
            Inside::Group => sequel.result = Some(index),
            Inside::Parameter(mut parameters) => {
                self.add_parameter(&mut parameters, index)?;
                if self.lexer.kind() == Kind::Comma {
                    self.lexer.advance();
                    if self.lexer.kind() != Kind::DotDotDot {
                        let inside = Inside::Parameter(parameters);
                        return Ok(Left::NextParameter(Level { sequel, inside }));
                    }
                    self.ellipsis(&mut parameters);
                }
                self.end_parameters(&parameters);
            }
        }
        self.close_parenthesis()?;
        Ok(Left::Out(sequel))
    }

    fn close_parenthesis(&mut self) -> Result<(), ParseError> {
        if self.lexer.kind() != Kind::CloseParen {
            return self.error("expected ')'");
        }
        self.lexer.advance();
        Ok(())
    }
}

/// Where [`Parser::leave`] came out.
enum Left {
    /// After the closing parenthesis.
    Out(Sequel),
    /// At one more parameter.
    NextParameter(Level),
}

/// Sequels.
impl<C: Context + ?Sized> Parser<'_, C> {
    /// Reads what comes before the first parenthesis or bracket.
    fn start_sequel(&mut self, mut outer: usize) -> Result<Sequel, ParseError> {
        let mut convention = Convention::None;
        loop {
            match self.lexer.kind() {
                Kind::Star => outer = self.write(Op::Pointer, outer.cast_signed())?,
                Kind::Const | Kind::Volatile => {}
                Kind::Cdecl => convention = Convention::Cdecl,
                Kind::Stdcall => convention = Convention::Stdcall,
                _ => break,
            }
            self.lexer.advance();
        }
        let named = self.lexer.kind() == Kind::Identifier;
        if named {
            self.lexer.advance();
        }
        Ok(Sequel { outer, pending: None, result: None, convention, may_group: !named })
    }

    /// Reads parentheses and brackets, up to something nested or to the end.
    fn read_sequel(&mut self, sequel: &mut Sequel) -> Result<Step, ParseError> {
        while self.lexer.kind() == Kind::OpenParen {
            self.lexer.advance();
            match self.lexer.kind() {
                Kind::Cdecl => sequel.convention = Convention::Cdecl,
                Kind::Stdcall => sequel.convention = Convention::Stdcall,
                _ => {}
            }
            if matches!(self.lexer.kind(), Kind::Cdecl | Kind::Stdcall) {
                self.lexer.advance();
            }
            let groups =
                matches!(self.lexer.kind(), Kind::Star | Kind::Const | Kind::Volatile | Kind::OpenBracket);
            if std::mem::take(&mut sequel.may_group) && groups {
                let index = self.write(Op::Noop, 0)?;
                sequel.pending = Some(index);
                return Ok(Step::Group(index));
            }
            let mut parameters = self.start_function(sequel)?;
            match self.lexer.kind() {
                Kind::CloseParen => {}
                Kind::DotDotDot => self.ellipsis(&mut parameters),
                _ => return Ok(Step::Parameter(parameters)),
            }
            self.end_parameters(&parameters);
            self.close_parenthesis()?;
        }
        if sequel.convention != Convention::None {
            return self.error("expected '('");
        }
        while self.lexer.kind() == Kind::OpenBracket {
            self.array(sequel)?;
        }
        self.link(sequel, sequel.outer);
        Ok(Step::Done(sequel.result.unwrap_or(sequel.outer)))
    }

    /// Makes the word that waits for it refer to `index`.
    fn link(&mut self, sequel: &mut Sequel, index: usize) {
        match sequel.pending {
            None => sequel.result = Some(index),
            Some(pending) => {
                if let Some(word) = self.out.get(pending) {
                    self.out.set(pending, word.with_arg(index.cast_signed()));
                }
            }
        }
    }

    /// `[]`, `[number]` or `[NAME]`
    fn array(&mut self, sequel: &mut Sequel) -> Result<(), ParseError> {
        let index = self.out.len();
        self.link(sequel, index);
        sequel.pending = Some(index);
        self.lexer.advance();
        if self.lexer.kind() == Kind::CloseBracket {
            self.write(Op::OpenArray, 0)?;
        } else {
            let length = self.length()?;
            self.lexer.advance();
            self.write(Op::Array, 0)?;
            self.write_word(Opcode::from_raw(length))?;
        }
        if self.lexer.kind() != Kind::CloseBracket {
            return self.error("expected ']'");
        }
        self.lexer.advance();
        Ok(())
    }

    fn length(&self) -> Result<usize, ParseError> {
        match self.lexer.kind() {
            Kind::Integer => array_length(self.lexer.text()).or_else(|message| self.error(message)),
            Kind::Identifier => self.constant_length(),
            _ => self.error(NOT_A_LENGTH),
        }
    }

    fn constant_length(&self) -> Result<usize, ParseError> {
        match self.ctx.find_constant(self.lexer.text()) {
            ConstantLookup::Integer { bits: 0, non_positive: true, .. } => Ok(0),
            ConstantLookup::Integer { bits, non_positive: false, disagrees: false } => {
                match usize::try_from(bits) {
                    Ok(length) if length <= isize::MAX.cast_unsigned() => Ok(length),
                    _ => self.error("integer constant too large"),
                }
            }
            ConstantLookup::Integer { disagrees: true, .. } => {
                self.error("disagreement about this constant's value")
            }
            _ => self.error(NOT_A_LENGTH),
        }
    }

    /// After the parenthesis that opens a parameter list: writes the function and as many places as
    /// there can be parameters, and one for the end mark.
    fn start_function(&mut self, sequel: &mut Sequel) -> Result<Parameters, ParseError> {
        let stdcall = std::mem::replace(&mut sequel.convention, Convention::None) == Convention::Stdcall;
        if self.lexer.kind() == Kind::Void && self.lexer.following_byte() == Some(b')') {
            self.lexer.advance();
        }
        let most = self.lexer.commas_in_list() + 1;
        let index = self.out.len();
        self.link(sequel, index);
        sequel.pending = Some(index);
        self.write(Op::Function, 0)?;
        for _ in 0..=most {
            self.write_word(Opcode::from_raw(0))?;
        }
        Ok(Parameters {
            next: index + 1,
            end: index + 1 + most,
            flags: if stdcall { END_ABI_STDCALL } else { 0 },
        })
    }

    /// `...`: variadic functions never are `__stdcall`.
    fn ellipsis(&mut self, parameters: &mut Parameters) {
        parameters.flags = END_ELLIPSIS;
        self.lexer.advance();
    }

    /// Arrays and functions are passed as pointers.
    fn add_parameter(&mut self, parameters: &mut Parameters, index: usize) -> Result<(), ParseError> {
        let Some(word) = self.out.get(index) else { return self.error(INTERNAL_ERROR) };
        if parameters.next >= parameters.end {
            return self.error(INTERNAL_ERROR);
        }
        let passed = match word.op() {
            Ok(Op::Array | Op::OpenArray) => Opcode::new(Op::Pointer, word.arg()),
            Ok(Op::Function) => Opcode::new(Op::Pointer, index.cast_signed()),
            _ => Opcode::new(Op::Noop, index.cast_signed()),
        };
        self.out.set(parameters.next, passed);
        parameters.next += 1;
        Ok(())
    }

    fn end_parameters(&mut self, parameters: &Parameters) {
        self.out.set(parameters.next, Opcode::new(Op::FunctionEnd, parameters.flags));
    }
}

/// The `short`, `long`, `signed` and `unsigned` before the name of a type.
#[derive(Default)]
struct Modifiers {
    /// −1 for `short`, 1 and 2 for `long` and `long long`.
    length: i8,
    /// −1 for `unsigned`, 1 for `signed`.
    sign: i8,
}

impl Modifiers {
    /// Returns the type when followed by `int` or nothing.
    fn integer(&self) -> Primitive {
        match (self.length, self.sign < 0) {
            (-1, false) => Primitive::Short,
            (-1, true) => Primitive::UShort,
            (1, false) => Primitive::Long,
            (1, true) => Primitive::ULong,
            (2, false) => Primitive::LongLong,
            (2, true) => Primitive::ULongLong,
            (_, false) => Primitive::Int,
            (_, true) => Primitive::UInt,
        }
    }

    fn char(&self) -> Primitive {
        if self.sign < 0 { Primitive::UChar } else { Primitive::SChar }
    }
}

/// What comes before a sequel.
impl<C: Context + ?Sized> Parser<'_, C> {
    /// Reads a type up to the first parenthesis or bracket.
    fn start_type(&mut self) -> Result<Sequel, ParseError> {
        while matches!(self.lexer.kind(), Kind::Const | Kind::Volatile) {
            self.lexer.advance();
        }
        let modifiers = self.modifiers()?;
        let mut word = if modifiers.length != 0 || modifiers.sign != 0 {
            Opcode::new(Op::Primitive, self.modified(&modifiers)?)
        } else {
            let word = self.base()?;
            self.lexer.advance();
            word
        };
        if self.lexer.kind() == Kind::Complex {
            let Some(complex) = complex_of(word) else {
                return self.error("_Complex type combination unsupported");
            };
            word = Opcode::new(Op::Primitive, complex);
            self.lexer.advance();
        }
        let outer = self.write_word(word)?;
        self.start_sequel(outer)
    }

    fn modifiers(&mut self) -> Result<Modifiers, ParseError> {
        let mut modifiers = Modifiers::default();
        loop {
            match self.lexer.kind() {
                Kind::Short if modifiers.length != 0 => {
                    return self.error("'short' after another 'short' or 'long'");
                }
                Kind::Short => modifiers.length = -1,
                Kind::Long if modifiers.length < 0 => return self.error("'long' after 'short'"),
                Kind::Long if modifiers.length >= 2 => return self.error("'long long long' is too long"),
                Kind::Long => modifiers.length += 1,
                Kind::Signed | Kind::Unsigned if modifiers.sign != 0 => {
                    return self.error("multiple 'signed' or 'unsigned'");
                }
                Kind::Signed => modifiers.sign = 1,
                Kind::Unsigned => modifiers.sign = -1,
                _ => return Ok(modifiers),
            }
            self.lexer.advance();
        }
    }

    /// Parses the word after modifiers, if it belongs to them.
    fn modified(&mut self, modifiers: &Modifiers) -> Result<isize, ParseError> {
        let primitive = match self.lexer.kind() {
            Kind::Identifier if modifiers.length == 0 && self.lexer.text() == "__int128" => {
                let unsigned = modifiers.sign < 0;
                let signed = later_primitive("__int128").unwrap_or(UNSIGNED_INT128);
                self.lexer.advance();
                return Ok(if unsigned { UNSIGNED_INT128 } else { signed });
            }
            Kind::Identifier if modifiers.length == 0 && self.lexer.text() == BIT_INT => {
                let number = self.bit_int(modifiers.sign >= 0)?;
                self.lexer.advance();
                return Ok(number);
            }
            Kind::Int => modifiers.integer(),
            Kind::Char if modifiers.length == 0 => modifiers.char(),
            Kind::Double if modifiers.sign == 0 && modifiers.length == 1 => Primitive::LongDouble,
            Kind::Char
            | Kind::Double
            | Kind::Void
            | Kind::Bool
            | Kind::Float
            | Kind::Struct
            | Kind::Union
            | Kind::Enum
            | Kind::Complex => return self.error(INVALID_COMBINATION),
            _ => return Ok(modifiers.integer().number()),
        };
        self.lexer.advance();
        Ok(primitive.number())
    }

    /// Parses a type without modifiers. Stays on its last token.
    fn base(&mut self) -> Result<Opcode, ParseError> {
        let primitive = match self.lexer.kind() {
            Kind::Int => Primitive::Int,
            Kind::Char => Primitive::Char,
            Kind::Void => Primitive::Void,
            Kind::Bool => Primitive::Bool,
            Kind::Float => Primitive::Float,
            Kind::Double => Primitive::Double,
            Kind::Identifier => return self.named(),
            Kind::Struct => return self.struct_or_union(false),
            Kind::Union => return self.struct_or_union(true),
            Kind::Enum => return self.enumeration(),
            _ => return self.error("identifier expected"),
        };
        Ok(Opcode::new(Op::Primitive, primitive.number()))
    }

    fn named(&mut self) -> Result<Opcode, ParseError> {
        let name = self.lexer.text();
        if let Some(index) = self.ctx.find_typename(name) {
            return Ok(Opcode::new(Op::Typename, index.cast_signed()));
        }
        if let Some(primitive) = standard_typename(name) {
            return Ok(Opcode::new(Op::Primitive, primitive.number()));
        }
        if let Some(number) = later_primitive(name) {
            return Ok(Opcode::new(Op::Primitive, number));
        }
        if name == BIT_INT {
            return Ok(Opcode::new(Op::Primitive, self.bit_int(true)?));
        }
        let Some(meaning) = common_type(name) else { return self.error("undefined type name") };
        self.replacement(meaning)
    }

    /// Reads the width of a `_BitInt`, up to its last token. Returns the number of the type.
    fn bit_int(&mut self, signed: bool) -> Result<isize, ParseError> {
        self.lexer.advance();
        if self.lexer.kind() != Kind::OpenParen {
            return self.error("expected '('");
        }
        self.lexer.advance();
        let bits = self.length()?;
        let Some(number) = u32::try_from(bits).ok().and_then(|bits| bit_int_number(signed, bits)) else {
            return self.error("the width of the _BitInt is out of range");
        };
        self.lexer.advance();
        if self.lexer.kind() != Kind::CloseParen {
            return self.error("expected ')'");
        }
        Ok(number)
    }

    /// Parses the meaning of a common type in its context, which may declare names which it uses otherwise.
    fn replacement(&mut self, meaning: &str) -> Result<Opcode, ParseError> {
        if self.replacements >= MAX_REPLACEMENTS {
            return self.error(INTERNAL_ERROR);
        }
        match parse_onto(meaning, self.ctx, self.out, self.replacements + 1) {
            Ok(index) => Ok(Opcode::new(Op::Noop, index.cast_signed())),
            Err(_) => self.error(INTERNAL_ERROR),
        }
    }

    fn struct_or_union(&mut self, want_union: bool) -> Result<Opcode, ParseError> {
        self.lexer.advance();
        if self.lexer.kind() != Kind::Identifier {
            return self.error("struct or union name expected");
        }
        let name = self.lexer.text();
        match self.ctx.find_struct_union(name) {
            Some((index, is_union)) if is_union == want_union => {
                Ok(Opcode::new(Op::StructUnion, index.cast_signed()))
            }
            Some(_) => self.error("wrong kind of tag: struct vs union"),
            None if !want_union && name == "_IO_FILE" => Ok(Opcode::new(Op::StructUnion, IO_FILE_STRUCT)),
            None => self.error("undefined struct/union name"),
        }
    }

    fn enumeration(&mut self) -> Result<Opcode, ParseError> {
        self.lexer.advance();
        if self.lexer.kind() != Kind::Identifier {
            return self.error("enum name expected");
        }
        match self.ctx.find_enum(self.lexer.text()) {
            Some(index) => Ok(Opcode::new(Op::Enum, index.cast_signed())),
            None => self.error("undefined enum name"),
        }
    }
}

/// Returns the number of the complex type made by `_Complex` after `float`, `double` or `long double`.
fn complex_of(word: Opcode) -> Option<isize> {
    let is = |primitive: Primitive| word == Opcode::new(Op::Primitive, primitive.number());
    if is(Primitive::Float) {
        Some(Primitive::FloatComplex.number())
    } else if is(Primitive::Double) {
        Some(Primitive::DoubleComplex.number())
    } else if is(Primitive::LongDouble) {
        Some(LONG_DOUBLE_COMPLEX)
    } else {
        (word.op() == Ok(Op::Primitive)).then(|| later_complex(word.arg())).flatten()
    }
}
