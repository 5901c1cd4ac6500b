//! The names that a type string may use: those of the context's declarations.

use cffi_abi::{Op, StructFlags};
use cffi_memory::NoMemory;
use cffi_parse::{ConstantLookup, Context as Names};

use crate::decls::context::Context;

impl Names for Context {
    fn find_typename(&self, name: &str) -> Option<usize> {
        self.decl().find_typename(name.as_bytes())
    }

    fn find_struct_union(&self, name: &str) -> Option<(usize, bool)> {
        let i = self.decl().find_struct(name.as_bytes())?;
        Some((i, self.decl().struct_union(i)?.flags.has(StructFlags::UNION)))
    }

    fn find_enum(&self, name: &str) -> Option<usize> {
        self.decl().find_enum(name.as_bytes())
    }

    fn find_constant(&self, name: &str) -> ConstantLookup {
        let decl = self.decl();
        let Some(i) = decl.find_global(name.as_bytes()) else { return ConstantLookup::Absent };
        let op = decl.global(i).and_then(|g| g.op.op().ok());
        if !matches!(op, Some(Op::ConstantInt | Op::Enum)) {
            return ConstantLookup::NotInteger;
        }
        match decl.int_value(i) {
            Some(v) => {
                ConstantLookup::Integer { non_positive: v.non_positive, bits: v.bits, disagrees: v.disagrees }
            }
            None => ConstantLookup::NotInteger,
        }
    }
}

/// Returns the C name of a struct, union or enum of the tables: `xyz` is `struct xyz`, `$xyz` the typedef `xyz`, and
/// `$1`, `$$x` are anonymous ones that keep the prefix.
pub(crate) fn realized(prefix: &str, name: &[u8]) -> Result<String, NoMemory> {
    let text = cffi_memory::lossy(name)?;
    match text.strip_prefix('$') {
        Some(typedef) if !typedef.starts_with(|c: char| c == '$' || c.is_ascii_digit()) => {
            cffi_memory::concat(&[typedef])
        }
        _ => cffi_memory::concat(&[prefix, " ", &text]),
    }
}

#[cfg(test)]
mod tests {
    use super::realized;

    #[test]
    fn typedefs_lose_the_dollar_and_anonymous_names_keep_it() {
        assert_eq!(realized("struct", b"point").as_deref(), Ok("struct point"));
        assert_eq!(realized("struct", b"$point").as_deref(), Ok("point"));
        assert_eq!(realized("union", b"$1").as_deref(), Ok("union $1"));
        assert_eq!(realized("enum", b"$$x").as_deref(), Ok("enum $$x"));
    }
}
