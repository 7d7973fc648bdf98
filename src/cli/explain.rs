//! `quintet explain`: what an id wants, why, what it rests on, and which fault proves it.

use super::exit::Exit;
use super::shell::Shell;
use super::suite::{self, Page, clause_url, registries, wrap};
use crate::plan::{Item, items_of};
use crate::scenario::model::{Condition, Scenario};
use crate::scenario::suite::{Agreement, Entry, FaultNote, Suite, Tested};
use crate::verdict::By;
use crate::verdict::results::Place;
use crate::yaml::nearest;

/// Explains a rule, check, comparison, scenario or fault
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet explain rdap.link.self-type        an inspector's rule
  quintet explain rdap.help/answers          a check of a scenario
  quintet explain rdap.help                  a scenario with everything it demands
  quintet explain apnic-no-cors              a fault of the mock world")]
pub struct Args {
    /// The id, or one of before under which it was known
    id: String,
}

/// Column at which values begin.
const INDENT: usize = 14;

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    let Some(suite) = suite::read(shell) else {
        return Exit::Usage;
    };
    let writer = Writer {
        shell,
        page: Page::of(shell),
        suite: &suite,
        width: shell.width.map_or(100, usize::from).clamp(60, 120),
    };
    if writer.explain(&args.id) {
        return Exit::Met;
    }
    if let Some(successor) = successor(&suite, &args.id) {
        shell.note(&format!("`{}` is now `{successor}`", args.id));
        writer.explain(&successor);
        return Exit::Met;
    }
    shell.error(&format!("unknown id `{}`", args.id));
    let known = known(&suite);
    match nearest(&args.id, known.iter().copied()) {
        Some(near) => shell.hint(&format!("did you mean `{near}`?")),
        None => shell.hint("`quintet list` shows all ids"),
    }
    Exit::Usage
}

fn known(suite: &Suite) -> Vec<&str> {
    let mut known: Vec<&str> = suite.catalog.entries.keys().map(AsRef::as_ref).collect();
    for scenario in &suite.scenarios {
        known.push(&scenario.id);
        known.extend(items_of(suite, scenario).iter().map(|i| i.id.as_ref()));
    }
    known.extend(suite.faults.iter().map(|f| f.name.as_str()));
    known
}

/// Returns the id that took the place of a former one.
fn successor(suite: &Suite, id: &str) -> Option<String> {
    for scenario in &suite.scenarios {
        if scenario.renamed_from.iter().any(|old| old == id) {
            return Some(scenario.id.to_string());
        }
        for item in items_of(suite, scenario) {
            if item.basis.renamed_from.iter().any(|old| old == id) {
                return Some(item.id.to_string());
            }
        }
    }
    None
}

struct Writer<'a> {
    shell: &'a Shell,
    page: Page,
    suite: &'a Suite,
    width: usize,
}

impl Writer<'_> {
    /// Prints what is known of an id; says whether anything is.
    fn explain(&self, id: &str) -> bool {
        let mut found: Vec<Item<'_>> = Vec::new();
        for scenario in &self.suite.scenarios {
            found.extend(
                items_of(self.suite, scenario)
                    .into_iter()
                    .filter(|i| i.id.as_ref() == id),
            );
        }
        if let Some(item) = found.first() {
            self.item(item, &found);
            return true;
        }
        if let Some(scenario) = self.suite.scenarios.iter().find(|s| s.id.as_ref() == id) {
            self.scenario(scenario);
            return true;
        }
        if let Some(entry) = self.suite.catalog.entries.get(id) {
            self.entry(entry);
            return true;
        }
        if let Some(fault) = self.suite.faults.iter().find(|f| f.name == id) {
            self.fault(fault);
            return true;
        }
        false
    }

    fn heading(&self, id: &str, words: &str, title: &str) {
        self.shell.line(&format!(
            "{}  {}",
            self.page.strong(id),
            self.page.faint(words)
        ));
        if !title.is_empty() {
            self.shell
                .line(&format!("  {}", wrap(title, self.width, 2)));
        }
        self.shell.line("");
    }

    fn field(&self, name: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let gap = " ".repeat((INDENT - 2).saturating_sub(name.chars().count()));
        let text = wrap(text, self.width, INDENT);
        self.shell
            .line(&format!("  {}{gap}{text}", self.page.label(name)));
    }

    /// Shows a command on one line, so that it can be copied.
    fn command(&self, text: &str) {
        let gap = " ".repeat(INDENT - 2 - "try".len());
        let line = format!("  {}{gap}{text}", self.page.label("try"));
        self.shell.line(&line);
    }

    fn place(&self, place: &Place) {
        self.field("written", &format!("{}:{}", place.file, place.line));
    }

    fn item(&self, item: &Item<'_>, uses: &[Item<'_>]) {
        let words = format!(
            "{}, level {}, operator {}",
            item.by, item.basis.level, item.basis.operator
        );
        self.heading(item.id, &words, item.title);
        let scenario = item.scenario;
        if item.by != By::Rule {
            self.field("why", &scenario.why);
        }
        match item.by {
            By::Check => self.demands(scenario, item.id),
            By::Comparison => self.compares(scenario, item.id),
            By::Rule => {
                self.field("applies", item.basis.applies.as_deref().unwrap_or_default());
                let used: Vec<String> = uses.iter().map(|u| u.scenario.id.to_string()).collect();
                self.field("used by", &used.join(", "));
            }
        }
        self.clauses(&item.basis.refs);
        for id in item
            .basis
            .covers
            .iter()
            .filter(|id| id.as_str() != item.id.as_ref())
        {
            let sentence = self
                .suite
                .catalog
                .entries
                .get(id.as_str())
                .map_or("", |e| &e.sentence);
            self.field("covers", &format!("{id}: {sentence}"));
        }
        let mut asked: Vec<_> = uses
            .iter()
            .flat_map(|u| u.registries().iter().cloned())
            .collect();
        asked.sort();
        asked.dedup();
        self.field("registries", &registries(&asked, self.suite));
        let entries = item
            .basis
            .covers
            .iter()
            .filter_map(|id| self.suite.catalog.entries.get(id.as_str()));
        let (mut answers, mut peers) = (Vec::new(), Vec::new());
        for entry in entries {
            answers.extend(entry.covers.iter().map(String::as_str));
            peers.extend(entry.peer.iter().map(String::as_str));
        }
        self.field("answers", &answers.join(", "));
        self.field("other tools", &peers.join(", "));
        self.field("cause", item.basis.cause.as_deref().unwrap_or_default());
        self.field("since", item.basis.since.as_deref().unwrap_or_default());
        self.field("formerly", &item.basis.renamed_from.join(", "));
        self.place(item.place);
        self.proof(item.id, item.basis.level.can_fail());
    }

    fn demands(&self, scenario: &Scenario, id: &str) {
        let Some(check) = scenario.checks.iter().find(|c| c.id.as_ref() == id) else {
            return;
        };
        if let Some(when) = &check.when {
            self.field("when", when.text());
        }
        match &check.condition {
            Condition::Expect(lines) => lines.iter().for_each(|l| self.field("expects", &l.text)),
            Condition::Expression { expression, .. } => self.field("expects", expression.text()),
        }
        let requires: Vec<&str> = check.requires.iter().map(AsRef::as_ref).collect();
        self.field("requires", &requires.join(", "));
        let needs: Vec<&str> = scenario
            .needs
            .iter()
            .chain(&check.needs)
            .map(|n| n.name.as_str())
            .collect();
        self.field("needs", &needs.join(", "));
    }

    fn compares(&self, scenario: &Scenario, id: &str) {
        let Some(comparison) = scenario.compare.iter().find(|c| c.id.as_ref() == id) else {
            return;
        };
        self.field("compares", comparison.value.text());
        if let Some(when) = &comparison.when {
            self.field("when", when.text());
        }
        let across = comparison
            .across
            .as_ref()
            .map(|a| format!(" across `{a}` within each registry"));
        self.field(
            "rule",
            &format!("{}{}", comparison.rule.as_str(), across.unwrap_or_default()),
        );
        self.field(
            "needs",
            &format!("{} participants", comparison.min_participants),
        );
    }

    fn clauses(&self, refs: &[String]) {
        for reference in refs {
            let (name, section) = reference.split_once('#').unwrap_or((reference, ""));
            if let Some(agreement) = self.suite.agreements.get(name) {
                self.agreement(agreement);
                continue;
            }
            let Some(document) = self.suite.clauses.documents.get(name) else {
                self.field("clause", reference);
                continue;
            };
            let known = document.sections.get(section);
            let title = known.map(|s| s.title.as_str()).filter(|t| !t.is_empty());
            let verified = known
                .and_then(|s| s.verified)
                .map(|d| format!(", verified {d}"));
            let whole = match (section, title) {
                ("", _) => document.title.clone(),
                (number, Some(title)) => format!("{}, section {number}: {title}", document.title),
                (number, None) => format!("{}, section {number}", document.title),
            };
            self.field(
                "clause",
                &format!("{whole}{}", verified.unwrap_or_default()),
            );
            self.shell.line(&format!(
                "{}{}",
                " ".repeat(INDENT),
                clause_url(document, section)
            ));
        }
    }

    fn agreement(&self, agreement: &Agreement) {
        let parties = registries(&agreement.parties, self.suite);
        self.field(
            "agreement",
            &format!(
                "{} (since {}, binds {parties}): {}",
                agreement.id, agreement.since, agreement.text
            ),
        );
        self.field("recorded", &agreement.recorded);
    }

    fn proof(&self, id: &str, can_fail: bool) {
        let all = self.suite.faults.iter();
        let faults: Vec<&FaultNote> = all.filter(|fault| fault.proves(id)).collect();
        for fault in &faults {
            self.field(
                "proved by",
                &format!(
                    "fault {} at {}: {}",
                    fault.name, fault.registry, fault.title
                ),
            );
        }
        if faults.is_empty() && can_fail {
            self.field("proved by", "no fault yet");
        }
        if let Some(fault) = faults.first() {
            self.command(&format!("quintet run --fault {} {id}", fault.name));
        }
    }

    fn scenario(&self, scenario: &Scenario) {
        self.heading(&scenario.id, "scenario", &scenario.title);
        self.field("why", &scenario.why);
        self.field("tags", &scenario.tags.join(", "));
        self.field("registries", &registries(&scenario.registries, self.suite));
        for probe in &scenario.probes {
            self.field(
                "asks",
                &format!(
                    "{}: {} {}",
                    probe.name,
                    probe.kind.name,
                    probe.subject.text()
                ),
            );
        }
        self.place(&scenario.place);
        self.shell.line("");
        for item in items_of(self.suite, scenario) {
            self.shell.line(&format!(
                "  {:<10}  {:<8}  {}",
                item.by,
                item.basis.level,
                self.page.strong(item.id)
            ));
            self.shell.line(&format!(
                "{}{}",
                " ".repeat(24),
                self.page.faint(&wrap(item.title, self.width, 24))
            ));
        }
    }

    fn entry(&self, entry: &Entry) {
        let (words, tests) = match &entry.tested {
            Tested::Not(reason) => (
                format!("catalogue id, level {}, not tested", entry.level),
                format!("nothing: {reason}"),
            ),
            Tested::By(by) => (
                format!("catalogue id, level {}, tested by a {by}", entry.level),
                self.covering(&entry.id),
            ),
        };
        self.heading(&entry.id, &words, &entry.sentence);
        self.field("tested by", &tests);
        self.clauses(&entry.refs);
        self.field("answers", &entry.covers.join(", "));
        self.field("other tools", &entry.peer.join(", "));
        self.place(&entry.place);
    }

    /// Returns the checks and comparisons that cover a catalogue id.
    fn covering(&self, id: &str) -> String {
        let items = self
            .suite
            .scenarios
            .iter()
            .flat_map(|s| items_of(self.suite, s));
        let ids: Vec<String> = items
            .filter(|i| i.basis.covers.iter().any(|c| c == id))
            .map(|i| i.id.to_string())
            .collect();
        if ids.is_empty() {
            "nothing yet".to_owned()
        } else {
            ids.join(", ")
        }
    }

    fn fault(&self, fault: &FaultNote) {
        self.heading(
            &fault.name,
            &format!("fault at {}", fault.registry),
            &fault.title,
        );
        for (name, ids) in [
            ("fail", &fault.fail),
            ("divergent", &fault.divergent),
            ("not judged", &fault.inconclusive),
        ] {
            ids.iter().for_each(|id| self.field(name, id));
        }
        self.field("because of", &fault.causes.join(", "));
        for other in &fault.elsewhere {
            let words = format!("{}: {}", other.ids.join(", "), other.reason);
            self.field("elsewhere", &words);
        }
        self.place(&fault.place);
        self.command(&format!("quintet run --fault {}", fault.name));
    }
}
