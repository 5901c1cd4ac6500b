//! The origin of each piece of text.
//!
//! Conceptually, all source texts form one sequence, and a [`Loc`] is a position in it. Each inclusion of a file has a
//! separate range, so a position also determines where the file was included from.

use std::sync::{Arc, OnceLock};

/// A position in the text that was read. 0 means that the position is unknown.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Loc(pub(crate) u32);

impl Loc {
    /// An unknown position, for example that of a predefined macro.
    pub const UNKNOWN: Loc = Loc(0);

    /// Returns whether the position is known.
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.0 != 0
    }

    /// Returns the number, for comparisons.
    pub(crate) const fn number(self) -> u32 {
        self.0
    }

    /// Returns the distance from the start of the inclusion.
    pub(crate) const fn offset_from(self, start: u32) -> u32 {
        self.0.saturating_sub(start)
    }

    pub(crate) const fn plus(self, bytes: usize) -> Loc {
        Loc(self.0.saturating_add(bytes as u32))
    }
}

/// The number of one inclusion of a file.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EntryId(pub(crate) u32);

/// A `#line` directive or a line marker, which renames the lines after it.
#[derive(Clone, Debug)]
struct LineMark {
    /// The place of the line that follows the directive.
    from: u32,
    /// The physical number of that line.
    physical: u32,
    /// The new number of that line.
    line: u32,
    /// The new file name.
    file: Option<Arc<str>>,
}

/// One inclusion of one file.
#[derive(Clone, Debug)]
pub struct Entry {
    start: u32,
    /// The path by which the file was opened.
    pub path: Arc<str>,
    /// The bytes of the file.
    pub text: Arc<[u8]>,
    /// The place of the `#include` directive.
    pub included_from: Loc,
    /// Whether the file is in a folder for system headers.
    pub system: bool,
    /// The start and end of each comment outside skipped groups, in order.
    pub(crate) comments: Vec<(u32, u32)>,
    marks: Vec<LineMark>,
    /// The offset of each line, computed when a line number is first needed.
    lines: OnceLock<Vec<u32>>,
}

/// All source text that was read.
#[derive(Clone, Default, Debug)]
pub struct SourceMap {
    entries: Vec<Entry>,
}

/// A position as file, line and column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place<'a> {
    /// The file, or the name from a `#line` directive.
    pub file: &'a str,
    /// The line, from 1.
    pub line: u32,
    /// The column, in characters, from 1.
    pub column: u32,
    /// The line's text without its end.
    pub text: &'a [u8],
}

impl SourceMap {
    /// Adds a text. Returns `None` if its positions would exceed the range of a `Loc`.
    pub fn add(
        &mut self,
        path: Arc<str>,
        text: Arc<[u8]>,
        included_from: Loc,
        system: bool,
    ) -> Option<EntryId> {
        let start = self.end();
        // There is one more position than bytes: the end of the file.
        let len = u32::try_from(text.len()).ok()?.checked_add(1)?;
        start.checked_add(len)?;
        let number = u32::try_from(self.entries.len()).ok()?;
        let (comments, marks, lines) = (Vec::new(), Vec::new(), OnceLock::new());
        self.entries.push(Entry { start, path, text, included_from, system, comments, marks, lines });
        Some(EntryId(number))
    }

    /// Returns the place behind all texts.
    pub(crate) fn end_of_all(&self) -> u32 {
        self.end()
    }

    fn end(&self) -> u32 {
        self.entries.last().map_or(1, |last| last.start + last.text.len() as u32 + 1)
    }

    /// Returns one inclusion of a file.
    #[must_use]
    pub fn entry(&self, id: EntryId) -> &Entry {
        &self.entries[id.0 as usize]
    }

    pub(crate) fn entry_mut(&mut self, id: EntryId) -> &mut Entry {
        &mut self.entries[id.0 as usize]
    }

    /// Returns the number of inclusions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether no text was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the inclusion that contains a position.
    #[must_use]
    pub fn entry_of(&self, loc: Loc) -> Option<EntryId> {
        if !loc.is_known() {
            return None;
        }
        let after = self.entries.partition_point(|entry| entry.start <= loc.0);
        after.checked_sub(1).map(|index| EntryId(index as u32))
    }

    /// Returns the file, line, column and text of a position.
    #[must_use]
    pub fn place(&self, loc: Loc) -> Option<Place<'_>> {
        let entry = self.entry(self.entry_of(loc)?);
        let offset = ((loc.0 - entry.start) as usize).min(entry.text.len());
        let start = memchr::memrchr(b'\n', &entry.text[..offset]).map_or(0, |newline| newline + 1);
        let end = memchr::memchr(b'\n', &entry.text[offset..]).map_or(entry.text.len(), |len| offset + len);
        let mut text = &entry.text[start..end.max(start)];
        if let [head @ .., b'\r'] = text {
            text = head;
        }
        // Continuation bytes of UTF-8 do not count as characters.
        let column = entry.text[start..offset].iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u32 + 1;
        let (file, line) = entry.presumed(loc.0, start);
        Some(Place { file, line, column, text })
    }

    /// Returns the text of a line of a file that was read, by the path by which it was opened.
    #[must_use]
    pub fn line_of_file(&self, path: &str, line: u32) -> Option<&[u8]> {
        let entry = self.entries.iter().find(|entry| &*entry.path == path)?;
        entry.text.split(|byte| *byte == b'\n').nth((line as usize).checked_sub(1)?)
    }

    /// Returns the line number of a position, as `__LINE__` gives it.
    #[must_use]
    pub fn line(&self, loc: Loc) -> u32 {
        let Some(id) = self.entry_of(loc) else { return 0 };
        let entry = self.entry(id);
        entry.presumed(loc.0, ((loc.0 - entry.start) as usize).min(entry.text.len())).1
    }

    /// Returns the line number of a position in an inclusion, as [`SourceMap::line`] does. `near` is the number of a
    /// physical line, before which the search does not need to begin; it becomes that of the position.
    pub(crate) fn line_near(&self, id: EntryId, loc: Loc, near: &mut u32) -> u32 {
        let entry = self.entry(id);
        let offset = entry.offset(loc);
        *near = entry.physical_near(offset, *near);
        entry.renamed(loc.0, *near)
    }

    /// Returns the file name of a position, as `__FILE__` gives it.
    #[must_use]
    pub fn file(&self, loc: Loc) -> &str {
        self.entry_of(loc).map_or("", |id| self.entry(id).presumed_file(loc.0))
    }

    /// Returns the start and end of an inclusion's range of positions.
    pub(crate) fn range(&self, id: EntryId) -> (u32, u32) {
        let entry = self.entry(id);
        (entry.start, entry.start + entry.text.len() as u32 + 1)
    }

    /// Returns the first text other than the predefined macros.
    pub(crate) fn first(&self) -> Option<EntryId> {
        (self.entries.len() > 1).then_some(EntryId(1)).or((!self.entries.is_empty()).then_some(EntryId(0)))
    }

    /// Returns the comment that ends directly before a position, with only white space in between. Consecutive line
    /// comments count as one.
    pub(crate) fn comment_before(&self, loc: Loc) -> Option<&[u8]> {
        let entry = self.entry(self.entry_of(loc)?);
        let last = entry.comments.partition_point(|comment| comment.1 <= loc.0);
        let offset = |place: u32| entry.offset(Loc(place));
        let (mut start, mut until) = (None, offset(loc.0));
        for (from, to) in entry.comments[..last].iter().rev().map(|(from, to)| (offset(*from), offset(*to))) {
            // Only white space may come between. It is counted backwards from its end, where it is short.
            let space =
                entry.text[to.min(until)..until].iter().rev().take_while(|byte| byte.is_ascii_whitespace());
            let lines = space.clone().filter(|byte| **byte == b'\n').count();
            if space.count() < until - to || !entry.begins_line(from) {
                break;
            }
            let comment = &entry.text[from..to];
            let line_comment = comment.starts_with(b"//");
            // An empty line separates a comment from the declaration, unless the comment is marked as documentation.
            let marked = matches!(comment, [b'/', b'*', b'*' | b'!', ..]);
            if lines > if marked { 2 } else { 1 } || start.is_some() && !line_comment {
                break;
            }
            (start, until) = (Some(from), from);
            if !line_comment {
                break;
            }
        }
        let end = offset(entry.comments.get(last.checked_sub(1)?)?.1);
        start.map(|start| &entry.text[start..end])
    }

    /// Returns the place where the text of a line begins, after white space.
    pub(crate) fn line_start(&self, loc: Loc) -> Loc {
        let Some(id) = self.entry_of(loc) else { return loc };
        let entry = self.entry(id);
        let before = &entry.text[..entry.offset(loc)];
        let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let space = before[start..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        entry.loc(start + space)
    }

    /// Returns the comment after a position on its line, with only spaces, `,` or `;` in between.
    pub(crate) fn comment_after(&self, loc: Loc) -> Option<&[u8]> {
        let entry = self.entry(self.entry_of(loc)?);
        let next = entry.comments.partition_point(|comment| comment.0 < loc.0);
        let (from, to) = *entry.comments.get(next)?;
        let (from, to) = (entry.offset(Loc(from)), entry.offset(Loc(to)));
        let start = entry.offset(loc);
        let between =
            entry.text[start..from].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b',' | b';'));
        (between.count() == from - start).then(|| &entry.text[from..to])
    }

    /// Returns the comment that begins on the line after a position, if an empty line separates it from what follows.
    /// Some headers, such as zlib's, describe a function below its declaration.
    pub(crate) fn comment_below(&self, loc: Loc) -> Option<&[u8]> {
        let entry = self.entry(self.entry_of(loc)?);
        // The place of what a macro expands to is that of the macro's name.
        let rest = &entry.text[entry.offset(loc)..];
        let end =
            rest.iter().position(|byte| matches!(byte, b',' | b';' | b'{' | b'}' | b'#' | b'/')).unwrap_or(0);
        let start = entry.offset(loc) + if rest.get(end) == Some(&b';') { end } else { 0 };
        let next = entry.comments.partition_point(|comment| entry.offset(Loc(comment.0)) < start);
        let (from, to) = *entry.comments.get(next)?;
        let (from, to) = (entry.offset(Loc(from)), entry.offset(Loc(to)));
        let comment = &entry.text[from..to];
        let between = &entry.text[start..from];
        let near = between.iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b';'))
            && between.iter().filter(|byte| **byte == b'\n').count() == 1;
        // A comment that is marked as documentation belongs to what follows.
        if !near || !comment.starts_with(b"/*") || matches!(comment, [_, _, b'*' | b'!', ..]) {
            return None;
        }
        let mut behind = entry.text[to..].iter();
        let lines =
            behind.by_ref().take_while(|byte| byte.is_ascii_whitespace()).filter(|byte| **byte == b'\n');
        (lines.count() > 1 || to == entry.text.len()).then_some(comment)
    }

    /// Returns the bytes between two positions in one file.
    #[must_use]
    pub fn text(&self, start: Loc, end: Loc) -> &[u8] {
        let Some(id) = self.entry_of(start) else { return &[] };
        let entry = self.entry(id);
        let offset = |loc: Loc| (loc.0.saturating_sub(entry.start) as usize).min(entry.text.len());
        entry.text.get(offset(start)..offset(end)).unwrap_or(&[])
    }
}

impl EntryId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Entry {
    /// Returns whether only white space precedes an offset on its line.
    fn begins_line(&self, offset: usize) -> bool {
        self.text[..offset].iter().rev().take_while(|byte| **byte != b'\n').all(u8::is_ascii_whitespace)
    }

    pub(crate) fn loc(&self, offset: usize) -> Loc {
        Loc(self.start + offset as u32)
    }

    pub(crate) fn offset(&self, loc: Loc) -> usize {
        (loc.0.saturating_sub(self.start) as usize).min(self.text.len())
    }

    /// Renames the lines from `offset` on.
    pub(crate) fn mark(&mut self, offset: usize, line: u32, file: Option<Arc<str>>) {
        let physical = self.physical_line(offset);
        let from = self.start + offset as u32;
        let file = file.or_else(|| self.marks.last().and_then(|mark| mark.file.clone()));
        self.marks.push(LineMark { from, physical, line, file });
    }

    fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| line_starts(&self.text))
    }

    fn physical_line(&self, offset: usize) -> u32 {
        self.lines().partition_point(|start| *start as usize <= offset) as u32
    }

    /// Returns the physical line of an offset, which is looked for first in a line and the ones directly after it.
    fn physical_near(&self, offset: usize, near: u32) -> u32 {
        let lines = self.lines();
        let begins_by = |line: u32| lines.get(line as usize).is_some_and(|start| *start as usize <= offset);
        if near == 0 || !begins_by(near - 1) {
            return self.physical_line(offset);
        }
        match (near..near + 4).find(|line| !begins_by(*line)) {
            Some(line) => line,
            None => self.physical_line(offset),
        }
    }

    fn mark_of(&self, place: u32) -> Option<&LineMark> {
        let after = self.marks.partition_point(|mark| mark.from <= place);
        after.checked_sub(1).map(|index| &self.marks[index])
    }

    fn presumed_file(&self, place: u32) -> &str {
        self.mark_of(place).and_then(|mark| mark.file.as_deref()).unwrap_or(&self.path)
    }

    fn presumed(&self, place: u32, offset: usize) -> (&str, u32) {
        (self.presumed_file(place), self.renamed(place, self.physical_line(offset)))
    }

    /// Returns the number that directives give to a physical line.
    fn renamed(&self, place: u32, physical: u32) -> u32 {
        match self.mark_of(place) {
            Some(mark) => mark.line.saturating_add(physical.saturating_sub(mark.physical)),
            None => physical,
        }
    }
}

/// Returns the offset of each line. Eight bytes are compared at once: most lines of headers are short, and a search that begins
/// anew in each of them costs more.
fn line_starts(text: &[u8]) -> Vec<u32> {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    const NEWLINES: u64 = 0x0a0a_0a0a_0a0a_0a0a;
    let mut starts = Vec::with_capacity(text.len() / 32 + 1);
    starts.push(0);
    let words = text.chunks_exact(8);
    let rest = words.remainder();
    let mut at = 0;
    for word in words {
        let differs = u64::from_le_bytes(word.try_into().unwrap_or_default()) ^ NEWLINES;
        // The highest bit of each byte that does not differ.
        let mut found = !(((differs & LOW) + LOW) | differs | LOW);
        while found != 0 {
            starts.push(at + found.trailing_zeros() / 8 + 1);
            found &= found - 1;
        }
        at += 8;
    }
    let newlines = rest.iter().zip(at + 1..).filter(|(byte, _)| **byte == b'\n');
    starts.extend(newlines.map(|(_, start)| start));
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_start_behind_each_newline() {
        let mut text = Vec::new();
        for number in 0..2000u32 {
            text.push(b"\n\x0b\x8a\n\x09a\xff\n"[(number.wrapping_mul(2_654_435_761) >> 13) as usize % 8]);
            let newlines = text.iter().zip(1..).filter(|(byte, _)| **byte == b'\n').map(|(_, start)| start);
            let expected: Vec<u32> = [0].into_iter().chain(newlines).collect();
            assert_eq!(line_starts(&text), expected);
        }
    }

    #[test]
    fn places_of_two_files() {
        let mut map = SourceMap::default();
        let a = map.add("a.h".into(), Arc::from(&b"one\ntwo three\r\n"[..]), Loc::UNKNOWN, false).unwrap();
        let from = map.entry(a).loc(4);
        let b = map.add("b.h".into(), Arc::from("äb c".as_bytes()), from, true).unwrap();
        let place = map.place(map.entry(a).loc(8)).unwrap();
        assert_eq!((place.file, place.line, place.column, place.text), ("a.h", 2, 5, &b"two three"[..]));
        let place = map.place(map.entry(b).loc(4)).unwrap();
        assert_eq!((place.file, place.line, place.column), ("b.h", 1, 4));
        assert_eq!(map.entry_of(map.entry(a).loc(15)), Some(a));
        assert_eq!(map.place(Loc::UNKNOWN), None);
    }

    #[test]
    fn line_directives_rename() {
        let mut map = SourceMap::default();
        let a = map
            .add("a.h".into(), Arc::from(&b"one\n#line 7\ntwo\nthree\n"[..]), Loc::UNKNOWN, false)
            .unwrap();
        map.entry_mut(a).mark(12, 7, Some("x.y".into()));
        let place = map.place(map.entry(a).loc(17)).unwrap();
        assert_eq!((place.file, place.line, place.column), ("x.y", 8, 2));
        assert_eq!(map.line(map.entry(a).loc(1)), 1);
    }
}
