//! Words and symbols that formats share.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use super::terminal::paint;
use crate::audit::Audit;
use crate::decide::{Gate, NOTICE_DAYS, Standing, WaiverState};
use crate::judge::words::{is_unprintable, plain, put};
use crate::verdict::baseline::Moved;
use crate::verdict::note::{Erratum, Remark};
use crate::verdict::results::{CheckResult, Expiry, Results};
use crate::verdict::{Cause, Disposition, DriftClass, Outcome};

/// Returns the symbol of an outcome; a word always stands beside it.
pub(super) const fn symbol(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "✓",
        Outcome::Fail => "✗",
        Outcome::Inconclusive => "?",
        Outcome::NotApplicable => "–",
        Outcome::Skipped => "·",
        Outcome::Error => "!",
    }
}

/// Returns symbol and word of one result, at most nine columns wide.
pub(super) fn cell(check: &CheckResult) -> String {
    let word = match (check.outcome, check.disposition) {
        (_, Disposition::Withdrawn) => "erratum",
        (Outcome::Fail, Disposition::Known) => "known",
        (Outcome::Fail, Disposition::ExpiredWaiver) => "expired",
        (Outcome::Fail, Disposition::Unconfirmed) => "once",
        (Outcome::Fail, Disposition::Provisional) => "new",
        (Outcome::Fail | Outcome::Pass, Disposition::Flaky) => "flaky",
        (Outcome::Pass, Disposition::StaleWaiver) => "stale",
        (
            Outcome::Fail,
            Disposition::Unexpected | Disposition::Expected | Disposition::StaleWaiver,
        ) => "fail",
        (
            Outcome::Pass,
            Disposition::Expected
            | Disposition::Unexpected
            | Disposition::Known
            | Disposition::ExpiredWaiver
            | Disposition::Unconfirmed
            | Disposition::Provisional,
        ) => "pass",
        (Outcome::Inconclusive, _) => check.cause.map_or("open", cause),
        (Outcome::NotApplicable, _) => "n/a",
        (Outcome::Skipped, _) => "skipped",
        (Outcome::Error, _) => "error",
    };
    format!("{} {word}", symbol(check.outcome))
}

/// Returns a cause in at most seven columns.
const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Timeout => "timeout",
        Cause::Blocked => "blocked",
        Cause::ServerError => "server",
        Cause::Unreachable => "no conn",
        Cause::Unreadable => "unread",
        Cause::Maintenance => "mainten",
        Cause::VantagesDisagree => "vantage",
        Cause::NeedsHistory => "history",
    }
}

/// Returns the values of axes as `axis=value,axis=value`.
pub(super) fn parameters(parameters: &BTreeMap<String, String>) -> String {
    let each: Vec<String> = parameters
        .iter()
        .map(|(axis, value)| format!("{axis}={value}"))
        .collect();
    word_of(&each.join(","))
}

/// Longest text that a report shows, in octets.
///
/// Ours: results cut values after 400 characters, and a cell of a spreadsheet takes 32,767; what is
/// longer stands in a bundle that was edited.
const LONGEST: usize = 8_000;

/// Returns text without characters that would move a cursor, line feeds as spaces, and cut where it
/// is too long.
pub(super) fn word_of(text: &str) -> String {
    let cut = text.floor_char_boundary(LONGEST);
    match text.get(..cut) {
        Some(start) if cut < text.len() => plain(start).replace('\n', " ") + "…",
        Some(_) | None => plain(text).replace('\n', " "),
    }
}

/// Writes a page of lines: whatever of a stranger's text came into it moves no cursor, hides nothing and
/// changes no direction.
///
/// # Errors
///
/// What the sink says.
pub(super) fn write_page(text: &str, sink: &mut dyn io::Write) -> io::Result<()> {
    sink.write_all(printable(text).as_bytes())
}

/// Returns a page without what is not to be printed; as it is where there is nothing of the kind.
fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().any(|c| c != '\n' && is_unprintable(c)) {
        Cow::Owned(plain(text))
    } else {
        Cow::Borrowed(text)
    }
}

/// As [`write_page`], colored where that is wanted.
///
/// # Errors
///
/// What the sink says.
pub(super) fn write_colored(text: &str, color: bool, sink: &mut dyn io::Write) -> io::Result<()> {
    if color {
        sink.write_all(paint(&printable(text)).as_bytes())
    } else {
        write_page(text, sink)
    }
}

/// Returns the display name of a registry, or the id where the run does not name it.
pub(super) fn name_of<'a>(results: &'a Results, id: &'a str) -> &'a str {
    let peers = results.peers.iter().flat_map(|peers| &peers.registries);
    results
        .registries
        .iter()
        .chain(peers)
        .find(|registry| registry.id.as_str() == id)
        .map_or(id, |registry| registry.name.as_str())
}

/// Returns a registry's remark in one line: `ARIN: planned for 2027-03-31 (R-2026-003). … (Jane Doe, 2026-11-20)`.
pub(super) fn remarked(audit: &Audit, remark: &Remark) -> String {
    let day = audit.run.started.to_zoned(jiff::tz::TimeZone::UTC).date();
    let passed = match remark.planned {
        Some(planned) if planned < day => ", which has passed",
        Some(_) | None => "",
    };
    let name = name_of(&audit.results, remark.registry.as_str());
    let (stance, id, text) = (remark.stance_words(), &remark.id, &remark.text);
    let mut line = format!(
        "{name}: {stance}{passed} ({id}). {text} ({}, {})",
        remark.by, remark.on
    );
    if !remark.url.is_empty() {
        put!(line, " {}", remark.url);
    }
    word_of(&line)
}

/// Returns an erratum in one line: `withdrawn 2026-11-24, E-2026-001: …`.
pub(super) fn withdrawn(erratum: &Erratum) -> String {
    let (id, on, reason) = (&erratum.id, erratum.on, &erratum.reason);
    let mut line = format!("withdrawn {on}, {id}: {reason}");
    if !erratum.url.is_empty() {
        put!(line, " {}", erratum.url);
    }
    word_of(&line)
}

/// Says how a run stands to the one that the gate compares with; `None` if it compares with none.
pub(super) fn compared(gate: &Gate) -> Option<String> {
    let against = gate.against.as_ref()?;
    let mut line = format!(
        "Compared with {}: {} regressed, {} still failing, {} fixed.",
        against.name, against.regressed, against.still, against.fixed
    );
    for caveat in &against.caveats {
        put!(line, " Mind that {caveat}.");
    }
    Some(word_of(&line))
}

/// Says what a reader must know of the run's bounds: that it is a part, and whom comparisons include
/// that it did not ask.
pub(super) fn bounds(audit: &Audit) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(shard) = &audit.run.shard {
        lines.push(word_of(&format!(
            "Part {shard} of what was selected; the other parts are runs of their own."
        )));
    }
    if let Some(peers) = &audit.results.peers {
        let names: Vec<&str> = peers.registries.iter().map(|r| r.name.as_str()).collect();
        lines.push(word_of(&format!(
            "Comparisons include {} as run {} of target {} saw them, {}{}.",
            names.join(", "),
            peers.run,
            peers.target,
            peers.started.strftime("%Y-%m-%d %H:%M UTC"),
            if peers.partial {
                ", which is a partial run"
            } else {
                ""
            }
        )));
    }
    lines
}

/// Says how many values are as they were accepted, and what to do about the others.
pub(super) fn drifted(numbers: &BTreeMap<DriftClass, usize>) -> String {
    let each: Vec<String> = DriftClass::ALL
        .iter()
        .filter_map(|change| {
            let number = numbers.get(change).filter(|number| **number > 0)?;
            Some(format!("{number} {change}"))
        })
        .collect();
    let apart = [DriftClass::Changed, DriftClass::Gone];
    let hint = if apart.iter().any(|change| numbers.contains_key(change)) {
        "; `quintet baseline review` shows what differs"
    } else if numbers.contains_key(&DriftClass::New) {
        "; `quintet baseline accept BUNDLE` makes what is new the baseline"
    } else {
        ""
    };
    format!(
        "Values beside what was accepted: {}{hint}.",
        each.join(", ")
    )
}

/// Returns a place that is not as it was accepted: `` `/title`: `a` → `b` ``.
pub(super) fn moved(place: &Moved) -> String {
    let side = |words| something(words).to_owned();
    let pointer = if place.pointer.is_empty() {
        "the whole"
    } else {
        &place.pointer
    };
    word_of(&format!(
        "{pointer}: {} → {}",
        side(&place.before),
        side(&place.after)
    ))
}

/// Returns words, or `nothing` where there are none.
pub(super) const fn something(words: &str) -> &str {
    if words.is_empty() { "nothing" } else { words }
}

/// Says what became of a waiver, in parts: `2 known`, `ends in 12 days`.
pub(super) fn waived(waiver: &WaiverState) -> Vec<String> {
    let mut parts = Vec::new();
    if waiver.known > 0 {
        parts.push(format!("{} known", waiver.known));
    }
    if waiver.stale > 0 {
        parts.push(format!("{} pass although waived: stale", waiver.stale));
    }
    if waiver.expired > 0 {
        parts.push(format!(
            "{} fail after its last day: expired",
            waiver.expired
        ));
    }
    if waiver.own > 0 {
        let own = waiver.own;
        parts.push(format!(
            "{own} not waived in an audit: the registry approved it itself"
        ));
    }
    let outlook = waiver.outlook;
    match outlook.standing {
        Some(Standing::Expired) if waiver.is_idle() => {
            parts.push("expired, and matches nothing".to_owned());
        }
        Some(Standing::Current) => {
            if waiver.matches_nothing() {
                parts.push("matches nothing".to_owned());
            }
            if outlook.ends_within(NOTICE_DAYS) {
                parts.push(outlook.words());
            }
        }
        Some(Standing::Expired) | None => {}
    }
    parts
}

/// Returns what expires in words: `manifest of the trust anchor`.
pub(super) fn expiring(expiry: &Expiry) -> String {
    let what = match expiry.what.as_str() {
        "trust-anchor" | "ca-certificate" => "certificate",
        "crl" => "CRL",
        "tls-certificate" => "TLS certificate",
        other => other,
    };
    let of = match expiry.tier.as_str() {
        "" => "",
        "trust-anchor" => " of the trust anchor",
        "intermediate" => " of an own authority",
        other => &format!(" ({other})"),
    };
    word_of(&format!("{what}{of}"))
}

/// Returns the id of a result as reports show it: `id[axis=value]`.
pub(super) fn titled(id: &str, values: &BTreeMap<String, String>) -> String {
    if values.is_empty() {
        id.to_owned()
    } else {
        format!("{id}[{}]", parameters(values))
    }
}

/// Returns the id without the scenario's, under which it is shown.
pub(super) fn short<'a>(id: &'a str, scenario: &str) -> &'a str {
    id.strip_prefix(scenario)
        .and_then(|rest| rest.strip_prefix('/'))
        .unwrap_or(id)
}

/// Returns a clause as a reader writes it: `RFC 9083, section 4.2`.
pub(super) fn clause(reference: &str) -> String {
    let (document, section) = reference.split_once('#').unwrap_or((reference, ""));
    let name = match document.strip_prefix("rfc") {
        Some(number) if number.chars().all(|c| c.is_ascii_digit()) => format!("RFC {number}"),
        Some(_) | None => document.to_owned(),
    };
    if section.is_empty() {
        name
    } else {
        format!("{name}, section {section}")
    }
}

/// Returns how many columns a text takes; wide characters are rare enough to be counted as one.
pub(super) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// Writes text, wrapped between words, with an indent for the first line and one for the others.
pub(super) fn wrapped(text: &mut String, width: usize, first: &str, others: &str, words: &str) {
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in word_of(words).split(' ') {
        let room = width.saturating_sub(columns(&line));
        if !is_empty && columns(word) + 1 > room {
            text.push_str(line.trim_end());
            text.push('\n');
            others.clone_into(&mut line);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    text.push_str(line.trim_end());
    text.push('\n');
}
