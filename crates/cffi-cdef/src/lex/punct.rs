//! Punctuators, including digraphs.

use super::splice::peek;
use super::token::Kind;

/// Returns the longest punctuator at `at` and the place after it.
pub(super) fn punctuator(text: &[u8], at: usize) -> (Kind, usize) {
    let one = at + 1;
    let (next, two) = peek(text, one);
    let second = |byte: u8, yes: Kind, no: Kind| if next == byte { (yes, two) } else { (no, one) };
    match text[at] {
        b'(' => (Kind::LParen, one),
        b')' => (Kind::RParen, one),
        b'[' => (Kind::LBracket, one),
        b']' => (Kind::RBracket, one),
        b'{' => (Kind::LBrace, one),
        b'}' => (Kind::RBrace, one),
        b';' => (Kind::Semi, one),
        b',' => (Kind::Comma, one),
        b'?' => (Kind::Question, one),
        b'~' => (Kind::Tilde, one),
        b'*' => second(b'=', Kind::StarAssign, Kind::Star),
        b'/' => second(b'=', Kind::SlashAssign, Kind::Slash),
        b'!' => second(b'=', Kind::BangEq, Kind::Bang),
        b'=' => second(b'=', Kind::EqEq, Kind::Assign),
        b'^' => second(b'=', Kind::CaretAssign, Kind::Caret),
        b'#' => second(b'#', Kind::HashHash, Kind::Hash),
        b'+' => doubled(next, b'+', (Kind::PlusPlus, Kind::PlusAssign, Kind::Plus), one, two),
        b'&' => doubled(next, b'&', (Kind::AmpAmp, Kind::AmpAssign, Kind::Amp), one, two),
        b'|' => doubled(next, b'|', (Kind::PipePipe, Kind::PipeAssign, Kind::Pipe), one, two),
        b'-' if next == b'>' => (Kind::Arrow, two),
        b'-' => doubled(next, b'-', (Kind::MinusMinus, Kind::MinusAssign, Kind::Minus), one, two),
        b':' if next == b'>' => (Kind::RBracket, two),
        b':' => second(b':', Kind::ColonColon, Kind::Colon),
        b'%' => percent(text, next, one, two),
        b'<' if next == b'%' => (Kind::LBrace, two),
        b'<' if next == b':' => (Kind::LBracket, two),
        b'<' => shift(text, next, b'<', [Kind::ShlAssign, Kind::Shl, Kind::LessEq, Kind::Less], one, two),
        b'>' => {
            shift(text, next, b'>', [Kind::ShrAssign, Kind::Shr, Kind::GreaterEq, Kind::Greater], one, two)
        }
        b'.' => {
            let (third, three) = peek(text, two);
            if next == b'.' && third == b'.' { (Kind::Ellipsis, three) } else { (Kind::Dot, one) }
        }
        _ => (Kind::Other, one),
    }
}

/// Reads an operator that can be doubled or followed by `=`: `+`, `++` or `+=`.
fn doubled(next: u8, byte: u8, kinds: (Kind, Kind, Kind), one: usize, two: usize) -> (Kind, usize) {
    if next == byte {
        (kinds.0, two)
    } else if next == b'=' {
        (kinds.1, two)
    } else {
        (kinds.2, one)
    }
}

/// Reads a comparison or a shift: `<`, `<=`, `<<` or `<<=`, or the like with `>`.
fn shift(text: &[u8], next: u8, byte: u8, kinds: [Kind; 4], one: usize, two: usize) -> (Kind, usize) {
    if next == byte {
        let (third, three) = peek(text, two);
        return if third == b'=' { (kinds[0], three) } else { (kinds[1], two) };
    }
    if next == b'=' { (kinds[2], two) } else { (kinds[3], one) }
}

fn percent(text: &[u8], next: u8, one: usize, two: usize) -> (Kind, usize) {
    match next {
        b'=' => (Kind::PercentAssign, two),
        b'>' => (Kind::RBrace, two),
        b':' => {
            let (third, three) = peek(text, two);
            let (fourth, four) = peek(text, three);
            if third == b'%' && fourth == b':' { (Kind::HashHash, four) } else { (Kind::Hash, two) }
        }
        _ => (Kind::Percent, one),
    }
}
