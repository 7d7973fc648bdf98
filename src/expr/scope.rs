//! What an expression is known to yield, and the names it may use.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Val;
use crate::fact::vocabulary::{FactSpec, ProbeKind};
use crate::fact::{Distribution, Kind, SampleUnit};

/// What a name or an expression is known to be.
#[derive(Clone, Debug)]
pub enum Type {
    /// Anything: a JSON document and what comes out of one.
    Dynamic,
    /// Null.
    Null,
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// A number with a fraction.
    Double,
    /// A size in octets.
    Bytes,
    /// A length of time.
    Duration,
    /// A point in time.
    Time,
    /// Text.
    Text,
    /// A set of addresses.
    Addresses,
    /// A set of AS numbers.
    Asns,
    /// A list.
    List(Box<Type>),
    /// An object of unknown members.
    Map,
    /// An object of known members, such as `run`; another member is a mistake.
    Members(Arc<BTreeMap<String, Type>>),
    /// A name below which probes stand, such as `first`; it has no value itself.
    Space(Arc<[String]>),
    /// A record of facts, or a group within one.
    Record {
        /// Its facts.
        fields: &'static [FactSpec],
        /// The group's path; empty for the record itself.
        prefix: String,
    },
    /// A probe, or a group of its facts.
    Probe {
        /// Its kind.
        kind: &'static ProbeKind,
        /// Names of the probes it may be: one, or the branches of a conditional.
        names: Vec<Arc<str>>,
        /// The group's path; empty for the probe itself.
        prefix: String,
    },
}

impl Type {
    /// Returns the type of a fact's kind; of records see [`Type::of_spec`].
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Flag => Self::Bool,
            Kind::Count => Self::Int,
            Kind::Ratio => Self::Double,
            Kind::Bytes => Self::Bytes,
            Kind::Duration => Self::Duration,
            Kind::Time => Self::Time,
            Kind::Text => Self::Text,
            Kind::Json => Self::Dynamic,
            Kind::Texts | Kind::Set => Self::List(Box::new(Self::Text)),
            Kind::Records => Self::List(Box::new(Self::Map)),
            Kind::Addresses => Self::Addresses,
            Kind::Asns => Self::Asns,
            Kind::Distribution(unit) => {
                let sample = match unit {
                    SampleUnit::Count => Self::Int,
                    SampleUnit::Bytes => Self::Bytes,
                    SampleUnit::Duration => Self::Duration,
                };
                Self::members(Distribution::MEMBERS.map(|name| match name {
                    "count" => (name, Self::Int),
                    _ => (name, sample.clone()),
                }))
            }
        }
    }

    /// Returns the type of a fact.
    pub fn of_spec(spec: &'static FactSpec) -> Self {
        if spec.kind == Kind::Records && !spec.fields.is_empty() {
            let fields = spec.fields;
            let prefix = String::new();
            return Self::List(Box::new(Self::Record { fields, prefix }));
        }
        Self::of(spec.kind)
    }

    /// Returns the type of a literal.
    pub(super) const fn of_literal(value: &Val<'_>) -> Self {
        match value {
            Val::Null => Self::Null,
            Val::Bool(_) => Self::Bool,
            Val::Int(_) => Self::Int,
            Val::Double(_) => Self::Double,
            Val::Text(_) => Self::Text,
            Val::Bytes(_)
            | Val::Duration(_)
            | Val::Time(_)
            | Val::Addresses(_)
            | Val::Asns(_)
            | Val::List(_)
            | Val::Map(_)
            | Val::Group(_) => Self::Dynamic,
        }
    }

    /// Returns the type of an object with known members.
    pub fn members<'n>(members: impl IntoIterator<Item = (&'n str, Self)>) -> Self {
        let members = members
            .into_iter()
            .map(|(name, kind)| (name.to_owned(), kind));
        Self::Members(Arc::new(members.collect()))
    }

    /// Returns the type of a name below which others stand.
    pub fn space<'n>(below: impl IntoIterator<Item = &'n str>) -> Self {
        Self::Space(below.into_iter().map(str::to_owned).collect())
    }

    /// Says what it is, for messages.
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Dynamic => "any value",
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Int | Self::Double => "a number",
            Self::Bytes => "a size in bytes",
            Self::Duration => "a duration",
            Self::Time => "a time",
            Self::Text => "text",
            Self::Addresses => "a set of addresses",
            Self::Asns => "a set of AS numbers",
            Self::List(_) => "a list",
            Self::Map | Self::Members(_) | Self::Record { .. } => "an object",
            Self::Space(_) => "a group of probes",
            Self::Probe { .. } => "a probe",
        }
    }

    pub(super) const fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Double | Self::Dynamic)
    }

    /// Returns the type of a value that is one of two.
    pub(super) fn either(self, other: Self) -> Self {
        use std::mem::discriminant;
        match (self, other) {
            (Self::Int, Self::Double) | (Self::Double, Self::Int) => Self::Double,
            (Self::Null, known) | (known, Self::Null) => {
                if matches!(known, Self::Null) {
                    known
                } else {
                    Self::Dynamic
                }
            }
            (
                Self::Probe {
                    kind: a,
                    names: mut left,
                    prefix: p,
                },
                Self::Probe {
                    kind: b,
                    names: right,
                    prefix: q,
                },
            ) if a.name == b.name && p == q => {
                left.extend(right);
                Self::Probe {
                    kind: a,
                    names: left,
                    prefix: p,
                }
            }
            (Self::List(a), Self::List(b)) => Self::List(Box::new(a.either(*b))),
            (Self::Members(_) | Self::Record { .. } | Self::Probe { .. }, _) => Self::Dynamic,
            (a, b) if discriminant(&a) == discriminant(&b) => a,
            _ => Self::Dynamic,
        }
    }
}

/// The names an expression may use.
#[derive(Clone, Debug, Default)]
pub struct Scope(BTreeMap<Arc<str>, Type>);

impl Scope {
    /// Returns a scope without names; functions are always there.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds a probe under its name in the scenario; a name of before gives way.
    #[must_use]
    pub fn with_probe(mut self, name: &str, kind: &'static ProbeKind) -> Self {
        self.add_probe(name, kind);
        self
    }

    /// Adds a name; one of before gives way.
    #[must_use]
    pub fn with(mut self, name: &str, kind: Type) -> Self {
        self.add(name, kind);
        self
    }

    /// Adds a probe under its name in the scenario; a name of before gives way.
    pub fn add_probe(&mut self, name: &str, kind: &'static ProbeKind) {
        let name: Arc<str> = Arc::from(name);
        let names = vec![Arc::clone(&name)];
        let prefix = String::new();
        self.0.insert(
            name,
            Type::Probe {
                kind,
                names,
                prefix,
            },
        );
    }

    /// Adds a name; one of before gives way.
    pub fn add(&mut self, name: &str, kind: Type) {
        self.0.insert(Arc::from(name), kind);
    }

    /// Returns what a name is; `None` if there is no such name.
    pub fn get(&self, name: &str) -> Option<&Type> {
        self.0.get(name)
    }

    /// Iterates over the names in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(AsRef::as_ref)
    }

    /// Iterates over the names that are probes; one that stands for a probe, as a `let` may, is none.
    pub(super) fn probes(&self) -> impl Iterator<Item = &Arc<str>> {
        let probes = self.0.iter().filter(|(name, kind)| match kind {
            Type::Probe { names, prefix, .. } => {
                prefix.is_empty() && matches!(names.as_slice(), [own] if own == *name)
            }
            _ => false,
        });
        probes.map(|(name, _)| name)
    }

    /// Keeps some names only.
    pub(super) fn only(&self, names: &BTreeSet<Arc<str>>) -> Self {
        let kept = self.0.iter().filter(|(name, _)| names.contains(*name));
        Self(
            kept.map(|(name, kind)| (Arc::clone(name), kind.clone()))
                .collect(),
        )
    }
}
