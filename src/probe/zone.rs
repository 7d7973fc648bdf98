//! The `zone` probe: one zone, at its parent and at each of its name servers.

use std::time::Duration;

use jiff::Timestamp;

use super::notes::Notes;
use super::zone_facts::publish;
use super::{Ask, Probe};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{FailureKind, Observation};
use crate::inspect::dns::{
    ABSENT, Anchor, Asked, Link, Message, Name, OWN, Record, Server, Sight, Way, kind, look,
};
use crate::transport::{Answer, Boxed, DnsRequest, Exchange, Family, Request};

/// Most servers of a zone that are asked; more than any zone has for whose answer there is room without EDNS.
const MOST_SERVERS: usize = 16;

/// Most zones between a trust anchor and a zone.
const MOST_ABOVE: usize = 12;

/// How often a question over UDP is repeated; a datagram may be lost.
const TRIES: u32 = 3;

/// Time for one try; ours, what resolvers commonly wait.
const TRY: Duration = Duration::from_secs(3);

/// Looks at a zone.
#[derive(Debug)]
pub(super) struct Zone;

impl Probe for Zone {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::zone::ZONE
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            let mut walk = Walk {
                ask: &ask,
                notes: Notes::new(),
            };
            match Name::parse(&ask.subject) {
                Some(zone) => walk.see(zone).await,
                None => {
                    let detail = format!("`{}` is no name of a zone", ask.subject);
                    walk.notes.fail(FailureKind::Here, detail);
                }
            }
            walk.notes.finish(&ask)
        })
    }
}

/// What is asked, and of whom.
#[derive(Clone, Copy)]
struct Question<'q> {
    name: &'q Name,
    kind: u16,
    /// A name server; `None` for the resolver.
    server: Option<&'q Name>,
    /// Whether over TCP from the start.
    tcp: bool,
    family: Family,
    /// Whether signatures are wanted.
    dnssec: bool,
}

/// Why nothing more is asked.
struct End;

struct Walk<'a, 'b> {
    ask: &'b Ask<'a>,
    notes: Notes,
}

impl Walk<'_, '_> {
    /// Looks at a zone and publishes what was seen; a failure is noted.
    async fn see(&mut self, zone: Name) {
        let anchors = self.ask.trust_anchors.iter();
        let mut sight = Sight {
            zone,
            parent: None,
            referral: None,
            above: Vec::new(),
            ds: None,
            servers: Vec::new(),
            anchors: anchors.filter_map(|text| Anchor::parse(text)).collect(),
            now: Timestamp::UNIX_EPOCH,
        };
        let whole = self.ask.text("look") != Some("delegation");
        if self.look(&mut sight, whole).await.is_err() {
            return;
        }
        sight.now = self.notes.at().unwrap_or_else(|| self.ask.clock.now());
        let trust = sight.trust();
        if whole {
            self.notes.inspected = Some(look(&sight, &trust));
        }
        publish(&mut self.notes, &sight, whole.then_some(&trust));
    }

    async fn look(&mut self, sight: &mut Sight, whole: bool) -> Result<(), End> {
        self.parent(sight).await?;
        if whole {
            self.above(sight).await?;
        }
        let delegated = match sight.delegation() {
            Some(all) => all,
            // The parent's servers have the zone too, or none of them answers.
            None => self
                .servers_of(&sight.zone.clone())
                .await?
                .into_iter()
                .collect(),
        };
        let known = sight.referral.is_some();
        let mut names: Vec<(Name, bool)> =
            delegated.into_iter().map(|name| (name, known)).collect();
        let mut next = 0;
        while let Some((name, delegated)) = names.get(next).cloned() {
            next += 1;
            let server = self.server(&sight.zone, name, delegated, whole).await?;
            let own = server.apex(&sight.zone).unwrap_or_default();
            for name in own {
                if names.len() < MOST_SERVERS && !names.iter().any(|(known, _)| *known == name) {
                    names.push((name, false));
                }
            }
            sight.servers.push(server);
        }
        if whole {
            self.absence(sight).await?;
        }
        Ok(())
    }

    /// Finds the zone above and reads the delegation there.
    async fn parent(&mut self, sight: &mut Sight) -> Result<(), End> {
        let zone = sight.zone.clone();
        let parent = match self.ask.text("parent").and_then(Name::parse) {
            Some(parent) => Some(parent),
            None => match zone.above() {
                Some(above) => self.apex(&above).await?,
                None => None,
            },
        };
        let Some(parent) = parent.filter(|parent| zone != *parent && zone.is_within(parent)) else {
            return Ok(());
        };
        let servers = self.servers_of(&parent).await?;
        sight.parent = Some(parent);
        for server in servers.iter().take(MOST_SERVERS) {
            let question = Question {
                name: &zone,
                kind: kind::NS,
                server: Some(server),
                tcp: false,
                family: Family::Any,
                dnssec: true,
            };
            let Ok(answer) = self.question(question).await? else {
                continue;
            };
            let has_zone =
                answer.authoritative && answer.answers_of(&zone, kind::NS).next().is_some();
            let is_told = matches!(answer.code, 0 | 3) && !has_zone;
            if sight.ds.is_none() && (is_told || has_zone) {
                let question = Question {
                    kind: kind::DS,
                    ..question
                };
                sight.ds = self.question(question).await?.ok();
            }
            if is_told {
                sight.referral = Some(answer);
                break;
            }
        }
        Ok(())
    }

    /// Returns the name servers of a zone, as the resolver names them.
    async fn servers_of(&mut self, zone: &Name) -> Result<Vec<Name>, End> {
        let answer = self.resolver(zone, kind::NS, false).await?;
        let servers = answer.map(|message| {
            let own = message
                .answers_of(zone, kind::NS)
                .filter_map(Record::target);
            own.collect::<Vec<_>>()
        });
        let mut servers = servers.unwrap_or_default();
        servers.sort();
        Ok(servers)
    }

    /// Returns the zone that a name is in; `None` if the resolver does not say.
    async fn apex(&mut self, name: &Name) -> Result<Option<Name>, End> {
        let answer = self.resolver(name, kind::SOA, false).await?;
        let apex = answer.ok().and_then(|message| message.apex().cloned());
        Ok(apex.filter(|apex| name.is_within(apex)))
    }

    /// Reads keys and digests of the zones from an anchor to the parent.
    async fn above(&mut self, sight: &mut Sight) -> Result<(), End> {
        let Some(parent) = sight.parent.clone() else {
            return Ok(());
        };
        let anchors = sight.anchors.clone();
        let is_anchor = move |zone: &Name| anchors.iter().any(|anchor| anchor.zone == *zone);
        let mut zones = vec![parent];
        while let Some(zone) = zones.last().filter(|zone| !is_anchor(zone)).cloned() {
            let Some(above) = zone.above().filter(|_| zones.len() < MOST_ABOVE) else {
                return Ok(());
            };
            match self.apex(&above).await? {
                Some(apex) => zones.push(apex),
                None => return Ok(()),
            }
        }
        for (number, zone) in zones.into_iter().rev().enumerate() {
            let ds = match number {
                0 => None,
                _ => self.resolver(&zone, kind::DS, true).await?.ok(),
            };
            let keys = self.resolver(&zone, kind::DNSKEY, true).await?.ok();
            sight.above.push(Link { zone, ds, keys });
        }
        Ok(())
    }

    /// Asks one server of the zone.
    async fn server(
        &mut self,
        zone: &Name,
        name: Name,
        delegated: bool,
        whole: bool,
    ) -> Result<Server, End> {
        let mut server = Server {
            name,
            delegated,
            addresses: Vec::new(),
            asked: Vec::new(),
        };
        let question = Question {
            name: zone,
            kind: kind::SOA,
            server: Some(&server.name),
            tcp: false,
            family: Family::Any,
            dnssec: whole,
        };
        if !whole {
            let answer = self.question(question).await?;
            let way = Way {
                v6: false,
                tcp: false,
            };
            server.asked.push(Asked {
                way,
                kind: kind::SOA,
                answer,
            });
            return Ok(server);
        }
        for wanted in [kind::A, kind::AAAA] {
            if let Ok(message) = self.resolver(&server.name, wanted, false).await? {
                server
                    .addresses
                    .extend(message.answers.iter().filter_map(Record::address));
            }
        }
        let mut asked = Vec::new();
        for (family, v6) in [(Family::Ipv4, false), (Family::Ipv6, true)] {
            if !server
                .addresses
                .iter()
                .any(|address| address.is_ipv6() == v6)
            {
                continue;
            }
            for tcp in [false, true] {
                let way = Way { v6, tcp };
                let answer = self
                    .question(Question {
                        family,
                        tcp,
                        ..question
                    })
                    .await?;
                asked.push(Asked {
                    way,
                    kind: kind::SOA,
                    answer,
                });
            }
        }
        let is_heard = |asked: &&Asked| asked.answer.is_ok();
        let family = match asked.iter().find(is_heard).map(|asked| asked.way.v6) {
            Some(true) => Family::Ipv6,
            Some(false) => Family::Ipv4,
            None => {
                server.asked = asked;
                return Ok(server);
            }
        };
        for wanted in OWN.into_iter().filter(|wanted| *wanted != kind::SOA) {
            let question = Question {
                kind: wanted,
                family,
                ..question
            };
            let answer = self.question(question).await?;
            let way = Way {
                v6: family == Family::Ipv6,
                tcp: false,
            };
            asked.push(Asked {
                way,
                kind: wanted,
                answer,
            });
        }
        server.asked = asked;
        Ok(server)
    }

    /// Asks the first server that has the zone for a type that there is not.
    async fn absence(&mut self, sight: &mut Sight) -> Result<(), End> {
        let zone = sight.zone.clone();
        let Some(server) = sight.servers.iter_mut().find(|server| server.serves(&zone)) else {
            return Ok(());
        };
        let heard = server.asked.iter().find(|asked| asked.answer.is_ok());
        let v6 = heard.is_some_and(|asked| asked.way.v6);
        let question = Question {
            name: &zone,
            kind: ABSENT,
            server: Some(&server.name),
            tcp: false,
            family: if v6 { Family::Ipv6 } else { Family::Ipv4 },
            dnssec: true,
        };
        let answer = self.question(question).await?;
        let way = Way { v6, tcp: false };
        server.asked.push(Asked {
            way,
            kind: ABSENT,
            answer,
        });
        Ok(())
    }

    /// Asks the resolver; without an answer the kind of failure is returned, and noted where it is the first.
    async fn resolver(
        &mut self,
        name: &Name,
        kind: u16,
        dnssec: bool,
    ) -> Result<Result<Message, String>, End> {
        let question = Question {
            name,
            kind,
            server: None,
            tcp: false,
            family: Family::Any,
            dnssec,
        };
        self.question(question).await
    }

    /// Asks once, over UDP as often as a datagram may be lost, over TCP where an answer is cut.
    ///
    /// # Errors
    ///
    /// [`End`] where the failure is our own doing, or there is no time left; it is noted.
    async fn question(&mut self, question: Question<'_>) -> Result<Result<Message, String>, End> {
        let mut tcp = question.tcp;
        let mut tries = 0;
        loop {
            tries += 1;
            let request = DnsRequest {
                name: question.name.to_string(),
                record_type: kind::word(question.kind),
                server: question
                    .server
                    .map(|server| server.to_string().trim_end_matches('.').to_owned()),
                tcp,
                recurse: question.server.is_none(),
                dnssec: question.dnssec,
                family: question.family,
                timeout: self.notes.remaining(self.ask).min(TRY),
            };
            let what = words(&request);
            let Some(exchange) = self.notes.exchange(self.ask, Request::Dns(request)).await else {
                return Err(End);
            };
            match self.read(&exchange, &what) {
                Ok(message) if message.truncated && !tcp => tcp = true,
                Ok(message) => return Ok(Ok(message)),
                Err(failure) if is_ours(failure) => {
                    self.notes.fail_with(&exchange);
                    self.notes.fail(failure, format!("asking {what}"));
                    return Err(End);
                }
                Err(FailureKind::Timeout) if !tcp && tries < TRIES => {}
                Err(failure) => return Ok(Err(failure.as_str().to_owned())),
            }
        }
    }

    /// Decodes the answer of an exchange and writes the line about it.
    fn read(&mut self, exchange: &Exchange, what: &str) -> Result<Message, FailureKind> {
        let failed = exchange.failure.as_ref().map(|failure| failure.kind);
        let Some(Answer::Dns { message, tcp }) = &exchange.answer else {
            self.notes.asked(exchange, what, "nothing");
            return Err(failed.unwrap_or(FailureKind::NotRecorded));
        };
        let over = if *tcp { "TCP" } else { "UDP" };
        match Message::read(message) {
            Ok(message) if message.is_response && failed.is_none() => {
                let came = format!("{} by {over}", message.code_word());
                self.notes.asked(exchange, what, &came);
                Ok(message)
            }
            Ok(_) | Err(_) => {
                self.notes.asked(exchange, what, "unreadable");
                Err(failed.unwrap_or(FailureKind::Protocol))
            }
        }
    }
}

/// Returns what is asked, in words.
fn words(request: &DnsRequest) -> String {
    let at = match &request.server {
        Some(server) => format!(" at {server}"),
        None => String::new(),
    };
    format!("{} {}{at}", request.record_type, request.name)
}

/// Says whether a failure tells nothing about the server.
const fn is_ours(kind: FailureKind) -> bool {
    match kind {
        FailureKind::LeftAlone
        | FailureKind::Budget
        | FailureKind::NotRecorded
        | FailureKind::Here => true,
        FailureKind::Dns
        | FailureKind::Connect
        | FailureKind::Timeout
        | FailureKind::Reset
        | FailureKind::Truncated
        | FailureKind::Tls
        | FailureKind::BodyLimit
        | FailureKind::DecodedLimit
        | FailureKind::Decoding
        | FailureKind::RedirectLimit
        | FailureKind::RedirectRefused
        | FailureKind::Protocol
        | FailureKind::DepthLimit => false,
    }
}
