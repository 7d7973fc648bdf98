//! The grammar of names: ids, globs, references, identifiers.

/// Says whether a text is a dotted id: words of lower-case letters, digits and `-`.
pub(super) fn is_id(text: &str) -> bool {
    text.len() <= 120 && text.split('.').all(is_name)
}

/// Says whether a text is one lower-case word with `-`.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.len() <= 80
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && !text.ends_with('-')
        && text.chars().all(plain)
}

/// Says whether a text can be a root of expressions.
pub(super) fn is_identifier(text: &str) -> bool {
    text.len() <= 60
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Says whether a text is an id of a rule, check or comparison.
pub(super) fn is_check_id(text: &str) -> bool {
    match text.split_once('/') {
        Some((scenario, check)) => is_id(scenario) && is_name(check),
        None => is_id(text),
    }
}

/// Says whether a text is an id with `*` and `**` in it.
pub(super) fn is_glob(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 200
        && text
            .split(['.', '/'])
            .all(|part| is_name(&part.replace('*', "x")))
}

/// Says whether a text names a document and, behind `#`, a section of it.
pub(super) fn is_reference(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let (document, section) = text.split_once('#').unwrap_or((text, "0"));
    is_name(document) && !section.is_empty() && section.len() <= 60 && section.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_a_grammar() {
        for good in [
            "rdap",
            "rdap.help.profile",
            "rdap.http.429-status",
            "a.b/c-d",
        ] {
            assert!(is_check_id(good), "{good}");
        }
        for bad in [
            "", "Rdap", "rdap.", ".a", "a b", "a/b/c", "a/b.c", "a-", "a..b",
        ] {
            assert!(!is_check_id(bad), "{bad}");
        }
        assert!(
            is_glob("rdap.**")
                && is_glob("rdap.*/x")
                && is_glob("*")
                && is_glob("rdap.link.self-*")
        );
        assert!(!is_glob("rdap..x") && !is_glob(""));
    }

    #[test]
    fn references_name_document_and_section() {
        assert!(
            is_reference("rfc9083#4.2")
                && is_reference("rfc6487")
                && is_reference("nro-rdap-profile-0#6.1.2")
        );
        assert!(
            !is_reference("rfc9083#") && !is_reference("RFC 9083") && !is_reference("rfc9083#4 2")
        );
    }
}
