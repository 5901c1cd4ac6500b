//! Tokens and their kinds.

use crate::intern::Atom;
use crate::source::Loc;

/// A token. Its text is that of its atom; a punctuator has no atom.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// The kind of the token.
    pub kind: Kind,
    pub(crate) flags: u8,
    /// The text of an identifier or literal. For [`Kind::Pragma`] this is the number of the pragma.
    pub atom: Atom,
    /// The place of the token. Tokens from the body of a macro have the place where the macro is used.
    pub loc: Loc,
}

/// The properties of a token besides its kind.
pub(crate) mod flags {
    /// The token is the first of its line.
    pub(crate) const LINE_START: u8 = 1;
    /// White space precedes the token.
    pub(crate) const SPACE: u8 = 2;
    /// The token is an identifier that was found inside its own expansion; it is never expanded.
    pub(crate) const NO_EXPAND: u8 = 4;
    /// The token is an identifier in a macro's body that names a parameter. The atom is then the parameter's number.
    pub(crate) const PARAMETER: u8 = 8;
    /// The token is a parameter that is an operand of `#`.
    pub(crate) const STRINGIZE: u8 = 16;
    /// The token is in a macro's body and is followed by `##`.
    pub(crate) const PASTE: u8 = 32;
}

impl Token {
    pub(crate) const fn new(kind: Kind, atom: Atom, loc: Loc) -> Token {
        Token { kind, flags: 0, atom, loc }
    }

    pub(crate) const fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Returns whether the token is this word.
    pub(crate) fn is_word(self, word: Atom) -> bool {
        self.kind == Kind::Ident && self.atom == word
    }
}

/// Defines the token kinds and the spelling of each punctuator.
macro_rules! kinds {
    ($($name:ident $text:literal)*) => {
        /// The kind of a token.
        #[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum Kind {
            /// The end of the text.
            Eof,
            /// The end of a directive's line.
            DirectiveEnd,
            /// A word: an identifier or a keyword.
            Ident,
            /// A preprocessing number.
            Number,
            /// A character constant, with its prefix and quotes.
            Char,
            /// A string, with its prefix and quotes.
            Str,
            /// A byte that does not begin any token.
            Other,
            /// A `#pragma` for the parser.
            Pragma,
            /// The empty argument of a macro.
            Placemarker,
            $(#[doc = concat!("`", $text, "`")] $name,)*
        }

        impl Kind {
            /// Returns the text of a punctuator, or a description of any other kind.
            #[must_use]
            pub const fn spelling(self) -> &'static str {
                match self {
                    Kind::Eof => "the end of the text",
                    Kind::DirectiveEnd => "the end of the line",
                    Kind::Ident => "a name",
                    Kind::Number => "a number",
                    Kind::Char => "a character constant",
                    Kind::Str => "a string",
                    Kind::Other => "a stray character",
                    Kind::Pragma => "a #pragma",
                    Kind::Placemarker => "",
                    $(Kind::$name => $text,)*
                }
            }
        }
    };
}

kinds! {
    LParen "(" RParen ")" LBracket "[" RBracket "]" LBrace "{" RBrace "}" Dot "." Arrow "->" PlusPlus "++"
    MinusMinus "--" Amp "&" Star "*" Plus "+" Minus "-" Tilde "~" Bang "!" Slash "/" Percent "%" Shl "<<" Shr ">>"
    Less "<" Greater ">" LessEq "<=" GreaterEq ">=" EqEq "==" BangEq "!=" Caret "^" Pipe "|" AmpAmp "&&"
    PipePipe "||" Question "?" Colon ":" ColonColon "::" Semi ";" Ellipsis "..." Assign "=" StarAssign "*="
    SlashAssign "/=" PercentAssign "%=" PlusAssign "+=" MinusAssign "-=" ShlAssign "<<=" ShrAssign ">>="
    AmpAssign "&=" CaretAssign "^=" PipeAssign "|=" Comma "," Hash "#" HashHash "##"
}

impl Kind {
    /// Returns whether the token has no text in the interner.
    pub(crate) const fn is_punctuator(self) -> bool {
        self as u8 >= Kind::LParen as u8
    }
}
