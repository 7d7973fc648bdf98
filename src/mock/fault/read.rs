//! Reads a fault file, but for `expects`.

use std::net::IpAddr;

use super::{
    BodyFault, Change, Edit, Family, Fault, HttpAct, Kind, Service, When, WhoisAct, WireFault,
};
use crate::mock::decode::{Decoder, words};
use crate::mock::files::read_edit;
use crate::mock::request::{ADDRESSES, Scheme};
use crate::mock::rpki::{read_feed, read_module, read_spoil};
use crate::mock::world::NodeEdit;
use crate::yaml::{Diagnostic, Node, Source, parse};

words! {
    /// Schemes as written.
    SchemeWord { Http = "http", Https = "https", }
}

words! {
    /// When a fault begins, if it was not always there.
    BeginsWord {
        Now = "now",
    }
}

impl Fault {
    /// Reads a fault file.
    ///
    /// # Errors
    ///
    /// Every mistake of the file with its place.
    pub fn read(source: &Source) -> Result<Self, Vec<Diagnostic>> {
        let tree = parse(source).map_err(|problem| vec![problem])?;
        let decoder = Decoder::new(source);
        let fault = fault(&decoder, &tree);
        decoder.finish(fault)
    }
}

fn fault(d: &Decoder, node: &Node) -> Option<Fault> {
    d.known(
        node,
        &["fault", "title", "registry", "begins", "change", "expects"],
    );
    let change = d.member(node, "change")?;
    let changes = changes(d, change);
    // What could not be read was complained about where it stands.
    if d.entries(change).is_empty() {
        d.complain(node.span, "`change` changes nothing");
    }
    Some(Fault {
        name: d.text(node, "fault")?,
        title: d.text(node, "title")?,
        registry: d.text(node, "registry")?,
        changes,
        begins_now: match node.get("begins") {
            Some(begins) => matches!(d.word::<BeginsWord>(begins)?, BeginsWord::Now),
            None => false,
        },
    })
}

fn changes(d: &Decoder, node: &Node) -> Vec<Change> {
    d.known(
        node,
        &[
            "world", "answer", "http", "file", "wire", "dns", "whois", "rpki", "rrdp", "rsync",
        ],
    );
    let mut all = Vec::new();
    for entry in d.entries(node) {
        let value = &entry.value;
        // One change stands alone, several stand in a list.
        let items = value.items().unwrap_or(std::slice::from_ref(value));
        match entry.key.as_str() {
            "world" => {
                all.push(Change::World(
                    items.iter().filter_map(|n| world_edit(d, n)).collect(),
                ));
            }
            "answer" => all.extend(items.iter().filter_map(|n| answer(d, n))),
            "http" => all.extend(items.iter().filter_map(|n| http(d, n))),
            "file" => all.extend(items.iter().filter_map(|n| file(d, n))),
            "wire" => all.extend(items.iter().filter_map(|n| wire(d, n))),
            "dns" => all.extend(items.iter().filter_map(|n| super::dns::read(d, n))),
            "whois" => all.extend(items.iter().filter_map(|n| whois(d, n))),
            "rpki" => all.extend(
                items
                    .iter()
                    .filter_map(|n| read_spoil(d, n).map(Change::Rpki)),
            ),
            "rrdp" => all.extend(items.iter().filter_map(|n| {
                let (repository, act) = read_feed(d, n)?;
                Some(Change::Rrdp { repository, act })
            })),
            "rsync" => all.extend(items.iter().filter_map(|n| {
                let (repository, spoil) = read_module(d, n)?;
                Some(Change::Rsync { repository, spoil })
            })),
            _ => {}
        }
    }
    all
}

fn world_edit(d: &Decoder, node: &Node) -> Option<NodeEdit> {
    d.known(node, &["set", "to", "remove"]);
    if node.get("remove").is_some() {
        return d.text(node, "remove").map(NodeEdit::Remove);
    }
    Some(NodeEdit::Set(
        d.text(node, "set")?,
        d.member(node, "to")?.clone(),
    ))
}

/// Keys that say when a change applies.
const WHEN: &[&str] = &[
    "on", "path", "query", "method", "header", "family", "address", "scheme",
];

fn when(d: &Decoder, node: &Node) -> When {
    let on = node.get("on").map_or(Vec::new(), |on| match on.items() {
        Some(_) => d.words::<Kind>(node, "on"),
        None => d.word::<Kind>(on).into_iter().collect(),
    });
    let header = d.optional_text(node, "header").and_then(|text| {
        let (name, glob) = text.split_once(':')?;
        Some((name.trim().to_ascii_lowercase(), glob.trim().to_owned()))
    });
    When {
        on,
        path: d.optional_text(node, "path"),
        query: d.optional_text(node, "query"),
        method: d.optional_text(node, "method"),
        header,
        family: node
            .get("family")
            .and_then(|n| d.word::<Family>(n))
            .map(Family::family),
        address: address(d, node),
        scheme: node
            .get("scheme")
            .and_then(|n| d.word::<SchemeWord>(n))
            .map(|scheme| match scheme {
                SchemeWord::Http => Scheme::Http,
                SchemeWord::Https => Scheme::Https,
            }),
    }
}

/// Returns the address that a change is about, one of those that a name can have.
fn address(d: &Decoder, node: &Node) -> Option<IpAddr> {
    let text = d.optional_text(node, "address")?;
    let known = text.parse().ok().filter(|a| ADDRESSES.contains(a));
    if known.is_none() {
        let all: Vec<String> = ADDRESSES.iter().map(|a| format!("`{a}`")).collect();
        let all = all.join(", ");
        d.complain(
            node.span,
            format!("`address` is `{text}`; expected one of {all}"),
        );
    }
    known
}

fn known_with_when(d: &Decoder, node: &Node, keys: &[&'static str]) {
    d.known(node, &[WHEN, keys].concat());
}

fn answer(d: &Decoder, node: &Node) -> Option<Change> {
    known_with_when(d, node, &["edits"]);
    let edits: Vec<Edit> = d
        .items(node, "edits")
        .iter()
        .filter_map(|n| read_json_edit(d, n))
        .collect();
    if edits.is_empty() {
        d.complain(node.span, "`answer` has no `edits`");
        return None;
    }
    Some(Change::Answer {
        when: when(d, node),
        edits,
    })
}

/// Reads an edit of a document.
pub(in crate::mock) fn read_json_edit(d: &Decoder, node: &Node) -> Option<Edit> {
    d.known(
        node,
        &[
            "set",
            "remove",
            "rename",
            "replace",
            "duplicate",
            "from",
            "to",
        ],
    );
    let first = d.entries(node).first()?;
    let path = d.scalar(&first.value)?;
    if !path.starts_with('/') {
        d.complain(
            first.value.span,
            format!("`{path}` is not a path; expected one that begins with `/`"),
        );
    }
    Some(match first.key.as_str() {
        "set" => Edit::Set(path, d.member(node, "to")?.to_json()),
        "remove" => Edit::Remove(path),
        "rename" => Edit::Rename(path, d.text(node, "to")?),
        "replace" => Edit::Replace {
            path,
            from: d.text(node, "from")?,
            to: d.text(node, "to")?,
        },
        "duplicate" => Edit::Duplicate(path),
        _ => {
            d.complain(
                first.key_span,
                "expected the edit first: `set`, `remove`, `rename`, `replace` or `duplicate`",
            );
            return None;
        }
    })
}

fn http(d: &Decoder, node: &Node) -> Option<Change> {
    known_with_when(
        d,
        node,
        &[
            "status",
            "set_headers",
            "remove_headers",
            "replace_in_header",
            "replace_in_body",
            "copy_query",
            "body",
            "text",
            "no_gzip",
            "chain",
        ],
    );
    let mut acts = Vec::new();
    if let Some(status) = d.optional(node, "status", "a status code") {
        acts.push(HttpAct::Status(status));
    }
    for entry in node.get("set_headers").map_or(&[][..], |n| d.entries(n)) {
        if let Some(value) = d.scalar(&entry.value) {
            acts.push(HttpAct::SetHeader(entry.key.to_ascii_lowercase(), value));
        }
    }
    for name in d.texts(node, "remove_headers") {
        acts.push(HttpAct::RemoveHeader(name.to_ascii_lowercase()));
    }
    if let Some(replace) = node.get("replace_in_header") {
        d.known(replace, &["name", "from", "to"]);
        acts.push(HttpAct::ReplaceInHeader {
            name: d.text(replace, "name")?.to_ascii_lowercase(),
            from: d.text(replace, "from")?,
            to: d.text(replace, "to")?,
        });
    }
    if let Some(replace) = node.get("replace_in_body") {
        d.known(replace, &["from", "to"]);
        acts.push(HttpAct::ReplaceInBody {
            from: d.text(replace, "from")?,
            to: d.text(replace, "to")?,
        });
    }
    if d.flag(node, "copy_query") {
        acts.push(HttpAct::CopyQuery);
    }
    if let Some(body) = node.get("body").and_then(|n| d.word::<BodyFault>(n)) {
        acts.push(HttpAct::Body(body));
    }
    if let Some(text) = d.optional_text(node, "text") {
        acts.push(HttpAct::Text(text));
    }
    if d.flag(node, "no_gzip") {
        acts.push(HttpAct::NoGzip);
    }
    if let Some(length) = d.optional(node, "chain", "a number of redirects") {
        acts.push(HttpAct::Chain(length));
    }
    if acts.is_empty() {
        d.complain(node.span, "`http` changes nothing");
        return None;
    }
    Some(Change::Http {
        when: when(d, node),
        acts,
    })
}

fn file(d: &Decoder, node: &Node) -> Option<Change> {
    d.known(node, &["path", "iana", "edits"]);
    let edits = d.items(node, "edits").iter();
    let edits: Vec<_> = edits.filter_map(|n| read_edit(d, n)).collect();
    if edits.is_empty() {
        d.complain(node.span, "`file` has no `edits`");
        return None;
    }
    Some(Change::File {
        path: d.text(node, "path")?,
        iana: d.flag(node, "iana"),
        edits,
    })
}

fn wire(d: &Decoder, node: &Node) -> Option<Change> {
    known_with_when(d, node, &["service", "kind"]);
    Some(Change::Wire {
        when: when(d, node),
        service: d.word_or(node, "service", Service::Rdap),
        kind: d.word::<WireFault>(d.member(node, "kind")?)?,
    })
}

words! {
    /// Whois changes that need no value.
    WhoisWord { Empty = "empty", NotFound = "not-found", }
}

fn whois(d: &Decoder, node: &Node) -> Option<Change> {
    d.known(node, &["query", "answer", "remove_lines", "replace", "to"]);
    let act = if let Some(word) = node.get("answer") {
        match d.word::<WhoisWord>(word)? {
            WhoisWord::Empty => WhoisAct::Empty,
            WhoisWord::NotFound => WhoisAct::NotFound,
        }
    } else if let Some(start) = d.optional_text(node, "remove_lines") {
        WhoisAct::RemoveLines(start)
    } else {
        WhoisAct::Replace {
            from: d.text(node, "replace")?,
            to: d.text(node, "to")?,
        }
    };
    Some(Change::Whois {
        query: d.optional_text(node, "query"),
        act,
    })
}
