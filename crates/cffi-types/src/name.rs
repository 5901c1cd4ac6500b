//! Type names with a place for a declarator.
//!
//! C writes a declared name inside its type: `int *x[5]`, `int (*f)(char)`. A [`CName`] is the text of a type
//! without a name, together with the byte position at which the name, or a further `*`, `[n]` or `(…)`,
//! goes.

use cffi_memory::NoMemory;

/// The text of a C type, owned or borrowed, and the byte position in it where a declarator goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct CName<T = String> {
    /// The type as printed.
    pub text: T,
    /// Byte offset into `text`, at a character boundary.
    pub position: usize,
}

impl CName {
    /// Returns the name of a type that is written before its declarator: primitives, `void`, structs, unions, enums.
    ///
    /// # Errors
    /// [`NoMemory`].
    pub fn plain(text: &str) -> Result<CName, NoMemory> {
        Ok(CName { text: cffi_memory::concat(&[text])?, position: text.len() })
    }
}

impl<T: AsRef<str>> CName<T> {
    /// Returns the name of a pointer to this type. A pointer to an array needs parentheses: `int(*)[5]`.
    ///
    /// # Errors
    /// [`NoMemory`].
    pub fn pointer_to(&self, item_is_array: bool) -> Result<CName, NoMemory> {
        let declarator = if item_is_array { "(*)" } else { " *" };
        Ok(CName { text: self.with_declarator(declarator)?, position: self.boundary() + 2 })
    }

    /// Returns the name of an array of this type, open (`[]`) where the length is not given.
    ///
    /// # Errors
    /// [`NoMemory`].
    pub fn array_of(&self, len: Option<u64>) -> Result<CName, NoMemory> {
        let text = match len {
            Some(len) => self.with_declarator(&format!("[{len}]"))?,
            None => self.with_declarator("[]")?,
        };
        Ok(CName { text, position: self.boundary() })
    }

    /// Returns the name of a pointer to a function with this result, with the position between `(*` and `)`.
    ///
    /// `args` are the texts of the argument types as they shall be printed. `stdcall` is for 32-bit Windows.
    ///
    /// # Errors
    /// [`NoMemory`].
    pub fn function_to<'a>(
        &self,
        args: impl Iterator<Item = &'a str> + Clone,
        ellipsis: bool,
        stdcall: bool,
    ) -> Result<CName, NoMemory> {
        let star = if stdcall { "(__stdcall *" } else { "(*" };
        let (head, tail) = self.split();
        let position = head.len() + star.len();
        let args = args.chain(ellipsis.then_some("..."));
        let args_len: usize = args.clone().map(|arg| arg.len() + 2).sum();
        let mut text = String::new();
        text.try_reserve_exact(position + 2 + args_len + 1 + tail.len())?;
        text.push_str(head);
        text.push_str(star);
        text.push_str(")(");
        for (i, arg) in args.enumerate() {
            if i > 0 {
                text.push_str(", ");
            }
            text.push_str(arg);
        }
        text.push(')');
        text.push_str(tail);
        Ok(CName { text, position })
    }

    /// Returns the type's text with `text` put in at the declarator position, unchanged.
    ///
    /// # Errors
    /// [`NoMemory`].
    pub fn with_declarator(&self, text: &str) -> Result<String, NoMemory> {
        let (head, tail) = self.split();
        cffi_memory::concat(&[head, text, tail])
    }

    /// Returns a readable declaration: `declarator` is trimmed of ASCII white space and put in at the position, after a
    /// space unless it starts with `[` or `(`, and in parentheses if it makes a pointer to an array.
    ///
    /// # Errors
    /// [`NoMemory`].
    pub fn declare(&self, declarator: &str, is_array: bool) -> Result<String, NoMemory> {
        // C's isspace in the "C" locale; unlike Rust's ASCII class it counts vertical tab.
        let space = |c: char| c.is_ascii_whitespace() || c == '\x0b';
        let declarator = declarator.trim_matches(space);
        let (head, tail) = self.split();
        match declarator.as_bytes().first() {
            None => cffi_memory::concat(&[head, tail]),
            Some(b'*') if is_array => cffi_memory::concat(&[head, "(", declarator, ")", tail]),
            Some(b'[' | b'(') => self.with_declarator(declarator),
            Some(_) => cffi_memory::concat(&[head, " ", declarator, tail]),
        }
    }

    /// Returns the part of the text before the declarator position: for a function pointer's name, the text up to `(*`.
    #[must_use]
    pub fn head(&self) -> &str {
        self.split().0
    }

    /// Returns the part of the text after the declarator position.
    #[must_use]
    pub fn tail(&self) -> &str {
        self.split().1
    }

    /// Splits the text at the declarator position. The fields are public, so a position that does not fit the text is
    /// possible; it counts as the end.
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

    const MEMORY: &str = "there is memory";

    fn int() -> CName {
        CName::plain("int").expect(MEMORY)
    }

    #[test]
    fn pointers() {
        let p = int().pointer_to(false).expect(MEMORY);
        assert_eq!((p.text.as_str(), p.position), ("int *", 5));
        assert_eq!(p.pointer_to(false).expect(MEMORY).text, "int * *");
    }

    #[test]
    fn arrays() {
        let row = int().array_of(Some(42)).expect(MEMORY);
        assert_eq!((row.text.as_str(), row.position), ("int[42]", 3));
        assert_eq!(row.array_of(Some(25)).expect(MEMORY).text, "int[25][42]");
        assert_eq!(row.array_of(None).expect(MEMORY).text, "int[][42]");
        let p = row.pointer_to(true).expect(MEMORY);
        assert_eq!((p.text.as_str(), p.position), ("int(*)[42]", 5));
        assert_eq!(int().array_of(Some(u64::MAX)).expect(MEMORY).text, "int[18446744073709551615]");
    }

    #[test]
    fn functions() {
        let f = int().function_to(["int"].into_iter(), false, false).expect(MEMORY);
        assert_eq!((f.text.as_str(), f.position), ("int(*)(int)", 5));
        assert_eq!(
            f.function_to(["int"].into_iter(), false, false).expect(MEMORY).text,
            "int(*(*)(int))(int)"
        );
        assert_eq!(f.pointer_to(false).expect(MEMORY).text, "int(* *)(int)");
        assert_eq!(f.array_of(Some(5)).expect(MEMORY).text, "int(*[5])(int)");
        let pointer = int().pointer_to(false).expect(MEMORY);
        assert_eq!(pointer.function_to([].into_iter(), false, false).expect(MEMORY).text, "int *(*)()");
    }

    #[test]
    fn variadic_and_stdcall_functions() {
        assert_eq!(int().function_to([].into_iter(), true, false).expect(MEMORY).text, "int(*)(...)");
        assert_eq!(
            int().function_to(["char", "long"].into_iter(), true, false).expect(MEMORY).text,
            "int(*)(char, long, ...)"
        );
        let f = int().function_to(["char"].into_iter(), false, true).expect(MEMORY);
        assert_eq!((f.text.as_str(), f.position), ("int(__stdcall *)(char)", 15));
    }

    #[test]
    fn declarators() {
        let row = int().array_of(Some(5)).expect(MEMORY);
        assert_eq!(row.with_declarator(" x").expect(MEMORY), "int x[5]");
        assert_eq!(row.declare("*", true).expect(MEMORY), "int(*)[5]");
        assert_eq!(row.declare(" \t\x0bx ", true).expect(MEMORY), "int x[5]");
        assert_eq!(row.declare("[3]", true).expect(MEMORY), "int[3][5]");
        assert_eq!(int().declare("*", false).expect(MEMORY), "int *");
        assert_eq!(int().declare("  ", false).expect(MEMORY), "int");
        assert_eq!((row.head(), row.tail()), ("int", "[5]"));
    }

    #[test]
    fn text_may_be_any_language() {
        let p = CName::plain("struct größe").expect(MEMORY).array_of(Some(2)).expect(MEMORY);
        assert_eq!(p.with_declarator(" é").expect(MEMORY), "struct größe é[2]");
    }

    #[test]
    fn wrong_positions_do_not_panic() {
        let odd = CName { text: "é".to_owned(), position: 1 };
        assert_eq!(odd.pointer_to(false).expect(MEMORY).text, "é *");
        let far = CName { text: "int".to_owned(), position: 99 };
        assert_eq!(far.array_of(None).expect(MEMORY).text, "int[]");
    }
}
