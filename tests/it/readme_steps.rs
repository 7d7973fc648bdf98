//! The steps of `scenarios/README.md`, done as somebody does who has read nothing else.
//!
//! Files and commands come out of the text itself: a block is written where the text before it
//! says, and a command is run as it stands there, in a folder with a copy of the shipped suite.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use quintet::verdict::Outcome;
use quintet::verdict::results::Results;
use quintet::yaml::parse_bytes;

use crate::folder::{Folder, copy};
use crate::mock_faults::names;
use crate::whole_suite::folder;

const CHECK: &str = "readme.browsers/media-type";

/// The section with the steps.
fn section() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/README.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, section) = text.split_once("## Add a check and its fault").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    section.to_owned()
}

/// Texts in backticks outside of blocks, in order.
fn inline(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// A YAML block with the path that the text before it names last.
fn files(section: &str) -> Vec<(String, String)> {
    let mut parts = section.split("```");
    let mut before = String::new();
    let mut files = Vec::new();
    while let Some(text) = parts.next() {
        before.push_str(text);
        let Some(block) = parts.next() else { break };
        let block = block.strip_prefix("yaml\n").unwrap();
        let named = inline(&before);
        let mut paths = named
            .iter()
            .rev()
            .filter(|t| t.starts_with("scenarios/") && t.ends_with(".yaml") && !t.contains('*'));
        files.push(((*paths.next().unwrap()).to_owned(), block.to_owned()));
    }
    files
}

/// The commands of the section, without those that have a placeholder.
fn commands(section: &str) -> Vec<String> {
    let prose: String = section.split("```").step_by(2).collect();
    let all = inline(&prose);
    let whole = all
        .iter()
        .filter(|t| t.starts_with("quintet ") && !t.contains(|c: char| c.is_ascii_uppercase()));
    whole.map(|t| (*t).to_owned()).collect()
}

/// A folder in which somebody works.
struct Workplace(Folder);

impl Workplace {
    fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        copy(&shipped, &folder.path().join("scenarios"));
        Self(folder)
    }

    fn write(&self, (path, text): &(String, String)) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        let first = text.lines().next().unwrap();
        let schema = first.split_once("$schema=").unwrap().1;
        let schema = path.parent().unwrap().join(schema);
        assert!(schema.is_file(), "{first}");
    }

    /// Runs a command of the text and returns its exit code and what it said.
    #[track_caller]
    fn run(&self, command: &str, code: i32) -> String {
        let words = command.strip_prefix("quintet ").unwrap().split(' ');
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(env!("CARGO_BIN_EXE_quintet"))
            .args(words)
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let said = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(code), "{command}\n{said}");
        said
    }

    /// Returns the verdicts of the only bundle, and removes it.
    fn results(&self) -> Results {
        let reports = self.0.path().join("reports");
        let mut pending = vec![reports.clone()];
        let mut found = Vec::new();
        while let Some(folder) = pending.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    pending.push(path);
                } else if path.ends_with("results.json") {
                    found.push(path);
                }
            }
        }
        let [path] = found.as_slice() else {
            panic!("{found:?}");
        };
        let results = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        std::fs::remove_dir_all(reports).unwrap();
        results
    }
}

fn ids_with(results: &Results, outcome: Outcome) -> BTreeSet<(&str, &str)> {
    let own = results.checks.iter().filter(|c| c.operator.is_registry());
    let all = own.filter(|c| c.outcome == outcome);
    all.map(|c| (c.id.as_str(), c.registry.as_str())).collect()
}

#[test]
fn the_steps_of_the_readme_lead_to_a_check_and_its_fault() {
    let section = section();
    let files = files(&section);
    let [check, fault] = files.as_slice() else {
        panic!("{files:?}");
    };
    let commands = commands(&section);
    let [lint, run, faulty, coverage, explain] = commands.as_slice() else {
        panic!("{commands:?}");
    };
    let folder = Workplace::new("readme-steps");

    folder.write(check);
    let said = folder.run(lint, 0);
    assert!(said.contains("no mistakes"), "{said}");
    folder.run(run, 0);
    let results = folder.results();
    assert_eq!(ids_with(&results, Outcome::Pass).len(), 5);
    assert!(results.checks.iter().all(|c| c.id == CHECK));
    // Until there is a fault, nothing proves the check.
    let said = folder.run(coverage, 2);
    assert!(said.contains(CHECK), "{said}");

    folder.write(fault);
    folder.run(lint, 0);
    let said = folder.run(faulty, 1);
    assert!(said.contains(CHECK), "{said}");
    let results = folder.results();
    // At the fault's registry: a machine that does many things at once may be late elsewhere.
    let mut failed = ids_with(&results, Outcome::Fail);
    failed.retain(|(_, registry)| *registry == "arin");
    assert_eq!(failed, BTreeSet::from([(CHECK, "arin")]));
    folder.run(coverage, 0);
    let said = folder.run(explain, 0);
    assert!(said.contains("readme-browser-gets-text"), "{said}");
}

/// What stands in `change` of the shipped faults is in the table of the text, by kind.
#[test]
fn the_table_of_changes_has_what_faults_use() {
    let section = section();
    let row = |kind: &str| {
        let begins = format!("| `{kind}` |");
        let row = section.lines().find(|line| line.starts_with(&begins));
        row.unwrap_or_else(|| panic!("no row for `{kind}`"))
    };
    // Those that say when a change applies stand before the table.
    let (before, _) = section.split_once("| kind |").unwrap();
    let mut seen = BTreeSet::new();
    for name in names() {
        let path = folder().join(format!("worlds/faults/{name}.yaml"));
        let octets = std::fs::read(&path).unwrap();
        let (_, node) = parse_bytes(&name, &octets).unwrap();
        for entry in node.get("change").unwrap().entries().unwrap() {
            let items = entry.value.items();
            let items = items.unwrap_or(std::slice::from_ref(&entry.value));
            for item in items {
                for key in item.entries().unwrap_or_default() {
                    seen.insert((entry.key.clone(), key.key.clone()));
                }
            }
        }
    }
    assert!(seen.len() > 40, "{}", seen.len());
    for (kind, key) in seen {
        let word = format!("`{key}`");
        let in_edit = format!("{{ {key}:");
        let row = row(&kind);
        assert!(
            row.contains(&word) || row.contains(&in_edit) || before.contains(&word),
            "`{key}` of `{kind}`"
        );
    }
}

#[test]
fn a_fault_that_does_not_fit_the_world_is_a_mistake_of_its_file() {
    let folder = Workplace::new("readme-misfit");
    let fault = "# yaml-language-server: $schema=../../schema/fault.v1.json
fault: other-name
title: a network has another name
registry: ripe-ncc
change:
  world:
    - { set: /registries/ripe-ncc/networks/sub-assignment/nam, to: X }
expects:
  fail: [rdap.http.methods/get]
";
    let path = "scenarios/worlds/faults/other-name.yaml".to_owned();
    folder.write(&(path.clone(), fault.to_owned()));
    let said = folder.run("quintet lint", 2);
    assert!(said.contains(&format!("{path}:6:3")), "{said}");
    assert!(said.contains("did you mean `name`?"), "{said}");

    // What the mock alone reads is told too; it was passed over in silence.
    let fault = fault.replace(
        "{ set: /registries/ripe-ncc/networks/sub-assignment/nam, to: X }",
        "{ sett: /a, to: X }",
    );
    folder.write(&(path.clone(), fault));
    let said = folder.run("quintet lint", 2);
    let words = format!("{path}:7:9: unknown key `sett`; did you mean `set`?");
    assert!(said.contains(&words), "{said}");
}
