//! The site in headless Chromium: pages load without complaint, the filter works by keyboard, and
//! axe-core finds nothing against WCAG 2.1, levels A and AA, in either color scheme.
//!
//! With `QUINTET_SCREENSHOTS=DIR` pictures of every kind of page are written at three widths.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::driver::Browser;
use super::{files, two};
use crate::folder::Folder;
use crate::oracles::installed;

/// Widths at which pages are looked at: a phone, half a screen, a screen.
const WIDTHS: [u32; 3] = [360, 800, 1400];

/// Highest picture that is taken, in pixels.
const HIGHEST: u32 = 2600;

/// Keys as WebDriver names them.
const TAB: &str = "\u{e004}";
const ESCAPE: &str = "\u{e00c}";

/// Returns axe-core, where `npm ci` has brought it, as `docs/site.md` says; says so where it has not.
fn axe() -> Option<String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("axe");
    let place = target.join("node_modules/axe-core/axe.min.js");
    let found = fs::read_to_string(&place).ok();
    if found.is_none() {
        let required = std::env::var_os("QUINTET_ORACLES").is_some_and(|v| v == "required");
        assert!(!required, "axe-core is required and not installed");
        writeln!(std::io::stderr(), "skipped: axe-core is not installed").unwrap();
    }
    found
}

/// A site in a folder, and a browser.
struct Shown {
    browser: Browser,
    folder: Folder,
    /// One page of each kind, the largest.
    pages: Vec<String>,
}

impl Shown {
    fn new() -> Option<Self> {
        if !installed("chromedriver") || !installed("chromium") {
            return None;
        }
        let folder = Folder::new("browser");
        let site = match std::env::var_os("QUINTET_SITE") {
            Some(place) => read(Path::new(&place)),
            None => files(two(), "ecg"),
        };
        for (path, text) in &site {
            let place = folder.path().join(path);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, text).unwrap();
        }
        let pages = kinds(&site);
        let browser = Browser::start(folder.path());
        Some(Self {
            browser,
            folder,
            pages,
        })
    }

    fn file(&self, page: &str) -> PathBuf {
        self.folder.path().join(page)
    }
}

/// Reads a site that was made before.
pub(super) fn read(place: &Path) -> BTreeMap<String, String> {
    let mut site = BTreeMap::new();
    let mut open = vec![place.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path
                    .strip_prefix(place)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                site.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    site
}

/// Returns one page of each kind: those that stand alone, and of each folder its list and the largest other.
fn kinds(site: &BTreeMap<String, String>) -> Vec<String> {
    let mut kinds: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for (path, text) in site.iter().filter(|(path, _)| path.ends_with(".html")) {
        let kind = match path.split_once('/') {
            Some((folder, rest)) if rest != "index.html" => folder,
            Some(_) | None => path,
        };
        let own = (text.len(), path.as_str());
        let kept = kinds.entry(kind).or_insert(own);
        *kept = own.max(*kept);
    }
    kinds
        .into_values()
        .map(|(_, path)| path.to_owned())
        .collect()
}

#[test]
fn every_kind_of_page_loads_without_complaint_and_axe_finds_nothing() {
    let Some(shown) = Shown::new() else {
        return;
    };
    let axe = axe();
    let browser = &shown.browser;
    let mut wrong = String::new();
    for page in &shown.pages {
        browser.size(1400, 900);
        browser.open(&shown.file(page), "");
        // A page that a phone must move sideways is hard to read; wide tables move within themselves.
        browser.size(360, 740);
        let wide = browser.run("return document.documentElement.scrollWidth;");
        if wide.as_u64().is_none_or(|wide| wide > 360) {
            writeln!(wrong, "{page}: {wide} pixels wide on a phone").unwrap();
        }
        if let Some(axe) = &axe {
            browser.run(axe);
            for (scheme, width) in [("light", 1400), ("dark", 1400), ("dark", 360)] {
                browser.scheme(scheme);
                browser.size(width, 900);
                for violation in violations(browser) {
                    writeln!(wrong, "{page}, {scheme}, {width}: {violation}").unwrap();
                }
            }
            browser.scheme("light");
        }
        for line in browser.console() {
            writeln!(wrong, "{page}: the console says {line}").unwrap();
        }
        if let Some(place) = std::env::var_os("QUINTET_SCREENSHOTS") {
            pictures(browser, page, Path::new(&place));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(shown.pages.len() > 20, "{:?}", shown.pages);
    the_filter_works_by_keyboard(&shown);
    a_page_can_be_read_without_script(&shown);
}

fn violations(browser: &Browser) -> Vec<String> {
    let found = browser.wait(
        "const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
         const found = await axe.run(document, { runOnly: tags, resultTypes: ['violations'], preload: false });
         return found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html + ' ' + n.failureSummary).join(' | ')}`);",
    );
    let found = found.as_array().unwrap();
    found.iter().map(Value::to_string).collect()
}

fn pictures(browser: &Browser, page: &str, place: &Path) {
    fs::create_dir_all(place).unwrap();
    let name = page.trim_end_matches(".html").replace('/', "-");
    for width in WIDTHS {
        for scheme in ["light", "dark"] {
            browser.scheme(scheme);
            browser.size(width, 900);
            let path = place.join(format!("{name}-{width}-{scheme}.png"));
            browser.picture(&path, width, HIGHEST);
        }
    }
    browser.scheme("light");
}

fn the_filter_works_by_keyboard(shown: &Shown) {
    let browser = &shown.browser;
    browser.size(1400, 900);
    let matrix = shown.file("matrix.html");
    browser.open(&matrix, "");
    browser.press(TAB);
    let first = browser.run("return document.activeElement.textContent;");
    assert_eq!(
        first, "To the content",
        "the first stop leads past the navigation"
    );
    let rows = "return [...document.querySelectorAll('#matrix tr:not(.scenario)')].filter((r) => r.querySelector('td') && r.offsetHeight > 0).length;";
    let all = browser.run(rows).as_u64().unwrap();
    browser.press("/");
    let focused = browser.run("return document.activeElement.id;");
    assert_eq!(focused, "query");
    browser.press("outcome:fail");
    browser.until("location.hash === '#q=outcome%3Afail'");
    let said = browser.run("return document.getElementById('shown').textContent;");
    let kept = browser.run(rows).as_u64().unwrap();
    assert_eq!(said, format!("{kept} of {all} rows"));
    assert!(0 < kept && kept < all, "{kept} of {all}");
    // The address keeps what was typed.
    browser.open(&matrix, "#q=outcome%3Afail");
    assert_eq!(browser.run(rows).as_u64().unwrap(), kept);
    browser.press("/");
    browser.press(ESCAPE);
    browser.until("location.hash === ''");
    assert_eq!(browser.run(rows).as_u64().unwrap(), all);
    assert_eq!(browser.console(), Vec::<String>::new());
}

fn a_page_can_be_read_without_script(shown: &Shown) {
    let browser = &shown.browser;
    browser.scripts(false);
    browser.open(&shown.file("matrix.html"), "#q=outcome%3Afail");
    let hidden = "return [...document.querySelectorAll('#matrix tr')].filter((r) => r.offsetHeight === 0).length;";
    assert_eq!(browser.run(hidden), 0, "every row is shown");
    let form = browser.run("return document.getElementById('filter').offsetHeight;");
    assert_eq!(form, 0, "a box that does nothing is not shown");
    browser.scripts(true);
}
