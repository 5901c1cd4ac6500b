//! What a token is.

use crate::intern::Atom;
use crate::source::Loc;

/// A token. Its text is that of its atom; punctuators have none.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    pub(crate) flags: u8,
    /// The text of an identifier or literal; for [`Kind::Pragma`] the number of the pragma.
    pub atom: Atom,
    /// Where it is. Tokens from the body of a macro are where the macro was used.
    pub loc: Loc,
}

/// What is known of a token beside its kind.
pub(crate) mod flags {
    /// It is the first of its line.
    pub(crate) const LINE_START: u8 = 1;
    /// White space comes before it.
    pub(crate) const SPACE: u8 = 2;
    /// An identifier that was found inside its own expansion and is never to be expanded.
    pub(crate) const NO_EXPAND: u8 = 4;
    /// An identifier in a macro's body that names a parameter. The atom is then the parameter's number.
    pub(crate) const PARAMETER: u8 = 8;
    /// A parameter that is an operand of `#`.
    pub(crate) const STRINGIZE: u8 = 16;
    /// In a macro's body: `##` comes after it.
    pub(crate) const PASTE: u8 = 32;
}

impl Token {
    pub(crate) const fn new(kind: Kind, atom: Atom, loc: Loc) -> Token {
        Token { kind, flags: 0, atom, loc }
    }

    pub(crate) const fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Whether it is this word.
    pub(crate) fn is_word(self, word: Atom) -> bool {
        self.kind == Kind::Ident && self.atom == word
    }
}

/// Defines the kinds and the spelling of each punctuator.
macro_rules! kinds {
    ($($name:ident $text:literal)*) => {
        /// What a token is.
        #[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum Kind {
            /// The end of the text.
            Eof,
            /// The end of a directive's line.
            DirectiveEnd,
            /// A word; keywords are words, too.
            Ident,
            /// A number, as the preprocessor understands it.
            Number,
            /// A character constant, with its prefix and quotes.
            Char,
            /// A string, with its prefix and quotes.
            Str,
            /// A byte that begins no token.
            Other,
            /// A `#pragma` that the parser has to know.
            Pragma,
            /// Nothing, where an argument of a macro is empty.
            Placemarker,
            $(#[doc = concat!("`", $text, "`")] $name,)*
        }

        impl Kind {
            /// The text of a punctuator, and a description of everything else.
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
    /// Whether the token has no text of its own in the interner.
    pub(crate) const fn is_punctuator(self) -> bool {
        self as u8 >= Kind::LParen as u8
    }
}
