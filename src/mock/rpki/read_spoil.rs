//! Reads what a fault file says of one object of the RPKI.

use super::der::DerEdit;
use super::plan::{FeedAct, Spoil, SpoilAct};
use super::resources::Resources;
use crate::mock::decode::{Decoder, words};
use crate::mock::number::Block;
use crate::yaml::Node;

words! {
    /// What can be wrong and needs no value.
    ActWord {
        WrongHash = "wrong-hash",
        Missing = "missing",
        Unlisted = "unlisted",
        Revoked = "revoked",
        BadSignature = "bad-signature",
        OwnProvider = "own-provider",
    }
}

/// Reads what is wrong with an object: `act` with a word, or one of `late_hours`, `beyond`
/// and `edits`.
pub(in crate::mock) fn spoil(d: &Decoder, node: &Node) -> Option<Spoil> {
    d.known(
        node,
        &[
            "authority",
            "object",
            "act",
            "late_hours",
            "beyond",
            "part",
            "edits",
        ],
    );
    let act = if let Some(word) = node.get("act") {
        match d.word::<ActWord>(word)? {
            ActWord::WrongHash => SpoilAct::WrongHash,
            ActWord::Missing => SpoilAct::Missing,
            ActWord::Unlisted => SpoilAct::Unlisted,
            ActWord::Revoked => SpoilAct::Revoked,
            ActWord::BadSignature => SpoilAct::BadSignature,
            ActWord::OwnProvider => SpoilAct::OwnProvider,
        }
    } else if let Some(hours) = node.get("late_hours") {
        SpoilAct::Late(d.parse(hours, "a number of hours")?)
    } else if node.get("beyond").is_some() {
        let items = d.items(node, "beyond").iter();
        let blocks = items.filter_map(|item| {
            let text = d.scalar(item)?;
            let block = Block::parse(&text).ok();
            if block.is_none() {
                d.complain(
                    item.span,
                    format!("`{text}` is not a prefix, a range or AS numbers"),
                );
            }
            block
        });
        SpoilAct::Beyond(Resources::of(blocks))
    } else {
        let part = d.word(d.member(node, "part")?)?;
        d.member(node, "edits")?;
        let items = d.items(node, "edits").iter();
        SpoilAct::Edit(part, items.filter_map(|item| edit(d, item)).collect())
    };
    Some(Spoil {
        authority: d.text(node, "authority")?,
        object: d.text(node, "object")?,
        act,
    })
}

/// Reads what is wrong with the RRDP files of a repository.
pub(in crate::mock) fn feed(d: &Decoder, node: &Node) -> Option<(String, FeedAct)> {
    d.known(node, &["repository", "act"]);
    Some((d.text(node, "repository")?, d.word(d.member(node, "act")?)?))
}

fn edit(d: &Decoder, node: &Node) -> Option<DerEdit> {
    d.known(node, &["set", "to", "remove", "duplicate"]);
    let place = |key: &str| {
        d.optional_text(node, key)
            .filter(|path| path.starts_with('/'))
    };
    if let Some(path) = place("remove") {
        return Some(DerEdit::Remove(path));
    }
    if let Some(path) = place("duplicate") {
        return Some(DerEdit::Duplicate(path));
    }
    let Some(path) = place("set") else {
        d.complain(
            node.span,
            "expected `set`, `remove` or `duplicate` with a path such as `/7/0/2`",
        );
        return None;
    };
    let value = d.member(node, "to")?;
    let text = d.scalar(value)?.replace(' ', "");
    let octets = data_encoding::HEXLOWER_PERMISSIVE
        .decode(text.as_bytes())
        .ok();
    if octets.is_none() {
        d.complain(value.span, format!("`{text}` is not DER in hex"));
    }
    Some(DerEdit::Set(path, octets?))
}
