//! The lexer for C99 to C23 with the extensions of GNU C and Visual C++.

mod float;
mod lexer;
pub(crate) mod literal;
mod plain_define;
mod precedence;
mod punct;
mod skip;
mod splice;
#[cfg(test)]
mod tests;
mod text;
mod token;

pub(crate) use lexer::Lexer;
pub(crate) use precedence::precedence;
pub(crate) use token::flags;
pub use token::{Kind, Token};
