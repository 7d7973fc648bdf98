//! `quintet site` as a person calls it.

use std::fs;
use std::path::Path;

use quintet::bundle::Bundle;
use quintet::cli::run_in;
use quintet::cli::shell::Shell;
use quintet::fact::Digest;
use quintet::verdict::results::Results;

use super::browser::read;
use super::leads_nowhere_else;
use crate::folder::Folder;

/// What a command line did: its code, and what it said.
fn quintet(words: &[&str]) -> (u8, String) {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let (shell, _, err) = Shell::into_buffers(suite);
    let code = run_in(&shell, words).unwrap().code();
    (code, err.text())
}

/// Runs a small part of the suite against the mock world.
fn bundle(folder: &Folder, name: &str, at: &str) -> String {
    let path = folder.path().join(name).to_string_lossy().into_owned();
    let (code, said) = quintet(&[
        "run",
        "rdap.help.*",
        "rdap.help",
        "--at",
        at,
        "--out",
        &path,
    ]);
    assert_eq!(code, 0, "{said}");
    path
}

#[test]
fn a_site_stands_over_bundles_and_replaces_a_site_only() {
    let folder = Folder::new("site");
    let first = bundle(&folder, "first", "2026-11-14T10:00:00Z");
    let second = bundle(&folder, "second", "2026-11-21T10:00:00Z");
    let out = folder.path().join("site");
    let shown = out.to_string_lossy().into_owned();
    let (code, said) = quintet(&["site", &second, &first, "-o", &shown]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.starts_with(&format!("site     {shown}/index.html, ")),
        "{said}"
    );
    assert!(out.join("runs/20261114T100000Z.html").is_file());
    // Again, over the former one, with nothing left beside it.
    let (code, said) = quintet(&["site", &second, "-o", &shown]);
    assert_eq!(code, 0, "{said}");
    assert!(!out.join("runs/20261114T100000Z.html").exists());
    let beside: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(beside.len(), 3, "{beside:?}");
    // A folder with other files is left alone.
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("thesis.txt"), "mine").unwrap();
    let (code, said) = quintet(&["site", &first, "-o", &other.to_string_lossy()]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("has files and is no site"), "{said}");
    assert_eq!(fs::read(other.join("thesis.txt")).unwrap(), b"mine");
    refuses_what_is_not_as_it_was_sealed(&folder, &first);
}

/// Makes a site that must be refused, with a reason.
#[track_caller]
fn refused(folder: &Folder, words: &[&str], expected: &str) {
    let out = folder.path().join("never");
    let (code, said) = quintet(&[&["site", "-o", &out.to_string_lossy()], words].concat());
    assert_eq!(code, 2, "{said}");
    assert!(said.contains(expected), "{said}");
    assert!(!out.exists(), "no site is left that looks whole");
}

fn refuses_what_is_not_as_it_was_sealed(folder: &Folder, bundle: &str) {
    let refused = |words: &[&str], expected: &str| refused(folder, words, expected);
    refused(&[bundle, bundle], "two runs began at");
    refused(
        &[bundle, "--base", "ftp://x"],
        "`ftp://x` is no address of pages",
    );
    refused(
        &[bundle, "--audience", "registry:nobody"],
        "does not know registry `nobody`",
    );
    let nowhere = folder.path().join("never").to_string_lossy().into_owned();
    refused(&[&nowhere], "is not a bundle");
    let judgements = Path::new(bundle).join("judgements");
    let judging = fs::read_dir(&judgements)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let audit = judging.join("audit.json");
    let text = fs::read_to_string(&audit).unwrap();
    fs::write(&audit, text.replacen("pass", "fail", 1)).unwrap();
    refused(&[bundle], "it was changed after it was sealed");
    fs::write(&audit, &text[..text.len() / 2]).unwrap();
    refused(&[bundle], "it was changed after it was sealed");
    fs::remove_dir_all(&judgements).unwrap();
    refused(&[bundle], "was never judged; `quintet judge` does");
}

#[test]
fn findings_lead_to_their_evidence_as_it_was_exported() {
    let folder = Folder::new("site-export");
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (bundle, export, ecg) = (at("bundle"), at("export"), at("ecg"));
    let words = [
        "run",
        "rdap.networks",
        "--fault",
        "ripe-no-class",
        "--out",
        &bundle,
    ];
    assert_eq!(quintet(&words).0, 1);
    assert_eq!(quintet(&["export", &bundle, "-o", &export]).0, 0);
    assert_eq!(
        quintet(&["export", &bundle, "-o", &ecg, "--audience", "ecg"]).0,
        0
    );
    let manifest = fs::read(Path::new(&export).join("export.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let excerpts = manifest["excerpts"].as_array().unwrap();
    assert!(!excerpts.is_empty(), "{manifest:#}");

    // Without an export there is the digest, and where the original is.
    let (plain, out) = (at("plain"), at("site"));
    assert_eq!(quintet(&["site", &bundle, "-o", &plain]).0, 0);
    let plain = read(Path::new(&plain));
    assert!(plain.keys().all(|path| !path.starts_with("evidence/")));
    assert!(
        plain
            .values()
            .any(|text| text.contains("kept in the bundle of the run"))
    );

    let (code, said) = quintet(&["site", &bundle, "-o", &out, "--export", &export]);
    assert_eq!(code, 0, "{said}");
    let files = read(Path::new(&out));
    leads_nowhere_else(&files);
    let others = files
        .iter()
        .filter(|(path, _)| !path.starts_with("evidence/"));
    let others: String = others.map(|(_, text)| text.as_str()).collect();
    for shown in excerpts {
        let original = shown["original"].as_str().unwrap();
        let hex = original.strip_prefix("sha256:").unwrap();
        let page = format!("evidence/{hex}.html");
        assert!(others.contains(&page), "nothing leads to {page}");
        assert!(files[&page].contains(original), "{}", files[&page]);
        let of_export = Path::new(&export).join(shown["file"].as_str().unwrap());
        let text = fs::read_to_string(of_export).unwrap();
        assert_eq!(files[&format!("evidence/{hex}.json")], text);
        let digest = Digest::of(text.as_bytes());
        assert!(files[&page].contains(digest.as_str()));
    }
    refuses_exports_that_are_not_of_this_site(&folder, &bundle, &export, &ecg);
}

/// Returns the links of a part of a page that lead to what a registry's values and verdicts rest on.
fn rests<'t>(text: &'t str, registry: &str) -> Vec<&'t str> {
    let links = text.split("<a class=\"rests\" href=\"").skip(1);
    let links = links.filter_map(|link| link.split('"').next());
    let of = format!("/{registry}.html#");
    links.filter(|link| link.contains(&of)).collect()
}

#[test]
fn every_figure_leads_to_what_it_rests_on_as_it_was_exported() {
    let folder = Folder::new("site-figures");
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (bundle, export, out) = (at("bundle"), at("export"), at("site"));
    let asked = ["rdap.help", "rpki.tal", "rpki.tree/dark-1h", "rpki.service"];
    let words = [&["run"][..], &asked, &["--out", &bundle]].concat();
    assert_eq!(quintet(&words).0, 0);
    assert_eq!(quintet(&["export", &bundle, "-o", &export]).0, 0);
    let (code, said) = quintet(&["site", &bundle, "-o", &out, "--export", &export]);
    assert_eq!(code, 0, "{said}");
    let files = read(Path::new(&out));
    leads_nowhere_else(&files);
    let results = fs::read(Path::new(&export).join("results.json")).unwrap();
    let results: Results = serde_json::from_slice(&results).unwrap();
    let (mut values, mut verdicts) = (0, 0);
    for comparison in results
        .comparisons
        .iter()
        .filter(|c| !c.observations.is_empty())
    {
        let page = &files[&format!("comparisons/{}.html", comparison.id)];
        for member in comparison.groups.iter().flat_map(|group| &group.members) {
            assert!(
                !rests(page, member).is_empty(),
                "{}: {member}",
                comparison.id
            );
            values += 1;
        }
    }
    for check in results.checks.iter().filter(|c| c.operator.is_registry()) {
        let page = &files[&format!("checks/{}.html", check.id)];
        let links = rests(page, check.registry.as_str());
        assert!(!links.is_empty(), "{} at {}", check.id, check.registry);
        verdicts += 1;
    }
    assert!(values >= 50 && verdicts > 100, "{values}, {verdicts}");
    for page in [
        "dark.html",
        "parameters.html",
        "offered.html",
        "expiries.html",
    ] {
        let (table, _) = files[page].rsplit_once("</table>").unwrap();
        for registry in &results.registries {
            assert!(!rests(table, registry.id.as_str()).is_empty(), "{page}");
        }
    }
    // What stands there is what the bundle has.
    let manifest = fs::read(Path::new(&export).join("export.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let opened = Bundle::open(Path::new(&bundle)).unwrap();
    let mut originals = 0;
    for observed in manifest["observations"].as_object().unwrap().values() {
        let (scenario, subject) = (&observed["scenario"], &observed["subject"]);
        let (scenario, subject) = (scenario.as_str().unwrap(), subject.as_str().unwrap());
        let page = &files[&format!("observations/{scenario}/{subject}.html")];
        for answered in observed["answers"].as_array().unwrap() {
            let Some(original) = answered["original"].as_str() else {
                continue;
            };
            assert!(page.contains(original), "{page}");
            let digest: Digest = serde_json::from_value(answered["original"].clone()).unwrap();
            assert!(opened.evidence().has(&digest), "{digest}");
            originals += 1;
        }
    }
    assert!(originals > 20, "{originals}");
}

fn refuses_exports_that_are_not_of_this_site(
    folder: &Folder,
    failing: &str,
    export: &str,
    ecg: &str,
) {
    let refused = |words: &[&str], expected: &str| refused(folder, words, expected);
    refused(
        &[failing, "--export", ecg],
        "is an export for the audience `ecg`, and the site is for `public`",
    );
    refused(&[failing, "--export", failing], "is no export");
    let other = bundle(folder, "other", "2026-11-14T10:00:00Z");
    refused(
        &[&other, "--export", export],
        "which is not among the bundles",
    );
    // What is public may be read by others too.
    let out = folder.path().join("never");
    let shown = out.to_string_lossy().into_owned();
    let words = [
        "site",
        failing,
        "-o",
        &shown,
        "--audience",
        "ecg",
        "--export",
        export,
    ];
    assert_eq!(quintet(&words).0, 0);
    fs::remove_dir_all(&out).unwrap();
    let excerpts = fs::read_dir(Path::new(export).join("excerpts")).unwrap();
    let excerpt = excerpts.map(|e| e.unwrap().path()).next().unwrap();
    fs::write(excerpt, "{}").unwrap();
    refused(&[failing, "--export", export], "is no export");
}
