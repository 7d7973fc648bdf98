//! What a registry file says of a registry's RPKI.

use super::keys::{Shape, Table, may, must};

/// Keys of `rpki`.
pub(super) const RPKI: Table = Table {
    name: "RPKI repository",
    about: "Where RPKI objects are published.",
    keys: &[
        may(
            "tal",
            Shape::Url,
            "where its trust anchor locator is served",
        ),
        may(
            "key",
            Shape::Text,
            "SHA-256 of its trust anchor's key (DER of the SubjectPublicKeyInfo), 64 hex digits",
        ),
        may(
            "statement",
            Shape::Url,
            "where its certification practice statement is published",
        ),
        may(
            "extra",
            Shape::List(&Shape::Url),
            "locators of its further trust anchors, for AS0 or for tests, which nobody should take for the production one",
        ),
        may(
            "constraints",
            Shape::Url,
            "where a constraints file for its trust anchor is served, in the form of OpenBSD's rpki-client; the registry's own or that of a validator",
        ),
        may(
            "consensus",
            Shape::Record(&CONSENSUS),
            "where it publishes what a consensus of trust anchors is about (draft-nro-sidrops-ta-constraints)",
        ),
        may(
            "rrdp",
            Shape::List(&Shape::Url),
            "RRDP notification files of the repositories it runs",
        ),
        may(
            "rsync",
            Shape::List(&Shape::Url),
            "rsync modules of the repositories it runs",
        ),
        may(
            "cas",
            Shape::List(&Shape::Record(&CA)),
            "its own authorities and those of national registries below it; all others are members'",
        ),
    ],
};
const CONSENSUS: Table = Table {
    name: "consensus",
    about: "Where a registry publishes states and events of a consensus of trust anchors.",
    keys: &[
        must("name", Shape::Text, "its name in the consensus"),
        must(
            "url",
            Shape::Url,
            "the URL that names of files are put behind, with final slash",
        ),
        must(
            "certificate",
            Shape::Text,
            "name of the certificate of who signs states and events",
        ),
        must("state", Shape::Text, "name of the newest state"),
    ],
};
const CA: Table = Table {
    name: "certification authority",
    about: "A known certification authority.",
    keys: &[
        must("key", Shape::Text, "its key identifier, 40 hex digits"),
        must("name", Shape::Text, "its name for readers"),
        must(
            "role",
            Shape::Word(&["all-resources", "production", "transfer", "nir"]),
            "what it is for",
        ),
    ],
};
