//! Applies faults to HTTP answers.

use std::sync::LazyLock;

use flate2::{Compress, Compression, Crc, FlushCompress};

use super::{BodyFault, Change, Fault, HttpAct, Service, When, WireFault, fits};
use crate::mock::document::{Content, Draft, Kind};
use crate::mock::request::{Body, IpFamily, Request, Scheme, Wire};
use crate::mock::world::World;

/// Applies what a fault does to the answer of a request.
pub(in crate::mock) fn apply(world: &World, fault: &Fault, request: &Request, draft: &mut Draft) {
    let Request::Http { host, .. } = request else {
        return;
    };
    let Some(operator) = world.operator(&fault.registry) else {
        return;
    };
    let own = operator.hosts().any(|h| h == host);
    if !own && !world.is_iana(host) {
        return;
    }
    for change in &fault.changes {
        match change {
            Change::Answer { when, edits } if meets(when, request, draft, own, Service::Rdap) => {
                if let Content::Json(document) = &mut draft.content {
                    for edit in edits {
                        edit.apply(document);
                    }
                }
            }
            Change::Http { when, acts } if meets(when, request, draft, own, Service::Rdap) => {
                for act in acts {
                    perform(act, request, draft);
                }
            }
            Change::Wire {
                when,
                service,
                kind,
            } if *service != Service::Whois && meets(when, request, draft, own, *service) => {
                draft.wire = wire(*kind);
            }
            Change::Answer { .. }
            | Change::Http { .. }
            | Change::Wire { .. }
            | Change::World(_)
            | Change::File { .. }
            | Change::Dns { .. }
            | Change::Whois { .. }
            | Change::Rpki(_)
            | Change::Rrdp { .. }
            | Change::Rsync { .. } => {}
        }
    }
}

/// Says whether a change of a fault applies to the answer of a request, made before any fault is applied.
pub(in crate::mock) fn applies(
    world: &World,
    fault: &Fault,
    request: &Request,
    draft: &Draft,
) -> bool {
    let Request::Http { host, .. } = request else {
        return false;
    };
    let own = world
        .operator(&fault.registry)
        .is_some_and(|operator| operator.hosts().any(|h| h == host));
    fault.changes.iter().any(|change| match change {
        Change::Answer { when, .. } | Change::Http { when, .. } => {
            meets(when, request, draft, own, Service::Rdap)
        }
        Change::Wire { when, service, .. } => meets(when, request, draft, own, *service),
        Change::World(_)
        | Change::File { .. }
        | Change::Dns { .. }
        | Change::Whois { .. }
        | Change::Rpki(_)
        | Change::Rrdp { .. }
        | Change::Rsync { .. } => false,
    })
}

/// Returns what a kind of misbehavior is on the wire.
pub(in crate::mock) const fn wire(kind: WireFault) -> Wire {
    match kind {
        WireFault::Refuse => Wire::Refuse,
        WireFault::Silent => Wire::Silent,
        WireFault::Reset => Wire::Reset,
        WireFault::Cut => Wire::Cut,
        WireFault::Drip => Wire::Drip(1_000),
        WireFault::OldTls => Wire::Plain,
        WireFault::ExpiredCertificate
        | WireFault::ShortCertificate
        | WireFault::WrongNameCertificate
        | WireFault::UntrustedCertificate => match kind.certificate() {
            Some(certificate) => Wire::Certificate(certificate),
            None => Wire::Plain,
        },
    }
}

/// Says whether a change applies to an answer of a service. IANA's files belong to no registry: a
/// change applies to them only where it says so.
fn meets(when: &When, request: &Request, draft: &Draft, own: bool, service: Service) -> bool {
    let Request::Http {
        scheme,
        method,
        target,
        headers,
        address,
        ..
    } = request
    else {
        return false;
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let kind = draft.kind();
    let on = if when.on.is_empty() {
        own && match service {
            Service::Rdap => {
                !matches!(draft.asked, Kind::Page | Kind::Bootstrap) && !draft.asked.is_set_apart()
            }
            Service::Rpki => draft.asked.is_rpki(),
            Service::Files => draft.asked == Kind::File,
            Service::Whois => false,
        }
    } else if draft.asked.is_set_apart() {
        // What goes for every error or redirect of the registration service is not meant here.
        (own || draft.asked == Kind::Iana)
            && when
                .on
                .iter()
                .any(|on| *on == draft.asked || (*on == Kind::Rpki && draft.asked.is_rpki()))
    } else {
        when.on.iter().any(|on| {
            *on == kind || (*on == Kind::All && own) || (*on == draft.asked && draft.status < 300)
        })
    };
    let header = when.header.as_ref().is_none_or(|(name, glob)| {
        headers
            .iter()
            .any(|(n, value)| n == name && fits(glob, value))
    });
    on && header
        && when.path.as_ref().is_none_or(|glob| fits(glob, path))
        && when
            .query
            .as_ref()
            .is_none_or(|glob| !query.is_empty() && fits(glob, query))
        && when.method.as_ref().is_none_or(|m| m == method)
        && when.family.is_none_or(|f| f == IpFamily::of(*address))
        && when.address.is_none_or(|a| a == *address)
        && when.scheme.unwrap_or(Scheme::Https) == *scheme
}

fn perform(act: &HttpAct, request: &Request, draft: &mut Draft) {
    match act {
        HttpAct::Status(status) => draft.status = *status,
        HttpAct::SetHeader(name, value) => draft.set_header(name, value.clone()),
        HttpAct::RemoveHeader(name) => draft.headers.retain(|(n, _)| n != name),
        HttpAct::ReplaceInHeader { name, from, to } => {
            for (_, value) in draft.headers.iter_mut().filter(|(n, _)| n == name) {
                *value = value.replace(from, to);
            }
        }
        HttpAct::ReplaceInBody { from, to } => {
            if let Ok(text) = String::from_utf8(octets(draft)) {
                let changed = text.replace(from, to).into_bytes();
                draft.content = Content::Octets(Body::Whole(changed), true);
            }
        }
        HttpAct::CopyQuery => {
            if let Request::Http { target, .. } = request
                && let Some((_, query)) = target.split_once('?')
                && let Some((_, location)) = draft.headers.iter_mut().find(|(n, _)| n == "location")
            {
                location.push('?');
                location.push_str(query);
            }
        }
        HttpAct::Body(kind) => replace_body(*kind, draft),
        HttpAct::Text(text) => {
            draft.content = Content::Octets(Body::Whole(text.clone().into_bytes()), true);
        }
        HttpAct::NoGzip => match &mut draft.content {
            Content::Json(value) => {
                let octets = value.to_string().into_bytes();
                draft.content = Content::Octets(Body::Whole(octets), false);
            }
            Content::Octets(_, compressible) => *compressible = false,
            Content::Nothing => {}
        },
        HttpAct::Chain(length) => chain(*length, request, draft),
    }
}

/// Returns the document as octets.
fn octets(draft: &Draft) -> Vec<u8> {
    match &draft.content {
        Content::Nothing => Vec::new(),
        Content::Json(value) => value.to_string().into_bytes(),
        Content::Octets(body, _) => body.octets().to_vec(),
    }
}

fn replace_body(kind: BodyFault, draft: &mut Draft) {
    const HTML: &str = "<!doctype html>\n<html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>\n";
    let whole = |octets: Vec<u8>| Content::Octets(Body::Whole(octets), true);
    let repeated = |head: &str, part: &str, times: Option<u64>, tail: &str| {
        let octets = |text: &str| text.as_bytes().to_vec();
        let body = Body::Repeated {
            head: octets(head),
            part: octets(part),
            times,
            tail: octets(tail),
        };
        Content::Octets(body, false)
    };
    draft.content = match kind {
        BodyFault::Html => whole(HTML.as_bytes().to_vec()),
        BodyFault::Empty => whole(Vec::new()),
        BodyFault::NotUtf8 => {
            let mut octets = octets(draft);
            if let Some(letter) = octets.iter_mut().find(|o| o.is_ascii_alphabetic()) {
                *letter = 0xff;
            }
            whole(octets)
        }
        BodyFault::Bom => whole([&[0xef, 0xbb, 0xbf], octets(draft).as_slice()].concat()),
        BodyFault::Unfinished => {
            let mut octets = octets(draft);
            octets.pop();
            whole(octets)
        }
        BodyFault::Deep => whole(
            ["[".repeat(100_000), "]".repeat(100_000)]
                .concat()
                .into_bytes(),
        ),
        BodyFault::Long => repeated(
            "{\"long\":[0",
            &",1234567".repeat(8_192),
            Some(16_384),
            "]}",
        ),
        BodyFault::Endless => repeated("{\"endless\":\"", &"x".repeat(65_536), None, ""),
        BodyFault::GzipBomb => {
            draft.set_header("content-encoding", "gzip");
            Content::Octets(GZIP_BOMB.clone(), false)
        }
    };
}

/// One gigabyte of spaces as a single gzip stream, made once: a compressed mebibyte that ends
/// on an octet boundary and refers to nothing before it, 1,024 times over.
static GZIP_BOMB: LazyLock<Body> = LazyLock::new(|| spaces_in_gzip(1_024));

/// Returns so many mebibytes of spaces as one gzip stream.
fn spaces_in_gzip(mebibytes: u64) -> Body {
    let plain = vec![b' '; 1_048_576];
    let mut packer = Compress::new(Compression::best(), false);
    let mut part = Vec::with_capacity(65_536);
    if packer
        .compress_vec(&plain, &mut part, FlushCompress::Full)
        .is_err()
    {
        return Body::Whole(Vec::new());
    }
    let (mut one, mut all) = (Crc::new(), Crc::new());
    one.update(&plain);
    for _ in 0..mebibytes {
        all.combine(&one);
    }
    // An empty final block in the fixed code, then checksum and length (RFC 1951, RFC 1952).
    let mut tail = vec![0x03, 0x00];
    tail.extend(all.sum().to_le_bytes());
    tail.extend(all.amount().to_le_bytes());
    let head = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    Body::Repeated {
        head,
        part,
        times: Some(mebibytes),
        tail,
    }
}

/// Redirects a request to itself until it has been asked `length` times.
fn chain(length: u32, request: &Request, draft: &mut Draft) {
    let Request::Http { host, target, .. } = request else {
        return;
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let hop: u32 = query
        .strip_prefix("hop=")
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    if hop >= length {
        return;
    }
    draft.status = 302;
    draft.content = Content::Nothing;
    draft.headers.retain(|(n, _)| n != "content-type");
    draft.set_header(
        "location",
        format!("https://{host}{path}?hop={}", hop.saturating_add(1)),
    );
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_gzip_bomb_is_a_valid_stream() {
        let Body::Repeated {
            head,
            part,
            times,
            tail,
        } = spaces_in_gzip(3)
        else {
            panic!("no recipe");
        };
        let mut packed = head;
        for _ in 0..times.unwrap() {
            packed.extend(&part);
        }
        packed.extend(tail);
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(packed.as_slice())
            .read_to_end(&mut plain)
            .unwrap();
        assert_eq!(plain.len(), 3 * 1_048_576);
        assert!(part.len() < 2_048, "{}", part.len());
    }
}
