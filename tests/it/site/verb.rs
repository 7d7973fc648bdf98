//! `quintet site` as a person calls it.

use std::fs;
use std::path::Path;

use quintet::cli::run_in;
use quintet::cli::shell::Shell;

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

fn refuses_what_is_not_as_it_was_sealed(folder: &Folder, bundle: &str) {
    let out = folder.path().join("never");
    let shown = out.to_string_lossy().into_owned();
    let refused = |words: &[&str], expected: &str| {
        let (code, said) = quintet(&[&["site", "-o", &shown], words].concat());
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(expected), "{said}");
        assert!(!out.exists(), "no site is left that looks whole");
    };
    refused(&[bundle, bundle], "two runs began at");
    refused(
        &[bundle, "--base", "ftp://x"],
        "`ftp://x` is no address of pages",
    );
    refused(
        &[bundle, "--audience", "registry:nobody"],
        "does not know registry `nobody`",
    );
    refused(&[&shown], "is not a bundle");
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
