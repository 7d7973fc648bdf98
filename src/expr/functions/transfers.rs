//! Functions of transfers.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::super::Val;
use super::{Function, Want, expected, text_of, text_type};

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "permitted",
    signature: "permitted(policy, source, recipient, resource, type, time) text",
    meaning: "whether a policy such as `run.transfer_policy` has one registry transfer resources of a kind to another at a time: `yes`, `no`, or `unknown` where it does not say",
    example: "permitted({'arin': {'apnic': {'asn': [{'types': ['RESOURCE_TRANSFER'], 'allowed': false, 'since': '', 'until': '2014-04-16'}]}}}, 'arin', 'apnic', 'asn', 'RESOURCE_TRANSFER', timestamp('2012-01-01T00:00:00Z'))",
    result: "no",
    least: 6,
    params: &[
        Want::Any,
        Want::Text,
        Want::Text,
        Want::Text,
        Want::Text,
        Want::Any,
    ],
    yields: text_type,
    run: permitted,
}];

fn permitted<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let day = match args.get(5) {
        Some(Val::Time(time)) => time.to_zoned(TimeZone::UTC).date(),
        other => return Err(expected("a time", other)),
    };
    let kind = text_of(args, 4)?;
    let mut found = args.first().cloned().ok_or("a policy is expected")?;
    for at in 1..=3 {
        let name = text_of(args, at)?;
        let Val::Map(map) = &found else {
            return Err(expected("a policy", Some(&found)));
        };
        match map.get(name) {
            Some(below) => found = below,
            None => return Ok(Val::text("unknown")),
        }
    }
    let Val::List(periods) = &found else {
        return Err(expected("a policy", Some(&found)));
    };
    let said = periods.iter().find_map(|period| holds(&period, kind, day));
    Ok(Val::text(match said {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    }))
}

/// Returns what a period says of a type of transfers on a day; `None` for nothing.
fn holds(period: &Val<'_>, kind: &str, day: Date) -> Option<bool> {
    let Val::Map(period) = period else {
        return None;
    };
    let Some(Val::List(types)) = period.get("types") else {
        return None;
    };
    if !types.iter().any(|word| word.as_text() == Some(kind)) {
        return None;
    }
    let date = |name: &str| -> Option<Date> { period.get(name)?.as_text()?.parse().ok() };
    let begun = date("since").is_none_or(|since| since <= day);
    let ended = date("until").is_some_and(|until| until <= day);
    match period.get("allowed") {
        Some(Val::Bool(allowed)) if begun && !ended => Some(allowed),
        _ => None,
    }
}
