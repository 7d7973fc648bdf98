//! Guides in `docs/`: their files are read, and their commands run as they stand there.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::folder::{Folder, copy};

/// A guide of the project.
fn guide(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

/// Returns the fenced blocks of a language, in their order.
pub(crate) fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let parts = text.split(&fence).skip(1);
    parts
        .map(|part| part.split("```").next().unwrap().to_owned())
        .collect()
}

/// A folder in which somebody works, with the shipped suite and the program on its path.
pub(crate) struct Workplace(Folder);

impl Workplace {
    pub(crate) fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        copy(&shipped, &folder.path().join("scenarios"));
        let bin = folder.path().join("bin");
        std::fs::create_dir_all(&bin).unwrap();
        let program = env!("CARGO_BIN_EXE_quintet");
        std::os::unix::fs::symlink(program, bin.join("quintet")).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs a script in a shell; returns its exit code and what it said.
    pub(crate) fn sh(&self, script: &str) -> (i32, String) {
        let path = std::env::var("PATH").unwrap_or_default();
        let bin = self.path().join("bin");
        let done = Command::new("sh")
            .args(["-ec", script])
            .current_dir(self.path())
            .env("PATH", format!("{}:{path}", bin.display()))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
        (done.status.code().unwrap_or(-1), said.into_owned())
    }

    /// Runs a script that must end well.
    #[track_caller]
    pub(crate) fn ends_well(&self, script: &str) -> String {
        let (code, said) = self.sh(script);
        assert_eq!(code, 0, "{script}\n{said}");
        said
    }
}

#[test]
fn the_guide_to_baselines_is_true() {
    let text = guide("baselines.md");
    let place = Workplace::new("guide-baselines");
    let scenario = blocks(&text, "yaml").remove(0);
    place.write("scenarios/example/help.yaml", &scenario);
    place.ends_well("quintet lint");
    let console = blocks(&text, "console");
    place.ends_well(&console[0]);
    let accepted = place.path().join("snapshots/mock/apnic/example.help.snap");
    assert!(!accepted.exists(), "the example is no scenario of RDAP");
    let said = place.ends_well("quintet run 'rdap.help' --out build/second");
    assert!(said.contains("10 unchanged"), "{said}");
    // With the terms reworded something waits, and is shown.
    let (code, said) =
        place.sh("quintet run rdap.help --fault apnic-terms-reworded --out build/third");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("1 changed"), "{said}");
    let said = place.ends_well(&console[1]);
    assert!(
        said.contains("service. Ask before you use the data."),
        "{said}"
    );
    assert!(
        said.contains("with faults [\"apnic-terms-reworded\"]"),
        "{said}"
    );
}

/// Returns a file of the project.
fn project(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_way_from_a_run_to_a_page_is_true() {
    let text = guide("audit.md");
    let console = blocks(&text, "console");
    assert_eq!(
        console.len(),
        5,
        "a step was added and is not looked at here"
    );
    let place = Workplace::new("guide-audit");
    let read = |path: &str| std::fs::read_to_string(place.path().join(path)).unwrap();
    // Monday: all is well, and what was seen is accepted.
    let said = place.ends_well(&console[0]);
    assert!(said.contains("Gate met"), "{said}");
    assert!(
        place
            .path()
            .join("snapshots/mock/apnic/rdap.help.snap")
            .is_file()
    );
    // Tuesday: the gate stops it, and what drifted is apart from that.
    let (code, said) = place.sh(&console[1]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("Gate not met: "), "{said}");
    assert!(
        said.contains("rdap.authority/redirects-what-moved"),
        "{said}"
    );
    assert!(said.contains("1 changed"), "{said}");
    // What changed, and with what.
    let said = place.ends_well(&console[2]);
    let regressed = said.to_lowercase();
    assert!(regressed.contains("regressed"), "{said}");
    assert!(
        said.contains("rdap.authority/redirects-what-moved"),
        "{said}"
    );
    assert!(said.contains("apnic-redirect-withheld"), "{said}");
    // The first screen, the feeds, and the registry's page.
    place.ends_well(&console[3]);
    let first = read("build/site/index.html");
    let changed = first.split("What changed since").nth(1).unwrap();
    assert!(changed.contains("redirects-what-moved"), "{changed}");
    assert!(changed.contains("APNIC"), "{changed}");
    let entry = "APNIC: rdap.authority/redirects-what-moved[kind=ip]: regressed";
    for feed in ["feed.atom", "registries/apnic.atom"] {
        let feed = read(&format!("build/site/{feed}"));
        assert!(feed.contains(entry), "{feed}");
    }
    assert!(!read("build/site/registries/arin.atom").contains(entry));
    let page = read("build/site/registries/apnic.html");
    assert!(page.contains("redirects-what-moved"), "{page}");
    let other = read("build/site/registries/arin.html");
    assert!(
        !other.contains("rdap.authority/redirects-what-moved"),
        "{other}"
    );
    // And afterwards.
    let said = place.ends_well(&console[4]);
    assert!(said.contains("accepted  "), "{said}");
    let accepted = read("snapshots/mock/apnic/rdap.help.snap");
    assert!(
        accepted.contains("Ask before you use the data."),
        "{accepted}"
    );
}

/// Returns words of the guide to gates that name an option of `run` or `judge`.
fn options_of(text: &str) -> std::collections::BTreeSet<String> {
    let words = text.split(|c: char| c.is_whitespace() || "`\"'(),=|".contains(c));
    let options = words.filter(|w| w.starts_with("--") && w.len() > 3);
    options.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_guide_to_gates_is_true() {
    let world = crate::mock_world::five();
    let served = crate::mock_serve::serve(world, &quintet::mock::serve::Options::default()).await;
    let place = Workplace::new("guide-gate");
    // A pipeline has no suite beside the program: the one within is taken.
    std::fs::remove_dir_all(place.path().join("scenarios")).unwrap();
    let resolver = format!("\naccess:\n  resolver: \"{}\"\n", served.dns()[0]);
    let target = crate::commands::outside(place.path(), &served)
        .replace("target: outside", "target: staging")
        .replace("\naccess:\n", &resolver);
    place.write("staging.yaml", &target);
    let ran = tokio::task::spawn_blocking(move || gated(&place)).await;
    served.shutdown().await.unwrap();
    ran.unwrap();
}

/// Runs the commands of the guide to gates.
fn gated(place: &Workplace) {
    let console = blocks(&guide("gate.md"), "console");
    assert_eq!(
        console.len(),
        5,
        "a step was added and is not looked at here"
    );
    place.ends_well("quintet run 'tag(release-gate)' --out build/production -q");
    let said = place.ends_well(&console[0]);
    assert!(said.contains("embedded"), "{said}");
    let said = place.ends_well(&console[1]);
    assert!(said.contains("Comparisons include AFRINIC, ARIN"), "{said}");
    let said = place.ends_well(&console[2]);
    assert!(said.contains("Compared with production"), "{said}");
    place.ends_well(&console[3]);
    place.ends_well(&console[4]);
    for file in ["junit.xml", "results.sarif", "summary.md"] {
        assert!(
            place.path().join("build/reports").join(file).is_file(),
            "{file}"
        );
    }
    // A suite of one's own over the one within.
    place.write("gate/suite.yaml", "release: \"0.1\"\nextends: embedded\n");
    let own = "policy: default\ntitle: Ours\ngate: should\n";
    place.write("gate/policies/default.yaml", own);
    place.ends_well("quintet --suite gate lint");
}

#[test]
fn examples_of_pipelines_are_yaml_and_call_what_there_is() {
    let place = Workplace::new("guide-pipelines");
    let help = place.ends_well("quintet run --help; quintet report --help; quintet --help");
    for path in ["docs/gate/github.yml", "docs/gate/gitlab.yml"] {
        let text = project(path);
        let source = quintet::yaml::Source::new(path, &text);
        let tree = quintet::yaml::parse(&source).unwrap_or_else(|e| panic!("{e}"));
        assert!(tree.get("jobs").is_some() || tree.get("registry-gate").is_some());
        let calls: Vec<&str> = text
            .lines()
            .filter(|l| !l.trim_start().starts_with('#'))
            .collect();
        assert!(calls.iter().any(|l| l.contains("quintet run")), "{path}");
        for option in options_of(&calls.join("\n")) {
            assert!(help.contains(&option), "{path}: {option}");
        }
        for format in ["junit", "sarif", "summary"] {
            assert!(text.contains(&format!("-f {format}")), "{path}: {format}");
            assert!(quintet::report::named(format).is_some());
        }
    }
    for option in options_of(&guide("gate.md")) {
        let of_others = ["--locked", "--profile", "--target", "--rm", "--user"];
        let is_known = help.contains(&option) || of_others.contains(&option.as_str());
        assert!(is_known, "docs/gate.md: {option}");
    }
    // The image is built as the guide says.
    let image = project("Containerfile");
    for words in [
        "+crt-static",
        "--profile dist",
        "x86_64-unknown-linux-gnu/dist/quintet",
    ] {
        assert!(
            image.contains(words) && guide("gate.md").contains(words),
            "{words}"
        );
    }
    assert!(project("Cargo.toml").contains("[profile.dist]"));
}
