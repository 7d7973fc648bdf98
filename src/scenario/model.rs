//! The typed model of scenarios: what remains when every mistake has been reported.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::expr::{Expression, Selector, Template};
use crate::fact::Value;
use crate::fact::vocabulary::ProbeKind;
use crate::registry::{PerRegistry, RegistryId};
use crate::resource::{AddressSet, AsnSet};
use crate::verdict::results::Place;
use crate::verdict::{Level, Operator};

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
    /// Named expressions in the order written; a later one may read an earlier one.
    pub lets: Vec<(String, Expression)>,
    /// Capabilities that must not be declared absent.
    pub needs: Vec<Need>,
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

/// A capability that a scenario or check needs.
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

impl AxisValues {
    /// Says whether results over this axis are counted instead of listed.
    pub const fn is_sampled(&self) -> bool {
        matches!(self, Self::Sample { .. })
    }
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
    /// Whether one observation serves all registries.
    pub shared: bool,
    /// Where it is written.
    pub place: Place,
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

/// What a verdict rests on, common to checks, rules and comparisons.
#[derive(Clone, Debug)]
pub struct Basis {
    /// How much it matters.
    pub level: Level,
    /// Whose doing it is.
    pub operator: Operator,
    /// Clauses or agreements, such as `rfc9083#4.2`.
    pub refs: Vec<String>,
    /// Catalogue ids it covers.
    pub covers: Vec<String>,
    /// The suite release that brought it; provisional in that release.
    pub since: Option<String>,
    /// Former ids.
    pub renamed_from: Vec<String>,
    /// Findings with the same cause are counted as one.
    pub cause: Option<String>,
    /// Where a rule has something to look at; `None` for everywhere, and for checks.
    pub applies: Option<String>,
}

/// A check of a scenario.
#[derive(Clone, Debug)]
pub struct Check {
    /// `<scenario>/<check>`.
    pub id: Arc<str>,
    /// One sentence: what must hold.
    pub title: String,
    /// What it rests on.
    pub basis: Basis,
    /// Judged only if this holds; otherwise not-applicable.
    pub when: Option<Expression>,
    /// Checks that must pass first, as `<scenario>/<check>`; otherwise skipped.
    pub requires: Vec<Arc<str>>,
    /// Capabilities that must not be declared absent.
    pub needs: Vec<Need>,
    /// What must hold.
    pub condition: Condition,
    /// Where it is written.
    pub place: Place,
}

/// What a check demands.
#[derive(Clone, Debug)]
pub enum Condition {
    /// All of these.
    Expect(Vec<Expectation>),
    /// This expression yields true.
    Expression {
        /// The expression.
        expression: Expression,
        /// What to say if it does not.
        message: Option<Template>,
    },
}

/// One line of `expect`.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// What is looked at.
    pub left: Left,
    /// What must hold of it; all of them.
    pub matchers: Vec<Matcher>,
    /// Where it is written.
    pub place: Place,
    /// The line as written, for messages: `help.status: 200`.
    pub text: String,
}

/// What an expectation looks at.
#[derive(Clone, Debug)]
pub enum Left {
    /// A fact of a probe, such as `help.status`.
    Fact {
        /// The probe.
        probe: Arc<str>,
        /// The path.
        path: String,
    },
    /// Nodes of a probe's JSON body, such as `help $.notices[*].links`.
    Nodes {
        /// The probe.
        probe: Arc<str>,
        /// The selector.
        selector: Selector,
    },
}

/// A value on the right side of a matcher.
#[derive(Clone, Debug)]
pub enum Operand {
    /// A value with its kind.
    Value(Value),
    /// `${…}`, evaluated when judged.
    Template(Template),
}

/// A bound with its unit.
pub type Bound = Operand;

/// What must hold of the left side.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// Equal; a bare value means this.
    Equals(Operand),
    /// None of these hold.
    Not(Vec<Matcher>),
    /// Equal to one of these.
    OneOf(Vec<Operand>),
    /// Equal to none of these.
    NoneOf(Vec<Operand>),
    /// There (`true`) or not (`false`).
    Present(bool),
    /// Of a JSON type: `string`, `number`, `integer`, `boolean`, `array`, `object`, `null`.
    Type(JsonType),
    /// Text that matches a regular expression somewhere.
    Matches(regex::Regex),
    /// Text or a list that contains this.
    Contains(Operand),
    /// A list that contains all of these.
    ContainsAll(Vec<Operand>),
    /// Text or a list that contains none of these.
    ContainsNone(Vec<Operand>),
    /// Text that begins with this.
    StartsWith(Operand),
    /// Text that ends with this.
    EndsWith(Operand),
    /// A media type, parameters and case ignored.
    MediaType(String),
    /// At least this.
    Min(Bound),
    /// At most this.
    Max(Bound),
    /// At least the first, at most the second.
    Between(Bound, Bound),
    /// Near another value.
    Within {
        /// The other value.
        of: Bound,
        /// How near.
        by: Nearness,
    },
    /// The number of items or nodes.
    Count(CountBounds),
    /// Every item or node holds all of these; an empty list holds.
    Each(Vec<Matcher>),
    /// Some item or node holds all of these.
    Any(Vec<Matcher>),
    /// No item or node holds all of these.
    None(Vec<Matcher>),
    /// No two items are equal (`true`).
    Unique(bool),
    /// Items are in ascending order (`true`).
    Sorted(bool),
    /// A time before this.
    Before(Bound),
    /// A time after this.
    After(Bound),
    /// A time this long ago, by the run's clock.
    Age {
        /// At least.
        min: Option<SignedDuration>,
        /// At most.
        max: Option<SignedDuration>,
    },
    /// A time at least this far ahead, by the run's clock.
    ExpiresIn {
        /// At least.
        min: SignedDuration,
    },
    /// Every item, address or AS number is in this.
    SubsetOf(SetOperand),
    /// Every item, address or AS number of this is there.
    SupersetOf(SetOperand),
    /// Nothing in common with this.
    DisjointFrom(SetOperand),
    /// Addresses or AS numbers that contain all of this.
    Covers(SetOperand),
    /// Nothing in it (`true`), or something (`false`).
    Empty(bool),
}

/// JSON types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonType {
    /// Text.
    String,
    /// Any number.
    Number,
    /// A number without fraction.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A list.
    Array,
    /// A mapping.
    Object,
    /// `null`.
    Null,
}

/// How near two values must be.
#[derive(Clone, Debug)]
pub enum Nearness {
    /// As a share of the other value.
    Ratio(f64),
    /// In its unit.
    Absolute(Value),
}

/// Bounds on a number of items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CountBounds {
    /// At least.
    pub min: Option<u64>,
    /// At most.
    pub max: Option<u64>,
    /// Exactly.
    pub equals: Option<u64>,
}

/// The right side of a set matcher.
#[derive(Clone, Debug)]
pub enum SetOperand {
    /// Addresses.
    Addresses(AddressSet),
    /// AS numbers.
    Asns(AsnSet),
    /// Items.
    Items(Vec<Operand>),
    /// `${…}`, evaluated when judged.
    Template(Template),
}

/// A use of inspector rules on the document of a probe.
#[derive(Clone, Debug)]
pub struct RuleUse {
    /// Ids, globs expanded and exceptions removed, in catalogue order, each with what it rests on (overrides applied).
    pub rules: Vec<(Arc<str>, Basis)>,
    /// The probe.
    pub of: Arc<str>,
    /// Judged only if this holds.
    pub when: Option<Expression>,
    /// Ids left out, with the reason.
    pub except: Vec<(Arc<str>, String)>,
    /// Where it is written.
    pub place: Place,
}

/// A comparison of a scenario.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// `<scenario>/<comparison>`.
    pub id: Arc<str>,
    /// One sentence: what should agree.
    pub title: String,
    /// What it rests on.
    pub basis: Basis,
    /// One value per participant.
    pub value: Expression,
    /// Participants for which this does not hold are excluded.
    pub when: Option<Expression>,
    /// The rule with its arguments.
    pub rule: CompareRule,
    /// Fewest participants with a value; fewer are insufficient.
    pub min_participants: u64,
    /// What a participant without a value is.
    pub missing: Missing,
    /// Whether an outlier gets a `fail`; only with a clause.
    pub attribute: Attribute,
    /// How long a divergence must have been seen before it counts.
    pub grace: Option<SignedDuration>,
    /// Difference that is still equal.
    pub tolerance: Option<Tolerance>,
    /// Normalizers applied to the value, in order.
    pub normalize: Vec<Normalizer>,
    /// Compares the values of a matrix axis within each registry instead of registries.
    pub across: Option<String>,
    /// Splits the participants; each group is compared by itself.
    pub group_by: Option<Expression>,
    /// Where it is written.
    pub place: Place,
}

/// The rules of comparison.
#[derive(Clone, Debug)]
pub enum CompareRule {
    /// All values equal.
    Equal,
    /// Each value one of these.
    OneOf(Vec<serde_json::Value>),
    /// Largest over smallest at most this.
    WithinRatio(f64),
    /// Each value this near to a reference.
    WithinAbs {
        /// How near, in the value's unit.
        abs: Value,
        /// To what.
        reference: Reference,
    },
    /// Named values do not decrease in this order.
    Ordered {
        /// Names in order.
        sequence: Vec<String>,
        /// Largest step between neighbors.
        max_gap: Option<Value>,
    },
    /// No two values have a member in common.
    Disjoint,
    /// Exactly one value is true.
    ExactlyOne,
    /// At most one value is true.
    AtMostOne,
    /// A group of equal values has at least this many members.
    Quorum {
        /// Members of the largest group.
        agree: u64,
        /// Of how many participants, at least.
        of: Option<u64>,
    },
    /// Every list contains what all have in common with at most the declared extras: missing members make an outlier.
    SubsetOfCommon,
    /// The values together cover a set.
    UnionCovers {
        /// Yields the set.
        set: Template,
    },
    /// Always holds; values are shown.
    Report,
}

impl CompareRule {
    /// Returns the rule's word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::OneOf(_) => "one_of",
            Self::WithinRatio(_) => "within_ratio",
            Self::WithinAbs { .. } => "within_abs",
            Self::Ordered { .. } => "ordered",
            Self::Disjoint => "disjoint",
            Self::ExactlyOne => "exactly_one",
            Self::AtMostOne => "at_most_one",
            Self::Quorum { .. } => "quorum",
            Self::SubsetOfCommon => "subset_of_common",
            Self::UnionCovers { .. } => "union_covers",
            Self::Report => "report",
        }
    }
}

/// What `within_abs` measures from.
#[derive(Clone, Debug)]
pub enum Reference {
    /// The median of the values.
    Median,
    /// One participant.
    Participant(RegistryId),
    /// A constant.
    Constant(Value),
}

/// What a participant without a value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// Left out.
    Exclude,
    /// One that differs.
    Outlier,
    /// A reason to reach no verdict.
    #[default]
    Inconclusive,
}

/// Whose a divergence is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attribute {
    /// The set's.
    #[default]
    Set,
    /// The outliers', by a clause.
    Outlier,
}

/// Difference that is still equal.
#[derive(Clone, Debug)]
pub struct Tolerance {
    /// Largest share of members that are in one set only.
    pub symmetric_difference: Option<f64>,
    /// Largest difference of numbers, in their unit.
    pub absolute: Option<Value>,
}

/// Named, tested changes of a value before it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalizer {
    /// Sorts a list.
    Sort,
    /// Removes repeated items of a list.
    Unique,
    /// Lower case.
    Lower,
    /// Removes white space at both ends and folds it within.
    Whitespace,
    /// Removes a final dot.
    FinalDot,
    /// Sorts the keys of objects at every level.
    SortKeys,
    /// Replaces every URL by `{base}` and its path below the registry's base.
    Urls,
    /// Times to UTC, whole seconds.
    UtcSeconds,
    /// Handles to their pattern: `range`, `cidr`, `NET-`, `AS<n>`, `<id>-<tag>`.
    HandlePattern,
    /// The shape tree of an RDAP answer: member names and types, values replaced by classes.
    Shape,
}

/// What a target file says.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name, by which `--target` and waivers find it.
    pub name: Arc<str>,
    /// What it is.
    pub kind: TargetKind,
    /// Registries it has, alphabetically; empty for all.
    pub registries: Vec<RegistryId>,
    /// Overlays on registry data, as JSON merge patches.
    pub overlays: PerRegistry<serde_json::Value>,
    /// Limits on every read.
    pub limits: Limits,
    /// Pace and budgets.
    pub pacing: Pacing,
    /// Attempts on transport failure where a probe says nothing.
    pub retry: Retry,
    /// Time for a probe that says nothing.
    pub timeout: SignedDuration,
    /// How staging services are reached; empty for live ones.
    pub access: Access,
    /// Contact in the User-Agent; required for live targets.
    pub contact: Option<String>,
    /// Base URL of the RDAP bootstrap files, with final slash; expressions read it as `run.bootstrap`.
    pub bootstrap: String,
    /// An NTP-less time source: a URL whose Date header is compared with our clock.
    pub time_source: Option<String>,
    /// Where it is written.
    pub place: Place,
}

/// What a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetKind {
    /// Production services.
    Live,
    /// Services before a release; may be private.
    Staging,
    /// The mock world, inside this process or at given addresses.
    Mock,
}

impl TargetKind {
    /// Returns the word of target files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Staging => "staging",
            Self::Mock => "mock",
        }
    }
}

/// Limits on every read; reaching one is an observation with a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest body on the wire, in octets.
    pub body_bytes: u64,
    /// Largest body after decoding, in octets.
    pub decoded_bytes: u64,
    /// Deepest nesting of a document.
    pub depth: u64,
    /// Most redirects, whatever a probe asks for.
    pub redirects: u64,
}

/// Pace and budgets.
#[derive(Clone, Debug, PartialEq)]
pub struct Pacing {
    /// Exchanges a second to one host; `None` for as fast as it goes.
    pub per_second: Option<f64>,
    /// Connections at a time to one host.
    pub connections: u64,
    /// Exchanges to one registry in a day, kept across runs; `None` for no budget.
    pub requests_per_day: Option<u64>,
    /// Octets from one registry in a day, kept across runs; `None` for no budget.
    pub bytes_per_day: Option<u64>,
}

/// How services are reached that are not where their names say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// File with CA certificates to trust beside the machine's, PEM.
    pub ca_bundle: Option<String>,
    /// Where `ca_bundle` is written.
    pub ca_bundle_at: Place,
    /// File with a client certificate and its key, PEM; the key's file name only.
    pub client_certificate: Option<String>,
    /// Where `client_certificate` is written.
    pub client_certificate_at: Place,
    /// Proxy URL.
    pub proxy: Option<String>,
    /// `name:port` to `host:port`, as curl's `--connect-to`.
    pub connect_to: Vec<(String, String)>,
    /// Production name to staging name, applied to URLs before asking.
    pub names: Vec<(String, String)>,
    /// Headers from the environment: host, header name, environment variable.
    pub credentials: Vec<Credential>,
    /// DNS server, `address:port`; the machine's if absent.
    pub resolver: Option<String>,
}

/// A secret that is sent to one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The host it is sent to, and no other.
    pub host: String,
    /// The header.
    pub header: String,
    /// The environment variable that holds it.
    pub variable: String,
}

/// A registry as its file and the target's overlay describe it.
#[derive(Clone, Debug)]
pub struct Registry {
    /// Its id.
    pub id: RegistryId,
    /// Its display name.
    pub name: String,
    /// Everything expressions may read as `registry.…`: endpoints, samples, capabilities, parameters.
    pub data: serde_json::Value,
    /// Hosts that are its own, lower case.
    pub hosts: Vec<String>,
    /// Declared capabilities: `rdap.nameserver: false`.
    pub capabilities: BTreeMap<String, bool>,
    /// Announced maintenance.
    pub maintenance: Vec<Maintenance>,
    /// Exchanges a second its documents allow; `None` where nothing is declared.
    pub per_second: Option<f64>,
    /// What the run has beside it; empty before a target's overlays are applied.
    pub setting: Arc<Setting>,
    /// Where it is written.
    pub place: Place,
}

/// What a run has beside one registry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Setting {
    /// Base URL of the RDAP bootstrap files, read as `run.bootstrap`.
    pub bootstrap: String,
    /// Data of all registries of the target by id, read as `registries`.
    pub registries: serde_json::Value,
}

/// An announced maintenance window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintenance {
    /// Start, UTC.
    pub from: Timestamp,
    /// End, UTC.
    pub until: Timestamp,
    /// Where it was announced.
    pub source: String,
}
