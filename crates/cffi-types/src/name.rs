//! Type names with a place for a declarator.
//!
//! C writes a declared name inside its type: `int *x[5]`, `int (*f)(char)`. A [`CName`] is the text of a type
//! without a name, together with the byte position at which the name, or a further `*`, `[n]` or `(…)`,
//! goes.

/// The text of a C type, owned or borrowed, and the byte position in it where a declarator goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct CName<T = String> {
    /// The type as printed.
    pub text: T,
    /// Byte offset into `text`, at a character boundary.
    pub position: usize,
}

impl CName {
    /// The name of a type that is written before its declarator: primitives, `void`, structs, unions, enums.
    #[must_use]
    pub fn plain(text: &str) -> CName {
        CName { text: text.to_owned(), position: text.len() }
    }
}

impl<T: AsRef<str>> CName<T> {
    /// The name of a pointer to this type. A pointer to an array needs parentheses: `int(*)[5]`.
    #[must_use]
    pub fn pointer_to(&self, item_is_array: bool) -> CName {
        let declarator = if item_is_array { "(*)" } else { " *" };
        CName { text: self.with_declarator(declarator), position: self.boundary() + 2 }
    }

    /// The name of an array of this type, open (`[]`) where the length is not given.
    #[must_use]
    pub fn array_of(&self, len: Option<u64>) -> CName {
        let text = match len {
            Some(len) => self.with_declarator(&format!("[{len}]")),
            None => self.with_declarator("[]"),
        };
        CName { text, position: self.boundary() }
    }

    /// The name of a pointer to a function with this result, with the position between `(*` and `)`.
    ///
    /// `args` are the texts of the argument types as they shall be printed. `stdcall` is for 32-bit Windows.
    #[must_use]
    pub fn function_to(&self, args: &[&str], ellipsis: bool, stdcall: bool) -> CName {
        let star = if stdcall { "(__stdcall *" } else { "(*" };
        let args_len: usize = args.iter().map(|arg| arg.len() + 2).sum();
        let (head, tail) = self.split();
        let mut text = String::with_capacity(self.text.as_ref().len() + star.len() + args_len + 8);
        text.push_str(head);
        text.push_str(star);
        let position = text.len();
        text.push_str(")(");
        let rest = ellipsis.then_some("...");
        for (i, arg) in args.iter().copied().chain(rest).enumerate() {
            if i > 0 {
                text.push_str(", ");
            }
            text.push_str(arg);
        }
        text.push(')');
        text.push_str(tail);
        CName { text, position }
    }

    /// The type's text with `text` put in at the declarator position, unchanged.
    #[must_use]
    pub fn with_declarator(&self, text: &str) -> String {
        let (head, tail) = self.split();
        let mut out = String::with_capacity(self.text.as_ref().len() + text.len());
        out.push_str(head);
        out.push_str(text);
        out.push_str(tail);
        out
    }

    /// A readable declaration: `declarator` is trimmed of ASCII white space and put in at the position, after a
    /// space unless it starts with `[` or `(`, and in parentheses if it makes a pointer to an array.
    #[must_use]
    pub fn declare(&self, declarator: &str, is_array: bool) -> String {
        // C's isspace in the "C" locale; unlike Rust's ASCII class it counts vertical tab.
        let space = |c: char| c.is_ascii_whitespace() || c == '\x0b';
        let declarator = declarator.trim_matches(space);
        match declarator.as_bytes().first() {
            None => self.text.as_ref().to_owned(),
            Some(b'*') if is_array => self.with_declarator(&format!("({declarator})")),
            Some(b'[' | b'(') => self.with_declarator(declarator),
            Some(_) => self.with_declarator(&format!(" {declarator}")),
        }
    }

    /// The part of the text before the declarator position: for a function pointer's name, the text up to `(*`.
    #[must_use]
    pub fn head(&self) -> &str {
        self.split().0
    }

    /// The part of the text after the declarator position.
    #[must_use]
    pub fn tail(&self) -> &str {
        self.split().1
    }

    /// The fields are public, so a position that does not fit the text is possible; it counts as the end.
    fn split(&self) -> (&str, &str) {
        let text = self.text.as_ref();
        text.split_at_checked(self.position).unwrap_or((text, ""))
    }

    fn boundary(&self) -> usize {
        self.split().0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int() -> CName {
        CName::plain("int")
    }

    #[test]
    fn pointers() {
        let p = int().pointer_to(false);
        assert_eq!((p.text.as_str(), p.position), ("int *", 5));
        assert_eq!(p.pointer_to(false).text, "int * *");
    }

    #[test]
    fn arrays() {
        let row = int().array_of(Some(42));
        assert_eq!((row.text.as_str(), row.position), ("int[42]", 3));
        assert_eq!(row.array_of(Some(25)).text, "int[25][42]");
        assert_eq!(row.array_of(None).text, "int[][42]");
        let p = row.pointer_to(true);
        assert_eq!((p.text.as_str(), p.position), ("int(*)[42]", 5));
        assert_eq!(int().array_of(Some(u64::MAX)).text, "int[18446744073709551615]");
    }

    #[test]
    fn functions() {
        let f = int().function_to(&["int"], false, false);
        assert_eq!((f.text.as_str(), f.position), ("int(*)(int)", 5));
        assert_eq!(f.function_to(&["int"], false, false).text, "int(*(*)(int))(int)");
        assert_eq!(f.pointer_to(false).text, "int(* *)(int)");
        assert_eq!(f.array_of(Some(5)).text, "int(*[5])(int)");
        let pointer = int().pointer_to(false);
        assert_eq!(pointer.function_to(&[], false, false).text, "int *(*)()");
    }

    #[test]
    fn variadic_and_stdcall_functions() {
        assert_eq!(int().function_to(&[], true, false).text, "int(*)(...)");
        assert_eq!(int().function_to(&["char", "long"], true, false).text, "int(*)(char, long, ...)");
        let f = int().function_to(&["char"], false, true);
        assert_eq!((f.text.as_str(), f.position), ("int(__stdcall *)(char)", 15));
    }

    #[test]
    fn declarators() {
        let row = int().array_of(Some(5));
        assert_eq!(row.with_declarator(" x"), "int x[5]");
        assert_eq!(row.declare("*", true), "int(*)[5]");
        assert_eq!(row.declare(" \t\x0bx ", true), "int x[5]");
        assert_eq!(row.declare("[3]", true), "int[3][5]");
        assert_eq!(int().declare("*", false), "int *");
        assert_eq!(int().declare("  ", false), "int");
        assert_eq!((row.head(), row.tail()), ("int", "[5]"));
    }

    #[test]
    fn text_may_be_any_language() {
        let p = CName::plain("struct größe").array_of(Some(2));
        assert_eq!(p.with_declarator(" é"), "struct größe é[2]");
    }

    #[test]
    fn wrong_positions_do_not_panic() {
        let odd = CName { text: "é".to_owned(), position: 1 };
        assert_eq!(odd.pointer_to(false).text, "é *");
        let far = CName { text: "int".to_owned(), position: 99 };
        assert_eq!(far.array_of(None).text, "int[]");
    }
}
