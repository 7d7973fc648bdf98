//! Keeps secrets out of everything that is kept.

use http::{HeaderName, HeaderValue};

use crate::transport::options::{Credential, LiveError};

/// What stands for a secret in a recorded header.
pub(super) const MASKED: &str = "(masked)";

/// Shortest part of a secret that is masked where it is echoed, in octets; shorter ones would hit by chance.
const SHORTEST: usize = 6;

/// All secrets of a run.
#[derive(Default)]
pub(super) struct Secrets {
    credentials: Vec<(String, HeaderName, HeaderValue)>,
    /// What must not be kept, the longest first.
    needles: Vec<Vec<u8>>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.credentials.len())
    }
}

impl Secrets {
    pub(super) fn new(credentials: &[Credential]) -> Result<Self, LiveError> {
        let mut secrets = Self::default();
        for credential in credentials {
            let name = HeaderName::try_from(&credential.header)
                .map_err(|_| LiveError::Header(credential.header.clone()))?;
            let mut value = HeaderValue::try_from(&credential.value)
                .map_err(|_| LiveError::Header(format!("{}: {MASKED}", credential.header)))?;
            value.set_sensitive(true);
            secrets
                .credentials
                .push((credential.host.to_ascii_lowercase(), name, value));
            secrets.needles.extend(needles(&credential.value));
        }
        secrets.needles.sort();
        secrets.needles.dedup();
        secrets.needles.sort_by_key(|n| std::cmp::Reverse(n.len()));
        Ok(secrets)
    }

    /// Returns the headers that are sent to a host and to no other.
    pub(super) fn of<'a>(
        &'a self,
        host: &'a str,
    ) -> impl Iterator<Item = (&'a HeaderName, &'a HeaderValue)> {
        self.credentials
            .iter()
            .filter(move |(owner, ..)| owner == host)
            .map(|(_, name, value)| (name, value))
    }

    /// Returns something that masks a stream; `None` if there is nothing to mask.
    pub(super) fn masking(&self) -> Option<Masking<'_>> {
        (!self.needles.is_empty()).then(|| Masking {
            needles: &self.needles,
            held: Vec::new(),
            found: false,
        })
    }

    /// Masks secrets in a text and says whether there were any.
    pub(super) fn mask(&self, text: &mut String) -> bool {
        let Some(mut masking) = self.masking() else {
            return false;
        };
        let mut octets = masking.pass(text.as_bytes());
        octets.extend(masking.rest());
        if masking.found {
            *text = String::from_utf8_lossy(&octets).into_owned();
        }
        masking.found
    }
}

/// Returns the parts of a header value that are secret: all of it, what follows the
/// scheme, and of `Basic` the password.
fn needles(value: &str) -> Vec<Vec<u8>> {
    let mut all = vec![value.as_bytes().to_vec()];
    if let Some((scheme, token)) = value.split_once(' ') {
        all.push(token.trim().as_bytes().to_vec());
        if scheme.eq_ignore_ascii_case("basic")
            && let Ok(pair) = data_encoding::BASE64.decode(token.trim().as_bytes())
        {
            if let Some(colon) = pair.iter().position(|o| *o == b':') {
                all.push(pair.get(colon + 1..).unwrap_or_default().to_vec());
            }
            all.push(pair);
        }
    }
    all.retain(|needle| needle.len() >= SHORTEST);
    all
}

/// Masks a stream: as many `*` as a secret has octets, so that lengths stay true.
#[derive(Debug)]
pub(super) struct Masking<'a> {
    needles: &'a [Vec<u8>],
    held: Vec<u8>,
    found: bool,
}

impl Masking<'_> {
    /// Takes octets and returns those that can hold no secret any more.
    pub(super) fn pass(&mut self, octets: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(octets);
        self.replace();
        let longest = self.needles.first().map_or(0, Vec::len);
        let ready = self.held.len().saturating_sub(longest.saturating_sub(1));
        let rest = self.held.split_off(ready);
        std::mem::replace(&mut self.held, rest)
    }

    /// Returns what is left at the end.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        self.replace();
        std::mem::take(&mut self.held)
    }

    /// Says whether a secret was met.
    pub(super) const fn found(&self) -> bool {
        self.found
    }

    fn replace(&mut self) {
        for needle in self.needles {
            let mut from = 0;
            while let Some(at) = find(self.held.get(from..).unwrap_or_default(), needle) {
                let start = from + at;
                if let Some(place) = self.held.get_mut(start..start + needle.len()) {
                    place.fill(b'*');
                }
                from = start + needle.len();
                self.found = true;
            }
        }
    }
}

/// Returns where a needle is.
fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    while let Some(at) = hay.get(from..)?.iter().position(|o| *o == first) {
        if hay.get(from + at..)?.starts_with(needle) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(value: &str) -> Secrets {
        Secrets::new(&[Credential {
            host: "Api.Example".to_owned(),
            header: "Authorization".to_owned(),
            value: value.to_owned(),
        }])
        .unwrap()
    }

    #[test]
    fn a_secret_is_masked_wherever_a_stream_is_cut() {
        let secrets = secrets("Bearer s3cr3t-token");
        let text = b"you sent Bearer s3cr3t-token, s3cr3t-token it was";
        for cut in 0..=text.len() {
            let mut masking = secrets.masking().unwrap();
            let (left, right) = text.split_at(cut);
            let mut out = masking.pass(left);
            out.extend(masking.pass(right));
            out.extend(masking.rest());
            let out = String::from_utf8(out).unwrap();
            assert_eq!(
                out, "you sent *******************, ************ it was",
                "{cut}"
            );
        }
    }

    #[test]
    fn a_password_in_basic_is_masked_in_the_clear_and_as_sent() {
        let secrets = secrets("Basic dXNlcjpodW50ZXIyMg==");
        let mut text = "hunter22 dXNlcjpodW50ZXIyMg== user:hunter22".to_owned();
        assert!(secrets.mask(&mut text));
        assert_eq!(text, "******** ******************** *************");
    }

    #[test]
    fn a_secret_belongs_to_one_host() {
        let secrets = secrets("Bearer s3cr3t-token");
        assert_eq!(secrets.of("api.example").count(), 1);
        assert_eq!(secrets.of("api.example.net").count(), 0);
        assert_eq!(format!("{secrets:?}"), "Secrets(1)");
    }
}
