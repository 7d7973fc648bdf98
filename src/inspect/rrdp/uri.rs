//! URIs in RRDP files: rsync URIs of objects, https URIs of files.

use url::Url;

/// Longest path of an rsync URI, in octets.
///
/// The `rpki` crate 0.20.0, and with it Routinator, reads no longer one.
const LONGEST_PATH: usize = 3_072;

/// Longest component of a path, in octets: that of most file systems (`NAME_MAX`).
const LONGEST_COMPONENT: usize = 255;

/// The parts of an rsync URI that names an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RsyncUri<'a> {
    /// Host, and port where there is one, as written.
    pub authority: &'a str,
    /// The first component of the path.
    pub module: &'a str,
    /// What follows the module, without first slash; never empty.
    pub path: &'a str,
}

impl<'a> RsyncUri<'a> {
    /// Reads the URI of an object.
    ///
    /// Source: RFC 5781, section 2; RFC 3986, sections 3.2 and 3.3; the limits are those of relying parties.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn read(uri: &'a str) -> Result<Self, &'static str> {
        let (scheme, rest) = uri
            .split_once("://")
            .ok_or("not a URI with scheme and authority")?;
        if !scheme.eq_ignore_ascii_case("rsync") {
            return Err("the scheme is not rsync");
        }
        // Unreserved, reserved and the percent sign: RFC 3986, section 2. Brackets are for addresses only.
        let allowed =
            |octet: u8| octet.is_ascii_alphanumeric() || b"-._~:/@!$&'()*+,;=%[]".contains(&octet);
        if !rest.bytes().all(allowed) {
            return Err("there are characters that no rsync URI has");
        }
        let (authority, path) = rest.split_once('/').ok_or("there is no path")?;
        if authority.is_empty() {
            return Err("there is no authority");
        }
        if path.len() > LONGEST_PATH {
            return Err("the path is longer than 3,072 octets");
        }
        for component in path.split('/') {
            match component {
                "" => return Err("a component of the path is empty, or it names a folder"),
                "." | ".." => return Err("a component of the path is `.` or `..`"),
                _ if component.len() > LONGEST_COMPONENT => {
                    return Err("a component of the path is longer than 255 octets");
                }
                _ => {}
            }
        }
        let (module, path) = path
            .split_once('/')
            .ok_or("the path names a module and no object")?;
        Ok(Self {
            authority,
            module,
            path,
        })
    }

    /// Returns the extension in lower case; `None` if the name has none of 1 to 8 letters and digits.
    pub fn extension(&self) -> Option<Extension> {
        let (_, extension) = self.path.rsplit('/').next()?.rsplit_once('.')?;
        let fits = (1..=Extension::LONGEST).contains(&extension.len())
            && extension.bytes().all(|octet| octet.is_ascii_alphanumeric());
        let mut octets = [0; Extension::LONGEST];
        if !fits {
            return None;
        }
        for (place, octet) in octets.iter_mut().zip(extension.bytes()) {
            *place = octet.to_ascii_lowercase();
        }
        Some(Extension(octets))
    }
}

/// A file name's extension of at most 8 octets, without a place of its own in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Extension([u8; Extension::LONGEST]);

impl Extension {
    /// Most octets of an extension.
    const LONGEST: usize = 8;

    /// Returns it as text, without dot.
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().position(|octet| *octet == 0);
        let octets = self.0.get(..length.unwrap_or(Self::LONGEST));
        std::str::from_utf8(octets.unwrap_or_default()).unwrap_or_default()
    }
}

/// Says whether two URLs have the same scheme, host and port.
///
/// Source: RFC 6454, section 5; RFC 9674, section 2.
pub fn is_same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}

/// Says whether two texts are URLs of the same origin; no for what is no URL.
pub fn share_origin(one: &str, other: &str) -> bool {
    let both = Url::parse(one).ok().zip(Url::parse(other).ok());
    both.is_some_and(|(one, other)| is_same_origin(&one, &other))
}

/// Says whether the path of a file's URI holds something that cannot be guessed: a component, or a
/// part of one between `-` and `_`, with 16 or more letters and digits of both kinds that is not of the session id.
///
/// The session id and the serial are known to everybody who read one notification.
pub fn is_unpredictable(url: &Url, session: &str) -> bool {
    let session = session.to_ascii_lowercase();
    let path = url.path().to_ascii_lowercase().replace(&session, "");
    path.split(['/', '.', '_', '-']).any(|part| {
        let hidden = part.len() >= 16 && !session.replace('-', "").contains(part);
        hidden
            && part.bytes().any(|octet| octet.is_ascii_digit())
            && part.bytes().any(|octet| octet.is_ascii_alphabetic())
    }) || has_uuid(&path)
}

/// Says whether a path holds a UUID: 32 hex digits in five groups.
fn has_uuid(path: &str) -> bool {
    path.split(['/', '.', '_']).any(|part| {
        let groups: Vec<&str> = part.split('-').collect();
        groups.windows(5).any(|group| {
            group.iter().map(|g| g.len()).eq([8, 4, 4, 4, 12])
                && group
                    .iter()
                    .all(|g| g.bytes().all(|octet| octet.is_ascii_hexdigit()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(uri: &str, expected: Result<(&str, &str, &str), &str>) {
        let seen = RsyncUri::read(uri);
        match (seen, expected) {
            (Ok(seen), Ok(expected)) => {
                assert_eq!((seen.authority, seen.module, seen.path), expected);
            }
            (Err(error), Err(part)) => assert!(error.contains(part), "{uri}: {error}"),
            (seen, _) => panic!("{uri}: {seen:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn a_uri_has_an_authority_a_module_and_a_path() {
        check("rsync://a.test/m/b.cer", Ok(("a.test", "m", "b.cer")));
        check("RSYNC://a.test:873/m/c/d", Ok(("a.test:873", "m", "c/d")));
        check("rsync://a.test/m", Err("no object"));
        check("rsync://a.test/m/", Err("empty"));
        check("rsync://a.test", Err("no path"));
        check("rsync:///m/b", Err("no authority"));
        check("https://a.test/m/b", Err("scheme"));
        check("/etc/passwd", Err("not a URI"));
    }

    #[test]
    fn nobody_is_led_out_of_the_tree() {
        check("rsync://a.test/m/../b", Err("`..`"));
        check("rsync://a.test/../b", Err("`..`"));
        check("rsync://a.test/m/./b", Err("`.`"));
        check("rsync://a.test/m//b", Err("empty"));
        check("rsync://a.test/m/b\\c", Err("characters"));
        check("rsync://a.test/m/b c", Err("characters"));
        check("rsync://a.test/m/b\n", Err("characters"));
        let long = format!("rsync://a.test/m/{}", "x".repeat(256));
        check(&long, Err("255"));
        let long = format!("rsync://a.test/m/{}b", "x/".repeat(1_536));
        check(&long, Err("3,072"));
    }

    #[test]
    fn an_extension_is_read_where_there_is_one() {
        let of = |path: &str| {
            let uri = format!("rsync://a/m/{path}");
            let uri = RsyncUri::read(&uri).unwrap();
            uri.extension().map(|e| e.as_str().to_owned())
        };
        assert_eq!(of("a.b/c.ROA"), Some("roa".to_owned()));
        assert_eq!(of("a.b/c"), None);
        assert_eq!(of("c."), None);
        assert_eq!(of("c.veryveryverylong"), None);
    }

    #[test]
    fn a_path_that_holds_only_session_and_serial_can_be_guessed() {
        let session = "a2d845c4-5b91-4015-a2b7-988c03ce232a";
        let of = |path: &str| {
            let url = Url::parse("https://rrdp.test/").unwrap();
            is_unpredictable(&url.join(path).unwrap(), session)
        };
        assert!(!of(&format!("{session}/1742/snapshot.xml")));
        assert!(!of("a2d845c45b914015a2b7988c03ce232a/1742/snapshot.xml"));
        assert!(!of("rrdp/deltas/00000000000000001742.xml"));
        assert!(of(&format!("{session}/1742/snapshot-9f86d081884c7d65.xml")));
        assert!(of(&format!(
            "{session}/1742/c047e305-fe71-4936-8209-48e129a14c08/delta.xml"
        )));
        assert!(of("1742/C047E305FE71F2936720948E129A14C0/snapshot.xml"));
    }
}
