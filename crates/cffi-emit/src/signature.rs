//! Declarations as C text, with the names of parameters.

use cffi_types::QualType;
use cffi_types::decls::{DeclId, DeclKind, Decls};
use cffi_types::types::Shape;

/// Returns a declaration as C text. Unlike [`Decls::text_of`], functions have the names of their parameters.
#[must_use]
pub fn signature(decls: &Decls, id: DeclId) -> String {
    let decl = decls.decl(id);
    let types = &decls.types;
    let names = decls.param_names(id);
    let (DeclKind::Function, Shape::Function(function)) = (decl.kind, types.shape(decl.ty.id())) else {
        return decls.text_of(id);
    };
    if names.is_empty() {
        return decls.text_of(id);
    }
    let function = *types.function_of(function);
    let mut params: Vec<String> = types
        .params(&function)
        .iter()
        .enumerate()
        .map(|(at, ty)| types.spell(*ty, names.get(at).map_or("", |name| types.symbols.get(*name))))
        .collect();
    if function.variadic {
        params.push("...".to_owned());
    }
    let convention = function.convention.spelling();
    let space = if convention.is_empty() { "" } else { " " };
    let name = types.symbols.get(decl.name);
    types.spell(function.result, &format!("{convention}{space}{name}({})", params.join(", ")))
}

/// Returns a type as C text.
#[must_use]
pub fn type_text(decls: &Decls, ty: QualType) -> String {
    decls.types.spell(ty, "")
}
