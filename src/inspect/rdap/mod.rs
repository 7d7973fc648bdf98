//! The RDAP inspector: one answer of an RDAP service.

use crate::fact::Inspected;

/// What the inspector is told about an answer beside its body.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// What was asked; `None` if it is not known (a file without `--as`).
    pub query: Option<Query>,
    /// The URL that was asked last; `None` for a file.
    pub url: Option<String>,
    /// The status of the answer; `None` for a file.
    pub status: Option<u16>,
    /// Headers by lower-case name; `None` for a file.
    pub headers: Option<Vec<(String, String)>>,
}

/// What was asked of an RDAP service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// `ip/…`: the text behind it, where known.
    Ip(Option<String>),
    /// `autnum/…`
    Autnum(Option<String>),
    /// `domain/…`
    Domain(Option<String>),
    /// `entity/…`
    Entity(Option<String>),
    /// `nameserver/…`
    Nameserver(Option<String>),
    /// `help`
    Help,
    /// A search.
    Search,
    /// A history query.
    History,
    /// An answer with an error status, whatever was asked.
    Error,
}

/// Applies every rule to a document.
pub fn inspect(_document: &serde_json::Value, _context: &Context) -> Inspected {
    Inspected::default()
}
