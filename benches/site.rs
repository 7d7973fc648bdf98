//! The report site: how long it takes to make one, and how long a browser takes to show its largest page.
//!
//! `cargo bench --bench site` takes what a run against the mock world found about RDAP help,
//! repeats it until it has 1,000 checks at five registries, and writes its site into a folder,
//! five times. Then it opens the matrix of 5,000 rows in headless Chromium, where `chromium`
//! and `chromedriver` are installed, and measures until it can be used and until a filter is
//! shown. It is a program to read figures from, not a test.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark prints, measures with the machine's clock, and may die of surprise"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use quintet::audit::Audit;
use quintet::cli::run_in;
use quintet::cli::shell::Shell;
use quintet::report::site::{About, Audience, Cautious, Sealed, Sink, Source, Terms, build};
use quintet::scenario::suite::Suite;

#[path = "../tests/it/site/driver.rs"]
#[expect(dead_code, reason = "tests need more of it")]
mod driver;

/// Times each thing is done; all are shown.
const ROUNDS: usize = 5;

/// Checks of one scenario in what is made up.
const CHECKS: usize = 10;

fn main() {
    let folder = Folder::new();
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let begun = Instant::now();
    let read = Suite::read(&suite).unwrap();
    println!("suite        read in {}", shown(begun.elapsed()));
    let audit = found(&suite, &folder.0);
    let thousand = repeated(&audit, 1_000);
    println!(
        "one run      1,000 checks, {} results, {} comparisons",
        thousand.results.checks.len(),
        thousand.results.comparisons.len()
    );
    for _ in 0..ROUNDS {
        let out = folder.0.join("site");
        drop(fs::remove_dir_all(&out));
        let begun = Instant::now();
        let files = write(thousand.clone(), &read, &out);
        println!("site         {files} files in {}", shown(begun.elapsed()));
    }
    let octets = fs::metadata(folder.0.join("site/index.html"))
        .unwrap()
        .len();
    println!("first page   {octets} octets");
    let rows = repeated(&audit, 5_000);
    let out = folder.0.join("rows");
    write(rows, &read, &out);
    if ["chromium", "chromedriver"].into_iter().all(has) {
        browse(&folder.0, &out.join("matrix.html"));
    } else {
        println!("skipped: chromium or chromedriver is not installed");
    }
}

/// Runs a small part of the suite against the mock world, and returns what was found.
fn found(suite: &Path, folder: &Path) -> Audit {
    let bundle = folder.join("bundle");
    let (shell, _, err) = Shell::into_buffers(suite.to_owned());
    let place = bundle.to_string_lossy().into_owned();
    let code = run_in(
        &shell,
        &["run", "rdap.help", "rdap.help.*", "--out", &place],
    );
    assert_eq!(code.unwrap().code(), 0, "{}", err.text());
    let judging = fs::read_dir(bundle.join("judgements")).unwrap().next();
    let file = judging.unwrap().unwrap().path().join("audit.json");
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

/// Returns an audit with as many checks, each at every registry, and a fifth as many comparisons.
fn repeated(audit: &Audit, checks: usize) -> Audit {
    let mut large = audit.clone();
    let ids: BTreeSet<&String> = audit.results.checks.iter().map(|c| &c.id).collect();
    let ids: Vec<&String> = ids.into_iter().collect();
    large.results.checks.clear();
    for number in 0..checks {
        let id = ids[number % ids.len()];
        let scenario = format!("area{}.made-up-{}", number / 200, number / CHECKS);
        let mut seen = BTreeSet::new();
        for check in audit.results.checks.iter().filter(|c| c.id == *id) {
            if seen.insert(&check.registry) {
                let mut check = check.clone();
                check.id = format!("{scenario}/check-{number}");
                check.scenario.clone_from(&scenario);
                large.results.checks.push(check);
            }
        }
        large
            .scenarios
            .insert(scenario, "Made up for a measurement".to_owned());
    }
    large.results.comparisons.clear();
    for (number, comparison) in (0..checks / 5).zip(audit.results.comparisons.iter().cycle()) {
        let mut comparison = comparison.clone();
        comparison.scenario = format!("area{}.made-up-{}", number / 40, number / 2);
        comparison.id = format!("{}/value-{number}", comparison.scenario);
        large.results.comparisons.push(comparison);
    }
    large
}

/// Writes a site; as `quintet site` does, without reading suite and bundle.
fn write(audit: Audit, suite: &Suite, out: &Path) -> usize {
    let audience = Audience::Public;
    let permits = Cautious::of(&audience, audit.run.kind);
    let terms = Terms {
        audience: &audience,
        permits: &permits,
        security: &BTreeSet::new(),
    };
    let source = Source::of(audit, &terms).unwrap();
    let about = About {
        title: "Five registries, side by side".to_owned(),
        audience: Audience::Public,
        base: String::new(),
        contact: String::new(),
    };
    build(&about, vec![source], suite, &Sealed, &Place(out.to_owned())).unwrap()
}

/// A folder that takes a site.
struct Place(PathBuf);

impl Sink for Place {
    fn put(&self, path: &str, octets: &[u8]) -> io::Result<()> {
        let file = self.0.join(path);
        fs::create_dir_all(file.parent().unwrap())?;
        fs::write(file, octets)
    }
}

/// Measures in the page itself, by its own clock.
fn browse(folder: &Path, page: &Path) {
    let octets = fs::metadata(page).unwrap().len();
    let browser = driver::Browser::start(folder);
    browser.size(1400, 900);
    for _ in 0..ROUNDS {
        browser.open(page, "");
        let times = browser.wait(
            "const painted = () => new Promise((next) => requestAnimationFrame(() => setTimeout(next, 0)));
             const [entry] = performance.getEntriesByType('navigation');
             const rows = document.querySelectorAll('#matrix tbody tr').length;
             const box = document.getElementById('query');
             const said = document.getElementById('shown');
             const begun = performance.now();
             box.value = 'check-49'; box.dispatchEvent(new Event('input'));
             while (!said.textContent) await new Promise((next) => setTimeout(next, 5));
             await painted();
             return [rows, entry.domInteractive, entry.loadEventEnd, performance.now() - begun];",
        );
        let number = |place: usize| times[place].as_f64().unwrap();
        println!(
            "matrix       {octets} octets, {} rows: interactive after {:.0} ms, loaded after {:.0} ms, filtered after {:.0} ms",
            number(0),
            number(1),
            number(2),
            number(3)
        );
    }
}

fn has(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|p| p.join(program).is_file()))
}

fn shown(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1_000.0)
}

/// A folder that is removed with its content.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("quintet-bench-site-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
