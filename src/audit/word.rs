//! Words of the command lines that reports show, to be typed again.

/// Returns a word as a shell reads it back.
///
/// Names of faults, targets and checks may come out of a stranger's bundle, and whoever copies the line
/// must not run what stands in them.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Returns a line of a stranger's bundle with each of its words quoted anew: whatever stands in it, a
/// shell reads words and nothing else. A line that was quoted as [`quoted`] does is the same.
pub fn requoted(line: &str) -> String {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut is_within = false;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\'' => {
                is_within = !is_within;
                word.get_or_insert_default();
            }
            '\\' if !is_within => word.get_or_insert_default().extend(characters.next()),
            space if space.is_whitespace() && !is_within => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_read_them_otherwise() {
        #[track_caller]
        fn check(word: &str, expected: &str) {
            assert_eq!(quoted(word), expected);
        }
        check("rdap.help/answers", "rdap.help/answers");
        check("rdap.*", "'rdap.*'");
        check("tag(rdap) & !id(a)", "'tag(rdap) & !id(a)'");
        check("my suite", "'my suite'");
        check("it's", r"'it'\''s'");
        check("", "''");
    }

    #[test]
    fn a_line_that_was_quoted_is_the_same_and_any_other_is_words() {
        for own in [
            "--suite 'my suite'",
            r"a 'it'\''s' b",
            "'' --at 2026-11-21T08:00:00Z",
        ] {
            assert_eq!(requoted(own), own);
        }
        #[track_caller]
        fn check(line: &str, expected: &str) {
            assert_eq!(requoted(line), expected);
        }
        check("--suite x; rm -rf ~", "--suite 'x;' rm -rf '~'");
        check("a && `id`", "a '&&' '`id`'");
        check("a\nb $(id)", "a b '$(id)'");
        check("'open; id", "'open; id'");
        check("x\\", "x");
    }
}
