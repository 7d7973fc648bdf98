//! Reads a YAML document into a tree of positioned nodes.

use super::{Diagnostic, Node, Source};

/// Bounds on what is read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest file, in octets.
    pub bytes: usize,
    /// Deepest nesting.
    pub depth: usize,
    /// Most events of the parser, aliases expanded.
    pub events: usize,
}

/// Reads one document.
///
/// # Errors
///
/// One [`Diagnostic`] for the first syntax error, duplicate key, or limit that was reached.
pub fn parse(_source: &Source) -> Result<Node, Diagnostic> {
    todo!()
}
