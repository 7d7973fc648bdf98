//! Rules about one registry of IANA.

use super::{Document, Entry, Form, Kind, Status};
use crate::inspect::Tally;
use crate::resource::{AddressSet, Asn, AsnSet};

/// A rule about one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The id, such as `iana.file.form`.
    pub id: &'static str,
}

const FORM: Rule = Rule {
    id: "iana.file.form",
};
const APART: Rule = Rule {
    id: "iana.file.apart",
};
const WHOLE: Rule = Rule {
    id: "iana.file.whole",
};
const SERVERS: Rule = Rule {
    id: "iana.file.servers",
};
const STATUS: Rule = Rule {
    id: "iana.file.status",
};

/// All rules.
pub const RULES: &[Rule] = &[FORM, APART, WHOLE, SERVERS, STATUS];

/// Applies every rule to a file; places are `PREFIX` and then line and field, such as `12#whois`.
pub fn look(document: &Document, prefix: &str, tally: &mut Tally) {
    let place = |line: usize, field: &str| {
        let mark = if field.is_empty() { "" } else { "#" };
        format!("{prefix}{line}{mark}{field}")
    };
    let form = tally.seen(FORM.id);
    for wrong in &document.wrong {
        form.find(|| place(wrong.line, wrong.field), || wrong.message.clone());
    }
    // Nothing may have come back to IANA, or all of it may have gone again.
    let may_be_empty = matches!(
        document.kind,
        Some(Kind::Ipv4Recovered | Kind::Ipv4Reallocated)
    );
    if document.entries.is_empty() && document.wrong.is_empty() && !may_be_empty {
        form.find(|| place(1, ""), || "the file has no entries".to_owned());
    }
    apart(document, &place, tally);
    whole(document, &place, tally);
    for entry in &document.entries {
        servers(entry, &place, tally);
        status(entry, &place, tally);
    }
}

type Place<'a> = dyn Fn(usize, &str) -> String + 'a;

/// No two blocks of a registry overlap; of what is special, some is part of something else that is.
///
/// What IANA keeps for itself is no block of anybody's: 3ffe::/16, which came back, stands within 3fe0::/11.
fn apart(document: &Document, place: &Place<'_>, tally: &mut Tally) {
    let Some(kind) = document.kind.filter(|kind| !kind.is_special()) else {
        return;
    };
    let found = tally.seen(APART.id);
    let own = |entry: &&Entry| entry.kind == Some(kind) && !entry.asns.is_empty();
    let (mut addresses, mut asns) = (AddressSet::new(), AsnSet::new());
    let field = if document.entries.iter().any(|entry| own(&entry)) {
        "number"
    } else {
        "prefix"
    };
    let kept = |entry: &&Entry| entry.designee() == "IANA" && entry.whois.is_empty();
    for entry in document.entries.iter().filter(|entry| !kept(entry)) {
        let again = (
            entry.addresses.intersect(&addresses),
            entry.asns.intersect(&asns),
        );
        let words = match (again.0.is_empty(), again.1.is_empty()) {
            (true, true) => None,
            (false, _) => Some(again.0.to_string()),
            (true, false) => Some(again.1.to_string()),
        };
        if let Some(words) = words {
            found.find(
                || place(entry.line, field),
                || format!("{words} stands in an earlier entry too"),
            );
        }
        addresses = addresses.union(&entry.addresses);
        asns = asns.union(&entry.asns);
    }
}

/// Registries of a whole number space leave nothing out.
fn whole(document: &Document, place: &Place<'_>, tally: &mut Tally) {
    // Each half of the AS numbers has a CSV file of its own.
    let numbers = match (document.kind, document.form) {
        (Some(Kind::Asns), Form::Csv) => {
            let low = AsnSet::range(Asn(0), Asn(65_535));
            let all = AsnSet::range(Asn(0), Asn(u32::MAX));
            let is_low = document.entries.iter().all(|e| low.covers(&e.asns));
            Some(if is_low { low } else { all.minus(&low) })
        }
        (Some(Kind::Asns), Form::Xml) => Some(AsnSet::range(Asn(0), Asn(u32::MAX))),
        _ => None,
    };
    let addresses: Option<AddressSet> = match document.kind {
        Some(Kind::Ipv4) => "0.0.0.0/0".parse().ok(),
        Some(Kind::Ipv6) => "::/0".parse().ok(),
        _ => None,
    };
    let entries = || document.entries.iter();
    let missing = if let Some(addresses) = addresses {
        let all: AddressSet = entries().map(|entry| entry.addresses.clone()).collect();
        addresses.minus(&all).to_string()
    } else if let Some(numbers) = numbers {
        let all: AsnSet = entries().map(|entry| entry.asns.clone()).collect();
        numbers.minus(&all).to_string()
    } else {
        return;
    };
    let found = tally.seen(WHOLE.id);
    if !missing.is_empty() {
        found.find(|| place(1, ""), || format!("{missing} is in no entry"));
    }
}

/// What is given to a registry has a whois server and an https URL of an RDAP service.
fn servers(entry: &Entry, place: &Place<'_>, tally: &mut Tally) {
    let is_given = match entry.status {
        Some(Status::Allocated | Status::Legacy) => true,
        Some(Status::Reserved | Status::Unallocated | Status::Other) => false,
        None => entry.designation.starts_with("Assigned by "),
    };
    // IANA's own blocks and those of transition techniques are allocated to no registry.
    let is_registry = !entry.whois.is_empty() && entry.whois != "whois.iana.org";
    let has_servers = entry.kind.is_some_and(Kind::delegates);
    if !is_given || !has_servers || (!is_registry && entry.rdap.is_empty()) {
        return;
    }
    let found = tally.seen(SERVERS.id);
    if entry.whois.is_empty() {
        found.find(
            || place(entry.line, "whois"),
            || format!("{} has no whois server", entry.designation),
        );
    }
    let is_https = |url: &String| url.starts_with("https://");
    if !entry.rdap.iter().any(is_https) {
        found.find(
            || place(entry.line, "rdap"),
            || format!("{} has no https URL of an RDAP service", entry.designation),
        );
    }
}

/// A status is one of the four words that the registry explains.
fn status(entry: &Entry, place: &Place<'_>, tally: &mut Tally) {
    let Some(status) = entry.status else {
        return;
    };
    let found = tally.seen(STATUS.id);
    if status == Status::Other {
        found.find(
            || place(entry.line, "status"),
            || "not one of the words `ALLOCATED`, `LEGACY`, `RESERVED`, `UNALLOCATED`".to_owned(),
        );
    }
}
