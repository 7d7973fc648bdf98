//! rsync without a daemon and without the program: what a client would have seen of the world.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{Direct, failure, loopback};
use crate::fact::{Digest, FailureKind, Key};
use crate::mock::IpFamily;
use crate::mock::rpki::rsync::{Conduct, Content as Held, Entry as Shown, Fetched, View, view};
use crate::transport::program::{Entry, EntryKind, PLACE, TreeWriter};
use crate::transport::{
    Answer, Body, Content, Exchange, Family, ProgramAnswer, ProgramRequest, Request, TcpRequest,
};

/// The port of rsync daemons.
///
/// Source: RFC 5781, section 2.
pub(super) const PORT: u16 = 873;

impl Direct {
    /// Answers a client that speaks to a daemon by itself, to have its modules listed.
    pub(super) fn greeting(&self, key: &Arc<Key>, step: u32, asked: &TcpRequest) -> Exchange {
        let mut exchange = self.begin(key, step, Request::Tcp(asked.clone()));
        let Some(view) = self.reached(&mut exchange, &asked.host, asked.family, asked.port) else {
            return exchange;
        };
        exchange.answer = Some(Answer::Tcp {
            body: whole(view.list().into_bytes()),
        });
        exchange
    }

    /// Answers a run of rsync.
    pub(super) fn rsync(&self, key: &Arc<Key>, step: u32, asked: &ProgramRequest) -> Exchange {
        let mut exchange = self.begin(key, step, Request::Program(asked.clone()));
        if asked.arguments == ["--version"] {
            exchange.answer = Some(Answer::Program(ProgramAnswer {
                exit: Some(0),
                output: "rsync  version 3.5.0  protocol version 32\n".to_owned(),
                errors: String::new(),
                cut: false,
                tree: whole(Vec::new()),
            }));
            return exchange;
        }
        let family = match asked.address {
            Some(address) if address.is_ipv6() => Family::Ipv6,
            Some(_) => Family::Ipv4,
            None => asked.family,
        };
        let Some(view) = self.reached(&mut exchange, &asked.host, family, asked.port) else {
            return exchange;
        };
        let remote = format!("rsync://{PLACE}/");
        let mut arguments = asked.arguments.iter().enumerate();
        let named = arguments.find_map(|(at, text)| Some((at, text.strip_prefix(&remote)?)));
        let Some((at, path)) = named else {
            exchange.failure = failure(FailureKind::Here, "no argument names the daemon");
            return exchange;
        };
        let fetched = match at + 1 == asked.arguments.len() {
            true => view.upload(path),
            false => view.fetch(path),
        };
        match packed(&fetched) {
            Ok(tree) => {
                exchange.answer = Some(Answer::Program(ProgramAnswer {
                    exit: Some(fetched.exit),
                    output: fetched.output,
                    errors: fetched.errors,
                    cut: false,
                    tree,
                }));
            }
            Err(error) => exchange.failure = failure(FailureKind::Here, &error.to_string()),
        }
        exchange
    }

    /// Returns what a host serves; where it is not reached, the exchange says why.
    fn reached(
        &self,
        exchange: &mut Exchange,
        host: &str,
        family: Family,
        port: u16,
    ) -> Option<View> {
        let address = loopback(family);
        let of = match address.is_ipv6() {
            true => IpFamily::V6,
            false => IpFamily::V4,
        };
        let view = view(&self.world, &host.to_lowercase(), of, exchange.at);
        if view.is_some() {
            exchange.addresses = vec![address];
            exchange.destination = Some(SocketAddr::new(address, port));
        }
        exchange.failure = match view.as_ref().map(|view| view.conduct) {
            Some(Conduct::Serves) => None,
            Some(Conduct::Refuses) => failure(FailureKind::Connect, "connection refused"),
            Some(Conduct::Silent) => {
                failure(FailureKind::Timeout, "no answer within the time allowed")
            }
            None => {
                let detail = format!("`{host}` does not serve rsync in the mock world");
                failure(FailureKind::Dns, &detail)
            }
        };
        view.filter(|_| exchange.failure.is_none())
    }
}

/// Packs what was fetched as a run of the program would leave it.
fn packed(fetched: &Fetched) -> std::io::Result<Body> {
    let mut writer = TreeWriter::new(Vec::new())?;
    for (path, shown) in &fetched.entries {
        let mut entry = Entry {
            kind: EntryKind::Folder,
            path: path.clone(),
            offset: 0,
            length: 0,
            modified: jiff::Timestamp::UNIX_EPOCH,
            mode: 0o755,
            target: String::new(),
        };
        let mut octets = &[][..];
        if let Some(Shown {
            content,
            mode,
            time,
        }) = shown
        {
            (entry.mode, entry.modified) = (*mode, *time);
            match content {
                Held::Octets(content) => {
                    entry.kind = EntryKind::File;
                    octets = content;
                }
                Held::Link(target) => {
                    entry.kind = EntryKind::Link;
                    entry.target.clone_from(target);
                }
                Held::Pipe | Held::Vanishing => continue,
            }
        }
        writer.add(entry, octets)?;
    }
    Ok(whole(writer.finish()?))
}

fn whole(octets: Vec<u8>) -> Body {
    Body {
        digest: Digest::of(&octets),
        bytes: u64::try_from(octets.len()).unwrap_or(u64::MAX),
        content: Content::Memory(octets.into()),
    }
}
