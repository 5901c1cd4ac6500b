use super::*;
use crate::intern::Interner;
use crate::source::{Loc, SourceMap};

/// Returns the tokens of a text, as kind and spelling.
fn tokens(text: &str) -> Vec<(Kind, String)> {
    tokens_of(text.as_bytes())
}

fn tokens_of(text: &[u8]) -> Vec<(Kind, String)> {
    let mut names = Interner::new();
    let mut map = SourceMap::default();
    let entry = map.add("x.h".into(), text.into(), Loc::UNKNOWN, false).unwrap();
    let mut lexer = Lexer::new(text.into(), map.entry(entry).loc(0));
    let mut all = Vec::new();
    loop {
        let token = lexer.next(&mut names);
        if token.kind == Kind::Eof {
            return all;
        }
        let spelling =
            if token.kind.is_punctuator() { token.kind.spelling() } else { names.text(token.atom) };
        all.push((token.kind, spelling.to_owned()));
    }
}

fn texts(text: &str) -> Vec<String> {
    tokens(text).into_iter().map(|(_, text)| text).collect()
}

#[test]
fn words_numbers_and_punctuators() {
    assert_eq!(texts("a+++b--->c.d...e"), ["a", "++", "+", "b", "--", "->", "c", ".", "d", "...", "e"]);
    assert_eq!(
        texts("0x1p-3 1e+5f .5 1'000'000 0b1 1..2 0xe+1"),
        ["0x1p-3", "1e+5f", ".5", "1'000'000", "0b1", "1..2", "0xe+1"]
    );
    assert_eq!(
        texts("<<=>>= <: :> <% %> %: %:%: ## #"),
        ["<<=", ">>=", "[", "]", "{", "}", "#", "##", "##", "#"]
    );
    assert_eq!(tokens("$a é_1")[1], (Kind::Ident, "é_1".to_owned()));
}

#[test]
fn strings_and_characters() {
    assert_eq!(
        tokens(r#"L"a\"b" u8'x' '\'' U"""#).iter().map(|t| t.0).collect::<Vec<_>>(),
        [Kind::Str, Kind::Char, Kind::Char, Kind::Str]
    );
    assert_eq!(texts(r#"R"x(a"\)x""#), [r#""a\"\\""#]);
    assert_eq!(tokens_of(b"\"\xff1\"")[0].1, "\"\\3771\"");
    assert_eq!(
        tokens("don't\nx").iter().map(|t| t.0).collect::<Vec<_>>(),
        [Kind::Ident, Kind::Other, Kind::Ident, Kind::Ident]
    );
}

#[test]
fn splices_and_comments() {
    assert_eq!(texts("in\\\nt x\\  \r\ny <\\\n<\\\n= /\\\n* c *\\\n/ 1\\\n2"), ["int", "xy", "<<=", "12"]);
    assert_eq!(texts("a // b \\\n c\nd /* e\n*/ f"), ["a", "d", "f"]);
    assert_eq!(texts("a /* never closed"), ["a"]);
    assert_eq!(texts("\"a\\\nb\""), ["\"ab\""]);
    assert_eq!(texts("a\\"), ["a", "\\"]);
}

#[test]
fn skipped_lines_know_comments_and_quotes() {
    let text = "a '/* \" \n# b\n/* \n#c\n*/ # d\n\"\\\"/*\"\n# e\n";
    let mut lexer = Lexer::new(text.as_bytes().into(), Loc::UNKNOWN);
    let mut names = Interner::new();
    let mut seen = Vec::new();
    while lexer.skip_to_directive() {
        let token = lexer.next(&mut names);
        seen.push(names.text(token.atom).to_owned());
    }
    assert_eq!(seen, ["b", "d", "e"]);
}

#[test]
fn a_backslash_in_a_quote_can_end_a_skipped_text() {
    for text in ["# x \"\\", "# x '\\", "#if 0\n\"\\"] {
        let mut lexer = Lexer::new(text.as_bytes().into(), Loc::UNKNOWN);
        while lexer.skip_to_directive() {}
        assert_eq!(lexer.offset(), text.len(), "{text:?}");
        let mut lexer = Lexer::new(text.as_bytes().into(), Loc::UNKNOWN);
        let _ = lexer.rest_of_line();
        assert!(lexer.offset() <= text.len(), "{text:?}");
    }
}
