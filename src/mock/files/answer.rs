//! Answers over HTTP and HTTPS: headers, conditional requests, what is not there.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::{Owner, Place};
use crate::mock::document::{Content, Draft, Kind};
use crate::mock::request::{Body, Request, wants_gzip};
use crate::mock::rpki::sha256;
use crate::mock::world::World;

/// Answers a request for a path at a host that serves files.
pub(in crate::mock) fn answer(
    world: &World,
    owner: Owner<'_>,
    request: &Request,
    now: Timestamp,
) -> Draft {
    let kind = match owner {
        Owner::Registry(_) => Kind::File,
        Owner::Iana => Kind::Iana,
    };
    let refuse = |status: u16, text: &str| {
        let mut draft = Draft::text(kind, "text/plain", text.to_owned());
        draft.status = status;
        draft
    };
    let Request::Http {
        target,
        method,
        headers,
        ..
    } = request
    else {
        return refuse(400, "bad request\n");
    };
    if method != "GET" && method != "HEAD" {
        return refuse(405, "method not allowed\n");
    }
    let path = target.split('?').next().unwrap_or_default();
    let place = Place {
        world,
        owner,
        path,
        now,
    };
    let Some(file) = place.file() else {
        return refuse(404, "not found\n");
    };
    let tag: String = HEXLOWER
        .encode(&sha256(&file.octets))
        .chars()
        .take(32)
        .collect();
    let mut draft = Draft::empty(kind, 200);
    if is_known(headers, &tag, file.modified) {
        draft.status = 304;
    } else {
        draft.set_header("content-type", file.media_type);
        draft.content = Content::Octets(Body::Whole(file.octets), true);
    }
    // Another coding of the same file is another representation, with a tag of its own
    // (RFC 9110, section 8.8.3.3).
    let coding = if wants_gzip(headers) { "-gzip" } else { "" };
    draft.set_header("etag", format!("\"{tag}{coding}\""));
    draft.set_header("last-modified", date(file.modified));
    draft.set_header("vary", "accept-encoding");
    draft
}

/// Says whether the client has it already (RFC 9110, section 13.1): its tags count before its time.
fn is_known(headers: &[(String, String)], tag: &str, modified: Timestamp) -> bool {
    let header = |name: &str| {
        let found = headers.iter().find(|(n, _)| n == name);
        found.map(|(_, v)| v.as_str())
    };
    if let Some(tags) = header("if-none-match") {
        return tags.split(',').any(|text| {
            let text = text.trim().trim_start_matches("W/").trim_matches('"');
            text == "*" || text.strip_suffix("-gzip").unwrap_or(text) == tag
        });
    }
    let since = header("if-modified-since").and_then(|text| rfc2822::parse(text).ok());
    // The header has whole seconds.
    since.is_some_and(|since| since.timestamp().as_second() >= modified.as_second())
}

fn date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
