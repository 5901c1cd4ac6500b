//! `va_list`.

use crate::primitive::Prim;
use crate::target::VaList;

use super::{Field, Length, QualType, RecordAttributes, RecordKind, TypeId, Types};

impl Types {
    /// Returns the type of `va_list` on the target. The first call makes it.
    pub fn va_list(&mut self) -> QualType {
        if let Some(known) = self.va_list {
            return known;
        }
        let void_pointer = self.pointer(QualType::VOID);
        let int = TypeId::of(Prim::Int);
        let ty = match self.target().va_list {
            VaList::CharPointer => self.pointer(TypeId::of(Prim::Char).into()),
            VaList::VoidPointer => void_pointer,
            VaList::SystemV64 => {
                let unsigned = TypeId::of(Prim::UInt);
                let tag = self.va_record(
                    "__va_list_tag",
                    &[
                        ("gp_offset", unsigned),
                        ("fp_offset", unsigned),
                        ("overflow_arg_area", void_pointer),
                        ("reg_save_area", void_pointer),
                    ],
                );
                self.array(tag.into(), Length::Fixed(1))
            }
            VaList::Aapcs64 => self.va_record(
                "__va_list",
                &[
                    ("__stack", void_pointer),
                    ("__gr_top", void_pointer),
                    ("__vr_top", void_pointer),
                    ("__gr_offs", int),
                    ("__vr_offs", int),
                ],
            ),
            VaList::Aapcs32 => self.va_record("__va_list", &[("__ap", void_pointer)]),
            VaList::S390x => {
                let long = TypeId::of(Prim::Long);
                let tag = self.va_record(
                    "__va_list_tag",
                    &[
                        ("__gpr", long),
                        ("__fpr", long),
                        ("__overflow_arg_area", void_pointer),
                        ("__reg_save_area", void_pointer),
                    ],
                );
                self.array(tag.into(), Length::Fixed(1))
            }
        };
        self.va_list = Some(ty.into());
        ty.into()
    }

    fn va_record(&mut self, tag: &str, members: &[(&str, TypeId)]) -> TypeId {
        let tag = self.symbols.intern(tag);
        let id = self.declare_record(RecordKind::Struct, tag);
        let fields: Vec<Field> =
            members.iter().map(|(name, ty)| Field::new(self.symbols.intern(name), (*ty).into())).collect();
        let defined = self.define_record(id, &fields, RecordAttributes::default());
        debug_assert!(defined.is_ok(), "the record is new");
        self.record(id).ty
    }
}
