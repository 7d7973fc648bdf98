//! The whois inspector: one reply of a port 43 service, in the forms the registries use.
//!
//! RPSL (AFRINIC, APNIC, RIPE NCC), ARIN's and LACNIC's own forms and IANA's referral
//! are read alike: lines of `name: value`, continued by lines that begin with a blank or
//! `+`, with comments after `%` or `#`. Nothing is wrong in a reply; what cannot be read
//! is left out.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

use crate::resource::{AddressRange, AddressSet, Asn, AsnSet, Prefix};

/// Longest text that is kept, in octets; the vocabulary's fact `text`.
pub const KEPT_BYTES: usize = 64 * 1024;

/// Most fields that are read.
const MOST_FIELDS: usize = 10_000;

/// What a whois reply says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// The text, its first [`KEPT_BYTES`]; octets that are no UTF-8 are read as Latin-1.
    pub text: String,
    /// Whether the whole reply is UTF-8.
    pub is_utf8: bool,
    /// Number of lines that are neither empty nor comments.
    pub lines: usize,
    /// Fields in the order of the reply: name in lower case, value with its continuations joined by blanks.
    pub fields: Vec<(String, String)>,
    /// Addresses of the first inetnum, inet6num, NetRange or CIDR.
    pub addresses: Option<AddressSet>,
    /// AS numbers of the first aut-num, ASNumber or as-block.
    pub asns: Option<AsnSet>,
    /// Host named by a refer, `ReferralServer` or whois line, without scheme and port.
    pub referral: Option<String>,
}

impl Reply {
    /// Reads a reply. The octets are bounded by the caller.
    pub fn read(octets: &[u8]) -> Self {
        let (text, is_utf8) = decode(octets);
        let mut reply = Self {
            is_utf8,
            ..Self::default()
        };
        for line in text.lines() {
            reply.line(line.trim_end_matches('\r'));
        }
        for (name, value) in &reply.fields {
            match name.as_str() {
                "inetnum" | "inet6num" | "netrange" | "cidr" if reply.addresses.is_none() => {
                    reply.addresses = addresses(value);
                }
                "aut-num" | "asnumber" | "as-block" if reply.asns.is_none() => {
                    reply.asns = asns(value)
                }
                "refer" | "referralserver" | "whois" if reply.referral.is_none() => {
                    reply.referral = host(value);
                }
                _ => {}
            }
        }
        reply.text = cut(&text).to_owned();
        reply
    }

    /// Returns the value of the first field with this name in lower case.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    fn line(&mut self, line: &str) {
        if line.trim().is_empty() || line.starts_with(['%', '#']) {
            return;
        }
        self.lines += 1;
        if let Some(rest) = line.strip_prefix([' ', '\t', '+']) {
            let rest = without_comment(rest);
            if let Some((_, value)) = self.fields.last_mut().filter(|_| !rest.is_empty()) {
                if !value.is_empty() {
                    value.push(' ');
                }
                value.push_str(rest);
            }
            return;
        }
        let Some((name, value)) = line.split_once(':') else {
            return;
        };
        let name = name.trim();
        if !name.is_empty() && name.len() <= 64 && self.fields.len() < MOST_FIELDS {
            self.fields
                .push((name.to_ascii_lowercase(), without_comment(value).to_owned()));
        }
    }
}

/// Cuts a text at [`KEPT_BYTES`], between characters.
fn cut(text: &str) -> &str {
    let mut end = text.len().min(KEPT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

fn decode(octets: &[u8]) -> (Cow<'_, str>, bool) {
    match std::str::from_utf8(octets) {
        Ok(text) => (Cow::Borrowed(text), true),
        Err(_) => (
            octets
                .iter()
                .map(|octet| char::from(*octet))
                .collect::<String>()
                .into(),
            false,
        ),
    }
}

/// Removes a comment at the end of a value; in RPSL it begins with ` #`.
fn without_comment(value: &str) -> &str {
    value.split(" #").next().unwrap_or(value).trim()
}

/// Reads `a - b`, `a/n`, several prefixes with commas, or LACNIC's short `200.3.12/22`.
fn addresses(value: &str) -> Option<AddressSet> {
    if let Some((first, last)) = value.split_once('-') {
        let range = AddressRange::new(address(first)?, address(last)?).ok()?;
        return Some(AddressSet::from(range));
    }
    let prefixes: Option<Vec<Prefix>> = value
        .split(',')
        .map(|item| {
            let (start, length) = item.trim().split_once('/')?;
            Prefix::containing(address(start)?, length.parse().ok()?).ok()
        })
        .collect();
    prefixes
        .filter(|list| !list.is_empty())
        .map(AddressSet::from_iter)
}

/// Reads an address; missing octets at the end of dotted decimal are zero.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if text.contains(':') {
        return text.parse().ok();
    }
    let mut octets = [0_u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        match parts.next() {
            Some(part) => *octet = part.parse().ok()?,
            None => break,
        }
    }
    parts
        .next()
        .is_none()
        .then(|| IpAddr::V4(Ipv4Addr::from(octets)))
}

/// Reads `AS64500`, `64500`, `64496 - 64511` or `AS64496-AS64511`.
fn asns(value: &str) -> Option<AsnSet> {
    let (first, last) = value.split_once('-').unwrap_or((value, value));
    let (first, last): (Asn, Asn) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then(|| AsnSet::range(first, last))
}

/// Reads a host out of `whois.example.net` or `whois://whois.example.net:43/`.
fn host(value: &str) -> Option<String> {
    let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
    let host = rest
        .split(['/', ':', ' '])
        .next()?
        .trim_end_matches('.')
        .to_ascii_lowercase();
    let plain = host.contains('.')
        && host.len() <= 253
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    plain.then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rpsl_is_read_with_continuations_and_comments() {
        let reply = Reply::read(
            b"% This is a comment\r\n\r\ninetnum:        192.0.2.0 - 192.0.2.255 # a remark\r\n\
              netname:        EXAMPLE\r\ndescr:          one\r\n                two\r\n+ three\r\n\
              source:         RIPE\r\n",
        );
        assert_eq!(reply.addresses, "192.0.2.0/24".parse().ok());
        assert_eq!(reply.field("descr"), Some("one two three"));
        assert_eq!(reply.lines, 6);
        assert!(reply.is_utf8 && reply.asns.is_none() && reply.referral.is_none());
    }

    #[test]
    fn the_forms_of_arin_and_lacnic_are_read() {
        let arin = Reply::read(
            b"#\n# ARIN WHOIS\n#\nNetRange:       192.0.2.0 - 192.0.2.255\nCIDR: 192.0.2.0/24\n\
              ReferralServer: rwhois://rwhois.Example.net:4321\nASNumber: 64496 - 64511\n",
        );
        assert_eq!(arin.addresses, "192.0.2.0/24".parse().ok());
        assert_eq!(arin.asns, "64496-64511".parse().ok());
        assert_eq!(arin.referral.as_deref(), Some("rwhois.example.net"));
        let lacnic = Reply::read(
            b"inetnum:     203.0.113/24\nowner:       Organiza\xE7\xE3o\naut-num:     AS64500\n",
        );
        assert_eq!(lacnic.addresses, "203.0.113.0/24".parse().ok());
        assert_eq!(lacnic.field("owner"), Some("Organização"));
        assert!(!lacnic.is_utf8);
        assert_eq!(lacnic.asns, "64500".parse().ok());
    }

    #[test]
    fn hostile_replies_are_read_without_harm() {
        for octets in [
            &b""[..],
            b":",
            b"  continued",
            b"inetnum: - ",
            b"aut-num: AS99999999999",
            b"\xFF\xFE\x00",
        ] {
            let reply = Reply::read(octets);
            assert!(reply.addresses.is_none() && reply.asns.is_none());
        }
        let long = Reply::read("é".repeat(100_000).as_bytes());
        assert!(long.text.len() <= KEPT_BYTES);
    }
}
