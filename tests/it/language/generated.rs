//! What is generated from the language: schemas, the reference of facts, the README.

use super::*;

#[test]
fn schemas_are_committed_as_they_are_made() {
    for name in schema_names() {
        let path = root().join(format!("scenarios/schema/{name}.v1.json"));
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == schema_text(name).unwrap(),
            "{name} differs; run `quintet schema --write`"
        );
    }
}

fn schema_of(kind: FileKind) -> Option<&'static str> {
    Some(match kind {
        FileKind::Suite => "suite",
        FileKind::Registry => "registry",
        FileKind::Target => "target",
        FileKind::Catalog => "catalog",
        FileKind::Clauses => "clauses",
        FileKind::Agreement => "agreement",
        FileKind::Allowed => "allowed",
        FileKind::TransferPolicy => "transfer-policy",
        FileKind::Fragment => "fragment",
        FileKind::Policy => "policy",
        FileKind::Waivers => "waivers",
        FileKind::Remarks => "remarks",
        FileKind::Errata => "errata",
        FileKind::Checklist => "checklist",
        FileKind::Attestations => "attestations",
        FileKind::Fault => "fault",
        FileKind::Scenario => "scenario",
        FileKind::World => return None,
    })
}

#[test]
fn schemas_accept_what_the_language_accepts() {
    for name in schema_names() {
        let validator = jsonschema::draft202012::new(&schema(name).unwrap()).unwrap();
        for file in shipped()
            .iter()
            .filter(|f| schema_of(f.kind()) == Some(name))
        {
            let value = file.tree.as_ref().unwrap().to_json();
            let errors: Vec<String> = validator
                .iter_errors(&value)
                .map(|e| format!("{} at {}", e, e.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{}: {errors:?}", file.path);
        }
        assert!(
            !validator.is_valid(&serde_json::json!({ "nonsense": 1 })),
            "{name}"
        );
    }
}

#[test]
fn the_fact_reference_is_committed_as_it_is_made() {
    let (shell, out, _) = Shell::into_buffers(root().join("scenarios"));
    assert_eq!(run_in(&shell, &["facts", "--markdown"]).unwrap(), Exit::Met);
    let committed = std::fs::read_to_string(root().join("docs/facts.md")).unwrap_or_default();
    assert!(
        committed == out.text(),
        "docs/facts.md differs; run `quintet facts --markdown > docs/facts.md`"
    );
}

/// Returns the fenced YAML blocks of a document.
fn blocks(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == "```yaml" {
            let block: Vec<&str> = lines.by_ref().take_while(|l| l.trim() != "```").collect();
            all.push(format!("{}\n", block.join("\n")));
        }
    }
    all
}

#[test]
fn every_block_of_the_readme_is_read_without_mistakes() {
    let text = std::fs::read_to_string(root().join("scenarios/README.md")).unwrap();
    let mut files = shipped();
    let blocks = blocks(&text);
    assert!(blocks.len() >= 6);
    for (number, block) in blocks.iter().enumerate() {
        let first = block
            .lines()
            .find(|l| !l.starts_with('#'))
            .unwrap_or_default();
        let (key, id) = first.split_once(": ").unwrap();
        let folder = match key {
            "scenario" => "readme",
            "fragment" => "fragments",
            "fault" => "worlds/faults",
            other => panic!("block {number} begins with `{other}`"),
        };
        let id = id.split(" #").next().unwrap().trim();
        let path = format!("{folder}/{id}.yaml");
        files.push(SuiteFile::new(
            &path,
            &format!("scenarios/README.md block {}", number + 1),
            block,
        ));
    }
    let reading = read(&files);
    assert_eq!(reading.errors.render(false), "");
    assert_eq!(reading.warnings.render(false), "");
    assert!(
        reading
            .suite
            .faults
            .iter()
            .any(|f| f.fail.contains(&"readme.browsers/media-type".to_owned()))
    );
}
