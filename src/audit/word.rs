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
}
