//! Tests of reading: what is kept as written, where it stands, and what is refused.

use std::path::Path;

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
    let text = "base: &b {x: 1, y: 2}\nc: {<<: *b, y: 3}\nd: {'<<': 5}\ne: {<<: [*b, {z: 4}]}\n";
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
