//! Tests of what a host serves by rsync.

use super::*;

fn view(entries: &[(&str, Content)]) -> View {
    let mut module = Module::default();
    for (path, content) in entries {
        let entry = Entry {
            content: content.clone(),
            mode: 0o644,
            time: Timestamp::UNIX_EPOCH,
        };
        module.entries.insert((*path).to_owned(), entry);
    }
    View {
        conduct: Conduct::Serves,
        modules: BTreeMap::from([("repo".to_owned(), module)]),
    }
}

fn paths(fetched: &Fetched) -> Vec<&str> {
    fetched.entries.keys().map(String::as_str).collect()
}

#[test]
fn folders_and_single_files_are_fetched_as_rsync_does() {
    let octets = Content::Octets(Bytes::from_static(b"x"));
    let view = view(&[
        ("a/b/c.roa", octets.clone()),
        ("a/d.cer", octets),
        ("a/p", Content::Pipe),
        ("a/l", Content::Link("d.cer".to_owned())),
    ]);
    for (from, expected) in [
        ("repo/", &["a", "a/b", "a/b/c.roa", "a/d.cer", "a/l"][..]),
        ("repo", &["a", "a/b", "a/b/c.roa", "a/d.cer", "a/l"]),
        ("repo/a/b/", &["c.roa"]),
        ("repo/a/b", &["b", "b/c.roa"]),
        ("repo/a/d.cer", &["d.cer"]),
        ("repo/a/x", &[]),
        ("other/", &[]),
    ] {
        assert_eq!(paths(&view.fetch(from)), expected, "{from}");
    }
    let whole = view.fetch("repo/");
    assert_eq!(whole.output, "skipping non-regular file \"a/p\"\n");
    assert_eq!((whole.exit, view.fetch("repo/x/").exit), (0, 23));
    assert!(
        view.fetch("x/")
            .errors
            .starts_with("@ERROR: Unknown module 'x'\n")
    );
    assert_eq!(view.upload("repo/x").exit, 1);
}

#[test]
fn what_vanishes_is_told_and_not_there() {
    let view = view(&[("a/b.roa", Content::Vanishing)]);
    let fetched = view.fetch("repo/");
    assert_eq!((fetched.exit, paths(&fetched)), (24, vec!["a"]));
    assert!(
        fetched
            .errors
            .starts_with("file has vanished: \"a/b.roa\" (in repo)\n")
    );
}
