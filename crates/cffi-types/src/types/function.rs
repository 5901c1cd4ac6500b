//! Function types.

use core::hash::{Hash, Hasher};

use super::{QualType, Shape, TypeId, Types};

/// The number of a function type's contents in a [`Types`].
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct FunctionId(u32);

/// How a function is called, where its declaration says so.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash, Default)]
pub enum Convention {
    /// The platform's C convention; also `__cdecl`.
    #[default]
    C,
    /// `__stdcall`.
    Stdcall,
    /// `__fastcall`.
    Fastcall,
    /// `__thiscall`.
    Thiscall,
    /// `__vectorcall`.
    Vectorcall,
    /// `__attribute__((regparm(n)))`, with n of 1 to 3.
    Regparm(u8),
    /// `__attribute__((ms_abi))`.
    Ms,
    /// `__attribute__((sysv_abi))`.
    SystemV,
    /// `__attribute__((pcs("aapcs")))`: floating-point arguments in integer registers on 32-bit Arm.
    ArmSoftFloat,
    /// `__attribute__((pcs("aapcs-vfp")))`.
    ArmHardFloat,
    /// `__attribute__((aarch64_vector_pcs))`.
    Aarch64Vector,
}

impl Convention {
    /// The keyword or attribute that stands before the name of a function, empty for the platform's C convention.
    #[must_use]
    pub const fn spelling(self) -> &'static str {
        match self {
            Convention::C => "",
            Convention::Stdcall => "__stdcall",
            Convention::Fastcall => "__fastcall",
            Convention::Thiscall => "__thiscall",
            Convention::Vectorcall => "__vectorcall",
            Convention::Regparm(1) => "__attribute__((regparm(1)))",
            Convention::Regparm(2) => "__attribute__((regparm(2)))",
            Convention::Regparm(_) => "__attribute__((regparm(3)))",
            Convention::Ms => "__attribute__((ms_abi))",
            Convention::SystemV => "__attribute__((sysv_abi))",
            Convention::ArmSoftFloat => "__attribute__((pcs(\"aapcs\")))",
            Convention::ArmHardFloat => "__attribute__((pcs(\"aapcs-vfp\")))",
            Convention::Aarch64Vector => "__attribute__((aarch64_vector_pcs))",
        }
    }
}

/// A function type. Names of parameters are not part of it: they stand with the declaration that gives them.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Function {
    /// Type of the result.
    pub result: QualType,
    /// Where the parameters start in the arena.
    start: u32,
    /// How many there are.
    count: u32,
    /// Whether further arguments may follow (`...`).
    pub variadic: bool,
    /// Whether the declaration says nothing of the parameters (`()` before C23).
    pub unprototyped: bool,
    /// How it is called.
    pub convention: Convention,
}

impl Function {
    /// How many parameters are declared.
    #[must_use]
    pub const fn param_count(&self) -> usize {
        self.count as usize
    }
}

impl Types {
    /// The function type with these parts.
    ///
    /// The parameters are given as C adjusts them ([`Types::adjust_param`]). Their own qualifiers are dropped:
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

    /// The contents of a function type.
    ///
    /// # Panics
    /// If the number comes from another arena that has more functions.
    #[must_use]
    pub fn function_of(&self, id: FunctionId) -> &Function {
        &self.functions[id.0 as usize]
    }

    /// The function that this type is or points to, typedef names resolved.
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

    /// The types of a function's parameters.
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

    /// The function type without typedef names.
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
