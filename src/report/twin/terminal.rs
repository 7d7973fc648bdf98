//! Terminal: what two targets answer in different ways, what nobody declared first.

use std::io;

use super::told::{self, Thing, things};
use super::{Options, TwinFormat};
use crate::audit::twin::Twin;
use crate::judge::words::{counted, grouped, put, put_line};
use crate::report::words::{parameters, word_of, wrapped, write_colored};
use crate::verdict::Change;
use crate::verdict::results::RegistryName;

/// Shows a twin on a terminal.
#[derive(Debug)]
pub(super) struct Terminal;

/// Narrowest width that is laid out for.
const NARROWEST: usize = 60;

/// Most things, members and routes that are told.
const MOST_TOLD: usize = 20;

impl TwinFormat for Terminal {
    fn name(&self) -> &'static str {
        "terminal"
    }

    fn write(&self, twin: &Twin, options: &Options, sink: &mut dyn io::Write) -> io::Result<()> {
        let mut page = Page {
            twin,
            width: options.width.max(NARROWEST),
            most: if options.all { usize::MAX } else { MOST_TOLD },
            text: String::new(),
        };
        page.head();
        page.changes(false);
        page.verdicts();
        page.payloads();
        page.routes();
        page.changes(true);
        page.stale();
        page.unanswered();
        let words = told::verdict(twin);
        page.line("", "", &words);
        write_colored(&page.text, options.color, sink)
    }
}

struct Page<'a> {
    twin: &'a Twin,
    width: usize,
    most: usize,
    text: String,
}

impl Page<'_> {
    fn line(&mut self, first: &str, others: &str, words: &str) {
        wrapped(&mut self.text, self.width, first, others, words);
    }

    fn detail(&mut self, name: &str, words: &str) {
        if !words.is_empty() {
            self.line(&format!("      {name:<9} "), &" ".repeat(16), words);
        }
    }

    fn more(&mut self, all: usize) {
        if all > self.most {
            put_line!(self.text, "  {} more; --all shows them", all - self.most);
        }
        self.text.push('\n');
    }

    fn head(&mut self) {
        let twin = self.twin;
        if twin.partial {
            self.line("", "  ", "PARTIAL RUN: it ended before everything planned was observed. What is missing is not compared.");
            self.text.push('\n');
        }
        self.line("first   ", "        ", &told::side(&twin.first));
        self.line("second  ", "        ", &told::side(&twin.second));
        self.line("        ", "        ", &told::compared(twin));
        self.text.push('\n');
    }

    /// What differs and nobody declared, or what somebody did.
    fn changes(&mut self, is_expected: bool) {
        let all = things(self.twin, is_expected);
        if all.is_empty() {
            return;
        }
        let heading = if is_expected {
            "Declared changes"
        } else {
            "Changes that nobody declared"
        };
        put_line!(self.text, "{heading}\n");
        for thing in all.iter().take(self.most) {
            self.thing(thing);
        }
        self.more(all.len());
    }

    fn thing(&mut self, thing: &Thing<'_>) {
        let change = thing.first;
        let name = change
            .registry
            .as_ref()
            .map_or("all", |id| self.name(id.as_str()));
        let mut head = format!("{name}   {}", change.id);
        if !thing.at.is_empty() {
            put!(head, "   {}", word_of(&thing.at));
        }
        if !change.parameters.is_empty() {
            put!(head, "   {}", parameters(&change.parameters));
        }
        self.line("  ", "    ", &head);
        self.line("      ", "        ", &told::values(thing.place));
        let extent = told::extent(thing);
        self.detail("in all", &extent);
        if let Some(reason) = &thing.place.expected {
            self.detail("declared", reason);
            return;
        }
        let (first, second) = (change.first_asked.first(), change.second_asked.first());
        if first == second {
            self.detail("asked", first.map_or("", String::as_str));
            return;
        }
        self.detail("first", first.map_or("", String::as_str));
        self.detail("second", second.map_or("", String::as_str));
    }

    /// Verdicts that differ: what the rules say of it.
    fn verdicts(&mut self) {
        let twin = self.twin;
        let changed: Vec<_> = twin
            .difference
            .checks
            .iter()
            .filter(|c| {
                c.counts() && !matches!(c.class, Change::StillFailing | Change::ChangedValue)
            })
            .collect();
        let comparisons: Vec<_> = twin
            .difference
            .comparisons
            .iter()
            .filter(|c| c.counts() && matches!(c.class, Change::Regressed | Change::Fixed))
            .collect();
        if changed.is_empty() && comparisons.is_empty() {
            return;
        }
        self.text
            .push_str("What the rules say of the second beside the first\n\n");
        for change in changed.iter().take(self.most) {
            let name = self.name(change.registry.as_str());
            let mut words = format!(
                "{} · {}   {}   {name}",
                change.class, change.id, change.level
            );
            if !change.parameters.is_empty() {
                put!(words, "   {}", parameters(&change.parameters));
            }
            self.line("  ", "      ", &words);
        }
        for change in comparisons {
            let words = format!("{} · {}   {}", change.class, change.id, change.level);
            self.line("  ", "      ", &words);
        }
        self.more(changed.len());
    }

    fn payloads(&mut self) {
        let twin = self.twin;
        let all: Vec<_> = twin.payloads().collect();
        if all.is_empty() {
            return;
        }
        self.text.push_str("Payloads that come and go\n\n");
        for payloads in all {
            let change = payloads.change;
            let name = change
                .registry
                .as_ref()
                .map_or("all", |id| self.name(id.as_str()));
            let (gone, new) = (counted(payloads.gone, "payload"), payloads.new);
            let words = format!("{name}   {}: {gone} gone, {new} new", change.id);
            self.line("  ", "      ", &words);
            for place in change.places.iter().take(self.most) {
                let (mark, value) = match (&place.first, &place.second) {
                    (Some(value), _) => ("-", value),
                    (None, Some(value)) => ("+", value),
                    (None, None) => continue,
                };
                put_line!(self.text, "      {mark} {}", word_of(value));
            }
            if change.places.len() > self.most {
                put_line!(
                    self.text,
                    "      {} more; --all shows them",
                    change.places.len() - self.most
                );
            }
        }
        self.text.push('\n');
    }

    fn routes(&mut self) {
        let twin = self.twin;
        let Some(routes) = &twin.routes else {
            return;
        };
        let [first, second] = routes.payloads;
        let words = format!(
            "Routes: {} of {} change validity, by {} payloads of the first target and {} of the second",
            grouped(routes.number),
            grouped(routes.routes),
            grouped(first),
            grouped(second)
        );
        self.line("", "  ", &words);
        self.text.push('\n');
        for change in routes.changed.iter().take(self.most) {
            put_line!(
                self.text,
                "  {}   {} → {}",
                word_of(&change.route),
                change.first,
                change.second
            );
        }
        self.more(routes.changed.len());
    }

    fn stale(&mut self) {
        let twin = self.twin;
        let stale: Vec<_> = twin.expected.iter().filter(|e| e.places == 0).collect();
        if stale.is_empty() {
            return;
        }
        self.text.push_str("Declared and not seen\n\n");
        for explained in stale {
            let change = &explained.change;
            let words = format!("{} {}: {}", change.change, change.at, change.reason);
            self.line("  ", "      ", &words);
        }
        self.text.push('\n');
    }

    fn unanswered(&mut self) {
        let twin = self.twin;
        if twin.unanswered.is_empty() {
            return;
        }
        self.text.push_str("Without two answers\n\n");
        for one in twin.unanswered.iter().take(self.most) {
            let name = one
                .registry
                .as_ref()
                .map_or("all", |id| self.name(id.as_str()));
            let mut head = format!("{name}   {}/{}", one.scenario, one.probe);
            if !one.parameters.is_empty() {
                put!(head, "   {}", parameters(&one.parameters));
            }
            self.line("  ", "      ", &head);
            let why = |why: &Option<String>| why.clone().unwrap_or_else(|| "answered".to_owned());
            self.detail("first", &why(&one.first));
            self.detail("second", &why(&one.second));
        }
        self.more(twin.unanswered.len());
    }

    fn name<'n>(&self, id: &'n str) -> &'n str
    where
        Self: 'n,
    {
        let is = |registry: &&RegistryName| registry.id.as_str() == id;
        let known = self.twin.difference.registries.iter().find(is);
        known.map_or(id, |registry| registry.name.as_str())
    }
}
