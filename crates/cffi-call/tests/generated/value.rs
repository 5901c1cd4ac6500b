//! Values of generated types, as bytes, and which of the bytes mean something.

use cffi_call::LongDouble;

use crate::model::ArgType;

use crate::rng::Rng;

/// Random bytes that are a value of the type.
pub(crate) fn random(rng: &mut Rng, ty: &ArgType) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..ty.size()).map(|_| rng.next() as u8).collect();
    fill(rng, ty, &mut bytes);
    bytes
}

/// Any bytes will do for most types; x87 registers only keep numbers.
fn fill(rng: &mut Rng, ty: &ArgType, bytes: &mut [u8]) {
    match ty {
        ArgType::LongDouble => {
            let x = (rng.next() as i64) as f64 / 1024.0;
            bytes.copy_from_slice(&LongDouble::from_double(x).to_bytes());
        }
        ArgType::Struct(s) => {
            for (offset, ty, count) in &s.fields {
                for i in 0..*count {
                    let at = offset + i * ty.size();
                    fill(rng, ty, &mut bytes[at..at + ty.size()]);
                }
            }
        }
        _ => {}
    }
}

/// Marks the bytes that are not padding.
pub(crate) fn mask(ty: &ArgType) -> Vec<bool> {
    let mut mask = vec![false; ty.size()];
    mark(ty, &mut mask);
    mask
}

fn mark(ty: &ArgType, mask: &mut [bool]) {
    match ty {
        // The x87 format has ten bytes, whatever sizeof says.
        ArgType::LongDouble if cfg!(any(target_arch = "x86", target_arch = "x86_64")) => {
            let used = mask.len().min(10);
            mask[..used].fill(true);
        }
        ArgType::Struct(s) => {
            for (offset, ty, count) in &s.fields {
                for i in 0..*count {
                    let at = offset + i * ty.size();
                    mark(ty, &mut mask[at..at + ty.size()]);
                }
            }
        }
        _ => mask.fill(true),
    }
}

/// Whether two values agree in all bytes that mean something.
pub(crate) fn same(ty: &ArgType, a: &[u8], b: &[u8]) -> bool {
    mask(ty).iter().enumerate().all(|(i, matters)| !matters || a[i] == b[i])
}

/// An integer's or pointer's bytes extended to 64 bits.
pub(crate) fn widened(ty: &ArgType, bytes: &[u8]) -> u64 {
    let signed = matches!(ty, ArgType::Int { signed: true, .. });
    let size = ty.size();
    let mut cell = [0_u8; 8];
    let negative = if cfg!(target_endian = "little") { bytes[size - 1] } else { bytes[0] } & 0x80 != 0;
    if signed && negative {
        cell.fill(0xff);
    }
    if cfg!(target_endian = "little") {
        cell[..size].copy_from_slice(&bytes[..size]);
    } else {
        cell[8 - size..].copy_from_slice(&bytes[..size]);
    }
    u64::from_ne_bytes(cell)
}
