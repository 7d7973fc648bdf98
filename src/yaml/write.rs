//! Writes JSON values as YAML in block style.

use serde_json::Value;

use super::Scalar;

/// Writes a value as a YAML document of our own data files: block style, two spaces,
/// quotes only where they are needed. Read back it is the same value.
///
/// Keys keep their order. Empty collections are written `[]` and `{}`.
pub fn to_text(value: &Value) -> String {
    let mut out = String::new();
    if is_short(value) {
        out.push_str(&inline(value));
        out.push('\n');
    } else {
        block(&mut out, value, 0);
    }
    out
}

/// Says whether a value fits behind its key: a scalar, or a collection of nothing.
fn is_short(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// Writes a collection that is not empty, its first line not indented.
fn block(out: &mut String, value: &Value, indent: usize) {
    let mut first = true;
    let mut begin = |out: &mut String| {
        if !std::mem::take(&mut first) {
            out.push_str(&" ".repeat(indent));
        }
    };
    match value {
        Value::Array(items) => {
            for item in items {
                begin(out);
                out.push_str("- ");
                if is_short(item) {
                    out.push_str(&inline(item));
                    out.push('\n');
                } else {
                    block(out, item, indent + 2);
                }
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                begin(out);
                let key = text(key);
                // A key of more than 1,024 characters must be announced.
                if key.len() > 1000 {
                    out.push_str("? ");
                    out.push_str(&key);
                    out.push('\n');
                    out.push_str(&" ".repeat(indent));
                } else {
                    out.push_str(&key);
                }
                out.push(':');
                if is_short(member) {
                    out.push(' ');
                    out.push_str(&inline(member));
                    out.push('\n');
                } else {
                    out.push('\n');
                    out.push_str(&" ".repeat(indent + 2));
                    block(out, member, indent + 2);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Writes a scalar or an empty collection.
fn inline(value: &Value) -> String {
    match value {
        Value::String(string) => text(string),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
    }
}

/// Writes text, in double quotes unless it is plainly text.
fn text(string: &str) -> String {
    if is_plain(string) {
        return string.to_owned();
    }
    let quoted = Value::String(string.to_owned()).to_string();
    let mut out = String::with_capacity(quoted.len());
    for character in quoted.chars() {
        // JSON leaves these as they are; YAML does not print them.
        match character {
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                out.extend(format!("\\u{:04x}", u32::from(character)).chars());
            }
            _ => out.push(character),
        }
    }
    out
}

/// Says whether text may stand without quotes in any place and is read as text.
fn is_plain(string: &str) -> bool {
    let mut characters = string.chars();
    let begins = characters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '/');
    let last = string.chars().next_back();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_./-+@() ".contains(c);
    let reads_as_text = Scalar {
        text: string.to_owned(),
        plain: true,
    }
    .to_json()
    .is_string();
    begins
        && reads_as_text
        && last != Some(' ')
        && string.len() <= 200
        // A colon of a URL is followed by a character that is no space.
        && string.replace("://", "").chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::{Source, parse};
    use super::*;

    #[test]
    fn a_document_is_written_in_block_style() {
        let value = json!({
            "id": "help", "no": "no", "n": "010", "url": "https://rdap.example/help", "empty": [],
            "list": [1, "two words", {"a": true, "b": null}, [3, 4]], "text": "a: b\n",
        });
        let expected = "id: help\nno: no\nn: \"010\"\nurl: https://rdap.example/help\nempty: []\nlist:\n  - 1\n  \
            - two words\n  - a: true\n    b: null\n  - - 3\n    - 4\ntext: \"a: b\\n\"\n";
        assert_eq!(to_text(&value), expected);
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[a-z:#,'\\-?\\[{ ]{0,8}".prop_map(Value::from),
            prop::sample::select(vec![
                "true", "null", "~", "1.5", "1e3", "---", "...", "<<", "a b ", "é"
            ])
            .prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                prop::collection::vec(("[a-z:<?# \\-]{0,6}", inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_the_same(value in any_value()) {
            // A document that is nothing is refused, so it stands below a key.
            let value = json!({ "value": value });
            let text = to_text(&value);
            let node = parse(&Source::new("t", &text));
            prop_assert_eq!(node.map(|n| n.to_json()).map_err(|d| format!("{d}\n{text}")), Ok(value));
        }
    }

    #[test]
    fn a_long_key_reads_back() {
        let mut members = serde_json::Map::new();
        members.insert("k".repeat(3000), json!({"a": [1]}));
        let value = Value::Object(members);
        assert_eq!(
            parse(&Source::new("t", &to_text(&value)))
                .unwrap()
                .to_json(),
            value
        );
    }
}
