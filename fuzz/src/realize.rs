//! Tables that were accepted lead to types with a size and to placed fields, or to an error, in so many steps.
//!
//! This is what the backend does when a type is used for the first time, without the Python objects.

use cffi_abi::{IO_FILE_STRUCT, Op, StructFlags};
use cffi_parse::tables::Tables;
use cffi_types::layout::{FieldClass, FieldSpec, Host, Owner, Rules, Stated, layout};
use cffi_types::primitive;

use crate::tables::build;

/// More nested types are refused by the backend too.
const MAX_DEPTH: u32 = 200;
/// Structs that contain one another twice each take exponential time without a cache.
const MAX_STEPS: u32 = 20_000;
const POINTER: usize = size_of::<usize>();

/// What there is to know about a type for placing it. No size: opaque, open, a function, or wrong.
#[derive(Clone, Copy)]
struct Made {
    size: Option<usize>,
    align: usize,
    class: FieldClass<'static>,
}

const OPAQUE: Made = Made { size: None, align: 1, class: FieldClass::Other };

/// One input.
pub fn run(input: &[u8]) {
    let Ok(tables) = build(input) else { return };
    let mut maker = Maker { tables: &tables, steps: 0 };
    // The walk through the words themselves ends without a limit: that is what was checked.
    for entry in tables.typenames() {
        maker.made(entry.type_index, 0);
    }
    for entry in tables.struct_unions() {
        maker.made(entry.type_index, 0);
    }
    for global in tables.globals() {
        // Others have no type, or are refused when they are used.
        if let Ok(Op::GlobalVar | Op::DlopenFunc | Op::DlopenConst) = global.type_op.op() {
            maker.made(global.type_op.index().expect("checked"), 0);
        }
    }
}

struct Maker<'a> {
    tables: &'a Tables,
    steps: u32,
}

impl Maker<'_> {
    fn made(&mut self, index: usize, depth: u32) -> Made {
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return OPAQUE;
        }
        let types = self.tables.types();
        let word = types[index];
        let item = |maker: &mut Self| maker.made(word.index().expect("checked"), depth + 1);
        match word.op() {
            Ok(Op::Primitive) => word.index().and_then(primitive::by_number).map_or(OPAQUE, |p| Made {
                size: Some(usize::from(p.size)),
                align: usize::from(p.align),
                class: FieldClass::Integer { signed: p.number % 2 == 0 },
            }),
            Ok(Op::Pointer) => {
                item(self);
                Made { size: Some(POINTER), align: POINTER, class: FieldClass::Other }
            }
            Ok(Op::Array) => {
                let (item, len) = (item(self), types[index + 1].raw());
                let size =
                    item.size.and_then(|size| size.checked_mul(len)).filter(|&s| s <= isize::MAX as usize);
                Made { size, align: item.align, class: FieldClass::Array { len: Some(len) } }
            }
            Ok(Op::OpenArray) => Made { size: None, class: FieldClass::Array { len: None }, ..item(self) },
            Ok(Op::StructUnion) if word.arg() == IO_FILE_STRUCT => OPAQUE,
            Ok(Op::StructUnion) => self.aggregate(word.index().expect("checked"), depth),
            Ok(Op::Enum) => {
                let number = self.tables.enums()[word.index().expect("checked")].type_prim;
                let stored = usize::try_from(number).ok().and_then(primitive::by_number);
                stored.map_or(OPAQUE, |p| Made {
                    size: Some(usize::from(p.size)),
                    align: usize::from(p.align),
                    class: FieldClass::Integer { signed: false },
                })
            }
            Ok(Op::Typename) => {
                let entry = self.tables.typenames()[word.index().expect("checked")];
                self.made(entry.type_index, depth + 1)
            }
            Ok(Op::Noop) => item(self),
            Ok(Op::Function) => {
                item(self);
                let parameters = types[index + 1..].iter().take_while(|w| w.op() != Ok(Op::FunctionEnd));
                for at in index + 1..index + 1 + parameters.count() {
                    self.made(at, depth + 1);
                }
                OPAQUE
            }
            _ => OPAQUE,
        }
    }

    fn aggregate(&mut self, index: usize, depth: u32) -> Made {
        let entry = self.tables.struct_unions()[index];
        if entry.flags.has(StructFlags::OPAQUE | StructFlags::EXTERNAL) {
            return OPAQUE;
        }
        let fields: Vec<_> = self.tables.fields()[entry.fields()].to_vec();
        let mut specs = Vec::with_capacity(fields.len());
        for field in &fields {
            let Ok(Op::Noop | Op::Bitfield) = field.type_op.op() else { return OPAQUE };
            let made = self.made(field.type_op.index().expect("checked"), depth + 1);
            specs.push(FieldSpec {
                name: std::str::from_utf8(self.tables.name(field.name)).unwrap_or("?"),
                type_name: "type",
                size: made.size,
                align: made.align,
                bitsize: (field.type_op.op() == Ok(Op::Bitfield)).then_some(field.bits),
                offset: None,
                explicit: 0,
                class: made.class,
            });
        }
        let owner = Owner { name: "struct", is_union: entry.flags.has(StructFlags::UNION) };
        let rules = Rules::from_flags(0, i32::from(entry.flags.has(StructFlags::PACKED)), &Host::current());
        let Ok(placed) = layout(owner, &rules, &specs, Stated::default()) else { return OPAQUE };
        assert!(placed.align.is_power_of_two() && placed.size % placed.align == 0 || placed.size == 1);
        for place in placed.places.iter().filter(|place| place.nested.is_none()) {
            let start = usize::try_from(place.offset).expect("no stated offsets");
            assert!(start <= placed.size);
            if let (Some(size), -1) = (specs[place.source].size, place.bitsize) {
                assert!(start + size <= placed.size, "a field ends outside of its struct");
            }
        }
        let class = FieldClass::Aggregate { var_array: placed.with_var_array, nested: &[], unnamed: &[] };
        Made { size: Some(placed.size), align: placed.align, class }
    }
}
