//! Dated facts: what an observation says of when things end.

use jiff::Timestamp;

use super::value::{Facts, Value};

/// Something that ends, and that somebody must renew before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dated<'a> {
    /// When it ends.
    pub at: Timestamp,
    /// What it is: `trust-anchor`, `ca-certificate`, `manifest`, `crl` or `tls-certificate`.
    pub what: &'a str,
    /// Its URI; of a trust anchor that was refused its key, of a TLS certificate the first name in it.
    pub uri: &'a str,
    /// Its level below the trust anchor; empty outside of the RPKI.
    pub tier: &'a str,
}

/// The word for the certificate of a trust anchor and for its level.
const TRUST_ANCHOR: &str = "trust-anchor";

/// Facts of probes that are the end of something, and the list of records that have one each.
const LIST: &str = "expiry_list";
const ANCHOR: &str = "anchor.not_after";
const LEAF: &str = "leaf.not_after";

impl Facts {
    /// Returns what has an end, in no order.
    pub fn dated(&self) -> Vec<Dated<'_>> {
        let mut all = Vec::new();
        if let Some(Value::Records(records)) = self.get(LIST) {
            all.extend(records.iter().filter_map(|record| {
                Some(Dated {
                    at: record.time("at")?,
                    what: record.text("what"),
                    uri: record.text("uri"),
                    tier: record.text("tier"),
                })
            }));
        }
        // A tree below a trust anchor that was refused lists nothing.
        let is_listed = all.iter().any(|dated| dated.what == TRUST_ANCHOR);
        if let Some(at) = self.time(ANCHOR).filter(|_| !is_listed) {
            all.push(Dated {
                at,
                what: TRUST_ANCHOR,
                uri: self.text("anchor.key"),
                tier: TRUST_ANCHOR,
            });
        }
        if let Some(at) = self.time(LEAF) {
            let first = match self.get("leaf.names") {
                Some(Value::Texts(names)) => names.first().map(AsRef::as_ref),
                Some(_) | None => None,
            };
            all.push(Dated {
                at,
                what: "tls-certificate",
                uri: first.unwrap_or_else(|| self.text("leaf.subject")),
                tier: "",
            });
        }
        all
    }

    fn time(&self, path: &str) -> Option<Timestamp> {
        match self.get(path) {
            Some(Value::Time(at)) => Some(*at),
            Some(_) | None => None,
        }
    }

    /// Returns a text; empty if there is none.
    fn text(&self, path: &str) -> &str {
        match self.get(path) {
            Some(Value::Text(text)) => text,
            Some(_) | None => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Kind, vocabulary};

    #[test]
    fn what_is_read_is_in_the_vocabulary() {
        let specs = || {
            vocabulary::PROBES
                .iter()
                .flat_map(|p| p.facts.iter().copied().flatten())
        };
        let of = |path: &str| {
            let found = specs().find(|spec| spec.path == path);
            found.unwrap_or_else(|| panic!("no probe publishes `{path}`"))
        };
        for (path, kind) in [
            (ANCHOR, Kind::Time),
            ("anchor.key", Kind::Text),
            (LEAF, Kind::Time),
            ("leaf.names", Kind::Texts),
            ("leaf.subject", Kind::Text),
        ] {
            assert_eq!(of(path).kind, kind, "{path}");
        }
        let list = of(LIST).fields;
        for (path, kind) in [
            ("at", Kind::Time),
            ("what", Kind::Text),
            ("uri", Kind::Text),
            ("tier", Kind::Text),
        ] {
            let field = list.iter().find(|spec| spec.path == path);
            assert_eq!(field.map(|spec| spec.kind), Some(kind), "{path}");
        }
    }
}
