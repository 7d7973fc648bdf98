//! Rules about URIs, and what other rules ask of them.

use serde_json::Value;

use super::answer::Answer;
use super::{Rule, rule};
use crate::inspect::Seen;

pub(super) const RULES: &[Rule] = &[rule("rdap.resp.uri-syntax", uri_syntax)];

fn uri_syntax(answer: &Answer<'_>, seen: &mut Seen) {
    for link in &answer.links {
        for name in ["value", "href"] {
            let Some(uri) = link.get(name).and_then(Value::as_str) else {
                continue;
            };
            seen.look();
            if let Err(why) = check(uri) {
                seen.find(answer.below(link.at, name), why);
            }
        }
    }
}

/// Says why a text is no URI.
///
/// Looked at are the scheme, the characters and the percent escapes; RFC 3986, sections 2 and 3.
fn check(uri: &str) -> Result<(), String> {
    let scheme = uri.split(':').next().unwrap_or_default();
    let has_scheme = uri.contains(':')
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if !has_scheme {
        return Err("no URI: it has no scheme".to_owned());
    }
    let mut bytes = uri.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let escape = (bytes.next(), bytes.next());
                let (Some(high), Some(low)) = escape else {
                    return Err("no URI: a `%` without two hex digits".to_owned());
                };
                if !high.is_ascii_hexdigit() || !low.is_ascii_hexdigit() {
                    return Err("no URI: a `%` without two hex digits".to_owned());
                }
            }
            b' ' => return Err("no URI: a raw space".to_owned()),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {}
            b'-' | b'.' | b'_' | b'~' | b':' | b'/' | b'?' | b'#' | b'[' | b']' | b'@' => {}
            b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' => {}
            other => return Err(format!("no URI: the octet 0x{other:02X} is not allowed")),
        }
    }
    Ok(())
}

/// Returns the authority of an http or https URL: `host` or `host:port`.
pub(super) fn authority(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return None;
    }
    let rest = rest.split(['/', '?', '#']).next()?;
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let standard = if scheme.eq_ignore_ascii_case("https") {
        ":443"
    } else {
        ":80"
    };
    Some(host.strip_suffix(standard).unwrap_or(host)).filter(|host| !host.is_empty())
}

/// Says whether two URIs are the same but for the case of scheme and host, percent
/// escapes' case and a slash at the end; RFC 3986, section 6.2.2.
pub(super) fn same_uri(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let split = |uri: &str| -> Option<(String, String)> {
        let host = authority(uri)?.to_ascii_lowercase();
        let (scheme, rest) = uri.split_once("://")?;
        let path = rest
            .find(['/', '?', '#'])
            .and_then(|start| rest.get(start..))
            .unwrap_or("");
        Some((
            format!("{}://{host}", scheme.to_ascii_lowercase()),
            path.trim_end_matches('/').to_owned(),
        ))
    };
    match (split(one), split(other)) {
        (Some((host, path)), Some((other_host, other_path))) => {
            host == other_host
                && (path == other_path
                    || path.eq_ignore_ascii_case(&other_path) && path.contains('%'))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_have_a_scheme_and_legal_characters() {
        for good in [
            "https://rdap.example.net/ip/192.0.2.0/24",
            "https://rdap.example.net/entity/A%20B?x=(1)#y",
            "https://[2001:db8::1]/help",
            "tel:+1-555-0100",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "/help",
            "rdap.example.net",
            "https://a/b c",
            "https://a/%2",
            "https://a/é",
            "https://a/<b>",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn authorities_are_compared_without_standard_ports() {
        assert_eq!(
            authority("https://RDAP.example:443/ip"),
            Some("RDAP.example")
        );
        assert_eq!(
            authority("https://rdap.example:8443"),
            Some("rdap.example:8443")
        );
        assert_eq!(authority("ftp://rdap.example/"), None);
        assert!(same_uri("HTTPS://A.example/x/", "https://a.example/x"));
        assert!(!same_uri("https://a.example/x", "https://a.example/y"));
    }
}
