//! The words of a verdict, the schema of `results.json`, and baselines.
//!
//! Three orthogonal words are never mixed: the *outcome* says what the evidence
//! shows, the *level* how much it matters, the *disposition* how it compares with
//! what was expected. See `docs/decisions.md` for why there are three.

pub mod baseline;
pub mod case;
pub mod checklist;
pub mod lasting;
pub mod measure;
pub mod note;
pub mod results;
pub mod series;
pub mod twin;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Declares a closed set of words: an enum with its kebab-case spelling in files.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident, $what:literal { $($(#[$vmeta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vmeta])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// All words of the set, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the word as it stands in files and reports.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { what: $what, word: text.to_owned() }),
                }
            }
        }
    };
}

/// Says that a word is not one of a closed set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not {what}")]
pub struct UnknownWord {
    /// What was expected, with its article: `a level`.
    pub what: &'static str,
    /// The word that was read.
    pub word: String,
}

words! {
    /// What a document says of a feature.
    ClaimState, "a state of a feature" {
        /// It is there.
        Yes = "yes",
        /// It is not there.
        No = "no",
        /// It is there in a test environment only.
        TestOnly = "test-only",
        /// It is announced.
        Planned = "planned",
        /// Some of it is there.
        Partial = "partial",
        /// The source does not say.
        Unknown = "unknown",
    }
}

words! {
    /// How much a check matters, and what it must rest on. Ordered from weighty to light.
    Level, "a level" {
        /// An absolute requirement of a published document.
        Must = "must",
        /// A recommendation of a published document.
        Should = "should",
        /// An option a published document gives.
        May = "may",
        /// Something the registries agreed among themselves; binds its parties only.
        Parity = "parity",
        /// A draft, an open reading, an unverified clause, or a threshold of our own.
        Proposed = "proposed",
        /// Measured, compared and published; cannot fail.
        Observe = "observe",
    }
}

impl Level {
    /// Says whether a check at this level can have the outcome `fail`.
    pub const fn can_fail(self) -> bool {
        !matches!(self, Self::Observe)
    }

    /// Says whether a failure at this level may enter a count of failures.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Must | Self::Should | Self::May | Self::Parity)
    }
}

words! {
    /// Whose doing the checked thing is.
    Operator, "an operator" {
        /// The registry's own service.
        RirService = "rir-service",
        /// A certification authority the registry runs for a member.
        RirHostedCa = "rir-hosted-ca",
        /// A certification authority a member runs.
        DelegatedCa = "delegated-ca",
        /// A National Internet Registry.
        Nir = "nir",
        /// Data that a member wrote.
        MemberData = "member-data",
        /// Anybody else.
        ThirdParty = "third-party",
    }
}

impl Operator {
    /// Says whether a finding on this operator's doing can become a registry's `fail`.
    pub const fn is_registry(self) -> bool {
        matches!(self, Self::RirService | Self::RirHostedCa)
    }
}

words! {
    /// What the evidence shows. Ordered worst first, which is how groups roll up.
    Outcome, "an outcome" {
        /// The harness failed: a bug, a missing program, our clock. Counts against nobody.
        Error = "error",
        /// The evidence shows that the expectation does not hold.
        Fail = "fail",
        /// Asked, but the evidence allows no verdict; see [`Cause`].
        Inconclusive = "inconclusive",
        /// The evidence shows that the expectation holds.
        Pass = "pass",
        /// Not judged by choice; a reason is given.
        Skipped = "skipped",
        /// Declared not to apply; a reason is given.
        NotApplicable = "not-applicable",
    }
}

words! {
    /// Why the evidence allows no verdict.
    Cause, "a cause" {
        /// No complete answer within the time allowed.
        Timeout = "timeout",
        /// The service refused us: 403, 429, a challenge page, a reset connection.
        Blocked = "blocked",
        /// A 5xx answer where content was the question.
        ServerError = "server-error",
        /// No connection: the name did not resolve, nothing listened, TLS failed.
        Unreachable = "unreachable",
        /// An answer that could not be read whole: cut short, too large, too deep, not decodable.
        Unreadable = "unreadable",
        /// Within a maintenance window the registry had announced.
        Maintenance = "maintenance",
        /// Two places of observation saw different things.
        VantagesDisagree = "vantages-disagree",
        /// The judgement needs observations of earlier times that do not exist yet.
        NeedsHistory = "needs-history",
    }
}

words! {
    /// How an outcome compares with what was expected.
    Disposition, "a disposition" {
        /// As it should be, or nothing to expect.
        Expected = "expected",
        /// A failure nobody announced.
        Unexpected = "unexpected",
        /// A failure that a waiver matches.
        Known = "known",
        /// A waiver matches, yet the check passes.
        StaleWaiver = "stale-waiver",
        /// A waiver would match, but its end date has passed.
        ExpiredWaiver = "expired-waiver",
        /// Attempts of one observation differ.
        Flaky = "flaky",
        /// A live failure seen once.
        Unconfirmed = "unconfirmed",
        /// A failure of a check in its first suite release.
        Provisional = "provisional",
        /// A verdict that was wrong: an erratum takes it back, and it counts nowhere.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// What a result does in the gate.
    Weight, "a weight" {
        /// Nothing: it is as it should be, or does not gate.
        None = "none",
        /// The gate fails for it.
        Fails = "fails",
        /// It gates, and could not be judged.
        Unjudged = "unjudged",
        /// It would fail or be missed, and did so in the run that the gate compares with.
        Before = "before",
    }
}

impl Weight {
    /// Says whether it is [`Weight::None`].
    pub const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

impl Default for Weight {
    /// Returns [`Weight::None`].
    fn default() -> Self {
        Self::None
    }
}

words! {
    /// How a value stands to the one that was accepted.
    DriftClass, "a change against a baseline" {
        /// As it was accepted.
        Unchanged = "unchanged",
        /// Another one.
        Changed = "changed",
        /// Nothing was accepted yet.
        New = "new",
        /// Something was accepted, and nothing is there, or nobody looks at it any more.
        Gone = "gone",
    }
}

words! {
    /// What a registry says of a finding about itself.
    Stance, "a stance" {
        /// It is as the finding says.
        Accepted = "accepted",
        /// It is as the finding says, and a remedy is planned for a day.
        Planned = "planned",
        /// The registry says that the finding is wrong.
        Disputed = "disputed",
    }
}

words! {
    /// The result of a comparison for the set.
    Agreement, "a comparison outcome" {
        /// All participants agree by the rule.
        Consistent = "consistent",
        /// They do not.
        Divergent = "divergent",
        /// Too few participants have a value.
        Insufficient = "insufficient",
        /// The values cannot be compared: a failed prerequisite or different kinds.
        NotComparable = "not-comparable",
    }
}

words! {
    /// The part one participant plays in a comparison.
    Role, "a role" {
        /// In the group that holds by the rule.
        Agrees = "agrees",
        /// Differs, and a clause decides that this is its fault.
        Outlier = "outlier",
        /// Differs from another group; no clause says who is right.
        Differs = "differs",
        /// Has no value.
        Absent = "absent",
        /// Left out by declaration.
        Excluded = "excluded",
    }
}

words! {
    /// How a registry's habit is beside those of others: nobody is right, and nobody wrong.
    Mark, "a mark" {
        /// All whose habit was seen do the same.
        Same = "same",
        /// Not all do the same.
        Differs = "differs",
        /// There is nothing of the kind, or it is declared not to be.
        NotOffered = "not-offered",
        /// It could not be seen.
        Unobservable = "unobservable",
    }
}

words! {
    /// What became of a result between two judgings. Ordered as reports show them: what got worse first.
    Change, "a class of change" {
        /// It passed or agreed, and now fails or diverges.
        Regressed = "regressed",
        /// It had a verdict or did not apply, and cannot be judged any more.
        NowUnjudgeable = "now-unjudgeable",
        /// It was not there before.
        New = "new",
        /// It is not there any more.
        Gone = "gone",
        /// It could not be judged, and now has a verdict.
        NowJudged = "now-judged",
        /// It did not apply, and now has a verdict.
        NowApplies = "now-applies",
        /// It does not apply any more.
        NoLongerApplies = "no-longer-applies",
        /// It failed or diverged, and still does.
        StillFailing = "still-failing",
        /// It failed or diverged, and now passes or agrees.
        Fixed = "fixed",
        /// The verdict is the same and what was seen is not.
        ChangedValue = "changed-value",
        /// Verdict and value are the same.
        Unchanged = "unchanged",
    }
}

words! {
    /// What may explain a change: what differs between two runs and has a part in the result.
    Reason, "a reason of a change" {
        /// What the service answers.
        Service = "service",
        /// The scenario, or a fragment it uses.
        Scenario = "scenario",
        /// The rule's row in the catalogue.
        Rule = "rule",
        /// Something of the suite; the judgings do not say what.
        Suite = "suite",
        /// What the registry's file says of it, or what is attested of it.
        RegistryData = "registry-data",
        /// The target: another one, or its file.
        Target = "target",
        /// The faults that were laid over the mock world.
        Fault = "fault",
        /// What was selected.
        Selection = "selection",
        /// One of the runs ended before everything planned was observed.
        Partial = "partial",
        /// The place of observation.
        Vantage = "vantage",
        /// The program that asked or judged.
        Harness = "harness",
        /// The time: bodies have the same octets and were judged later.
        Time = "time",
    }
}

words! {
    /// How something that takes its time ended. Ordered best first, which is how cases roll up.
    Punctuality, "a punctuality" {
        /// In time.
        Clean = "clean",
        /// Not over yet.
        Open = "open",
        /// Not in time, but within twice the time there is.
        Late = "late",
        /// The evidence allows no verdict; a reason is given.
        Unobservable = "unobservable",
        /// Not within twice the time there is.
        Violated = "violated",
    }
}

words! {
    /// What the seconds of a series count.
    Counts, "a count of seconds" {
        /// The time until something held for good.
        Until = "until",
        /// The time during which it did not hold, in all.
        During = "during",
    }
}

words! {
    /// What kind of definition stands behind an id.
    By, "a kind of check" {
        /// A rule of an inspector, in Rust.
        Rule = "rule",
        /// A check of a scenario, in YAML.
        Check = "check",
        /// A comparison of a scenario, in YAML.
        Comparison = "comparison",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for level in Level::ALL {
            assert_eq!(level.as_str().parse::<Level>().unwrap(), *level);
            assert_eq!(
                serde_json::to_string(level).unwrap(),
                format!("\"{level}\"")
            );
        }
        assert_eq!(
            "MUST".parse::<Level>().unwrap_err().to_string(),
            "`MUST` is not a level"
        );
    }

    #[test]
    fn outcomes_roll_up_worst_first() {
        let group = [Outcome::Pass, Outcome::Fail, Outcome::Skipped];
        assert_eq!(group.iter().min(), Some(&Outcome::Fail));
    }
}
