//! Answers over HTTPS: locator, certificate, notification, snapshots, deltas.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::Rendered;
use super::keys::sha256;
use super::plan::{Plan, host, path};
use crate::mock::document::{Content, Draft, Kind};
use crate::mock::request::{Body, Request};
use crate::mock::world::World;

/// Longest time in seconds that a notification file may be kept (RFC 8182, section 3.4.1, asks
/// for frequent polls; the publication server practice for a minute).
const NOTIFICATION_AGE: u32 = 60;

/// What is found at a URL.
struct Found<'a> {
    kind: Kind,
    media_type: &'static str,
    cache: String,
    octets: &'a [u8],
    modified: Timestamp,
}

/// Answers a request for a path at a host of a registry's RPKI.
pub(in crate::mock) fn answer(
    world: &World,
    registry: &str,
    request: &Request,
    now: Timestamp,
) -> Draft {
    let rendered = world
        .rpki_plan(registry)
        .and_then(|plan| Some((plan, world.rpki_cache().rendered(plan, now).ok()?)));
    let (
        Some((plan, rendered)),
        Request::Http {
            host,
            target,
            headers,
            ..
        },
    ) = (rendered, request)
    else {
        let mut draft = Draft::text(Kind::Rpki, "text/plain", "no keys\n".to_owned());
        draft.status = 500;
        return draft;
    };
    let target = target.split('?').next().unwrap_or_default();
    let distributed = distributed(plan, host, target, now);
    let found = match &distributed {
        Some((octets, modified)) => Some(Found {
            kind: Kind::Distribution,
            media_type: "application/octet-stream",
            cache: "max-age=60".to_owned(),
            octets,
            modified: *modified,
        }),
        None => find(plan, &rendered, host, target),
    };
    let Some(found) = found else {
        let mut draft = Draft::text(Kind::Rpki, "text/plain", "not found\n".to_owned());
        draft.status = 404;
        draft.set_header("cache-control", "max-age=10");
        return draft;
    };
    let tag: String = data_encoding::HEXLOWER
        .encode(&sha256(found.octets))
        .chars()
        .take(32)
        .collect();
    let tag = format!("\"{tag}\"");
    let mut draft = Draft::empty(found.kind, 200);
    if is_known(headers, &tag, found.modified) {
        draft.status = 304;
    } else {
        draft.set_header("content-type", found.media_type);
        let text = found.media_type != "application/octet-stream";
        draft.content = Content::Octets(Body::Whole(found.octets.to_vec()), text);
    }
    draft.set_header("etag", tag);
    draft.set_header("last-modified", date(found.modified));
    draft.set_header("cache-control", found.cache);
    draft
}

/// Returns a file of the folder with states and events of a consensus.
fn distributed(
    plan: &Plan,
    at: &str,
    target: &str,
    now: Timestamp,
) -> Option<(Vec<u8>, Timestamp)> {
    let consensus = plan.consensus.as_ref()?;
    let name = target.strip_prefix(path(&consensus.url))?;
    (host(&consensus.url) == Some(at))
        .then(|| consensus.file(name, now))
        .flatten()
}

fn find<'r>(plan: &Plan, rendered: &'r Rendered, at: &str, target: &str) -> Option<Found<'r>> {
    let here =
        |url: &str| url.starts_with("https:") && host(url) == Some(at) && path(url) == target;
    if here(&plan.tal) {
        return Some(Found {
            kind: Kind::Tal,
            media_type: "text/plain",
            cache: "max-age=3600".to_owned(),
            octets: rendered.tal.as_bytes(),
            modified: Timestamp::UNIX_EPOCH,
        });
    }
    if plan.constraints.as_deref().is_some_and(here) {
        return Some(Found {
            kind: Kind::Constraints,
            media_type: "text/plain",
            cache: "max-age=3600".to_owned(),
            octets: rendered.constraints.as_bytes(),
            modified: Timestamp::UNIX_EPOCH,
        });
    }
    let successor = plan.successor.iter().map(|s| &s.certificate);
    let mut anchors = std::iter::once(&plan.certificate).chain(successor);
    if let Some(uris) = anchors.find(|uris| uris.iter().any(|url| here(url))) {
        let named = uris.iter().find(|uri| uri.starts_with("rsync:"))?;
        return Some(Found {
            kind: Kind::TrustAnchor,
            media_type: "application/octet-stream",
            cache: "max-age=3600".to_owned(),
            octets: rendered.objects.get(named)?,
            modified: *rendered.times.get(named)?,
        });
    }
    rendered.feeds.iter().find_map(|feed| {
        let file = |kind, octets: &'r Bytes, cache, modified| Found {
            kind,
            media_type: "application/xml",
            cache,
            octets,
            modified,
        };
        if here(&feed.notify) {
            let cache = format!("max-age={NOTIFICATION_AGE}");
            let octets = &feed.notification;
            return Some(file(Kind::Notification, octets, cache, feed.published));
        }
        let lasting = |kind, files: &'r BTreeMap<String, Bytes>| {
            let (url, octets) = files.iter().find(|(url, _)| here(url))?;
            let modified = feed.times.get(url).copied().unwrap_or(feed.published);
            let cache = "max-age=604800, immutable".to_owned();
            Some(file(kind, octets, cache, modified))
        };
        lasting(Kind::Snapshot, &feed.snapshots).or_else(|| lasting(Kind::Delta, &feed.deltas))
    })
}

/// Says whether the client has it already (RFC 9110, section 13.1): its tags count before its time.
fn is_known(headers: &[(String, String)], tag: &str, modified: Timestamp) -> bool {
    let header = |name: &str| {
        headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    };
    if let Some(tags) = header("if-none-match") {
        return tags
            .split(',')
            .any(|t| t.trim().trim_start_matches("W/") == tag);
    }
    let since = header("if-modified-since").and_then(|text| rfc2822::parse(text).ok());
    since.is_some_and(|since| since.timestamp() >= modified)
}

fn date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
