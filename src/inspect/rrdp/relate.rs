//! Rules over files that belong together: what the notification says, and what the others are.

use url::Url;

use super::rules::cut;
use super::uri::is_unpredictable;
use super::{Head, Link, Notification, Objects, Reading, Rule, Tally};

/// Holds a snapshot against the notification that names it.
///
/// Source: RFC 8182, section 3.4.3.
pub fn relate_snapshot(
    notification: &Notification,
    link: &Link,
    snapshot: &Objects,
    reading: &Reading<'_>,
    tally: &mut Tally,
) {
    let rules = (Rule::SnapshotHash, Rule::SnapshotMatch);
    relate(
        &notification.head,
        link,
        ("snapshot", snapshot),
        rules,
        (reading, tally),
    );
}

/// Holds a delta against the notification that names it.
///
/// Source: RFC 8182, section 3.4.2.
pub fn relate_deltas(
    notification: &Notification,
    link: &Link,
    delta: &Objects,
    reading: &Reading<'_>,
    tally: &mut Tally,
) {
    let rules = (Rule::DeltaHash, Rule::DeltaMatch);
    relate(
        &notification.head,
        link,
        ("delta", delta),
        rules,
        (reading, tally),
    );
}

fn relate(
    head: &Head,
    link: &Link,
    (kind, seen): (&str, &Objects),
    (hash, matches): (Rule, Rule),
    (reading, tally): (&Reading<'_>, &mut Tally),
) {
    if let Some(file) = &seen.file {
        tally.look(hash);
        if file.hash != link.hash {
            let hex = |hash: &[u8]| data_encoding::HEXLOWER.encode(hash);
            tally.find(
                hash,
                || reading.place(kind, 0),
                || {
                    format!(
                        "the SHA-256 is {}; expected {}, as in the notification",
                        hex(&file.hash),
                        hex(&link.hash)
                    )
                },
            );
        }
    }
    if let Some(session) = &seen.head.session {
        tally.look(matches);
        if let Some(expected) = &head.session
            && !session.eq_ignore_ascii_case(expected)
        {
            tally.find(
                matches,
                || reading.place(format_args!("{kind}/@session_id"), 0),
                || format!("`{}`; expected `{}`", cut(session), cut(expected)),
            );
        }
    }
    if let Some(serial) = seen.head.serial {
        tally.look(matches);
        if serial != link.serial {
            tally.find(
                matches,
                || reading.place(format_args!("{kind}/@serial"), 0),
                || format!("{serial}; expected {}", link.serial),
            );
        }
    }
}

/// Compares the size of all deltas together with that of the snapshot; `reading` is that of the notification.
///
/// Source: RFC 8182, section 3.3.2.
pub fn relate_volume(
    snapshot: &Objects,
    deltas: &[Objects],
    reading: &Reading<'_>,
    tally: &mut Tally,
) {
    let size = |seen: &Objects| seen.file.map(|file| file.bytes);
    let all: Option<u64> = deltas.iter().map(size).sum();
    let (Some(snapshot), Some(all), false) = (size(snapshot), all, deltas.is_empty()) else {
        return;
    };
    tally.look(Rule::DeltaVolume);
    if all > snapshot {
        tally.find(
            Rule::DeltaVolume,
            || reading.place("notification", 0),
            || format!("all deltas have {all} octets, the snapshot {snapshot}"),
        );
    }
}

/// Looks whether the paths of snapshot and deltas can be guessed from an older notification.
pub fn relate_paths(notification: &Notification, reading: &Reading<'_>, tally: &mut Tally) {
    let Some(session) = &notification.head.session else {
        return;
    };
    for link in notification.snapshot.iter().chain(&notification.deltas) {
        let Ok(url) = Url::parse(&link.uri) else {
            continue;
        };
        tally.look(Rule::UnpredictablePath);
        if !is_unpredictable(&url, session) {
            tally.find(
                Rule::UnpredictablePath,
                || reading.place("notification", link.at),
                || format!("`{}` can be guessed", cut(url.path())),
            );
        }
    }
}
