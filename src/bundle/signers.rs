//! Lists of signers, as `ssh-keygen -Y verify -f` reads them: whose key is which, for what and when.
//!
//! Source: ssh-keygen(1), "ALLOWED SIGNERS".

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::signature::{NAMESPACE, SigningKey};

/// Most mistakes of a list that are told.
const MOST_MISTAKES: usize = 20;

/// Whose signatures count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signers(Vec<Signer>);

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Signer {
    /// Who signs, as it is written: names or patterns with commas between them.
    principals: String,
    key: SigningKey,
    /// What for; all if empty.
    namespaces: Vec<String>,
    valid_after: Option<Timestamp>,
    valid_before: Option<Timestamp>,
}

impl Signers {
    /// Reads a list, a signer a line: `noc@example.net namespaces="quintet" ssh-ed25519 AAAA…`.
    ///
    /// Empty lines and those that begin with `#` are left out. Certification authorities are refused:
    /// certificates are not read.
    ///
    /// # Errors
    ///
    /// The first 20 lines that are no signer, with their numbers from 1, and what is wrong in words.
    pub fn parse(text: &str) -> Result<Self, Vec<(usize, String)>> {
        let (mut all, mut wrong) = (Vec::new(), Vec::new());
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match signer(line) {
                Ok(signer) => all.push(signer),
                Err(why) if wrong.len() < MOST_MISTAKES => wrong.push((number, why)),
                Err(_) => {}
            }
        }
        if wrong.is_empty() {
            Ok(Self(all))
        } else {
            Err(wrong)
        }
    }

    /// Says whether nobody's signatures count.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns who signs with a key.
    ///
    /// # Errors
    ///
    /// Why nobody on the list does, in words.
    pub fn who(&self, key: &SigningKey, now: Timestamp) -> Result<&str, String> {
        let mut why = "it is on no line of the list of signers";
        for signer in self.0.iter().filter(|signer| signer.key == *key) {
            let is_for_us = |namespace: &String| pattern_matches(namespace, NAMESPACE);
            if !signer.namespaces.is_empty() && !signer.namespaces.iter().any(is_for_us) {
                why = "the list of signers has it for something else";
            } else if signer.valid_after.is_some_and(|after| now < after) {
                why = "the list of signers has it for a later time";
            } else if signer.valid_before.is_some_and(|before| now > before) {
                why = "the list of signers has it for an earlier time";
            } else {
                return Ok(&signer.principals);
            }
        }
        Err(why.to_owned())
    }
}

fn signer(line: &str) -> Result<Signer, String> {
    let words = words(line).ok_or("a quotation mark is not closed")?;
    let (principals, rest) = words.split_first().ok_or("it is empty")?;
    let is_kind = |word: &str| {
        let kinds = ["ssh-", "ecdsa-", "sk-"];
        kinds.iter().any(|kind| word.starts_with(kind))
    };
    let (options, key) =
        match rest {
            [kind, key, ..] if is_kind(kind) => ("", (kind, key)),
            [options, kind, key, ..] if is_kind(kind) => (options.as_str(), (kind, key)),
            _ => return Err(
                "expected a name, options and a key, such as `noc@example.net ssh-ed25519 AAAA…`"
                    .to_owned(),
            ),
        };
    let (kind, key) = key;
    let key = SigningKey::parse(key)?;
    if key.kind != *kind {
        return Err(format!("its key is not of the kind `{kind}`"));
    }
    let mut signer = Signer {
        principals: principals.clone(),
        key,
        namespaces: Vec::new(),
        valid_after: None,
        valid_before: None,
    };
    for option in options_of(options) {
        match option {
            ("namespaces", value) => {
                signer.namespaces = value.split(',').map(str::to_owned).collect();
            }
            ("valid-after", value) => signer.valid_after = Some(time(value)?),
            ("valid-before", value) => signer.valid_before = Some(time(value)?),
            ("cert-authority", _) => {
                return Err("it is a certification authority; list the keys themselves".to_owned());
            }
            (name, _) => return Err(format!("unknown option `{name}`")),
        }
    }
    Ok(signer)
}

/// Splits a line at spaces outside of quotation marks; `None` where one is not closed.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let (mut word, mut quoted) = (String::new(), false);
    for character in line.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                word.push('"');
            }
            ' ' | '\t' if !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            other => word.push(other),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    (!quoted).then_some(words)
}

/// Splits `name="value",name` into names and values.
fn options_of(text: &str) -> Vec<(&str, &str)> {
    let mut options = Vec::new();
    let mut quoted = false;
    let parts = text.split(|c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    for part in parts.filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        options.push((name, value.trim_matches('"')));
    }
    options
}

/// Reads `YYYYMMDD` or `YYYYMMDDHHMM[SS]`; with `Z` behind it UTC, otherwise as well: verdicts do not
/// depend on where somebody is.
fn time(text: &str) -> Result<Timestamp, String> {
    let digits = text.strip_suffix('Z').unwrap_or(text);
    let form = match digits.len() {
        8 => "%Y%m%d",
        12 => "%Y%m%d%H%M",
        14 => "%Y%m%d%H%M%S",
        _ => {
            return Err(format!(
                "`{text}` is no time; expected `YYYYMMDD` or `YYYYMMDDHHMMSSZ`"
            ));
        }
    };
    let whole = if digits.len() == 8 {
        jiff::civil::Date::strptime(form, digits).map(|date| date.at(0, 0, 0, 0))
    } else {
        DateTime::strptime(form, digits)
    };
    whole
        .and_then(|time| time.to_zoned(TimeZone::UTC))
        .map(|time| time.timestamp())
        .map_err(|_| format!("`{text}` is no time"))
}

/// Says whether a pattern with `*` and `?` is that of a text.
fn pattern_matches(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => {
            let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            starts
                .filter_map(|at| text.get(at..))
                .any(|tail| pattern_matches(rest.as_str(), tail))
        }
        Some('?') => {
            let mut tail = text.chars();
            tail.next().is_some() && pattern_matches(rest.as_str(), tail.as_str())
        }
        Some(own) => text
            .strip_prefix(own)
            .is_some_and(|tail| pattern_matches(rest.as_str(), tail)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIFy2sNZeDV1FaNo13kB8QnaDk3wQmLwy+4o5Zl3nnywx";

    fn key() -> SigningKey {
        SigningKey::parse(KEY).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn who_signs_is_who_the_list_names_for_us_and_now() {
        let now = at("2026-11-29T12:00:00Z");
        for (options, expected) in [
            ("", Ok("noc@example.net")),
            ("namespaces=\"file,quintet\" ", Ok("noc@example.net")),
            ("namespaces=\"quin*\" ", Ok("noc@example.net")),
            ("namespaces=\"file\" ", Err("for something else")),
            ("valid-after=\"20261201\" ", Err("for a later time")),
            (
                "namespaces=\"quintet\",valid-before=\"202611291159Z\" ",
                Err("for an earlier time"),
            ),
            (
                "valid-after=20261129,valid-before=20261130 ",
                Ok("noc@example.net"),
            ),
        ] {
            let list = format!("# ours\n\nnoc@example.net {options}ssh-ed25519 {KEY} comment\n");
            let signers = Signers::parse(&list).unwrap();
            match (signers.who(&key(), now), expected) {
                (Ok(who), Ok(expected)) => assert_eq!(who, expected),
                (Err(why), Err(expected)) => assert!(why.contains(expected), "{why}"),
                (seen, expected) => panic!("{options}: {seen:?}, {expected:?}"),
            }
        }
        let nobody = Signers::default().who(&key(), now).unwrap_err();
        assert_eq!(nobody, "it is on no line of the list of signers");
    }

    #[test]
    fn lines_that_are_no_signer_are_told_with_their_number() {
        let list = format!(
            "a ssh-ed25519 {KEY}\nb\nc ssh-rsa {KEY}\nd ssh-ed25519 !\ne cert-authority ssh-ed25519 {KEY}\n\
             f valid-after=\"2026\" ssh-ed25519 {KEY}\ng namespaces=\"x ssh-ed25519 {KEY}\nh other=1 ssh-ed25519 {KEY}\n"
        );
        let wrong = Signers::parse(&list).unwrap_err();
        let lines: Vec<usize> = wrong.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 3, 4, 5, 6, 7, 8], "{wrong:#?}");
    }
}
