//! A strict reader of what the site writes: every attribute quoted, nothing unknown, nothing inline.

use std::collections::BTreeSet;

/// Elements that the site may use.
const ELEMENTS: &[&str] = &[
    "a",
    "b",
    "bdi",
    "body",
    "br",
    "code",
    "dd",
    "desc",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "form",
    "g",
    "h1",
    "h2",
    "h3",
    "head",
    "header",
    "html",
    "input",
    "kbd",
    "label",
    "li",
    "line",
    "link",
    "main",
    "meta",
    "nav",
    "ol",
    "output",
    "p",
    "path",
    "polyline",
    "rect",
    "circle",
    "script",
    "section",
    "span",
    "strong",
    "summary",
    "svg",
    "table",
    "tbody",
    "td",
    "text",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "ul",
];

/// Attributes that the site may use; `style` and `on…` are none of them.
const ATTRIBUTES: &[&str] = &[
    "aria-current",
    "aria-describedby",
    "aria-label",
    "aria-labelledby",
    "autocomplete",
    "charset",
    "class",
    "colspan",
    "content",
    "cx",
    "cy",
    "d",
    "data-id",
    "datetime",
    "defer",
    "for",
    "height",
    "hidden",
    "href",
    "http-equiv",
    "id",
    "lang",
    "name",
    "placeholder",
    "points",
    "r",
    "rel",
    "role",
    "rowspan",
    "scope",
    "spellcheck",
    "src",
    "tabindex",
    "text-anchor",
    "title",
    "type",
    "viewBox",
    "width",
    "x",
    "x1",
    "x2",
    "y",
    "y1",
    "y2",
];

/// Elements without an end.
const VOID: &[&str] = &["br", "input", "link", "meta"];

/// A page as it was read.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Values of `href` and `src`.
    pub(super) links: Vec<String>,
    /// Values of `id`.
    pub(super) ids: BTreeSet<String>,
    /// Text between tags, unescaped.
    pub(super) text: String,
}

/// Reads a page; panics where it is not as strict as ours must be.
#[track_caller]
pub(super) fn read(path: &str, html: &str) -> Page {
    let mut page = Page::default();
    let mut rest = html
        .strip_prefix("<!DOCTYPE html>")
        .unwrap_or_else(|| panic!("{path}: no doctype"));
    let mut open: Vec<&str> = Vec::new();
    while let Some(start) = rest.find('<') {
        let (text, tag) = rest.split_at(start);
        page.text.push_str(&unescaped(path, text));
        let end = end_of_tag(tag).unwrap_or_else(|| panic!("{path}: a tag without end"));
        let inner = &tag[1..end];
        rest = &tag[end + 1..];
        if let Some(name) = inner.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{path}: closes another element");
            continue;
        }
        let (name, attributes) = inner.split_once(' ').unwrap_or((inner, ""));
        assert!(ELEMENTS.contains(&name), "{path}: element <{inner}>");
        self::attributes(path, attributes, &mut page);
        if !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{path}: open {open:?}");
    assert!(rest.trim().is_empty(), "{path}: {rest}");
    let hidden = |c: char| {
        c.is_control()
            || matches!(u32::from(c), 0x200b..=0x200f | 0x202a..=0x202e | 0x2066..=0x2069)
    };
    assert!(
        !page.text.chars().any(hidden),
        "{path}: what cannot be seen"
    );
    page
}

fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quoted = false;
    for (place, character) in tag.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '>' if !quoted => return Some(place),
            _ => {}
        }
    }
    None
}

#[track_caller]
fn attributes(path: &str, mut rest: &str, page: &mut Page) {
    while !rest.is_empty() {
        let name_end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(name_end);
        assert!(ATTRIBUTES.contains(&name), "{path}: attribute {name}");
        let Some(after) = after.strip_prefix("=\"") else {
            rest = after.trim_start();
            continue;
        };
        let (value, after) = after.split_once('"').unwrap();
        let value = unescaped(path, value);
        match name {
            "href" | "src" => page.links.push(value),
            "id" => assert!(page.ids.insert(value.clone()), "{path}: id {value} twice"),
            _ => {}
        }
        rest = after.trim_start();
    }
}

#[track_caller]
fn unescaped(path: &str, text: &str) -> String {
    let mut read = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        let (before, entity) = rest.split_at(start);
        read.push_str(before);
        let (name, after) = entity[1..]
            .split_once(';')
            .unwrap_or_else(|| panic!("{path}: a bare ampersand"));
        read.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            other => panic!("{path}: entity {other}"),
        });
        rest = after;
    }
    read.push_str(rest);
    assert!(!rest.contains('>'), "{path}: a bare >");
    read
}
