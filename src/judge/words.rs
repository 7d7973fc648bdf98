//! Values in words, as messages and reports show them: with their unit, and short.

use jiff::SignedDuration;
use serde_json::Value as JsonValue;

use crate::fact::{TextSet, Value};

/// Appends to text; writing to memory cannot fail.
macro_rules! put {
    ($text:expr, $($argument:tt)*) => {{
        use std::fmt::Write as _;
        $text.write_fmt(format_args!($($argument)*)).unwrap_or_default();
    }};
}

/// Appends a line to text; writing to memory cannot fail.
macro_rules! put_line {
    ($text:expr, $($argument:tt)*) => {{
        $crate::judge::words::put!($text, $($argument)*);
        $text.push('\n');
    }};
}

pub(crate) use {put, put_line};

/// Longest text of a value in results, in characters; ours, so that a table stays readable.
pub const MAX_CHARS: usize = 400;

/// Returns a value in words with its unit: `312 MiB`, `36h`, `` `active` ``.
///
/// Text stands in backticks, so that a reader sees where it begins and ends.
pub fn value(value: &Value) -> String {
    let text = match value {
        Value::Flag(flag) => flag.to_string(),
        Value::Count(count) => count.to_string(),
        Value::Ratio(ratio) => ratio.to_string(),
        Value::Bytes(octets) => bytes(*octets),
        Value::Duration(duration) => format!("{duration:#}"),
        Value::Time(time) => time.to_string(),
        Value::Text(text) => quoted(text),
        Value::Json(document) => match document.get() {
            Some(inner) => return json(inner),
            None => "nothing that could be read".to_owned(),
        },
        Value::Texts(texts) => list(texts.iter().map(|t| quoted(t))),
        Value::Records(records) => counted(records.len(), "record"),
        Value::Addresses(set) => nonempty(set.to_string(), "no addresses"),
        Value::Asns(set) => nonempty(set.to_string(), "no AS numbers"),
        Value::Set(set) => self::set(set),
        Value::Distribution(samples) => samples.to_string(),
    };
    shortened(text)
}

/// Says whether [`value`] shows all of a value, so that two values with the same words are equal.
pub fn says_all(value: &Value) -> bool {
    match value {
        Value::Records(records) => records.is_empty(),
        Value::Set(set) => set.len() <= SHOWN && is_whole(value),
        Value::Flag(_)
        | Value::Count(_)
        | Value::Ratio(_)
        | Value::Bytes(_)
        | Value::Duration(_)
        | Value::Time(_)
        | Value::Distribution(_) => true,
        Value::Text(_)
        | Value::Json(_)
        | Value::Texts(_)
        | Value::Addresses(_)
        | Value::Asns(_) => is_whole(value),
    }
}

/// Says whether the words of a value were not cut.
fn is_whole(value: &Value) -> bool {
    let words = self::value(value);
    words.chars().count() < MAX_CHARS && !words.contains('…')
}

/// Most texts of a set that are shown, so that there is room beside them for what differs.
const SHOWN: usize = 5;

/// Returns a set of texts in words: its number, then the first of them.
pub fn set(set: &TextSet) -> String {
    let number = counted(set.len(), "text");
    if set.is_empty() || !set.is_kept() {
        return number;
    }
    let more = if set.len() > SHOWN { ", …" } else { "" };
    let first: Vec<String> = set.iter().take(SHOWN).map(quoted).collect();
    shortened(format!("{number}: {}{more}", first.join(", ")))
}

/// Returns a length of time in words, to the minute where it is an hour or more: `28h`, `1h 30m`, `45s`.
pub fn duration(time: SignedDuration) -> String {
    let hour = SignedDuration::from_hours(1);
    let unit = if time.abs() >= hour { 60 } else { 1 };
    let seconds = time.as_secs();
    let half = unit / 2;
    let rounded = (seconds + half * seconds.signum()) / unit * unit;
    format!("{:#}", SignedDuration::from_secs(rounded))
}

fn nonempty(text: String, otherwise: &str) -> String {
    if text.is_empty() {
        otherwise.to_owned()
    } else {
        text
    }
}

/// Returns a JSON value in words: text in backticks, short lists whole, objects as JSON.
pub fn json(value: &JsonValue) -> String {
    let text = match value {
        JsonValue::Null => "null".to_owned(),
        JsonValue::Bool(flag) => flag.to_string(),
        JsonValue::Number(number) => number.to_string(),
        JsonValue::String(text) => quoted(text),
        JsonValue::Array(items) => list(items.iter().map(json)),
        JsonValue::Object(members) => {
            // Only as much of a large object is written as will be shown.
            let mut text = String::from("{");
            for (index, (name, member)) in members.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                text.push_str(name);
                text.push_str(": ");
                text.push_str(&json(member));
                if text.len() > MAX_CHARS * 4 {
                    break;
                }
            }
            text.push('}');
            text
        }
    };
    shortened(text)
}

/// Returns a size in the largest binary unit: `250 MiB`, or `312.4 MiB (327,575,142 B)` where that is not exact.
pub fn bytes(octets: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut scale = 1024_u64;
    let mut best = None;
    for unit in UNITS {
        if octets >= scale {
            best = Some((scale, unit));
        }
        scale = scale.saturating_mul(1024);
    }
    match best {
        None => format!("{octets} B"),
        Some((scale, unit)) if octets.is_multiple_of(scale) => format!("{} {unit}", octets / scale),
        Some((scale, unit)) => {
            let (whole, rest) = (octets / scale, octets % scale);
            let tenth = u128::from(rest) * 10 / u128::from(scale);
            format!("{whole}.{tenth} {unit} ({} B)", grouped(octets))
        }
    }
}

/// Returns a number with a comma between groups of three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a number of things: `1 item`, `3 items`, `2 registries`.
pub fn counted(number: usize, thing: &str) -> String {
    match (number, thing.strip_suffix('y')) {
        (1, _) => format!("1 {thing}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {thing}s"),
    }
}

/// Returns text in backticks; backticks and control characters within it are replaced.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len().min(MAX_CHARS) + 2);
    quoted.push('`');
    // Text of a server is hostile: it neither ends our quotes nor moves a terminal's cursor.
    for character in text.chars().take(MAX_CHARS + 1) {
        match character {
            '`' => quoted.push('\''),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if is_unprintable(c) => {
                put!(quoted, "\\u{{{:x}}}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('`');
    quoted
}

/// Says whether a character moves the cursor, changes direction, or shows nothing; XML has not all of them.
pub fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(
            u32::from(character),
            0x61c | 0x180e
                | 0x200b..=0x200f
                | 0x2028..=0x202e
                | 0x2060..=0x206f
                | 0xfeff
                | 0xfff9..=0xfffb
                | 0xfffe..=0xffff
                | 0xe0000..=0xe007f
        )
}

/// Returns text without characters that would move a terminal's cursor.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c != '\n' && is_unprintable(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// Returns a list in brackets, as much of it as will be shown.
pub fn list(items: impl IntoIterator<Item = String>) -> String {
    let mut text = String::from("[");
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(&item);
        if text.len() > MAX_CHARS * 4 {
            break;
        }
    }
    text.push(']');
    text
}

/// Joins words as a sentence does: `a`, `a and b`, `a, b and c`.
pub fn joined<T: AsRef<str>>(words: &[T]) -> String {
    joined_by(words, "and")
}

/// Joins alternatives as a sentence does: `a`, `a or b`, `a, b or c`.
pub fn either<T: AsRef<str>>(words: &[T]) -> String {
    joined_by(words, "or")
}

fn joined_by<T: AsRef<str>>(words: &[T], conjunction: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} {conjunction} {}", first.join(", "), last.as_ref())
        }
    }
}

/// Cuts text after [`MAX_CHARS`] characters, with an ellipsis.
pub fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_CHARS) {
        // The last character that is kept makes room for the ellipsis.
        let cut = text
            .char_indices()
            .nth(MAX_CHARS - 1)
            .map_or(end, |(cut, _)| cut);
        text.truncate(cut);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json as j;

    #[test]
    fn sizes_are_shown_in_the_largest_unit() {
        for (octets, words) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1 KiB"),
            (250 << 20, "250 MiB"),
            ((250 << 20) + 1, "250.0 MiB (262,144,001 B)"),
            (1_600_000, "1.5 MiB (1,600,000 B)"),
            (u64::MAX, "16777215.9 TiB (18,446,744,073,709,551,615 B)"),
        ] {
            assert_eq!(bytes(octets), words);
        }
    }

    #[test]
    fn text_of_a_server_cannot_leave_its_quotes() {
        assert_eq!(quoted("a`b\u{1b}[31m\n"), "`a'b\\u{1b}[31m\\n`");
        assert_eq!(quoted("\u{202e}txt"), "`\\u{202e}txt`");
        assert_eq!(plain("a\u{1b}b\nc"), "a\u{fffd}b\nc");
    }

    #[test]
    fn long_values_are_shortened() {
        let long = json(&j!("x".repeat(1000)));
        assert_eq!(long.chars().count(), MAX_CHARS);
        assert!(long.ends_with('…'));
        let many = json(&j!(vec!["abcdefghij"; 100_000]));
        assert_eq!(many.chars().count(), MAX_CHARS);
    }

    #[test]
    fn words_are_joined_as_in_a_sentence() {
        assert_eq!(joined(&["a"]), "a");
        assert_eq!(joined(&["a", "b"]), "a and b");
        assert_eq!(joined(&["a", "b", "c"]), "a, b and c");
        assert_eq!(either(&["a", "b", "c"]), "a, b or c");
        assert_eq!(counted(1, "item"), "1 item");
        assert_eq!(counted(2, "registry"), "2 registries");
    }

    #[test]
    fn json_is_shown_without_quotes_around_names() {
        assert_eq!(json(&j!({"a": ["x", 1, null]})), "{a: [`x`, 1, null]}");
    }
}
