//! Texts of any length, stored in one buffer.

/// A piece of text in a [`Decls`](super::Decls): a comment, a string constant, a message.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default, Hash)]
pub struct Text {
    start: u32,
    len: u32,
}

impl Text {
    /// No text.
    pub const EMPTY: Text = Text { start: 0, len: 0 };

    /// Returns whether there is no text.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    bytes: Vec<u8>,
}

impl Texts {
    /// Stores a text. A text that would make the buffer larger than 4 GB is dropped.
    pub(super) fn add(&mut self, text: &[u8]) -> Text {
        let start = self.bytes.len();
        let (Ok(first), Ok(len), Ok(_)) =
            (u32::try_from(start), u32::try_from(text.len()), u32::try_from(start + text.len()))
        else {
            return Text::EMPTY;
        };
        self.bytes.extend_from_slice(text);
        Text { start: first, len }
    }

    pub(super) fn get(&self, text: Text) -> &[u8] {
        let start = text.start as usize;
        self.bytes.get(start..start + text.len as usize).unwrap_or_default()
    }
}
