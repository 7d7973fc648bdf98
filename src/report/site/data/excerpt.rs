//! Excerpts of evidence as files, as an export has them.

use crate::report::site::{Kind, View, evidence, path};

/// Writes a file for each body of which an excerpt may be shown; a key is its digest and how its name ends.
#[derive(Debug)]
pub(super) struct Excerpts;

impl Kind for Excerpts {
    fn keys(&self, view: &View<'_>) -> Vec<String> {
        let shown = evidence::shown(view).into_iter();
        let key = |digest: String| {
            let exhibit = view.exported.exhibit(&digest)?;
            Some(format!("{digest}.{}", exhibit.extension))
        };
        shown.filter_map(key).collect()
    }

    fn path(&self, key: &str) -> String {
        let (digest, extension) = parts(key);
        path::excerpt(digest, extension)
    }

    fn octets(&self, view: &View<'_>, key: &str) -> Vec<u8> {
        let exhibit = view.exported.exhibit(parts(key).0);
        exhibit.map_or_else(Vec::new, |exhibit| exhibit.text.clone().into_bytes())
    }
}

/// Returns the digest of a key, and how the name of the file ends.
fn parts(key: &str) -> (&str, &str) {
    key.rsplit_once('.').unwrap_or((key, "txt"))
}
