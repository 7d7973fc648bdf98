//! Entities: holders and contacts, and their jCards.

use serde_json::{Value, json};

use super::find;
use super::write::Writer;
use crate::mock::document::{Draft, Kind, Object};
use crate::mock::world::{Adr, AutnumModel, Contact, Contacts, Holder, Shown, Tel};

/// Answers `entity/…`; handles are compared without regard to case.
pub(super) fn answer(writer: &Writer<'_>, handle: &str) -> Draft {
    let operator = writer.operator;
    let same = |known: &str| known.eq_ignore_ascii_case(handle);
    if let Some(holder) = operator.holders.values().find(|h| same(&h.handle)) {
        let mut object = writer.open(Kind::Entity);
        writer.topmost_holder(&mut object, holder);
        return writer.close(Kind::Entity, object);
    }
    if let Some(contact) = operator.contacts.values().find(|c| same(&c.handle)) {
        let mut object = writer.open(Kind::Entity);
        let abuse = writer.is_abuse(contact);
        writer.contact(&mut object, contact, &[], abuse, "$", true);
        return writer.close(Kind::Entity, object);
    }
    writer.error(Kind::Entity, 404, "No entity here has this handle.")
}

impl<'w> Writer<'w> {
    /// Writes a holder into the topmost object, with its contacts and numbers.
    fn topmost_holder(&self, object: &mut Object, holder: &'w Holder) {
        self.holder(object, holder, &[], true);
        let contacts = self.contacts(holder, &["abuse", "technical", "administrative"], "$");
        insert_entities(object, contacts);
        let held = |r: &find::Registration<'_>| r.holder.is_some_and(|h| h.handle == holder.handle);
        let networks: Vec<Value> = find::networks(self.world, self.operator)
            .iter()
            .filter(|r| held(r))
            .enumerate()
            .map(|(index, net)| self.nested_network(net, &format!("$.networks[{index}]")))
            .collect();
        if !networks.is_empty() {
            object.insert("networks".to_owned(), Value::Array(networks));
        }
        let hierarchical = self.dialect().autnum_model == AutnumModel::Hierarchical;
        let autnums: Vec<Value> = find::autnums(self.operator, hierarchical)
            .iter()
            .filter(|r| held(r))
            .enumerate()
            .map(|(index, net)| self.nested_autnum(net, &format!("$.autnums[{index}]")))
            .collect();
        if !autnums.is_empty() {
            object.insert("autnums".to_owned(), Value::Array(autnums));
        }
    }

    /// Returns a holder as one result of a search.
    pub(super) fn found_holder(&self, holder: &'w Holder, path: &str) -> Value {
        let mut object = Object::new();
        self.holder(&mut object, holder, &[], false);
        object.insert("events".to_owned(), self.events(holder.dates));
        let contacts = self.contacts(holder, &["abuse", "technical", "administrative"], path);
        insert_entities(&mut object, contacts);
        Value::Object(object)
    }

    /// Returns a contact as one result of a search.
    pub(super) fn found_contact(&self, contact: &Contact, path: &str) -> Value {
        let mut object = Object::new();
        self.contact(
            &mut object,
            contact,
            &[],
            self.is_abuse(contact),
            path,
            false,
        );
        object.insert("events".to_owned(), self.events(contact.dates));
        Value::Object(object)
    }

    /// Says whether a contact is the abuse contact of some holder.
    fn is_abuse(&self, contact: &Contact) -> bool {
        self.operator
            .holders
            .values()
            .any(|h| h.abuse.as_ref() == Some(&contact.handle))
    }

    /// Returns the entities of a registration: the registrant and the contacts.
    pub(super) fn number_entities(&self, holder: &'w Holder, path: &str) -> Value {
        let mut registrant = Object::new();
        self.holder(&mut registrant, holder, &["registrant"], false);
        let mut entities = Vec::new();
        match self.dialect().contacts {
            Contacts::Inside => {
                let inside = format!("{path}.entities[?(@.handle=='{}')]", holder.handle);
                let contacts = self.contacts(holder, &["technical", "administrative"], &inside);
                insert_entities(&mut registrant, contacts);
                entities.push(Value::Object(registrant));
                entities.extend(self.contacts(holder, &["abuse"], path));
            }
            Contacts::Beside => {
                entities.extend(self.contacts(
                    holder,
                    &["administrative", "technical", "abuse"],
                    path,
                ));
                entities.push(Value::Object(registrant));
            }
        }
        Value::Array(entities)
    }

    /// Returns the contacts of a holder in some roles, one entity for each handle.
    fn contacts(&self, holder: &'w Holder, roles: &[&str], path: &str) -> Vec<Value> {
        let handle_of = |role: &str| match role {
            "abuse" => holder.abuse.as_deref(),
            "technical" => holder.technical.as_deref(),
            _ => holder.administrative.as_deref(),
        };
        let mut by_handle: Vec<(&str, Vec<&str>)> = Vec::new();
        for role in roles {
            let Some(handle) = handle_of(role) else {
                continue;
            };
            match by_handle.iter_mut().find(|(known, _)| *known == handle) {
                Some((_, roles)) => roles.push(role),
                None => by_handle.push((handle, vec![role])),
            }
        }
        let write = |(handle, roles): (&str, Vec<&str>)| {
            let contact = self.operator.contacts.get(handle)?;
            let mut object = Object::new();
            let path = format!("{path}.entities[?(@.handle=='{handle}')]");
            let abuse = roles.contains(&"abuse") || holder.abuse.as_deref() == Some(handle);
            self.contact(&mut object, contact, &roles, abuse, &path, false);
            Some(Value::Object(object))
        };
        by_handle.into_iter().filter_map(write).collect()
    }

    fn holder(&self, object: &mut Object, holder: &Holder, roles: &[&str], topmost: bool) {
        let mut card = Card::new("org", &holder.name);
        card.address(self.dialect().adr, &holder.address, &holder.country);
        self.entity(object, &holder.handle, card, roles);
        if topmost || self.dialect().shows(Shown::EntityEvents) {
            object.insert("events".to_owned(), self.events(holder.dates));
        }
        self.finish_object(object, topmost);
    }

    fn contact(
        &self,
        object: &mut Object,
        contact: &Contact,
        roles: &[&str],
        abuse: bool,
        path: &str,
        topmost: bool,
    ) {
        let mut card = Card::new("group", &contact.name);
        card.address(self.dialect().adr, &contact.address, &contact.country);
        let withholds = |what: Shown| !abuse && self.dialect().shows(what);
        let mut withheld = false;
        if let Some(phone) = &contact.phone {
            if withholds(Shown::RedactedPhone) {
                self.redact(
                    &format!("Telephone number of {}", contact.handle),
                    path,
                    "tel",
                );
                withheld = true;
            } else {
                card.phone(self.dialect().tel, phone);
            }
        }
        if let Some(email) = &contact.email {
            if withholds(Shown::Redacted) {
                self.redact(
                    &format!("Mail address of {}", contact.handle),
                    path,
                    "email",
                );
                withheld = true;
            } else {
                card.push("email", json!({}), "text", json!(email));
            }
        }
        self.entity(object, &contact.handle, card, roles);
        if withheld && self.dialect().shows(Shown::RedactedRemark) {
            let remark = json!({
                "title": "Contact data is withheld",
                "type": "object redacted due to authorization",
                "description": ["Only data of abuse contacts is shown to everybody."],
            });
            object.insert("remarks".to_owned(), json!([remark]));
        }
        if topmost || self.dialect().shows(Shown::EntityEvents) {
            object.insert("events".to_owned(), self.events(contact.dates));
        }
        self.finish_object(object, topmost);
    }

    /// Notes that a property of a jCard was removed (RFC 9537); `path` is the entity's.
    fn redact(&self, name: &str, path: &str, property: &str) {
        self.redactions.borrow_mut().push(json!({
            "name": { "description": name },
            "reason": { "description": "Personal data" },
            "prePath": format!("{path}.vcardArray[1][?(@[0]=='{property}')]"),
            "pathLang": "jsonpath",
            "method": "removal",
        }));
    }

    fn entity(&self, object: &mut Object, handle: &str, card: Card, roles: &[&str]) {
        object.insert("objectClassName".to_owned(), json!("entity"));
        object.insert("handle".to_owned(), json!(handle));
        object.insert("vcardArray".to_owned(), card.finish());
        if !roles.is_empty() {
            object.insert("roles".to_owned(), json!(roles));
        }
        if !self.dialect().entity_status.is_empty() {
            object.insert("status".to_owned(), json!(self.dialect().entity_status));
        }
        let mut further = Vec::new();
        if self.dialect().shows(Shown::Alternate)
            && let Some(page) = self.operator.web.get(1)
        {
            further.push((
                "alternate",
                format!("https://{page}/rest/entity/{handle}"),
                "application/xml",
            ));
        }
        let this = self.url_of(&format!("entity/{handle}"));
        object.insert("links".to_owned(), self.links(&this, further));
    }
}

/// Adds nested entities where there are any.
fn insert_entities(object: &mut Object, entities: Vec<Value>) {
    if !entities.is_empty() {
        object.insert("entities".to_owned(), Value::Array(entities));
    }
}

/// A jCard (RFC 7095) with the properties that section 5.1.1 of the profile allows.
#[derive(Debug)]
struct Card(Vec<Value>);

impl Card {
    fn new(kind: &str, name: &str) -> Self {
        let mut card = Self(Vec::new());
        card.push("version", json!({}), "text", json!("4.0"));
        card.push("fn", json!({}), "text", json!(name));
        card.push("kind", json!({}), "text", json!(kind));
        card
    }

    fn push(&mut self, name: &str, parameters: Value, kind: &str, value: Value) {
        self.0.push(json!([name, parameters, kind, value]));
    }

    fn address(&mut self, form: Adr, lines: &[String], country: &str) {
        let mut label = lines.to_vec();
        label.push(country.to_owned());
        let line = |index: usize| lines.get(index).map_or("", String::as_str);
        let components = match form {
            Adr::Label => ["", "", "", "", "", "", ""],
            Adr::Lines => ["", "", line(0), line(1), line(2), "", ""],
            Adr::Country => ["", "", line(0), line(1), line(2), "", country],
        };
        self.push(
            "adr",
            json!({ "label": label.join("\n") }),
            "text",
            json!(components),
        );
    }

    fn phone(&mut self, form: Tel, number: &str) {
        match form {
            Tel::Text => self.push("tel", json!({ "type": "voice" }), "text", json!(number)),
            Tel::WorkText => {
                self.push(
                    "tel",
                    json!({ "type": ["work", "voice"] }),
                    "text",
                    json!(number),
                );
            }
            Tel::Uri => {
                let uri = format!("tel:{}", number.replace(' ', "-"));
                self.push("tel", json!({ "type": "voice" }), "uri", json!(uri));
            }
        }
    }

    fn finish(self) -> Value {
        json!(["vcard", self.0])
    }
}
