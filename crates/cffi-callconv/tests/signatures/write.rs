//! Writes functions as C, and their locations for the emulator.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use cffi_callconv::{CallLayout, Extension, Location, Passing, Place, RegisterClass};
use cffi_types::types::{Length, RecordId, RecordKind, Shape};
use cffi_types::{Prim, QualType, Types};

use crate::generate::Function;

/// The address where functions write their arguments: 256 bytes for each, and 16 for its value as an integer.
const OUT: u64 = 0x0040_0000;
/// The address where functions read their result.
const IN: u64 = 0x0050_0000;
const STEP: usize = 1024;

pub(crate) fn files(
    folder: &Path,
    name: &str,
    types: &Types,
    functions: &[Function],
    layouts: &[CallLayout],
) {
    let mut c = String::from("#define _Float128 __float128\n");
    for id in types.record_ids() {
        define(&mut c, types, id);
    }
    c.push_str(
        "static inline __attribute__((always_inline)) void copy(volatile char *to, volatile const char *from, \
         unsigned n) { for (unsigned i = 0; i < n; i++) to[i] = from[i]; }\n\
         void *memcpy(void *to, const void *from, __SIZE_TYPE__ n) \
         { for (__SIZE_TYPE__ i = 0; i < n; i++) ((volatile char *)to)[i] = ((const char *)from)[i]; return to; }\n\
         void *memset(void *to, int value, __SIZE_TYPE__ n) \
         { for (__SIZE_TYPE__ i = 0; i < n; i++) ((volatile char *)to)[i] = value; return to; }\n",
    );
    let mut places = String::new();
    for (index, (function, layout)) in functions.iter().zip(layouts).enumerate() {
        body(&mut c, types, index, function);
        let _ = write!(
            places,
            "{{\"name\":\"f{index}\",\"c\":{:?},\"shown\":{:?},\"variadic\":{},\"stack\":{},\"align\":{},\
             \"reserved\":{},\"pops\":{},\"vectors\":{},\"ret\":",
            prototype(types, function),
            layout.to_string(),
            function.fixed.is_some(),
            layout.stack.size,
            layout.stack.align,
            layout.stack.reserved,
            layout.stack.callee_pops,
            layout.registers.1,
        );
        place(&mut places, types, layout, &layout.ret, function.result, true);
        places.push_str(",\"args\":[");
        for (at, (arg, ty)) in layout.args.iter().zip(&function.args).enumerate() {
            if at > 0 {
                places.push(',');
            }
            place(&mut places, types, layout, arg, *ty, false);
        }
        places.push_str("]}\n");
    }
    fs::create_dir_all(folder).expect("the folder can be made");
    fs::write(folder.join(format!("{name}.c")), c).expect("the folder is writable");
    fs::write(folder.join(format!("{name}.jsonl")), places).expect("the folder is writable");
}

pub(crate) fn prototype(types: &Types, function: &Function) -> String {
    let mut args = String::new();
    let mut seen = Vec::new();
    let mut records = String::new();
    for (at, arg) in function.args.iter().enumerate() {
        args.push_str(if at > 0 { ", " } else { "" });
        args.push_str(if function.fixed == Some(at) { "..., " } else { "" });
        args.push_str(&types.spell(*arg, ""));
        define_all(&mut records, types, *arg, &mut seen);
    }
    define_all(&mut records, types, function.result, &mut seen);
    format!("{records}{}", types.spell(function.result, &format!("f({args})")))
}

/// Writes the definitions of a record and of the records in it.
fn define_all(out: &mut String, types: &Types, ty: QualType, seen: &mut Vec<RecordId>) {
    match types.shape(ty.id()) {
        Shape::Array { item, .. } => define_all(out, types, item, seen),
        Shape::Record(id) if !seen.contains(&id) => {
            seen.push(id);
            for field in types.fields(id) {
                define_all(out, types, field.ty, seen);
            }
            define(out, types, id);
        }
        _ => {}
    }
}

fn define(out: &mut String, types: &Types, id: RecordId) {
    let record = types.record(id);
    if record.attributes.pack > 0 {
        let _ = writeln!(out, "_Pragma(\"pack(push, {})\")", record.attributes.pack);
    }
    out.push_str(record.kind.keyword());
    if record.attributes.packed {
        out.push_str(" __attribute__((packed))");
    }
    if record.attributes.aligned > 0 {
        let _ = write!(out, " __attribute__((aligned({})))", record.attributes.aligned);
    }
    let _ = write!(out, " {} {{ ", types.symbols.get(record.tag));
    for field in types.fields(id) {
        out.push_str(&types.spell(field.ty, types.symbols.get(field.name)));
        if let Some(bits) = field.bits() {
            let _ = write!(out, ":{bits}");
        }
        if field.explicit_align() > 0 {
            let _ = write!(out, " __attribute__((aligned({})))", field.explicit_align());
        }
        out.push_str("; ");
    }
    out.push_str("};\n");
    if record.attributes.pack > 0 {
        out.push_str("_Pragma(\"pack(pop)\")\n");
    }
}

fn body(c: &mut String, types: &Types, index: usize, function: &Function) {
    let mut head = function.convention.spelling().to_owned();
    let _ = write!(head, " f{index}(");
    let fixed = function.fixed.unwrap_or(function.args.len());
    for (at, arg) in function.args[..fixed].iter().enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        let _ = write!(head, "{comma}{}", types.spell(*arg, &format!("a{at}")));
    }
    head.push_str(match (function.fixed, fixed) {
        (Some(_), _) => ", ...)",
        (None, 0) => "void)",
        _ => ")",
    });
    let _ = writeln!(c, "{} {{", types.spell(function.result, head.trim()));
    if function.fixed.is_some() {
        let _ = writeln!(c, "  __builtin_va_list ap; __builtin_va_start(ap, a{});", fixed - 1);
    }
    for (at, arg) in function.args.iter().enumerate() {
        if at >= fixed {
            let declared = types.spell(*arg, &format!("a{at}"));
            let _ = writeln!(c, "  {declared} = __builtin_va_arg(ap, {});", types.spell(*arg, ""));
        }
        let to = OUT + (at * STEP) as u64;
        let _ = writeln!(c, "  copy((volatile char *){to:#x}, (volatile const char *)&a{at}, sizeof a{at});");
        if is_integer(types, *arg) {
            let to = to + STEP as u64 - 16;
            let _ = writeln!(c, "  *(volatile long long *){to:#x} = (long long)a{at};");
        }
    }
    if function.result != QualType::VOID {
        let _ = writeln!(
            c,
            "  {}; copy((volatile char *)&r, (volatile const char *){IN:#x}, sizeof r); return r;",
            types.spell(function.result, "r")
        );
    }
    c.push_str("}\n");
}

fn is_integer(types: &Types, ty: QualType) -> bool {
    matches!(types.shape(ty.id()), Shape::Primitive(prim) if prim.is_integer() && types.size(ty.id()).is_ok_and(|s| s <= 8))
}

fn place(out: &mut String, types: &Types, layout: &CallLayout, place: &Place, ty: QualType, result: bool) {
    let how = match place.passing {
        Passing::Nothing => "nothing",
        Passing::Value => "value",
        Passing::Address => "address",
    };
    let mut mask = vec![0u8; place.size as usize];
    fill(types, ty, 0, &mut mask);
    let mask: String = mask.iter().map(|byte| format!("{byte:02x}")).collect();
    // A `_Bool` is 0 or 1, although all other bytes are random.
    let mut bools = vec![];
    find_bools(types, ty, 0, &mut bools);
    let _ = write!(
        out,
        "{{\"how\":\"{how}\",\"size\":{},\"align\":{},\"mask\":\"{mask}\",\"bools\":{bools:?},\"int\":{},\"pieces\":[",
        place.size,
        place.align,
        match types.is_signed(ty) {
            Some(true) if is_integer(types, ty) => "\"signed\"",
            Some(false) if is_integer(types, ty) => "\"unsigned\"",
            _ => "null",
        }
    );
    for (at, piece) in layout.pieces(place).iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        let in_results = result && place.passing == Passing::Value;
        let (class, number) = match piece.location {
            Location::Register { class: RegisterClass::Integer, .. } => ("integer", 0),
            Location::Register { class: RegisterClass::Vector, .. } => ("vector", 0),
            Location::Register { class: RegisterClass::X87, .. } => ("x87", 0),
            Location::Stack { offset } => ("stack", offset),
        };
        let (extension, width) = match piece.extension {
            Extension::None => ("none", 0),
            Extension::Zero(width) => ("zero", width),
            Extension::Sign(width) => ("sign", width),
        };
        let _ = write!(
            out,
            "[\"{class}\",\"{}\",{number},{},{},\"{extension}\",{width}]",
            layout.register_name(piece.location, in_results),
            piece.offset,
            piece.size,
        );
    }
    out.push_str("]}");
}

/// Collects the offsets of all `_Bool`s in a value.
fn find_bools(types: &Types, ty: QualType, offset: usize, bools: &mut Vec<usize>) {
    match types.shape(ty.id()) {
        Shape::Primitive(Prim::Bool) => bools.push(offset),
        Shape::Array { item, length: Length::Fixed(length) } => {
            let size = types.size(item.id()).unwrap_or(0) as usize;
            for index in 0..length as usize {
                find_bools(types, item, offset + index * size, bools);
            }
        }
        Shape::Record(id) => {
            for field in types.fields(id).iter().filter(|field| field.bits().is_none()) {
                find_bools(types, field.ty, offset + field.offset() as usize, bools);
            }
        }
        _ => {}
    }
}

/// Marks the bits that hold values, as not every convention passes padding.
fn fill(types: &Types, ty: QualType, offset: usize, mask: &mut [u8]) {
    match types.shape(ty.id()) {
        Shape::Array { item, length: Length::Fixed(length) } => {
            let size = types.size(item.id()).unwrap_or(0) as usize;
            for index in 0..length as usize {
                fill(types, item, offset + index * size, mask);
            }
        }
        Shape::Record(id) => {
            for field in types.fields(id) {
                match field.bits() {
                    Some(bits) if !field.name.is_empty() => {
                        for bit in field.bit_offset..field.bit_offset + u64::from(bits) {
                            let in_byte = bit % 8;
                            let shift = if types.target().big_endian { 7 - in_byte } else { in_byte };
                            mask[offset + (bit / 8) as usize] |= 1 << shift;
                        }
                    }
                    Some(_) => {}
                    None => fill(types, field.ty, offset + field.offset() as usize, mask),
                }
            }
            if types.record(id).kind == RecordKind::Union {
                // It is unknown which member is active, so only the bits that all members have count.
                let mut common = vec![0xFF_u8; types.size(ty.id()).unwrap_or(0) as usize];
                for field in types.fields(id) {
                    let mut own = vec![0_u8; common.len()];
                    if field.bits().is_none() {
                        fill(types, field.ty, 0, &mut own);
                    }
                    common.iter_mut().zip(own).for_each(|(all, one)| *all &= one);
                }
                mask[offset..offset + common.len()].copy_from_slice(&common);
            }
        }
        Shape::BitInt { bits, .. } => {
            for bit in 0..bits as usize {
                mask[offset + bit / 8] |= 1 << (bit % 8);
            }
        }
        _ => {
            let size = types.size(ty.id()).unwrap_or(0) as usize;
            let format = ty.id().primitive();
            let is_x87 = matches!(format, Some(Prim::LongDouble | Prim::LongDoubleComplex))
                && types.target().long_double_format == cffi_types::target::FloatFormat::X87;
            let parts = if format == Some(Prim::LongDoubleComplex) { 2 } else { 1 };
            for part in 0..parts {
                let used = if is_x87 { 10 } else { size / parts };
                let start = offset + part * (size / parts);
                mask[start..start + used].fill(0xFF);
            }
        }
    }
}
