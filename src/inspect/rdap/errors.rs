//! Rules about error answers.

use serde_json::Value;

use super::answer::{Answer, escaped};
use super::conformance::{ASN_MODELS, shortened};
use super::notices::has_notice;
use super::registered::reason_phrase;
use super::{Query, Rule, rule};
use crate::inspect::Seen;

pub(super) const RULES: &[Rule] = &[
    rule("rdap.err.body", body),
    rule("rdap.err.code-equals-status", code_equals_status),
    rule("rdap.err.title-reason", title_reason),
    rule("rdap.err.description", description),
    rule("rdap.err.conformance", conformance),
    rule("rdap.err.notices", notices),
    rule("rdap.err.content-type", content_type),
    rule("rdap.err.no-leak", no_leak),
    rule("rdap.err.asn-404-model", asn_404_model),
];

fn body(answer: &Answer<'_>, seen: &mut Seen) {
    if !answer.is_error() {
        return;
    }
    seen.look();
    if answer.document.get("errorCode").is_none() {
        seen.find("", "an error without `errorCode`");
    }
}

fn code(answer: &Answer<'_>) -> Option<u16> {
    answer.document.get("errorCode")?.as_u64()?.try_into().ok()
}

fn code_equals_status(answer: &Answer<'_>, seen: &mut Seen) {
    let Some(value) = answer
        .document
        .get("errorCode")
        .filter(|_| answer.is_error())
    else {
        return;
    };
    seen.look();
    match (code(answer), answer.context.status) {
        (None, _) => {
            let why = if value.is_string() {
                "a string; expected a number"
            } else {
                "not a status code"
            };
            seen.find("/errorCode", why);
        }
        (Some(code), Some(status)) if code != status => {
            seen.find(
                "/errorCode",
                format!("{code} in an answer with status {status}"),
            );
        }
        (Some(code), _) if !(400..600).contains(&code) => {
            seen.find(
                "/errorCode",
                format!("{code} is not the status of an error"),
            );
        }
        _ => {}
    }
}

/// Says whether a title is the reason phrase of a status code.
fn is_reason(code: u16, title: &str) -> bool {
    match code {
        413 => ["Content Too Large", "Payload Too Large"].contains(&title),
        422 => ["Unprocessable Content", "Unprocessable Entity"].contains(&title),
        _ => reason_phrase(code).is_none_or(|phrase| phrase == title),
    }
}

fn title_reason(answer: &Answer<'_>, seen: &mut Seen) {
    let Some(code) = code(answer).filter(|_| answer.is_error() && answer.is_profiled()) else {
        return;
    };
    seen.look();
    match answer.document.get("title").and_then(Value::as_str) {
        None => seen.find("", "no `title`; expected the reason phrase"),
        Some(title) if is_reason(code, title) => {}
        Some(title) => {
            let expected = reason_phrase(code).unwrap_or("the reason phrase");
            seen.find(
                "/title",
                format!("`{}`; expected `{expected}`", shortened(title)),
            );
        }
    }
}

fn description(answer: &Answer<'_>, seen: &mut Seen) {
    if !answer.is_error() || !answer.is_profiled() || answer.document.get("errorCode").is_none() {
        return;
    }
    seen.look();
    let title = answer
        .document
        .get("title")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match answer.document.get("description") {
        None => seen.find("", "no `description`"),
        Some(Value::Array(lines)) => {
            let says_more = lines.iter().filter_map(Value::as_str).any(|line| {
                !line.trim().is_empty() && !line.trim().eq_ignore_ascii_case(title.trim())
            });
            if !says_more {
                seen.find("/description", "says no more than the title");
            }
        }
        Some(_) => seen.find("/description", "not an array of strings"),
    }
}

fn has_conformance(answer: &Answer<'_>) -> bool {
    answer
        .document
        .get("rdapConformance")
        .is_some_and(Value::is_array)
}

/// Whether an error needs `cidr0` too is an open reading, left to `rdap.resp.conformance-cidr0`.
fn conformance(answer: &Answer<'_>, seen: &mut Seen) {
    if !answer.is_error() || !has_conformance(answer) {
        return;
    }
    seen.look();
    if !answer.is_profiled() {
        seen.find("/rdapConformance", "`nro_rdap_profile_0` is missing");
    }
}

fn notices(answer: &Answer<'_>, seen: &mut Seen) {
    if !answer.is_error() || !answer.is_profiled() {
        return;
    }
    seen.look();
    let missing: Vec<&str> = ["terms-of-service", "inaccuracy-report"]
        .into_iter()
        .filter(|relation| !has_notice(answer, relation))
        .collect();
    if !missing.is_empty() {
        let at = if answer.document.get("notices").is_some() {
            "/notices"
        } else {
            ""
        };
        seen.find(
            at,
            format!(
                "no notice with a link of relation `{}`",
                missing.join("`, `")
            ),
        );
    }
}

fn content_type(answer: &Answer<'_>, seen: &mut Seen) {
    let Some(headers) = answer
        .context
        .headers
        .as_ref()
        .filter(|_| answer.is_error())
    else {
        return;
    };
    seen.look();
    let found = headers
        .iter()
        .find(|(name, _)| name == "content-type")
        .map(|(_, value)| value.as_str());
    let media_type = found
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    if !media_type.eq_ignore_ascii_case("application/rdap+json") {
        seen.find(
            "",
            format!(
                "Content-Type `{}`; expected `application/rdap+json`",
                shortened(media_type)
            ),
        );
    }
}

/// Signs of an inside that should not be seen from outside.
const LEAKS: &[&str] = &[
    "Exception",
    "Traceback (most recent call last)",
    "\tat ",
    "stack trace",
    ".java:",
    "/home/",
    "/usr/",
    "/var/",
    "/opt/",
    "localhost",
    "127.0.0.1",
    ".internal",
    ".local:",
];

fn no_leak(answer: &Answer<'_>, seen: &mut Seen) {
    if !answer.is_error() {
        return;
    }
    seen.look();
    let mut stack: Vec<(String, &Value)> = vec![(String::new(), answer.document)];
    while let Some((at, value)) = stack.pop() {
        match value {
            Value::String(text) => {
                if let Some(sign) = LEAKS.iter().find(|sign| text.contains(*sign)) {
                    seen.find(at, format!("shows the service's inside: `{}`", sign.trim()));
                }
            }
            Value::Array(list) => {
                for (index, item) in list.iter().enumerate().rev() {
                    stack.push((format!("{at}/{index}"), item));
                }
            }
            Value::Object(members) => {
                for (name, item) in members.iter().rev() {
                    stack.push((format!("{at}/{}", escaped(name)), item));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn asn_404_model(answer: &Answer<'_>, seen: &mut Seen) {
    let is_404 = answer.context.status.or(code(answer)) == Some(404);
    if !matches!(answer.asked, Query::Autnum(_))
        || !answer.is_error()
        || !is_404
        || !answer.is_profiled()
    {
        return;
    }
    seen.look();
    if !ASN_MODELS.iter().any(|model| answer.claims_one(model)) {
        seen.find("/rdapConformance", "no AS number model");
    }
}
