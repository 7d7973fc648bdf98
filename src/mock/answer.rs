//! The pure core: which service answers a request, and how its answer becomes octets.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde_json::Value;

use super::document::{Content, Draft, Kind};
use super::fault;
use super::files;
use super::request::{Answer, Body, Request, Scheme, Wire, wants_gzip};
use super::world::{NodeEdit, Operator, World};
use super::{bootstrap, dns, rdap, rpki, whois};

/// Answers a request at a time.
///
/// The same world, request and time give the same octets. What no service of the world
/// is asked for is answered as a server would that was reached by mistake: HTTP 404, an
/// empty whois text, DNS `NXDOMAIN`.
pub fn answer(world: &World, request: &Request, now: Timestamp) -> Answer {
    // A file is as it was when it was made, so that who serves files knows the whole of time.
    let whole = world;
    let world = whole.at(now);
    match request {
        Request::Http {
            scheme,
            host,
            target,
            method,
            headers,
            ..
        } => {
            let mut draft = http(whole, request, *scheme, host, target, now);
            for fault in world.faults() {
                fault::http::apply(world, fault, request, &mut draft);
            }
            finish(world, draft, method, headers, now)
        }
        Request::Whois { host, line } => {
            let text = whois::answer(world, host, line);
            plain(fault::text::whois(world, host, line, text))
        }
        Request::Dns {
            message,
            server,
            tcp,
            family,
        } => {
            let way = dns::Way {
                server: server.as_deref(),
                tcp: *tcp,
                family: *family,
            };
            dns::answer(world, message, way, now)
        }
    }
}

/// An HTTP request at a time with its answer before any fault is applied: it tells cheaply which
/// faults change it.
#[derive(Clone, Debug)]
pub struct Sound {
    request: Request,
    now: Timestamp,
    draft: Draft,
}

impl Sound {
    /// Answers an HTTP request in a world; `None` for another request.
    pub fn of(world: &World, request: Request, now: Timestamp) -> Option<Self> {
        let draft = drafted(world, &request, now)?;
        let sound = Self {
            request,
            now,
            draft,
        };
        Some(sound)
    }

    /// Says whether this may be answered otherwise in a world with a fault: because a change applies to
    /// the answer, or because the world has another.
    pub fn is_changed(&self, faulty: &World, fault: &fault::Fault) -> bool {
        if fault::http::applies(faulty, fault, &self.request, &self.draft) {
            return true;
        }
        let mut changes = fault.changes.iter();
        changes.any(|change| remakes(change, self.draft.asked))
            && drafted(faulty, &self.request, self.now).as_ref() != Some(&self.draft)
    }
}

/// Says whether a change makes another world, in which answers of a kind may differ that it does not
/// apply to.
fn remakes(change: &fault::Change, asked: Kind) -> bool {
    use fault::Change;
    match change {
        Change::World(edits) => asked.is_rpki() || !edits.iter().all(NodeEdit::is_certified),
        // A file may stand beside the one that is edited, mirror it or be computed from it.
        Change::File { .. } => matches!(asked, Kind::File | Kind::Iana),
        Change::Rpki(_) | Change::Rrdp { .. } => asked.is_rpki(),
        Change::Answer { .. }
        | Change::Http { .. }
        | Change::Wire { .. }
        | Change::Dns { .. }
        | Change::Whois { .. }
        | Change::Rsync { .. } => false,
    }
}

/// Returns what is answered before faults of answers are applied; `None` for what is no HTTP request.
fn drafted(world: &World, request: &Request, now: Timestamp) -> Option<Draft> {
    let Request::Http {
        scheme,
        host,
        target,
        ..
    } = request
    else {
        return None;
    };
    Some(http(world, request, *scheme, host, target, now))
}

/// Returns an answer that is no HTTP answer.
pub(super) fn plain((octets, wire): (Vec<u8>, Wire)) -> Answer {
    Answer {
        status: 0,
        headers: Vec::new(),
        body: Body::Whole(octets),
        wire,
    }
}

fn http(
    whole: &World,
    request: &Request,
    scheme: Scheme,
    host: &str,
    target: &str,
    now: Timestamp,
) -> Draft {
    let path = target.split('?').next().unwrap_or_default();
    // Public files are served in the clear too.
    if let Some(owner) = whole.owner_of_files(host) {
        return files::answer(whole, owner, request, now);
    }
    let world = whole.at(now);
    if scheme == Scheme::Http {
        // RFC 7481, section 3.5: nothing is said in the clear but where to ask.
        let mut draft = Draft::empty(Kind::Redirect, 301);
        draft.set_header("location", format!("https://{host}{target}"));
        draft.set_header("access-control-allow-origin", "*");
        return draft;
    }
    if host == world.bootstrap_host() {
        return bootstrap::answer(world, path);
    }
    match world.operator_of_host(host) {
        Some(operator) if operator.rdap.host == host => rdap::answer(world, operator, request),
        Some(operator) if operator.rpki.iter().any(|h| h == host) => {
            rpki::answer(world, &operator.id, request, now)
        }
        Some(operator) if operator.web.iter().any(|h| h == host) => page(operator, path),
        _ => {
            let mut draft = Draft::text(Kind::Page, "text/plain", "no such host\n".to_owned());
            draft.status = 404;
            draft
        }
    }
}

/// Returns an ordinary page: terms, reports, feeds, another registration service.
fn page(operator: &Operator, path: &str) -> Draft {
    let owner = &operator.name;
    if path.starts_with("/rest/") {
        let text = format!("<?xml version=\"1.0\"?>\n<registration path=\"{path}\"/>\n");
        return Draft::text(Kind::Page, "application/xml", text);
    }
    if path.starts_with("/geofeed/") {
        let text = "# fictional geofeed (RFC 8805)\n".to_owned();
        return Draft::text(Kind::Page, "application/geofeed+csv", text);
    }
    let says = match operator.documents.get(path) {
        Some(text) if path.ends_with(".json") => {
            return Draft::text(Kind::Page, "application/json", format!("{text}\n"));
        }
        Some(text) => text.clone(),
        None => format!("A page of {owner} in the mock world."),
    };
    let text =
        format!("<!doctype html>\n<html lang=\"en\"><title>{owner}</title><p>{says}</p></html>\n");
    Draft::text(Kind::Page, "text/html; charset=utf-8", text)
}

/// Turns a draft into an answer: ports into URLs, octets, content coding, length.
fn finish(
    world: &World,
    mut draft: Draft,
    method: &str,
    request_headers: &[(String, String)],
    now: Timestamp,
) -> Answer {
    if world.ports().is_some() {
        write_ports(world, &mut draft);
    }
    let (mut body, compressible) = match std::mem::replace(&mut draft.content, Content::Nothing) {
        Content::Nothing => (Body::Whole(Vec::new()), false),
        Content::Json(value) => (Body::Whole(value.to_string().into_bytes()), true),
        Content::Octets(body, compressible) => (body, compressible),
    };
    if compressible
        && wants_gzip(request_headers)
        && let Body::Whole(octets) = &body
        && let Some(packed) = gzip(octets)
    {
        body = Body::Whole(packed);
        draft.set_header("content-encoding", "gzip");
    }
    match body.len() {
        Some(length) if draft.headers.iter().all(|(n, _)| n != "content-length") => {
            draft.set_header("content-length", length.to_string());
        }
        _ => {}
    }
    // A clock that is wrong is a fault's.
    if draft.headers.iter().all(|(name, _)| name != "date") {
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT");
        draft.set_header("date", date.to_string());
    }
    if method == "HEAD" {
        body = Body::Whole(Vec::new());
    }
    Answer {
        status: draft.status,
        headers: draft.headers,
        body,
        wire: draft.wire,
    }
}

/// Compresses octets; the same octets give the same result.
fn gzip(octets: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(octets).ok()?;
    encoder.finish().ok()
}

/// Writes the ports of the sockets into every URL of the world.
fn write_ports(world: &World, draft: &mut Draft) {
    if let Content::Json(value) = &mut draft.content {
        write_ports_into(world, value);
    }
    for (name, value) in &mut draft.headers {
        if name == "location" {
            *value = with_ports(world, value);
        }
    }
}

fn write_ports_into(world: &World, value: &mut Value) {
    match value {
        Value::String(text) => {
            if text.starts_with("http") {
                *text = with_ports(world, text);
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| write_ports_into(world, item)),
        Value::Object(object) => object
            .values_mut()
            .for_each(|item| write_ports_into(world, item)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn with_ports(world: &World, url: &str) -> String {
    let Some(ports) = world.ports() else {
        return url.to_owned();
    };
    for (scheme, port) in [("https://", ports.https), ("http://", ports.http)] {
        let Some(rest) = url.strip_prefix(scheme) else {
            continue;
        };
        let end = rest.find(['/', '?', '#', ':']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        if !path.starts_with(':') && world.web_hosts().any(|h| h == host) {
            return format!("{scheme}{host}:{port}{path}");
        }
    }
    url.to_owned()
}
