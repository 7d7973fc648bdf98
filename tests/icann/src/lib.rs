//! Compares the RDAP inspector with ICANN's checks, finding by finding.
//!
//! The column `peer` of `scenarios/catalog/rdap.yaml` says which of their checks have a
//! counterpart here. What they find in a real answer must be found by us in the same
//! answer, as often as they find it; what is read differently on purpose stands in
//! `EXCEPTIONS` with the reason.

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fmt::Write as _;
    use std::io::Write as _;
    use std::path::{Path, PathBuf};

    use icann_rdap_common::check::CheckClass;
    use icann_rdap_common::check::process::{do_check_processing, get_summaries};
    use icann_rdap_common::response::RdapResponse;
    use quintet::inspect::rdap::{Context, Query, inspect};
    use quintet::mock::{Request, World, answer};
    use quintet::yaml;
    use serde_json::Value;

    /// An answer in which we do not find on purpose what they find.
    #[derive(Debug)]
    struct Exception {
        code: usize,
        why: &'static str,
        is_in: fn(&Value) -> bool,
    }

    const EXCEPTIONS: &[Exception] = &[
        Exception {
            code: 206,
            why: "self links of all objects are the profile's rule, which applies where it is claimed",
            is_in: |document| {
                !document["rdapConformance"]
                    .to_string()
                    .contains("nro_rdap_profile_0")
            },
        },
        Exception {
            code: 206,
            why: "persons put in by a scrubber lost their links to it",
            is_in: |document| document.to_string().contains("\"EXAMPLE-PERSON-"),
        },
    ];

    /// Says whether a finding of theirs is one by the letter of their own description.
    ///
    /// 0206 is said of each link that is no self link, also where a self link stands beside
    /// it; only `…/links`, an object without any link, is an object without self link. 0100
    /// is said of nested entities too where the topmost object is one.
    fn is_sound(code: usize, structure: &str) -> bool {
        match code {
            206 => !structure.ends_with(']'),
            100 => structure.matches('/').count() <= 2,
            _ => true,
        }
    }

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    /// Our ids for each of their codes, from the catalogue; rules on RDAP answers only.
    fn counterparts() -> BTreeMap<usize, Vec<String>> {
        let text = std::fs::read_to_string(root().join("scenarios/catalog/rdap.yaml")).unwrap();
        let mut codes: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        let (mut id, mut is_rule) = ("", false);
        for line in text.lines().map(str::trim) {
            if let Some(found) = line.strip_prefix("- id: ") {
                (id, is_rule) = (found, false);
            } else if line == "by: rule" {
                is_rule = true;
            } else if let Some(list) = line.strip_prefix("peer: [").filter(|_| is_rule) {
                for peer in list.trim_end_matches(']').split(", ") {
                    if let Some(code) = peer.strip_prefix('I').and_then(|code| code.parse().ok()) {
                        codes.entry(code).or_default().push(id.to_owned());
                    }
                }
            }
        }
        assert!(codes.len() > 40, "{} codes", codes.len());
        codes
    }

    /// How often they find each code in a document; `None` if they cannot read it.
    fn theirs(document: &Value) -> Option<BTreeMap<usize, usize>> {
        let response = RdapResponse::try_from(document.clone()).ok()?;
        let checks = do_check_processing(&response, None, None, false);
        let mut codes = BTreeMap::new();
        for summary in get_summaries(&checks, None) {
            if is_sound(summary.code, &summary.structure) {
                *codes.entry(summary.code).or_default() += 1;
            }
        }
        Some(codes)
    }

    /// How often each of our rules finds something in a document.
    fn ours(document: &Value, query: Option<Query>) -> BTreeMap<String, usize> {
        let context = Context {
            query,
            ..Context::default()
        };
        let mut rules = BTreeMap::new();
        for finding in inspect(document, &context).findings {
            *rules.entry(finding.rule.as_ref().to_owned()).or_default() += 1;
        }
        rules
    }

    fn answers() -> Vec<(String, Value)> {
        let Ok(folder) = std::fs::read_dir(root().join("../shared/data/rdap")) else {
            writeln!(
                std::io::stderr(),
                "skipped: no real RDAP answers at ../shared/data/rdap"
            )
            .unwrap();
            return Vec::new();
        };
        let mut answers: Vec<(String, Value)> = folder
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "json")
            })
            .map(|path| {
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                (
                    name,
                    serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap(),
                )
            })
            .filter(|(name, _)| !name.starts_with("iana-bootstrap-"))
            .collect();
        answers.sort_by(|one, other| one.0.cmp(&other.0));
        answers
    }

    #[test]
    fn what_they_find_in_real_answers_is_found_here_too() {
        let counterparts = counterparts();
        let (mut missing, mut compared, mut used) =
            (String::new(), 0, vec![false; EXCEPTIONS.len()]);
        let answers = answers();
        for (name, document) in &answers {
            let Some(theirs) = theirs(document) else {
                continue;
            };
            let ours = ours(document, None);
            for (code, count) in theirs {
                let Some(ids) = counterparts.get(&code) else {
                    continue;
                };
                compared += 1;
                let found: usize = ids.iter().filter_map(|id| ours.get(id)).sum();
                if found >= count {
                    continue;
                }
                let excepted = EXCEPTIONS
                    .iter()
                    .position(|exception| exception.code == code && (exception.is_in)(document));
                match excepted {
                    Some(index) => used[index] = true,
                    None => writeln!(
                        missing,
                        "{name}: I{code:04} {count} times, {ids:?} {found} times"
                    )
                    .unwrap(),
                }
            }
        }
        assert!(missing.is_empty(), "\n{missing}");
        if !answers.is_empty() {
            assert!(compared > 50, "{compared} pairs of file and code");
            for (exception, used) in EXCEPTIONS.iter().zip(used) {
                assert!(
                    used,
                    "an exception that is none: {} {}",
                    exception.code, exception.why
                );
            }
        }
    }

    /// Collects `kind/value` for every sample of a registry that names something to look up.
    fn paths(samples: &Value) -> Vec<String> {
        let kinds = [
            (
                "ip",
                &[
                    "ip4", "ip6", "ip4_host", "ip6_host", "special", "prefix", "partly",
                ][..],
            ),
            ("autnum", &["autnum", "autnum32", "asn"]),
            (
                "domain",
                &[
                    "domain4",
                    "domain4_other",
                    "domain4_below",
                    "domain6",
                    "domain6_other",
                    "domain6_below",
                    "domain",
                ],
            ),
            ("entity", &["entity", "organization"]),
            ("nameserver", &["nameserver"]),
        ];
        let mut paths = vec![
            "help".to_owned(),
            "ip/300.0.0.1".to_owned(),
            "entity/NO-SUCH".to_owned(),
            "entities?fn=*".to_owned(),
            "entities?handle=*".to_owned(),
        ];
        let mut stack: Vec<(&str, &Value)> = vec![("", samples)];
        while let Some((name, value)) = stack.pop() {
            let text = match value {
                Value::Object(members) => {
                    stack.extend(members.iter().map(|(name, value)| (name.as_str(), value)));
                    continue;
                }
                Value::Array(items) => {
                    stack.extend(items.iter().map(|item| (name, item)));
                    continue;
                }
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            if name == "limited" {
                paths.push(text);
            } else if let Some((kind, _)) = kinds.iter().find(|(_, names)| names.contains(&name)) {
                paths.push(format!("{kind}/{text}"));
            }
        }
        paths
    }

    fn class(response: &RdapResponse) -> &'static str {
        match response {
            RdapResponse::Entity(_) => "entity",
            RdapResponse::Domain(_) => "domain",
            RdapResponse::Nameserver(_) => "nameserver",
            RdapResponse::Autnum(_) => "autnum",
            RdapResponse::Network(_) => "network",
            RdapResponse::ErrorResponse(_) => "error",
            RdapResponse::Help(_) => "help",
            _ => "search",
        }
    }

    #[test]
    fn they_find_no_error_in_the_answers_of_the_baseline_world() {
        let world = World::five().unwrap();
        let text = std::fs::read_to_string(root().join("scenarios/targets/mock.yaml")).unwrap();
        let target = yaml::parse(&yaml::Source::new("mock.yaml", &text))
            .unwrap()
            .to_json();
        let (mut wrong, mut read) = (String::new(), 0);
        // Classes of answers per registry, so that none is left out unnoticed.
        let mut classes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for registry in target["registries"].as_object().unwrap().values() {
            let base = registry["rdap"]["base"].as_str().unwrap();
            for path in paths(&registry["samples"]) {
                let request = Request::get(&format!("{base}{path}"));
                let answer = answer(&world, &request, "2026-11-22T00:00:00Z".parse().unwrap());
                let Ok(document) = serde_json::from_slice::<Value>(answer.body.octets()) else {
                    continue;
                };
                let response = match RdapResponse::try_from(document) {
                    Ok(response) => response,
                    Err(error) => {
                        writeln!(wrong, "{base}{path}: not read: {error}").unwrap();
                        continue;
                    }
                };
                read += 1;
                classes.entry(base).or_default().insert(class(&response));
                let checks = do_check_processing(&response, None, None, false);
                let errors = [CheckClass::Std95Error, CheckClass::Cidr0Error];
                for summary in get_summaries(&checks, Some(&errors)) {
                    let (code, place, message) = (summary.code, summary.structure, summary.message);
                    if !is_sound(code, &place) {
                        continue;
                    }
                    writeln!(wrong, "{base}{path}: I{code:04} {place} {message}").unwrap();
                }
            }
        }
        assert!(wrong.is_empty(), "\n{wrong}");
        assert!(read > 60, "{read} answers");
        assert_eq!(classes.len(), 5, "{classes:?}");
        for (base, classes) in classes {
            for wanted in ["network", "autnum", "entity", "domain", "help", "error"] {
                assert!(
                    classes.contains(wanted),
                    "{base} has no {wanted}: {classes:?}"
                );
            }
        }
    }

    #[test]
    fn errors_of_theirs_are_told_from_their_notes() {
        let broken =
            serde_json::json!({"objectClassName": "ip network", "links": [{"rel": "self"}]});
        let response = RdapResponse::try_from(broken).unwrap();
        let checks = do_check_processing(&response, None, None, false);
        assert!(!get_summaries(&checks, Some(&[CheckClass::Std95Error])).is_empty());
    }
}
