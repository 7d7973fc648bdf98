//! Reads a YAML document into a tree of positioned nodes.
//!
//! Built on the event parser of the YAML crate, not on its deserializer: events
//! carry the text as written and exact places, and let every limit be ours.

use std::io::Read as _;
use std::path::Path;

use serde_yaml::granit_parser as granit;

use super::diagnostic::Diagnostic;
use super::tree::Builder;
use super::{Node, Source, Span};

/// Bounds on what is read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest file, in octets; aliases may not expand to more text than this either.
    pub bytes: usize,
    /// Deepest nesting.
    pub depth: usize,
    /// Most events of the parser, aliases expanded.
    pub events: usize,
}

impl Default for Limits {
    /// 4 MiB, 32 levels, 200,000 events: ours. The largest file of the suite is below
    /// a tenth of that.
    fn default() -> Self {
        Self {
            bytes: 4 << 20,
            depth: 32,
            events: 200_000,
        }
    }
}

/// Reads one document within the default limits.
///
/// # Errors
///
/// One [`Diagnostic`] for the first syntax error, duplicate key, or limit that was reached.
pub fn parse(source: &Source) -> Result<Node, Diagnostic> {
    parse_within(source, &Limits::default())
}

/// Reads one document from octets that may not be UTF-8.
///
/// # Errors
///
/// As [`parse`]; also for invalid UTF-8, with its place.
pub fn parse_bytes(name: &str, octets: &[u8]) -> Result<(Source, Node), Diagnostic> {
    let source = decode(name, octets)?;
    let node = parse(&source)?;
    Ok((source, node))
}

/// Reads the document in a file; `name` is how messages call it.
///
/// # Errors
///
/// As [`parse_bytes`]; also for a file that is missing, no regular file, unreadable or too large.
pub fn read_file(path: &Path, name: &str) -> Result<(Source, Node), Diagnostic> {
    let refuse =
        |message: String| Diagnostic::new(&Source::new(name, ""), Span::default(), message);
    let describe = |error: std::io::Error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            refuse("no such file".to_owned())
        } else if error.kind() == std::io::ErrorKind::PermissionDenied {
            refuse("permission to read this file is denied".to_owned())
        } else {
            refuse(format!("reading this file: {error}"))
        }
    };
    // A named pipe would block at `open`, so the kind is asked first.
    let metadata = std::fs::metadata(path).map_err(describe)?;
    if metadata.is_dir() {
        return Err(refuse("this is a directory, not a file".to_owned()));
    }
    if !metadata.is_file() {
        return Err(refuse("this is not a regular file".to_owned()));
    }
    let limit = Limits::default().bytes;
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    let mut octets = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut octets))
        .map_err(describe)?;
    parse_bytes(name, &octets)
}

/// Turns octets into text.
fn decode(name: &str, octets: &[u8]) -> Result<Source, Diagnostic> {
    let limit = Limits::default().bytes;
    if octets.len() > limit {
        return Err(too_large(&Source::new(name, ""), limit));
    }
    match std::str::from_utf8(octets) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) => {
            let start = error.valid_up_to();
            // The text up to `start` is the same, so that the place stays right.
            let source = Source::new(name, &String::from_utf8_lossy(octets));
            let span = source.span(start..start + char::REPLACEMENT_CHARACTER.len_utf8());
            let octet = octets.get(start).copied().unwrap_or_default();
            let message = format!("octet 0x{octet:02x} is not valid UTF-8; save the file as UTF-8");
            Err(Diagnostic::new(&source, span, message))
        }
    }
}

fn too_large(source: &Source, limit: usize) -> Diagnostic {
    let message = format!("file is larger than the limit of {} KiB", limit / 1024);
    Diagnostic::new(source, Span::default(), message)
}

/// Reads one document within given limits.
///
/// # Errors
///
/// As [`parse`].
pub fn parse_within(source: &Source, limits: &Limits) -> Result<Node, Diagnostic> {
    if source.text.len() > limits.bytes {
        return Err(too_large(source, limits.bytes));
    }
    let mut options = granit::options! {
        disallow_directives: true,
        flow_nesting_limit: limits.depth.saturating_add(1),
        block_nesting_limit: limits.depth.saturating_add(1)
    };
    options.set_emit_comments(false);
    let mut builder = Builder::new(source, *limits);
    for event in granit::Parser::new_from_str_with_options(&source.text, options) {
        match event {
            Ok((event, span)) => builder.take(event, &span)?,
            Err(error) => return Err(builder.refused(&error)),
        }
    }
    match builder.finished() {
        Some(node) if !node.is_null() => Ok(node),
        Some(_) | None => Err(Diagnostic::new(
            source,
            Span::default(),
            "file is empty; expected a mapping",
        )),
    }
}

/// Says in our words what the parser refused, with a hint where one helps.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the crate's own words serve for what is not reworded"
)]
pub(super) fn explain(error: &granit::ScanError) -> (String, Option<&'static str>) {
    use granit::ErrorKind as Kind;
    let (message, hint) = match error.kind() {
        Kind::MappingValueNotAllowed => (
            "`: ` may not stand here".to_owned(),
            Some("quote text that holds `: `"),
        ),
        Kind::InvalidColonPlacement => (
            "`:` may not stand here".to_owned(),
            Some("a bracket or brace that was opened above may not be closed"),
        ),
        Kind::InvalidQuotedScalarIndent => (
            "this line is indented too little for quoted text".to_owned(),
            Some("a quote that was opened above may not be closed"),
        ),
        Kind::UnexpectedCharacter { character } => (
            format!(
                "character `{}` may not begin a value",
                character.escape_debug()
            ),
            Some("quote text that begins with it"),
        ),
        Kind::UnknownAnchor => ("this alias has no anchor before it".to_owned(), None),
        Kind::DirectiveDisallowed => (
            "YAML directives have no meaning here; leave them out".to_owned(),
            None,
        ),
        _ => {
            let text = error.info();
            let tab = text.contains("tab");
            (text.replace('\'', "`"), tab.then_some("indent with spaces"))
        }
    };
    (message, hint)
}

#[cfg(test)]
mod tests {
    use super::super::Value;
    use super::*;

    fn source(text: &str) -> Source {
        Source::new("t.yaml", text)
    }

    fn read(text: &str) -> Node {
        parse(&source(text)).unwrap_or_else(|d| panic!("{d}"))
    }

    fn value(text: &str) -> serde_json::Value {
        read(text).to_json()
    }

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let diagnostic = parse(&source(text)).expect_err("should be refused");
        let first = diagnostic.render(false).lines().next().map(str::to_owned);
        assert_eq!(first.as_deref(), Some(expected));
    }

    #[track_caller]
    fn place(node: &Node, expected: (u32, u32, &str), text: &str) {
        let seen = (
            node.span.line,
            node.span.column,
            source(text).slice(node.span).to_owned(),
        );
        assert_eq!((seen.0, seen.1, seen.2.as_str()), expected);
    }

    #[test]
    fn scalars_keep_their_text() {
        for text in [
            "010",
            "1.10",
            "no",
            "NO",
            "yes",
            "off",
            "0x10",
            "1_000",
            "2026-11-21",
            ".5",
            "12:30:45",
        ] {
            let node = read(&format!("a: {text}\n"));
            let scalar = node.get("a").unwrap();
            assert_eq!(scalar.text(), Some(text));
        }
        assert_eq!(
            value("[NO, no, yes, off, y, true, 5, 010, '5', null, ~]"),
            serde_json::json!([
                "NO", "no", "yes", "off", "y", true, 5, "010", "5", null, null
            ])
        );
    }

    #[test]
    fn quotes_escapes_and_blocks_are_resolved() {
        assert_eq!(value(r#"a: "x\n\u00e9\"""#)["a"], "x\né\"");
        assert_eq!(value("a: 'it''s'")["a"], "it's");
        assert_eq!(
            value("a: |\n  one\n   two\nb: >-\n  one\n  two\n")["a"],
            "one\n two\n"
        );
        assert_eq!(value("a: >-\n  one\n  two\n")["a"], "one two");
        let node = read("a: '5'\nb: 5\nc: |\n  5\nd: \"5\"\n");
        let plain = |key| matches!(&node.get(key).unwrap().value, Value::Scalar(s) if s.plain);
        assert_eq!(["a", "b", "c", "d"].map(plain), [false, true, false, false]);
    }

    #[test]
    fn nothing_is_null_with_no_text() {
        let node = read("a:\nb: ''\n");
        assert!(node.get("a").unwrap().is_null());
        assert_eq!(node.get("b").unwrap().text(), Some(""));
    }

    #[test]
    fn places_are_exact() {
        let text = "title: é x\nlist:\n  - one\n  - {k: 'v w', z: [1, 2]}\nblock: |\n  lit\n   more\n\nend: 1\n";
        let node = read(text);
        place(node.get("title").unwrap(), (1, 8, "é x"), text);
        let list = node.get("list").unwrap();
        place(list, (3, 3, "- one\n  - {k: 'v w', z: [1, 2]}"), text);
        let map = &list.items().unwrap()[1];
        place(map, (4, 5, "{k: 'v w', z: [1, 2]}"), text);
        place(map.get("k").unwrap(), (4, 9, "'v w'"), text);
        place(map.get("z").unwrap(), (4, 19, "[1, 2]"), text);
        place(node.get("block").unwrap(), (6, 3, "lit\n   more"), text);
        place(node.get("end").unwrap(), (9, 6, "1"), text);
        let keys: Vec<_> = node
            .entries()
            .unwrap()
            .iter()
            .map(|e| (e.key_span.line, e.key_span.column))
            .collect();
        assert_eq!(keys, [(1, 1), (2, 1), (5, 1), (9, 1)]);
    }

    #[test]
    fn other_line_ends_and_a_byte_order_mark_keep_places() {
        for text in ["a: 1\r\nb:\r\n  c: x\r\n", "\u{feff}a: 1\nb:\n  c: x\n"] {
            let node = read(text);
            place(node.get("b").unwrap().get("c").unwrap(), (3, 6, "x"), text);
            place(node.get("a").unwrap(), (1, 4, "1"), text);
            for key in node.entries().unwrap() {
                assert_eq!(
                    source(text).span(key.key_span.start..key.key_span.end),
                    key.key_span
                );
            }
        }
    }

    #[test]
    fn a_place_inside_a_scalar_is_found() {
        let text = "a: p.ok && p.x\nb: 'p.ok && p.x'\nc: |\n  p.ok &&\n    p.x\nd: >\n  p.ok &&\n  p.x\ne: \"p.ok \\x26& p.x\"\n";
        let node = read(text);
        let find = |key: &str| {
            let scalar = node.get(key).unwrap();
            let offset = scalar.text().unwrap().find("p.x").unwrap();
            let span = source(text).inside(scalar, offset..offset + 3);
            (span.line, span.column, source(text).slice(span).to_owned())
        };
        assert_eq!(find("a"), (1, 12, "p.x".to_owned()));
        assert_eq!(find("b"), (2, 13, "p.x".to_owned()));
        assert_eq!(find("c"), (5, 5, "p.x".to_owned()));
        assert_eq!(find("d"), (8, 3, "p.x".to_owned()));
        assert_eq!(find("e"), (9, 4, "\"p.ok \\x26& p.x\"".to_owned()));
    }

    #[test]
    fn duplicate_keys_are_refused_with_both_places() {
        let diagnostic = parse(&source("a: 1\nb: 2\na: 3\n")).unwrap_err();
        assert_eq!((diagnostic.span.line, diagnostic.span.column), (3, 1));
        assert_eq!(
            diagnostic.message,
            "key `a` stands twice in this mapping; keep one"
        );
        assert_eq!(diagnostic.notes, ["first: line 1, column 1"]);
        refused(
            "x:\n  y: {a: 1, 'a': 2}\n",
            "t.yaml:2:13: key `a` stands twice in this mapping; keep one",
        );
    }

    #[test]
    fn merge_keys_give_way_to_written_ones() {
        let text =
            "base: &b {x: 1, y: 2}\nc: {<<: *b, y: 3}\nd: {'<<': 5}\ne: {<<: [*b, {z: 4}]}\n";
        let seen = value(text);
        assert_eq!(seen["c"], serde_json::json!({"y": 3, "x": 1}));
        assert_eq!(seen["d"], serde_json::json!({"<<": 5}));
        assert_eq!(seen["e"], serde_json::json!({"x": 1, "y": 2, "z": 4}));
        refused(
            "a: {<<: 5}",
            "t.yaml:1:9: `<<` takes an alias of a mapping, or a list of them",
        );
    }

    #[test]
    fn an_alias_stands_where_it_is_used() {
        let text = "a: &x [1, 2]\nb: *x\n";
        let node = read(text);
        place(node.get("b").unwrap(), (2, 4, "*x"), text);
        assert_eq!(value(text)["b"], serde_json::json!([1, 2]));
    }

    #[test]
    fn alias_bombs_are_refused_before_they_grow() {
        use std::fmt::Write as _;
        let mut text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
        for n in 1..20 {
            let items = vec![format!("*a{}", n - 1); 9].join(", ");
            writeln!(text, "a{n}: &a{n} [{items}]").unwrap();
        }
        let diagnostic = parse(&source(&text)).unwrap_err();
        assert!(
            diagnostic.message.contains("aliases expanded"),
            "{diagnostic}"
        );
        // Few nodes with much text are counted by text.
        let text = format!(
            "a: &a {}\nb: [{}]\n",
            "x".repeat(1 << 20),
            vec!["*a"; 100].join(", ")
        );
        let diagnostic = parse(&source(&text)).unwrap_err();
        assert!(
            diagnostic.message.contains("repeat more text"),
            "{diagnostic}"
        );
        refused(
            "x: &x [*x]\n",
            "t.yaml:1:8: this alias stands inside its own anchor",
        );
        refused(
            "x: *nope\n",
            "t.yaml:1:4: this alias has no anchor before it",
        );
    }

    #[test]
    fn aliases_do_not_get_around_the_depth_limit() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(&source(&format!("a: {}\n", deep(31)))).is_ok());
        let text = format!("a: &a {}\nb: [[[{}]]]\n", deep(29), "*a");
        let diagnostic = parse(&source(&text)).unwrap_err();
        assert_eq!(diagnostic.message, "nested deeper than 32 levels");
    }

    #[test]
    fn deep_nesting_is_refused() {
        for text in [
            "[".repeat(20_000),
            "{a: ".repeat(20_000),
            "- ".repeat(20_000),
            format!("[{}", "{".repeat(20_000)),
            (0..2000)
                .map(|n| format!("{}a:\n", " ".repeat(n)))
                .collect(),
        ] {
            let diagnostic = parse(&source(&text)).unwrap_err();
            assert_eq!(
                diagnostic.message,
                "nested deeper than 32 levels",
                "{}",
                text.get(..40).unwrap_or_default()
            );
        }
    }

    #[test]
    fn what_yaml_allows_and_scenarios_do_not_is_refused() {
        refused(
            "a: 1\n---\nb: 2\n",
            "t.yaml:2:1: a second document begins here; one file holds one document",
        );
        refused(
            "? [a]\n: 1\n",
            "t.yaml:1:3: this key is a collection; keys are text",
        );
        refused(
            "{a: 1}: 1\n",
            "t.yaml:1:1: this key is a collection; keys are text",
        );
        refused(
            "a: !!str 5\n",
            "t.yaml:1:4: tag `!!str` has no meaning here; leave it out",
        );
        refused(
            "a: !get {x: 1}\n",
            "t.yaml:1:4: tag `!get` has no meaning here; leave it out",
        );
        refused(
            "%YAML 1.1\n---\na: 1\n",
            "t.yaml:1:1: YAML directives have no meaning here; leave them out",
        );
        refused(": 1\n", "t.yaml:1:1: a key is missing before `:`");
    }

    #[test]
    fn empty_files_are_refused() {
        for text in [
            "",
            "\n\n",
            "# only a comment\n",
            "---\n",
            "~\n",
            "null",
            "\u{feff}",
        ] {
            refused(text, "t.yaml: file is empty; expected a mapping");
        }
    }

    #[test]
    fn syntax_errors_have_places_and_hints() {
        refused(
            "a:\n\t- b\n",
            "t.yaml:2:2: tabs disallowed within this context (block indentation)",
        );
        refused("a: b: c\n", "t.yaml:1:5: `: ` may not stand here");
        refused("a: @x\n", "t.yaml:1:4: character `@` may not begin a value");
        refused(
            "a: 'x\nb: 3\n",
            "t.yaml:2:1: this line is indented too little for quoted text",
        );
        let diagnostic = parse(&source("a: [1, 2\nb: 3\n")).unwrap_err();
        assert_eq!(
            diagnostic.notes,
            ["hint: a bracket or brace that was opened above may not be closed"]
        );
    }

    #[test]
    fn invalid_utf8_has_a_place() {
        let diagnostic = parse_bytes("t.yaml", b"a: 1\nb: \xc3\xa9\xff\n").unwrap_err();
        assert_eq!((diagnostic.span.line, diagnostic.span.column), (2, 5));
        assert_eq!(
            diagnostic.message,
            "octet 0xff is not valid UTF-8; save the file as UTF-8"
        );
    }

    #[test]
    fn limits_hold() {
        let large = vec![b'a'; (4 << 20) + 1];
        assert_eq!(
            parse_bytes("t.yaml", &large).unwrap_err().message,
            "file is larger than the limit of 4096 KiB"
        );
        let many = format!("[{}]", "1,".repeat(200_001));
        let diagnostic = parse(&source(&many)).unwrap_err();
        assert!(
            diagnostic.message.starts_with("more than 200000 values"),
            "{diagnostic}"
        );
    }

    #[test]
    fn files_that_cannot_be_read_are_one_error() {
        let folder = std::env::temp_dir();
        let read = |path: &Path| read_file(path, "x.yaml").unwrap_err().to_string();
        assert_eq!(read(&folder), "x.yaml: this is a directory, not a file");
        assert_eq!(
            read(&folder.join("quintet-there-is-no-such-file")),
            "x.yaml: no such file"
        );
        assert_eq!(
            read(Path::new("/dev/null")),
            "x.yaml: this is not a regular file"
        );
    }

    #[test]
    fn nothing_panics() {
        let pieces = [
            "a", ": ", "- ", "[", "]", "{", "}", ",", "\n", "  ", "'", "\"", "|", ">", "&a ", "*a",
            "?", "!", "%", "\t", "#", "<<", "é", "\r", "\u{0}", "---", "...",
        ];
        let mut state = 1_u64;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..12 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                text.push_str(pieces[usize::try_from(state >> 33).unwrap() % pieces.len()]);
            }
            match parse(&source(&text)) {
                Ok(node) => drop(node.to_json()),
                Err(diagnostic) => drop(diagnostic.render(true)),
            }
        }
    }
}
