//! Terminal: what changed, what got worse first, for people.

use std::collections::BTreeMap;
use std::io;

use super::told::{self, Same, by_id};
use super::{DifferenceFormat, Options};
use crate::audit::difference::{CheckChange, ComparisonChange, Difference};
use crate::judge::words::{counted, grouped, joined, put, put_line};
use crate::report::words::{clause, parameters, titled, word_of, wrapped, write_colored};
use crate::verdict::results::RegistryName;
use crate::verdict::{Change, Outcome};

/// Shows a difference on a terminal.
#[derive(Debug)]
pub(super) struct Terminal;

/// Narrowest width that is laid out for.
const NARROWEST: usize = 60;

/// Most ids of one class that are told; the others are in JSON.
const MOST_TOLD: usize = 20;

/// Most instances of one id that are told for one registry.
const MOST_INSTANCES: usize = 3;

impl DifferenceFormat for Terminal {
    fn name(&self) -> &'static str {
        "terminal"
    }

    fn write(
        &self,
        difference: &Difference,
        options: &Options,
        sink: &mut dyn io::Write,
    ) -> io::Result<()> {
        let mut page = Page {
            difference,
            width: options.width.max(NARROWEST),
            all: options.all,
            text: String::new(),
        };
        page.head();
        page.caveats();
        page.counted();
        page.comparisons();
        page.parameters();
        page.apart();
        page.counts();
        write_colored(&page.text, options.color, sink)
    }
}

struct Page<'a> {
    difference: &'a Difference,
    width: usize,
    all: bool,
    text: String,
}

impl Page<'_> {
    fn line(&mut self, first: &str, others: &str, words: &str) {
        wrapped(&mut self.text, self.width, first, others, words);
    }

    fn head(&mut self) {
        let difference = self.difference;
        self.line("before  ", "        ", &told::side(&difference.before));
        self.line("after   ", "        ", &told::side(&difference.after));
        self.line("        ", "        ", &told::common(difference));
        self.text.push('\n');
    }

    fn caveats(&mut self) {
        for caveat in &self.difference.caveats {
            self.line("note: ", "      ", &caveat.words);
        }
        if !self.difference.caveats.is_empty() {
            self.text.push('\n');
        }
    }

    /// Changes that count, class by class.
    fn counted(&mut self) {
        let difference = self.difference;
        for class in Change::ALL {
            let of_class = || difference.counted().filter(move |c| c.class == *class);
            let number = of_class().count();
            if number == 0 {
                continue;
            }
            put_line!(self.text, "{}\n", told::heading(*class));
            if told::is_listed(*class) {
                self.listed(of_class());
            } else {
                let same = by_id(of_class());
                let most = if self.all { usize::MAX } else { MOST_TOLD };
                for same in same.iter().take(most) {
                    self.same(same);
                }
                if same.len() > most {
                    put_line!(
                        self.text,
                        "  {} more; --all shows them\n",
                        same.len() - most
                    );
                }
            }
        }
    }

    /// Names each id once, with who and what; those that fail are told.
    fn listed<'c>(&mut self, changes: impl Iterator<Item = &'c CheckChange>) {
        let mut lines = Vec::new();
        for same in by_id(changes) {
            let told = same.by_registry.values().flatten();
            let is_told = told
                .filter(|c| c.class == Change::New && c.is_worse())
                .count()
                > 0;
            if is_told || self.all {
                self.same(&same);
            } else {
                lines.push(self.summary(&same));
            }
        }
        let most = if self.all { usize::MAX } else { MOST_TOLD };
        let all = lines.len();
        for line in lines.into_iter().take(most) {
            self.line("  ", "      ", &line);
        }
        if all > most {
            put_line!(self.text, "  {} more; --all shows them", all - most);
        }
        if all > 0 {
            self.text.push('\n');
        }
    }

    /// Returns one line for one id: who, and how many results by verdict.
    fn summary(&self, same: &Same<'_>) -> String {
        let mut outcomes: BTreeMap<Outcome, u64> = BTreeMap::new();
        for change in same.by_registry.values().flatten() {
            if let Some(state) = change.after.as_ref().or(change.before.as_ref()) {
                *outcomes.entry(state.outcome).or_default() += 1;
            }
        }
        let outcomes: Vec<String> = outcomes
            .iter()
            .map(|(outcome, number)| format!("{} {outcome}", grouped(*number)))
            .collect();
        let who: Vec<&str> = same.by_registry.keys().map(|id| self.name(id)).collect();
        let level = same.first.level;
        let (who, outcomes) = (joined(&who), outcomes.join(", "));
        format!("{}   {level}   {who}   {outcomes}", same.first.id)
    }

    fn same(&mut self, same: &Same<'_>) {
        let first = same.first;
        let clauses: Vec<String> = first.refs.iter().map(|r| clause(r)).collect();
        let mut head = format!("{}   {}", first.id, first.level);
        if !clauses.is_empty() {
            put!(head, "   {}", clauses.join("; "));
        }
        self.line("  ", "    ", &head);
        self.line("    ", "      ", &first.title);
        if !first.was.is_empty() {
            self.line("    ", "      ", &format!("formerly {}", first.was));
        }
        for (registry, changes) in &same.by_registry {
            let most = if self.all { usize::MAX } else { MOST_INSTANCES };
            for change in changes.iter().take(most) {
                self.change(registry, change);
            }
            if changes.len() > most {
                let more = counted(changes.len() - most, "more instance");
                put_line!(self.text, "      and {more}");
            }
            let mut again: Vec<&str> = Vec::new();
            for change in changes {
                let state = change.after.as_ref().or(change.before.as_ref());
                again.extend(state.map(|state| state.again.as_str()));
            }
            again.dedup();
            for command in again {
                // It is one line however long it is, so that it can be copied.
                put_line!(self.text, "      {:<9} {}", "again", word_of(command));
            }
        }
        self.text.push('\n');
    }

    fn change(&mut self, registry: &str, change: &CheckChange) {
        let name = self.name(registry);
        let (before, after) = (change.before.as_ref(), change.after.as_ref());
        let (then, now) = (told::verdict(before), told::verdict(after));
        let mut head = if then == now {
            format!("{name}   {now}")
        } else {
            format!("{name}   {then} → {now}")
        };
        if !change.parameters.is_empty() {
            put!(head, "   {}", parameters(&change.parameters));
        }
        self.line("    ", "      ", &head);
        if let Some(after) = after {
            self.detail("expected", &after.expected);
        }
        let seen = |state: Option<&_>| state.map_or("", told::seen).to_owned();
        let (was, is) = (seen(before), seen(after));
        if was == is {
            self.detail("seen", &is);
        } else {
            self.detail("was", &was);
            self.detail("is", &is);
        }
        for asked in after.iter().flat_map(|state| &state.asked).take(2) {
            self.detail("asked", asked);
        }
        self.detail("changed", &told::reasons(&change.reasons));
    }

    fn detail(&mut self, name: &str, words: &str) {
        if !words.is_empty() {
            self.line(&format!("      {name:<9} "), &" ".repeat(16), words);
        }
    }

    fn comparisons(&mut self) {
        let difference = self.difference;
        let all: Vec<&ComparisonChange> = told::comparisons(difference, false).collect();
        if all.is_empty() {
            return;
        }
        self.text.push_str("Comparisons\n\n");
        for change in all {
            let id = titled(&change.id, &change.parameters);
            let (then, now) = (
                told::agreement(change.before.as_ref()),
                told::agreement(change.after.as_ref()),
            );
            let became = if then == now {
                now
            } else {
                format!("{then} → {now}")
            };
            let head = format!("{id}   {}   {}   {became}", change.level, change.class);
            self.line("  ", "    ", &head);
            self.line("    ", "      ", &change.title);
            self.values(change);
            let message = change.after.as_ref().map_or("", |after| &after.message);
            if !message.is_empty() {
                self.line("    ", "      ", message);
            }
            self.detail("changed", &told::reasons(&change.reasons));
            self.text.push('\n');
        }
    }

    fn values(&mut self, change: &ComparisonChange) {
        for value in &change.values {
            let (before, after) = told::values(value);
            let name = self.name(&value.participant);
            let words = format!("{name}: {before} → {after}");
            self.line("      ", "        ", &words);
        }
    }

    /// Quantities side by side: one line for each registry whose value is another one.
    fn parameters(&mut self) {
        let difference = self.difference;
        let (changed, others): (Vec<_>, Vec<_>) =
            told::comparisons(difference, true).partition(|c| !c.values.is_empty());
        if changed.is_empty() && others.is_empty() {
            return;
        }
        self.text.push_str("Parameters\n\n");
        let most = if self.all { usize::MAX } else { MOST_TOLD };
        for change in changed.iter().take(most) {
            let id = titled(&change.id, &change.parameters);
            self.line("  ", "    ", &format!("{id}   {}", change.title));
            self.values(change);
        }
        if changed.len() > most {
            put_line!(
                self.text,
                "  {} more; --all shows them",
                changed.len() - most
            );
        }
        for change in others {
            let id = titled(&change.id, &change.parameters);
            self.line("  ", "    ", &format!("{id}   {}", change.class));
        }
        self.text.push('\n');
    }

    /// What is proposed or observed, and what others operate, in one line for each id.
    fn apart(&mut self) {
        let difference = self.difference;
        let mut lines: BTreeMap<(Change, &str), (Vec<&str>, u64)> = BTreeMap::new();
        for change in difference.checks.iter().filter(|c| !c.counts()) {
            let line = lines.entry((change.class, &change.id)).or_default();
            line.0.push(change.registry.as_str());
            line.1 += 1;
        }
        if lines.is_empty() {
            return;
        }
        self.text
            .push_str("Apart: proposed, observed, withdrawn, or operated by others\n\n");
        let most = if self.all { usize::MAX } else { MOST_TOLD };
        let all = lines.len();
        for ((class, id), (mut who, number)) in lines.into_iter().take(most) {
            who.dedup();
            let who: Vec<&str> = who.into_iter().map(|id| self.name(id)).collect();
            let words = format!("{class} · {id}: {} at {}", grouped(number), joined(&who));
            self.line("  ", "      ", &words);
        }
        if all > most {
            put_line!(self.text, "  {} more; --all shows them", all - most);
        }
        self.text.push('\n');
    }

    fn counts(&mut self) {
        let difference = self.difference;
        if difference.is_unchanged() {
            self.line("", "", told::NOTHING);
        }
        for (lead, counts) in [
            ("counted ", &difference.counts),
            ("apart   ", &difference.apart),
        ] {
            let words = told::counts(counts);
            if !words.is_empty() {
                self.line(lead, "        ", &words);
            }
        }
    }

    fn name<'n>(&self, id: &'n str) -> &'n str
    where
        Self: 'n,
    {
        let is = |registry: &&RegistryName| registry.id.as_str() == id;
        let known = self.difference.registries.iter().find(is);
        known.map_or(id, |registry| registry.name.as_str())
    }
}
