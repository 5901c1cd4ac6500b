//! Making function types and reading them.

use core::hash::{Hash, Hasher};

use super::arena::Types;
use super::function::{Convention, Function};
use super::ids::FunctionId;
use super::qualified::QualType;
use super::shape::{Shape, TypeId};

impl Types {
    /// Returns the function type with these parts.
    ///
    /// The caller passes the parameters as C adjusts them ([`Types::adjust_param`]). Their own qualifiers are dropped:
    /// `f(const int)` and `f(int)` are one type.
    pub fn function(
        &mut self,
        result: QualType,
        params: &[QualType],
        variadic: bool,
        unprototyped: bool,
        convention: Convention,
    ) -> TypeId {
        let id = self.intern_function(result, params, variadic, unprototyped, convention);
        self.intern(Shape::Function(id))
    }

    /// Returns the contents of a function type.
    ///
    /// # Panics
    /// If the number comes from another arena that has more functions.
    #[must_use]
    pub fn function_of(&self, id: FunctionId) -> &Function {
        &self.functions[id.0 as usize]
    }

    /// Returns the function type that this type is or points to, with typedef names resolved.
    #[must_use]
    pub fn as_function(&self, ty: QualType) -> Option<(FunctionId, &Function)> {
        let mut shape = self.resolve(ty).0;
        if let Shape::Pointer(to) = shape {
            shape = self.resolve(to).0;
        }
        match shape {
            Shape::Function(id) => Some((id, self.function_of(id))),
            _ => None,
        }
    }

    /// Returns the types of a function's parameters.
    #[must_use]
    pub fn params(&self, function: &Function) -> &[QualType] {
        let start = function.start as usize;
        self.params.get(start..start + function.count as usize).unwrap_or_default()
    }

    fn intern_function(
        &mut self,
        result: QualType,
        params: &[QualType],
        variadic: bool,
        unprototyped: bool,
        convention: Convention,
    ) -> FunctionId {
        let mut hasher = self.function_index.hasher();
        result.hash(&mut hasher);
        for param in params {
            param.unqualified().hash(&mut hasher);
        }
        hasher.write_u32(params.len() as u32 * 4 + u32::from(variadic) * 2 + u32::from(unprototyped));
        convention.hash(&mut hasher);
        let hash = hasher.short();
        let count = params.len() as u32;
        let found = self.function_index.find(hash, |at| {
            let f = &self.functions[at as usize];
            (f.result, f.variadic, f.unprototyped, f.convention)
                == (result, variadic, unprototyped, convention)
                && self.params(f).iter().copied().eq(params.iter().map(|param| param.unqualified()))
        });
        if let Some(at) = found {
            return FunctionId(at);
        }
        let at = self.functions.len() as u32;
        let start = self.params.len() as u32;
        self.params.extend(params.iter().map(|param| param.unqualified()));
        self.functions.push(Function { result, start, count, variadic, unprototyped, convention });
        self.function_index.insert(hash, at);
        FunctionId(at)
    }

    /// Returns the function type without typedef names.
    pub(super) fn canonical_function(&mut self, id: FunctionId) -> FunctionId {
        let f = self.functions[id.0 as usize];
        let canonical = |types: &Types, ty| types.canonical(ty);
        if canonical(self, f.result) == f.result
            && self.params(&f).iter().all(|param| canonical(self, *param).unqualified() == *param)
        {
            return id;
        }
        let params: Vec<QualType> = self.params(&f).iter().map(|param| canonical(self, *param)).collect();
        let result = canonical(self, f.result);
        self.intern_function(result, &params, f.variadic, f.unprototyped, f.convention)
    }
}
