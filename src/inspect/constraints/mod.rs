//! Constraints files of trust anchors: which resources may be certified below one.
//!
//! The form is that of OpenBSD's rpki-client, which
//! draft-ietf-sidrops-constraining-rpki-trust-anchors describes: lines with `allow` or
//! `deny` and a prefix, a range of addresses, an AS number or a range of them; comments
//! begin with `#`. What is denied is denied whatever is allowed; where nothing is allowed
//! explicitly, everything else is.
//!
//! Rules are about the file itself, about what a walked tree certifies outside of it, and
//! about what nobody may certify.

mod read;
mod rules;
mod special;

pub use read::{Constraints, Entry, Verb, What, Wrong, read};
pub use rules::{Beside, RULES, Rule, Tally, look};

#[cfg(test)]
mod real {
    use std::path::PathBuf;

    /// Returns the real files beside the crate with their paths; `None`, told, where there are none.
    pub(super) fn files() -> Option<Vec<(PathBuf, super::Constraints)>> {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../shared/data/registry/ta-constraints"
        );
        let Ok(files) = std::fs::read_dir(folder) else {
            eprintln!("skipped: there are no constraints files beside the crate");
            return None;
        };
        let read = files.map(|file| {
            let path = file.unwrap().path();
            let constraints = super::read(&std::fs::read(&path).unwrap());
            (path, constraints)
        });
        Some(read.collect())
    }
}
