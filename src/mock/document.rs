//! An answer in the making: a document tree and headers, before they become octets.

use serde_json::{Map, Value};

use super::decode::words;
use super::request::{Body, Wire};

/// A JSON object in the making.
pub(super) type Object = Map<String, Value>;

words! {
    /// What was asked, or what came of it: what a fault can be pinned to.
    pub Kind {
        /// Answers to `ip/…`.
        Ip = "ip",
        /// Answers to `autnum/…`.
        Autnum = "autnum",
        /// Answers to `domain/…`.
        Domain = "domain",
        /// Answers to `entity/…`.
        Entity = "entity",
        /// Answers to `nameserver/…`.
        NameServer = "nameserver",
        /// Answers to `help`.
        Help = "help",
        /// Answers to searches.
        Search = "search",
        /// Answers with a status from 400, whatever was asked.
        Error = "error",
        /// Answers with a status from 300 to 399, whatever was asked.
        Redirect = "redirect",
        /// IANA's bootstrap files.
        Bootstrap = "bootstrap",
        /// Ordinary pages.
        Page = "page",
        /// Trust anchor locators.
        Tal = "tal",
        /// Certificates of trust anchors.
        TrustAnchor = "trust-anchor",
        /// Constraints files of trust anchors.
        Constraints = "constraints",
        /// States and events of a consensus of trust anchors.
        Distribution = "distribution",
        /// RRDP notification files.
        Notification = "notification",
        /// RRDP snapshots.
        Snapshot = "snapshot",
        /// RRDP deltas.
        Delta = "delta",
        /// Everything of the RPKI.
        Rpki = "rpki",
        /// Files of a registry's file host: statistics, logs.
        File = "file",
        /// Files of IANA.
        Iana = "iana",
        /// Everything but the RPKI and published files.
        All = "all",
    }
}

impl Kind {
    /// Says whether it is a kind of answer of the RPKI.
    pub(super) const fn is_rpki(self) -> bool {
        matches!(
            self,
            Self::Tal
                | Self::TrustAnchor
                | Self::Constraints
                | Self::Distribution
                | Self::Notification
                | Self::Snapshot
                | Self::Delta
                | Self::Rpki
        )
    }

    /// Says whether it is a kind of answer that a change applies to only where it says so.
    pub(super) const fn is_set_apart(self) -> bool {
        self.is_rpki() || matches!(self, Self::File | Self::Iana)
    }
}

/// An answer in the making.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Draft {
    /// What was asked.
    pub(super) asked: Kind,
    /// Status code.
    pub(super) status: u16,
    /// Headers, names in lower case.
    pub(super) headers: Vec<(String, String)>,
    /// What the body will be.
    pub(super) content: Content,
    /// How it goes over the wire.
    pub(super) wire: Wire,
}

/// What a body will be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    /// No body.
    Nothing,
    /// A document.
    Json(Value),
    /// Octets as they are; the flag says whether they may be compressed.
    Octets(Body, bool),
}

impl Draft {
    /// Returns an answer without body.
    pub(super) const fn empty(asked: Kind, status: u16) -> Self {
        Self {
            asked,
            status,
            headers: Vec::new(),
            content: Content::Nothing,
            wire: Wire::Plain,
        }
    }

    /// Returns an answer with a document.
    pub(super) fn json(asked: Kind, status: u16, object: Object) -> Self {
        Self {
            content: Content::Json(Value::Object(object)),
            ..Self::empty(asked, status)
        }
    }

    /// Returns an answer with text of a media type.
    pub(super) fn text(asked: Kind, media_type: &str, text: String) -> Self {
        let mut draft = Self::empty(asked, 200);
        draft.set_header("content-type", media_type);
        draft.content = Content::Octets(Body::Whole(text.into_bytes()), true);
        draft
    }

    /// Sets a header, replacing one that is there.
    pub(super) fn set_header(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        match self.headers.iter_mut().find(|(n, _)| n == name) {
            Some(header) => header.1 = value,
            None => self.headers.push((name.to_owned(), value)),
        }
    }

    /// Says what came of it: an error, a redirect, or an answer to what was asked.
    pub(super) const fn kind(&self) -> Kind {
        match self.status {
            300..=399 => Kind::Redirect,
            400.. => Kind::Error,
            _ => self.asked,
        }
    }
}

/// Returns the reason phrase of the IANA registry for a status code.
pub(super) const fn reason_phrase(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        _ => "Error",
    }
}
