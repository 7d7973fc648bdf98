//! Rules over the RRDP files of two captures.
//!
//! Source: RFC 8182, sections 3.3 and 3.4; RFC 9697; the publication server practice.

use super::{Pair, Rule, rule};
use crate::inspect::Seen;

pub(super) const RULES: &[Rule] = &[
    rule("rpki.series.serial-grows", serial_grows),
    rule("rpki.series.delta-immutable", delta_immutable),
    rule("rpki.series.snapshot-immutable", snapshot_immutable),
    rule("rpki.rrdp.delta-change", delta_change),
    rule("rpki.rrdp.delta-replay", delta_replay),
    rule("rpki.series.delta-rate", delta_rate),
    rule("rpki.series.files-remain", files_remain),
];

/// Seconds that a delta stands for at least.
///
/// Source: draft-ietf-sidrops-publication-server-bcp.
const DELTA_SECONDS: i64 = 60;

fn serial_grows(pair: &Pair<'_>, seen: &mut Seen) {
    if !pair.same_session() {
        return;
    }
    seen.look();
    let (was, is) = (pair.earlier.serial, pair.present.serial);
    if is < was {
        let message = format!("serial {is}; it was {was} at {}", pair.earlier.at);
        seen.find(pair.present.notify.as_str(), message);
    }
}

fn delta_immutable(pair: &Pair<'_>, seen: &mut Seen) {
    if !pair.same_session() {
        return;
    }
    for (serial, before) in &pair.earlier.deltas {
        let Some(now) = pair.present.deltas.get(serial) else {
            continue;
        };
        seen.look();
        if now.hash != before.hash {
            seen.find(
                format!("{}#delta[{serial}]", pair.present.notify),
                format!("SHA-256 {}; it was {}", now.hash, before.hash),
            );
        }
    }
}

fn snapshot_immutable(pair: &Pair<'_>, seen: &mut Seen) {
    let before = &pair.earlier.snapshot;
    if pair.same_session() && pair.earlier.serial == pair.present.serial {
        seen.look();
        let now = &pair.present.snapshot;
        if now.hash != before.hash {
            seen.find(
                format!("{}#snapshot", pair.present.notify),
                format!(
                    "SHA-256 {} for serial {}; it was {}",
                    now.hash, pair.present.serial, before.hash
                ),
            );
        }
    }
    if let Some(now) = pair.kept.and_then(|kept| kept.hash.as_ref()) {
        seen.look();
        if *now != before.hash {
            let message = format!("SHA-256 {now}; it was {}", before.hash);
            seen.find(before.uri.as_str(), message);
        }
    }
}

fn delta_change(pair: &Pair<'_>, seen: &mut Seen) {
    let Some(replay) = pair.replay else {
        return;
    };
    seen.look();
    for (place, what) in replay.odd() {
        seen.find(place, what);
    }
}

fn delta_replay(pair: &Pair<'_>, seen: &mut Seen) {
    let Some(replay) = pair.replay else {
        return;
    };
    seen.look();
    for (uri, what) in replay.differences(pair.present) {
        seen.find(format!("{}#{uri}", pair.present.snapshot.uri), what);
    }
}

fn delta_rate(pair: &Pair<'_>, seen: &mut Seen) {
    let Some(more) = pair.present.serial.checked_sub(pair.earlier.serial) else {
        return;
    };
    if !pair.same_session() || more == 0 {
        return;
    }
    seen.look();
    let seconds = pair.present.at.as_second() - pair.earlier.at.as_second();
    // Both ends of the time may have a delta.
    let most = seconds.div_euclid(DELTA_SECONDS).saturating_add(1);
    if i64::try_from(more).unwrap_or(i64::MAX) > most {
        let message = format!("{more} serials in {seconds} s; expected at most {most}");
        seen.find(pair.present.notify.as_str(), message);
    }
}

fn files_remain(pair: &Pair<'_>, seen: &mut Seen) {
    let Some(kept) = pair.kept else {
        return;
    };
    seen.look();
    if kept.status != 200 {
        let message = format!(
            "status {}; the notification named it at {}",
            kept.status, pair.earlier.at
        );
        seen.find(pair.earlier.snapshot.uri.as_str(), message);
    }
}
