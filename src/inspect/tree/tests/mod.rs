//! The walk over small trees that are issued here.

mod bounds;
mod build;
mod conformance;
mod failed_fetch;
mod keys;
mod measures;
mod nine_cases;
mod paths;
mod strays;

use super::{Ca, Object, Tree};

/// Returns the CA that publishes in a folder.
#[track_caller]
fn ca<'a>(tree: &'a Tree, folder: &str) -> &'a Ca {
    let end = format!("/{folder}/");
    tree.cas
        .iter()
        .find(|ca| ca.publication_point.ends_with(&end))
        .unwrap()
}

/// Returns the first object with a name.
#[track_caller]
fn object<'a>(tree: &'a Tree, name: &str) -> &'a Object {
    tree.objects.iter().find(|o| &*o.name == name).unwrap()
}

/// Returns what became of an object: `accepted`, `refused/expired`.
#[track_caller]
fn fate(tree: &Tree, name: &str) -> String {
    let outcome = &object(tree, name).outcome;
    outcome.reason().map_or_else(
        || outcome.as_str().to_owned(),
        |reason| format!("{}/{reason}", outcome.as_str()),
    )
}

/// Returns a time of the library as one of ours.
fn engine_stamp(time: rpki::repository::x509::Time) -> jiff::Timestamp {
    super::engine::stamp(time)
}
