//! Faults: one thing wrong at one registry.
//!
//! A fault is a file (`scenarios/worlds/faults/*.yaml`). It edits the world before it is
//! read, a document or a file before it becomes octets, an HTTP answer, the wire, a DNS answer or a
//! whois text. The set of kinds is closed: what cannot be said with them is a new variant.
//! Who must notice it stands in the same file under `expects`, which `scenario` reads.

pub(super) mod dns;
mod edit;
pub(super) mod http;
mod read;
pub(super) mod text;

use std::net::IpAddr;

pub use dns::{DnsAct, DnsChange};
pub use edit::Edit;
pub(in crate::mock) use read::read_json_edit;

use super::decode::words;
pub use super::document::Kind;
use super::files::TextEdit;
use super::request::{BadCertificate, IpFamily, Scheme};
use super::rpki::{FeedSpoil, RsyncSpoil, Spoil};
use super::world::NodeEdit;

/// One thing wrong at one registry.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Its name, kebab-case, unique.
    pub name: String,
    /// What is wrong, one sentence without full stop.
    pub title: String,
    /// The registry it applies to.
    pub registry: String,
    /// What it changes, in the order applied.
    pub changes: Vec<Change>,
    /// Whether it begins only now: what was captured before shows nothing of it.
    pub begins_now: bool,
}

/// A kind of change.
#[derive(Clone, Debug)]
pub enum Change {
    /// Edits of the world file.
    World(Vec<NodeEdit>),
    /// Edits of documents.
    Answer {
        /// Which ones.
        when: When,
        /// The edits, in order.
        edits: Vec<Edit>,
    },
    /// Changes of HTTP answers.
    Http {
        /// Which ones.
        when: When,
        /// The changes, in order.
        acts: Vec<HttpAct>,
    },
    /// Edits of a file, made before what stands beside it, mirrors it or is computed from it.
    File {
        /// Glob over its path.
        path: String,
        /// Whether it is IANA's, not the registry's.
        iana: bool,
        /// The edits, in order.
        edits: Vec<TextEdit>,
    },
    /// Another behavior on the wire.
    Wire {
        /// Which answers; connections as a whole for kinds that need no request.
        when: When,
        /// The service that misbehaves.
        service: Service,
        /// How it misbehaves.
        kind: WireFault,
    },
    /// Other DNS answers about the registry's names.
    Dns(DnsChange),
    /// Other whois texts.
    Whois {
        /// Glob over query lines; `None` for all.
        query: Option<String>,
        /// The change.
        act: WhoisAct,
    },
    /// One thing wrong with an object of the RPKI.
    Rpki(Spoil),
    /// One thing wrong with the RRDP files of a repository.
    Rrdp {
        /// The repository's name in the world file.
        repository: String,
        /// What is wrong.
        act: FeedSpoil,
    },
    /// One thing wrong with a repository as rsync shows it.
    Rsync {
        /// The repository's name in the world file.
        repository: String,
        /// What is wrong.
        spoil: RsyncSpoil,
    },
}

words! {
    /// Address families as written.
    pub(in crate::mock) Family {
        /// IPv4.
        V4 = "v4",
        /// IPv6.
        V6 = "v6",
    }
}

impl Family {
    /// Returns the family.
    pub(in crate::mock) const fn family(self) -> IpFamily {
        match self {
            Self::V4 => IpFamily::V4,
            Self::V6 => IpFamily::V6,
        }
    }
}

/// Which HTTP answers a change applies to: all conditions hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// What was asked or came of it; empty for everything below the RDAP service, for the whole RPKI of a change of its wire.
    pub on: Vec<Kind>,
    /// Glob over the path as sent.
    pub path: Option<String>,
    /// Glob over what stands behind `?`; a request without it does not fit.
    pub query: Option<String>,
    /// Method.
    pub method: Option<String>,
    /// Glob over the value of a request header, `name: glob`; an absent header does not fit.
    pub header: Option<(String, String)>,
    /// Address family.
    pub family: Option<IpFamily>,
    /// Address of ours, one of those that the host has.
    pub address: Option<IpAddr>,
    /// Scheme; `https` where it is not given.
    pub scheme: Option<Scheme>,
}

/// One change of an HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpAct {
    /// Another status; the body stays.
    Status(u16),
    /// A header is set.
    SetHeader(String, String),
    /// A header is left out.
    RemoveHeader(String),
    /// A text in a header is replaced.
    ReplaceInHeader {
        /// The header, lower case.
        name: String,
        /// What is replaced.
        from: String,
        /// What stands there instead.
        to: String,
    },
    /// A text in the body is replaced.
    ReplaceInBody {
        /// What is replaced.
        from: String,
        /// What stands there instead.
        to: String,
    },
    /// The query string of the request is repeated in Location.
    CopyQuery,
    /// Another body; headers stay but for the length.
    Body(BodyFault),
    /// A literal body.
    Text(String),
    /// No content coding, whatever is asked for.
    NoGzip,
    /// Redirects to itself so many times before it answers.
    Chain(u32),
}

words! {
    /// A body that is wrong as a whole.
    pub BodyFault {
        /// An HTML page; the status and the media type stay.
        Html = "html",
        /// Nothing.
        Empty = "empty",
        /// The document, its first letter replaced by an octet that is no UTF-8.
        NotUtf8 = "not-utf8",
        /// A byte order mark before the document.
        Bom = "bom",
        /// The document without its last octet.
        Unfinished = "unfinished",
        /// Arrays 100,000 deep.
        Deep = "deep",
        /// An array of one gigabyte.
        Long = "long",
        /// White space for ever.
        Endless = "endless",
        /// A megabyte that unpacks to one gigabyte.
        GzipBomb = "gzip-bomb",
    }
}

words! {
    /// How a service misbehaves on the wire.
    pub WireFault {
        /// Nobody listens.
        Refuse = "refuse",
        /// Connections are accepted, and nothing is ever said.
        Silent = "silent",
        /// Connections are accepted and reset.
        Reset = "reset",
        /// Half of a body is sent.
        Cut = "cut",
        /// Bodies come in ten parts, a second between them.
        Drip = "drip",
        /// The certificate has expired.
        ExpiredCertificate = "expired-certificate",
        /// The certificate ends in five days.
        ShortCertificate = "short-certificate",
        /// The certificate is for another name.
        WrongNameCertificate = "wrong-name-certificate",
        /// The certificate is signed by nobody that is known.
        UntrustedCertificate = "untrusted-certificate",
        /// TLS 1.0 and 1.1 are accepted.
        OldTls = "old-tls",
    }
}

impl WireFault {
    /// Returns the certificate that is shown; `None` for the proper one.
    pub(super) const fn certificate(self) -> Option<BadCertificate> {
        match self {
            Self::ExpiredCertificate => Some(BadCertificate::Expired),
            Self::ShortCertificate => Some(BadCertificate::Short),
            Self::WrongNameCertificate => Some(BadCertificate::WrongName),
            Self::UntrustedCertificate => Some(BadCertificate::Untrusted),
            Self::Refuse | Self::Silent | Self::Reset | Self::Cut | Self::Drip | Self::OldTls => {
                None
            }
        }
    }
}

words! {
    /// A service of a registry.
    pub Service {
        /// RDAP over HTTPS.
        Rdap = "rdap",
        /// Whois on port 43.
        Whois = "whois",
        /// Locator, certificate and repositories of the RPKI over HTTPS.
        Rpki = "rpki",
        /// Published files over HTTPS.
        Files = "files",
    }
}

/// A change of whois texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhoisAct {
    /// Nothing is said.
    Empty,
    /// What is there is not found.
    NotFound,
    /// Lines whose beginning fits are left out.
    RemoveLines(String),
    /// A text is replaced.
    Replace {
        /// What is replaced.
        from: String,
        /// What stands there instead.
        to: String,
    },
}

/// Says whether a text fits a glob in which `*` stands for any text.
pub(super) fn fits(glob: &str, text: &str) -> bool {
    let mut parts = glob.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (glob, text, expected) in [
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("*ip/*", "/rdap/ip/1.2.3.4", true),
            ("a*b*c", "a-b-b-c", true),
            ("ab*bc", "abc", false),
        ] {
            assert_eq!(fits(glob, text), expected, "{glob} {text}");
        }
    }
}
