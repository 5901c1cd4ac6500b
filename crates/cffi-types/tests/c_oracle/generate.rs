//! Making up declarations.

use cffi_types::layout::{FieldClass, FieldSpec, Host, NestedField, Owner, Rules, Stated, layout, sflags};
use cffi_types::primitive::{self, PrimKind};

use crate::model::{Abi, Decl, Declared, Field, Member, Packing, Scalar, ScalarKind, Ty};
use crate::rng::Rng;

/// Makes `count` declarations that this crate lays out, later ones using earlier ones.
pub(crate) fn batch(seed: u64, count: usize, abi: Abi) -> Vec<Declared> {
    let mut generator = Generator { rng: Rng::new(seed), abi, scalars: scalars(), done: Vec::new() };
    while generator.done.len() < count {
        let decl = generator.decl();
        let declared = lay_out(&decl, &generator.done);
        generator.done.push(declared);
    }
    generator.done
}

fn scalars() -> Vec<Scalar> {
    let mut scalars: Vec<Scalar> = primitive::PRIMITIVES
        .iter()
        .map(|p| Scalar {
            c_name: crate::primitives::c_name(p),
            size: p.size.into(),
            align: p.align.into(),
            kind: match p.kind {
                PrimKind::Signed => ScalarKind::Signed,
                PrimKind::Unsigned => ScalarKind::Unsigned,
                PrimKind::Bool => ScalarKind::Bool,
                PrimKind::Char => ScalarKind::Text,
                _ => ScalarKind::Other,
            },
        })
        .collect();
    let int = size_of::<core::ffi::c_int>();
    let pointer = size_of::<usize>();
    scalars.push(Scalar { c_name: "enum below_zero", size: int, align: int, kind: ScalarKind::Signed });
    scalars.push(Scalar { c_name: "enum above_zero", size: int, align: int, kind: ScalarKind::Unsigned });
    scalars.push(Scalar { c_name: "pointer", size: pointer, align: pointer, kind: ScalarKind::Other });
    scalars
}

struct Generator {
    rng: Rng,
    abi: Abi,
    scalars: Vec<Scalar>,
    done: Vec<Declared>,
}

impl Generator {
    fn decl(&mut self) -> Decl {
        let packing = match self.rng.below(10) {
            0 => Packing::Attribute,
            1..=3 => Packing::Pragma(*self.rng.pick(&[1, 2, 4, 8, 16])),
            _ => Packing::None,
        };
        let id = self.done.len();
        let mut decl =
            Decl { id, is_union: self.rng.percent(15), abi: self.abi, packing, members: Vec::new() };
        let mut taken = Vec::new();
        for i in 0..1 + self.rng.below(7) {
            let name = format!("f{id}_{i}");
            let member =
                if self.rng.percent(65) { self.bit_field(name) } else { self.member(name, &mut taken) };
            if !departs_from_c(&member, &decl) {
                decl.members.push(member);
            }
        }
        self.make_valid_c(&mut decl);
        decl
    }

    /// Adds the members that C requires: a named one in every struct, and one in front of a flexible array.
    fn make_valid_c(&mut self, decl: &mut Decl) {
        if decl.members.iter().all(|m| m.name.is_empty()) {
            let first = self.member_of_size(format!("f{}_first", decl.id));
            decl.members.insert(0, first);
        }
        if !decl.is_union && self.rng.percent(8) {
            let first = self.member_of_size(format!("f{}_head", decl.id));
            decl.members.insert(0, first);
            let item = Box::new(Ty::Scalar(*self.rng.pick(&self.scalars)));
            let name = format!("f{}_rest", decl.id);
            decl.members.push(Member { name, ty: Ty::Array { item, len: None }, bitsize: None });
        }
    }

    fn member_of_size(&mut self, name: String) -> Member {
        Member { name, ty: Ty::Scalar(*self.rng.pick(&self.scalars)), bitsize: None }
    }

    fn bit_field(&mut self, name: String) -> Member {
        let scalar = loop {
            let scalar = *self.rng.pick(&self.scalars);
            if scalar.kind != ScalarKind::Other {
                break scalar;
            }
        };
        // C allows one bit for _Bool.
        let widest = if scalar.kind == ScalarKind::Bool { 1 } else { 8 * scalar.size };
        let bitsize = match self.rng.below(12) {
            0 => 0,
            1 => widest,
            2 => widest.saturating_sub(1).max(1),
            3..=7 => 1 + self.rng.below(widest.min(9)),
            _ => 1 + self.rng.below(widest),
        };
        let name = if bitsize == 0 || self.rng.percent(10) { String::new() } else { name };
        Member { name, ty: Ty::Scalar(scalar), bitsize: Some(bitsize as u32) }
    }

    /// Makes a member; `taken` are the declarations already embedded without a name.
    fn member(&mut self, name: String, taken: &mut Vec<usize>) -> Member {
        let ty = match self.rng.below(10) {
            0..=4 => Ty::Scalar(*self.rng.pick(&self.scalars)),
            5 | 6 => {
                let item = match self.earlier() {
                    Some(index) if self.rng.percent(30) && !self.is_open(index) => Ty::Earlier(index),
                    _ => Ty::Scalar(*self.rng.pick(&self.scalars)),
                };
                Ty::Array { item: Box::new(item), len: Some(self.rng.below(4)) }
            }
            _ => match self.earlier() {
                Some(index) => Ty::Earlier(index),
                None => Ty::Scalar(self.scalars[0]),
            },
        };
        let name = match &ty {
            Ty::Earlier(index) if self.rng.percent(60) && self.free_to_embed(*index, taken) => String::new(),
            _ => name,
        };
        Member { name, ty, bitsize: None }
    }

    /// Returns an earlier declaration that can be a member: of a size that C agrees with, and not too large.
    fn earlier(&mut self) -> Option<usize> {
        if self.done.is_empty() {
            return None;
        }
        let index = self.rng.below(self.done.len());
        let declared = &self.done[index];
        // Zero-sized in GNU C, size 1 here.
        let has_size = declared.decl.members.iter().any(|m| !m.name.is_empty() && !is_empty_array(&m.ty));
        (has_size && declared.layout.size <= 64).then_some(index)
    }

    /// Returns whether a declaration ends in an open array, which neither an array item nor (without pedantry) an
    /// embedded struct may do.
    fn is_open(&self, index: usize) -> bool {
        self.done[index].layout.with_var_array
    }

    /// Returns whether a declaration can be embedded, which adds the names of all its fields: they must not be there
    /// yet.
    fn free_to_embed(&self, index: usize, taken: &mut Vec<usize>) -> bool {
        if self.is_open(index) {
            return false;
        }
        let names = |i: usize| self.done[i].fields.iter().map(|f| &f.name);
        if taken.iter().any(|other| names(*other).any(|n| names(index).any(|m| n == m))) {
            return false;
        }
        taken.push(index);
        true
    }
}

/// Returns whether the compiler's rules are known to differ from these, which are the C backend's.
fn departs_from_c(member: &Member, decl: &Decl) -> bool {
    let Some(bitsize) = member.bitsize else { return false };
    match decl.abi {
        Abi::Native => false,
        // A zero-width bit field behind another bit field aligns what follows in C; here it only ends the unit.
        // Unions: GCC does without whole units when packing, which Visual C++ does not.
        Abi::Ms => {
            let behind_bit_field = decl.members.last().is_some_and(|m| m.bitsize.is_some());
            (bitsize == 0 && behind_bit_field) || (decl.is_union && decl.packing != Packing::None)
        }
    }
}

fn is_empty_array(ty: &Ty) -> bool {
    matches!(ty, Ty::Array { len: None | Some(0), .. })
}

/// Returns size (`None`: unknown) and alignment.
fn measure(ty: &Ty, done: &[Declared]) -> (Option<usize>, usize) {
    match ty {
        Ty::Scalar(scalar) => (Some(scalar.size), scalar.align),
        Ty::Array { item, len } => {
            let (size, align) = measure(item, done);
            (size.zip(*len).map(|(size, len)| size * len), align)
        }
        Ty::Earlier(index) => (Some(done[*index].layout.size), done[*index].layout.align),
    }
}

fn lay_out(decl: &Decl, done: &[Declared]) -> Declared {
    let nested: Vec<Vec<NestedField<'_>>> = decl
        .members
        .iter()
        .map(|member| match member.ty {
            Ty::Earlier(index) => done[index].fields.iter().map(Field::as_nested).collect(),
            _ => Vec::new(),
        })
        .collect();
    let specs: Vec<FieldSpec<'_>> =
        decl.members.iter().zip(&nested).map(|(member, nested)| spec(member, nested, done)).collect();
    let owner = Owner { name: "generated", is_union: decl.is_union };
    let layout = layout(owner, &rules(decl), &specs, Stated::default());
    let layout = layout.unwrap_or_else(|error| panic!("{error} in {decl:?}"));
    let fields = layout.places.iter().map(|place| {
        let member = &decl.members[place.source];
        let (name, scalar) = match (place.nested, &member.ty) {
            (Some(inner), Ty::Earlier(index)) => {
                let field = &done[*index].fields[inner];
                (field.name.clone(), field.scalar)
            }
            (_, Ty::Scalar(scalar)) => (member.name.clone(), Some(*scalar)),
            _ => (member.name.clone(), None),
        };
        let (offset, bitshift, bitsize) = (place.offset, place.bitshift, place.bitsize);
        Field { name, offset, bitshift, bitsize, flags: place.flags, scalar }
    });
    let fields = fields.collect();
    Declared { decl: decl.clone(), layout, fields }
}

fn rules(decl: &Decl) -> Rules {
    let style = match decl.abi {
        Abi::Native => 0,
        Abi::Ms => sflags::MSVC_BITFIELDS,
    };
    let host = Host::current();
    match decl.packing {
        Packing::None => Rules::from_flags(style, 0, &host),
        Packing::Attribute => Rules::from_flags(style | sflags::PACKED, 0, &host),
        Packing::Pragma(pack) => Rules::from_flags(style, pack, &host),
    }
}

fn spec<'a>(member: &'a Member, nested: &'a [NestedField<'a>], done: &[Declared]) -> FieldSpec<'a> {
    let (size, align) = measure(&member.ty, done);
    let class = match &member.ty {
        Ty::Scalar(scalar) => match scalar.kind {
            ScalarKind::Signed => FieldClass::Integer { signed: true },
            ScalarKind::Unsigned => FieldClass::Integer { signed: false },
            ScalarKind::Bool => FieldClass::Bool,
            ScalarKind::Text => FieldClass::Char,
            ScalarKind::Other => FieldClass::Other,
        },
        Ty::Array { len, .. } => FieldClass::Array { len: *len },
        Ty::Earlier(index) => {
            FieldClass::Aggregate { var_array: done[*index].layout.with_var_array, nested, unnamed: &[] }
        }
    };
    let (name, bitsize) = (member.name.as_str(), member.bitsize);
    FieldSpec { name, type_name: "generated", size, align, explicit: 0, bitsize, offset: None, class }
}
