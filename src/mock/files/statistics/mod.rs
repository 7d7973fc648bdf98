//! Delegated statistics: what a registry says that it has delegated, day by day.
//!
//! They are made from the same numbers that registration services answer for: what IANA
//! delegated and what came by transfers, without what went by transfers and without special
//! blocks, each number once, as held, reserved or available. How a file is written is each
//! registry's habit, within what the format allows.

mod habits;
mod numbers;
mod text;

use std::sync::Arc;

use jiff::civil;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::{File, Owner, Place, Provider};
use crate::mock::kept::Kept;
use crate::mock::world::Operator;

pub(in crate::mock) use habits::statistics;
pub use habits::{Groups, IdForm, SerialForm, StartForm, Statistics};
pub(super) use numbers::{Row, rows};

/// Statistics files, the newest and those of the days before, and mirrors of others' newest.
#[derive(Debug)]
pub(super) struct Provided;

/// How many days a registry keeps its files at hand.
const KEPT_DAYS: i64 = 40;

/// By how much a mirror is behind.
const MIRROR_LAG: SignedDuration = SignedDuration::from_hours(3);

impl Provider for Provided {
    fn find(&self, place: &Place<'_>) -> Option<File> {
        let operator = place.registry()?;
        let habits = statistics_of(operator)?;
        let name = place.path.strip_prefix(habits.root.as_str())?;
        let (folder, name) = name.split_once('/')?;
        if folder == habits.name {
            return own(place, operator, habits, name);
        }
        // A mirror shows what the origin showed some time ago, whatever is wrong with it there.
        let origin = place.world.registries().find(|other| {
            statistics_of(other).is_some_and(|s| s.name == folder) && other.id != operator.id
        })?;
        let origins = statistics_of(origin)?;
        if name != origins.latest_name() {
            return None;
        }
        let path = origins.latest();
        let there = Place {
            world: place.world,
            owner: Owner::Registry(origin),
            path: &path,
            now: place.now.checked_sub(MIRROR_LAG).ok()?,
        };
        let mut file = there.file()?;
        // What stands beside the file is copied with it.
        file.origin = origin.files.as_ref().map(|files| files.beside.clone());
        Some(file)
    }
}

/// Returns a registry's habits; `None` for one that publishes no statistics.
fn statistics_of(operator: &Operator) -> Option<&Statistics> {
    operator.files.as_ref()?.statistics.as_ref()
}

/// Returns a registry's own file.
fn own(place: &Place<'_>, operator: &Operator, habits: &Statistics, name: &str) -> Option<File> {
    let issue = Issue::newest(habits, place.now)?;
    let dated = |issue: &Issue, kind: &str| {
        let day = issue.day.strftime("%Y%m%d");
        format!("delegated-{}{kind}-{day}", habits.name)
    };
    let (issue, extended) = if name == habits.latest_name() {
        (issue, true)
    } else if name == format!("delegated-{}-latest", habits.name) {
        if !habits.old {
            return None;
        }
        (issue, false)
    } else {
        let wanted = (0..KEPT_DAYS).filter_map(|days| issue.before(days));
        let found = { wanted }.find(|issue| dated(issue, "-extended") == name)?;
        (found, true)
    };
    let world = place.world.at(issue.published);
    // What was published stays as it was written, whatever the registry's habits become.
    let operator = world.operator(&operator.id)?;
    let habits = statistics_of(operator)?;
    let write = || text::write(world, operator, habits, &issue, extended).into();
    let key = (operator.id.clone(), issue.published, extended);
    let text: Arc<str> = world.statistics_written().0.get(key, write);
    Some(File {
        beside: true,
        dated: Some(dated(&issue, if extended { "-extended" } else { "" })),
        ..File::text("text/plain", text.as_ref().to_owned(), issue.published)
    })
}

/// How many files of statistics are kept.
const MOST_KEPT: usize = 512;

/// Files that were written so far, by registry, time and whether of the extended format, as
/// they are before a fault edits them. They follow from what a world file says and nothing else.
#[derive(Debug)]
pub(in crate::mock) struct Written(Kept<(String, Timestamp, bool), Arc<str>>);

impl Default for Written {
    fn default() -> Self {
        Self(Kept::at_most(MOST_KEPT))
    }
}

/// One day's file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Issue {
    /// The last day that it is about, in the registry's own time.
    pub(super) day: civil::Date,
    /// When it was published.
    pub(super) published: Timestamp,
}

impl Issue {
    /// Returns the newest at a time.
    fn newest(habits: &Statistics, now: Timestamp) -> Option<Self> {
        let today = now.to_zoned(zone(habits)?).date();
        let issue = |published_on: civil::Date| {
            let at = published_on.at(0, 0, 0, 0).to_zoned(zone(habits)?).ok()?;
            let published = at.timestamp().checked_add(habits.published_after).ok()?;
            // A registry that stopped goes on showing the last file that it made.
            let day = published_on.yesterday().ok()?;
            Some(Self { day, published })
        };
        let late = habits.stopped_days.days();
        let of_today = issue(today.checked_sub(late).ok()?)?;
        if of_today.published <= now {
            return Some(of_today);
        }
        issue(today.yesterday().ok()?.checked_sub(late).ok()?)
    }

    /// Returns the file of so many days before.
    fn before(&self, days: i64) -> Option<Self> {
        let hours = SignedDuration::from_hours(days.checked_mul(24)?);
        Some(Self {
            day: self.day.checked_sub(days.days()).ok()?,
            published: self.published.checked_sub(hours).ok()?,
        })
    }
}

/// Returns a registry's own time.
fn zone(habits: &Statistics) -> Option<TimeZone> {
    let seconds = habits.offset_minutes.checked_mul(60)?;
    Some(TimeZone::fixed(Offset::from_seconds(seconds).ok()?))
}
