//! What the mock world inside this process answered some time ago: an earlier run of it.

use std::net::Ipv4Addr;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::fact::Digest;
use crate::mock::{self, Scheme, World};
use crate::probe::earlier::Answers;
use crate::transport::{Body, Content, HttpAnswer};

/// How long before a run what the world showed counts as an earlier run: more than an hour, in which
/// the RPKI of the world changes, and less than two, in which a snapshot still must be there.
const BEFORE: SignedDuration = SignedDuration::from_mins(110);

/// A world some time before a run, asked without sockets.
#[derive(Clone, Copy, Debug)]
pub struct Past<'w> {
    world: &'w World,
    /// The time.
    pub at: Timestamp,
}

impl Answers for Past<'_> {
    fn answers(&self, url: &str) -> Box<dyn Iterator<Item = (Timestamp, HttpAnswer)> + '_> {
        let answer = Url::parse(url).ok().and_then(|url| self.answer(&url));
        Box::new(answer.map(|answer| (self.at, answer)).into_iter())
    }
}

impl<'w> Past<'w> {
    /// Returns what a world was before a run that begins at a time.
    pub fn of(world: &'w World, started: Timestamp) -> Self {
        let at = started - BEFORE;
        Self { world, at }
    }

    /// Returns the answer to a GET; `None` for one that is no answer 200.
    fn answer(&self, url: &Url) -> Option<HttpAnswer> {
        let request = mock::Request::Http {
            scheme: Scheme::Https,
            host: url.host_str()?.to_owned(),
            port: url.port_or_known_default()?,
            method: "GET".to_owned(),
            target: url[url::Position::BeforePath..].to_owned(),
            headers: Vec::new(),
            address: Ipv4Addr::LOCALHOST.into(),
        };
        let answer = mock::answer(self.world, &request, self.at);
        if answer.status != 200 {
            return None;
        }
        let octets = answer.body.octets().to_vec();
        Some(HttpAnswer {
            status: answer.status,
            version: "HTTP/2.0".to_owned(),
            headers: answer.headers,
            body: Body {
                digest: Digest::of(&octets),
                bytes: u64::try_from(octets.len()).ok()?,
                content: Content::Memory(octets.into()),
            },
        })
    }
}
