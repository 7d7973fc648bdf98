//! The index of an answer: one walk over the document, and what rules ask of it.
//!
//! Pointers are built for findings only. The walk keeps its own stack and passes by
//! the insides of jCards, which the rules on jCards read themselves.

use serde_json::Value;

use super::object::{Class, Members, Object, Part, Standing, is_stand_in, items};
use super::{Context, Query};

/// A place in the document: an index into the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At(usize);

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Member(&'a str),
    Item(usize),
}

#[derive(Clone, Copy, Debug)]
struct Node<'a> {
    parent: usize,
    step: Step<'a>,
}

/// What kind of answer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A lookup of one object.
    Lookup,
    Help,
    Search,
    History,
    Error,
}

/// An answer with its index.
#[derive(Debug)]
pub struct Answer<'a> {
    pub(super) document: &'a Value,
    pub(super) context: &'a Context,
    pub(super) shape: Shape,
    pub(super) asked: Query,
    /// The identifiers in `rdapConformance`, see [`Answer::claims`].
    claimed: Vec<&'a str>,
    nodes: Vec<Node<'a>>,
    /// Object instances in document order; none in errors, help and history answers.
    pub(super) objects: Vec<Object<'a>>,
    pub(super) links: Vec<Part<'a>>,
    pub(super) notices: Vec<Part<'a>>,
    pub(super) remarks: Vec<Part<'a>>,
    pub(super) events: Vec<Part<'a>>,
    /// Members whose value is null.
    pub(super) nulls: Vec<At>,
    /// Empty arrays, and empty objects inside arrays.
    pub(super) empties: Vec<At>,
    /// `rdapConformance` members below the topmost object.
    pub(super) nested_conformance: Vec<At>,
    /// Members called `lang`.
    pub(super) langs: Vec<Part<'a>>,
    /// Members called `port43`.
    pub(super) ports: Vec<Part<'a>>,
    /// Members called `ldhName` or `unicodeName`.
    pub(super) names: Vec<Part<'a>>,
}

struct Pending<'a> {
    parent: usize,
    step: Step<'a>,
    value: &'a Value,
    /// Name of the member the value is in, directly or as an item.
    name: &'a str,
    owner: Option<usize>,
}

impl<'a> Answer<'a> {
    /// Walks a document.
    pub(super) fn read(document: &'a Value, context: &'a Context) -> Self {
        let asked = context
            .query
            .clone()
            .unwrap_or_else(|| Query::guess(document));
        let mut answer = Self {
            document,
            context,
            shape: shape(document, context, &asked),
            asked,
            claimed: claimed(document),
            nodes: Vec::with_capacity(128),
            objects: Vec::new(),
            links: Vec::new(),
            notices: Vec::new(),
            remarks: Vec::new(),
            events: Vec::new(),
            nulls: Vec::new(),
            empties: Vec::new(),
            nested_conformance: Vec::new(),
            langs: Vec::new(),
            ports: Vec::new(),
            names: Vec::new(),
        };
        let mut stack = vec![Pending {
            parent: 0,
            step: Step::Root,
            value: document,
            name: "",
            owner: None,
        }];
        while let Some(pending) = stack.pop() {
            answer.visit(&pending, &mut stack);
        }
        answer
    }

    fn visit(&mut self, pending: &Pending<'a>, stack: &mut Vec<Pending<'a>>) {
        let Pending {
            parent,
            step,
            value,
            name,
            owner,
        } = *pending;
        let index = self.nodes.len();
        let at = At(index);
        self.nodes.push(Node { parent, step });
        let part = Part { at, value, owner };
        let is_member = matches!(step, Step::Member(_));
        if is_member {
            match name {
                "lang" => self.langs.push(part),
                "port43" => self.ports.push(part),
                "ldhName" | "unicodeName" => self.names.push(part),
                "rdapConformance" if parent != 0 => self.nested_conformance.push(at),
                _ => {}
            }
        } else if matches!(step, Step::Item(_)) {
            match name {
                "links" => self.links.push(part),
                "notices" => self.notices.push(part),
                "remarks" => self.remarks.push(part),
                "events" | "asEventActor" => self.events.push(part),
                _ => {}
            }
        }
        match value {
            Value::Null if is_member => self.nulls.push(at),
            Value::Array(array) => {
                if array.is_empty() {
                    self.empties.push(at);
                }
                if name == "vcardArray" {
                    return;
                }
                for (item, value) in array.iter().enumerate().rev() {
                    stack.push(Pending {
                        parent: index,
                        step: Step::Item(item),
                        value,
                        name,
                        owner,
                    });
                }
            }
            Value::Object(members) => {
                if members.is_empty() && !is_member {
                    self.empties.push(at);
                }
                let owner = self.object(at, members, pending).or(owner);
                for (name, value) in members.iter().rev() {
                    stack.push(Pending {
                        parent: index,
                        step: Step::Member(name),
                        value,
                        name,
                        owner,
                    });
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// Keeps a JSON object as an object instance if it is one, and returns its index.
    fn object(&mut self, at: At, members: &'a Members, pending: &Pending<'a>) -> Option<usize> {
        if !matches!(self.shape, Shape::Lookup | Shape::Search) {
            return None;
        }
        let root = matches!(pending.step, Step::Root);
        let in_place = match pending.step {
            Step::Root => false,
            Step::Member(name) => name == "network",
            Step::Item(_) => pending.name != "network",
        };
        let expected = match (root, in_place) {
            (true, _) => asked_class(&self.asked),
            (_, true) => Class::within(pending.name),
            _ => None,
        };
        let said = members.get("objectClassName");
        let topmost = root && self.shape == Shape::Lookup;
        if (expected.is_none() && said.is_none() && !topmost) || (root && !topmost) {
            return None;
        }
        // A bare text may stand for an object (`"nameservers": ["ns.example"]`); only JSON objects come here.
        let standing = if topmost {
            Standing::Topmost
        } else if self.shape == Shape::Search && pending.name.ends_with("SearchResults") {
            Standing::Result
        } else {
            Standing::Nested
        };
        self.objects.push(Object {
            at,
            members,
            said: said.and_then(Value::as_str).and_then(Class::from_name),
            expected,
            standing,
            stand_in: is_stand_in(members),
            parent: pending.owner,
        });
        Some(self.objects.len() - 1)
    }

    /// Builds the JSON Pointer of a place.
    pub(super) fn pointer(&self, at: At) -> String {
        let mut steps = Vec::new();
        let mut index = at.0;
        while let Some(node) = self.nodes.get(index) {
            if matches!(node.step, Step::Root) {
                break;
            }
            steps.push(node.step);
            index = node.parent;
        }
        let mut pointer = String::new();
        for step in steps.iter().rev() {
            pointer.push('/');
            match step {
                Step::Root => {}
                Step::Member(name) => pointer.push_str(&escaped(name)),
                Step::Item(item) => pointer.push_str(&item.to_string()),
            }
        }
        pointer
    }

    /// Builds the JSON Pointer of what lies below a place: `below("roles/0")`.
    pub(super) fn below(&self, at: At, rest: &str) -> String {
        let mut pointer = self.pointer(at);
        pointer.push('/');
        pointer.push_str(rest);
        pointer
    }

    /// Iterates over the identifiers in `rdapConformance`.
    ///
    /// An item that is a comma-separated list counts as its parts: that the list is
    /// wrong is one finding, not one of each rule that reads a claim.
    pub(super) fn claims(&self) -> impl Iterator<Item = &'a str> {
        self.claimed.iter().copied()
    }

    /// Says whether the answer claims an extension.
    pub(super) fn claims_one(&self, identifier: &str) -> bool {
        self.claimed.contains(&identifier)
    }

    /// Says whether the answer claims the NRO profile.
    pub(super) fn is_profiled(&self) -> bool {
        self.claims_one("nro_rdap_profile_0")
    }

    /// Says whether the answer is an error.
    pub(super) fn is_error(&self) -> bool {
        self.shape == Shape::Error
    }

    /// Iterates over object instances of a class.
    pub(super) fn of_class(&self, class: Class) -> impl Iterator<Item = &Object<'a>> {
        self.objects.iter().filter(move |object| object.is(class))
    }

    /// Returns the topmost object of a lookup.
    pub(super) fn topmost(&self) -> Option<&Object<'a>> {
        self.objects.first().filter(|object| object.is_topmost())
    }

    /// Iterates over notices, then remarks.
    pub(super) fn notes(&self) -> impl Iterator<Item = &Part<'a>> {
        self.notices.iter().chain(&self.remarks)
    }
}

/// Escapes a member name for a JSON Pointer; RFC 6901, section 3.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Returns the identifiers in `rdapConformance`; nearly every rule asks for one, so they are read once.
fn claimed(document: &Value) -> Vec<&str> {
    items(document.get("rdapConformance"))
        .iter()
        .filter_map(Value::as_str)
        .flat_map(|item| item.split(',').map(str::trim))
        .collect()
}

fn shape(document: &Value, context: &Context, asked: &Query) -> Shape {
    let failed = context.status.is_some_and(|status| status >= 400);
    if failed || document.get("errorCode").is_some() {
        return Shape::Error;
    }
    match asked {
        Query::Error => Shape::Error,
        Query::Help => Shape::Help,
        Query::Search => Shape::Search,
        Query::History => Shape::History,
        Query::Ip(_)
        | Query::Autnum(_)
        | Query::Domain(_)
        | Query::Entity(_)
        | Query::Nameserver(_) => Shape::Lookup,
    }
}

/// Returns the class that a query asks for.
pub(super) const fn asked_class(query: &Query) -> Option<Class> {
    Some(match query {
        Query::Ip(_) => Class::Ip,
        Query::Autnum(_) => Class::Autnum,
        Query::Domain(_) => Class::Domain,
        Query::Entity(_) => Class::Entity,
        Query::Nameserver(_) => Class::Nameserver,
        Query::Help | Query::Search | Query::History | Query::Error => return None,
    })
}
