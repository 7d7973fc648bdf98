//! The bootstrap inspector: one of IANA's RDAP bootstrap files.
//!
//! Source: RFC 9224, sections 3, 5 and 10.2; RFC 8521, section 3 for object tags, whose
//! services have a list of contacts before the other two.

use serde_json::Value;

use super::{Findings, Seen};
use crate::fact::Inspected;

/// One rule: its id in the catalogue and what reads the file.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The id, such as `rdap.auth.bootstrap-base-slash`.
    pub id: &'static str,
    /// Reports what is there and what is wrong.
    pub look: fn(&File<'_>, &mut Seen),
}

/// All rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "rdap.auth.bootstrap-json",
        look: form,
    },
    Rule {
        id: "rdap.auth.bootstrap-base-slash",
        look: base_slash,
    },
    Rule {
        id: "rdap.auth.bootstrap-https-first",
        look: https_first,
    },
    Rule {
        id: "rdap.auth.bootstrap-lowercase",
        look: lowercase,
    },
    Rule {
        id: "rdap.auth.bootstrap-asn-range",
        look: asn_range,
    },
    Rule {
        id: "rdap.auth.object-tag-complete",
        look: object_tag_complete,
    },
];

/// What the entries of a file are, told by their form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entries {
    Asn,
    Address,
    Tag,
    Domain,
}

/// A bootstrap file.
#[derive(Debug)]
pub struct File<'a> {
    document: &'a Value,
    kind: Entries,
    services: Vec<Service<'a>>,
}

/// One service that can be read: its entries and its URLs, with their places.
#[derive(Debug)]
struct Service<'a> {
    entries: Vec<(String, &'a str)>,
    urls: Vec<(String, &'a str)>,
}

/// Applies every rule to a file.
pub fn inspect(document: &Value) -> Inspected {
    let file = File::read(document);
    let mut findings = Findings::new();
    for rule in RULES {
        findings.run(rule.id, |seen| (rule.look)(&file, seen));
    }
    findings.finish()
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn texts<'a>(value: &'a Value, at: &str) -> Vec<(String, &'a str)> {
    let all = list(Some(value)).iter().enumerate();
    all.filter_map(|(index, item)| Some((format!("{at}/{index}"), item.as_str()?)))
        .collect()
}

impl<'a> File<'a> {
    fn read(document: &'a Value) -> Self {
        let all = list(document.get("services"));
        let tagged = all.iter().any(|service| list(Some(service)).len() == 3);
        let services: Vec<Service<'a>> = all
            .iter()
            .enumerate()
            .filter_map(|(index, service)| {
                let parts = list(Some(service));
                let first = usize::from(parts.len() == 3);
                let (entries, urls) = (parts.get(first)?, parts.get(first + 1)?);
                Some(Service {
                    entries: texts(entries, &format!("/services/{index}/{first}")),
                    urls: texts(urls, &format!("/services/{index}/{}", first + 1)),
                })
            })
            .collect();
        let mut words = services
            .iter()
            .flat_map(|service| &service.entries)
            .map(|(_, word)| *word);
        let kind = if tagged {
            Entries::Tag
        } else if words.clone().any(|word| word.contains('/')) {
            Entries::Address
        } else if words.clone().next().is_some()
            && words.all(|word| word.bytes().all(|b| b.is_ascii_digit() || b == b'-'))
        {
            Entries::Asn
        } else {
            Entries::Domain
        };
        Self {
            document,
            kind,
            services,
        }
    }
}

fn form(file: &File<'_>, seen: &mut Seen) {
    seen.look();
    if file.document.get("version").and_then(Value::as_str) != Some("1.0") {
        let at = if file.document.get("version").is_some() {
            "/version"
        } else {
            ""
        };
        seen.find(at, "the version is not the text `1.0`");
    }
    let publication = file.document.get("publication");
    let is_time = publication
        .and_then(Value::as_str)
        .is_some_and(|text| text.contains('T') && text.parse::<jiff::Timestamp>().is_ok());
    if !is_time {
        let at = if publication.is_some() {
            "/publication"
        } else {
            ""
        };
        seen.find(at, "`publication` is not a date and time of RFC 3339");
    }
    let Some(services) = file.document.get("services").and_then(Value::as_array) else {
        seen.find("", "no array `services`");
        return;
    };
    let parts = if file.kind == Entries::Tag { 3 } else { 2 };
    for (index, service) in services.iter().enumerate() {
        let lists = list(Some(service));
        let fits = lists.len() == parts
            && lists.iter().all(|part| {
                part.as_array()
                    .is_some_and(|items| items.iter().all(Value::is_string) && !items.is_empty())
            });
        if !fits {
            seen.find(
                format!("/services/{index}"),
                format!("not {parts} non-empty arrays of strings"),
            );
        }
    }
}

fn each_url<'a>(file: &'a File<'_>) -> impl Iterator<Item = &'a (String, &'a str)> {
    file.services.iter().flat_map(|service| &service.urls)
}

fn base_slash(file: &File<'_>, seen: &mut Seen) {
    for (at, url) in each_url(file) {
        seen.look();
        if !url.ends_with('/') {
            seen.find(at, "the base URL does not end with `/`");
        }
    }
}

fn https_first(file: &File<'_>, seen: &mut Seen) {
    for (at, url) in each_url(file) {
        seen.look();
        if !url
            .get(..8)
            .is_some_and(|start| start.eq_ignore_ascii_case("https://"))
        {
            seen.find(at, "the base URL is not https");
        }
    }
}

fn lowercase(file: &File<'_>, seen: &mut Seen) {
    for (at, url) in each_url(file) {
        seen.look();
        let host = url
            .split("://")
            .nth(1)
            .and_then(|rest| rest.split('/').next())
            .unwrap_or_default();
        if host
            .chars()
            .any(|c| c.is_ascii_uppercase() || !c.is_ascii())
        {
            seen.find(at, "the host is not a lower-case A-label name");
        }
    }
}

/// Reads `n-m`; a single number is read too, but is not the form.
fn asn_ends(text: &str) -> Option<(u32, u32)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let ends = (first.parse().ok()?, last.parse().ok()?);
    (ends.0 <= ends.1).then_some(ends)
}

fn asn_range(file: &File<'_>, seen: &mut Seen) {
    if file.kind != Entries::Asn {
        return;
    }
    let mut ranges: Vec<(u32, u32, &String)> = Vec::new();
    for (at, entry) in file.services.iter().flat_map(|service| &service.entries) {
        seen.look();
        match asn_ends(entry) {
            Some((first, last)) => ranges.push((first, last, at)),
            None => seen.find(at, "not a range of AS numbers"),
        }
        if !entry.contains('-') {
            seen.find(
                at,
                format!("`{entry}` is not a range; expected `{entry}-{entry}`"),
            );
        }
    }
    ranges.sort_unstable();
    for (earlier, later) in ranges.iter().zip(ranges.iter().skip(1)) {
        if later.0 <= earlier.1 {
            seen.find(later.2, format!("overlaps {}-{}", earlier.0, earlier.1));
        }
    }
}

/// The five registries and the tags that are theirs.
const TAGS: &[&str] = &["AFRINIC", "APNIC", "ARIN", "LACNIC", "RIPE"];

fn object_tag_complete(file: &File<'_>, seen: &mut Seen) {
    if file.kind != Entries::Tag {
        return;
    }
    seen.look();
    for tag in TAGS {
        let listed = file
            .services
            .iter()
            .any(|service| service.entries.iter().any(|(_, entry)| entry == tag));
        if !listed {
            seen.find("/services", format!("no tag `{tag}`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(document: &Value, expected: &[(&str, &str)]) {
        let inspected = inspect(document);
        let seen: Vec<(&str, &str)> = inspected
            .findings
            .iter()
            .map(|finding| {
                (
                    finding.rule.trim_start_matches("rdap.auth."),
                    finding.location.as_str(),
                )
            })
            .collect();
        assert_eq!(seen, expected);
    }

    fn file(services: &Value) -> Value {
        json!({"version": "1.0", "publication": "2026-11-22T00:00:00Z", "services": services})
    }

    #[test]
    fn a_good_file_has_no_finding() {
        check(
            &file(&json!([[["192.0.2.0/24"], ["https://rdap.example/"]]])),
            &[],
        );
        check(
            &file(&json!([[
                ["64496-64511", "64512-64512"],
                ["https://rdap.example/"]
            ]])),
            &[],
        );
    }

    #[test]
    fn urls_and_ranges_are_looked_at_one_by_one() {
        check(
            &file(&json!([[
                ["64496-64511", "64500", "x"],
                ["http://RDAP.example"]
            ]])),
            &[
                ("bootstrap-base-slash", "/services/0/1/0"),
                ("bootstrap-https-first", "/services/0/1/0"),
                ("bootstrap-lowercase", "/services/0/1/0"),
            ],
        );
        check(
            &file(&json!([[
                ["64496-64511", "64500"],
                ["https://rdap.example/"]
            ]])),
            &[
                ("bootstrap-asn-range", "/services/0/0/1"),
                ("bootstrap-asn-range", "/services/0/0/1"),
            ],
        );
    }

    #[test]
    fn what_is_no_file_is_said_once_for_each_part() {
        check(
            &json!({}),
            &[
                ("bootstrap-json", ""),
                ("bootstrap-json", ""),
                ("bootstrap-json", ""),
            ],
        );
        check(
            &file(&json!([[["192.0.2.0/24"]], 7])),
            &[
                ("bootstrap-json", "/services/0"),
                ("bootstrap-json", "/services/1"),
            ],
        );
    }
}
