//! Redirects: where a Location leads, and where nobody is led.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Says whether a status with a Location is a redirect that clients follow.
///
/// Source: RFC 9110, section 15.4; RFC 7480, section 5.2.
pub(super) const fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Returns the URL a Location leads to, without fragment and credentials.
///
/// # Errors
///
/// In words: why it is not followed.
pub(super) fn target(asked: &Url, location: &str, public_only: bool) -> Result<Url, String> {
    let mut url = asked
        .join(location)
        .map_err(|error| format!("the Location `{}` is no URL: {error}", cut(location)))?;
    check(&url, public_only)?;
    url.set_fragment(None);
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!(
            "the Location `{}` has credentials in it",
            cut(location)
        ));
    }
    Ok(url)
}

/// Says why a URL is not asked; `Ok` if it may be.
pub(super) fn check(url: &Url, public_only: bool) -> Result<(), String> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!(
            "`{}` is not asked; expected an http or https URL",
            cut(url.as_str())
        ));
    }
    let private = match url.host() {
        None => return Err(format!("`{}` names no host", cut(url.as_str()))),
        Some(Host::Ipv4(address)) => is_private(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => is_private(IpAddr::V6(address)),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost") || name.ends_with(".local")
        }
    };
    if private && public_only {
        return Err(format!(
            "`{}` leads to a loopback or private address, which this target refuses",
            cut(url.as_str())
        ));
    }
    Ok(())
}

/// Says whether an address is loopback, private, link-local or otherwise not of the public Internet.
///
/// Source: the IANA special-purpose address registries, blocks that are not globally reachable.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_private_v4(v4),
        IpAddr::V6(v6) => is_private_v6(v6),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (b == 18 || b == 19))
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let [first, second, .., high, low] = address.segments();
    // 64:ff9b::/96 holds an IPv4 address.
    if first == 0x64 && second == 0xff9b {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        return is_private_v4(Ipv4Addr::new(a, b, c, d));
    }
    address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || first & 0xfe00 == 0xfc00
        || first & 0xffc0 == 0xfe80
        || (first == 0x2001 && second == 0x0db8)
}

/// Cuts a text of the network to what a message can show.
pub(super) fn cut(text: &str) -> String {
    const LONGEST: usize = 200;
    if text.chars().nth(LONGEST).is_none() {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(LONGEST).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_target(location: &str, public_only: bool, expected: Result<&str, &str>) {
        let asked = Url::parse("https://rdap.example.net/rdap/ip/192.0.2.1").unwrap();
        let seen = target(&asked, location, public_only);
        match (&seen, expected) {
            (Ok(url), Ok(expected)) => assert_eq!(url.as_str(), expected),
            (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
            _ => panic!("{seen:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn a_location_is_resolved_against_the_url_asked() {
        check_target("/x", true, Ok("https://rdap.example.net/x"));
        check_target(
            "../autnum/1#f",
            true,
            Ok("https://rdap.example.net/rdap/autnum/1"),
        );
        check_target("//b.example/y", true, Ok("https://b.example/y"));
        check_target("HTTP://B.EXAMPLE", true, Ok("http://b.example/"));
    }

    #[test]
    fn nobody_is_led_to_other_schemes_or_private_places() {
        check_target("https://[", true, Err("is no URL"));
        check_target("file:///etc/passwd", false, Err("is not asked"));
        check_target("data:text/plain,x", false, Err("is not asked"));
        check_target("https://a:b@c.example/", false, Err("credentials"));
        for place in [
            "http://localhost/",
            "http://a.localhost./",
            "http://127.0.0.1/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://10.1.2.3/",
            "http://169.254.169.254/latest",
            "http://100.64.0.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[fe80::1]/",
            "http://[fd00::1]/",
        ] {
            check_target(place, true, Err("loopback or private"));
            assert!(target(&Url::parse("http://a.example").unwrap(), place, false).is_ok());
        }
        for place in ["http://8.8.8.8/", "http://[2001:4860::1]/"] {
            assert!(target(&Url::parse("http://a.example").unwrap(), place, true).is_ok());
        }
    }
}
