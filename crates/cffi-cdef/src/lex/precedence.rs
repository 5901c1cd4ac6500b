//! The precedence of binary operators, for conditions of the preprocessor and for constant expressions of C.

use super::token::Kind;

/// Returns the rank of a binary operator, from 0 for `||`, or `None` if constants cannot have this operator.
pub(crate) const fn precedence(kind: Kind) -> Option<u8> {
    Some(match kind {
        Kind::PipePipe => 0,
        Kind::AmpAmp => 1,
        Kind::Pipe => 2,
        Kind::Caret => 3,
        Kind::Amp => 4,
        Kind::EqEq | Kind::BangEq => 5,
        Kind::Less | Kind::Greater | Kind::LessEq | Kind::GreaterEq => 6,
        Kind::Shl | Kind::Shr => 7,
        Kind::Plus | Kind::Minus => 8,
        Kind::Star | Kind::Slash | Kind::Percent => 9,
        _ => return None,
    })
}
