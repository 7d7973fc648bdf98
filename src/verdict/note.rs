//! What people say about a verdict: a registry's remark, and the erratum that withdraws one.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Disposition, Stance};
use crate::registry::RegistryId;

/// What a registry itself says of a finding. It changes no verdict; a disputed finding enters no public count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Its id, such as `R-2026-003`.
    pub id: String,
    /// The registry that says it.
    pub registry: RegistryId,
    /// What it says.
    pub stance: Stance,
    /// The day for which a remedy is planned; set exactly when the stance is `planned`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Date>,
    /// In its own words, one or a few sentences.
    pub text: String,
    /// Who says it: a name or a role.
    pub by: String,
    /// The day it was said.
    pub on: Date,
    /// Where more can be read; empty for nowhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
}

impl Remark {
    /// Returns the stance in words: `planned for 2027-03-31`.
    pub fn stance_words(&self) -> String {
        match self.planned {
            Some(day) => format!("{} for {day}", self.stance),
            None => self.stance.to_string(),
        }
    }
}

/// Why a verdict of some runs does not hold any more. The verdict stays where it is, with this beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erratum {
    /// Its id, such as `E-2026-001`.
    pub id: String,
    /// What was wrong with the verdict, one or a few sentences.
    pub reason: String,
    /// The day it was withdrawn.
    pub on: Date,
    /// Where more can be read; empty for nowhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// Says whether a verdict may be counted where everybody can read: settled, not disputed, not withdrawn.
pub(super) fn counts_publicly(disposition: Disposition, remarks: &[Remark]) -> bool {
    let is_settled = match disposition {
        Disposition::Expected
        | Disposition::Unexpected
        | Disposition::Known
        | Disposition::StaleWaiver
        | Disposition::ExpiredWaiver => true,
        Disposition::Flaky
        | Disposition::Unconfirmed
        | Disposition::Provisional
        | Disposition::Withdrawn => false,
    };
    is_settled && remarks.iter().all(|r| r.stance != Stance::Disputed)
}
