//! Reads JSON from the network: the depth is looked at before anything is built.

use serde_json::Value;

/// Says why octets are no JSON document that is read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Nested deeper than the limit.
    #[error("line {line}, column {column}: nested deeper than {limit} levels")]
    Depth {
        /// The limit.
        limit: usize,
        /// Line of the bracket that is too deep, from 1.
        line: usize,
        /// Its column in octets, from 1.
        column: usize,
    },
    /// Not JSON.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// What the parser says, without the place.
        message: String,
        /// Line, from 1.
        line: usize,
        /// Column in octets, from 1; 0 at the end of a line.
        column: usize,
    },
}

/// Deepest nesting that the parser takes.
pub const MAX_DEPTH: usize = 127;

/// Reads a document; a byte order mark is passed by.
///
/// `depth` is cut to [`MAX_DEPTH`]. Time and memory grow with the octets only, which
/// the caller bounds. Of a member that is there twice the last one holds.
///
/// # Errors
///
/// [`JsonError::Depth`] before anything is built; [`JsonError::Syntax`] for what is no JSON, invalid UTF-8 included.
pub fn parse(octets: &[u8], depth: usize) -> Result<Value, JsonError> {
    let octets = octets.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(octets);
    let limit = depth.min(MAX_DEPTH);
    if let Some(at) = too_deep(octets, limit) {
        let before = octets.get(..at).unwrap_or_default();
        let line_start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |newline| newline + 1);
        return Err(JsonError::Depth {
            limit,
            line: 1 + before.iter().filter(|byte| **byte == b'\n').count(),
            column: 1 + at - line_start,
        });
    }
    serde_json::from_slice(octets).map_err(|error| {
        let text = error.to_string();
        let message = text.split(" at line ").next().unwrap_or(&text).to_owned();
        JsonError::Syntax {
            message,
            line: error.line(),
            column: error.column(),
        }
    })
}

/// Returns where a bracket opens that is nested deeper than the limit.
fn too_deep(octets: &[u8], limit: usize) -> Option<usize> {
    // Most documents have fewer brackets than that in all, and counting costs next to nothing.
    let opening = octets.iter().filter(|byte| matches!(byte, b'[' | b'{'));
    if opening.count() <= limit {
        return None;
    }
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for (at, byte) in octets.iter().enumerate() {
        if in_text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > limit {
                    return Some(at);
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_texts_do_not_nest() {
        assert!(parse(br#"{"a": "[[[[\"[["}"#, 1).is_ok());
        assert!(parse("\u{FEFF}[[]]".as_bytes(), 2).is_ok());
    }

    #[test]
    fn what_is_too_deep_is_named_with_its_place() {
        assert_eq!(
            parse(b"[\n [[]]]", 2),
            Err(JsonError::Depth {
                limit: 2,
                line: 2,
                column: 3
            })
        );
        let deep = "[".repeat(1_000_000);
        assert!(matches!(
            parse(deep.as_bytes(), 100_000),
            Err(JsonError::Depth {
                limit: MAX_DEPTH,
                ..
            })
        ));
        let most = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert!(parse(most.as_bytes(), MAX_DEPTH).is_ok());
    }

    #[test]
    fn what_is_no_json_is_named_with_its_place() {
        let error = parse(b"{\"a\": tru}", 8).unwrap_err();
        assert_eq!(error.to_string(), "line 1, column 10: expected ident");
        for bad in [&b""[..], b"<html>", b"{", b"\"\xFF\"", b"[1] 2"] {
            assert!(
                matches!(parse(bad, 8), Err(JsonError::Syntax { .. })),
                "{bad:?}"
            );
        }
    }
}
