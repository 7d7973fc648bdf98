//! Plans: overlays, axes, filters, and the order of asking.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use quintet::plan::{Filter, Plan, PlanError, Selection, make, registries};
use quintet::registry::RegistryId;
use quintet::scenario::suite::Suite;
use quintet::scenario::{SuiteFile, read};

fn id(text: &str) -> RegistryId {
    RegistryId::parse(text).unwrap()
}

/// Returns a suite of three registries with two scenarios, one of them negative.
fn suite() -> Suite {
    let registry = |id: &str, samples: &str| {
        format!(
            "registry: {id}\nname: {id}\nrdap: {{ base: \"https://rdap.{id}.net/\" }}\nsamples: {{ {samples} }}\n\
            sources:\n  rdap: {{ source: a page, date: 2026-11-01 }}\n  samples: {{ source: a page, date: 2026-11-01 }}\n"
        )
    };
    let files = [
        ("suite.yaml", "release: \"0.1\"\n".to_owned()),
        ("registries/apnic.yaml", registry("apnic", "ip4: [192.0.2.0/24], ns: ns.example")),
        ("registries/arin.yaml", registry("arin", "ip4: [198.51.100.0/24, 203.0.113.0/24]")),
        ("registries/lacnic.yaml", registry("lacnic", "asn: 1")),
        (
            "targets/lab.yaml",
            "target: lab\nkind: mock\nbootstrap: \"https://boot.test/\"\nregistries:\n  \
            default: { hosts: [shared.test] }\n  apnic: { rdap: { base: \"https://lab.test/\" }, samples: { ip4: [10.0.0.0/8] } }\n  arin: {}\n"
                .to_owned(),
        ),
        ("targets/all.yaml", "target: all\nkind: mock\n".to_owned()),
        (
            "a/first.yaml",
            "scenario: a.first\ntitle: T\nlevel: observe\ntags: [negative]\nprobes: { p: { rdap: help } }\nchecks: [{ id: a, expr: p.ok }]\n"
                .to_owned(),
        ),
        (
            "b/second.yaml",
            "scenario: b.second\ntitle: T\nlevel: proposed\ntags: [rdap]\nmatrix:\n  prefix: \"${registry.samples.ip4}\"\n  \
            where: [\"${registry.samples.ns}\", plain, { text: \"${run.bootstrap}x\", n: 1 }]\n\
            probes: { p: { rdap: \"ip/${prefix}\" } }\nchecks:\n  - { id: a, expr: p.ok }\n  - { id: b, level: observe, expr: p.ok }\n\
            compare: [{ id: c, value: p.ok, rule: equal, level: observe }]\n"
                .to_owned(),
        ),
        (
            "c/third.yaml",
            "scenario: c.third\ntitle: T\nlevel: observe\ntags: [by-name]\nprobes: { p: { rdap: help } }\nchecks: [{ id: a, expr: p.ok }]\n"
                .to_owned(),
        ),
    ];
    let files: Vec<SuiteFile> = files
        .iter()
        .map(|(path, text)| SuiteFile::new(path, path, text))
        .collect();
    let reading = read(&files);
    assert_eq!(reading.errors.render(false), "");
    reading.suite
}

fn plan(target: &str, filter: &str, wanted: &[&str]) -> Result<Plan, PlanError> {
    let suite = suite();
    let selection = Selection {
        filter: (!filter.is_empty()).then(|| Filter::parse(filter).unwrap()),
        registries: wanted.iter().map(|r| id(r)).collect(),
        shard: None,
    };
    make(
        &suite,
        &suite.targets[target],
        &selection,
        "here",
        Timestamp::UNIX_EPOCH,
    )
}

/// Writes a plan as lines: scenario, what is selected, registry, labels.
fn lines(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for planned in &plan.scenarios {
        for (registry, instances) in planned.instances.iter() {
            let selected = planned
                .selected
                .of(registry.as_str())
                .map_or("all".to_owned(), |ids| ids.join("+"));
            let labels: Vec<&str> = instances.iter().map(|i| i.label.as_ref()).collect();
            lines.push(format!(
                "{} {selected} {registry} {}",
                planned.scenario.id,
                labels.join(" ")
            ));
        }
    }
    lines
}

#[test]
fn negative_queries_come_last_and_axes_are_expanded() {
    assert_eq!(
        lines(&plan("lab", "", &[]).unwrap()),
        [
            "b.second all apnic prefix=10.0.0.0/8,where=plain prefix=10.0.0.0/8,where=https://boot.test/x",
            "b.second all arin prefix=198.51.100.0/24,where=plain prefix=198.51.100.0/24,where=https://boot.test/x \
             prefix=203.0.113.0/24,where=plain prefix=203.0.113.0/24,where=https://boot.test/x",
            "a.first all apnic ",
            "a.first all arin ",
        ]
    );
}

#[test]
fn a_registry_without_values_keeps_one_instance_that_says_so() {
    let plan = plan("all", "scenario(b.second)", &["lacnic"]).unwrap();
    assert_eq!(lines(&plan), ["b.second all lacnic "]);
    assert_eq!(plan.registries.len(), 1);
}

#[test]
fn filters_select_ids_and_registries() {
    let selected = |filter: &str| {
        lines(&plan("lab", &format!("({filter}) & scenario(b.second)"), &[]).unwrap())
            .iter()
            .map(|l| l.split(" prefix=").next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        selected("b.second/a - registry(arin)"),
        ["b.second b.second/a apnic"]
    );
    assert_eq!(
        selected("tag(rdap) & !level(observe)"),
        ["b.second b.second/a apnic", "b.second b.second/a arin"]
    );
    assert_eq!(
        selected("by(comparison)"),
        ["b.second b.second/c apnic", "b.second b.second/c arin"]
    );
    assert_eq!(
        selected("area(b)"),
        ["b.second all apnic", "b.second all arin"]
    );
    // Registries may differ in what is selected.
    assert_eq!(
        selected("(id(b.second/a) & registry(apnic)) | (id(b.second/b) & registry(arin))"),
        ["b.second b.second/a apnic", "b.second b.second/b arin"]
    );
    assert!(selected("tag(nothing)").is_empty());
}

#[test]
fn a_scenario_is_planned_once_however_registries_differ_in_what_is_selected() {
    let filter = "(id(b.second/a) & registry(apnic)) | id(b.second/c)";
    let plan = plan("lab", filter, &[]).unwrap();
    let ids: Vec<&str> = plan.scenarios.iter().map(|p| &*p.scenario.id).collect();
    assert_eq!(ids, ["b.second"]);
    let planned = &plan.scenarios[0];
    let selects = |registry: &str, item: &str| planned.selects(&id(registry), &item.into());
    assert!(selects("apnic", "b.second/a") && !selects("arin", "b.second/a"));
    assert!(selects("apnic", "b.second/c") && selects("arin", "b.second/c"));
}

#[test]
fn overlays_change_data_and_replace_samples() {
    let suite = suite();
    let all = registries(&suite, &suite.targets["lab"]);
    let apnic = all.of("apnic").unwrap();
    assert_eq!(
        apnic.data.pointer("/rdap/base").unwrap(),
        "https://lab.test/"
    );
    assert!(apnic.data.pointer("/samples/ns").is_none());
    assert_eq!(apnic.capabilities.get("samples.ns"), Some(&false));
    assert_eq!(apnic.capabilities.get("samples.ip4"), None);
    assert_eq!(apnic.hosts, ["lab.test", "shared.test"]);
    assert_eq!(apnic.setting.bootstrap, "https://boot.test/");
    assert_eq!(
        apnic.setting.registries.pointer("/arin/id").unwrap(),
        "arin"
    );
    assert!(all.of("lacnic").is_none());
}

#[test]
fn an_unknown_registry_is_told_with_those_there_are() {
    let error = plan("lab", "", &["lacnic"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "target `lab` has no registry `lacnic`; it has apnic, arin"
    );
}

#[test]
fn the_shipped_suite_has_a_plan_for_every_target() {
    let suite = Suite::read(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios")).unwrap();
    for target in suite.targets.values() {
        let plan = make(
            &suite,
            target,
            &Selection::default(),
            "here",
            Timestamp::UNIX_EPOCH,
        )
        .unwrap();
        let negative =
            |p: &quintet::plan::PlannedScenario| p.scenario.tags.iter().any(|t| t == "negative");
        let order: Vec<bool> = plan.scenarios.iter().map(negative).collect();
        assert!(order.is_sorted(), "{}", target.name);
        assert!(
            Arc::strong_count(&plan.target) == 1 && !plan.scenarios.is_empty(),
            "{}",
            target.name
        );
    }
}

#[test]
fn what_is_said_of_production_is_read_in_plans_for_live_targets_only() {
    let suite = Suite::read(&crate::whole_suite::folder()).unwrap();
    let state = |target: &str, key: &str| {
        let registries = registries(&suite, &suite.targets[target]);
        let apnic = registries.of("apnic").unwrap();
        let claim = &apnic.data["attested"]["rpki-features"][key];
        claim["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state("live", "tak"), "test-only");
    assert_eq!(state("mock", "tak"), "yes");
    assert_eq!(state("mock", "test_environment"), "unknown");
    let others = suite
        .targets
        .keys()
        .filter(|t| *t != "live" && *t != "mock");
    for target in others {
        assert_eq!(state(target, "tak"), "unknown", "{target}");
    }
}

#[test]
fn a_scenario_that_is_asked_by_name_is_in_no_other_plan() {
    let has = |filter: &str| {
        let plan = plan("all", filter, &[]).unwrap();
        plan.scenarios.iter().any(|p| &*p.scenario.id == "c.third")
    };
    for filter in ["", "**", "c.*", "level(observe)", "tag(by-name)"] {
        assert!(!has(filter), "{filter}");
    }
    for filter in ["c.third", "c.third/a", "b.second | c.third"] {
        assert!(has(filter), "{filter}");
    }
}
