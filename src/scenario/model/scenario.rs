//! Scenarios: what is asked, for whom, over which values.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;

use super::{Check, Comparison, Lets, Pair, Poll, RuleUse, Stage};
use crate::expr::{Expression, Template};
use crate::fact::vocabulary::ProbeKind;
use crate::registry::{PerRegistry, RegistryId};
use crate::verdict::results::Place;

/// One scenario: what is asked, what must hold, what must agree.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Dotted, declared, unique, never reused.
    pub id: Arc<str>,
    /// One sentence.
    pub title: String,
    /// Why anybody should care; empty if not given.
    pub why: String,
    /// Words for filters.
    pub tags: Vec<String>,
    /// Which registries it is run for, alphabetically.
    pub registries: Vec<RegistryId>,
    /// Values for `vars`, by registry, defaults merged in: JSON objects.
    pub vars: PerRegistry<serde_json::Value>,
    /// Matrix axes in the order written; empty for one instance.
    pub matrix: Vec<Axis>,
    /// Named expressions.
    pub lets: Lets,
    /// What this machine must have, and capabilities that must not be declared absent.
    pub needs: Vec<Need>,
    /// Who gives and who takes; `None` for scenarios about each registry for itself.
    pub pair: Option<Pair>,
    /// When everything is asked again; `None` for once.
    pub poll: Option<Poll>,
    /// What happens meanwhile, in the order written; a later one may read an earlier one.
    pub stages: Vec<Stage>,
    /// Lengths of time by name.
    pub windows: BTreeMap<Arc<str>, SignedDuration>,
    /// Probes in the order written; see [`Probe::after`] for the order of asking.
    pub probes: Vec<Probe>,
    /// Checks in the order written.
    pub checks: Vec<Check>,
    /// Uses of inspector rules in the order written.
    pub rules: Vec<RuleUse>,
    /// Comparisons in the order written.
    pub compare: Vec<Comparison>,
    /// Former ids.
    pub renamed_from: Vec<String>,
    /// Where it is written.
    pub place: Place,
}

/// What a scenario or check needs: something of this machine, or a capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// `ipv6`, `ipv4`, `credentials`, a program such as `rsync`, or a capability that registries declare, such as `rdap.nameserver`.
    pub name: String,
    /// Where it is written.
    pub place: Place,
}

/// A matrix axis.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Its name, a root of expressions.
    pub name: String,
    /// Where its values come from.
    pub values: AxisValues,
    /// Where it is written.
    pub place: Place,
}

/// Where the values of an axis come from.
#[derive(Clone, Debug)]
pub enum AxisValues {
    /// Written in the scenario; records or scalars.
    Literal(Vec<serde_json::Value>),
    /// Written in the scenario with `${…}` over `registry`, `vars` and `run`; an item
    /// that reads what a registry does not declare is left out for that registry.
    Patterns(Vec<Pattern>),
    /// An expression over `registry`, `vars` and `run` that yields a list.
    Expression(Expression),
    /// A sample of a list, drawn without replacement by a seed; results are counted, not listed.
    Sample {
        /// Yields the list; may read probes, then it is expanded by `run` as an event.
        from: Expression,
        /// How many are drawn at most.
        count: u64,
        /// Seed; the same seed draws the same sample of the same list.
        seed: u64,
    },
}

impl AxisValues {
    /// Says whether results over this axis are counted instead of listed.
    pub const fn is_sampled(&self) -> bool {
        matches!(self, Self::Sample { .. })
    }
}

/// A JSON value with `${…}` in its texts.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// A value without `${…}`.
    Plain(serde_json::Value),
    /// Text with `${…}`.
    Text(Template),
    /// A list.
    List(Vec<Self>),
    /// Members in the order written.
    Object(Vec<(String, Self)>),
}

/// One probe of a scenario.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Its name, a root of expressions.
    pub name: Arc<str>,
    /// Its kind.
    pub kind: &'static ProbeKind,
    /// The value of the kind's key, such as `ip/${case.prefix}`.
    pub subject: Template,
    /// Arguments by name, common ones left out.
    pub arguments: BTreeMap<&'static str, ArgumentText>,
    /// Asked only if this holds.
    pub when: Option<Expression>,
    /// Probes that must have finished: by `after`, `conditional`, or because they are read.
    pub after: Vec<Arc<str>>,
    /// Time for the whole probe; the target's default if absent.
    pub timeout: Option<SignedDuration>,
    /// Attempts on transport failure; the target's default if absent.
    pub retry: Option<Retry>,
    /// The address family.
    pub family: Family,
    /// The registry asked, where it is not the subject.
    pub at: Option<Template>,
    /// What one observation serves.
    pub reach: Reach,
    /// Where it is written.
    pub place: Place,
}

/// What one observation of a probe serves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// One instance at one registry.
    #[default]
    Case,
    /// All instances at one registry.
    Registry,
    /// All registries, each instance for itself.
    All,
}

/// An argument as written, checked for its kind.
#[derive(Clone, Debug)]
pub enum ArgumentText {
    /// Text with `${…}`.
    Text(Template),
    /// Some texts with `${…}`.
    Texts(Vec<Template>),
    /// Names and texts with `${…}`.
    Headers(Vec<(String, Template)>),
    /// A duration.
    Duration(SignedDuration),
    /// A size.
    Bytes(u64),
    /// A number.
    Count(u64),
    /// A flag.
    Flag(bool),
    /// Most redirects followed; 0 for `none`.
    Redirects(u64),
    /// Another probe.
    Probe(Arc<str>),
}

/// An address family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Whichever answers.
    #[default]
    Any,
    /// IPv4 only.
    Ipv4,
    /// IPv6 only.
    Ipv6,
}

/// How a probe is repeated after transport failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Most attempts, the first included.
    pub attempts: u32,
    /// Wait before the second attempt; doubled for each further one.
    pub first: SignedDuration,
    /// Longest wait.
    pub max: SignedDuration,
}
