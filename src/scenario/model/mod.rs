//! The typed model of scenarios: what remains when every mistake has been reported.

mod check;
mod comparison;
mod lets;
mod matcher;
mod scenario;
mod target;
mod time;

pub use check::{Basis, Check, Condition, Expectation, Left, RuleUse};
pub use comparison::{
    Attribute, CompareRule, Comparison, Missing, Normalizer, Reference, Tolerance,
};
pub use lets::{Let, Lets};
pub use matcher::{Bound, CountBounds, JsonType, Matcher, Nearness, Operand, SetOperand};
pub use scenario::{
    ArgumentText, Axis, AxisValues, Family, Need, Pattern, Probe, Reach, Retry, Scenario,
};
pub use target::{
    Access, Credential, Limits, Maintenance, Pacing, Publication, Registry, Setting, Target,
    TargetKind,
};
pub use time::{Bounded, FIRST, Length, OverTime, Pair, Poll, Side, Stage};
