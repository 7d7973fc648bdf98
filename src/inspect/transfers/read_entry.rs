//! Reads one transfer of a log.

use jiff::Timestamp;

use super::at::At;
use super::entry::{Entry, List, Organization, Producer};
use super::moment::{Form, Moment};
use super::node::{Node, Object};
use super::read_set::{Sets, Space};
use super::rules::{Rule, Tally, cut};
use super::words::{Deviation, Kind, Rir, Stage, Version};
use crate::resource::Resources;

/// Reads transfers and dates; each finding and deviation goes to the tally.
#[derive(Debug)]
pub(super) struct Reader<'t> {
    pub(super) tally: &'t mut Tally,
    pub(super) version: Version,
    pub(super) producer: Option<Producer>,
}

/// What one of a closed set of words is.
enum Word<T> {
    /// As the format writes it.
    Exact(T),
    /// Written otherwise.
    Near(T),
    /// None of them.
    Unknown,
}

impl<T> Word<T> {
    fn of(exact: Option<T>, near: impl FnOnce() -> Option<T>) -> Self {
        match exact {
            Some(word) => Self::Exact(word),
            None => near().map_or(Self::Unknown, Self::Near),
        }
    }
}

impl Reader<'_> {
    pub(super) fn find(&mut self, rule: Rule, at: &At<'_>, message: impl FnOnce() -> String) {
        self.tally.find(rule, || at.to_string(), message);
    }

    fn deviate(&mut self, deviation: Deviation, at: &At<'_>) {
        self.tally.deviate(deviation, || at.to_string());
    }

    /// Notes a `null`, whatever else is said of it.
    pub(super) fn note_null(&mut self, node: &Node, at: &At<'_>) {
        if *node == Node::Null {
            self.deviate(Deviation::Null, at);
        }
    }

    /// Reads one item of a list; `None` if it is no transfer, or too large.
    pub(super) fn entry(&mut self, list: List, index: usize, node: &Node) -> Option<Entry> {
        let member = At::member(list.as_str());
        let at = &member.index(index);
        self.tally.look(Rule::EntryMembers);
        self.tally.look(Rule::Repeated);
        self.repeated(node, at);
        let Node::Object(object) = node else {
            self.note_null(node, at);
            if *node != Node::Beyond {
                self.find(Rule::EntryMembers, at, || {
                    format!("{}; expected an object", node.kind())
                });
            }
            return None;
        };
        let source = self.registry(object, "source_rir", at);
        let recipient = self.registry(object, "recipient_rir", at);
        let kind = self.kind(object, at);
        let date = self.transfer_date(list, object, at);
        let stage = self.stage(list, object, at);
        let registered = self.date(object, "source_registration_date", at);
        let from = self.organization(object, "source_organization", at);
        let to = self.organization(object, "recipient_organization", at);
        if from.is_none() || to.is_none() {
            self.deviate(Deviation::NoOrganization, at);
        }
        let (resources, original) = self.resources(object, at);
        self.involves(source, recipient, at);
        Some(Entry {
            list,
            index,
            stage,
            kind,
            source,
            recipient,
            date,
            registered,
            resources,
            original,
            from,
            to,
        })
    }

    /// Tells of members that come twice, at any depth.
    pub(super) fn repeated(&mut self, node: &Node, at: &At<'_>) {
        match node {
            Node::Object(object) => {
                for name in object.repeated() {
                    self.find(Rule::Repeated, at, || {
                        format!("`{}` comes again; the last one is read", cut(name))
                    });
                }
                for (name, value) in &object.0 {
                    self.repeated(value, &at.name(name));
                }
            }
            Node::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.repeated(item, &at.index(index));
                }
            }
            Node::Null
            | Node::Flag
            | Node::Whole(_)
            | Node::Fraction
            | Node::Text(_)
            | Node::Beyond => {}
        }
    }

    /// Returns the text of a member that must be there; what is wrong is found by [`Rule::EntryMembers`].
    fn word<'n>(&mut self, object: &'n Object, name: &str, at: &At<'_>) -> Option<&'n str> {
        match object.get(name) {
            Some(Node::Text(text)) => Some(text),
            Some(other) => {
                let at = at.name(name);
                self.note_null(other, &at);
                self.find(Rule::EntryMembers, &at, || {
                    format!("{}; expected text", other.kind())
                });
                None
            }
            None => {
                self.find(Rule::EntryMembers, at, || format!("no `{name}`"));
                None
            }
        }
    }

    /// Settles a word of a closed set, and finds one that is written otherwise.
    fn settle<T>(
        &mut self,
        rule: Rule,
        at: &At<'_>,
        text: &str,
        word: Word<T>,
        expected: &str,
    ) -> Option<T> {
        self.tally.look(rule);
        let near = match word {
            Word::Exact(word) => return Some(word),
            Word::Near(word) => {
                self.deviate(Deviation::OtherWord, at);
                Some(word)
            }
            Word::Unknown => None,
        };
        self.find(rule, at, || format!("`{}`; expected {expected}", cut(text)));
        near
    }

    fn registry(&mut self, object: &Object, name: &str, at: &At<'_>) -> Option<Rir> {
        let text = self.word(object, name, at)?;
        let word = Word::of(Rir::exact(text), || Rir::near(text));
        let expected = "AFRINIC, APNIC, ARIN, LACNIC or RIPE NCC";
        self.settle(Rule::EntryRegistries, &at.name(name), text, word, expected)
    }

    fn kind(&mut self, object: &Object, at: &At<'_>) -> Option<Kind> {
        let text = self.word(object, "type", at)?;
        let word = Word::of(Kind::exact(text), || Kind::near(text));
        let expected = "MERGER_ACQUISITION or RESOURCE_TRANSFER";
        self.settle(Rule::EntryType, &at.name("type"), text, word, expected)
    }

    /// Reads how far a transfer is. Only the withdrawn draft of 5.0 has a status among completed ones.
    fn stage(&mut self, list: List, object: &Object, at: &At<'_>) -> Stage {
        let node = object.get("status");
        if list == List::Transfers {
            let near = node.and_then(Node::text).and_then(Stage::near);
            return near.unwrap_or(Stage::Completed);
        }
        self.tally.look(Rule::ProgressForm);
        let expected = "SOURCE_INITIALIZED or RECIPIENT_ACCEPTED";
        let place = at.name("status");
        let stage = match node {
            Some(Node::Text(text)) => {
                let word = Word::of(Stage::exact(text), || Stage::near(text));
                self.settle(Rule::ProgressForm, &place, text, word, expected)
            }
            Some(other) => {
                self.note_null(other, &place);
                self.find(Rule::ProgressForm, &place, || {
                    format!("{}; expected {expected}", other.kind())
                });
                None
            }
            None => {
                self.find(Rule::ProgressForm, at, || "no `status`".to_owned());
                None
            }
        };
        stage.unwrap_or(Stage::SourceInitialized)
    }

    fn transfer_date(&mut self, list: List, object: &Object, at: &At<'_>) -> Option<Timestamp> {
        let name = "transfer_date";
        let is_there = object.get(name).is_some();
        match list {
            List::Transfers => {
                if self.version.is_draft() {
                    self.tally.look(Rule::EntryDate);
                    if !is_there {
                        self.find(Rule::EntryDate, at, || format!("no `{name}`"));
                    }
                }
                if !is_there {
                    self.deviate(Deviation::NoDate, at);
                }
            }
            List::InProgress if is_there => self.deviate(Deviation::DateInProgress, at),
            List::InProgress => {}
        }
        self.date(object, name, at)
    }

    /// Reads a date that may be there.
    pub(super) fn date(&mut self, object: &Object, name: &str, at: &At<'_>) -> Option<Timestamp> {
        let node = object.get(name)?;
        let at = &at.name(name);
        self.tally.look(Rule::DateForm);
        let Node::Text(text) = node else {
            self.note_null(node, at);
            self.find(Rule::DateForm, at, || {
                format!("{}; expected a date and time of RFC 3339", node.kind())
            });
            return None;
        };
        let Some(moment) = Moment::read(text) else {
            self.find(Rule::DateForm, at, || {
                format!("`{}` is no date and time of RFC 3339", cut(text))
            });
            return None;
        };
        if self.version.is_draft() {
            self.tally.look(Rule::DateUtc);
        }
        match moment.form {
            Form::Utc => {}
            Form::Offset => {
                self.deviate(Deviation::DateOffset, at);
                if self.version.is_draft() {
                    self.find(Rule::DateUtc, at, || {
                        format!("`{}`; expected `{}`", cut(text), moment.at)
                    });
                }
            }
            Form::Other(oddity) => {
                self.deviate(Deviation::DateForm, at);
                self.find(Rule::DateForm, at, || {
                    format!(
                        "`{}` has {}; it is read as {}",
                        cut(text),
                        oddity.words(),
                        moment.at
                    )
                });
            }
        }
        Some(moment.at)
    }

    fn organization(
        &mut self,
        object: &Object,
        name: &str,
        at: &At<'_>,
    ) -> Option<Box<Organization>> {
        let node = object.get(name)?;
        let at = &at.name(name);
        self.tally.look(Rule::Organization);
        let Node::Object(object) = node else {
            self.note_null(node, at);
            self.find(Rule::Organization, at, || {
                format!("{}; expected an object", node.kind())
            });
            return None;
        };
        let mut organization = Organization::default();
        match object.get("name") {
            None => {}
            Some(Node::Text(text)) => organization.name.clone_from(text),
            Some(other) => {
                let at = at.name("name");
                self.note_null(other, &at);
                self.find(Rule::Organization, &at, || {
                    format!("{}; expected text", other.kind())
                });
            }
        }
        if let Some(node) = object.get("country_code") {
            let at = at.name("country_code");
            self.tally.look(Rule::Country);
            self.note_null(node, &at);
            let text = node.text().unwrap_or_default();
            let is_code =
                |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
            if !is_code(text) {
                self.find(Rule::Country, &at, || {
                    let seen = node.text().map(|text| format!("`{}`", cut(text)));
                    let seen = seen.unwrap_or_else(|| node.kind().to_owned());
                    format!("{seen}; expected two capital letters")
                });
            }
            let capitals = text.trim().to_ascii_uppercase();
            if is_code(&capitals) {
                organization.country = capitals;
            }
        }
        Some(Box::new(organization))
    }

    fn resources(&mut self, object: &Object, at: &At<'_>) -> (Resources, Option<Resources>) {
        let mut sets = Sets {
            tally: &mut *self.tally,
            transferred: Resources::default(),
            original: None,
        };
        let mut there = 0_usize;
        for space in Space::ALL {
            if let Some(node) = object.get(space.member()) {
                there += 1;
                sets.read(space, node, &at.name(space.member()));
            }
        }
        let read = (sets.transferred, sets.original);
        if self.version.is_draft() {
            self.tally.look(Rule::EntryResources);
            if there == 0 {
                self.find(Rule::EntryResources, at, || {
                    "no `asns`, `ip4nets` or `ip6nets`".to_owned()
                });
            }
        }
        read
    }

    /// Finds a transfer that is not the producer's business.
    fn involves(&mut self, source: Option<Rir>, recipient: Option<Rir>, at: &At<'_>) {
        let (Some(Producer::Registry(producer)), Some(source), Some(recipient)) =
            (self.producer, source, recipient)
        else {
            return;
        };
        self.tally.look(Rule::EntryProducer);
        if source != producer && recipient != producer {
            self.find(Rule::EntryProducer, at, || {
                format!("from {source} to {recipient}, in the log of {producer}")
            });
        }
    }
}
