//! What was asked of an RDAP service.

use serde_json::Value;

/// What was asked of an RDAP service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// `ip/…`: the text behind it, where known.
    Ip(Option<String>),
    /// `autnum/…`
    Autnum(Option<String>),
    /// `domain/…`
    Domain(Option<String>),
    /// `entity/…`
    Entity(Option<String>),
    /// `nameserver/…`
    Nameserver(Option<String>),
    /// `help`
    Help,
    /// A search.
    Search,
    /// A history query.
    History,
    /// An answer with an error status, whatever was asked.
    Error,
}

impl Query {
    /// Reads a path below a base URL, such as `ip/192.0.2.0/24` or `domains?name=x*`.
    ///
    /// Percent escapes in the text behind the first segment are decoded. `None` if the
    /// first segment is no RDAP path segment.
    ///
    /// Source: RFC 9082, sections 3.1 and 3.2; RFC 9910, sections 2 and 3.2.2.
    pub fn from_path(path: &str) -> Option<Self> {
        let path = path.trim_start_matches('/');
        let path = path.split('#').next().unwrap_or(path);
        let (path, _) = path.split_once('?').unwrap_or((path, ""));
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let text = (!rest.is_empty()).then(|| decode(rest));
        // What stands above an object is one object, and answered like a lookup of it.
        let upward = |rest: &str| rest.starts_with("rdap-up/") || rest.starts_with("rdap-top/");
        let above = rest.strip_prefix("rirSearch1/").is_some_and(upward);
        Some(match first {
            "ips" if above => Self::Ip(None),
            "autnums" if above => Self::Autnum(None),
            "domains" if above => Self::Domain(None),
            "ip" => Self::Ip(text),
            "autnum" => Self::Autnum(text),
            "domain" => Self::Domain(text),
            "entity" => Self::Entity(text),
            "nameserver" => Self::Nameserver(text),
            "help" => Self::Help,
            "domains" | "nameservers" | "entities" | "ips" | "autnums" => Self::Search,
            "history" => Self::History,
            _ => return None,
        })
    }

    /// Reads the word of `--as`: `ip`, `autnum`, `entity`, `domain`, `nameserver`, `help`,
    /// `error`, `search` or `history`; `None` for another word.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "ip" => Self::Ip(None),
            "autnum" => Self::Autnum(None),
            "domain" => Self::Domain(None),
            "entity" => Self::Entity(None),
            "nameserver" => Self::Nameserver(None),
            "help" => Self::Help,
            "search" => Self::Search,
            "history" => Self::History,
            "error" => Self::Error,
            _ => return None,
        })
    }

    /// Guesses what was asked from the members of the topmost object.
    ///
    /// A document without any telling member is taken for a help answer.
    pub fn guess(document: &Value) -> Self {
        let has = |name: &str| document.get(name).is_some();
        if has("errorCode") {
            return Self::Error;
        }
        match document.get("objectClassName").and_then(Value::as_str) {
            Some("ip network") => return Self::Ip(None),
            Some("autnum") => return Self::Autnum(None),
            Some("entity") => return Self::Entity(None),
            Some("domain") => return Self::Domain(None),
            Some("nameserver") => return Self::Nameserver(None),
            _ => {}
        }
        let searched = document
            .as_object()
            .is_some_and(|members| members.keys().any(|name| name.ends_with("SearchResults")));
        if searched {
            Self::Search
        } else if has("records") {
            Self::History
        } else if has("startAddress") || has("ipVersion") {
            Self::Ip(None)
        } else if has("startAutnum") {
            Self::Autnum(None)
        } else if has("vcardArray") || has("roles") {
            Self::Entity(None)
        } else if has("nameservers") || has("secureDNS") {
            Self::Domain(None)
        } else if has("ldhName") {
            Self::Nameserver(None)
        } else {
            Self::Help
        }
    }
}

/// Decodes percent escapes; what is no escape or no UTF-8 stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        if let (b'%', [high, low, after @ ..]) = (first, tail)
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            out.push(high * 16 + low);
            rest = after;
            continue;
        }
        out.push(*first);
        rest = tail;
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_are_read_as_queries() {
        let ip = |text: &str| Some(Query::Ip(Some(text.to_owned())));
        assert_eq!(Query::from_path("ip/192.0.2.0/24"), ip("192.0.2.0/24"));
        assert_eq!(Query::from_path("ip/2001%3Adb8%3A%3A1"), ip("2001:db8::1"));
        assert_eq!(Query::from_path("/help?x=1"), Some(Query::Help));
        let relation = |name: &str| format!("ips/rirSearch1/{name}/192.0.2.0/24");
        for (name, expected) in [
            ("rdap-down", Query::Search),
            ("rdap-bottom", Query::Search),
            ("rdap-up", Query::Ip(None)),
            ("rdap-top", Query::Ip(None)),
        ] {
            assert_eq!(Query::from_path(&relation(name)), Some(expected), "{name}");
        }
        assert_eq!(Query::from_path("autnum"), Some(Query::Autnum(None)));
        assert_eq!(Query::from_path("quintet/1"), None);
    }

    #[test]
    fn the_query_is_guessed_from_telling_members() {
        assert_eq!(Query::guess(&json!({"errorCode": 404})), Query::Error);
        assert_eq!(Query::guess(&json!({"ipSearchResults": []})), Query::Search);
        assert_eq!(Query::guess(&json!({"ipVersion": "v4"})), Query::Ip(None));
        assert_eq!(Query::guess(&json!({"notices": []})), Query::Help);
        assert_eq!(Query::guess(&json!([])), Query::Help);
    }
}
