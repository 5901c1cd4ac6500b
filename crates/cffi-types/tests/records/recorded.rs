//! Clang's answers in a small file: three characters for each record.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use crate::Answer;

/// The digest of a target's answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Digest {
    triple: String,
    /// The digest of the C text that the answers are for.
    pub(crate) program: String,
    text: String,
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const PER_RECORD: usize = 3;
const PER_LINE: usize = 36;

impl Digest {
    /// Returns the digest of each record's answer.
    pub(crate) fn answers(&self) -> impl Iterator<Item = &[u8]> {
        self.text.as_bytes().chunks(PER_RECORD)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.triple, self.program)?;
        let mut rest = self.text.as_str();
        while !rest.is_empty() {
            let (line, more) = rest.split_at(rest.len().min(PER_LINE * PER_RECORD));
            writeln!(f, "  {line}")?;
            rest = more;
        }
        Ok(())
    }
}

pub(crate) fn digest(triple: &str, program: &str, answers: &[Answer]) -> Digest {
    let mut text = String::new();
    for answer in answers {
        let numbers = [answer.size, answer.align].into_iter().chain(answer.positions.iter().copied());
        let mut hash = numbers.fold(0xCBF2_9CE4_8422_2325, mix);
        for _ in 0..PER_RECORD {
            text.push(char::from(DIGITS[(hash >> 58) as usize]));
            hash <<= 6;
        }
    }
    let program = program.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| mix(hash, u64::from(byte)));
    Digest { triple: triple.to_owned(), program: format!("{program:016x}"), text }
}

fn mix(hash: u64, number: u64) -> u64 {
    let mixed = (hash ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ (mixed >> 29)
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/records/recorded.txt")
}

pub(crate) fn read() -> BTreeMap<String, Digest> {
    let text = fs::read_to_string(path()).unwrap_or_default();
    let mut digests = BTreeMap::new();
    let mut current: Option<Digest> = None;
    for line in text.lines() {
        if let Some(more) = line.strip_prefix("  ") {
            if let Some(digest) = &mut current {
                digest.text.push_str(more);
            }
        } else if let Some((triple, program)) = line.split_once(' ') {
            let next = Digest { triple: triple.to_owned(), program: program.to_owned(), text: String::new() };
            if let Some(done) = current.replace(next) {
                digests.insert(done.triple.clone(), done);
            }
        }
    }
    if let Some(done) = current {
        digests.insert(done.triple.clone(), done);
    }
    digests
}

pub(crate) fn write(text: &str) {
    fs::write(path(), text).expect("the test's folder should be writable");
}
