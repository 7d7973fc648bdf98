//! iCalendar: what expires when, for the calendars of those who renew it (RFC 5545).

use std::io;

use jiff::Timestamp;

use super::words::{expiring, name_of, word_of};
use super::{Format, Options};
use crate::audit::Audit;
use crate::fact::Digest;
use crate::judge::words::put;
use crate::verdict::results::Expiry;

/// Writes one event for each item that expires.
#[derive(Debug)]
pub(super) struct Ics;

/// Longest line in octets without its end (RFC 5545, section 3.1).
const LONGEST: usize = 75;

impl Format for Ics {
    fn name(&self) -> &'static str {
        "ics"
    }

    fn summary(&self) -> &'static str {
        "what expires when, as a calendar: certificates, manifests and CRLs signed by hand, TLS certificates"
    }

    fn file(&self) -> Option<&'static str> {
        Some("expiry.ics")
    }

    fn applies(&self, audit: &Audit) -> bool {
        !audit.results.expiries.is_empty()
    }

    fn write(&self, audit: &Audit, _options: &Options, sink: &mut dyn io::Write) -> io::Result<()> {
        let mut text = String::new();
        line(&mut text, "BEGIN", "VCALENDAR");
        line(&mut text, "VERSION", "2.0");
        let version = env!("CARGO_PKG_VERSION");
        line(
            &mut text,
            "PRODID",
            &format!("-//Quintet//Quintet {version}//EN"),
        );
        line(&mut text, "CALSCALE", "GREGORIAN");
        line(&mut text, "METHOD", "PUBLISH");
        for expiry in &audit.results.expiries {
            event(audit, expiry, &mut text);
        }
        line(&mut text, "END", "VCALENDAR");
        sink.write_all(text.as_bytes())
    }
}

fn event(audit: &Audit, expiry: &Expiry, text: &mut String) {
    let run = &audit.run;
    let name = name_of(&audit.results, expiry.registry.as_str());
    let what = expiring(expiry);
    line(text, "BEGIN", "VEVENT");
    line(text, "UID", &uid(&run.target, expiry));
    line(text, "DTSTAMP", &time(run.started));
    line(text, "DTSTART", &time(expiry.at));
    line(
        text,
        "SUMMARY",
        &escaped(&format!("{name}: {what} expires")),
    );
    let seen = format!(
        "{}\n{}\nseen {} by Quintet on {} from {}",
        word_of(&expiry.uri),
        word_of(&expiry.observation),
        run.started.strftime("%Y-%m-%d %H:%M UTC"),
        word_of(&run.target),
        word_of(&run.vantage)
    );
    line(text, "DESCRIPTION", &escaped(&seen));
    line(text, "CATEGORIES", &escaped(&word_of(&expiry.what)));
    line(text, "TRANSP", "TRANSPARENT");
    line(text, "END", "VEVENT");
}

/// Returns the same for the same item in every run, so that a renewal moves its event.
fn uid(target: &str, expiry: &Expiry) -> String {
    let parts = [target, expiry.registry.as_str(), &expiry.what, &expiry.uri];
    let digest = Digest::of(parts.join("\0").as_bytes());
    let short: String = digest.hex().chars().take(32).collect();
    format!("{short}@quintet")
}

fn time(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Escapes text as values of type TEXT want it (RFC 5545, section 3.3.11).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '\n' => escaped.push_str("\\n"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Appends a content line without what cannot be seen, folded after [`LONGEST`] octets and never within a character.
fn line(text: &mut String, name: &str, value: &str) {
    let mut whole = String::with_capacity(name.len() + value.len() + 1);
    put!(whole, "{name}:{}", word_of(value));
    let mut octets = 0;
    for character in whole.chars() {
        if octets + character.len_utf8() > LONGEST {
            text.push_str("\r\n ");
            octets = 1;
        }
        text.push(character);
        octets += character.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_folded_between_characters_after_75_octets() {
        let mut text = String::new();
        line(&mut text, "SUMMARY", &"é".repeat(100));
        assert!(text.ends_with("\r\n"));
        let lines: Vec<&str> = text.trim_end().split("\r\n").collect();
        assert!(lines.iter().all(|l| l.len() <= LONGEST), "{lines:?}");
        assert!(lines.iter().skip(1).all(|l| l.starts_with(' ')));
        let unfolded = text.replace("\r\n ", "");
        assert_eq!(unfolded, format!("SUMMARY:{}\r\n", "é".repeat(100)));
        let mut short = String::new();
        line(&mut short, "X", &"a".repeat(73));
        assert_eq!(short.len(), 77);
    }

    #[test]
    fn text_cannot_end_its_value() {
        assert_eq!(escaped("a,b;c\\d\ne"), "a\\,b\\;c\\\\d\\ne");
    }
}
