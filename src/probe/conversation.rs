//! HTTP conversations: the request, every redirect hop, and the last answer.

use std::net::IpAddr;

use url::Url;

use super::notes::Notes;
use super::{Argument, Ask, redirect};
use crate::fact::{FailureKind, Value};
use crate::transport::{Answer, HttpAnswer, HttpRequest, Request, Timing};

/// What differs between the probes that speak HTTP.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habits {
    /// Value of Accept where the scenario gives none.
    pub(super) accept: &'static str,
    /// Redirects that are followed where the scenario says nothing.
    pub(super) redirects: u64,
}

/// What was asked in one conversation and what came last.
#[derive(Debug)]
pub(super) struct Conversation {
    /// Every exchange in order.
    pub(super) hops: Vec<Hop>,
    /// The last URL, parsed; `None` if it is no URL.
    pub(super) last_url: Option<Url>,
    /// The last answer; `None` if none came.
    pub(super) answer: Option<HttpAnswer>,
    /// How long the parts of the last exchange took.
    pub(super) timing: Timing,
}

/// One exchange of a conversation.
#[derive(Debug)]
pub(super) struct Hop {
    pub(super) url: String,
    pub(super) status: Option<u16>,
    pub(super) location: Option<String>,
    pub(super) address: Option<IpAddr>,
}

/// Returns the value of a header, several values joined by `, `; `None` if it was not sent.
pub(super) fn header(answer: &HttpAnswer, name: &str) -> Option<String> {
    let mut values = answer
        .headers
        .iter()
        .filter(|(header, _)| header.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str());
    let mut joined = values.next()?.to_owned();
    for value in values {
        joined.push_str(", ");
        joined.push_str(value);
    }
    Some(joined)
}

/// Asks a URL and follows its redirects as far as the scenario and the target allow.
///
/// Failures are noted; what was seen until then is returned.
pub(super) async fn converse(
    ask: &Ask<'_>,
    notes: &mut Notes,
    url: &str,
    habits: Habits,
) -> Conversation {
    let method = ask.text("method").unwrap_or("GET").to_owned();
    let headers = request_headers(ask, habits.accept);
    let body_limit = ask
        .count("body_limit")
        .map_or(ask.limits.body_bytes, |bytes| {
            bytes.min(ask.limits.body_bytes)
        });
    let follow = ask
        .count("redirects")
        .unwrap_or(habits.redirects)
        .min(ask.limits.redirects);
    let mut seen = Conversation {
        hops: Vec::new(),
        last_url: None,
        answer: None,
        timing: Timing::default(),
    };
    let mut next = match first(url) {
        Ok(url) => Some(url),
        Err(reason) => {
            notes.fail(FailureKind::RedirectRefused, reason);
            None
        }
    };
    while let Some(asked) = next.take() {
        // The text of the scenario is sent as it stands, so that its escapes reach the server.
        let text = if seen.hops.is_empty() {
            url
        } else {
            asked.as_str()
        };
        let request = HttpRequest {
            method: method.clone(),
            url: text.to_owned(),
            headers: headers.clone(),
            address: None,
            family: ask.family,
            body_limit,
            timeout: notes.remaining(ask),
        };
        if !seen.exchange(ask, notes, request).await {
            seen.last_url = Some(asked);
            break;
        }
        let location = seen.hops.last().and_then(|hop| hop.location.as_deref());
        if follow > 0
            && let Some(location) = location
        {
            next = continue_at(ask, notes, &seen, follow, (&asked, location));
        }
        seen.last_url = Some(asked);
    }
    seen
}

impl Conversation {
    /// Makes one exchange; says whether there is a complete answer.
    async fn exchange(&mut self, ask: &Ask<'_>, notes: &mut Notes, request: HttpRequest) -> bool {
        let url = request.url.clone();
        let what = format!("{} {url}", request.method);
        let Some(exchange) = notes.exchange(ask, Request::Http(request)).await else {
            return false;
        };
        notes.fail_with(&exchange);
        let mut hop = Hop {
            url,
            status: None,
            location: None,
            address: exchange.destination.map(|to| to.ip().to_canonical()),
        };
        let complete = exchange.failure.is_none();
        self.timing = exchange.timing;
        match &exchange.answer {
            Some(Answer::Http(answer)) => {
                notes.asked(&exchange, &what, &answer.status.to_string());
                hop.status = Some(answer.status);
                if redirect::is_redirect(answer.status) {
                    hop.location = header(answer, "location");
                }
            }
            _ => {
                notes.asked(&exchange, &what, "nothing");
                notes.fail_foreign(&exchange);
            }
        }
        let refused = hop.address.filter(|address| {
            ask.limits.public_only && !self.hops.is_empty() && redirect::is_private(*address)
        });
        self.hops.push(hop);
        if let Some(address) = refused {
            let detail = format!("the redirect led to the private address `{address}`");
            notes.fail(FailureKind::RedirectRefused, detail);
            self.answer = None;
            return false;
        }
        self.answer = match exchange.answer {
            Some(Answer::Http(answer)) => Some(answer),
            _ => None,
        };
        complete && self.answer.is_some()
    }
}

/// Parses the URL that is asked first.
fn first(url: &str) -> Result<Url, String> {
    let parsed =
        Url::parse(url).map_err(|error| format!("`{}` is no URL: {error}", redirect::cut(url)))?;
    redirect::check(&parsed, false)?;
    Ok(parsed)
}

/// Returns where a Location leads; `None` if it is not followed, which is noted as a failure.
fn continue_at(
    ask: &Ask<'_>,
    notes: &mut Notes,
    seen: &Conversation,
    follow: u64,
    (asked, location): (&Url, &str),
) -> Option<Url> {
    let url = match redirect::target(asked, location, ask.limits.public_only) {
        Ok(url) => url,
        Err(reason) => {
            notes.fail(FailureKind::RedirectRefused, reason);
            return None;
        }
    };
    if seen.hops.iter().any(|hop| hop.url == url.as_str()) || *asked == url {
        let detail = format!(
            "the redirect to `{}` is a loop",
            redirect::cut(url.as_str())
        );
        notes.fail(FailureKind::RedirectLimit, detail);
        return None;
    }
    if u64::try_from(seen.hops.len()).is_ok_and(|hops| hops > follow) {
        let detail = format!("more than {follow} redirects");
        notes.fail(FailureKind::RedirectLimit, detail);
        return None;
    }
    Some(url)
}

/// What is sent where a scenario wants no Accept: to a server it says the same, and the HTTP client
/// sends no request without one.
///
/// Source: RFC 9110, section 12.5.1.
const ANYTHING: &str = "*/*";

/// Returns the headers of the request: defaults, those of arguments, and those of the scenario over them.
fn request_headers(ask: &Ask<'_>, accept: &str) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::with_capacity(4);
    let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
    let accept = ask.text("accept").unwrap_or(accept);
    if !accept.is_empty() {
        add("accept", accept);
    }
    add("accept-encoding", "identity");
    if let Some(origin) = ask.text("origin").filter(|origin| !origin.is_empty()) {
        add("origin", origin);
    }
    for (name, value) in validators(ask) {
        add(name, &value);
    }
    if let Some(Argument::Headers(own)) = ask.arguments.get("headers") {
        for (name, _) in own {
            headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        }
        let own = own.iter().filter(|(_, value)| !value.is_empty());
        headers.extend(own.map(|(name, value)| (name.to_ascii_lowercase(), value.clone())));
    }
    // The HTTP client would add it unseen; the evidence names what is sent.
    if !headers.iter().any(|(name, _)| name == "accept") {
        headers.push(("accept".to_owned(), ANYTHING.to_owned()));
    }
    headers
}

/// Returns the headers that make a request conditional on an earlier answer.
///
/// Source: RFC 9110, section 13.1.
fn validators(ask: &Ask<'_>) -> impl Iterator<Item = (&'static str, String)> {
    let earlier = match ask.arguments.get("conditional") {
        Some(Argument::Probe(name)) => ask.earlier.get(name),
        _ => None,
    };
    let value = move |path| match earlier.and_then(|e| e.facts.get(path)) {
        Some(Value::Text(text)) => Some(text.as_ref().to_owned()),
        _ => None,
    };
    [
        ("if-none-match", "headers.etag"),
        ("if-modified-since", "headers.last-modified"),
    ]
    .into_iter()
    .filter_map(move |(name, path)| Some((name, value(path)?)))
}
