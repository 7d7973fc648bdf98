//! Bounds that hold before an expression is parsed, and the crate's errors in our words.

use std::ops::Range;

use super::Problem;

/// Longest expression, in octets: ours, well above any that a reviewer would accept.
const LONGEST: usize = 1_000;

/// Deepest nesting of brackets and conditionals.
const DEEPEST: usize = 32;

/// Refuses what is too long or nested too deep to be parsed; returns the nesting.
pub(super) fn bound(text: &str) -> Result<usize, Problem> {
    if text.trim().is_empty() {
        return Err(Problem::new(0..text.len(), "expression is empty"));
    }
    if text.len() > LONGEST {
        let message = format!("expression is longer than {LONGEST} octets; split it with `let`");
        return Err(Problem::new(0..text.len(), message));
    }
    let (mut open, mut deepest, mut conditionals) = (0_usize, 0_usize, 0_usize);
    for (at, character) in unquoted(text) {
        match character {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.saturating_sub(1),
            '?' => conditionals += 1,
            _ => {}
        }
        deepest = deepest.max(open + conditionals);
        if deepest > DEEPEST {
            let message =
                format!("expression is nested deeper than {DEEPEST} levels; split it with `let`");
            return Err(Problem::new(at..at + character.len_utf8(), message));
        }
    }
    Ok(deepest)
}

/// Iterates over the characters that stand in no quotes, with their octets; quotation marks are left out.
pub(super) fn unquoted(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut quote, mut escaped) = (None, false);
    text.char_indices().filter(move |(_, character)| {
        match (quote, *character) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(*character),
            (None, _) => return true,
        }
        false
    })
}

/// Returns the octets of the character at a line and column of the crate.
pub(super) fn place(text: &str, (line, column): (isize, isize)) -> Range<usize> {
    let line = usize::try_from(line).unwrap_or(1).saturating_sub(1);
    let column = usize::try_from(column).unwrap_or(1).saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    match rest.char_indices().nth(column) {
        Some((at, character)) => start + at..start + at + character.len_utf8(),
        None => text.len()..text.len(),
    }
}

/// Says a syntax error in fewer words.
pub(super) fn reword(message: &str) -> String {
    let message = message.strip_prefix("Syntax error: ").unwrap_or(message);
    let found = message.split('\'').nth(1).unwrap_or_default();
    if found == "<EOF>" {
        "expression ends too early; a value is missing".to_owned()
    } else if message.contains("token recognition error") && found.starts_with('=') {
        "one `=` is no operator; `==` compares".to_owned()
    } else if message.contains("token recognition error") && found.starts_with('$') {
        "this is an expression already; leave out `${` and `}`".to_owned()
    } else if message.contains("token recognition error") {
        "this text cannot be read; a quote may not be closed".to_owned()
    } else if !found.is_empty() {
        format!("`{found}` may not stand here")
    } else if message.is_empty() {
        "this is not an expression".to_owned()
    } else {
        message.to_owned()
    }
}
