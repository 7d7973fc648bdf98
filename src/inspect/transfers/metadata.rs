//! Reads what a log says of itself: the member `version` of its root.

use super::at::At;
use super::entry::{Log, Producer};
use super::node::{Node, Object};
use super::read_entry::Reader;
use super::rules::{Rule, cut};
use super::words::{Deviation, Rir, Version};

/// The member of the root.
const VERSION: &str = "version";

impl Reader<'_> {
    /// Reads the version into the log; `None` stands for a root without it.
    pub(super) fn metadata(&mut self, node: Option<&Node>, log: &mut Log) {
        let at = At::member(VERSION);
        self.tally.look(Rule::Root);
        let Some(Node::Object(object)) = node else {
            self.find(Rule::Root, &at, || match node {
                None => "no `version`".to_owned(),
                Some(other) => format!("{}; expected an object", other.kind()),
            });
            return;
        };
        self.tally.look(Rule::VersionMembers);
        self.tally.look(Rule::Repeated);
        if let Some(node) = node {
            self.repeated(node, &at);
        }
        self.version(object, &at, log);
        self.producer(object, &at, log);
        self.offset(object, &at, log);
        self.remarks(object, &at);
        // Dates are judged by the version, which is known by now.
        self.version = log.version;
        log.produced = self.date(object, "production_date", &at);
        self.there(object, "production_date", &at);
        self.interval(object, &at, log);
    }

    /// Finds a member that is missing.
    fn there(&mut self, object: &Object, name: &str, at: &At<'_>) -> bool {
        let is_there = object.get(name).is_some();
        if !is_there {
            self.find(Rule::VersionMembers, at, || format!("no `{name}`"));
        }
        is_there
    }

    /// Returns a text that must be there.
    fn said<'n>(&mut self, object: &'n Object, name: &str, at: &At<'_>) -> Option<&'n str> {
        self.there(object, name, at);
        let node = object.get(name)?;
        let text = node.text();
        if text.is_none() {
            let at = at.name(name);
            self.note_null(node, &at);
            self.find(Rule::VersionMembers, &at, || {
                format!("{}; expected text", node.kind())
            });
        }
        text
    }

    fn version(&mut self, object: &Object, at: &At<'_>, log: &mut Log) {
        let Some(text) = self.said(object, "stats_version", at) else {
            return;
        };
        log.version = Version::of(text);
        text.clone_into(&mut log.version_text);
        self.tally.look(Rule::VersionKnown);
        let place = at.name("stats_version");
        match log.version {
            Version::V4 | Version::V4_1 => {}
            Version::V5 => self.find(Rule::VersionKnown, &place, || {
                "`5.0` is of a draft that 4.1 superseded; expected 4.0 or 4.1".to_owned()
            }),
            Version::Unknown => self.find(Rule::VersionKnown, &place, || {
                format!("`{}`; expected 4.0 or 4.1", cut(text))
            }),
        }
    }

    fn producer(&mut self, object: &Object, at: &At<'_>, log: &mut Log) {
        let Some(text) = self.said(object, "producer", at) else {
            return;
        };
        text.clone_into(&mut log.producer_text);
        let exact = Rir::exact(text).map(Producer::Registry);
        let exact = exact.or_else(|| (text == "NRO").then_some(Producer::Nro));
        self.tally.look(Rule::Producer);
        if exact.is_none() {
            let place = at.name("producer");
            self.find(Rule::Producer, &place, || {
                let names = "AFRINIC, APNIC, ARIN, LACNIC, RIPE NCC or NRO";
                format!("`{}`; expected {names}", cut(text))
            });
        }
        let near = Rir::near(text).map(Producer::Registry);
        if exact.is_none() && near.is_some() {
            let place = at.name("producer");
            self.tally
                .deviate(Deviation::OtherWord, || place.to_string());
        }
        log.producer = exact.or(near);
        self.producer = log.producer;
    }

    fn offset(&mut self, object: &Object, at: &At<'_>, log: &mut Log) {
        let hours = self.there(object, "UTC_offset", at).then(|| {
            let place = at.name("UTC_offset");
            let range = -12..=12;
            self.whole(object, Rule::Offset, &place, "UTC_offset", range)
        });
        let minutes = object.get("UTC_offset_minutes").map(|_| {
            let name = "UTC_offset_minutes";
            let place = at.name(name);
            self.whole(object, Rule::OffsetMinutes, &place, name, 0..=59)
        });
        let minutes = minutes.flatten().unwrap_or(0);
        log.offset_minutes = hours.flatten().map(|hours| {
            // Minutes have the sign of the hours.
            let minutes = if hours < 0 { -minutes } else { minutes };
            hours * 60 + minutes
        });
    }

    /// Reads a whole number within bounds; what is wrong is found by the rule.
    fn whole(
        &mut self,
        object: &Object,
        rule: Rule,
        at: &At<'_>,
        name: &str,
        bounds: std::ops::RangeInclusive<i64>,
    ) -> Option<i64> {
        self.tally.look(rule);
        let node = object.get(name)?;
        let number = if let Node::Whole(number) = node {
            i64::try_from(*number).ok()
        } else if let Some(text) = node.text() {
            let read = text.trim().parse().ok();
            if read.is_some() {
                self.tally.deviate(Deviation::TextNumber, || at.to_string());
            }
            read
        } else {
            self.note_null(node, at);
            None
        };
        let number = number.filter(|number| bounds.contains(number));
        if number.is_none() || !matches!(node, Node::Whole(_)) {
            self.find(rule, at, || {
                let (first, last) = (bounds.start(), bounds.end());
                let seen = match (node, node.text()) {
                    (Node::Whole(number), _) => number.to_string(),
                    (_, Some(text)) => format!("text `{}`", cut(text)),
                    (_, None) => node.kind().to_owned(),
                };
                format!("{seen}; expected a whole number from {first} to {last}")
            });
        }
        number
    }

    fn remarks(&mut self, object: &Object, at: &At<'_>) {
        let Some(node) = object.get("remarks") else {
            return;
        };
        self.tally.look(Rule::Remarks);
        let at = at.name("remarks");
        let Node::List(items) = node else {
            self.note_null(node, &at);
            self.find(Rule::Remarks, &at, || {
                format!("{}; expected an array of texts", node.kind())
            });
            return;
        };
        for (index, item) in items.iter().enumerate() {
            if item.text().is_none() {
                let at = at.index(index);
                self.note_null(item, &at);
                self.find(Rule::Remarks, &at, || {
                    format!("{}; expected text", item.kind())
                });
            }
        }
    }

    fn interval(&mut self, object: &Object, at: &At<'_>, log: &mut Log) {
        let name = "records_interval";
        if !self.there(object, name, at) {
            return;
        }
        let at = at.name(name);
        let Some(Node::Object(interval)) = object.get(name) else {
            if let Some(other) = object.get(name) {
                self.note_null(other, &at);
                self.find(Rule::VersionMembers, &at, || {
                    format!("{}; expected an object", other.kind())
                });
            }
            return;
        };
        self.there(interval, "start_date", &at);
        self.there(interval, "end_date", &at);
        log.begins = self.date(interval, "start_date", &at);
        log.ends = self.date(interval, "end_date", &at);
    }
}
