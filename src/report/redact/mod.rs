//! Redaction: what of an answer may be shown, by lists of what is allowed.
//!
//! What is not known to be harmless is withheld: a list of what is forbidden would have to know all
//! names of persons. So a shown answer has its structure, words of protocols, addresses, numbers of
//! networks and dates, and nothing that a person wrote.

mod json;
mod vocabulary;
mod whois;

pub use vocabulary::is_public;

use crate::report::site::Audience;

/// Largest document that an excerpt is made of, in octets; ours.
const LARGEST: usize = 4 * 1024 * 1024;

/// Largest excerpt, in octets; ours: a reader looks at a screen or two.
pub(super) const LARGEST_EXCERPT: usize = 64 * 1024;

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A JSON document, as of RDAP.
    Json,
    /// An answer of whois.
    Whois,
}

/// How much of an answer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Structure, words of protocols, addresses and dates.
    Protocol,
    /// Also names and texts of networks and of the service, as engineers of registries need them;
    /// nothing of persons either.
    Networks,
}

impl Keep {
    /// Returns how much an audience reads.
    pub const fn of(audience: &Audience) -> Self {
        match audience {
            Audience::Public => Self::Protocol,
            Audience::Ecg | Audience::Registry(_) => Self::Networks,
        }
    }
}

/// An answer as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// What is left of it.
    pub text: String,
    /// Number of values that were withheld.
    pub withheld: u64,
    /// Whether parts were left out because there is too much.
    pub cut: bool,
}

/// Makes an excerpt; `None` of what cannot be read in its form, or is too large: then only its digest says which it was.
pub fn excerpt(octets: &[u8], form: Form, keep: Keep) -> Option<Excerpt> {
    if octets.len() > LARGEST {
        return None;
    }
    let excerpt = match form {
        Form::Json => json::excerpt(octets, keep)?,
        Form::Whois => whois::excerpt(octets)?,
    };
    (excerpt.text.len() <= LARGEST_EXCERPT).then_some(excerpt)
}

/// Says that so many characters are not shown.
fn withheld(text: &str) -> String {
    format!("({} characters withheld)", text.chars().count())
}

#[cfg(test)]
mod tests;
