//! Text from elsewhere: what a server said, made harmless before it is shown.
//!
//! The template engine escapes what HTML gives a meaning to. What is left are characters that
//! show nothing, change the direction of what stands around them, or are simply too many.

use std::borrow::Cow;

use maud::{Markup, html};

use crate::judge::words::{grouped, is_unprintable};

/// Longest text that a page shows, in characters.
///
/// Ours: results cut values after 400 characters, and what is in a bundle may have been edited.
pub(super) const MAX_CHARS: usize = 600;

/// Returns text on one line: without characters that cannot be seen, and cut where it is too long.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    let mut end = text.len();
    let mut is_clean = true;
    for (number, (place, character)) in text.char_indices().enumerate() {
        if number == MAX_CHARS {
            end = place;
            break;
        }
        is_clean &= !is_hidden(character);
    }
    if is_clean && end == text.len() {
        return Cow::Borrowed(text);
    }
    let kept = text.get(..end).unwrap_or_default();
    let mut shown: String = kept.chars().map(visible).collect();
    if end < text.len() {
        // Octets, as counting characters would read all of them again wherever the text is shown.
        let all = u64::try_from(text.len()).unwrap_or(u64::MAX);
        shown.push_str("… (");
        shown.push_str(&grouped(all));
        shown.push_str(" octets)");
    }
    Cow::Owned(shown)
}

/// Returns a whole page without characters that cannot be seen, whatever was forgotten on the way.
pub(super) fn clean(page: String) -> String {
    // The engine itself writes no line feeds.
    if page.chars().any(is_hidden) {
        page.chars().map(visible).collect()
    } else {
        page
    }
}

fn visible(character: char) -> char {
    match character {
        '\n' | '\r' | '\t' => ' ',
        hidden if is_hidden(hidden) => '\u{fffd}',
        shown => shown,
    }
}

/// Says whether a character shows nothing of itself, or changes what stands around it.
fn is_hidden(character: char) -> bool {
    is_unprintable(character)
        || matches!(
            u32::from(character),
            0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x3164
                | 0xfe00..=0xfe0f | 0xffa0 | 0xfff0..=0xfffb | 0xfffe | 0xffff
                | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff
        )
}

/// Returns a text line by line, each made harmless, of the whole at most some characters.
pub(super) fn lines(text: &str, most: usize) -> Vec<String> {
    let end = text.char_indices().nth(most).map(|(place, _)| place);
    let kept = end.and_then(|end| text.get(..end)).unwrap_or(text);
    let mut lines: Vec<String> = kept
        .lines()
        .map(|line| self::line(line).into_owned())
        .collect();
    if end.is_some() {
        lines.push("…".to_owned());
    }
    lines
}

/// Shows a sentence of results: parts in backticks as code, isolated from the direction of what is around.
pub(super) fn excerpt(text: &str) -> Markup {
    let shown = line(text);
    html! {
        bdi {
            @for (place, part) in shown.split('`').enumerate() {
                @if place % 2 == 1 {
                    @if !part.is_empty() { code { (part) } }
                } @else {
                    (part)
                }
            }
        }
    }
}

/// Returns an address that may be followed; `None` for what is no web or mail address.
pub(super) fn address(text: &str) -> Option<&str> {
    let is_known = ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| text.starts_with(scheme));
    let is_plain = text.len() <= MAX_CHARS
        && text
            .chars()
            .all(|c| !is_hidden(c) && !c.is_whitespace() && c != '\\');
    (is_known && is_plain).then_some(text)
}

/// Shows a link to another place, or the words alone where the address is none.
pub(super) fn elsewhere(url: &str, words: &str) -> Markup {
    html! {
        @if let Some(url) = address(url) {
            a href=(url) rel="noopener noreferrer external" { (line(words)) }
        } @else {
            (line(words))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_replaced() {
        assert_eq!(line("plain “words” é 中"), "plain “words” é 中");
        assert_eq!(line("a\u{0}b\u{1b}[31mc\nd"), "a\u{fffd}b\u{fffd}[31mc d");
        assert_eq!(line("\u{202e}gpj.exe\u{2069}"), "\u{fffd}gpj.exe\u{fffd}");
        assert_eq!(line("a\u{e0041}b\u{ad}c"), "a\u{fffd}b\u{fffd}c");
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        let long = "é".repeat(1_000_000);
        let shown = line(&long);
        assert!(shown.ends_with("… (2,000,000 octets)"));
        assert!(shown.chars().count() < MAX_CHARS + 30);
        let fits = "é".repeat(MAX_CHARS);
        assert_eq!(line(&fits), fits);
    }

    #[test]
    fn code_stands_between_backticks_and_is_escaped() {
        let shown = excerpt("seen `<script>` and `x\"y` 'z'").into_string();
        assert_eq!(
            shown,
            "<bdi>seen <code>&lt;script&gt;</code> and <code>x&quot;y</code> 'z'</bdi>"
        );
    }

    #[test]
    fn only_web_and_mail_addresses_are_followed() {
        assert!(address("https://example.net/a?b=c#d").is_some());
        assert!(address("mailto:noc@example.net").is_some());
        for wrong in [
            "javascript:alert(1)",
            "data:text/html,x",
            "HTTPS://example.net",
            "https://example.net/a b",
            "https://example.net/\u{202e}",
            "https://example.net\\@example.org",
            "//example.net",
        ] {
            assert!(address(wrong).is_none(), "{wrong}");
            assert_eq!(elsewhere(wrong, "w").into_string(), "w");
        }
    }
}
