//! The expressions of `#if`: 64-bit integers, signed or unsigned.

use super::Preprocessor;
use crate::lex::precedence;
use crate::lex::{Kind, Token, literal};
use crate::source::Loc;
use crate::words;

/// A value of `#if`. Its type is `uintmax_t` if `unsigned` is set, else `intmax_t`.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
struct Value {
    bits: u64,
    unsigned: bool,
}

impl Value {
    const fn signed(value: i64) -> Value {
        Value { bits: value as u64, unsigned: false }
    }

    const fn truth(yes: bool) -> Value {
        Value::signed(yes as i64)
    }
}

/// The error for a condition without a value. It has already been reported.
struct Wrong;

struct Condition<'p, 'a> {
    pp: &'p mut Preprocessor<'a>,
    /// The current token.
    token: Token,
    depth: usize,
    /// Above 0 inside an operand that is not evaluated, so that `0 && 1 / 0` is not an error.
    unevaluated: usize,
}

impl Preprocessor<'_> {
    /// Evaluates the condition that comes next in the directive. An invalid condition is false.
    pub(super) fn evaluate_condition(&mut self, loc: Loc) -> bool {
        self.set_in_directive(true);
        let token = self.next_condition_token();
        if token.kind == Kind::DirectiveEnd {
            self.error(loc, "#if has no condition");
            return false;
        }
        let mut condition = Condition { pp: self, token, depth: 0, unevaluated: 0 };
        let value = condition.ternary();
        let rest = condition.token;
        match value {
            Err(Wrong) => false,
            Ok(value) => {
                if rest.kind != Kind::DirectiveEnd {
                    let mut text = String::new();
                    self.spell(rest, &mut text);
                    self.error(rest.loc, format!("'{text}' is too much in the condition"));
                    return false;
                }
                value.bits != 0
            }
        }
    }

    fn next_condition_token(&mut self) -> Token {
        self.next_expanded()
    }
}

impl Condition<'_, '_> {
    fn advance(&mut self) {
        self.token = self.pp.next_condition_token();
    }

    fn wrong<T>(&mut self, loc: Loc, message: impl Into<String>) -> Result<T, Wrong> {
        self.pp.error(loc, message);
        Err(Wrong)
    }

    fn deeper(&mut self) -> Result<(), Wrong> {
        self.depth += 1;
        if self.depth > self.pp.options.limits.depth {
            let loc = self.token.loc;
            return self.wrong(loc, "the condition is nested too deeply");
        }
        Ok(())
    }

    fn ternary(&mut self) -> Result<Value, Wrong> {
        self.deeper()?;
        let condition = self.binary(0)?;
        let mut value = condition;
        if self.token.kind == Kind::Question {
            self.advance();
            let chosen = condition.bits != 0;
            self.unevaluated += usize::from(!chosen);
            let yes = self.ternary()?;
            self.unevaluated -= usize::from(!chosen);
            if self.token.kind != Kind::Colon {
                let loc = self.token.loc;
                return self.wrong(loc, "expected ':' in the condition");
            }
            self.advance();
            self.unevaluated += usize::from(chosen);
            let no = self.ternary()?;
            self.unevaluated -= usize::from(chosen);
            value = if chosen { yes } else { no };
            value.unsigned = yes.unsigned || no.unsigned;
        }
        self.depth -= 1;
        Ok(value)
    }

    fn binary(&mut self, lowest: u8) -> Result<Value, Wrong> {
        let mut left = self.unary()?;
        loop {
            let operator = self.token;
            let Some(level) = precedence(operator.kind).filter(|level| *level >= lowest) else {
                return Ok(left);
            };
            self.advance();
            let short = match operator.kind {
                Kind::AmpAmp => left.bits == 0,
                Kind::PipePipe => left.bits != 0,
                _ => false,
            };
            self.unevaluated += usize::from(short);
            self.deeper()?;
            let right = self.binary(level + 1)?;
            self.depth -= 1;
            self.unevaluated -= usize::from(short);
            left = match apply(operator.kind, left, right) {
                Some(value) => value,
                None if self.unevaluated > 0 => Value::signed(0),
                None => return self.wrong(operator.loc, "the condition divides by zero"),
            };
        }
    }

    fn unary(&mut self) -> Result<Value, Wrong> {
        let token = self.token;
        let sign = matches!(token.kind, Kind::Plus | Kind::Minus | Kind::Tilde | Kind::Bang);
        if sign {
            self.advance();
            self.deeper()?;
            let value = self.unary()?;
            self.depth -= 1;
            return Ok(match token.kind {
                Kind::Minus => Value { bits: value.bits.wrapping_neg(), ..value },
                Kind::Tilde => Value { bits: !value.bits, ..value },
                Kind::Bang => Value::truth(value.bits == 0),
                _ => value,
            });
        }
        self.primary(token)
    }

    fn primary(&mut self, token: Token) -> Result<Value, Wrong> {
        match token.kind {
            Kind::LParen => {
                self.advance();
                let value = self.ternary()?;
                if self.token.kind != Kind::RParen {
                    let loc = self.token.loc;
                    return self.wrong(loc, "expected ')' in the condition");
                }
                self.advance();
                Ok(value)
            }
            Kind::Number => {
                let text = self.pp.names.text(token.atom);
                let Some(number) = literal::integer(text) else {
                    let message = format!("'{text}' is not an integer");
                    return self.wrong(token.loc, message);
                };
                self.advance();
                let large = number.value > i64::MAX as u64;
                Ok(Value { bits: number.value, unsigned: number.unsigned || large })
            }
            Kind::Char => {
                let wchar_signed = self.pp.options.target.wchar_signed;
                let char_signed = self.pp.options.target.char_signed;
                let text = self.pp.names.text(token.atom);
                let Some(constant) = literal::character(text) else {
                    let message = format!("{text} is not a character constant");
                    return self.wrong(token.loc, message);
                };
                self.advance();
                Ok(Value::signed(constant.value(char_signed, wchar_signed)))
            }
            Kind::Ident if token.atom == words::DEFINED => self.defined(token),
            Kind::Ident => {
                // A name that is not a macro is 0, except for C23's `true`.
                self.advance();
                Ok(Value::truth(token.atom == words::TRUE && self.pp.knows_true()))
            }
            kind => {
                let mut text = String::new();
                self.pp.spell(token, &mut text);
                let found = if text.is_empty() { kind.spelling().to_owned() } else { format!("'{text}'") };
                self.wrong(token.loc, format!("the condition has {found} where a value is expected"))
            }
        }
    }

    /// Reads `defined X` or `defined(X)`, without expanding the name.
    fn defined(&mut self, token: Token) -> Result<Value, Wrong> {
        let mut name = self.pp.next_raw();
        let paren = name.kind == Kind::LParen;
        if paren {
            name = self.pp.next_raw();
        }
        if name.kind != Kind::Ident {
            return self.wrong(token.loc, "expected the name of a macro after 'defined'");
        }
        let found = self.pp.macros.find(name.atom).is_some();
        if paren && self.pp.next_raw().kind != Kind::RParen {
            return self.wrong(token.loc, "expected ')' after 'defined('");
        }
        self.advance();
        Ok(Value::truth(found))
    }
}

/// Returns the result of an operation, or `None` for a division by zero.
fn apply(operator: Kind, left: Value, right: Value) -> Option<Value> {
    let unsigned = left.unsigned || right.unsigned;
    let (a, b) = (left.bits, right.bits);
    let (sa, sb) = (a as i64, b as i64);
    let value = |bits| Some(Value { bits, unsigned });
    let compare = |signed: bool, other: bool| Some(Value::truth(if unsigned { other } else { signed }));
    match operator {
        Kind::PipePipe => Some(Value::truth(a != 0 || b != 0)),
        Kind::AmpAmp => Some(Value::truth(a != 0 && b != 0)),
        Kind::Pipe => value(a | b),
        Kind::Caret => value(a ^ b),
        Kind::Amp => value(a & b),
        Kind::EqEq => Some(Value::truth(a == b)),
        Kind::BangEq => Some(Value::truth(a != b)),
        Kind::Less => compare(sa < sb, a < b),
        Kind::Greater => compare(sa > sb, a > b),
        Kind::LessEq => compare(sa <= sb, a <= b),
        Kind::GreaterEq => compare(sa >= sb, a >= b),
        Kind::Shl => Some(shift(left, right, false)),
        Kind::Shr => Some(shift(left, right, true)),
        Kind::Plus => value(a.wrapping_add(b)),
        Kind::Minus => value(a.wrapping_sub(b)),
        Kind::Star => value(a.wrapping_mul(b)),
        Kind::Slash if b == 0 => None,
        Kind::Percent if b == 0 => None,
        Kind::Slash if unsigned => value(a / b),
        Kind::Percent if unsigned => value(a % b),
        Kind::Slash => value(sa.wrapping_div(sb) as u64),
        Kind::Percent => value(sa.wrapping_rem(sb) as u64),
        _ => None,
    }
}

/// Shifts a value. As in GCC, a negative count shifts in the other direction, and a large count shifts out all bits.
fn shift(left: Value, right: Value, to_right: bool) -> Value {
    let negative = !right.unsigned && (right.bits as i64) < 0;
    let count = if negative { (right.bits as i64).unsigned_abs() } else { right.bits };
    let to_right = to_right != negative;
    let bits = match (to_right, left.unsigned) {
        (false, _) if count >= 64 => 0,
        (false, _) => left.bits << count,
        (true, true) if count >= 64 => 0,
        (true, true) => left.bits >> count,
        (true, false) => ((left.bits as i64) >> count.min(63)) as u64,
    };
    Value { bits, ..left }
}
