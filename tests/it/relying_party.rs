//! The `relying_party` probe: real validators over the mock world say what we say, and where they do not, why.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex};

use jiff::Timestamp;
use quintet::cli::direct::Direct;
use quintet::clock::{Clock as _, FixedClock, RealClock};
use quintet::fact::{Digest, Facts, Key, Observation, Skipped, Value, vocabulary};
use quintet::mock::World;
use quintet::probe::{Argument, Ask, PROBES};
use quintet::transport::live::Live;
use quintet::transport::options::LiveOptions;
use quintet::transport::recorded::Recorded;
use quintet::transport::replaying::Replaying;
use quintet::transport::{Exchange, Recorder, Recording, Transport};

use crate::asking::about;
use crate::folder::Folder;
use crate::mock_world::five;
use crate::oracles::installed;
use crate::rpki_mock::{FAULTS, faulty, left};

/// The current time, once: validators take it from the machine.
fn present() -> Timestamp {
    static PRESENT: LazyLock<Timestamp> = LazyLock::new(|| RealClock::new().now());
    *PRESENT
}

/// Everything an observation is made of.
struct Stage {
    transport: Arc<dyn Transport>,
    tal: String,
    operator: String,
}

impl Stage {
    fn ask(&self, program: &str) -> Observation {
        let clock = FixedClock(present());
        let program = Argument::Text(program.to_owned());
        let ask = Ask {
            arguments: BTreeMap::from([("program", program)]),
            ..about(&self.operator, &self.tal, self.transport.as_ref(), &clock)
        };
        let probe = PROBES.iter().find(|p| p.kind().name == "relying_party");
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(probe.unwrap().ask(ask))
    }
}

/// Keeps exchanges in memory.
#[derive(Debug, Default)]
struct Tape(Mutex<Vec<Exchange>>);

impl Recorder for Tape {
    fn record(&self, exchange: &Exchange) {
        self.0.lock().unwrap().push(exchange.clone());
    }

    fn keep(&self, _: &Digest, _: &bytes::Bytes) {}
}

impl Recording for Tape {
    fn find(&self, _: &Key, step: u32) -> Option<Exchange> {
        let all = self.0.lock().unwrap();
        all.iter().find(|exchange| exchange.step == step).cloned()
    }
}

/// Runs the probe at one registry of a world with programs from some folders, and again over what was recorded.
fn ask_in(path: &str, world: &World, operator: &str, program: &str) -> Observation {
    let spool = Folder::new("relying-party");
    let mut options = LiveOptions::closed(spool.path().to_owned(), BTreeMap::new(), Vec::new());
    options.path = path.to_owned();
    let clock = || Arc::new(FixedClock(present()));
    let live = Live::new(options, clock()).unwrap();
    let direct = Direct::new(world.clone(), clock(), Arc::new(live));
    let tape = Arc::new(Tape::default());
    let tal = world.rpki_plan(operator).unwrap().tal.clone();
    let mut stage = Stage {
        transport: Arc::new(Recorded::new(Arc::new(direct), Arc::clone(&tape) as _)),
        tal,
        operator: operator.to_owned(),
    };
    let seen = stage.ask(program);
    let left = fs::read_dir(spool.path()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
    stage.transport = Arc::new(Replaying::new(tape, clock()));
    assert_eq!(stage.ask(program), seen);
    seen
}

/// Runs the probe with the programs of this machine.
fn ask(world: &World, operator: &str, program: &str) -> Observation {
    let path = std::env::var("PATH").unwrap();
    ask_in(&path, world, operator, program)
}

/// Returns those of the programs that are here; a missing one is told, or a failure where it is required.
fn programs() -> Vec<&'static str> {
    let all = ["rpki-client", "fort"].into_iter();
    all.filter(|program| installed(program)).collect()
}

fn count(seen: &Observation, path: &str) -> i64 {
    match seen.facts.get(path) {
        Some(Value::Count(count)) => *count,
        other => panic!("`{path}` is {other:?} in {:?}", seen.facts),
    }
}

fn records<'a>(seen: &'a Observation, path: &str) -> &'a [Facts] {
    match seen.facts.get(path) {
        Some(Value::Records(records)) => records,
        other => panic!("`{path}` is {other:?}"),
    }
}

fn text(record: &Facts, field: &str) -> String {
    record.get(field).map(Value::to_string).unwrap_or_default()
}

#[test]
fn both_validators_agree_with_us_about_all_five_trust_anchors() {
    let world = five();
    for program in programs() {
        for plan in world.rpki_plans() {
            let seen = ask(&world, &plan.operator, program);
            let name = format!("{program}, {}", plan.operator);
            assert!(seen.is_ok(), "{name}: {:?}", seen.failure);
            let said = plan.payloads();
            let vrps = i64::try_from(said.vrps.len()).unwrap();
            assert_eq!(count(&seen, "vrps.count"), vrps, "{name}");
            assert_eq!(count(&seen, "vrps.ours"), vrps, "{name}");
            assert_eq!(seen.facts.get("agrees"), Some(&Value::Flag(true)), "{name}");
            assert_eq!(count(&seen, "exit"), 0, "{name}");
            assert!(seen.facts.get("version").is_some(), "{name}");
            if program == "rpki-client" {
                let routers = i64::try_from(said.routers.len()).unwrap();
                assert_eq!(count(&seen, "router_keys.count"), routers, "{name}");
            } else {
                assert_eq!(seen.facts.get("router_keys.count"), None, "{name}");
                assert_eq!(seen.facts.get("aspas.count"), None, "{name}");
            }
        }
    }
}

#[test]
fn what_a_fault_costs_us_it_costs_others() {
    for program in programs() {
        for (name, change, without) in FAULTS {
            // A whole publication point, an object, a certificate.
            if !["late-manifest", "revoked", "key-usage"].contains(name) {
                continue;
            }
            let world = faulty(&format!("{{ rpki: {change} }}"));
            let seen = ask(&world, "afrinic", program);
            let name = format!("{program}, {name}");
            assert!(seen.is_ok(), "{name}: {:?}", seen.failure);
            assert_eq!(seen.facts.get("agrees"), Some(&Value::Flag(true)), "{name}");
            let whole = world.rpki_plan("afrinic").unwrap().payloads().vrps.len();
            let left = i64::try_from(whole - without.len()).unwrap();
            assert_eq!(count(&seen, "vrps.count"), left, "{name}");
            assert!(count(&seen, "complaints") > 0, "{name}");
        }
    }
}

/// Makes a program of that name that runs as FORT does, and returns its folder.
fn pretend(name: &str, script: &str) -> Folder {
    let folder = Folder::new("pretended");
    let text = format!(
        "#!/bin/sh\nif [ \"$1\" = --version ] || [ \"$1\" = -V ]; then echo fort 1.5.4; exit; fi\n{script}\n"
    );
    // Another test may start a program while this file is open for writing, and then it is
    // busy there: so it is written by somebody else, who has ended.
    let path = folder.path().join(name);
    let write = "printf '%s' \"$1\" > \"$2\" && chmod 755 \"$2\"";
    let written = Command::new("sh")
        .args(["-c", write, "sh", &text])
        .arg(&path)
        .status();
    assert!(written.unwrap().success());
    folder
}

#[test]
fn a_disagreement_is_told_with_its_objects() {
    // We refuse savanna's first ROA, for it claims more than its certificate has.
    let (_, change, without) = FAULTS.iter().find(|(name, ..)| *name == "beyond").unwrap();
    let world = faulty(&format!("{{ rpki: {change} }}"));
    let found = left(without);
    let own = world.rpki_plan("afrinic").unwrap().payloads().vrps;
    let mut lines = vec!["heading".to_owned()];
    let mut missed = None;
    for (asn, prefix, longest) in own.iter().filter(|vrp| found.contains(*vrp)) {
        let line = format!("AS{asn},{prefix},{longest}");
        // The pretended validator misses the last payload and accepts the ROA all the same.
        lines.extend(missed.replace(line));
    }
    lines.push("AS37100,102.16.0.0/16,20".to_owned());
    lines.push("AS64496,192.0.2.0/24,24".to_owned());
    let said = "ls cache >/dev/null && cat anchor.tal >/dev/null && echo 'x ERR [Validation]: of no object' >&2";
    let script = format!("{said}\ncat > tree/roas.csv <<E\n{}\nE", lines.join("\n"));
    let folder = pretend("fort", &script);
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let seen = ask_in(&path, &world, "afrinic", "fort");
    assert!(seen.is_ok(), "{:?}", seen.failure);
    assert_eq!(seen.facts.get("agrees"), Some(&Value::Flag(false)));
    assert_eq!(count(&seen, "vrps.only_here"), 1);
    assert_eq!(count(&seen, "vrps.only_there"), 2);
    let here = records(&seen, "vrps.only_here_list");
    let (prefix, uri) = (text(&here[0], "prefix"), text(&here[0], "uri"));
    assert!(missed.unwrap().contains(&prefix));
    assert!(uri.ends_with(".roa"), "{uri}");
    let there = records(&seen, "vrps.only_there_list");
    assert_eq!(text(&there[0], "prefix"), "102.16.0.0/16");
    assert_eq!(text(&there[1], "uri"), "", "nothing says it");
    let refused = text(&there[0], "uri");
    let table = records(&seen, "disagreement_list");
    let row = |uri: &str| table.iter().find(|row| text(row, "uri") == uri).unwrap();
    assert_eq!(table.len(), 2);
    assert_eq!(text(row(&uri), "ours"), "accepted");
    assert_eq!(text(row(&uri), "only_here"), "1");
    assert_eq!(text(row(&refused), "ours"), "refused/overclaim");
    assert_eq!(text(row(&refused), "only_there"), "1");
    assert_eq!(
        (count(&seen, "complaints"), text(&seen.facts, "error")),
        (0, "x ERR [Validation]: of no object".to_owned())
    );
    check_vocabulary(&seen);
}

/// Checks that every fact is in the vocabulary, of its kind, and the same after it was written.
fn check_vocabulary(seen: &Observation) {
    let kind = vocabulary::ProbeKind::named("relying_party").unwrap();
    for (path, value) in seen.facts.iter().filter(|(path, _)| *path != "attempts") {
        let spec = kind.fact(path).unwrap_or_else(|| panic!("`{path}`"));
        assert_eq!(spec.kind, value.kind(), "{path}");
        if let Value::Records(records) = value {
            for (field, value) in records.iter().flat_map(Facts::iter) {
                let spec = spec.fields.iter().find(|spec| spec.path == field);
                assert_eq!(spec.unwrap().kind, value.kind(), "{path}.{field}");
            }
        }
    }
    let text = serde_json::to_string(seen).unwrap();
    assert_eq!(&serde_json::from_str::<Observation>(&text).unwrap(), seen);
}

#[test]
fn a_validator_that_gives_up_is_a_failure_of_ours_with_its_last_words() {
    let world = five();
    let folder = pretend(
        "rpki-client",
        "echo first >&2; echo no such user >&2; exit 1",
    );
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let seen = ask_in(&path, &world, "afrinic", "rpki-client");
    let failure = seen.failure.as_ref().unwrap();
    assert_eq!(failure.kind.as_str(), "here");
    assert_eq!(
        failure.detail,
        "`rpki-client` ended with code 1: no such user"
    );
    assert_eq!((count(&seen, "exit"), seen.facts.get("agrees")), (1, None));
    check_vocabulary(&seen);
}

#[test]
fn a_validator_that_takes_too_much_memory_is_refused_it() {
    let world = five();
    let folder = pretend("fort", "ulimit -v >&2; exit 1");
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let seen = ask_in(&path, &world, "afrinic", "fort");
    // In kibibytes; 8 GiB where nothing is said.
    let detail = seen.failure.unwrap().detail;
    assert_eq!(detail, "`fort` ended with code 1: 8388608");
}

#[test]
fn a_missing_validator_is_no_failure() {
    let world = five();
    for program in ["rpki-client", "fort", "routinator"] {
        let folder = Folder::new("nothing");
        let path = folder.path().to_string_lossy();
        let seen = ask_in(&path, &world, "afrinic", program);
        let reason = format!("program `{program}` is not installed");
        assert_eq!(seen.skipped, Some(Skipped::NotApplicable { reason }));
    }
}

/// Runs the scenario at one registry of the mock world, and returns what each check says, by name: the
/// outcome, or that it was only observed.
fn run_by_name(registry: &str, fault: Option<&str>) -> BTreeMap<String, String> {
    let folder = Folder::new("by-name");
    let mut command = Command::new(env!("CARGO_BIN_EXE_quintet"));
    command
        .args(["--suite", concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios")])
        .args(["run", "rpki.relying-party", "--registry", registry])
        .args(["--format", "json", "--out"])
        .arg(folder.path().join("bundle"));
    if let Some(fault) = fault {
        command.args(["--fault", fault]);
    }
    let run = command.output().unwrap();
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{errors}");
    let results: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let told = |check: &serde_json::Value| {
        let text = |name: &str| check[name].as_str().unwrap_or_default().to_owned();
        let id = text("id");
        let differs = text("message").starts_with("observed only");
        let outcome = text("outcome");
        let told = if differs {
            "differs".to_owned()
        } else {
            outcome
        };
        (id.rsplit('/').next().unwrap().to_owned(), told)
    };
    let checks = results["checks"].as_array().unwrap();
    checks.iter().map(told).collect()
}

#[test]
fn the_scenario_asks_the_validators_that_are_installed_and_no_others() {
    let said = run_by_name("afrinic", None);
    for (name, check) in [("fort", "fort"), ("rpki-client", "rpki-client")] {
        let expected = if installed(name) {
            "pass"
        } else {
            "not-applicable"
        };
        assert_eq!(said[check], expected, "{name}");
    }
    assert!(said.values().all(|told| told != "differs"), "{said:?}");
}

#[test]
fn validators_that_make_different_things_of_an_object_are_told_apart() {
    // A binary signing time (RFC 9589, section 4): FORT 1.5.4 and rpki-client 8.2 do not mind, the others refuse the ROA.
    let said = run_by_name("arin", Some("rpki-sig-binary-signing-time"));
    let differs = |check: &str| said[check] == "differs";
    for name in programs() {
        assert!(differs(name), "{name}: {said:?}");
    }
    if programs().len() == 2 {
        assert_eq!(said["fort-and-rpki-client"], "pass");
    }
    // A number with a needless leading zero: FORT takes it.
    let said = run_by_name("ripe-ncc", Some("rpki-sig-der"));
    for name in programs() {
        let expected = if name == "fort" { "differs" } else { "pass" };
        assert_eq!(said[name], expected, "{said:?}");
    }
}
