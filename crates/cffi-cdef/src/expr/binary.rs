//! Binary operators and `?:`.

use cffi_types::{Prim, QualType, TypeId};

use super::convert::Class;
use super::{Operand, Value};
use crate::lex::Kind;
use crate::lex::precedence;
use crate::parse::{Parsed, Parser};

impl Parser<'_> {
    /// Reads `a ? b : c` and the operators that bind more tightly. Assignments are not constant and are refused.
    pub(crate) fn conditional(&mut self) -> Parsed<Operand> {
        self.deeper()?;
        let condition = self.binary(0)?;
        if self.peek().kind != Kind::Question {
            self.shallower();
            return Ok(condition);
        }
        self.no_operator_of_c("?:")?;
        self.at += 1;
        let truth = self.truth(&condition);
        // GNU C: `a ?: b` is `a ? a : b`.
        let yes = if self.peek().kind == Kind::Colon {
            condition.clone()
        } else {
            self.branch(truth == Some(true))?
        };
        self.expect(Kind::Colon)?;
        let no = {
            self.unevaluated += usize::from(truth == Some(true));
            let no = self.conditional();
            self.unevaluated -= usize::from(truth == Some(true));
            no?
        };
        self.shallower();
        let ty = self.type_of_choice(&yes, &no);
        match truth {
            Some(chosen) => {
                let operand = if chosen { yes } else { no };
                let operand = self.decay(operand);
                if matches!(self.class(ty), Class::Integer { .. } | Class::Float { .. }) {
                    return self.convert(operand, ty);
                }
                Ok(Operand { ty, ..operand })
            }
            None => Ok(Operand::unknown(ty)),
        }
    }

    /// Reads the middle operand of `?:`, which may contain commas.
    fn branch(&mut self, chosen: bool) -> Parsed<Operand> {
        self.unevaluated += usize::from(!chosen);
        let operand = self.expression();
        self.unevaluated -= usize::from(!chosen);
        operand
    }

    fn type_of_choice(&mut self, yes: &Operand, no: &Operand) -> QualType {
        let yes = self.promote(yes.clone());
        let no = self.promote(no.clone());
        if let Some(ty) = self.common_arithmetic(yes.ty, no.ty) {
            return ty;
        }
        // If one operand is a null pointer constant, the result has the type of the other operand.
        match (self.class(yes.ty), self.class(no.ty)) {
            (Class::Integer { .. }, Class::Pointer(_)) => no.ty,
            (Class::Pointer(to), Class::Pointer(_))
                if to.id() == TypeId::VOID && yes.value == Value::Int(0) =>
            {
                no.ty
            }
            _ => yes.ty,
        }
    }

    fn binary(&mut self, lowest: u8) -> Parsed<Operand> {
        let mut left = self.unary()?;
        loop {
            let operator = self.peek();
            let Some(level) = precedence(operator.kind).filter(|level| *level >= lowest) else {
                return Ok(left);
            };
            self.no_operator_of_c(operator.kind.spelling())?;
            self.at += 1;
            let short = match operator.kind {
                Kind::AmpAmp => self.truth(&left) == Some(false),
                Kind::PipePipe => self.truth(&left) == Some(true),
                _ => false,
            };
            self.unevaluated += usize::from(short);
            self.deeper()?;
            let right = self.binary(level + 1)?;
            self.shallower();
            self.unevaluated -= usize::from(short);
            left = self.apply_binary(operator.kind, left, right)?;
        }
    }

    /// Refuses an operator that `cdef` does not have: it has arithmetic and bitwise operators only.
    fn no_operator_of_c(&self, text: &str) -> Parsed<()> {
        let known = matches!(text, "+" | "-" | "*" | "/" | "%" | "<<" | ">>" | "&" | "|" | "^");
        if self.is_c() || known {
            return Ok(());
        }
        Err(self.refuse(self.loc(), "unsupported expression: expected a simple numeric constant"))
    }

    fn apply_binary(&mut self, operator: Kind, left: Operand, right: Operand) -> Parsed<Operand> {
        let int = QualType::from(TypeId::of(Prim::Int));
        if matches!(operator, Kind::AmpAmp | Kind::PipePipe) {
            let (a, b) = (self.truth(&left), self.truth(&right));
            let value = match (operator, a, b) {
                (Kind::AmpAmp, Some(false), _) => Some(false),
                (Kind::PipePipe, Some(true), _) => Some(true),
                (_, Some(_), Some(b)) => Some(b),
                _ => None,
            };
            return Ok(Operand::new(int, value.map_or(Value::Unknown, |yes| Value::Int(i128::from(yes)))));
        }
        let left = self.promote(left);
        let right = self.promote(right);
        if matches!(operator, Kind::Shl | Kind::Shr) {
            return self.shift(operator == Kind::Shr, left, &right);
        }
        let comparison = matches!(
            operator,
            Kind::EqEq | Kind::BangEq | Kind::Less | Kind::Greater | Kind::LessEq | Kind::GreaterEq
        );
        let Some(ty) = self.common_arithmetic(left.ty, right.ty) else {
            return self.pointer_arithmetic(operator, left, right, comparison);
        };
        // `cdef` computes with numbers, whatever their types are.
        let numbers = !self.is_c() && matches!((&left.value, &right.value), (Value::Int(_), Value::Int(_)));
        let (left, right) =
            if numbers { (left, right) } else { (self.convert(left, ty)?, self.convert(right, ty)?) };
        let result = if comparison { int } else { ty };
        let value = match (&left.value, &right.value) {
            (Value::Int(a), Value::Int(b)) => self.integer_operation(operator, *a, *b, ty)?,
            (Value::Float(a), Value::Float(b)) => self.float_operation(operator, *a, *b, ty)?,
            _ => Value::Unknown,
        };
        Ok(Operand::new(result, value))
    }

    fn shift(&mut self, right_shift: bool, left: Operand, right: &Operand) -> Parsed<Operand> {
        let Class::Integer { bits, signed, .. } = self.class(left.ty) else {
            return Err(self.refuse(self.loc(), "only integers can be shifted"));
        };
        let (Value::Int(value), Value::Int(count)) = (&left.value, &right.value) else {
            return Ok(Operand::unknown(left.ty));
        };
        if *count < 0 || *count >= i128::from(bits) {
            if self.unevaluated > 0 {
                return Ok(Operand::int(left.ty, 0));
            }
            // `cdef` computes without a width.
            if self.is_c() || *count < 0 || *count > 100 {
                return Err(self.refuse(self.loc(), "the shift is by more bits than the type has"));
            }
        }
        let shifted = if right_shift { value >> count } else { value << count };
        if !self.is_c() && !right_shift && shifted >> count != *value {
            return Err(self.refuse(self.loc(), "the number is too large"));
        }
        let shifted = if self.is_c() { super::convert::wrap(shifted, bits, signed) } else { shifted };
        Ok(Operand::int(left.ty, shifted))
    }

    /// Computes sums, differences and comparisons of pointers whose values are numbers.
    fn pointer_arithmetic(
        &mut self,
        operator: Kind,
        left: Operand,
        right: Operand,
        comparison: bool,
    ) -> Parsed<Operand> {
        let int = QualType::from(TypeId::of(Prim::Int));
        if comparison {
            let value = match (&left.value, &right.value) {
                (Value::Int(a), Value::Int(b)) => self.integer_operation(operator, *a, *b, int)?,
                _ => Value::Unknown,
            };
            return Ok(Operand::new(int, value));
        }
        let scale = |parser: &Self, to: QualType| i128::from(parser.decls.types.size(to.id()).unwrap_or(1));
        let number = |operand: &Operand| match operand.value {
            Value::Int(value) => Some(value),
            _ => None,
        };
        let (a, b) = (number(&left), number(&right));
        match (operator, self.class(left.ty), self.class(right.ty)) {
            (Kind::Minus, Class::Pointer(to), Class::Pointer(_)) => {
                let difference = a.zip(b).map(|(a, b)| (a - b) / scale(self, to).max(1));
                let ty =
                    self.integer_of_size(self.input.options.target.pointer.size, true).unwrap_or(Prim::Long);
                Ok(Operand::new(TypeId::of(ty).into(), difference.map_or(Value::Unknown, Value::Int)))
            }
            (Kind::Plus | Kind::Minus, Class::Pointer(to), Class::Integer { .. }) => {
                let step = scale(self, to);
                let sum =
                    a.zip(b).map(|(a, b)| if operator == Kind::Plus { a + b * step } else { a - b * step });
                self.convert(Operand::new(left.ty, sum.map_or(Value::Unknown, Value::Int)), left.ty)
            }
            (Kind::Plus, Class::Integer { .. }, Class::Pointer(to)) => {
                let step = scale(self, to);
                let sum = a.zip(b).map(|(a, b)| b + a * step);
                self.convert(Operand::new(right.ty, sum.map_or(Value::Unknown, Value::Int)), right.ty)
            }
            _ => Ok(Operand::unknown(left.ty)),
        }
    }
}
