//! Generates records at random.

use cffi_types::Prim;

use crate::rng::Rng;

/// A struct or union, for any target.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) is_union: bool,
    pub(crate) packed: bool,
    pub(crate) pack: u8,
    pub(crate) aligned: u32,
    pub(crate) ms_struct: bool,
    pub(crate) members: Vec<Member>,
}

#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) ty: Ty,
    pub(crate) bits: Option<u32>,
    pub(crate) named: bool,
    pub(crate) packed: bool,
    pub(crate) aligned: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum Ty {
    Prim(Prim),
    /// A typedef that requests an alignment.
    Aligned(Prim, u32),
    Enum,
    Pointer,
    Vector(Prim, u32),
    /// One of the records before, by index.
    Record(usize),
    Array(Box<Ty>, u64),
    Open(Box<Ty>),
}

/// The integer types other than `_Bool`, which comes first in the list.
const INTEGERS: &[Prim] = Prim::KEYWORD_INTEGERS.split_at(1).1;

const OTHERS: &[Prim] = &[
    Prim::Bool,
    Prim::Float,
    Prim::Double,
    Prim::LongDouble,
    Prim::FloatComplex,
    Prim::DoubleComplex,
    Prim::LongDoubleComplex,
];

const ALIGNMENTS: &[u32] = &[1, 2, 4, 8, 16, 32, 64];

pub(crate) fn batch(seed: u64, count: usize) -> Vec<Spec> {
    let mut rng = Rng::new(seed);
    let mut records: Vec<Spec> = Vec::with_capacity(count);
    for _ in 0..count {
        let spec = record(&mut rng, &records);
        records.push(spec);
    }
    records
}

fn record(rng: &mut Rng, before: &[Spec]) -> Spec {
    let is_union = rng.percent(20);
    let length = if rng.percent(3) { 0 } else { 1 + rng.below(7) };
    // Few records have all peculiarities; many have one.
    let bit_fields = *rng.pick(&[0, 20, 50, 90]);
    let attributes = *rng.pick(&[0, 0, 5, 30]);
    let mut members: Vec<Member> = (0..length).map(|_| member(rng, before, bit_fields, attributes)).collect();
    // Two anonymous records could have members with equal names.
    let anonymous = |member: &Member| member.bits.is_none() && !member.named;
    let first = members.iter().position(anonymous);
    for (at, member) in members.iter_mut().enumerate() {
        member.named |= anonymous(member) && Some(at) != first;
    }
    if !is_union && length > 0 && rng.percent(6) {
        let ty = Ty::Open(Box::new(plain(rng)));
        members.push(Member { ty, bits: None, named: true, packed: false, aligned: 0 });
    }
    let unusual = rng.percent(40);
    Spec {
        is_union,
        packed: unusual && rng.percent(35),
        pack: if unusual && rng.percent(35) { *rng.pick(&[1, 2, 4, 8]) } else { 0 },
        aligned: if unusual && rng.percent(25) { *rng.pick(ALIGNMENTS) } else { 0 },
        ms_struct: unusual && rng.percent(15),
        members,
    }
}

fn member(rng: &mut Rng, before: &[Spec], bit_fields: usize, attributes: usize) -> Member {
    let mut member = Member { ty: Ty::Enum, bits: None, named: true, packed: false, aligned: 0 };
    if rng.percent(bit_fields) {
        let (ty, widest) = match rng.below(14) {
            0 => (Ty::Prim(Prim::Bool), 1),
            1 => (Ty::Enum, 32),
            n => {
                let prim = INTEGERS[(n - 2) % INTEGERS.len()];
                (Ty::Prim(prim), narrowest(prim))
            }
        };
        member.ty = ty;
        member.named = !rng.percent(20);
        let zero = !member.named && rng.percent(50);
        member.bits = Some(if zero { 0 } else { 1 + rng.below(widest as usize) as u32 });
    } else {
        member.ty = any(rng, before);
        if matches!(member.ty, Ty::Record(_)) && rng.percent(40) {
            member.named = false;
        }
    }
    // For unnamed bit-fields, attributes have a different meaning in each compiler; for anonymous records they have
    // none.
    if !member.named {
        return member;
    }
    member.packed = rng.percent(attributes);
    member.aligned = if rng.percent(attributes) { *rng.pick(ALIGNMENTS) } else { 0 };
    member
}

/// Returns the width of a type in bits on the target where it is narrowest.
fn narrowest(prim: Prim) -> u32 {
    match prim {
        Prim::Char | Prim::SChar | Prim::UChar => 8,
        Prim::Short | Prim::UShort => 16,
        Prim::LongLong | Prim::ULongLong => 64,
        _ => 32,
    }
}

fn any(rng: &mut Rng, before: &[Spec]) -> Ty {
    match rng.below(20) {
        0..=2 if !before.is_empty() => {
            // A record that ends in an array without a length can only be the last member, so it is left out.
            let from = before.len().saturating_sub(40);
            let index = from + rng.below(before.len() - from);
            let open = before[index].members.iter().any(|m| matches!(m.ty, Ty::Open(_)));
            if open { plain(rng) } else { Ty::Record(index) }
        }
        3 | 4 => {
            let item = if rng.percent(20) { any(rng, before) } else { plain(rng) };
            // C does not allow an array whose items are aligned to more than their size.
            let item = match item {
                Ty::Aligned(prim, _) => Ty::Prim(prim),
                item => item,
            };
            Ty::Array(Box::new(item), *rng.pick(&[0, 1, 2, 3, 7, 100]))
        }
        5 => Ty::Aligned(*rng.pick(INTEGERS), *rng.pick(ALIGNMENTS)),
        6 => Ty::Vector(
            *rng.pick(&[Prim::Float, Prim::Int, Prim::UChar, Prim::Double]),
            *rng.pick(&[8, 16, 32]),
        ),
        _ => plain(rng),
    }
}

fn plain(rng: &mut Rng) -> Ty {
    match rng.below(10) {
        0 => Ty::Pointer,
        1 => Ty::Enum,
        2..=4 => Ty::Prim(*rng.pick(OTHERS)),
        _ => Ty::Prim(*rng.pick(INTEGERS)),
    }
}

/// Returns whether the records cover enough cases: a generator of easy cases only would prove nothing about the rules.
pub(crate) fn covers_enough(records: &[Spec]) -> bool {
    let count = |what: &dyn Fn(&Spec) -> bool| records.iter().filter(|spec| what(spec)).count();
    let some = |what: &dyn Fn(&Member) -> bool| count(&|spec: &Spec| spec.members.iter().any(what));
    [
        count(&|s| s.is_union),
        count(&|s| s.packed),
        count(&|s| s.pack > 0),
        count(&|s| s.aligned > 0),
        count(&|s| s.ms_struct),
        count(&|s| s.members.is_empty()),
        some(&|m| m.bits == Some(0)),
        some(&|m| m.bits.is_some_and(|bits| bits > 32)),
        some(&|m| m.bits.is_some() && !m.named),
        some(&|m| m.bits.is_some() && m.packed),
        some(&|m| m.bits.is_some() && m.aligned > 0),
        some(&|m| m.bits.is_none() && !m.named),
        some(&|m| matches!(m.ty, Ty::Record(_)) && m.packed),
        some(&|m| matches!(m.ty, Ty::Array(_, 0))),
        some(&|m| matches!(m.ty, Ty::Open(_))),
        some(&|m| matches!(m.ty, Ty::Aligned(..))),
        some(&|m| matches!(m.ty, Ty::Vector(..))),
    ]
    .into_iter()
    .all(|n| n > records.len() / 100)
}
