//! RDAP objects as they stand in an answer, and their links, notices and events.

use serde_json::{Map, Value};

use super::answer::At;

/// Most members of an object that are looked through one by one; objects of real answers have 5 to 20.
const FEW_MEMBERS: usize = 32;

/// The members of a JSON object.
pub(super) type Members = Map<String, Value>;

/// A class of RDAP objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Ip,
    Autnum,
    Entity,
    Domain,
    Nameserver,
}

impl Class {
    /// Returns the registered spelling; RFC 9083, section 4.9.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Ip => "ip network",
            Self::Autnum => "autnum",
            Self::Entity => "entity",
            Self::Domain => "domain",
            Self::Nameserver => "nameserver",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "ip network" => Self::Ip,
            "autnum" => Self::Autnum,
            "entity" => Self::Entity,
            "domain" => Self::Domain,
            "nameserver" => Self::Nameserver,
            _ => return None,
        })
    }

    /// Says whether objects of the class are Internet number resources.
    pub(super) const fn is_resource(self) -> bool {
        matches!(self, Self::Ip | Self::Autnum)
    }

    /// Returns the class that objects in a member of this name have.
    pub(super) fn within(name: &str) -> Option<Self> {
        Some(match name {
            "entities" | "entitySearchResults" => Self::Entity,
            "nameservers" | "nameserverSearchResults" => Self::Nameserver,
            "network" | "networks" | "ipSearchResults" => Self::Ip,
            "autnums" | "autnumSearchResults" => Self::Autnum,
            "domainSearchResults" => Self::Domain,
            _ => return None,
        })
    }
}

/// How an object stands in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The topmost object of a lookup.
    Topmost,
    /// An item of a search result.
    Result,
    /// Inside another object.
    Nested,
}

/// One RDAP object instance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<'a> {
    pub(super) at: At,
    pub(super) members: &'a Members,
    /// The class it says it has; `None` if it says none or an unknown one.
    pub(super) said: Option<Class>,
    /// The class its place calls for.
    pub(super) expected: Option<Class>,
    pub(super) standing: Standing,
    /// A person put in by a scrubber; see the module docs of the inspector.
    pub(super) stand_in: bool,
    /// Index of the enclosing object.
    pub(super) parent: Option<usize>,
}

impl<'a> Object<'a> {
    /// Returns the class it says, else the one its place calls for.
    pub(super) fn class(&self) -> Option<Class> {
        self.said.or(self.expected)
    }

    pub(super) fn is(&self, class: Class) -> bool {
        self.class() == Some(class)
    }

    pub(super) fn is_resource(&self) -> bool {
        self.class().is_some_and(Class::is_resource)
    }

    pub(super) fn is_topmost(&self) -> bool {
        self.standing == Standing::Topmost
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        member(self.members, name)
    }

    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        member(self.members, name).and_then(Value::as_str)
    }

    /// Iterates over the texts of an array member; other items are passed by.
    pub(super) fn texts(&self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        items(member(self.members, name))
            .iter()
            .filter_map(Value::as_str)
    }

    /// Says whether an array member has this text.
    pub(super) fn has_text(&self, name: &str, text: &str) -> bool {
        self.texts(name).any(|item| item == text)
    }

    /// Iterates over the object's own links that are JSON objects.
    pub(super) fn links(&self) -> impl Iterator<Item = &'a Members> + use<'a> {
        items(self.get("links")).iter().filter_map(Value::as_object)
    }
}

/// Returns a member by name: rules ask for some hundred, and looking through a few names costs less than hashing one.
fn member<'a>(members: &'a Members, name: &str) -> Option<&'a Value> {
    if members.len() > FEW_MEMBERS {
        return members.get(name);
    }
    let mut all = members.iter();
    all.find(|(other, _)| *other == name)
        .map(|(_, value)| value)
}

/// Returns the items of an array; none if it is no array.
pub(super) fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A link, a notice, a remark or an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) at: At,
    /// The value as it stands; not always an object.
    pub(super) value: &'a Value,
    /// Index of the object it belongs to; `None` outside of objects.
    pub(super) owner: Option<usize>,
}

impl<'a> Part<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        member(self.value.as_object()?, name)
    }

    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.get(name).and_then(Value::as_str)
    }

    /// Says whether a link has this relation among those in `rel`.
    pub(super) fn has_rel(&self, relation: &str) -> bool {
        rels(self.text("rel")).any(|rel| rel == relation)
    }
}

/// Splits a `rel` into its relations.
pub(super) fn rels(rel: Option<&str>) -> impl Iterator<Item = &str> {
    rel.unwrap_or_default().split_ascii_whitespace()
}

/// Says whether an object is a person put in by a scrubber; see the module docs of the inspector.
pub(super) fn is_stand_in(members: &Members) -> bool {
    let handle = members
        .get("handle")
        .and_then(Value::as_str)
        .unwrap_or_default();
    handle.starts_with("EXAMPLE-PERSON-")
        && items(members.get("vcardArray")).get(1).is_some_and(|card| {
            items(Some(card)).iter().any(|property| {
                property.get(0).and_then(Value::as_str) == Some("kind")
                    && property.get(3).and_then(Value::as_str) == Some("individual")
            })
        })
}
