//! What every RDAP document has: identifiers, notices, links, dates, errors, help.

use std::cell::RefCell;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Value, json};

use crate::mock::document::{Draft, Kind, Object, reason_phrase};
use crate::mock::world::{AutnumModel, Dates, Dialect, LinkValue, Operator, Search, Shown, World};

/// Writes the documents of one operator in answer to one query.
#[derive(Debug)]
pub(super) struct Writer<'w> {
    /// The world.
    pub(super) world: &'w World,
    /// Who answers.
    pub(super) operator: &'w Operator,
    /// The URL that was asked, unknown parameters left out.
    pub(super) url: String,
    /// The path below the base with its parameters, for redirects.
    path: String,
    /// What was removed from the document (RFC 9537).
    pub(super) redactions: RefCell<Vec<Value>>,
}

impl<'w> Writer<'w> {
    /// Returns a writer for one query.
    pub(super) fn new(world: &'w World, operator: &'w Operator, url: String) -> Self {
        let path = url
            .strip_prefix(&operator.base_url())
            .unwrap_or_default()
            .to_owned();
        Self {
            world,
            operator,
            url,
            path,
            redactions: RefCell::default(),
        }
    }

    /// Returns the operator's dialect.
    pub(super) fn dialect(&self) -> &'w Dialect {
        &self.operator.dialect
    }

    /// Returns the URL of an object of this operator.
    pub(super) fn url_of(&self, path: &str) -> String {
        format!("{}{}", self.operator.base_url(), super::query::encode(path))
    }

    /// Begins a document: identifiers and notices.
    pub(super) fn open(&self, kind: Kind) -> Object {
        self.open_with(kind, &[])
    }

    /// Begins a document that uses further extensions.
    pub(super) fn open_with(&self, kind: Kind, further: &[&str]) -> Object {
        let mut object = Object::new();
        object.insert(
            "rdapConformance".to_owned(),
            self.conformance(kind, further),
        );
        object.insert("notices".to_owned(), Value::Array(self.notices()));
        object
    }

    /// Returns the identifiers of an answer.
    fn conformance(&self, kind: Kind, further: &[&str]) -> Value {
        let dialect = self.dialect();
        let mut all: Vec<&str> = dialect.conformance.iter().map(String::as_str).collect();
        let model = match dialect.autnum_model {
            AutnumModel::Flat => "nro_rdap_profile_asn_flat_0",
            AutnumModel::Hierarchical => "nro_rdap_profile_asn_hierarchical_0",
        };
        if matches!(kind, Kind::Autnum | Kind::Help) {
            all.push(model);
        }
        if kind == Kind::Help {
            all.extend(dialect.declared.iter().map(String::as_str));
        }
        for identifier in further {
            if !all.contains(identifier) {
                all.push(identifier);
            }
        }
        json!(all)
    }

    /// Returns the notices of every answer.
    pub(super) fn notices(&self) -> Vec<Value> {
        let notice = |notice: &crate::mock::world::Notice| {
            let mut object = Object::new();
            object.insert("title".to_owned(), json!(notice.title));
            object.insert("description".to_owned(), json!(notice.description));
            if !notice.links.is_empty() {
                let link = |l: &crate::mock::world::NoticeLink| json!({ "value": self.url, "rel": l.rel, "href": l.href, "type": l.media_type });
                object.insert("links".to_owned(), notice.links.iter().map(link).collect());
            }
            Value::Object(object)
        };
        self.dialect().notices.iter().map(notice).collect()
    }

    /// Ends a document: what was removed from it, and the order of its members.
    pub(super) fn close(&self, kind: Kind, mut object: Object) -> Draft {
        let redactions = self.redactions.take();
        if !redactions.is_empty() {
            object.insert("redacted".to_owned(), Value::Array(redactions));
        }
        if self.dialect().sorted {
            sort(&mut object);
        }
        Draft::json(kind, 200, object)
    }

    /// Returns the answer to `help`.
    pub(super) fn help(&self) -> Object {
        let mut object = self.open(Kind::Help);
        let help = json!({ "title": "Help", "description": self.dialect().help });
        if let Some(Value::Array(notices)) = object.get_mut("notices") {
            notices.push(help);
        }
        if self.dialect().searches(Search::Reverse) {
            object.insert(
                "reverse_search_properties".to_owned(),
                super::reverse::properties(),
            );
        }
        if self.dialect().sorted {
            sort(&mut object);
        }
        object
    }

    /// Returns an error answer.
    pub(super) fn error(&self, kind: Kind, status: u16, description: &str) -> Draft {
        let mut object = self.open(kind);
        if kind == Kind::Help {
            // An error is no help; it names what every answer names.
            object.insert(
                "rdapConformance".to_owned(),
                self.conformance(Kind::Error, &[]),
            );
        }
        object.insert("errorCode".to_owned(), json!(status));
        object.insert("title".to_owned(), json!(reason_phrase(status)));
        object.insert("description".to_owned(), json!([description]));
        if self.dialect().shows(Shown::Lang) {
            object.insert("lang".to_owned(), json!("en"));
        }
        if self.dialect().sorted {
            sort(&mut object);
        }
        Draft::json(kind, status, object)
    }

    /// Returns a redirect of the same query to another service, without body.
    pub(super) fn redirect(&self, kind: Kind, base: &str) -> Draft {
        self.redirect_with(Draft::empty(kind, 200), base)
    }

    /// Returns a redirect to a URL, without body.
    pub(super) fn redirect_to(&self, kind: Kind, url: String) -> Draft {
        let mut draft = Draft::empty(kind, self.dialect().redirect);
        draft.set_header("location", url);
        draft
    }

    /// Turns an answer into a redirect of the same query to another service.
    pub(super) fn redirect_with(&self, mut draft: Draft, base: &str) -> Draft {
        let path = self.path.split('?').next().unwrap_or_default();
        draft.status = self.dialect().redirect;
        draft.set_header("location", format!("{base}{path}"));
        draft
    }

    /// Returns the links of an object: self, and what the dialect adds.
    pub(super) fn links(&self, this: &str, further: Vec<(&str, String, &str)>) -> Value {
        let value = match self.dialect().link_value {
            LinkValue::Query => self.url.as_str(),
            LinkValue::Object => this,
        };
        let mut links = vec![("self", this.to_owned(), "application/rdap+json")];
        links.extend(further);
        if self.dialect().shows(Shown::Copyright)
            && let Some(page) = self.operator.web.first()
        {
            links.push((
                "copyright",
                format!("https://{page}/docs/copyright"),
                "text/html",
            ));
        }
        let link = |(rel, href, media_type): (&str, String, &str)| json!({ "value": value, "rel": rel, "href": href, "type": media_type });
        links.into_iter().map(link).collect()
    }

    /// Returns the events of an object.
    pub(super) fn events(&self, dates: Dates) -> Value {
        let event = |action: &str, time: Timestamp| json!({ "eventAction": action, "eventDate": self.date(time) });
        let mut events = vec![
            event("registration", dates.registered),
            event("last changed", dates.changed),
        ];
        if self.dialect().last_changed_first {
            events.reverse();
        }
        Value::Array(events)
    }

    /// Writes a time with the dialect's offset.
    pub(super) fn date(&self, time: Timestamp) -> String {
        let minutes = self.dialect().offset_minutes;
        match Offset::from_seconds(minutes.saturating_mul(60)) {
            Ok(offset) if minutes != 0 => time.display_with_offset(offset).to_string(),
            _ => time.to_string(),
        }
    }

    /// Adds members that stand at the end of every object.
    pub(super) fn finish_object(&self, object: &mut Object, topmost: bool) {
        if self.dialect().shows(Shown::Lang) {
            object.insert("lang".to_owned(), json!("en"));
        }
        if topmost
            && self.dialect().shows(Shown::Port43)
            && let Some(whois) = &self.operator.whois
        {
            object.insert("port43".to_owned(), json!(whois.host));
        }
    }
}

/// Puts the members of an object and of all below it in alphabetical order.
fn sort(object: &mut Object) {
    object.sort_keys();
    for value in object.values_mut() {
        sort_value(value);
    }
}

fn sort_value(value: &mut Value) {
    match value {
        Value::Object(object) => sort(object),
        Value::Array(items) => items.iter_mut().for_each(sort_value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
