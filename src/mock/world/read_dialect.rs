//! Reads a dialect.

use super::{
    Adr, AutnumModel, Contacts, Dialect, Foreign, HandleForm, HostBits, LinkValue, NameForm,
    Notice, NoticeLink, SelfForm, Special, Tel, Truncation,
};
use crate::mock::decode::Decoder;
use crate::yaml::Node;

/// Reads a dialect; what is not said has the first choice of its set or is not done.
pub(super) fn dialect(d: &Decoder, node: &Node) -> Option<Dialect> {
    d.known(
        node,
        &[
            "network_handle",
            "autnum_model",
            "network_self",
            "autnum_self_prefixed",
            "autnum_prefix_accepted",
            "link_value",
            "redirect",
            "foreign",
            "special",
            "host_bits",
            "unknown_path",
            "forward_domain",
            "strict_accept",
            "conformance",
            "declared",
            "offset_minutes",
            "last_changed_first",
            "contacts",
            "adr",
            "tel",
            "name_form",
            "sorted",
            "shown",
            "searches",
            "most_results",
            "truncated_for",
            "page_size",
            "sorted_results",
            "name_servers",
            "notices",
            "help",
            "headers",
            "entity_status",
        ],
    );
    let status =
        |key: &str, default: u16| d.optional(node, key, "a status code").unwrap_or(default);
    let headers = node.get("headers").map_or(&[][..], |n| d.entries(n));
    Some(Dialect {
        network_handle: d.word_or(node, "network_handle", HandleForm::Cidr),
        autnum_model: d.word_or(node, "autnum_model", AutnumModel::Flat),
        network_self: d.word_or(node, "network_self", SelfForm::Cidr),
        autnum_self_prefixed: d.flag(node, "autnum_self_prefixed"),
        autnum_prefix_accepted: d.flag(node, "autnum_prefix_accepted"),
        link_value: d.word_or(node, "link_value", LinkValue::Query),
        redirect: status("redirect", 302),
        foreign: d.word_or(node, "foreign", Foreign::Redirect),
        special: d.word_or(node, "special", Special::NotFound),
        host_bits: d.word_or(node, "host_bits", HostBits::Refuse),
        unknown_path: status("unknown_path", 400),
        forward_domain: status("forward_domain", 404),
        strict_accept: d.flag(node, "strict_accept"),
        conformance: d.texts(node, "conformance"),
        declared: d.texts(node, "declared"),
        offset_minutes: d
            .optional(node, "offset_minutes", "a number of minutes")
            .unwrap_or(0),
        last_changed_first: d.flag(node, "last_changed_first"),
        contacts: d.word_or(node, "contacts", Contacts::Beside),
        adr: d.word_or(node, "adr", Adr::Label),
        tel: d.word_or(node, "tel", Tel::Text),
        name_form: d.word_or(node, "name_form", NameForm::Own),
        sorted: d.flag(node, "sorted"),
        shown: d.words(node, "shown"),
        searches: d.words(node, "searches"),
        most_results: d.optional(node, "most_results", "a number of results"),
        truncated_for: d.word_or(node, "truncated_for", Truncation::Unexplained),
        page_size: d.optional(node, "page_size", "a number of results"),
        sorted_results: d.flag(node, "sorted_results"),
        name_servers: d.flag(node, "name_servers"),
        notices: d
            .items(node, "notices")
            .iter()
            .filter_map(|n| notice(d, n))
            .collect(),
        help: d.texts(node, "help"),
        headers: headers
            .iter()
            .filter_map(|e| Some((e.key.clone(), d.scalar(&e.value)?)))
            .collect(),
        entity_status: d.texts(node, "entity_status"),
    })
}

fn notice(d: &Decoder, node: &Node) -> Option<Notice> {
    d.known(node, &["title", "description", "links"]);
    let link = |node: &Node| {
        d.known(node, &["rel", "href", "type"]);
        Some(NoticeLink {
            rel: d.text(node, "rel")?,
            href: d.text(node, "href")?,
            media_type: d
                .optional_text(node, "type")
                .unwrap_or_else(|| "text/html".to_owned()),
        })
    };
    Some(Notice {
        title: d.text(node, "title")?,
        description: d.texts(node, "description"),
        links: d.items(node, "links").iter().filter_map(link).collect(),
    })
}
