//! Calling conventions: the registers and stack bytes that hold the arguments and the result of a C function.
//!
//! [`classify`] takes a signature and gives a [`CallLayout`]: for each argument and for the result the registers and
//! stack bytes that hold it. It is a pure function over values. Nothing in this crate depends on the machine that it
//! runs on, so every convention is tested on every host.
//!
//! There is one file for each convention, with a link to its specification:
//!
//! | file | convention |
//! |---|---|
//! | `sysv64` | System V on x86-64 |
//! | `win64` | Microsoft on x86-64, with MinGW's differences |
//! | `x86` | 32-bit x86: cdecl, stdcall, fastcall, thiscall |
//! | `aapcs64` | AArch64: Linux, Apple, Windows |
//! | `riscv64` | RISC-V LP64D |
//! | `s390x` | IBM Z |
//!
//! Work is done in three steps. `value` classifies a type for a calling convention, and `leaf` takes a record apart
//! into its scalars; the file of the convention decides which registers or stack bytes a value goes to; `assign`
//! records the locations. The caller moves the bytes.
//!
//! If gcc and clang disagree, this crate follows gcc.
//!
//! ```
//! use cffi_callconv::{classify, Location, RegisterClass, Signature};
//! use cffi_types::{Prim, Target, TypeId, Types};
//!
//! let types = Types::new(Target::x86_64_linux_gnu());
//! let (int, double) = (TypeId::of(Prim::Int).into(), TypeId::of(Prim::Double).into());
//! let layout = classify(&types, &Signature::new(double, &[int, double, int])).expect("scalars");
//! let third = &layout.pieces(&layout.args[2])[0];
//! assert_eq!(third.location, Location::Register { class: RegisterClass::Integer, number: 1 });
//! assert_eq!(layout.register_name(third.location, false), "rsi");
//! ```

#![forbid(unsafe_code)]

mod aapcs64;
mod assign;
mod error;
mod layout;
mod leaf;
mod riscv64;
mod s390x;
mod show;
mod signature;
mod sysv64;
mod value;
mod win64;
mod x86;

pub use error::Unsupported;
pub use layout::{Abi, CallLayout, Extension, Location, Passing, Piece, Place, RegisterClass, StackUse};
pub use signature::Signature;

use cffi_types::target::{Arch, Os};
use cffi_types::types::{Convention, Shape};
use cffi_types::{QualType, Target, Types};

/// Returns whether a record has no bytes that a function could read: its members are bit-fields without a name and arrays of
/// length 0. gcc passes it in registers while there are some, and then not at all.
#[must_use]
pub fn is_empty(types: &Types, ty: QualType) -> bool {
    leaf::is_empty(types, ty).unwrap_or(false)
}

/// Determines the locations of the arguments and the result of a function on the target of the types.
///
/// # Errors
/// No rule of the convention covers the signature, or this crate does not implement the convention. The error gives the
/// reason.
pub fn classify(types: &Types, signature: &Signature<'_>) -> Result<CallLayout, Unsupported> {
    let abi = abi(types.target(), signature.convention)?;
    let has_transparent = signature.args.iter().any(|ty| passed_as(types, *ty) != *ty);
    let args: Vec<QualType> = match has_transparent {
        true => signature.args.iter().map(|ty| passed_as(types, *ty)).collect(),
        false => Vec::new(),
    };
    let signature = &Signature { args: if has_transparent { &args } else { signature.args }, ..*signature };
    match abi {
        Abi::SystemV64 => sysv64::classify(types, signature),
        Abi::Win64 => win64::classify(types, signature),
        Abi::X86(convention) => x86::classify(types, signature, convention),
        Abi::Aapcs64 | Abi::Aapcs64Apple | Abi::Aapcs64Windows => aapcs64::classify(types, signature, abi),
        Abi::Riscv64 => riscv64::classify(types, signature),
        Abi::S390x => s390x::classify(types, signature),
    }
}

/// Returns the type that an argument is passed as: a `transparent_union` is passed like its first member.
fn passed_as(types: &Types, ty: QualType) -> QualType {
    let mut ty = ty;
    while let Shape::Record(id) = types.resolve(ty).0
        && types.record(id).attributes.transparent
        && let Some(first) = types.fields(id).first()
    {
        ty = first.ty;
    }
    ty
}

/// Returns the set of rules that a convention has on a target.
///
/// # Errors
/// The target lacks the convention, or this crate does not implement it.
pub fn abi(target: &Target, convention: Convention) -> Result<Abi, Unsupported> {
    let windows = target.os == Os::Windows;
    match (target.arch, convention) {
        (Arch::X86_64, Convention::Ms) => Ok(Abi::Win64),
        (Arch::X86_64, Convention::SystemV) => Ok(Abi::SystemV64),
        (Arch::X86_64, Convention::Vectorcall | Convention::Regparm(_)) => {
            Err(Unsupported::Convention(convention))
        }
        // Compilers ignore the 32-bit conventions on 64-bit processors.
        (Arch::X86_64, Convention::C | Convention::Stdcall | Convention::Fastcall | Convention::Thiscall) => {
            Ok(if windows { Abi::Win64 } else { Abi::SystemV64 })
        }
        (Arch::X86, Convention::C | Convention::Stdcall | Convention::Fastcall | Convention::Thiscall) => {
            Ok(Abi::X86(convention))
        }
        (Arch::Aarch64, Convention::C | Convention::Stdcall | Convention::Fastcall) => Ok(match target.os {
            Os::Apple => Abi::Aapcs64Apple,
            Os::Windows => Abi::Aapcs64Windows,
            _ => Abi::Aapcs64,
        }),
        (Arch::Riscv64, Convention::C) => Ok(Abi::Riscv64),
        (Arch::S390x, Convention::C) => Ok(Abi::S390x),
        (Arch::X86 | Arch::Aarch64 | Arch::Riscv64 | Arch::S390x, _) => {
            Err(Unsupported::Convention(convention))
        }
        (arch, _) => Err(Unsupported::Arch(arch)),
    }
}
