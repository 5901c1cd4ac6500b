//! Generates functions at random.

use cffi_types::target::{Arch, Env, Os};
use cffi_types::types::{Convention, Field, Length, RecordAttributes, RecordKind, Shape};
use cffi_types::{Prim, QualType, Symbol, Target, TypeId, Types};

use crate::rng::Rng;

/// The compiler whose code is run. The crate follows gcc where compilers disagree, so such cases are left out for
/// clang.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Compiler {
    Gcc,
    Clang,
}

impl Compiler {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Compiler::Gcc => "gcc",
            Compiler::Clang => "clang",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) result: QualType,
    pub(crate) args: Vec<QualType>,
    pub(crate) fixed: Option<usize>,
    pub(crate) convention: Convention,
}

struct Maker<'a> {
    types: &'a mut Types,
    rng: Rng,
    compiler: Compiler,
    records: u32,
}

pub(crate) fn functions(types: &mut Types, seed: u64, count: usize, compiler: Compiler) -> Vec<Function> {
    let mut maker = Maker { types, rng: Rng::new(seed), compiler, records: 0 };
    (0..count).map(|_| maker.function()).collect()
}

/// Widths of bit-precise integers.
const BITS: &[u32] = &[2, 7, 8, 17, 32, 33, 37, 63, 64, 65, 100, 127, 128, 129, 192, 200, 300];

impl Maker<'_> {
    fn target(&self) -> Target {
        *self.types.target()
    }

    fn function(&mut self) -> Function {
        let length = *self.rng.pick(&[0, 1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 14]);
        // Arguments of similar types use up one kind of register.
        let style = self.rng.below(4);
        let result = if self.rng.percent(15) { QualType::VOID } else { self.any(style) };
        let result = if self.clang_errs_on(result) { QualType::VOID } else { result };
        let mut args: Vec<QualType> = (0..length).map(|_| self.any(style)).collect();
        let mut fixed = None;
        if length > 1 && self.rng.percent(15) {
            let n = 1 + self.rng.below(length - 1);
            // Clang does not split a named argument between registers and stack, though Microsoft's documentation
            // requires it.
            let n =
                if self.target().os == Os::Windows && self.target().arch == Arch::Aarch64 { 1 } else { n };
            fixed = Some(n);
            for arg in &mut args[n..] {
                *arg = self.promoted(*arg);
            }
            // In variadic functions on Windows, clang's callers and callees disagree on vectors and on alignment.
            if self.target().os == Os::Windows {
                for arg in &mut args {
                    let disputed = match self.types.shape(arg.id()) {
                        Shape::Vector { .. } => true,
                        Shape::Record(id) => {
                            self.types.record(id).attributes.aligned > 0
                                || self.types.align(arg.id()).is_ok_and(|align| align > 8)
                        }
                        _ => false,
                    };
                    if disputed {
                        *arg = TypeId::of(Prim::Double).into();
                    }
                }
            }
            // The type of the last named parameter of a variadic function must not be one that is promoted.
            args[n - 1] = self.promoted(args[n - 1]);
        }
        let convention =
            if self.target().arch == Arch::X86 && fixed.is_none() && self.target().os == Os::Windows {
                *self.rng.pick(&[Convention::C, Convention::C, Convention::Stdcall, Convention::Fastcall])
            } else {
                Convention::C
            };
        Function { result, args, fixed, convention }
    }

    /// Returns whether clang differs from Visual C++ on a result. On 32-bit Windows, clang returns a small record in
    /// memory if it has a member of 3, 5, 6 or 7 bytes.
    fn clang_errs_on(&self, result: QualType) -> bool {
        let target = self.target();
        if target.arch != Arch::X86 || target.os != Os::Windows {
            return false;
        }
        let Shape::Record(id) = self.types.shape(result.id()) else { return false };
        self.types.fields(id).iter().any(|field| {
            let size = self.types.size(field.ty.id()).unwrap_or(0);
            !matches!(size, 1 | 2 | 4 | 8) || self.clang_errs_on(field.ty)
        })
    }

    /// Applies the default argument promotions.
    fn promoted(&self, ty: QualType) -> QualType {
        match ty.id().primitive() {
            Some(Prim::Float) => TypeId::of(Prim::Double).into(),
            Some(prim) if prim.is_integer() && self.types.size(ty.id()).is_ok_and(|size| size < 4) => {
                TypeId::of(Prim::Int).into()
            }
            _ => ty,
        }
    }

    fn any(&mut self, style: usize) -> QualType {
        let record = [45, 80, 15, 30][style];
        if self.rng.percent(record) {
            let record = self.record(0);
            // The emulator has no room for larger records.
            if self.types.size(record.id()).is_ok_and(|size| size <= 900) {
                return record;
            }
        }
        self.scalar(style)
    }

    fn scalar(&mut self, style: usize) -> QualType {
        let floats = [30, 50, 10, 80][style];
        if self.rng.percent(floats) {
            return self.float();
        }
        let target = self.target();
        match self.rng.below(20) {
            0 | 1 => self.types.pointer(QualType::VOID).into(),
            // On x86-64, clang splits an `__int128` between the last register and the stack.
            2 if target.int128.is_some() && self.has_int128() => {
                TypeId::of(*self.rng.pick(&[Prim::Int128, Prim::UInt128])).into()
            }
            3 => self.bit_int().unwrap_or_else(|| TypeId::of(Prim::Long).into()),
            _ => TypeId::of(*self.rng.pick(Prim::KEYWORD_INTEGERS)).into(),
        }
    }

    /// Makes a bit-precise integer, if the compiler knows them.
    fn bit_int(&mut self) -> Option<QualType> {
        let signed = self.rng.percent(50);
        let widest = match (self.compiler, self.target().arch) {
            (Compiler::Gcc, _) => u32::MAX,
            // On i386, clang passes what is wider by its address, and gcc does not.
            (Compiler::Clang, Arch::X86) => 64,
            // Clang has at most 128 bits for most targets.
            (Compiler::Clang, _) => 128,
        };
        let bits = *self.rng.pick(BITS.split_at(BITS.partition_point(|bits| *bits <= widest)).0);
        self.has_bit_int().then(|| self.types.bit_int(signed, bits).into())
    }

    fn has_int128(&self) -> bool {
        let target = self.target();
        match target.arch {
            Arch::X86_64 => self.compiler == Compiler::Gcc || target.os == Os::Windows,
            // Before version 19, clang used a wrong alignment for the type on s390x.
            Arch::S390x => false,
            _ => true,
        }
    }

    /// Returns whether the compiler knows `_BitInt`, with the rules that this crate has.
    fn has_bit_int(&self) -> bool {
        self.target().os == Os::Linux
            && matches!(self.target().arch, Arch::X86_64 | Arch::Aarch64 | Arch::X86)
    }

    /// Returns whether the compiler knows `_Float16` and `__bf16`.
    fn has_half(&self) -> bool {
        self.target().os == Os::Linux && matches!(self.target().arch, Arch::X86_64 | Arch::Aarch64)
    }

    fn has_vectors(&self) -> bool {
        let target = self.target();
        target.arch == Arch::Aarch64
            || target.arch == Arch::X86_64 && (target.os != Os::Windows || target.env == Env::Msvc)
    }

    /// Makes a vector of a size that some processor has registers for.
    fn vector(&mut self) -> QualType {
        let items = [Prim::SChar, Prim::UShort, Prim::Int, Prim::Long, Prim::Float, Prim::Double];
        // Gcc has its own way to pass a vector of one `double` on x86-64.
        let most = if self.compiler == Compiler::Gcc { items.len() } else { items.len() - 1 };
        let item = TypeId::of(items[self.rng.below(most)]);
        let size = *self.rng.pick(self.vector_sizes());
        let count = size / self.types.size(item).unwrap_or(1);
        self.types.vector(item, count.max(1) as u32).into()
    }

    /// Returns the sizes of vectors. The emulator has no vectors of 32 bytes on x86-64.
    fn vector_sizes(&self) -> &'static [u64] {
        if self.target().arch == Arch::Aarch64 { &[8, 8, 16, 16, 32] } else { &[8, 16, 16] }
    }

    fn float(&mut self) -> QualType {
        let target = self.target();
        let vectors = self.has_vectors();
        // Clang takes the registers of a fastcall function for a `long double`, but not for a `double`.
        let has_long_double = target.arch != Arch::X86 || target.os != Os::Windows;
        match self.rng.below(16) {
            0 if has_long_double => TypeId::of(Prim::LongDouble).into(),
            1 => TypeId::of(Prim::FloatComplex).into(),
            2 => TypeId::of(Prim::DoubleComplex).into(),
            3 => TypeId::of(Prim::LongDoubleComplex).into(),
            // Clang 14 does not know how to classify the type.
            4 if target.arch == Arch::X86_64 && self.compiler == Compiler::Gcc => {
                TypeId::of(Prim::Float128).into()
            }
            5 if vectors => self.types.vector(TypeId::of(Prim::Float), 2).into(),
            6 if vectors => self.types.vector(TypeId::of(Prim::Int), 4).into(),
            7 if vectors => self.types.vector(TypeId::of(Prim::Double), 2).into(),
            8 if vectors => self.vector(),
            9 if self.has_half() => {
                // Clang on Linux takes a record of `__bf16` for one of floating-point numbers.
                let bfloat = if self.compiler == Compiler::Gcc { Prim::Bfloat16 } else { Prim::Float16 };
                // Gcc reads half of such a complex number in a record behind `...` on x86-64.
                let complex =
                    if target.arch == Arch::X86_64 { Prim::FloatComplex } else { Prim::Float16Complex };
                TypeId::of(*self.rng.pick(&[Prim::Float16, complex, bfloat])).into()
            }
            8..=11 => TypeId::of(Prim::Float).into(),
            _ => TypeId::of(Prim::Double).into(),
        }
    }

    fn record(&mut self, depth: usize) -> QualType {
        let kind = if self.rng.percent(15) { RecordKind::Union } else { RecordKind::Struct };
        let tag = self.types.symbols.intern(&format!("r{}", self.records));
        self.records += 1;
        let number = self.records;
        // All large records go to memory, so they are rare.
        let length = *self.rng.pick(&[1, 1, 1, 2, 2, 2, 3, 3, 4, 5]);
        let length = if self.rng.percent(2) && self.has_empty() { 0 } else { length };
        let alike = if self.rng.percent(35) { Some(self.leaf()) } else { None };
        let mut fields = Vec::new();
        for index in 0..length {
            let name = self.types.symbols.intern(&format!("m{number}_{index}"));
            fields.push(self.member(name, alike, depth));
        }
        // On i386, clang aligns an argument that has a requested alignment of 16 and leaves out the padding of unions, and
        // gcc does neither.
        let alignments: &[u32] = match (self.compiler, self.target().arch) {
            (Compiler::Clang, Arch::X86) => &[2, 4],
            _ => &[2, 4, 8, 16, 32, 64],
        };
        let attributes = RecordAttributes {
            packed: self.rng.percent(6),
            pack: if self.rng.percent(6) { *self.rng.pick(&[1, 2, 4, 8]) } else { 0 },
            aligned: if self.rng.percent(5) { *self.rng.pick(alignments) } else { 0 },
            ..RecordAttributes::default()
        };
        let id = self.types.declare_record(kind, tag);
        self.types.define_record(id, &fields, attributes).expect("the record is new");
        self.types.record(id).ty.into()
    }

    fn has_empty(&self) -> bool {
        let target = self.target();
        // Compilers disagree on these types on Windows, and clang ignores unions of them on RISC-V.
        target.os != Os::Windows && target.arch != Arch::Riscv64
    }

    fn member(&mut self, name: Symbol, alike: Option<QualType>, depth: usize) -> Field {
        if alike.is_none() && self.rng.percent(15) {
            return self.bit_field(name);
        }
        let mut ty = match alike {
            Some(ty) => ty,
            None if depth < 3 && self.rng.percent(20) => self.record(depth + 1),
            None => self.leaf(),
        };
        if self.rng.percent(15) {
            // Whether clang counts arrays of length 0 depends on the target. Gcc takes an array of vectors of length 0
            // for one without a length.
            let zero =
                self.compiler == Compiler::Gcc && !matches!(self.types.shape(ty.id()), Shape::Vector { .. });
            let lengths: &[u64] = if zero { &[0, 1, 2, 3, 4] } else { &[1, 2, 3, 4] };
            ty = self.types.array(ty, Length::Fixed(*self.rng.pick(lengths))).into();
        }
        let field = Field::new(name, ty);
        // On i386, clang aligns arguments by members whose requested alignment is more than 4, and gcc does not.
        let most = if self.target().arch == Arch::X86 && self.compiler == Compiler::Clang { 1 } else { 3 };
        if self.rng.percent(3) { field.aligned([4, 8, 16][self.rng.below(most)]) } else { field }
    }

    fn bit_field(&mut self, name: Symbol) -> Field {
        let prim = *self.rng.pick(&[Prim::UChar, Prim::Short, Prim::Int, Prim::UInt, Prim::LongLong]);
        let precise = if self.rng.percent(15) { self.bit_int() } else { None };
        let ty = precise.unwrap_or_else(|| TypeId::of(prim).into());
        let widest = match self.types.shape(ty.id()) {
            Shape::BitInt { bits, .. } => bits,
            _ => prim.scalar(self.types.target()).map_or(8, |scalar| u32::from(scalar.size) * 8),
        };
        // On RISC-V, clang passes a float wrongly that follows in the same unit.
        let least = if self.target().arch == Arch::Riscv64 { widest - 7 } else { 1 };
        let width = least + self.rng.below((widest - least + 1) as usize) as u32;
        // Clang ignores unnamed bit-fields.
        let unnamed = self.compiler == Compiler::Gcc && self.rng.percent(20);
        // If the last member has width 0 and a type of more than 128 bits, gcc passes the struct in another way.
        let zero = unnamed && widest <= 128 && self.rng.percent(30);
        Field::bit_field(if unnamed { Symbol::EMPTY } else { name }, ty, if zero { 0 } else { width })
    }

    fn leaf(&mut self) -> QualType {
        if self.rng.percent(50) { self.float() } else { self.scalar(2) }
    }
}
