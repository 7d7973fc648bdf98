//! Editions: digests of the parts of a suite, so that two judgings can say what changed in between.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fields::Fields as _;
use super::files::{FileKind, SuiteFile};
use super::model::TargetKind;
use super::suite::Suite;
use crate::fact::Digest;
use crate::yaml::Node;

/// Hex digits of a digest that are kept: enough to tell two editions of one file apart.
const DIGITS: usize = 16;

/// Members that explain and decide nothing.
const WORDS: &[&str] = &["title", "why", "sentence", "note", "notes"];

/// Digests of the parts of a suite, by id.
///
/// Comments, places and the words that only explain (`title`, `why`, `sentence`) are not in
/// them: the same digest means the same verdicts for the same observations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Editions {
    /// Scenarios, each with the fragments it uses.
    pub scenarios: BTreeMap<String, String>,
    /// Rows of the catalogue that inspector rules have.
    pub rules: BTreeMap<String, String>,
    /// Registries, each with what is attested of it.
    pub registries: BTreeMap<String, String>,
    /// Targets by name, each with what registries transfer to one another there.
    pub targets: BTreeMap<String, String>,
    /// Ids by the former ids that they replace.
    pub renamed: BTreeMap<String, String>,
}

/// Returns the editions of what was read out of some files.
pub(super) fn editions(files: &[SuiteFile], suite: &Suite) -> Editions {
    let mut editions = Editions {
        renamed: renamed(suite),
        ..Editions::default()
    };
    let fragments: BTreeMap<&str, &Node> = trees(files, FileKind::Fragment)
        .filter_map(|(_, node)| Some((node.text_at("fragment")?, node)))
        .collect();
    for (_, node) in trees(files, FileKind::Scenario) {
        let Some(id) = node.text_at("scenario") else {
            continue;
        };
        let used = node.nodes_at("use").into_iter();
        let used = used.filter_map(|used| fragments.get(used.text_at("fragment")?).copied());
        let digest = digest(std::iter::once(node).chain(used));
        editions.scenarios.insert(id.to_owned(), digest);
    }
    for (_, node) in trees(files, FileKind::Catalog) {
        for entry in node.nodes_at("entries") {
            if let (Some(id), Some("rule")) = (entry.text_at("id"), entry.text_at("by")) {
                editions.rules.insert(id.to_owned(), digest([entry]));
            }
        }
    }
    for (_, node) in trees(files, FileKind::Registry) {
        let Some(id) = node.text_at("registry") else {
            continue;
        };
        let folder = format!("attestations/{id}/");
        let attested = trees(files, FileKind::Attestations);
        let attested = attested.filter(|(file, _)| file.path.starts_with(&folder));
        let parts = std::iter::once(node).chain(attested.map(|(_, node)| node));
        editions.registries.insert(id.to_owned(), digest(parts));
    }
    for (_, node) in trees(files, FileKind::Target) {
        if let Some(name) = node.text_at("target") {
            let policy = policy_of(files, suite, name);
            let parts = std::iter::once(node).chain(policy);
            editions.targets.insert(name.to_owned(), digest(parts));
        }
    }
    editions
}

/// Returns the file of what registries of a target transfer to one another.
fn policy_of<'f>(files: &'f [SuiteFile], suite: &Suite, target: &str) -> Option<&'f Node> {
    let is_live = suite.targets.get(target)?.kind == TargetKind::Live;
    let policy = suite.transfer_policy(target, is_live)?;
    let mut all = trees(files, FileKind::TransferPolicy);
    let own = all.find(|(_, node)| node.text_at("transfer_policy") == Some(&policy.id));
    own.map(|(_, node)| node)
}

/// Iterates over the files of a kind that could be parsed.
fn trees(files: &[SuiteFile], kind: FileKind) -> impl Iterator<Item = (&SuiteFile, &Node)> {
    let files = files.iter().filter(move |file| file.kind() == kind);
    files.filter_map(|file| Some((file, file.tree.as_ref().ok()?)))
}

/// Returns the digest of what some nodes say, without the words that only explain.
fn digest<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> String {
    let mut text = String::new();
    for node in nodes {
        let mut json = node.to_json();
        if let serde_json::Value::Object(members) = &mut json {
            members.retain(|name, _| !WORDS.contains(&name.as_str()));
        }
        text.push_str(&json.to_string());
        text.push('\n');
    }
    let digest = Digest::of(text.as_bytes());
    digest.hex().chars().take(DIGITS).collect()
}

/// Returns all ids by their former ids.
fn renamed(suite: &Suite) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut add = |id: &str, former: &[String]| {
        for old in former {
            all.insert(old.clone(), id.to_owned());
        }
    };
    for scenario in &suite.scenarios {
        add(&scenario.id, &scenario.renamed_from);
        for check in &scenario.checks {
            add(&check.id, &check.basis.renamed_from);
        }
        for comparison in &scenario.compare {
            add(&comparison.id, &comparison.basis.renamed_from);
        }
    }
    for entry in suite.catalog.entries.values() {
        add(&entry.id, &entry.renamed_from);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::read;

    const SCENARIO: &str = "scenario: a.b\ntitle: One\nlevel: observe\nuse:\n  - { fragment: page }\nprobes: { p: { http: x } }\n";
    const FRAGMENT: &str =
        "fragment: page\ntitle: A page\nchecks: [{ id: c, renamed_from: a.b/old, expr: p.ok }]\n";

    fn editions_of(files: &[(&str, &str)]) -> Editions {
        let files: Vec<SuiteFile> = files
            .iter()
            .map(|(path, text)| SuiteFile::new(path, path, text))
            .collect();
        read(&files).suite.editions
    }

    #[test]
    fn words_and_comments_make_no_new_edition_and_fragments_do() {
        let base = editions_of(&[("a/b.yaml", SCENARIO), ("fragments/page.yaml", FRAGMENT)]);
        let words = SCENARIO.replace("title: One", "title: Another # why not");
        let same = editions_of(&[("x/y.yaml", &words), ("fragments/page.yaml", FRAGMENT)]);
        assert_eq!(same.scenarios, base.scenarios);
        let fragment = FRAGMENT.replace("p.ok", "!p.ok");
        let other = editions_of(&[("a/b.yaml", SCENARIO), ("fragments/page.yaml", &fragment)]);
        assert_ne!(other.scenarios, base.scenarios);
        assert_eq!(base.scenarios.len(), 1);
    }

    #[test]
    fn former_ids_lead_to_those_of_today() {
        let scenario = SCENARIO.replace("level:", "renamed_from: z.b\nlevel:");
        let all = editions_of(&[("a/b.yaml", &scenario), ("fragments/page.yaml", FRAGMENT)]);
        let expected = [("a.b/old", "a.b/c"), ("z.b", "a.b")];
        let expected = expected.map(|(old, new)| (old.to_owned(), new.to_owned()));
        assert_eq!(all.renamed, BTreeMap::from(expected));
    }
}
