//! Rules about events and dates.

use jiff::Timestamp;
use serde_json::Value;

use super::answer::Answer;
use super::conformance::shortened;
use super::object::{Object, Part, items};
use super::registered::EVENT_ACTIONS;
use super::{Rule, rule};
use crate::inspect::Seen;

pub(super) const RULES: &[Rule] = &[
    rule("rdap.resp.date-rfc3339", rfc3339),
    rule("rdap.resp.date-utc", utc),
    rule("rdap.resp.date-future", future),
    rule("rdap.resp.events-required", required),
    rule("rdap.resp.events-registered", registered),
    rule("rdap.resp.events-pair", pair),
    rule("rdap.resp.events-unique", unique),
];

/// Reads a date and time of RFC 3339, section 5.6; `None` if it is not one.
///
/// The form is checked before the value, because readers accept more than the RFC does.
fn read(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let shape: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    let head = bytes.get(..shape.len())?;
    let fits = head.iter().zip(shape).all(|(byte, form)| match form {
        b'd' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b't' | b' '),
        other => byte == other,
    });
    let mut rest = bytes.get(shape.len()..)?;
    if let [b'.', fraction @ ..] = rest {
        let digits = fraction
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        rest = fraction.get(digits..).filter(|_| digits > 0)?;
    }
    let zone = match rest {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', a, b, b':', c, d] => [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    (fits && zone)
        .then(|| text.to_ascii_uppercase().parse().ok())
        .flatten()
}

fn date<'a>(event: &Part<'a>) -> Option<&'a str> {
    event.text("eventDate")
}

fn rfc3339(answer: &Answer<'_>, seen: &mut Seen) {
    for event in &answer.events {
        let Some(value) = event.get("eventDate") else {
            continue;
        };
        seen.look();
        if value.as_str().and_then(read).is_none() {
            let shown = value.as_str().map(shortened).unwrap_or_default();
            seen.find(
                answer.below(event.at, "eventDate"),
                format!("`{shown}` is not a date and time of RFC 3339"),
            );
        }
    }
}

fn utc(answer: &Answer<'_>, seen: &mut Seen) {
    for event in &answer.events {
        let Some(text) = date(event).filter(|text| read(text).is_some()) else {
            continue;
        };
        seen.look();
        if !text.ends_with(['Z', 'z']) {
            let offset = text.get(text.len().saturating_sub(6)..).unwrap_or_default();
            seen.find(
                answer.below(event.at, "eventDate"),
                format!("offset `{offset}`"),
            );
        }
    }
}

fn future(answer: &Answer<'_>, seen: &mut Seen) {
    let dated = |object: &Object<'_>, action: &str| {
        items(object.get("events"))
            .iter()
            .find(|event| event.get("eventAction").and_then(Value::as_str) == Some(action))
            .and_then(|event| event.get("eventDate")?.as_str())
            .and_then(read)
    };
    for object in &answer.objects {
        let (registered, changed) = (dated(object, "registration"), dated(object, "last changed"));
        if registered.is_none() && changed.is_none() {
            continue;
        }
        seen.look();
        let at = || answer.below(object.at, "events");
        let is_future = |time: Option<Timestamp>| {
            time.zip(answer.context.at)
                .is_some_and(|(time, now)| time > now)
        };
        if is_future(registered) || is_future(changed) {
            seen.find(at(), "a registration or change in the future");
        }
        if registered
            .zip(changed)
            .is_some_and(|(registered, changed)| changed < registered)
        {
            seen.find(at(), "last changed before it was registered");
        }
    }
}

fn required(answer: &Answer<'_>, seen: &mut Seen) {
    for event in &answer.events {
        seen.look();
        let missing: Vec<&str> = ["eventAction", "eventDate"]
            .into_iter()
            .filter(|name| event.get(name).is_none())
            .collect();
        if !missing.is_empty() {
            seen.find(
                answer.pointer(event.at),
                format!("no `{}`", missing.join("`, `")),
            );
        }
    }
}

fn registered(answer: &Answer<'_>, seen: &mut Seen) {
    for event in &answer.events {
        let Some(action) = event.get("eventAction") else {
            continue;
        };
        seen.look();
        if !action
            .as_str()
            .is_some_and(|text| EVENT_ACTIONS.contains(&text))
        {
            let shown = action.as_str().map(shortened).unwrap_or_default();
            seen.find(
                answer.below(event.at, "eventAction"),
                format!("`{shown}` is not a registered event action"),
            );
        }
    }
}

fn pair(answer: &Answer<'_>, seen: &mut Seen) {
    let Some(object) = answer.topmost().filter(|_| answer.is_profiled()) else {
        return;
    };
    seen.look();
    let has = |action: &str| {
        items(object.get("events"))
            .iter()
            .any(|event| event.get("eventAction").and_then(Value::as_str) == Some(action))
    };
    let missing: Vec<&str> = ["registration", "last changed"]
        .into_iter()
        .filter(|action| !has(action))
        .collect();
    if !missing.is_empty() {
        let at = if object.get("events").is_some() {
            "/events"
        } else {
            ""
        };
        seen.find(at, format!("no event `{}`", missing.join("`, `")));
    }
}

/// Events that may stand in one object more than once.
const REPEATED: &[&str] = &[
    "transfer",
    "locked",
    "unlocked",
    "reinstantiation",
    "reregistration",
];

fn unique(answer: &Answer<'_>, seen: &mut Seen) {
    for object in &answer.objects {
        let events = items(object.get("events"));
        for (index, event) in events.iter().enumerate() {
            let Some(action) = event.get("eventAction").and_then(Value::as_str) else {
                continue;
            };
            seen.look();
            let repeats = events
                .iter()
                .take(index.min(64))
                .any(|earlier| earlier.get("eventAction").and_then(Value::as_str) == Some(action));
            if repeats && !REPEATED.contains(&action) {
                seen.find(
                    answer.below(object.at, &format!("events/{index}")),
                    format!("a second `{}`", shortened(action)),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_the_rfc_writes_them() {
        for good in [
            "2005-02-21T15:30:00Z",
            "2005-02-21t15:30:00.125z",
            "2014-03-14T16:52:05-04:00",
            "2016-12-31T23:59:60Z",
        ] {
            assert!(read(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "2005-02-21",
            "2005-02-21T15:30Z",
            "2005-02-21T15:30:00",
            "2005-02-21T15:30:00+0100",
            "2005-13-21T15:30:00Z",
            "20050221T153000Z",
            "2005-02-21T15:30:00.Z",
        ] {
            assert!(read(bad).is_none(), "{bad}");
        }
    }
}
