//! The vocabulary: every probe kind with its arguments and facts.
//!
//! One table drives decoding, the JSON Schema, `quintet facts`, the checking of
//! names and units by `lint`, and what a probe may publish.

pub mod consensus;
pub mod dns;
pub mod edges;
pub mod http;
pub mod iana;
pub mod irr;
pub mod numbers;
pub mod rdap;
pub mod relying_party;
mod rpki_parameters;
pub mod rpki_series;
pub mod rpki_tree;
pub mod rrdp;
pub mod rsync;
pub mod stats;
pub mod tal;
pub mod tcp;
pub mod tls;
pub mod transfer_log;
pub mod transfer_logs;
pub mod whois;
pub mod zone;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::value::Kind;

/// A kind of probe: what it asks and what it publishes.
#[derive(Debug)]
pub struct ProbeKind {
    /// The key in a scenario, such as `rdap`.
    pub name: &'static str,
    /// One sentence: what it does.
    pub summary: &'static str,
    /// What the value of the key itself means, such as `path below the registry's RDAP base URL`.
    pub subject: &'static str,
    /// An example of that value.
    pub example: &'static str,
    /// Further arguments, beside those every probe has ([`COMMON_ARGUMENTS`]).
    pub arguments: &'static [&'static [Argument]],
    /// Facts, beside those every probe has ([`COMMON_FACTS`]).
    pub facts: &'static [&'static [FactSpec]],
    /// The document kind whose rules may be applied `of` this probe; `None` if there is none.
    pub inspector: Option<&'static str>,
}

/// An argument of a probe.
#[derive(Debug)]
pub struct Argument {
    /// The key.
    pub name: &'static str,
    /// What may stand there.
    pub value: ArgumentValue,
    /// What it means, and its default; ends with [`REQUIRED`] if a probe cannot do without it.
    pub meaning: &'static str,
}

/// How the meaning of an argument ends that a probe cannot do without.
pub const REQUIRED: &str = "; required";

impl Argument {
    /// Says whether a probe cannot do without it.
    pub fn is_required(&self) -> bool {
        self.meaning.ends_with(REQUIRED)
    }
}

/// What may stand as the value of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentValue {
    /// Text, with `${…}`.
    Text,
    /// A list of texts, or one text, with `${…}`.
    Texts,
    /// A duration such as `20s`.
    Duration,
    /// A size such as `8 MiB`.
    Bytes,
    /// A whole number.
    Count,
    /// `true` or `false`.
    Flag,
    /// One of some words.
    Word(&'static [&'static str]),
    /// A list of some words, or one of them.
    Words(&'static [&'static str]),
    /// A mapping of texts to texts, with `${…}`.
    Headers,
    /// `none`, or `{ max: 4 }`.
    Redirects,
    /// `{ attempts: 3, first: 2s, max: 30s }`.
    Retry,
    /// A CEL expression that yields true or false.
    Condition,
    /// The name of another probe of the scenario.
    Probe,
    /// The id of a registry, with `${…}`.
    Registry,
}

/// A fact that a probe kind publishes.
#[derive(Debug)]
pub struct FactSpec {
    /// The dotted path; a last component `*` stands for any name, as in `headers.*`.
    pub path: &'static str,
    /// Its kind and unit.
    pub kind: Kind,
    /// What it says, and when it is absent.
    pub meaning: &'static str,
    /// Where its definition comes from; empty for our own.
    pub source: &'static str,
    /// Fields of the records of a fact of kind [`Kind::Records`]; empty otherwise.
    pub fields: &'static [FactSpec],
}

/// All kinds of probes, in the order in which they are documented.
pub const PROBES: &[&ProbeKind] = &[
    &rdap::RDAP,
    &http::HTTP,
    &whois::WHOIS,
    &dns::DNS,
    &tls::TLS,
    &tcp::TCP,
    &edges::EDGES,
    &tal::TAL,
    &rrdp::RRDP,
    &rsync::RSYNC,
    &rpki_tree::RPKI_TREE,
    &consensus::CONSENSUS,
    &rpki_series::RPKI_SERIES,
    &relying_party::RELYING_PARTY,
    &stats::STATS,
    &iana::IANA,
    &irr::IRR,
    &numbers::NUMBERS,
    &transfer_log::TRANSFER_LOG,
    &transfer_logs::TRANSFER_LOGS,
    &zone::ZONE,
];

/// Arguments that every probe has.
pub const COMMON_ARGUMENTS: &[Argument] = &[
    Argument {
        name: "when",
        value: ArgumentValue::Condition,
        meaning: "asks only if this holds; otherwise what reads the probe is not-applicable",
    },
    Argument {
        name: "after",
        value: ArgumentValue::Probe,
        meaning: "asks after that probe has finished; probes that are read in `${…}` or `when` come first anyway",
    },
    Argument {
        name: "timeout",
        value: ArgumentValue::Duration,
        meaning: "time for the whole probe with all its exchanges; default from the target file",
    },
    Argument {
        name: "retry",
        value: ArgumentValue::Retry,
        meaning: "repeats after transport failures only; every attempt is kept; default from the target file",
    },
    Argument {
        name: "family",
        value: ArgumentValue::Word(&["ipv4", "ipv6", "any"]),
        meaning: "forces the address family; default `any`",
    },
    Argument {
        name: "at",
        value: ArgumentValue::Registry,
        meaning: "asks this registry's service instead of the subject's own",
    },
    Argument {
        name: "scope",
        value: ArgumentValue::Word(&["registry", "instances", "shared"]),
        meaning: "`instances` asks a registry once for all instances of the matrix, `shared` asks once for all registries; default `registry`",
    },
];

/// Facts that every probe has.
pub const COMMON_FACTS: &[FactSpec] = &[
    fact(
        "ok",
        Kind::Flag,
        "whether there is a complete answer, whatever it says",
    ),
    fact(
        "failure",
        Kind::Text,
        "kind of failure, such as `timeout` or `body-limit`; empty text if ok",
    ),
    fact("at", Kind::Time, "when the first octet was sent"),
    fact(
        "address",
        Kind::Text,
        "address that answered; absent before a connection",
    ),
    fact(
        "family",
        Kind::Text,
        "`ipv4` or `ipv6`, by the address that answered",
    ),
    fact(
        "timing.total",
        Kind::Duration,
        "from the first octet sent to the last received",
    ),
];

/// Returns the description of a fact of our own without fields.
const fn fact(path: &'static str, kind: Kind, meaning: &'static str) -> FactSpec {
    FactSpec {
        path,
        kind,
        meaning,
        source: "",
        fields: &[],
    }
}

/// Returns the description of a fact whose definition has a source.
const fn sourced(
    path: &'static str,
    kind: Kind,
    meaning: &'static str,
    source: &'static str,
) -> FactSpec {
    FactSpec {
        path,
        kind,
        meaning,
        source,
        fields: &[],
    }
}

/// The facts of each of [`PROBES`] by path, by the kind's address: every read of an expression asks.
static BY_PATH: LazyLock<HashMap<usize, HashMap<&str, &FactSpec>>> = LazyLock::new(|| {
    let by_path = |kind: &'static ProbeKind| {
        let facts = kind.all_facts().map(|fact| (fact.path, fact)).collect();
        (std::ptr::from_ref(kind).addr(), facts)
    };
    PROBES.iter().copied().map(by_path).collect()
});

impl ProbeKind {
    /// Returns the kind with this name; `None` if there is none.
    pub fn named(name: &str) -> Option<&'static Self> {
        PROBES.iter().copied().find(|k| k.name == name)
    }

    /// Iterates over all arguments, common ones last.
    pub fn all_arguments(&self) -> impl Iterator<Item = &'static Argument> {
        self.arguments
            .iter()
            .flat_map(|a| a.iter())
            .chain(COMMON_ARGUMENTS)
    }

    /// Iterates over all facts, common ones last.
    pub fn all_facts(&self) -> impl Iterator<Item = &'static FactSpec> {
        self.facts.iter().flat_map(|f| f.iter()).chain(COMMON_FACTS)
    }

    /// Returns the description of the fact at a path; `None` if no such fact exists.
    ///
    /// `headers.content-type` is found as `headers.*`.
    pub fn fact(&self, path: &str) -> Option<&'static FactSpec> {
        let exact = match BY_PATH.get(&std::ptr::from_ref(self).addr()) {
            Some(by_path) => by_path.get(path).copied(),
            None => self.all_facts().find(|f| f.path == path),
        };
        exact.or_else(|| {
            self.all_facts().find(|f| {
                let rest = f
                    .path
                    .strip_suffix('*')
                    .and_then(|prefix| path.strip_prefix(prefix));
                rest.is_some_and(|rest| !rest.is_empty())
            })
        })
    }

    /// Says whether a path is a group of facts, such as `headers` or `timing`.
    pub fn is_group(&self, path: &str) -> bool {
        self.all_facts().any(|f| {
            f.path
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('.'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_within_a_kind() {
        for kind in PROBES {
            let mut paths: Vec<_> = kind.all_facts().map(|f| f.path).collect();
            let mut names: Vec<_> = kind.all_arguments().map(|a| a.name).collect();
            for list in [&mut paths, &mut names] {
                let all = list.len();
                list.sort_unstable();
                list.dedup();
                assert_eq!(list.len(), all, "{} names something twice", kind.name);
            }
        }
    }

    #[test]
    fn a_header_is_found_by_its_group() {
        let rdap = ProbeKind::named("rdap").unwrap();
        assert_eq!(rdap.fact("headers.content-type").unwrap().path, "headers.*");
        assert!(rdap.fact("headers").is_none() && rdap.is_group("headers"));
        assert!(rdap.fact("stauts").is_none() && !rdap.is_group("stauts"));
    }
}
