//! The RDAP service of an operator: RFC 7480, 9082 and 9083 and the NRO RDAP profile.

mod domain;
mod entity;
pub(super) mod find;
pub(super) mod number;
mod query;
mod results;
mod reverse;
mod search;
mod write;

use super::document::{Draft, Kind};
use super::request::Request;
use super::world::{AutnumModel, Foreign, HostBits, Operator, World};
use super::{Block, NotABlock, Space};
use find::Found;
use query::Query;
use write::Writer;

/// Answers a request below an operator's RDAP host; `path` and `parameters` are as sent.
pub(super) fn answer(world: &World, operator: &Operator, request: &Request) -> Draft {
    let Request::Http {
        host,
        method,
        target,
        headers,
        ..
    } = request
    else {
        return Draft::empty(Kind::All, 400);
    };
    let (path, parameters) = target.split_once('?').unwrap_or((target, ""));
    let query = Query::read(path.strip_prefix(operator.rdap.base.as_str()), parameters);
    let searching = matches!(query, Query::Search { .. });
    let url = match parameters {
        text if searching && !text.is_empty() => format!("https://{host}{path}?{text}"),
        _ => format!("https://{host}{path}"),
    };
    let writer = Writer::new(world, operator, url);
    let accept = headers
        .iter()
        .find(|(n, _)| n == "accept")
        .map(|(_, v)| v.as_str());
    let mut draft = if !matches!(method.as_str(), "GET" | "HEAD") {
        writer.error(query.kind(), 405, "Only GET and HEAD are supported.")
    } else if operator.dialect.strict_accept && !accepts_json(accept) {
        writer.error(
            query.kind(),
            406,
            "The answer is JSON, which the request does not accept.",
        )
    } else if operator
        .limited
        .as_deref()
        .is_some_and(|l| path.ends_with(&format!("/{l}")))
    {
        let mut draft = writer.error(
            query.kind(),
            429,
            "The query limit of your address is reached.",
        );
        draft.set_header("retry-after", "120");
        draft
    } else {
        route(&writer, &query)
    };
    dress(operator, &mut draft);
    draft
}

/// Adds the headers of every answer.
fn dress(operator: &Operator, draft: &mut Draft) {
    if !matches!(draft.content, super::document::Content::Nothing) {
        draft.set_header("content-type", "application/rdap+json");
    }
    draft.set_header("access-control-allow-origin", "*");
    for (name, value) in &operator.dialect.headers {
        draft.set_header(name, value.clone());
    }
}

/// Says whether an Accept allows JSON; one that is absent allows everything.
fn accepts_json(accept: Option<&str>) -> bool {
    accept.is_none_or(|text| {
        let fits = |range: &str| {
            let media_type = range
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase();
            matches!(
                media_type.as_str(),
                "*/*" | "application/*" | "application/json" | "application/rdap+json" | ""
            )
        };
        text.split(',').any(fits)
    })
}

fn route(writer: &Writer<'_>, query: &Query) -> Draft {
    let dialect = &writer.operator.dialect;
    match query {
        Query::Help => Draft::json(Kind::Help, 200, writer.help()),
        Query::Ip(text) => ip(writer, text),
        Query::Autnum(text) => autnum(writer, text),
        Query::Domain(name) => domain::answer(writer, name),
        Query::Entity(handle) => entity::answer(writer, handle),
        Query::NameServer(name) => domain::answer_name_server(writer, name),
        Query::Search { kind, parameters } => search::answer(writer, kind, parameters),
        Query::Unknown => writer.error(
            Kind::All,
            dialect.unknown_path,
            "The path is not one of RFC 9082.",
        ),
    }
}

/// Answers `ip/…`.
fn ip(writer: &Writer<'_>, text: &str) -> Draft {
    // RFC 9082, section 3.1.1: zone identifiers are ignored.
    let plain = match text.split_once('%') {
        Some((address, zone)) => {
            let length = zone.split_once('/').map(|(_, length)| format!("/{length}"));
            format!("{address}{}", length.unwrap_or_default())
        }
        None => text.to_owned(),
    };
    let block = match Block::parse(&plain) {
        Ok(block) if block.space != Space::Asn && !plain.contains('-') => block,
        Err(NotABlock::HostBits(block)) if writer.operator.dialect.host_bits == HostBits::Mask => {
            block
        }
        Err(NotABlock::HostBits(_)) => {
            return writer.error(Kind::Ip, 400, "The prefix has bits behind its length.");
        }
        Ok(_) | Err(NotABlock::Syntax) => {
            return writer.error(Kind::Ip, 400, "This is neither an IP address nor a prefix.");
        }
    };
    match find::network(writer, &block) {
        Found::Here(net) => {
            let mut object = writer.open(Kind::Ip);
            writer.network_into(&mut object, &net, Some(&block));
            writer.close(Kind::Ip, object)
        }
        Found::Elsewhere(base) => writer.redirect(Kind::Ip, &base),
        Found::National(base, net) => {
            let mut object = writer.open_with(Kind::Ip, &["redirect_with_content"]);
            writer.network_into(&mut object, &net, None);
            writer.redirect_with(writer.close(Kind::Ip, object), &base)
        }
        Found::Nowhere => writer.error(Kind::Ip, 404, "No network here contains these addresses."),
    }
}

/// Answers `autnum/…`.
fn autnum(writer: &Writer<'_>, text: &str) -> Draft {
    let dialect = &writer.operator.dialect;
    let digits = match text.get(..2) {
        Some(prefix) if prefix.eq_ignore_ascii_case("as") && dialect.autnum_prefix_accepted => {
            text.get(2..).unwrap_or_default()
        }
        _ => text,
    };
    let block = Block::parse(&format!("AS{digits}"))
        .ok()
        .filter(|_| !digits.contains(['-', 'A']));
    let Some(block) = block else {
        return writer.error(
            Kind::Autnum,
            400,
            "This is not an AS number in asplain form.",
        );
    };
    match find::autnum(
        writer,
        &block,
        dialect.autnum_model == AutnumModel::Hierarchical,
    ) {
        Found::Here(net) => {
            let mut object = writer.open(Kind::Autnum);
            writer.autnum_into(&mut object, &net);
            writer.close(Kind::Autnum, object)
        }
        // Not everybody knows the prefix `AS`.
        Found::Elsewhere(base) => {
            writer.redirect_to(Kind::Autnum, format!("{base}autnum/{digits}"))
        }
        Found::National(..) | Found::Nowhere => writer.error(
            Kind::Autnum,
            404,
            "No registration here contains this AS number.",
        ),
    }
}

/// Says whether numbers of others are redirected.
fn redirects_foreign(operator: &Operator) -> bool {
    operator.dialect.foreign == Foreign::Redirect
}
