//! Reads a YAML document into a tree of positioned nodes.
//!
//! Built on the event parser of the YAML crate, not on its deserializer: events
//! carry the text as written and exact places, and let every limit be ours.

use std::io::Read as _;
use std::path::Path;

use serde_yaml::granit_parser as granit;

use super::diagnostic::Diagnostic;
use super::tree::Builder;
use super::{Node, Source, Span};

/// Bounds on what is read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest file, in octets; aliases may not expand to more text than this either.
    pub bytes: usize,
    /// Deepest nesting.
    pub depth: usize,
    /// Most events of the parser, aliases expanded.
    pub events: usize,
}

impl Default for Limits {
    /// 4 MiB, 32 levels, 200,000 events: ours. The largest file of the suite is below
    /// a tenth of that.
    fn default() -> Self {
        Self {
            bytes: 4 << 20,
            depth: 32,
            events: 200_000,
        }
    }
}

/// Reads one document within the default limits.
///
/// # Errors
///
/// One [`Diagnostic`] for the first syntax error, duplicate key, or limit that was reached.
pub fn parse(source: &Source) -> Result<Node, Diagnostic> {
    parse_within(source, &Limits::default())
}

/// Reads one document from octets that may not be UTF-8.
///
/// # Errors
///
/// As [`parse`]; also for invalid UTF-8, with its place.
pub fn parse_bytes(name: &str, octets: &[u8]) -> Result<(Source, Node), Diagnostic> {
    let source = decode(name, octets)?;
    let node = parse(&source)?;
    Ok((source, node))
}

/// Reads the document in a file; `name` is how messages call it.
///
/// # Errors
///
/// As [`parse_bytes`]; also for a file that is missing, no regular file, unreadable or too large.
pub fn read_file(path: &Path, name: &str) -> Result<(Source, Node), Diagnostic> {
    let source = read_text(path, name)?;
    let node = parse(&source)?;
    Ok((source, node))
}

/// Reads the text of a file; `name` is how messages call it.
///
/// # Errors
///
/// For a file that is missing, no regular file, unreadable, too large, or not UTF-8.
pub fn read_text(path: &Path, name: &str) -> Result<Source, Diagnostic> {
    let refuse =
        |message: String| Diagnostic::new(&Source::new(name, ""), Span::default(), message);
    let describe = |error: std::io::Error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            refuse("no such file".to_owned())
        } else if error.kind() == std::io::ErrorKind::PermissionDenied {
            refuse("permission to read this file is denied".to_owned())
        } else {
            refuse(format!("reading this file: {error}"))
        }
    };
    // A named pipe would block at `open`, so the kind is asked first.
    let metadata = std::fs::metadata(path).map_err(describe)?;
    if metadata.is_dir() {
        return Err(refuse("this is a directory, not a file".to_owned()));
    }
    if !metadata.is_file() {
        return Err(refuse("this is not a regular file".to_owned()));
    }
    let limit = Limits::default().bytes;
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    let mut octets = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut octets))
        .map_err(describe)?;
    decode(name, &octets)
}

/// Turns octets into text; `name` is how messages call their file.
///
/// # Errors
///
/// For too many octets, and those that are not UTF-8, with the place.
pub fn decode(name: &str, octets: &[u8]) -> Result<Source, Diagnostic> {
    let limit = Limits::default().bytes;
    if octets.len() > limit {
        return Err(too_large(&Source::new(name, ""), limit));
    }
    match std::str::from_utf8(octets) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) => {
            let start = error.valid_up_to();
            // The text up to `start` is the same, so that the place stays right.
            let source = Source::new(name, &String::from_utf8_lossy(octets));
            let span = source.span(start..start + char::REPLACEMENT_CHARACTER.len_utf8());
            let octet = octets.get(start).copied().unwrap_or_default();
            let message = format!("octet 0x{octet:02x} is not valid UTF-8; save the file as UTF-8");
            Err(Diagnostic::new(&source, span, message))
        }
    }
}

fn too_large(source: &Source, limit: usize) -> Diagnostic {
    let message = format!("file is larger than the limit of {} KiB", limit / 1024);
    Diagnostic::new(source, Span::default(), message)
}

/// Reads one document within given limits.
///
/// # Errors
///
/// As [`parse`].
pub fn parse_within(source: &Source, limits: &Limits) -> Result<Node, Diagnostic> {
    if source.text.len() > limits.bytes {
        return Err(too_large(source, limits.bytes));
    }
    let mut options = granit::options! {
        disallow_directives: true,
        flow_nesting_limit: limits.depth.saturating_add(1),
        block_nesting_limit: limits.depth.saturating_add(1)
    };
    options.set_emit_comments(false);
    let mut builder = Builder::new(source, *limits);
    for event in granit::Parser::new_from_str_with_options(&source.text, options) {
        match event {
            Ok((event, span)) => builder.take(event, &span)?,
            Err(error) => return Err(builder.refused(&error)),
        }
    }
    match builder.finished() {
        Some(node) if !node.is_null() => Ok(node),
        Some(_) | None => Err(Diagnostic::new(
            source,
            Span::default(),
            "file is empty; expected a mapping",
        )),
    }
}

/// Says in our words what the parser refused, with a hint where one helps.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the crate's own words serve for what is not reworded"
)]
pub(super) fn explain(error: &granit::ScanError) -> (String, Option<&'static str>) {
    use granit::ErrorKind as Kind;
    let (message, hint) = match error.kind() {
        Kind::MappingValueNotAllowed => (
            "`: ` may not stand here".to_owned(),
            Some("quote text that holds `: `"),
        ),
        Kind::InvalidColonPlacement => (
            "`:` may not stand here".to_owned(),
            Some("a bracket or brace that was opened above may not be closed"),
        ),
        Kind::InvalidQuotedScalarIndent => (
            "this line is indented too little for quoted text".to_owned(),
            Some("a quote that was opened above may not be closed"),
        ),
        Kind::UnexpectedCharacter { character } => (
            format!(
                "character `{}` may not begin a value",
                character.escape_debug()
            ),
            Some("quote text that begins with it"),
        ),
        Kind::UnknownAnchor => ("this alias has no anchor before it".to_owned(), None),
        Kind::DirectiveDisallowed => (
            "YAML directives have no meaning here; leave them out".to_owned(),
            None,
        ),
        _ => {
            let text = error.info();
            let tab = text.contains("tab");
            (text.replace('\'', "`"), tab.then_some("indent with spaces"))
        }
    };
    (message, hint)
}
