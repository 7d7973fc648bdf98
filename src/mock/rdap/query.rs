//! Reads what was asked out of a path.

use crate::mock::document::Kind;

/// A query of RFC 9082 or RFC 9910.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Query {
    /// `help`
    Help,
    /// `ip/…`, percent-decoded.
    Ip(String),
    /// `autnum/…`
    Autnum(String),
    /// `domain/…`
    Domain(String),
    /// `entity/…`
    Entity(String),
    /// `nameserver/…`
    NameServer(String),
    /// A search: what stands before `?`, and the decoded parameters.
    Search {
        /// The segments, such as `["ips", "rirSearch1", "rdap-up", "192.0.2.0/24"]`.
        kind: Vec<String>,
        /// The parameters in order.
        parameters: Vec<(String, String)>,
    },
    /// Anything else.
    Unknown,
}

/// First segments of searches.
const SEARCHES: &[&str] = &["domains", "nameservers", "entities", "ips", "autnums"];

impl Query {
    /// Reads a path below the base, `None` for one outside it, and the text behind `?`.
    pub(super) fn read(path: Option<&str>, parameters: &str) -> Self {
        let Some(path) = path else {
            return Self::Unknown;
        };
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let rest = decode(rest);
        match first {
            "help" if rest.is_empty() => Self::Help,
            "ip" => Self::Ip(rest),
            "autnum" => Self::Autnum(rest),
            "domain" => Self::Domain(rest),
            "entity" => Self::Entity(rest),
            "nameserver" => Self::NameServer(rest),
            search if SEARCHES.contains(&search) => {
                let mut kind = vec![search.to_owned()];
                kind.extend(
                    rest.splitn(3, '/')
                        .filter(|s| !s.is_empty())
                        .map(str::to_owned),
                );
                let pairs = parameters.split('&').filter(|p| !p.is_empty()).map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name), decode(&value.replace('+', " ")))
                });
                Self::Search {
                    kind,
                    parameters: pairs.collect(),
                }
            }
            _ => Self::Unknown,
        }
    }

    /// Returns what was asked.
    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Help => Kind::Help,
            Self::Ip(_) => Kind::Ip,
            Self::Autnum(_) => Kind::Autnum,
            Self::Domain(_) => Kind::Domain,
            Self::Entity(_) => Kind::Entity,
            Self::NameServer(_) => Kind::NameServer,
            Self::Search { .. } => Kind::Search,
            Self::Unknown => Kind::All,
        }
    }
}

/// Resolves percent escapes; what is no escape stays, and octets that are no UTF-8 are replaced.
pub(super) fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((octet, behind)) = rest.split_first() {
        let escaped = (*octet == b'%')
            .then(|| behind.get(..2))
            .flatten()
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escaped {
            Some(value) => {
                out.push(value);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*octet);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Escapes what may not stand in a path segment.
pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for octet in text.bytes() {
        let plain = octet.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&octet);
        if plain {
            out.push(char::from(octet));
        } else {
            out.push('%');
            out.push_str(&data_encoding::HEXUPPER.encode(&[octet]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_with_their_escapes() {
        let read = |path: &str| Query::read(Some(path), "fn=A%20b&x");
        assert_eq!(read("help"), Query::Help);
        assert_eq!(read("ip/2c00%3A%3A/12"), Query::Ip("2c00::/12".to_owned()));
        assert_eq!(
            read("ip/fe80::1%25eth0"),
            Query::Ip("fe80::1%eth0".to_owned())
        );
        assert_eq!(read("nothing"), Query::Unknown);
        assert_eq!(Query::read(None, ""), Query::Unknown);
        let Query::Search { kind, parameters } = read("ips/rirSearch1/rdap-up/10.0.0.0/8") else {
            panic!("no search");
        };
        assert_eq!(kind, ["ips", "rirSearch1", "rdap-up", "10.0.0.0/8"]);
        assert_eq!(parameters[0], ("fn".to_owned(), "A b".to_owned()));
        assert_eq!(decode("%zz%4"), "%zz%4");
        assert_eq!(encode("a b%"), "a%20b%25");
    }
}
