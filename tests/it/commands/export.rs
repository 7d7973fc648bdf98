//! `quintet export`: what each audience reads of a bundle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use quintet::audit::Audit;
use quintet::bundle::Bundle;
use quintet::registry::RegistryId;
use quintet::report::export::{embargoed, withhold};
use quintet::report::site::Audience;
use quintet::verdict::Agreement;
use quintet::verdict::results::{ComparisonResult, Results};
use serde_json::Value;

use super::{Done, Own};

/// Runs with something wrong at one registry, and returns the bundle.
fn failing(own: &Own) -> String {
    let bundle = own.bundle("bundle");
    let words = [
        "run",
        "rdap.entities",
        "rdap.networks",
        "whois.agreement",
        "-q",
        "--fault",
        "ripe-no-class",
    ];
    let done = own.quintet(&[&words[..], &["--out", &bundle]].concat());
    assert_eq!(done.code, 1, "{}", done.err);
    bundle
}

fn export(own: &Own, bundle: &str, name: &str, more: &[&str]) -> (Done, String) {
    let out = own.bundle(name);
    let done = own.quintet(&[&["export", bundle, "-o", &out], more].concat());
    (done, out)
}

fn json(folder: &str, name: &str) -> Value {
    let text = fs::read(Path::new(folder).join(name)).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn judging(bundle: &str) -> PathBuf {
    let mut all = fs::read_dir(Path::new(bundle).join("judgements")).unwrap();
    all.next().unwrap().unwrap().path()
}

/// Makes the judging one of a live target, as if registries had answered that.
fn as_if_live(bundle: &str) {
    let folder = judging(bundle);
    let path = folder.join("audit.json");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"kind\":\"mock\""));
    fs::write(
        &path,
        text.replace("\"kind\":\"mock\"", "\"kind\":\"live\""),
    )
    .unwrap();
    quintet::bundle::seal(&folder).unwrap();
}

/// Gathers what cards of an answer say of persons and organizations.
fn of_cards(value: &Value, all: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::Array(card)) = members.get("vcardArray") {
                for property in card.iter().filter_map(Value::as_array).flatten() {
                    let name = property.get(0).and_then(Value::as_str).unwrap_or_default();
                    let said = property.get(3).and_then(Value::as_str).unwrap_or_default();
                    if matches!(name, "fn" | "email" | "tel" | "org") && said.len() > 3 {
                        all.insert(said.to_owned());
                    }
                }
            }
            members.values().for_each(|value| of_cards(value, all));
        }
        Value::Array(items) => items.iter().for_each(|value| of_cards(value, all)),
        _ => {}
    }
}

/// Reads all files of a folder as one text.
fn all_text(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &all_text(&path);
        } else {
            text += &String::from_utf8_lossy(&fs::read(&path).unwrap());
        }
    }
    text
}

#[test]
fn an_export_has_findings_redacted_excerpts_and_digests_and_is_sealed() {
    let own = Own::new("export-mock", &[]);
    let bundle = failing(&own);
    let (done, out) = export(&own, &bundle, "public", &[]);
    assert_eq!(done.code, 0, "{}", done.err);
    let manifest = json(&out, "export.json");
    assert_eq!(manifest["format"], 1);
    assert_eq!(manifest["audience"], "public");
    let excerpts = manifest["excerpts"].as_array().unwrap();
    assert!(!excerpts.is_empty(), "{manifest:#}");
    let evidence = Bundle::open(Path::new(&bundle)).unwrap();
    for shown in excerpts {
        let text =
            fs::read_to_string(Path::new(&out).join(shown["file"].as_str().unwrap())).unwrap();
        assert!(text.contains("withheld"), "{text}");
        let digest: quintet::fact::Digest =
            serde_json::from_value(shown["original"].clone()).unwrap();
        assert!(
            evidence.evidence().has(&digest),
            "the original is in the bundle"
        );
    }
    let results: Results = serde_json::from_value(json(&out, "results.json")).unwrap();
    assert!(
        results
            .checks
            .iter()
            .any(|c| c.id == "rdap.resp.object-class")
    );
    let verified = own.quintet(&["verify", &out]);
    assert_eq!(verified.code, 0, "{}", verified.out);
    // It is replaced by another of its kind, and nothing else is.
    assert_eq!(export(&own, &bundle, "public", &[]).0.code, 0);
    fs::create_dir_all(own.bundle("other")).unwrap();
    fs::write(Path::new(&own.bundle("other")).join("mine"), "x").unwrap();
    let (refused, _) = export(&own, &bundle, "other", &[]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.err.contains("has files and is nothing of the kind"),
        "{}",
        refused.err
    );
    // What was changed after it was exported is found.
    fs::write(Path::new(&out).join("README.md"), "all is well").unwrap();
    let verified = own.quintet(&["verify", &out]);
    assert_eq!(verified.code, 1);
    assert!(
        verified.out.contains("changed: `README.md`"),
        "{}",
        verified.out
    );
}

#[test]
fn nothing_of_persons_is_in_a_public_export_of_live_services() {
    let own = Own::new("export-live", &[]);
    let bundle = failing(&own);
    as_if_live(&bundle);
    let opened = Bundle::open(Path::new(&bundle)).unwrap();
    let mut names = BTreeSet::new();
    for exchange in opened.exchanges().unwrap().into_values() {
        let body = exchange
            .answer
            .as_ref()
            .and_then(quintet::transport::Answer::body);
        let octets = body.and_then(|body| opened.evidence().body(&body.digest));
        if let Some(document) = octets.and_then(|octets| serde_json::from_slice(&octets).ok()) {
            of_cards(&document, &mut names);
        }
    }
    assert!(names.len() > 5, "the world has contacts: {names:?}");
    for (name, audience) in [("public", "public"), ("foreign", "registry:arin")] {
        let (done, out) = export(&own, &bundle, name, &["--audience", audience]);
        assert_eq!(done.code, 0, "{}", done.err);
        let text = all_text(Path::new(&out));
        for said in &names {
            assert!(!text.contains(said.as_str()), "{audience}: {said}");
        }
        let manifest = json(&out, "export.json");
        let excerpts = manifest["excerpts"].as_array().unwrap();
        match audience {
            "public" => assert!(excerpts.is_empty(), "no terms allow excerpts: {manifest:#}"),
            _ => assert!(excerpts.iter().all(|shown| shown["registry"] == "arin")),
        }
        assert!(!manifest["without_excerpt"].as_array().unwrap().is_empty());
        // Whom it asked is told to the registry concerned; a host may have the name of a person.
        for observed in manifest["observations"].as_object().unwrap().values() {
            let is_own = audience == "registry:arin" && observed["subject"] == "arin";
            for answered in observed["answers"].as_array().unwrap() {
                assert!(is_own || answered.get("host").is_none(), "{observed:#}");
            }
        }
    }
    // Engineers read what was found, and no card either.
    let (_, out) = export(&own, &bundle, "ecg", &["--audience", "ecg"]);
    assert!(Path::new(&out).join("report.md").is_file());
    let excerpts = all_text(&Path::new(&out).join("excerpts"));
    assert!(
        excerpts.contains("ip network") || excerpts.contains("entity"),
        "{excerpts}"
    );
    for said in &names {
        assert!(!excerpts.contains(said.as_str()), "ecg: {said}");
    }
}

#[test]
fn unconfirmed_failures_are_in_no_public_count() {
    let own = Own::new("export-counts", &[]);
    let bundle = failing(&own);
    as_if_live(&bundle);
    let audit: Audit =
        serde_json::from_slice(&fs::read(judging(&bundle).join("audit.json")).unwrap()).unwrap();
    // As `decide` would have said of a live target that was seen once.
    let text = serde_json::to_string(&audit).unwrap();
    let path = judging(&bundle).join("audit.json");
    fs::write(&path, text.replace("\"unexpected\"", "\"unconfirmed\"")).unwrap();
    quintet::bundle::seal(&judging(&bundle)).unwrap();
    let (_, out) = export(&own, &bundle, "public", &[]);
    let results: Results = serde_json::from_value(json(&out, "results.json")).unwrap();
    let id = RegistryId::parse("ripe-ncc").unwrap();
    let counts = results.summary.by_registry.of(id.as_str()).unwrap();
    let failed: u64 = counts
        .values()
        .flat_map(|by| by.get(&quintet::verdict::Outcome::Fail))
        .sum();
    assert_eq!(failed, 0, "{counts:?}");
}

#[test]
fn what_a_registry_wants_to_mend_first_is_not_public_before_its_day() {
    let own = Own::new("export-embargo", &[]);
    let bundle = failing(&own);
    let audit: Audit =
        serde_json::from_slice(&fs::read(judging(&bundle).join("audit.json")).unwrap()).unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let read = quintet::scenario::suite::Suite::read(&shipped).unwrap();
    let mut suite = std::sync::Arc::unwrap_or_clone(read);
    let id = RegistryId::parse("ripe-ncc").unwrap();
    let started = audit.run.started;
    assert!(embargoed(&audit, &suite, &Audience::Public, started).is_empty());
    suite
        .registries
        .of_mut("ripe-ncc")
        .unwrap()
        .publication
        .embargo = Some(jiff::SignedDuration::from_hours(48));
    let held = embargoed(&audit, &suite, &Audience::Public, started);
    assert_eq!(held.keys().collect::<Vec<_>>(), [&id]);
    assert!(embargoed(&audit, &suite, &Audience::Ecg, started).is_empty());
    let after = started + jiff::SignedDuration::from_hours(48);
    assert!(embargoed(&audit, &suite, &Audience::Public, after).is_empty());
    let mut public = audit.clone();
    let takes_part =
        |c: &&mut ComparisonResult| !c.is_parameter() && c.roles.contains_key("ripe-ncc");
    let divergent = public
        .results
        .comparisons
        .iter_mut()
        .find(takes_part)
        .unwrap();
    divergent.agreement = Agreement::Divergent;
    let id = divergent.id.clone();
    withhold(&mut public, &held);
    let text = serde_json::to_string(&public.results.checks).unwrap();
    assert!(!text.contains("ripe-ncc"), "{text}");
    for comparison in &public.results.comparisons {
        let text = serde_json::to_string(comparison).unwrap();
        assert!(!text.contains("\"ripe-ncc\""), "{text}");
        assert!(!text.contains("@ripe-ncc"), "{text}");
    }
    let is_left = public
        .results
        .comparisons
        .iter()
        .any(|c| c.id == id && c.agreement == Agreement::Divergent);
    assert!(!is_left, "who differs could be told");
    let mut none = audit.clone();
    withhold(&mut none, &BTreeMap::new());
    assert_eq!(none.results, audit.results);
}

#[test]
fn what_cannot_be_exported_is_told_and_leaves_nothing_that_looks_whole() {
    let own = Own::new("export-refused", &[]);
    let bundle = failing(&own);
    #[track_caller]
    fn refused(own: &Own, bundle: &str, more: &[&str], code: u8, expected: &str) {
        let (done, out) = export(own, bundle, "refused", more);
        assert_eq!(done.code, code, "{}", done.err);
        assert!(done.err.contains(expected), "{}", done.err);
        assert!(!Path::new(&out).exists());
    }
    refused(
        &own,
        &bundle,
        &["--audience", "registry:nobody"],
        2,
        "does not know registry `nobody`",
    );
    refused(&own, "/nowhere", &[], 2, "is not a bundle");
    fs::write(Path::new(&bundle).join("more"), "x").unwrap();
    refused(
        &own,
        &bundle,
        &[],
        1,
        "is not what was sealed: extra: `more`",
    );
    fs::remove_file(Path::new(&bundle).join("more")).unwrap();
    fs::remove_dir_all(Path::new(&bundle).join("judgements")).unwrap();
    refused(&own, &bundle, &[], 2, "was never judged");
}
