//! What stands beside a statistics file: digest, signature, validators, the other address family.

use std::io::Read as _;
use std::sync::Arc;

use crate::fact::{Digest, Facts, FailureKind, Value};
use crate::inspect::openpgp::{Fingerprint, PublicKey, Signature, Wrong};
use crate::probe::capture::Stream;
use crate::probe::conversation::header;
use crate::probe::file::{self, Fetched, What};
use crate::probe::notes::Notes;
use crate::probe::{Ask, answer, body};
use crate::transport::Family;

/// Largest file that stands beside a statistics file, in octets; real ones have 70 and 800.
const SMALL: u64 = 64 * 1024;

/// Largest file with an OpenPGP key that is read, in octets; real ones have up to 200,000.
const KEYS: u64 = 1024 * 1024;

/// The file that others stand beside.
pub(super) struct Main {
    pub(super) url: String,
    /// SHA-256 of the file without content coding.
    pub(super) digest: Digest,
    /// MD5 of the same, in hex.
    pub(super) md5: String,
    pub(super) fetched: Fetched,
}

/// Asks for everything beside a file; what fails there is no failure of the whole.
pub(super) async fn ask(ask: &Ask<'_>, notes: &mut Notes, main: &Main) {
    let mut visit = Beside { ask, notes, main };
    visit.plain().await;
    let knows = visit.conditional().await;
    visit.families(knows).await;
    visit.md5().await;
    visit.signature().await;
}

/// A visit of what stands beside a file.
struct Beside<'a, 'b, 'c> {
    ask: &'a Ask<'b>,
    notes: &'c mut Notes,
    main: &'a Main,
}

impl Beside<'_, '_, '_> {
    /// Makes a request; what failed is returned, and is none of the whole.
    async fn request(&mut self, what: What<'_>, family: Family) -> Result<Fetched, FailureKind> {
        let fetched = file::get_over(self.ask, self.notes, what, family).await;
        let failure = self.notes.failure.take();
        fetched.ok_or_else(|| failure.map_or(FailureKind::Here, |f| f.kind))
    }

    /// Asks for the size without content coding.
    async fn plain(&mut self) {
        let what = What {
            method: "HEAD",
            url: &self.main.url,
            headers: &[("accept-encoding", "identity")],
            limit: SMALL,
        };
        let Ok(fetched) = self.request(what, self.ask.family).await else {
            return;
        };
        let status = fetched.answer.status;
        let facts = &mut self.notes.facts;
        facts.set("plain.status", Value::Count(i64::from(status)));
        let length = header(&fetched.answer, "content-length");
        if let Some(length) = length.and_then(|text| text.parse().ok()) {
            facts.set("plain.bytes", Value::Bytes(length));
        }
    }

    /// Asks again with the validators of the file; returns whether its ETag was known.
    async fn conditional(&mut self) -> bool {
        let mut knows = false;
        for (validator, condition, path) in [
            ("etag", "if-none-match", "again.etag"),
            ("last-modified", "if-modified-since", "again.time"),
        ] {
            let Some(value) = header(&self.main.fetched.answer, validator) else {
                continue;
            };
            let asked = self.validate(condition, &value, self.ask.family).await;
            let Ok(fetched) = asked else { continue };
            let status = fetched.answer.status;
            self.notes.facts.set(path, Value::Count(i64::from(status)));
            knows |= validator == "etag" && status == 304;
        }
        knows
    }

    async fn validate(
        &mut self,
        condition: &str,
        value: &str,
        family: Family,
    ) -> Result<Fetched, FailureKind> {
        let what = What {
            method: "GET",
            url: &self.main.url,
            headers: &[("accept-encoding", "gzip"), (condition, value)],
            limit: self.ask.limits.capture_bytes,
        };
        self.request(what, family).await
    }

    /// Asks over each address family. Where the service knows the file's ETag the answer costs nothing;
    /// elsewhere the heads are compared.
    async fn families(&mut self, knows: bool) {
        if self.ask.family != Family::Any {
            return;
        }
        let tag = header(&self.main.fetched.answer, "etag").unwrap_or_default();
        let mut records = Vec::new();
        let mut differ: Vec<Arc<str>> = Vec::new();
        for (word, family) in [("ipv4", Family::Ipv4), ("ipv6", Family::Ipv6)] {
            let asked = if knows {
                self.validate("if-none-match", &tag, family).await
            } else {
                let what = What {
                    method: "HEAD",
                    url: &self.main.url,
                    headers: &[("accept-encoding", "gzip")],
                    limit: SMALL,
                };
                self.request(what, family).await
            };
            let mut record = Facts::new();
            record.set("family", Value::text(word));
            let failure = asked.as_ref().err().map_or("", |kind| kind.as_str());
            record.set("failure", Value::text(failure));
            match &asked {
                Ok(fetched) => {
                    let same = self.is_same(fetched, knows);
                    let status = fetched.answer.status;
                    record.set("status", Value::Count(i64::from(status)));
                    record.set("same", Value::Flag(same));
                    if !same {
                        differ.push(format!("{word} answers {status} with another file").into());
                    }
                }
                Err(kind) if !is_ours(*kind) => differ.push(format!("{word}: {kind}").into()),
                Err(_) => {}
            }
            records.push(record);
        }
        self.notes.facts.set("families", Value::Records(records));
        self.notes
            .facts
            .set("families_differ", Value::Texts(differ));
    }

    /// Says whether an answer is the same file.
    fn is_same(&self, fetched: &Fetched, knows: bool) -> bool {
        let answer = &fetched.answer;
        match (knows, answer.status) {
            (true, 304) => true,
            (true, 200) => {
                let codings = fetched.codings();
                let limit = self.ask.limits.capture_bytes;
                let stream = Stream::open(&answer.body, &codings, limit).ok();
                stream.is_some_and(|mut stream| {
                    let mut octets = Vec::new();
                    let whole = stream.read_to_end(&mut octets).is_ok();
                    whole && Digest::of(&octets) == self.main.digest
                })
            }
            (false, 200) => {
                let own = |name| header(answer, name) == header(&self.main.fetched.answer, name);
                own("etag") && own("last-modified")
            }
            _ => false,
        }
    }

    /// Fetches a small file beside the main one; publishes its status.
    async fn beside(&mut self, suffix: &str) -> Option<Vec<u8>> {
        let url = format!("{}{suffix}", self.main.url);
        let what = What {
            method: "GET",
            url: &url,
            headers: &[("accept-encoding", "identity")],
            limit: SMALL,
        };
        let fetched = self.request(what, self.ask.family).await.ok()?;
        let status = fetched.answer.status;
        let path = format!("side{suffix}.status");
        self.notes.facts.set(path, Value::Count(i64::from(status)));
        let octets = body::octets(&fetched.answer.body).ok()?;
        (status == 200).then(|| octets.to_vec())
    }

    async fn md5(&mut self) {
        let Some(octets) = self.beside(".md5").await else {
            return;
        };
        let text = String::from_utf8_lossy(&octets);
        let facts = &mut self.notes.facts;
        facts.set("side.md5.ended", Value::Flag(text.ends_with('\n')));
        let digest = Md5::read(&text);
        let form = digest.as_ref().map_or("other", |digest| digest.form);
        facts.set("side.md5.form", Value::text(form));
        let Some(digest) = digest else {
            facts.set("side.md5.equal", Value::Flag(false));
            return;
        };
        let equal = digest.hex.eq_ignore_ascii_case(&self.main.md5);
        facts.set("side.md5.equal", Value::Flag(equal));
        facts.set("side.md5.name", Value::text(shown(digest.name)));
        let asked = self.main.url.rsplit('/').next().unwrap_or_default();
        let names = names(digest.name, asked);
        facts.set("side.md5.names", Value::text(names));
    }

    async fn signature(&mut self) {
        if let Some(octets) = self.beside(".asc").await {
            let armored = octets.starts_with(b"-----BEGIN PGP SIGNATURE-----");
            let facts = &mut self.notes.facts;
            facts.set("side.asc.armored", Value::Flag(armored));
            let verified = self.verified(&octets).await;
            let Some(verified) = verified else { return };
            let facts = &mut self.notes.facts;
            if !matches!(verified, Err(Wrong::Unsupported(_))) {
                facts.set("side.asc.good", Value::Flag(verified.is_ok()));
            }
            let why = verified.err().map(|wrong| wrong.to_string());
            facts.set("side.asc.why", Value::text(why.unwrap_or_default()));
        }
    }

    /// Says whether a signature is that of the file by the key of the probe; `None` where no key is
    /// declared, or something failed that is ours.
    async fn verified(&mut self, octets: &[u8]) -> Option<Result<(), Wrong>> {
        let signature = Signature::read(octets);
        if let Ok(signature) = &signature {
            let facts = &mut self.notes.facts;
            facts.set("side.asc.signer", Value::text(signature.signer()));
            if let Some(made) = signature.made {
                facts.set("side.asc.made", Value::Time(made));
            }
        }
        let url = self.ask.text("key").filter(|url| !url.is_empty())?;
        let url = url.to_owned();
        let print = Fingerprint::parse(self.ask.text("fingerprint").unwrap_or_default());
        let Some(print) = print else {
            return Some(Err(Wrong::Unsupported(
                "the declared fingerprint".to_owned(),
            )));
        };
        let signature = match signature.and_then(|own| own.is_by(print).map(|()| own)) {
            Ok(signature) => signature,
            Err(wrong) => return Some(Err(wrong)),
        };
        let what = What {
            method: "GET",
            url: &url,
            headers: &[("accept-encoding", "identity")],
            limit: KEYS,
        };
        let fetched = self.request(what, self.ask.family).await.ok()?;
        let octets = body::octets(&fetched.answer.body).ok()?;
        let key = match PublicKey::find(&octets, print) {
            Ok(key) => key,
            Err(wrong) => return Some(Err(wrong)),
        };
        let (body, codings) = (
            self.main.fetched.answer.body.clone(),
            self.main.fetched.codings(),
        );
        let limit = self.ask.limits.capture_bytes;
        let hashed = answer::apart(move || {
            let mut stream = Stream::open(&body, &codings, limit)?;
            let mut hasher = signature.hasher();
            let mut part = vec![0; 64 * 1024];
            while let Ok(length @ 1..) = stream.read(&mut part) {
                hasher.update(part.get(..length).unwrap_or_default());
            }
            match stream.failure(None) {
                Some(failure) => Err(failure),
                None => Ok(signature.verify(hasher, &key)),
            }
        });
        hashed.await.ok()
    }
}

/// Says whether a failure is ours, or the service has no address of the family: nothing differs then.
const fn is_ours(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::Here | FailureKind::NotRecorded | FailureKind::Budget | FailureKind::Dns
    )
}

/// A digest as it stands beside a file.
#[derive(Debug, PartialEq, Eq)]
struct Md5<'a> {
    form: &'static str,
    /// 32 hex digits.
    hex: &'a str,
    /// The name beside it; empty for none.
    name: &'a str,
}

impl<'a> Md5<'a> {
    /// Reads the forms of the tools of the BSDs and of GNU, and a digest alone; `None` for anything else.
    fn read(text: &'a str) -> Option<Self> {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
        let is_hex = |text: &str| text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let bsd = line.strip_prefix("MD5").and_then(|rest| {
            let (name, hex) = rest.trim_start().strip_prefix('(')?.rsplit_once(')')?;
            let hex = hex.trim_start().strip_prefix('=')?.trim_start();
            Some(("bsd", hex, name))
        });
        let (form, hex, name) = bsd.or_else(|| match line.split_once([' ', '\t']) {
            Some((hex, name)) => Some(("gnu", hex, name.trim_start().trim_start_matches('*'))),
            None => Some(("bare", line, "")),
        })?;
        is_hex(hex).then_some(Self { form, hex, name })
    }
}

/// Says what the name beside a digest is: that of the file asked for, the same with a day, none or another.
fn names(name: &str, asked: &str) -> &'static str {
    let name = name.rsplit('/').next().unwrap_or(name);
    let dated = || {
        let stem = asked.strip_suffix("latest").unwrap_or(asked);
        name.strip_prefix(stem).is_some_and(|day| {
            let day = day.trim_start_matches('-');
            day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit())
        })
    };
    match name {
        "" => "none",
        name if name == asked => "asked",
        _ if dated() => "dated",
        _ => "other",
    }
}

fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(120).collect()
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn digests_are_read_in_every_form() {
        let hex = "0123456789abcdef0123456789abcdef";
        for (text, form, name) in [
            (
                format!("MD5 (delegated-x-latest) = {hex}"),
                "bsd",
                "delegated-x-latest",
            ),
            (format!("MD5(a)= {hex}\n"), "bsd", "a"),
            (
                format!("{hex}  delegated-x-20230323\n"),
                "gnu",
                "delegated-x-20230323",
            ),
            (format!("{hex} *a b\n"), "gnu", "a b"),
            (format!("\n{hex}\n"), "bare", ""),
        ] {
            let expected = Md5 { form, hex, name };
            assert_eq!(Md5::read(&text), Some(expected), "{text}");
        }
        for text in ["", "<html>", "MD5 (a) = 12", "SHA1 (a) = 0123"] {
            assert_eq!(Md5::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_is_the_one_asked_for_or_a_dated_one() {
        let asked = "delegated-arin-extended-latest";
        for (name, expected) in [
            (asked, "asked"),
            ("/pub/stats/arin/delegated-arin-extended-latest", "asked"),
            ("delegated-arin-extended-20230323", "dated"),
            ("delegated-arin-20230323", "other"),
            ("delegated-arin-extended-2023", "other"),
            ("", "none"),
        ] {
            assert_eq!(names(name, asked), expected, "{name}");
        }
    }
}
